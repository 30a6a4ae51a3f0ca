"""A month at the help desk, played against its clock: eight tickets whose every figure can be worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.rt.help_desk import HelpDesk

CARLA, DEV, EVE = (f"{name}@customer.example" for name in ("carla", "dev", "eve"))
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of January 2026."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def play(desk: HelpDesk) -> None:
    """Every kind of thing that happens to a ticket."""
    first_week(desk)
    second_half(desk)


def first_week(desk: HelpDesk) -> None:
    """Tickets 1 to 3: answered, solved, one reopened by its customer and passed on, one answered late, one moved."""
    ana, bo = _Agent(desk, "ana"), _Agent(desk, "bo")
    assert desk.create(CARLA) == "1"
    ana.change(at(5, 9, 5), 1, SLA="Standard", CustomFields={"Category": "invoice", "Channel": "email"})
    ana.take(at(5, 9, 30), 1)
    ana.reply(at(5, 10), 1, minutes=10)
    bo.note(at(5, 10, 30), 1, minutes=5)
    desk.at(at(5, 12))
    assert desk.create(DEV) == "2"
    ana.change(at(5, 12, 10), 2, SLA="Standard", CustomFields={"Category": "refund", "Channel": "email"})
    ana.take(at(5, 14, 59), 2)
    ana.reply(at(5, 15), 2, minutes=15)
    ana.change(at(5, 16), 2, Status="stalled")
    ana.change(at(6, 9), 1, Status="resolved")
    desk.at(at(6, 10))
    desk.answer(DEV, "2")
    bo.reply(at(6, 11), 2, minutes=5)
    ana.change(at(6, 12), 2, Status="resolved")
    ana.change(at(6, 13), 2, CustomFields={"CSAT": "2"})
    ana.change(at(6, 14), 2, CustomFields={"CSAT": "4"})
    desk.at(at(6, 15))
    desk.answer(CARLA, "1")
    ana.change(at(6, 15, 30), 1, Owner="bo")
    bo.reply(at(6, 16), 1, minutes=20)
    desk.at(at(7, 8))
    assert desk.create(EVE) == "3"
    bo.change(at(7, 9), 3, Queue="Technical", Priority=100, CustomFields={"Category": "invoice", "Channel": "phone"})
    bo.take(at(7, 9), 3)
    bo.reply(at(7, 10), 3, minutes=30)
    bo.change(at(7, 10, 30), 3, Status="resolved")
    bo.change(at(7, 11), 3, CustomFields={"CSAT": "5"})


def second_half(desk: HelpDesk) -> None:
    """Tickets 4 to 8: one merged into another, one deleted, one that nobody answers, one rejected with a note only."""
    ana, bo = _Agent(desk, "ana"), _Agent(desk, "bo")
    bo.change(at(8, 9), 1, Status="resolved")
    assert desk.create(DEV) == "4"
    desk.at(at(8, 9, 10))
    assert desk.create(DEV) == "5"
    ana.change(at(8, 9, 30), 5, MergeInto=4)
    ana.reply(at(8, 10), 4, minutes=10)
    desk.at(at(9, 9))
    assert desk.create(EVE) == "6"
    bo.change(at(9, 9, 10), 6, Status="deleted")
    desk.at(at(20, 9))
    assert desk.create(CARLA) == "7"
    ana.change(at(20, 9, 5), 7, SLA="Standard")
    desk.at(at(21, 9))
    assert desk.create(CARLA) == "8"
    bo.note(at(21, 10), 8)
    bo.change(at(21, 11), 8, Status="rejected")


class _Agent:
    """What one of the staff does, each at its instant."""

    def __init__(self, desk: HelpDesk, name: str) -> None:
        self.desk, self.name = desk, name

    def change(self, now: datetime, ticket: int, **fields: Any) -> None:
        self.desk.at(now)
        self.desk.change(self.name, str(ticket), **fields)

    def take(self, now: datetime, ticket: int) -> None:
        self.desk.at(now)
        self.desk.ask(self.name, "PUT", f"/ticket/{ticket}/take", {})

    def reply(self, now: datetime, ticket: int, minutes: int) -> None:
        self.desk.at(now)
        self.desk.reply(self.name, str(ticket), minutes)

    def note(self, now: datetime, ticket: int, minutes: int = 0) -> None:
        self.desk.at(now)
        self.desk.note(self.name, str(ticket), minutes)
