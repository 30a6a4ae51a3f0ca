"""Webhooks are hints: signed or refused, noted once, and what they name is read by the normal fetch."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.desks.desk import Delivery
from bot.desks.zendesk import ZENDESK
from bot.desks.zendesk_hints import INVOCATION, SIGNATURE, STAMP, hints
from bot.settings import read_settings
from bot.store.engine import Store
from bot.store.tables import DeskCursor, Ticket, table_of
from bot.web.hints import HintDoor
from jobs.sync_hints import MOST, take_hint
from tests.desks.accounts import Account
from tests.desks.engine import read
from tests.desks.zendesk_standin import ANA, CARLA, EMAIL, TOKEN, ZendeskStandIn

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "webhook-canary"
SETTINGS = {"webhook_secret": SECRET}
PATHS = ("/desks/{slug}/hint", "/desks/{slug}/hint/{secret}")
"""The second is for desks that can set no header: their secret stands at the end of the address."""


def delivery(document: Any, *, at: datetime = NOW, secret: str = SECRET, **headers: str) -> Delivery:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = b64encode(hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()).decode()
    return Delivery(headers={SIGNATURE: signature, STAMP: stamp, **headers}, body=body, now=NOW)


def waiting(store: Store) -> list[str]:
    with store.reading() as session:
        row = session.get(DeskCursor, ("zendesk", "hints"))
        return list(row.data["tickets"]) if row else []


@pytest.mark.parametrize(
    "document",
    [{"subject": "zen:ticket:35"}, {"ticket_id": "35"}, {"ticket": {"id": 35}}, {"type": "x", "detail": {"id": "35"}}],
)
def test_a_signed_delivery_names_its_ticket(document: dict[str, Any]) -> None:
    hint = hints(SETTINGS, delivery(document))
    assert hint is not None
    assert hint.tickets == ("35",)


@pytest.mark.parametrize(
    "document", [{}, [], "x", {"ticket_id": "all"}, {"ticket_id": "9" * 40}, b"not json", b"[" * 5000, {"id": None}]
)
def test_a_delivery_that_names_none_hints_at_nothing(document: Any) -> None:
    hint = hints(SETTINGS, delivery(document))
    assert hint is not None
    assert hint.tickets == ()


def test_whoever_cannot_sign_is_refused() -> None:
    good = delivery({"ticket_id": 35})
    assert hints(SETTINGS, delivery({"ticket_id": 35}, secret="other")) is None
    assert hints({}, good) is None
    assert hints(SETTINGS, replace(good, body=good.body + b" ")) is None
    assert hints(SETTINGS, replace(good, headers={})) is None
    assert hints(SETTINGS, replace(good, headers={**good.headers, SIGNATURE: "\udce9"})) is None


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 400])
def test_what_was_signed_long_ago_or_in_the_future_is_refused(minutes: int) -> None:
    assert hints(SETTINGS, delivery({"ticket_id": 35}, at=NOW + timedelta(minutes=minutes))) is None


@given(st.binary(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_nonsense_is_refused_and_never_raises(body: bytes, signature: str, stamp: str) -> None:
    headers = {SIGNATURE: signature, STAMP: stamp}
    assert hints(SETTINGS, Delivery(headers=headers, body=body, now=NOW)) is None


def test_a_delivery_that_comes_twice_is_noted_once(store: Store) -> None:
    first = delivery({"ticket_id": 1}, **{INVOCATION: "a"})
    assert take_hint(store, ZENDESK, SETTINGS, first)
    assert take_hint(store, ZENDESK, SETTINGS, delivery({"ticket_id": 2}, **{INVOCATION: "b"}))
    with store.writing() as session:
        row = session.get(DeskCursor, ("zendesk", "hints"))
        assert row is not None
        row.data = {"tickets": []}
    assert take_hint(store, ZENDESK, SETTINGS, first)
    assert waiting(store) == []


def test_a_forged_delivery_changes_nothing(sqlite_store: Store) -> None:
    assert not take_hint(sqlite_store, ZENDESK, SETTINGS, delivery({"ticket_id": 1}, secret="other"))
    assert waiting(sqlite_store) == []


def test_no_flood_of_hints_grows_without_end(sqlite_store: Store) -> None:
    with sqlite_store.writing() as session:
        session.add(DeskCursor(source="zendesk", stream="hints", data={"tickets": [str(n) for n in range(MOST)]}))
    take_hint(sqlite_store, ZENDESK, SETTINGS, delivery({"ticket_id": 99_999}))
    assert len(waiting(sqlite_store)) == MOST


@pytest.fixture
def desk() -> Iterator[ZendeskStandIn]:
    with ZendeskStandIn() as server:
        yield server


def test_a_ticket_that_was_hinted_at_is_read_at_once_and_told_the_same_later(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """The export leaves out the last minute; the hint does not make us wait for it, and what it leaves out comes as usual."""

    def account() -> Account:
        settings = {"url": desk.url, "email": EMAIL, "token": TOKEN, **SETTINGS}
        return Account(settings=settings, now=datetime.fromtimestamp(desk.now, UTC), server=desk)

    desk.create(1, by=CARLA)
    desk.now += 120
    read(sqlite_store, ZENDESK, account())
    desk.do(1, by=ANA, say=True, status="solved", assignee_id=ANA)
    stamped = delivery({"ticket_id": 1})
    take_hint(sqlite_store, ZENDESK, SETTINGS, stamped)
    read(sqlite_store, ZENDESK, account())
    assert status(sqlite_store) == "solved"
    assert waiting(sqlite_store) == []
    desk.now += 120
    assert sum(step.set_aside for step in read(sqlite_store, ZENDESK, account())) == 0
    assert status(sqlite_store) == "solved"


def status(store: Store) -> str:
    with store.reading() as session:
        return str(session.scalar(select(table_of(Ticket).c.status)))


def test_the_door_answers_by_what_a_delivery_can_prove(sqlite_store: Store, tmp_path: Path) -> None:
    env = {"CX_HOME": str(tmp_path), "CX_ZENDESK_URL": "https://x.example", "CX_ZENDESK_WEBHOOK_SECRET": SECRET}
    settings = read_settings(env, tmp_path / "cx.toml", ["zendesk", "demo"])
    with ThreadPoolExecutor(1) as pool:
        door = HintDoor(store=sqlite_store, settings=settings, pool=pool, now=lambda: NOW)
        assert [(route.method, route.path) for route in door.routes()] == [("POST", path) for path in PATHS]
        assert door.take("zendesk", delivery({"ticket_id": 7})).status == 204
        assert door.take("zendesk", delivery({"ticket_id": 7}, secret="x")).status == 401
        unsigned = Delivery(headers={}, body=b'{"ticket_id": 7}', now=NOW, secret=SECRET)
        assert door.take("zendesk", unsigned).status == 401, "who can sign must: a secret in the address proves nothing here"
        assert [door.take(slug, delivery({"ticket_id": 7})).status for slug in ("demo", "csv", "nobody")] == [404, 404, 404]
    assert waiting(sqlite_store) == ["7"]
