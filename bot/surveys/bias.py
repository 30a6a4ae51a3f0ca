"""Watches whether the people asked are still like those helped: whose customers are asked, or answer, oddly seldom or often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, lgamma

from bot.surveys.funnel import Funnel

ENOUGH = 20
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A group whose rate differs from everyone else's by more than chance explains.

    `what` is `asked` (of those eligible) or `answered` (of those asked); rates in percent; `p` is corrected for the number
    of groups looked at."""

    name: str
    what: str
    rate: float
    others: float
    n: int
    p: float


def oddities(groups: Mapping[str, Funnel]) -> list[Oddity]:
    """The groups that stand out, the surest first. Groups with fewer than 20, or with fewer than 20 others, are not judged.

    Fisher's exact test, two-sided, of each group against all others, at 5 % in all (Bonferroni)."""
    found = [*_judged(groups, "asked"), *_judged(groups, "answered")]
    return sorted(found, key=lambda one: (one.p, one.name))


def _judged(groups: Mapping[str, Funnel], what: str) -> list[Oddity]:
    pairs = {name: _pair(one, what) for name, one in groups.items()}
    hits, total = sum(hit for hit, _ in pairs.values()), sum(of for _, of in pairs.values())
    judged = {name: pair for name, pair in pairs.items() if pair[1] >= ENOUGH and total - pair[1] >= ENOUGH}
    found = []
    for name, (hit, of) in judged.items():
        p = min(1.0, fisher(hit, of, hits - hit, total - of) * len(judged))
        if p < LEVEL:
            others = 100 * (hits - hit) / (total - of)
            found.append(Oddity(name=name, what=what, rate=100 * hit / of, others=others, n=of, p=p))
    return found


def _pair(one: Funnel, what: str) -> tuple[int, int]:
    return (one.sent, one.eligible) if what == "asked" else (one.answered, one.sent)


def fisher(hit: int, of: int, other_hit: int, other_of: int) -> float:
    """The chance, were both groups alike, of a split of the hits at least as unlikely as this one."""
    hits, total = hit + other_hit, of + other_of
    low, high = max(0, hits - other_of), min(of, hits)
    logs = [_log_chance(one, of, hits, total) for one in range(low, high + 1)]
    limit = logs[hit - low] + 1e-7
    return min(1.0, sum(exp(one) for one in logs if one <= limit))


def _log_chance(hit: int, of: int, hits: int, total: int) -> float:
    """The logarithm of the hypergeometric chance of `hit` among `of`, where `hits` are among `total`."""
    return _log_choose(of, hit) + _log_choose(total - of, hits - hit) - _log_choose(total, hits)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
