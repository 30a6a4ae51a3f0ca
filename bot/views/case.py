"""A bad answer as its owners see it: what was said, how the ticket went, who sees to it, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from bot.store.words import CaseState
from bot.surveys.case_file import CaseFile, TicketClock
from bot.views.blocks import (
    TEXT,
    URL,
    Block,
    actions,
    button,
    clip_mrkdwn,
    escape,
    header,
    instant,
    one_line,
    plain,
    plain_section,
    rich_text,
    section,
)
from bot.views.message import Message
from bot.views.say import duration_text, instant_text
from bot.views.survey import choice

CLAIM = "case-claim"
CONTACTED = "case-contacted"
RESOLVED = "case-resolved"
STATES = {
    CaseState.OPEN: "Nobody has it yet",
    CaseState.CLAIMED: "Claimed by <@{claimed}>",
    CaseState.CONTACTED: "Customer contacted by <@{contacted}>",
    CaseState.RESOLVED: "Resolved by <@{resolved}>",
}
COMMENT = 2_500
LINES = 20


def case_message(file: CaseFile, zone: str) -> Message:
    """The living message of a case. The customer's words stand as they were written, and nothing in them is markup."""
    title = _title(file)
    stands = _stands(file, zone)
    words = one_line(file.comment or "", 300)
    said = f"“{words}”" if words else "No comment yet."
    return Message(
        text=clip_mrkdwn(f"{escape(f'{title}. {said}')} {stands[0]}", TEXT),
        blocks=(
            header(title, "case:title"),
            _words(file),
            *_ticket(file),
            section("\n".join(stands), "case:state"),
            *_buttons(file),
        ),
    )


def case_payload(file: CaseFile, zone: str) -> dict[str, object]:
    """The same as the outbox keeps it."""
    message = case_message(file, zone)
    return {"text": message.text, "blocks": list(message.blocks)}


def erased_payload() -> dict[str, object]:
    """What takes the place of a case whose customer asked to be forgotten."""
    sentence = "This case was about someone who asked to be forgotten."
    return {"text": sentence, "blocks": [plain_section(sentence, "case:erased")]}


def history_payload(text: str) -> dict[str, object]:
    """A line in the thread of a case, as the outbox keeps it."""
    return {"text": text, "blocks": [section(text, "case:history")]}


def overdue_text(file: CaseFile, zone: str) -> str:
    """What is said in the thread when the time is over, to whoever has the case."""
    whom = f"<@{file.claimed_by}>: " if file.claimed_by else ""
    return f"{whom}This case was due {escape(instant_text(file.due_at, zone))} and is not resolved."


def cases_message(files: Sequence[CaseFile], total: int, zone: str) -> Message:
    """The cases that are not over, the most urgent first."""
    if not files:
        return Message(text="No case is open.", blocks=(section("No case is open.", "cases:none"),))
    title = f"{total:,} open {'case' if total == 1 else 'cases'}"
    lines = [_line(file, zone) for file in files[:LINES]]
    more = [f"and {total - len(lines):,} more"] if total > len(lines) else []
    text = clip_mrkdwn("\n".join([*lines, *more]), 2_900)
    return Message(
        text=clip_mrkdwn(f"{title}\n{text}", TEXT), blocks=(header(title, "cases:title"), section(text, "cases:lines"))
    )


def _title(file: CaseFile) -> str:
    chosen = choice(file.scale, file.score, None) if file.scale is not None else str(file.score)
    whom = f" from {one_line(file.customer, 60)}" if file.customer else ""
    return f"{file.survey.value.upper()} {chosen}{whom}"


def _words(file: CaseFile) -> Block:
    words = {"type": "text", "text": file.comment[:COMMENT]} if file.comment else {"type": "text", "text": "No comment yet."}
    kind = "rich_text_quote" if file.comment else "rich_text_section"
    return rich_text([{"type": kind, "elements": [words]}], "case:words")


def _ticket(file: CaseFile) -> list[Block]:
    told: list[Block] = []
    if file.number is not None:
        named = f"Ticket {one_line(file.number, 40)}{f': {one_line(file.subject, 100)}' if file.subject else ''}"
        told.append(plain_section(named, "case:ticket"))
    facts = [*(_clock_words(file.clock) if file.clock is not None else [])]
    facts += [f"Agent at the solve: {one_line(file.agent, 60)}"] if file.agent else []
    facts += [f"Team: {one_line(file.team, 60)}"] if file.team else []
    if facts:
        told.append({"type": "context", "block_id": "case:clock", "elements": [plain(" · ".join(facts), 2_000)]})
    return told


def _clock_words(clock: TicketClock) -> list[str]:
    first, full = clock.first_response_s, clock.full_resolution_s
    return [
        f"First reply after {duration_text(first, days=True)}" if first is not None else "No reply by an agent",
        *([f"resolved after {duration_text(full, days=True)}"] if full is not None else []),
        *([f"on hold {duration_text(clock.on_hold_s, days=True)}"] if clock.on_hold_s else []),
        _times(clock.reassignments, "reassigned"),
        _times(clock.reopens, "reopened"),
    ]


def _times(count: int, what: str) -> str:
    return f"never {what}" if not count else f"{what} {'once' if count == 1 else f'{count} times'}"


def _stands(file: CaseFile, zone: str) -> list[str]:
    """How it stands; the first line alone says who has it and until when."""
    state = STATES[file.state].format(claimed=file.claimed_by, contacted=file.contacted_by, resolved=file.resolved_by)
    late = "⚠ Overdue: was due" if file.is_overdue else "due"
    due = "" if file.state is CaseState.RESOLVED else f" · {late} {instant(file.due_at, instant_text(file.due_at, zone))}"
    lines = [f"{state}{due}"]
    if file.was_changed:
        lines.append("The customer changed the score since.")
    if file.recovered is not None:
        lines.append(
            "Asked again, the customer is happy now." if file.recovered else "Asked again, the customer is still unhappy."
        )
    elif file.asked_again:
        lines.append("The customer was asked how it is now.")
    return lines


def _buttons(file: CaseFile) -> list[Block]:
    value = str(file.case_id)
    offered: list[Block] = []
    if file.state is CaseState.OPEN:
        offered.append(button("Claim", CLAIM, value, style="primary"))
    if file.state in (CaseState.OPEN, CaseState.CLAIMED):
        offered.append(button("Contacted", CONTACTED, value))
    if file.state is not CaseState.RESOLVED:
        offered.append(button("Resolved", RESOLVED, value))
    if file.url and file.url.startswith(("https://", "http://")):
        offered.append({**button("Open the ticket", "link:case", value), "url": file.url[:URL]})
    return [actions(offered, "case:actions")] if offered else []


def _line(file: CaseFile, zone: str) -> str:
    who = f"<@{file.claimed_by}>" if file.claimed_by else "nobody yet"
    late = "⚠ overdue since" if file.is_overdue else "due"
    number = f"ticket {escape(one_line(file.number, 40))}" if file.number else "no ticket"
    return f"*{escape(_title(file))}* · {number} · {who} · {late} {instant(file.due_at, instant_text(file.due_at, zone))}"
