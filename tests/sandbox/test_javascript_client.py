"""The unmodified JavaScript SDK as a client, and its types as a judge of everything sent and answered."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from slack_sdk import WebClient

from bot.sandbox import Control, Sandbox
from tests.sandbox.conftest import RunningApp, actions, ask, button, modal, plain
from tests.sandbox.foreign import installed

pytestmark = [pytest.mark.node, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def folder() -> Path:
    return installed()


@pytest.fixture
def bolt_js(sandbox: Sandbox, folder: Path) -> Iterator[None]:
    keys = {"SLACK_API_URL": sandbox.api_url, "SLACK_BOT_TOKEN": sandbox.bot_token, "SLACK_APP_TOKEN": sandbox.app_token}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ("node", "client.cjs"), cwd=folder, env=os.environ | keys, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as node:
        assert node.stdout is not None
        for line in node.stdout:
            if line.startswith("{"):
                assert json.loads(line)["what"] == "ready", line
                break
        yield
        node.communicate(timeout=10)


@pytest.mark.usefixtures("bolt_js")
def test_bolt_for_javascript_answers_presses_opens_and_uploads(control: Control) -> None:
    control.slash("/cx backlog", user="ana")
    shown = control.wait_for(lambda: control.ephemerals("ana"))[0]
    assert shown["text"] == "heard backlog"
    control.click(shown, "press", user="ana")
    control.wait_for(lambda: control.ephemerals("ana")[0]["text"] == "pressed js")
    control.slash("/cx modal", user="ana")
    control.wait_for(lambda: control.views("ana"))
    control.submit({"comment": {"text": "thank you"}}, user="ana")
    control.wait_for(lambda: [m for m in control.messages(user="ana") if m["text"] == "thank you"])
    control.mention("a file, please", user="bo")
    shared = control.wait_for(lambda: [m for m in control.messages("#support") if m.get("files")])
    assert (shared[0]["text"], shared[0]["files"][0]["name"]) == ("from JavaScript", "numbers.csv")
    assert {one["state"] for one in control.deliveries()} == {"acked"}


@pytest.fixture(scope="module")
def shapes(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "shapes.json").read_text(encoding="utf-8")))


def complaints(schema: dict[str, Any], thing: Any) -> list[str]:
    """What the types object to, but for nulls: Slack sends them where the types know only absence."""
    errors = [error for error in Draft7Validator(schema).iter_errors(thing) if error.instance is not None]
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


def test_what_the_app_is_told_has_the_sdks_own_shapes(app: RunningApp, control: Control, shapes: dict[str, Any]) -> None:
    app.bolt.command("/cx")(
        lambda ack, client, body: (
            ack(),
            client.views_open(trigger_id=body["trigger_id"], view=modal(ask(), callback_id="m", notify_on_close=True)),
        )
    )
    ears: list[Any] = [app.bolt.action("press"), app.bolt.view("m"), app.bolt.view_closed("m"), app.bolt.shortcut("ask")]
    for heard in ears:
        heard(lambda ack: ack())
    for name in ("app_home_opened", "app_mention", "message", "member_joined_channel", "app_uninstalled", "tokens_revoked"):
        app.bolt.event(name)(lambda: None)
    app.connect()
    app.client.chat_postMessage(channel="#support", text="x", blocks=[actions(button())])
    message = control.messages("#support")[0]
    control.click(message, "press")
    ends: list[Any] = [lambda: control.submit({"comment": {"text": "x"}}), control.close_view]
    for end in ends:
        control.slash("/cx")
        control.wait_for(lambda: control.views("ana"))
        end()
    control.shortcut("ask")
    control.shortcut("ask", message=message)
    control.open_home("ana")
    control.mention("hi")
    control.direct("hi")
    control.join("dev", "#cx-digest")
    control.uninstall()
    control.wait_for(lambda: {kind(envelope.payload) for envelope in app.heard} >= set(KINDS.values()))
    judged = {
        name: [complaints(shapes[name], envelope.payload) for envelope in app.heard if kind(envelope.payload) == name]
        for name in KINDS.values()
    }
    assert {name: found for name, found in judged.items() if not found} == {}, "every shape was seen"
    assert {name: found for name, found in judged.items() if any(found)} == {}


KINDS = {
    "command": "Slash",
    "block_actions": "Click",
    "view_submission": "Submission",
    "view_closed": "Closed",
    "shortcut": "Shortcut",
    "message_action": "OnMessage",
    "app_home_opened": "HomeOpened",
    "app_mention": "Mention",
    "im": "Direct",
    "member_joined_channel": "Joined",
    "app_uninstalled": "Uninstalled",
    "tokens_revoked": "Revoked",
}


def kind(payload: dict[str, Any]) -> str:
    event = payload.get("event", {})
    word = (
        "command"
        if "command" in payload
        else event.get("channel_type")
        if event.get("type") == "message"
        else event.get("type", payload.get("type"))
    )
    return KINDS.get(str(word), "")


def test_what_the_web_api_answers_has_the_sdks_own_shapes(sandbox: Sandbox, client: WebClient, shapes: dict[str, Any]) -> None:
    at: dict[str, Any] = {"channel": "C0SUPPORT"}
    posted = client.chat_postMessage(text="x", blocks=[actions(button())], **at)
    client.chat_postMessage(text="y", thread_ts=posted["ts"], **at)
    ticket = client.files_getUploadURLExternal(filename="a.txt", length=1)
    uploaded = client.files_upload_v2(channel="C0SUPPORT", file=io.BytesIO(b"x"), filename="b.txt")
    home = {"type": "home", "blocks": [actions(button(text=plain("x")))]}
    answers = {
        "apps.connections.open": client.apps_connections_open(app_token=sandbox.app_token),
        "auth.test": client.auth_test(),
        "chat.postEphemeral": client.chat_postEphemeral(user="U0ANA", text="x", **at),
        "chat.postMessage": posted,
        "chat.scheduleMessage": client.chat_scheduleMessage(text="x", post_at=int(sandbox.control.state()["now"]) + 60, **at),
        "chat.update": client.chat_update(ts=posted["ts"], text="z", **at),
        "conversations.history": client.conversations_history(include_all_metadata=True, **at),
        "conversations.info": client.conversations_info(**at),
        "conversations.list": client.conversations_list(),
        "conversations.members": client.conversations_members(**at),
        "conversations.replies": client.conversations_replies(ts=posted["ts"], **at),
        "files.completeUploadExternal": uploaded,
        "files.getUploadURLExternal": ticket,
        "files.info": client.files_info(file=uploaded["files"][0]["id"]),
        "team.info": client.team_info(),
        "users.info": client.users_info(user="U0STEN", include_locale=True),
        "users.lookupByEmail": client.users_lookupByEmail(email="ana@example.com"),
        "views.publish": client.views_publish(user_id="U0ANA", view=home),
    }
    judged = {name: complaints(shapes[name.replace(".", "_")], answer.data) for name, answer in answers.items()}
    assert {name: found for name, found in judged.items() if found} == {}


def test_the_lock_file_names_no_other_registry() -> None:
    lock = json.loads((Path(__file__).parent / "js" / "package-lock.json").read_text(encoding="utf-8"))
    sources = {package["resolved"] for package in lock["packages"].values() if "resolved" in package}
    assert all(source.startswith("https://registry.npmjs.org/") for source in sources)
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
