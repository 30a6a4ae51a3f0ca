"""Once a night a desk's list of all its tickets shows which of them are gone; a list that breaks off shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.desk import Cursor, Desk, Fact, Page, Pull
from bot.errors import DeskUnavailable
from bot.store.engine import Store
from bot.store.records import Record
from bot.store.tables import DeskCursor, TicketEvent, TicketFact, table_of
from bot.store.words import Kind, Status
from bot.store.workspace import change_setting
from jobs.sync import Progress, Reading, sync
from tests.world import CAST, MONDAY, NOW, event, minute, ticket

NIGHT = timedelta(days=1)
TOLD: tuple[Record, ...] = (*CAST, *(ticket(name) for name in "123"))
Lists = Callable[[], Iterator[Sequence[str]]]


class Shop:
    """A desk that tells its tickets once, and lists those it has whenever it is asked."""

    def __init__(self, *lists: Sequence[Sequence[str] | None]) -> None:
        self.lists, self.listed = list(lists), 0
        self.records: tuple[Record, ...] = TOLD

    def pull(self, asked: Pull) -> Iterator[Page]:
        if asked.stream == "tickets":
            yield Page(records=self.records, cursor=Cursor(data={"next": 1}), more=False)

    def ids(self, _: Pull) -> Iterator[Sequence[str]]:
        pages = self.lists[min(self.listed, len(self.lists) - 1)]
        self.listed += 1
        for page in pages:
            if page is None:
                raise DeskUnavailable("The desk does not answer.")
            yield page

    def desk(self) -> Desk:
        return Desk(
            slug="shop", name="Shop", says="A desk of the tests.", knows=frozenset(Fact), pull=self.pull,
            check=lambda _: (), streams=("hints", "tickets"), ids=self.ids,
        )  # fmt: skip


def night(store: Store, shop: Shop, at: datetime = NOW + NIGHT, **changes: Any) -> list[Progress]:
    facts = {"store": store, "desk": shop.desk(), "settings": {}, "profile": "articles"}
    return sync(Reading(**{**facts, "now": at, **changes}))


def excluded(store: Store) -> dict[str, str | None]:
    fact = table_of(TicketFact).c
    with store.reading() as session:
        return {row[0]: row[1] for row in session.execute(select(fact.external_id, fact.excluded))}


def test_a_ticket_that_is_in_no_list_any_more_was_deleted_at_the_instant_it_was_missed(store: Store) -> None:
    shop = Shop([["1"], ["3"]])
    night(store, shop, NOW)
    assert (shop.listed, excluded(store)) == (0, {"1": None, "2": None, "3": None})
    night(store, shop)
    assert excluded(store) == {"1": None, "2": "deleted", "3": None}
    with store.reading() as session:
        (told,) = session.execute(select(table_of(TicketEvent)).where(table_of(TicketEvent).c.key.startswith("vanished"))).all()
    assert (told.at, told.after, told.derived) == (NOW + NIGHT, MONDAY, True)


def test_a_list_is_asked_for_once_a_night_and_twice_only_where_something_is_missing(store: Store) -> None:
    shop = Shop(["123"])
    for minutes in (0, 1, 60 * 24, 60 * 24 + 1, 60 * 30):
        night(store, shop, NOW + timedelta(minutes=minutes))
    assert shop.listed == 1


def test_a_night_begins_at_two_where_the_workspace_is(store: Store) -> None:
    shop = Shop(["123"])
    with store.writing() as session:
        change_setting(session, "zone", "Asia/Tokyo", now=NOW, by="U1")
    night(store, shop, NOW)
    night(store, shop, NOW.replace(hour=16, minute=59))
    assert shop.listed == 0
    night(store, shop, NOW.replace(hour=17))
    assert shop.listed == 1


@pytest.mark.parametrize("pages", [["1", None], [], [[]]])
def test_a_list_that_was_cut_short_deletes_nothing(store: Store, pages: list[Any]) -> None:
    shop = Shop(pages)
    night(store, shop, NOW)
    night(store, shop)
    assert set(excluded(store).values()) == {None}


def test_a_desk_that_breaks_off_is_asked_again_an_hour_later_and_not_at_each_sync(store: Store) -> None:
    shop = Shop([["1"], None])
    night(store, shop, NOW)
    (refused,) = [step for step in night(store, shop) if step.refused]
    assert "does not answer" in (refused.refused or "")
    night(store, shop, NOW + NIGHT + timedelta(minutes=1))
    assert shop.listed == 1
    night(store, shop, NOW + NIGHT + timedelta(hours=1))
    assert shop.listed == 2


def test_a_row_that_slipped_to_another_page_while_the_list_was_read_has_not_vanished(store: Store) -> None:
    shop = Shop(["13"], ["123"])
    night(store, shop, NOW)
    night(store, shop)
    assert (shop.listed, set(excluded(store).values())) == (2, {None})


def test_asked_to_stop_it_believes_no_list(store: Store) -> None:
    shop = Shop([["1"], ["2"], ["3"]])
    night(store, shop, NOW)
    answers = iter([False] * 4)
    night(store, shop, stopping=lambda: next(answers, True))
    assert set(excluded(store).values()) == {None}


def test_what_is_listed_again_is_back_as_it_was(store: Store) -> None:
    shop = Shop(["13"], ["13"], ["123"])
    night(store, shop, NOW)
    night(store, shop)
    assert excluded(store)["2"] == "deleted"
    night(store, shop, NOW + 2 * NIGHT)
    assert excluded(store)["2"] is None
    night(store, shop, NOW + 3 * NIGHT)
    assert excluded(store)["2"] is None


def test_a_ticket_we_never_heard_of_is_put_on_the_list_of_those_to_look_at(store: Store) -> None:
    shop = Shop([["1", "2", "3", "77"]])
    night(store, shop, NOW)
    night(store, shop)
    with store.reading() as session:
        row = session.get(DeskCursor, ("shop", "hints"))
        assert row is not None
        assert row.data["tickets"] == ["77"]


def test_what_is_known_to_be_gone_is_not_missed(store: Store) -> None:
    shop = Shop(["13"])
    shop.records = (*TOLD, event(Kind.STATUS, minute(5), of="2", old=Status.OPEN, new=Status.DELETED))
    night(store, shop, NOW)
    night(store, shop)
    assert shop.listed == 1
