"""The clock of one ticket as people read it: what it is, who waited how long, its targets, and what happened when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.kpis.ticket_clock import Moment, Target, TicketTime, Time
from bot.views.blocks import (
    TEXT,
    URL,
    Block,
    actions,
    clip_mrkdwn,
    context,
    escape,
    fields,
    header,
    one_line,
    preformatted,
    rich_text,
    section,
)
from bot.views.buttons import share_button
from bot.views.message import Message
from bot.views.say import age_text, duration_text, instant_text
from bot.windows import MONTH_NAMES

WEB = ("https://", "http://")
LINES = 3_000
TICKET = "ticket"


def clock_message(one: TicketTime, zone: str, asked_id: str) -> Message:
    """One ticket, its news first; the customer's words stand as they are and nothing in them is markup. `asked_id` is the kept
    question."""
    title = f"#{one_line(one.number, 40)}: {one.status}"
    stands = _stands(one, zone)
    times = [f"*{name}*\n{_both(time)}" for name, time in _times(one)]
    targets = "\n".join(_target(target, zone) for target in one.targets) or "No target was promised for it."
    lines = _lines(one.moments, one.dropped, zone)
    blocks: list[Block] = [
        header(title, "ticket:title"),
        _subject(one),
        section(escape(stands), "ticket:stands"),
        fields(times, "ticket:times"),
        section(f"*Targets*\n{escape(targets)}", "ticket:targets"),
        preformatted(lines, "ticket:moments", LINES),
        context([escape(_small(one, zone))], "ticket:small"),
        actions([share_button(TICKET, asked_id)], "ticket:do"),
    ]
    spoken = "; ".join(f"{name} {_both(time)}" for name, time in _times(one))
    text = f"{title}. {stands}\n{spoken}.\n{targets}\n{lines}"
    return Message(text=clip_mrkdwn(escape(text), TEXT), blocks=tuple(blocks))


def _stands(one: TicketTime, zone: str) -> str:
    said = [f"First reply after {_both(one.first_response)}." if one.first_response else "No reply by a person yet."]
    if one.full_resolution:
        said.append(f"Solved for good after {_both(one.full_resolution)}.")
    if one.waiting_since is not None:
        said.append(f"The customer has waited since {instant_text(one.waiting_since, zone)}.")
    if one.merged_into:
        said.append(f"It was merged into #{one_line(one.merged_into, 40)}.")
    if one.excluded:
        said.append(f"No KPI counts it: it is {one.excluded}.")
    counts = ((one.replies, "reply", "replies"), (one.reopens, "reopen", "reopens"), (one.reassignments, "handover", "handovers"))
    said.append(", ".join(f"{n:,} {single if n == 1 else several}" for n, single, several in counts) + ".")
    return " ".join(said)


def _times(one: TicketTime) -> Sequence[tuple[str, Time]]:
    return (
        ("Customer waited for us", one.requester_wait),
        ("We waited for the customer", one.agent_wait),
        ("On hold", one.on_hold),
        ("With agents", one.agent_work),
    )


def _both(time: Time) -> str:
    """`3 h 5 min (1 h of business time)`; once where both clocks agree."""
    calendar, business = time
    said = age_text(calendar)
    return said if calendar == business else f"{said} ({duration_text(business)} of business time)"


def _target(one: Target, zone: str) -> str:
    name = f"{one.metric.value.replace('_', ' ')}{f' {one.instance}' if one.instance > 1 else ''}, {one_line(one.policy, 60)}"
    hours = " of business time" if one.business else ""
    promised = f" within {duration_text(one.target_s)}{hours}" if one.target_s else ""
    used = f", {100 * one.used:.0f}% used" if one.used is not None else ""
    due = f", due {instant_text(one.due_at, zone)}" if one.due_at is not None and one.outcome in ("running", "broken") else ""
    return f"{one.outcome}: {name}{promised}{used}{due}"


def _lines(moments: Sequence[Moment], dropped: int, zone: str) -> str:
    """One line a moment, as short as can be for a phone: the year stands where there are several."""
    local = [one.at.astimezone(ZoneInfo(zone)) for one in moments]
    form = _day_and_year if len({at.year for at in local}) > 1 else _day
    said = [
        f"{form(at)}  {one.says}{f', for {age_text(one.lasted)}' if one.lasted is not None else ''}"
        for one, at in zip(moments, local, strict=True)
    ]
    if dropped:
        said.insert(len(said) // 2, f"... {dropped:,} more ...")
    return "\n".join(said) or "Nothing is known of what happened to it."


def _day(at: datetime) -> str:
    return f"{at.day:>2} {MONTH_NAMES[at.month - 1]} {at:%H:%M}"


def _day_and_year(at: datetime) -> str:
    return f"{at.day:>2} {MONTH_NAMES[at.month - 1]} {at.year} {at:%H:%M}"


def _subject(one: TicketTime) -> Block:
    words: Block = {"type": "text", "text": f" {one_line(one.subject, 200) or 'No subject'}"}
    elements = [_linked(one.number, one.url), words]
    if one.merged_into:
        elements += [{"type": "text", "text": ", merged into "}, _linked(one.merged_into, one.merged_url)]
    return rich_text([{"type": "rich_text_section", "elements": elements}], "ticket:subject")


def _linked(number: str, url: str | None) -> Block:
    """A ticket's number, leading to the ticket where it can."""
    said = f"#{one_line(number, 40)}"
    if url is not None and url.startswith(WEB) and len(url) <= URL:
        return {"type": "link", "url": url, "text": said}
    return {"type": "text", "text": said, "style": {"bold": True}}


def _small(one: TicketTime, zone: str) -> str:
    return f"From {one.source}, created {instant_text(one.created_at, zone)}. All times until now, {zone}."
