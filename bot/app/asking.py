"""Asks our own house: who is asking, one unit of work, and what must not be said aloud."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from bot.app.customers import clicked, customer_of, press_of_customer
from bot.app.mentioned import addressed
from bot.app.payloads import Press, Where
from bot.app.places import places_in
from bot.app.wiring import Wiring
from bot.errors import NotAllowed, NotKept, NotReady, StoreError
from bot.slack.people import Person
from bot.store.leading import led_teams
from bot.store.ledger import first_delivery
from bot.store.tables import Agent, SavedQuery
from bot.store.words import Role
from bot.store.workspace import Workspace, read_workspace
from bot.views.message import Message
from bot.views.survey_phrases import language_seen, phrases
from commands.answering import unanswered
from commands.command import Action, Ask, Asker, Command, Noted, Reply
from commands.follow import question_before
from commands.keeping import keep, note
from commands.rights import sayable

log = logging.getLogger("cx.app")

NOTHING = Reply()
ALOUD = Reply(message=Message(text=""), public=True)


def ask(wiring: Wiring, where: Where, text: str) -> Reply:
    """Run the command that was typed, in one unit of work, committed when this returns. Raises whatever it raises.

    The same delivery of a command that writes, coming twice, is answered once and then with nothing."""
    asker, person = _asker(wiring, where, text)
    return _spoken(wiring, asker, _run(wiring, where, text, asker, person, aloud=None))


def ask_aloud(wiring: Wiring, where: Where, text: str) -> Reply:
    """The same for a question everybody there has read: the answer is for everybody too, or there is none."""
    asker, person = _asker(wiring, where, text)
    _spoken(wiring, asker, ALOUD)
    return _run(wiring, where, text, asker, person, aloud=True)


def press(wiring: Wiring, pressed: Press) -> Reply | None:
    """Run what a press is for, committed when this returns; None for a button nobody knows any more."""
    action = wiring.action(pressed.action)
    if action is None:
        return None
    if action.action in wiring.open_to_outsiders:
        return _spoken(wiring, customer_of(pressed.where), _of_customer(wiring, action, pressed))
    asker, person = _asker(wiring, pressed.where, state=pressed.state)
    _admit(wiring, asker, action.action)

    def run(session: Session) -> Reply:
        known, workspace = _known(wiring, session, asker, person)
        return sayable(action.run(clicked(wiring, pressed, session, workspace, known)), known, workspace)

    return _spoken(wiring, asker, _kept(wiring, asker, _once(wiring, action, pressed.where, run)))


def _of_customer(wiring: Wiring, action: Action, pressed: Press) -> Reply:
    """Customers are not told what is wrong with a database of ours, only what it means for their answer."""
    try:
        return press_of_customer(wiring, action, pressed)
    except StoreError as error:
        log.warning("a press of a customer was not kept", exc_info=error)
        raise NotKept(phrases(language_seen(pressed.shown)).later) from error


def home_of(wiring: Wiring, where: Where) -> dict[str, object] | None:
    """The view of a person's Home tab, if the app has one."""
    asker, person = _asker(wiring, where)
    if wiring.home is None or asker.is_outsider:
        return None
    with wiring.store.reading() as session:
        known, workspace = _known(wiring, session, asker, person)
        return dict(wiring.home(Ask(text="", now=wiring.now(), session=session, workspace=workspace, asker=known)))


def _run(wiring: Wiring, where: Where, text: str, asker: Asker, person: Person, *, aloud: bool | None) -> Reply:
    """`aloud` None leaves it to the command whether everybody reads the answer."""
    command, rest = wiring.dispatch(text if asker.is_outsider else addressed(wiring, text))
    _admit(wiring, asker, command.word)

    def run(session: Session) -> Reply:
        now = wiring.now()
        known, workspace = _known(wiring, session, asker, person)
        before = question_before(session, known, now) if aloud else None
        reply = command.run(Ask(text=rest, now=now, session=session, workspace=workspace, asker=known, follows=before))
        reply = reply if reply.notes or command.writes else replace(reply, notes=unanswered(command, rest))
        return sayable(reply if aloud is None else replace(reply, public=aloud), known, workspace)

    return _kept(wiring, asker, _once(wiring, command, where, run))


def _admit(wiring: Wiring, asker: Asker, what: str) -> None:
    """Guests, people of other companies, and whoever Slack cannot tell us about, get no numbers of ours."""
    if asker.is_outsider and what not in wiring.open_to_outsiders:
        if wiring.slack.refused is not None:
            raise NotReady(
                f"Slack refuses my token ({wiring.slack.refused}), so I cannot tell who asks.",
                still_true="Nothing is lost.",
                next_step="An admin takes it anew from OAuth & Permissions of the Slack app, and starts me again.",
            )
        raise _members_only()


