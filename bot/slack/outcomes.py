"""What became of one call to Slack: the six classes a sender must tell apart."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from socket import gaierror
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookResponse

AUTH = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_scope", "no_permission"}
    | {"not_allowed_token_type", "org_login_required", "ekm_access_denied", "two_factor_setup_required"}
)
LIMITED = frozenset({"ratelimited", "rate_limited"})
PARTLY_DONE = frozenset({"internal_error", "fatal_error", "request_timeout"})
NOT_DONE = frozenset({"service_unavailable", "team_added_to_org", "message_limit_exceeded"})
CODE = re.compile(r"[a-z][a-z0-9_]*")
UNPROCESSED_FILE = "invalid slack file"
NEVER_SENT = (gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)


class OutcomeKind(StrEnum):
    """posted: done. not_posted: certainly not done. unknown: perhaps done. permanent: will never be done as it is.

    auth: nothing at all can be done until an admin acts. limited: not done, and Slack says how long to wait."""

    POSTED = "posted"
    NOT_POSTED = "not_posted"
    UNKNOWN = "unknown"
    PERMANENT = "permanent"
    AUTH = "auth"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one call. `error` is Slack's own word, or the network's; `body` is what Slack answered."""

    kind: OutcomeKind
    ts: str | None = None
    channel: str | None = None
    error: str | None = None
    retry_after_s: float | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        return self.kind is OutcomeKind.POSTED

    @property
    def unprocessed_file(self) -> bool:
        """Slack has the picture but has not looked at it yet: certainly not posted, and soon it will work."""
        said = self.body.get("response_metadata") or {}
        words = " ".join([self.error or "", *map(str, said.get("messages") or ()), *map(str, self.body.get("errors") or ())])
        return self.kind is OutcomeKind.NOT_POSTED and UNPROCESSED_FILE in words.lower()


def outcome_of(call: Callable[[], SlackResponse]) -> Outcome:
    """Make one call of the Web API and say what became of it; only mistakes of our own still raise."""
    try:
        return _posted(call())
    except SlackApiError as refused:
        return _refused(refused)
    except SlackRequestError:
        return Outcome(kind=OutcomeKind.NOT_POSTED, error="upload_refused")
    except (HTTPException, OSError) as failed:
        return _broken(failed)


def webhook_outcome_of(call: Callable[[], WebhookResponse]) -> Outcome:
    """Make one call of a response_url and say what became of it."""
    try:
        status = call().status_code
    except (HTTPException, OSError) as failed:
        return _broken(failed)
    if status == 200:
        return Outcome(kind=OutcomeKind.POSTED)
    kind = OutcomeKind.UNKNOWN if status >= 500 else OutcomeKind.PERMANENT
    return Outcome(kind=kind, error=f"response_url_{status}")


def class_of(error: str) -> OutcomeKind:
    """The class of an error code of Slack's. A code we have never heard of is a refusal that will not change by itself."""
    if error in AUTH:
        return OutcomeKind.AUTH
    if error in LIMITED:
        return OutcomeKind.LIMITED
    if error in NOT_DONE:
        return OutcomeKind.NOT_POSTED
    if error in PARTLY_DONE or not CODE.fullmatch(error):
        return OutcomeKind.UNKNOWN
    return OutcomeKind.PERMANENT


def _posted(answer: SlackResponse) -> Outcome:
    body = answer.data if isinstance(answer.data, dict) else {}
    headers = {key.lower(): str(value) for key, value in answer.headers.items()}
    return Outcome(kind=OutcomeKind.POSTED, ts=_word(body, "ts"), channel=_word(body, "channel"), body=body, headers=headers)


def _refused(refused: SlackApiError) -> Outcome:
    """Slack answered, and not with ok. Any 5xx may hide a message that was posted before something broke."""
    status = int(refused.response.status_code)
    body = refused.response.data if isinstance(refused.response.data, Mapping) else {}
    error = str(body.get("error") or "unreadable_answer")
    if status == 429 or error in LIMITED:
        return Outcome(kind=OutcomeKind.LIMITED, error="ratelimited", retry_after_s=_wait(refused.response.headers))
    if status >= 500 or not CODE.fullmatch(error) or error == "unreadable_answer":
        return Outcome(kind=OutcomeKind.UNKNOWN, error=f"http_{status}")
    found = Outcome(kind=class_of(error), error=error, body=body)
    if error == "invalid_blocks":
        as_not_posted = Outcome(kind=OutcomeKind.NOT_POSTED, error=error, body=body)
        return as_not_posted if as_not_posted.unprocessed_file else found
    return found


def _wait(headers: Mapping[str, Any]) -> float:
    """Retry-After in seconds; half a minute when Slack says nothing readable."""
    said = {str(key).lower(): value for key, value in headers.items()}.get("retry-after", "")
    text = str(said[0] if isinstance(said, list) and said else said)
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else 30.0


def _broken(failed: HTTPException | OSError) -> Outcome:
    """Only a connection that never stood is certain; the error is a class name, for a message may quote a secret address."""
    reason = failed.reason if isinstance(failed, URLError) else failed
    never = isinstance(failed, URLError) and isinstance(reason, NEVER_SENT)
    return Outcome(kind=OutcomeKind.NOT_POSTED if never else OutcomeKind.UNKNOWN, error=type(reason).__name__)


def _word(body: Mapping[str, Any], key: str) -> str | None:
    value = body.get(key)
    return value if isinstance(value, str) else None
