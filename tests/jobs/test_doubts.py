"""Where a channel cannot be read, a person says whether a message arrived; nobody guesses, and it is never sent twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.settings import read_settings
from bot.slack.port import Slack
from bot.slots import daily
from bot.store import outbox
from bot.store.engine import Store
from bot.store.outbox import Letter
from bot.store.subscriptions import cadence_json
from bot.store.tables import Audit, Outbox, Subscription
from bot.store.workspace import Workspace
from bot.views.doubt import AGAIN, ARRIVED
from commands import ACTIONS
from commands.command import Asker, Click, Reply
from jobs.doubts import PATIENCE, ask_about_doubts
from jobs.job import Tick

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + PATIENCE + timedelta(minutes=1)
NASTY = "<!channel> *Backlog* 312 " + "x" * 300


def doubted(store: Store, key: str = "digest:1:2026-11-23T09:00:0", error: str = "history: missing_scope") -> str:
    """A message whose answer was lost, in a channel that cannot be read, with another one that belongs under it."""
    with store.writing() as session:
        kept = Letter(dedupe_key=key, kind="digest", channel_id="C0DIGEST", payload={"text": NASTY})
        message_id = outbox.enqueue(session, kept, NOW)
        assert message_id is not None
        below = Letter(
            dedupe_key=f"{key}:thread", kind="digest", channel_id="C0DIGEST", payload={"text": "y"}, parent_id=message_id
        )
        outbox.enqueue(session, below, NOW)
    with store.writing() as session:
        [claim] = outbox.claim_ready(session, NOW, limit=1)
        assert outbox.settle_uncertain(session, claim, error=error, again_at=NOW + timedelta(days=1))
    return message_id


def beat(store: Store, folder: Path, at: datetime = LATER, admins: str = "U0ADMIN") -> int:
    settings = read_settings({"CX_HOME": str(folder), "CX_ADMINS": admins})
    return ask_about_doubts(Tick(now=at, store=store, settings=settings, slack=Slack("xoxb-1", "http://127.0.0.1:9/api/")))


def press(store: Store, action: str, message_id: str, user: str = "U0ADMIN", *, admin: bool = False) -> Reply:
    [known] = [one for one in ACTIONS if one.action == action]
    asker = Asker(user_id=user, team_id="T1", channel_id="D1", is_admin=admin)
    with store.writing() as session:
        return known.run(Click(action=action, value=message_id, now=LATER, session=session, workspace=Workspace(), asker=asker))


def states(store: Store) -> dict[str, str]:
    with store.reading() as session:
        return {row.dedupe_key: str(row.state) for row in session.exec(select(Outbox))}


def subscribe(store: Store) -> None:
    with store.writing() as session:
        session.add(
            Subscription(
                id=1, kind="digest", channel_id="C0DIGEST", cadence=cadence_json(daily(time(9))), zone="UTC", owner="U0LENA",
                created_at=NOW, seen_until=NOW,
            )
        )  # fmt: skip


@pytest.fixture
def subscribed(store: Store) -> None:
    subscribe(store)


def test_its_owner_is_asked_once_and_not_at_once(store: Store, tmp_path: Path, subscribed: None) -> None:
    message_id = doubted(store)
    assert beat(store, tmp_path, NOW + timedelta(minutes=9)) == 0
    assert [beat(store, tmp_path), beat(store, tmp_path)] == [1, 0]
    with store.reading() as session:
        letter = session.exec(select(Outbox).where(Outbox.dedupe_key == f"doubt:{message_id}:U0LENA")).one()
    assert letter.channel_id == "U0LENA"
    assert "<#C0DIGEST>" in letter.payload["text"]
    assert "<!channel>" not in letter.payload["text"]
    assert [one["value"] for one in letter.payload["blocks"][1]["elements"]] == [message_id, message_id]


def test_what_is_nobodys_goes_to_the_admins_and_a_question_asks_about_no_question(sqlite_store: Store, tmp_path: Path) -> None:
    message_id = doubted(sqlite_store, key="case:1")
    assert beat(sqlite_store, tmp_path, admins="") == 0
    assert beat(sqlite_store, tmp_path, admins="U1,U2") == 2
    with sqlite_store.writing() as session:
        [claim] = outbox.claim_ready(session, LATER, limit=1)
        outbox.settle_uncertain(session, claim, error="history: missing_scope", again_at=LATER + timedelta(days=1))
    assert beat(sqlite_store, tmp_path, LATER + timedelta(hours=1), admins="U1,U2") == 0
    assert states(sqlite_store)["case:1"] == "uncertain"
    assert message_id


def test_a_doubt_that_can_be_settled_by_reading_is_nobodys_affair(sqlite_store: Store, tmp_path: Path) -> None:
    doubted(sqlite_store, error="timeout")
    assert beat(sqlite_store, tmp_path) == 0


def test_it_arrived_and_is_not_sent_again_nor_what_belonged_under_it(store: Store, tmp_path: Path, subscribed: None) -> None:
    message_id = doubted(store)
    beat(store, tmp_path)
    reply = press(store, ARRIVED, message_id, "U0LENA")
    assert reply.replaces
    assert states(store)["digest:1:2026-11-23T09:00:0"] == "sent"
    assert states(store)["digest:1:2026-11-23T09:00:0:thread"] == "cancelled"
    assert reply.message is not None
    assert "not sent again" in reply.message.text
    with store.reading() as session:
        assert session.exec(select(Audit.action)).all() == ["message.arrived"]


def test_it_did_not_arrive_and_is_sent_once(store: Store, tmp_path: Path, subscribed: None) -> None:
    message_id = doubted(store)
    beat(store, tmp_path)
    with store.writing() as session:
        [looking] = outbox.claim_doubtful(session, NOW + timedelta(days=2), limit=1)
    press(store, AGAIN, message_id, "U0LENA")
    second = press(store, AGAIN, message_id, "U0LENA")
    assert second.message is not None
    assert "before" in second.message.text
    with store.writing() as session:
        assert not outbox.settle_missing(session, looking, LATER), "whoever still looks for it has lost it"
        claims = outbox.claim_ready(session, LATER, limit=9)
    assert [claim.id for claim in claims if claim.channel_id == "C0DIGEST"] == [message_id]


def test_only_who_was_asked_or_an_admin_decides(sqlite_store: Store, tmp_path: Path) -> None:
    subscribe(sqlite_store)
    message_id = doubted(sqlite_store)
    beat(sqlite_store, tmp_path)
    told = press(sqlite_store, AGAIN, message_id, "U0MALLORY").message
    assert told is not None
    assert "Only who was asked" in told.text
    assert states(sqlite_store)["digest:1:2026-11-23T09:00:0"] == "uncertain"
    press(sqlite_store, ARRIVED, message_id, "U0BOSS", admin=True)
    assert states(sqlite_store)["digest:1:2026-11-23T09:00:0"] == "sent"
