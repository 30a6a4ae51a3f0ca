"""A terminal: `cx` is typed, and exit code, output and errors are read, in a folder and with a database of the test's own."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.logs import JsonLines
from bot.store.engine import Store
from bot.store.records import Record, ScheduleRecord, SlaPolicyRecord, Target
from bot.store.words import Actor, Kind, Metric, Status
from tests.kpis.office import keep
from tests.world import CAST, event, minute, ticket

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
TICKETS, MAP = EXAMPLES / "tickets.csv", EXAMPLES / "tickets.toml"

OFFICE_HOURS = tuple((day * 1440 + 9 * 60, day * 1440 + 17 * 60) for day in range(5))
DAYS = ScheduleRecord(external_id="days", name="Days", zone="UTC", week=OFFICE_HOURS, is_default=True)
POLICY = SlaPolicyRecord(
    external_id="usual",
    name="Usual",
    targets=(Target(metric=Metric.FIRST_REPLY, target_s=900), Target(metric=Metric.RESOLUTION, target_s=7200)),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell whose environment holds nothing of ours but what the test sets."""

    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: object, **env: str) -> Ran:
        for name, value in env.items():
            self.patch.setenv(name, value)
        self.patch.setattr(sys, "argv", ["cx", *(str(word) for word in words)])
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            for name in env:
                self.patch.delenv(name)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        return Ran(code, out, err)

    @property
    def database(self) -> Path:
        return self.folder / "home" / "cx.db"


@pytest.fixture
def cx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """A terminal with an empty home of its own; what it changed about logging is changed back."""
    root = logging.getLogger()
    before = root.level
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("CX_")]:
            patch.delenv(name)
        patch.setenv("CX_HOME", str(tmp_path / "home"))
        patch.chdir(tmp_path)
        yield Terminal(tmp_path, patch, capsys)
    for handler in [one for one in root.handlers if isinstance(one.formatter, JsonLines)]:
        root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def imported(cx: Terminal) -> Terminal:
    """A terminal whose store holds the five tickets of the example file."""
    assert cx("import", TICKETS, "--map", MAP).code == 0
    return cx


@pytest.fixture
def lived(cx: Terminal, store: Store) -> Terminal:
    """A terminal at a store of each kind, in which twelve tickets were worked on."""
    keep(store, *CAST, DAYS, POLICY, *(record for number in range(12) for record in life(number)))
    cx.patch.setenv("CX_DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    return cx


def life(number: int) -> Iterator[Record]:
    """A ticket every half an hour; all are answered, later and later, eight are solved and every fourth is reopened."""
    name, created = str(number), minute(30 * number)
    replied, solved, back = (minute(30 * number + after) for after in (5 * (number % 4 + 1), 90, 100))
    reopened, ends_solved = number % 4 == 0, number % 3 != 0
    status = Status.SOLVED if ends_solved and not reopened else Status.OPEN
    subject = "=1+1 <!channel> 料金" if number == 1 else "Charged twice"
    yield ticket(name, created_at=created, updated_at=back, status=status, subject=subject, tags=("vip", "eu") if number else ())
    yield event(Kind.CREATED, created, of=name, actor="carla", actor_kind=Actor.CUSTOMER, new="new")
    yield event(Kind.REPLY, replied, of=name, actor="ana", actor_kind=Actor.AGENT)
    yield event(Kind.STATUS, replied, of=name, actor="ana", actor_kind=Actor.AGENT, old="new", new="open")
    if ends_solved:
        yield event(Kind.STATUS, solved, of=name, actor="ana", actor_kind=Actor.AGENT, old="open", new="solved")
        if reopened:
            yield event(Kind.STATUS, back, of=name, actor="carla", actor_kind=Actor.CUSTOMER, old="solved", new="open")


def fingerprint(path: Path) -> str:
    """What a file holds, in one word; a store that was changed has another one."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
