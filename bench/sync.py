"""How fast pages of a help desk become facts: beside what the standard library needs for the same bytes and rows."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.bench import Bench, Place, worked
from bot.desks.desk import Desk, Fact, Page, Pull
from bot.desks.zendesk_export import Export, Stand
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from bot.store.tables import FACT_TABLES, Customer, Ticket, TicketEvent, table_of
from jobs.sync import Reading, sync
from tests.desks.zendesk_standin import ANA, BILLING, BO, CARLA, TECH, ZendeskStandIn, exported

PAGE, PAGES, RUNS = 1_000, 5, 3
WORDS = "the invoice of last month was charged twice and nobody has answered my question about it yet " * 4
KEPT = (Customer, Ticket, TicketEvent, *FACT_TABLES)
STAFF = tuple(str(each) for each in (ANA, BO))


def run(place: Place) -> list[str]:
    """The same answers, once through the whole house and once through the standard library alone; and the memory of both."""
    answers = list(_answers(PAGES))
    size = sum(len(body) for body in answers)
    warm = _opened(place.folder / "warm.db")
    _house(warm, answers[:2])
    warm.close()
    store = _opened(place.folder / "cx.db")
    house = worked(lambda: _house(store, answers))
    rows = list(_rows(store))
    store.close()
    paths = [place.folder / f"plain-{number}.db" for number in range(RUNS)]
    for path in paths:
        _opened(path).close()
    plain = min(worked(partial(_plain, path, answers, rows)) for path in paths)
    count = sum(len(told) for _, told in rows)
    return [
        f"| {PAGES * PAGE:,} tickets with their events, {size / 1e6:.1f} MB of JSON, {count:,} rows | one core | rows a second |",
        "|---|---|---|",
        f"| json.loads and executemany | {plain:.0f} ms | {1000 * count / plain:,.0f} |",
        f"| cx: decoded, read, sifted, compared, stored, derived, committed | {house:.0f} ms | {1000 * count / house:,.0f} |",
        f"| share of the rate | {plain / house:.2f} | |",
        f"| memory held at most beyond the answers | {_memory(place.folder, answers):.0f} MB | |",
    ]


@dataclass(slots=True)
class Played:
    """A door behind which the answers wait as bytes."""

    answers: list[bytes]
    http: Any = field(default_factory=lambda: SimpleNamespace(base="https://example.zendesk.com"))

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, kind: str = "account") -> Any:
        """The next answer, decoded as every answer is."""
        return json.loads(self.answers.pop(0))

    with_sideloads = get

    def close(self) -> None:
        """Nothing was opened."""


def _house(store: Store, answers: list[bytes]) -> None:
    left = list(answers)

    def pull(asked: Pull) -> Iterator[Page]:
        for _ in range(len(answers) // 2):
            door: Any = Played(left)
            others: Any = {"people": SimpleNamespace(data={"staff": STAFF})}
            export = Export(
                door, replace(asked, settings={}, cursor=None, now=NOW, others=others), Stand(start=0, history="export")
            )
            yield from export.pages()

    desk = Desk(slug="zendesk", name="Zendesk", says="", knows=frozenset(Fact), pull=pull, check=lambda _: ())
    sync(Reading(store=store, desk=desk, settings={}, now=NOW, profile="articles"))


NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _answers(pages: int) -> Iterator[bytes]:
    """For each page of tickets an answer with them and one with all that happened to them."""
    desk = ZendeskStandIn()
    for page in range(pages):
        desk.audits.clear()
        desk.tickets.clear()
        for number in range(page * PAGE + 1, (page + 1) * PAGE + 1):
            live(desk, number)
        tickets = [told(row) for row in desk.tickets.values()]
        yield json.dumps({"tickets": tickets, "users": users(desk), "after_cursor": f"c{page}", "end_of_stream": True}).encode()
        events = [worded(exported(audit)) for audit in desk.audits]
        yield json.dumps({"ticket_events": events, "end_time": desk.now, "end_of_stream": True}).encode()


def live(desk: ZendeskStandIn, number: int) -> None:
    """Opened, taken, answered, answered back, solved; every fourth one opened again and handed on."""
    desk.now += 97
    by = CARLA + number % 400 * 1000
    desk.create(number, by=by, tags=["billing", "refund"], priority="normal")
    desk.do(number, after=3, assignee_id=ANA if number % 2 else BO, status="open")
    desk.do(number, after=20, say=True, by=ANA if number % 2 else BO, status="pending")
    desk.do(number, after=90, say=True, by=by, via="email", status="open")
    desk.do(number, after=15, say=False, by=BO)
    desk.do(number, after=40, say=True, by=BO, status="solved")
    if number % 4 == 0:
        desk.do(number, after=300, say=True, by=by, via="email", status="open", group_id=TECH if number % 8 else BILLING)
        desk.do(number, after=60, say=True, by=BO, status="solved")


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row as long as real ones are."""
    minutes = {"calendar": 123, "business": 45}
    times = (
        "reply_time",
        "first_resolution_time",
        "full_resolution_time",
        "agent_wait_time",
        "requester_wait_time",
        "on_hold_time",
    )
    metric: dict[str, Any] = {f"{name}_in_minutes": minutes for name in times}
    metric |= {"reopens": 0, "replies": 2, "assignee_stations": 1, "group_stations": 1, "created_at": row["created_at"]}
    more = {
        "url": f"https://example.zendesk.com/api/v2/tickets/{row['id']}.json", "external_id": None, "raw_subject": row["subject"],
        "description": WORDS, "recipient": "help@example.com", "organization_id": None, "collaborator_ids": [],
        "follower_ids": [], "email_cc_ids": [], "problem_id": None, "has_incidents": False, "is_public": True, "due_at": None,
        "brand_id": 1, "allow_channelback": False, "allow_attachments": True, "satisfaction_rating": {"score": "unoffered"},
        "custom_fields": [{"id": 360000000000 + each, "value": None} for each in range(8)], "sharing_agreement_ids": [],
    }  # fmt: skip
    return {**row, **more, "metric_set": metric}


def users(desk: ZendeskStandIn) -> list[dict[str, Any]]:
    names = sorted({row["requester_id"] for row in desk.tickets.values()})
    return [{"id": name, "name": f"Customer {name}", "email": f"c{name}@example.com", "role": "end-user"} for name in names]


def worded(event: dict[str, Any]) -> dict[str, Any]:
    for child in event["child_events"]:
        if child["event_type"] == "Comment":
            child |= {"body": WORDS, "html_body": f"<p>{WORDS}</p>", "plain_body": WORDS, "attachments": []}
    return event


def _opened(path: Path) -> Store:
    store = open_store(f"sqlite:///{path}")
    ensure_schema(store)
    return store


def _rows(store: Store) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """What the house wrote, as plain values."""
    with closing(sqlite3.connect(str(store.engine.url.database))) as connection:
        for model in KEPT:
            name = table_of(model).name
            yield name, connection.execute(f"SELECT * FROM {name}").fetchall()


def _plain(path: Path, answers: list[bytes], rows: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
    """The same bytes decoded and the same rows inserted into the same tables in one transaction, and nothing else done."""
    with closing(sqlite3.connect(path)) as connection:
        for body in answers:
            json.loads(body)
        for name, told in rows:
            marks = ",".join("?" * len(told[0])) if told else ""
            if told:
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", told)
        connection.commit()


def _memory(folder: Path, answers: list[bytes]) -> float:
    store = _opened(folder / "memory.db")
    tracemalloc.start()
    _house(store, answers)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    store.close()
    return most / 1e6


SYNC = Bench(slug="sync", says="How fast a help desk's pages become facts", run=run)
