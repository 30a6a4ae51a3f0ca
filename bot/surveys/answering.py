"""Keeps what customers answer: each click once, the newest one counts, and nobody answers for someone else.

Every function works inside the caller's unit of work; a click may be acknowledged only after that was committed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer
from bot.store.words import Box, InvitationState, SurveyKind
from bot.surveys import anonymous
from bot.surveys.admitting import By, Refused, Why, admit, admit_reader, language_of
from bot.surveys.cases import settle_asked_again
from bot.surveys.first_answers import SOURCE, WEB, Press, keep_first_answers, let_latest_of, note_press
from bot.surveys.grading import find_scale, grade
from bot.surveys.survey import Scale

LONGEST_COMMENT = 3000
ANSWER = (
    select(SurveyAnswer)
    .where(col(SurveyAnswer.source).in_((SOURCE, WEB)), col(SurveyAnswer.external_id).in_(bindparam("names", expanding=True)))
    .execution_options(populate_existing=True)
)
ACTION_TS = re.compile(r"(\d{1,10})\.(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The answer as it stands now. `score` is the one that counts, which an older click delivered late does not change.

    `token` is what leads to the answer from now on, where that is another one than was pressed: an anonymous answer."""

    survey: SurveyKind
    scale: Scale
    score: int
    comment: str | None = None
    language: str | None = None
    token: str | None = None


def record_click(session: Session, token: str, score: int, *, by: By, action_ts: str, now: datetime) -> Recorded | Refused:
    """Record one press of a button that rates. Needs a writing session; the caller commits, then acknowledges.

    Deliveries may come twice, late and in any order: the click with the newest `action_ts` (Slack's `seconds.micros`)
    counts, and every distinct one is kept in AnswerHistory. `answered_at` stays that of the first recorded click."""
    order_key = read_action_ts(action_ts)
    if order_key is None:
        return Refused(why=Why.UNREADABLE)
    invitation = admit(session, token, by=by, now=now)
    if isinstance(invitation, Refused):
        apart = _standing_apart(session, token, invitation)
        return invitation if apart is None else _apart(apart, anonymous.change(session, apart, score, now=now))
    scale = find_scale(invitation.scale)
    if scale is None or score not in scale.scores:
        return Refused(why=Why.OFF_SCALE, language=language_of(session, invitation))
    if invitation.anonymous:
        return _first_apart(session, invitation, score, now)
    press = Press(invitation=invitation, score=score, order_key=order_key, now=now)
    # The state is set with the first answer, under the same lock: most presses are the first, and need not look for one.
    answer = _answer(session, invitation) if invitation.state is InvitationState.ANSWERED else None
    if answer is None:
        keep_first_answers(session, [press])
        return Recorded(survey=invitation.survey, scale=scale, score=score, language=language_of(session, invitation))
    _press_again(session, answer, press)
    return _recorded(session, invitation, answer)


def record_comment(session: Session, token: str, comment: str, *, by: By, now: datetime) -> Recorded | Refused:
    """Keep the customer's words with the answer they belong to; the last ones count, and blank ones take them back.

    Stored as written, markup and all, up to 3000 characters: views escape. Only what no database can hold is mended."""
    invitation = admit(session, token, by=by, now=now)
    if isinstance(invitation, Refused):
        apart = _standing_apart(session, token, invitation)
        return invitation if apart is None else _apart(apart, anonymous.comment(session, apart, _tidy(comment), now=now))
    answer = _answer(session, invitation)
    if answer is None:
        return Refused(why=Why.UNANSWERED, language=language_of(session, invitation))
    answer.comment = _tidy(comment)
    session.add(answer)
    session.flush()
    return _recorded(session, invitation, answer)


