"""Costs and customer counts by period from a CSV file: all of it, or nothing and the first lines that cannot be used."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bot.clock import DAY, local_date, zone
from bot.errors import BadInput, BadRequest
from bot.periods import read_window
from bot.store.ledger import write_audit
from bot.store.tables import Cost, CustomerCount
from bot.store.words import Channel
from bot.store.workspace import Workspace
from bot.windows import dates
from commands.entering import CURRENCY, MOST_CENTS, read_count, read_number

FIRST_BAD = 5
MOST_ROWS = 100_000
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "period": ("period", "month", "quarter", "year", "when"),
    "first_day": ("first_day", "first", "from", "start_date"),
    "last_day": ("last_day", "last", "to", "until", "end_date"),
    "amount": ("amount", "cost", "costs", "total"),
    "currency": ("currency",),
    "channel": ("channel",),
    "label": ("label", "what", "note"),
    "at_start": ("at_start", "customers", "start", "customers_at_start"),
    "joined": ("joined", "new", "gained"),
    "lost": ("lost", "left", "churned"),
}
"""What a column may be called, in any case, with spaces for underscores."""
NEEDED = {Cost: ("amount",), CustomerCount: ("at_start", "lost")}

Entered = Cost | CustomerCount
Line = Mapping[str, str]
Place = tuple[date, date, str, str]
Read = Callable[[Line, date, date, Workspace], Entered]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a file changed: entries that were not there, that were there with other numbers, and that were there already."""

    new: int = 0
    replaced: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """Where and when a file is brought, and by whom."""

    workspace: Workspace
    now: datetime
    by: str


def bring_costs(session: Session, content: bytes, door: Bringing) -> Brought:
    """Keep the costs of a file. Raises BadInput, and then nothing is kept."""
    return _bring(session, content, door, kind=Cost, read=_cost)


def bring_customers(session: Session, content: bytes, door: Bringing) -> Brought:
    """Keep the customer counts of a file. Raises BadInput, and then nothing is kept."""
    return _bring(session, content, door, kind=CustomerCount, read=_count)


def _bring(session: Session, content: bytes, door: Bringing, *, kind: type[Entered], read: Read) -> Brought:
    bad: list[str] = []
    rows: list[tuple[int, Entered]] = []
    for number, line in _lines(content, kind):
        try:
            first, last = _days(line, door)
            rows.append((number, read(line, first, last, door.workspace)))
        except BadRequest as problem:
            bad.append(f"line {number}: {problem.what}")
    count = len(rows) + len(bad)
    stored: Sequence[Any] = session.exec(select(kind)).all()
    there: dict[Place, Entered] = {_place(row): row for row in stored}
    bad += _sharing_days(rows, there)
    if bad:
        more = f"\nand {len(bad) - FIRST_BAD:,} more" if len(bad) > FIRST_BAD else ""
        raise BadInput(
            f"{len(bad):,} of {count:,} lines cannot be used, so nothing was kept:\n" + "\n".join(bad[:FIRST_BAD]) + more,
            next_step="Mend these lines and import the file again.",
        )
    told = _keep(session, [row for _, row in rows], there)
    if told.new or told.replaced:
        what = "cost" if kind is Cost else "customers"
        detail = {"new": told.new, "replaced": told.replaced, "same": told.same}
        write_audit(session, door.by, f"{what}.imported", detail, door.now)
    return told


def _keep(session: Session, rows: Sequence[Entered], there: Mapping[Place, Entered]) -> Brought:
    new = replaced = same = 0
    for row in rows:
        old = there.get(_place(row))
        if old is None:
            new += 1
            session.add(row)
        elif _told(old) == _told(row):
            same += 1
        else:
            replaced += 1
            for name, value in _told(row).items():
                setattr(old, name, value)
            session.add(old)
    return Brought(new=new, replaced=replaced, same=same)


