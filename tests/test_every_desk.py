"""What every help desk keeps to, whichever it is: whoever adds one is tested by this."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.desks import DESKS
from bot.desks.desk import Cursor, Desk, Fact, Page, Pull, StreamCheck, StreamState
from bot.store.records import BadRecord, CustomerRecord, EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import GONE, UNSOLVED, Kind

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"
NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)

# With what each desk can be read here and now.
SETTINGS: dict[str, dict[str, str]] = {
    "demo": {},
    "csv": {"path": str(EXAMPLES / "tickets.csv"), "map": str(EXAMPLES / "tickets.toml")},
}
CHANGES = {Kind.STATUS, Kind.TEAM, Kind.ASSIGNED, Kind.PRIORITY, Kind.CATEGORY}

every_desk = pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.slug)


def ask(desk: Desk, cursor: Cursor | None = None, now: datetime = NOW) -> list[Page]:
    return [
        page
        for stream in desk.streams
        for page in desk.pull(Pull(settings=SETTINGS[desk.slug], stream=stream, cursor=cursor, now=now))
    ]


@pytest.fixture(scope="module")
def pulled() -> dict[str, list[Page]]:
    return {desk.slug: ask(desk) for desk in DESKS if desk.slug in SETTINGS}


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def test_slugs_are_words_and_differ() -> None:
    slugs = [desk.slug for desk in DESKS]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", slug) for slug in slugs)


@every_desk
def test_it_says_what_it_is_in_one_sentence(desk: Desk) -> None:
    assert desk.name
    assert re.fullmatch(r"[A-Z].{10,150}\.", desk.says)
    assert "tickets" in desk.streams
    assert desk.knows <= frozenset(Fact)


@every_desk
def test_each_setting_says_where_to_get_it(desk: Desk) -> None:
    assert len({need.key for need in desk.needs}) == len(desk.needs)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", need.key) and need.says.endswith(".") for need in desk.needs)


@every_desk
def test_it_can_be_read_here(desk: Desk) -> None:
    assert desk.slug in SETTINGS, "say in SETTINGS how to read it in a test"
    checks = desk.check(SETTINGS[desk.slug])
    assert {check.stream for check in checks} == set(desk.streams)
    assert {check.state for check in checks} == {StreamState.OK}
    assert all(isinstance(check, StreamCheck) and check.says for check in checks)


@every_desk
def test_without_settings_the_check_says_so_and_does_not_fall_over(desk: Desk) -> None:
    states = {check.state for check in desk.check({})}
    assert states == ({StreamState.OK} if not desk.needs else states - {StreamState.OK})
    assert states


@every_desk
def test_pages_end_and_only_the_last_one_says_so(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    assert [page.more for page in pulled[desk.slug]] == [True] * (len(pulled[desk.slug]) - 1) + [False]
    assert records(pulled[desk.slug])


@every_desk
def test_pulling_again_says_the_same(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    assert ask(desk) == pulled[desk.slug]


@every_desk
def test_cursors_survive_being_stored(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    for page in pulled[desk.slug]:
        stored = Cursor(version=page.cursor.version, data=json.loads(json.dumps(dict(page.cursor.data))))
        assert stored == page.cursor


@every_desk
def test_after_the_last_page_there_is_nothing_new(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    assert not records(ask(desk, pulled[desk.slug][-1].cursor))


@every_desk
def test_resumed_after_its_first_page_it_tells_the_rest(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    first, *rest = pulled[desk.slug]
    if rest:
        assert records(ask(desk, first.cursor)) == records(rest)


@every_desk
def test_a_later_pull_never_tells_an_event_differently(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    before = {(event.ticket, event.key): event for event in records(pulled[desk.slug]) if isinstance(event, EventRecord)}
    later = records(ask(desk, pulled[desk.slug][-1].cursor, NOW + timedelta(days=9)))
    again = {(event.ticket, event.key): event for event in later if isinstance(event, EventRecord)}
    assert all(before[key] == again[key] for key in before.keys() & again.keys())


@every_desk
def test_every_instant_is_utc_and_past(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    for record in records(pulled[desk.slug]):
        for at in instants(record):
            assert at.utcoffset() == timedelta(0)
            assert at <= NOW


def instants(record: Record) -> list[datetime]:
    match record:
        case TicketRecord():
            assert record.created_at <= record.updated_at
            return [record.created_at, record.updated_at]
        case EventRecord():
            return [record.at]
        case RatingRecord():
            return [record.answered_at]
        case _:
            return []


@every_desk
def test_an_event_belongs_to_a_ticket_told_in_its_page_or_before(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    known: set[str] = set()
    for page in pulled[desk.slug]:
        known |= {record.external_id for record in page.records if isinstance(record, TicketRecord)}
        assert {record.ticket for record in page.records if isinstance(record, EventRecord)} <= known


@every_desk
def test_events_have_keys_of_their_own_and_really_change_something(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    events = [record for record in records(pulled[desk.slug]) if isinstance(record, EventRecord)]
    assert len({(event.ticket, event.key) for event in events}) == len(events)
    assert all(event.old != event.new for event in events if event.kind in CHANGES)
    assert all(type(word) is str for event in events for word in (event.key, event.old, event.new) if word is not None)


@every_desk
def test_each_ticket_is_created_once_and_first(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    first: dict[str, Kind] = {}
    for record in records(pulled[desk.slug]):
        if isinstance(record, EventRecord):
            assert (record.kind is Kind.CREATED) == (record.ticket not in first)
            first.setdefault(record.ticket, record.kind)


@every_desk
def test_only_tickets_merged_away_name_another(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    for record in records(pulled[desk.slug]):
        if isinstance(record, TicketRecord) and record.merged_into:
            assert record.status in GONE
            assert record.status not in UNSOLVED


@every_desk
def test_what_it_says_not_to_know_it_does_not_tell(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    told = records(pulled[desk.slug])
    kinds = {record.kind for record in told if isinstance(record, EventRecord)}
    assert Fact.NOTES in desk.knows or Kind.NOTE not in kinds
    assert Fact.REPLIES in desk.knows or Kind.REPLY not in kinds
    assert Fact.RATINGS in desk.knows or not any(isinstance(record, RatingRecord) for record in told)
    assert Fact.CUSTOMERS in desk.knows or not any(isinstance(record, CustomerRecord) for record in told)


@every_desk
def test_nothing_it_tells_here_is_bad(desk: Desk, pulled: dict[str, list[Page]]) -> None:
    assert not [record for record in records(pulled[desk.slug]) if isinstance(record, BadRecord)]
