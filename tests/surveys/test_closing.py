"""A reopen takes its question back, time runs out, and who wants no questions gets none; answers always stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.store.engine import Store
from bot.store.outbox import Letter, enqueue
from bot.store.tables import Invitation, OptOut, Outbox, TicketFact
from bot.store.words import InvitationState, OutboxState
from bot.surveys.admitting import Refused, Why
from bot.surveys.answering import record_click
from bot.surveys.closing import OptedOut, expire, opt_out, withdraw
from tests.surveys.cast import (
    CARLA,
    DAY,
    DEV,
    HOUR,
    MINUTE,
    NOW,
    action_ts,
    add_customer,
    add_invitation,
    add_ticket,
    reopen,
    the_answer,
    token,
)


def states(store: Store) -> list[InvitationState]:
    with store.reading() as session:
        return list(session.exec(select(Invitation.state).order_by(Invitation.id)))


def withdrawn(store: Store) -> list[int]:
    with store.writing() as session:
        return withdraw(session)


@pytest.mark.parametrize("state", [InvitationState.WAITING, InvitationState.SENT])
def test_a_reopen_takes_an_unanswered_question_back(store: Store, state: InvitationState) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    invitation_id = add_invitation(store, ticket_id=ticket_id, state=state)
    assert withdrawn(store) == []
    reopen(store, ticket_id, NOW + HOUR)
    assert withdrawn(store) == [invitation_id]
    assert withdrawn(store) == []
    assert states(store) == [InvitationState.WITHDRAWN]


def test_a_reopen_leaves_answers_alone(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    add_invitation(store, ticket_id=ticket_id)
    with store.writing() as session:
        record_click(session, token(), 2, by=CARLA, action_ts=action_ts(1), now=NOW)
    reopen(store, ticket_id, NOW + HOUR)
    assert withdrawn(store) == []
    with store.reading() as session:
        assert the_answer(session).score == 2


def test_a_reopen_that_was_solved_again_at_once_takes_the_question_back_too(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    invitation_id = add_invitation(store, ticket_id=ticket_id)
    reopen(store, ticket_id, NOW + HOUR, solved_again=NOW + 2 * HOUR)
    assert withdrawn(store) == [invitation_id]


def test_a_reopen_we_learned_of_late_takes_the_question_back_too(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    invitation_id = add_invitation(store, ticket_id=ticket_id)
    reopen(store, ticket_id, NOW - HOUR, solved_again=NOW + HOUR)
    assert withdrawn(store) == [invitation_id]


def test_a_question_about_the_second_resolution_is_not_taken_back_for_the_first(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store), solved=(NOW - DAY, NOW - 2 * HOUR), reopened=(NOW - 20 * HOUR,))
    add_invitation(store, ticket_id=ticket_id, resolution=2)
    assert withdrawn(store) == []


@pytest.mark.parametrize("excluded", ["spam", "deleted", "merged"])
def test_a_ticket_that_is_gone_takes_its_question_along(sqlite_store: Store, excluded: str) -> None:
    ticket_id = add_ticket(sqlite_store, add_customer(sqlite_store))
    invitation_id = add_invitation(sqlite_store, ticket_id=ticket_id)
    with sqlite_store.writing() as session:
        session.get_one(TicketFact, ticket_id).excluded = excluded
    assert withdrawn(sqlite_store) == [invitation_id]


def test_facts_that_are_just_missing_take_nothing_back(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store), solved=())
    add_invitation(store, ticket_id=ticket_id)
    with store.writing() as session:
        session.delete(session.get_one(TicketFact, ticket_id))
    assert withdrawn(store) == []


def test_a_question_about_the_relation_is_never_taken_back_by_a_ticket(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    add_invitation(store, survey="nps")
    reopen(store, ticket_id, NOW + HOUR)
    assert withdrawn(store) == []


def test_unanswered_questions_end_after_a_week_to_the_second(store: Store) -> None:
    invitation_id = add_invitation(store)
    with store.writing() as session:
        assert expire(session, now=NOW + 7 * DAY - timedelta(seconds=1)) == []
    with store.writing() as session:
        assert expire(session, now=NOW + 7 * DAY) == [invitation_id]
    assert states(store) == [InvitationState.EXPIRED]


def test_answered_questions_do_not_become_unanswered(store: Store) -> None:
    add_invitation(store, state=InvitationState.ANSWERED)
    with store.writing() as session:
        assert expire(session, now=NOW + 8 * DAY) == []


def test_what_could_not_be_sent_for_three_days_is_not_sent_any_more(store: Store) -> None:
    invitation_id = add_invitation(store, state=InvitationState.WAITING, sent_at=None, expires_at=None)
    with store.writing() as session:
        assert expire(session, now=NOW + 3 * DAY - MINUTE) == []
        assert expire(session, now=NOW + 3 * DAY) == [invitation_id]


def test_opting_out_is_kept_under_both_names_and_ends_every_open_question(store: Store) -> None:
    customer_id = add_customer(store, email=" Carla@Customer.example", language="es")
    add_invitation(store, 1, customer_id=customer_id)
    add_invitation(store, 2, state=InvitationState.WAITING)
    add_invitation(store, 3, state=InvitationState.ANSWERED)
    add_invitation(store, 4, slack_user_id=DEV.user_id)
    with store.writing() as session:
        assert opt_out(session, token(1), by=CARLA, now=NOW) == OptedOut(language="es")
    assert states(store) == [
        InvitationState.OPTED_OUT,
        InvitationState.OPTED_OUT,
        InvitationState.ANSWERED,
        InvitationState.SENT,
    ]
    with store.reading() as session:
        assert set(session.exec(select(OptOut.person))) == {CARLA.user_id, "carla@customer.example"}


def test_opting_out_stops_what_lies_in_the_outbox(store: Store) -> None:
    add_invitation(store, 1)
    other = add_invitation(store, 2)
    with store.writing() as session:
        enqueue(session, Letter(dedupe_key=f"survey:{other}", kind="survey", channel_id=CARLA.user_id, payload={}), NOW)
    with store.writing() as session:
        opt_out(session, token(1), by=CARLA, now=NOW)
    with store.reading() as session:
        assert session.exec(select(Outbox.state)).one() is OutboxState.CANCELLED


@pytest.mark.parametrize("state", [InvitationState.EXPIRED, InvitationState.WITHDRAWN, InvitationState.ANSWERED])
def test_opting_out_works_from_any_old_message(sqlite_store: Store, state: InvitationState) -> None:
    add_invitation(sqlite_store, state=state)
    with sqlite_store.writing() as session:
        assert isinstance(opt_out(session, token(), by=CARLA, now=NOW + 30 * DAY), OptedOut)
    assert states(sqlite_store) == [state]


def test_nobody_opts_someone_else_out(store: Store) -> None:
    add_invitation(store)
    with store.writing() as session:
        outcome = opt_out(session, token(), by=DEV, now=NOW)
        assert isinstance(outcome, Refused)
        assert outcome.why is Why.SOMEONE_ELSE
        assert session.exec(select(OptOut)).first() is None


def test_opting_out_from_eight_messages_at_once_keeps_the_first(store: Store) -> None:
    for number in range(1, 9):
        add_invitation(store, number)

    def press(number: int) -> bool:
        with store.writing() as session:
            return isinstance(opt_out(session, token(number), by=CARLA, now=NOW), OptedOut)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(press, range(1, 9)))
    assert set(states(store)) == {InvitationState.OPTED_OUT}


def test_a_press_and_a_reopen_at_the_same_moment_leave_an_answer_or_none_but_never_half(store: Store) -> None:
    for number in range(1, 13):
        ticket_id = add_ticket(store, add_customer(store, f"c{number}"), str(number))
        add_invitation(store, number, ticket_id=ticket_id)
        reopen(store, ticket_id, NOW + HOUR)

    def press(number: int) -> object:
        with store.writing() as session:
            return record_click(session, token(number), 5, by=CARLA, action_ts=action_ts(1), now=NOW)

    with ThreadPoolExecutor(8) as threads:
        pressed = [threads.submit(press, number) for number in range(1, 13)]
        taken_back = threads.submit(withdrawn, store)
        refused = [isinstance(one.result(), Refused) for one in pressed]
    assert len(taken_back.result()) == sum(refused)
    wanted = {True: InvitationState.WITHDRAWN, False: InvitationState.ANSWERED}
    assert states(store) == [wanted[one] for one in refused]
