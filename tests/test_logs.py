"""A log line is one JSON object, says whom it belongs to, and holds neither a secret nor a customer's words."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import STRUCK, JsonLines, set_up_logs, struck, told_with

ROOT = Path(__file__).resolve().parents[1]
SECRETS = [
    "xoxb-12345-67890-AbCdEf",
    "xoxp-1-2-3",
    "xoxe.xoxp-1-Mi0y",
    "xapp-1-A012-345-deadbeef",
    "https://hooks.slack.com/services/T000/B000/XXXXXXXX",
    "https://hooks.slack.com/actions/T0/1/secret",
    "Authorization: Bearer abc.def-123",
    "Authorization: Basic dXNlcjpwYXNzd29yZA==",
    "token=verysecret&x=1",
    "wss://wss-primary.slack.com/link/?ticket=verysecret&app_id=1",
    "postgresql+psycopg://cx:verysecret@db.internal/cx",
    "ana.lopez+tickets@example.co.uk",
]
CANARIES = ["12345-67890", "Mi0y", "deadbeef", "XXXXXXXX", "/1/secret", "abc.def", "dXNlcj", "verysecret", "ana.lopez"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged while the test runs."""
    stream = io.StringIO()
    root = logging.getLogger()
    level = root.level
    handler = set_up_logs("INFO", stream=stream)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_object_with_its_time_level_and_place(lines: io.StringIO) -> None:
    logging.getLogger("cx.sync").info("pulled %s pages", 3, extra={"desk": "demo", "tickets": 41, "line": "a\nb"})

    [line] = told(lines)
    assert (line["level"], line["logger"], line["event"]) == ("info", "cx.sync", "pulled 3 pages")
    assert (line["desk"], line["tickets"], line["line"]) == ("demo", 41, "a\nb")
    assert line["at"].endswith("+00:00")


def test_what_belongs_together_carries_the_same_name(lines: io.StringIO) -> None:
    log = logging.getLogger("cx")
    with told_with(job="sync"):
        with told_with(desk="demo"):
            log.info("inside")
        log.info("outside of the desk")
    log.info("outside")

    inside, outside_of_desk, outside = told(lines)
    assert (inside["job"], inside["desk"]) == ("sync", "demo")
    assert outside_of_desk["job"] == "sync"
    assert "desk" not in outside_of_desk
    assert "job" not in outside


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_struck_wherever_it_stands(lines: io.StringIO, secret: str) -> None:
    log = logging.getLogger("cx")
    log.info("said %s", secret)
    log.info(secret)
    log.info("in a field", extra={"detail": {"deep": [secret]}})
    with told_with(request=secret):
        log.info("in the context")

    text = lines.getvalue()
    assert text.count(STRUCK) >= 4
    assert not [canary for canary in CANARIES if canary in text]


def test_an_exception_tells_its_class_and_place_and_not_its_words(lines: io.StringIO) -> None:
    def failing(words: str) -> None:
        raise ValueError(words)

    try:
        failing("the customer wrote: my password is hunter2")
    except ValueError:
        logging.getLogger("cx").exception("it failed")

    [line] = told(lines)
    assert line["exception"] == "ValueError"
    assert any(frame.endswith(" failing") for frame in line["frames"])
    assert "hunter2" not in lines.getvalue()


UNCAUGHT = """
import asyncio, gc, logging, sys, threading
from bot.logs import log_what_nobody_catches, set_up_logs

log_what_nobody_catches()
set_up_logs("DEBUG")

class Left:
    def __del__(self):
        raise ValueError("what carla wrote")

def failing():
    raise ValueError("what carla wrote")

async def forgotten():
    task = asyncio.ensure_future(asyncio.to_thread(failing))
    await asyncio.wait({task})

threading.Thread(target=failing).start()
del (left := [Left()])[0]
asyncio.run(forgotten())
gc.collect()
failing()
"""


def test_what_nobody_catches_is_logged_without_its_words() -> None:
    ran = subprocess.run([sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)

    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (ran.returncode, ran.stdout) == (1, "")
    assert [line["exception"] for line in lines] == ["ValueError"] * 4
    assert {line["logger"] for line in lines} == {"cx", "asyncio"}
    assert "carla" not in ran.stderr


@pytest.mark.parametrize("name", ["slack_sdk.web", "slack_bolt.App", "apscheduler.scheduler", "httpx2", "sqlalchemy.engine"])
def test_chatty_strangers_are_heard_only_when_something_is_wrong(lines: io.StringIO, name: str) -> None:
    logging.getLogger(name).debug("body: what a customer wrote")
    logging.getLogger(name).info("body: what a customer wrote")
    logging.getLogger(name).warning("wrong")

    assert [line["event"] for line in told(lines)] == ["wrong"]


def test_setting_up_twice_says_everything_once(lines: io.StringIO) -> None:
    handler = set_up_logs("INFO", stream=lines)
    logging.getLogger("cx").info("once")
    logging.getLogger().removeHandler(handler)

    assert len(told(lines)) == 1


def test_a_terminal_gets_one_line_of_text_with_the_same_fields() -> None:
    stream = io.StringIO()
    handler = set_up_logs("INFO", "text", stream=stream)
    with told_with(request="ab12", user=""):
        logging.getLogger("cx.sync").info("pulled\nforged line xoxb-1-secret", extra={"tickets": 41, "who": "ana@example.com"})
    logging.getLogger().removeHandler(handler)

    [line] = stream.getvalue().splitlines()
    assert line[10] == "T"
    assert line.endswith(f'INFO    cx.sync pulled\\nforged line {STRUCK} request="ab12" tickets=41 who="{STRUCK}"')


def test_text_in_place_of_json_is_still_one_handler() -> None:
    first = set_up_logs("INFO", "json", stream=io.StringIO())
    second = set_up_logs("INFO", "text", stream=io.StringIO())
    assert first not in logging.getLogger().handlers
    set_up_logs("INFO", "json", stream=io.StringIO())
    assert second not in logging.getLogger().handlers
    for handler in [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonLines)]:
        logging.getLogger().removeHandler(handler)


def test_a_long_line_is_cut(lines: io.StringIO) -> None:
    logging.getLogger("cx").info("x" * 100_000, extra={"detail": "y" * 100_000})

    assert len(lines.getvalue()) < 5_000


def test_what_is_no_secret_stays(lines: io.StringIO) -> None:
    plain = "channel C0DIGEST, user U0ANA, 14:30, https://acme.zendesk.com/api/v2/tickets.json?page=2, 3 tokens"

    assert struck(plain) == plain


@given(st.text(max_size=300))
def test_striking_never_fails_and_twice_changes_nothing_more(text: str) -> None:
    once = struck(text)

    assert struck(once) == once


@given(st.text(alphabet="abcdefghij0123456789-", min_size=8, max_size=60))
def test_no_token_survives(tail: str) -> None:
    assert tail not in struck(f"before xoxb-{tail} after")
