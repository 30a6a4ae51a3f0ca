"""What becomes of asking, for the people of the team: switches, the funnel, reasons for one ticket, oddities, comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.surveys.bias import Oddity
from bot.surveys.funnel import Funnel
from bot.surveys.rules import Rules
from bot.surveys.survey import Scale
from bot.views.blocks import TEXT, Block, clip_mrkdwn, context, escape, header, one_line, rich_text, section
from bot.views.message import Message
from bot.views.say import instant_text, number_text
from bot.views.survey import choice

ROWS = 15
ROW = "eligible {eligible:,} · sent {sent:,} · answered {answered:,}{rate}{rest}"
DROPPED = (
    ("throttled", "throttled"),
    ("sampled_out", "not in the sample"),
    ("unmatched", "not in Slack"),
    ("skipped", "left out"),
    ("opted_out", "opted out"),
    ("waiting", "waiting"),
    ("commented", "with a comment"),
    ("reminded", "reminded"),
    ("withdrawn", "withdrawn"),
    ("expired", "expired"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One comment with its score, as it is listed. The words are the customer's own."""

    scale: Scale | None
    score: int
    words: str
    at: datetime
    number: str | None


def overview_message(rules: Mapping[str, Rules], whole: Funnel, window: str) -> Message:
    """Which surveys are on and by which rules, and the funnel of the last days."""
    lines = [rules_line(one) for one in rules.values()]
    counts = f"*{escape(window)}*: {funnel_line(whole)}"
    text = "\n".join([*lines, counts])
    hint = "`/cx survey csat on` opens the rules · `/cx survey why 123` · `/cx survey funnel by agent` · `/cx survey bias`"
    return Message(
        text=clip_mrkdwn(f"Surveys\n{text}", TEXT),
        blocks=(header("Surveys", "survey:title"), section(text, "survey:lines"), context([hint], "survey:hint")),
    )


def rules_line(rules: Rules) -> str:
    """One survey's rules in a line of mrkdwn."""
    name = f"*{rules.survey.name}*"
    if not rules.on:
        return f"{name} is off."
    hours = "at any time" if rules.hours is None else f"Mon to Fri {rules.hours[0]} to {rules.hours[1]} on the person's clock"
    filters = " ".join([*map(str, rules.only), *(f"-{one}" for one in rules.never)])
    parts = [
        f"{rules.scale.slug}",
        f"{rules.sample} % asked",
        f"rest {rules.rest.days} days",
        hours,
        *([f"reminder after {rules.remind_after.days} days"] if rules.remind_after else []),
        *([escape(filters)] if filters else []),
        *(["by mail too"] if rules.by_mail else []),
        *(["anonymous"] if rules.anonymous else []),
    ]
    return f"{name} is on: {', '.join(parts)}."


def funnel_message(parts: Mapping[str, Funnel], window: str, by: str | None) -> Message:
    """The funnel of a window, by a split or whole."""
    title = f"Surveys{f' by {by}' if by else ''}, {window}"
    lines = [f"{f'*{escape(one_line(name, 60))}*: ' if by else ''}{funnel_line(one)}" for name, one in list(parts.items())[:ROWS]]
    more = [f"and {len(parts) - ROWS} more"] if len(parts) > ROWS else []
    text = clip_mrkdwn("\n".join([*lines, *more]) or "Nothing was decided then.", 2_900)
    return Message(
        text=clip_mrkdwn(f"{escape(title)}\n{text}", TEXT), blocks=(header(title, "funnel:title"), section(text, "funnel:lines"))
    )


def funnel_line(one: Funnel) -> str:
    """`eligible 412 · sent 380 · answered 96 (25.3%) · throttled 20`: what is nought is not said, but the first three are."""
    rate = one.response_rate
    rest = "".join(f" · {word} {getattr(one, name):,}" for name, word in DROPPED if getattr(one, name))
    shown = f" ({number_text(rate)}%)" if rate is not None else ""
    return ROW.format(eligible=one.eligible, sent=one.sent, answered=one.answered, rate=shown, rest=rest)


def why_message(number: str, told: Sequence[tuple[datetime | None, str]], zone: str) -> Message:
    """What happened about one ticket's customer, a line a decision."""
    title = f"Surveys about ticket {one_line(number, 40)}"
    lines = [f"{f'{instant_text(at, zone)}: ' if at is not None else ''}{says}" for at, says in told]
    text = clip_mrkdwn(escape("\n".join(lines)), 2_900)
    return Message(
        text=clip_mrkdwn(f"{escape(title)}\n{text}", TEXT), blocks=(header(title, "why:title"), section(text, "why:lines"))
    )


def bias_message(found: Sequence[Oddity], groups: int, window: str) -> Message:
    """Whose customers are asked, or answer, otherwise than everyone else's."""
    title = f"Who is asked, {window}"
    if not found:
        says = f"No agent and no category stands out among {groups:,}. Groups under 20 are not judged."
        return Message(text=f"{escape(title)}\n{says}", blocks=(header(title, "bias:title"), section(says, "bias:lines")))
    lines = [_oddity(one) for one in found[:ROWS]]
    text = clip_mrkdwn("\n".join(lines), 2_900)
    note = "Fisher's exact test against all others, 5 % in all; groups under 20 are not judged."
    return Message(
        text=clip_mrkdwn(f"{escape(title)}\n{text}\n{note}", TEXT),
        blocks=(header(title, "bias:title"), section(text, "bias:lines"), context([note], "bias:note")),
    )


def _oddity(one: Oddity) -> str:
    word = "less" if one.rate < one.others else "more"
    what = f"asked {word} often" if one.what == "asked" else f"answering {word} often"
    figures = f"{number_text(one.rate, 0)}% of {one.n:,}, all others {number_text(one.others, 0)}%"
    chance = "p < 0.001" if one.p < 0.001 else f"p = {one.p:.3f}"
    return f"⚠ *{escape(one_line(one.name, 60))}*: customers {what}: {figures} ({chance})"


def comments_message(said: Sequence[Said], total: int, window: str, zone: str) -> Message:
    """Comments, the newest first, each as it was written; nothing in them is markup."""
    title = f"{total:,} {'comment' if total == 1 else 'comments'}, {window}"
    blocks: list[Block] = [header(title, "comments:title")]
    lines: list[str] = []
    for place, one in enumerate(said):
        head = _comment_head(one, zone)
        lines.append(f"{head}: {one_line(one.words, 200)}")
        quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": one.words[:900]}]}
        top = {"type": "rich_text_section", "elements": [{"type": "text", "text": head, "style": {"bold": True}}]}
        blocks.append(rich_text([top, quote], f"comments:{place}"))
    if total > len(said):
        blocks.append(context([f"The newest {len(said)} are shown."], "comments:more"))
    return Message(text=clip_mrkdwn(escape("\n".join([title, *lines])), TEXT), blocks=tuple(blocks))


def _comment_head(one: Said, zone: str) -> str:
    chosen = choice(one.scale, one.score, None) if one.scale is not None else str(one.score)
    about = f", ticket {one_line(one.number, 40)}" if one.number else ""
    return f"{chosen}{about}, {instant_text(one.at, zone)}"
