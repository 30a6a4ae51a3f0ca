"""Asks customers what they think: decides about fresh solves, sends what is due, ends what is over."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.errors import SlackRefused
from bot.slack.people import Person
from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import Letter
from bot.store.tables import Invitation, Outbox
from bot.surveys.admitting import Why, language_of
from bot.surveys.asking import SlackPerson, decide, whom_to_ask
from bot.surveys.candidates import Candidate
from bot.surveys.closing import expire, withdraw
from bot.surveys.rules import read_rules
from bot.surveys.sending import due, hand_out, letter_key
from bot.surveys.wire import new_token
from bot.views.message import Message
from bot.views.survey import closed_message, invitation_message
from jobs.job import Job, Tick

log = logging.getLogger("cx.surveys")

# Slack promises some fifty look-ups a minute, and the job runs every minute.
LOOKUPS_A_ROUND = 40
# Slack's words for an address it cannot place. All other refusals say nothing about the person.
NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible", "users_not_visible", "invalid_email"})

# Only what could be an address is asked about: one that Slack refuses every time would hold up everyone behind it.
ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")

FindPerson = Callable[[str], Person | None]


def run(tick: Tick) -> int:
    """One round; how many invitations it ended, decided and sent. Doing it twice at once does everything once."""
    ended = close(tick.store, now=tick.now)
    decided = invite(tick.store, tick.slack.user_by_email, now=tick.now)
    return ended + decided + send(tick.store, now=tick.now)


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
        candidates = whom_to_ask(session, read_rules(session), now=now, limit=LOOKUPS_A_ROUND)
    decided = 0
    for candidate in candidates:
        try:
            person = _active(find, candidate)
        except SlackRefused as refused:
            log.warning("survey recipients cannot be looked up: %s", refused.code)
            break
        with store.writing() as session:
            decided += decide(session, candidate, person, rules=read_rules(session), now=now) is not None
    return decided


def send(store: Store, *, now: datetime, token: Callable[[], str] = new_token) -> int:
    """Put the message of every waiting invitation into the outbox, each in the transaction that marks it as sent."""
    with store.reading() as session:
        waiting = due(session, now=now)
    return sum(_send_one(store, invitation_id, token(), now) for invitation_id in waiting)


def _send_one(store: Store, invitation_id: int, token: str, now: datetime) -> int:
    with store.writing() as session:
        invited = hand_out(session, invitation_id, token, rules=read_rules(session), now=now)
        if invited is None:
            return 0
        message = invitation_message(invited)
        letter = Letter(
            dedupe_key=letter_key(invitation_id), kind="survey", channel_id=invited.user_id, payload=_payload(message)
        )
        outbox.enqueue(session, letter, now)
    return 1


def _active(find: FindPerson, candidate: Candidate) -> SlackPerson | None:
    """The living human being behind an address; no address, no person."""
    person = _find(find, (candidate.email or "").strip())
    if person is None or person.is_bot or person.is_gone:
        return None
    return SlackPerson(user_id=person.id, team_id=person.team_id)


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
    key = letter_key(invitation_id)
    if outbox.cancel(session, key):
        return
    posted = session.exec(select(Outbox).where(Outbox.dedupe_key == key)).one_or_none()
    invitation = session.get(Invitation, invitation_id)
    if posted is None or invitation is None:
        return
    message = closed_message(why, language_of(session, invitation))
    letter = Letter(
        dedupe_key=f"{key}:closed",
        kind="survey",
        channel_id=posted.channel_id,
        payload=_payload(message),
        method="chat.update",
        parent_id=posted.id,
    )
    outbox.enqueue(session, letter, now)


def _payload(message: Message) -> dict[str, object]:
    return {"text": message.text, "blocks": list(message.blocks)}
