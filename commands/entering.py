"""Reads what admins enter: an amount of money, counts of customers, and the whole days they are for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.clock import local_date, zone
from bot.errors import BadRequest
from bot.periods import read_window
from bot.store.words import Channel
from bot.windows import dates
from commands.command import Ask
from commands.tokens import bare, plain, words

AMOUNT = re.compile(r"(?P<digits>\d[\d.,' ]*?) ?(?P<unit>k|m|mio)?", re.ASCII)
PLAIN_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
CURRENCY = re.compile("[a-z]{3}", re.ASCII)
SIGNS = {"$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr", "₩": "krw"}
UNITS = {"k": 1_000, "m": 1_000_000, "mio": 1_000_000}
MOST_CENTS = 10**14
PREPOSITIONS = ("for", "in", "during", "over")
IDLE = frozenset("of at start the we had were was and customers customer cost costs support total a is are".split())
REMOVE = frozenset({"remove", "delete", "forget"})
MOVES = {"joined": "joined", "new": "joined", "gained": "joined", "lost": "lost", "left": "lost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Local days, both included, the words said about them, and whether what was entered is to be removed."""

    first: date
    last: date
    said: tuple[str, ...]
    removes: bool

    @property
    def days(self) -> str:
        """The days in words."""
        return dates(self.first, self.last)


def read_entry(ask: Ask, example: str) -> Entry:
    """The days after the last `for`, and the words before it. Raises BadRequest, BadPeriod."""
    said = words(plain(ask.text))
    removes = bool(said) and bare(said[0]) in REMOVE
    place = max((at for at, word in enumerate(said) if bare(word) in PREPOSITIONS), default=0 if removes else -1)
    if place < 0 or place + 1 == len(said):
        raise BadRequest("For which days?", next_step=f"Say it with *for*, such as `/cx {example}`.")
    period = " ".join(said[place + 1 :])[:80].strip("?!.")
    window = read_window(period, now=ask.now, zone=zone(ask.workspace.zone), week_start=ask.workspace.week_start)
    if window.open:
        raise BadRequest(
            f"{window.text[:1].upper()}{window.text[1:]} is not over yet.",
            next_step=f"Enter it once it is; for example `/cx {example}`.",
        )
    where = ZoneInfo(window.zone)
    first, last = local_date(window.start, where), local_date(window.end - timedelta.resolution, where)
    return Entry(first=first, last=last, said=tuple(bare(word) for word in said[:place]), removes=removes)


def read_channel(said: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The channel that `channel:email` names, empty without one, and the other words. Raises BadRequest."""
    named = [word.removeprefix("channel:") for word in said if word.startswith("channel:")]
    if not named:
        return "", tuple(said)
    if len(named) > 1 or named[0] not in Channel.__members__.values():
        raise BadRequest("Which channel?", next_step=f"One of {', '.join(one.value for one in Channel)}.")
    return named[0], tuple(word for word in said if not word.startswith("channel:"))


def read_cents(said: Sequence[str], currency: str, example: str) -> int:
    """The one amount among the words, in cents of that currency. Raises BadRequest."""
    text = " ".join(word for word in said if word not in IDLE)
    for sign, code in SIGNS.items():
        text = text.replace(sign, f" {code} ")
    named = [word for word in text.split() if CURRENCY.fullmatch(word) and word not in UNITS]
    found = AMOUNT.fullmatch(" ".join(word for word in text.split() if word not in named))
    number = read_number(found["digits"]) if found is not None else None
    if found is None or number is None:
        raise BadRequest("I see no amount in that.", next_step=f"For example `/cx {example}`.")
    other = next((code.upper() for code in named if code.upper() != currency), "")
    if other:
        step = f"Enter the amount in {currency}; I know no exchange rates."
        raise BadRequest(f"Costs are kept in {currency}, not in {other}.", next_step=step)
    cents = round(number * UNITS.get(found["unit"] or "", 1) * 100)
    if cents > MOST_CENTS:
        raise BadRequest("That is more than I can believe.", next_step=f"For example `/cx {example}`.")
    return cents


def read_number(digits: str) -> float | None:
    """`50000`, `50,000.5`, `50.000,5`, `50 000`, `50'000`. Three digits behind a single mark are thousands."""
    text = digits.replace(" ", "").replace("'", "")
    marks = [character for character in text if character in ".,"]
    groups = re.split("[.,]", text)
    grouped = all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3
    if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:
        text = text.replace(marks[0], "").replace(marks[-1], ".")
    elif len(set(marks)) == 1 and grouped:
        text = "".join(groups)
    elif len(marks) == 1:
        text = text.replace(",", ".")
    return float(text) if PLAIN_NUMBER.fullmatch(text) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Customers at the start, and who joined and left since."""

    at_start: int
    joined: int
    lost: int


def read_counts(said: Sequence[str], example: str) -> Counts:
    """`100 joined 15 lost 10`, in any order. Raises BadRequest."""
    told = [word for word in said if word not in IDLE]
    moved: dict[str, int] = {}
    starts: list[int] = []
    place = 0
    while place < len(told):
        kind, count = MOVES.get(told[place]), read_count(told[place])
        after = read_count(told[place + 1]) if kind is not None and place + 1 < len(told) else None
        if kind is not None and after is not None:
            moved[kind] = after
        elif count is not None:
            starts.append(count)
        else:
            raise BadRequest(f"I don't know *{told[place].replace('*', '')[:40]}*.", next_step=f"For example `/cx {example}`.")
        place += 1 if kind is None else 2
    if len(starts) != 1 or "lost" not in moved:
        raise BadRequest("I need the customers at the start and how many were lost.", next_step=f"Like `/cx {example}`.")
    if moved["lost"] > starts[0]:
        step = "Who joins and leaves within the same period counts in neither."
        raise BadRequest(f"{moved['lost']:,} lost of {starts[0]:,} at the start cannot be.", next_step=step)
    return Counts(at_start=starts[0], joined=moved.get("joined", 0), lost=moved["lost"])


def read_count(word: str) -> int | None:
    """A whole number, with or without marks between thousands; None for anything else."""
    text = re.sub("[.,']", "", word)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
