"""Each fault does what it says, as often as it says, and leaves the workspace in the state it promises."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import RemoteDisconnected
from urllib.error import HTTPError, URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler

from bot.sandbox import Control, ControlRefused, Sandbox
from bot.sandbox.faults import CALL_FAULTS, DELIVERY_FAULTS

BROKEN = (RemoteDisconnected, URLError, ConnectionError, HTTPError)
Post = Callable[[], object]


@pytest.fixture
def post(client: WebClient) -> Post:
    return lambda: client.chat_postMessage(channel="C0SUPPORT", text="x")


def texts(control: Control) -> list[str]:
    return [message["text"] for message in control.messages("#support")]


def test_429_says_when_to_come_back_and_ends_after_its_number(post: Post, control: Control) -> None:
    control.fault("ratelimited", "chat.postMessage", times=2, seconds=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            post()
        assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    post()
    assert texts(control) == ["x"]


def test_a_server_error_is_not_json_and_nothing_is_done(post: Post, control: Control) -> None:
    control.fault("server_error", "chat.postMessage", status=502)
    with pytest.raises(SlackApiError) as caught:
        post()
    assert caught.value.response.status_code == 502
    assert texts(control) == []


def test_a_lost_reply_leaves_the_message_there(post: Post, control: Control) -> None:
    control.fault("lost_reply", "chat.postMessage")
    with pytest.raises(BROKEN):
        post()
    assert texts(control) == ["x"]


def test_a_lost_reply_makes_the_sdks_default_client_post_twice(sandbox: Sandbox, control: Control) -> None:
    default = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
    assert any(isinstance(handler, ConnectionErrorRetryHandler) for handler in default.retry_handlers)
    control.fault("lost_reply", "chat.postMessage")
    assert default.chat_postMessage(channel="C0SUPPORT", text="x")["ok"]
    assert texts(control) == ["x", "x"]


def test_a_dropped_call_was_not_done(post: Post, control: Control) -> None:
    control.fault("drop", "chat.postMessage")
    with pytest.raises(BROKEN):
        post()
    assert texts(control) == []


def test_a_hanging_call_ends_in_a_timeout_and_was_not_done(sandbox: Sandbox, control: Control) -> None:
    impatient = WebClient(sandbox.bot_token, base_url=sandbox.api_url, timeout=1, retry_handlers=[])
    control.fault("hang", "chat.postMessage", seconds=2)
    with pytest.raises((TimeoutError, *BROKEN)):
        impatient.chat_postMessage(channel="C0SUPPORT", text="x")
    assert texts(control) == []


def test_a_slow_reply_was_done_before_it_came(post: Post, control: Control) -> None:
    control.fault("slow", "chat.postMessage", seconds=0.3)
    started = time.monotonic()
    post()
    assert time.monotonic() - started >= 0.3
    assert texts(control) == ["x"]


def test_fatal_error_is_said_although_the_message_is_there(post: Post, control: Control) -> None:
    control.fault("fatal_error", "chat.postMessage")
    with pytest.raises(SlackApiError, match="fatal_error"):
        post()
    assert texts(control) == ["x"]


def test_internal_error_and_any_other_word_leave_nothing_behind(post: Post, control: Control) -> None:
    control.fault("internal_error", "chat.postMessage")
    control.fault("error", "chat.postMessage", code="restricted_action")
    for word in ("internal_error", "restricted_action"):
        with pytest.raises(SlackApiError, match=word):
            post()
    assert texts(control) == []


def test_a_garbled_answer_cannot_be_read_but_was_done(post: Post, control: Control) -> None:
    control.fault("garbled", "chat.postMessage")
    with pytest.raises(SlackApiError):
        post()
    assert texts(control) == ["x"]


def test_a_fault_hits_its_method_only_and_a_star_hits_any(client: WebClient, control: Control) -> None:
    control.fault("ratelimited", "users.info")
    assert client.auth_test()["ok"]
    control.fault("ratelimited")
    with pytest.raises(SlackApiError):
        client.auth_test()
    control.clear_faults()
    assert client.users_info(user="U0ANA")["ok"]


def test_a_fault_nobody_knows_is_named_with_those_that_exist(control: Control) -> None:
    with pytest.raises(ControlRefused, match="earthquake"):
        control.fault("earthquake")


@pytest.mark.parametrize("kind", sorted(CALL_FAULTS))
def test_every_fault_of_calls_can_be_planned_and_cleared(post: Post, control: Control, kind: str) -> None:
    control.fault(kind, times=3)
    control.clear_faults()
    post()
    assert texts(control) == ["x"]


@pytest.mark.parametrize("kind", sorted(DELIVERY_FAULTS))
def test_faults_of_deliveries_leave_calls_alone(post: Post, control: Control, kind: str) -> None:
    control.fault(kind)
    post()
    assert texts(control) == ["x"]
