"""The steps that read a question: each looks at one place and says how many words it understood there, or 0."""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Grain
from bot.errors import BadPeriod
from bot.kpis.dimensions import Dimension, find_dimension
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Duration, Kpi
from bot.kpis.query import Filter
from commands.reading import Reading, Unknown
from commands.tokens import values
from commands.vocabulary import (
    AGAINST,
    AVERAGES,
    BY,
    CLOCK_NOUNS,
    CLOCKS,
    FILLERS,
    GENERIC,
    GRAINS,
    JOINS,
    NEGATIONS,
    SHOWN,
    as_name,
    dimension_words,
    kpi_names,
    longest_name,
)

MOST_SPLITS = 2
LONGEST_VALUE = 4
Step = Callable[[Reading, int], int]


def negated(r: Reading, at: int) -> int:
    """`without channel:email`, `not urgent`: the filter after it is turned round; before anything else it says nothing."""
    if r.word(at) not in NEGATIONS:
        return 0
    count = len(r.filters)
    used = next((n for step in (named_filter, spoken_filter, lone_value) if (n := step(r, at + 1))), 0)
    if len(r.filters) > count:
        last = r.filters[-1]
        r.filters[-1] = Filter(dimension=last.dimension, values=last.values, negated=not last.negated)
    return used + 1 if used else 0


def named_filter(r: Reading, at: int) -> int:
    """`team:billing`, `team = "VIP desk"`, `-tag:spam`."""
    if at >= len(r.words):
        return 0
    word = r.words[at]
    name, mark, rest = _cut(word.lstrip("-("))
    dimension = find_dimension(name) if mark else None
    if dimension is None:
        return _misnamed(r, at, name) if mark else 0
    used, text = 1, rest
    if not text and at + 1 < len(r.words) and find_dimension(_cut(r.words[at + 1])[0]) is None:
        used, text = 2, r.words[at + 1]
    found = tuple(r.spelling(dimension, value) for value in values(text))
    if not found:
        says, step = f"Which {dimension.slug}?", f"Write it as *{dimension.slug}:value*, or split *by {dimension.slug}*."
        r.unknown.append(Unknown(place=at, used=used, near=(), instead=(f"by {dimension.slug}",), says=says, next_step=step))
        return used
    r.filters.append(Filter(dimension=dimension.slug, values=found, negated=word.startswith("-")))
    return used


def _cut(word: str) -> tuple[str, str, str]:
    place = min((at for mark in ":=" if (at := word.find(mark)) > 0), default=0)
    return (word[:place].lower(), word[place], word[place + 1 :]) if place else ("", "", "")


def _misnamed(r: Reading, at: int, name: str) -> int:
    """`chanel:email`: a filter on a dimension nobody knows. The nearest one is offered with the value kept."""
    if not name.isalpha() or len(name) > 20 or r.words[at].lower().startswith(("http:", "https:", "mailto:")):
        return 0
    rest = r.words[at].partition(name[0])[2]
    value = r.words[at].lstrip("-(")[len(name) + 1 :]
    sign = "-" if r.words[at].startswith("-") else ""
    near = tuple(f"{sign}{word}:{value}" for word in dimension_words()) if value and rest else ()
    r.unknown.append(Unknown(place=at, near=near))
    return 1


def spoken_filter(r: Reading, at: int) -> int:
    """`team billing`, `for queue VIP`: a dimension followed by one of its values."""
    dimension = find_dimension(r.word(at)) if r.word(at) else None
    if dimension is None or at + 1 >= len(r.words):
        return 0
    for length in range(min(LONGEST_VALUE, len(r.words) - at - 1), 0, -1):
        phrase = " ".join(r.lower[at + 1 : at + 1 + length])
        name = next((own for owner, own in r.known.get(phrase, ()) if owner is dimension), None) if phrase else None
        if name is not None:
            r.filters.append(Filter(dimension=dimension.slug, values=(name,)))
            return length + 1
    return 0


def lone_value(r: Reading, at: int) -> int:
    """`frt email`: a value that belongs to one dimension only stands for a filter on it; else its owners are offered."""
    for length in range(min(LONGEST_VALUE, len(r.words) - at), 0, -1):
        phrase = " ".join(r.lower[at : at + length])
        owners = {d.slug: name for d, name in r.known.get(phrase, ())} if phrase and phrase not in FILLERS else {}
        if len(owners) == 1:
            ((slug, name),) = owners.items()
            r.filters.append(Filter(dimension=slug, values=(name,)))
            return length
        if owners:
            offers = tuple(str(Filter(dimension=slug, values=(name,))) for slug, name in owners.items())
            says = f"*{phrase}* can be {_listed(tuple(f'a {slug}' for slug in owners))}."
            step = f"Say which: {_listed(tuple(f'*{offer}*' for offer in offers))}."
            r.unknown.append(Unknown(place=at, used=length, near=(), instead=offers, says=says, next_step=step))
            return length
    return 0


