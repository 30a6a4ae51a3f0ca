"""What a customer can press on a survey: a score, change, add a comment, and never again.

A press that rates is committed by the app before Slack hears of it: Slack sends a press only once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from bot.store.words import SurveyKind
from bot.surveys.admitting import Clicker, Refused, Why
from bot.surveys.answering import Recorded, look, record_comment
from bot.surveys.closing import opt_out
from bot.surveys.rush import Rated, record_clicks
from bot.surveys.wire import Pressed, read
from bot.views import survey as view
from commands.command import Action, Click, Reply

log = logging.getLogger("cx.surveys")

# These are told to the owner of the question in the place of the question; the others to whoever pressed, only.
OVER = frozenset({Why.EXPIRED, Why.WITHDRAWN, Why.USED})


def rate(click: Click) -> Reply:
    """Record a score and put the thanks in the place of the question."""
    return rate_all([click])[0]


def rate_all(clicks: Sequence[Click]) -> list[Reply]:
    """The same for many who press at once. Needs one session for all of them."""
    pressed = [_pressed(click.value) for click in clicks]
    rated = [_rated(click, one, one.score) for click, one in zip(clicks, pressed, strict=True) if one.score is not None]
    told = iter(record_clicks(clicks[0].session, rated))
    outcomes = [Refused(why=Why.FORGED) if one.score is None else next(told) for one in pressed]
    return [_thanked(click, one, outcome) for click, one, outcome in zip(clicks, pressed, outcomes, strict=True)]


def change(click: Click) -> Reply:
    """Ask again in the place of the thanks; nothing changes until a score is pressed."""
    pressed = _pressed(click.value)
    standing = look(click.session, pressed.token, by=_clicker(click), now=click.now)
    if isinstance(standing, Refused):
        return _refuse(click, standing)
    return Reply(message=view.question_again(standing, pressed.token), replaces=True)


def comment(click: Click) -> Reply:
    """Open the modal that asks for words."""
    pressed = _pressed(click.value)
    standing = look(click.session, pressed.token, by=_clicker(click), now=click.now)
    if isinstance(standing, Refused):
        return _refuse(click, standing)
    return Reply(modal=view.comment_modal(standing, pressed.token))


def said(click: Click) -> Reply:
    """Keep the submitted words with the answer."""
    token = _pressed(click.metadata).token
    outcome = record_comment(click.session, token, _words(click.state), by=_clicker(click), now=click.now)
    if isinstance(outcome, Refused):
        _note(click, outcome)
        return Reply(modal=view.refusal_modal(outcome))
    return Reply(modal=view.comment_kept_modal(outcome), message=view.thanks_message(outcome, token), replaces=True)


def stop(click: Click) -> Reply:
    """Never ask this person again."""
    outcome = opt_out(click.session, _pressed(click.value).token, by=_clicker(click), now=click.now)
    if isinstance(outcome, Refused):
        return _refuse(click, outcome)
    return Reply(message=view.stopped_message(outcome.language), replaces=True)


ACTIONS: tuple[Action, ...] = (
    Action(action=view.RATE, says="Records the score a customer pressed.", run=rate, run_all=rate_all, writes=True),
    Action(action=view.CHANGE, says="Asks a customer again who wants to change the score.", run=change),
    Action(action=view.COMMENT, says="Asks a customer for words about the score.", run=comment),
    Action(action=view.SAID, says="Keeps the words a customer wrote about the score.", run=said, writes=True),
    Action(action=view.STOP, says="Never asks this customer again.", run=stop, writes=True),
)


def _rated(click: Click, pressed: Pressed, score: int) -> Rated:
    return Rated(token=pressed.token, score=score, by=_clicker(click), action_ts=click.action_ts, now=click.now)


def _thanked(click: Click, pressed: Pressed, outcome: Recorded | Refused) -> Reply:
    if isinstance(outcome, Refused):
        return _refuse(click, outcome)
    return Reply(message=view.thanks_message(outcome, pressed.token), replaces=True)


def _refuse(click: Click, refused: Refused) -> Reply:
    _note(click, refused)
    return Reply(message=view.refusal_message(refused), replaces=refused.why in OVER)


def _note(click: Click, refused: Refused) -> None:
    # Neither the value nor the words: the one is a token, the other a customer's.
    log.warning("survey press refused: %s", refused.why.value, extra={"action": click.action[:40], "user": click.asker.user_id})


def _pressed(value: str) -> Pressed:
    """What was pressed. What we never wrote carries a token nobody has, so that the store refuses it as forged."""
    return read(value) or Pressed(survey=SurveyKind.CSAT, token="")


def _clicker(click: Click) -> Clicker:
    return Clicker(user_id=click.asker.user_id, team_id=click.asker.team_id)


def _words(state: Mapping[str, Any]) -> str:
    """The text in a submitted view's state, shaped as Slack does: block id, then action id, then `value`."""
    block = state.get(view.WORDS)
    field = block.get(view.WORDS) if isinstance(block, Mapping) else None
    value = field.get("value") if isinstance(field, Mapping) else None
    return value if isinstance(value, str) else ""
