"""The demo desk: believable, the same for the same seed, and never taking back what it said."""

from __future__ import annotations

import statistics
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.desks.demo import DEMO, PAGE_RECORDS
from bot.desks.demo_arrivals import BERLIN
from bot.desks.demo_cast import customers
from bot.desks.demo_hours import OpenHours, open_hours
from bot.desks.demo_plots import LONGEST_DAYS
from bot.desks.desk import Cursor, Page, Pull
from bot.store.records import (
    AgentRecord,
    CustomerRecord,
    EventRecord,
    RatingRecord,
    Record,
    ScheduleRecord,
    SlaPolicyRecord,
    TeamRecord,
    TicketRecord,
)
from bot.store.words import GONE, RESOLVED, UNSOLVED, Actor, Channel, Kind, Role, Status, SurveyKind
from tests.sampling import thorough

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)  # a Friday
HOUR = timedelta(hours=1)
GAPS = (timedelta(minutes=1), HOUR, timedelta(days=1), timedelta(days=40), timedelta(days=200))


def ask(now: datetime = NOW, cursor: Cursor | None = None, seed: str = "") -> list[Page]:
    return list(DEMO.pull(Pull(settings={"seed": seed}, stream="tickets", cursor=cursor, now=now)))


class Told:
    """Records as a store would keep them."""

    def __init__(self, pages: Iterable[Page] = ()) -> None:
        self.tickets: dict[str, TicketRecord] = {}
        self.events: dict[tuple[str, str], EventRecord] = {}
        self.ratings: dict[str, RatingRecord] = {}
        self.others: dict[tuple[type, str], Record] = {}
        self.cursor: Cursor | None = None
        self.add(pages)

    def add(self, pages: Iterable[Page]) -> Told:
        for page in pages:
            for record in page.records:
                self.keep(record)
            self.cursor = page.cursor
        return self

    def keep(self, record: Record) -> None:
        match record:
            case TicketRecord():
                self.tickets[record.external_id] = record
            case EventRecord():
                assert self.events.setdefault((record.ticket, record.key), record) == record, "an event was told differently"
            case RatingRecord():
                self.ratings[record.external_id] = record
            case _:
                self.others[type(record), record.external_id] = record

    def of(self, kind: type) -> list[Record]:
        return [record for (what, _), record in self.others.items() if what is kind]

    def by_ticket(self) -> dict[str, list[EventRecord]]:
        events: dict[str, list[EventRecord]] = defaultdict(list)
        for event in self.events.values():
            events[event.ticket].append(event)
        return {ticket: sorted(steps, key=lambda event: (event.at, event.seq)) for ticket, steps in events.items()}

    def same_as(self, other: Told) -> bool:
        return (self.tickets, self.events, self.ratings) == (other.tickets, other.events, other.ratings)


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return ask()


@pytest.fixture(scope="module")
def told(pages: list[Page]) -> Told:
    return Told(pages)


@pytest.fixture(scope="module")
def by_ticket(told: Told) -> dict[str, list[EventRecord]]:
    return told.by_ticket()


def test_the_same_seed_and_instant_tell_the_same_story(pages: list[Page]) -> None:
    assert ask() == pages


def test_another_seed_tells_another_story_and_two_years_take_seconds(told: Told) -> None:
    began = time.process_time()
    other = Told(ask(seed="other"))
    assert time.process_time() - began < 20  # 2 s measured on an idle core
    assert other.tickets.keys() != told.tickets.keys()
    assert customers("other") != customers("cx")


def test_asking_a_day_later_in_the_same_week_only_adds(told: Told) -> None:
    later = Told(ask(NOW + timedelta(days=1)))
    assert told.events.items() < later.events.items()
    assert told.ratings.items() < later.ratings.items()
    assert told.tickets.keys() < later.tickets.keys()