def by(r: Reading, at: int) -> int:
    """`by team and channel`, `per week`."""
    if r.word(at) not in BY:
        return 0
    place = at + 1
    found = False
    while place < len(r.words):
        parts = [part for part in r.words[place].lower().strip("?!.;()").replace("/", ",").split(",") if part]
        if parts and all(_split(r, part) for part in parts):
            found, place = True, place + 1
        elif r.words[place].lower() in JOINS and found and _splits_next(r, place + 1):
            place += 1
        else:
            break
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
    if at + 1 < len(r.words):
        r.unknown.append(Unknown(place=at + 1, near=(*dimension_words(), *Grain.__members__.values())))
        return 2
    choices = r.kpi.splits[:5] if r.kpi is not None else ("team", "channel", "category")
    says, step = "By what?", f"For example *by {choices[0] if choices else 'day'}*."
    r.unknown.append(Unknown(place=at, near=(), instead=tuple(f"by {one}" for one in choices), says=says, next_step=step))
    return 1


def versus(r: Reading, at: int) -> int:
    """`vs previous`, `vs last year`, `compared to nothing`; a window of one's own is judged when all is read."""
    if r.word(at) not in AGAINST:
        return 0
    place = at + 1
    while r.word(place) in ("to", "with", "the", "a", "same"):
        place += 1
    known = _versus_word(r, place)
    if known:
        return place + known - at
    try:
        found = r.period(place)
    except BadPeriod:
        found = None
    if found is not None:
        r.against, r.against_at = found[0], (at, place + found[1] - at)
        return place + found[1] - at
    used = place + 1 - at if place < len(r.words) else place - at
    r.unknown.append(not_compared(at, used))
    return used


def not_compared(at: int, used: int) -> Unknown:
    """What to say about a comparison we do not make."""
    says = "I compare with the window before or with a year ago, weekday by weekday."
    step = "Say *vs previous*, *vs last year* or *vs nothing*."
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
    if r.word(place) not in SHOWN or (place == at and r.word(place) in ("list", "text")):
        return 0
    r.show = SHOWN[r.word(place)]
    return place + 1 - at


def kpi(r: Reading, at: int) -> int:
    """The longest name of a KPI; `tickets` alone is one only when nothing else is."""
    names = kpi_names()
    for length in range(min(longest_name(), len(r.words) - at), 0, -1):
        phrase = as_name(" ".join(r.lower[at : at + length]))
        if phrase == GENERIC:
            r.generic = True
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
    r.unknown.append(Unknown(place=at, used=used, near=(), says=says, next_step="Ask for one, then for the other."))


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


def mention(r: Reading, at: int) -> int:
    """A channel or group that is mentioned says nothing here; a person is the agent of that name."""
    word = r.words[at]
    if not word.startswith(("<#", "<!", "<@")) or not word.endswith(">"):
        return 0
    agent = find_dimension("agent")
    if word.startswith("<@") and agent is not None:
        name = r.spelling(agent, word)
        if name != word:
            r.filters.append(Filter(dimension=agent.slug, values=(name,)))
    return 1


def lone_dimension(r: Reading, at: int) -> int:
    """`backlog team`: a dimension without by or value; both are offered."""
    dimension: Dimension | None = find_dimension(r.word(at)) if r.word(at) else None
    if dimension is None:
        return 0
    says, step = f"What about *{r.word(at)}*?", f"Split *by {dimension.slug}*, or filter as *{dimension.slug}:value*."
    r.unknown.append(Unknown(place=at, near=(), instead=(f"by {dimension.slug}",), says=says, next_step=step))
    return 1


def filler(r: Reading, at: int) -> int:
    """Words that people say and that change nothing."""
    return 1 if not r.word(at) or r.word(at) in FILLERS else 0


def unknown(r: Reading, at: int) -> int:
    """Whatever is left."""
    r.unknown.append(Unknown(place=at))
    return 1


STEPS: tuple[Step, ...] = (
    mention, negated, named_filter, by, versus, shown, spoken_filter, kpi, window, statistic, clock, grain,
    filler, lone_value, lone_dimension, unknown,
)  # fmt: skip


def _listed(parts: tuple[str, ...]) -> str:
    return " or ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} or {parts[-1]}"
