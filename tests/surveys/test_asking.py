"""Who is asked about what: once per resolution, rested, willing and findable, whoever else decides at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.store.engine import Store
from bot.store.tables import Agent, Invitation, OptOut, SolveFact, TicketFact
from bot.store.words import InvitationState, Role, Status, SurveyKind
from bot.surveys.asking import SlackPerson, decide, whom_to_ask
from bot.surveys.candidates import Candidate
from bot.surveys.rules import read_rules
from tests.surveys.cast import CARLA, DAY, HOUR, MINUTE, NOW, TEAM, add_customer, add_invitation, add_ticket, reopen, switch_on

PERSON = SlackPerson(user_id=CARLA.user_id, team_id=TEAM)
SECOND = timedelta(seconds=1)


def candidates(store: Store, now: datetime = NOW) -> list[Candidate]:
    with store.reading() as session:
        return whom_to_ask(session, read_rules(session), now=now)


def decide_all(store: Store, person: SlackPerson | None = PERSON, now: datetime = NOW) -> list[InvitationState | None]:
    return [decide_one(store, candidate, person, now) for candidate in candidates(store, now)]


def decide_one(
    store: Store, candidate: Candidate, person: SlackPerson | None = PERSON, now: datetime = NOW
) -> InvitationState | None:
    with store.writing() as session:
        invitation = decide(session, candidate, person, rules=read_rules(session), now=now)
        return None if invitation is None else invitation.state


def the_invitation(session: Session) -> Invitation:
    return session.exec(select(Invitation)).one()


def test_a_solve_is_asked_about_with_the_agent_at_the_solve(store: Store) -> None:
    switch_on(store, "csat")
    customer_id = add_customer(store)
    ticket_id = add_ticket(store, customer_id, agent_id=7)
    assert decide_all(store) == [InvitationState.WAITING]
    with store.reading() as session:
        invitation = the_invitation(session)
        assert (invitation.survey, invitation.scale) == (SurveyKind.CSAT, "csat-1-5")
        assert (invitation.ticket_id, invitation.customer_id, invitation.agent_id) == (ticket_id, customer_id, 7)
        assert (invitation.slack_user_id, invitation.slack_team_id) == (CARLA.user_id, TEAM)
        assert (invitation.resolution, invitation.send_at, invitation.sent_at) == (1, NOW, None)


def test_nothing_is_asked_while_all_surveys_are_off(store: Store) -> None:
    add_ticket(store, add_customer(store))
    assert candidates(store) == []


def test_a_solve_is_asked_about_only_after_its_delay(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    add_ticket(sqlite_store, add_customer(sqlite_store), solved=(NOW,))
    assert candidates(sqlite_store, NOW + HOUR - SECOND) == []
    assert len(candidates(sqlite_store, NOW + HOUR)) == 1


def test_a_solve_of_three_days_ago_is_history(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    add_ticket(sqlite_store, add_customer(sqlite_store), solved=(NOW,))
    assert len(candidates(sqlite_store, NOW + 3 * DAY - SECOND)) == 1
    assert candidates(sqlite_store, NOW + 3 * DAY) == []


@pytest.mark.parametrize("excluded", ["spam", "deleted", "merged"])
def test_spam_deleted_and_merged_tickets_are_not_asked_about(sqlite_store: Store, excluded: str) -> None:
    switch_on(sqlite_store, "csat", "nps")
    add_ticket(sqlite_store, add_customer(sqlite_store), excluded=excluded)
    assert candidates(sqlite_store) == []


def test_a_ticket_that_is_open_again_is_not_asked_about(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat", "nps")
    add_ticket(sqlite_store, add_customer(sqlite_store), solved=(NOW - 2 * HOUR,), reopened=(NOW - HOUR,))
    assert candidates(sqlite_store) == []


def test_a_ticket_without_a_customer_asks_nobody(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat", "nps")
    add_ticket(sqlite_store, None)
    assert candidates(sqlite_store) == []


@pytest.mark.parametrize("role", list(Role))
def test_agents_are_not_asked_about_their_own_tickets(sqlite_store: Store, role: Role) -> None:
    switch_on(sqlite_store, "csat", "nps")
    add_ticket(sqlite_store, add_customer(sqlite_store, email="Carla@Customer.example"))
    with sqlite_store.writing() as session:
        session.add(Agent(source="desk", external_id="c", name="Carla", email="carla@customer.EXAMPLE", role=role))
    assert candidates(sqlite_store) == []


def test_each_resolution_is_decided_about_once(store: Store) -> None:
    switch_on(store, "csat")
    add_ticket(store, add_customer(store))
    assert decide_all(store) == [InvitationState.WAITING]
    assert decide_all(store, now=NOW + HOUR) == []


def test_the_next_resolution_is_another_one(store: Store) -> None:
    switch_on(store, "csat", rest_days=1)
    ticket_id = add_ticket(store, add_customer(store), solved=(NOW - 2 * DAY,))
    decide_all(store, now=NOW - DAY - HOUR)
    reopen(store, ticket_id, NOW - DAY, solved_again=NOW - 2 * HOUR)
    found = candidates(store)
    assert [(one.resolution, one.agent_id) for one in found] == [(2, 8)]
    assert decide_all(store) == [InvitationState.WAITING]


def test_facts_derived_anew_do_not_make_a_resolution_new(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = add_ticket(store, add_customer(store))
    decide_all(store)
    with store.writing() as session:
        solve = session.exec(select(SolveFact)).one()
        session.delete(solve)
        session.flush()
        session.add(SolveFact(ticket_id=ticket_id, at=NOW + MINUTE, agent_id=9))
    assert candidates(store, NOW + 2 * HOUR) == []


def test_csat_and_ces_take_turns_and_never_ask_about_the_same_resolution(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat", "ces")
    customer_id = add_customer(sqlite_store)
    for number in range(6):
        add_ticket(sqlite_store, customer_id, str(number))
    found = candidates(sqlite_store)
    assert len({one.ticket_id for one in found}) == len(found) == 6
    assert [one.survey for one in found].count(SurveyKind.CES) == 3
    assert candidates(sqlite_store) == found


def test_nobody_in_slack_means_nothing_is_sent_and_it_is_counted(store: Store) -> None:
    switch_on(store, "csat")
    add_ticket(store, add_customer(store))
    assert decide_all(store, None) == [InvitationState.UNMATCHED]
    assert decide_all(store, PERSON) == []
    with store.reading() as session:
        assert the_invitation(session).send_at is None


def test_a_person_rests_thirty_days_and_being_throttled_is_final(store: Store) -> None:
    switch_on(store, "csat")
    add_invitation(store, sent_at=NOW - 30 * DAY + SECOND)
    add_ticket(store, add_customer(store))
    assert decide_all(store) == [InvitationState.THROTTLED]
    assert decide_all(store, now=NOW + DAY) == []


def test_after_exactly_thirty_days_a_person_may_be_asked_again(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    add_invitation(sqlite_store, sent_at=NOW - 30 * DAY)
    add_ticket(sqlite_store, add_customer(sqlite_store))
    assert decide_all(sqlite_store) == [InvitationState.WAITING]


@pytest.mark.parametrize("before", [SurveyKind.CES, SurveyKind.NPS])
def test_the_rest_holds_across_kinds(sqlite_store: Store, before: SurveyKind) -> None:
    switch_on(sqlite_store, "csat")
    add_invitation(sqlite_store, survey=before, sent_at=NOW - 29 * DAY)
    add_ticket(sqlite_store, add_customer(sqlite_store))
    assert decide_all(sqlite_store) == [InvitationState.THROTTLED]


def test_nps_last_quarter_does_not_silence_csat(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    add_invitation(sqlite_store, survey=SurveyKind.NPS, sent_at=NOW - 31 * DAY)
    add_ticket(sqlite_store, add_customer(sqlite_store))
    assert decide_all(sqlite_store) == [InvitationState.WAITING]


def test_the_rest_holds_for_the_person_and_not_for_the_address(store: Store) -> None:
    switch_on(store, "csat")
    for name in ("carla", "carla.private"):
        add_ticket(store, add_customer(store, name), name)
    assert decide_all(store) == [InvitationState.WAITING, InvitationState.THROTTLED]


def test_the_same_user_id_in_another_workspace_is_another_person(store: Store) -> None:
    switch_on(store, "csat")
    add_invitation(store, slack_team_id="T-OTHERS")
    add_ticket(store, add_customer(store))
    assert decide_all(store) == [InvitationState.WAITING]


@pytest.mark.parametrize("state", [InvitationState.THROTTLED, InvitationState.OPTED_OUT, InvitationState.WITHDRAWN])
def test_what_was_never_sent_gives_nobody_a_rest(sqlite_store: Store, state: InvitationState) -> None:
    switch_on(sqlite_store, "csat")
    add_invitation(sqlite_store, state=state, sent_at=None, send_at=None)
    add_ticket(sqlite_store, add_customer(sqlite_store))
    assert decide_all(sqlite_store) == [InvitationState.WAITING]


@pytest.mark.parametrize("person", [CARLA.user_id, "carla@customer.example"])
def test_who_opted_out_is_never_asked_again_under_either_name(sqlite_store: Store, person: str) -> None:
    switch_on(sqlite_store, "csat")
    add_ticket(sqlite_store, add_customer(sqlite_store, email=" Carla@Customer.Example "))
    with sqlite_store.writing() as session:
        session.add(OptOut(person=person, at=NOW - 400 * DAY))
    assert decide_all(sqlite_store) == [InvitationState.OPTED_OUT]


def test_a_reopen_between_finding_and_deciding_decides_nothing(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = add_ticket(store, add_customer(store))
    (candidate,) = candidates(store)
    reopen(store, ticket_id, NOW)
    assert decide_one(store, candidate) is None


def test_switching_off_between_finding_and_deciding_decides_nothing(store: Store) -> None:
    switch_on(store, "csat")
    add_ticket(store, add_customer(store))
    (candidate,) = candidates(store)
    switch_on(store, "csat", on=False)
    assert decide_one(store, candidate) is None


def test_a_customer_with_a_lasting_resolution_this_quarter_is_asked_nps(store: Store) -> None:
    switch_on(store, "nps")
    customer_id = add_customer(store)
    add_ticket(store, customer_id, solved=(NOW - 80 * DAY,))
    assert [(one.survey, one.customer_id, one.ticket_id) for one in candidates(store)] == [(SurveyKind.NPS, customer_id, None)]
    assert decide_all(store) == [InvitationState.WAITING]
    assert decide_all(store, now=NOW + DAY) == []


def test_a_customer_of_long_ago_is_not_asked_nps(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "nps")
    add_ticket(sqlite_store, add_customer(sqlite_store), solved=(NOW - 90 * DAY,))
    assert candidates(sqlite_store) == []


def test_nps_waits_out_the_rest_after_csat_instead_of_being_dropped_for_a_quarter(store: Store) -> None:
    switch_on(store, "csat", "nps")
    add_ticket(store, add_customer(store))
    assert decide_all(store) == [InvitationState.WAITING, None]
    assert decide_all(store, now=NOW + 29 * DAY) == []
    assert decide_all(store, now=NOW + 30 * DAY) == [InvitationState.WAITING]


def test_nps_comes_at_most_once_a_quarter(store: Store) -> None:
    switch_on(store, "nps")
    customer_id = add_customer(store)
    add_ticket(store, customer_id, solved=(NOW - DAY,))
    assert decide_all(store, None) == [InvitationState.UNMATCHED]
    assert decide_all(store, now=NOW + 89 * DAY - HOUR) == []


def test_one_person_under_two_addresses_is_asked_nps_once(store: Store) -> None:
    switch_on(store, "nps")
    for name in ("carla", "carla.private"):
        add_ticket(store, add_customer(store, name), name)
    assert decide_all(store) == [InvitationState.WAITING, InvitationState.THROTTLED]


def test_no_more_are_found_than_can_be_looked_up(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat", "nps")
    for number in range(5):
        add_ticket(sqlite_store, add_customer(sqlite_store, f"c{number}"), str(number))
    with sqlite_store.reading() as session:
        assert len(whom_to_ask(session, read_rules(session), now=NOW, limit=3)) == 3


def test_eight_workers_with_the_same_candidate_decide_once(store: Store) -> None:
    switch_on(store, "csat", "nps")
    add_ticket(store, add_customer(store))
    (about_ticket, _) = candidates(store)
    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(lambda _: decide_one(store, about_ticket), range(8)))
    assert sorted(states, key=str) == [None] * 7 + [InvitationState.WAITING]


def test_eight_workers_with_no_person_to_lock_decide_once(store: Store) -> None:
    switch_on(store, "csat", "nps")
    add_ticket(store, add_customer(store))
    for candidate in candidates(store):
        with ThreadPoolExecutor(8) as threads:
            states = list(threads.map(lambda _, one=candidate: decide_one(store, one, None), range(8)))
        assert sorted(states, key=str) == [None] * 7 + [InvitationState.UNMATCHED]


def test_eight_tickets_of_one_person_decided_at_once_ask_one_question(store: Store) -> None:
    switch_on(store, "csat", "ces")
    for number in range(8):
        add_ticket(store, add_customer(store, f"carla{number}"), str(number))
    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(lambda one: decide_one(store, one), candidates(store)))
    assert sorted(states, key=str) == [InvitationState.THROTTLED] * 7 + [InvitationState.WAITING]


def test_a_ticket_being_closed_after_its_solve_still_counts_as_solved(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    ticket_id = add_ticket(sqlite_store, add_customer(sqlite_store))
    with sqlite_store.writing() as session:
        session.get_one(TicketFact, ticket_id).status = Status.CLOSED
    assert len(candidates(sqlite_store)) == 1
