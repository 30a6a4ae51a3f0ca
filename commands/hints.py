"""Sentences with a way on: what was not understood or is not allowed, and the commands that would work, as buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import BadRequest, CxError
from bot.views.blocks import TEXT, Block, actions, clip, clip_mrkdwn, escape, one_line, section
from bot.views.buttons import LONGEST_TYPED, run_button
from bot.views.message import Message
from commands.command import Reply

MOST = 5
LABEL = 72


def hint(says: str, next_step: str = "", suggestions: Sequence[str] = ()) -> Reply:
    """A sentence, the next step, and a button for each command that would work. `*word*` marks words; the rest is escaped."""
    return Reply(message=hint_message(says, next_step, suggestions))


def refused(error: CxError) -> Reply:
    """An error as a sentence, with the commands that would work."""
    offers = error.offers if isinstance(error, BadRequest) else ()
    return hint(" ".join(part for part in (error.what, error.still_true) if part), error.next_step, offers)


def hint_message(says: str, next_step: str = "", suggestions: Sequence[str] = ()) -> Message:
    """The same as a message, for those who need no reply."""
    words = clip_mrkdwn(escape(" ".join(part for part in (says, next_step) if part)), TEXT - 500)
    offered = [text for text in dict.fromkeys(suggestions) if text.strip() and len(text) <= LONGEST_TYPED][:MOST]
    typed = "".join(f"\n`/cx {escape(one_line(text, 90)).replace('`', chr(39))}`" for text in offered)
    paragraph = clip_mrkdwn(words, 2_900)
    return Message(text=f"{words}{clip_mrkdwn(typed, 490)}", blocks=(section(paragraph, "hint:says"), *_buttons(offered)))


def _buttons(offered: Sequence[str]) -> tuple[Block, ...]:
    if not offered:
        return ()
    return (actions([run_button(clip(one_line(text), LABEL), text, place) for place, text in enumerate(offered)], "hint:run"),)
