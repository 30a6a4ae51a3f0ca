"""The steps that say whose tickets are meant: one's own, one's team's, or those of somebody named."""

from __future__ import annotations

from bot.errors import BadPeriod
from bot.kpis.dimensions import AGENT, TEAM, Dimension, find_dimension
from bot.kpis.query import Filter
from bot.kpis.volume import BACKLOG, VOLUME
from commands.filtering import LONGEST_VALUE, listed_words, lone_dimension
from commands.mending import nearest
from commands.reading import Reading, Unknown
from commands.vocabulary import FILLERS, LEADS_TO, MY_TEAM, NEGATIONS, as_name, grammar_words, kpi_names, period_words

MOST_PEOPLE = 4
MOST_UNKNOWN = 3
TEAMS = frozenset({"team", "teams", "team's", "group"})
HAVE = {"tickets": VOLUME, "queue": BACKLOG, "open": BACKLOG}


def mine(r: Reading, at: int) -> int:
    """`my csat`: of whoever asks; `my team`: of the team they are in or lead; `my tickets`, `my queue`: what they have."""
    if r.word(at) not in ("my", "mine"):
        return 0
    after = r.word(at + 1)
    if after in TEAMS:
        r.filters.append(Filter(dimension=TEAM.slug, values=(MY_TEAM,)))
        return 2
    if after not in HAVE and find_dimension(after) is not None:
        return lone_dimension(r, at + 1, used=2)
    r.filters.append(Filter(dimension=AGENT.slug, values=("me",)))
    if after in ("tickets", "queue"):
        r.spare, r.has = r.spare or HAVE[after], True
        return 2
    return 1


def named(r: Reading, at: int) -> int:
    """`csat for ana`, `solved by ana`: after such a word stands an agent or a customer before anything else; where the name is
    also a month, or several have it, all are offered."""
    if r.session is None or r.word(at) not in LEADS_TO:
        return 0
    found = _people(r, at + 1, customers=r.word(at) != "by", both=r.word(at) == "from")
    return 1 + _taken(r, at + 1, *found) if found is not None else 0


def named_alone(r: Reading, at: int) -> int:
    """`csat ana`: an agent, where the word means nothing else."""
    found = _people(r, at, customers=False, both=False) if r.session is not None else None
    return _taken(r, at, *found) if found is not None else 0


def nearly_named(r: Reading, at: int) -> int:
    """`csat for anna`: what is nearer to the name of an agent than to any word of ours is offered as that agent."""
    word = r.word(at)
    if r.session is None or len(r.unknown) >= MOST_UNKNOWN or len(word) < 3:
        return 0
    near = nearest(word, (*r.agents, *grammar_words(), *r.known))
    if near is None or near not in r.agents or near in r.known:
        return 0
    offers = tuple(str(Filter(dimension=AGENT.slug, values=(name,))) for name in r.agents[near][:MOST_PEOPLE])
    says, step = f"I don't know *{word.replace('*', '')[:40]}*.", "Is it one of the help desk's agents?"
    r.unknown.append(Unknown(place=at, near=(), instead=offers, says=says, next_step=step))
    return 1


def _people(r: Reading, at: int, *, customers: bool, both: bool) -> tuple[int, list[Filter]] | None:
    """How many words from a place on name somebody, and whom."""
    for length in range(min(LONGEST_VALUE, len(r.words) - at), 0, -1):
        phrase = " ".join(r.lower[at : at + length])
        if _means_else(r, phrase):
            continue
        found = [(AGENT.slug, name) for name in r.agents.get(phrase, ())]
        if customers and (both or not found):
            found += [("customer", name) for name in r.customers_named(phrase)]
        if found:
            return length, [Filter(dimension=slug, values=(name,)) for slug, name in found]
    return None


def _means_else(r: Reading, phrase: str) -> bool:
    """Whether words have a meaning of their own; a month or a weekday may be a name all the same."""
    if len(phrase) < 2 or not any(letter.isalpha() for letter in phrase) or phrase in r.known or phrase in NEGATIONS:
        return True
    if phrase in period_words():
        return False
    return phrase in FILLERS or phrase in grammar_words() or as_name(phrase) in kpi_names() or _names_dimension(phrase)


def _names_dimension(phrase: str) -> bool:
    return any(isinstance(find_dimension(word), Dimension) for word in phrase.split())


def _taken(r: Reading, at: int, used: int, wanted: list[Filter]) -> int:
    """The one who is meant, or a choice."""
    try:
        window = r.period(at)
    except BadPeriod:
        window = None
    if len(wanted) == 1 and window is None:
        r.filters.append(wanted[0])
        return used
    offers = (*((window[0].text,) if window is not None else ()), *(str(one) for one in wanted[:MOST_PEOPLE]))
    kinds = {"agent": "an agent", "customer": "a customer"}
    can_be = [*(("a window",) if window is not None else ()), *dict.fromkeys(kinds[one.dimension] for one in wanted)]
    what = listed_words(tuple(can_be)) if len(can_be) > 1 else f"one of several {wanted[0].dimension}s"
    says = f"*{r.said(at, used).replace('*', '')[:40]}* can be {what}."
    r.unknown.append(Unknown(place=at, used=used, near=(), instead=offers, says=says, next_step="Say which."))
    return used
