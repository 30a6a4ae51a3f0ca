"""Takes one remedy away at a time, in a copy of the source, and runs the test that must then fail.

    python -m tests.hard.removals [NAME ...]

What is printed stands in docs/promises.md. A test that passes without its remedy proves nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.hard.forking import ROOT

TAKEN = ("bot", "commands", "jobs", "tests", "docs", "tools", "bench", "pyproject.toml", "manifest.yml", "README.md", "Makefile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """`was` is replaced by `now` in a file, and `also`, where one remedy stands twice; the test then has to fail."""

    name: str
    file: str
    was: str
    now: str
    test: str
    hard: str = "0.2"
    also: tuple[tuple[str, str], ...] = ()


REMOVALS = (
    Removal(
        name="the claim of a slot",
        file="bot/store/ledger.py",
        was="    return _changed(session, claim) == 1\n\n\ndef mark_run",
        now="    return _changed(session, claim) >= 0\n\n\ndef mark_run",
        test="tests/store/test_ledger.py",
    ),
    Removal(
        name="reading the channel before sending again",
        file="bot/slack/doubts.py",
        was="        channel, copies = _copies(slack, claim)\n    except SlackRefused as refused:\n        # Unreadable",
        now="        channel, copies = claim.channel_id, ()\n    except SlackRefused as refused:\n        # Unreadable",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="the lease that a crash leaves to be found",
        file="bot/store/outbox.py",
        was="    abandoned = and_(row.state == OutboxState.SENDING, row.lease_until < now)\n    unsettled",
        now="    abandoned = and_(row.state == OutboxState.SENDING, row.id.is_(None))\n    unsettled",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="the look for copies",
        file="bot/slack/sender.py",
        was="        remove_copies(self.store, self.slack, self.now())\n",
        now="",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="the copy of who woke late",
        file="bot/slack/sender.py",
        was="                outbox.suspect(session, claim.id, now)\n",
        now="                pass\n",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="the order of edits",
        file="bot/slack/sender.py",
        was="            outbox.drop_outdated(session)\n",
        now="",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="the supervisor's look",
        file="jobs/clockwork.py",
        was="        return beating and self.clock() - self.pulse_at < self.dead_after_s",
        now="        return beating",
        test="tests/hard/test_scheduler_deaths.py",
    ),
    Removal(
        name="the first of two occurrences",
        file="bot/clock.py",
        was="    instant = wall.replace(tzinfo=where).astimezone(UTC)\n",
        now="    instant = wall.replace(tzinfo=where, fold=1).astimezone(UTC)\n",
        test="tests/hard/test_daylight_saving.py",
    ),
    Removal(
        name="the cursor in the page's transaction",
        file="jobs/sync_reading.py",
        was="    stored = store_records(",
        now="    _advance(session, progress, page, now)\n    _settle_now(session)\n    stored = store_records(",
        test="tests/hard/test_crash_points.py",
    ),
    Removal(
        name="newer wins",
        file="bot/store/upsert.py",
        was='NEWER = ("version", "updated_at")',
        now="NEWER = ()",
        also=(("    return stored is not None and _age(row) < _age(stored)", "    return False"),),
        test="tests/store/test_upsert.py",
    ),
    Removal(
        name="one process a file",
        file="bot/store/alone.py",
        was="            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        now="            pass",
        test="tests/store/test_alone.py",
    ),
    Removal(
        name="acknowledging before the answer is there",
        file="bot/slack/dispatch.py",
        was="        if not done and promise.give_up():",
        now="        if False:",
        test="tests/test_app.py",
    ),
    Removal(
        name="the refusal to write over a damaged file",
        file="bot/store/engine.py",
        was="        if self.refusal is not None:\n            raise StoreError(self.refusal.what",
        now="        if self.refusal is None and False:\n            raise StoreError(self.refusal.what",
        test="tests/store/test_engine.py",
    ),
    Removal(
        name="the last watch over stopping",
        file="bot/cli/stopping.py",
        was="            if not over.wait(LATEST_S):",
        now="            if False:",
        test="tests/cli/test_stopping.py",
    ),
    Removal(
        name="one first answer a question among presses that come at once",
        file="bot/surveys/rush.py",
        was=" or press.invitation.id in presses:",
        now=":",
        test="tests/surveys/test_rush.py",
    ),
    Removal(
        name="one answer to a delivery among many that come at once",
        file="bot/store/ledger.py",
        was="    fresh.discard(key)\n",
        now="",
        test="tests/store/test_ledger.py",
    ),
)
SETTLE_NOW = """

def _settle_now(session: Session) -> None:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.connection.driver_connection.commit()
"""


def main(names: list[str]) -> int:
    """Take away and run; how many tests did not notice."""
    missed = 0
    for removal in REMOVALS:
        if not names or removal.name in names:
            noticed = notices(removal)
            missed += not noticed
            sys.stdout.write(f"{'fails' if noticed else 'STILL PASSES'}: {removal.test} without {removal.name}\n")
            sys.stdout.flush()
    return missed


def notices(removal: Removal) -> bool:
    """Whether the test fails without it."""
    with tempfile.TemporaryDirectory(prefix="cx-removal-") as folder:
        copy = Path(folder)
        for name in TAKEN:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, copy / name)
        file = copy / removal.file
        file.write_text(removed(removal, file.read_text()))
        env = os.environ | {"CX_HARD": removal.hard, "PYTHONPATH": str(copy)}
        words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(copy / removal.test)]
        ran = subprocess.run(words, cwd=copy, env=env, capture_output=True, text=True, timeout=900, check=False)
        if ran.returncode > 1:
            raise SystemExit(f"{removal.test} could not be run: {ran.stdout[-500:]}")
        return ran.returncode == 1


def removed(removal: Removal, text: str) -> str:
    """The source without the remedy."""
    for was, now in ((removal.was, removal.now), *removal.also):
        if text.count(was) != 1:
            raise SystemExit(f"{removal.file} no longer has the line of {removal.name!r}")
        text = text.replace(was, now)
    return text + (SETTLE_NOW if "_settle_now" in removal.now else "")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
