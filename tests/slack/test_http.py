"""The HTTP door lets in only what Slack signed, freshly and once, and tells how we are."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from prometheus_client import CollectorRegistry, Counter

from bot.clock import now
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.slack import http
from bot.slack.http import FORM, LARGEST_BODY, Health, HttpDoor
from bot.slack.loop import LoopThread
from bot.slack.signature import SignatureCheck
from bot.store.engine import Store
from tests.slack.running import Bot, running

SECRET = "shhh"
BODY = b"command=%2Fcx&text=echo"
NOW_S = 1_795_338_000.0


def signed(body: bytes, *, at: float = NOW_S, secret: str = SECRET) -> dict[str, str]:
    """The two headers Slack would send."""
    told = hmac.new(secret.encode(), f"v0:{int(at)}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(int(at)), "X-Slack-Signature": f"v0={told}"}


def test_what_slack_signed_is_genuine() -> None:
    assert SignatureCheck(SECRET).is_genuine(signed(BODY), BODY, NOW_S)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "٣٣٣٣٣٣٣٣٣٣", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1795338000\n", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1795338000", "X-Slack-Signature": "v0=é" + "0" * 63},
        {"X-Slack-Request-Timestamp": "1795338000", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1795338000", "X-Slack-Signature": ""},
        signed(BODY, secret="other"),
        signed(b"another body"),
        signed(BODY, at=NOW_S - 301),
        signed(BODY, at=NOW_S + 301),
    ],
)
def test_anything_else_is_not_and_raises_nothing(headers: dict[str, str]) -> None:
    assert not SignatureCheck(SECRET).is_genuine(headers, BODY, NOW_S)


def test_the_same_request_is_genuine_once() -> None:
    check = SignatureCheck(SECRET)

    assert check.is_genuine(signed(BODY), BODY, NOW_S)
    assert not check.is_genuine(signed(BODY), BODY, NOW_S + 299)


def test_signatures_are_forgotten_when_nobody_could_use_them_any_more() -> None:
    check = SignatureCheck(SECRET)
    for second in range(1, 1_300, 100):
        assert check.is_genuine(signed(BODY, at=NOW_S + second), BODY, NOW_S + second)

    assert len(check._seen) == 6


def test_a_forgery_does_not_use_up_the_real_one() -> None:
    check = SignatureCheck(SECRET)

    assert not check.is_genuine(signed(BODY), b"forged", NOW_S)
    assert check.is_genuine(signed(BODY), BODY, NOW_S)


@dataclass(slots=True)
class Visitor:
    """Somebody at the door."""

    port: int

    def get(self, path: str) -> tuple[int, str]:
        return self.ask("GET", path)

    def ask(self, verb: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(verb, path, body or None, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def opened(**door: Any) -> Iterator[Visitor]:
    """An open door on a free port."""
    doors, pool = LoopThread(), ThreadPoolExecutor(4)
    well = Health(ok=True, parts={"database": "ok"})
    parts: dict[str, Any] = {"alive": lambda: well, "ready": lambda: well, "registry": CollectorRegistry()}
    http = HttpDoor(host="127.0.0.1", port=0, pool=pool, now_s=lambda: now().timestamp(), **(parts | door))
    doors.start()
    try:
        doors.run(http.open(), 5)
        yield Visitor(http.port)
    finally:
        doors.run(http.close(), 15)
        doors.stop()
        pool.shutdown()


def test_health_says_how_each_part_is() -> None:
    sick = Health(ok=False, parts={"database": "ok", "slack": "token_revoked"})
    with opened(alive=lambda: sick) as visitor:
        status, body = visitor.get("/healthz")
        assert (status, json.loads(body)) == (503, {"ok": False, "database": "ok", "slack": "token_revoked"})
        assert visitor.get("/readyz")[0] == 200


def test_a_database_that_hangs_makes_nobody_look_dead_and_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SLOWEST_LOOK_S", 0.1)
    gate = threading.Event()

    def hangs() -> Health:
        gate.wait(20)
        return Health(ok=True)

    with opened(ready=hangs) as visitor:
        asked = [visitor.get("/readyz")[0] for _ in range(6)]  # More than there are threads.
        told = visitor.get("/metrics")[0], visitor.get("/healthz")[0]
        gate.set()

    assert (asked, told) == ([503] * 6, (503, 200))


def test_metrics_are_told_as_prometheus_reads_them() -> None:
    registry = CollectorRegistry()
    Counter("cx_commands", "Commands answered.", registry=registry).inc(3)
    with opened(registry=registry) as visitor:
        assert "cx_commands_total 3.0" in visitor.get("/metrics")[1]


def test_without_slack_over_http_there_is_no_way_in() -> None:
    with opened() as visitor:
        assert visitor.ask("POST", "/slack/events", BODY, signed(BODY, at=now().timestamp()))[0] == 404


@pytest.fixture
def knocked(sqlite_store: Store) -> Iterator[tuple[Bot, Visitor]]:
    """A bot whose app is also reached over HTTP."""
    with (
        Sandbox.start(options=Options(limits="off")) as sandbox,
        running(sqlite_store, sandbox, connections=0) as bot,
        opened(dispatcher=bot.dispatcher, signatures=SignatureCheck(sandbox.signing_secret)) as visitor,
    ):
        yield bot, visitor


def test_slack_may_come_by_http_instead_of_a_socket(knocked: tuple[Bot, Visitor]) -> None:
    bot, visitor = knocked
    bot.control.options(request_url=f"http://127.0.0.1:{visitor.port}/slack/events")

    delivery = bot.control.slash("/cx echo over http")
    assert (delivery["state"], delivery["answer"]["text"]) == ("acked", "you said: over http")
    bot.control.direct("echo in private")
    bot.settle(2)
    assert bot.send() == 1


def test_the_address_is_verified(knocked: tuple[Bot, Visitor]) -> None:
    bot, visitor = knocked
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    headers = signed(body, at=now().timestamp(), secret=bot.sandbox.signing_secret) | {"Content-Type": "application/json"}

    status, said = visitor.ask("POST", "/slack/events", body, headers)
    assert status == 200
    assert "abc" in said


def test_whoever_is_not_slack_never_reaches_the_app(knocked: tuple[Bot, Visitor]) -> None:
    bot, visitor = knocked
    body = urlencode({"command": "/cx", "text": "echo", "user_id": "U0ANA"}).encode()

    assert visitor.ask("POST", "/slack/events", body)[0] == 401
    assert visitor.ask("POST", "/slack/events", body, signed(body, at=now().timestamp(), secret="wrong"))[0] == 401
    assert bot.dispatcher.handled == 0


def test_a_body_too_large_is_refused_unread(knocked: tuple[Bot, Visitor]) -> None:
    bot, visitor = knocked
    body = b"x" * (LARGEST_BODY + 1)

    assert visitor.ask("POST", "/slack/events", body, signed(body, at=now().timestamp()))[0] == 413
    assert bot.dispatcher.handled == 0


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", BODY),
        ("", BODY),
        ("application/json", BODY),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"null"),
        ("application/json", b'{"a":' * 5_000),
        ("application/json", b'{"type": "event_callback", "event": {"user": 5}, "team_id": {}}'),
        (FORM, b"payload=%7B"),
        (FORM, b"payload=[]"),
    ],
)
def test_a_signed_request_nobody_can_read_is_refused(
    knocked: tuple[Bot, Visitor], caplog: pytest.LogCaptureFixture, content_type: str, body: bytes
) -> None:
    bot, visitor = knocked
    headers = signed(body, at=now().timestamp(), secret=bot.sandbox.signing_secret) | {"Content-Type": content_type}

    assert visitor.ask("POST", "/slack/events", body, headers) == (400, "")
    assert bot.dispatcher.handled == 0
    assert caplog.messages == []


def test_who_sends_drop_by_drop_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SLOWEST_BODY_S", 0.2)
    with opened() as visitor, socket.create_connection(("127.0.0.1", visitor.port), timeout=10) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\na drop")

        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def broken() -> Health:
    raise ValueError("xoxb-1-secret")


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/readyz"])
def test_nobody_learns_what_runs_here(path: str) -> None:
    with opened(ready=broken) as visitor:
        connection = HTTPConnection("127.0.0.1", visitor.port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        connection.close()

    assert answer.getheader("Server") == "cx"


def test_pages_are_not_guessed_at_or_kept() -> None:
    with opened() as visitor:
        connection = HTTPConnection("127.0.0.1", visitor.port, timeout=10)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        connection.close()

    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Cache-Control") == "no-store"
