"""Bare `/cx`: the numbers people look at first, as they are now."""

from __future__ import annotations

from bot.errors import CxError
from bot.kpis import KPIS
from bot.kpis.answer import Answer
from bot.kpis.kpi import Kpi
from bot.views.snapshot import snapshot
from commands.answering import answered, pieceless
from commands.command import Ask, Command, Reply
from commands.grammar import default_query
from commands.hints import hint, refused
from commands.keeping import kept
from commands.knowing import unknowable
from commands.rights import admit

FIRST = ("backlog", "volume", "solved", "frt", "sla", "csat")


def show_snapshot(ask: Ask) -> Reply:
    """Up to six numbers that the help desks here can know, each one press away from its card."""
    if ask.text.strip():
        return hint("The snapshot takes no words.", "For one number, type its name:", [ask.text.strip()[:200]])
    try:
        admit(ask.asker)
        return _snapshot(ask)
    except CxError as error:
        return refused(error)


def _snapshot(ask: Ask) -> Reply:
    shown = [kpi for slug in FIRST for kpi in KPIS if kpi.slug == slug and not unknowable(ask.session, kpi)]
    questions = [default_query(kpi, now=ask.now, workspace=ask.workspace) for kpi in shown]
    answers = [answered(ask, kpi, pieceless(query)) for kpi, query in zip(shown, questions, strict=True)]
    if _empty(answers):
        return Reply(message=snapshot([], []))
    remembered = tuple(kept(query) for query in questions)
    return Reply(message=snapshot(answers, [one.query_id for one in remembered]), keeps=remembered)


def _empty(answers: list[Answer]) -> bool:
    return all(answer.figure.value is None for answer in answers)


def first_kpis() -> tuple[Kpi, ...]:
    """The numbers of the snapshot."""
    return tuple(kpi for slug in FIRST for kpi in KPIS if kpi.slug == slug)


SNAPSHOT = Command(
    word="snapshot",
    usage="/cx",
    says="Shows how things are now.",
    run=show_snapshot,
    also=("now", "overview"),
)
