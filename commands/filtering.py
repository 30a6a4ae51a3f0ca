"""The steps that read filters: with their dimension, with a word for it, or a value that is unmistakable alone."""

from __future__ import annotations

from dataclasses import replace

from bot.kpis.dimensions import AGENT, NONE, find_dimension
from bot.kpis.query import Filter
from commands.comparing import threshold
from commands.reading import Reading, Unknown
from commands.tokens import values
from commands.vocabulary import FILLERS, NEGATIONS, UNASSIGNED, dimension_words
from commands.weekly import days_of_week

LONGEST_VALUE = 4
LONGEST_NAME = 20
LINKS = ("http", "https", "mailto")


def negated(r: Reading, at: int) -> int:
    """`without channel:email`, `not urgent`: the filter after it is turned round; before anything else it says nothing."""
    if r.word(at) not in NEGATIONS:
        return 0
    count = len(r.filters)
    steps = (unassigned, days_of_week, threshold, named_filter, spoken_filter, lone_value)
    used = next((n for step in steps if (n := step(r, at + 1))), 0)
    if len(r.filters) > count:
        last = r.filters[-1]
        r.filters[-1] = replace(last, negated=not last.negated)
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
    word = r.words[at]
    if not name.isalpha() or len(name) > LONGEST_NAME or name in LINKS or word.endswith((":", "=")):
        return 0
    sign = "-" if word.startswith("-") else ""
    value = word.lstrip("-(")[len(name) + 1 :]
    r.unknown.append(Unknown(place=at, near=tuple(f"{sign}{known}:{value}" for known in dimension_words())))
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
    """`frt email`, `the billing team`: a value that belongs to one dimension only stands for a filter on it, or to the one
    named after it; else its owners are offered."""
    for length in range(min(LONGEST_VALUE, len(r.words) - at), 0, -1):
        phrase = " ".join(r.lower[at : at + length])
        owners = {d.slug: name for d, name in r.known.get(phrase, ())} if phrase and phrase not in FILLERS else {}
        after = find_dimension(r.word(at + length)) if owners and r.word(at + length) else None
        if after is not None and after.slug in owners:
            r.filters.append(Filter(dimension=after.slug, values=(owners[after.slug],)))
            return length + 1
        if len(owners) == 1:
            ((slug, name),) = owners.items()
            r.filters.append(Filter(dimension=slug, values=(name,)))
            return length
        if owners:
            offers = tuple(str(Filter(dimension=slug, values=(name,))) for slug, name in owners.items())
            says = f"*{phrase}* can be {listed_words(tuple(f'a {slug}' for slug in owners))}."
            step = f"Say which: {listed_words(tuple(f'*{offer}*' for offer in offers))}."
            r.unknown.append(Unknown(place=at, used=length, near=(), instead=offers, says=says, next_step=step))
            return length
    return 0


def mention(r: Reading, at: int) -> int:
    """A channel or group that is mentioned says nothing here; a person is the agent of that name, and must be one."""
    word = r.words[at]
    if not word.startswith(("<#", "<!", "<@")) or not word.endswith(">"):
        return 0
    name = r.spelling(AGENT, word) if word.startswith("<@") else word
    if name != word:
        r.filters.append(Filter(dimension=AGENT.slug, values=(name,)))
    elif word.startswith("<@") and r.session is not None:
        step = "Their Slack e-mail address must be that of an agent of the help desk; or write *agent:name*."
        r.unknown.append(Unknown(place=at, near=(), says="Who you mention is no agent I know.", next_step=step))
    return 1


def unassigned(r: Reading, at: int) -> int:
    """`unassigned`, `not assigned`: what nobody has."""
    used = next((length for length in (2, 1) if " ".join(r.lower[at : at + length]) in UNASSIGNED), 0)
    negated = used == 1 and r.words[at].startswith("-")
    if used:
        r.filters.append(Filter(dimension=AGENT.slug, values=(NONE,), negated=negated))
    return used


def lone_dimension(r: Reading, at: int, used: int = 1) -> int:
    """`backlog team`: a dimension without by or value; both are offered."""
    dimension = find_dimension(r.word(at)) if r.word(at) else None
    if dimension is None:
        return 0
    says, step = f"What about *{r.word(at)}*?", f"Split *by {dimension.slug}*, or filter as *{dimension.slug}:value*."
    place, instead = at + 1 - used, (f"by {dimension.slug}",)
    r.unknown.append(Unknown(place=place, used=used, near=(), instead=instead, says=says, next_step=step))
    return used


def listed_words(parts: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return " or ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} or {parts[-1]}"
