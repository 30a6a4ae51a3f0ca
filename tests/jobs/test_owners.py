"""What somebody asked for does not end with them: an admin gets it, and hears of it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import select

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.slots import daily
from bot.store.engine import Store
from bot.store.subscriptions import cadence_json
from bot.store.tables import Alert, Audit, Outbox, Subscription
from bot.store.workspace import change_setting
from jobs.job import Tick
from jobs.owners import hand_over

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off")) as running:
        yield running


@pytest.fixture
def sandbox(workspace: Sandbox) -> Iterator[Sandbox]:
    people = workspace._world.workspace.users
    yield workspace
    for person in people.values():
        person.deleted = False
    workspace.control.restore()
    workspace.control.clear_faults()


def leave(sandbox: Sandbox, *names: str) -> None:
    """Deactivate members."""
    for name in names:
        sandbox._world.workspace.users[name].deleted = True


def look(store: Store, sandbox: Sandbox, now: datetime = NOW, admins: str = "U0LENA") -> int:
    slack = Slack(sandbox.bot_token, sandbox.api_url, timeout_s=5)
    return hand_over(Tick(now=now, store=store, settings=read_settings({"CX_ADMINS": admins} if admins else {}), slack=slack))


def wanted(store: Store, owner: str = "U0ANA") -> None:
    """A digest for a channel, one for oneself, and an alert."""
    with store.writing() as session:
        for channel in ("C0DIGEST", owner):
            session.add(
                Subscription(
                    kind="digest", channel_id=channel, cadence=cadence_json(daily(time(9))), zone="UTC", owner=owner,
                    created_at=NOW, seen_until=NOW,
                )
            )  # fmt: skip
        session.add(Alert(channel_id="C0SUPPORT", owner=owner, text="backlog > 300", rule={}, created_at=NOW))


def told(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(row.channel_id, str(row.payload["text"])) for row in session.exec(select(Outbox))]


def standing(store: Store) -> dict[str, tuple[str, bool, str | None]]:
    with store.reading() as session:
        rows = [*session.exec(select(Subscription)), *session.exec(select(Alert))]
        return {row.channel_id: (row.owner, row.enabled, row.paused_reason) for row in rows}


def test_an_admin_gets_all_of_it_and_hears_once_what_goes_on(store: Store, sandbox: Sandbox) -> None:
    wanted(store)
    leave(sandbox, "U0ANA")

    assert look(store, sandbox) == 3
    assert look(store, sandbox, NOW + timedelta(minutes=30)) == 0

    assert standing(store) == {
        "C0DIGEST": ("U0LENA", True, None),
        "C0SUPPORT": ("U0LENA", True, None),
        "U0ANA": ("U0LENA", False, "user_gone"),
    }
    [(admin, text)] = told(store)
    assert admin == "U0LENA"
    assert text.startswith("<@U0ANA> is not in this workspace any more. What they asked for is yours now")
    assert "• digest daily 09:00, <#C0DIGEST>\n• digest daily 09:00, <@U0ANA>, paused\n" in text
    assert "• alert `backlog &gt; 300`, <#C0SUPPORT>\n" in text
    assert "`/cx list`" in text
    with store.reading() as session:
        assert session.exec(select(Audit.detail)).one() == {"owner": "U0ANA", "heir": "U0LENA", "count": 3}


def test_who_is_there_keeps_it(sqlite_store: Store, sandbox: Sandbox) -> None:
    wanted(sqlite_store)

    assert look(sqlite_store, sandbox) == 0
    assert told(sqlite_store) == []


def test_while_slack_cannot_be_asked_nobody_is_gone(sqlite_store: Store, sandbox: Sandbox) -> None:
    wanted(sqlite_store)
    leave(sandbox, "U0ANA")
    sandbox.control.revoke()

    assert look(sqlite_store, sandbox) == 0
    assert standing(sqlite_store)["C0DIGEST"][0] == "U0ANA"


def test_an_admin_who_left_too_is_passed_over(sqlite_store: Store, sandbox: Sandbox) -> None:
    wanted(sqlite_store)
    with sqlite_store.writing() as session:
        change_setting(session, "admins", ["U0LENA"], now=NOW, by="U0BO")
    leave(sandbox, "U0ANA")

    assert look(sqlite_store, sandbox, admins="U0ANA") == 3
    assert told(sqlite_store)[0][0] == "U0LENA"


def test_without_an_admin_it_stays_where_it_is_and_the_log_says_so(
    sqlite_store: Store, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    wanted(sqlite_store)
    leave(sandbox, "U0ANA")

    assert look(sqlite_store, sandbox, admins="") == 0
    assert "name one in CX_ADMINS" in caplog.text
    assert standing(sqlite_store)["C0DIGEST"][:2] == ("U0ANA", True)
