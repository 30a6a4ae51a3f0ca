"""The noun Bench: something whose speed is promised, and how it is measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a bench may write, and for how many tickets it is run."""

    folder: Path
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One promise: `run` returns the lines of Markdown that say what was seen. What runs `seldom` must be named."""

    slug: str
    says: str
    run: Callable[[Place], list[str]]
    sizes: bool = False
    seldom: bool = False


def timed(run: Callable[[], object], runs: int) -> list[float]:
    """Milliseconds of so many runs, after one to warm up."""
    run()
    return [once(run) for _ in range(runs)]


def once(run: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    begun = perf_counter()
    run()
    return 1000 * (perf_counter() - begun)


def worked(run: Callable[[], object]) -> float:
    """Milliseconds of one run on one core, whoever else is waiting for it."""
    begun = process_time()
    run()
    return 1000 * (process_time() - begun)


def share(values: list[float], of: float) -> float:
    """The percentile of some values, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(of * (len(ordered) - 1)))]


def middle(values: list[float]) -> float:
    return statistics.median(values)
