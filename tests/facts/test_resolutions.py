"""Solves and reopens, what still holds, first contact and one touch, and tickets that went away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.facts.life import Moment
from bot.facts.profiles import ARTICLES, INTERCOM, ZENDESK
from bot.store.words import Actor, Kind, Status
from tests.facts.lives import (
    DAY,
    RULES,
    assigned,
    at,
    becomes,
    facts,
    life,
    minutes_of,
    moment,
    opened,
    reopened,
    says,
    solved,
)


def solves(*moments: Moment, **changes: object) -> list[tuple[int, int | None]]:
    """When it was solved, and when reopened."""
    return [(solve.at, solve.reopened_at) for solve in facts(*moments, **changes).history.solves]  # type: ignore[arg-type]


def test_resolution_is_from_creation_to_the_last_solve() -> None:
    found = facts(opened(), solved(60), reopened(90), solved(200))
    assert minutes_of(found.first_resolution_s) == (60, 60)
    assert minutes_of(found.full_resolution_s) == (200, 200)


def test_a_ticket_that_is_open_again_has_no_full_resolution_but_keeps_its_first() -> None:
    found = facts(opened(), solved(60), reopened(90))
    assert (found.full_resolution, found.full_resolution_s) == (None, None)
    assert minutes_of(found.first_resolution_s) == (60, 60)


def test_a_close_without_a_solve_counts_as_the_solve() -> None:
    found = facts(opened(), becomes(Status.CLOSED, 45))
    assert minutes_of(found.full_resolution_s) == (45, 45)


def test_a_close_after_the_solve_is_no_second_one() -> None:
    assert solves(opened(), solved(60), becomes(Status.CLOSED, 4 * DAY, None)) == [(at(60), None)]


def test_a_reopen_says_who_and_when() -> None:
    found = facts(opened(), solved(60), reopened(90, "carla"), solved(100), reopened(120, "bo"), solved(130))
    assert [(s.reopened_at, s.reopened_by) for s in found.history.solves] == [
        (at(90), Actor.CUSTOMER),
        (at(120), Actor.AGENT),
        (None, None),
    ]


def test_a_reopen_by_an_automation_is_one_too() -> None:
    found = facts(opened(), solved(60), reopened(90, None))
    assert found.history.solves[0].reopened_by is Actor.SYSTEM


def test_a_change_between_unsolved_statuses_reopens_nothing() -> None:
    assert solves(opened(), becomes(Status.OPEN, 1), becomes(Status.PENDING, 2), becomes(Status.OPEN, 3)) == []


def test_the_assignee_at_the_solve_has_solved_it_whoever_pressed_the_button() -> None:
    found = facts(opened(), assigned("ana", 5), solved(60, by="bo"), assigned("bo", 70, old="ana"))
    assert found.full_resolution is not None
    assert found.full_resolution.agent == "ana"


@pytest.mark.parametrize(("by", "solver"), [("bo", "bo"), ("carla", None), ("robo", None), (None, None)])
def test_of_a_ticket_nobody_has_an_agent_who_solves_it_is_its_solver_and_nobody_else(by: str | None, solver: str | None) -> None:
    found = facts(opened(), solved(60, by=by))
    assert found.full_resolution is not None
    assert found.full_resolution.agent == solver


def test_a_ticket_told_to_be_created_as_solved_was_solved_at_once() -> None:
    found = facts(opened(new=Status.SOLVED), status=Status.SOLVED)
    assert found.full_resolution_s == (0, 0)


def test_a_ticket_found_solved_has_no_time_of_resolution_rather_than_none_at_all() -> None:
    found = facts(status=Status.SOLVED)
    assert (found.status, found.full_resolution_s) == (Status.SOLVED, None)


def test_a_first_event_that_reopens_tells_of_a_solve_before_it() -> None:
    assert solves(reopened(90), solved(200)) == [(at(0), at(90)), (at(200), None)]


def test_a_solved_ticket_restored_from_deletion_is_still_solved_since_then() -> None:
    gone = becomes(Status.DELETED, 100, old=Status.SOLVED), becomes(Status.SOLVED, 200, old=Status.DELETED)
    assert solves(opened(), solved(60), *gone) == [(at(60), None)]


def test_a_solved_ticket_restored_from_deletion_as_open_is_reopened() -> None:
    gone = becomes(Status.DELETED, 100, old=Status.SOLVED), becomes(Status.OPEN, 200, old=Status.DELETED)
    found = facts(opened(), solved(60), *gone)
    assert [(s.at, s.reopened_at) for s in found.history.solves] == [(at(60), at(200))]
    assert found.full_resolution_s is None


def test_a_ticket_saved_from_spam_as_solved_was_solved_then() -> None:
    saved = becomes(Status.SPAM, 10), becomes(Status.SOLVED, 20, old=Status.SPAM)
    assert solves(opened(), *saved, reopened(30)) == [(at(20), at(30))]


@pytest.mark.parametrize("status", [Status.SPAM, Status.DELETED, Status.MERGED])
def test_spam_deleted_and_merged_tickets_are_left_out_with_the_reason(status: Status) -> None:
    assert facts(opened(), becomes(status, 10)).excluded == status
    assert facts(opened(), becomes(status, 10), becomes(Status.OPEN, 20, old=status)).excluded is None


def test_as_zendesk_counts_a_merged_ticket_is_a_closed_one() -> None:
    found = facts(opened(), becomes(Status.MERGED, 10), rules=replace(RULES, profile=ZENDESK))
    assert (found.excluded, found.status) == (None, Status.CLOSED)
    assert minutes_of(found.full_resolution_s) == (10, 10)
    assert facts(opened(), becomes(Status.SPAM, 10), rules=replace(RULES, profile=ZENDESK)).excluded == "spam"


def test_spam_that_no_event_tells_of_is_left_out() -> None:
    found = facts(opened(), says("ana", 5), status=Status.SPAM, updated_at=at(30))
    assert (found.excluded, found.history.stretches[-1].start) == ("spam", at(30))


def test_a_status_that_no_event_tells_of_holds_from_the_last_update() -> None:
    found = facts(opened(), becomes(Status.OPEN, 5), status=Status.SOLVED, updated_at=at(30))
    assert minutes_of(found.full_resolution_s) == (30, 30)


def test_an_event_later_than_the_tickets_own_row_outranks_it() -> None:
    found = facts(opened(), solved(60), status=Status.OPEN, updated_at=at(30))
    assert (found.status, minutes_of(found.full_resolution_s)) == (Status.SOLVED, (60, 60))


def test_at_an_instant_before_the_last_update_its_status_was_not_known() -> None:
    found = facts(opened(), status=Status.SPAM, updated_at=at(30), until=20)
    assert (found.status, found.excluded) == (Status.NEW, None)


@pytest.mark.parametrize(("replies", "touch"), [(0, False), (1, True), (2, False)])
def test_one_touch_is_exactly_one_public_agent_reply(replies: int, touch: bool) -> None:
    assert facts(opened(), *(says("ana", n) for n in range(replies)), solved(60)).one_touch is touch


def test_as_zendesk_counts_no_reply_is_one_touch_too() -> None:
    rules = replace(RULES, profile=ZENDESK)
    assert [facts(opened(), *(says("ana", n) for n in range(k)), solved(60), rules=rules).one_touch for k in range(3)] == [
        True,
        True,
        False,
    ]


def test_first_contact_and_one_touch_say_nothing_about_a_ticket_that_is_not_resolved() -> None:
    found = facts(opened(), says("ana", 5), solved(10), reopened(20))
    assert (found.one_touch, found.first_contact) == (None, None)


def test_first_contact_is_at_most_one_reply_and_nothing_after_it() -> None:
    assert facts(opened(), solved(10)).first_contact is True
    assert facts(opened(), says("ana", 5), solved(10)).first_contact is True
    assert facts(opened(), says("ana", 5), says("ana", 6), solved(10)).first_contact is False
    assert facts(opened(), says("ana", 5), says("carla", 6), solved(10)).first_contact is False
    assert facts(opened(), solved(10), says("carla", 20)).first_contact is False


def test_what_the_customer_adds_before_the_reply_belongs_to_the_first_contact() -> None:
    assert facts(opened(), says("carla", 2), says("ana", 5), solved(10)).first_contact is True


@pytest.mark.parametrize(("days", "contact"), [(0.5, False), (7, False), (7 + 1 / 86_400, True), (30, True)])
def test_a_reopen_within_seven_days_of_the_solve_undoes_the_first_contact(days: float, contact: bool) -> None:
    again = reopened(10 + days * DAY), becomes(Status.CLOSED, 10 + days * DAY + 60)
    assert facts(opened(), says("ana", 5), solved(10), *again).first_contact is contact


def test_the_number_of_days_belongs_to_the_profile() -> None:
    rules = replace(RULES, profile=replace(ARTICLES, first_contact_days=1))
    assert facts(opened(), solved(10), reopened(10 + 2 * DAY), solved(9_000), rules=rules).first_contact is True


def test_as_intercom_counts_first_contact_is_closed_once_by_one_teammate() -> None:
    rules = replace(RULES, profile=INTERCOM)
    talk = says("ana", 5), says("carla", 6), says("ana", 7)
    assert facts(opened(), *talk, solved(10), rules=rules).first_contact is True
    assert facts(opened(), *talk, says("bo", 8), solved(10), rules=rules).first_contact is False
    assert facts(opened(), *talk, solved(10), reopened(9 * DAY), solved(10 * DAY), rules=rules).first_contact is False


def test_handling_time_is_what_was_logged_with_comments_notes_and_alone() -> None:
    logged = says("ana", 5, worked_s=120), moment(Kind.NOTE, 6, worked_s=60), moment(Kind.WORKED, 7, worked_s=30)
    assert facts(opened(), *logged).handling_s == 210


def test_logged_events_outrank_the_desks_total_and_without_either_there_is_no_data() -> None:
    assert facts(opened(), handled_s=900).handling_s == 900
    assert facts(opened(), says("ana", 5, worked_s=0), handled_s=900).handling_s == 0
    assert facts(opened(), says("ana", 5)).handling_s is None


def test_reassignments_are_changes_after_the_first_assignment() -> None:
    handed = assigned("ana", 1), assigned("bo", 2, old="ana"), assigned("ana", 3, old="bo")
    found = facts(opened(), *handed).history
    assert (found.reassignments, len(set(found.agents))) == (2, 2)


def test_handing_a_ticket_back_to_the_queue_is_no_reassignment_until_somebody_else_takes_it() -> None:
    back = assigned("ana", 1), assigned(None, 2, old="ana")
    assert facts(opened(), *back).history.reassignments == 0
    assert facts(opened(), *back, assigned("ana", 3)).history.reassignments == 0
    assert facts(opened(), *back, assigned("bo", 3)).history.reassignments == 1


def test_who_had_the_ticket_from_the_start_is_the_first_station() -> None:
    found = facts(opened(), assigned("bo", 2, old="ana"), agent="bo").history
    assert (found.reassignments, found.agents) == (1, ["ana", "bo"])
    assert facts(opened(), agent="ana").history.agents == ["ana"]


def test_group_stations_are_different_teams() -> None:
    moves = moment(Kind.TEAM, 1, old="first", new="second"), moment(Kind.TEAM, 2, old="second", new="first")
    assert set(facts(opened(), *moves, team="first").history.teams) == {"first", "second"}


def test_what_held_before_the_first_change_is_what_the_change_says() -> None:
    changes = moment(Kind.PRIORITY, 10, old="4", new="1"), moment(Kind.TEAM, 20, old="first", new="second")
    found = facts(opened(), *changes, priority=1, team="second").history.stretches
    assert [(s.priority, s.team) for s in found] == [(4, "first"), (1, "first"), (1, "second")]


def test_what_never_changed_is_what_holds_today() -> None:
    only = facts(opened(None, new=None), status=Status.PENDING, priority=2, team="first", agent="ana").history.stretches
    assert only == [(Status.PENDING, "first", "ana", 2, None, at(0), None, None)]


def test_a_category_at_an_instant_is_the_one_it_had_then() -> None:
    change = moment(Kind.CATEGORY, 30, old="invoice", new="refund")
    assert facts(opened(), change, category="refund").category == "refund"
    assert facts(opened(), change, category="refund", until=29).category == "invoice"


def test_facts_at_an_instant_know_nothing_later() -> None:
    past = facts(opened(), says("ana", 30), solved(60), reopened(90), until=60)
    assert past == facts(opened(), says("ana", 30), solved(60))
    assert facts(opened(), says("ana", 30), until=29).first_response is None


def test_the_same_life_gives_the_same_facts_whatever_the_order_of_its_moments() -> None:
    moments = opened(), assigned("ana", 1), says("ana", 5), solved(10), reopened(20), says("bo", 25), solved(30)
    assert facts(*moments) == facts(*reversed(moments)) == facts(*moments, *moments)


def test_a_change_from_before_the_creation_holds_from_the_creation_on() -> None:
    early = facts(opened(), becomes(Status.OPEN, -9), becomes(Status.PENDING, -3))
    assert (early.status, early.history.stretches[0].start, early.history.strays) == (Status.PENDING, at(0), 0)


def test_what_was_said_or_worked_before_the_creation_is_set_aside_and_counted() -> None:
    """It would be an answer after 0 seconds, which nobody could see is wrong."""
    strays = says("ana", -5), moment(Kind.NOTE, -4, actor="ana"), moment(Kind.WORKED, -3, worked_s=60)
    found = facts(opened(), *strays, says("bo", 7), solved(10))
    assert (found.first_response_s, found.handling_s) == ((420, 420), None)
    assert (len(found.history.replies), found.history.notes, found.history.strays) == (1, 0, 3)


def test_a_ticket_that_is_gone_without_a_word_stood_open_until_its_last_update() -> None:
    gone = {"status": Status.DELETED, "updated_at": at(60)}
    assert [s.status for s in facts(**gone).history.stretches] == [Status.NEW, Status.DELETED]
    assert facts(**gone, until=30).excluded is None


def test_of_the_same_second_the_desks_order_counts() -> None:
    turns = becomes(Status.OPEN, 5, seq=2), becomes(Status.PENDING, 5, seq=1)
    assert facts(opened(), *turns).status is Status.OPEN


def test_without_an_order_the_new_assignee_solves_and_the_reply_comes_before_the_solve() -> None:
    found = facts(opened(), says("ana", 2), says("carla", 3), solved(10), says("bo", 10), assigned("bo", 10))
    assert found.full_resolution is not None
    assert found.full_resolution.agent == "bo"
    assert found.reply_waits[-1] == (7 * 60, 7 * 60)


def test_a_reply_that_is_told_after_the_solve_it_was_sent_with_answers_all_the_same() -> None:
    sent = solved(10)._replace(seq=1), says("ana", 10, seq=2), says("ana", 10, seq=3, actor_kind=Actor.AGENT)
    found = facts(opened(), says("bo", 2), says("carla", 3), *sent)
    assert found.reply_waits == ((120, 120), (420, 420), None)


def test_an_assignment_that_is_told_after_the_solve_it_was_made_with_says_who_solved() -> None:
    found = facts(opened(), solved(10)._replace(seq=1), assigned("bo", 10)._replace(seq=2))
    assert found.full_resolution is not None
    assert found.full_resolution.agent == "bo"
    later = facts(opened(), assigned("ana", 5), solved(10), assigned("bo", 11, old="ana"))
    assert later.full_resolution is not None
    assert later.full_resolution.agent == "ana"


def test_first_response_and_solve_in_one_second_are_both_there() -> None:
    found = facts(opened(), says("ana", 0), solved(0))
    assert (found.first_response_s, found.full_resolution_s) == ((0, 0), (0, 0))
    assert life(solved(0)).created_at == at(0)
