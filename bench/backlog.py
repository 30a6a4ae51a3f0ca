"""How much memory the first reading of a backlog takes: `cx sync zendesk --once`, and a server that makes pages when asked."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.bench import Bench, Place
from bench.sync import PAGE, live, told, users, worded
from tests.desks.zendesk_standin import START, ZendeskStandIn, exported

ROOT = Path(__file__).parents[1]
SHARES = (10, 1)
"""A tenth of the tickets first, then all: what a backlog takes must not grow with it."""
AHEAD_S, APART_S = 40_000, 3
"""A page's tickets are made three seconds apart, and the longest of them lives less than the eleven hours to the next page."""
EVENTS = 1_000
API = "/api/v2/"
LOOK_S = 0.2


def run(place: Place) -> list[str]:
    """The same account at a tenth of its size and whole, each read from nothing by a process of its own."""
    lines = ["| tickets | events | read in | resident memory at most |", "|---|---|---|---|"]
    for share in SHARES:
        size = max(place.size // share, PAGE)
        folder = place.folder / str(size)
        folder.mkdir()
        with served(size // PAGE) as url:
            seconds, most = read(url, folder)
        tickets, events = kept(folder / "cx.db")
        lines.append(f"| {tickets:,} | {events:,} | {seconds:,.0f} s | {most / 1024:,.0f} MB |")
    return lines


def read(url: str, folder: Path) -> tuple[float, int]:
    """Seconds and the most resident kilobytes of one `cx sync zendesk --once`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    env |= {"CX_DATABASE_URL": f"sqlite:///{folder / 'cx.db'}", "CX_HOME": str(folder), "CX_ZENDESK_URL": url}
    env |= {"CX_ZENDESK_EMAIL": "owner@example.com", "CX_ZENDESK_TOKEN": "x"}
    command = [sys.executable, "-m", "bot", "sync", "zendesk", "--once"]
    begun, most = perf_counter(), 0
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, _peak(process.pid))
            sleep(LOOK_S)
    if process.returncode:
        raise SystemExit(f"cx sync ended with {process.returncode}.")
    return perf_counter() - begun, most


def _peak(pid: int) -> int:
    """What a process has held at most so far, in kilobytes; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def kept(database: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(database)) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("ticket", "ticket_event")]
    return counts[0], counts[1]


@contextmanager
def served(pages: int) -> Iterator[str]:
    """The address of an account of so many thousand tickets, served by a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(pages, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(pages: int, pipe: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Served", (Account,), {"pages": pages}))
    pipe.send(server.server_address[1])
    server.serve_forever()


class Account(BaseHTTPRequestHandler):
    """Answers as Zendesk's exports do, and has nothing else."""

    protocol_version = "HTTP/1.1"
    pages = 0

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        path = asked.path.removeprefix(API).removesuffix(".json")
        answers = {"incremental/tickets/cursor": self._tickets, "incremental/ticket_events": self._events}
        answer = answers[path](query) if path in answers else None
        body = json.dumps(answer or {"error": "RecordNotFound"}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is told."""

    def _tickets(self, query: Mapping[str, str]) -> dict[str, Any]:
        number = int(query.get("cursor", "0"))
        if number >= self.pages:
            return {"tickets": [], "after_cursor": str(number), "end_of_stream": True}
        tickets, people, _ = _page(number)
        ended = number + 1 == self.pages
        return {"tickets": tickets, "users": people, "after_cursor": str(number + 1), "end_of_stream": ended}

    def _events(self, query: Mapping[str, str]) -> dict[str, Any]:
        """A thousand events from an instant on, and all others of the last one's second."""
        since = max(int(query["start_time"]), START)
        number = (since - START) // AHEAD_S
        if number >= self.pages:
            return {"ticket_events": [], "end_time": since, "end_of_stream": True}
        rest = [each for each in _page(number)[2] if each["timestamp"] >= since]
        some = [each for each in rest if each["timestamp"] <= rest[:EVENTS][-1]["timestamp"]] if rest else []
        behind = some[-1]["timestamp"] + 1 if len(some) < len(rest) else START + (number + 1) * AHEAD_S
        return {"ticket_events": some, "end_time": behind, "end_of_stream": False}


@lru_cache(maxsize=2)
def _page(number: int) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    """A thousand tickets, those who asked, and all that happened to them by when it did."""
    desk = ZendeskStandIn()
    desk.ids = iter(range(5_000_000_000 + number * 1_000_000, 9_000_000_000))
    for place in range(PAGE):
        desk.now = START + number * AHEAD_S + place * APART_S
        live(desk, number * PAGE + place + 1)
    events = sorted((worded(exported(audit)) for audit in desk.audits), key=lambda each: each["timestamp"])
    return [told(row) for row in desk.tickets.values()], users(desk), events


BACKLOG = Bench(slug="backlog", says="How much memory the first reading of a backlog takes", run=run, sizes=True, seldom=True)
