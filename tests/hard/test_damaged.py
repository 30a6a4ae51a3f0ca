"""A real `cx run` over a damaged file: its owner hears once, questions are answered, nothing is written, and a copy mends it."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bot.sandbox import Options, Sandbox
from bot.store.backup import back_up
from bot.store.engine import open_store
from tests.cli.conftest import DAYS, POLICY, life
from tests.cli.test_run import START_S, Running, environment, started
from tests.hard.conftest import Tell
from tests.kpis.office import keep
from tests.world import CAST

OWNER, OWNER_ID = "lena", "U0LENA"


def test_a_damaged_file_is_read_from_and_its_owner_hears_of_it_once(tmp_path: Path, sqlite_template: Path, tell: Tell) -> None:
    home = tmp_path / "home"
    copy = stored(home, sqlite_template)
    with Sandbox.start(options=Options(limits="off")) as sandbox:
        spoil(home / "cx.db", "ticket_event")
        for _start in range(2):
            before = digest(home / "cx.db")
            with started(sandbox, home, owned(sandbox, home)) as bot:
                assert said_to(bot, "/cx volume on 2026-11-16 as text").startswith("12 tickets created")
                assert bot.health("/healthz")[0] == 200
                code, says = bot.health("/readyz")
                assert code == 503
                assert "damaged" in says
                [answer] = [one for one in sandbox.control.ephemerals(OWNER) if one["text"].startswith("12 tickets created")][-1:]
                assert sandbox.control.click(answer, "csv", user=OWNER)["state"] == "acked"
                sandbox.control.wait_for(lambda: sandbox.control.ephemerals(OWNER)[-1]["text"].startswith("CSV of"), START_S)
                assert str(home) not in said_to(bot, "/cx optout"), "where copies are is told to owners alone"
                assert "The database file is damaged" in said_to(bot, "/cx optout")
                assert bot.stop()[0] == 0
            assert digest(home / "cx.db") == before
        [told] = [one["text"] for one in sandbox.control.messages(user=OWNER) if "damaged" in one["text"]]
        assert f"cx restore {copy}" in told
        mended = [sys.executable, "-m", "bot", "restore", str(copy)]
        subprocess.run(mended, env=environment(sandbox, home), cwd=home, check=True, capture_output=True)
        with started(sandbox, home, owned(sandbox, home)) as bot:
            sandbox.control.wait_for(lambda: bot.health("/readyz")[0] == 200, START_S)
            assert "damaged" not in said_to(bot, "/cx optout")
    tell("damaged file", starts_over_it=2, owner_told=1, questions_answered=2, buttons_answered=2, bytes_written=0)


def test_the_owner_hears_of_a_file_that_cannot_be_opened_too(tmp_path: Path, sqlite_template: Path) -> None:
    home = tmp_path / "home"
    stored(home, sqlite_template)
    spoil(home / "cx.db", "alembic_version")
    with Sandbox.start(options=Options(limits="off")) as sandbox:
        for _start in range(2):
            env = owned(sandbox, home)
            ran = subprocess.run([sys.executable, "-m", "bot", "run"], env=env, cwd=home, capture_output=True, timeout=60)
            assert ran.returncode == 74
        assert len([one for one in sandbox.control.messages(user=OWNER) if "damaged" in one["text"]]) == 1


def owned(sandbox: Sandbox, home: Path) -> dict[str, str]:
    return environment(sandbox, home) | {"CX_ADMINS": OWNER_ID}


def said_to(bot: Running, words: str) -> str:
    return str(bot.sandbox.control.slash(words, user=OWNER)["answer"]["text"])


def stored(home: Path, template: Path) -> Path:
    """A store with twelve tickets, and a good copy of it."""
    home.mkdir()
    shutil.copyfile(template, home / "cx.db")
    store = open_store(f"sqlite:///{home / 'cx.db'}")
    keep(store, *CAST, DAYS, POLICY, *(record for number in range(12) for record in life(number)))
    copy = home / "backups" / "cx-20261120T000000Z.db"
    back_up(store, copy)
    store.close()
    return copy


def spoil(file: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(file)) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
