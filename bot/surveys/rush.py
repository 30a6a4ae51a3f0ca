"""Records presses that come at once in as few statements as one of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.store.words import InvitationState
from bot.surveys.admitting import Admitted, By, Refused, admit_all
from bot.surveys.answering import Recorded, read_action_ts, record_click
from bot.surveys.first_answers import Press, keep_first_answers
from bot.surveys.grading import find_scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One press of a button that rates. `action_ts` is Slack's `seconds.micros` of it."""

    token: str
    score: int
    by: By
    action_ts: str
    now: datetime


def record_clicks(session: Session, rated: Sequence[Rated]) -> list[Recorded | Refused]:
    """Record each as `record_click` does, by the same laws; the caller commits, then acknowledges.

    First answers, which nearly all are, are kept together. Whatever else was pressed is looked at by itself, after them."""
    told = _first_answers(session, rated) if len(rated) > 1 else {}
    return [told[number] if number in told else _by_itself(session, one) for number, one in enumerate(rated)]


def _first_answers(session: Session, rated: Sequence[Rated]) -> dict[int, Recorded | Refused]:
    """What those were told that answered a question for the first time, by their number."""
    presses: dict[int | None, Press] = {}
    told: dict[int, Recorded | Refused] = {}
    admitted = admit_all(session, [(one.token, one.by, one.now) for one in rated])
    for number, (one, may) in enumerate(zip(rated, admitted, strict=True)):
        press = None if may is None else _first_answer(one, may)
        if may is None or press is None or press.invitation.id in presses:
            continue
        presses[press.invitation.id] = press
        told[number] = _recorded(may, press)
    if presses:
        keep_first_answers(session, list(presses.values()))
    return told


def _first_answer(one: Rated, admitted: Admitted) -> Press | None:
    """The press as a first answer; None where it is none, or one of another kind."""
    invitation, order_key = admitted.invitation, read_action_ts(one.action_ts)
    scale = find_scale(invitation.scale)
    if order_key is None or scale is None or one.score not in scale.scores:
        return None
    if invitation.anonymous or invitation.state is InvitationState.ANSWERED:
        return None
    return Press(invitation=invitation, score=one.score, order_key=order_key, now=one.now)


def _recorded(admitted: Admitted, press: Press) -> Recorded:
    scale = find_scale(admitted.invitation.scale)
    assert scale is not None
    return Recorded(survey=admitted.invitation.survey, scale=scale, score=press.score, language=admitted.language)


def _by_itself(session: Session, one: Rated) -> Recorded | Refused:
    return record_click(session, one.token, one.score, by=one.by, action_ts=one.action_ts, now=one.now)
