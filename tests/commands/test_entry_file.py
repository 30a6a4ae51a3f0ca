"""Costs and customer counts by file: whole or not at all, twice with the same result, in any of the usual shapes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select

from bot.errors import BadInput
from bot.store.engine import Store
from bot.store.tables import Audit, Cost, CustomerCount
from commands.entry_file import Bringing, Brought, bring_costs, bring_customers
from tests.commands.room import Room, said

COSTS = 'period,amount,currency,channel,label\nFeb 2026,"12,500.50",USD,,\n2026-01,12000,,,\n2026-02,900,EUR,email,tools\n'
COUNTS = "first_day,last_day,customers,joined,lost\n2026-01-01,2026-03-31,1000,50,20\n2025-10-01,2025-12-31,900,120,20\n"


def bring(store: Store, how: Callable[..., Brought], text: str | bytes) -> Brought:
    room = Room(store=store)
    content = text if isinstance(text, bytes) else text.encode()
    with store.writing() as session:
        return how(session, content, Bringing(workspace=room.workspace, now=room.now, by="cx"))


def costs(store: Store) -> list[tuple[date, date, int, str, str, str]]:
    with store.reading() as session:
        return [
            (row.first_day, row.last_day, row.amount_cents, row.currency, row.channel, row.label)
            for row in session.exec(select(Cost).order_by(Cost.first_day, Cost.channel))
        ]


def test_a_file_is_kept_once_however_often_it_is_brought(sqlite_store: Store) -> None:
    assert bring(sqlite_store, bring_costs, COSTS) == Brought(new=3)
    kept = costs(sqlite_store)
    assert bring(sqlite_store, bring_costs, COSTS) == Brought(same=3)
    assert costs(sqlite_store) == kept
    assert kept == [
        (date(2026, 1, 1), date(2026, 1, 31), 1_200_000, "USD", "", ""),
        (date(2026, 2, 1), date(2026, 2, 28), 1_250_050, "USD", "", ""),
        (date(2026, 2, 1), date(2026, 2, 28), 90_000, "EUR", "email", "tools"),
    ]


def test_other_numbers_for_the_same_days_replace_the_old_ones(sqlite_store: Store) -> None:
    bring(sqlite_store, bring_costs, COSTS)

    assert bring(sqlite_store, bring_costs, "period,amount\n2026-01,1\n") == Brought(replaced=1)
    assert costs(sqlite_store)[0][2] == 100


@pytest.mark.parametrize(
    "text",
    [
        "Month;Amount\n2026-01;12.000,00\n",
        "\ufeffmonth,amount\r\n2026-01,12000\r\n\r\n",
        "QUARTER\tCOST\nJan 2026\t12 000\n",
        "from,to,total,whatever\n2026-01-01,2026-01-31,$12000,ignored\n",
    ],
)
def test_the_usual_shapes_of_a_file_are_read(sqlite_store: Store, text: str) -> None:
    assert bring(sqlite_store, bring_costs, text) == Brought(new=1)
    assert costs(sqlite_store)[0][:3] == (date(2026, 1, 1), date(2026, 1, 31), 1_200_000)


def test_what_was_brought_is_counted(sqlite_store: Store) -> None:
    bring(sqlite_store, bring_customers, COUNTS)
    room = Room(store=sqlite_store)

    assert "2.0%" in said(room.type("churn Q1 2026"))
    assert "98.0%" in said(room.type("retention Q1 2026"))
    with sqlite_store.reading() as session:
        assert [(row.at_start, row.joined, row.lost) for row in session.exec(select(CustomerCount))] == [
            (1000, 50, 20),
            (900, 120, 20),
        ]
        assert [(row.actor, row.action, row.detail["new"]) for row in session.exec(select(Audit)) if row.actor == "cx"] == [
            ("cx", "customers.imported", 2)
        ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2026-02,abc", "'abc' is no amount"),
        ("2026-02,", "'' is no amount"),
        ("2026-02,9e99", "'9e99' is no amount"),
        ("2026-04,5", "not over yet"),
        ("30 feb,5", "No calendar"),
        ("next month,5", "lies in the future"),
        ("gibberish,5", "I know no period"),
        ("2026-01,5", "line 3: the same days again"),
        ("Q1 2026,5", "shares days with line 2"),
    ],
)
def test_one_bad_line_keeps_the_whole_file_out_and_is_named(sqlite_store: Store, line: str, problem: str) -> None:
    with pytest.raises(BadInput) as raised:
        bring(sqlite_store, bring_costs, f"period,amount\n2026-01,5\n{line}\n")

    assert "line 3" in raised.value.what or "line 2" in raised.value.what
    assert problem in raised.value.what
    assert "nothing was kept" in raised.value.what
    assert costs(sqlite_store) == []


def test_days_shared_with_an_entry_that_is_there_are_refused(sqlite_store: Store) -> None:
    bring(sqlite_store, bring_costs, "period,amount\n2026-01,5\n")

    with pytest.raises(BadInput, match="shares days with the entry for Thu 1 - Sat 31 Jan 2026"):
        bring(sqlite_store, bring_costs, "period,amount\nQ1 2026,5\n")
    assert bring(sqlite_store, bring_costs, "period,amount,label\nQ1 2026,5,rent\n") == Brought(new=1)


def test_of_many_bad_lines_the_first_five_are_told(sqlite_store: Store) -> None:
    with pytest.raises(BadInput) as raised:
        bring(sqlite_store, bring_costs, "period,amount\n" + "2026-01,x\n" * 8)

    assert raised.value.what.startswith("8 of 8 lines cannot be used")
    assert raised.value.what.count("\nline ") == 5
    assert raised.value.what.endswith("and 3 more")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column"),
        (b"amount\n5\n", "no column period"),
        (b"period\n2026-01\n", "no column amount"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"\x00\x00", "no column"),
        (b'period,amount\n"2026-01', "cannot be used"),
        (b"period,amount,currency\n2026-01,5,dollars\n", "no currency"),
        (b"period,amount,channel\n2026-01,5,pigeon\n", "no channel"),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(sqlite_store: Store, content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        bring(sqlite_store, bring_costs, content)


@pytest.mark.parametrize("line", ["2026-01,100,1,101", "2026-01,x,1,1", "2026-01,100,1,", "2026-01,-1,0,0"])
def test_counts_that_cannot_be_are_refused(sqlite_store: Store, line: str) -> None:
    with pytest.raises(BadInput, match="line 2"):
        bring(sqlite_store, bring_customers, f"period,at_start,joined,lost\n{line}\n")