@pytest.mark.parametrize("gap", GAPS[:: thorough(1, 3)])
def test_a_later_pull_adds_up_to_what_one_pull_would_have_told(gap: timedelta) -> None:
    pieces = Told(ask(NOW, young_cursor(NOW)))
    first = dict(pieces.events)
    pieces.add(ask(NOW + gap, pieces.cursor))
    assert first.items() <= pieces.events.items()
    assert pieces.same_as(Told(ask(NOW + gap, young_cursor(NOW + gap))))


def young_cursor(told: datetime) -> Cursor:
    """As if a first asking at `told` had been cut short with only the last ten weeks left to hand over."""
    data = {"monday": "2026-11-16", "since": 0, "told": int(told.timestamp()), "holidays_to": 2027, "next_day": "2026-09-07"}
    return Cursor(data=data)


def test_many_small_pulls_add_up_to_one() -> None:
    pieces, at = Told(ask(NOW, young_cursor(NOW))), NOW
    for _ in range(thorough(30, 6)):
        at += timedelta(minutes=47, seconds=13)
        pieces.add(ask(at, pieces.cursor))
    assert pieces.same_as(Told(ask(at, young_cursor(at))))


def test_a_pull_cut_short_goes_on_where_it_stopped(pages: list[Page], told: Told) -> None:
    later = NOW + timedelta(days=2)
    whole = Told(pages).add(ask(later, told.cursor))
    for stop in (len(pages) // 2, len(pages) - 1)[: thorough(2, 1)]:
        cut = Told(pages[:stop])
        assert cut.add(ask(later, cut.cursor)).same_as(whole)


def test_a_pull_when_nothing_happened_is_one_empty_last_page(told: Told) -> None:
    (page,) = ask(NOW, told.cursor)
    assert (page.records, page.more) == ((), False)


def test_a_new_year_brings_its_holidays(told: Told) -> None:
    first, *_ = ask(NOW + timedelta(days=60), told.cursor)
    schedules = [record for record in first.records if isinstance(record, ScheduleRecord)]
    assert any("2028-01-01" in schedule.holidays for schedule in schedules)


def test_pages_are_bounded_and_say_how_far_they_reach(pages: list[Page]) -> None:
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
    assert max(len(page.records) for page in pages) < 3 * PAGE_RECORDS
    reached = [page.covered_until for page in pages if page.covered_until]
    assert reached == sorted(reached)
    assert pages[-1].covered_until == NOW
    assert pages[-1].covered_from == datetime(2024, 11, 10, 23, tzinfo=UTC)


def test_every_ticket_of_a_page_is_covered_by_it(pages: list[Page]) -> None:
    for page in pages[1:]:
        assert page.covered_until is not None
        assert all(record.created_at <= page.covered_until for record in page.records if isinstance(record, TicketRecord))


def test_references_point_at_records_already_told(pages: list[Page]) -> None:
    known: set[str] = set()
    for page in pages:
        known |= {record.external_id for record in page.records if not isinstance(record, (EventRecord, RatingRecord))}
        for record in page.records:
            assert references(record) <= known


def references(record: Record) -> set[str]:
    match record:
        case TicketRecord():
            named = {record.team, record.agent, record.customer, record.merged_into}
        case EventRecord():
            named = {record.ticket, record.actor}
        case RatingRecord():
            named = {record.ticket, record.agent, record.customer}
        case _:
            named = set()
    return {name for name in named if name}


def test_nothing_lies_in_the_future(told: Told) -> None:
    assert max(event.at for event in told.events.values()) <= NOW
    assert max(rating.answered_at for rating in told.ratings.values()) <= NOW
    assert max(ticket.updated_at for ticket in told.tickets.values()) <= NOW


def test_events_of_a_ticket_are_in_order_and_begin_with_its_creation(told: Told, by_ticket: dict[str, list[EventRecord]]) -> None:
    for ticket, events in by_ticket.items():
        assert [event.seq for event in events] == list(range(len(events)))
        assert (events[0].kind, events[0].at) == (Kind.CREATED, told.tickets[ticket].created_at)
        assert told.tickets[ticket].version == len(events)


def test_a_ticket_stands_as_its_events_say(told: Told, by_ticket: dict[str, list[EventRecord]]) -> None:
    for ticket, events in by_ticket.items():
        record = told.tickets[ticket]
        assert record.status == chain(events, Kind.STATUS, Status.NEW)
        assert record.team == chain(events, Kind.TEAM, None)
        assert record.agent == chain(events, Kind.ASSIGNED, None)
        assert record.updated_at == events[-1].at


def chain(events: Sequence[EventRecord], kind: Kind, first: str | None) -> str | None:
    """The last value of a field, after checking that each change starts from the one before."""
    value = first
    for event in events:
        if event.kind is kind:
            assert event.old == value, event
            assert event.new != value, event
            value = event.new
    return value


def test_no_story_is_longer_than_a_later_pull_looks_back(by_ticket: dict[str, list[EventRecord]]) -> None:
    assert max(events[-1].at - events[0].at for events in by_ticket.values()) < timedelta(days=LONGEST_DAYS)


def test_the_size_is_that_of_a_team_of_a_dozen(told: Told) -> None:
    per_day = Counter(local_days(told))
    working = [count for day, count in per_day.items() if day.weekday() < 5]
    weekend = [count for day, count in per_day.items() if day.weekday() >= 5]
    assert 25 <= statistics.median(working) <= 40
    assert statistics.median(weekend) < statistics.median(working) / 2
    assert 15_000 < len(told.tickets) < 20_000
    assert 100_000 < len(told.events) < 200_000


def local_days(told: Told) -> Iterator[datetime]:
    return (ticket.created_at.astimezone(BERLIN).replace(hour=0, minute=0, second=0) for ticket in told.tickets.values())


def test_mondays_are_busiest_and_mornings_rush(told: Told) -> None:
    by_weekday = Counter(day.weekday() for day in local_days(told))
    assert by_weekday.most_common(1)[0][0] == 0
    by_hour = Counter(ticket.created_at.astimezone(BERLIN).hour for ticket in told.tickets.values())
    assert by_hour[10] > 3 * by_hour[20] > 3 * by_hour[3]


def test_there_was_an_outage_three_weeks_ago_and_a_hiccup_last_week(told: Told) -> None:
    logins = Counter(
        ticket.created_at.astimezone(BERLIN).date() for ticket in told.tickets.values() if ticket.category == "Login & access"
    )
    (worst, most), *_ = logins.most_common(1)
    assert 19 <= (NOW.date() - worst).days <= 27
    assert most > 8 * statistics.median(logins.values())
    hiccup = Counter(
        ticket.created_at.astimezone(BERLIN).date() for ticket in told.tickets.values() if "sync-delay" in ticket.tags
    )
    assert [4 <= (NOW.date() - day).days <= 10 for day in hiccup] == [True]


def test_days_when_clocks_change_keep_their_tickets(told: Told) -> None:
    days = Counter(day.date().isoformat() for day in local_days(told))
    assert all(days[day] >= 1 for day in ("2025-03-30", "2025-10-26", "2026-03-29", "2026-10-25"))


def test_the_backlog_is_believable_and_some_of_it_is_late(told: Told) -> None:
    waiting = [ticket for ticket in told.tickets.values() if ticket.status in UNSOLVED]
    assert 100 <= len(waiting) <= 220
    assert {ticket.status for ticket in waiting} == set(UNSOLVED)
    assert sum(NOW - ticket.created_at > timedelta(days=7) for ticket in waiting) >= 10


def test_numbers_are_sane(told: Told, by_ticket: dict[str, list[EventRecord]]) -> None:
    first_replies, reopened, solved = [], 0, 0
    laid_out = hours_by_team(told)
    for ticket, events in by_ticket.items():
        record = told.tickets[ticket]
        if record.status in GONE:
            continue
        reply = next((event for event in events if event.kind is Kind.REPLY and event.actor_kind is Actor.AGENT), None)
        if reply and record.team and events[0].actor_kind is Actor.CUSTOMER:
            first_replies.append(open_seconds(laid_out[record.team], record.created_at, reply.at))
        statuses = [event for event in events if event.kind is Kind.STATUS]
        solved += any(event.new == Status.SOLVED for event in statuses)
        reopened += any(event.old in RESOLVED and event.new in UNSOLVED for event in statuses)
    assert 40 * 60 <= statistics.median(first_replies) <= 60 * 60
    assert 0.04 <= reopened / solved <= 0.07
    scores = [rating.score for rating in told.ratings.values() if rating.survey is SurveyKind.CSAT]
    assert 0.88 <= sum(score >= 4 for score in scores) / len(scores) <= 0.93
    assert 0.15 <= len(scores) / solved <= 0.35


def hours_by_team(told: Told) -> dict[str, OpenHours]:
    schedules = {schedule.external_id: schedule for schedule in told.of(ScheduleRecord) if isinstance(schedule, ScheduleRecord)}
    span = datetime(2024, 10, 1, tzinfo=UTC).date(), datetime(2027, 12, 31, tzinfo=UTC).date()
    teams = [team for team in told.of(TeamRecord) if isinstance(team, TeamRecord)]
    return {team.external_id: open_hours(schedules[team.schedule or ""], *span) for team in teams}


def open_seconds(hours: OpenHours, start: datetime, end: datetime) -> int:
    low, high = int(start.timestamp()), int(end.timestamp())
    return sum(max(0, min(high, stop) - max(low, begin)) for begin, stop in stretches(hours, low, high))


def stretches(hours: OpenHours, low: int, high: int) -> Iterator[tuple[int, int]]:
    first, last = bisect_right(hours.ends, low), bisect_right(hours.starts, high)
    return zip(hours.starts[first:last], hours.ends[first:last], strict=True)


def test_every_word_of_the_store_is_spoken(told: Told) -> None:
    assert {ticket.status for ticket in told.tickets.values()} == set(Status)
    assert {ticket.channel for ticket in told.tickets.values()} == set(Channel) - {Channel.API, Channel.OTHER}
    assert {ticket.priority for ticket in told.tickets.values()} == {1, 2, 3, 4}
    assert {rating.survey for rating in told.ratings.values()} == set(SurveyKind)
    kinds = {event.kind for event in told.events.values()}
    assert kinds >= {Kind.CREATED, Kind.STATUS, Kind.ASSIGNED, Kind.TEAM, Kind.PRIORITY, Kind.CATEGORY, Kind.REPLY, Kind.NOTE}
    assert {event.actor_kind for event in told.events.values()} == set(Actor)


def test_reopens_come_from_customers_and_from_agents(told: Told) -> None:
    reopens = [event for event in told.events.values() if event.old in RESOLVED and event.new == Status.OPEN]
    by = Counter(event.actor_kind for event in reopens)
    assert by[Actor.CUSTOMER] > by[Actor.AGENT] > 0


def test_only_some_teams_log_their_time(told: Told) -> None:
    worked = {told.tickets[event.ticket].team for event in told.events.values() if event.worked_s}
    assert {"support", "billing"} <= worked
    live = [event for event in told.events.values() if told.tickets[event.ticket].team == "live"]
    assert not any(event.worked_s for event in live)


def test_merged_tickets_say_into_which_older_one_of_the_same_customer(told: Told) -> None:
    merged = [ticket for ticket in told.tickets.values() if ticket.status is Status.MERGED]
    assert len(merged) > 50
    for ticket in merged:
        other = told.tickets[ticket.merged_into or ""]
        assert other.customer == ticket.customer
        assert other.created_at <= ticket.created_at
        assert other.status is not Status.MERGED


def test_a_ticket_not_yet_merged_does_not_know_its_future(told: Told) -> None:
    assert all(ticket.merged_into is None for ticket in told.tickets.values() if ticket.status is not Status.MERGED)


def test_the_cast_of_the_sandbox_is_here_and_addresses_are_nobodys(told: Told) -> None:
    people = [one for kind in (AgentRecord, CustomerRecord) for one in told.of(kind)]
    emails = [one.email for one in people if isinstance(one, AgentRecord | CustomerRecord) and one.email]
    assert {"ana@example.com", "bo@example.com", "lena@example.com"} <= set(emails)
    assert {"carla.customer@example.com", "dev.customer@example.com"} <= set(emails)
    assert all(email.isascii() and email.endswith(("@example.com", "@example.org")) for email in emails)
    assert len(emails) == len(set(emails)) == len(people)
    assert {one.role for one in people if isinstance(one, AgentRecord)} == set(Role)


@pytest.mark.parametrize("when", [NOW, datetime(2026, 11, 22, 2, 15, tzinfo=UTC), datetime(2026, 12, 25, 12, tzinfo=UTC)])
def test_the_customers_of_the_sandbox_always_have_a_ticket_solved_within_a_day(when: datetime) -> None:
    story = Told(ask(when, young_cursor(when)))
    for customer in ("c-1", "c-2"):
        solved = [event.at for event in story.events.values() if event.new == Status.SOLVED and owner(story, event) == customer]
        assert when - max(solved) < timedelta(hours=26)


def owner(story: Told, event: EventRecord) -> str | None:
    return story.tickets[event.ticket].customer


def test_the_former_agent_gets_no_work_after_leaving(told: Told) -> None:
    (tom,) = [one for one in told.of(AgentRecord) if isinstance(one, AgentRecord) and one.role is Role.FORMER]
    assigned = [event.at for event in told.events.values() if event.kind is Kind.ASSIGNED and event.new == tom.external_id]
    assert assigned
    assert NOW - max(assigned) > timedelta(days=100)


def test_agents_reply_in_their_teams_hours(told: Told, by_ticket: dict[str, list[EventRecord]]) -> None:
    laid_out = hours_by_team(told)
    replies = [
        (told.tickets[ticket].team, events[index])
        for ticket, events in by_ticket.items()
        for index in range(len(events))
        if events[index].kind is Kind.REPLY and events[index].actor_kind is Actor.AGENT
    ]
    # A hand-over changes the team after the fact, so only tickets that kept theirs are judged.
    kept = {ticket for ticket, events in by_ticket.items() if sum(event.kind is Kind.TEAM for event in events) == 1}
    outside = [1 for team, event in replies if event.ticket in kept and team and not on_duty(laid_out[team], event.at)]
    assert not outside


def on_duty(hours: OpenHours, at: datetime) -> bool:
    # The very last second of a shift still counts: `after` may land on it.
    return hours.is_open(int(at.timestamp())) or hours.is_open(int(at.timestamp()) - 1)


def test_subjects_are_as_odd_as_real_ones(told: Told) -> None:
    subjects = {ticket.subject for ticket in told.tickets.values()}
    assert "" in subjects
    for oddity in ("<!channel>", "*URGENT*", "&lt;", "🚀", "=HYPERLINK", "<@", "\u202e", "ログイン", "فاتورة"):
        assert any(oddity in subject for subject in subjects), oddity
    assert max(map(len, subjects)) > 300


def test_categories_have_the_shape_of_pareto(told: Told) -> None:
    shares = [
        count / len(told.tickets) for _, count in Counter(ticket.category for ticket in told.tickets.values()).most_common()
    ]
    assert len(shares) == 11  # ten and none
    assert sum(shares[:4]) > 0.55
    assert shares[-2] < 0.03


def test_there_are_policies_on_both_clocks_and_hours_of_four_kinds(told: Told) -> None:
    targets = [target for policy in told.of(SlaPolicyRecord) if isinstance(policy, SlaPolicyRecord) for target in policy.targets]
    assert {target.business for target in targets} == {True, False}
    schedules = [one for one in told.of(ScheduleRecord) if isinstance(one, ScheduleRecord)]
    assert {schedule.zone for schedule in schedules} == {"Europe/Berlin", "America/New_York", "UTC"}
    assert [schedule.external_id for schedule in schedules if schedule.is_default] == ["berlin"]
    assert {len(schedule.week) for schedule in schedules} == {1, 5, 10}
    assert ZoneInfo("Europe/Berlin") is BERLIN
