"""What Request Tracker's words mean in ours."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import BadConfig
from bot.store.words import Channel, Status

STATUSES = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "stalled": Status.PENDING,
    "resolved": Status.SOLVED,
    "rejected": Status.CLOSED,
    "deleted": Status.DELETED,
}
"""The statuses of the default lifecycle; an account's own ones are named in CX_RT_STATUSES."""
CHANNELS = {
    "email": Channel.EMAIL, "e-mail": Channel.EMAIL, "mail": Channel.EMAIL, "web": Channel.WEB, "portal": Channel.WEB,
    "chat": Channel.CHAT, "phone": Channel.PHONE, "telephone": Channel.PHONE, "call": Channel.PHONE, "social": Channel.SOCIAL,
    "twitter": Channel.SOCIAL, "api": Channel.API,
}  # fmt: skip
SYSTEM = frozenset({"RT_System"})
NOBODY = "Nobody"
REPLY, NOTE = "Correspond", "Comment"
OWNED = frozenset({"Set", "Give", "Take", "Steal", "Untake", "Force"})
"""Every change of owner is told once more as SetWatcher."""


def statuses(settings: Mapping[str, str]) -> dict[str, Status]:
    """Every status word we know: the default ones, and `waiting=pending, done=solved` from the settings. Raises BadConfig."""
    found = dict(STATUSES)
    for pair in settings.get("statuses", "").split(","):
        word, _, meaning = (part.strip().lower() for part in pair.partition("="))
        if not word:
            continue
        try:
            found[word] = Status(meaning)
        except ValueError:
            raise BadConfig(
                "CX_RT_STATUSES names a status that cx has not.",
                next_step=f"Write pairs such as waiting=pending; there are {', '.join(Status)}.",
            ) from None
    return found


def priority_of(number: int | None) -> int | None:
    """1 most urgent to 4. RT counts up: its own words are 0 for low, 50 for medium and 100 for high."""
    if number is None:
        return None
    return 4 if number < 25 else 3 if number < 75 else 2 if number <= 100 else 1


def channel_of(word: str | None) -> Channel:
    """What a custom field says of where a ticket came from."""
    return CHANNELS.get((word or "").strip().lower(), Channel.OTHER)
