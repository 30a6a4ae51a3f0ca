"""People who are mentioned in a question: an agent of a help desk is known by the address that Slack has of them."""

from __future__ import annotations

import re

from sqlmodel import col, func, select

from bot.app.wiring import Wiring
from bot.store.tables import Agent
from bot.store.words import Role

MENTION = re.compile(r"<@([UW][A-Z0-9]{1,40})(?:\|[^<>]{0,200})?>")
MOST = 5
AT_WORK = (Role.AGENT, Role.ADMIN)


def addressed(wiring: Wiring, text: str) -> str:
    """What was said to us, without our own name; whoever is mentioned in it and is an agent can be found by it from now on."""
    if "<@" not in text:
        return text
    us = wiring.slack.identity().user_id
    said = MENTION.sub(lambda found: " " if found[1] == us else found[0], text).strip()
    mentioned = dict.fromkeys(found[1] for found in MENTION.finditer(said))
    if wiring.store.refusal is None:
        for user_id in list(mentioned)[:MOST]:
            _know(wiring, user_id)
    return said


def _know(wiring: Wiring, user_id: str) -> None:
    """Keep who an agent is in Slack, where their address says so and nothing else is known of them."""
    with wiring.store.reading() as session:
        if session.exec(select(Agent.id).where(col(Agent.slack_user_id) == user_id).limit(1)).first() is not None:
            return
    person = wiring.slack.user(user_id)
    if person.is_outsider or not person.email:
        return
    theirs = func.lower(col(Agent.email)) == person.email.lower()
    unlinked = select(Agent).where(theirs, col(Agent.slack_user_id).is_(None), col(Agent.role).in_(AT_WORK))
    with wiring.store.reading() as session:
        if session.exec(unlinked.limit(1)).first() is None:
            return
    with wiring.store.writing() as session:
        for agent in session.exec(unlinked):
            agent.slack_user_id = user_id
            session.add(agent)
