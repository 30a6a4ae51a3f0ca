"""From a question that was understood to its answer: who may ask it, whether anybody can know it, and the card."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import NotReady
from bot.kpis.answer import Answer
from bot.kpis.council import forbid
from bot.kpis.dimensions import CUSTOMER, dimension
from bot.kpis.kpi import Kpi
from bot.kpis.measure import measure
from bot.kpis.query import TICKETS, Filter, Query
from bot.views.card import answer_card
from commands.command import Ask, Click, Command, Noted, Reply
from commands.csv_page import csv_message
from commands.keeping import asked_before, kept
from commands.knowing import unknowable
from commands.rights import about_agents, admit, permitted
from commands.ticket_pages import tickets_of


def answered(door: Ask | Click, kpi: Kpi, query: Query) -> Answer:
    """The answer, with the rights of whoever asks. Raises NotAllowed, NotReady and BadRequest."""
    admit(door.asker)
    forbid(door.workspace, query.splits, query.filters)
    allowed = permitted(door.session, query, door.asker)
    cannot = unknowable(door.session, kpi, query.filters)
    if cannot:
        raise NotReady(cannot, next_step=f"`/cx define {kpi.slug}` says what it needs.")
    return measure(door.session, kpi, allowed, workspace=door.workspace, now=door.now)


def answered_again(click: Click, query_id: str) -> Answer:
    """The answer to a kept question, with the rights of whoever pressed."""
    return answered(click, *asked_before(click.session, query_id))


def carded(door: Ask | Click, kpi: Kpi, query: Query) -> Reply:
    """A new card, or CSV or the tickets where that was asked for; its question is kept for the buttons."""
    answer = answered(door, kpi, query)
    remembered = kept(answer.query)
    if query.show == TICKETS:
        page = tickets_of(door, answer, remembered.query_id)
        return Reply(message=page, keeps=(remembered,), notes=noted(answer.query, "listed"), names_people=True)
    shown = csv_message if query.show == "csv" else answer_card
    message, named = shown(answer, remembered.query_id), about_agents(answer.query)
    return Reply(message=message, keeps=(remembered,), notes=noted(answer.query, "asked"), names_people=named)


def noted(query: Query, action: str) -> tuple[Noted, ...]:
    """The audit of a question as it was understood, without the names of customers; of one that tells single agents apart it
    is there before the answer is."""
    said = {"query": replace(query, filters=tuple(map(_nameless, query.filters))).text()}
    named = about_agents(query)
    return (Noted(action=f"{'agents' if named else 'question'}.{action}", detail=said, at_once=named),)


def unanswered(command: Command, said: str) -> tuple[Noted, ...]:
    """The audit of a command that notes nothing itself, and of a question that was not understood or not answered: nothing of
    the words but how many characters they were."""
    if command.word == "ask":
        return (Noted(action="question.unanswered", detail={"characters": len(said)}),)
    return (Noted(action="command.asked", detail={"command": command.word, "characters": len(said)}),)


def _nameless(one: Filter) -> Filter:
    return replace(one, values=("…",)) if not one.op and dimension(one.dimension) is CUSTOMER else one


def pieceless(query: Query) -> Query:
    """The same question for its number only: no series to count."""
    return replace(query, grain=None)
