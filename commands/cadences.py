"""When and where a digest is wanted: `daily 09:00 here weekdays`, `weekly monday 8am #support`, in any order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import time

from bot.calendars import WEEKDAYS
from bot.clock import zone_names
from bot.errors import BadRequest
from bot.kpis.dimensions import find_dimension
from bot.kpis.query import Filter
from bot.slots import BUSINESS_DAYS, EVERY_DAY, Cadence
from commands.command import Asker
from commands.mending import nearest
from commands.tokens import bare, plain, values, words
from commands.vocabulary import as_name, kpi_names, longest_name

CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?P<half>am|pm)?", re.ASCII)
CHANNEL = re.compile(r"<#([A-Z0-9]{2,40})>")
DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)", re.ASCII)
RHYTHMS = {
    "daily": "daily", "day": "daily", "weekdays": "weekdays", "workdays": "weekdays", "business": "weekdays",
    "weekday": "weekdays", "weekly": "weekly", "week": "weekly", "monthly": "monthly", "month": "monthly",
}  # fmt: skip
IDLE = frozenset("a the at on of in to for every each digest please and days day's o'clock report with".split())
ALWAYS = frozenset({"always", "full"})
PAGE = frozenset({"page", "executive", "executives", "management", "board"})
SCOPES = frozenset({"team", "agent", "channel", "category", "priority", "source"})
"""What a digest may be narrowed to."""
FIRST_TIME = time(9)
EXAMPLE = "subscribe daily 09:00 here weekdays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for. `rhythm` is daily, weekly or monthly, None when nobody said; `zone` is empty then too.

    `filters` narrow it to a team or an agent; `page` wants all of it as one picture to pass on."""

    rhythm: str | None
    cadence: Cadence
    channel_id: str
    kpis: tuple[str, ...] = ()
    always: bool = False
    filters: tuple[Filter, ...] = ()
    page: bool = False
    zone: str = ""

    @property
    def key(self) -> str:
        """What tells two digests of a channel apart: rhythm, numbers and scope. The plain daily one has the empty key."""
        rhythm, narrowed = self.rhythm if self.rhythm in ("weekly", "monthly") else "", " ".join(map(str, self.filters))
        parts = [rhythm, ",".join(self.kpis), narrowed, "page" if self.page else ""]
        return ":".join(part for part in parts if part)


@dataclass(kw_only=True)
class _Heard:
    """What was heard so far."""

    words: list[str]
    rhythms: list[str]
    days: set[int]
    kpis: list[str]
    at: time | None = None
    month_day: int | None = None
    channel_id: str | None = None
    always: bool = False
    filters: list[Filter] = field(default_factory=list)
    page: bool = False
    zone: str = ""


def read_wish(text: str, asker: Asker) -> Wish:
    """Understand when and where. Without a time it is 09:00, without a place here. Raises BadRequest."""
    heard = _Heard(words=words(plain(text)), rhythms=[], days=set(), kpis=[])
    at = 0
    while at < len(heard.words):
        at += _kpi(heard, at) or _word(heard, at, asker)
    return Wish(
        rhythm=_rhythm(heard),
        cadence=_cadence(heard),
        channel_id=heard.channel_id or asker.channel_id or asker.user_id,
        kpis=tuple(dict.fromkeys(heard.kpis)),
        always=heard.always,
        filters=tuple(dict.fromkeys(heard.filters)),
        page=heard.page,
        zone=heard.zone,
    )


def _kpi(heard: _Heard, at: int) -> int:
    for length in range(min(longest_name(), len(heard.words) - at), 0, -1):
        found = kpi_names().get(as_name(" ".join(map(bare, heard.words[at : at + length]))))
        if found is not None:
            heard.kpis.append(found.slug)
            return length
    return 0


