"""A walk over what changed loses nothing: whatever moves, repeats, shares a second, or makes no sense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desks.desk import Cursor, Page, Pull
from bot.desks.feed import FEWEST, Feed, follow, follow_live, now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, needed_instant
from bot.store.records import BadRecord, Record, TicketRecord
from bot.store.words import Status

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Server:
    """Rows by when they changed; `between` happens before each answer."""

    def __init__(self, changed: Sequence[int], *, size: int = FEWEST) -> None:
        self.rows = {number: START + timedelta(seconds=at) for number, at in enumerate(changed)}
        self.size, self.asked, self.looked = size, list[tuple[datetime, int]](), list[int]()
        self.moves: Iterator[int] = iter(())

    def feed(self, *, most_pages: int = 300) -> Feed:
        return Feed(rows=self.page, tell=self.tell, most_pages=most_pages)

    def page(self, since: datetime, number: int) -> list[Json]:
        if (moved := next(self.moves, None)) is not None:
            self.rows[moved] = max(self.rows.values()) + timedelta(seconds=1)
        self.asked.append((since, number))
        found = sorted((at, each) for each, at in self.rows.items() if at >= since)
        page = found[(number - 1) * self.size : number * self.size]
        return [{"id": each, "updated_at": at.isoformat(), "created_at": START.isoformat()} for at, each in page]

    def tell(self, row: Json) -> Iterator[Record]:
        self.looked.append(row["id"])
        at = needed_instant(row["updated_at"], "Its time")
        yield TicketRecord(external_id=str(row["id"]), created_at=START, updated_at=at, status=Status.OPEN)


def asked(cursor: Cursor | None = None, **more: Any) -> Pull:
    return Pull(**{"settings": {}, "stream": "tickets", "cursor": cursor, "now": NOW, **more})


def told(pages: Sequence[Page]) -> dict[str, datetime]:
    return {each.external_id: each.updated_at for page in pages for each in page.records if isinstance(each, TicketRecord)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=60), st.integers(FEWEST, 25), st.lists(st.integers(0, 59), max_size=8))
def test_every_row_is_told_as_it_last_was_whatever_moves(changed: list[int], size: int, moves: list[int]) -> None:
    server = Server(changed, size=size)
    server.moves = iter([each for each in moves if each < len(changed)])
    pages = list(follow(server.feed(), asked()))
    server.moves = iter(())
    pages += list(follow(server.feed(), asked(pages[-1].cursor)))
    assert told(pages) == {str(number): at for number, at in server.rows.items()}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=40), st.integers(0, 5))
def test_stopped_after_any_page_it_goes_on_and_loses_nothing(changed: list[int], stop: int) -> None:
    server = Server(changed)
    pages = list(follow(server.feed(), asked()))
    first = pages[: stop + 1]
    rest = list(follow(server.feed(), asked(first[-1].cursor)))
    assert told([*first, *rest]) == told(pages)


def test_a_walk_with_nothing_new_is_one_request_and_no_look() -> None:
    server = Server([1, 2, 3])
    (*_, last) = follow(server.feed(), asked())
    server.asked.clear()
    server.looked.clear()
    again = list(follow(server.feed(), asked(last.cursor)))
    assert (len(server.asked), server.looked, again[-1].records) == (1, [], ())


def test_a_row_seen_once_is_looked_at_again_when_it_changed() -> None:
    server = Server([1, 2, 3])
    (*_, last) = follow(server.feed(), asked())
    server.looked.clear()
    server.rows[1] += timedelta(seconds=30)
    list(follow(server.feed(), asked(last.cursor)))
    assert server.looked == [1]


def test_what_the_cursor_remembers_does_not_grow_with_the_account() -> None:
    server = Server([number * 60 for number in range(200)])
    (*_, last) = follow(server.feed(), asked())
    assert len(last.cursor.data["near"]) <= 11


def test_a_second_with_more_pages_than_the_server_gives_ends_all_the_same() -> None:
    server = Server([5] * 60)
    pages = list(follow(server.feed(most_pages=3), asked()))
    assert not pages[-1].more
    assert len(told(pages)) >= 3 * FEWEST


def test_rows_without_sense_are_set_aside_and_hide_no_other() -> None:
    server = Server([1, 2, 3])

    def tell(row: Json) -> Iterator[Record]:
        if row["id"] == 1:
            raise Unreadable("It makes no sense.")
        yield from server.tell(row)

    pages = list(follow(Feed(rows=server.page, tell=tell), asked()))
    bad = {each.external_id for page in pages for each in page.records if isinstance(each, BadRecord)}
    assert (bad, set(told(pages))) == ({"1"}, {"0", "2"})


def test_a_row_of_the_future_waits_until_it_is_past() -> None:
    server = Server([1, 30 * 3600])
    pages = list(follow(server.feed(), asked()))
    assert set(told(pages)) == {"0"}
    later = list(follow(server.feed(), asked(pages[-1].cursor, now=NOW + timedelta(days=2))))
    assert set(told(later)) == {"1"}


def test_the_live_stream_stands_aside_once_the_chain_is_there() -> None:
    server = Server([1, 2, 3 * 3600 + 3500])
    pages = list(follow_live(server.feed(), asked()))
    assert set(told(pages)) == {"2"}
    assert {(page.covered_from, page.covered_until) for page in pages} == {(None, None)}
    assert list(follow_live(server.feed(), asked(finished=frozenset({"tickets"})))) == []


def test_hinted_tickets_are_looked_at_once_and_the_rest_is_remembered() -> None:
    waiting = Cursor(data={"tickets": [str(number) for number in range(15)]})
    pages = list(shown(asked(waiting), lambda name: iter([BadRecord(stream="x", external_id=name, reason="Seen.")])))
    assert [len(page.records) for page in pages] == [10, 5]
    assert [page.cursor.data["tickets"] for page in pages] == [[str(number) for number in range(10, 15)], []]


def test_what_changes_rarely_is_read_now_and_then() -> None:
    cursor = whole(asked(), []).cursor
    hour = timedelta(hours=1)
    assert now_and_then(asked(), hour)
    assert not now_and_then(asked(cursor, now=NOW + timedelta(minutes=59)), hour)
    assert now_and_then(asked(cursor, now=NOW + hour), hour)
    assert now_and_then(asked(cursor, now=NOW - hour), hour), "a clock that went back"
