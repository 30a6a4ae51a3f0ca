"""Surveys as customers see them: the question with its buttons, the thanks that take its place, the comment modal."""

from __future__ import annotations

from typing import Any

from bot.store.words import Box
from bot.surveys.admitting import Refused, Why
from bot.surveys.answering import LONGEST_COMMENT, Recorded
from bot.surveys.sending import Invited
from bot.surveys.survey import Scale
from bot.surveys.wire import Pressed, write
from bot.views.blocks import CONTEXT_ELEMENTS, VIEW_WORD, Block, actions, button, escape, one_line, plain, plain_section
from bot.views.message import Message
from bot.views.survey_phrases import Phrases, phrases

RATE = "rate:"
CHANGE = "rating-change"
COMMENT = "rating-comment"
SAID = "rating-said"
STOP = "rating-stop"
WORDS = "words"

BUTTONS_A_ROW = 7
SMALL = 300
LABEL = 150


def invitation_message(invited: Invited, *, opening: str = "") -> Message:
    """The question, with one button a score and one to be left alone. One press answers. `opening` stands before it."""
    pressed = Pressed(survey=invited.survey.slug, token=invited.token)
    words = phrases(invited.language)
    question = opening + invited.scale.wording(invited.language).question
    question = f"{words.again} {question}" if invited.again else question
    subject = one_line(invited.subject or "")
    about = words.about.format(subject=subject) if subject else ""
    ends = ends_in_words(invited.scale, invited.language)
    apart = words.anonymous if invited.anonymous else ""
    return Message(
        text=escape(
            " ".join((question, *([f"{about}."] if about else []), f"{ends}.", *([apart] if apart else []), words.press))
        ),
        blocks=(
            plain_section(question, "survey:question"),
            _small((about, ends, apart), "survey:ends"),
            *_rows(invited.scale, pressed, invited.language, prefix="survey:scores"),
            actions([button(words.stop, STOP, write(pressed))], "survey:stop"),
        ),
    )


def reminder_message(invited: Invited) -> Message:
    """The question once more for someone who did not answer, and that it is the last time."""
    return invitation_message(invited, opening=phrases(invited.language).reminder)


def moved_message(language: str | None) -> Message:
    """What takes the place of a question that was asked again further down."""
    return _sentence(phrases(language).moved, "survey:moved")


def question_again(recorded: Recorded, token: str) -> Message:
    """The question once more for someone who wants to change the answer, with what was chosen marked."""
    pressed = Pressed(survey=recorded.survey, token=recorded.token or token)
    words = phrases(recorded.language)
    question = recorded.scale.wording(recorded.language).question
    ends = ends_in_words(recorded.scale, recorded.language)
    chosen = words.thanks.format(choice=choice(recorded.scale, recorded.score, recorded.language))
    return Message(
        text=escape(f"{question} {ends}. {chosen} {words.press}"),
        blocks=(
            plain_section(question, "survey:asked-again"),
            _small((ends,), "survey:ends-again"),
            *_rows(recorded.scale, pressed, recorded.language, prefix="survey:again", chosen=recorded.score),
        ),
    )


def thanks_message(recorded: Recorded, token: str) -> Message:
    """What takes the place of the question: the answer that counts, and the ways to change it or to say more."""
    words = phrases(recorded.language)
    value = write(Pressed(survey=recorded.survey, token=recorded.token or token))
    thanks = words.thanks.format(choice=choice(recorded.scale, recorded.score, recorded.language))
    kept = words.kept if recorded.comment else ""
    comment = words.change_comment if recorded.comment else words.comment
    return Message(
        text=escape(f"{thanks} {kept}".strip()),
        blocks=(
            plain_section(thanks, "survey:thanks"),
            *([_small((kept,), "survey:kept")] if kept else []),
            actions([button(words.change, CHANGE, value), button(comment, COMMENT, value)], "survey:more"),
        ),
    )


