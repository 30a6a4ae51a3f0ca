"""`/cx why csat`: what made a number change."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.errors import CxError
from bot.kpis.kpi import Kpi
from bot.kpis.query import Filter, Query
from bot.kpis.why import Why, why
from bot.views.buttons import WHY as WHY_BUTTON
from bot.views.why import why_message
from commands.answering import answered, noted
from commands.command import Action, Ask, Click, Command, Reply
from commands.grammar import read
from commands.hints import hint, refused
from commands.keeping import asked_before, kept
from commands.rights import admit

EXAMPLE = "why csat"
CHANGED = re.compile(
    r"\b(?:did|does|is|are|has|have|our|the|change|changed|changing|drop|dropped|fall|fell|falling|rise|rose|rising|go|gone|went|going"
    r"|up|down|so|higher|lower|worse|better)\b",
    re.I,
)
"""Words about a change, which is what it tells of anyway."""


def explain(ask: Ask) -> Reply:
    """The change since the window before, split into effects that add up to it."""
    try:
        admit(ask.asker)
        if not ask.text.strip():
            return hint("Why what?", "Name a number, and a window if you like.", (EXAMPLE, "why volume last 30 days"))
        found = read(CHANGED.sub(" ", ask.text), now=ask.now, workspace=ask.workspace, session=ask.session)
        if found.kpi is None or found.query is None:
            return hint(found.says, found.next_step, tuple(f"why {one}" for one in found.suggestions if found.healed))
        return _told(ask, found.kpi, found.query)
    except CxError as error:
        return refused(error)


def explain_answer(click: Click) -> Reply:
    """The same for the answer above the button, with the rights of whoever pressed."""
    try:
        admit(click.asker)
        return _told(click, *asked_before(click.session, click.value))
    except CxError as error:
        return refused(error)


def _told(door: Ask | Click, kpi: Kpi, asked: Query) -> Reply:
    query = replace(asked, splits=(), show=None, grain=None, versus=asked.versus or "previous")
    told = why(door.session, answered(door, kpi, query), workspace=door.workspace)
    whole, behind = kept(told.answer.query), _behind(told)
    tickets = kept(behind) if behind is not None else None
    message = why_message(told, whole.query_id, tickets.query_id if tickets is not None else "")
    remembered = (whole,) if tickets is None else (whole, tickets)
    return Reply(message=message, keeps=remembered, notes=noted(told.answer.query, "why"))


def _behind(told: Why) -> Query | None:
    """The question whose tickets are those of the largest effect; of a group that is gone, those it had before."""
    if not told.splits or not told.splits[0].effects:
        return None
    first, query = told.splits[0], told.answer.query
    effect = first.effects[0]
    previous = told.answer.previous
    window = query.window if effect.after[0] or previous is None else previous.window
    only = Filter(dimension=first.dimension, values=(effect.label,))
    return replace(query, window=window, filters=(*query.filters, only), versus=None, against=None)


WHY = Command(
    word="why",
    usage="/cx why csat",
    says="Splits a change into what each team, channel, category and priority did to it.",
    run=explain,
)
WHY_ACTION = Action(action=WHY_BUTTON, says="Shows what made a number change.", run=explain_answer)
