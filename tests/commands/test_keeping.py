"""What an answer leaves behind is written once it was answered, and found again by whoever presses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from bot.errors import BadRequest
from bot.kpis.query import Filter, Query
from bot.periods import read_window
from bot.store.engine import Store
from bot.store.tables import Audit, SavedQuery
from commands.command import Noted, Reply
from commands.keeping import asked_before, keep, kept
from tests.commands.room import LENA, ZONE

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def question(kpi: str = "frt", **changes: object) -> Query:
    from zoneinfo import ZoneInfo

    return Query(kpi=kpi, window=read_window("last 7 days", now=NOW, zone=ZoneInfo(ZONE)), **changes)  # type: ignore[arg-type]


def test_a_kept_question_is_asked_again_as_it_was(store: Store) -> None:
    asked = question(splits=("team",), filters=(Filter(dimension="tag", values=('a "b", c',), negated=True),), statistic="p90")
    remembered = kept(asked)
    with store.writing() as session:
        keep(session, Reply(keeps=(remembered,)), LENA, NOW)

    with store.reading() as session:
        kpi, again = asked_before(session, remembered.query_id)
    assert kpi.slug == "frt"
    assert again == asked


def test_every_question_has_an_id_of_its_own_that_a_button_can_carry() -> None:
    ids = {kept(question()).query_id for _ in range(200)}

    assert len(ids) == 200
    assert all(len(one) >= 16 and one.replace("-", "").replace("_", "").isalnum() for one in ids)


def test_who_asked_where_and_when_is_kept_with_it(store: Store) -> None:
    remembered = kept(question())
    with store.writing() as session:
        keep(session, Reply(keeps=(remembered,), notes=(Noted(action="agents.asked", detail={"query": "x"}),)), LENA, NOW)

    with store.reading() as session:
        row = session.get(SavedQuery, remembered.query_id)
        assert row is not None
        assert (row.asked_by, row.channel_id, row.at) == ("U0LENA", "C0SUPPORT", NOW)
        (line,) = session.exec(select(Audit)).all()
        assert (line.actor, line.action, line.at) == ("U0LENA", "agents.asked", NOW)
        assert line.detail == {"query": "x", "channel": "C0SUPPORT"}


def test_several_questions_of_one_reply_are_all_kept(store: Store) -> None:
    several = tuple(kept(question(slug)) for slug in ("frt", "csat", "backlog"))
    with store.writing() as session:
        keep(session, Reply(keeps=several), LENA, NOW)

    with store.reading() as session:
        assert [asked_before(session, one.query_id)[0].slug for one in several] == ["frt", "csat", "backlog"]


def test_a_reply_that_leaves_nothing_writes_nothing(store: Store) -> None:
    with store.writing() as session:
        keep(session, Reply(), LENA, NOW)

    with store.reading() as session:
        assert session.exec(select(SavedQuery)).all() == []
        assert session.exec(select(Audit)).all() == []


@pytest.mark.parametrize("query_id", ["", "never-asked", "x" * 5_000, "' OR 1=1 --"])
def test_a_question_nobody_asked_is_said(store: Store, query_id: str) -> None:
    with store.reading() as session, pytest.raises(BadRequest, match="no longer know the question") as refused:
        asked_before(session, query_id)

    assert "/cx backlog" in refused.value.next_step
