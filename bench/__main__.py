"""`make bench`: how fast the house is, beside what people would use instead, in one run.

    python -m bench [--size N ...] [--only SLUG ...] [--write]

`--write` keeps what was seen in docs/performance.md, each bench between its own marks."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.answers import ANSWERS
from bench.backlog import BACKLOG
from bench.bench import Bench, Place
from bench.door import DOOR
from bench.facts import FACTS
from bench.mirror import MIRROR
from bench.surveys import SURVEYS
from bench.sync import SYNC
from bot import clock

BENCHES: tuple[Bench, ...] = (ANSWERS, MIRROR, FACTS, SURVEYS, SYNC, BACKLOG, DOOR)
SIZES = (100_000, 1_000_000)
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
LIBRARIES = ("numpy", "sqlalchemy", "pandas")


def main() -> None:
    """Run what was asked for, print it, and keep it if that was asked for too."""
    asked = _asked()
    for bench in BENCHES:
        if bench.slug not in asked.only if asked.only else bench.seldom:
            continue
        for size in asked.size or SIZES if bench.sizes else (0,):
            with TemporaryDirectory(prefix="cx-bench-") as folder:
                lines = [_circumstances(), "", *bench.run(Place(folder=Path(folder), size=size))]
            print("\n".join([f"## {bench.says}", "", *lines, ""]), flush=True)
            if asked.write:
                _keep(f"{bench.slug} {size}" if bench.sizes else bench.slug, lines)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--size", type=int, nargs="*", help="numbers of tickets; by default 100,000 and 1,000,000")
    parser.add_argument("--only", nargs="*", choices=[bench.slug for bench in BENCHES], help="these alone")
    parser.add_argument("--write", action="store_true", help="keep what was seen in docs/performance.md")
    return parser.parse_args()


def _circumstances() -> str:
    """The machine, the versions and the date; and what else it was doing, because that decides more than all of these."""
    versions = [f"{name} {metadata.version(name)}" for name in LIBRARIES if find_spec(name)]
    load = os.getloadavg()[0]
    return (
        f"{clock.now():%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before the run; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {', '.join(versions)}."
    )


def _keep(mark: str, lines: list[str]) -> None:
    page = PAGE.read_text("utf-8")
    between = re.compile(rf"(<!-- {re.escape(mark)} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = "\n".join(lines)
    written, found = between.subn(lambda told: f"{told[1]}{text}\n{told[2]}", page)
    if found != 1:
        raise SystemExit(f"docs/performance.md has no place for {mark!r}: put `<!-- {mark} -->` and `<!-- end -->` into it")
    PAGE.write_text(written, "utf-8")


if __name__ == "__main__":
    main()
