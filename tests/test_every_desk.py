"""What every help desk keeps to, whichever it is: whoever adds one is tested by this."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import monotonic
from bot.desks import DESKS
from bot.desks.desk import Cursor, Desk, Fact, Page, Pull, StreamCheck, StreamState
from bot.errors import DeskRefused, DeskUnavailable
from bot.logs import set_up_logs
from bot.store.engine import Store, open_store
from bot.store.records import BadRecord, CustomerRecord, EventRecord, RatingRecord, Record, TicketRecord
from bot.store.tables import Quarantine, Ticket, TicketEvent, table_of
from bot.store.words import GONE, UNSOLVED, Kind, Status
from jobs.sync_reading import Progress
from tests.desks.accounts import ACCOUNTS, SERVED, Account
from tests.desks.engine import digest, read
from tests.desks.standin import IN_TROUBLE, TOO_MANY, TRUNCATED, UNAUTHORIZED, WEB_PAGE, Fault, Naps
from tests.sampling import pairs, thorough

ROOT = Path(__file__).resolve().parents[1]
CHANGES = {Kind.STATUS, Kind.TEAM, Kind.ASSIGNED, Kind.PRIORITY, Kind.CATEGORY}

TROUBLES = {"5xx": IN_TROUBLE, "page": WEB_PAGE, "cut": TRUNCATED, "dropped": Fault(dropped=True)}

every_desk = pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.slug)

Read = dict[str, list[Page]]
"""The pages of each stream."""


def ask(desk: Desk, account: Account, cursors: Mapping[str, Cursor] | None = None, *, later: timedelta = timedelta()) -> Read:
    """Every stream read to its end as the engine does it: each knows where the others stand."""
    stands, found = dict(cursors or {}), {}
    for stream in desk.streams:
        asked = Pull(
            settings=account.settings,
            stream=stream,
            cursor=stands.get(stream),
            now=account.now + later,
            others=dict(stands),
            finished=frozenset(stands),
        )
        found[stream] = list(desk.pull(asked))
        if found[stream]:
            stands[stream] = found[stream][-1].cursor
    return found


def stands_after(read: Read) -> dict[str, Cursor]:
    return {stream: pages[-1].cursor for stream, pages in read.items() if pages}


@pytest.fixture(scope="module")
def accounts() -> Iterator[dict[str, Account]]:
    with ExitStack() as open_ones:
        yield {slug: open_ones.enter_context(make()) for slug, make in ACCOUNTS.items()}


@pytest.fixture(scope="module")
def pulled(accounts: dict[str, Account]) -> dict[str, Read]:
    return {desk.slug: ask(desk, accounts[desk.slug]) for desk in DESKS if desk.slug in accounts}


def all_pages(read: Read) -> list[Page]:
    return [page for pages in read.values() for page in pages]


def records(read: Read) -> list[Record]:
    return [record for page in all_pages(read) for record in page.records]


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
def test_it_can_be_read_here(desk: Desk, accounts: dict[str, Account]) -> None:
    assert desk.slug in accounts, "give it an account in tests/desks/accounts.py"
    checks = desk.check(accounts[desk.slug].settings)
    assert {check.stream for check in checks} == set(desk.streams)
    assert {check.state for check in checks} == {StreamState.OK}
    assert all(isinstance(check, StreamCheck) and check.says for check in checks)


@every_desk
def test_without_settings_the_check_says_so_and_does_not_fall_over(desk: Desk) -> None:
    states = {check.state for check in desk.check({})}
    assert states == ({StreamState.OK} if not desk.needs else states - {StreamState.OK})
    assert states


@every_desk
def test_pages_end_and_only_the_last_one_says_so(desk: Desk, pulled: dict[str, Read]) -> None:
    for pages in pulled[desk.slug].values():
        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False] * bool(pages)
    assert records(pulled[desk.slug])


@every_desk
def test_pulling_again_says_the_same(desk: Desk, pulled: dict[str, Read], accounts: dict[str, Account]) -> None:
    assert ask(desk, accounts[desk.slug]) == pulled[desk.slug]


@every_desk
def test_cursors_survive_being_stored(desk: Desk, pulled: dict[str, Read]) -> None:
    for page in all_pages(pulled[desk.slug]):
        assert page.cursor.version <= desk.cursor_version
        stored = Cursor(version=page.cursor.version, data=json.loads(json.dumps(dict(page.cursor.data))))
        assert stored == page.cursor


@every_desk
def test_after_the_last_page_nothing_is_told_that_was_not(
    desk: Desk, pulled: dict[str, Read], accounts: dict[str, Account]
) -> None:
    """It may tell some of it again: what is read twice is stored once."""
    again = ask(desk, accounts[desk.slug], stands_after(pulled[desk.slug]))
    before = records(pulled[desk.slug])
    assert [record for record in records(again) if record not in before] == []


@every_desk
def test_a_later_pull_never_tells_an_event_differently(desk: Desk, pulled: dict[str, Read], accounts: dict[str, Account]) -> None:
    before = {(event.ticket, event.key): event for event in records(pulled[desk.slug]) if isinstance(event, EventRecord)}
    later = records(ask(desk, accounts[desk.slug], stands_after(pulled[desk.slug]), later=timedelta(days=9)))
    again = {(event.ticket, event.key): event for event in later if isinstance(event, EventRecord)}
    assert all(before[key] == again[key] for key in before.keys() & again.keys())


@every_desk
def test_every_instant_is_utc_and_past(desk: Desk, pulled: dict[str, Read], accounts: dict[str, Account]) -> None:
    for record in records(pulled[desk.slug]):
        for at in instants(record):
            assert at.utcoffset() == timedelta(0)
            assert at <= accounts[desk.slug].now


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
def test_an_event_belongs_to_a_ticket_told_in_its_page_or_before(desk: Desk, pulled: dict[str, Read]) -> None:
    known: set[str] = set()
    for page in all_pages(pulled[desk.slug]):
        known |= {record.external_id for record in page.records if isinstance(record, TicketRecord)}
        assert {record.ticket for record in page.records if isinstance(record, EventRecord)} <= known


def told_events(read: Read) -> list[EventRecord]:
    """Each event once: where pages overlap the same one is told again."""
    return list(dict.fromkeys(record for record in records(read) if isinstance(record, EventRecord)))


@every_desk
def test_events_have_keys_of_their_own_and_really_change_something(desk: Desk, pulled: dict[str, Read]) -> None:
    events = told_events(pulled[desk.slug])
    assert len({(event.ticket, event.key) for event in events}) == len(events)
    assert all(event.old != event.new for event in events if event.kind in CHANGES)
    assert all(type(word) is str for event in events for word in (event.key, event.old, event.new) if word is not None)


@every_desk
def test_each_ticket_is_created_once_and_first(desk: Desk, pulled: dict[str, Read]) -> None:
    first: dict[str, Kind] = {}
    for event in told_events(pulled[desk.slug]):
        assert (event.kind is Kind.CREATED) == (event.ticket not in first)
        first.setdefault(event.ticket, event.kind)


@every_desk
def test_only_tickets_merged_away_name_another(desk: Desk, pulled: dict[str, Read]) -> None:
    for record in records(pulled[desk.slug]):
        if isinstance(record, TicketRecord) and record.merged_into:
            assert record.status in GONE
            assert record.status not in UNSOLVED


@every_desk
def test_what_it_says_not_to_know_it_does_not_tell(desk: Desk, pulled: dict[str, Read]) -> None:
    told = records(pulled[desk.slug])
    kinds = {record.kind for record in told if isinstance(record, EventRecord)}
    assert Fact.NOTES in desk.knows or Kind.NOTE not in kinds
    assert Fact.REPLIES in desk.knows or Kind.REPLY not in kinds
    assert Fact.RATINGS in desk.knows or not any(isinstance(record, RatingRecord) for record in told)
    assert Fact.CUSTOMERS in desk.knows or not any(isinstance(record, CustomerRecord) for record in told)


@every_desk
def test_nothing_it_tells_here_is_bad(desk: Desk, pulled: dict[str, Read]) -> None:
    assert not [record for record in records(pulled[desk.slug]) if isinstance(record, BadRecord)]


over_http = pytest.mark.parametrize("desk", [desk for desk in DESKS if desk.slug in SERVED], ids=lambda desk: desk.slug)


@pytest.fixture
def account(desk: Desk) -> Iterator[Account]:
    """An account of the test's own, to be broken at will."""
    with ACCOUNTS[desk.slug]() as opened:
        yield opened


