"""What our buttons are called and what they carry: the id of a saved question, never data, never rights.

Messages live for months, so every value that is more than an id is versioned, and whatever cannot be read is None."""

from __future__ import annotations

import re

from bot.views.blocks import Block, button

SHARE = "share"
TICKETS = "tickets"
COMPARE = "compare"
CSV = "csv"
WHY = "why"
WHY_NUMBER = "why_number"
SHOW = "show"
RUN = "run"
ADD_TO_DIGEST = "add_to_digest"
ACTION_IDS = (SHARE, TICKETS, COMPARE, WHY, CSV, WHY_NUMBER, ADD_TO_DIGEST, SHOW, RUN)

LONGEST_TYPED = 1900
QUERY_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
FURTHEST = 10_000_000


def answer_buttons(query_id: str, *, shared: bool = False, tickets: bool = True, why: bool = False) -> list[Block]:
    """What can be done with an answer. One that was shared is not offered for it again, numbers that were entered have no
    tickets behind them, and only what changed has a why."""
    return [
        *([] if shared else [button("Share to channel", SHARE, query_id)]),
        *([button("Tickets", TICKETS, query_id)] if tickets else []),
        button("Compare", COMPARE, query_id),
        *([button("Why", WHY, query_id)] if why else []),
        button("CSV", CSV, query_id),
        button("Add to digest", ADD_TO_DIGEST, query_id),
        button("How it is counted", WHY_NUMBER, query_id),
    ]


def share_button(what: str, query_id: str) -> Block:
    """Shares what is told of a saved question otherwise than on a card: `what` is the command that tells it."""
    return button("Share to channel", f"{SHARE}:{what}", query_id)


def run_button(text: str, typed: str, place: int | str = 0) -> Block:
    """A button that types a command again: `typed` without the leading `/cx`."""
    return button(text, f"{RUN}:{place}", f"v1|run|{typed[:LONGEST_TYPED]}")


def read_run(value: str) -> str | None:
    """The command a button types; None for anything we never wrote."""
    version, kind, typed = (*value.split("|", 2), "", "")[:3]
    return typed if (version, kind) == ("v1", RUN) and typed.strip() else None


def page_value(query_id: str, offset: int) -> str:
    """A page of the tickets of a saved question, from the `offset`-th."""
    return f"v1|{TICKETS}|{query_id}|{offset}"


def read_page(value: str) -> tuple[str, int] | None:
    """Which saved question and from which ticket on; a bare id is its first page. None for anything we never wrote."""
    parts = value.split("|")
    if len(parts) == 1 and QUERY_ID.fullmatch(value):
        return value, 0
    if len(parts) != 4 or parts[:2] != ["v1", TICKETS] or not QUERY_ID.fullmatch(parts[2]):
        return None
    offset = parts[3]
    return (parts[2], int(offset)) if offset.isascii() and offset.isdigit() and int(offset[:9]) <= FURTHEST else None
