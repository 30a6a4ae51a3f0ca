"""A ticket as Zendesk exports it, as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.desks.desk import Cursor
from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of, whole
from bot.desks.zendesk_traits import traits_of
from bot.desks.zendesk_words import MERGED_TAG, channel_of, priority_of, status_of
from bot.store.records import BadRecord, Record, TicketRecord
from bot.store.words import Status

FUTURE = timedelta(days=1)
MINUTES = ("calendar", "business")
METRICS = {
    "reply_time_in_minutes": "first_response_min",
    "first_resolution_time_in_minutes": "first_resolution_min",
    "full_resolution_time_in_minutes": "full_resolution_min",
    "requester_wait_time_in_minutes": "requester_wait_min",
    "agent_wait_time_in_minutes": "agent_wait_min",
    "on_hold_time_in_minutes": "on_hold_min",
}
COUNTS = ("reopens", "replies", "assignee_stations", "group_stations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What the account's own fields and statuses mean: read once a sync, kept in the cursor of the stream `fields`."""

    statuses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    worked: frozenset[str] = frozenset()
    handled: str | None = None
    category: str = "type"
    asked: frozenset[str] = frozenset()

    @classmethod
    def of(cls, others: Mapping[str, Cursor], settings: Mapping[str, str]) -> Fields:
        """As stored in the cursor, as the settings say, and what the policies ask for."""
        data = others["fields"].data if "fields" in others else {}
        return cls(
            statuses={key: (value[0], value[1]) for key, value in known(data.get("statuses")).items()},
            worked=frozenset(data.get("worked") or ()),
            handled=settings.get("time_field") or data.get("handled"),
            category=settings.get("category") or "type",
            asked=frozenset((others["sla"].data.get("asked") or ()) if "sla" in others else ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a ticket is read with: the account's fields, where its pages are, and who is called what."""

    base: str
    fields: Fields
    forms: Mapping[str, str] = field(default_factory=dict)


def tickets(page: Json, place: Place) -> Iterator[Record]:
    """A record for each ticket of an export page, with the desk's own metrics where they came along."""
    metrics = {name_of(each.get("ticket_id")): each for each in objects(page.get("metric_sets"))}
    for told in objects(page.get("tickets")):
        external_id = name_of(told.get("id")) or "?"
        metric = known(told.get("metric_set")) or metrics.get(external_id, {})
        try:
            yield _ticket(told, external_id, metric, place)
        except Unreadable as reason:
            if status_of(told.get("status")) is Status.DELETED:
                continue  # Deleted for good, it is scrubbed: we never had it, and nothing is missing.
            yield BadRecord(stream="tickets", external_id=external_id, reason=str(reason))


def stamp(told: Json) -> int:
    """The version of a row, in seconds since 1970: it moves also when Zendesk itself changes a ticket, `updated_at` does not."""
    version = whole(told.get("generated_timestamp"))
    if version is not None:
        return version
    try:
        updated = instant(told.get("updated_at"))
    except Unreadable:
        return 0
    return int(updated.timestamp()) if updated else 0


def _ticket(told: Json, external_id: str, metric: Json, place: Place) -> TicketRecord:
    created = needed_instant(told.get("created_at"), "Its time of creation")
    updated = instant(told.get("updated_at"), "Its time of change") or created
    version = stamp(told) or int(updated.timestamp())
    if created.timestamp() > version + FUTURE.total_seconds():
        raise Unreadable("It was created after it was exported.")
    status, raw = _status(told, place.fields)
    tags = told.get("tags")
    tags = tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
    if status is Status.CLOSED and MERGED_TAG in tags:
        status = Status.MERGED
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=max(updated, created, _at(version, created)),
        version=version,
        status=status,
        status_raw=raw,
        subject=text_of(told.get("subject")) or text_of(told.get("raw_subject")),
        url=f"{place.base}/agent/tickets/{external_id}",
        priority=priority_of(told.get("priority")),
        channel=channel_of(told.get("via")),
        category=_category(told, place),
        tags=tags,
        team=name_of(told.get("group_id")),
        agent=name_of(told.get("assignee_id")),
        customer=name_of(told.get("requester_id")),
        handled_s=_handled(told, place.fields),
        traits=traits_of(told, place.fields.asked),
        desk_facts=_desk_facts(metric),
    )


def _at(epoch_s: int, like: datetime) -> datetime:
    """When the row last changed: what Zendesk does itself moves only this, and often no event tells of it."""
    return datetime.fromtimestamp(epoch_s, like.tzinfo)


def _status(told: Json, fields: Fields) -> tuple[Status, str]:
    custom = fields.statuses.get(name_of(told.get("custom_status_id")) or "")
    word = text_of(told.get("status")) or (custom[0] if custom else "")
    status = status_of(word)
    if status is None:
        raise Unreadable("Its status is none that Zendesk documents.")
    return status, custom[1] if custom and status_of(custom[0]) is status else word


def _category(told: Json, place: Place) -> str | None:
    """The ticket's type, or what CX_ZENDESK_CATEGORY names: `form`, `brand`, or the id of a field."""
    match place.fields.category:
        case "type":
            return text_of(told.get("type")) or None
        case "form" | "ticket_form":
            form = name_of(told.get("ticket_form_id"))
            return place.forms.get(form, form) if form else None
        case "brand":
            return name_of(told.get("brand_id"))
        case field_id:
            return name_of(_custom(told).get(field_id))


def _custom(told: Json) -> dict[str, Any]:
    return {name_of(each.get("id")) or "": each.get("value") for each in objects(told.get("custom_fields") or told.get("fields"))}


def _handled(told: Json, fields: Fields) -> int | None:
    seconds = whole(_custom(told).get(fields.handled)) if fields.handled else None
    return seconds if seconds is not None and seconds >= 0 else None


def _desk_facts(metric: Json) -> dict[str, Any]:
    """The desk's own figures in its own unit, whole minutes, as [calendar, business]: to compare with, never to count with."""
    found: dict[str, Any] = {}
    for theirs, ours in METRICS.items():
        pair = [whole(known(metric.get(theirs)).get(clock)) for clock in MINUTES]
        if pair != [None, None]:
            found[ours] = pair
    for name in COUNTS:
        if (count := whole(metric.get(name))) is not None:
            found[name] = count
    return found
