"""Sends what the outbox keeps: claims it, posts it once, and settles every doubt by reading the channel."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot.slack.doubts import REPEATABLE, remove_copies, settle_doubts
from bot.slack.no_charts import owned_up
from bot.slack.outcomes import Outcome, OutcomeKind
from bot.slack.pictures import UNPROCESSED_WAITS_S, has_new, shows_pictures, simpler, with_pictures
from bot.slack.port import EVENT_TYPE, Slack
from bot.store import outbox
from bot.store.engine import Store
from bot.store.heirs import let_stand
from bot.store.outbox import LEASE, SETTLE, Claim

log = logging.getLogger("cx.sender")

RUN_S = 5.0
MARGIN_S = 10.0
LONGEST_BACKOFF_S = 600.0
UPLOAD_TRIES = 3
METHODS = ("chat.postMessage", "chat.update", "chat.delete")
OPEN_TO_OUTSIDERS = frozenset({"survey"})


Mourn = Callable[[Session, Claim, str, datetime], None]
"""Told, in the transaction that gives a message up, which one it was and Slack's word for why."""


def unmourned(_session: Session, _claim: Claim, _error: str, _now: datetime) -> None:
    """For those who tell nobody."""


def untold(_session: Session, _now: datetime) -> None:
    """For those who tell nobody that Slack takes no charts of its own."""


