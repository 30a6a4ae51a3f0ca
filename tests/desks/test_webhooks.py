"""Webhooks of the other help desks: genuine or refused, and what they name is read by the normal fetch."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.desks import DESKS
from bot.desks.desk import Delivery, Desk
from bot.desks.webhooks import (
    CHATWOOT_SIGNATURE,
    CHATWOOT_STAMP,
    FRONT_CHALLENGE,
    FRONT_SIGNATURE,
    FRONT_STAMP,
    HELPSCOUT_SIGNATURE,
    HUB_SIGNATURE,
    HUBSPOT_SIGNATURE,
    HUBSPOT_STAMP,
    SECRET_HEADER,
)
from bot.settings import read_settings
from bot.store.engine import Store
from bot.store.tables import DeskCursor
from bot.web.hints import HintDoor
from jobs.sync_hints import take_hint
from tests.desks.accounts import ACCOUNTS
from tests.desks.engine import read

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "webhook-canary"
ADDRESS = "https://cx.example.com/desks/hubspot/hint"
SETTINGS = {"webhook_secret": SECRET, "webhook_url": ADDRESS}
BODIES: dict[str, Any] = {
    "chatwoot": {"event": "message_created", "id": 77, "conversation": {"id": 4}},
    "freshdesk": {"freshdesk_webhook": {"ticket_id": 4}},
    "front": {"type": "assign", "payload": {"id": "evt_9", "conversation": {"id": "cnv_4"}}},
    "gorgias": {"ticket": {"id": 4}},
    "helpscout": {"id": 4, "subject": "Help"},
    "hubspot": [
        {"objectId": 4, "subscriptionType": "ticket.propertyChange"},
        {"objectId": 9, "subscriptionType": "contact.creation"},
    ],
}
BODIES |= {
    "jira": {"webhookEvent": "jira:issue_updated", "issue": {"id": "10004", "key": "HELP-4"}},
    "rt": {"ticket_id": 4},
    "zammad": {"ticket": {"id": 4}, "article": {"id": 77}},
}
SEARCHED = {"jira", "rt"}
"""Those that are asked for a ticket by a search."""
NAMED = {"front": "cnv_4", "jira": "10004"}
BY_SLUG = {desk.slug: desk for desk in DESKS}
every_one = pytest.mark.parametrize("slug", sorted(BODIES))


def genuine(slug: str, document: Any, at: datetime = NOW, secret: str = SECRET) -> Delivery:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    match slug:
        case "hubspot":
            stamp = str(int(at.timestamp() * 1000))
            signed = hmac.new(secret.encode(), b"POST" + ADDRESS.encode() + body + stamp.encode(), hashlib.sha256).digest()
            return Delivery(headers={HUBSPOT_SIGNATURE: b64encode(signed).decode(), HUBSPOT_STAMP: stamp}, body=body, now=NOW)
        case "helpscout":
            signed = hmac.new(secret.encode(), body, hashlib.sha1).digest()
            return Delivery(headers={HELPSCOUT_SIGNATURE: b64encode(signed).decode()}, body=body, now=NOW)
        case "chatwoot":
            stamp = str(int(at.timestamp()))
            told = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            return Delivery(headers={CHATWOOT_SIGNATURE: f"sha256={told}", CHATWOOT_STAMP: stamp}, body=body, now=NOW)
        case "front":
            stamp = str(int(at.timestamp() * 1000))
            signed = hmac.new(secret.encode(), f"{stamp}:".encode() + body, hashlib.sha256).digest()
            return Delivery(headers={FRONT_SIGNATURE: b64encode(signed).decode(), FRONT_STAMP: stamp}, body=body, now=NOW)
        case "jira" | "zammad":
            method = "sha256" if slug == "jira" else "sha1"
            return Delivery(
                headers={HUB_SIGNATURE: f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"}, body=body, now=NOW
            )
        case _:
            return Delivery(headers={}, body=body, now=NOW, secret=secret)


def said(slug: str, delivery: Delivery, settings: dict[str, str] | None = None) -> tuple[str, ...] | None:
    read_hint = BY_SLUG[slug].hints
    assert read_hint is not None
    hint = read_hint(SETTINGS if settings is None else settings, delivery)
    return None if hint is None else hint.tickets


@every_one
def test_a_genuine_delivery_names_its_ticket(slug: str) -> None:
    assert said(slug, genuine(slug, BODIES[slug])) == (NAMED.get(slug, "4"),)


@every_one
def test_whoever_cannot_prove_it_is_refused(slug: str) -> None:
    good = genuine(slug, BODIES[slug])
    assert said(slug, genuine(slug, BODIES[slug], secret="other")) is None
    assert said(slug, good, {}) is None
    assert said(slug, replace(good, headers={}, secret="")) is None
    assert said(slug, replace(good, headers=dict.fromkeys(good.headers, "\udce9"), secret="\udce9")) is None
    assert said(slug, genuine(slug, BODIES[slug], secret=""), {"webhook_secret": "", "webhook_url": ADDRESS}) is None


@every_one
@pytest.mark.parametrize("document", [{}, [], "x", 7, b"not json", b"[" * 5000, {"id": "all"}, {"ticket_id": "9" * 99}])
def test_a_delivery_that_names_none_hints_at_nothing(slug: str, document: Any) -> None:
    assert said(slug, genuine(slug, document)) == ()


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 400])
@pytest.mark.parametrize("slug", ["chatwoot", "front", "hubspot"])
def test_a_signature_over_an_instant_is_good_for_five_minutes(slug: str, minutes: int) -> None:
    assert said(slug, genuine(slug, BODIES[slug], at=NOW + timedelta(minutes=4))) is not None
    assert said(slug, genuine(slug, BODIES[slug], at=NOW + timedelta(minutes=minutes))) is None


def test_an_older_chatwoot_signs_nothing_and_is_known_by_the_secret_in_the_address() -> None:
    body = b'{"event": "conversation_updated", "id": 4}'
    assert said("chatwoot", Delivery(headers={}, body=body, now=NOW, secret=SECRET)) == ("4",)
    assert said("chatwoot", Delivery(headers={CHATWOOT_SIGNATURE: "sha256="}, body=body, now=NOW, secret=SECRET)) is None
    assert said("chatwoot", Delivery(headers={}, body=b'{"event": "contact_updated", "id": 4}', now=NOW, secret=SECRET)) == ()


def test_a_rule_of_front_signs_without_an_instant_and_sends_the_event_bare() -> None:
    body = b'{"id":"evt_9","conversation":{"id":"cnv_4"}}'
    signed = b64encode(hmac.new(SECRET.encode(), body, hashlib.sha1).digest()).decode()
    assert said("front", Delivery(headers={FRONT_SIGNATURE: signed}, body=body, now=NOW)) == ("cnv_4",)
    assert said("front", Delivery(headers={FRONT_SIGNATURE: signed, FRONT_STAMP: "1"}, body=body, now=NOW)) is None


def test_hubspots_signature_holds_for_its_own_address_only() -> None:
    assert said("hubspot", genuine("hubspot", BODIES["hubspot"]), {**SETTINGS, "webhook_url": "https://other.example"}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {SECRET_HEADER: SECRET},
        {"authorization": f"Bearer {SECRET}"},
        {"authorization": "Basic " + b64encode(f"cx:{SECRET}".encode()).decode()},
    ],
)
def test_a_secret_may_come_in_a_header(headers: dict[str, str]) -> None:
    given_so = Delivery(headers=headers, body=b'{"ticket_id": 4}', now=NOW)
    assert said("freshdesk", given_so) == ("4",)
    assert said("freshdesk", replace(given_so, headers={name: value[:-3] for name, value in headers.items()})) is None


@given(st.sampled_from(sorted(BODIES)), st.binary(max_size=60), st.dictionaries(st.sampled_from(["authorization"]), st.text()))
def test_nothing_that_comes_in_breaks_the_door(slug: str, body: bytes, headers: dict[str, str]) -> None:
    assert said(slug, Delivery(headers=headers, body=body, now=NOW)) is None


@every_one
def test_what_was_hinted_at_is_read_first_and_by_itself(slug: str, sqlite_store: Store) -> None:
    desk: Desk = BY_SLUG[slug]
    with ACCOUNTS[slug]() as account:
        assert account.server is not None
        read(sqlite_store, desk, account)
        account.server.asked.clear()
        read(sqlite_store, desk, account)
        quiet = account.server.paths()
        assert take_hint(sqlite_store, desk, SETTINGS, genuine(slug, BODIES[slug]))
        account.server.asked.clear()
        read(sqlite_store, desk, account)
        asked = account.server.paths()
        assert slug in SEARCHED or any(NAMED.get(slug, "4") in path.split("/") for path in asked)
        assert len(asked) > len(quiet)
    with sqlite_store.reading() as session:
        row = session.get(DeskCursor, (slug, "hints"))
        assert row is not None
        assert row.data["tickets"] == []


def test_the_door_takes_a_secret_at_the_end_of_the_address(sqlite_store: Store, tmp_path: Path) -> None:
    environ = {"CX_HOME": str(tmp_path), "CX_FRESHDESK_URL": "https://x.example", "CX_FRESHDESK_WEBHOOK_SECRET": SECRET}
    with ThreadPoolExecutor(1) as pool:
        settings = read_settings(environ, tmp_path / "cx.toml", ["freshdesk"])
        door = HintDoor(store=sqlite_store, settings=settings, pool=pool, now=lambda: NOW)
        answers = asyncio.run(posted(door, ["", "/wrong", f"/{SECRET}"]))
    assert answers == [401, 401, 204]
    with sqlite_store.reading() as session:
        row = session.get(DeskCursor, ("freshdesk", "hints"))
        assert row is not None
        assert row.data["tickets"] == ["35"]


async def posted(door: HintDoor, endings: list[str]) -> list[int]:
    app = web.Application()
    app.add_routes(door.routes())
    async with TestClient(TestServer(app)) as client:
        return [(await client.post(f"/desks/freshdesk/hint{each}", json={"ticket_id": 35})).status for each in endings]


def test_front_gets_its_challenge_back_if_it_proved_itself(sqlite_store: Store, tmp_path: Path) -> None:
    environ = {"CX_HOME": str(tmp_path), "CX_FRONT_TOKEN": "x", "CX_FRONT_WEBHOOK_SECRET": SECRET}
    good = genuine("front", {"type": "sync", "authorization": {"id": "cmp_1"}})
    with ThreadPoolExecutor(1) as pool:
        door = HintDoor(
            store=sqlite_store, settings=read_settings(environ, tmp_path / "cx.toml", ["front"]), pool=pool, now=lambda: NOW
        )
        asked = {**good.headers, FRONT_CHALLENGE: "canary-challenge"}
        answers = [door.take("front", replace(good, headers=each)) for each in (asked, {**asked, FRONT_SIGNATURE: "x"})]
    assert [(each.status, each.text) for each in answers] == [(200, "canary-challenge"), (401, None)]
