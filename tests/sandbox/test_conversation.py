"""The whole loop with an unmodified Bolt app: commands, buttons, modals, events, and what people see of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from bot.sandbox import Control
from tests.sandbox.conftest import RunningApp, actions, ask, button, modal, mrkdwn, plain

SLASH_FIELDS = {
    "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command", "text", "api_app_id",
    "is_enterprise_install", "response_url", "trigger_id",
}  # fmt: skip


def test_a_command_is_answered_to_the_person_who_typed_it(app: RunningApp, control: Control) -> None:
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


def test_a_command_carries_thirteen_fields(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack())
    app.connect()
    control.slash("/cx", user="lena", channel="#leads")
    payload = app.heard[0].payload
    assert set(payload) == SLASH_FIELDS
    assert (payload["channel_name"], payload["user_name"], payload["text"]) == ("privategroup", "lena", "")


def test_a_message_in_the_ack_is_shown(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack(text="at once", response_type="in_channel"))
    app.connect()
    control.slash("/cx", channel="#support")
    assert [m["text"] for m in control.messages("#support")] == ["at once"]


def test_a_bare_string_in_the_ack_is_shown_to_the_person_alone(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack("only you"))
    app.connect()
    control.slash("/cx")
    assert [m["text"] for m in control.ephemerals("ana")] == ["only you"]


def test_an_ack_with_bad_blocks_is_a_failure_people_see(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack(text="x", blocks=[{"type": "no_such_block"}]))
    app.connect()
    control.slash("/cx")
    assert control.notices()[-1]["kind"] == "invalid_command_response"
    assert "invalid_blocks" in control.notices()[-1]["text"]


def test_a_command_nobody_acks_fails_before_the_persons_eyes(app: RunningApp, control: Control) -> None:
    app.connect()
    control.options(ack_seconds=0.2)
    outcome = control.slash("/cx")
    assert (outcome["state"], outcome["failure"]) == ("failed", "operation_timeout")
    assert "operation_timeout" in control.notices()[-1]["text"]
    assert control.notices()[-1]["user"] == "U0ANA"


def test_a_late_ack_changes_nothing(app: RunningApp, control: Control) -> None:
    let_go = threading.Event()

    @app.bolt.command("/cx")
    def slow(ack: Any) -> None:
        let_go.wait(5)
        ack("too late")

    app.connect()
    control.options(ack_seconds=0.2)
    assert control.slash("/cx")["failure"] == "operation_timeout"
    let_go.set()
    control.wait_for(lambda: [entry for entry in control.traffic() if entry["name"].startswith("late ack")])
    assert control.ephemerals() == []
    assert control.deliveries()[-1]["state"] == "failed"


def test_without_a_connection_a_command_fails_at_once(control: Control) -> None:
    started = time.monotonic()
    assert control.slash("/cx")["failure"] == "dispatch_failed"
    assert time.monotonic() - started < 2.5, "and not after the three seconds that an app has"


def test_people_of_another_company_cannot_run_commands(app: RunningApp, control: Control) -> None:
    app.connect()
    assert control.slash("/cx", user="sten", channel="#acme-shared")["failure"] == "not_allowed"
    assert app.heard == []


def test_people_of_another_company_can_press_buttons(app: RunningApp, control: Control) -> None:
    app.bolt.action("press")(lambda ack: ack())
    app.connect()
    app.client.chat_postMessage(channel="#acme-shared", text="x", blocks=[actions(button())])
    control.click(control.messages("#acme-shared")[-1], "press", user="sten")
    assert app.heard[0].payload["user"]["team_id"] == "T0ACME"
    assert app.heard[0].payload["team"]["id"] == "T0SANDBOX"


def test_a_button_is_heard_and_its_message_replaced(app: RunningApp, control: Control) -> None:
    @app.bolt.action("press")
    def pressed(ack: Any, body: dict[str, Any], respond: Any) -> None:
        ack()
        respond(text=f"thanks for {body['actions'][0]['value']}", replace_original=True)

    app.connect()
    app.client.chat_postMessage(channel="U0CARLA", text="rate us", blocks=[actions(button())])
    asked = control.messages(user="carla")[-1]
    assert control.click(asked, "press", user="carla")["state"] == "acked"
    control.wait_for(lambda: control.messages(user="carla")[-1]["text"] == "thanks for v1")
    assert "blocks" not in control.messages(user="carla")[-1]


def test_a_click_says_who_where_on_what_and_with_which_metadata(app: RunningApp, control: Control) -> None:
    app.bolt.action("press")(lambda ack: ack())
    app.connect()
    metadata = {"event_type": "cx_msg", "event_payload": {"id": "42"}}
    app.client.chat_postMessage(channel="#support", text="x", blocks=[actions(button(style="primary"))], metadata=metadata)
    message = control.messages("#support")[-1]
    control.click(message, "press", user="bo")
    payload = app.heard[0].payload
    assert payload["type"] == "block_actions"
    assert payload["message"]["metadata"] == metadata
    assert payload["message"]["bot_id"] == "B0SANDBOX"
    assert payload["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": "C0SUPPORT",
        "is_ephemeral": False,
    }
    assert payload["user"] == {"id": "U0BO", "username": "bo", "name": "bo", "team_id": "T0SANDBOX"}
    assert payload["enterprise"] is None
    pressed = payload["actions"][0]
    assert pressed["text"] == plain("Press")
    assert (pressed["type"], pressed["value"], pressed["style"], pressed["block_id"]) == ("button", "v1", "primary", "row")
    assert float(pressed["action_ts"]) > 0


def test_a_choice_comes_with_the_state_of_every_input_beside_it(app: RunningApp, control: Control) -> None:
    options = [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}]
    select = {"type": "static_select", "action_id": "pick", "options": options}
    date = {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-22"}
    app.bolt.action("pick")(lambda ack: ack())
    app.connect()
    app.client.chat_postMessage(channel="#support", text="x", blocks=[actions(select, date)])
    control.click(control.messages("#support")[-1], "pick", value="2")
    payload = app.heard[0].payload
    assert payload["actions"][0]["selected_option"] == options[1]
    assert payload["state"]["values"]["row"] == {
        "pick": {"type": "static_select", "selected_option": options[1]},
        "day": {"type": "datepicker", "selected_date": "2026-11-22"},
    }


def test_a_click_on_an_ephemeral_message_names_its_container_only(app: RunningApp, control: Control) -> None:
    app.bolt.action("press")(lambda ack, respond: (ack(), respond(delete_original=True)))
    app.connect()
    app.client.chat_postEphemeral(channel="#support", user="U0ANA", text="x", blocks=[actions(button())])
    control.click(control.ephemerals("ana")[-1], "press", user="ana")
    payload = app.heard[0].payload
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    control.wait_for(lambda: control.ephemerals("ana") == [])


def test_a_modal_opens_checks_its_answers_and_closes(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(
        lambda ack, client, body: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(ask(), callback_id="m")))
    )

    @app.bolt.view("m")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        said = view["state"]["values"]["comment"]["text"]["value"]
        ack(response_action="errors", errors={"comment": "longer, please"}) if len(said) < 3 else ack()

    app.connect()
    control.slash("/cx")
    control.wait_for(lambda: control.views("ana"))
    assert control.submit({"comment": {"text": "no"}})["errors"] == {"comment": "longer, please"}
    assert control.submit({"comment": {"text": "much better"}})["errors"] == {}
    assert control.views("ana") == []


def test_an_empty_required_field_never_reaches_the_app(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(
        lambda ack, client, body: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(ask())))
    )
    app.connect()
    control.slash("/cx")
    control.wait_for(lambda: control.views("ana"))
    outcome = control.submit({})
    assert outcome["state"] == "refused"
    assert list(outcome["errors"]) == ["comment"]
    assert [envelope.type for envelope in app.heard] == ["slash_commands"]


def test_the_stack_of_modals_follows_the_acks(app: RunningApp, control: Control) -> None:
    answers: Iterator[dict[str, Any]] = iter(
        [
            {"response_action": "push", "view": modal(ask(), callback_id="m", private_metadata="second")},
            {"response_action": "update", "view": modal(ask(), callback_id="m", private_metadata="second, changed")},
            {"response_action": "clear"},
        ]
    )
    app.bolt.command("/cx")(
        lambda ack, client, body: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(ask(), callback_id="m")))
    )
    app.bolt.view("m")(lambda ack: ack(**next(answers)))
    app.connect()
    control.slash("/cx")
    root = control.wait_for(lambda: control.views("ana"))[0]["id"]
    control.submit({"comment": {"text": "one"}})
    assert [(v["root_view_id"], v["private_metadata"]) for v in control.views("ana")] == [(root, ""), (root, "second")]
    assert control.views("ana")[1]["previous_view_id"] == root
    control.submit({"comment": {"text": "two"}})
    assert control.views("ana")[1]["private_metadata"] == "second, changed"
    control.submit({"comment": {"text": "three"}})
    assert control.views("ana") == []


def test_closing_a_modal_is_told_only_on_request(app: RunningApp, control: Control) -> None:
    shown = iter([modal(ask()), modal(ask(), callback_id="told", notify_on_close=True)])
    app.bolt.command("/cx")(lambda ack, client, body: (ack(), client.views_open(trigger_id=body["trigger_id"], view=next(shown))))
    app.bolt.view_closed("told")(lambda ack: ack())
    app.connect()
    for _ in range(2):
        control.slash("/cx")
        control.wait_for(lambda: control.views("ana"))
        control.close_view()
    closed = [envelope.payload for envelope in app.heard if envelope.payload.get("type") == "view_closed"]
    assert [payload["is_cleared"] for payload in closed] == [False]
    assert closed[0]["view"]["callback_id"] == "told"


def test_a_press_inside_a_modal_carries_the_view_and_may_update_it(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(
        lambda ack, client, body: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(ask(), actions(button()))))
    )

    @app.bolt.action("press")
    def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        ack()
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=modal(ask(), private_metadata="seen"))

    app.connect()
    control.slash("/cx")
    control.wait_for(lambda: control.views("ana"))
    control.click_view("press", values={"comment": {"text": "half a thought"}})
    payload = app.heard[-1].payload
    assert "response_url" not in payload
    assert "message" not in payload
    assert payload["view"]["state"]["values"]["comment"]["text"]["value"] == "half a thought"
    control.wait_for(lambda: control.views("ana")[0]["private_metadata"] == "seen")


def test_external_options_come_from_the_app(app: RunningApp, control: Control) -> None:
    app.bolt.options("who")(lambda ack, payload: ack(options=[{"text": plain(payload["value"] + "!"), "value": "1"}]))
    app.connect()
    assert control.suggest("who", "an") == [{"text": plain("an!"), "value": "1"}]


def test_the_home_tab_is_opened_and_published(app: RunningApp, control: Control) -> None:
    @app.bolt.event("app_home_opened")
    def opened(event: dict[str, Any], client: Any) -> None:
        blocks = [{"type": "section", "text": mrkdwn("*hello*")}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    app.connect()
    assert control.home("bo") is None
    control.open_home("bo")
    home = control.wait_for(lambda: control.home("bo"))
    assert home is not None
    assert home["blocks"][0]["text"]["text"] == "*hello*"
    control.open_home("bo")
    control.wait_for(lambda: len(app.heard) == 2)
    assert app.heard[1].payload["event"]["view"]["id"] == home["id"]
    assert app.heard[1].payload["event"]["tab"] == "home"


def test_a_mention_and_a_direct_message_are_heard(app: RunningApp, control: Control) -> None:
    app.bolt.event("app_mention")(lambda say, event: say(text="yes?", thread_ts=event["ts"]))
    app.bolt.event("message")(lambda: None)
    app.connect()
    control.mention("are you there", user="bo", channel="#support")
    control.wait_for(lambda: [m for m in control.messages("#support") if m["text"] == "yes?"])
    control.direct("psst", user="ana")
    control.wait_for(lambda: [e for e in app.heard if e.payload["event"].get("channel_type") == "im"])
    root = control.messages("#support")[0]
    assert (root["reply_count"], root["reply_users"]) == (1, ["U0BOT"])


def test_a_mention_where_the_bot_is_not_reaches_nobody(app: RunningApp, control: Control) -> None:
    app.connect()
    control.say("@cx hello", user="ana", channel="#random")
    assert control.notices()[-1]["kind"] == "not_in_channel"
    assert app.heard == []


def test_inviting_the_bot_tells_it_so(app: RunningApp, control: Control) -> None:
    app.bolt.event("member_joined_channel")(lambda: None)
    app.connect()
    control.slash("/invite @cx", user="lena", channel="#finance")
    event = control.wait_for(lambda: [e.payload["event"] for e in app.heard])[0]
    assert (event["type"], event["user"], event["channel"], event["inviter"]) == (
        "member_joined_channel",
        "U0BOT",
        "C0FINANCE",
        "U0LENA",
    )


def test_typed_markup_is_escaped_so_nobody_types_a_broadcast(control: Control) -> None:
    said = control.say("<!channel> & <b>, ask @bo in #random", user="ana")
    assert said["text"] == "&lt;!channel&gt; &amp; &lt;b&gt;, ask <@U0BO> in <#C0RANDOM|>"
    kinds = [element["type"] for element in said["blocks"][0]["elements"][0]["elements"]]
    assert kinds == ["text", "user", "text", "channel"]


def test_uninstalling_is_told_twice_and_ends_the_tokens(app: RunningApp, control: Control) -> None:
    app.bolt.event("tokens_revoked")(lambda: None)
    app.bolt.event("app_uninstalled")(lambda: None)
    app.connect()
    control.uninstall()
    control.wait_for(lambda: len(app.heard) >= 2)
    assert {envelope.payload["event"]["type"] for envelope in app.heard} == {"tokens_revoked", "app_uninstalled"}
    answer = app.client.api_call("api.test")
    assert answer["ok"]


def test_shortcuts_are_heard(app: RunningApp, control: Control) -> None:
    app.bolt.shortcut("ask")(lambda ack: ack())
    app.connect()
    said = control.say("help me", user="ana")
    assert control.shortcut("ask")["state"] == "acked"
    assert control.shortcut("ask", message=said)["state"] == "acked"
    assert [e.payload["type"] for e in app.heard if e.type == "interactive"] == ["shortcut", "message_action"]


def test_fifty_commands_at_once_all_get_their_ack(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack("here"))
    app.connect()
    callers = [threading.Thread(target=control.slash, args=(f"/cx {number}",)) for number in range(50)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert {one["state"] for one in control.deliveries()} == {"acked"}
    assert len(control.ephemerals()) == 50
