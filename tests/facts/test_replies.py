"""First response and next reply: who answers whom, since when, and what never counts as an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.facts.life import Moment
from bot.facts.profiles import ZENDESK
from bot.store.words import Actor, Kind, Role, Status
from tests.facts.lives import (
    RULES,
    at,
    facts,
    life,
    minutes_of,
    moment,
    opened,
    opening,
    reopened,
    says,
    solved,
)


def first_response(*moments: Moment, **changes: object) -> tuple[float, float] | None:
    """(calendar, business) minutes until the first response."""
    return minutes_of(facts(*moments, **changes).first_response_s)  # type: ignore[arg-type]


def next_replies(*moments: Moment) -> list[float | None]:
    """Minutes each reply was waited for, None where nobody was waiting; the first response apart."""
    found = facts(*moments)
    waits = zip(found.history.replies, found.reply_waits, strict=True)
    return [None if wait is None else wait[0] / 60 for reply, wait in waits if not reply.is_first]


def test_the_first_public_reply_of_a_human_agent_is_the_first_response() -> None:
    found = facts(opened(), says("ana", 30), says("bo", 40))
    assert found.first_response is not None
    assert (found.first_response.at, found.first_response.agent) == (at(30), "ana")
    assert minutes_of(found.first_response_s) == (30, 30)


def test_an_admin_is_an_agent_too() -> None:
    assert first_response(opened(), says("lena", 5)) == (5, 5)


def test_a_bot_never_gives_the_first_response() -> None:
    assert first_response(opened(), says("robo", 1), says("ana", 30)) == (30, 30)


def test_a_bot_that_the_desk_calls_an_agent_is_still_a_bot() -> None:
    assert first_response(opened(), says("robo", 1, actor_kind=Actor.AGENT)) is None


def test_the_system_never_gives_the_first_response() -> None:
    assert first_response(opened(), says("", 1, actor_kind=Actor.SYSTEM)) is None


def test_an_internal_note_never_gives_the_first_response() -> None:
    found = facts(opened(), moment(Kind.NOTE, 1, actor="ana"))
    assert found.first_response is None
    assert (found.history.notes, len(found.history.replies)) == (1, 0)


def test_the_requester_never_answers_themselves() -> None:
    assert first_response(opened(), says("carla", 1)) is None


def test_an_agent_who_asks_is_a_customer_on_that_ticket() -> None:
    found = facts(opened("ana"), says("ana", 5), says("bo", 20), requester="ana")
    assert found.history.customer_opened
    assert minutes_of(found.first_response_s) == (20, 20)
    assert found.history.asked == [at(5)]


def test_a_ticket_that_an_agent_opened_has_no_first_response() -> None:
    found = facts(opened("ana"), opening("ana"), says("carla", 10), says("bo", 25))
    assert found.first_response is None


def test_who_wrote_the_opening_comment_opened_a_ticket_of_which_nobody_tells_more() -> None:
    assert not facts(opening("ana"), says("bo", 25)).history.customer_opened
    assert facts(opened(None), opening("carla")).history.customer_opened


def test_the_answer_to_a_customer_on_an_agents_ticket_is_a_next_reply() -> None:
    # It is no first response; left out here as well it would count nowhere.
    assert next_replies(opened("ana"), opening("ana"), says("carla", 10), says("bo", 25)) == [15]


def test_as_zendesk_counts_the_second_public_comment_answers_on_an_agents_ticket() -> None:
    rules = replace(RULES, profile=ZENDESK)
    assert first_response(opened("ana"), opening("ana"), says("bo", 25), rules=rules) == (25, 25)


def test_a_customers_opening_comment_is_the_request_and_no_reply() -> None:
    found = facts(opened(), opening(), says("ana", 30))
    assert found.history.asked == []
    assert minutes_of(found.first_response_s) == (30, 30)


def test_a_later_reopen_never_moves_the_first_response() -> None:
    before = first_response(opened(), says("ana", 30), solved(60))
    after = first_response(opened(), says("ana", 30), solved(60), reopened(9_000), says("bo", 9_600), solved(9_700))
    assert before == after == (30, 30)


def test_a_first_answer_after_a_solve_without_one_is_the_first_response() -> None:
    found = facts(opened(), solved(10), reopened(20), says("ana", 30))
    assert minutes_of(found.first_response_s) == (30, 30)
    assert found.reply_waits == (None,)


def test_a_ticket_without_an_answer_has_none_and_somebody_waits() -> None:
    found = facts(opened(), says("carla", 5))
    assert found.first_response_s is None
    assert found.history.waiting_since == at(0)


def test_an_answer_at_night_to_a_question_at_night_takes_no_business_time() -> None:
    night = life(created_at=at(10 * 60))
    assert minutes_of(facts(says("ana", 11 * 60), created_at=night.created_at).first_response_s) == (60, 0)


def test_a_next_reply_is_measured_from_the_oldest_unanswered_comment() -> None:
    asks = says("carla", 20), says("carla", 40)
    assert next_replies(opened(), says("ana", 10), *asks, says("ana", 50)) == [30]


def test_a_second_reply_in_a_row_answers_nobody() -> None:
    assert next_replies(opened(), says("ana", 10), says("ana", 15)) == [None]


def test_a_solve_answers_whoever_waited() -> None:
    assert next_replies(opened(), says("ana", 10), says("carla", 20), solved(30), says("ana", 40)) == [None]


def test_a_bot_and_a_note_answer_nobody() -> None:
    between = says("robo", 25), moment(Kind.NOTE, 26, actor="ana")
    assert next_replies(opened(), says("ana", 10), says("carla", 20), *between, says("ana", 50)) == [30]


def test_somebody_else_who_writes_is_a_customer_too() -> None:
    found = facts(opened(), says("ana", 10), says("friend", 20), says("ana", 35))
    assert (found.history.asked, found.reply_waits[1]) == ([at(20)], (900, 900))


def test_replies_are_counted_both_ways() -> None:
    found = facts(opened(), opening(), says("ana", 1), says("carla", 2), says("robo", 3), says("bo", 4))
    assert (len(found.history.replies), len(found.history.asked)) == (2, 1)


@pytest.mark.parametrize(
    ("role", "told", "counts"),
    [
        (Role.AGENT, None, True),
        (Role.ADMIN, Actor.CUSTOMER, True),
        (Role.BOT, Actor.AGENT, False),
        (Role.FORMER, Actor.AGENT, True),
        (Role.FORMER, None, True),
        (Role.FORMER, Actor.CUSTOMER, False),
        (None, Actor.AGENT, True),
        (None, Actor.BOT, False),
        (None, None, False),
    ],
)
def test_todays_role_decides_and_the_word_of_the_time_only_where_there_is_none(
    role: Role | None, told: Actor | None, counts: bool
) -> None:
    rules = replace(RULES, roles={"max": role} if role else {})
    assert (first_response(opened(), says("max", 5, actor_kind=told), rules=rules) is not None) is counts


def test_as_zendesk_counts_an_api_account_on_an_agents_seat_answers() -> None:
    rules = replace(RULES, profile=ZENDESK)
    assert first_response(opened(), says("robo", 1, actor_kind=Actor.AGENT), rules=rules) == (1, 1)
    assert first_response(opened(), says("robo", 1, actor_kind=Actor.BOT), rules=rules) is None


def test_with_bots_included_the_opening_comment_of_a_bot_is_still_no_reply() -> None:
    rules = replace(RULES, profile=replace(RULES.profile, bots_respond=True))
    assert first_response(opened(), opening("robo"), says("robo", 3), rules=rules) == (3, 3)


def test_a_ticket_found_solved_waits_for_nobody() -> None:
    assert facts(status=Status.SOLVED).history.waiting_since is None


def test_where_nothing_marks_the_opening_a_comment_in_the_second_of_the_creation_is_it() -> None:
    found = facts(says("carla", 0), says("carla", 5), says("ana", 30))
    assert len(found.history.asked) == 1
    assert minutes_of(found.first_response_s) == (30, 30)


def test_an_agents_comment_in_that_second_opens_the_ticket_and_answers_nothing() -> None:
    found = facts(says("ana", 0), says("carla", 5), says("bo", 30))
    assert not found.history.customer_opened
    assert (found.first_response, len(found.history.replies)) == (None, 1)


@pytest.mark.parametrize("marked", [(opened(),), (opening(),), (moment(Kind.NOTE, 0, actor="carla", key="first"),)])
def test_only_the_first_comment_opens_a_ticket(marked: tuple[Moment, ...]) -> None:
    assert first_response(*marked, says("ana", 0, seq=1)) == (0, 0)


def test_a_comment_a_second_later_is_a_reply() -> None:
    assert first_response(says("ana", 1 / 60)) == (1 / 60, 1 / 60)


def test_a_change_from_nothing_in_the_second_of_the_creation_is_what_it_began_with() -> None:
    began = moment(Kind.STATUS, 0, new=Status.OPEN), moment(Kind.ASSIGNED, 0, new="ana"), says("carla", 0)
    found = facts(*began, says("ana", 30), solved(40), status=Status.SOLVED)
    assert (len(found.history.solves), found.history.solves[0].reopened_at) == (1, None)
    assert minutes_of(found.first_response_s) == (30, 30)
    assert [wait.start for wait in found.history.waits] == [at(0)]
