"""The last look before a customer is disturbed, and a token that only the message holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import Session, select

from bot.store.engine import Store
from bot.store.tables import Invitation, OptOut
from bot.store.words import InvitationState, SurveyKind
from bot.surveys.admitting import Refused, Why
from bot.surveys.answering import Recorded, record_click
from bot.surveys.rules import read_rules
from bot.surveys.sending import Invited, due, hand_out
from bot.surveys.wire import hash_token
from tests.surveys.cast import CARLA, DAY, HOUR, NOW, action_ts, add_customer, add_invitation, add_ticket, switch_on, token


def waiting(store: Store, number: int = 1, **changes: object) -> int:
    nothing_sent = {"state": InvitationState.WAITING, "sent_at": None, "expires_at": None, "token_hash": f"none|{number}"}
    return add_invitation(store, number, **{**nothing_sent, **changes})


def hand(store: Store, invitation_id: int, number: int = 1) -> Invited | None:
    with store.writing() as session:
        return hand_out(session, invitation_id, token(number), rules=read_rules(session), now=NOW)


def state(session: Session) -> InvitationState:
    return session.exec(select(Invitation.state)).one()


def test_what_is_due_comes_longest_waiting_first(store: Store) -> None:
    later, sooner = waiting(store, 1, send_at=NOW), waiting(store, 2, send_at=NOW - HOUR)
    waiting(store, 3, send_at=NOW + timedelta(seconds=1))
    add_invitation(store, 4)
    with store.reading() as session:
        assert due(session, now=NOW) == [sooner, later]


def test_a_message_has_all_it_needs_and_the_store_only_the_hash(store: Store) -> None:
    switch_on(store, "csat")
    customer_id = add_customer(store, language="fr")
    invitation_id = waiting(store, customer_id=customer_id, ticket_id=add_ticket(store, customer_id))
    invited = hand(store, invitation_id)
    assert invited is not None
    assert (invited.user_id, invited.survey.slug, invited.scale.slug) == (CARLA.user_id, SurveyKind.CSAT, "csat-1-5")
    assert (invited.token, invited.language, invited.subject) == (token(), "fr", "Charged <twice>")
    with store.reading() as session:
        invitation = session.exec(select(Invitation)).one()
        assert invitation.token_hash == hash_token(token())
        assert (invitation.state, invitation.sent_at, invitation.expires_at) == (InvitationState.SENT, NOW, NOW + 7 * DAY)


def test_before_it_is_handed_out_no_token_fits(store: Store) -> None:
    waiting(store)
    with store.writing() as session:
        outcome = record_click(session, "none|1", 4, by=CARLA, action_ts=action_ts(1), now=NOW)
        assert isinstance(outcome, Refused)
        assert outcome.why is Why.FORGED


def test_after_it_is_handed_out_the_token_fits(store: Store) -> None:
    switch_on(store, "csat")
    hand(store, waiting(store))
    with store.writing() as session:
        assert isinstance(record_click(session, token(), 4, by=CARLA, action_ts=action_ts(1), now=NOW), Recorded)


def test_each_is_handed_out_once(store: Store) -> None:
    switch_on(store, "csat")
    invitation_id = waiting(store)
    assert hand(store, invitation_id, 1) is not None
    assert hand(store, invitation_id, 2) is None


def test_eight_workers_hand_out_one_token(store: Store) -> None:
    switch_on(store, "csat")
    invitation_id = waiting(store)
    with ThreadPoolExecutor(8) as threads:
        handed = [one for one in threads.map(lambda number: hand(store, invitation_id, number), range(1, 9)) if one is not None]
    assert len(handed) == 1
    with store.reading() as session:
        assert session.exec(select(Invitation.token_hash)).one() == hash_token(handed[0].token)


def test_who_opted_out_meanwhile_is_left_alone(store: Store) -> None:
    switch_on(store, "csat")
    invitation_id = waiting(store)
    with store.writing() as session:
        session.add(OptOut(person=CARLA.user_id, at=NOW))
    assert hand(store, invitation_id) is None
    with store.reading() as session:
        assert state(session) is InvitationState.OPTED_OUT


def test_a_survey_switched_off_meanwhile_is_not_sent(store: Store) -> None:
    invitation_id = waiting(store)
    assert hand(store, invitation_id) is None
    with store.reading() as session:
        assert state(session) is InvitationState.WITHDRAWN


def test_what_was_taken_back_meanwhile_is_not_sent(store: Store) -> None:
    switch_on(store, "csat")
    assert hand(store, waiting(store, state=InvitationState.WITHDRAWN)) is None
    assert hand(store, 12345) is None


def test_the_scale_is_the_one_decided_on_whatever_the_workspace_chose_since(store: Store) -> None:
    switch_on(store, "csat", scale="csat-good-bad", open_days=2)
    invited = hand(store, waiting(store, scale="csat-1-6"))
    assert invited is not None
    assert invited.scale.slug == "csat-1-6"
    with store.reading() as session:
        assert session.exec(select(Invitation.expires_at)).one() == NOW + 2 * DAY
