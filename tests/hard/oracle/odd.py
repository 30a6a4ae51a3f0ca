"""Lives made by hand, one for each place where a rule turns: the very second of a target, a relayed word, a restored ticket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.hard.oracle.lives import Comment, Life, Update

TUESDAY = datetime(2026, 1, 13, 15, 0, tzinfo=UTC)
BO, CY, API, CUSTOMER = 1010, 1011, 1040, 2001
FRESH = {"status": "new", "priority": "normal", "tags": ()}
Line = tuple[timedelta, int, dict[str, Any], Comment | None, str]
Told = tuple[int, int, list[Line]]


def odd_lives() -> list[Life]:
    """One life a rule; numbers and audit ids follow those of the made-up ones."""
    audits = count(9_900_001)
    told = [
        _at_the_target(0),
        _at_the_target(1),
        _hurried(),
        _own(),
        _relayed(),
        _by_phone(),
        _restored(),
        _back(7, 1),
        _back(7, -60),
    ]
    lives = []
    for number, (submitter, requester, lines) in enumerate(told, 901):
        updates = [
            Update(id=next(audits), at=TUESDAY + after, actor=actor, via="web", changes=changes, comment=said, mark=mark)
            for after, actor, changes, said, mark in lines
        ]
        lives.append(
            Life(
                id=number,
                requester=requester,
                submitter=submitter,
                channel="web",
                type="question",
                updates=tuple(updates),
            )
        )
    return lives


def _at_the_target(late: int) -> Told:
    """Eight open hours run from Tuesday 10:00 to Wednesday 09:30 in New York: then it is met, a second later broken."""
    reply = timedelta(hours=23, minutes=30, seconds=late)
    return CUSTOMER, CUSTOMER, [_opened(), (reply, BO, {"status": "pending"}, _public(BO), "")]


def _hurried() -> Told:
    """Two open hours have run when the ticket becomes urgent, which promises one: broken at that moment."""
    lines = [_opened(priority="low"), (timedelta(hours=2), BO, {"priority": "urgent"}, None, "")]
    return CUSTOMER, CUSTOMER, [*lines, (timedelta(hours=3), BO, {"status": "open"}, _public(BO), "")]


def _own() -> Told:
    """An agent asks for help on a ticket of their own: what they say there is a customer's word."""
    lines: list[Line] = [(timedelta(), BO, FRESH, _public(BO), ""), (timedelta(minutes=5), BO, {}, _public(BO), "")]
    return BO, BO, [*lines, (timedelta(minutes=9), CY, {"status": "open", "assignee_id": CY}, _public(CY), "")]


def _relayed() -> Told:
    """An integration writes down what the customer said: the word is the customer's, whoever carried it."""
    lines: list[Line] = [(timedelta(), API, FRESH, _public(CUSTOMER), ""), (timedelta(hours=1), API, {}, _public(CUSTOMER), "")]
    return CUSTOMER, CUSTOMER, [*lines, (timedelta(hours=2), BO, {"status": "solved"}, _public(BO), "")]


def _by_phone() -> Told:
    """Written down when the call was over and all was done."""
    state = {"status": "solved", "priority": "high", "tags": (), "assignee_id": BO, "group_id": 501}
    return BO, CUSTOMER, [(timedelta(), BO, state, _public(BO), "")]


def _restored() -> Told:
    """Deleted by mistake while solved, and brought back: neither solved again nor reopened."""
    lines: list[Line] = [_opened(), (timedelta(hours=1), BO, {"status": "solved"}, _public(BO), "")]
    gone = (timedelta(hours=30), CY, {"status": "deleted"}, None, "delete")
    return CUSTOMER, CUSTOMER, [*lines, gone, (timedelta(hours=50), CY, {"status": "solved"}, None, "restore")]


def _back(days: int, seconds: int) -> Told:
    """Reopened by an agent around the seventh day after the solve, and solved again without a word."""
    again = timedelta(hours=1, days=days, seconds=seconds)
    lines: list[Line] = [_opened(), (timedelta(hours=1), BO, {"status": "solved"}, _public(BO), "")]
    reopened = (again, CY, {"status": "open"}, None, "")
    return CUSTOMER, CUSTOMER, [*lines, reopened, (again + timedelta(hours=4), CY, {"status": "solved"}, None, "")]


def _opened(**changes: Any) -> Line:
    return timedelta(), CUSTOMER, {**FRESH, **changes}, _public(CUSTOMER), ""


def _public(author: int) -> Comment:
    return Comment(author=author, public=True)
