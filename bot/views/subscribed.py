"""A subscription in words: when it comes, how it was typed, and why it is paused with what to do about it."""

from __future__ import annotations

from bot.calendars import WEEKDAYS
from bot.kpis.query import filters_of
from bot.slots import BUSINESS_DAYS, EVERY_DAY, Cadence
from bot.store.subscriptions import cadence_of
from bot.store.tables import Subscription
from bot.views.blocks import escape

GONE = "user_gone"
"""Our own word for a person who was deactivated, or is of no workspace any more."""
REASONS = {
    "channel_not_found": "I cannot see the channel any more",
    "not_in_channel": "I am not in the channel",
    "is_archived": "the channel is archived",
    "names_not_allowed": "names of agents may not be said there",
    "shared_with_another_company": "people of another company read along there",
    GONE: "whom it is for is not in this workspace any more",
}
STEPS = {
    "channel_not_found": "`/invite` me there again, then type",
    "not_in_channel": "`/invite` me there, then type",
    "is_archived": "When it is open again, there, or else in another channel, type",
    "names_not_allowed": "An admin can allow it in `/cx settings`; then type there",
    "shared_with_another_company": "In a channel of your own type",
}


def rhythm_words(cadence: Cadence) -> str:
    """A cadence in words, which read back as the same cadence."""
    at = cadence.at.strftime("%H:%M")
    if cadence.month_day is not None:
        return f"monthly {at} on day {cadence.month_day}"
    if cadence.weekdays == EVERY_DAY:
        return f"daily {at}"
    if cadence.weekdays == BUSINESS_DAYS:
        return f"daily {at} weekdays"
    days = ", ".join(WEEKDAYS[day] for day in sorted(cadence.weekdays))
    return f"{'weekly' if len(cadence.weekdays) == 1 else 'daily'} {at} {days}"


def typed(row: Subscription) -> str:
    """What is typed, where it is to come, to have it (again): `subscribe daily 09:00 weekdays frt team:billing Europe/Berlin`."""
    rhythm, own = rhythm_words(cadence_of(row.cadence)).split(" ", 1), row.spec_key.partition(":")[0]
    words = [own if own in ("weekly", "monthly") else rhythm[0], *rhythm[1:], *row.spec.get("kpis", ())]
    words += map(str, filters_of(row.spec.get("filters") or ()))
    words += [word for word in ("always", "page") if row.spec.get(word)]
    return " ".join(["subscribe", *words, *(["me"] if is_person(row.channel_id) else []), row.zone])


def is_person(channel_id: str) -> bool:
    """Whether something goes to a person, and not to a channel."""
    return channel_id.startswith(("U", "W"))


def reason_words(code: str | None) -> str:
    """Why something is paused, of Slack's word or ours for it; what is no code stays as it is."""
    return REASONS.get(code or "", code or "")


def why_paused(code: str) -> str:
    """The same for a sentence to somebody who knows none of Slack's words."""
    return REASONS.get(code, f"Slack says `{code}`")


def paused_text(row: Subscription, code: str) -> str:
    """What whoever asked for it is told when it cannot be posted: what happened, what is still true, the next step."""
    where = f"to <@{row.channel_id}>" if is_person(row.channel_id) else f"in <#{row.channel_id}>"
    outsider = is_person(row.channel_id) and code == "shared_with_another_company"
    why = "guests and people of another company get no numbers" if outsider else why_paused(code)
    told = f"The {row.kind} you asked for {where} could not be posted: {why}. It is paused."
    if code == GONE or outsider:
        return f"{told} *End* on the Home tab removes it."
    return f"{told} {STEPS.get(code, 'To have it again, type there')} `/cx {escape(typed(row))}`."
