"""What the columns cost: to build, to bring up to date after a page of 1,000 tickets, and in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from bench.bench import Bench, Place, middle, once
from bench.tickets import build
from bot.columns.beside import columns_beside
from bot.columns.mirror import Mirror
from bot.store.engine import Store, open_store

PAGES = 9
PAGE = 1_000
IDLE = """
import sys, time
from pathlib import Path
import bot.cli.house
from bench.answers import WORKSPACE
from bench.tickets import NOW
from bot.columns.mirror import Mirror
from bot.kpis.measure import measure
from bot.store.engine import open_store
from commands.grammar import read

store = open_store(f"sqlite:///{sys.argv[1]}")
mirror = Mirror(store=store)
mirror.start()
while not mirror.ready:
    time.sleep(0.5)
for words in ("backlog", "frt last 365 days by agent", "csat all time", "volume all time by customer"):
    with store.reading() as session:
        told = read(words, now=NOW, workspace=WORKSPACE, session=session)
        measure(session, told.kpi, told.query, workspace=WORKSPACE, now=NOW)
time.sleep(5)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmRSS"].split()[0]) // 1024, int(status["VmHWM"].split()[0]) // 1024)
mirror.close()
"""


def run(place: Place) -> list[str]:
    """Build, touch pages of tickets as a sync does, and look at a process that has the whole bot loaded and idles."""
    file = place.folder / "mirror.db"
    store = open_store(f"sqlite:///{file}")
    build(store, place.size)
    mirror = Mirror(store=store)
    built_ms = once(mirror.build)
    store.accompany = mirror.accompany
    unchanged = [once(lambda: _look(store)) for _ in range(PAGES)]
    changed = [_page(store, number) for number in range(PAGES)]
    mirror.close()
    store.close()
    idle, most = _idle(file)
    return [
        f"| {place.size:,} tickets | |",
        "|---|---|",
        f"| build of all columns, in the background | {built_ms / 1000:.0f} s |",
        f"| a reader's look whether anything changed | {middle(unchanged):.1f} ms |",
        f"| a page of {PAGE:,} changed tickets, taken over by the next reader | {middle(changed):.0f} ms |",
        f"| resident memory of the idle bot, after the build and four answers | {idle} MB, at most {most} MB |",
    ]


def _page(store: Store, number: int) -> float:
    """Milliseconds until the first reader after a page has its columns; the newest tickets are those that change."""
    with store.writing() as session:
        newest = "(SELECT max(ticket_id) FROM ticket_fact)"
        session.execute(
            text(
                f"UPDATE ticket_fact SET agent_replies = agent_replies + 1 WHERE ticket_id > {newest} - {PAGE * (number + 1)}"
                f" AND ticket_id <= {newest} - {PAGE * number}"
            )
        )
    return once(lambda: _look(store))


def _look(store: Store) -> None:
    with store.reading() as session:
        assert columns_beside(session) is not None


def _idle(file: Path) -> tuple[int, int]:
    """Megabytes of another process: now, and at most."""
    told = subprocess.run([sys.executable, "-c", IDLE, str(file)], capture_output=True, text=True, check=True)
    now, most = told.stdout.split()
    return int(now), int(most)


MIRROR = Bench(slug="mirror", says="What the columns cost", run=run, sizes=True)
