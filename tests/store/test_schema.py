"""The tables are those that are declared, on both databases; an upgrade happens whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import OperationalError

from bot.errors import BadConfig, StoreError
from bot.store.alone import alone
from bot.store.engine import Store, open_store
from bot.store.schema import HEAD, MIGRATIONS, ensure_schema, version_of
from bot.store.tables import METADATA
from tests.world import MONDAY

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("ticket") as ticket:
        ticket.add_column(sa.Column("language", sa.String(), nullable=True))
        ticket.alter_column("subject", new_column_name="title")
    op.create_table("language", sa.Column("code", sa.String(), primary_key=True))
    op.bulk_insert(sa.table("language", sa.column("code", sa.String)), [{{"code": "de"}}, {{"code": "en"}}])
    op.execute("UPDATE ticket SET language = 'en'")
    {last}
"""
TICKET = (
    "INSERT INTO ticket"
    " (id, source, external_id, subject, status, channel, tags, created_at, updated_at, version, desk_facts, traits)"
    f" VALUES (1, 'desk', '1', 'Charged twice', 'open', 'email', '[]', {int(MONDAY.timestamp())}, 0, 0, '{{}}', '{{}}')"
)
EVENT = "INSERT INTO ticket_event (ticket_id, key, at, seq, kind, derived) VALUES (1, '7', 0, 0, 'created', {false})"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path / 'new.db'}" if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url")
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture
def filled(store: Store) -> Store:
    """A store of today's shape with a ticket and what happened to it."""
    with store.writing() as session:
        session.execute(text(TICKET))
        session.execute(text(EVENT.format(false="false" if store.dialect == "postgresql" else "0")))
    return store


def with_another_step(folder: Path, *, last: str = "pass") -> Path:
    """The revisions and one more, which alters a table that others refer to."""
    scripts = Path(shutil.copytree(MIGRATIONS, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__")))
    (scripts / "versions" / "9999_next.py").write_text(NEXT.format(head=HEAD, last=last))
    return scripts


def version(store: Store) -> str | None:
    with store.reading() as session:
        return version_of(session.connection())


def shape(connection: Connection) -> dict[str, Any]:
    """Everything a database knows about its tables, in an order of ours."""
    look = inspect(connection)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)],
            "primary key": look.get_pk_constraint(table),
            "references": _ordered(look.get_foreign_keys(table)),
            "unique": _ordered(look.get_unique_constraints(table)),
            "checks": sorted((str(c["name"]), re.sub(r"\s+", " ", c["sqltext"])) for c in look.get_check_constraints(table)),
            "indexes": _ordered(look.get_indexes(table)),
        }
        for table in sorted(look.get_table_names())
        if table != "alembic_version"
    }


def _ordered(found: list[Any]) -> list[str]:
    return sorted(repr(sorted(each.items(), key=lambda item: item[0])) for each in found)


def contents(store: Store) -> dict[str, list[Any]]:
    with store.reading() as session:
        tables = inspect(session.connection()).get_table_names()
        return {table: sorted(map(repr, session.execute(text(f'SELECT * FROM "{table}"')))) for table in sorted(tables)}


def test_the_revisions_make_what_is_declared(empty_store: Store) -> None:
    """Also CHECK constraints, which Alembic's own comparison does not look at."""
    METADATA.create_all(empty_store.engine)
    with empty_store.reading() as session:
        declared = shape(session.connection())
    METADATA.drop_all(empty_store.engine)
    ensure_schema(empty_store)

    with empty_store.reading() as session:
        assert shape(session.connection()) == declared


