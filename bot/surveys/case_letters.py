"""Puts a case's one living message, its edits and its history into the outbox: each once, and only what changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.store.outbox import Letter, cancel, enqueue
from bot.store.tables import Outbox, SurveyCase

KIND = "case"


def keep_told(session: Session, case: SurveyCase, payload: Mapping[str, Any], now: datetime) -> bool:
    """Tell a case, or change what is told of it; False when it says the same already."""
    if is_told(case, payload):
        return False
    digest = _digest(payload)
    if case.letter_id is None:
        letter = Letter(dedupe_key=f"case:{case.id}", kind=KIND, channel_id=case.channel_id, payload=payload)
        case.letter_id = enqueue(session, letter, now)
        case.shown = f"|{digest}"
    elif not _change(session, case, payload, digest, now):
        return False
    session.add(case)
    return True


def is_told(case: SurveyCase, payload: Mapping[str, Any]) -> bool:
    """Whether this is what was told of the case last."""
    return bool(case.shown) and case.shown.endswith(_digest(payload))


def keep_history(session: Session, case: SurveyCase, what: str, payload: Mapping[str, Any], now: datetime) -> None:
    """A line in the thread of a case; `what` happens to a case once."""
    if case.letter_id is None or session.get(Outbox, case.letter_id) is None:
        return
    key = f"case:{case.id}:{what}"
    enqueue(
        session, Letter(dedupe_key=key, kind=KIND, channel_id=case.channel_id, payload=payload, parent_id=case.letter_id), now
    )


def _digest(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _change(session: Session, case: SurveyCase, payload: Mapping[str, Any], digest: str, now: datetime) -> bool:
    """An edit nobody began to send is taken back first: of two, the older might arrive last."""
    first = session.get(Outbox, case.letter_id)
    if first is None:
        return False
    earlier = case.shown.rpartition("|")[0]
    if earlier:
        cancel(session, earlier)
    key = f"case:{case.id}:{now.timestamp():.3f}:{digest}"
    letter = Letter(
        dedupe_key=key, kind=KIND, channel_id=case.channel_id, payload=payload, method="chat.update", parent_id=case.letter_id
    )
    enqueue(session, letter, now)
    case.shown = f"{key}|{digest}"
    return True
