"""Walks Zendesk's exports: tickets by cursor, then what happened to them by time, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.desks.desk import Cursor, Page, Pull
from bot.desks.fields import Json, Unreadable, instant, name_of, objects, text_of, whole
from bot.desks.http import RefusedRequest
from bot.desks.zendesk_door import Door, after
from bot.desks.zendesk_events import Reader, events, newest_at, tells_comments
from bot.desks.zendesk_people import people, teams
from bot.desks.zendesk_single import single_events
from bot.desks.zendesk_tickets import Fields, Place, stamp, tickets
from bot.errors import DeskDenied, DeskError, DeskMissing, DeskUnavailable
from bot.store.records import Record

CURSOR_EXPORT, TIME_EXPORT, EVENT_EXPORT = "/incremental/tickets/cursor", "/incremental/tickets", "/incremental/ticket_events"
PAGE = 1000
OVERLAP_S = 300
"""How far behind its last instant the time-based export is read again: late rows are dated by when they happened."""
EXPORT, SINGLE = "export", "single"
ROWS = 1 / 8
"""A ticket has about seven updates, and a page as many of them as of tickets."""
CHAIN = "tickets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where the walk stands; instants in seconds since 1970. `after` is the vendor's own cursor, `since` what stands for it on
    servers without one, `version` the newest row seen, `oldest` the first creation seen, `events_from` from where events are
    still to be read, `history` where events come from, `full_rows` and `full_events` how many a page held at most,
    `asked` what policies ask of a ticket."""

    start: int
    after: str | None = None
    since: int | None = None
    version: int = 0
    oldest: int | None = None
    events_from: int = 0
    history: str | None = None
    seen: int = 0
    total: int | None = None
    full_rows: int = 1
    full_events: int = 1
    asked: tuple[str, ...] = ()

    def cursor(self) -> Cursor:
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Cursor(data={**told, "asked": list(self.asked)})


def stand_of(cursor: Cursor | None, start: int) -> Stand:
    """The stand a cursor holds, or a new one from an instant on."""
    if cursor is None:
        return Stand(start=start, events_from=start)
    known = {name: cursor.data[name] for name in Stand.__dataclass_fields__ if name in cursor.data}
    return Stand(**{"start": start, **known, "asked": tuple(known.get("asked", ()))})


def shown(door: Door, asked: Pull, names: Sequence[str]) -> tuple[Record, ...]:
    """Some tickets as they are now, each with all that happened to it."""
    return Export(door, asked, Stand(start=0, history=SINGLE)).some(names)


