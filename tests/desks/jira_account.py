"""A site of Jira Service Management, ready to be read in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.store.words import Status
from tests.desks.account import Account
from tests.desks.jira_standin import EMAIL, TOKEN, JiraStandIn


@contextmanager
def jira_account() -> Iterator[Account]:
    """Fifteen answered requests, more than two pages in one minute; one solved, reopened, passed on and rated."""
    with JiraStandIn() as desk:
        names = [desk.create("carla" if number % 2 else "dev") for number in range(15)]
        desk.now += 60
        for name in names:
            desk.own(name, "ana", "ana")
            desk.say(name, "ana")
            desk.move(name, "ana", "2")
        first, second = names[:2]
        desk.now += 600
        desk.say(first, "bo", public=False)
        desk.move(first, "ana", "4")
        desk.now += 600
        desk.say(first, "dev")
        desk.move(first, "dev", "2")
        desk.own(first, "ana", "bo")
        desk.say(first, "robot")
        desk.move(second, "ana", "3")
        desk.now += 600
        desk.move(first, "bo", "4")
        desk.promise(first, "Time to first response", 3600, stopped=60)
        desk.promise(first, "Time to resolution", 600, stopped=1860)
        desk.promise(second, "Time to resolution", 900, stopped=None)
        desk.promise(second, "Time to lunch", 900, stopped=None)
        desk.stars[first] = 4

        def spoil() -> str:
            desk.issues[names[5]]["created"] = "yesterday"
            return names[5]

        yield Account(
            settings={"url": desk.url, "email": EMAIL, "token": TOKEN},
            now=datetime.fromtimestamp(desk.now + 3600, UTC),
            server=desk,
            spoil=spoil,
            statuses={first: Status.SOLVED, second: Status.PENDING, **dict.fromkeys(names[2:], Status.OPEN)},
            events=15 * 4 + 8 + 4,
            secrets=(TOKEN,),
            words=("canary-words",),
        )
