"""Time in each status and business time: which clock counts, when it is recorded, and which schedule is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.facts.derive import Facts
from bot.facts.hours import clock_of
from bot.facts.life import Moment
from bot.facts.profiles import ARTICLES, ZENDESK
from bot.facts.schedules import Schedule
from bot.store.columns import seconds
from bot.store.words import Kind, Status
from tests.facts.lives import DAY, HOUR, RULES, assigned, becomes, facts, minutes_of, moment, opened, reopened, says, solved

WAITS = ("requester_wait", "agent_wait", "on_hold", "agent_work")


def waits(found: Facts) -> dict[str, tuple[float, float] | None]:
    return {name: minutes_of(getattr(found, name)) for name in WAITS}


def test_new_and_open_are_agent_work_and_the_requester_waits_also_on_hold() -> None:
    found = facts(
        opened(),
        becomes(Status.OPEN, 10),
        becomes(Status.PENDING, 30),
        becomes(Status.HOLD, 70),
        becomes(Status.OPEN, 150),
        solved(310),
    )
    assert waits(found) == {
        "requester_wait": (10 + 20 + 80 + 160, 270),
        "agent_wait": (40, 40),
        "on_hold": (80, 80),
        "agent_work": (10 + 20 + 160, 190),
    }


def test_the_time_in_the_status_a_ticket_still_has_is_recorded_when_it_ends() -> None:
    found = facts(opened(), becomes(Status.OPEN, 10), becomes(Status.PENDING, 30))
    assert waits(found)["agent_wait"] == (0, 0)
    assert waits(found)["agent_work"] == (30, 30)


def test_handing_over_an_open_ticket_records_no_part_of_its_wait() -> None:
    # The stretch ends with the hand-over, but the status goes on.
    found = facts(opened(), becomes(Status.OPEN, 10), assigned("bo", 20), moment(Kind.PRIORITY, 25, old="3", new="1"))
    assert waits(found)["agent_work"] == (10, 10)


def test_time_after_the_solve_is_nobodys_wait_and_a_reopened_ticket_waits_again() -> None:
    found = facts(opened(), solved(60), reopened(200), solved(230))
    assert waits(found)["requester_wait"] == (90, 90)


def test_waits_over_a_night_have_business_time_of_their_own() -> None:
    found = facts(opened(), becomes(Status.PENDING, 7 * HOUR), becomes(Status.OPEN, DAY + HOUR), solved(DAY + 2 * HOUR))
    assert waits(found)["agent_wait"] == (18 * HOUR, 2 * HOUR)


def test_spam_and_deletion_are_no_wait() -> None:
    found = facts(opened(), becomes(Status.DELETED, 10), becomes(Status.OPEN, 300), solved(310))
    assert waits(found)["requester_wait"] == (20, 20)


def test_without_any_schedule_business_time_is_calendar_time() -> None:
    found = facts(opened(), says("ana", 20 * HOUR), solved(3 * DAY), rules=replace(RULES, clocks={}))
    assert found.first_response_s == (20 * 3600, 20 * 3600)
    assert found.full_resolution_s == (3 * 86_400, 3 * 86_400)


def test_each_team_works_by_its_own_schedule_for_the_time_it_has_the_ticket() -> None:
    # Office hours run to 17:00; the evening team, which has it from 15:00, works from 13:00 to 21:00.
    handed = moment(Kind.TEAM, 6 * HOUR, old="day", new="evening")
    found = facts(opened(), handed, solved(11 * HOUR), team="evening")
    assert minutes_of(found.full_resolution_s) == (11 * HOUR, 6 * HOUR + 5 * HOUR)


def test_the_schedule_a_ticket_was_given_outranks_its_teams() -> None:
    given = moment(Kind.SCHEDULE, 0, old=None, new="late")
    found = facts(opened(), given, solved(6 * HOUR))
    assert minutes_of(found.full_resolution_s) == (6 * HOUR, 2 * HOUR)


def test_a_schedule_that_nobody_knows_falls_back_to_the_default() -> None:
    given = moment(Kind.SCHEDULE, 0, old=None, new="forgotten")
    assert minutes_of(facts(opened(), given, solved(60)).full_resolution_s) == (60, 60)


def test_a_schedule_counts_for_the_time_it_was_in_force() -> None:
    given = moment(Kind.SCHEDULE, 4 * HOUR, old=None, new="late")
    found = facts(opened(), given, solved(DAY + HOUR))
    # Office from 9 to 13, late from 13 to 21; the next day begins at 13.
    assert minutes_of(found.full_resolution_s) == (25 * HOUR, 12 * HOUR)


def test_as_zendesk_counts_the_schedule_at_the_end_counts_for_the_whole_span() -> None:
    given = moment(Kind.SCHEDULE, 4 * HOUR, old=None, new="late")
    found = facts(opened(), given, solved(DAY + HOUR), rules=replace(RULES, profile=ZENDESK))
    assert minutes_of(found.full_resolution_s) == (25 * HOUR, 8 * HOUR)


def test_as_zendesk_counts_each_wait_goes_by_the_schedule_at_the_change_of_status() -> None:
    given = moment(Kind.SCHEDULE, 2 * HOUR, old=None, new="late")
    rules = replace(RULES, profile=ZENDESK)
    found = facts(opened(), becomes(Status.OPEN, HOUR), given, becomes(Status.PENDING, 6 * HOUR), rules=rules)
    # New until ten by the office's hours; open from ten to three, all of it by the late ones, which begin at one.
    assert waits(found)["agent_work"] == (6 * HOUR, HOUR + 2 * HOUR)


def _from_sunday(slug: str, *pairs: tuple[int, int]) -> Schedule:
    """Opening minutes counted from Sunday 00:00 UTC."""
    return Schedule(
        slug=slug, zone="UTC", week=tuple(((start - DAY) % (7 * DAY), (end - DAY) % (7 * DAY)) for start, end in pairs)
    )


FIRST = _from_sunday("first", (720, 1560), (2160, 3000), (3600, 4440), (5040, 5880), (6480, 7320), (7920, 8760), (9360, 10200))
SECOND = _from_sunday("second", (2340, 2910), (3780, 4350), (5220, 5790), (6660, 7230), (8100, 8670))


@pytest.mark.parametrize(("profile", "minutes"), [(ARTICLES, 960.1333), (ZENDESK, 690.1333)])
def test_the_decision_log_of_dbt_zendesk_over_all_schedules_and_by_the_last_only(profile: object, minutes: float) -> None:
    created, switched, replied = (
        seconds(datetime.fromisoformat(text).replace(tzinfo=UTC))
        for text in ("2020-09-29T17:01:38", "2020-09-30T19:01:25", "2020-09-30T19:01:46")
    )
    rules = replace(RULES, profile=profile, clocks={"first": clock_of(FIRST), "second": clock_of(SECOND)})
    given = Moment(created, 1, "1", Kind.SCHEDULE, new="first")
    changed = Moment(switched, 0, "2", Kind.SCHEDULE, old="first", new="second")
    reply = Moment(replied, 0, "3", Kind.REPLY, actor="ana")
    found = facts(given, changed, reply, rules=rules, created_at=created)
    assert found.first_response_s is not None
    assert found.first_response_s[0] == replied - created
    assert found.first_response_s[1] / 60 == pytest.approx(minutes, abs=0.0001)
