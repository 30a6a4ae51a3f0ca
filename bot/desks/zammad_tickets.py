"""Zammad's tickets, articles and history as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, text_of
from bot.desks.fields import whole as number_of
from bot.store.records import EventRecord, Record, TicketRecord
from bot.store.words import Actor, Channel, Kind, Status

STATES = {
    "new": Status.NEW, "open": Status.OPEN, "pending reminder": Status.PENDING, "pending action": Status.PENDING,
    "pending close": Status.PENDING, "closed": Status.SOLVED, "merged": Status.MERGED, "removed": Status.DELETED,
}  # fmt: skip
"""What the types of states mean; of the names of states only Zammad's own."""
CHANNELS = {
    "email": Channel.EMAIL, "web": Channel.WEB, "phone": Channel.PHONE, "sms": Channel.PHONE, "chat": Channel.CHAT,
    "telegram personal-message": Channel.SOCIAL, "twitter status": Channel.SOCIAL, "twitter direct-message": Channel.SOCIAL,
    "facebook feed post": Channel.SOCIAL, "facebook feed comment": Channel.SOCIAL, "whatsapp message": Channel.SOCIAL,
}  # fmt: skip
NOBODY, SYSTEM = "1", "1"
SENDERS = {"Agent": Actor.AGENT, "Customer": Actor.CUSTOMER, "System": Actor.SYSTEM}
MOVED = {"state": Kind.STATUS, "owner": Kind.ASSIGNED, "group": Kind.TEAM, "priority": Kind.PRIORITY}
LARGEST_SEQ = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What tickets are read with: where pages are, what the account's states and priorities are, and who is staff."""

    base: str
    states: Mapping[str, str] = field(default_factory=dict)
    priorities: Mapping[str, int] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()
    category: str = "category"

    def status(self, word: str) -> Status:
        """What a state means, by its name. Raises Unreadable."""
        found = STATES.get(self.states.get(word, word).lower())
        if found is None:
            raise Unreadable("Its state is none that Zammad told us of.")
        return found

    def priority(self, word: str) -> int | None:
        """1 most urgent to 4; Zammad's names begin with a number that counts up."""
        if word in self.priorities:
            return self.priorities[word]
        return {"1": 4, "2": 3, "3": 2}.get(word[:1])

    def who(self, user: str | None) -> Actor | None:
        """What somebody is to Zammad; None where nobody told us who is staff."""
        if user is None or user == SYSTEM:
            return Actor.SYSTEM
        if user in self.staff:
            return Actor.AGENT
        return Actor.CUSTOMER if self.staff else None


def ticket(told: Json, place: Place) -> TicketRecord:
    """A ticket as it stands, with the names of what it refers to. Raises Unreadable."""
    external_id = name_of(told.get("id")) or "?"
    created = needed_instant(told.get("created_at"), "Its time of creation")
    updated = max(instant(told.get("updated_at"), "Its time of change") or created, created)
    word, owner, spent = text_of(told.get("state")), name_of(told.get("owner_id")), _minutes(told.get("time_unit"))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=place.status(word),
        status_raw=word,
        subject=text_of(told.get("title")),
        url=f"{place.base}/#ticket/zoom/{external_id}",
        priority=place.priority(text_of(told.get("priority"))),
        channel=CHANNELS.get(text_of(told.get("create_article_type")).lower(), Channel.OTHER),
        category=name_of(told.get(place.category)),
        team=name_of(told.get("group_id")),
        agent=owner if owner != NOBODY else None,
        customer=name_of(told.get("customer_id")),
        handled_s=spent,
        desk_facts=_desk_facts(told),
    )


def events(record: TicketRecord, articles: Any, history: Any, place: Place) -> Iterator[Record]:
    """A ticket's life: its articles and what its history says of state, owner, group and priority. Raises Unreadable."""
    said = sorted(objects(articles), key=lambda each: number_of(each.get("id")) or 0)
    opener = _author(said[0]) if said else record.customer
    yield EventRecord(
        ticket=record.external_id, key="created", at=record.created_at, kind=Kind.CREATED, actor=opener,
        actor_kind=_sender(said[0], place) if said else place.who(opener),
    )  # fmt: skip
    for index, each in enumerate(said):
        yield _article(each, record, place, first=index == 0)
    for each in objects(known(history).get("history")):
        change = _change(each, place)
        if change is not None:
            yield _moved(each, record, change, place)


