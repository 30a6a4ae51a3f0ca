"""Walks over Request Tracker's transactions in the order of their ids, and tells of each ticket that is touched.

RT takes what an account may not see out of a page after it was cut: a page may be short, or empty, in the middle. So the
walk ends at the newest transaction that was seen beforehand, and over an empty page it steps by as many ids as a page holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from bot.desks.desk import Cursor, Page, Pull
from bot.desks.fields import Json, Unreadable, known, name_of, objects, text_of
from bot.desks.fields import whole as number_of
from bot.desks.http import Http
from bot.desks.rt_due import Promises, outcomes
from bot.desks.rt_events import Cast, History, by_ticket, creator, events, merge_in, numbers_in
from bot.desks.rt_tickets import Place, customers, merged, rating, requestors, ticket
from bot.desks.rt_words import NOBODY, SYSTEM, statuses
from bot.errors import DeskDenied, DeskMissing
from bot.store.records import AgentRecord, BadRecord, Record
from bot.store.words import Role

API = "/REST/2.0"
LISTED = 100
OVERLAP, CONTEXT = 250, 50
"""On PostgreSQL a smaller id may be committed after a greater one: so many ids are looked at again. The first of them are
only read to know what came before the others."""
PROBES = 20
TOLD = "ObjectId,Type,Field,OldValue,NewValue,Creator,Created,TimeTaken"
SHOWN = "Subject,Status,Queue,Owner,Requestors,Created,LastUpdated,SLA,Priority,TimeWorked,CustomFields"
SEEN = "Type != 'EmailRecord' AND Type != 'CommentEmailRecord'"


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk. `near` are the transactions told of among the newest; `floor` and what is below is
    told by another walk; `due` says when something is due on a ticket, in seconds since 1970."""

    http: Http
    asked: Pull
    place: Place
    upto: int = 0
    floor: int = 0
    near: set[int] = field(default_factory=set)
    due: dict[str, int] = field(default_factory=dict)
    cast: Cast = field(default_factory=Cast)
    oldest: int | None = None
    seen: int = 0
    from_now: bool = False
    size: int = 1

    @classmethod
    def of(cls, http: Http, asked: Pull, *, from_now: bool = False) -> Self:
        """The walk that goes on from the cursor; with `from_now` one that begins at the newest transaction."""
        settings = asked.settings
        place = Place(
            base=http.base,
            statuses=statuses(settings),
            category=settings.get("category_field") or "Category",
            channel=settings.get("channel_field") or "Channel",
            rating=settings.get("rating_field") or "CSAT",
        )
        told = asked.cursor.data if asked.cursor else {}
        cast = Cast(
            names=dict(told.get("names", {})), staff=set(told.get("staff", ())), others=set(told.get("others", ())),
            fields=dict(told.get("fields", {})),
        )  # fmt: skip
        return cls(
            http=http, asked=asked, place=place, upto=told.get("upto", 0), floor=told.get("floor", 0),
            near=set(told.get("near", ())),
            due=dict(told.get("due", {})), cast=cast, oldest=told.get("oldest"), seen=told.get("seen", 0), from_now=from_now,
        )  # fmt: skip

    def pages(self) -> Iterator[Page]:
        """The pages up to the newest transaction there is now. Raises DeskError."""
        newest = self._newest()
        end = max(newest, default=self.upto)
        if self.from_now:
            self.upto = self.floor = end
        late = sorted(name for name, at in self.due.items() if at < self.asked.now.timestamp())
        if not late and all(each in self.near or each <= max(self.upto - OVERLAP, self.floor) for each in newest):
            yield self._page((), more=False)
            return
        records = tuple(self._tickets({name: History() for name in late}))
        at = max(self.upto - OVERLAP, 0)
        before = max(at + CONTEXT if self.upto else 0, self.floor)
        behind: list[Json] = []
        while at < end:
            rows = self._rows(f"id > {at} AND {SEEN}")
            at = max(map(_number, rows), default=at + self.size)
            fresh = [row for row in rows if _number(row) > before and _number(row) not in self.near]
            records += tuple(self._fresh(fresh, [*behind, *rows]))
            behind = rows[-CONTEXT:] if rows else behind
            self.upto = max(self.upto, min(at, end))
            self.near = {each for each in self.near | set(map(_number, fresh)) if each > self.upto - OVERLAP}
            if at < end and records:
                yield self._page(records, more=True)
                records = ()
        yield self._page(records, more=False)

    def look(self, name: str) -> Iterator[Record]:
        """One ticket with all that happened to it; one that nobody knows tells nothing."""
        rows = self._life(name)
        if rows:
            yield from self._tickets({name: History(rows=rows, fresh=frozenset(map(_number, rows)))})

    def _newest(self) -> list[int]:
        """The ids of the newest transactions that may be seen; the very newest may all be of tickets that may not."""
        for page in range(1, PROBES + 1):
            rows = self._rows(SEEN, order="DESC", page=page)
            if rows:
                return [_number(row) for row in rows]
        return []

    def _rows(self, where: str, *, order: str = "ASC", page: int = 1) -> list[Json]:
        query = f"ObjectType='RT::Ticket' AND {where}"
        params = {"query": query, "orderby": "id", "order": order, "per_page": LISTED, "page": page, "fields": TOLD}
        told = known(self.http.get(f"{API}/transactions", params))
        self.size = max(number_of(told.get("per_page")) or 1, 1)
        return list(objects(told.get("items")))

    def _life(self, name: str) -> list[Json]:
        """All transactions of one ticket, oldest first."""
        found: list[Json] = []
        while rows := self._rows(f"ObjectId = {name} AND id > {_number(found[-1]) if found else 0} AND {SEEN}"):
            found += rows
        return found

    def _fresh(self, fresh: Sequence[Json], around: Sequence[Json]) -> Iterator[Record]:
        """The tickets that new transactions are about, with those transactions and what came shortly before."""
        mine, before, new = by_ticket(fresh), by_ticket(around), frozenset(map(_number, fresh))
        self.seen += sum(each.get("Type") == "Create" for each in fresh)
        yield from self._tickets(
            {name: History(rows=_joined(before.get(name, ()), rows), fresh=new) for name, rows in mine.items()}
        )

    def _tickets(self, histories: Mapping[str, History]) -> Iterator[Record]:
        told = self._shown(sorted(histories, key=int)) if histories else {}
        for name, history in histories.items():
            try:
                yield from list(self._told(name, told.get(name), history))
            except Unreadable as reason:
                yield BadRecord(stream="tickets", external_id=name, reason=str(reason))

    def _shown(self, names: Sequence[str]) -> dict[str, Json]:
        """Tickets by number, all in one request. It leaves out those that were deleted or merged away."""
        query = " OR ".join(f"id = {name}" for name in names)
        params = {"query": query, "per_page": LISTED, "fields": SHOWN, "fields[Requestors]": "RealName,EmailAddress"}
        rows = objects(known(self.http.get(f"{API}/tickets", params)).get("items"))
        return {name: row for row in rows if (name := name_of(row.get("id")))}

    def _told(self, name: str, told: Json | None, history: History) -> Iterator[Record]:
        """A ticket and its events. Raises Unreadable."""
        if told is None:
            yield from self._gone(name, history)
            return
        record, askers = ticket(told, self.place), requestors(told)
        self._note_fields(told)
        yield from customers(told)
        yield from self._meet(history.rows, askers, record.agent)
        yield record
        yield from events(history, askers, self.cast, self.place)
        yield from self._rest(name, told, history, askers)

    def _rest(self, name: str, told: Json, history: History, askers: list[str]) -> Iterator[Record]:
        """What takes a ticket's whole history: its promises, and its rating."""
        self.due.pop(name, None)
        if level := text_of(told.get("SLA")):
            every = self._life(name)
            found, until = outcomes(Promises(ticket=name, level=level), every, askers, self.cast, self.place, self.asked.now)
            yield from found
            if until is not None:
                self.due[name] = int(until.timestamp())
        if any(each.get("Type") == "CustomField" for each in history.rows):
            try:
                yield from rating(told, history.rows, self.place)
            except Unreadable as reason:
                yield BadRecord(stream="ratings", external_id=f"rating-{name}", reason=str(reason))

    def _gone(self, name: str, history: History) -> Iterator[Record]:
        """A ticket that no query finds: deleted, merged into another that comes in its place, or out of our sight."""
        self.due.pop(name, None)
        try:
            told = known(self.http.get(f"{API}/ticket/{name}"))
        except (DeskDenied, DeskMissing):
            raise Unreadable("It may not be read, although its transactions may.") from None
        other = name_of(told.get("id"))
        askers = requestors(told)
        yield from self._meet(history.rows, askers, None)
        if other != name and other is not None:
            every = self._life(name)
            first, last = next((each for each in every if each.get("Type") == "Create"), None), merge_in(every)
            yield merged(name, other, first, last, self.place)
            history = replace(history, merge=_number(last) if last else None)
        else:
            record = ticket(told, self.place)
            yield from customers(told)
            yield record
        yield from events(history, askers, self.cast, self.place)

    def _meet(self, history: Sequence[Json], askers: Sequence[str], owner: str | None) -> Iterator[Record]:
        """Who acted and is not known yet: each is asked for once."""
        for number in numbers_in(history):
            if number not in self.cast.names:
                yield from self._ask(number)
        logins = {login for each in history if (login := creator(each))} | ({owner} if owner else set())
        for login in sorted(logins - set(askers) - SYSTEM - self.cast.staff - self.cast.others):
            yield from self._ask(login)

    def _ask(self, whom: str) -> Iterator[Record]:
        try:
            told = known(self.http.get(f"{API}/user/{whom}"))
        except (DeskDenied, DeskMissing):
            self._keep(whom, whom, staff=not whom.isdigit())
            return
        login = name_of(told.get("Name")) or whom
        if login == NOBODY or login in SYSTEM:
            self.cast.names[whom] = login
            return
        seated = number_of(told.get("Privileged")) != 0
        self._keep(whom, login, staff=seated)
        if seated:
            yield _agent(told, login)

    def _keep(self, whom: str, login: str, *, staff: bool) -> None:
        self.cast.names[whom] = login
        (self.cast.staff if staff else self.cast.others).add(login)

    def _note_fields(self, told: Json) -> None:
        for each in objects(told.get("CustomFields")):
            if number := name_of(each.get("id")):
                self.cast.fields[text_of(each.get("name")).lower()] = number

    def _page(self, records: tuple[Record, ...], *, more: bool) -> Page:
        for record in records:
            born = getattr(record, "created_at", None)
            if isinstance(born, datetime):
                self.oldest = min(self.oldest or int(born.timestamp()), int(born.timestamp()))
        return Page(
            records=records,
            cursor=Cursor(data=self._stand()),
            more=more,
            covered_from=datetime.fromtimestamp(self.oldest, UTC) if self.oldest and not more else None,
            covered_until=self.asked.now if not more else None,
            seen=self.seen,
        )

    def _stand(self) -> dict[str, Any]:
        cast = self.cast
        return {
            "upto": self.upto,
            "floor": self.floor, "near": sorted(self.near), "due": dict(self.due), "names": dict(cast.names),
            "staff": sorted(cast.staff), "others": sorted(cast.others), "fields": dict(cast.fields), "oldest": self.oldest,
            "seen": self.seen,
        }  # fmt: skip


def agent_of(http: Http, login: str) -> AgentRecord | None:
    """Somebody on a seat as they are called now; None for who may not be seen."""
    try:
        told = known(http.get(f"{API}/user/{login}"))
    except (DeskDenied, DeskMissing):
        return None
    return _agent(told, login)


def _agent(told: Json, login: str) -> AgentRecord:
    former = number_of(told.get("Disabled")) == 1 or number_of(told.get("Privileged")) == 0
    return AgentRecord(
        external_id=login,
        name=text_of(told.get("RealName")) or login,
        email=text_of(told.get("EmailAddress")) or None,
        role=Role.FORMER if former else Role.AGENT,
    )


def _number(row: Json) -> int:
    return number_of(row.get("id")) or 0


def _joined(before: Sequence[Json], mine: Sequence[Json]) -> list[Json]:
    found = {_number(row): row for row in (*before, *mine)}
    return [found[number] for number in sorted(found)]
