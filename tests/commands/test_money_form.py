"""The forms for costs and customers: what is submitted is kept as if it had been typed, or marked where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import Cost, CustomerCount
from bot.views.check import check_view
from commands.command import Asker, Click, Reply
from commands.money_form import ACTIONS
from tests.commands.room import ANA, LENA, STRANGER, Room, buttons, said


def press(room: Room, action: str, by: Asker = LENA, **fields: str) -> Reply:
    """A press, or a form submitted with these fields, shaped as Slack does."""
    state: dict[str, Any] = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in fields.items()}
    if "channel" in fields:
        state["channel"] = {"channel": {"type": "static_select", "selected_option": {"value": fields["channel"]}}}
    found = next(one for one in ACTIONS if one.action == action)
    with room.store.writing() as session:
        return found.run(
            Click(action=action, value="v1", now=room.now, session=session, workspace=room.workspace, asker=by, state=state)
        )


@pytest.mark.parametrize(("command", "action"), [("cost", "enter_cost"), ("customers", "enter_customers")])
def test_the_command_alone_offers_the_form(empty: Room, command: str, action: str) -> None:
    assert action in [str(one["action_id"]) for one in buttons(empty.type(command))]
    view = press(empty, action).modal
    assert view is not None
    assert check_view(view) == []
    assert view["callback_id"] in [one.action for one in ACTIONS]


def test_a_submitted_cost_is_kept_and_counted(empty: Room) -> None:
    reply = press(empty, "cost_entered", period="Mar 2026", amount="50k", channel="email")

    assert "$50,000.00 for email" in said(reply)
    with empty.store.reading() as session:
        assert [(row.amount_cents, row.channel, row.currency) for row in session.exec(select(Cost))] == [
            (5_000_000, "email", "USD")
        ]
    assert [row[:2] for row in empty.audit()] == [("U0LENA", "cost.entered")]


def test_submitted_customers_are_kept(empty: Room) -> None:
    reply = press(empty, "customers_entered", period="Q1 2026", at_start="1,000", joined="", lost="20")

    assert "1,000 at the start, 0 joined, 20 lost" in said(reply)
    with empty.store.reading() as session:
        assert [(row.at_start, row.lost) for row in session.exec(select(CustomerCount))] == [(1000, 20)]
    assert "2.0%" in said(empty.type("churn Q1 2026"))


@pytest.mark.parametrize(
    ("action", "fields", "field", "says"),
    [
        ("cost_entered", {"period": "Mar 2026", "amount": "much"}, "amount", "I see no amount"),
        ("cost_entered", {"period": "Mar 2026", "amount": "5 EUR"}, "amount", "Costs are kept in USD"),
        ("cost_entered", {"period": "someday", "amount": "5"}, "period", "I know no period"),
        ("cost_entered", {"period": "", "amount": "5"}, "period", "For which days?"),
        ("cost_entered", {"period": "this month", "amount": "5"}, "period", "not over yet"),
        ("cost_entered", {"period": "next month", "amount": "5"}, "period", "lies in the future"),
        ("customers_entered", {"period": "Q1 2026", "at_start": "5", "joined": "0", "lost": "9"}, "at_start", "cannot be"),
        ("customers_entered", {"period": "Q1 2026", "at_start": "many", "lost": "9"}, "at_start", "I don't know"),
        ("customers_entered", {}, "period", "For which days?"),
    ],
)
def test_the_field_that_cannot_be_used_says_why(empty: Room, action: str, fields: dict[str, str], field: str, says: str) -> None:
    reply = press(empty, action, **fields)

    assert list(reply.errors) == [field]
    assert says in reply.errors[field]
    assert empty.audit() == []


@pytest.mark.parametrize("action", [one.action for one in ACTIONS])
def test_only_admins_enter_anything(empty: Room, action: str) -> None:
    for asker in (ANA, STRANGER):
        reply = press(empty, action, asker, period="Mar 2026", amount="5", at_start="5", lost="1")
        assert reply.modal is None
        assert reply.errors or said(reply)
    with empty.store.reading() as session:
        assert session.exec(select(Cost)).all() == []


@pytest.mark.parametrize("state", [{}, {"period": None}, {"period": {"period": {}}}, {"amount": {"amount": {"value": 5}}}])
def test_a_form_we_never_made_is_answered(sqlite_store: Store, state: dict[str, Any]) -> None:
    room = Room(store=sqlite_store)
    with room.store.writing() as session:
        for one in ACTIONS:
            click = Click(
                action=one.action, value="", now=room.now, session=session, workspace=room.workspace, asker=LENA, state=state
            )
            reply = one.run(click)
            assert reply.errors or reply.modal