def _word(heard: _Heard, at: int, asker: Asker) -> int:
    word = bare(heard.words[at])
    channel = CHANNEL.fullmatch(heard.words[at].upper())
    if channel is not None:
        heard.channel_id = channel[1]
    elif heard.words[at].startswith("#"):
        raise BadRequest(
            f"I cannot see a channel called {heard.words[at][:80]}.",
            next_step="Type # and choose it from Slack's list, or type the command in that channel with *here*.",
        )
    elif word in ("here", "me"):
        heard.channel_id = asker.channel_id if word == "here" else asker.user_id
    elif not (word in IDLE or not word or _what(heard, at) or _when(heard, word, "" if at == 0 else bare(heard.words[at - 1]))):
        raise _unknown(heard, at)
    return 1


def _what(heard: _Heard, at: int) -> bool:
    """How much of it, whose, and in which zone."""
    word, found = bare(heard.words[at]), _scope(heard.words[at])
    if found is not None:
        heard.filters.append(found)
    elif word in zone_names() and ("/" in word or word == "utc"):
        heard.zone = zone_names()[word]
    else:
        heard.always, heard.page = heard.always or word in ALWAYS, heard.page or word in PAGE
        return word in ALWAYS | PAGE
    return True


def _scope(word: str) -> Filter | None:
    """`team:billing`, `agent:me`."""
    name, mark, rest = word.partition(":")
    dimension = find_dimension(name.lstrip("-(")) if mark else None
    chosen = values(rest)
    if dimension is None or dimension.slug not in SCOPES or not chosen:
        return None
    return Filter(dimension=dimension.slug, values=chosen, negated=name.startswith("-"))


def _when(heard: _Heard, word: str, before: str) -> bool:
    """A rhythm, a weekday, a day of the month or a time of day."""
    weekday = next((n for n, name in enumerate(WEEKDAYS) if word.rstrip("s") in (name.lower(), name[:3].lower())), None)
    if word in RHYTHMS:
        heard.rhythms.append(RHYTHMS[word])
        return True
    if weekday is not None:
        heard.days.add(weekday)
        return True
    if word in ("am", "pm") and heard.at is not None:
        heard.at = _time(f"{heard.at.hour}:{heard.at.minute:02}{word}")
        return heard.at is not None
    month_day = DAY_OF_MONTH.fullmatch(word)
    if month_day is not None or (before in ("day", "monthly") and word.isascii() and word.isdigit() and 1 <= int(word[:3]) <= 31):
        heard.month_day = int(month_day[1] if month_day is not None else word)
        return True
    heard.at = _time(word) or heard.at
    return _time(word) is not None


def _time(word: str) -> time | None:
    found = CLOCK.fullmatch(word)
    if found is None:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _rhythm(heard: _Heard) -> str | None:
    for rhythm in ("monthly", "weekly", "daily", "weekdays"):
        if rhythm in heard.rhythms:
            return "daily" if rhythm == "weekdays" else rhythm
    if heard.month_day is not None or (heard.page and not heard.days):
        return "monthly"
    return "weekly" if len(heard.days) == 1 else "daily" if heard.days else None


def _cadence(heard: _Heard) -> Cadence:
    at, rhythm = heard.at or FIRST_TIME, _rhythm(heard)
    if rhythm == "monthly":
        if heard.month_day is not None and not 1 <= heard.month_day <= 31:
            raise BadRequest("The day of a month is 1 to 31.", next_step="For example *subscribe monthly 1st 09:00*.")
        return Cadence(at=at, month_day=heard.month_day or 1)
    if rhythm == "weekly":
        return Cadence(at=at, weekdays=frozenset(heard.days or {0}))
    return Cadence(at=at, weekdays=frozenset(heard.days) or (BUSINESS_DAYS if "weekdays" in heard.rhythms else EVERY_DAY))


def _unknown(heard: _Heard, at: int) -> BadRequest:
    word = heard.words[at]
    near = nearest(bare(word), (*RHYTHMS, "here", "me", "always", "page", *(name.lower() for name in WEEKDAYS), *kpi_names()))
    hint = f"Did you mean *{near}*? " if near else ""
    return BadRequest(f"I don't know *{word.replace('*', '')[:40]}*.", next_step=f"{hint}For example: `/cx {EXAMPLE}`.")
