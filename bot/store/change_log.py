"""What changed since a reader last looked: triggers note it, so that no writer can forget to, and nothing is seen too early."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

KEPT = 200_000
WATCHED: Mapping[str, str] = {
    "ticket_fact": "ticket_id",
    "survey_answer": "id",
    "invitation": "id",
    "survey_case": "id",
    "agent": "id",
}
"""Tables whose changes are noted, by their key. All facts of a ticket are replaced together, so its row tells of them all."""
EVENTS = {"insert": "new", "delete": "old", "update": "new"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a snapshot sees: all transactions before `revision` are settled; of the others it sees those of these ids.

    `last` is the highest id it sees."""

    revision: int
    seen: frozenset[int]
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What a snapshot sees beyond a mark: changed keys by table, and its own mark.

    `lost` says that the log no longer reaches back to that mark, `behind` that the snapshot is the older of the two."""

    mark: Mark
    changed: Mapping[str, frozenset[int]]
    lost: bool = False
    behind: bool = False

    @property
    def size(self) -> int:
        """How many rows changed."""
        return sum(map(len, self.changed.values()))


def watch(session: Session) -> None:
    """Set up the triggers where they are missing. The caller commits; what was written before is in no log."""
    connection = session.connection()
    statements = _sqlite() if connection.dialect.name == "sqlite" else _postgres(_watched(session))
    for statement in statements:
        connection.exec_driver_sql(statement)


def mark_of(session: Session) -> Mark:
    """How far the session's snapshot sees."""
    settled, last = _ends(session)
    return Mark(revision=settled, seen=frozenset(_rows(session, settled)), last=last)


def tail(session: Session, since: Mark) -> Tail:
    """What the session's snapshot sees and `since` did not."""
    settled, last = _ends(session)
    if settled < since.revision or last < since.last:
        return Tail(mark=Mark(revision=settled, seen=frozenset(), last=last), changed={}, behind=True)
    rows = _rows(session, since.revision)
    mark = Mark(revision=settled, seen=frozenset(i for i, (_, _, revision) in rows.items() if revision >= settled), last=last)
    changed: dict[str, set[int]] = {}
    for number in rows.keys() - since.seen:
        table, key, _ = rows[number]
        changed.setdefault(table, set()).add(key)
    told = {table: frozenset(keys) for table, keys in changed.items()}
    behind = not since.seen <= rows.keys()
    return Tail(mark=mark, changed=told, lost=last - since.last >= KEPT, behind=behind)


def prune(session: Session) -> None:
    """Forget the oldest changes; a reader that is further behind than KEPT reads everything anew. The caller commits."""
    session.connection().exec_driver_sql(
        f"DELETE FROM fact_change WHERE id <= (SELECT max(id) FROM fact_change) - {2 * KEPT}"  # noqa: S608 - a number of ours
    )


def _ends(session: Session) -> tuple[int, int]:
    """Below which revision everything is settled, and the highest id, as the snapshot sees them."""
    connection = session.connection()
    last = int(connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM fact_change").scalar_one())
    if connection.dialect.name == "sqlite":
        return last + 1, last
    settled = connection.exec_driver_sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").scalar_one()
    return int(settled), last


def _rows(session: Session, since: int) -> dict[int, tuple[str, int, int]]:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        query = "SELECT id, what, key, id FROM fact_change WHERE id >= ?"
    else:
        query = "SELECT id, what, key, revision FROM fact_change WHERE revision >= %s"
    found = connection.exec_driver_sql(query, (since,))
    return {number: (what, key, revision) for number, what, key, revision in found}


def _watched(session: Session) -> set[str]:
    query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return set(session.connection().exec_driver_sql(query).scalars())


def _sqlite() -> Iterable[str]:
    for table, key in WATCHED.items():
        for verb, row in EVENTS.items():
            insert = f"INSERT INTO fact_change (what, key) VALUES ('{table}', {row}.{key})"  # noqa: S608 - our own names
            yield f"CREATE TRIGGER IF NOT EXISTS cx_{table}_{verb} AFTER {verb.upper()} ON {table} BEGIN {insert}; END"


def _postgres(there: set[str]) -> Iterable[str]:
    """One function a key; a trigger that is there is left alone, because making it again would wait for every writer."""
    missing = {table: key for table, key in WATCHED.items() if f"cx_{table}" not in there}
    for key in sorted(set(missing.values())):
        insert = "INSERT INTO fact_change (what, key, revision) VALUES (TG_TABLE_NAME, {}, pg_current_xact_id()::text::bigint);"
        yield (
            f"CREATE OR REPLACE FUNCTION cx_note_{key}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'DELETE' THEN "
            f"{insert.format(f'OLD.{key}')} ELSE {insert.format(f'NEW.{key}')} END IF; RETURN NULL; END $$"
        )
    for table, key in missing.items():
        yield (
            f"CREATE TRIGGER cx_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION cx_note_{key}()"
        )
