"""The tickets behind a number, a page at a time: exactly those that were counted, each linked to its help desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.kpis.answer import Answer
from bot.views.answer_text import asked
from bot.views.blocks import TEXT, URL, Block, actions, button, clip_mrkdwn, context, escape, header, one_line, rich_text, section
from bot.views.buttons import CSV, TICKETS, page_value
from bot.views.message import Message
from bot.views.say import age_text, number_text
from bot.views.sentences import headline, missing, n_text, when_text

PAGE = 10
NUMBER, SUBJECT, STATUS, VALUE = 40, 100, 30, 60
WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """One counted ticket. `age_s` is its age in seconds, `value` what it adds to the number, in words.

    `hit` says whether it is in the numerator of a ratio; None where there is none. An empty subject is not shown."""

    number: str
    status: str
    subject: str = ""
    url: str | None = None
    age_s: float | None = None
    value: str = ""
    hit: bool | None = None


def ticket_page(
    answer: Answer, lines: Sequence[TicketLine], *, query_id: str, total: int, offset: int = 0, page: int = PAGE
) -> Message:
    """One page of the tickets an answer counted: `lines` are those from the `offset`-th (from 0) on, of `total`."""
    shown = list(lines)[:page]
    title = f"Tickets behind {headline(answer)}"
    place = _place(answer, shown, total=total, offset=offset)
    block = f"tickets:{query_id}:{offset}"
    told = [title, place, *(_said(line) for line in shown)]
    turns = _turns(query_id, total=total, offset=offset, page=page)
    return Message(
        text=clip_mrkdwn(escape("\n".join(told)), TEXT),
        blocks=(
            header(title, f"{block}:title"),
            *([_list(shown, f"{block}:list")] if shown else [section(escape(missing(answer)), f"{block}:none")]),
            context([escape(place), f"`{escape(asked(answer)).replace('`', chr(39))}`"], f"{block}:place"),
            actions([*turns, button("CSV", CSV, query_id)], f"{block}:turns"),
        ),
    )


def oldest_page(lines: Sequence[TicketLine], *, total: float, block: str) -> Message:
    """The oldest of the tickets that stand open, for a digest's thread."""
    title = f"The oldest of {number_text(total, 0)} unsolved tickets" if total > len(lines) else "Unsolved tickets"
    return Message(
        text=clip_mrkdwn(escape("\n".join([f"{title}:", *(_said(line) for line in lines)])), TEXT),
        blocks=(section(f"*{escape(title)}*", f"{block}:title"), _list(lines, f"{block}:list")),
    )


def _place(answer: Answer, shown: Sequence[TicketLine], *, total: int, offset: int) -> str:
    if not shown:
        return f"No tickets, {when_text(answer, answer.window)}."
    hits = [line for line in shown if line.hit is not None]
    marked = " · ✓ counts for the share" if hits else ""
    return f"{offset + 1:,}-{offset + len(shown):,} of {total:,} · {when_text(answer, answer.window)} · {n_text(answer)}{marked}"


def _turns(query_id: str, *, total: int, offset: int, page: int) -> list[Block]:
    back, further = max(offset - page, 0), offset + page
    turns = [button("Back", f"{TICKETS}:back", page_value(query_id, back))] if offset > 0 else []
    return [*turns, *([button("Next", f"{TICKETS}:next", page_value(query_id, further))] if further < total else [])]


def _list(lines: Sequence[TicketLine], block_id: str) -> Block:
    items = [{"type": "rich_text_section", "elements": _item(line)} for line in lines]
    return rich_text([{"type": "rich_text_list", "style": "bullet", "elements": items}], block_id)


def _item(line: TicketLine) -> list[Block]:
    """Rich text carries a customer's words as they are: nothing in them is ever read as markup."""
    number, rest = _number(line), _rest(line)
    named: Block = {"type": "text", "text": number, "style": {"bold": True}}
    if line.url is not None and line.url.startswith(WEB) and len(line.url) <= URL:
        named = {"type": "link", "url": line.url, "text": number}
    return [named, {"type": "text", "text": f" {rest}"}] if rest else [named]


def _said(line: TicketLine) -> str:
    return f"{_number(line)} {_rest(line)}".rstrip()


def _number(line: TicketLine) -> str:
    return f"#{one_line(line.number, NUMBER).lstrip('#') or '?'}"


def _rest(line: TicketLine) -> str:
    age = f"{age_text(line.age_s)} old" if line.age_s is not None else ""
    facts = [one_line(line.status, STATUS), age, one_line(line.value, VALUE), "✓" if line.hit else ""]
    return " · ".join(part for part in (one_line(line.subject, SUBJECT), *facts) if part)
