"""Response URLs: ephemeral unless told otherwise, five uses, half an hour, and what goes wrong with them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk.webhook import WebhookClient

from bot.sandbox import Control, Sandbox
from tests.sandbox.conftest import RunningApp, actions, button, raw


@pytest.fixture
def command_url(app: RunningApp, control: Control) -> str:
    app.bolt.command("/cx")(lambda ack: ack())
    app.connect()
    control.slash("/cx", user="ana", channel="#support")
    return str(app.heard[0].payload["response_url"])


@pytest.fixture
def action_url(app: RunningApp, control: Control) -> str:
    app.bolt.action("press")(lambda ack: ack())
    app.connect()
    app.client.chat_postMessage(channel="#support", text="original", blocks=[actions(button())])
    control.click(control.messages("#support")[0], "press", user="bo")
    return str(app.heard[0].payload["response_url"])


def answer(url: str, **body: Any) -> tuple[int, str]:
    sent = WebhookClient(url, retry_handlers=[]).send_dict(body)
    return sent.status_code, sent.body


def test_an_answer_is_ephemeral_unless_it_says_in_channel(command_url: str, control: Control) -> None:
    assert answer(command_url, text="quiet") == (200, "ok")
    assert answer(command_url, text="loud", response_type="in_channel") == (200, "ok")
    assert [m["text"] for m in control.ephemerals("ana")] == ["quiet"]
    assert [m["text"] for m in control.messages("#support")] == ["loud"]


def test_a_url_is_good_for_five_answers(command_url: str) -> None:
    assert [answer(command_url, text="x")[0] for _ in range(6)] == [200] * 5 + [404]
    assert json.loads(answer(command_url, text="x")[1])["error"] == "expired_url"


def test_a_url_is_good_for_half_an_hour(command_url: str, control: Control) -> None:
    control.advance(1790)
    assert answer(command_url, text="x")[0] == 200
    control.advance(20)
    assert answer(command_url, text="x")[0] == 404


def test_a_made_up_url_is_expired(sandbox: Sandbox) -> None:
    status, _, body = raw(sandbox, "POST", "/commands/T0SANDBOX/1/guess", "{}")
    assert (status, json.loads(body)["error"]) == (404, "expired_url")


def test_the_original_is_replaced_whole(action_url: str, control: Control) -> None:
    answer(action_url, text="thanks", replace_original=True)
    message = control.messages("#support")[0]
    assert (message["text"], "blocks" in message) == ("thanks", False)


def test_the_original_is_deleted(action_url: str, control: Control) -> None:
    assert answer(action_url, delete_original=True)[0] == 200
    assert control.messages("#support") == []
    assert json.loads(answer(action_url, delete_original=True)[1])["error"] == "message_not_found"


def test_an_answer_to_a_click_is_for_who_clicked(action_url: str, control: Control) -> None:
    answer(action_url, text="psst")
    assert [m["text"] for m in control.ephemerals("bo")] == ["psst"]
    assert control.ephemerals("ana") == []


def test_an_answer_can_go_into_a_thread(action_url: str, control: Control) -> None:
    root = control.messages("#support")[0]["ts"]
    answer(action_url, text="below", response_type="in_channel", thread_ts=root)
    assert control.messages("#support")[1]["thread_ts"] == root


def test_a_second_answer_to_a_command_replaces_nothing(command_url: str, control: Control) -> None:
    """Whoever counts on it shows people every answer twice."""
    answer(command_url, text="working on it")
    answer(command_url, text="done", replace_original=True)
    assert [m["text"] for m in control.ephemerals("ana")] == ["working on it", "done"]


def test_bad_answers_are_refused_like_bad_messages(command_url: str, sandbox: Sandbox, control: Control) -> None:
    assert json.loads(answer(command_url, text="x", blocks=[{"type": "nope"}])[1])["error"] == "invalid_blocks"
    assert json.loads(answer(command_url, response_type="in_channel")[1])["error"] == "no_text"
    status, _, body = raw(sandbox, "POST", urlsplit(command_url).path, "not json")
    assert (status, json.loads(body)["error"]) == (400, "invalid_payload")
    assert control.ephemerals() == []


def test_faults_reach_response_urls_too(command_url: str, control: Control) -> None:
    control.fault("ratelimited", "response_url", seconds=3)
    assert answer(command_url, text="x")[0] == 429
    control.fault("server_error", "response_url")
    assert answer(command_url, text="x")[0] == 503
    assert control.ephemerals() == []


def test_a_lost_reply_makes_the_sdks_default_webhook_answer_twice(command_url: str, control: Control) -> None:
    control.fault("lost_reply", "response_url")
    assert WebhookClient(command_url).send_dict({"text": "x"}).status_code == 200
    assert len(control.ephemerals()) == 2
