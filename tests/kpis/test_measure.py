"""Asking: what is counted when, what stands beside it, what is left out, and what cannot be asked like this."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.clock import Grain
from bot.errors import BadRequest
from bot.kpis.query import Filter
from bot.store.engine import Store
from bot.store.records import AgentRecord, EventRecord, Record, ScheduleRecord, SlaPolicyRecord, Target, TeamRecord
from bot.store.tables import Cost, CustomerCount, DeskCursor, Invitation, SurveyAnswer
from bot.store.words import Box, Channel, InvitationState, Kind, Metric, Role, Status, SurveyKind
from bot.store.workspace import Workspace
from bot.windows import Window
from tests.kpis.office import CALENDAR, ask, between, by, days, keep, say, value
from tests.world import BO, CARLA, CAST, DEV, MONDAY, NOW, SOURCE, event, minute, rating, ticket

WEEK = days(MONDAY.replace(hour=0), 7)
OFFICE = ScheduleRecord(
    external_id="office",
    name="Office",
    zone="UTC",
    week=tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(5)),
    is_default=True,
)


def reply(minutes: float, of: str = "1", actor: str = "ana", **changes: Any) -> EventRecord:
    return event(Kind.REPLY, minute(minutes), of=of, actor=actor, **changes)


def solve(minutes: float, of: str = "1") -> EventRecord:
    return event(Kind.STATUS, minute(minutes), of=of, old=Status.OPEN, new=Status.SOLVED, actor="ana")


def reopen(minutes: float, of: str = "1") -> EventRecord:
    return event(Kind.STATUS, minute(minutes), of=of, old=Status.SOLVED, new=Status.OPEN, actor="carla")


def enter(store: Store, *rows: Any) -> None:
    with store.writing() as session:
        session.add_all(rows)


def only(dimension: str, *values: str, negated: bool = False) -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, values=values, negated=negated),)


def test_a_response_counts_when_it_was_given_not_when_the_ticket_came(store: Store) -> None:
    keep(store, *CAST, ticket(), reply(26 * 60))
    assert ask(store, "frt", days(MONDAY.replace(hour=0))).figure.n == 0
    assert ask(store, "frt", days(MONDAY.replace(hour=0) + timedelta(days=1))).figure.value == 26 * 3600


def test_the_clock_of_the_answer_is_the_workspaces_unless_the_question_names_one(store: Store) -> None:
    keep(store, *CAST, OFFICE, ticket(), reply(25 * 60))
    office = Workspace(clock="business")
    assert ask(store, "frt", WEEK, workspace=office).figure.value == 9 * 3600
    assert ask(store, "frt", WEEK, workspace=CALENDAR).figure.value == 25 * 3600
    asked = ask(store, "frt", WEEK, workspace=office, clock="calendar")
    assert (asked.figure.value, asked.clock) == (25 * 3600, "calendar")


def test_a_changed_schedule_recounts_every_ticket(store: Store) -> None:
    keep(store, *CAST, OFFICE, ticket(), reply(25 * 60))
    keep(store, replace(OFFICE, holidays=("2026-11-17",)))
    assert ask(store, "frt", WEEK, clock="business").figure.value == 8 * 3600
    keep(store, TeamRecord(external_id="billing", name="Billing", schedule="night"))
    keep(store, ScheduleRecord(external_id="night", name="Night", zone="UTC", week=((1320, 1440),)))
    assert ask(store, "frt", WEEK, clock="business").figure.value == 2 * 3600


def test_a_changed_role_recounts_the_tickets_of_who_has_it(store: Store) -> None:
    keep(store, *CAST, ticket(), reply(10, actor="bo"), reply(20))
    assert ask(store, "frt", WEEK).figure.value == 600
    keep(store, replace(BO, role=Role.BOT))
    assert ask(store, "frt", WEEK).figure.value == 1200


def test_what_has_not_happened_yet_is_told_beside_it(store: Store) -> None:
    keep(store, *CAST, *(ticket(str(n), created_at=minute(n)) for n in range(1, 7)))
    keep(store, *(reply(n + 10 * n, of=str(n)) for n in (1, 2, 3)))
    answer = ask(store, "frt", WEEK)
    assert (answer.figure.n, answer.figure.value, answer.figure.parts["mean"]) == (3, 1200, 1200)
    assert (answer.pending, answer.oldest_pending) == (3, minute(4))
    unresolved = ask(store, "resolution", WEEK)
    assert (unresolved.figure.value, unresolved.pending, unresolved.oldest_pending) == (None, 6, minute(1))


def test_one_more_unanswered_ticket_changes_only_the_number_waiting(store: Store) -> None:
    keep(store, *CAST, ticket(), reply(10))
    before = ask(store, "frt", WEEK)
    keep(store, ticket("2"))
    after = ask(store, "frt", WEEK)
    assert after.figure == before.figure
    assert (before.pending, after.pending) == (0, 1)


@pytest.mark.parametrize(
    "kpi", ["volume", "solved", "frt", "resolution", "resolution-rate", "reopen-rate", "replies", "csat", "fcr"]
)
def test_what_is_left_out_is_counted_by_its_reason(store: Store, kpi: str) -> None:
    gone = (Status.SPAM, Status.SPAM, Status.DELETED, Status.MERGED)
    keep(store, *CAST, *(ticket(str(n)) for n in range(5)))
    keep(store, *(e for n in range(5) for e in (reply(5, of=str(n)), solve(10, str(n)), reopen(12, str(n)), solve(14, str(n)))))
    keep(store, *(rating(5, minute(20), of=str(n)) for n in range(5)))
    keep(store, *(event(Kind.STATUS, minute(30), of=str(n), old=Status.SOLVED, new=status) for n, status in enumerate(gone)))
    answer = ask(store, kpi, WEEK)
    assert answer.exclusions == {"deleted": 1, "merged": 1, "spam": 2}
    assert max(answer.figure.n, int(answer.figure.parts.get("bottom") or 0)) == 1


def test_as_zendesk_counts_a_merged_ticket_stays_in_every_number(store: Store) -> None:
    merged = event(Kind.STATUS, minute(30), old=Status.OPEN, new=Status.MERGED)
    keep(store, *CAST, ticket(), merged, profile="zendesk")
    assert ask(store, "volume", WEEK).figure.value == 1
    assert ask(store, "resolution-rate", WEEK).figure.value == 100
    assert ask(store, "resolution", WEEK).figure.value == 1800
    assert ask(store, "volume", WEEK).exclusions == {}


def test_the_window_before_has_as_many_days_on_the_same_weekdays(store: Store) -> None:
    keep(store, *CAST, ticket(), *(ticket(f"before-{n}", created_at=MONDAY - timedelta(days=7)) for n in range(4)))
    answer = say(store, "volume 2026-11-16 to 2026-11-17")
    assert answer.previous is not None
    assert (answer.previous.figure.value, answer.previous.change, answer.previous.change_unit) == (4, -75, "percent")
    assert answer.previous.window.start.weekday() == answer.window.start.weekday() == 0


def test_percentages_are_compared_in_points(store: Store) -> None:
    week = timedelta(days=7)
    keep(store, *CAST, *(rating(5, MONDAY, external_id=f"a{n}", of=None) for n in range(4)))
    keep(store, *(rating(s, MONDAY - week, external_id=f"b{s}", of=None) for s in (1, 5)))
    answer = ask(store, "csat", days(MONDAY), versus="previous")
    assert answer.previous is not None
    assert (answer.previous.change, answer.previous.change_unit) == (50, "points")


def test_nothing_before_is_no_change_rather_than_an_endless_one(store: Store) -> None:
    keep(store, *CAST, ticket())
    previous = ask(store, "volume", WEEK, versus="previous").previous
    assert previous is not None
    assert (previous.figure.value, previous.change) == (0, None)


def test_a_stock_is_compared_with_an_instant_a_week_before_its_own(store: Store) -> None:
    keep(store, *CAST, ticket("old", created_at=MONDAY - timedelta(days=20)), ticket())
    answer = ask(store, "backlog", between(MONDAY - timedelta(days=13), NOW), versus="previous")
    assert answer.previous is not None
    assert (answer.figure.value, answer.previous.figure.value) == (2, 1)
    assert answer.previous.window.end == NOW - timedelta(days=7)


def test_empty_days_are_nought_for_counts_and_gaps_for_durations(store: Store) -> None:
    keep(store, *CAST, ticket(), reply(10))
    volume, frt = (ask(store, kpi, WEEK, grain=Grain.DAY).series for kpi in ("volume", "frt"))
    assert [step.figure.value for step in volume] == [1, 0, 0, 0, 0, 0, 0]
    assert [step.figure.value for step in frt] == [600, *[None] * 6]


def test_the_last_piece_of_an_open_window_is_partial(store: Store) -> None:
    keep(store, *CAST, ticket())
    series = say(store, "volume last 2 days including today").series
    assert [step.partial for step in series] == [False, False, True]
    assert series[-1].end == NOW


def test_a_piece_that_the_window_cuts_is_partial_unless_it_is_a_level(store: Store) -> None:
    """Two weeks that end on any day are three pieces by week, and a day of a week is no fall of volume; a backlog is a level."""
    keep(store, *CAST, ticket())
    for ends, cut in ((0, [False, False]), (2, [True, False, True])):
        end = MONDAY.replace(hour=0) + timedelta(days=ends)
        window = replace(WEEK, start=end - timedelta(days=14), end=end)
        assert [step.partial for step in ask(store, "volume", window, grain=Grain.WEEK).series] == cut
        assert not any(step.partial for step in ask(store, "backlog", window, grain=Grain.WEEK).series)


def test_growth_is_not_claimed_over_a_window_in_which_the_history_only_begins(store: Store) -> None:
    keep(store, *CAST, *(ticket(str(n)) for n in range(30)), ticket("before", created_at=MONDAY - timedelta(days=5)))
    since = {SOURCE: MONDAY - timedelta(days=400), "new": MONDAY - timedelta(days=6)}
    enter(store, *(DeskCursor(source=name, stream="tickets", synced_at=NOW, covered_from=at) for name, at in since.items()))
    compared, old = (
        ask(store, "volume", WEEK, versus="previous", filters=filters).previous for filters in ((), only("source", SOURCE))
    )
    assert compared is not None
    assert old is not None
    assert (compared.figure.value, compared.change) == (1, None)
    assert (old.figure.value, old.change) == (1, 2900)


def test_numbers_entered_for_ten_months_are_not_compared_with_those_of_one(store: Store) -> None:
    """A year of losses against a month of them is no decline of retention."""
    keep(store, *CAST, ticket())
    enter(store, _month(9), _month(10), Cost(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), amount_cents=31_000))
    quarter = between(MONDAY.replace(month=8, day=1, hour=0), MONDAY.replace(month=11, day=1, hour=0))
    answer = ask(
        store, "retention", quarter, versus="window", against=between(*(MONDAY.replace(month=m, day=1) for m in (9, 10)))
    )
    assert answer.previous is not None
    assert (answer.previous.change, answer.previous.entered) == (None, (61, 30))
    assert "Customer counts are entered for 61 of the 92 days of this window." in answer.notes
    assert "Costs are entered for 31 of the 92 days of this window." in ask(store, "cost-per-ticket", quarter).notes
    alike = ask(store, "retention", _whole(10), versus="window", against=_whole(9)).previous
    assert alike is not None
    assert (alike.change, alike.entered) == (0, None)


def _whole(month: int) -> Window:
    return between(MONDAY.replace(month=month, day=1, hour=0), MONDAY.replace(month=month + 1, day=1, hour=0))


def _month(month: int) -> CustomerCount:
    last = date(2026, month + 1, 1) - timedelta(days=1)
    return CustomerCount(first_day=date(2026, month, 1), last_day=last, at_start=100, joined=0, lost=10)


def test_the_clock_of_a_time_in_a_filter_is_said_where_the_number_has_none(store: Store) -> None:
    keep(store, *CAST, OFFICE, ticket(), reply(10))
    slow = Filter(dimension="frt", values=("4h",), op=">")
    for clock in ("business", "calendar"):
        told = ask(store, "volume", WEEK, filters=(slow,), workspace=Workspace(clock=clock)).notes
        assert f"frt of the filter: {clock} hours." in told
    assert not any("of the filter" in note for note in ask(store, "frt", WEEK, filters=(slow,)).notes)


def test_all_time_begins_with_the_first_ticket(store: Store) -> None:
    keep(store, *CAST, ticket(created_at=MONDAY - timedelta(days=400)), ticket("2"))
    answer = say(store, "volume all time")
    assert answer.figure.value == 2
    assert len(answer.series) == 14
    assert say(store, "frt all time").series


def test_a_split_in_pieces_has_a_series_for_each_group_and_they_add_up(store: Store) -> None:
    """A group without tickets on a day has nought there, not one day less."""
    billing, tech = ("a", "billing", 0), ("b", "tech", 1500)
    keep(store, *CAST, *(ticket(name, team=team, created_at=minute(at)) for name, team, at in (billing, tech, ("c", "tech", 10))))
    for slug in ("volume", "backlog"):
        answer = ask(store, slug, WEEK, splits=("team",), grain=Grain.DAY)
        assert {row.labels: [step.figure.value for step in row.series][:3] for row in answer.rows} == {
            "volume": {("tech",): [1, 1, 0], ("Billing",): [1, 0, 0]},
            "backlog": {("tech",): [1, 2, 2], ("Billing",): [1, 1, 1]},
        }[slug]
        for place, step in enumerate(answer.series):
            parts = [row.series[place] for row in answer.rows]
            assert {(one.start, one.end, one.partial) for one in parts} == {(step.start, step.end, step.partial)}
            assert sum(one.figure.value or 0 for one in parts) == step.figure.value
    assert not any(row.series for row in ask(store, "volume", WEEK, splits=("team",)).rows)


def test_too_many_points_are_refused_with_a_way_out(store: Store) -> None:
    keep(store, *CAST, ticket())
    with pytest.raises(BadRequest, match="too many points"):
        ask(store, "volume", days(MONDAY - timedelta(days=30), 30), grain=Grain.HOUR)


def test_a_breach_to_come_is_not_one_yet(store: Store) -> None:
    keep(store, *CAST, *_promises(3600), ticket(created_at=NOW - timedelta(minutes=30)))
    assert value(store, "breaches today") == 0
    assert value(store, "sla today") is None
    later = NOW + timedelta(minutes=31)
    assert value(store, "breaches today", now=later) == 1
    assert value(store, "sla today", now=later) == 0


def test_a_window_that_is_over_keeps_its_compliance(store: Store) -> None:
    keep(store, *CAST, *_promises(3600), ticket())
    monday = days(MONDAY.replace(hour=0))
    before = ask(store, "sla", monday).figure
    keep(store, reply(3 * 24 * 60))
    assert ask(store, "sla", monday).figure == before
    assert ask(store, "sla", days(minute(3 * 24 * 60).replace(hour=0))).figure.n == 0


def _promises(target_s: int) -> list[Record]:
    return [SlaPolicyRecord(external_id="p", name="P", targets=(Target(metric=Metric.FIRST_REPLY, target_s=target_s),))]


def test_solved_twice_in_a_window_is_one_ticket_solved(store: Store) -> None:
    keep(store, *CAST, ticket(), solve(10), reopen(15), solve(50))
    assert ask(store, "solved", WEEK).figure.value == 1
    hours = by(ask(store, "solved", WEEK, splits=("hour",)))
    assert {hour: figure.value for hour, figure in hours.items()} == {"09:00": 1}


def test_reopened_more_often_than_solved_passes_a_hundred_and_says_why(store: Store) -> None:
    keep(store, *CAST, ticket("1"), ticket("2"), solve(10), solve(11, "2"), reopen(3000), reopen(3001, "2"), solve(3010))
    answer = ask(store, "reopen-rate", between(minute(2000), minute(4000)))
    assert (answer.figure.value, answer.kpi.may_pass_100) == (200, True)


def test_tickets_per_agent_divides_by_the_people_who_did_anything(store: Store) -> None:
    robo = AgentRecord(external_id="robo", name="Robo", role=Role.BOT)
    keep(store, *CAST, robo, ticket("1"), ticket("2", agent="bo"), ticket("3", agent="robo"), ticket("4", agent=None))
    keep(store, solve(10), solve(11, "2"), event(Kind.STATUS, minute(12), of="3", old=Status.OPEN, new=Status.SOLVED))
    figure = ask(store, "per-agent", WEEK).figure
    assert (figure.parts, figure.value) == ({"top": 3, "bottom": 2}, 1.5)
    keep(store, reply(30, of="4", actor="lena"))
    assert ask(store, "per-agent", WEEK).figure.value == 1


def test_every_agent_who_replied_is_a_row_of_their_own_work(store: Store) -> None:
    keep(store, *CAST, ticket("1", agent="bo"), ticket("2"), reply(10, actor="lena"), reply(20, of="2"))
    rows = by(ask(store, "frt", WEEK, splits=("agent",)))
    assert {name: figure.value for name, figure in rows.items()} == {"Lena": 600, "Ana": 1200}


def test_a_tag_counts_in_each_of_its_rows_and_the_answer_says_so(store: Store) -> None:
    keep(store, *CAST, ticket("1", tags=("vip", "eu")), ticket("2", tags=("vip",)), ticket("3"))
    answer = ask(store, "volume", WEEK, splits=("tag",))
    assert {tag: figure.value for tag, figure in by(answer).items()} == {"vip": 2, "eu": 1}
    assert any("several tags" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("wanted", "negated", "found"),
    [(("vip",), False, 2), (("VIP",), False, 2), (("vip", "eu"), False, 2), (("vip",), True, 1), (("none",), False, 1)],
)
def test_tickets_are_found_by_tag(store: Store, wanted: tuple[str, ...], negated: bool, found: int) -> None:
    keep(store, *CAST, ticket("1", tags=("vip", "eu")), ticket("2", tags=("vip",)), ticket("3"))
    assert ask(store, "volume", WEEK, filters=only("tag", *wanted, negated=negated)).figure.value == found


def test_leaving_something_out_keeps_what_has_no_value(store: Store) -> None:
    keep(store, *CAST, ticket("1"), ticket("2", category=None), ticket("3", category="refund"))
    assert ask(store, "volume", WEEK, filters=only("category", "invoice", negated=True)).figure.value == 2
    assert ask(store, "volume", WEEK, filters=only("category", "none", negated=True)).figure.value == 2
    assert ask(store, "volume", WEEK, filters=only("category", "none", "refund")).figure.value == 2


def test_two_splits_are_in_order_also_where_a_value_is_missing(store: Store) -> None:
    keep(store, *CAST, ticket("1", priority=1, category=None), ticket("2", priority=1), ticket("3", priority=None, category=None))
    rows = ask(store, "volume", WEEK, splits=("priority", "category")).rows
    assert [row.labels for row in rows] == [("urgent", "invoice"), ("urgent", "none"), ("none", "none")]


def test_a_dimension_of_answers_filters_answers_only(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(5))
    assert ask(store, "csat", WEEK, filters=only("scale", "csat-1-5")).figure.n == 1
    with pytest.raises(BadRequest, match="cannot be filtered by scale"):
        ask(store, "volume", WEEK, filters=only("scale", "csat-1-5"))


def test_effort_on_two_scales_has_no_common_mean(store: Store) -> None:
    keep(store, *CAST, _effort("a", "ces-1-7", 7), _effort("b", "ces-1-7", 6), _effort("c", "ces-faces", 10))
    answer = ask(store, "ces", WEEK)
    assert (answer.figure.value, answer.figure.n) == (None, 3)
    assert any("by scale" in note for note in answer.notes)
    rows = by(ask(store, "ces", WEEK, splits=("scale",)))
    assert {scale: figure.value for scale, figure in rows.items()} == {"ces-1-7": 6.5, "ces-faces": 10}
    assert ask(store, "ces", WEEK, filters=only("scale", "ces-1-7")).figure.value == 6.5


def _effort(name: str, scale: str, score: int) -> Record:
    return rating(score, MONDAY, external_id=name, of=None, survey=SurveyKind.CES, scale=scale)


def test_answers_without_a_ticket_count_and_belong_to_their_customer(store: Store) -> None:
    keep(store, CARLA, DEV, ticket(), *(_relation(name, score) for name, score in (("carla", 10), ("dev", 2))))
    assert ask(store, "nps", WEEK).figure.value == 0
    rows = by(ask(store, "nps", WEEK, splits=("customer",)))
    assert {name: figure.value for name, figure in rows.items()} == {"Carla": 100, "Dev": -100}


def _relation(customer: str, score: int) -> Record:
    return rating(score, MONDAY, external_id=customer, of=None, customer=customer, survey=SurveyKind.NPS, scale="nps-0-10")


def test_an_answer_to_a_ticket_that_became_spam_is_left_out(store: Store) -> None:
    keep(store, *CAST, ticket(), ticket("2"), rating(5), rating(1, of="2"))
    keep(store, event(Kind.STATUS, minute(9), of="2", old=Status.OPEN, new=Status.SPAM))
    answer = ask(store, "csat", WEEK)
    assert (answer.figure.value, answer.exclusions) == (100, {"spam": 1})


def test_only_the_latest_answer_about_a_ticket_counts_and_none_that_is_excluded(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(1, minute(5)), rating(5, minute(9), external_id="later"))
    assert ask(store, "csat", WEEK).figure.value == 100
    enter(store, _answer("staff", excluded="agent"))
    assert ask(store, "csat", WEEK).figure.n == 1


def _answer(name: str, **changes: Any) -> SurveyAnswer:
    facts: dict[str, Any] = {"scale": "csat-1-5", "scale_min": 1, "scale_max": 5, "score": 1, "box": Box.NEGATIVE}
    return SurveyAnswer(source="slack", external_id=name, survey=SurveyKind.CSAT, answered_at=MONDAY, **facts, **changes)


def test_the_response_rate_counts_who_was_asked_also_about_the_relation(store: Store) -> None:
    keep(store, *CAST, ticket())
    states = (InvitationState.ANSWERED, InvitationState.SENT, InvitationState.EXPIRED, InvitationState.THROTTLED)
    for number, state in enumerate(states):
        invited = Invitation(
            survey=SurveyKind.NPS,
            scale="nps-0-10",
            ticket_id=None,
            customer_id=number % 2 + 1,
            resolution=number,
            token_hash=str(number),
            state=state,
            decided_at=MONDAY,
            sent_at=None if state is InvitationState.THROTTLED else MONDAY,
        )
        enter(store, invited)
    figure = ask(store, "response-rate", WEEK).figure
    assert (figure.value, figure.n) == (100 / 3, 3)


def test_a_good_bad_survey_has_a_rate_of_its_answers_and_a_rate_of_its_askings(store: Store) -> None:
    keep(store, *CAST, *(_thumb(number, 1 if number < 75 else 0) for number in range(100)), ticket())
    assert ask(store, "csat", WEEK).figure.value == 75


def _thumb(number: int, score: int) -> Record:
    return rating(score, MONDAY, external_id=str(number), of=None, scale="csat-good-bad")


def test_a_cost_counts_by_its_days_within_the_window(store: Store) -> None:
    keep(store, *CAST, *(ticket(str(n)) for n in range(10)))
    enter(store, Cost(first_day=date(2026, 11, 1), last_day=date(2026, 11, 30), amount_cents=300_000))
    assert ask(store, "cost-per-ticket", WEEK).figure.value == 70
    assert ask(store, "cost-per-ticket", days(MONDAY.replace(hour=0))).figure.value == 10
    assert ask(store, "cost-per-ticket", days(MONDAY - timedelta(days=60))).figure.value is None


def test_a_cost_without_tickets_or_tickets_without_a_cost_have_no_cost_per_ticket(store: Store) -> None:
    keep(store, *CAST, ticket())
    assert ask(store, "cost-per-ticket", WEEK).figure.value is None
    enter(store, Cost(first_day=date(2026, 11, 16), last_day=date(2026, 11, 22), amount_cents=5_000))
    assert ask(store, "cost-per-ticket", WEEK).figure.value == 50
    assert ask(store, "cost-per-resolution", WEEK).figure.value is None


def test_cost_by_channel_sets_the_channels_cost_against_the_channels_tickets(store: Store) -> None:
    keep(store, *CAST, ticket("1"), ticket("2"), ticket("3", channel=Channel.CHAT))
    for channel, cents in (("email", 8_000), ("chat", 900), ("", 100_000)):
        enter(store, Cost(first_day=date(2026, 11, 16), last_day=date(2026, 11, 22), amount_cents=cents, channel=channel))
    assert ask(store, "cost-per-ticket", WEEK, filters=only("channel", "email")).figure.value == 40
    for refused in (only("team", "billing"), only("channel", "email", negated=True)):
        with pytest.raises(BadRequest, match="cannot be filtered"):
            ask(store, "cost-per-ticket", WEEK, filters=refused)


def test_a_cost_in_another_currency_is_left_out_and_said(store: Store) -> None:
    keep(store, *CAST, ticket())
    spent = {"first_day": date(2026, 11, 16), "last_day": date(2026, 11, 22)}
    enter(store, Cost(**spent, amount_cents=5_000), Cost(**spent, amount_cents=9_000, currency="EUR", label="tools"))
    answer = ask(store, "cost-per-ticket", WEEK)
    assert answer.figure.value == 50
    assert any("EUR" in note for note in answer.notes)


def test_customers_lost_in_several_periods_are_lost_to_the_customers_of_the_first(store: Store) -> None:
    enter(store, _customers(1, 15, 100, 5, 4), _customers(16, 30, 101, 0, 6))
    november = between(MONDAY.replace(day=1, hour=0), MONDAY.replace(month=12, day=1, hour=0))
    keep(store, *CAST, ticket())
    assert ask(store, "churn", november).figure.value == 10
    assert ask(store, "retention", november).figure.value == 90
    enter(store, _customers(1, 30, 100, 5, 20))
    assert ask(store, "churn", november).figure.value == 20


def _customers(first: int, last: int, at_start: int, joined: int, lost: int) -> CustomerCount:
    days_of = {"first_day": date(2026, 11, first), "last_day": date(2026, 11, last)}
    return CustomerCount(**days_of, at_start=at_start, joined=joined, lost=lost)


@pytest.mark.parametrize(("at_start", "joined", "lost"), [(100, 0, 0), (100, 15, 10), (7, 0, 7), (3, 100, 1)])
def test_retention_and_churn_are_a_hundred_together(store: Store, at_start: int, joined: int, lost: int) -> None:
    keep(store, *CAST, ticket())
    enter(store, _customers(16, 22, at_start, joined, lost))
    told = [ask(store, kpi, WEEK).figure.value for kpi in ("churn", "retention")]
    assert sum(part or 0 for part in told) == pytest.approx(100)


def test_nobody_at_the_start_is_no_rate(store: Store) -> None:
    keep(store, *CAST, ticket())
    enter(store, _customers(16, 22, 0, 5, 0))
    assert ask(store, "churn", WEEK).figure.value is None


def test_numbers_of_the_whole_company_cannot_be_filtered(store: Store) -> None:
    with pytest.raises(BadRequest, match="whole company"):
        ask(store, "churn", WEEK, filters=only("channel", "email"))


def test_a_provisional_number_says_so_until_a_week_is_over(store: Store) -> None:
    keep(store, *CAST, ticket())
    fresh, old = (ask(store, "fcr", window).notes for window in (WEEK, days(MONDAY - timedelta(days=40))))
    assert any("Provisional" in note for note in fresh)
    assert not any("Provisional" in note for note in old)


def test_how_fresh_each_source_is_stands_beside_the_number(store: Store) -> None:
    enter(store, DeskCursor(source="desk", stream="tickets", synced_at=NOW, covered_from=MONDAY))
    enter(store, DeskCursor(source="desk", stream="ratings", synced_at=MONDAY))
    sources = ask(store, "volume", WEEK).sources
    assert [(source.name, source.synced_at) for source in sources] == [("desk", MONDAY)]


def test_days_are_those_of_the_windows_zone(store: Store) -> None:
    keep(store, *CAST, ticket(created_at=MONDAY.replace(hour=23, minute=30)))
    start = MONDAY.replace(day=16, hour=23)
    berlin = Window(start=start, end=start + timedelta(days=1), zone="Europe/Berlin", text="", label="", open=False)
    answer = ask(store, "volume", berlin, splits=("weekday", "hour"))
    assert [row.labels for row in answer.rows] == [("Tue", "00:00")]
