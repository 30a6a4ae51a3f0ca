"""`/cx comments csat<3 last 30 days refund`: what customers wrote, by score, period, rules and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from bot.clock import zone
from bot.errors import CxError, NotAllowed
from bot.kpis.council import forbid_alone
from bot.kpis.query import Filter
from bot.periods import find_window, read_window
from bot.store.tables import Agent, SurveyAnswer, Ticket
from bot.store.words import Box, SurveyKind
from bot.surveys.conditions import About, Condition, left_out, typed_conditions
from bot.surveys.grading import find_scale
from bot.surveys.subjects import subjects
from bot.views.survey_admin import Said, comments_message
from bot.windows import Window
from commands.command import Ask, Command, Noted, Reply
from commands.hints import hint, refused
from commands.rights import admit
from commands.tokens import bare, plain, words

SCORE = re.compile(r"(?P<kind>csat|ces|nps)(?:(?P<op><=|>=|<|>|=)(?P<score>-?\d{1,3}))?", re.ASCII | re.IGNORECASE)
SPACED = re.compile(r"\s*(<=|>=|<|>|=)\s*")
OPS: Mapping[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq}
BOXES = {"bad": Box.NEGATIVE, "negative": Box.NEGATIVE, "good": Box.POSITIVE, "positive": Box.POSITIVE}
DAYS = "last 30 days including today"
SHOWN = 10
LOOKED_THROUGH = 5_000
MYSELF = re.compile(r"^(-?agent:)(?:me|myself)$", re.IGNORECASE)
TOLD_BY = ("team", "agent")
ONLY = "Comments are shown to admins, and to agents about their own tickets."


@dataclass(slots=True, kw_only=True)
class Wanted:
    """Which comments: conditions on the answer, rules on its ticket, and words that must stand in it."""

    window: Window | None = None
    where: list[ColumnElement[bool]] = field(default_factory=list)
    only: list[Condition] = field(default_factory=list)
    never: list[Condition] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def show_comments(ask: Ask) -> Reply:
    """The newest comments that fit; the audit keeps that they were read, not what stands in them."""
    try:
        admit(ask.asker)
        if not ask.asker.is_admin and ask.asker.agent_id is None:
            raise NotAllowed(ONLY, next_step="Ask an admin of the workspace.")
        wanted = _read(ask)
        ruled = [Filter(dimension=one.field, values=one.values) for one in (*wanted.only, *wanted.never) if one.field in TOLD_BY]
        forbid_alone(ask.session, ask.workspace, (), ruled)
        window = wanted.window or read_window(
            DAYS, now=ask.now, zone=zone(ask.workspace.zone), week_start=ask.workspace.week_start
        )
    except CxError as error:
        return refused(error)
    found = _found(ask, wanted, window)
    told = {"count": len(found), "window": window.text}
    notes = (Noted(action="comments.read", detail=told, at_once=True),) if found else ()
    if not found:
        longer = " ".join(["comments", *wanted.said, "last 90 days"])
        return hint(
            f"No comment fits, {window.text}.", "Ask for a longer time, or with fewer words:", (longer, "comments last 90 days")
        )
    return Reply(
        message=comments_message(found[:SHOWN], len(found), window.text, ask.workspace.zone), notes=notes, names_people=True
    )


def _read(ask: Ask) -> Wanted:
    """Understand the words in any order. Raises BadPeriod, and BadRequest for rules that are none."""
    found, wanted, at = words(SPACED.sub(r"\1", plain(ask.text))), Wanted(), 0
    while at < len(found):
        period = find_window(
            [one.strip("?!.,") for one in found[at:]],
            0,
            now=ask.now,
            zone=zone(ask.workspace.zone),
            week_start=ask.workspace.week_start,
        )
        if period is not None and wanted.window is None:
            wanted.window = period[0]
            at += period[1]
            continue
        wanted.said.append(found[at])
        _word(wanted, _spelt(ask, found[at]))
        at += 1
    return wanted


def _spelt(ask: Ask, word: str) -> str:
    """`agent:me` is the agent whose questions these are."""
    own = ask.session.get(Agent, ask.asker.agent_id) if ask.asker.agent_id is not None else None
    return MYSELF.sub(lambda found: f'{found[1]}"{own.name}"', word) if own is not None else word


def _word(wanted: Wanted, word: str) -> None:
    score = SCORE.fullmatch(word.strip("?!.,"))
    if score is not None:
        wanted.where.append(col(SurveyAnswer.survey) == SurveyKind(score["kind"].lower()))
        if score["op"]:
            wanted.where.append(OPS[score["op"]](col(SurveyAnswer.score), int(score["score"])))
    elif bare(word) in BOXES:
        wanted.where.append(col(SurveyAnswer.box) == BOXES[bare(word)])
    elif ":" in word[1:-1]:
        only, never = typed_conditions(word)
        wanted.only += only
        wanted.never += never
    elif bare(word):
        wanted.words.append(bare(word))


def _found(ask: Ask, wanted: Wanted, window: Window) -> list[Said]:
    query = (
        select(SurveyAnswer, col(Ticket.external_id))
        .join(Ticket, col(Ticket.id) == col(SurveyAnswer.ticket_id), isouter=True)
        .where(
            col(SurveyAnswer.answered_at) >= window.start,
            col(SurveyAnswer.answered_at) < window.end,
            col(SurveyAnswer.comment).is_not(None),
            func.coalesce(col(SurveyAnswer.excluded), "") != "held back",
            *wanted.where,
            *([] if ask.asker.is_admin else [col(SurveyAnswer.agent_id) == ask.asker.agent_id]),
        )
        .order_by(col(SurveyAnswer.answered_at).desc(), col(SurveyAnswer.id).desc())
        .limit(LOOKED_THROUGH)
    )
    rows = [(answer, number) for answer, number in ask.session.execute(query) if _speaks_of(answer.comment or "", wanted.words)]
    if wanted.only or wanted.never:
        known = subjects(ask.session, [answer.ticket_id for answer, _ in rows if answer.ticket_id is not None])
        nothing = About(key="")
        rows = [one for one in rows if left_out(wanted.only, wanted.never, known.get(one[0].ticket_id or 0, nothing)) is None]
    return [_said(answer, number) for answer, number in rows]


def _speaks_of(comment: str, wanted: Sequence[str]) -> bool:
    lower = comment.lower()
    return all(word in lower for word in wanted)


def _said(answer: SurveyAnswer, number: str | None) -> Said:
    scale = find_scale(answer.scale)
    return Said(scale=scale, score=answer.score, words=answer.comment or "", at=answer.answered_at, number=number)


COMMENTS = Command(
    word="comments",
    usage="/cx comments csat<3 last 30 days [team:billing] [words]",
    says="Searches what customers wrote with their ratings.",
    run=show_comments,
    also=("comment",),
)
