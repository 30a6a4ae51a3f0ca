"""One command for every number: whatever is no other command is read as a question about a KPI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.errors import BadPeriod, BadRequest, CxError, NotAllowed
from bot.kpis.dimensions import AGENT, STATUS, dimension, known_names
from bot.kpis.kpi import Kpi
from bot.kpis.query import Query
from bot.store.words import Status
from commands.answering import carded
from commands.command import Ask, Command, Reply
from commands.grammar import read, read_on
from commands.hints import hint, refused
from commands.mending import nearest
from commands.question import Understood
from commands.rights import admit, permitted

MOST_VALUES = 2_000
LEFT_OUT = frozenset({Status.DELETED.value, Status.MERGED.value, Status.SPAM.value})


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
        understood = _further(ask) or _read(ask, verbs)
        if understood.kpi is None or understood.query is None:
            return _not_understood(understood)
        return _answer(ask, understood.kpi, understood.query)
    except CxError as error:
        return refused(error)


def _read(ask: Ask, verbs: Sequence[str]) -> Understood:
    """What was meant. Names of agents are offered to those who may be told their numbers, and of no others."""
    told = ask.asker.is_admin or bool(ask.asker.leads)
    found = read(ask.text, now=ask.now, workspace=ask.workspace, session=ask.session, verbs=verbs, tells_names=told)
    if not told or ask.asker.is_admin:
        return found
    return replace(found, suggestions=tuple(one for one in found.suggestions if AGENT.slug not in one or _may_ask(ask, one)))


def _may_ask(ask: Ask, text: str) -> bool:
    query = read(text, now=ask.now, workspace=ask.workspace, session=ask.session).query
    try:
        return query is None or bool(permitted(ask.session, query, ask.asker))
    except NotAllowed:
        return False


def _further(ask: Ask) -> Understood | None:
    """What was meant as a follow-up, where there is something to follow."""
    if ask.follows is None:
        return None
    return read_on(ask.text, ask.follows, now=ask.now, workspace=ask.workspace, session=ask.session)


def _answer(ask: Ask, kpi: Kpi, query: Query) -> Reply:
    try:
        _admit_status(query)
        return carded(ask, kpi, query)
    except (NotAllowed, BadPeriod):
        raise
    except BadRequest as problem:
        return hint(problem.what, problem.next_step, [*_mended(ask, query), *_simpler(query)])


def _admit_status(query: Query) -> None:
    """Raises BadRequest for tickets that no number counts: none of them would be taken for a number of them."""
    gone = [one for one in query.filters if one.dimension == STATUS.slug and not one.negated and set(one.values) <= LEFT_OUT]
    if gone:
        says = f"Tickets that are {' or '.join(gone[0].values)} are in no number."
        raise BadRequest(says, next_step="How many were left out of a window stands under each answer.")


def _mended(ask: Ask, query: Query) -> list[str]:
    """The question with values that no ticket has replaced by the nearest that some have."""
    filters = tuple(
        one if one.op else replace(one, values=tuple(_known(ask, one.dimension, v) for v in one.values)) for one in query.filters
    )
    return [replace(query, filters=filters).text()] if filters != query.filters else []


def _known(ask: Ask, word: str, value: str) -> str:
    dim = dimension(word)
    if dim.local is not None:
        return value
    names = known_names(ask.session, dim)
    wanted = value.lower()
    if len(names) > MOST_VALUES or any(wanted == name.lower() or wanted in name.lower().split() for name in names):
        return value
    near = nearest(value, [name.lower() for name in names])
    return next((name for name in names if name.lower() == near), value)


def _simpler(query: Query) -> list[str]:
    """The question with less in it, which may be what can be answered."""
    bare = replace(query, splits=(), statistic=None, filters=(), grain=None, clock=None)
    without = replace(query, splits=(), statistic=None, grain=None)
    return [one.text() for one in (without, bare) if one.text() != query.text()]


def _not_understood(understood: Understood) -> Reply:
    if understood.verb is not None:
        whole = f"{understood.verb} {understood.rest}".strip()
        return hint(f"*{understood.verb}* is a command of its own.", "Type it without *ask*.", (whole,))
    return hint(understood.says, understood.next_step, understood.suggestions)