def look(session: Session, token: str, *, by: By, now: datetime) -> Recorded | Refused:
    """The answer as it stands, for its own author while it can still be changed. Changes nothing."""
    apart = anonymous.find(session, token)
    if apart is not None:
        return _apart(apart, apart if anonymous.is_open(apart) else Refused(why=Why.EXPIRED))
    invitation = admit_reader(session, token, by=by, now=now)
    if isinstance(invitation, Refused):
        return invitation
    answer = _answer(session, invitation)
    if answer is None:
        return Refused(why=Why.UNANSWERED, language=language_of(session, invitation))
    return _recorded(session, invitation, answer)


def read_action_ts(action_ts: str) -> str | None:
    """Slack's `seconds.micros` at a fixed width, so that text order is time order; None for anything else."""
    match = ACTION_TS.fullmatch(action_ts)
    return f"{int(match[1]):010d}.{match[2]:0<6}" if match else None


def storable(text: str) -> str:
    """The text without what PostgreSQL refuses: NUL characters and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _tidy(comment: str) -> str | None:
    return storable(comment)[:LONGEST_COMMENT].strip() or None


def _first_apart(session: Session, invitation: Invitation, score: int, now: datetime) -> Recorded | Refused:
    language = language_of(session, invitation)
    if invitation.state is InvitationState.ANSWERED:
        return Refused(why=Why.USED, language=language)
    receipt, answer = anonymous.keep(session, invitation, score, now=now)
    scale = find_scale(answer.scale)
    assert scale is not None
    return Recorded(survey=SurveyKind(answer.survey), scale=scale, score=score, language=language, token=receipt)


def _standing_apart(session: Session, token: str, refused: Refused) -> SurveyAnswer | None:
    """The anonymous answer that a token leads to, where it leads to no question."""
    return anonymous.find_to_change(session, token) if refused.why is Why.FORGED else None


def _apart(found: SurveyAnswer, outcome: SurveyAnswer | Refused) -> Recorded | Refused:
    scale = find_scale(found.scale)
    if isinstance(outcome, Refused) or scale is None:
        return outcome if isinstance(outcome, Refused) else Refused(why=Why.OFF_SCALE)
    return Recorded(survey=SurveyKind(outcome.survey), scale=scale, score=outcome.score, comment=outcome.comment)


def _press_again(session: Session, answer: SurveyAnswer, press: Press) -> None:
    if _is_known(session, answer, press.order_key):
        return
    if press.order_key > answer.order_key:
        _change(answer, press)
    session.add(answer)
    session.flush()
    note_press(session, answer.source, answer.external_id, press)
    case_id = press.invitation.case_id
    if case_id is not None:
        settle_asked_again(session, case_id, recovered=answer.box is Box.POSITIVE)
    elif answer.ticket_id is not None:
        let_latest_of(session, [answer.ticket_id])


def _answer(session: Session, invitation: Invitation) -> SurveyAnswer | None:
    """The answer to a question, also when it was given by the message that a reminder replaced."""
    names = [name for name in (invitation.token_hash, invitation.earlier_token_hash) if name]
    return session.exec(ANSWER, params={"names": names}).one_or_none()


def _is_known(session: Session, answer: SurveyAnswer, order_key: str) -> bool:
    query = select(AnswerHistory.id).where(
        AnswerHistory.source == answer.source,
        AnswerHistory.external_id == answer.external_id,
        AnswerHistory.order_key == order_key,
    )
    return session.exec(query).first() is not None


def _change(answer: SurveyAnswer, press: Press) -> None:
    if answer.score != press.score:
        answer.score = press.score
        answer.box = grade(answer.scale, press.score).box
        answer.changed_at = press.now
    answer.order_key = press.order_key


def _recorded(session: Session, invitation: Invitation, answer: SurveyAnswer) -> Recorded | Refused:
    scale = find_scale(answer.scale)
    if scale is None:
        return Refused(why=Why.OFF_SCALE)
    return Recorded(
        survey=invitation.survey,
        scale=scale,
        score=answer.score,
        comment=answer.comment,
        language=language_of(session, invitation),
    )
