"""The steps that read a question: each looks at one place and says how many words it understood there, or 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.clock import Grain
from bot.errors import BadPeriod
from bot.kpis.dimensions import find_dimension
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Duration, Kpi
from bot.kpis.query import TICKETS, Filter
from bot.kpis.volume import BACKLOG, VOLUME
from bot.windows import Window
from commands.comparing import threshold
from commands.filtering import lone_dimension, lone_value, mention, named_filter, negated, spoken_filter, unassigned
from commands.reading import Reading, Unknown
from commands.vocabulary import (
    AGAINST,
    AVERAGES,
    BY,
    CLOCK_NOUNS,
    CLOCKS,
    FILLERS,
    GENERIC,
    GRAINS,
    HEAT,
    JOINS,
    OLDEST,
    SHOWN,
    as_name,
    dimension_words,
    kpi_names,
    longest_name,
)
from commands.weekly import against_weekly, days_of_week
from commands.whose import mine, named, named_alone, nearly_named

MOST_SPLITS = 2
DASHES = frozenset("-–—|/·•")
Step = Callable[[Reading, int], int]


def by(r: Reading, at: int) -> int:
    """`by team and channel`, `per week`."""
    if r.word(at) not in BY:
        return 0
    place = at + 1
    found = False
    while place < len(r.words):
        word = r.words[place].lower()
        parts = [part for part in word.strip("?!.;:()").replace("/", ",").split(",") if part]
        if not parts or not all(_split(r, part) for part in parts):
            break
        found, place = True, place + 1
        # Without a join the next word is something else: `by team channels` asks for the channels.
        if r.word(place) in JOINS and _splits_next(r, place + 1):
            place += 1
        elif not word.endswith(","):
            break
    if found and (spare := kpi_names().get(as_name(" ".join(r.lower[at:place])))) is not None:
        r.spare, r.spare_split = spare, r.splits[-1]
    return place - at if found else _by_what(r, at)


def _split(r: Reading, word: str) -> bool:
    dimension = find_dimension(word)
    if dimension is not None:
        if dimension.slug not in r.splits:
            r.splits.append(dimension.slug)
        return True
    if word in Grain.__members__.values() or word.rstrip("s") in Grain.__members__.values():
        r.grain = Grain(word.rstrip("s"))
        return True
    return False


def _splits_next(r: Reading, at: int) -> bool:
    return find_dimension(r.word(at)) is not None or r.word(at) in Grain.__members__.values()


def _by_what(r: Reading, at: int) -> int:
    if used := nearly_named(r, at + 1):
        r.unknown[-1] = replace(r.unknown[-1], place=at, used=used + 1)
        return used + 1
    if at + 1 < len(r.words):
        r.unknown.append(Unknown(place=at + 1, near=(*dimension_words(), *Grain.__members__.values())))
        return 2
    choices = r.kpi.splits[:5] if r.kpi is not None else ("team", "channel", "category")
    says, step = "By what?", f"For example *by {choices[0] if choices else 'day'}*."
    r.unknown.append(Unknown(place=at, near=(), instead=tuple(f"by {one}" for one in choices), says=says, next_step=step))
    return 1


def versus(r: Reading, at: int) -> int:
    """`vs previous`, `vs last year`, `compared to nothing`, or any window, such as `vs Oct`."""
    if r.word(at) not in AGAINST:
        return 0
    place = at + 1
    while r.word(place) in ("to", "with", "the", "a", "same"):
        place += 1
    if used := against_weekly(r, at, place):
        return used
    found = _own_window(r, place)
    known = _versus_word(r, place) if found is None or r.word(place + 1) == "year" or found[1] == 1 else 0
    if known:
        return place + known - at
    if found is not None:
        r.against, r.against_at = found[0], (at, place + found[1] - at)
        return place + found[1] - at
    used = place + 1 - at if place < len(r.words) else place - at
    r.unknown.append(not_compared(at, used))
    return used


def _own_window(r: Reading, place: int) -> tuple[Window, int] | None:
    try:
        return r.period(place) if r.word(place) else None
    except BadPeriod:
        return None


def not_compared(at: int, used: int) -> Unknown:
    """What to say about a comparison we do not make."""
    says = "I compare with the window before, with a year ago, weekday by weekday, or with a window you name."
    step = "Say *vs previous*, *vs last year*, *vs Oct* or *vs nothing*."
    return Unknown(place=at, used=used, near=(), instead=("vs previous", "vs last year"), says=says, next_step=step)


def _versus_word(r: Reading, at: int) -> int:
    """How many words name a comparison we make."""
    word, after = r.word(at), r.word(at + 1)
    if word in ("last", "previous", "prior") and after == "year":
        r.versus = "year"
        return 2
    if word in ("ly", "year"):
        r.versus = "year"
        return 2 if word == "year" and after in ("ago", "before") else 1
    if word in ("nothing", "none"):
        r.versus = None
        return 1
    if word in ("previous", "prev", "before", "prior"):
        r.versus = "previous"
        return 2 if after in ("period", "window") else 1
    if word in ("weekday", "weekdays"):
        r.versus = "previous"
        return 1
    return 0


def shown(r: Reading, at: int) -> int:
    """`as chart`, `as a table`, and a plain `csv`."""
    place = at
    if r.word(at) == "as":
        place += 2 if r.word(at + 1) in ("a", "an") else 1
    if place > at and r.word(place) == TICKETS:
        r.show = TICKETS
    elif r.word(place) not in SHOWN or (place == at and r.word(place) in ("list", "text")):
        return 0
    else:
        r.show = SHOWN[r.word(place)]
    return place + 1 - at


def kpi(r: Reading, at: int) -> int:
    """The longest name of a KPI; `tickets` alone is one only when nothing else is."""
    names = kpi_names()
    for length in range(min(longest_name(), len(r.words) - at), 0, -1):
        phrase = as_name(" ".join(r.lower[at : at + length]))
        if phrase == GENERIC:
            r.spare = r.spare or names[phrase]
            return 1
        if phrase in names:
            _take(r, names[phrase], at, length)
            if phrase.startswith(("average ", "mean ")) and isinstance(names[phrase].measure, Duration):
                r.statistic = r.statistic or "mean"
            return length
    return 0


def _take(r: Reading, found: Kpi, at: int, used: int) -> None:
    if r.kpi is None or r.kpi is found:
        r.kpi = found
        return
    says = f"One number at a time: *{r.kpi.slug}* or *{found.slug}*?"
    # `frt open`: the word may have been meant as a filter.
    owners = r.known.get(" ".join(r.lower[at : at + used]), ())
    filters = tuple(str(Filter(dimension=owner.slug, values=(name,))) for owner, name in owners)
    step = "Ask for one, then for the other."
    r.unknown.append(Unknown(place=at, used=used, near=(), instead=filters, says=says, next_step=step))


def window(r: Reading, at: int) -> int:
    """A period; a second one is too many."""
    if not r.word(at):
        return 0
    try:
        found = r.period(at)
    except BadPeriod as problem:
        r.unknown.append(Unknown(place=at, used=0, near=(), says=problem.what, next_step=problem.next_step))
        return 1
    if found is None:
        return 0
    if r.window is None:
        r.window = found[0]
    elif r.window != found[0]:
        says = f"Two periods: *{r.window.text}* and *{found[0].text}*."
        r.unknown.append(Unknown(place=at, used=found[1], near=(), says=says, next_step="Ask for one; *vs* compares two."))
    return found[1]


def statistic(r: Reading, at: int) -> int:
    """`median`, `mean`, `p90`, ..., and `average`."""
    word = AVERAGES.get(r.word(at), r.word(at))
    if word not in STATISTICS:
        return 0
    r.statistic = word
    return 1


def clock(r: Reading, at: int) -> int:
    """`business hours`, `calendar time`."""
    if r.word(at) not in CLOCKS:
        return 0
    r.clock = r.word(at)
    return 2 if r.word(at + 1) in CLOCK_NOUNS else 1


def grain(r: Reading, at: int) -> int:
    """`daily`, `weekly`, ..."""
    if r.word(at) not in GRAINS:
        return 0
    r.grain = GRAINS[r.word(at)]
    return 1


def filler(r: Reading, at: int) -> int:
    """Words that people say and that change nothing."""
    return 1 if not r.word(at) or r.word(at) in FILLERS or set(r.word(at)) <= DASHES else 0


def unknown(r: Reading, at: int) -> int:
    """Whatever is left."""
    r.unknown.append(Unknown(place=at))
    return 1


def heat(r: Reading, at: int) -> int:
    """`peak hours`, `heat map`: the week hour by hour, of new tickets unless another number is named."""
    used = next((length for length in (2, 1) if " ".join(r.lower[at : at + length]) in HEAT), 0)
    if used:
        r.splits += [split for split in ("weekday", "hour") if split not in r.splits]
        r.spare = r.spare or VOLUME
    return used


def oldest(r: Reading, at: int) -> int:
    """`oldest`, `oldest open tickets`: the tickets of the backlog themselves, the oldest first."""
    used = next((length for length in (2, 1) if " ".join(r.lower[at : at + length]) in OLDEST), 0)
    if used:
        r.show, r.spare = TICKETS, BACKLOG
    return used


STEPS: tuple[Step, ...] = (
    mention, mine, unassigned, negated, threshold, named_filter, heat, oldest, days_of_week, named, by, versus, shown,
    spoken_filter, kpi, window, statistic, clock, grain, filler, lone_value, lone_dimension, named_alone, nearly_named, unknown,
)  # fmt: skip
