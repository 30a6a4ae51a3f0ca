"""One issue of a digest on its way to the outbox: what is owed, which of several leads, what is told and in which letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.slots import Cadence, Slot
from bot.store.moments import letter_key
from bot.store.outbox import Letter
from bot.store.subscriptions import Due
from bot.store.tables import Published, Subscription
from bot.views.digest import Digest, digest, quiet_digest
from bot.views.digest_page import page
from bot.views.digest_words import Edition, has_news, headline_sentence
from bot.views.message import Message
from jobs.edition import Order

KIND = "digest"
NOW = "now"
"""In a subscription's spec: when somebody wanted it at once."""
WAITS = "waits"
"""In a subscription's spec: since when its digest waits for a help desk to be read."""
PATIENCE = timedelta(minutes=15)
LATE = timedelta(minutes=10)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a subscription owes, and the slot that is to be posted."""

    row: Subscription
    cadence: Cadence
    due: Due
    slot: Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An edition made for a slot, and what it says that is to be kept for restatements."""

    owed: Owed
    edition: Edition
    said: tuple[Published | None, ...]


def at_one_moment(owed: Iterable[Owed]) -> list[list[Owed]]:
    """What is due at the same instant in the same place, together; what was wanted at once stands alone."""
    groups: dict[tuple[str, datetime, str], list[Owed]] = {}
    for one in owed:
        alone = str(one.row.id) if NOW in one.row.spec else ""
        groups.setdefault((one.row.channel_id, one.slot.due_at, alone), []).append(one)
    return list(groups.values())


def leading_first(issues: Iterable[Issue]) -> list[Issue]:
    """Who says something before who says that nothing moved; then the longest period, all of support, the oldest."""
    return sorted(issues, key=_weight)


def _weight(issue: Issue) -> tuple[bool, int, bool, int]:
    row, cadence = issue.owed.row, issue.owed.cadence
    days = 0 if cadence.month_day is not None else len(cadence.weekdays)
    return folded(issue.edition, row), days, bool(row.spec.get("filters")), row.id or 0


def sentence(issue: Issue) -> str:
    """What the message of the moment says of a digest in its thread: `In the thread, daily: Backlog 312: ▲ 28, worse ...`."""
    row, cadence, edition = issue.owed.row, issue.owed.cadence, issue.edition
    often = "monthly" if cadence.month_day is not None else "weekly" if len(cadence.weekdays) == 1 else "daily"
    whose = f" {edition.scope}" if row.spec.get("filters") or row.spec.get("scope") else ""
    return f"In the thread, {often}{whose}: {headline_sentence(edition) if edition.answers else 'no numbers yet.'}"


def told(edition: Edition, row: Subscription) -> Digest:
    """Nothing new is one line, unless the channel wants the whole of it every day, or somebody wanted it now."""
    if row.spec.get("page") and edition.answers:
        return Digest(parent=page(edition))
    return Digest(parent=quiet_digest(edition)) if folded(edition, row) else digest(edition)


def folded(edition: Edition, row: Subscription) -> bool:
    """Whether it is told in one line."""
    whole = any(row.spec.get(word) for word in ("always", "page", NOW))
    return not whole and bool(edition.answers) and not has_news(edition)


def letters(
    row: Subscription, slot: str, messages: Iterable[Message], pictures: Sequence[Sequence[dict[str, Any]]]
) -> list[Letter]:
    """The digest and its details, as many as there are pictures for; the same slot gives the same keys, so that nothing is
    kept twice."""
    return [
        Letter(
            dedupe_key=letter_key(KIND, row.id or 0, slot, number),
            kind=KIND,
            channel_id=row.channel_id,
            payload={"text": message.text, "blocks": list(message.blocks)},
            files=files,
        )
        for number, (message, files) in enumerate(zip(messages, pictures, strict=False))
    ]


def order(owed: Owed, skipped: Sequence[str]) -> Order:
    """What went wrong is named once: slots missed now, and those skipped since the last digest that was posted."""
    row, due, slot = owed.row, owed.due, owed.slot
    late = due.late if due.late > LATE else None
    keys = [key for key in dict.fromkeys((*skipped, *(missed.key for missed, _ in due.missed))) if key != slot.key]
    named = [key.replace("T", " ") for key in keys[-MOST_NAMED:]]
    if len(keys) > MOST_NAMED:
        named.insert(0, f"{len(keys) - MOST_NAMED} earlier ones")
    return Order(slot=slot, cadence=owed.cadence, zone=row.zone, spec=row.spec, late=late, missed=tuple(named))
