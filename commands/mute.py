"""`/cx mute 2h` and `/cx unmute`: nothing is posted here unasked for a while, neither digests nor new alerts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.clock import DAY, day_start, iso, local_date, zone
from bot.errors import BadRequest, CxError
from bot.kpis.quiet_hours import muted_until
from bot.store.ledger import write_audit
from bot.store.workspace import change_setting
from bot.views.blocks import instant, section
from bot.views.message import Message
from bot.views.say import instant_text
from commands.command import Ask, Command, Reply
from commands.hints import hint, refused
from commands.rights import admit
from commands.tokens import bare, plain, words

AMOUNT = re.compile(r"(\d{1,3})\s?(m|min|mins|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII)
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}
DAYS = {"today": 1, "tonight": 1, "tomorrow": 2}
"""Up to the end of which local day: 1 is today."""
LONGEST = 14 * DAY
OFF = frozenset({"off", "end", "stop", "no"})
IDLE = frozenset({"for", "here", "alerts", "alert", "digests", "digest", "everything", "until", "the", "end", "of"})
EXAMPLES = ("*mute 2h*", "*mute today*", "*unmute*")
KEY = "mutes"


def mute(ask: Ask) -> Reply:
    """Post nothing here unasked for a while; without a time, say how it is."""
    try:
        admit(ask.asker)
        said = [bare(word) for word in words(plain(ask.text))]
        if len(said) == 1 and said[0] in OFF:
            return unmute(ask)
        wanted = " ".join(word for word in said if word not in IDLE)
        if not wanted:
            return _state(ask)
        until = _until(ask, wanted)
    except CxError as error:
        return refused(error)
    _keep(ask, until)
    write_audit(ask.session, ask.asker.user_id, "place.muted", {"channel": _places(ask)[0], "until": iso(until)}, ask.now)
    when = instant(until, f"{instant_text(until, ask.workspace.zone)}, {ask.workspace.zone}")
    rest = "Incidents that are open keep their message true. `/cx unmute` ends it."
    return _said(f"No digest and no new alert comes here until {when}. {rest}")


def unmute(ask: Ask) -> Reply:
    """Post here again what is due; what fell due meanwhile is named in the next digest."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    if _muted(ask) is None:
        return hint("Nothing is muted here.", "`/cx mute 2h` does that; *alerts* and *list* show what comes.", ("alerts", "list"))
    _keep(ask, None)
    write_audit(ask.session, ask.asker.user_id, "place.unmuted", {"channel": _places(ask)[0]}, ask.now)
    return _said("Digests and alerts come here again.")


def _state(ask: Ask) -> Reply:
    until = _muted(ask)
    step = f"Say {', '.join(EXAMPLES)}; to pause a single one for good, *alerts* or the Home tab."
    if until is None:
        return hint("For how long?", step, ("alerts", "list"))
    return hint(f"Muted here until {instant_text(until, ask.workspace.zone)}.", step, ("alerts", "list"))


def _until(ask: Ask, wanted: str) -> datetime:
    where, found = zone(ask.workspace.zone), AMOUNT.fullmatch(wanted)
    if wanted in DAYS:
        return day_start(local_date(ask.now, where) + DAYS[wanted] * DAY, where)
    if found is None:
        raise BadRequest(f"I don't know how long *{wanted.replace('*', '')[:40]}* is.", next_step=f"Say {', '.join(EXAMPLES)}.")
    lasting = int(found[1]) * UNITS[found[2][0]]
    if not timedelta() < lasting <= LONGEST:
        raise BadRequest("A place is muted for two weeks at most.", next_step="To end a digest for good, *unsubscribe* it.")
    return ask.now + lasting


def _keep(ask: Ask, until: datetime | None) -> None:
    """What is over is forgotten on the way."""
    going_on = {place: at for place, at in ask.workspace.mutes.items() if muted_until({place: at}, place, ask.now)}
    for place in _places(ask):
        going_on.pop(place, None)
    mutes = going_on | ({place: iso(until) for place in _places(ask)} if until is not None else {})
    change_setting(ask.session, KEY, mutes, now=ask.now, by=ask.asker.user_id)


def _muted(ask: Ask) -> datetime | None:
    return muted_until(ask.workspace.mutes, _places(ask)[0], ask.now)


def _places(ask: Ask) -> tuple[str, ...]:
    """The channel; a conversation with us goes by the person's id too, to which their own digests are posted."""
    me = (ask.asker.user_id, *([ask.asker.channel_id] if ask.asker.channel_id else []))
    return me if ask.asker.is_alone else (ask.asker.channel_id,)


def _said(text: str) -> Reply:
    return Reply(message=Message(text=text, blocks=(section(text, "mute:done"),)))


MUTE = Command(
    word="mute",
    usage="/cx mute 2h|today",
    says="Posts no digest and no new alert here for a while; `unmute` ends it.",
    run=mute,
    also=("snooze", "pause", "silence"),
    writes=True,
)
UNMUTE = Command(
    word="unmute",
    usage="/cx unmute",
    says="Posts digests and alerts here again.",
    run=unmute,
    also=("resume", "unpause"),
    writes=True,
    listed=False,
)
