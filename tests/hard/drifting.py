"""A help desk that does not stand still: tickets change while they are paged, and some changes show up to a minute late.

What it holds at any instant follows from its seed alone, so that workers in several processes see the same."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from bot.desks.desk import Cursor, Desk, Fact, Page, Pull
from bot.store.records import Record, TicketRecord
from bot.store.words import Status
from tests.world import CAST, ticket

PAGE = 25
OVERLAP_S = 300.0
LATEST_S = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """The nth change of a ticket: when it happened (`at`, whole seconds) and from when the desk shows it."""

    at: float
    name: str
    nth: int
    shown_at: float


class Drift:
    """One such desk. Times are seconds since 1970; `length_s` is for how long things go on happening from `start` on."""

    def __init__(self, seed: int, *, start: float, length_s: float, tickets: int = 150, overlap_s: float = OVERLAP_S) -> None:
        random = Random(seed)
        self.slug, self.overlap_s, self.start = f"drift-{seed}", overlap_s, start
        self._changes: dict[str, list[Change]] = {}
        for number in range(tickets):
            stamps = sorted(int(start + random.uniform(-600, length_s)) for _ in range(random.randint(1, 6)))
            late = [random.choice((0.0, 0.0, random.uniform(0, LATEST_S))) for _ in stamps]
            shown = [max(at + wait for at, wait in zip(stamps[: n + 1], late, strict=False)) for n in range(len(stamps))]
            name = f"{seed}-{number}"
            self._changes[name] = [
                Change(float(at), name, n, when) for n, (at, when) in enumerate(zip(stamps, shown, strict=True))
            ]

    def rows(self, instant: float) -> list[Change]:
        """The tickets as the desk shows them at an instant: each with its last change, in the order of changing."""
        shown = (changes[: bisect_right([one.shown_at for one in changes], instant)] for changes in self._changes.values())
        return sorted(one[-1] for one in shown if one)

    def is_over(self, instant: float) -> bool:
        """Whether it shows all that will ever happen."""
        return all(changes[-1].shown_at <= instant for changes in self._changes.values())

    def desk(self, clock: Callable[[], float]) -> Desk:
        """It, as a desk; `clock` gives the instant at which each page is looked at."""

        def pull(asked: Pull) -> Iterator[Page]:
            return self._pages(asked, clock)

        return Desk(
            slug=self.slug, name="Drift", says="A desk of the tests.", knows=frozenset(Fact), pull=pull, check=lambda _: (),
            streams=("tickets",),
        )  # fmt: skip

    def _pages(self, asked: Pull, clock: Callable[[], float]) -> Iterator[Page]:
        """Keyset paging; the next run starts five minutes before the last row or before this run, whichever is earlier."""
        state: Mapping[str, object] = asked.cursor.data if asked.cursor else {}
        after = _place(state.get("after") or [self.start - 3600, ""])
        begun = float(str(state.get("begun") or clock()))
        while True:
            rows = [row for row in self.rows(clock()) if (row.at, row.name) > after]
            page, more = rows[:PAGE], len(rows) > PAGE
            if page:
                after = (page[-1].at, page[-1].name)
            since = min(after[0], begun) - self.overlap_s
            cursor = {"after": list(after), "begun": begun} if more else {"after": [since, ""], "begun": None}
            yield Page(records=_records(page), cursor=Cursor(data=cursor), more=more)
            if not more:
                return


def _place(found: object) -> tuple[float, str]:
    assert isinstance(found, list)
    return float(found[0]), str(found[1])


def _records(rows: list[Change]) -> tuple[Record, ...]:
    return (*CAST, *(_record(row) for row in rows))


def _record(row: Change) -> TicketRecord:
    at = datetime.fromtimestamp(row.at, UTC)
    status = Status.SOLVED if row.nth % 3 == 2 else Status.OPEN
    return ticket(
        row.name, created_at=at - timedelta(days=1), updated_at=at, subject=f"{row.name} change {row.nth}", status=status
    )
