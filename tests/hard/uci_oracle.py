"""What the UCI incident log says, worked out with nothing but csv, zipfile, datetime and statistics: a judge of the product.

It shares no code with the product. Its rules, which the figures depend on:

- stamps are read as UTC; the rows of an incident count in the order of the file; a row dated before the one above it, or
  before the incident was opened, counts at that instant;
- an incident is open from `opened_at` until a row says Resolved or Closed, and again from a row that says neither;
  rows with the state -100 change nothing;
- resolution time runs from `opened_at` to the last change from open to resolved;
- a reassignment is an assignee other than the last known one; `?` in between is no assignee and no change by itself;
- splits go by the values of an incident's last row; None is `?`.
"""

from __future__ import annotations

import csv
import io
import statistics
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import TypeVar

K = TypeVar("K")

LOG = Path(__file__).resolve().parents[3] / "shared" / "data" / "uci_servicenow_incident_event_log.zip"
DONE = ("Resolved", "Closed")
CHANNELS = {"Phone": "phone", "IVR": "phone", "Email": "email", "Self service": "web", "Direct opening": "other"}


@dataclass(frozen=True)
class Incident:
    """One incident; instants are epoch seconds, `open_spans` half-open, the last end None while it is open."""

    number: str
    opened_at: int
    open_spans: tuple[tuple[int, int | None], ...]
    reopens: int
    reassignments: int
    assignees: int
    breached: bool
    group: str | None
    category: str | None
    channel: str
    priority: int
    told_reopens: int
    told_reassignments: int

    @property
    def resolved_at(self) -> int | None:
        return self.open_spans[-1][1]

    @property
    def resolution_s(self) -> int | None:
        return None if self.resolved_at is None else self.resolved_at - self.opened_at

    def is_open(self, at: int) -> bool:
        return any(start <= at and (end is None or at < end) for start, end in self.open_spans)


@dataclass(frozen=True)
class Figures:
    """The expected figures; durations in seconds, months as `2016-03`, splits count incidents."""

    incidents: int
    opened_by_month: dict[str, int]
    resolved_by_month: dict[str, int]
    resolution_median_s: float
    resolution_mean_s: float
    reopens: int
    reopened: int
    reassignments: int
    reassigned: int
    reassigned_more_than_once: int
    breached: int
    by_group: dict[str | None, int]
    by_category: dict[str | None, int]
    by_channel: dict[str, int]
    by_priority: dict[int, int]


@cache
def incidents() -> tuple[Incident, ...]:
    """Every incident of the log. Reads 27 MB: two seconds, once."""
    with zipfile.ZipFile(LOG) as bundle:
        text = bundle.read(bundle.namelist()[-1]).decode("ascii")
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows)
    places = {name: header.index(name) for name in header}  # the first of the two columns named category
    return tuple(_incident(list(group), places) for _, group in groupby(rows, key=lambda row: row[0]))


@cache
def figures() -> Figures:
    """The figures of the whole log."""
    all_of_them = incidents()
    took = [one.resolution_s for one in all_of_them if one.resolution_s is not None]
    return Figures(
        incidents=len(all_of_them),
        opened_by_month=dict(Counter(_month(one.opened_at) for one in all_of_them)),
        resolved_by_month=dict(Counter(_month(one.resolved_at) for one in all_of_them if one.resolved_at is not None)),
        resolution_median_s=statistics.median(took),
        resolution_mean_s=statistics.fmean(took),
        reopens=sum(one.reopens for one in all_of_them),
        reopened=sum(one.reopens > 0 for one in all_of_them),
        reassignments=sum(one.reassignments for one in all_of_them),
        reassigned=sum(one.reassignments > 0 for one in all_of_them),
        reassigned_more_than_once=sum(one.reassignments > 1 for one in all_of_them),
        breached=sum(one.breached for one in all_of_them),
        by_group=split(lambda one: one.group),
        by_category=split(lambda one: one.category),
        by_channel=split(lambda one: one.channel),
        by_priority=split(lambda one: one.priority),
    )


def split(key: Callable[[Incident], K], keep: Callable[[Incident], bool] = lambda one: True) -> dict[K, int]:
    """How many incidents there are of each kind, among those kept."""
    return dict(Counter(key(one) for one in incidents() if keep(one)))


def backlog(at: datetime) -> int:
    """How many incidents were open at an instant."""
    instant = int(at.timestamp())
    return sum(one.is_open(instant) for one in incidents())


def median_resolution_s(keep: Callable[[Incident], bool]) -> float | None:
    """The median time to the last resolution of the incidents kept."""
    took = [one.resolution_s for one in incidents() if one.resolution_s is not None and keep(one)]
    return statistics.median(took) if took else None


def _incident(rows: list[list[str]], places: dict[str, int]) -> Incident:
    def cell(row: list[str], name: str) -> str | None:
        return None if row[places[name]] == "?" else row[places[name]]

    last = rows[-1]
    opened_at = _instant(rows[0][places["opened_at"]])
    spans, reopens = _spans(opened_at, [(row[places["ident_state"]], _instant(row[places["sys_updated_at"]])) for row in rows])
    known = [name for row in rows if (name := cell(row, "assigned_to"))]
    group, category = cell(last, "assignment_group"), cell(last, "category")
    return Incident(
        number=last[places["number"]],
        opened_at=opened_at,
        open_spans=spans,
        reopens=reopens,
        reassignments=sum(before != after for before, after in pairwise(known)),
        assignees=len(set(known)),
        breached=any(cell(row, "made_sla") == "false" for row in rows),
        group=group and f"Group {group}",
        category=category and f"Category {category}",
        channel=CHANNELS[last[places["contact_type"]]],
        priority=int(last[places["priority"]][0]),
        told_reopens=int(last[places["reopen_count"]]),
        told_reassignments=int(last[places["reassignment_count"]]),
    )


def _spans(opened_at: int, states: list[tuple[str, int]]) -> tuple[tuple[tuple[int, int | None], ...], int]:
    spans: list[tuple[int, int | None]] = []
    start: int | None = opened_at
    clock, reopens = opened_at, 0
    for state, at in states:
        clock = max(clock, at)
        if state in DONE and start is not None:
            spans.append((start, clock))
            start = None
        elif state not in (*DONE, "-100") and start is None:
            start, reopens = clock, reopens + 1
    return tuple([*spans, (start, None)] if start is not None else spans), reopens


@cache
def _instant(text: str) -> int:
    return int(datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC).timestamp())


def _month(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def noons(year: int, month: int, days: range) -> Iterator[datetime]:
    """Some instants to ask the backlog at."""
    return (datetime(year, month, day, 12, tzinfo=UTC) for day in days)
