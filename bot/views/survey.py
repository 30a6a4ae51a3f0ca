"""Surveys as customers see them: the question with its buttons, the thanks that take its place, the comment modal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from bot.store.words import Box
from bot.surveys.admitting import Refused, Why
from bot.surveys.answering import LONGEST_COMMENT, Recorded
from bot.surveys.sending import Invited
from bot.surveys.survey import Scale
from bot.surveys.wire import Pressed, write
from bot.views.message import Block, Message
from bot.views.survey_phrases import Phrases, phrases

RATE = "rate:"
CHANGE = "rating-change"
COMMENT = "rating-comment"
SAID = "rating-said"
STOP = "rating-stop"
WORDS = "words"

BUTTONS_A_ROW = 7
LONGEST_LABEL = 75
LONGEST_SUBJECT = 150
# Direction marks, embeddings and isolates. Joiners stay: Persian, Hindi and family emoji need them.
TURNING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def invitation_message(invited: Invited) -> Message:
    """The question, with one button a score and one to be left alone. One press answers."""
    pressed = Pressed(survey=invited.survey.slug, token=invited.token)
    words = phrases(invited.language)
    about = words.about.format(subject=_one_line(invited.subject)) if invited.subject else ""
    question = invited.scale.wording(invited.language).question
    ends = _ends(invited.scale, invited.language)
    return Message(
        text=_escaped(" ".join(part for part in (question, about, f"{ends}.", words.press) if part)),
        blocks=(
            _said(question, block_id="survey:question"),
            *([_small(about, block_id="survey:about")] if about else []),
            _small(ends, block_id="survey:ends"),
            *_rows(invited.scale, pressed, invited.language, prefix="survey:scores"),
            _actions("survey:stop", [_button(words.stop, STOP, pressed)]),
        ),
    )


def question_again(recorded: Recorded, token: str) -> Message:
    """The question once more for someone who wants to change the answer, with what was chosen marked."""
    pressed = Pressed(survey=recorded.survey, token=token)
    question = recorded.scale.wording(recorded.language).question
    ends = _ends(recorded.scale, recorded.language)
    rows = _rows(recorded.scale, pressed, recorded.language, prefix="survey:again", chosen=recorded.score)
    return Message(
        text=_escaped(f"{question} {ends}. {phrases(recorded.language).press}"),
        blocks=(_said(question, block_id="survey:asked-again"), _small(ends, block_id="survey:ends-again"), *rows),
    )


def thanks_message(recorded: Recorded, token: str) -> Message:
    """What takes the place of the question: the answer that counts, and the ways to change it or to say more."""
    words = phrases(recorded.language)
    pressed = Pressed(survey=recorded.survey, token=token)
    thanks = words.thanks.format(choice=choice(recorded.scale, recorded.score, recorded.language))
    buttons = [_button(words.change, CHANGE, pressed), _button(words.comment, COMMENT, pressed)]
    return Message(text=_escaped(thanks), blocks=(_said(thanks, block_id="survey:thanks"), _actions("survey:more", buttons)))


def comment_modal(recorded: Recorded, token: str) -> dict[str, Any]:
    """A view that asks for words by what was answered, filled with those already kept."""
    words = phrases(recorded.language)
    asks = {Box.POSITIVE: words.went_well, Box.NEUTRAL: words.could_improve, Box.NEGATIVE: words.went_wrong}
    field: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": WORDS,
        "multiline": True,
        "max_length": LONGEST_COMMENT,
    }
    if recorded.comment:
        field["initial_value"] = recorded.comment
    return {
        "type": "modal",
        "callback_id": SAID,
        "private_metadata": write(Pressed(survey=recorded.survey, token=token)),
        "title": _plain(words.title),
        "submit": _plain(words.submit),
        "close": _plain(words.close),
        "blocks": [
            {
                "type": "input",
                "block_id": WORDS,
                "optional": True,
                "label": _plain(asks[recorded.scale.box(recorded.score)]),
                "element": field,
            }
        ],
    }


def comment_kept_modal(recorded: Recorded) -> dict[str, Any]:
    """What the comment modal turns into once the words are kept."""
    words = phrases(recorded.language)
    return _closing_modal(words, words.kept if recorded.comment else words.removed)


def refusal_modal(refused: Refused) -> dict[str, Any]:
    """What the comment modal turns into when the words came too late."""
    words = phrases(refused.language)
    return _closing_modal(words, _refusal(refused))


def refusal_message(refused: Refused) -> Message:
    """Why a press was not recorded, in the language of its owner where the owner pressed."""
    return sentence_message(_refusal(refused), block_id="survey:refused")


def stopped_message(language: str | None) -> Message:
    """What takes the place of the question for someone who will not be asked again."""
    return sentence_message(phrases(language).stopped, block_id="survey:stopped")


def closed_message(why: Why, language: str | None) -> Message:
    """What takes the place of a question nobody answered in time, or that was taken back."""
    return sentence_message(_refusal(Refused(why=why, language=language)), block_id="survey:closed")


def sentence_message(sentence: str, *, block_id: str) -> Message:
    """One sentence, shown as it is heard."""
    return Message(text=_escaped(sentence), blocks=(_said(sentence, block_id=block_id),))


def choice(scale: Scale, score: int, language: str | None) -> str:
    """A score in words, as it is read aloud: `4 of 5, satisfied`, `7 of 10`, or only `good` where buttons have faces."""
    name = scale.wording(language).names.get(score, "")
    if scale.faces and name:
        return name
    number = phrases(language).of.format(score=score, max=scale.max)
    return f"{number}, {name}" if name else number


def _refusal(refused: Refused) -> str:
    words = phrases(refused.language)
    return {Why.EXPIRED: words.expired, Why.WITHDRAWN: words.withdrawn}.get(refused.why, refused.reason)


def _ends(scale: Scale, language: str | None) -> str:
    names = scale.wording(language).names
    first, last = scale.scores[0], scale.scores[-1]
    return f"{_face(scale, first)} {names[first]} · {_face(scale, last)} {names[last]}"


def _face(scale: Scale, score: int) -> str:
    return scale.faces.get(score, str(score))


def _rows(scale: Scale, pressed: Pressed, language: str | None, *, prefix: str, chosen: int | None = None) -> list[Block]:
    """The buttons in rows of nearly equal length: eleven of them are six and five, not seven and a rest."""
    rows = -(-len(scale.scores) // BUTTONS_A_ROW)
    length = -(-len(scale.scores) // rows)
    cut = [scale.scores[start : start + length] for start in range(0, len(scale.scores), length)]
    return [
        _actions(f"{prefix}:{place}", [_score_button(scale, score, pressed, language, chosen) for score in scores])
        for place, scores in enumerate(cut)
    ]


def _score_button(scale: Scale, score: int, pressed: Pressed, language: str | None, chosen: int | None) -> Block:
    name = scale.wording(language).names.get(score, "")
    shown = f"{scale.faces[score]} {name}" if score in scale.faces else str(score)
    rates = Pressed(survey=pressed.survey, token=pressed.token, score=score)
    button = _button(shown, f"{RATE}{score}", rates)
    button["accessibility_label"] = phrases(language).rate.format(choice=choice(scale, score, language))[:LONGEST_LABEL]
    if score == chosen:
        button["style"] = "primary"
    return button


def _button(text: str, action_id: str, pressed: Pressed) -> Block:
    return {"type": "button", "text": _plain(text, emoji=True), "action_id": action_id, "value": write(pressed)}


def _actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def _said(text: str, *, block_id: str) -> Block:
    return {"type": "section", "block_id": block_id, "text": _plain(text)}


def _small(text: str, *, block_id: str) -> Block:
    return {"type": "context", "block_id": block_id, "elements": [_plain(text)]}


def _closing_modal(words: Phrases, sentence: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": _plain(words.title),
        "close": _plain(words.close),
        "blocks": [_said(sentence, block_id="survey:said")],
    }


def _plain(text: str, *, emoji: bool = False) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": emoji}


def _one_line(text: str) -> str:
    """A customer's words on one line, without characters that could turn the text around them, cut with an ellipsis."""
    visible = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text if one not in TURNING)
    line = re.sub(r"\s+", " ", visible).strip()
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
