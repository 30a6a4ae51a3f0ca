"""`cx run` in a process of its own: it answers, says when it cannot start, stops when asked, and keeps its secrets."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.store.engine import open_store
from tests.cli.conftest import DAYS, POLICY, ROOT, life
from tests.kpis.office import keep
from tests.world import CAST

START_S, STOP_S = 40.0, 10.0


@dataclass(slots=True)
class Running:
    """A bot in a process of its own, and the workspace it is in."""

    process: subprocess.Popen[str]
    sandbox: Sandbox
    env: dict[str, str]
    log: Path

    def health(self, path: str) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.env['CX_HTTP_PORT']}{path}"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def stop(self) -> tuple[int, float]:
        """Ask it to stop; exit code and seconds."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_S), time.monotonic() - begun


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def environment(sandbox: Sandbox, home: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    return plain | {
        "CX_SLACK_BOT_TOKEN": sandbox.bot_token,
        "CX_SLACK_APP_TOKEN": sandbox.app_token,
        "CX_SLACK_API_URL": sandbox.api_url,
        "CX_HOME": str(home),
        "CX_HTTP_PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(sandbox: Sandbox, home: Path, template: Path) -> Iterator[Running]:
    """`cx run` over a store with twelve tickets, until it hears Slack."""
    home.mkdir()
    shutil.copyfile(template, home / "cx.db")
    store = open_store(f"sqlite:///{home / 'cx.db'}")
    keep(store, *CAST, DAYS, POLICY, *(record for number in range(12) for record in life(number)))
    store.close()
    with started(sandbox, home, environment(sandbox, home) | {"CX_LOG_LEVEL": "DEBUG"}) as bot:
        yield bot


@contextmanager
def started(sandbox: Sandbox, home: Path, env: dict[str, str]) -> Iterator[Running]:
    """`cx run` over whatever stands in `home`, until it hears Slack; its log is written on where one is."""
    log = home / "log"
    with log.open("a") as out:
        words = [sys.executable, "-m", "bot", "run"]
        process = subprocess.Popen(words, env=env, cwd=home, stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        sandbox.control.wait_for(lambda: sandbox.control.connections() or process.poll() is not None, START_S)
        assert process.poll() is None, log.read_text()
        yield Running(process, sandbox, env, log)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def bot(tmp_path: Path, sqlite_template: Path) -> Iterator[Running]:
    with Sandbox.start() as sandbox, running(sandbox, tmp_path / "home", sqlite_template) as started:
        yield started


def test_it_answers_tells_its_health_and_stops_within_ten_seconds(bot: Running) -> None:
    slack = bot.sandbox.control
    delivery = slack.slash("/cx volume on 2026-11-16", user="lena", channel="#support")
    [answer] = slack.wait_for(lambda: slack.ephemerals("lena"), START_S)

    assert delivery["state"] == "acked"
    assert answer["text"].startswith("12 tickets created")
    assert b"tcache_count=0" in Path(f"/proc/{bot.process.pid}/environ").read_bytes(), "threads would hoard memory for months"
    slack.mention("volume since 2026-11-10 daily as chart", user="lena", channel="#support")
    slack.wait_for(slack.files, START_S)
    slack.mention("why did Carla Canary complain", user="lena", channel="#support")
    assert bot.health("/healthz")[0] == 200
    assert bot.health("/readyz")[0] == 200
    _tells_its_metrics(bot)
    code, said = _second_instance(bot)
    assert (code, said.split(" (")[0]) == (78, "Another cx")

    code, seconds = bot.stop()

    assert code == 0
    assert seconds < STOP_S
    _speaks_in_json_without_secrets(bot)
    _keeps_no_secret(bot)


def _tells_its_metrics(bot: Running) -> None:
    status, page = bot.health("/metrics")
    told = {name: float(value) for name, _, value in (line.rpartition(" ") for line in page.splitlines() if line[0] != "#")}

    assert status == 200
    assert told["cx_store_up"] == told["cx_clock_up"] == 1
    assert told["cx_sockets_open"] >= 1
    assert told['cx_request_seconds_count{kind="command"}'] == 1
    assert told['cx_request_seconds_count{kind="event_callback"}'] >= 1
    assert told['cx_outbox_messages{state="dead"}'] == 0
    assert {f'cx_job_runs_total{{job="{slug}"}}' for slug in ("sync", "digest", "send")} <= told.keys()


def _keeps_no_secret(bot: Running) -> None:
    """Neither the database, with its log, nor a picture holds a token; a picture holds nothing but itself."""
    for path in bot.log.parent.glob("cx.db*"):
        content = path.read_bytes()
        assert bot.sandbox.bot_token.encode() not in content
        assert bot.sandbox.app_token.encode() not in content
    for file in bot.sandbox.control.files():
        assert chunks(bot.sandbox.control.picture(file["id"])) <= {"IHDR", "PLTE", "IDAT", "IEND"}
    assert bot.sandbox.control.files(), "there was a picture to look at"


def chunks(png: bytes) -> set[str]:
    """The names of the parts a PNG is made of; words would stand in tEXt, zTXt, iTXt or eXIf."""
    found, at = set(), 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        found.add(png[at + 4 : at + 8].decode())
        at += size + 12
    return found


def _second_instance(bot: Running) -> tuple[int, str]:
    """Exit code and first words of another bot over the same file."""
    words = [sys.executable, "-m", "bot", "run"]
    second = subprocess.run(words, env=bot.env, cwd=bot.log.parent, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in second.stderr
    told = next(line for line in second.stderr.splitlines() if not line.startswith("{"))
    return second.returncode, told.split(":")[0]


def _speaks_in_json_without_secrets(bot: Running) -> None:
    said = bot.log.read_text()
    lines = [json.loads(line) for line in said.splitlines()]
    assert all({"at", "level", "event"} <= line.keys() for line in lines)
    assert not [line for line in lines if line["level"] in ("error", "critical")]
    [answered] = [line for line in lines if line["event"] == "answered" and line["kind"] == "command"]
    assert (len(answered["request"]), answered["user"], answered["status"]) == (8, "U0LENA", 200)
    for secret in (bot.sandbox.bot_token, bot.sandbox.app_token, "Charged twice", "carla@customer.example", "Canary"):
        assert secret not in said


def test_a_token_that_slack_refuses_is_said_with_the_next_step(tmp_path: Path) -> None:
    with Sandbox.start() as sandbox:
        env = environment(sandbox, tmp_path) | {"CX_SLACK_BOT_TOKEN": "xoxb-s3cr3t", "CX_SLACK_APP_TOKEN": "xapp-s3cr3t"}
        words = [sys.executable, "-m", "bot", "run"]
        ran = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 78
    assert "s3cr3t" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Slack refuses CX_SLACK_BOT_TOKEN: invalid_auth. Take it anew from OAuth & Permissions" in ran.stderr
    assert "Slack refuses CX_SLACK_APP_TOKEN: invalid_auth." in ran.stderr
