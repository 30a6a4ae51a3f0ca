"""Follows what changes in a help desk that lists its tickets by when they changed: loses none that moves under the reader.

The place in the list is an instant and never a page number: a ticket that changes while we read moves to the end, and all
behind it move up by one. Pages are only counted where more rows than a page holds changed in one second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.desks.desk import Cursor, Page, Pull
from bot.desks.fields import Json, Unreadable, name_of, seconds_of
from bot.store.records import BadRecord, Record, TicketRecord

OVERLAP_S = 300
"""How far behind its last row a list is read again: indexes lag behind what is written."""
AHEAD = timedelta(hours=1)
"""How far a help desk's clock may be before ours; what lies further in the future was never meant."""
FEWEST = 10
"""No help desk's pages are shorter than this, whatever size was asked for: fewer rows are the last ones."""
MOST_PAGES = 300
CHAIN = "tickets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A list of changed tickets. `rows` gives a page (from 1) of what changed at or after an instant, oldest change first;
    `stamp` names the field with a row's last change, `born` that with its creation. `tell` gives a row's records, asking for
    more where it must; it is called once for each change of a row."""

    rows: Callable[[datetime, int], Sequence[Json]]
    tell: Callable[[Json], Iterator[Record]]
    stamp: str = "updated_at"
    born: str = "created_at"
    stream: str = CHAIN
    most_pages: int = MOST_PAGES
    start: datetime = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Stand:
    """Where a walk stands, instants in seconds since 1970: the newest change seen, and the change of each row so near to it
    that the next walk meets it again."""

    since: int
    near: dict[str, str] = field(default_factory=dict)
    oldest: int | None = None
    told: int = 0

    def cursor(self) -> Cursor:
        return Cursor(data={"since": self.since, "near": dict(self.near), "oldest": self.oldest, "told": self.told})

    def forget_far(self) -> None:
        """Keep of the rows only those that the overlap brings again."""
        edge = self.since - 2 * OVERLAP_S
        self.near = {name: stamp for name, stamp in self.near.items() if seconds_of(stamp) >= edge}


def follow(feed: Feed, asked: Pull) -> Iterator[Page]:
    """The pages of a feed from where its cursor stands to its end. Raises DeskError."""
    stand = _stand(asked.cursor, feed)
    anchor, number = max(stand.since - OVERLAP_S, int(feed.start.timestamp())), 1
    while True:
        rows = feed.rows(datetime.fromtimestamp(anchor, UTC), number)
        records, last, fresh = _take(feed, rows, stand, asked.now)
        ended = not rows or (not fresh and len(rows) < FEWEST)
        anchor, number = (last, 1) if last > anchor else _further(anchor, number, feed.most_pages)
        stand.forget_far()
        if records or ended:
            yield _page(records, stand, asked, ended=ended)
        if ended:
            return


def _further(anchor: int, number: int, most: int) -> tuple[int, int]:
    """The next page of one second; a server that gives no more pages is asked for the second after it."""
    return (anchor, number + 1) if number < most else (anchor + 1, 1)


def follow_live(feed: Feed, asked: Pull) -> Iterator[Page]:
    """The same from the first asking on, while the chain from the beginning is still on its way. It stands in for nothing."""
    if CHAIN in asked.finished:
        return
    first = asked.cursor is None
    live = asked if not first else _from_now(asked)
    for page in follow(feed, live):
        yield Page(records=page.records, cursor=page.cursor, more=page.more)


def shown(asked: Pull, look: Callable[[str], Iterator[Record]]) -> Iterator[Page]:
    """The tickets that webhooks named, as they are now, ten a page; the cursor holds those still to be looked at."""
    waiting = list(asked.cursor.data.get("tickets", ())) if asked.cursor else []
    while waiting:
        some, waiting = waiting[:FEWEST], waiting[FEWEST:]
        records = tuple(record for name in some for record in look(name))
        yield Page(records=records, cursor=Cursor(data={"tickets": waiting}), more=bool(waiting))


def now_and_then(asked: Pull, every: timedelta) -> bool:
    """Whether it is time to read again what changes rarely. The cursor remembers when it was read, see `read_at`."""
    told = asked.cursor.data.get("read_at") if asked.cursor else None
    return not isinstance(told, int) or asked.now.timestamp() - told >= every.total_seconds() or asked.now.timestamp() < told


def whole(asked: Pull, records: Sequence[Record], data: Mapping[str, object] | None = None) -> Page:
    """A stream that is one page, read at this instant."""
    return Page(records=tuple(records), cursor=Cursor(data={"read_at": int(asked.now.timestamp()), **(data or {})}), more=False)


def _from_now(asked: Pull) -> Pull:
    data = {"since": int(asked.now.timestamp()), "near": {}}
    return Pull(
        settings=asked.settings, stream=asked.stream, cursor=Cursor(data=data), now=asked.now, others=asked.others,
        finished=asked.finished, pace=asked.pace, keep=asked.keep,
    )  # fmt: skip


def _stand(cursor: Cursor | None, feed: Feed) -> Stand:
    if cursor is None:
        return Stand(since=int(feed.start.timestamp()))
    told = cursor.data
    return Stand(since=told["since"], near=dict(told.get("near", {})), oldest=told.get("oldest"), told=told.get("told", 0))


def _take(feed: Feed, rows: Sequence[Json], stand: Stand, now: datetime) -> tuple[tuple[Record, ...], int, int]:
    """The records of the rows that changed since they were last met, the newest change, and how many were new."""
    records: list[Record] = []
    last, fresh = 0, 0
    for row in rows:
        name, stamp = name_of(row.get("id")) or "?", str(row.get(feed.stamp))
        at = seconds_of(stamp)
        if stand.near.get(name) == stamp:
            last = max(last, at)
            continue
        fresh += 1
        stand.told += 1
        records += _told(feed, row, name, now)
        if at <= (now + AHEAD).timestamp():  # What lies in the future would hide all that comes before it.
            last, stand.since, stand.near[name] = max(last, at), max(stand.since, at), stamp
        if born := seconds_of(row.get(feed.born)):
            stand.oldest = min(stand.oldest or born, born)
    return tuple(records), last, fresh


def _told(feed: Feed, row: Json, name: str, now: datetime) -> Iterator[Record]:
    """A row's records; what cannot be read is set aside with its reason and stops no other."""
    try:
        told = list(feed.tell(row))
        if any(isinstance(record, TicketRecord) and record.updated_at > now + AHEAD for record in told):
            raise Unreadable("It changed in the future.")
    except Unreadable as reason:
        yield BadRecord(stream=feed.stream, external_id=name, reason=str(reason))
        return
    yield from told


def _page(records: tuple[Record, ...], stand: Stand, asked: Pull, *, ended: bool) -> Page:
    return Page(
        records=records,
        cursor=stand.cursor(),
        more=not ended,
        covered_from=datetime.fromtimestamp(stand.oldest, UTC) if ended and stand.oldest else None,
        covered_until=asked.now if ended else None,
        seen=stand.told,
    )
