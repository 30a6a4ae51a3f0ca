"""Incidents of alerts: opened, worsened, acknowledged and ended, each step once, with one living message and its history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.store.outbox import Letter, cancel, enqueue
from bot.store.tables import Alert, Incident, Outbox

KIND = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was found, as people read it, and the number behind it."""

    says: str
    value: float | None


def find_alert(session: Session, alert_id: int) -> Alert | None:
    """An alert, to be changed: locked to the end of the transaction where others could change it meanwhile."""
    query = select(Alert).where(Alert.id == alert_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def find_incident(session: Session, incident_id: int) -> Incident | None:
    """An incident, to be changed."""
    query = select(Incident).where(Incident.id == incident_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def open_incidents(session: Session, alert_id: int) -> dict[str, Incident]:
    """The incidents of an alert that are not over, by their group."""
    query = select(Incident).where(Incident.alert_id == alert_id, col(Incident.resolved_at).is_(None)).order_by(col(Incident.id))
    return {one.key: one for one in session.exec(query)}


def told_by(session: Session, alert: Alert, since: datetime) -> int:
    """How many incidents of one alert its channel was told of since an instant."""
    mine = (Incident.alert_id == alert.id, col(Incident.opened_at) >= since, col(Incident.capped).is_(False))
    return int(session.execute(select(func.count()).select_from(Incident).where(*mine)).scalar_one())


def watches_alone(session: Session, alert: Alert) -> bool:
    """Whether nothing else is watched for the channel of an alert."""
    others = (Alert.channel_id == alert.channel_id, Alert.id != alert.id, col(Alert.enabled))
    return session.execute(select(Alert.id).where(*others).limit(1)).first() is None


def told_since(session: Session, channel_id: str, since: datetime) -> int:
    """How many incidents a channel was told of since an instant."""
    told = (col(Incident.channel_id) == channel_id, col(Incident.opened_at) >= since, col(Incident.capped).is_(False))
    return int(session.execute(select(func.count()).select_from(Incident).where(*told)).scalar_one())


def acknowledge(session: Session, incident: Incident, by: str, now: datetime) -> bool:
    """Somebody has seen it and sees to it; False when somebody did before, or it is over."""
    if incident.acked_by is not None or incident.resolved_at is not None:
        return False
    incident.acked_by, incident.acked_at = by, now
    session.add(incident)
    return True


def assign(session: Session, incident: Incident, to: str, by: str, now: datetime) -> bool:
    """It is somebody's now, who thereby need not be looked for; False when it was theirs before, or it is over."""
    if incident.assigned_to == to or incident.resolved_at is not None:
        return False
    acknowledge(session, incident, by, now)
    incident.assigned_to = to
    session.add(incident)
    return True


def snooze(session: Session, incident: Incident, by: str, until: datetime) -> bool:
    """Nothing is added to its thread until then; False when it was said before, or it is over."""
    if incident.resolved_at is not None or (incident.snoozed_until is not None and incident.snoozed_until >= until):
        return False
    incident.snoozed_until, incident.snoozed_by = until, by
    session.add(incident)
    return True


def keep_told(session: Session, incident: Incident, payload: Mapping[str, Any], now: datetime) -> bool:
    """Tell an incident, or change what is told of it; False when it says the same already, or is not to be told at all."""
    digest = _digest(payload)
    if incident.capped or incident.shown.endswith(f"|{digest}"):
        return False
    if incident.letter_id is None:
        first = _letter(incident, f"alert:{incident.alert_id}:{incident.id}", payload)
        incident.letter_id, incident.shown = enqueue(session, first, now), f"|{digest}"
    elif session.get(Outbox, incident.letter_id) is None:  # Forgotten after a month: nobody knows where it stands.
        return False
    else:
        _edit(session, incident, payload, digest, now)
    session.add(incident)
    return True


def keep_history(
    session: Session, incident: Incident, payload: Mapping[str, Any], now: datetime, files: Sequence[Mapping[str, Any]] = ()
) -> None:
    """A line in the thread of an incident that was told; `files` are the pictures in it."""
    if incident.letter_id is None or session.get(Outbox, incident.letter_id) is None:
        return
    incident.steps += 1
    session.add(incident)
    key = f"alert:{incident.alert_id}:{incident.id}:line:{incident.steps}"
    enqueue(session, _letter(incident, key, payload, parent_id=incident.letter_id, files=tuple(files)), now)


def _edit(session: Session, incident: Incident, payload: Mapping[str, Any], digest: str, now: datetime) -> None:
    """An edit nobody began to send is taken back first: of two, the older might arrive last."""
    earlier = incident.shown.rpartition("|")[0]
    if earlier:
        cancel(session, earlier)
    key = f"alert:{incident.alert_id}:{incident.id}:{now.timestamp():.3f}:{digest}"
    enqueue(session, _letter(incident, key, payload, method="chat.update", parent_id=incident.letter_id), now)
    incident.shown = f"{key}|{digest}"


def _letter(incident: Incident, key: str, payload: Mapping[str, Any], **more: Any) -> Letter:
    return Letter(dedupe_key=key, kind=KIND, channel_id=incident.channel_id, payload=payload, **more)


def _digest(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]
