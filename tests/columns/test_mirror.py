"""The columns show what the store shows, to each reader as of its own snapshot; and where they cannot, the store answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Session

from bot.columns.beside import PLACE, Beside, columns_beside
from bot.columns.mirror import Mirror
from bot.columns.shapes import OF_ONE_TICKET, columns, kept, kind
from bot.store.change_log import KEPT, WATCHED
from bot.store.engine import Store, open_store
from bot.store.tables import FACT_TABLES, ReplyFact, SurveyAnswer, TicketFact, table_of
from bot.store.words import Kind
from tests.kpis.office import keep, value
from tests.world import CAST, NOW, event, minute, rating, ticket

TICKETS, REPLIES, ANSWERS = table_of(TicketFact), table_of(ReplyFact), table_of(SurveyAnswer)


@contextmanager
def mirrored(store: Store) -> Iterator[Mirror]:
    """A mirror of the store that is built, and beside every reader."""
    mirror = Mirror(store=store)
    mirror.build()
    store.accompany = mirror.accompany
    try:
        yield mirror
    finally:
        mirror.close()


@pytest.fixture
def mirror(store: Store) -> Iterator[Mirror]:
    keep(store, *CAST, *(ticket(name) for name in ("1", "2", "3")))
    with mirrored(store) as made:
        yield made


def in_columns(session: Session, what: object = None) -> int | None:
    """How many tickets, or whatever is asked for, the columns beside a session show; None where there are none."""
    beside = columns_beside(session)
    query = select(func.count()).select_from(TICKETS) if what is None else what
    return None if beside is None else int(beside.execute(query).scalar() or 0)


def shown(store: Store, what: object = None) -> int | None:
    with store.reading() as session:
        return in_columns(session, what)


def test_what_is_committed_is_seen_by_the_next_reader(store: Store, mirror: Mirror) -> None:
    assert shown(store) == 3
    keep(store, ticket("4"), event(Kind.REPLY, minute(9), of="4", actor="ana"))
    assert shown(store) == 4
    assert shown(store, select(func.count()).select_from(REPLIES)) == 1


def test_what_is_not_committed_is_seen_by_nobody(store: Store, mirror: Mirror) -> None:
    with store.writing() as session:
        session.execute(text("UPDATE ticket_fact SET agent_replies = 100"))
        session.flush()
        if store.dialect == "postgresql":
            assert shown(store, select(func.max(TICKETS.c.agent_replies))) == 0
        session.rollback()
    assert shown(store, select(func.max(TICKETS.c.agent_replies))) == 0


def test_a_reader_keeps_its_snapshot_in_the_columns_too(store: Store, mirror: Mirror) -> None:
    with store.reading() as session:
        assert in_columns(session) == 3
        keep(store, ticket("4"))
        assert shown(store) == 4
        assert in_columns(session) == 3
        assert session.execute(select(func.count()).select_from(TICKETS)).scalar_one() == 3


def test_a_reader_older_than_the_columns_asks_the_store(store: Store, mirror: Mirror) -> None:
    with store.reading() as session:
        session.execute(select(TICKETS.c.ticket_id)).all()
        keep(store, ticket("4"))
        assert shown(store) == 4
        assert in_columns(session) is None


def test_an_older_reader_shares_the_columns_where_nothing_has_changed(store: Store, mirror: Mirror) -> None:
    with store.reading() as session:
        session.execute(select(TICKETS.c.ticket_id)).all()
        with store.writing() as other:
            other.execute(text("UPDATE ticket SET subject = 'news'"))
        assert shown(store) == 3
        assert in_columns(session) == 3


def test_whoever_deletes_a_ticket_need_not_know_of_the_columns(store: Store, mirror: Mirror) -> None:
    with store.writing() as session:
        session.execute(text("DELETE FROM ticket WHERE external_id = '2'"))
    assert shown(store) == 2


def test_whoever_writes_an_answer_need_not_know_of_the_columns(store: Store, mirror: Mirror) -> None:
    keep(store, rating(5, minute(90)))
    total = select(func.sum(ANSWERS.c.score))
    assert shown(store, total) == 5
    with store.writing() as session:
        session.execute(text("UPDATE survey_answer SET score = 2"))
    assert shown(store, total) == 2
    with store.writing() as session:
        session.execute(text("DELETE FROM survey_answer"))
    assert shown(store, total) == 0


def test_a_transaction_that_commits_late_is_not_missed(store: Store) -> None:
    """On PostgreSQL a lower number can become visible after a higher one; on SQLite there is one writer at a time."""
    if store.dialect == "sqlite":
        return
    keep(store, *CAST, ticket("1"), ticket("2"))
    with mirrored(store):
        began, go_on = Event(), Event()

        def late() -> None:
            with store.writing() as session:
                session.execute(text("UPDATE ticket_fact SET agent_replies = 7 WHERE external_id = '1'"))
                began.set()
                go_on.wait(20)

        writer = Thread(target=late)
        writer.start()
        assert began.wait(20)
        with store.writing() as session:
            session.execute(text("UPDATE ticket_fact SET agent_replies = 5 WHERE external_id = '2'"))
        total = select(func.sum(TICKETS.c.agent_replies))
        assert shown(store, total) == 5
        assert shown(store, total) == 5
        go_on.set()
        writer.join()
        assert shown(store, total) == 12


def test_every_process_follows_by_itself(store: Store, mirror: Mirror) -> None:
    """Two mirrors of one store, as two processes have them: what one has taken over the other still takes over."""
    other = open_store(store.engine.url.render_as_string(hide_password=False))
    try:
        with mirrored(other):
            keep(store, ticket("4"))
            assert (shown(store), shown(other)) == (4, 4)
            keep(other, ticket("5"))
            assert (shown(store), shown(other)) == (5, 5)
    finally:
        other.close()


def test_columns_too_far_behind_the_log_are_built_anew(store: Store, mirror: Mirror) -> None:
    with store.writing() as session:
        session.execute(text(f"INSERT INTO fact_change (id, what, key, revision) VALUES ({2 * KEPT + 9}, 'team', 1, 0)"))
    assert shown(store) is None
    mirror.catch_up()
    assert not mirror.ready
    mirror.build()
    assert shown(store) == 3
    with store.reading() as session:
        assert session.execute(text("SELECT min(id) FROM fact_change")).scalar_one() > 6


def test_what_columns_have_no_answer_to_the_store_answers(store: Store, mirror: Mirror) -> None:
    assert mirror._built is not None
    mirror._built.tables = {name: table for name, table in mirror._built.tables.items() if name != "reply_fact"}
    with store.reading() as session:
        assert in_columns(session) == 3
    assert value(store, "next-reply last 30 days", now=NOW + timedelta(days=1)) is None
    assert value(store, "volume last 30 days", now=NOW + timedelta(days=1)) == 3


def test_a_session_that_writes_has_no_columns_beside_it(store: Store, mirror: Mirror) -> None:
    with store.writing() as session:
        assert columns_beside(session) is None


def test_the_columns_end_with_the_session(store: Store, mirror: Mirror) -> None:
    with store.reading() as session:
        assert columns_beside(session) is not None
    assert columns_beside(session) is None
    assert isinstance(session.info[PLACE], Beside)


def test_a_mirror_in_the_background_builds_follows_and_ends(store: Store) -> None:
    keep(store, *CAST, ticket("1"))
    mirror = Mirror(store=store, worth=1)
    mirror.start()
    try:
        waited = Event()
        for _ in range(200):
            if mirror.ready:
                break
            waited.wait(0.05)
        assert shown(store) == 1
    finally:
        mirror.close()
    assert shown(store) is None


def test_a_small_store_is_not_worth_columns(store: Store) -> None:
    keep(store, *CAST, ticket("1"))
    mirror = Mirror(store=store, worth=2)
    assert mirror._turn()
    assert not mirror.ready
    keep(store, ticket("2"))
    assert mirror._turn()
    assert mirror.ready
    mirror.close()


def test_every_fact_that_makes_a_number_is_in_columns_and_nothing_that_customers_said() -> None:
    in_columns_too = {one.table.name: {c.name for c in columns(one)} for one in kept()}
    for model in FACT_TABLES:
        table = table_of(model)
        left_out = OF_ONE_TICKET.get(table.name, frozenset())
        assert left_out < {c.name for c in table.columns}
        assert in_columns_too[table.name] == {c.name for c in table.columns} - {"id", "external_id"} - left_out
    secret = {"comment", "token_hash", "earlier_token_hash", "email", "name", "order_key", "slack_user_id"}
    assert not secret & {name for names in in_columns_too.values() for name in names}


def test_changes_of_every_table_in_columns_are_noted() -> None:
    assert {one.watched for one in kept()} == set(WATCHED)
    for one in kept():
        names = {c.name for c in columns(one)}
        assert {one.key, one.order, *one.indexed} <= names
        assert WATCHED[one.watched] == one.key
        assert all(kind(one.table.c[name]) == "number" for name in (one.key, one.order, *one.indexed))
