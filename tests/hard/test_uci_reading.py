"""A real log of 141,712 events, read through the mapping that ships with the product, against plain csv and statistics."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from bot.desks.csv import FileReading, dry_run, pages, read_file
from bot.desks.mapping import read_mapping
from bot.store.records import AgentRecord, CustomerRecord, EventRecord, TeamRecord, TicketRecord
from bot.store.words import RESOLVED, UNSOLVED, Kind, Status
from tests.hard import uci_oracle as oracle

pytestmark = pytest.mark.skipif(not oracle.LOG.exists(), reason="needs ../shared/data/" + oracle.LOG.name)

ROOT = Path(__file__).resolve().parents[2]
MAPPING = ROOT / "docs" / "examples" / "uci-servicenow.toml"
INSTANTS = [
    datetime(2016, month, day, hour, tzinfo=UTC) for month in (3, 4, 5, 6) for day, hour in ((1, 0), (11, 7), (24, 19), (30, 23))
]
INSTANTS += [datetime(2016, 2, 29, 12, tzinfo=UTC), datetime(2016, 12, 25, tzinfo=UTC), datetime(2017, 2, 19, tzinfo=UTC)]


class Log:
    """The records, and what follows from their events alone."""

    def __init__(self, reading: FileReading) -> None:
        self.reading = reading
        self.tickets: dict[str, TicketRecord] = {}
        self.events: dict[str, list[EventRecord]] = defaultdict(list)
        self.people: Counter[type] = Counter()
        self.team_names: dict[str, str] = {}
        for record in reading.records():
            match record:
                case TicketRecord():
                    self.tickets[record.external_id] = record
                case EventRecord():
                    self.events[record.ticket].append(record)
                case _:
                    self.people[type(record)] += 1
                    if isinstance(record, TeamRecord):
                        self.team_names[record.external_id] = record.name

    def statuses(self, ticket: str) -> Iterator[EventRecord]:
        return (event for event in self.events[ticket] if event.kind is Kind.STATUS)

    def open_spans(self, ticket: str) -> list[tuple[int, int | None]]:
        spans: list[tuple[int, int | None]] = [(seconds(self.tickets[ticket].created_at), None)]
        for event in self.statuses(ticket):
            if event.new in RESOLVED and spans[-1][1] is None:
                spans[-1] = (spans[-1][0], seconds(event.at))
            elif event.new in UNSOLVED and spans[-1][1] is not None:
                spans.append((seconds(event.at), None))
        return spans

    def resolutions(self) -> dict[str, int]:
        ends = {ticket: self.open_spans(ticket)[-1][1] for ticket in self.tickets}
        return {ticket: end - seconds(self.tickets[ticket].created_at) for ticket, end in ends.items() if end is not None}


def seconds(at: datetime) -> int:
    return int(at.timestamp())


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(read_file(oracle.LOG, read_mapping(MAPPING)))


@pytest.fixture(scope="module")
def expected() -> oracle.Figures:
    return oracle.figures()


def test_every_row_and_incident_is_read(log: Log, expected: oracle.Figures) -> None:
    assert log.reading.rows == 141_712
    assert log.reading.ticket_count == len(log.tickets) == expected.incidents == 24_918
    assert log.people == {TeamRecord: 78, AgentRecord: 234, CustomerRecord: 5_244}


def test_ids_stay_text(log: Log) -> None:
    assert "0000045" in log.tickets
    assert {len(ticket) for ticket in log.tickets} == {7}


def test_what_had_to_be_guessed_is_said(log: Log) -> None:
    assert log.reading.unmapped == {"status": {"-100": 5}}
    assert [note.split(" rows")[0] for note in log.reading.notes] == ["5", "1"]


def test_volume_by_month(log: Log, expected: oracle.Figures) -> None:
    assert Counter(f"{ticket.created_at:%Y-%m}" for ticket in log.tickets.values()) == expected.opened_by_month


def test_all_end_closed(log: Log) -> None:
    assert {ticket.status for ticket in log.tickets.values()} == {Status.CLOSED}


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_the_backlog_at_any_instant(log: Log, at: datetime) -> None:
    instant = seconds(at)
    still = sum(
        any(start <= instant and (end is None or instant < end) for start, end in log.open_spans(ticket))
        for ticket in log.tickets
    )
    assert still == oracle.backlog(at)


def test_the_backlog_is_not_trivial() -> None:
    assert oracle.backlog(datetime(2016, 4, 11, 7, tzinfo=UTC)) > 1_000


def test_resolution_time(log: Log, expected: oracle.Figures) -> None:
    took = log.resolutions()
    assert len(took) == 24_918
    assert statistics.median(took.values()) == expected.resolution_median_s
    assert statistics.fmean(took.values()) == pytest.approx(expected.resolution_mean_s, rel=1e-12)
    assert took == {one.number: one.resolution_s for one in oracle.incidents()}


def test_reopens(log: Log, expected: oracle.Figures) -> None:
    reopens = Counter(
        ticket for ticket in log.tickets for event in log.statuses(ticket) if event.old in RESOLVED and event.new in UNSOLVED
    )
    assert (sum(reopens.values()), len(reopens)) == (331, 275) == (expected.reopens, expected.reopened)


def test_the_log_counts_the_same_reopens_itself(log: Log) -> None:
    told = {ticket: record.desk_facts["reopens"] for ticket, record in log.tickets.items()}
    assert told == {one.number: one.reopens for one in oracle.incidents()}


def test_reassignments(log: Log, expected: oracle.Figures) -> None:
    changes = {ticket: assignee_changes(events) for ticket, events in log.events.items()}
    assert sum(changes.values()) == expected.reassignments
    assert sum(count > 0 for count in changes.values()) == expected.reassigned
    assert sum(count > 1 for count in changes.values()) == expected.reassigned_more_than_once
    assert expected.reassignments > expected.reassigned > expected.reassigned_more_than_once > 1_000


def assignee_changes(events: list[EventRecord]) -> int:
    known = [event.new for event in events if event.kind is Kind.ASSIGNED and event.new]
    return sum(before != after for before, after in pairwise(known))


def test_sla_outcomes(log: Log, expected: oracle.Figures) -> None:
    outcomes = Counter(event.kind for events in log.events.values() for event in events if event.kind in OUTCOMES)
    assert outcomes == {Kind.SLA_BREACHED: 9_115, Kind.SLA_ACHIEVED: 24_918 - 9_115}
    assert expected.breached == 9_115
    breached = {ticket for ticket, events in log.events.items() if any(event.kind is Kind.SLA_BREACHED for event in events)}
    assert breached == {one.number for one in oracle.incidents() if one.breached}


OUTCOMES = (Kind.SLA_BREACHED, Kind.SLA_ACHIEVED)


def test_each_incident_has_one_outcome_of_the_desks_own(log: Log) -> None:
    for events in log.events.values():
        assert [event.new for event in events if event.kind in OUTCOMES] == ["resolution:desk"]


def test_splits(log: Log, expected: oracle.Figures) -> None:
    tickets = log.tickets.values()
    assert Counter(log.team_names[ticket.team] if ticket.team else None for ticket in tickets) == expected.by_group
    assert Counter(ticket.category for ticket in tickets) == expected.by_category
    assert Counter(ticket.channel for ticket in tickets) == expected.by_channel
    assert Counter(ticket.priority for ticket in tickets) == expected.by_priority


def test_resolution_time_by_group_category_and_priority(log: Log) -> None:
    took = log.resolutions()
    for value in ("Group 70", "Group 24"):
        ours = [took[ticket] for ticket, record in log.tickets.items() if record.team and log.team_names[record.team] == value]
        assert statistics.median(ours) == oracle.median_resolution_s(lambda one, value=value: one.group == value)
    ours = [took[ticket] for ticket, record in log.tickets.items() if record.category == "Category 26"]
    assert statistics.median(ours) == oracle.median_resolution_s(lambda one: one.category == "Category 26")
    ours = [took[ticket] for ticket, record in log.tickets.items() if record.priority == 1]
    assert statistics.median(ours) == oracle.median_resolution_s(lambda one: one.priority == 1)


def test_events_never_go_back_and_have_keys_of_their_own(log: Log) -> None:
    for ticket, events in log.events.items():
        keys = {event.key for event in events}
        assert len(keys) == len(events)
        told = [event for event in events if event.kind is not Kind.SLA_ACHIEVED]
        assert [event.at for event in told] == sorted(event.at for event in told)
        assert events[0].kind is Kind.CREATED
        assert events[0].at == log.tickets[ticket].created_at


def test_read_again_in_pages_of_whole_tickets_it_says_the_same(log: Log) -> None:
    told = 0
    seen: set[str] = set()
    for page in pages(log.reading):
        told += len(page.records)
        tickets = {record.external_id: record for record in page.records if isinstance(record, TicketRecord)}
        events = [record for record in page.records if isinstance(record, EventRecord)]
        assert {event.ticket for event in events} == tickets.keys()
        assert all(log.tickets[ticket] == record for ticket, record in tickets.items())
        assert events == [event for ticket in tickets for event in log.events[ticket]]
        assert not tickets.keys() & seen
        seen |= tickets.keys()
        assert page.seen == told
    assert seen == log.tickets.keys()


def test_a_dry_run_says_what_would_be_imported() -> None:
    report = "\n".join(dry_run(oracle.LOG, read_mapping(MAPPING)).lines())
    assert "141,712 rows, 24,918 tickets, 2016-02-29 to 2017-02-18" in report
    assert "36 columns separated by commas" in report
    assert "-100" in report
    assert "Bad:" not in report


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's own count of memory")
def test_memory_stays_flat() -> None:
    script = (
        "import sys; from pathlib import Path; from bot.desks.csv import read_file; from bot.desks.mapping import read_mapping\n"
        "for _ in read_file(Path(sys.argv[1]), read_mapping(Path(sys.argv[2]))).records(): pass\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, oracle.LOG, MAPPING], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    assert int(told.stdout) < 150_000  # KiB; 60 MB measured
