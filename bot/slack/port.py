"""The one way to Slack for jobs and the app: reads that may be repeated, writes that never are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.http_retry import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler, RetryHandler
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from bot.clock import monotonic
from bot.errors import SlackRefused
from bot.slack.memory import Memory
from bot.slack.outcomes import Outcome, OutcomeKind, outcome_of, webhook_outcome_of
from bot.slack.pacing import Pacer
from bot.slack.people import Conversation, Identity, Person, conversation_from, person_from
from bot.slack.pictures import Tolerance

TIMEOUT_S = 20
REMEMBERED_S = 600.0
REFUSED_ASK_S = 30.0
UNKNOWN_REMEMBERED_S = 15.0
HISTORY_PAGE = 200
EVENT_TYPE = "cx_msg"
MAY_NOT = frozenset({"missing_scope", "no_permission", "not_allowed_token_type"})
"""Refused for one call only: others go on."""
NOBODY = frozenset({"user_not_found", "users_not_found"})


class Slack:
    """A workspace as the bot reaches it. Building it makes no call; every call is made by the thread that asks."""

    def __init__(
        self, bot_token: str, api_url: str, *, timeout_s: int = TIMEOUT_S, clock: Callable[[], float] = monotonic
    ) -> None:
        self.clock = clock
        self.timeout_s = timeout_s
        self.pacer = Pacer(clock)
        self.tolerance = Tolerance(clock)
        self.refused: str | None = None
        self.refusal_told: str | None = None
        """Which refusal was passed on to whoever can mend it."""
        self._refused_ask_at = 0.0
        self._token = bot_token
        self._api_url = api_url
        self._quiet = logging.getLogger("cx.slack.sdk")
        self._quiet.setLevel(logging.CRITICAL)  # The SDK's own log lines quote what people wrote.
        self._writes = self._client([])
        self._reads = self._client(
            [ConnectionErrorRetryHandler(), ServerErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=3)]
        )
        self._identity: Memory[Identity] = Memory(clock, lambda _: REMEMBERED_S)
        self._people: Memory[Person] = Memory(clock, lambda person: _remembered(known=person.known))
        self._conversations: Memory[Conversation] = Memory(clock, lambda place: _remembered(known=place.known))

    def write_client(self) -> WebClient:
        """A client that repeats nothing, for Bolt, which copies its handlers into every listener's client."""
        return self._client([])

    def post(self, method: str, payload: Mapping[str, Any]) -> Outcome:
        """Make one writing call, once. A lost answer is `unknown`, and only who kept the message may settle it.

        What Slack answers sets the pace of the method; `refused` holds its word while it refuses us altogether."""
        outcome = outcome_of(lambda: self._writes.api_call(method, json=dict(payload)))
        if outcome.ok:
            self.pacer.went_well(method)
        elif outcome.kind is OutcomeKind.LIMITED:
            self.pacer.limited(method, outcome.retry_after_s or 1.0)
        if outcome.kind is OutcomeKind.AUTH:
            self._refused_ask_at = self.clock() + REFUSED_ASK_S
        self.refused = outcome.error if outcome.kind is OutcomeKind.AUTH else None if outcome.ok else self.refused
        return outcome

    def takes_us_again(self) -> bool:
        """Whether writing makes sense. While Slack refuses us altogether it is asked twice a minute whether it still does."""
        if self.refused is None:
            return True
        if self.clock() < self._refused_ask_at:
            return False
        self._refused_ask_at = self.clock() + REFUSED_ASK_S
        if not self._read("auth.test", {}).ok:
            return False
        self.refused = None
        return True

    def upload(self, *, name: str, alt: str, png: bytes) -> Outcome:
        """Upload a picture that no channel shows; `body["file"]["id"]` is what a message then refers to."""
        return outcome_of(lambda: self._writes.files_upload_v2(filename=name, title=alt[:255], alt_txt=alt[:1000], content=png))

    def respond(self, response_url: str, payload: Mapping[str, Any]) -> Outcome:
        """Answer through a response_url: five times within half an hour. An expired one is `permanent`."""
        webhook = WebhookClient(response_url, timeout=self.timeout_s, retry_handlers=[], logger=self._quiet)
        return webhook_outcome_of(lambda: webhook.send_dict(dict(payload)))

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> Outcome:
        """Open a modal; the trigger is good for three seconds and once."""
        return self.post("views.open", {"trigger_id": trigger_id, "view": view})

    def push_view(self, trigger_id: str, view: Mapping[str, Any]) -> Outcome:
        """Put a modal on top of the one the trigger came from."""
        return self.post("views.push", {"trigger_id": trigger_id, "view": view})

    def publish_home(self, user_id: str, view: Mapping[str, Any]) -> Outcome:
        """Show a person's Home tab; doing it twice shows it once."""
        return self.post("views.publish", {"user_id": user_id, "view": view})

    def identity(self) -> Identity:
        """Who we are, asked once in a while. Raises SlackRefused."""
        return self._identity.recall("", self._ask_identity)

    def user(self, user_id: str) -> Person:
        """A person by id; unknown, hence an outsider, when Slack cannot be asked."""
        return self._people.recall(user_id, lambda: self._ask_user(user_id))

    def user_by_email(self, email: str) -> Person | None:
        """The active or former member with this address; none when there is none. Raises SlackRefused."""
        found = self._read("users.lookupByEmail", {"email": email})
        if found.error == "users_not_found":
            return None
        return person_from(self._answer(found, "users.lookupByEmail")["user"], self.identity().team_id)

    def conversation(self, channel_id: str) -> Conversation:
        """A conversation by id, at most ten minutes old; taken for shared when Slack cannot be asked.

        Direct conversations with us (D...) are never asked for: only the person in them reads along."""
        if channel_id.startswith("D"):
            return Conversation(id=channel_id, shared=False, is_member=True, is_private=True, known=True)
        return self._conversations.recall(channel_id, lambda: self._ask_conversation(channel_id))

    def forget(self, channel_id: str) -> None:
        """Ask anew about a conversation: an event says that it changed."""
        self._conversations.forget(channel_id)

    def direct_channel(self, user_id: str) -> str:
        """The id of our direct conversation with a person. Raises SlackRefused."""
        answer = self._answer(self._read("conversations.open", {"users": user_id}), "conversations.open")
        return str(answer["channel"]["id"])

    def posted_copies(self, channel_id: str, message_id: str, *, oldest: float, thread_ts: str | None = None) -> tuple[str, ...]:
        """The `ts` of each message of ours that carries this id in its metadata, oldest first, read to the last page.

        Raises SlackRefused when the history cannot be read: then nobody may say that it was not posted."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        asked = {"channel": channel_id, "oldest": f"{oldest:.6f}", "include_all_metadata": "true", "limit": HISTORY_PAGE}
        asked |= {"ts": thread_ts} if thread_ts else {}
        found: list[str] = []
        cursor = ""
        while True:
            page = self._answer(self._read(method, asked | ({"cursor": cursor} if cursor else {})), method)
            found += [str(message["ts"]) for message in page.get("messages") or () if _carries(message, message_id)]
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return tuple(sorted(set(found)))

    def _client(self, handlers: list[RetryHandler]) -> WebClient:
        return WebClient(
            token=self._token, base_url=self._api_url, timeout=self.timeout_s, retry_handlers=handlers, logger=self._quiet
        )

    def _read(self, method: str, asked: Mapping[str, Any]) -> Outcome:
        """Make one reading call. A token that is refused here is good for nothing else either."""
        outcome = outcome_of(lambda: self._reads.api_call(method, params=dict(asked)))
        if outcome.kind is OutcomeKind.AUTH and outcome.error not in MAY_NOT and self.refused is None:
            self.refused, self._refused_ask_at = outcome.error, self.clock() + REFUSED_ASK_S
        return outcome

    def _answer(self, outcome: Outcome, method: str) -> Mapping[str, Any]:
        if outcome.ok:
            return outcome.body
        raise SlackRefused(
            f"Slack did not answer {method}: {outcome.error}.",
            code=outcome.error or outcome.kind.value,
            next_step="Run `cx doctor` to see what is missing." if outcome.kind is OutcomeKind.AUTH else "Try again in a minute.",
        )

    def _ask_identity(self) -> Identity:
        found = self._read("auth.test", {})
        answer = self._answer(found, "auth.test")
        return Identity(
            team_id=str(answer.get("team_id", "")),
            user_id=str(answer.get("user_id", "")),
            bot_id=str(answer.get("bot_id", "")),
            team=str(answer.get("team", "")),
            url=str(answer.get("url", "")),
            scopes=tuple(scope for scope in found.headers.get("x-oauth-scopes", "").replace(" ", "").split(",") if scope),
        )

    def _ask_user(self, user_id: str) -> Person:
        found = self._read("users.info", {"user": user_id})
        if not found.ok:
            return Person(id=user_id, is_missing=found.error in NOBODY)
        try:
            return person_from(found.body["user"], self.identity().team_id)
        except SlackRefused:
            return Person(id=user_id)

    def _ask_conversation(self, channel_id: str) -> Conversation:
        found = self._read("conversations.info", {"channel": channel_id})
        missing = found.error == "channel_not_found"
        return (
            conversation_from(found.body["channel"])
            if found.ok
            else Conversation(id=channel_id, is_missing=missing, known=missing)
        )


def _remembered(*, known: bool) -> float:
    """How long an answer counts, in seconds; a failure to ask counts for a moment only, so that an outage costs each a little."""
    return REMEMBERED_S if known else UNKNOWN_REMEMBERED_S


def _carries(message: Mapping[str, Any], message_id: str) -> bool:
    metadata = message.get("metadata") or {}
    return metadata.get("event_type") == EVENT_TYPE and (metadata.get("event_payload") or {}).get("id") == message_id
