"""The whole loop with an unmodified Bolt app: commands, buttons, modals, events, and what people see of them."""

from __future__ import annotations

from typing import Any

from bot.sandbox import Control

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Press"}, "action_id": "press", "value": "v1"}
ACTIONS = {"type": "actions", "block_id": "row", "elements": [BUTTON]}


def test_a_command_is_answered_to_the_person_who_typed_it(app: Any, control: Control) -> None:
    @app.bolt.command("/cx")
    def cx(ack: Any, command: dict[str, str], respond: Any) -> None:
        ack()
        respond(text=f"you said {command['text']}")

    app.connect()
    outcome = control.slash("/cx backlog today", user="ana", channel="#support")
    assert outcome["state"] == "acked"
    shown = control.wait_for(lambda: control.ephemerals("ana"))
    assert shown[0]["text"] == "you said backlog today"
    assert control.ephemerals("bo") == []
    assert control.messages("#support") == []


def test_a_button_is_heard_and_its_message_replaced(app: Any, control: Control) -> None:
    @app.bolt.action("press")
    def pressed(ack: Any, body: dict[str, Any], respond: Any) -> None:
        ack()
        respond(text=f"thanks for {body['actions'][0]['value']}", replace_original=True)

    app.connect()
    app.client.chat_postMessage(channel="U0CARLA", text="rate us", blocks=[ACTIONS])
    asked = control.messages(user="carla")[-1]
    assert control.click(asked, "press", user="carla")["state"] == "acked"
    control.wait_for(lambda: control.messages(user="carla")[-1]["text"] == "thanks for v1")
    assert "blocks" not in control.messages(user="carla")[-1]
