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
    """`was` is replaced by `now` in a file, and `also`, or `elsewhere` in another file, where one safeguard stands beside
    another; the test then has to fail."""

    name: str
    file: str
    was: str
    now: str
    test: str
    hard: str = "0.2"
    also: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[tuple[str, str, str], ...] = ()


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
        name="the place of a lost leader",
        file="bot/slack/sender.py",
        was="            let_stand(session, self.now())\n",
        now="",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="one at a time in a place",
        file="jobs/digest.py",
        was="        take_place(session, row)\n",
        now="",
        test="tests/jobs/test_moments.py",
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
    Removal(
        name="reading the channel before sending again, and the removal of copies, under kills",
        file="bot/slack/doubts.py",
        was="        channel, copies = _copies(slack, claim)\n    except SlackRefused as refused:\n        # Unreadable",
        now="        channel, copies = claim.channel_id, ()\n    except SlackRefused as refused:\n        # Unreadable",
        test="tests/hard/test_digest_kills.py",
    ),
    Removal(
        name="the lease that a killed replica leaves to be found",
        file="bot/store/outbox.py",
        was="    abandoned = and_(row.state == OutboxState.SENDING, row.lease_until < now)\n    unsettled",
        now="    abandoned = and_(row.state == OutboxState.SENDING, row.id.is_(None))\n    unsettled",
        test="tests/hard/test_replicas.py",
    ),
    Removal(
        name="the claim of a slot among replicas",
        file="bot/store/ledger.py",
        was="    return _changed(session, claim) == 1\n\n\ndef mark_run",
        now="    return _changed(session, claim) >= 0\n\n\ndef mark_run",
        test="tests/hard/test_replicas.py",
    ),
    Removal(
        name="the claim of a slot among replicas, and the key of its message",
        file="bot/store/ledger.py",
        was="    return _changed(session, claim) == 1\n\n\ndef mark_run",
        now="    return _changed(session, claim) >= 0\n\n\ndef mark_run",
        elsewhere=(("bot/store/outbox.py", '"dedupe_key": letter.dedupe_key,', '"dedupe_key": letter.dedupe_key + _new_id(),'),),
        test="tests/hard/test_replicas.py",
    ),
    Removal(
        name="the cursor in the page's transaction, under kills",
        file="jobs/sync_reading.py",
        was="    stored = store_records(",
        now="    _advance(session, progress, page, now)\n    _settle_now(session)\n    stored = store_records(",
        test="tests/hard/test_sync_kills.py",
    ),
    Removal(
        name="an acknowledgement only of what is committed",
        file="bot/app/customers.py",
        was="        return wiring.store.all_together(Pressing(wiring=wiring, action=action, pressed=pressed), keep_all)",
        now="        asked = Pressing(wiring=wiring, action=action, pressed=pressed)\n"
        "        wiring.later.submit(wiring.store.all_together, asked, keep_all)\n        return NOTHING",
        test="tests/hard/test_survey_kills.py",
    ),
    Removal(
        name="threads for what follows an acknowledgement, and acknowledging before the answer is there",
        file="bot/app/listeners.py",
        was="        self.wiring.later.submit(copy_context().run, rest).add_done_callback(_log_failure)",
        now="        rest()",
        elsewhere=(
            ("bot/cli/house.py", "LISTENERS = 16", "LISTENERS = 5"),
            ("bot/slack/dispatch.py", "        if not done and promise.give_up():", "        if False:"),
        ),
        test="tests/hard/test_acks.py",
        hard="1",
    ),
    Removal(
        name="striking secrets from what is logged",
        file="bot/logs.py",
        was="    return SECRETS.sub(STRUCK, text)",
        now="    return text",
        test="tests/test_logs.py",
    ),
    Removal(
        name="keeping the words of an exception out of what is logged",
        file="bot/logs.py",
        was='        line["exception"] = record.exc_info[0].__name__',
        now='        line["exception"] = str(record.exc_info[1])',
        test="tests/test_logs.py",
    ),
    Removal(
        name="escaping somebody's words",
        file="bot/views/blocks.py",
        was='    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")',
        now="    return text",
        test="tests/test_injection.py",
    ),
    Removal(
        name="one transaction around an upgrade",
        file="bot/store/engine.py",
        was="        connection.exec_driver_sql(begin)",
        now="        pass",
        test="tests/store/test_schema.py",
    ),
    Removal(
        name="foreign keys off during an upgrade",
        file="bot/store/schema.py",
        was='        _driver(connection).execute("PRAGMA foreign_keys=OFF")',
        now="        pass",
        test="tests/store/test_schema.py",
    ),
    Removal(
        name="the refusal of a newer schema",
        file="bot/store/schema.py",
        was="    if found is not None and found not in known:",
        now="    if False:",
        test="tests/store/test_schema.py",
    ),
    Removal(
        name="the lock on a file during an upgrade",
        file="bot/store/schema.py",
        was="    with alone(store) if found is not None else nullcontext():",
        now="    with nullcontext():",
        test="tests/store/test_schema.py",
    ),
    Removal(
        name="waiting for others that start at the same moment",
        file="bot/store/schema.py",
        was='        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")',
        now="        pass",
        test="tests/cli/test_definitions.py",
    ),
    Removal(
        name="the database's clock",
        file="jobs/clockwork.py",
        was="        return self.now() + self.ahead",
        now="        return self.now()",
        test="tests/jobs/test_clockwork.py",
    ),
    Removal(
        name="copying what is in the log too",
        file="bot/store/backup.py",
        was='        driver.execute("VACUUM INTO ?", (str(target),))',
        now="        shutil.copyfile(str(store.engine.url.database), target)",
        test="tests/hard/test_copies.py",
    ),
    Removal(
        name="stopping while a token is refused",
        file="bot/slack/sender.py",
        was="        if not self.slack.takes_us_again():",
        now="        if False:",
        test="tests/slack/test_sender.py",
    ),
    Removal(
        name="the check of the signature",
        file="bot/slack/signature.py",
        was="        return hmac.compare_digest(expected, signature) and self._is_new(signature, now_s)",
        now="        return self._is_new(signature, now_s)",
        test="tests/slack/test_http.py",
    ),
    Removal(
        name="the memory of signatures seen",
        file="bot/slack/signature.py",
        was="        return hmac.compare_digest(expected, signature) and self._is_new(signature, now_s)",
        now="        return hmac.compare_digest(expected, signature)",
        test="tests/slack/test_http.py",
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
            said = said_without(removal)
            missed += said is None
            sys.stdout.write(f"{'STILL PASSES' if said is None else 'fails'}: {removal.test} without {removal.name}: {said}\n")
            sys.stdout.flush()
    return missed


def said_without(removal: Removal) -> str | None:
    """What the test fails with; None where it passes."""
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
        for name, was, now in removal.elsewhere:
            _replace(copy / name, was, now)
        env = os.environ | {"CX_HARD": removal.hard, "PYTHONPATH": str(copy)}
        words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(copy / removal.test)]
        ran = subprocess.run(words, cwd=copy, env=env, capture_output=True, text=True, timeout=900, check=False)
        if ran.returncode > 1:
            raise SystemExit(f"{removal.test} could not be run: {ran.stdout[-500:]}")
        if ran.returncode == 0:
            return None
        return next((line[1:].strip() for line in ran.stdout.splitlines() if line.startswith("E ")), "it failed")[:160]


def removed(removal: Removal, text: str) -> str:
    """The source without the remedy."""
    for was, now in ((removal.was, removal.now), *removal.also):
        if text.count(was) != 1:
            raise SystemExit(f"{removal.file} no longer has the line of {removal.name!r}")
        text = text.replace(was, now)
    return text + (SETTLE_NOW if "_settle_now" in removal.now else "")


def _replace(file: Path, was: str, now: str) -> None:
    text = file.read_text()
    if text.count(was) != 1:
        raise SystemExit(f"{file.name} no longer has the line {was.strip()!r}")
    file.write_text(text.replace(was, now))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