@over_http
def test_the_store_holds_what_the_desk_has(desk: Desk, account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, desk, account)
    with sqlite_store.reading() as session:
        told = session.execute(select(table_of(Ticket).c.external_id, table_of(Ticket).c.status)).all()
        assert {name: Status(status) for name, status in told} == account.statuses
        assert session.scalar(select(func.count()).select_from(table_of(TicketEvent))) == account.events
        assert session.scalar(select(func.count()).select_from(table_of(Quarantine))) == 0


@over_http
def test_reading_twice_changes_nothing(desk: Desk, account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, desk, account)
    before = digest(sqlite_store)
    assert sum(step.tickets_changed for step in read(sqlite_store, desk, account)) == 0
    assert digest(sqlite_store) == before


@over_http
def test_stopped_after_a_page_it_goes_on_and_loses_nothing(
    desk: Desk, account: Account, sqlite_store: Store, tmp_path: Path, sqlite_template: Path
) -> None:
    pages = sum(step.pages for step in read(sqlite_store, desk, account))
    whole = digest(sqlite_store)
    for last in range(1, pages, max(pages // thorough(pages, 2), 1)):
        copy = tmp_path / f"{last}.db"
        shutil.copyfile(sqlite_template, copy)
        store = open_store(f"sqlite:///{copy}")
        with pytest.raises(Stopped):
            read(store, desk, account, watch=_stop_after(last))
        read(store, desk, account)
        assert digest(store) == whole
        store.close()


class Stopped(Exception):
    """A process that died."""


def _stop_after(last: int) -> Callable[[Progress], None]:
    left = iter(range(last - 1, -1, -1))

    def watch(_: Progress) -> None:
        if next(left) == 0:
            raise Stopped

    return watch


@over_http
def test_asked_to_wait_it_waits_as_long_as_it_is_told(desk: Desk, account: Account, sqlite_store: Store) -> None:
    naps = Naps()
    assert account.server is not None
    account.server.fail(TOO_MANY, TOO_MANY)
    read(sqlite_store, desk, account, naps=naps)
    assert naps.taken[:2] == [7.0, 7.0]
    with sqlite_store.reading() as session:
        assert len(session.execute(select(table_of(Ticket).c.id)).all()) == len(account.statuses)


@pytest.mark.parametrize(
    ("desk", "fault"),
    pairs([desk for desk in DESKS if desk.slug in SERVED], list(TROUBLES), one_in=2),
    ids=lambda part: getattr(part, "slug", part),
)
def test_trouble_is_tried_again(desk: Desk, account: Account, sqlite_store: Store, fault: str) -> None:
    naps = Naps()
    assert account.server is not None
    account.server.fail(TROUBLES[fault])
    read(sqlite_store, desk, account, naps=naps)
    assert naps.taken
    with sqlite_store.reading() as session:
        assert len(session.execute(select(table_of(Ticket).c.id)).all()) == len(account.statuses)


@over_http
def test_lasting_trouble_is_told_and_what_was_read_stays(desk: Desk, account: Account, sqlite_store: Store) -> None:
    read(sqlite_store, desk, account)
    before = digest(sqlite_store)
    assert account.server is not None
    account.server.fail(*[WEB_PAGE] * 9)
    with pytest.raises(DeskUnavailable) as told:
        read(sqlite_store, desk, account)
    assert "web page" in told.value.sentence()
    assert digest(sqlite_store) == before


@over_http
def test_a_refused_key_is_named_with_how_to_get_another(desk: Desk, account: Account, sqlite_store: Store) -> None:
    assert account.server is not None
    account.server.fail(*[UNAUTHORIZED] * 3)
    with pytest.raises(DeskRefused) as refused:
        read(sqlite_store, desk, account)
    assert refused.value.next_step
    assert desk.name in refused.value.what
    assert not any(secret in refused.value.sentence() for secret in account.secrets)


@over_http
def test_a_record_that_cannot_be_read_is_set_aside_and_stops_nothing(desk: Desk, account: Account, sqlite_store: Store) -> None:
    assert account.spoil is not None
    spoilt = account.spoil()
    read(sqlite_store, desk, account)
    with sqlite_store.reading() as session:
        told = set(session.scalars(select(table_of(Ticket).c.external_id)))
        held = session.execute(select(table_of(Quarantine).c.stream, table_of(Quarantine).c.external_id)).all()
    assert told == account.statuses.keys() - {spoilt}
    assert ("tickets", spoilt) in held


@over_http
def test_its_secrets_and_what_people_wrote_are_nowhere(
    desk: Desk, account: Account, tmp_path: Path, sqlite_template: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stream = io.StringIO()
    handler = set_up_logs("DEBUG", stream=stream)
    shutil.copyfile(sqlite_template, tmp_path / "canary.db")
    store = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    try:
        assert account.server is not None
        account.server.fail(TOO_MANY, IN_TROUBLE, Fault(dropped=True))
        read(store, desk, account)
    finally:
        logging.getLogger().removeHandler(handler)
        store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("canary.db*"))
    for canary in (*account.secrets, *account.words):
        assert canary not in stream.getvalue()
        assert canary.encode() not in kept


@pytest.mark.parametrize("slug", ["mojo", "zendesk"])
def test_a_desk_out_of_reach_is_not_waited_for_stream_by_stream(slug: str) -> None:
    """Nobody stands for a quarter of an hour before `cx doctor`, which asks each part once."""
    [desk] = [one for one in DESKS if one.slug == slug]
    settings = {"url": "http://127.0.0.1:9", "key": "x", "email": "ada@example.com", "token": "x"}
    begun = monotonic()

    checks = desk.check(settings)

    assert [check.stream for check in checks] == list(desk.streams)
    assert {check.state for check in checks} == {StreamState.DENIED}
    assert all("cannot be reached: check its address http://127.0.0.1:9 " in check.says for check in checks)
    assert monotonic() - begun < 30


@every_desk
def test_it_knows_every_setting_that_it_reads_or_that_is_documented(desk: Desk) -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "bot" / "desks").glob(f"{desk.slug}*.py"))
    documented = re.findall(rf"CX_{desk.slug.upper()}_([A-Z_]+)", (ROOT / "docs" / "desks.md").read_text("utf-8"))
    reads = set(re.findall(r'settings(?:\.get\(|\[)"(\w+)"', sources)) - {"home"}

    assert reads | {name.lower().removesuffix("_file") for name in documented} <= desk.settings
    assert ("webhook_secret" in desk.settings) == (desk.hints is not None)
