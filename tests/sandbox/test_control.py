"""The control door: over HTTP for anyone on this machine, refused to strangers, clear when asked for nonsense."""

from __future__ import annotations

import json
import threading

import pytest

from bot.errors import BadConfig
from bot.sandbox import Control, ControlRefused, Sandbox
from tests.sandbox.conftest import raw

JSON = {"Content-Type": "application/json"}


def test_the_same_commands_stand_under_control_over_http(sandbox: Sandbox) -> None:
    said = {"text": "hi", "user": "ana", "channel": "#support"}
    status, _, body = raw(sandbox, "POST", "/control/say", json.dumps(said), JSON)
    assert (status, json.loads(body)["result"]["text"]) == (200, "hi")
    status, _, body = raw(sandbox, "POST", "/control/nonsense", "{}", JSON)
    assert status == 404
    assert "slash" in json.loads(body)["commands"]


def test_nonsense_is_refused_with_a_reason(control: Control) -> None:
    for name, args, reason in [
        ("say", {"user": "nobody", "text": "x"}, "users_not_found"),
        ("say", {"user": "ana", "text": "x", "channel": "#none"}, "channel_not_found"),
        ("say", {"user": "sten", "text": "x", "channel": "#support"}, "not_in_channel"),
        ("click", {"user": "ana", "channel": "#support", "ts": "1.1", "action_id": "x"}, "message_not_found"),
        ("submit", {"user": "ana"}, "view_not_found"),
        ("slash", {"user": "ana"}, "KeyError: 'text'"),
        ("options", {"colour": "red"}, "colour"),
    ]:
        with pytest.raises(ControlRefused, match=reason):
            control.call(name, **args)


def test_a_button_that_is_not_there_cannot_be_pressed(control: Control) -> None:
    said = control.say("plain words")
    with pytest.raises(ControlRefused) as caught:
        control.click(said, "press")
    assert caught.value.code == "action_not_found"


def test_waiting_ends_with_what_was_last_seen(control: Control) -> None:
    assert control.wait_for(lambda: control.state()["team"]["name"]) == "Sandbox"
    with pytest.raises(TimeoutError, match="last seen"):
        control.wait_for(lambda: control.messages("#support"), timeout=0.1)


def test_it_listens_on_this_machine_only_and_by_this_machines_names(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert raw(sandbox, "GET", "/", headers={"Host": "evil.example"})[0] == 403
    port = sandbox.url.rpartition(":")[2]
    assert raw(sandbox, "GET", "/", headers={"Host": f"localhost:{port}"})[0] == 200


def test_other_pages_cannot_drive_it(sandbox: Sandbox) -> None:
    said = json.dumps({"text": "hi", "user": "ana", "channel": "#support"})
    assert raw(sandbox, "POST", "/control/say", said, JSON | {"Origin": "http://evil.example"})[0] == 403
    assert raw(sandbox, "POST", "/control/say", said, JSON | {"Origin": sandbox.url})[0] == 200
    assert len(sandbox.control.messages("#support")) == 1


def test_a_taken_port_is_said_in_words(sandbox: Sandbox) -> None:
    with pytest.raises(BadConfig, match="cannot listen"):
        Sandbox.start(port=int(sandbox.url.rpartition(":")[2]))


def test_stopping_twice_is_fine_and_leaves_no_thread(sandbox: Sandbox) -> None:
    mine = sandbox._thread
    sandbox.stop()
    sandbox.stop()
    assert mine not in threading.enumerate(), "others of the same name may live for whoever shares one"


def test_two_sandboxes_live_side_by_side() -> None:
    with Sandbox.start() as one, Sandbox.start() as two:
        one.control.say("only here")
        assert two.control.messages("#support") == []


def test_leaving_and_joining_change_who_may_speak(control: Control) -> None:
    control.leave("ana", "#support")
    with pytest.raises(ControlRefused, match="not_in_channel"):
        control.say("hi", user="ana")
    control.join("ana", "#support")
    assert control.say("hi", user="ana")["user"] == "U0ANA"


def test_any_event_can_be_sent(control: Control) -> None:
    control.send_event({"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C1"})
    control.wait_for(lambda: control.deliveries())
    assert control.deliveries()[0]["label"] == "channel_id_changed"
