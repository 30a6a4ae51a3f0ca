"""Why a number changed: by how much each group's rows moved it, in effects that add up to the change exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log, sqrt

from sqlmodel import Session

from bot.errors import BadRequest
from bot.kpis.answer import Answer, Figure
from bot.kpis.asked import Asked
from bot.kpis.council import tells_teams
from bot.kpis.dimensions import dimension, labels_of
from bot.kpis.figures import THIN_N
from bot.kpis.kpi import Balance, Count, Counted, Duration, Kpi, Mean, Quotient, Ratio, Stock
from bot.kpis.measure import figures
from bot.kpis.names import Key
from bot.kpis.statistics import Z
from bot.store.workspace import Workspace

TOLD_BY = ("team", "channel", "category", "priority", "source")
"""Dimensions that part the rows: each row is in one group. Agents are left out, tags are several."""

Part = tuple[float, float | None]
"""(rows, value) of one group in one window; the value of no rows is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one group did to the number. `volume` is for counts; `mix` and `rate` are for shares and means: that the group has
    another part of the rows, and that its own value changed. `beyond_chance` None is not tested, or too few."""

    label: str
    before: Part
    after: Part
    volume: float = 0.0
    mix: float = 0.0
    rate: float = 0.0
    beyond_chance: bool | None = None

    @property
    def total(self) -> float:
        return self.volume + self.mix + self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The effects by one dimension, the largest first. They add up to the change."""

    dimension: str
    effects: tuple[Effect, ...]

    @property
    def largest(self) -> float:
        return max((abs(one.total) for one in self.effects), default=0.0)

    def lead(self, change: float) -> Effect:
        """The effect that made most of a change: the largest in its direction, of no change the largest."""
        with_it = [one for one in self.effects if one.total * change > 0]
        return with_it[0] if with_it else self.effects[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The change and what made it, by each dimension; `splits` begin with the one that was asked for, then with those whose
    effects made most of the change."""

    answer: Answer
    before: Figure
    after: Figure
    change: float
    beyond_chance: bool | None
    splits: tuple[Split, ...]


def count_effects(before: Mapping[Key, float], after: Mapping[Key, float]) -> dict[Key, float]:
    """Of a count each group's own change; they add up to the whole change."""
    return {key: after.get(key, 0.0) - before.get(key, 0.0) for key in before.keys() | after.keys()}


def mean_effects(before: Mapping[Key, Part], after: Mapping[Key, Part]) -> dict[Key, tuple[float, float]]:
    """(mix, rate) of each group of a share or mean, by midpoints, so that they add up to the change and which window comes
    first changes only the signs. Mix is measured against the whole: more of what is better than all lifts it.

    A group that is only in one window has the same value in both, so that all it does is mix."""
    n0, n1 = (sum(n for n, value in side.values() if value is not None) for side in (before, after))
    if not n0 or not n1:
        return {}
    whole = (_mean(before, n0) + _mean(after, n1)) / 2
    found = {}
    for key in before.keys() | after.keys():
        (b, v0), (a, v1) = before.get(key, (0.0, None)), after.get(key, (0.0, None))
        if v0 is None and v1 is None:
            continue
        x0, x1 = v0 if v0 is not None else v1, v1 if v1 is not None else v0
        assert x0 is not None
        assert x1 is not None
        w0, w1 = (b / n0 if v0 is not None else 0.0), (a / n1 if v1 is not None else 0.0)
        found[key] = ((w1 - w0) * ((x0 + x1) / 2 - whole), (x1 - x0) * (w0 + w1) / 2)
    return found


def _mean(side: Mapping[Key, Part], n: float) -> float:
    return sum(rows * value for rows, value in side.values() if value is not None) / n


def differs(kpi: Kpi, before: Figure, after: Figure, *, among: int = 1) -> bool | None:
    """Whether two figures differ by more than chance would make them at 95 %, a stricter test the more groups are compared
    (Bonferroni, by its normal bound); None where that cannot be tested, or on fewer than 20 cases."""
    limit = sqrt(Z * Z + 2 * log(max(among, 1)))
    match kpi.measure:
        case Count():
            if max(before.n, after.n) < THIN_N:
                return None
            return abs(after.n - before.n) > limit * sqrt(before.n + after.n)
        case Ratio() | Balance():
            if min(before.n, after.n) < THIN_N or before.value is None or after.value is None:
                return None
            spread = sqrt(_variance(kpi, before) / before.n + _variance(kpi, after) / after.n)
            return abs(after.value - before.value) > limit * spread
        case _:
            return None


def _variance(kpi: Kpi, figure: Figure) -> float:
    """Of one row, in points squared, with one more case of each kind, so that 20 of 20 are not certain."""
    n = figure.n + 2
    if isinstance(kpi.measure, Balance):
        plus, minus = ((figure.parts.get(name) or 0.0) + 1 for name in ("promoters", "detractors"))
        return 10_000 * ((plus + minus) / n - ((plus - minus) / n) ** 2)
    share = ((figure.parts.get("top") or 0.0) + 1) / n
    return 10_000 * share * (1 - share)


def has_effects(answer: Answer) -> bool:
    """Whether an answer has changed from a window before it in a way that parts of it can have made."""
    previous = answer.previous
    told = previous is not None and previous.figure.value is not None and answer.figure.value is not None
    return told and not isinstance(answer.kpi.measure, Quotient | Counted)


def why(session: Session, answer: Answer, *, workspace: Workspace, first_by: str = "") -> Why:
    """What made a number change from the window before to its own, told by one dimension first. Raises BadRequest where it
    cannot be split into effects."""
    kpi, previous = answer.kpi, answer.previous
    if isinstance(kpi.measure, Quotient | Counted):
        raise _not_split(kpi)
    if previous is None or previous.figure.value is None or answer.figure.value is None:
        raise BadRequest(f"There is no {kpi.name.lower()} before it to compare with.", next_step="Ask for another window.")
    # Percentiles of groups do not add up to those of the whole; means do.
    query = replace(answer.query, statistic="mean", splits=()) if isinstance(kpi.measure, Duration) else answer.query
    asked = Asked(session=session, kpi=kpi, query=replace(query, grain=None, splits=()), workspace=workspace, now=answer.as_of)
    before = replace(asked, query=replace(asked.query, window=previous.window))
    first, last = _whole(before), _whole(asked)
    if first.value is None or last.value is None:
        raise BadRequest("Numbers on different scales have no common change.", next_step=f"Ask *{kpi.slug} by scale*.")
    told_by = TOLD_BY if tells_teams(session, workspace) else tuple(word for word in TOLD_BY if word != "team")
    splits = [_split(session, word, before, asked) for word in told_by if word in kpi.splits]
    change = last.value - first.value
    return Why(
        answer=answer,
        before=first,
        after=last,
        change=change,
        beyond_chance=differs(kpi, first, last),
        splits=tuple(
            sorted(
                (one for one in splits if len(one.effects) > 1),
                key=lambda one: (one.dimension != first_by, -abs(one.lead(change).total)),
            )
        ),
    )


def _not_split(kpi: Kpi) -> BadRequest:
    if isinstance(kpi.measure, Counted) and isinstance(kpi.measure.bottom, str):
        return BadRequest(
            f"{kpi.name} is entered by people: no tickets stand behind it.", next_step="Ask *why csat* or *why volume*."
        )
    says = f"{kpi.name} divides two numbers that change on their own."
    offers = (*(f"{kpi.slug} by {word}" for word in kpi.splits[:1]), "why volume", "why solved")
    step = f"See it *by {kpi.splits[0]}*, or ask about its parts." if kpi.splits else "Ask about its parts."
    return BadRequest(says, next_step=step, offers=offers)


def _whole(asked: Asked) -> Figure:
    none = Figure(value=0.0 if isinstance(asked.kpi.measure, Count | Stock) else None, n=0)
    return figures(asked, [asked.query.window.span]).get((0, ()), none)


def _split(session: Session, word: str, before: Asked, after: Asked) -> Split:
    first, last = (
        {keys[0]: told for (_, keys), told in figures(side, [side.query.window.span], (word,)).items()}
        for side in (before, after)
    )
    keys = list(first.keys() | last.keys())
    names = labels_of(session, dimension(word), keys)
    effects = _effects(after.kpi, first, last)
    nothing = Figure(value=None, n=0, parts={})
    found = [
        Effect(
            label=names.get(key, str(key)),
            before=_part(first.get(key, nothing)),
            after=_part(last.get(key, nothing)),
            **effect,
            beyond_chance=differs(after.kpi, first.get(key, nothing), last.get(key, nothing), among=len(keys)),
        )
        for key, effect in effects.items()
    ]
    return Split(dimension=word, effects=tuple(sorted(found, key=lambda one: (-abs(one.total), one.label))))


def _effects(kpi: Kpi, first: Mapping[Key, Figure], last: Mapping[Key, Figure]) -> dict[Key, dict[str, float]]:
    if isinstance(kpi.measure, Count | Stock):
        counts = ({key: one.value or 0.0 for key, one in side.items()} for side in (first, last))
        return {key: {"volume": change} for key, change in count_effects(*counts).items()}
    assert isinstance(kpi.measure, Ratio | Mean | Duration | Balance)
    parts = ({key: _part(one) for key, one in side.items()} for side in (first, last))
    return {key: {"mix": mix, "rate": rate} for key, (mix, rate) in mean_effects(*parts).items()}


def _part(figure: Figure) -> Part:
    return float(figure.n), figure.value