def comment_modal(recorded: Recorded, token: str) -> dict[str, Any]:
    """A view that asks for words by what was answered, filled with those already kept."""
    words = phrases(recorded.language)
    asks = {Box.POSITIVE: words.went_well, Box.NEUTRAL: words.could_improve, Box.NEGATIVE: words.went_wrong}
    field: Block = {"type": "plain_text_input", "action_id": WORDS, "multiline": True, "max_length": LONGEST_COMMENT}
    if recorded.comment:
        field["initial_value"] = recorded.comment
    label = plain(asks[recorded.scale.box(recorded.score)], LABEL)
    return {
        **_modal(words, [{"type": "input", "block_id": WORDS, "optional": True, "label": label, "element": field}]),
        "submit": plain(words.submit, VIEW_WORD),
        "callback_id": SAID,
        "private_metadata": write(Pressed(survey=recorded.survey, token=recorded.token or token)),
    }


def comment_kept_modal(recorded: Recorded) -> dict[str, Any]:
    """What the comment modal turns into once the words are kept."""
    words = phrases(recorded.language)
    return _modal(words, [plain_section(words.kept if recorded.comment else words.removed, "survey:said")])


def refusal_modal(refused: Refused) -> dict[str, Any]:
    """What the comment modal turns into when the words could not be kept."""
    return _modal(phrases(refused.language), [plain_section(refusal(refused), "survey:said")])


def refusal_message(refused: Refused) -> Message:
    """Why a press was not recorded, in the language of its owner where the owner pressed."""
    return _sentence(refusal(refused), "survey:refused")


def stopped_message(language: str | None) -> Message:
    """What takes the place of the question for someone who will not be asked again."""
    return _sentence(phrases(language).stopped, "survey:stopped")


def closed_message(why: Why, language: str | None) -> Message:
    """What takes the place of a question nobody answered in time, or that was taken back."""
    return _sentence(refusal(Refused(why=why, language=language)), "survey:closed")


def choice(scale: Scale, score: int, language: str | None) -> str:
    """A score in words, as it is read aloud: `4 of 5, satisfied`, `7 of 10`, or only `good` where buttons have faces."""
    name = scale.wording(language).names.get(score, "")
    if scale.faces and name:
        return name
    number = phrases(language).of.format(score=score, max=scale.max)
    return f"{number}, {name}" if name else number


def ends_in_words(scale: Scale, language: str | None) -> str:
    """What the first and the last button mean: `1 very dissatisfied · 5 very satisfied`."""
    names = scale.wording(language).names
    return " · ".join(f"{scale.faces.get(score, score)} {names[score]}" for score in (scale.scores[0], scale.scores[-1]))


def refusal(refused: Refused) -> str:
    """Why nothing was recorded; what an owner is told is translated, what a stranger is told is English."""
    words = phrases(refused.language)
    known = {Why.EXPIRED: words.expired, Why.WITHDRAWN: words.withdrawn, Why.USED: words.used}
    return known.get(refused.why, refused.reason)


def _rows(scale: Scale, pressed: Pressed, language: str | None, *, prefix: str, chosen: int | None = None) -> list[Block]:
    """The buttons in rows of nearly equal length: eleven of them are six and five, not seven and a rest."""
    rows = -(-len(scale.scores) // BUTTONS_A_ROW)
    length = -(-len(scale.scores) // rows)
    cut = [scale.scores[start : start + length] for start in range(0, len(scale.scores), length)]
    return [
        actions([_score_button(scale, score, pressed, language, chosen) for score in scores], f"{prefix}:{place}")
        for place, scores in enumerate(cut)
    ]


def _score_button(scale: Scale, score: int, pressed: Pressed, language: str | None, chosen: int | None) -> Block:
    name = scale.wording(language).names.get(score, "")
    shown = f"{scale.faces[score]} {name}" if score in scale.faces else str(score)
    value = write(Pressed(survey=pressed.survey, token=pressed.token, score=score))
    label = phrases(language).rate.format(choice=choice(scale, score, language))
    return button(shown, f"{RATE}{score}", value, style="primary" if score == chosen else None, label=label)


def _small(texts: tuple[str, ...], block_id: str) -> Block:
    """Small grey lines in which anybody's words are safe."""
    said = [plain(text, SMALL) for text in texts if text]
    return {"type": "context", "block_id": block_id, "elements": said[:CONTEXT_ELEMENTS]}


def _sentence(sentence: str, block_id: str) -> Message:
    return Message(text=escape(sentence), blocks=(plain_section(sentence, block_id),))


def _modal(words: Phrases, blocks: list[Block]) -> dict[str, Any]:
    return {"type": "modal", "title": plain(words.title, VIEW_WORD), "close": plain(words.close, VIEW_WORD), "blocks": blocks}