@dataclass(slots=True, kw_only=True)
class Sender:
    """One run of sending; `started` is the instant of its beginning, from which it reckons by the port's own clock."""

    store: Store
    slack: Slack
    started: datetime
    sleep: Callable[[float], None]
    mourn: Mourn = unmourned
    no_charts: Callable[[Session, datetime], None] = untold
    begun: float = 0.0
    sent: int = 0

    def run(self) -> int:
        """Send what is due for a few seconds at most; how many messages were settled as sent."""
        self.begun = self.slack.clock()
        if not self.slack.takes_us_again():
            return 0
        with self.store.reading() as session:
            if not outbox.something_due(session, self.now()):
                return 0
        self.sent += settle_doubts(self.store, self.slack, self.now())
        while self.slack.clock() - self.begun < RUN_S and self._send_next():
            pass
        remove_copies(self.store, self.slack, self.now())
        return self.sent

    def now(self) -> datetime:
        return self.started + timedelta(seconds=self.slack.clock() - self.begun)

    def _send_next(self) -> bool:
        """Send one message. False when nothing more can be sent in this run."""
        waits = {method: self.slack.pacer.delay(method) for method in METHODS}
        closed = [method for method, wait in waits.items() if wait > 0]
        claimed_at = self.slack.clock()
        with self.store.writing() as session:
            let_stand(session, self.now())
            outbox.drop_orphans(session)
            outbox.drop_outdated(session)
            claims = outbox.claim_ready(session, self.now(), limit=1, not_to=self.slack.pacer.resting(), not_by=closed)
        if claims:
            return self._send(claims[0], claimed_at + LEASE.total_seconds() - self.slack.timeout_s - MARGIN_S)
        return self._patient(min(waits.values(), default=0.0))

    def _patient(self, wait: float) -> bool:
        """Wait for the next permit when that is worth it: something is due, and the run has time left."""
        if not 0 < wait < RUN_S - (self.slack.clock() - self.begun):
            return False
        with self.store.reading() as session:
            due = outbox.something_due(session, self.now())
        if due:
            self.sleep(wait)
        return due

    def _send(self, claim: Claim, deadline: float) -> bool:
        refusal = self._refusal(claim)
        if refusal is not None:
            return self._settle(claim, refusal)
        file_ids = self._upload(claim)
        if isinstance(file_ids, Outcome):
            return self._settle(claim, file_ids)
        return self._settle(claim, self._post(claim, with_pictures(addressed(claim), file_ids), deadline))

    def _refusal(self, claim: Claim) -> Outcome | None:
        """Why this may not be said there: a place that other companies read gets no numbers of ours; in doubt, later."""
        if claim.kind in OPEN_TO_OUTSIDERS:
            return None
        if claim.channel_id.startswith(("U", "W")):
            person = self.slack.user(claim.channel_id)
            known, closed, nowhere = person.known, person.is_outsider, "user_gone" if person.is_gone or person.is_missing else ""
        else:
            place = self.slack.conversation(claim.channel_id)
            known, closed, nowhere = place.known, place.shared, "channel_not_found" if place.is_missing else ""
        if not known and self.slack.refused is not None:
            return Outcome(kind=OutcomeKind.AUTH, error=self.slack.refused)
        if nowhere or not known:
            return Outcome(kind=OutcomeKind.PERMANENT if nowhere else OutcomeKind.NOT_POSTED, error=nowhere or "place_unknown")
        return Outcome(kind=OutcomeKind.PERMANENT, error="shared_with_another_company") if closed else None

    def _upload(self, claim: Claim) -> dict[str, str] | Outcome:
        """Upload what is not there yet and remember it; after a few failures the message goes without its pictures."""
        files = [dict(file) for file in claim.files]
        for file in (file for file in files if not file.get("file_id")):
            uploaded = self.slack.upload(name=file["name"], alt=file["alt"], png=base64.b64decode(file["png"]))
            if uploaded.kind in (OutcomeKind.AUTH, OutcomeKind.LIMITED) or (not uploaded.ok and claim.fence < UPLOAD_TRIES):
                kind = uploaded.kind if uploaded.kind in (OutcomeKind.AUTH, OutcomeKind.LIMITED) else OutcomeKind.NOT_POSTED
                return Outcome(kind=kind, error=uploaded.error, retry_after_s=uploaded.retry_after_s)
            if uploaded.ok:
                file |= {"file_id": str(uploaded.body["file"]["id"]), "png": ""}
                with self.store.writing() as session:
                    outbox.keep_files(session, claim, files)
        return {file["slot"]: file["file_id"] for file in files if file.get("file_id")}

    def _post(self, claim: Claim, payload: Mapping[str, Any], deadline: float) -> Outcome:
        """Post it; while Slack certainly posted nothing, wait for its pictures, then make do with less."""
        said = owned_up if has_new(payload) else dict[str, Any]
        whole = payload = self.slack.tolerance.fit(payload)
        waits: Iterator[float] = iter(UNPROCESSED_WAITS_S)
        forms = simpler(payload)
        outcome = self._call(claim, said(payload), deadline)
        while outcome.error == "invalid_blocks":
            wait = next(waits, None) if outcome.unprocessed_file and shows_pictures(payload) else None
            if wait is not None:
                self.sleep(wait)
            elif (form := next(forms, None)) is not None:
                payload = form
            else:
                return outcome
            outcome = self._call(claim, said(payload), deadline)
        if outcome.ok and self.slack.tolerance.learn(whole, payload):
            with self.store.writing() as session:
                self.no_charts(session, self.now())
        return outcome

    def _call(self, claim: Claim, payload: Mapping[str, Any], deadline: float) -> Outcome:
        """One call, unless the lease could end while it is under way: whoever slept too long must not post."""
        if self.slack.clock() > deadline:
            return Outcome(kind=OutcomeKind.NOT_POSTED, error="lease_ran_out")
        self.slack.pacer.sent(claim.method, claim.channel_id)
        return self.slack.post(claim.method, payload)

    def _settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Write down what became of it. False when the run should end: Slack wants to be left alone."""
        error, now = outcome.error or outcome.kind.value, self.now()
        with self.store.writing() as session:
            if self._written(session, claim, outcome, now):
                self.sent += outcome.ok
                if outcome.kind is OutcomeKind.PERMANENT:
                    self.mourn(session, claim, error, now)
            else:
                outbox.suspect(session, claim.id, now)
        if not outcome.ok:
            log.warning(
                "message not sent",
                extra={"message_id": claim.id, "kind": claim.kind, "error": error, "outcome": outcome.kind.value},
            )
        return outcome.kind not in (OutcomeKind.AUTH, OutcomeKind.LIMITED)

    def _written(self, session: Session, claim: Claim, outcome: Outcome, now: datetime) -> bool:
        """Settle the row. False when it is not ours any more: we slept, and somebody else has gone on with it."""
        error = outcome.error or outcome.kind.value
        match outcome.kind:
            case OutcomeKind.POSTED:
                return outbox.settle_sent(session, claim, ts=outcome.ts, channel=outcome.channel, now=now)
            case OutcomeKind.PERMANENT:
                return outbox.settle_dead(session, claim, error=error)
            case OutcomeKind.UNKNOWN if claim.method not in REPEATABLE:
                return outbox.settle_uncertain(session, claim, error=error, again_at=now + SETTLE)
            case OutcomeKind.LIMITED:
                wait = outcome.retry_after_s or 1.0
            case _:
                wait = min(LONGEST_BACKOFF_S, 2.0 ** min(claim.fence, 10))
        return outbox.settle_unsent(session, claim, error=error, again_at=now + timedelta(seconds=wait))


def addressed(claim: Claim) -> dict[str, Any]:
    """The stored payload with its address, and with the id by which a lost reply can be looked up."""
    if claim.method in REPEATABLE:
        place = {"channel": claim.parent_channel or claim.channel_id, "ts": claim.parent_ts}
        return {**claim.payload, **{key: value for key, value in place.items() if value}}
    thread = {"thread_ts": claim.parent_ts} if claim.parent_ts else {}
    quiet = {"unfurl_links": False, "unfurl_media": False, "link_names": False}
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"id": claim.id}}
    return {**quiet, **claim.payload, **thread, "channel": claim.channel_id, "metadata": metadata}
