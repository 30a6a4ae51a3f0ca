"""Every way a call to Slack can end falls into one of six classes, and only certainty counts as certain."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.client import IncompleteRead, RemoteDisconnected
from socket import gaierror
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookResponse

from bot.slack.outcomes import Outcome, OutcomeKind, class_of, outcome_of, webhook_outcome_of


def answered(body: Any, status: int = 200, headers: dict[str, Any] | None = None) -> Callable[[], SlackResponse]:
    """A call that Slack answers like this."""

    def call() -> SlackResponse:
        client = WebClient(token="xoxb-1")
        return SlackResponse(
            client=client, http_verb="POST", api_url="", req_args={}, data=body, headers=headers or {}, status_code=status
        ).validate()

    return call


def failing(error: BaseException) -> Callable[[], SlackResponse]:
    """A call that ends in this error."""

    def call() -> SlackResponse:
        raise error

    return call


def test_ok_is_posted_with_its_place_and_time() -> None:
    outcome = outcome_of(answered({"ok": True, "ts": "1.2", "channel": "C1"}, headers={"X-OAuth-Scopes": "commands"}))

    assert outcome.ok
    assert (outcome.kind, outcome.ts, outcome.channel) == (OutcomeKind.POSTED, "1.2", "C1")
    assert outcome.headers == {"x-oauth-scopes": "commands"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("channel_not_found", OutcomeKind.PERMANENT),
        ("not_in_channel", OutcomeKind.PERMANENT),
        ("is_archived", OutcomeKind.PERMANENT),
        ("restricted_action_read_only_channel", OutcomeKind.PERMANENT),
        ("msg_blocks_too_long", OutcomeKind.PERMANENT),
        ("messages_tab_disabled", OutcomeKind.PERMANENT),
        ("metadata_too_large", OutcomeKind.PERMANENT),
        ("something_new_of_next_year", OutcomeKind.PERMANENT),
        ("invalid_auth", OutcomeKind.AUTH),
        ("token_revoked", OutcomeKind.AUTH),
        ("account_inactive", OutcomeKind.AUTH),
        ("missing_scope", OutcomeKind.AUTH),
        ("internal_error", OutcomeKind.UNKNOWN),
        ("fatal_error", OutcomeKind.UNKNOWN),
        ("service_unavailable", OutcomeKind.NOT_POSTED),
        ("ratelimited", OutcomeKind.LIMITED),
        ("rate_limited", OutcomeKind.LIMITED),
    ],
)
def test_slacks_words_have_their_class(error: str, kind: OutcomeKind) -> None:
    assert outcome_of(answered({"ok": False, "error": error})).kind is kind
    assert class_of(error) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_may_hide_a_posted_message(status: int) -> None:
    assert outcome_of(answered({"ok": False, "error": "invalid_auth"}, status)).kind is OutcomeKind.UNKNOWN


def test_an_answer_nobody_can_read_may_hide_a_posted_message() -> None:
    said = "Received a response in a non-JSON format: <html>"
    outcome = outcome_of(answered({"ok": False, "error": said}))

    assert (outcome.kind, outcome.error) == (OutcomeKind.UNKNOWN, "http_200")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry-After": "30"}, 30.0), ({"retry-after": ["7"]}, 7.0), ({"Retry-After": "soon"}, 30.0), ({}, 30.0)],
)
def test_too_fast_says_how_long_to_wait(headers: dict[str, Any], wait: float) -> None:
    outcome = outcome_of(answered({"ok": False, "error": "ratelimited"}, 429, headers))

    assert (outcome.kind, outcome.retry_after_s) == (OutcomeKind.LIMITED, wait)


@pytest.mark.parametrize(
    "reason", [gaierror(-2, "Name or service not known"), ConnectionRefusedError(111, "refused"), ssl.SSLCertVerificationError()]
)
def test_a_connection_that_never_stood_posted_nothing(reason: OSError) -> None:
    assert outcome_of(failing(URLError(reason))).kind is OutcomeKind.NOT_POSTED


@pytest.mark.parametrize(
    "error",
    [
        URLError(TimeoutError("timed out")),
        URLError(ConnectionResetError(104, "reset")),
        URLError(ssl.SSLError("bad record")),
        TimeoutError("read timed out"),
        ConnectionResetError(104, "reset"),
        RemoteDisconnected("gone"),
        IncompleteRead(b"half"),
    ],
)
def test_a_connection_that_broke_may_have_posted(error: BaseException) -> None:
    assert outcome_of(failing(error)).kind is OutcomeKind.UNKNOWN


def test_the_word_for_a_broken_connection_quotes_no_address() -> None:
    outcome = outcome_of(failing(URLError(OSError("https://hooks.slack.com/services/T/B/secret"))))

    assert outcome.error == "OSError"


def test_an_upload_refused_midway_posted_nothing() -> None:
    assert outcome_of(failing(SlackRequestError("Failed to upload a file"))).kind is OutcomeKind.NOT_POSTED


def test_our_own_mistakes_are_not_swallowed() -> None:
    with pytest.raises(KeyError):
        outcome_of(failing(KeyError("ours")))


@pytest.mark.parametrize(
    "body",
    [
        {"ok": False, "error": "invalid_blocks", "errors": ["invalid slack file [json-pointer:/blocks/1/slack_file/id]"]},
        {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] Invalid Slack File"]}},
    ],
)
def test_a_picture_slack_has_not_looked_at_is_certainly_not_posted(body: dict[str, Any]) -> None:
    outcome = outcome_of(answered(body))

    assert (outcome.kind, outcome.unprocessed_file) == (OutcomeKind.NOT_POSTED, True)


def test_other_bad_blocks_will_never_be_posted_as_they_are() -> None:
    outcome = outcome_of(answered({"ok": False, "error": "invalid_blocks", "errors": ["unsupported type: nonsense"]}))

    assert (outcome.kind, outcome.unprocessed_file) == (OutcomeKind.PERMANENT, False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, OutcomeKind.POSTED),
        (404, OutcomeKind.PERMANENT),
        (410, OutcomeKind.PERMANENT),
        (400, OutcomeKind.PERMANENT),
        (500, OutcomeKind.UNKNOWN),
        (503, OutcomeKind.UNKNOWN),
    ],
)
def test_a_response_url_speaks_in_statuses(status: int, kind: OutcomeKind) -> None:
    assert webhook_outcome_of(lambda: WebhookResponse(url="", status_code=status, body="", headers={})).kind is kind


def test_a_response_url_that_breaks_may_have_been_used() -> None:
    def broken() -> WebhookResponse:
        raise RemoteDisconnected("gone")

    assert webhook_outcome_of(broken) == Outcome(kind=OutcomeKind.UNKNOWN, error="RemoteDisconnected")


def test_every_refusal_of_the_sdk_is_a_slack_api_error() -> None:
    with pytest.raises(SlackApiError):
        answered({"ok": False, "error": "is_archived"})()
