"""A real Request Tracker, read by cx: every figure is what comes out when the month is worked out by hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import APP
from bot.desks.desk import Pull, StreamState
from bot.desks.http import Http
from bot.desks.rt import RT
from bot.store.engine import Store
from jobs.sync import Progress, Reading, sync
from tests.desks.engine import digest
from tests.rt.help_desk import HelpDesk
from tests.rt.month import END

MINUTE, HOUR = 60, 3600
FIRST_RESPONSES = (1 * HOUR, 3 * HOUR, 2 * HOUR, 1 * HOUR)
"""Of tickets 1 to 4; 7 and 8 were never answered."""
RESOLUTIONS = (72 * HOUR, 24 * HOUR, 150 * MINUTE, 2 * HOUR)
"""Of tickets 1, 2, 3 and 8, to the last solve."""

FIGURES: tuple[tuple[str, float, int], ...] = (
    ("volume", 6, 6),
    ("solved", 4, 4),
    ("resolution-rate", 100 * 4 / 6, 6),
    ("frt mean", sum(FIRST_RESPONSES) / 4, 4),
    ("frt median", 1.5 * HOUR, 4),
    ("frt max", 3 * HOUR, 4),
    ("next-reply mean", HOUR, 2),
    ("resolution mean", sum(RESOLUTIONS) / 4, 4),
    ("resolution max", 72 * HOUR, 4),
    ("handling", (35 + 20 + 30) * MINUTE / 3, 3),
    ("sla", 100 * 5 / 8, 8),
    ("breaches", 3, 3),
    ("csat", 100, 2),
    ("fcr", 100 * 2 / 4, 4),
    ("first-reply-resolution", 100 * 1 / 4, 4),
    ("replies", (2 + 2 + 1 + 0) / 4, 4),
    ("reopen-rate", 100 * 1 / 4, 4),
    ("reassignments", 1 / 4, 4),
    ("per-agent", 2, 2),
    ("backlog", 2, 2),
)
SPLITS: tuple[tuple[str, list[float]], ...] = (
    ("channels", [3, 2, 1]),
    ("categories", [3, 2, 1]),
    ("volume by team", [5, 1]),
    ("volume by priority", [1, 5]),
    ("handling by agent", [1950, 1200]),
    ("breaches by target", [2, 1]),
)


@pytest.fixture(scope="module")
def cx(help_desk: HelpDesk, new_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`cx`, connected to the help desk and synced, once on each database."""
    home, runner = tmp_path_factory.mktemp("home"), CliRunner()
    settings = {"CX_HOME": str(home), "CX_RT_URL": help_desk.url, "CX_RT_TOKEN": help_desk.tokens["sync"]}
    settings["CX_DATABASE_URL"] = new_url()

    def run(*words: str) -> Any:
        done = runner.invoke(APP, [*words, "--as-of", END.isoformat()], env=settings, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "8 tickets new or changed" in run("sync", "rt", "--once")
    return run


@pytest.mark.parametrize(("asked", "value", "n"), FIGURES, ids=[each[0] for each in FIGURES])
def test_a_figure_is_what_is_worked_out_by_hand(cx: Callable[..., Any], asked: str, value: float, n: int) -> None:
    answer = json.loads(cx("ask", f"{asked} last month", "--json"))
    assert answer["value"] == pytest.approx(value)
    assert answer["n"] == n


@pytest.mark.parametrize(("asked", "values"), SPLITS, ids=[each[0] for each in SPLITS])
def test_a_split_is_what_is_worked_out_by_hand(cx: Callable[..., Any], asked: str, values: list[float]) -> None:
    rows = json.loads(cx("ask", f"{asked} last month", "--json"))["rows"]
    assert [row["value"] for row in rows] == values


def test_merged_and_deleted_tickets_are_left_out_and_said_to_be(cx: Callable[..., Any]) -> None:
    assert json.loads(cx("ask", "volume last month", "--json"))["exclusions"] == {"deleted": 1, "merged": 1}


def test_a_second_sync_changes_nothing(cx: Callable[..., Any]) -> None:
    assert "0 records read, 0 tickets new or changed" in cx("sync", "rt", "--once")


def test_every_part_can_be_read_with_five_rights(help_desk: HelpDesk) -> None:
    checks = RT.check({"url": help_desk.url, "token": help_desk.tokens["sync"]})
    assert {check.state for check in checks} == {StreamState.OK}


def test_a_wrong_token_is_refused(help_desk: HelpDesk) -> None:
    checks = RT.check({"url": help_desk.url, "token": "1-1-0123456789abcdef"})
    assert {check.state for check in checks} == {StreamState.DENIED}
    assert all("Auth Tokens" in check.says for check in checks)


def test_nothing_new_costs_one_request_a_stream(
    help_desk: HelpDesk, new_store: Callable[[], tuple[str, Store]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, store = new_store()
    read(store, help_desk)
    asked = _counted(monkeypatch)
    read(store, help_desk)
    assert asked == ["/REST/2.0/transactions"]


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    before = Http.get

    def get(self: Http, path: str, *args: Any, **more: Any) -> Any:
        asked.append(path)
        return before(self, path, *args, **more)

    monkeypatch.setattr(Http, "get", get)
    return asked


@pytest.mark.parametrize("last", [3, 5, 8, 11, 14, 17])
def test_a_kill_in_the_middle_changes_nothing(help_desk: HelpDesk, new_store: Callable[[], tuple[str, Store]], last: int) -> None:
    (_, whole), (address, killed) = new_store(), new_store()
    read(whole, help_desk)
    order = [sys.executable, "-m", "tests.rt.dying", help_desk.url, help_desk.tokens["sync"]]
    died = subprocess.run([*order, address, str(last)], check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    later = END + timedelta(minutes=5)  # The lease of who was killed has run out.
    read(killed, help_desk, now=later)
    assert digest(killed) == digest(whole)


def test_all_transactions_an_account_may_see_are_told_of(help_desk: HelpDesk) -> None:
    settings = {"url": help_desk.url, "token": help_desk.tokens["sync"]}
    (page,) = RT.pull(Pull(settings=settings, stream="tickets", cursor=None, now=END))
    visible: list[str] = []
    for number in range(1, 30):
        query = "query=ObjectType='RT::Ticket'&orderby=id&per_page=20&fields=Type&page="
        told = help_desk.ask("sync", "GET", f"/transactions?{query}{number}")
        visible += [each["id"] for each in told["items"] if "Email" not in each["Type"]]
    assert page.cursor.data["near"] == [number for number in sorted(map(int, visible)) if number > page.cursor.data["upto"] - 250]


def read(store: Store, desk: HelpDesk, now: Any = END) -> Sequence[Progress]:
    """One sync of the whole help desk."""
    settings = {"url": desk.url, "token": desk.tokens["sync"]}
    return sync(Reading(store=store, desk=RT, settings=settings, now=now, profile="articles"))
