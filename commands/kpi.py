"""One command for every number: whatever is no other command is read as a question about a KPI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.errors import BadPeriod, BadRequest, CxError, NotAllowed
from bot.kpis.kpi import Kpi
from bot.kpis.query import Query
from commands.answering import carded
from commands.command import Ask, Command, Reply
from commands.grammar import Understood, read
from commands.hints import hint, refused
from commands.rights import admit


def kpi_command(verbs: Callable[[], Sequence[str]]) -> Command:
    """The command that answers a KPI; `verbs` are the words of the others, offered to those who mistype one."""
    return Command(
        word="ask",
        usage="/cx frt last 30 days by channel",
        says="Answers any number; the word `ask` is not needed.",
        run=lambda ask: ask_kpi(ask, verbs()),
        listed=False,
    )


def ask_kpi(ask: Ask, verbs: Sequence[str] = ()) -> Reply:
    """The card of the number asked for, or what was understood of the question and how to go on."""
    try:
        admit(ask.asker)
        understood = read(ask.text, now=ask.now, workspace=ask.workspace, session=ask.session, verbs=verbs)
        if understood.kpi is None or understood.query is None:
            return _not_understood(understood)
        return _answer(ask, understood.kpi, understood.query)
    except CxError as error:
        return refused(error)


def _answer(ask: Ask, kpi: Kpi, query: Query) -> Reply:
    try:
        return carded(ask, kpi, query)
    except (NotAllowed, BadPeriod):
        raise
    except BadRequest as problem:
        return hint(problem.what, problem.next_step, _simpler(query))


def _simpler(query: Query) -> list[str]:
    """The question with less in it, which may be what can be answered."""
    bare = replace(query, splits=(), statistic=None, filters=(), grain=None, clock=None)
    without = replace(query, splits=(), statistic=None, grain=None)
    return [one.text() for one in (without, bare) if one.text() != query.text()]


def _not_understood(understood: Understood) -> Reply:
    return hint(understood.says, understood.next_step, understood.suggestions)