@dataclass(slots=True)
class Export:
    """One walk over an account's tickets and events."""

    door: Door
    asked: Pull
    stand: Stand
    place: Place = field(init=False)
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        others, settings = self.asked.others, self.asked.settings
        fields = Fields.of(others, settings)
        staff = others["people"].data.get("staff", ()) if "people" in others else ()
        forms = others["fields"].data.get("forms", {}) if "fields" in others else {}
        self.place = Place(base=self.door.http.base, fields=fields, forms=forms)
        self.reader = Reader(fields=fields, staff=frozenset(staff))
        if not fields.asked <= frozenset(self.stand.asked):
            self._read_again(fields)

    def _read_again(self, fields: Fields) -> None:
        """Policies ask for something that was not kept of the tickets read so far: it all comes once more."""
        stand = self.stand
        begun = stand.after is not None or stand.since is not None
        again = Stand(start=stand.start, events_from=stand.start, history=stand.history) if begun else stand
        self.stand = replace(again, asked=tuple(sorted(fields.asked)))

    def pages(self) -> Iterator[Page]:
        """Tickets to the end of their stream, then events to the end of theirs."""
        if self.stand.history is None:
            self.stand = replace(self.stand, history=self._history(), total=self._total() if self.asked.stream == CHAIN else None)
        if self.stand.history == SINGLE:
            yield from self._tickets(more=False)
        else:
            yield from self._both()

    def _both(self) -> Iterator[Page]:
        """The last page of tickets goes with the first one of events: most tickets then come with all that happened to them, and
        their facts are derived once."""
        last: Page | None = None
        for page in self._tickets(more=True):
            if last is not None:
                yield last
            last = page
        try:
            for page in self._events():
                yield replace(page, records=(*last.records, *page.records)) if last is not None else page
                last = None
        except DeskError:
            if last is not None:
                yield last
            raise

    def some(self, names: Sequence[str]) -> tuple[Record, ...]:
        """The records of some tickets, asked for by name."""
        page = self.door.with_sideloads("/tickets/show_many", {"ids": ",".join(names)}, kind="account")
        return self._ticket_records(page, list(objects(page.get("tickets"))))

    def _history(self) -> str:
        """Whether this account can export events; else they are read ticket by ticket."""
        try:
            page = self._event_page(self.stand.start)
        except (DeskDenied, DeskMissing, RefusedRequest):
            return SINGLE
        return EXPORT if tells_comments(page) else SINGLE

    def _total(self) -> int | None:
        try:
            count = self.door.get("/tickets/count", tries=1).get("count")
        except DeskError:
            return None
        return whole(count.get("value")) if isinstance(count, Mapping) else whole(count)

    def _tickets(self, *, more: bool) -> Iterator[Page]:
        while True:
            page = self._ticket_page()
            rows = list(objects(page.get("tickets")))
            if self.stand.since is not None and whole(page.get("end_time")) == self.stand.since:
                yield from self._further(page, rows)
            ended = self._move(page, rows)
            yield self._page(self._ticket_records(page, rows), more=more or not ended, ended=ended and not more)
            if ended:
                return

    def _ticket_page(self) -> Json:
        where = {"cursor": self.stand.after} if self.stand.after else {"start_time": self.stand.start}
        if self.stand.since is not None:
            where = {"start_time": self.stand.since}
        params = {**where, "per_page": PAGE}
        path = CURSOR_EXPORT if self.stand.since is None else TIME_EXPORT
        try:
            return _holding("tickets", self.door.with_sideloads(path, params))
        except DeskMissing:
            if self.stand.after or self.stand.since is not None:
                raise
            self.stand = replace(self.stand, since=self.stand.start)
            return self._ticket_page()

    def _further(self, page: Json, rows: list[Json]) -> Iterator[Page]:
        """More tickets changed in one second than fit a page, which comes again for ever: its other pages, by number."""
        met: set[Any] = set()
        while _is_full(page, rows, self.stand.full_rows) and not met.issuperset(each.get("id") for each in rows):
            met.update(each.get("id") for each in rows)
            number = len(met) // len(rows) + 1
            params = {"start_time": self.stand.since, "per_page": PAGE, "page": number}
            page = _holding("tickets", self.door.with_sideloads(TIME_EXPORT, params))
            rows = list(objects(page.get("tickets")))
            yield self._page(self._ticket_records(page, rows), more=True, ended=False)

    def _move(self, page: Json, rows: list[Json]) -> bool:
        """Move on by a page; whether the stream ended with it. An empty page does not end it; a cursor that stands still does."""
        before = self.stand
        versions = [stamp(row) for row in rows]
        moved = replace(
            before,
            version=max([before.version, *versions]),
            oldest=min([each for each in (before.oldest, *map(_born, rows)) if each], default=None),
            seen=before.seen + len(rows),
        )
        if before.since is None:
            moved = replace(moved, after=after(page) or before.after)
            still = moved.after == before.after
        else:
            end = whole(page.get("end_time")) or max([before.since, *versions])
            still = end <= before.since and not _is_full(page, rows, before.full_rows)
            behind = end if end > before.since or still else before.since + 1
            moved = replace(moved, since=behind, full_rows=max(before.full_rows, len(rows)))
        self.stand = moved
        return page.get("end_of_stream") is True or still

    def _ticket_records(self, page: Json, rows: list[Json]) -> tuple[Record, ...]:
        names = {name_of(each.get("id")) or "": text_of(each.get("name")) for each in objects(page.get("organizations"))}
        told: list[Record] = list(teams(objects(page.get("groups"))))
        told += people(objects(page.get("users")), names)
        told += tickets(page, self.place)
        if self.stand.history == SINGLE:
            for row in rows:
                told += single_events(self.door, row, self.reader)
        return tuple(told)

    def _events(self) -> Iterator[Page]:
        """An event may be newer than the tickets read so far: then those that changed since are read first."""
        start = max(self.stand.events_from - OVERLAP_S, self.stand.start)
        while True:
            page = self._event_page(start)
            if newest_at(page) > self.stand.version:
                yield from self._tickets(more=True)
            end = _end_of(page, start)
            ended = page.get("end_of_stream") is True or (end <= start and newest_at(page) < start)
            told = list(objects(page.get("ticket_events")))
            if not ended and end <= start:
                if _is_full(page, told, self.stand.full_events):
                    yield from self._second(start)
                end = start + 1
            start, fullest = end, max(self.stand.full_events, len(told))
            self.stand = replace(self.stand, events_from=max(self.stand.events_from, start), full_events=fullest)
            yield self._page(tuple(each for one in told for each in events(one, self.reader)), more=not ended, ended=ended)
            if ended:
                return

    def _second(self, at: int) -> Iterator[Page]:
        """More happened in one second than fits a page, which comes again for ever: all tickets that changed since are asked
        one by one."""
        rest = Export(self.door, self.asked, Stand(start=at, history=SINGLE))
        for page in rest._tickets(more=True):
            yield replace(page, cursor=self.stand.cursor(), covered_from=None, covered_until=None, estimated_total=None)

    def _event_page(self, start: int) -> Json:
        params: dict[str, Any] = {"start_time": start, "include": "comment_events"}
        return _holding("ticket_events", self.door.get(EVENT_EXPORT, params, kind="incremental"))

    def _page(self, records: tuple[Record, ...], *, more: bool, ended: bool) -> Page:
        stand = self.stand
        return Page(
            records=records,
            cursor=stand.cursor(),
            more=more,
            covered_from=datetime.fromtimestamp(stand.oldest, UTC) if stand.oldest and ended else None,
            covered_until=self.asked.now if ended else None,
            seen=stand.seen if ended else self._told_whole(),
            estimated_total=max(stand.total, stand.seen) if stand.total else None,
        )

    def _told_whole(self) -> int:
        """How many tickets are told with all that happened to them, as far as can be said: the rows are the smaller part of the
        reading, and how far the events are is known by their instants only."""
        stand, now = self.stand, int(self.asked.now.timestamp())
        if stand.history != EXPORT or not stand.total or not stand.oldest:
            return stand.seen
        rows = min(stand.seen / stand.total, 1.0)
        events = min(max(stand.events_from - stand.oldest, 0) / max(now - stand.oldest, 1), 1.0)
        return int((ROWS * rows + (1 - ROWS) * events) * max(stand.total, stand.seen))


def _is_full(page: Json, rows: Sequence[Json], fullest: int) -> bool:
    """Whether a page may hold less than there is: the server says so or, where it says nothing, none had more rows before."""
    return bool(rows) and page.get("end_of_stream") is not True and (page.get("end_of_stream") is False or len(rows) >= fullest)


def _end_of(page: Json, start: int) -> int:
    """From where the next page is to be asked for: as the server says, as its link does, or the newest instant on it."""
    link = dict(parse_qsl(urlsplit(text_of(page.get("next_page"))).query))
    ends = (whole(page.get("end_time")), whole(link.get("start_time")))
    return next((each for each in ends if each is not None), max(newest_at(page), start))


def _holding(name: str, page: Json) -> Json:
    """The page, if it holds what it was asked for: without it, an end of the stream would be believed that is none."""
    if isinstance(page.get(name), list):
        return page
    raise DeskUnavailable(
        f"Zendesk answered without a list of {name.replace('_', ' ')}.",
        still_true="What was read before is kept.",
        next_step="The next sync asks again.",
    )


def _born(row: Json) -> int | None:
    try:
        created = instant(row.get("created_at"))
    except Unreadable:
        return None
    return int(created.timestamp()) if created else None
