"""What was not understood, and how to go on: spelling mended, what else could be meant, and what was understood alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from commands.mending import MOST, nearest, replaced
from commands.question import Understood, begins_with_kpi, query_of, read_parts
from commands.reading import Reading, Unknown
from commands.steps import MOST_SPLITS
from commands.tokens import bare, words
from commands.vocabulary import BY, FILLERS, WEEKLY, grammar_words, kpi_names

EXAMPLES = ("backlog", "frt last 30 days by channel", "csat")
LONGEST_ODD = 40
TICKET = re.compile(r"#?(\d{4,12})|https?://\S{1,200}/#?(\d{1,12})/?")
GUESSES, FEW_WORDS = 3, 12
"""So many of the nearest words are tried for a misspelt one, where there are so few words in all."""


def mistaken(r: Reading, said: str, verbs: Sequence[str]) -> Understood:
    """What is wrong with words some of which mean nothing here, and the commands that would work."""
    number = TICKET.fullmatch(said)
    if number is not None and "ticket" in verbs:
        asked = f"ticket {number[1] or number[2]}"
        return Understood(
            text=said, says="That looks like a ticket.", next_step=f"*{asked}* shows its clock.", suggestions=(asked,)
        )
    problem = next((one for one in r.unknown if one.says), None)
    changes = _healing(r, verbs)
    healed = replaced(r.words, changes) if changes else ""
    maybe = dict.fromkeys((healed, *_instead(r), _without(r)))
    offers = [text for text in maybe if text and _works(text, r, verbs)] or _rest(r)
    if problem is not None:
        says, step = problem.says, problem.next_step
    else:
        same = {place for place, used, instead in changes if instead == r.word(place)}
        odd = [one for one in r.unknown if one.place not in same] or r.unknown
        says = f"I don't know {', '.join(f'*{_odd(r, one)}*' for one in odd)}."
        step = _way_on(offers, healed)
    return Understood(
        text=said,
        kpi=r.kpi,
        says=says,
        next_step=step,
        suggestions=tuple(offers) or EXAMPLES,
        healed=bool(offers) and offers[0] == healed,
    )


def numberless(said: str) -> Understood:
    """What to say to words none of which names a number."""
    found = words(said)
    told = [at for at, word in enumerate(found) if bare(word) not in FILLERS]
    telling = " ".join(found[told[0] : told[-1] + 1]) if told else ""  # `1 Oct to 3 Nov` is nothing without its `to`.
    short = len(said) < LONGEST_ODD and any(letter.isalnum() for letter in telling)
    first = "volume" if any(bare(word) in WEEKLY for word in found) else "backlog"  # A backlog has no days of the week.
    offers = tuple(f"{slug} {telling}" for slug in (first, "frt", "csat")) if short else EXAMPLES
    says = "I see no number to look up in that." if said else "Ask for a number."
    return Understood(text=said, says=says, next_step=f"Try *{offers[0]}*, or *help* for all of them.", suggestions=offers)


def _healing(r: Reading, verbs: Sequence[str]) -> list[tuple[int, int, str]]:
    """For each misspelt word the nearest with which the whole is understood, else the nearest; nothing where one has none."""
    if len(r.unknown) > MOST or any(one.near == () for one in r.unknown):
        return []
    best = [(one.place, one.used, next(_near(r, one, verbs), "")) for one in r.unknown]
    if not all(instead for _, _, instead in best):
        return []
    if len(r.words) > FEW_WORDS or _works(replaced(r.words, best), r, verbs):
        return best
    for at, one in enumerate(r.unknown):
        for instead in _near(r, one, verbs):
            tried = [*best[:at], (one.place, one.used, instead), *best[at + 1 :]]
            if _works(replaced(r.words, tried), r, verbs):
                return tried
    return best


def _near(r: Reading, one: Unknown, verbs: Sequence[str]) -> Iterator[str]:
    """The few words a misspelt one may have been meant as, the nearest first."""
    word = r.said(one.place, one.used) if one.near else r.word(one.place)
    first = [*(verbs if one.place == 0 else ()), *(kpi_names() if r.kpi is None else ())]
    among = one.near if one.near is not None else (*first, *grammar_words(), *(r.known if r.session is not None else ()))
    tried = set[str]()
    while len(tried) < GUESSES and (found := nearest(word, (known for known in among if known not in tried))):
        tried.add(found)
        yield found


def _instead(r: Reading) -> list[str]:
    """What could stand in the place of what was not understood, when that is one thing."""
    if len(r.unknown) != 1:
        return []
    one = r.unknown[0]
    return [replaced(r.words, [(one.place, one.used, instead)]) for instead in one.instead]


def _without(r: Reading) -> str:
    """What was understood, alone."""
    if r.kpi is None:
        return ""
    # `by metric`: without the metric the by says nothing.
    joins = [at for at, word in enumerate(r.lower) if word in BY and _within(at + 1, r.unknown)]
    idle = [(at, 1, "") for at, word in enumerate(r.lower) if word in FILLERS or at in joins]
    gone = [(one.place, one.used, "") for one in r.unknown]
    return replaced(r.words, [*gone, *(one for one in idle if not _within(one[0], r.unknown))])


def _within(at: int, unknown: Sequence[Unknown]) -> bool:
    return any(one.place <= at < one.place + one.used for one in unknown)


def _rest(r: Reading) -> list[str]:
    """What was understood in words of its own, where leaving out the others is not enough."""
    if r.kpi is None:
        return []
    told = r.window is not None or r.splits or r.filters
    return [replace(query_of(r, r.kpi), splits=tuple(r.splits[:MOST_SPLITS])).text() if told else r.kpi.slug]


def _works(text: str, r: Reading, verbs: Sequence[str]) -> bool:
    """Whether a suggestion would be understood."""
    found = words(text)
    if found and bare(found[0]) in verbs and not begins_with_kpi(text):
        return True
    again = Reading(words=found, now=r.now, workspace=r.workspace, session=r.session, customers=r.customers)
    again.__dict__.update({name: r.__dict__[name] for name in ("known", "agents") if name in r.__dict__})
    again = read_parts(again)
    return again.kpi is not None and not again.unknown


def _way_on(offers: Sequence[str], healed: str) -> str:
    if not offers:
        return "Try *backlog*, *frt last 30 days by channel*, or *help*."
    return f"Did you mean *{offers[0]}*?" if offers[0] == healed else f"I can show *{offers[0]}*."


def _odd(r: Reading, one: Unknown) -> str:
    return r.said(one.place, one.used).replace("*", "")[:LONGEST_ODD]
