"""A bad answer becomes one case, which one person has, and the customer is asked once more when it is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import Invitation, Setting, SurveyAnswer, SurveyCase
from bot.store.words import CaseState, InvitationState
from bot.surveys import cases
from bot.surveys.answering import Recorded, record_click
from bot.surveys.asking import SlackPerson, decide, whom_to_ask
from bot.surveys.candidates import Candidate
from bot.surveys.case_file import read_case
from bot.surveys.cases import ask_again, open_cases, overdue, read_case_rules
from bot.surveys.closing import never_ask
from bot.surveys.rules import read_rules
from bot.surveys.sending import hand_out
from tests.surveys.cast import (
    CARLA,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    TEAM,
    action_ts,
    add_customer,
    add_invitation,
    add_ticket,
    switch_on,
    token,
)


def answer(store: Store, score: int, number: int = 1, now: datetime = NOW) -> None:
    with store.writing() as session:
        outcome = record_click(session, token(number), score, by=CARLA, action_ts=action_ts(number), now=now)
        assert isinstance(outcome, Recorded)


def asked_about(store: Store, number: int = 1, **changes: Any) -> int:
    """Carla, asked about a ticket of hers."""
    switch_on(store, "csat")
    customer_id = add_customer(store, f"carla{number}")
    ticket_id = add_ticket(store, customer_id, str(number))
    return add_invitation(store, number, ticket_id=ticket_id, customer_id=customer_id, **changes)


def opened(store: Store, now: datetime = NOW) -> list[SurveyCase]:
    with store.writing() as session:
        return open_cases(session, now=now)


def the_case(store: Store) -> SurveyCase:
    with store.reading() as session:
        return session.exec(select(SurveyCase)).one()


def step(store: Store, what: Any, by: str = "U-ANA", now: datetime = NOW) -> bool:
    with store.writing() as session:
        case = cases.find_case(session, session.exec(select(SurveyCase.id)).one() or 0)
        assert case is not None
        return bool(what(session, case, by, now))


@pytest.mark.parametrize(("score", "count"), [(1, 1), (2, 1), (3, 0), (4, 0), (5, 0)])
def test_only_a_bad_answer_becomes_a_case(store: Store, score: int, count: int) -> None:
    asked_about(store)
    answer(store, score)
    assert len(opened(store)) == count


def test_it_is_due_a_day_later_and_told_to_whoever_switched_the_survey_on(store: Store) -> None:
    asked_about(store)
    answer(store, 1)
    opened(store)
    case = the_case(store)
    assert (case.state, case.due_at, case.channel_id, case.agent_id) == (CaseState.OPEN, NOW + DAY, "U-ADMIN", 7)


def test_a_channel_can_be_chosen_and_another_for_a_team(store: Store) -> None:
    value = {"channel": "C1", "teams": {"Billing": "C2"}, "due_h": 4, "ask_again_h": 0}
    with store.writing() as session:
        session.merge(Setting(key="cases", value=value, changed_at=NOW, changed_by="U-ADMIN"))
    with store.reading() as session:
        rules = read_case_rules(session)
    assert (rules.channel_id, rules.teams, rules.due_in, rules.ask_again_after) == ("C1", {"billing": "C2"}, 4 * HOUR, None)


def test_one_answer_is_one_case_however_many_look_at_once(store: Store) -> None:
    for number in range(1, 6):
        asked_about(store, number)
        answer(store, 1, number)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: opened(store), range(12)))
    opened(store)
    with store.reading() as session:
        assert len(session.exec(select(SurveyCase)).all()) == 5


def test_an_old_answer_and_an_anonymous_one_are_no_cases(store: Store) -> None:
    asked_about(store)
    answer(store, 1, now=NOW)
    assert opened(store, NOW + 4 * DAY) == []
    asked_about(store, 2, anonymous=True)
    answer(store, 1, 2, now=NOW + 4 * DAY)
    assert opened(store, NOW + 4 * DAY) == []


def test_the_first_to_claim_has_it(store: Store) -> None:
    asked_about(store)
    answer(store, 1)
    opened(store)
    assert step(store, cases.claim)
    assert not step(store, cases.claim, by="U-BO")
    assert the_case(store).claimed_by == "U-ANA"


def test_to_contact_or_resolve_is_to_claim_as_well(store: Store) -> None:
    asked_about(store)
    answer(store, 1)
    opened(store)
    assert step(store, cases.resolve, by="U-BO")
    case = the_case(store)
    assert (case.claimed_by, case.resolved_by, case.state) == ("U-BO", "U-BO", CaseState.RESOLVED)
    assert not step(store, cases.contacted)
    assert not step(store, cases.resolve)


def test_what_is_overdue_is_said_once(store: Store) -> None:
    asked_about(store)
    answer(store, 1)
    opened(store)
    for now, count in ((NOW + DAY - MINUTE, 0), (NOW + DAY, 1), (NOW + 2 * DAY, 0)):
        with store.writing() as session:
            assert len(overdue(session, now=now)) == count


def test_the_file_tells_the_words_and_how_the_ticket_went(store: Store) -> None:
    switch_on(store, "csat")
    customer_id = add_customer(store)
    facts = {"first_response_s": 600, "on_hold_s": 7200, "reassignments": 2, "reopens": 1}
    ticket_id = add_ticket(store, customer_id, "77", **facts)
    add_invitation(store, ticket_id=ticket_id, customer_id=customer_id)
    answer(store, 2)
    (case,) = opened(store)
    with store.reading() as session:
        file = read_case(session, case)
    assert file is not None
    assert (file.number, file.customer, file.score) == ("77", "Carla", 2)
    assert file.clock is not None
    assert (file.clock.first_response_s, file.clock.on_hold_s, file.clock.reassignments, file.clock.reopens) == (600, 7200, 2, 1)


def resolved_case(store: Store) -> None:
    asked_about(store)
    answer(store, 1)
    opened(store)
    step(store, cases.resolve, now=NOW + HOUR)


def asked_once_more(store: Store, at: datetime) -> int:
    with store.writing() as session:
        assert ask_again(session, now=at) == 1
        assert ask_again(session, now=at) == 0
        invitation_id = session.exec(select(Invitation.id).where(Invitation.again == 1)).one()
        assert invitation_id is not None
        invited = hand_out(session, invitation_id, token(50), rules=read_rules(session), now=at)
        assert invited is not None
        assert invited.again
    return invitation_id


@pytest.mark.parametrize(("score", "recovered"), [(5, True), (3, False), (1, False)])
def test_the_customer_is_asked_again_in_spite_of_the_rest_and_says_whether_it_was_mended(
    store: Store, score: int, recovered: bool
) -> None:
    resolved_case(store)
    with store.writing() as session:
        assert ask_again(session, now=NOW + DAY) == 0
    asked_once_more(store, NOW + 25 * HOUR)
    answer(store, score, 50, now=NOW + 26 * HOUR)
    assert the_case(store).recovered is recovered


def test_the_second_answer_neither_hides_the_first_nor_opens_another_case(store: Store) -> None:
    resolved_case(store)
    asked_once_more(store, NOW + 25 * HOUR)
    answer(store, 1, 50, now=NOW + 26 * HOUR)
    with store.reading() as session:
        counted = session.exec(select(SurveyAnswer).where(SurveyAnswer.excluded == None, SurveyAnswer.superseded == False)).all()  # noqa: E711,E712
        assert [one.score for one in counted] == [1]
    assert opened(store, NOW + 26 * HOUR) == []


def test_the_next_resolution_of_the_ticket_is_asked_about_all_the_same(store: Store) -> None:
    resolved_case(store)
    asked_once_more(store, NOW + 25 * HOUR)
    later = NOW + timedelta(days=40)
    add_ticket(store, add_customer(store, "dev"), "99", solved=(later - 2 * HOUR,))
    with store.writing() as session:
        rules = read_rules(session)
        (candidate,) = whom_to_ask(session, rules, now=later)
        assert isinstance(candidate, Candidate)
        made = decide(session, candidate, SlackPerson(user_id=CARLA.user_id, team_id=TEAM), rules=rules, now=later)
        assert made is not None
        assert made.state is InvitationState.WAITING


def test_whoever_opted_out_is_not_asked_again(store: Store) -> None:
    resolved_case(store)
    with store.writing() as session:
        never_ask(session, CARLA, email=None, now=NOW + 2 * HOUR)
        assert ask_again(session, now=NOW + 25 * HOUR) == 1
        invitation_id = session.exec(select(Invitation.id).where(Invitation.again == 1)).one()
        assert hand_out(session, invitation_id or 0, token(50), rules=read_rules(session), now=NOW + 25 * HOUR) is None
