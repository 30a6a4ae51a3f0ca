"""`cx restatements` lists what was posted and is something else now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.kpis.restating import keep_published, published
from bot.store.engine import Store
from bot.store.words import Kind, Status
from tests.cli.conftest import Terminal
from tests.kpis.office import CALENDAR, between, keep
from tests.kpis.office import ask as asked
from tests.world import event, minute

MONDAY = between(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC))


@pytest.fixture
def posted(lived: Terminal, store: Store) -> Terminal:
    """A terminal whose team posted Monday's resolution time in a channel."""
    answer = asked(store, "resolution", MONDAY)
    with store.writing() as session:
        keep_published(session, [published(session, answer, workspace=CALENDAR, where="channel C1")], answer.as_of)
    return lived


def test_nothing_moved(posted: Terminal) -> None:
    assert posted("restatements", "--since", "2026-11-01").out == "Every number that was posted is still the same.\n"


def test_a_number_that_moved_is_told_with_its_tickets(posted: Terminal, store: Store) -> None:
    keep(store, event(Kind.STATUS, minute(3_000), of="1", old=Status.SOLVED, new=Status.OPEN, actor="carla"))
    told = posted("restatements", "--since", "2026-11-01").out.splitlines()
    assert told[0].startswith("Full resolution time, ")
    assert "(n 6) was said on 2026-11-18 09:00 UTC in channel C1; it is 1 h 30 min (n 5)." in told[0]
    assert told[1:] == ["  desk 1: counted (2026-11-16 11:00 UTC, 5400), and no longer does"]
    (found,) = posted("restatements", "--since", "2026-11-01", "--json").json()
    assert (found["kpi"], found["said"]["n"], found["now"]["n"]) == ("resolution", 6, 5)
    assert found["moved"] == [
        {
            "source": "desk",
            "external_id": "1",
            "before": [{"at": "2026-11-16T11:00:00Z", "amount": 5400.0, "hit": None, "score": None}],
            "after": [],
        }
    ]


def test_a_day_that_is_none_is_refused(posted: Terminal) -> None:
    found = posted("restatements", "--since", "soon")
    assert (found.code, found.err) == (2, "'soon' is not a day. Write it as 2026-11-20.\n")