def merged_into(history: Any) -> str | None:
    """The ticket that this one was merged into, as its history tells."""
    told = [each for each in objects(known(history).get("history")) if text_of(each.get("type")) == "merged_into"]
    return name_of(told[-1].get("id_to")) if told else None


def _article(each: Json, record: TicketRecord, place: Place, *, first: bool) -> EventRecord:
    """An internal article is a note; the first public one is the request itself."""
    number, internal = number_of(each.get("id")) or 0, each.get("internal") is True
    return EventRecord(
        ticket=record.external_id,
        key=f"article-{number}",
        at=max(needed_instant(each.get("created_at"), "The time of an article"), record.created_at),
        seq=number % LARGEST_SEQ,
        kind=Kind.NOTE if internal else Kind.REPLY,
        actor=_author(each),
        actor_kind=_sender(each, place),
        new="opening" if first and not internal else None,
        worked_s=_minutes(each.get("time_unit")),
    )


def _author(each: Json) -> str | None:
    """Who it comes from: an agent may have entered it for somebody else."""
    return name_of(each.get("origin_by_id")) or name_of(each.get("created_by_id"))


def _sender(each: Json, place: Place) -> Actor | None:
    return SENDERS.get(text_of(each.get("sender"))) or place.who(_author(each))


def _change(each: Json, place: Place) -> tuple[Kind, str | None, str | None] | None:
    """What a line of the history changes; None for what changes nothing that we count. Raises Unreadable."""
    if text_of(each.get("object")) != "Ticket" or text_of(each.get("type")) != "updated":
        return None
    kind, old, new = MOVED.get(text_of(each.get("attribute"))), text_of(each.get("value_from")), text_of(each.get("value_to"))
    change: tuple[str | None, str | None]
    match kind:
        case Kind.STATUS:
            change = place.status(old).value, place.status(new).value
        case Kind.PRIORITY:
            change = _rank(place.priority(old)), _rank(place.priority(new))
        case Kind.ASSIGNED | Kind.TEAM:
            change = _id(each.get("id_from"), kind), _id(each.get("id_to"), kind)
        case _:
            return None
    return (kind, *change) if change[0] != change[1] else None


def _rank(priority: int | None) -> str | None:
    return str(priority) if priority else None


def _id(value: Any, kind: Kind) -> str | None:
    name = name_of(value)
    return None if kind is Kind.ASSIGNED and name == NOBODY else name


def _moved(each: Json, record: TicketRecord, change: tuple[Kind, str | None, str | None], place: Place) -> EventRecord:
    kind, old, new = change
    author, number = name_of(each.get("created_by_id")), number_of(each.get("id")) or 0
    return EventRecord(
        ticket=record.external_id,
        key=f"history-{number}" if number else f"history-{each.get('created_at')}-{kind.value}",
        at=max(needed_instant(each.get("created_at"), "The time of a change"), record.created_at),
        seq=LARGEST_SEQ,
        kind=kind,
        actor=author if author != SYSTEM else None,
        actor_kind=place.who(author),
        old=old,
        new=new,
    )


def _minutes(value: Any) -> int | None:
    """Seconds from accounted time, which counts minutes and is written as a decimal."""
    try:
        minutes = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    except ValueError:
        return None
    return round(minutes * 60) if 0 < minutes < 10**7 else None


def _desk_facts(told: Json) -> dict[str, Any]:
    """Zammad's own figures, business minutes, as [calendar, business]: to compare with, never to count with."""
    names = {"first_response_in_min": "first_response_min", "close_in_min": "first_resolution_min"}
    return {ours: [None, minutes] for theirs, ours in names.items() if (minutes := number_of(told.get(theirs))) is not None}
