"""What is said where Slack takes no charts of its own: to admins once, and under an answer that lost its chart for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.slack.pictures import NATIVE, shows_pictures
from bot.store.outbox import Letter, enqueue

TEXT = 4_000
NO_CHARTS = (
    "This workspace does not take Slack's own charts and tables yet, so answers show pictures with the same numbers instead. "
    "There is nothing to do: I try again every day. `/cx frt as text` leaves the pictures out."
)
CHART_LOST = "The chart could not be shown here. Type the question again for it, or with `as table` for its numbers."


def tell_admins(session: Session, admins: Iterable[str], now: datetime) -> None:
    """Once each, ever: that Slack draws no charts here, which only Slack can change. The caller commits."""
    for admin in sorted(set(admins)):
        letter = Letter(dedupe_key=f"no-charts:{admin}", kind="reply", channel_id=admin, payload={"text": NO_CHARTS})
        enqueue(session, letter, now)


def owned_up(form: Mapping[str, Any]) -> dict[str, Any]:
    """A form of an answer that had to leave its chart out says so, with the next step."""
    blocks = form.get("blocks") or ()
    if shows_pictures(form) or any(block["type"] in NATIVE for block in blocks):
        return dict(form)
    if not blocks:
        return {**form, "text": f"{form['text'][: TEXT - len(CHART_LOST) - 1]}\n{CHART_LOST}"}
    said = {"type": "mrkdwn", "text": CHART_LOST, "verbatim": True}
    return {**form, "blocks": [*blocks, {"type": "context", "block_id": "chart-lost", "elements": [said]}]}
