"""HTTP mode: the same payloads as signed requests, verified by Bolt's own signature check."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt import App
from slack_bolt.request import BoltRequest

from bot.sandbox import Control, Options, Sandbox
from bot.sandbox.request_urls import signature
from tests.sandbox.conftest import actions, button


class Listening:
    """A Bolt app behind a plain HTTP server, or a server that answers something else."""

    def __init__(self, secret: str, client: Any) -> None:
        self.bolt = App(signing_secret=secret, client=client, token_verification_enabled=False)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((headers, body))
                answer = outer.bolt.dispatch(BoltRequest(body=body.decode(), headers={k: [v] for k, v in headers.items()}))
                self.send_response(outer.status or answer.status)
                self.end_headers()
                self.wfile.write((answer.body or "").encode())

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/slack/events"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def listening(sandbox: Sandbox, client: Any) -> Iterator[Listening]:
    made = Listening(sandbox.signing_secret, client)
    sandbox.control.options(request_url=made.url)
    yield made
    made.close()


def test_a_signed_command_passes_bolts_own_check_and_its_answer_is_shown(listening: Listening, control: Control) -> None:
    listening.bolt.command("/cx")(lambda ack: ack("over http"))
    assert control.slash("/cx backlog")["state"] == "acked"
    assert [m["text"] for m in control.ephemerals("ana")] == ["over http"]
    headers, body = listening.requests[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode())["text"] == ["backlog"]


def test_clicks_come_as_a_payload_field_and_events_as_json(listening: Listening, control: Control, client: Any) -> None:
    listening.bolt.action("press")(lambda ack: ack())
    listening.bolt.event("app_home_opened")(lambda: None)
    client.chat_postMessage(channel="#support", text="x", blocks=[actions(button())])
    assert control.click(control.messages("#support")[0], "press")["state"] == "acked"
    assert json.loads(parse_qs(listening.requests[0][1].decode())["payload"][0])["type"] == "block_actions"
    control.open_home("ana")
    control.wait_for(lambda: len(listening.requests) == 2)
    assert json.loads(listening.requests[1][1])["event"]["type"] == "app_home_opened"


def test_a_wrong_secret_is_refused_by_the_app_and_seen_by_the_person(sandbox: Sandbox, client: Any) -> None:
    made = Listening("another-secret", client)
    sandbox.control.options(request_url=made.url)
    made.bolt.command("/cx")(lambda ack: ack())
    try:
        assert sandbox.control.slash("/cx")["failure"] == "http_error"
    finally:
        made.close()


def test_a_failed_event_comes_again_with_its_number_and_reason(listening: Listening, control: Control) -> None:
    listening.bolt.event("app_home_opened")(lambda: None)
    listening.status = 500
    control.open_home("ana")
    control.wait_for(lambda: len(listening.requests) == 4)
    told = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h, _ in listening.requests]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in listening.requests}) == 1


def test_an_app_that_is_not_there_is_a_failure(sandbox: Sandbox) -> None:
    sandbox.control.options(request_url="http://127.0.0.1:9/none")
    assert sandbox.control.slash("/cx")["failure"] == "dispatch_failed"


def test_the_signature_is_slacks_v0() -> None:
    body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body).startswith("v0=")
    assert signature("a", "1", b"x") != signature("b", "1", b"x")
    assert len(signature("a", "1", b"x")) == 3 + 64


def test_options_can_start_in_http_mode(client: Any) -> None:
    with Sandbox.start(options=Options(request_url="http://127.0.0.1:9/none")) as other:
        assert other.control.slash("/cx")["failure"] == "dispatch_failed"
