"""Request Tracker's tickets as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, several, text_of, whole
from bot.desks.rt_words import NOBODY, channel_of, priority_of
from bot.store.records import CustomerRecord, RatingRecord, TicketRecord
from bot.store.words import Status, SurveyKind

UNSET = "1970-01-01"
"""How RT writes that there is no date."""
STARS = "csat-1-5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What tickets are read with: where pages are, what each status means, and which custom fields hold what."""

    base: str
    statuses: Mapping[str, Status]
    category: str
    channel: str
    rating: str

    def status(self, word: str) -> Status:
        """What a status means. Raises Unreadable."""
        found = self.statuses.get(word.lower())
        if found is None:
            raise Unreadable("Its status is none of the default lifecycle: say what it means in CX_RT_STATUSES.")
        return found


def ticket(told: Json, place: Place) -> TicketRecord:
    """A ticket as it stands. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("Created"), "Its time of creation")
    updated = max(date_of(told.get("LastUpdated")) or created, created)
    word, minutes = text_of(told.get("Status")), whole(told.get("TimeWorked"))
    fields = custom_fields(told)
    owner = name_of(known(told.get("Owner")).get("id"))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=place.status(word),
        status_raw=word,
        subject=text_of(told.get("Subject")),
        url=f"{place.base}/Ticket/Display.html?id={external_id}",
        priority=priority_of(whole(told.get("Priority"))),
        channel=channel_of(fields.get(place.channel.lower())),
        category=fields.get(place.category.lower()),
        team=name_of(known(told.get("Queue")).get("id")),
        agent=owner if owner != NOBODY else None,
        customer=next(iter(requestors(told)), None),
        handled_s=minutes * 60 if minutes and minutes > 0 else None,
    )


def merged(external_id: str, into: str, first: Json | None, last: Json | None, place: Place) -> TicketRecord:
    """A ticket that was merged away, from the transactions that made it and that merged it: RT hands out the other one in its
    place. Raises Unreadable."""
    if first is None or last is None:
        raise Unreadable("It was merged away, and nothing tells of its creation.")
    created, gone = (needed_instant(each.get("Created"), "The time of a transaction") for each in (first, last))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=max(created, gone),
        version=int(max(created, gone).timestamp()),
        status=Status.MERGED,
        status_raw="merged",
        url=f"{place.base}/Ticket/Display.html?id={external_id}",
        customer=name_of(known(first.get("Creator")).get("id")),
        merged_into=into,
    )


def customers(told: Json) -> Iterator[CustomerRecord]:
    """Those who asked, with what RT lets us see of them."""
    for each in objects(told.get("Requestors") or told.get("Requestor")):
        if login := name_of(each.get("id")):
            mail = text_of(each.get("EmailAddress")) or (login if "@" in login else "")
            yield CustomerRecord(external_id=login, name=text_of(each.get("RealName")) or login, email=mail or None)


def rating(told: Json, history: Sequence[Json], place: Place) -> Iterator[RatingRecord]:
    """The stars in a custom field, dated by the last transaction that set them to what they are. Raises Unreadable."""
    field = next((each for each in objects(told.get("CustomFields")) if _called(each) == place.rating.lower()), None)
    values = [name_of(value) for value in several(field.get("values"))] if field else []
    last = next((each for each in reversed(history) if _is_set(each, field, values)), None)
    if field is None or last is None:
        return
    score = whole(values[0])
    if score is None or not 1 <= score <= 5:
        raise Unreadable("Its rating is no number from 1 to 5.")
    external_id, owner = name_of(told.get("id")) or "?", name_of(known(told.get("Owner")).get("id"))
    yield RatingRecord(
        external_id=f"rating-{external_id}",
        survey=SurveyKind.CSAT,
        scale=STARS,
        score=score,
        answered_at=needed_instant(last.get("Created"), "The time of its rating"),
        ticket=external_id,
        customer=next(iter(requestors(told)), None),
        agent=owner if owner != NOBODY else None,
    )


def requestors(told: Json) -> list[str]:
    """The logins of those who asked: the collection calls them Requestors, a single ticket Requestor."""
    named = objects(told.get("Requestors") or told.get("Requestor"))
    return [login for each in named if (login := name_of(each.get("id")))]


def custom_fields(told: Json) -> dict[str, str]:
    """The first value of each custom field, by its name in lower case."""
    found: dict[str, str] = {}
    for each in objects(told.get("CustomFields")):
        value = next((name for one in several(each.get("values")) if (name := name_of(one))), None)
        if value is not None:
            found[_called(each)] = value
    return found


def date_of(told: Any) -> datetime | None:
    """An instant; RT writes none as the first second of 1970, and those in a transaction without a zone, in UTC."""
    return None if isinstance(told, str) and told.startswith(UNSET) else instant(told)


def _called(field: Json) -> str:
    return text_of(field.get("name")).lower()


def _is_set(each: Json, field: Json | None, values: list[str | None]) -> bool:
    if field is None or not values or each.get("Type") != "CustomField":
        return False
    return name_of(each.get("Field")) == name_of(field.get("id")) and name_of(each.get("NewValue")) == values[0]
