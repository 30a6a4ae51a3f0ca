"""The stage of the demo is a team that has set everything up, on any day of the year; `cx demo` starts it and takes it down."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlmodel import col, select

from bot.cli.demo_stage import CUSTOMERS, ZONE, _invite, _months, demo_settings, furnish, manifest_path, staged
from bot.desks import demo
from bot.kpis import KPIS
from bot.sandbox import Sandbox
from bot.store.engine import Store
from bot.store.subscriptions import due_now
from bot.store.tables import Cost, CustomerCount, Invitation, Subscription, SurveyAnswer, Ticket
from bot.store.words import InvitationState
from bot.store.workspace import Workspace
from jobs.sync import Reading, sync
from tests.cli.conftest import MAP, ROOT, TICKETS, Terminal
from tests.kpis.office import say
from tests.sampling import thorough

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAYS = {
    "in the middle of a week": NOON,
    "on a Sunday before dawn": datetime(2026, 11, 22, 3, 30, tzinfo=UTC),
    "on a Monday morning": datetime(2026, 11, 23, 7, tzinfo=UTC),
    "on New Year's Day": datetime(2027, 1, 1, 10, tzinfo=UTC),
    "in the night when clocks change": datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
}


@pytest.fixture
def short_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "HISTORY", timedelta(weeks=3))


@pytest.mark.parametrize("now", DAYS.values(), ids=DAYS.keys())
def test_on_any_day_each_customer_has_a_question_nobody_answered_for_them(
    short_story: None, sqlite_store: Store, now: datetime
) -> None:
    """A click on a ticket that was rated in the help desk would replace that rating: `/cx csat` would not move."""
    sync(Reading(store=sqlite_store, desk=demo.DEMO, settings={}, now=now, profile="articles"))
    with sqlite_store.writing() as session:
        for survey, email in CUSTOMERS.items():
            _invite(session, survey, email, now)

    with sqlite_store.reading() as session:
        asked = {one.survey: one for one in session.exec(select(Invitation))}
        rated = set(session.exec(select(SurveyAnswer.survey, SurveyAnswer.ticket_id)).all())
    assert asked.keys() == CUSTOMERS.keys()
    assert {(one.survey, one.ticket_id) for one in asked.values() if one.ticket_id is not None} & rated == set()
    assert {one.state for one in asked.values()} == {InvitationState.WAITING}


@pytest.mark.parametrize("now", DAYS.values(), ids=DAYS.keys())
def test_a_digest_is_due_the_moment_the_demo_opens(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.writing() as session:
        furnish(session, now)

    with sqlite_store.reading() as session:
        [row] = session.exec(select(Subscription)).all()
    due = due_now(row, now)
    assert due.post is not None
    assert due.late < timedelta(minutes=3)
    assert row.zone == ZONE


@pytest.mark.parametrize("now", DAYS.values(), ids=DAYS.keys())
def test_money_and_customers_are_known_for_each_month_and_follow_from_one_another(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.writing() as session:
        furnish(session, now)

    with sqlite_store.reading() as session:
        costs = session.exec(select(Cost).order_by(col(Cost.first_day))).all()
        counts = session.exec(select(CustomerCount).order_by(col(CustomerCount.first_day))).all()
    assert len(costs) == 13
    assert all(later.first_day == earlier.last_day + timedelta(days=1) for earlier, later in pairwise(costs))
    assert costs[-1].first_day <= now.date() <= costs[-1].last_day
    assert counts[-1].last_day < now.date()
    assert all(later.at_start == earlier.at_start + earlier.joined - earlier.lost for earlier, later in pairwise(counts))


def test_months_end_where_the_next_begins_through_a_leap_year() -> None:
    months = _months(datetime(2028, 3, 31, tzinfo=UTC), 3)

    assert months == [
        (date(2028, 1, 1), date(2028, 1, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2028, 3, 1), date(2028, 3, 31)),
    ]


def test_every_number_can_be_seen_in_the_demo(short_story: None, sqlite_store: Store) -> None:
    """Apart from what needs an answer first, nothing is empty."""
    sync(Reading(store=sqlite_store, desk=demo.DEMO, settings={}, now=NOON, profile="articles"))
    with sqlite_store.writing() as session:
        furnish(session, NOON)

    empty = {kpi.slug for kpi in KPIS if _value(sqlite_store, kpi.slug) is None}

    assert empty <= {"response-rate", "ces", "nps"}


def _value(store: Store, slug: str) -> float | None:
    return say(store, slug, now=NOON, workspace=Workspace(zone=ZONE)).figure.value


def test_the_demo_listens_on_this_machine_alone_and_hears_nothing_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_SLACK_BOT_TOKEN", "xoxb-of-a-real-workspace")
    with Sandbox.start(manifest=manifest_path()) as sandbox:
        settings = demo_settings(sandbox, tmp_path, {})

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == sandbox.bot_token
    assert settings.slack_api_url.startswith("http://127.0.0.1:")
    assert settings.http_host == "127.0.0.1"
    assert settings.desks == {}
    assert str(tmp_path) in settings.database_url.get_secret_value()


def test_tickets_of_ones_own_stay_among_themselves() -> None:
    """The job that reads help desks runs at once: it must find none to read."""
    with staged(data=TICKETS, mapping=MAP) as stage:
        turns = stage.house.clockwork.turns["sync"]
        stage.sandbox.control.wait_for(lambda: turns.last_at is not None, 10)
        with stage.cx.store.reading() as session:
            assert set(session.exec(select(Ticket.source)).all()) == {"tickets"}


def test_a_port_that_is_taken_is_said(cx: Terminal) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        ran = cx("demo", "--port", held.getsockname()[1], "--data", TICKETS, "--map", MAP)

    assert (ran.code, ran.out) == (78, "")
    assert "cannot listen on port" in ran.err
    assert "Choose another port." in ran.err


def test_a_file_that_cannot_be_read_takes_the_stage_down(cx: Terminal) -> None:
    (cx.folder / "bad.csv").write_text("a;b\n1;2\n")

    ran = cx("demo", "--once", cx.folder / "seen", "--data", cx.folder / "bad.csv", "--map", MAP)

    assert ran.code == 65
    assert "has no column" in ran.err


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`cx demo` over the example file, in a process of its own."""
    words = [sys.executable, "-u", "-m", "bot", "demo", "--port", "0", "--data", str(TICKETS), "--map", str(MAP)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("CX_")} | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT][: thorough(2, 1)], ids=lambda number: number.name)
def test_it_prints_one_address_and_leaves_nothing_behind_when_it_is_stopped(
    running: subprocess.Popen[str], tmp_path: Path, signal_number: int
) -> None:
    assert running.stdout is not None
    line = running.stdout.readline()
    address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
    # The example's tickets end on 4 November 2026: "last week" would know nothing of them.
    assert running.stdout.readline().strip() == (
        "Your tickets end on 04 Nov 2026: ask about a time they cover, for instance /cx volume 2026-11."
    )
    with urlopen(address, timeout=10) as page:
        assert b"<title>" in page.read()

    running.send_signal(signal_number)
    out, err = running.communicate(timeout=20)

    assert (running.returncode, out, err) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
