"""A Slack on paper: what a sender asks of one, without sockets, with a fate for every call. Quick enough for models."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.slack.outcomes import Outcome, OutcomeKind
from bot.slack.pacing import Pacer
from bot.slack.people import Conversation
from bot.slack.pictures import Tolerance


class Fate(StrEnum):
    """What becomes of one post."""

    DONE = "done"
    LOST = "done, and the answer lost"
    GONE = "not done, and the answer lost"
    LIMITED = "not done, too fast"
    KILLED_BEFORE = "the worker is killed before"
    KILLED_AFTER = "the worker is killed after"
    ASLEEP = "the worker sleeps beyond its lease before it looks at it"
    FROZEN = "the worker freezes beyond its lease between the last look and the call"


class Killed(BaseException):
    """The end of a worker: nothing may catch it."""


@dataclass(slots=True)
class Paper:
    """The channel: `ts` to the id of the message, how often one was shown beside its copy, and the clock all workers share."""

    at: float = 1_000_000.0
    stamps: int = 0
    doubled: int = 0
    shown: dict[str, str] = field(default_factory=dict)

    def show(self, message_id: str) -> str:
        self.stamps += 1
        self.doubled += bool(self.copies(message_id))
        ts = f"{self.at:.0f}.{self.stamps:06d}"
        self.shown[ts] = message_id
        return ts

    def copies(self, message_id: str) -> list[str]:
        return sorted(ts for ts, shown in self.shown.items() if shown == message_id)


@dataclass(slots=True)
class PaperSlack:
    """One worker's way to it. `fates` are taken one a post, then all goes well; `meanwhile` is what others do as it sleeps."""

    paper: Paper
    fates: deque[Fate] = field(default_factory=deque)
    meanwhile: Callable[[], None] = lambda: None
    timeout_s: int = 20
    pacer: Pacer = field(init=False)
    tolerance: Tolerance = field(init=False)

    def __post_init__(self) -> None:
        self.pacer, self.tolerance = Pacer(self.clock), Tolerance(self.clock)

    def clock(self) -> float:
        return self.paper.at

    def takes_us_again(self) -> bool:
        return True

    def conversation(self, channel_id: str) -> Conversation:
        """Asked between the claim and the last look: where a worker may fall asleep."""
        if self.fates and self.fates[0] is Fate.ASLEEP:
            self.fates.popleft()
            self._oversleep()
        return Conversation(id=channel_id, shared=False, is_member=True, known=True)

    def post(self, method: str, payload: Mapping[str, Any]) -> Outcome:
        if method == "chat.delete":
            self.paper.shown.pop(str(payload["ts"]), None)
            return Outcome(kind=OutcomeKind.POSTED)
        return self._suffer(self.fates.popleft() if self.fates else Fate.DONE, payload["metadata"]["event_payload"]["id"])

    def posted_copies(self, _channel: str, message_id: str, *, oldest: float, thread_ts: str | None = None) -> tuple[str, ...]:
        return tuple(ts for ts in self.paper.copies(message_id) if float(ts) >= oldest and thread_ts is None)

    def _suffer(self, fate: Fate, message_id: str) -> Outcome:
        if fate is Fate.KILLED_BEFORE:
            raise Killed
        if fate is Fate.LIMITED:
            return Outcome(kind=OutcomeKind.LIMITED, error="ratelimited", retry_after_s=5.0)
        if fate is Fate.GONE:
            return Outcome(kind=OutcomeKind.UNKNOWN, error="http_503")
        if fate in (Fate.FROZEN, Fate.ASLEEP):
            self._oversleep()
        ts = self.paper.show(message_id)
        if fate is Fate.KILLED_AFTER:
            raise Killed
        if fate is Fate.LOST:
            return Outcome(kind=OutcomeKind.UNKNOWN, error="ConnectionResetError")
        return Outcome(kind=OutcomeKind.POSTED, ts=ts, channel="C1")

    def _oversleep(self) -> None:
        self.paper.at += 130.0
        self.meanwhile()
        self.paper.at += 70.0
        self.meanwhile()
