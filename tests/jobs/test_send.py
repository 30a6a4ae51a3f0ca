"""While Slack refuses our token everything is kept, and whoever can mend it finds a word about it in the log and in Slack."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot.settings import read_settings
from jobs.job import Tick
from jobs.send import send
from tests.slack.conftest import office, sandbox, sqlite_office
from tests.slack.office import Office

__all__ = ["office", "sandbox", "sqlite_office"]


def beat(office: Office, after: float = 0.0) -> int:
    office.later(after)
    return send(Tick(now=office.now, store=office.store, settings=read_settings({"CX_ADMINS": "U0LENA"}), slack=office.slack))


def to_lena(office: Office) -> list[str]:
    return [str(message["text"]) for message in office.sandbox.control.messages(user="lena")]


def test_when_slack_takes_us_again_an_admin_hears_first_that_it_did_not(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.keep("yesterday in numbers")
    office.sandbox.control.revoke()
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            assert beat(office, 1) == 0
    assert [record.message for record in caplog.records] == ["slack refuses our token; nothing is sent and everything is kept"]
    since = f"{office.now - timedelta(seconds=4):%Y-%m-%d %H:%M}"

    office.sandbox.control.restore()
    assert beat(office, 31) == 2

    [told] = to_lena(office)
    assert told.startswith(f"Slack refused my token (token_revoked) from {since} UTC until now. Nothing was lost")
    first, second = sorted(office.sandbox.control.messages(), key=lambda message: float(message["ts"]))
    assert (first["text"], second["text"]) == (told, "yesterday in numbers")


def test_a_token_that_comes_and_goes_is_told_once_a_day(sqlite_office: Office) -> None:
    for _ in range(3):
        sqlite_office.keep(f"number {sqlite_office.now}")
        sqlite_office.sandbox.control.revoke()
        beat(sqlite_office, 1)
        sqlite_office.sandbox.control.restore()
        beat(sqlite_office, 31)
    assert len(to_lena(sqlite_office)) in (1, 2)  # Two where midnight passed meanwhile.


def test_while_all_is_well_nobody_is_told_anything(sqlite_office: Office) -> None:
    sqlite_office.keep("yesterday in numbers")
    assert beat(sqlite_office) == 1
    assert to_lena(sqlite_office) == []
