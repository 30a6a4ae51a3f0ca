"""Reads what is to be watched: `backlog > 300 for 30m`, `frt p90 > goal team:billing`, `sla 80%`, `anomaly volume`, `spike`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import NoReturn

from bot.clock import DAY, zone
from bot.errors import BadRequest, NotAllowed
from bot.kpis import kpi_of
from bot.kpis.alert_rules import Rule, RuleKind
from bot.kpis.anomaly import UNUSUAL
from bot.kpis.goals import goal_for
from bot.kpis.kpi import Balance, Counted, Kpi, Stock, Unit
from bot.kpis.quantities import amount_of, find_quantity
from bot.kpis.query import Query
from bot.kpis.sentiment import CES, CSAT, NPS, RESPONSE_RATE
from bot.periods import find_window, read_window
from bot.views.say import value_text
from commands.command import Ask, Click
from commands.grammar import read
from commands.mending import mended_in
from commands.rights import about_agents, permitted
from commands.tokens import plain, words

EXAMPLE = "alert backlog > 300 for 30m"
UNITS = r"%|s|m|h|d|w|seconds?|sec|minutes?|mins?|hours?|hrs?|days?|weeks?|points?|pt|tickets?"
MONEY = r"\s?(?:[A-Z]{3}|[$€£¥])(?![\w:])"
AMOUNT = rf"(?:goal|target|[-$€£¥]{{0,2}}\d[\d.,]{{0,12}}(?:\s?(?:{UNITS})(?![\w:])|{MONEY})?)"
OPS = {
    "=>": ">=", "=<": "<=", "≥": ">=", "≤": "<=", "over": ">", "above": ">", "under": "<", "below": "<",
    "at least": ">=", "at most": "<=", "exceeds": ">", "passes": ">", "more than": ">", "less than": "<", "fewer than": "<",
    "higher than": ">", "lower than": "<", "longer than": ">", "shorter than": "<",
}  # fmt: skip
SAID_OPS = "|".join(word for word in OPS if word[0].isalpha())
COMPARED = re.compile(
    rf"(?P<before>[\w-]*)\s*(?P<op>>=|<=|=>|=<|≥|≤|>|<|\b(?:{SAID_OPS})\b)\s*(?P<amount>{AMOUNT})",
    re.I,
)
TOLD = re.compile(
    r"\b(?:if|once|whenever|as soon as|notify|alert|us|goes?|going|gets?|rises?|climbs?|falls?|drops?|dropping|sinks?|usual)\b",
    re.I,
)
"""Words about being told, which is what an alert does anyway."""
HOLD = re.compile(r"\bfor (?P<count>\d{1,4})\s?(?P<unit>m|min|mins|minutes?|h|hours?|d|days?)(?![\w:])", re.I)
WARN = re.compile(rf"\bwarn(?:ing)?(?: at| from| over| under)? (?P<amount>{AMOUNT})", re.I)
TIMES = re.compile(r"\b(\d{1,3}(?:\.\d{1,2})?)\s?x\b", re.I)
SHARE = re.compile(r"(?<![\d.])(\d{1,3})\s?%")
NOT_LIMITS = frozenset({"age", "waited", "reopens", "reassigned", "reopened"})
WATCHED = frozenset({"team", "agent", "channel", "category", "priority", "source"})
"""What a rule may be split by: what has few groups, each of which somebody can see to."""
MINUTES = {"m": 1, "h": 60, "d": 1440}
LONGEST_HOLD = 7 * DAY
FAR = 400 * DAY
SLOW = (CSAT, CES, NPS, RESPONSE_RATE)
TICKETS_ONLY = "volume"


def read_rule(door: Ask | Click, text: str) -> Rule:
    """What is to be watched, with the rights of whoever says it. Raises BadRequest, with a way on."""
    hold, said = _hold(TOLD.sub(" ", plain(text)))
    kind = _kind(said)
    rule = replace(READERS[kind](door, said), hold=hold)
    allowed = permitted(door.session, rule.query, door.asker)
    if about_agents(allowed) and not door.asker.is_alone:
        raise NotAllowed("Alerts on single agents are not told to a channel.", next_step="Set it in a direct message with me.")
    return replace(rule, query=allowed)


def _kind(said: str) -> RuleKind:
    first = words(said.lower())
    if "anomaly" in first or "anomalies" in first or "unusual" in first:
        return RuleKind.ANOMALY
    if "spike" in first or "spikes" in first:
        return RuleKind.SPIKE
    if "workload" in first or "uneven" in first:
        return RuleKind.WORKLOAD
    if COMPARED.search(said) is not None:
        return RuleKind.NUMBER
    if first[:1] == ["sla"]:
        return RuleKind.SLA
    return RuleKind.SPIKE if TIMES.search(said) is not None else RuleKind.NUMBER


def _number(door: Ask | Click, said: str) -> Rule:
    warn_found = WARN.search(said)
    rest = said if warn_found is None else _without(said, warn_found)
    found = next((one for one in COMPARED.finditer(rest) if one["before"].lower() not in NOT_LIMITS), None)
    if found is None:
        query = _understood(door, rest)
        raise BadRequest(
            f"From which {kpi_of(query.kpi).name.lower()} on?",
            next_step=f"Such as `/cx {EXAMPLE}`.",
            offers=(f"alert anomaly {query.kpi}", EXAMPLE),
        )
    rest = f"{rest[: found.start()]}{found['before']} {rest[found.end() :]}"
    query = _grouped(door, rest)
    kpi = kpi_of(query.kpi)
    if isinstance(kpi.measure, Counted):
        raise BadRequest(f"{kpi.name} is entered by people, not watched.", next_step=f"Such as `/cx {EXAMPLE}`.")
    op = OPS.get(found["op"].lower(), found["op"])
    limit, warn = amount_of_kpi(kpi, found["amount"]), None if warn_found is None else amount_of_kpi(kpi, warn_found["amount"])
    if limit is not None and limit == bounds(kpi)[op.startswith(">")] and "=" not in op:
        never = f"{kpi.name} can never be {'over' if op.startswith('>') else 'under'} that."
        raise BadRequest(never, next_step=f"Such as `/cx {EXAMPLE}`.")
    if limit is None and goal_for(door.session, kpi.slug, query.filters) is None:
        step = f"Set one: `/cx goal {kpi.slug} {_good(op)} ...`."
        raise BadRequest(f"{kpi.name} has no goal yet.", next_step=step, offers=(f"goal {kpi.slug}",))
    if warn is not None and limit is not None and (warn < limit) != op.startswith(">"):
        raise BadRequest("A warning must come before the limit.", next_step="Such as `/cx alert backlog > 300 warn 250`.")
    return Rule(kind=RuleKind.NUMBER, query=_windowed(door, query, kpi, rest), op=op, limit=limit, warn=warn)


def _sla(door: Ask | Click, said: str) -> Rule:
    found = SHARE.search(said)
    share = int(found[1]) if found is not None else 80
    if not 1 <= share <= 99:
        raise BadRequest("A share of the target's time lies between 1% and 99%.", next_step="Such as `/cx alert sla 80%`.")
    rest = (said if found is None else _without(said, found)).lower()
    for odd in ("sla", "about to break", "at risk", "breaks", "used"):
        rest = re.sub(rf"\b{odd}\b", " ", rest)
    query = _understood(door, f"breaches {rest}")
    return Rule(kind=RuleKind.SLA, query=query, limit=share / 100)


def _anomaly(door: Ask | Click, said: str) -> Rule:
    rest = re.sub(r"\b(anomaly|anomalies|unusual|in|of|on)\b", " ", said, flags=re.I)
    query = _understood(door, rest)
    if isinstance(kpi_of(query.kpi).measure, Counted):
        raise BadRequest("What people enter by the month has no usual day.", next_step="Such as `/cx alert anomaly volume`.")
    return Rule(kind=RuleKind.ANOMALY, query=query, limit=UNUSUAL)


def _spike(door: Ask | Click, said: str) -> Rule:
    times, rest = _times(said, 3.0)
    rest = re.sub(r"\b(spikes?|category|categories|volume|by|of|in|a)\b", " ", rest, flags=re.I)
    return Rule(kind=RuleKind.SPIKE, query=_understood(door, f"{TICKETS_ONLY} {rest}"), limit=times)


def _workload(door: Ask | Click, said: str) -> Rule:
    if door.workspace.works_council:
        raise NotAllowed("Whose work is how much is not told here: the works council's mode is on.", next_step="Watch *backlog*.")
    times, rest = _times(said, 2.0)
    rest = re.sub(r"\b(workload|uneven|backlog)\b", " ", rest, flags=re.I)
    return Rule(kind=RuleKind.WORKLOAD, query=_understood(door, f"backlog {rest}"), limit=times)


def _understood(door: Ask | Click, text: str) -> Query:
    found = read(text, now=door.now, workspace=door.workspace, session=door.session)
    if found.kpi is None or found.query is None:
        whole = plain(door.text) if isinstance(door, Ask) else ""
        mended = mended_in(whole, found.text, found.suggestions[0]) if whole and found.healed else ""
        offers = (f"alert {mended}",) if mended else (EXAMPLE,)
        step = f"Did you mean *{offers[0]}*?" if mended else f"Such as `/cx {EXAMPLE}`."
        raise BadRequest(found.says or "I see no number to watch.", next_step=step, offers=offers)
    return replace(found.query, versus=None, against=None, show=None, grain=None, splits=())


def _grouped(door: Ask | Click, text: str) -> Query:
    """The question with the groups of which each is watched for itself."""
    query = _understood(door, text)
    found = read(text, now=door.now, workspace=door.workspace, session=door.session)
    asked = found.query.splits if found.query is not None and found.query.splits != ((kpi_of(query.kpi).split),) else ()
    if len(asked) > 1 or not set(asked) <= WATCHED:
        step = "Such as `/cx alert backlog by team > 100`."
        raise BadRequest(f"I watch each group of one kind: {', '.join(sorted(WATCHED))}.", next_step=step)
    return replace(query, splits=asked)


def _windowed(door: Ask | Click, query: Query, kpi: Kpi, text: str) -> Query:
    """The window that was said; else the last day, or for surveys, which few answer, the usual month. A stock stands now."""
    where, week = zone(door.workspace.zone), door.workspace.week_start
    if isinstance(kpi.measure, Stock):
        return replace(query, window=read_window("today", now=door.now, zone=where, week_start=week))
    tokens = words(text)
    said = any(find_window(tokens, at, now=door.now, zone=where, week_start=week) for at in range(len(tokens)))
    if said:
        later = read_window(query.window.text, now=door.now + FAR, zone=where, week_start=week)
        if later.span == query.window.span:
            raise BadRequest(f"*{query.window.text}* is over and will not change.", next_step="Watch such as *last 24 hours*.")
        return query
    text = query.window.text if kpi in SLOW else "last 24 hours"
    return replace(query, window=read_window(text, now=door.now, zone=where, week_start=week))


def amount_of_kpi(kpi: Kpi, text: str) -> float | None:
    """A limit in the KPI's unit; None is the goal. Raises BadRequest for `300` of a duration, `1h` of a count, and for what the
    KPI can never be."""
    said = text.strip().lower().replace(",", "")
    if said in ("goal", "target"):
        return None
    if kpi.unit is Unit.DURATION:
        quantity = find_quantity("frt")
        assert quantity is not None
        return amount_of(replace(quantity, says=kpi.name.lower()), said)
    bare = re.sub(r"\s?(%|points?|pt|tickets?)$", "", said)
    if kpi.unit is Unit.MONEY:
        bare = re.sub(r"[$€£¥]|\s?[a-z]{3}$", "", bare)
    try:
        limit = float(bare)
    except ValueError:
        _refuse_amount(kpi, text)
    low, high = bounds(kpi)
    if not low <= limit <= high:
        lies = f"is never below {value_text(kpi, low)}" if high == inf else f"lies between {low:g} and {high:g}"
        raise BadRequest(
            f"{kpi.name} {lies}{'%' if kpi.unit is Unit.PERCENT and high < inf else ''}.", next_step="Say another limit."
        )
    return limit


def bounds(kpi: Kpi) -> tuple[float, float]:
    """Between which values a number can lie at all."""
    if isinstance(kpi.measure, Balance):
        return -100.0, 100.0
    return 0.0, 100.0 if kpi.unit is Unit.PERCENT and not kpi.may_pass_100 else inf


def _refuse_amount(kpi: Kpi, text: str) -> NoReturn:
    raise BadRequest(f"{text.strip()[:40]!r} is no amount of {kpi.name.lower()}.", next_step=f"Such as `/cx {EXAMPLE}`.")


def _hold(said: str) -> tuple[timedelta, str]:
    found = HOLD.search(said)
    if found is None:
        return timedelta(), said
    hold = timedelta(minutes=int(found["count"]) * MINUTES[found["unit"][0].lower()])
    if hold > LONGEST_HOLD:
        raise BadRequest("It may be required to last a week at most.", next_step=f"Such as `/cx {EXAMPLE}`.")
    return hold, _without(said, found)


def _times(said: str, usual: float) -> tuple[float, str]:
    found = TIMES.search(said)
    if found is None:
        return usual, said
    if float(found[1]) < 1.2:
        raise BadRequest("That is what happens every day.", next_step="Say how many times the usual, such as *3x*.")
    return float(found[1]), _without(said, found)


def _without(said: str, found: re.Match[str]) -> str:
    return f"{said[: found.start()]} {said[found.end() :]}".strip()


def _good(op: str) -> str:
    return "<=" if op.startswith(">") else ">="


READERS: Mapping[RuleKind, Callable[[Ask | Click, str], Rule]] = {
    RuleKind.NUMBER: _number,
    RuleKind.SLA: _sla,
    RuleKind.ANOMALY: _anomaly,
    RuleKind.SPIKE: _spike,
    RuleKind.WORKLOAD: _workload,
}
