"""Names: no two rows of an answer look the same, and each can be asked for alone."""

from __future__ import annotations

from bot.kpis.names import shared_name
from bot.store.engine import Store
from bot.store.records import AgentRecord, TeamRecord
from tests.kpis.office import by, days, keep, say, ticket
from tests.world import CAST, MONDAY

WEEK = days(MONDAY.replace(hour=0), 7)


def busy(store: Store) -> None:
    keep(store, *CAST, TeamRecord(external_id="b", name="Refunds"), ticket("1", team="b"), ticket("2", team="b"))
    keep(store, *CAST, TeamRecord(external_id="b", name="Refunds"), ticket("1", team="b"), source="other")


def test_teams_of_one_name_in_two_sources_are_told_apart(store: Store) -> None:
    busy(store)
    rows = by(say(store, "volume this week by team"))

    assert {label: figure.n for label, figure in rows.items()} == {"Refunds (desk)": 2, "Refunds (other)": 1}


def test_a_shared_name_asks_for_all_of_them_and_a_label_for_one(store: Store) -> None:
    busy(store)

    assert say(store, "volume this week team:refunds").figure.n == 3
    assert say(store, 'volume this week team:"Refunds (other)"').figure.n == 1
    assert say(store, "volume this week refunds").figure.n == 3
    assert say(store, 'volume this week -team:"Refunds (other)"').figure.n == 2


def test_twins_within_a_source_are_told_apart_by_their_number(store: Store) -> None:
    keep(store, *CAST, *(AgentRecord(external_id=number, name="Kim") for number in ("41", "42")))
    keep(store, ticket("1", agent="41"), ticket("2", agent="42"))

    assert set(by(say(store, "volume this week by agent"))) == {"Kim (desk 41)", "Kim (desk 42)"}


def test_a_name_is_found_in_its_label() -> None:
    assert shared_name("Billing (desk)") == "Billing"
    assert shared_name("Billing") == "Billing"
    assert shared_name("VIP (gold) (desk 4)") == "VIP (gold)"
