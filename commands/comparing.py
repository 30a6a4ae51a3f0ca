"""The step that reads thresholds: `frt>4h`, `csat <= 3`, `older than 7 days`."""

from __future__ import annotations

import re

from bot.kpis.quantities import Quantity, any_amount, find_quantity, quantity_names, read_amount
from bot.kpis.query import Filter
from commands.reading import Reading, Unknown

SPLIT = re.compile(r"(-?\(?)([a-z][a-z_-]*)?(>=|<=|=>|=<|[<>=≥≤])(.*)")
"""A sign, a name, how it is compared, and what is left: each part but the third may be empty."""
SAME = {"=>": ">=", "=<": "<=", "≥": ">=", "≤": "<="}
SPOKEN = {
    ("older", "than"): ("age", ">"),
    ("younger", "than"): ("age", "<"),
    ("newer", "than"): ("age", "<"),
    ("longer", "than"): ("", ">"),
    ("more", "than"): ("", ">"),
    ("higher", "than"): ("", ">"),
    ("slower", "than"): ("", ">"),
    ("less", "than"): ("", "<"),
    ("lower", "than"): ("", "<"),
    ("shorter", "than"): ("", "<"),
    ("faster", "than"): ("", "<"),
    ("at", "least"): ("", ">="),
    ("at", "most"): ("", "<="),
}
MENTIONS = ("@", "#", "!")
"""How Slack begins a mention: `frt <@U1>` is no comparison."""
LONGEST_NAME = 4
LONGEST_WORD = 60


def threshold(r: Reading, at: int) -> int:
    """A quantity of a ticket, how it is compared, and an amount; in one word or in several."""
    for length in range(min(LONGEST_NAME, len(r.words) - at), 0, -1):
        used = _named(r, at, length)
        if used:
            return used
    return _spoken(r, at, None, at) or _misnamed(r, at)


def _named(r: Reading, at: int, length: int) -> int:
    """A name of so many words, the last of which may go on with the comparison."""
    last = at + length - 1
    found = SPLIT.fullmatch(_word(r, last))
    if found is not None and found[2]:
        quantity = find_quantity(_phrase(r, at, last, found[2]))
        return _compared(r, at, quantity, found, last) if quantity is not None else 0
    quantity = find_quantity(_phrase(r, at, last, r.word(last)))
    if quantity is None:
        return 0
    found = SPLIT.fullmatch(_word(r, last + 1))
    if found is not None and not found[1] and not found[2] and not found[4].startswith(MENTIONS):
        return _compared(r, at, quantity, found, last + 1)
    return _spoken(r, at, quantity, last + 1) or _alone(r, at, quantity, length)


def _alone(r: Reading, at: int, quantity: Quantity, used: int) -> int:
    """`unanswered`, `-overdue`: the name of what says enough by itself."""
    found = any_amount(quantity, negated=r.words[at].startswith("-"))
    if found is not None and found not in r.filters:
        r.filters.append(found)
    return used if found is not None else 0


def _word(r: Reading, at: int) -> str:
    word = r.words[at].lower() if at < len(r.words) else ""
    return word.lstrip("(") if len(word) <= LONGEST_WORD else ""


def _phrase(r: Reading, at: int, last: int, end: str) -> str:
    return " ".join([*(r.word(place) for place in range(at, last)), end]).lstrip("-")


def _compared(r: Reading, at: int, quantity: Quantity, found: re.Match[str], last: int) -> int:
    op = SAME.get(found[3], found[3])
    return _kept(r, at, quantity, op, last, found[4])


def _spoken(r: Reading, at: int, quantity: Quantity | None, place: int) -> int:
    """`older than 7 days`; with a quantity before it, `frt longer than 4 hours`."""
    slug, op = SPOKEN.get((r.word(place), r.word(place + 1)), ("", ""))
    named = find_quantity(slug) if slug else quantity
    if not op or named is None or (quantity is not None and named is not quantity):
        return 0
    return _kept(r, at, named, op, place + 1, "")


def _kept(r: Reading, at: int, quantity: Quantity, op: str, last: int, begun: str) -> int:
    """The filter with the longest amount that stands there: `4h`, `4 h`, `1 week`."""
    for more in (2, 1, 0):
        text = " ".join([begun, *(r.word(place) for place in range(last + 1, last + 1 + more))]).strip("?!.,;)% ")
        amount = read_amount(quantity, text) if text else None
        if amount is not None and last + more < len(r.words):
            negated = r.words[at].startswith("-")
            r.filters.append(Filter(dimension=quantity.slug, values=(amount,), negated=negated, op=op))
            return last + 1 + more - at
    if op == "=":  # `age = "under 1 day"` names a group, as any filter does.
        return 0
    example = f"{quantity.slug}{op}{'4h' if quantity.timed else '3'}"
    says = f"I see no amount of {quantity.says} in *{r.said(at, last + 1 - at).replace('*', '')[:40]}*."
    step = f"Write it like *{example}*{', with s, m, h, d or w' if quantity.timed else ''}."
    r.unknown.append(Unknown(place=at, used=last + 1 - at, near=(), instead=(example,), says=says, next_step=step))
    return last + 1 - at


def _misnamed(r: Reading, at: int) -> int:
    """`ftr>4h`: the nearest quantity is offered with its comparison kept."""
    found = SPLIT.fullmatch(_word(r, at))
    if found is None or not found[2] or found[3] == "=" or not found[4]:
        return 0
    names = (name for name in quantity_names() if " " not in name)
    r.unknown.append(Unknown(place=at, near=tuple(f"{found[1]}{name}{found[3]}{found[4]}" for name in names)))
    return 1
