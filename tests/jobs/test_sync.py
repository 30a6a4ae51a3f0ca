"""Reading help desks: page by page, each with its facts and its cursor; one reader a source; all or nothing for a file."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.desks.desk import Cursor, Desk, Fact, Page, Pull
from bot.errors import BadInput, BadRequest, DeskDenied, DeskError, DeskMissing, DeskRefused, DeskUnavailable
from bot.settings import read_settings
from bot.store.engine import Store
from bot.store.ledger import release_lease, take_lease
from bot.store.records import BadRecord, Record
from bot.store.tables import DeskCursor, DeskLease, Outbox, Quarantine, Ticket, TicketFact, table_of
from bot.store.words import Kind, Status
from jobs import sync as sync_job
from jobs.job import Tick
from jobs.sync import LEASE_S, Progress, Reading, desk_of, store_all, store_page, sync, sync_due
from jobs.sync_marks import Counted
from tests.kpis.office import ask, between, days, small_store
from tests.kpis.town import FIRST, LAST, month
from tests.world import CAST, MONDAY, NOW, event, minute, ticket

WEEK = days(MONDAY.replace(hour=0), 7)


@dataclass
class Shelf:
    """A help desk that hands over its pages in order, and stops where it is told to."""

    pages: Sequence[Sequence[Record]]
    fails_at: int | None = None
    asked_from: list[int] | None = None
    meanwhile: Callable[[int], None] | None = None

    def pull(self, asked: Pull) -> Iterator[Page]:
        start = int(asked.cursor.data["next"]) if asked.cursor else 0
        self.asked_from = [*(self.asked_from or []), start]
        for number in range(start, len(self.pages)):
            if number == self.fails_at:
                raise DeskUnavailable("The desk does not answer.")
            if self.meanwhile:
                self.meanwhile(number)
            yield Page(
                records=tuple(self.pages[number]),
                cursor=Cursor(data={"next": number + 1}),
                more=number + 1 < len(self.pages),
                covered_from=MONDAY - timedelta(days=number),
                covered_until=NOW,
                seen=number + 1,
                estimated_total=len(self.pages),
            )

    def desk(self, slug: str = "shelf", streams: tuple[str, ...] = ("tickets",)) -> Desk:
        return Desk(
            slug=slug,
            name="Shelf",
            says="A desk of the tests.",
            knows=frozenset(Fact),
            pull=self.pull,
            check=_all_well,
            streams=streams,
        )


def _all_well(_: Mapping[str, str]) -> tuple[()]:
    return ()


def reading(store: Store, shelf: Shelf, **changes: Any) -> Reading:
    facts = {"store": store, "desk": shelf.desk(), "settings": {}, "now": NOW, "profile": "articles"}
    return Reading(**{**facts, **changes})


def numbered(*names: str) -> list[Record]:
    return [*CAST, *(ticket(name) for name in names)]


def count(store: Store, model: Any) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(table_of(model))) or 0


def cursor(store: Store, stream: str = "tickets") -> DeskCursor | None:
    with store.reading() as session:
        row = session.get(DeskCursor, ("shelf", stream))
        if row is not None:
            session.expunge(row)
        return row


def test_every_page_is_stored_with_its_facts_and_the_cursor_after_it(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1", "2"), [event(Kind.REPLY, minute(10), actor="ana")], numbered("3")])
    (progress,) = sync(reading(store, shelf))
    assert (progress.pages, progress.records, progress.seen, progress.estimated_total) == (3, 16, 3, 3)
    assert (count(store, Ticket), count(store, TicketFact)) == (3, 3)
    assert ask(store, "frt", WEEK).figure.value == 600
    kept = cursor(store)
    assert kept is not None
    assert (kept.data, kept.synced_at, kept.last_error) == ({"next": 3}, NOW, None)
    assert (kept.covered_from, kept.covered_until) == (MONDAY - timedelta(days=2), NOW)


def test_the_next_sync_goes_on_where_this_one_ended(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1")])
    sync(reading(store, shelf))
    shelf.pages = [*shelf.pages, numbered("2")]
    sync(reading(store, shelf))
    assert shelf.asked_from == [0, 1]
    assert count(store, Ticket) == 2


def test_a_desk_that_breaks_off_keeps_what_it_gave_and_goes_on_from_there(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1"), numbered("2"), numbered("3")], fails_at=2)
    with pytest.raises(DeskUnavailable):
        sync(reading(store, shelf))
    assert count(store, Ticket) == 2
    shelf.fails_at = None
    sync(reading(store, shelf))
    assert shelf.asked_from == [0, 2]
    assert count(store, Ticket) == 3


def test_the_same_pages_again_change_nothing(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1", "2")])
    sync(reading(store, shelf))
    again = store_all(reading(store, shelf), "shelf", shelf.pull(Pull(settings={}, stream="tickets", cursor=None, now=NOW)))
    assert (again.tickets_changed, again.records) == (0, len(CAST) + 2)


@settings(max_examples=4, deadline=None)
@given(cut=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_a_history_read_in_pieces_is_the_one_read_at_once(tmp_path_factory: pytest.TempPathFactory, cut: int, seed: int) -> None:
    records = month(seed=seed, tickets=8)
    folder = tmp_path_factory.mktemp("pieces")
    rows = [records[i : i + cut] for i in range(0, len(records), cut)]
    with small_store(folder) as at_once, small_store(folder) as in_pieces:
        sync(reading(at_once, Shelf(pages=[records])))
        sync(reading(in_pieces, Shelf(pages=rows)))
        # An event that comes before its ticket is set aside; the next walk over the same pages finds its ticket.
        store_all(reading(in_pieces, Shelf(pages=[])), "shelf", Shelf(pages=rows).pull(_from_the_start()))
        for kpi in ("volume", "frt", "resolution", "backlog", "reopen-rate", "sla", "next-reply", "csat", "reassignments"):
            window = between(FIRST, LAST)
            assert ask(at_once, kpi, window).figure == ask(in_pieces, kpi, window).figure


def _from_the_start() -> Pull:
    return Pull(settings={}, stream="tickets", cursor=None, now=NOW)


def test_a_record_that_cannot_be_kept_is_set_aside_and_stops_nothing(store: Store) -> None:
    bad = BadRecord(stream="tickets", external_id="7", reason="It has no date.")
    naive = replace(ticket("8"), created_at=MONDAY.replace(tzinfo=None))
    (progress,) = sync(reading(store, Shelf(pages=[[*numbered("1"), bad, naive, event(Kind.NOTE, of="9")]])))
    assert (progress.set_aside, count(store, Quarantine), count(store, Ticket)) == (3, 3, 1)


def test_a_file_is_stored_whole_or_not_at_all(store: Store) -> None:
    def pages() -> Iterator[Page]:
        yield Page(records=tuple(numbered("1")), cursor=Cursor(), more=True)
        raise BadInput("Line 7 has no date.")

    with pytest.raises(BadInput, match="Line 7"):
        store_all(reading(store, Shelf(pages=[])), "file", pages())
    assert (count(store, Ticket), count(store, TicketFact), count(store, DeskCursor)) == (0, 0, 0)


def test_a_file_with_a_record_that_cannot_be_kept_is_refused(store: Store) -> None:
    bad = BadRecord(stream="tickets", external_id="7", reason="It has no date.")
    page = Page(records=(*numbered("1"), bad), cursor=Cursor(), more=False)
    with pytest.raises(BadInput) as refused:
        store_all(reading(store, Shelf(pages=[])), "file", [page])
    assert "Nothing was imported" in refused.value.sentence()
    assert count(store, Ticket) == 0


def test_who_watches_is_told_after_each_page(store: Store) -> None:
    told: list[Progress] = []
    sync(reading(store, Shelf(pages=[numbered("1"), numbered("2")]), watch=told.append))
    assert [(step.pages, step.seen) for step in told] == [(1, 1), (2, 2)]


def test_each_stream_has_a_cursor_of_its_own(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1")])
    sync(reading(store, shelf, desk=shelf.desk(streams=("tickets", "ratings"))))
    assert [cursor(store, stream) is not None for stream in ("tickets", "ratings", "people")] == [True, True, False]


def test_two_readers_never_read_one_source_together(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1")])
    with store.writing() as session:
        assert take_lease(session, "shelf", "somebody", NOW, LEASE_S)
    assert sync(reading(store, shelf)) == []
    assert (shelf.asked_from, count(store, Ticket)) == (None, 0)
    late = NOW + timedelta(seconds=LEASE_S)
    assert len(sync(reading(store, shelf, now=late))) == 1


def test_the_turn_is_given_back_also_after_a_failure(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1")], fails_at=0)
    with pytest.raises(DeskUnavailable):
        sync(reading(store, shelf))
    assert count(store, DeskLease) == 0


def test_a_long_reading_keeps_its_turn_page_by_page(store: Store) -> None:
    seconds = iter(range(0, 10_000, 100))
    seen: list[Any] = []

    def look(_: int) -> None:
        with store.reading() as session:
            seen.append(session.scalar(select(table_of(DeskLease).c.until)))

    shelf = Shelf(pages=[numbered(str(n)) for n in range(4)], meanwhile=look)
    sync(reading(store, shelf, clock=lambda: float(next(seconds))))
    assert seen == sorted(set(seen))
    assert seen[-1] >= NOW + timedelta(seconds=300 + LEASE_S)


def test_a_reader_that_lost_its_turn_stores_nothing_more(store: Store) -> None:
    def overtake(number: int) -> None:
        if number == 1:
            with store.writing() as session:
                _steal(session)

    shelf = Shelf(pages=[numbered("1"), numbered("2"), numbered("3")], meanwhile=overtake)
    (progress,) = sync(reading(store, shelf))
    assert (progress.pages, count(store, Ticket)) == (1, 1)
    with store.reading() as session:
        assert session.scalar(select(table_of(DeskLease).c.holder)) == "thief"


def _steal(session: Any) -> None:
    lease = session.scalars(select(DeskLease)).one()
    release_lease(session, "shelf", lease.holder)
    assert take_lease(session, "shelf", "thief", NOW, LEASE_S)


def test_other_definitions_count_everything_anew_at_the_next_sync(store: Store) -> None:
    merged = event(Kind.STATUS, minute(5), of="2", old=Status.OPEN, new=Status.MERGED)
    shelf = Shelf(pages=[[*numbered("1", "2"), merged]])
    sync(reading(store, shelf))
    assert ask(store, "volume", WEEK).figure.value == 1
    sync(reading(store, shelf, profile="zendesk"))
    assert ask(store, "volume", WEEK).figure.value == 2


def test_a_page_is_dated_by_the_instant_it_is_given(store: Store) -> None:
    page = Page(records=tuple(numbered("1")), cursor=Cursor(version=3, data={"a": 1}), more=False)
    with store.writing() as session:
        progress = store_page(session, page, Progress(source="shelf", stream="tickets"), now=MONDAY, profile="articles")
    kept = cursor(store)
    assert kept is not None
    assert (kept.version, kept.synced_at, progress.tickets_changed) == (3, MONDAY, 1)


def test_a_part_that_may_not_be_read_is_told_of_and_stops_no_other(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1")])

    def pull(asked: Pull) -> Iterator[Page]:
        if asked.stream == "sla":
            raise DeskDenied("The policies may not be read.", next_step="Grant admin.")
        yield from shelf.pull(asked)

    desk = replace(shelf.desk(streams=("sla", "tickets", "ratings")), pull=pull)
    steps = sync(reading(store, shelf, desk=desk))
    assert [step.refused is None for step in steps] == [False, True, True]
    told = cursor(store, "sla")
    assert told is not None
    assert told.last_error == "The policies may not be read. Grant admin."
    assert count(store, Ticket) == 1


def test_without_its_tickets_a_desk_is_not_read(store: Store) -> None:
    def pull(_: Pull) -> Iterator[Page]:
        raise DeskMissing("There are no tickets.")
        yield

    with pytest.raises(DeskMissing):
        sync(reading(store, Shelf(pages=[]), desk=replace(Shelf(pages=[]).desk(), pull=pull)))


def test_each_stream_is_told_where_the_others_stand_and_which_were_read_whole(store: Store) -> None:
    seen: list[tuple[str, set[str], frozenset[str]]] = []
    shelf = Shelf(pages=[numbered("1")])

    def pull(asked: Pull) -> Iterator[Page]:
        seen.append((asked.stream, set(asked.others), asked.finished))
        yield from shelf.pull(asked)

    desk = replace(shelf.desk(streams=("people", "tickets")), pull=pull)
    sync(reading(store, shelf, desk=desk))
    sync(reading(store, shelf, desk=desk))
    both = {"people", "tickets"}
    assert seen[:2] == [("people", set(), frozenset()), ("tickets", {"people"}, frozenset({"people"}))]
    assert seen[2:] == [("people", both, frozenset(both)), ("tickets", both, frozenset(both))]


def test_while_a_long_stream_is_read_the_live_one_is_looked_at_every_minute(store: Store) -> None:
    asked: list[str] = []
    seconds = iter(range(0, 10_000, 10))
    shelf = Shelf(pages=[numbered(str(n)) for n in range(12)])

    def pull(one: Pull) -> Iterator[Page]:
        asked.append(one.stream)
        if one.stream == "tickets":
            yield from shelf.pull(one)

    desk = replace(shelf.desk(streams=("live", "tickets")), pull=pull, live=("live",))
    sync(reading(store, shelf, desk=desk, clock=lambda: float(next(seconds))))
    assert asked[:2] == ["live", "tickets"]
    assert 2 <= asked.count("live") - 1 <= 11


def test_a_cursor_of_an_older_release_is_migrated_or_the_stream_starts_again(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1"), numbered("2")])
    sync(reading(store, shelf))
    moved = replace(shelf.desk(), cursor_version=2, migrate=lambda _, old: Cursor(version=2, data={"next": old.data["next"]}))
    sync(reading(store, shelf, desk=moved))
    sync(reading(store, shelf, desk=replace(shelf.desk(), cursor_version=2)))
    assert shelf.asked_from == [0, 2, 0]


def test_a_cursor_of_a_newer_release_is_not_guessed_at(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1")])
    sync(reading(store, shelf))
    with pytest.raises(DeskError, match="newer release"):
        sync(reading(store, shelf, desk=replace(shelf.desk(), cursor_version=0)))
    assert (shelf.asked_from, count(store, DeskLease)) == ([0], 0)


def test_asked_to_stop_it_ends_after_its_page_and_goes_on_later(store: Store) -> None:
    shelf = Shelf(pages=[numbered("1"), numbered("2"), numbered("3")])
    (progress,) = sync(reading(store, shelf, stopping=iter([False, True]).__next__))
    assert (progress.pages, count(store, Ticket)) == (1, 1)
    sync(reading(store, shelf))
    assert count(store, Ticket) == 3


def test_how_long_the_first_reading_took_is_kept(store: Store) -> None:
    seconds = iter(range(0, 10_000, 10))
    shelf = Shelf(pages=[numbered("1"), numbered("2")])
    sync(reading(store, shelf, clock=lambda: float(next(seconds))))
    kept = cursor(store)
    assert kept is not None
    assert kept.reading_s > 0
    assert (kept.began_at, kept.finished_at, kept.seen, kept.estimated_total) == (NOW, NOW, 2, 2)


def test_a_key_that_is_refused_is_told_to_each_admin_once(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(_: Pull) -> Iterator[Page]:
        raise DeskRefused("Shelf does not accept the key (401).", next_step="Make a new one.")
        yield

    monkeypatch.setattr(sync_job, "DESKS", (replace(Shelf(pages=[]).desk(), pull=pull),))
    env = {"CX_HOME": str(tmp_path), "CX_SHELF_URL": "x", "CX_ADMINS": "U1,U2"}
    tick = Tick(now=NOW, store=store, settings=read_settings(env, tmp_path / "cx.toml", ["shelf"]), slack=None)  # type: ignore[arg-type]
    sync_due(tick)
    sync_due(tick)
    with store.reading() as session:
        letters = session.scalars(select(Outbox)).all()
        assert sorted(letter.channel_id for letter in letters) == ["U1", "U2"]
        assert "Make a new one." in letters[0].payload["text"]


def test_a_desk_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadRequest) as refused:
        desk_of("zendsk")
    assert "demo" in refused.value.next_step


def test_a_desk_that_fails_stops_no_other_and_its_error_stays_with_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = Shelf(pages=[numbered("1")]), Shelf(pages=[[]], fails_at=0)
    monkeypatch.setattr(sync_job, "DESKS", (bad.desk("broken"), good.desk("shelf"), good.desk("unused")))
    env = {"CX_HOME": str(tmp_path), "CX_BROKEN_URL": "x", "CX_SHELF_URL": "x"}
    configured = read_settings(env, tmp_path / "cx.toml", ["broken", "shelf", "unused"])
    tick = Tick(now=NOW, store=store, settings=configured, slack=None)  # type: ignore[arg-type]
    assert sync_due(tick) == 1
    with store.reading() as session:
        errors = {row.source: row.last_error for row in session.scalars(select(DeskCursor))}
    assert errors == {"broken": "The desk does not answer.", "shelf": None}
    bad.fails_at = None
    sync_due(tick)
    with store.reading() as session:
        assert {row.last_error for row in session.scalars(select(DeskCursor))} == {None}


def test_an_answer_says_how_much_of_the_history_has_been_read_until_all_has(store: Store) -> None:
    shelf = Shelf([numbered("1"), numbered("2"), numbered("3"), numbered("4")])
    shelf.fails_at = 1
    with pytest.raises(DeskUnavailable):
        sync(reading(store, shelf))
    (source,) = ask(store, "volume", WEEK).sources
    assert (source.read_share, source.covered_from) == (0.25, MONDAY)
    shelf.fails_at = None
    sync(reading(store, shelf))
    (source,) = ask(store, "volume", WEEK).sources
    assert (source.read_share, source.covered_from) == (None, MONDAY - timedelta(days=3))


def test_after_a_reading_python_looks_for_garbage_as_often_as_before(sqlite_store: Store) -> None:
    before, seen = gc.get_threshold(), []
    shelf = Shelf([numbered("1"), numbered("2")], fails_at=1, meanwhile=lambda _: seen.append(gc.get_threshold()))
    with pytest.raises(DeskUnavailable):
        sync(reading(sqlite_store, shelf))
    assert gc.get_threshold() == before
    assert seen[0] > before


def test_a_ticket_met_on_several_pages_counts_as_changed_once() -> None:
    counted = Counted()
    assert [counted.add(ids) for ids in ([1, 2, 2], [2, 3, 4_000_000], [1, 4_000_000], [])] == [2, 2, 0, 0]
    assert len(counted.bits) <= 1_000_000