def _members_only() -> NotAllowed:
    return NotAllowed(
        "This is for members of the workspace, and Slack does not say that you are one.",
        next_step="If you are, try again in a minute.",
    )


def _once(wiring: Wiring, what: Command | Action, where: Where, run: Callable[[Session], Reply]) -> Reply:
    unit: Callable[[], AbstractContextManager[Session]] = wiring.store.writing if what.writes else wiring.store.reading
    with unit() as session:
        if what.writes and not first_delivery(session, where.once, wiring.now()):
            return NOTHING
        if wiring.store.refusal is not None:
            wiring.unkept.lay_beside(session)
        reply = run(session)
        if reply.errors:
            # Nothing was kept. The form stays open with the id it had, and what is sent from it next is no repetition.
            session.rollback()
        return reply


def _kept(wiring: Wiring, asker: Asker, reply: Reply) -> Reply:
    """Write what a reply leaves behind before anybody sees it: its buttons work at once. What only the audit must know of can
    wait until it was acknowledged. Of many who ask at once, all is written together."""
    now = wiring.now()
    if wiring.store.refusal is not None:
        like = SavedQuery(id="", query={}, asked_by=asker.user_id, channel_id=asker.channel_id, thread=asker.thread, at=now)
        wiring.unkept.remember(reply, like)
        return reply
    if reply.keeps or reply.published or any(one.at_once for one in reply.notes):
        wiring.store.together(lambda session: keep(session, reply, asker, now))
    elif reply.notes:
        wiring.later.submit(_note, wiring, asker, reply.notes, now).add_done_callback(_log_failure)
    return reply


def _note(wiring: Wiring, asker: Asker, notes: Sequence[Noted], now: datetime) -> None:
    wiring.store.together(lambda session: note(session, notes, asker, now))


def _log_failure(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.error("a line of the audit could not be written", exc_info=error)


def _asker(wiring: Wiring, where: Where, said: str = "", state: Mapping[str, Any] | None = None) -> tuple[Asker, Person]:
    """Who Slack says it is. Nothing is open while Slack is asked, and what it does not answer counts against the asker."""
    person = wiring.slack.user(where.user_id)
    place = wiring.slack.conversation(where.channel_id) if where.channel_id else None
    asker = Asker(
        user_id=where.user_id,
        team_id=person.team_id or where.team_id,
        channel_id=where.channel_id,
        is_admin=person.is_admin,
        is_outsider=person.is_outsider,
        shared_channel=place is not None and place.shared,
        bot_is_here=place is None or place.is_member,
        thread=where.thread_ts or "",
        places={} if person.is_outsider else places_in(wiring, said, state),
        slack_refuses=wiring.slack.refused or "",
    )
    return asker, person


def _known(wiring: Wiring, session: Session, asker: Asker, person: Person) -> tuple[Asker, Workspace]:
    """The asker as our own store knows them: an admin by setting, an agent of a help desk."""
    workspace = read_workspace(session, wiring.workspace())
    listed = asker.user_id in workspace.admins or asker.user_id in wiring.settings.admins
    agent_id = None if asker.is_outsider else _agent_id(session, person)
    leads = () if asker.is_outsider else led_teams(workspace.leads, asker.user_id)
    admin = asker.is_admin or (listed and not asker.is_outsider)
    return replace(asker, is_admin=admin, agent_id=agent_id, leads=leads, zone=person.zone or ""), workspace


def _agent_id(session: Session, person: Person) -> int | None:
    mine = col(Agent.slack_user_id) == person.id
    same_address = col(Agent.email) == (person.email or "").lower()
    who = or_(mine, same_address) if person.email else mine
    at_work = col(Agent.role).in_((Role.AGENT, Role.ADMIN))
    return session.exec(select(Agent.id).where(who, at_work).order_by(mine.desc(), col(Agent.id)).limit(1)).first()


def _spoken(wiring: Wiring, asker: Asker, reply: Reply) -> Reply:
    """What may be said aloud: never in a place that another company reads, and only where we are."""
    if not reply.public or reply.message is None:
        return reply
    if asker.is_outsider:
        raise _members_only()
    if asker.shared_channel:
        raise NotAllowed(
            "This channel is shared with another company, or may be, so nothing is posted here.",
            still_true="Only you can see answers here.",
            next_step="Share it in a channel of your own.",
        )
    if asker.channel_id and not wiring.slack.conversation(asker.channel_id).is_member:
        raise NotAllowed("I am not in this channel, so I cannot post here.", next_step="Type `/invite @cx`, then try again.")
    return reply
