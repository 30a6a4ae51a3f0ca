"""A question as it was understood: everything an answer needs to be computed again, and nothing of how it was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.clock import Grain, iso, read_instant
from bot.windows import Window

ANY, ANY_OP = "0s", ">"
SPOKEN_ALONE = frozenset({"unanswered", "overdue"})
"""Quantities whose name alone asks for any amount of them: `overdue` is `overdue>0s`."""
TICKETS = "tickets"
"""How the tickets behind a number are shown instead of it."""
PLAIN_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Rows whose dimension has one of the values, or, negated, none of them.

    With `op` (one of < <= > >= =) it is a threshold: `dimension` names a quantity of a ticket, such as frt, and the one
    value is an amount as it is typed, `4h` or `3`."""

    dimension: str
    values: tuple[str, ...]
    negated: bool = False
    op: str = ""

    def __str__(self) -> str:
        """As it is typed; whatever is not one plain word stands in quotes, and a quote within them twice."""
        sign = "-" if self.negated else ""
        if self.op == ANY_OP and self.values == (ANY,) and self.dimension in SPOKEN_ALONE:
            return f"{sign}{self.dimension}"
        if self.op:
            return f"{sign}{self.dimension}{self.op}{self.values[0]}"
        return f"{sign}{self.dimension}:{','.join(map(_typed, self.values))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question. `versus` is previous, year, window (then `against` is it) or None; `statistic` one of median, mean,
    p90, p95 and max, for what each row has an amount of."""

    kpi: str
    window: Window
    splits: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    statistic: str | None = None
    versus: str | None = "previous"
    clock: str | None = None
    grain: Grain | None = None
    show: str | None = None
    against: Window | None = None

    def text(self) -> str:
        """The canonical words, as a person would type them to ask the same again."""
        words = [self.kpi, self.statistic or "", f"by {' and '.join(self.splits)}" if self.splits else "", self.window.text]
        words.append(f"vs {self.against.text}" if self.against else VERSUS_WORDS.get(self.versus, ""))
        words += [str(f) for f in self.filters]
        words.append(f"{self.clock} hours" if self.clock else "")
        words.append(GRAIN_WORDS[self.grain] if self.grain and self.grain is not default_grain(self.window, self.splits) else "")
        words.append(f"as {self.show}" if self.show else "")
        return " ".join(word for word in words if word)


def _typed(value: str) -> str:
    return value if PLAIN_WORD.fullmatch(value) else '"{}"'.format(value.replace('"', '""'))


VERSUS_WORDS = {"year": "vs last year", None: "vs nothing"}
GRAIN_WORDS = {Grain.HOUR: "hourly", Grain.DAY: "daily", Grain.WEEK: "weekly", Grain.MONTH: "monthly"}


def default_grain(window: Window, splits: tuple[str, ...]) -> Grain | None:
    """The pieces a chart of the window is cut into when nobody says: none beside a split, else about 7 to 45 of them."""
    if splits:
        return None
    days = (window.end - window.start).total_seconds() / 86_400
    return Grain.HOUR if days <= 1.5 else Grain.DAY if days <= 45.5 else Grain.WEEK if days <= 200 else Grain.MONTH


def to_json(query: Query) -> dict[str, Any]:
    """The stored form of a query; the window is kept resolved, so asking again tomorrow answers about the same days."""
    return {
        "v": 1,
        "kpi": query.kpi,
        "window": _stored(query.window),
        "splits": list(query.splits),
        "filters": filters_json(query.filters),
        "statistic": query.statistic,
        "versus": query.versus,
        "clock": query.clock,
        "grain": query.grain,
        "show": query.show,
        "against": _stored(query.against) if query.against else None,
    }


def from_json(data: Mapping[str, Any]) -> Query:
    """The query of a stored form, also of one from before thresholds and comparison windows."""
    return Query(
        kpi=data["kpi"],
        window=_window(data["window"]),
        splits=tuple(data["splits"]),
        filters=filters_of(data["filters"]),
        statistic=data["statistic"],
        versus=data["versus"],
        clock=data["clock"],
        grain=Grain(data["grain"]) if data["grain"] else None,
        show=data["show"],
        against=_window(data["against"]) if data.get("against") else None,
    )


def filters_json(filters: Sequence[Filter]) -> list[dict[str, Any]]:
    """The stored form of filters."""
    return [{"dimension": f.dimension, "values": list(f.values), "negated": f.negated, "op": f.op} for f in filters]


def filters_of(data: Sequence[Mapping[str, Any]]) -> tuple[Filter, ...]:
    """The filters of their stored form."""
    return tuple(map(_filter, data))


def _filter(one: Mapping[str, Any]) -> Filter:
    return Filter(dimension=one["dimension"], values=tuple(one["values"]), negated=one["negated"], op=one.get("op", ""))


def _stored(window: Window) -> dict[str, Any]:
    return {
        "start": iso(window.start),
        "end": iso(window.end),
        "zone": window.zone,
        "text": window.text,
        "label": window.label,
        "open": window.open,
    }


def _window(stored: Mapping[str, Any]) -> Window:
    return Window(**{**stored, "start": read_instant(stored["start"]), "end": read_instant(stored["end"])})