def _lines(content: bytes, kind: type[Entered]) -> Iterator[tuple[int, Line]]:
    """Each line that holds anything, by the names we know. Raises BadInput for what is no such file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("The file is not UTF-8 text.", next_step="Save it as CSV in UTF-8.") from None
    head = text.split("\n", 1)[0]
    mark = max(",;\t", key=head.count)
    try:
        table = list(csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=mark))
    except csv.Error as problem:
        raise BadInput(f"The file is no CSV: {problem}.", next_step="Save it as CSV in UTF-8.") from None
    names = [_named(name) for name in table[0]] if table else []
    dated = "period" in names or {"first_day", "last_day"} <= set(names)
    missing = [name for name in NEEDED[kind] if name not in names] + ([] if dated else ["period"])
    if missing or len(table) > MOST_ROWS:
        needed = ", ".join(("period", *NEEDED[kind]))
        raise BadInput(
            f"The file has no column {' and no column '.join(missing)}." if missing else f"More than {MOST_ROWS:,} lines.",
            next_step=f"Its first line must name the columns: {needed}. Instead of period, first_day and last_day.",
        )
    for number, cells in enumerate(table[1:], 2):
        if any(cell.strip() for cell in cells):
            yield number, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}


def _named(column: str) -> str:
    wanted = "_".join(column.strip().lower().split())
    return next((name for name, words in COLUMNS.items() if wanted in words), "")


def _days(line: Line, door: Bringing) -> tuple[date, date]:
    """The local days of a line, both included. Raises BadRequest for none, or some that are not over."""
    where, now = ZoneInfo(door.workspace.zone), door.now
    if line.get("period"):
        window = read_window(line["period"], now=now, zone=zone(where.key), week_start=door.workspace.week_start)
        first, last, running = local_date(window.start, where), local_date(window.end, where) - DAY, window.open
    else:
        try:
            first, last = (date.fromisoformat(line.get(name, "")) for name in ("first_day", "last_day"))
        except ValueError:
            raise BadRequest(
                f"{line.get('first_day', '')!r} and {line.get('last_day', '')!r} are not two days such as 2026-10-01."
            ) from None
        running = last >= local_date(now, where)
    if running:
        raise BadRequest(f"the time until {last} is not over yet.")
    if last < first:
        raise BadRequest(f"{last} comes before {first}.")
    return first, last


def _cost(line: Line, first: date, last: date, workspace: Workspace) -> Cost:
    number = read_number(line.get("amount", "").lstrip("$€£¥₹₩ ") or "-")
    currency = (line.get("currency") or workspace.currency).upper()
    channel = line.get("channel", "").lower()
    if number is None or number * 100 > MOST_CENTS:
        raise BadRequest(f"{line.get('amount', '')!r} is no amount.")
    if not CURRENCY.fullmatch(currency.lower()):
        raise BadRequest(f"{currency!r} is no currency such as EUR.")
    if channel and channel not in Channel.__members__.values():
        raise BadRequest(f"{channel!r} is no channel: {', '.join(one.value for one in Channel)}.")
    cents, label = round(number * 100), line.get("label", "")[:200]
    return Cost(first_day=first, last_day=last, amount_cents=cents, currency=currency, channel=channel, label=label)


def _count(line: Line, first: date, last: date, workspace: Workspace) -> CustomerCount:
    told = {name: read_count(line.get(name, "") or ("0" if name == "joined" else "")) for name in ("at_start", "joined", "lost")}
    at_start, joined, lost = told["at_start"], told["joined"], told["lost"]
    if at_start is None or joined is None or lost is None:
        raise BadRequest("at_start, joined and lost must be whole numbers.")
    if lost > at_start:
        raise BadRequest(f"{lost:,} lost of {at_start:,} at the start cannot be.")
    return CustomerCount(first_day=first, last_day=last, at_start=at_start, joined=joined, lost=lost)


def _place(row: Entered) -> Place:
    """What makes an entry the same as another: its days and, of costs, what they are for."""
    return (
        (row.first_day, row.last_day, row.channel, row.label) if isinstance(row, Cost) else (row.first_day, row.last_day, "", "")
    )


def _told(row: Entered) -> dict[str, Any]:
    if isinstance(row, Cost):
        return {"amount_cents": row.amount_cents, "currency": row.currency}
    return {"at_start": row.at_start, "joined": row.joined, "lost": row.lost}


def _sharing_days(rows: Sequence[tuple[int, Entered]], there: Mapping[Place, Entered]) -> list[str]:
    """Lines that would count a day twice: with an entry that is there, or with another line."""
    lines: dict[Place, int] = {}
    for number, row in rows:
        lines.setdefault(_place(row), number)
    again = "the same days again; a label tells two costs apart."
    twice = [f"line {number}: {again}" for number, row in rows if lines[_place(row)] != number]
    every = {
        **{place: f"the entry for {dates(place[0], place[1])}" for place in there},
        **{p: f"line {n}" for p, n in lines.items()},
    }
    order = sorted(every, key=lambda place: (place[2], place[3], place[0], -place[1].toordinal()))
    for one, other in pairwise(order):
        if one[2:] == other[2:] and other[0] <= one[1] and {one, other} & lines.keys():
            later = max((one, other), key=lambda place: lines.get(place, 0))
            with_whom, number = every[other if later is one else one], lines[later]
            twice.append(f"line {number}: shares days with {with_whom}.")
    return twice
