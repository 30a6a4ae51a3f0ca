"""A SELECT from columns gives what the database gives, row for row; what columns cannot answer is refused, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import and_, case, distinct, exists, false, func, not_, or_, select, text, true
from sqlmodel import Session

from bot.columns.beside import Facts, columns_beside
from bot.columns.mirror import Mirror
from bot.errors import NotInColumns
from bot.kpis.columns import REPLIES, SLAS, SOLVES, SPANS, TAGS, TICKETS
from bot.kpis.volume import HUMAN, WORK
from tests.kpis.office import fresh_store
from tests.kpis.town import FIRST, build_town

T, S = TICKETS.c, SPANS.c
LATER = FIRST.replace(day=15)
NUMBER = func.count()
TAGGED = TAGS.alias("tagged")
HAS_TAG = exists().where(TAGGED.c.ticket_id == T.ticket_id, TAGGED.c.tag == "vip")
WITH_TICKET = SOLVES.join(TICKETS, T.ticket_id == SOLVES.c.ticket_id)

SELECTS = {
    "count": select(NUMBER).select_from(TICKETS),
    "window": select(NUMBER).select_from(TICKETS).where(T.created_at >= FIRST, T.created_at < LATER),
    "index": select(NUMBER, func.min(T.first_response_at)).where(T.first_response_at >= FIRST, T.first_response_at < LATER),
    "at most": select(NUMBER).select_from(TICKETS).where(T.created_at <= LATER),
    "null": select(NUMBER).select_from(TICKETS).where(T.first_response_at.is_(None)),
    "not null": select(NUMBER).select_from(TICKETS).where(T.excluded.is_not(None)),
    "unknown is not true": select(NUMBER).select_from(TICKETS).where(T.priority != 2),
    "nor false": select(NUMBER).select_from(TICKETS).where(not_(T.priority == 2)),
    "in": select(NUMBER).select_from(TICKETS).where(T.category.in_(("refund", "wi-fi", "never heard of"))),
    "not in": select(NUMBER).select_from(TICKETS).where(T.category.not_in(("refund",))),
    "in nothing": select(NUMBER).select_from(TICKETS).where(T.agent_id.in_(())),
    "in many": select(NUMBER).select_from(TICKETS).where(T.customer_id.in_(range(1, 20))),
    "or": select(NUMBER).select_from(TICKETS).where(or_(T.priority == 1, T.priority.is_(None), false())),
    "not or": select(NUMBER).select_from(TICKETS).where(not_(or_(T.priority == 1, T.team_id == 1))),
    "not and": select(NUMBER).select_from(TICKETS).where(~and_(T.priority == 1, T.team_id == 1, true())),
    "flag": select(NUMBER).select_from(TICKETS).where(T.customer_opened),
    "no flag": select(NUMBER).select_from(TICKETS).where(~T.one_touch),
    "is false": select(NUMBER).select_from(SLAS).where(SLAS.c.met.is_(False)),
    "arithmetic": select(func.sum((T.agent_replies + T.customer_replies) * 3 - T.reopens), func.max(-T.agent_replies)),
    "wall clock": select(func.max(T.first_response_s // 60 % 24)),
    "case": select(func.sum(case((T.priority < 2, 1), (T.priority < 4, 10), else_=100))),
    "coalesce": select(func.sum(func.coalesce(T.agent_id, T.team_id, 0))),
    "groups": select(T.channel, NUMBER).group_by(T.channel),
    "none is a group": select(T.category, NUMBER, func.min(T.created_at)).group_by(T.category),
    "two keys": select(T.team_id, T.priority, NUMBER, func.sum(T.first_response_s)).group_by(T.team_id, T.priority),
    "most": select(T.team_id, func.max(T.first_response_s), func.min(T.first_response_s)).group_by(T.team_id),
    "different": select(NUMBER, func.count(distinct(T.customer_id)), func.count(T.agent_id)),
    "different by group": select(SOLVES.c.agent_id, func.count(SOLVES.c.ticket_id.distinct())).group_by(SOLVES.c.agent_id),
    "of nothing": select(NUMBER, func.sum(T.reopens), func.max(T.reopens)).where(T.created_at < FIRST.replace(year=2001)),
    "groups of nothing": select(T.team_id, NUMBER).where(T.created_at < FIRST.replace(year=2001)).group_by(T.team_id),
    "joined": select(T.channel, NUMBER).select_from(WITH_TICKET).where(T.excluded.is_(None)).group_by(T.channel),
    "tagged": select(TAGS.c.tag, NUMBER)
    .select_from(WITH_TICKET.join(TAGS, TAGS.c.ticket_id == T.ticket_id))
    .group_by(TAGS.c.tag),
    "exists": select(NUMBER).select_from(TICKETS).where(HAS_TAG),
    "exists not": select(NUMBER).select_from(TICKETS).where(not_(HAS_TAG), T.created_at >= FIRST),
    "union": select(NUMBER, func.count(WORK.c.agent_id.distinct()))
    .select_from(WORK.join(TICKETS, T.ticket_id == WORK.c.ticket_id))
    .where(WORK.c.at >= FIRST, WORK.c.at < LATER, WORK.c.agent_id.in_(HUMAN), T.excluded.is_(None)),
    "values": select(T.created_at, T.status, T.customer_opened, T.priority, T.category).where(T.created_at < LATER),
    "distinct": select(T.category).distinct(),
    "ordered": select(REPLIES.c.waited_s, NUMBER)
    .where(REPLIES.c.waited_s.is_not(None))
    .group_by(REPLIES.c.waited_s)
    .order_by(REPLIES.c.waited_s),
    "inner": select(func.sum(select(T.reopens.label("one")).subquery("told").c.one)),
}
REFUSED = {
    "text": select(text("1")).select_from(TICKETS),
    "function": select(func.length(T.category)),
    "having": select(T.team_id, NUMBER).group_by(T.team_id).having(NUMBER > 1),
    "offset": select(T.ticket_id).limit(1).offset(3),
    "order of words": select(NUMBER).select_from(TICKETS).where(T.category < "m"),
    "no such column": select(func.max(T.internal_notes)),
    "join in passing": select(NUMBER).select_from(SOLVES).join(TICKETS, T.ticket_id == SOLVES.c.ticket_id),
    "join by something else": select(NUMBER).select_from(SOLVES.join(TICKETS, T.agent_id == SOLVES.c.agent_id)),
}


@pytest.fixture(scope="module")
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Session, Facts]]:
    """A store and its columns, some of whose rows were changed since they were built."""
    with fresh_store(request, "sqlite") as store:
        build_town(store)
        mirror = Mirror(store=store)
        mirror.build()
        store.accompany = mirror.accompany
        with store.writing() as session:
            session.execute(text("UPDATE ticket_fact SET category = 'new here', reopens = 300 WHERE ticket_id % 3 = 0"))
        with store.reading() as session:
            columns = columns_beside(session)
            assert columns is not None
            yield session, columns
        mirror.close()


@pytest.mark.parametrize("name", SELECTS)
def test_columns_give_the_rows_that_the_store_gives(both: tuple[Session, Facts], name: str) -> None:
    store, columns = both
    rows = [tuple(row) for row in columns.execute(SELECTS[name])]
    wanted = [tuple(row) for row in store.execute(SELECTS[name])]
    assert rows == wanted if name == "ordered" else sorted(map(repr, rows)) == sorted(map(repr, wanted))


@pytest.mark.parametrize("name", REFUSED)
def test_what_columns_do_not_know_they_refuse(both: tuple[Session, Facts], name: str) -> None:
    _, columns = both
    with pytest.raises(NotInColumns):
        columns.execute(REFUSED[name])


def test_one_row_may_be_asked_for(both: tuple[Session, Facts]) -> None:
    _, columns = both
    found: Any = columns.execute(select(T.ticket_id).limit(1))
    assert found.first() == found.one() == (found.scalar(),)
    assert columns.execute(select(T.ticket_id).where(false())).first() is None
    assert columns.execute(select(T.ticket_id).where(false())).scalar() is None
