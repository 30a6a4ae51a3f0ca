"""What happened to a ticket, from Request Tracker's transactions: complete, typed, and numbered in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.desks.fields import Json, known, name_of, needed_instant, text_of, whole
from bot.desks.rt_tickets import Place
from bot.desks.rt_words import NOBODY, NOTE, OWNED, REPLY, SYSTEM, priority_of
from bot.store.records import EventRecord
from bot.store.words import Actor, Kind, Status

TOGETHER = timedelta(seconds=5)
"""What a reply sets off follows it at once."""
LARGEST_SEQ = 2**31 - 1
Change = tuple[Kind, str | None, str | None]


@dataclass(slots=True, kw_only=True)
class Cast:
    """Who is who: `names` maps user numbers to logins, `staff` are those with a seat, `others` everybody else met so far.
    `fields` maps the names of custom fields to their numbers: a change is told by number only."""

    names: dict[str, str] = field(default_factory=dict)
    staff: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)

    def who(self, login: str | None, askers: Sequence[str]) -> Actor:
        """What somebody is on a ticket that these asked for."""
        if login is None or login in SYSTEM:
            return Actor.SYSTEM
        return Actor.CUSTOMER if login in askers or login in self.others else Actor.AGENT

    def login(self, number: object) -> str | None:
        """Whose number it is; None for nobody."""
        login = self.names.get(name_of(number) or "", name_of(number))
        return None if login == NOBODY else login


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Transactions of one ticket, oldest first; only the `fresh` ones are to be told of, the others say what came before.
    `merge` is the one that merged it away: the ticket it was merged into has one that looks the same."""

    rows: Sequence[Json] = ()
    fresh: frozenset[int] = frozenset()
    merge: int | None = None


def events(history: History, askers: Sequence[str], cast: Cast, place: Place) -> Iterator[EventRecord]:
    """The events of one ticket. Raises Unreadable."""
    for index, told in enumerate(history.rows):
        number = whole(told.get("id"))
        found = _read(told, cast, place) if number in history.fresh else None
        if number == history.merge and number in history.fresh:
            found = Kind.STATUS, None, Status.MERGED.value
        if found is not None:
            yield _event(told, found, history.rows[:index], askers, cast)


SAID = {"Create": Kind.CREATED, "Correspond": Kind.REPLY, "Comment": Kind.NOTE}


def _read(told: Json, cast: Cast, place: Place) -> Change | None:
    """What a transaction changed; None for what changes nothing that we count. Raises Unreadable."""
    kind = text_of(told.get("Type"))
    if kind in SAID:
        return SAID[kind], None, None
    change = _status(told, place) if kind == "Status" else _moved(told, cast, place)
    if change is not None and change[1] != change[2]:
        return change
    return (Kind.WORKED, None, None) if (whole(told.get("TimeTaken")) or 0) > 0 else None


def _status(told: Json, place: Place) -> Change:
    old, new = (place.status(text_of(told.get(name))).value for name in ("OldValue", "NewValue"))
    return Kind.STATUS, old, new


def _moved(told: Json, cast: Cast, place: Place) -> Change | None:
    old, new = told.get("OldValue"), told.get("NewValue")
    match text_of(told.get("Type")), text_of(told.get("Field")):
        case kind, "Owner" if kind in OWNED:
            return Kind.ASSIGNED, cast.login(old), cast.login(new)
        case "Set", "Queue":
            return Kind.TEAM, name_of(old), name_of(new)
        case "Set", "Priority":
            return Kind.PRIORITY, _rank(old), _rank(new)
        case "CustomField", name if name == cast.fields.get(place.category.lower()):
            return Kind.CATEGORY, name_of(old), name_of(new)
    return None


def _rank(value: object) -> str | None:
    rank = priority_of(whole(value))
    return str(rank) if rank else None


def _event(told: Json, change: Change, before: Sequence[Json], askers: Sequence[str], cast: Cast) -> EventRecord:
    kind, old, new = change
    number, minutes = whole(told.get("id")) or 0, whole(told.get("TimeTaken")) or 0
    author = _author(told, before) if kind is Kind.STATUS else creator(told)
    system = author in SYSTEM
    return EventRecord(
        ticket=name_of(told.get("ObjectId")) or "?",
        key=f"t{number:012d}",
        at=needed_instant(told.get("Created"), "The time of a transaction"),
        seq=number % LARGEST_SEQ,
        kind=kind,
        actor=None if system else author,
        actor_kind=cast.who(author, askers),
        old=old,
        new=new,
        worked_s=minutes * 60 if minutes > 0 else None,
    )


def creator(told: Json) -> str | None:
    """The login of who made a transaction."""
    return name_of(known(told.get("Creator")).get("id"))


def _author(told: Json, before: Sequence[Json]) -> str | None:
    """RT itself opens a ticket that is replied to: whoever replied just before did it."""
    author = creator(told)
    if author not in SYSTEM:
        return author
    at = needed_instant(told.get("Created"), "The time of a transaction")
    for each in reversed(before):
        if text_of(each.get("Type")) in (REPLY, NOTE):
            said = needed_instant(each.get("Created"), "The time of a transaction")
            return creator(each) if at - said <= TOGETHER else author
    return author


def merge_in(rows: Sequence[Json]) -> Json | None:
    """The transaction that merged a ticket away: the last of its merges, since nothing can be merged into it afterwards."""
    return next((each for each in reversed(rows) if each.get("Field") == "MergedInto"), None)


def numbers_in(history: Sequence[Json]) -> Iterator[str]:
    """The numbers of the users that tickets were given to or taken from."""
    for told in history:
        if told.get("Field") == "Owner" and told.get("Type") in OWNED:
            yield from (name for value in (told.get("OldValue"), told.get("NewValue")) if (name := name_of(value)))


def by_ticket(rows: Sequence[Json]) -> Mapping[str, list[Json]]:
    """The transactions of each ticket, oldest first."""
    found: dict[str, list[Json]] = {}
    for row in sorted(rows, key=lambda each: whole(each.get("id")) or 0):
        found.setdefault(name_of(row.get("ObjectId")) or "?", []).append(row)
    return found
