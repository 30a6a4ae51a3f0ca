"""Days as they are typed on the command line: `2026-11-20`."""

from __future__ import annotations

from datetime import date

from bot.errors import BadRequest

EARLIEST, LATEST = date(1970, 1, 2), date(2199, 12, 31)
MOST_DAYS = 3_700


def read_day(text: str) -> date:
    """The day that was typed. Raises BadRequest for anything else, and for years outside 1970 to 2199."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text[:40]!r} is not a day.", next_step="Write it as 2026-11-20.") from None
    if not EARLIEST <= day <= LATEST:
        raise BadRequest(f"{day} lies outside what can be counted.", next_step=f"Take a day from {EARLIEST} to {LATEST}.")
    return day


def check_span(first: date, last: date) -> None:
    """Refuse days in the wrong order, and more than ten years of them. Raises BadRequest."""
    if last < first:
        raise BadRequest(f"The last day, {last}, lies before the first, {first}.", next_step="Swap --from and --to.")
    if (last - first).days >= MOST_DAYS:
        raise BadRequest(f"{(last - first).days + 1:,} days are too many at once.", next_step="Ask for ten years at most.")
