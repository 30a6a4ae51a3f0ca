"""Bare `/cx`: how things are now, in a handful of numbers, each one press away from its card."""

from __future__ import annotations

from collections.abc import Sequence

from bot.kpis.answer import Answer
from bot.views.answer_text import number_lines
from bot.views.blocks import TEXT, Block, actions, button, clip_mrkdwn, context, escape, fields, header, section
from bot.views.buttons import SHOW
from bot.views.judging import verdict
from bot.views.message import Message
from bot.views.say import change_text
from bot.views.sentences import freshness, n_text, said, when_text

MOST = 6


def snapshot(answers: Sequence[Answer], query_ids: Sequence[str], *, scope: str = "Support") -> Message:
    """Up to six numbers with their change, and a button each that shows the card of the saved question."""
    shown = list(answers)[:MOST]
    if not shown:
        words = "There are no numbers yet. Run a first sync or import, then ask again."
        return Message(text=words, blocks=(section(words, "snapshot:empty"),))
    title, doors = f"{scope} now", _doors(shown, query_ids)
    told = [title, *(": ".join(line for line in number_lines(answer)[:2] if line) for answer in shown), *_ages(shown)]
    return Message(
        text=clip_mrkdwn(escape("\n".join(told)), TEXT),
        blocks=(
            header(title, "snapshot:title"),
            fields([tile(answer) for answer in shown], "snapshot:numbers"),
            context([*_ages(shown), f"Times in {escape(shown[0].window.zone)} · `/cx help`"], "snapshot:receipt"),
            *([actions(doors, "snapshot:doors")] if doors else []),
        ),
    )


def tile(answer: Answer) -> str:
    """A number in two lines, as mrkdwn: `*38 min* First response time`, then its change, window and n."""
    manner = f", {answer.statistic}" if answer.statistic else ""
    first = f"*{escape(said(answer, answer.figure))}* {escape(answer.kpi.name)}{manner}"
    second = " · ".join(part for part in (moved(answer), when_text(answer, answer.window), n_text(answer)) if part)
    return f"{first}\n{escape(second)}"


def moved(answer: Answer) -> str:
    """The change with its arrow; without one where there is too little to compare."""
    before, kind = answer.previous, verdict(answer)
    if before is None or before.change is None or kind in ("unknown", "thin"):
        return "too few to compare" if kind == "thin" else ""
    change = change_text(before.change, before.change_unit)
    return f"{change} {kind}" if kind in ("better", "worse") else change


def _ages(answers: Sequence[Answer]) -> list[str]:
    """How fresh the data are, once; the oldest of them all, with a warning where it is stale."""
    ages = [freshness(answer) for answer in answers]
    worst = next((age for age in ages if age.stale), ages[0])
    return [f"{'⚠ ' if worst.stale else ''}{worst.says[0].upper()}{worst.says[1:]}"]


def _doors(answers: Sequence[Answer], query_ids: Sequence[str]) -> list[Block]:
    doors = zip(answers, query_ids, strict=False)
    return [button(answer.kpi.name, f"{SHOW}:{place}", query_id) for place, (answer, query_id) in enumerate(doors)]
