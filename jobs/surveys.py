"""Asks customers what they think: decides about fresh solves, sends what is due, ends what is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.errors import SlackRefused
from bot.slack.people import Person
from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import Letter
from bot.store.tables import Invitation, Outbox, SurveyAnswer
from bot.store.words import OutboxState, Via
from bot.surveys.admitting import Why, language_of
from bot.surveys.anonymous import HELD_BACK, release
from bot.surveys.asking import ADDRESS, SlackPerson, decide, foreseen, whom_to_ask
from bot.surveys.candidates import Candidate
from bot.surveys.closing import expire, leave_out, withdraw
from bot.surveys.rules import read_rules
from bot.surveys.sending import due, due_for_reminder, hand_out, letter_key, remind, reminder_key
from bot.surveys.wire import new_token
from bot.views.message import Message
from bot.views.survey import closed_message, invitation_message, moved_message, reminder_message
from jobs.job import Job, Tick

log = logging.getLogger("cx.surveys")

# Slack promises some fifty look-ups a minute, and the job runs every minute.
LOOKUPS_A_ROUND = 40
FRESH = timedelta(hours=1)
# Slack's words for an address it cannot place. All other refusals say nothing about the person.
NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible", "users_not_visible", "invalid_email"})

FindPerson = Callable[[str], Person | None]


def run(tick: Tick) -> int:
    """One round; how many invitations it ended, decided and sent. Doing it twice at once does everything once."""
    ended = close(tick.store, now=tick.now)
    decided = invite(tick.store, tick.slack.user_by_email, now=tick.now)
    sent = send(tick.store, now=tick.now, is_gone=lambda user_id: _is_gone(tick, user_id))
    return ended + decided + sent + remind_silent(tick.store, now=tick.now) + count_apart(tick.store, now=tick.now)


ASK_CUSTOMERS = Job(
    slug="surveys",
    says="Asks customers after a solve, once each, and takes questions back when a ticket is reopened.",
    every=timedelta(minutes=1),
    run=run,
)


def close(store: Store, *, now: datetime) -> int:
    """Take back questions about reopened tickets and end those whose time is over; nothing stays to be pressed."""
    with store.writing() as session:
        withdrawn, expired = withdraw(session), expire(session, now=now)
        for invitation_id in withdrawn:
            _replace(session, invitation_id, Why.WITHDRAWN, now)
        for invitation_id in expired:
            _replace(session, invitation_id, Why.EXPIRED, now)
    return len(withdrawn) + len(expired)


def invite(store: Store, find: FindPerson, *, now: datetime) -> int:
    """Decide about everyone who might be asked now. Slack is asked before the transaction, never inside it.

    When Slack cannot say who somebody is, the rest waits for the next round: no answer is no proof of absence."""
    with store.reading() as session:
        rules = read_rules(session)
        candidates = whom_to_ask(session, rules, now=now, limit=LOOKUPS_A_ROUND)
        settled = [foreseen(session, candidate, rules) is not None for candidate in candidates]
    decided = 0
    for candidate, is_settled in zip(candidates, settled, strict=True):
        try:
            person = None if is_settled else _active(find, candidate)
        except SlackRefused as refused:
            log.warning("survey recipients cannot be looked up: %s", refused.code)
            break
        with store.writing() as session:
            decided += decide(session, candidate, person, rules=read_rules(session), now=now) is not None
    return decided


def send(
    store: Store, *, now: datetime, token: Callable[[], str] = new_token, is_gone: Callable[[str], bool] = lambda _: False
) -> int:
    """Put the message of every waiting invitation into the outbox, each in the transaction that marks it as sent.

    Whoever was decided about long ago, for the night or a queue lay between, is looked up once more: they may have left."""
    with store.reading() as session:
        waiting = due(session, now=now)
        stale = _decided_before(session, waiting, now - FRESH)
    sent = 0
    for invitation_id in waiting:
        if invitation_id in stale and is_gone(stale[invitation_id]):
            with store.writing() as session:
                leave_out(session, invitation_id)
            continue
        sent += _send_one(store, invitation_id, token(), now)
    return sent


def remind_silent(store: Store, *, now: datetime, token: Callable[[], str] = new_token) -> int:
    """Ask those who did not answer once more, and put a pointer in the place of the first message: one place to press."""
    with store.reading() as session:
        silent = due_for_reminder(session, read_rules(session), now=now)
    return sum(_remind_one(store, invitation_id, token(), now) for invitation_id in silent)


def count_apart(store: Store, *, now: datetime) -> int:
    """Let anonymous answers count where enough of them are there."""
    with store.reading() as session:
        held = session.exec(select(SurveyAnswer.id).where(SurveyAnswer.excluded == HELD_BACK).limit(1)).first()
    if held is None:
        return 0
    with store.writing() as session:
        return release(session, now=now)


def _decided_before(session: Session, invitation_ids: list[int], before: datetime) -> dict[int, str]:
    query = select(Invitation.id, Invitation.slack_user_id).where(
        col(Invitation.id).in_(invitation_ids), col(Invitation.decided_at) < before
    )
    return {one: user for one, user in session.exec(query) if one is not None and user is not None}


def _is_gone(tick: Tick, user_id: str) -> bool:
    person = tick.slack.user(user_id)
    return person.known and (person.is_gone or person.is_bot)


def _send_one(store: Store, invitation_id: int, token: str, now: datetime) -> int:
    with store.writing() as session:
        invited = hand_out(session, invitation_id, token, rules=read_rules(session), now=now)
        if invited is None:
            return 0
        outbox.enqueue(session, _letter(letter_key(invitation_id), invited.user_id, invitation_message(invited)), now)
    return 1


def _remind_one(store: Store, invitation_id: int, token: str, now: datetime) -> int:
    with store.writing() as session:
        if session.exec(select(Invitation.via).where(Invitation.id == invitation_id)).first() is not Via.SLACK:
            return 0
        first = session.exec(select(Outbox).where(Outbox.dedupe_key == letter_key(invitation_id))).one_or_none()
        if first is not None and first.state is not OutboxState.SENT:
            return 0
        invited = remind(session, invitation_id, token, rules=read_rules(session), now=now)
        if invited is None:
            return 0
        outbox.enqueue(session, _letter(reminder_key(invitation_id), invited.user_id, reminder_message(invited)), now)
        if first is not None:
            _put_in_place(session, first, f"{letter_key(invitation_id)}:moved", moved_message(invited.language), now)
    return 1


def _active(find: FindPerson, candidate: Candidate) -> SlackPerson | None:
    """The living human being behind an address; no address, no person."""
    person = _find(find, (candidate.email or "").strip())
    if person is None or person.is_bot or person.is_gone:
        return None
    return SlackPerson(user_id=person.id, team_id=person.team_id, zone=person.zone)


def _find(find: FindPerson, email: str) -> Person | None:
    if not ADDRESS.fullmatch(email):
        return None
    try:
        return find(email)
    except SlackRefused as refused:
        if refused.code in NOBODY:
            return None
        raise


def _replace(session: Session, invitation_id: int, why: Why, now: datetime) -> None:
    """Take the question out of the outbox, or put a sentence in its place where it was already shown."""
    invitation = session.get(Invitation, invitation_id)
    for key in (reminder_key(invitation_id), letter_key(invitation_id)):
        outbox.cancel(session, key)
        posted = session.exec(select(Outbox).where(Outbox.dedupe_key == key, Outbox.state != OutboxState.CANCELLED)).one_or_none()
        if posted is not None and invitation is not None:
            _put_in_place(session, posted, f"{key}:closed", closed_message(why, language_of(session, invitation)), now)
            return


def _put_in_place(session: Session, posted: Outbox, key: str, message: Message, now: datetime) -> None:
    letter = _letter(key, posted.channel_id, message)
    outbox.enqueue(session, replace(letter, method="chat.update", parent_id=posted.id), now)


def _letter(key: str, channel_id: str, message: Message) -> Letter:
    return Letter(
        dedupe_key=key, kind="survey", channel_id=channel_id, payload={"text": message.text, "blocks": list(message.blocks)}
    )
