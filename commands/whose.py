"""The steps that say whose tickets are meant: one's own, one's team's, or those of somebody named."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import BadPeriod
from bot.kpis.dimensions import AGENT, CUSTOMER, TEAM, find_dimension
from bot.kpis.query import Filter
from bot.kpis.volume import BACKLOG, VOLUME
from bot.windows import Window
from commands.filtering import LONGEST_VALUE, listed_words, lone_dimension
from commands.mending import nearest
from commands.reading import Reading, Unknown
from commands.vocabulary import FILLERS, LEADS_TO, MY_TEAM, NEGATIONS, as_name, grammar_words, kpi_names, period_words

MOST_PEOPLE = 4
MOST_UNKNOWN = 3
TEAMS = frozenset({"team", "teams", "team's", "group"})
ME = frozenset({"me", "myself"})
KINDS = {"agent": "an agent", "customer": "a customer"}
HAVE = {"tickets": VOLUME, "queue": BACKLOG}


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
    if after in HAVE:
        r.spare, r.has = r.spare or HAVE[after], True
        return 2
    return 1


def named(r: Reading, at: int) -> int:
    """`csat for ana`, `solved by ana`: after such a word stands an agent or a customer before anything else; where the name is
    also a month, or several have it, all are offered."""
    led = 2 if (r.word(at), r.word(at + 1)) == ("assigned", "to") else 1
    leads = "by" if led == 2 else r.word(at)
    if leads not in LEADS_TO:
        return 0
    if leads == "by" and r.word(at + led) in ME:
        r.filters.append(Filter(dimension=AGENT.slug, values=("me",)))
        return led + 1
    found = _people(r, at + led, customers=leads != "by", both=leads == "from") if r.session is not None else None
    return led + _taken(r, at + led, *found) if found is not None else 0


def named_alone(r: Reading, at: int) -> int:
    """`csat ana`: an agent, where the word means nothing else."""
    found = _people(r, at, customers=False, both=False) if r.session is not None else None
    return _taken(r, at, *found) if found is not None else 0


def nearly_named(r: Reading, at: int) -> int:
    """`csat for anna`: what is nearer to the name of an agent than to any word of ours is offered as that agent."""
    word = r.word(at)
    if not r.tells_names or len(r.unknown) >= MOST_UNKNOWN or len(word) < 3:
        return 0
    near = nearest(word, (*r.agents, *grammar_words(), *r.known))
    if near is None or near not in r.agents or near in r.known:
        return 0
    offers = tuple(str(one) for one in _agents(r, near)[:MOST_PEOPLE])
    says, step = f"I don't know *{word.replace('*', '')[:40]}*.", "Is it one of the help desk's agents?"
    r.unknown.append(Unknown(place=at, near=(), instead=offers, says=says, next_step=step))
    return 1


def _people(r: Reading, at: int, *, customers: bool, both: bool) -> tuple[int, list[Filter]] | None:
    """How many words from a place on name somebody, and whom."""
    for length in range(min(LONGEST_VALUE, len(r.words) - at), 0, -1):
        phrase = " ".join(r.lower[at : at + length])
        if _means_else(r, phrase):
            continue
        found = _agents(r, phrase)
        window = _window(r, at) if found else None
        if window is not None and window[1] > length:  # `for Jan 2026` is the month.
            return None
        if customers and (both or not found):
            found += [Filter(dimension=CUSTOMER.slug, values=(name,)) for name in r.customers_named(phrase)]
        if found:
            return length, found
    return None


def _agents(r: Reading, called: str) -> list[Filter]:
    """Who is called so; several by the word that was typed, where their names are not told."""
    names = r.agents.get(called, [])
    told = names if r.tells_names or len(names) == 1 else [called][: len(names)]
    return [Filter(dimension=AGENT.slug, values=(name,)) for name in told]


def _means_else(r: Reading, phrase: str) -> bool:
    """Whether words have a meaning of their own; a month or a weekday may be a name all the same. The store is asked last."""
    if len(phrase) < 2 or not any(letter.isalpha() for letter in phrase) or phrase in NEGATIONS:
        return True
    if phrase in period_words() or (" " in phrase and phrase in r.agents):
        return phrase in r.known
    ours = phrase in FILLERS or phrase in grammar_words() or as_name(phrase) in kpi_names() or _names_dimension(phrase)
    return ours or phrase in r.known


def _nearly(r: Reading, at: int, used: int) -> list[Filter]:
    """The agents whose name is spelt nearly like that of some customers."""
    near = nearest(" ".join(r.lower[at : at + used]), r.agents) if r.tells_names else None
    return _agents(r, near) if near is not None else []


def _names_dimension(phrase: str) -> bool:
    return any(find_dimension(word) is not None for word in phrase.split())


def _taken(r: Reading, at: int, used: int, wanted: list[Filter]) -> int:
    """The one who is meant, or a choice."""
    window = _window(r, at)
    if window is None and len(wanted) == 1 and len(r.agents.get(wanted[0].values[0], ())) < 2:
        r.filters.append(wanted[0])
        return used
    if all(one.dimension == CUSTOMER.slug for one in wanted):
        wanted = [*_nearly(r, at, used), *wanted]
    typed = " ".join(r.lower[at : at + used])
    told = [one if r.tells_names or one.dimension != AGENT.slug else replace(one, values=(typed,)) for one in wanted]
    offers = (*((window[0].text,) if window is not None else ()), *(str(one) for one in told[:MOST_PEOPLE]))
    can_be = [*(("a window",) if window is not None else ()), *dict.fromkeys(KINDS[one.dimension] for one in wanted)]
    what = listed_words(tuple(can_be)) if len(can_be) > 1 else f"one of several {wanted[0].dimension}s"
    says = f"*{r.said(at, used).replace('*', '')[:40]}* can be {what}."
    r.unknown.append(Unknown(place=at, used=used, near=(), instead=offers, says=says, next_step="Say which."))
    return used


def _window(r: Reading, at: int) -> tuple[Window, int] | None:
    try:
        return r.period(at)
    except BadPeriod:
        return None
