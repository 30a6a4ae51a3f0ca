"""Who asks the demo desk for help, when and about what: every day from its own seed, whoever asks and whenever."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from itertools import accumulate
from math import cos, pi
from random import Random
from zoneinfo import ZoneInfo

from bot.desks.demo_cast import BILLING, CARLA, DEV, EMI, HOW_MANY, LIVE, SUPPORT, TECHNICAL
from bot.desks.demo_hours import DAY, epoch
from bot.desks.demo_words import ABROAD, CATEGORIES, HICCUP_SUBJECTS, ODD_SUBJECTS, OUTAGE_SUBJECTS, SPAM_SUBJECTS, SUBJECTS, TAGS
from bot.store.records import CustomerRecord
from bot.store.words import Channel

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH_DAY = date(2015, 1, 1)
GUEST_HOURS = ((CARLA, 8 * 60 + 40), (DEV, 6 * 60 + 10), (EMI, 7 * 60 + 30))
NUMBERS_A_DAY = 200

ON_A_MONDAY = 33.0
WEEKDAY_SHARE = (1.0, 0.90, 0.83, 0.82, 0.74, 0.24, 0.20)
GROWTH_A_YEAR = 1.04
GROWTH_FROM = date(2025, 1, 1)
# Local hours 0 to 23 in Berlin: a rush before and after lunch, New York's morning after it, little at night.
RUSH = (3, 2, 2, 2, 3, 5, 12, 30, 62, 90, 95, 78, 55, 62, 80, 84, 76, 58, 40, 30, 24, 17, 10, 6)
HOUR_WEIGHTS = tuple(accumulate(RUSH))

CHANNELS = (Channel.EMAIL, Channel.WEB, Channel.CHAT, Channel.PHONE, Channel.SOCIAL)
CHANNEL_WEIGHTS = tuple(accumulate((48, 23, 15, 9, 5)))
PRIORITY_WEIGHTS = tuple(accumulate((5, 17, 63, 15)))
CATEGORY_NAMES, CATEGORY_WEIGHTS = tuple(CATEGORIES), tuple(accumulate(CATEGORIES.values()))
CUSTOMER_WEIGHTS = tuple(accumulate(1 / (rank + 12) ** 0.7 for rank in range(HOW_MANY)))


class Fate(Enum):
    """How a ticket will end."""

    HELPED = auto()
    BY_BOT = auto()
    UNANSWERED = auto()
    MERGED = auto()
    SPAM = auto()
    DELETED = auto()
    GUEST = auto()


FATES = (Fate.HELPED, Fate.BY_BOT, Fate.UNANSWERED, Fate.MERGED, Fate.SPAM, Fate.DELETED)
FATE_WEIGHTS = tuple(accumulate((93.6, 1.4, 1.2, 1.3, 1.7, 0.8)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request as it comes in; `at` is epoch seconds, `customer` the place among all customers."""

    number: int
    at: int
    channel: Channel
    category: str | None
    priority: int
    customer: int
    team: str
    subject: str
    tags: tuple[str, ...]
    fate: Fate
    merged_into: int | None = None
    troubled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The seed and the Monday of the week a story was first asked for: the only thing in it that is not absolute."""

    seed: str
    monday: date

    @property
    def outage(self) -> tuple[tuple[date, int], ...]:
        """Extra tickets by day of the big incident, about three weeks ago."""
        tuesday = self.monday - timedelta(days=20)
        return (tuesday, 74), (tuesday + DAY, 58), (tuesday + 2 * DAY, 24)

    @property
    def hiccup(self) -> date:
        """The day of the small one: Thursday of the week before."""
        return self.monday - timedelta(days=4)

    @property
    def farewell(self) -> date:
        """The last day of the agent who left."""
        return self.monday - timedelta(days=150)


def arrivals(day: date, calendar: Calendar, customers: Sequence[CustomerRecord], holidays: frozenset[str]) -> tuple[Arrival, ...]:
    """The requests of one Berlin day in the order they come in. A later caller gets the same ones."""
    rng = Random(f"{calendar.seed}:{day.isoformat()}")  # noqa: S311 (a story, not a secret)
    drafts = [*_usual(day, rng, customers, quiet=day.isoformat() in holidays), *_extra(day, calendar, customers)]
    drafts.sort(key=lambda draft: draft[0])
    return tuple(_numbered(drafts, (day - EPOCH_DAY).days * NUMBERS_A_DAY))


Draft = tuple[int, Channel, str | None, int, int, str, Fate, str | None]


def _usual(day: date, rng: Random, customers: Sequence[CustomerRecord], *, quiet: bool) -> Iterator[Draft]:
    for _ in range(_how_many(day, rng, quiet=quiet)):
        fate = FATES[pick(FATE_WEIGHTS, rng)]
        channel = CHANNELS[pick(CHANNEL_WEIGHTS, rng)]
        category = CATEGORY_NAMES[pick(CATEGORY_WEIGHTS, rng)]
        priority = 1 + pick(PRIORITY_WEIGHTS, rng)
        customer = pick(CUSTOMER_WEIGHTS, rng)
        subject = _subject(category, customers[customer].language, fate, rng)
        tag = rng.choice(TAGS) if rng.random() < 0.3 else None
        yield _instant(day, rng), channel, None if rng.random() < 0.02 else category, priority, customer, subject, fate, tag


def _extra(day: date, calendar: Calendar, customers: Sequence[CustomerRecord]) -> Iterator[Draft]:
    rng = Random(f"{calendar.seed}:{day.isoformat()}:extra")  # noqa: S311
    for _ in range(dict(calendar.outage).get(day, 0)):
        customer, subject = rng.randrange(HOW_MANY), rng.choice(OUTAGE_SUBJECTS)
        channel = CHANNELS[pick(CHANNEL_WEIGHTS, rng)]
        yield _instant(day, rng), channel, "Login & access", rng.choice((1, 2, 2, 3)), customer, subject, Fate.HELPED, "outage"
    for _ in range(19 if day == calendar.hiccup else 0):
        customer, subject = rng.randrange(HOW_MANY), rng.choice(HICCUP_SUBJECTS)
        at, priority = _instant(day, rng), rng.choice((2, 3, 3))
        yield at, Channel.EMAIL, "Integrations", priority, customer, subject, Fate.HELPED, "sync-delay"
    # The customers one can be in the sandbox always have something solved a few hours ago.
    for customer, minute in GUEST_HOURS if day >= calendar.monday - timedelta(days=7) else ():
        category = rng.choice(("How-to", "Delivery", "Account changes"))
        subject = rng.choice(SUBJECTS[category])
        yield epoch(day, minute, BERLIN) + rng.randrange(1800), Channel.CHAT, category, 3, customer, subject, Fate.GUEST, None


def _how_many(day: date, rng: Random, *, quiet: bool) -> int:
    years = (day - GROWTH_FROM).days / 365.25
    # Highest in mid December, lowest in mid June.
    season = 1 + 0.09 * cos(2 * pi * (day.timetuple().tm_yday - 350) / 365.25)
    expected = ON_A_MONDAY * WEEKDAY_SHARE[day.weekday()] * GROWTH_A_YEAR**years * season * (0.45 if quiet else 1.0)
    return max(1, round(rng.gauss(expected, expected**0.5 * 0.9)))


def _instant(day: date, rng: Random) -> int:
    hour = pick(HOUR_WEIGHTS, rng)
    return epoch(day, hour * 60 + rng.randrange(60), BERLIN, fold=rng.randrange(2)) + rng.randrange(60)


def _subject(category: str, language: str | None, fate: Fate, rng: Random) -> str:
    chance = rng.random()
    if fate is Fate.SPAM:
        return rng.choice(SPAM_SUBJECTS)
    if chance < 0.015:
        return rng.choice(ODD_SUBJECTS)
    if chance < 0.6 and language and language in ABROAD:
        return rng.choice(ABROAD[language])
    return rng.choice(SUBJECTS[category])


def pick(weights: Sequence[float], rng: Random) -> int:
    """A place in running totals of weights, drawn by their shares."""
    return bisect_right(weights, rng.random() * weights[-1])


def _numbered(drafts: Sequence[Draft], base: int) -> Iterator[Arrival]:
    for place, (at, channel, category, priority, customer, subject, fate, tag) in enumerate(drafts, start=1):
        if fate is Fate.MERGED:
            # Merged into the request before it, which the same person had sent.
            before = drafts[place - 2]
            fate, customer = (Fate.MERGED, before[4]) if place > 1 and before[6] is Fate.HELPED else (Fate.HELPED, customer)
        yield Arrival(
            number=base + place,
            at=at,
            channel=channel,
            category=category,
            priority=priority,
            customer=customer,
            team=LIVE if fate is Fate.GUEST else _team(channel, category, place),
            subject=subject,
            tags=(tag,) if tag else (),
            fate=fate,
            merged_into=base + place - 1 if fate is Fate.MERGED else None,
            troubled=tag in ("outage", "sync-delay"),
        )


def _team(channel: Channel, category: str | None, place: int) -> str:
    if channel is Channel.CHAT:
        return LIVE
    if category in ("Billing & invoices", "Refunds"):
        return SUPPORT if place % 5 == 0 else BILLING
    if category in ("Bug report", "Integrations", "Data export"):
        return SUPPORT if place % 3 == 0 else TECHNICAL
    return LIVE if channel is Channel.PHONE and place % 2 else SUPPORT