def test_alembic_finds_nothing_left_to_write(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from bot.store.migrations.settings import settings_for

    with store.reading() as session:
        connection = session.connection()
        context = MigrationContext.configure(connection, opts=settings_for(connection))
        assert compare_metadata(context, METADATA) == []


def test_the_newest_revision_is_the_one_this_program_wants() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_an_empty_database_gets_its_tables_and_keeps_them(empty_store: Store) -> None:
    assert version(empty_store) is None
    ensure_schema(empty_store)
    assert version(empty_store) == HEAD
    ensure_schema(empty_store)
    assert version(empty_store) == HEAD


def test_a_store_in_shape_costs_no_import_of_alembic(sqlite_url: str) -> None:
    program = (
        "import sys\nfrom bot.store.engine import open_store\nfrom bot.store.schema import ensure_schema\n"
        "store = open_store(sys.argv[1])\nensure_schema(store)\nassert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, sqlite_url], check=True)


def test_an_upgrade_keeps_every_row_also_those_that_refer_to_an_altered_table(filled: Store, tmp_path: Path) -> None:
    ensure_schema(filled, head="9999", scripts=with_another_step(tmp_path))

    assert version(filled) == "9999"
    with filled.reading() as session:
        assert session.execute(text("SELECT title, language FROM ticket")).all() == [("Charged twice", "en")]
        assert session.execute(text("SELECT ticket_id, key FROM ticket_event")).all() == [(1, "7")]


def test_foreign_keys_hold_again_after_an_upgrade(filled: Store, tmp_path: Path) -> None:
    ensure_schema(filled, head="9999", scripts=with_another_step(tmp_path))
    with filled.writing() as session:
        session.execute(text("DELETE FROM ticket"))
    assert contents(filled)["ticket_event"] == []


@contextmanager
def power_cut(store: Store, *, at: int) -> Iterator[list[str]]:
    """The statement of that number, of those that change anything, fails; gives the statements that came so far."""
    changes: list[str] = []

    def cut(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().split()[0].upper() in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"):
            changes.append(statement)
            if len(changes) == at:
                raise OperationalError(statement, {}, Exception("power cut"))

    event.listen(store.engine, "before_cursor_execute", cut)
    yield changes
    event.remove(store.engine, "before_cursor_execute", cut)


def test_an_upgrade_that_fails_at_any_statement_leaves_all_as_it_was(filled: Store, tmp_path: Path) -> None:
    scripts = with_another_step(tmp_path)
    before = contents(filled)
    said = []
    for nth in count(1):
        with power_cut(filled, at=nth) as changes:
            try:
                ensure_schema(filled, head="9999", scripts=scripts)
            except StoreError as failed:
                said.append((failed.what, failed.still_true))
        if len(changes) < nth:
            break
        assert contents(filled) == before

    assert len(said) == nth - 1 >= 6
    assert all(f"from version {HEAD} to 9999" in what and "as it was before" in true for what, true in said)
    assert version(filled) == "9999"


@pytest.mark.parametrize("nth", [1, 2, 17, 40])
def test_a_first_start_that_fails_leaves_no_table(empty_store: Store, nth: int) -> None:
    with power_cut(empty_store, at=nth), pytest.raises(StoreError, match="from version none"):
        ensure_schema(empty_store)
    assert contents(empty_store) == {}

    ensure_schema(empty_store)
    assert version(empty_store) == HEAD


def test_a_step_that_leaves_rows_without_their_ticket_is_undone(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.writing() as session:
        session.execute(text(TICKET))
        session.execute(text(EVENT.format(false="0")))
    scripts = with_another_step(tmp_path, last='op.execute("DELETE FROM ticket")')

    with pytest.raises(StoreError, match="without what they refer to"):
        ensure_schema(sqlite_store, head="9999", scripts=scripts)

    assert version(sqlite_store) == HEAD
    assert len(contents(sqlite_store)["ticket_event"]) == 1


def test_a_sqlite_file_is_copied_before_it_is_upgraded(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.writing() as session:
        session.execute(text(TICKET))
    ensure_schema(sqlite_store, head="9999", scripts=with_another_step(tmp_path))

    [copy] = tmp_path.glob("cx.db.*before-9999")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = open_store(f"sqlite:///{copy}")
    assert version(restored) == HEAD
    assert len(contents(restored)["ticket"]) == 1
    restored.close()


def test_nothing_is_upgraded_when_the_copy_cannot_be_made(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "cx.db.before-9999.unfinished").mkdir()
    with pytest.raises(StoreError, match="could not be copied"):
        ensure_schema(sqlite_store, head="9999", scripts=with_another_step(tmp_path))
    assert version(sqlite_store) == HEAD


def test_nothing_is_upgraded_under_an_older_cx_that_runs(sqlite_store: Store, tmp_path: Path) -> None:
    """Any command of the newer one would: `cx ask` beside a bot that nobody stopped yet."""
    with alone(sqlite_store), pytest.raises(BadConfig, match=f"process {os.getpid()}"):
        ensure_schema(sqlite_store, head="9999", scripts=with_another_step(tmp_path))

    assert version(sqlite_store) == HEAD
    assert list(tmp_path.glob("cx.db.before*")) == []


def test_a_store_from_the_future_is_refused_and_left_alone(store: Store) -> None:
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '8888'"))
    before = contents(store)
    with pytest.raises(StoreError, match="made by a newer cx: it is at version 8888") as refused:
        ensure_schema(store)
    after = contents(store)
    with store.writing() as session:  # The next test has the same database.
        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    assert "newer cx" in refused.value.next_step
    assert after == before


def test_a_database_of_somebody_else_is_refused_and_left_alone(empty_store: Store) -> None:
    with empty_store.writing() as session:
        session.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(StoreError, match="cx did not make"):
        ensure_schema(empty_store)
    assert list(contents(empty_store)) == ["invoices"]


def test_of_several_that_start_at_once_one_upgrades_and_all_go_on(empty_store: Store) -> None:
    url = empty_store.engine.url.render_as_string(hide_password=False)
    together = Barrier(4)

    def start(_: int) -> str | None:
        store = open_store(url)
        together.wait(10)
        try:
            ensure_schema(store)
            return version(store)
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == [HEAD] * 4
