"""`/cx why csat`: what made a number change."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.errors import BadRequest, CxError, NotAllowed
from bot.kpis.council import tells_teams
from bot.kpis.kpi import Kpi
from bot.kpis.query import Filter, Query
from bot.kpis.why import TOLD_BY, Why, why
from bot.views.buttons import WHY as WHY_BUTTON
from bot.views.why import why_message
from commands.answering import answered, noted
from commands.command import Action, Ask, Click, Command, Reply, Retold
from commands.grammar import read
from commands.hints import hint, refused
from commands.keeping import asked_before, kept, kept_beside
from commands.rights import about_agents, admit

EXAMPLE = "why csat"
CHANGED = re.compile(
    r"\b(?:did|does|is|are|has|have|our|the|change|changed|changing|drop|dropped|fall|fell|falling|rise|rose|rising|go|gone|went|going"
    r"|up|down|so|higher|lower|worse|better)\b",
    re.I,
)
"""Words about a change, which is what it tells of anyway."""
STATED = re.compile(r"\b(?:is|are|was|were|so|too|very)\b", re.I)
HOW = re.compile(
    r"(?<!for )(?<!priority )\b(?:slow|fast|high|low|bad|good|poor|great|long|short)\b(?! (?:priority|tickets?))", re.I
)
"""`why is csat low` is about no priority; `why csat low priority` is."""


def explain(ask: Ask) -> Reply:
    """The change since the window before, split into effects that add up to it."""
    try:
        admit(ask.asker)
        if not ask.text.strip():
            return hint("Why what?", "Name a number, and a window if you like.", (EXAMPLE, "why volume last 30 days"))
        said = HOW.sub(" ", ask.text) if STATED.search(ask.text) else ask.text
        found = read(CHANGED.sub(" ", said), now=ask.now, workspace=ask.workspace, session=ask.session)
        if found.kpi is None or found.query is None:
            offers = tuple(f"why {one}" for one in found.suggestions) if found.healed or found.kpi is not None else (EXAMPLE,)
            return hint(found.says, found.next_step if found.healed else "", offers)
        _admit_split(ask, found.kpi, found.query)
        return _told(ask, found.kpi, found.query, _first_by(found.query))
    except CxError as error:
        return refused(error)


def explain_answer(click: Click) -> Reply:
    """The same for the answer above the button, with the rights of whoever pressed."""
    try:
        admit(click.asker)
        kpi, query = asked_before(click.session, click.value)
        return _told(click, kpi, query, _first_by(query))
    except CxError as error:
        return refused(error)


def explain_again(click: Click) -> Retold:
    """The same to be shared, its dimensions in the same order. Raises as the question does."""
    kpi, query = asked_before(click.session, click.value)
    first_by = str(kept_beside(click.session, click.value).get("first_by") or "")
    told = _told(click, kpi, query, first_by)
    return Retold(reply=replace(told, notes=noted(query, "shared")), typed=f"why {replace(query, show=None).text()}")


def _admit_split(ask: Ask, kpi: Kpi, query: Query) -> None:
    """Raises BadRequest for a split whose groups share tickets, or tell people or teams too small apart, or are not one."""
    if query.splits == ("team",) and not tells_teams(ask.session, ask.workspace):
        raise NotAllowed("Some teams are too small to be told: the works council's mode is on.", next_step="Leave out *by team*.")
    if query.splits in ((), (kpi.split,)) or (len(query.splits) == 1 and query.splits[0] in TOLD_BY):
        return
    whole = f"why {replace(query, splits=(), grain=None).text()}"
    told = [word for word in TOLD_BY if word in kpi.splits]
    offers = [f"why {replace(query, splits=(word,), grain=None).text()}" for word in told[:2]]
    raise BadRequest(
        f"Effects are told by {', '.join(told)}: each ticket is in one group of those, and they add up.",
        next_step="Choose one, or leave it out.",
        offers=(*offers, whole),
    )


def _first_by(asked: Query) -> str:
    """The dimension that was named, which is told first."""
    return next((word for word in asked.splits if word in TOLD_BY), "")


def _told(door: Ask | Click, kpi: Kpi, asked: Query, first_by: str) -> Reply:
    query = replace(asked, splits=(), show=None, grain=None, versus=asked.versus or "previous")
    told = why(door.session, answered(door, kpi, query), workspace=door.workspace, first_by=first_by)
    whole, behind = kept(told.answer.query, first_by=first_by), _behind(told)
    tickets = kept(behind) if behind is not None else None
    message = why_message(told, whole.query_id, tickets.query_id if tickets is not None else "")
    remembered = (whole,) if tickets is None else (whole, tickets)
    named = about_agents(told.answer.query)
    return Reply(message=message, keeps=remembered, notes=noted(told.answer.query, "why"), names_people=named)


def _behind(told: Why) -> Query | None:
    """The question whose tickets are those of the largest effect; of a group that is gone, those it had before."""
    if not told.splits or not told.splits[0].effects:
        return None
    first, query = told.splits[0], told.answer.query
    effect = first.lead(told.change)
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
