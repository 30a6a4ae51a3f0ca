"""HubSpot's tickets, their properties' history, e-mails and feedback as ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of, whole
from bot.store.records import EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

STAGE, OWNER, PRIORITY, CATEGORY = "hs_pipeline_stage", "hubspot_owner_id", "hs_ticket_priority", "hs_ticket_category"
TEAM = "hubspot_team_id"
HISTORY = (STAGE, OWNER, PRIORITY, CATEGORY, TEAM)
PROPERTIES = (*HISTORY, "subject", "source_type", "createdate", "hs_lastmodifieddate")
PRIORITIES = {"URGENT": 1, "HIGH": 2, "MEDIUM": 3, "LOW": 4}
CHANNELS = {"EMAIL": Channel.EMAIL, "CHAT": Channel.CHAT, "PHONE": Channel.PHONE, "FORM": Channel.WEB}
SCALES = {
    "CSAT": (SurveyKind.CSAT, "csat-faces-3", 0, 2, 1),
    "CES": (SurveyKind.CES, "ces-1-7", 1, 7, 0),
    "NPS": (SurveyKind.NPS, "nps-0-10", 0, 10, 0),
}
"""Kind, our scale, HubSpot's least and greatest value, and what to add to get ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What tickets are read with: what the stages of the pipelines mean, whose user is which owner, and where pages are."""

    base: str = "https://app.hubspot.com"
    stages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    def status(self, stage: str | None) -> tuple[Status, str]:
        """Our status and the stage's name; an open stage is open unless its name says that it is new or waits."""
        state, label = self.stages.get(stage or "", ("", ""))
        if stage is None or not state:
            raise Unreadable("Its stage is in none of the pipelines that were told.")
        if state == "CLOSED":
            return Status.SOLVED, label
        if re.search(r"\bnew\b", label, re.IGNORECASE):
            return Status.NEW, label
        if re.search(r"hold|third", label, re.IGNORECASE):
            return Status.HOLD, label
        waits = re.search(r"wait|pending", label, re.IGNORECASE) and not re.search(r"\bus\b", label, re.IGNORECASE)
        return (Status.PENDING if waits else Status.OPEN), label


def ticket(told: Json, place: Place) -> TicketRecord:
    """A ticket as it stands. Raises Unreadable."""
    external_id, says = name_of(told.get("id")) or "?", known(told.get("properties"))
    created = needed_instant(told.get("createdAt"), "Its time of creation")
    updated = max(instant(told.get("updatedAt"), "Its time of change") or created, created)
    status, word = place.status(name_of(says.get(STAGE)))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=Status.DELETED if told.get("archived") is True else status,
        status_raw=word,
        subject=text_of(says.get("subject")),
        url=text_of(told.get("url")) or None,
        priority=PRIORITIES.get(text_of(says.get(PRIORITY)).upper()),
        channel=CHANNELS.get(text_of(says.get("source_type")).upper(), Channel.OTHER),
        category=text_of(says.get(CATEGORY)) or None,
        team=name_of(says.get(TEAM)),
        agent=name_of(says.get(OWNER)),
        customer=associated(told, "contacts"),
    )


def events(told: Json, place: Place) -> Iterator[Record]:
    """The creation, and each change in the history of the properties that we follow. Raises Unreadable."""
    record, history = ticket(told, place), known(told.get("propertiesWithHistory"))
    first = next(iter(_values(history, STAGE)), {})
    opened = place.status(name_of(first.get("value")) or name_of(known(told.get("properties")).get(STAGE)))[0]
    yield EventRecord(
        ticket=record.external_id,
        key="created",
        at=record.created_at,
        kind=Kind.CREATED,
        actor=record.customer,
        actor_kind=Actor.CUSTOMER if record.customer else None,
        new=opened.value,
    )
    yield from _changes(record, place, Kind.STATUS, _values(history, STAGE))
    yield from _changes(record, place, Kind.ASSIGNED, _values(history, OWNER))
    yield from _changes(record, place, Kind.TEAM, _values(history, TEAM))
    yield from _changes(record, place, Kind.PRIORITY, _values(history, PRIORITY))
    yield from _changes(record, place, Kind.CATEGORY, _values(history, CATEGORY))


def said(told: Json, external_id: str) -> Iterator[EventRecord]:
    """An e-mail of a ticket: a sent one is an agent's reply, a received one the customer's. Raises Unreadable."""
    says = known(told.get("properties"))
    direction, owner = text_of(says.get("hs_email_direction")), name_of(says.get(OWNER))
    if direction not in ("EMAIL", "INCOMING_EMAIL"):
        return
    yield EventRecord(
        ticket=external_id,
        key=f"email-{name_of(told.get('id'))}",
        at=needed_instant(says.get("hs_timestamp") or told.get("createdAt"), "The time of an e-mail"),
        seq=(whole(told.get("id")) or 0) % 2**31,
        kind=Kind.REPLY,
        actor=owner if direction == "EMAIL" else None,
        actor_kind=Actor.AGENT if direction == "EMAIL" else Actor.CUSTOMER,
    )


def feedback(told: Json) -> Iterator[RatingRecord]:
    """A feedback submission: CSAT from 0 to 2, CES from 1 to 7 where high is easy, NPS from 0 to 10. Raises Unreadable."""
    external_id, says = name_of(told.get("id")) or "?", known(told.get("properties"))
    survey, value = text_of(says.get("hs_survey_type")).upper(), whole(says.get("hs_value"))
    if survey not in SCALES or value is None:
        return  # A survey of one's own questions, or one that was not answered.
    kind, scale, least, most, shift = SCALES[survey]
    if not least <= value <= most:
        raise Unreadable("Its value is not on the scale of its survey.")
    yield RatingRecord(
        external_id=f"feedback-{external_id}",
        survey=kind,
        scale=scale,
        score=value + shift,
        answered_at=needed_instant(says.get("hs_submission_timestamp") or told.get("createdAt"), "Its time"),
        ticket=associated(told, "tickets"),
        customer=associated(told, "contacts"),
        comment=text_of(says.get("hs_content")) or None,
    )


def associated(told: Json, kind: str) -> str | None:
    """The first object of a kind that this one belongs together with."""
    results = objects(known(known(told.get("associations")).get(kind)).get("results"))
    return next((name for each in results if (name := name_of(each.get("id")))), None)


def _values(history: Json, name: str) -> list[Json]:
    """A property's values, oldest first; HubSpot tells the newest first."""
    return sorted(objects(history.get(name)), key=_instant)


def _instant(told: Json) -> datetime:
    return needed_instant(told.get("timestamp"), "The time of a change")


def _changes(record: TicketRecord, place: Place, kind: Kind, values: list[Json]) -> Iterator[EventRecord]:
    """What follows from a property's values; what it was created with is no change of a status."""
    old = _word(place, kind, values[0].get("value")) if values and (kind is Kind.STATUS or _born(values[0], record)) else None
    rest = values[1:] if values and (kind is Kind.STATUS or _born(values[0], record)) else values
    for each in rest:
        new = _word(place, kind, each.get("value"))
        if new != old:
            owner = place.owners.get(name_of(each.get("updatedByUserId")) or "")
            yield EventRecord(
                ticket=record.external_id,
                key=f"{kind.value}-{text_of(each.get('timestamp'))}",
                at=max(_instant(each), record.created_at),
                kind=kind,
                actor=owner,
                actor_kind=Actor.AGENT if owner else Actor.SYSTEM,
                old=old,
                new=new,
            )
        old = new


def _born(value: Json, record: TicketRecord) -> bool:
    return _instant(value) <= record.created_at


def _word(place: Place, kind: Kind, value: Any) -> str | None:
    if kind is Kind.STATUS:
        return place.status(name_of(value))[0].value
    if kind is Kind.PRIORITY:
        rank = PRIORITIES.get(text_of(value).upper())
        return str(rank) if rank else None
    return name_of(value)
