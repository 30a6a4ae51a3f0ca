"""`cx doctor` says of each part that it is well, or what to do; `cx manifest` prints what to create the Slack app from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.sandbox import Sandbox
from bot.store.engine import open_store
from bot.store.tables import DeskCursor, Quarantine
from tests.cli.conftest import MAP, ROOT, TICKETS, Terminal
from tests.world import NOW


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


def connected(cx: Terminal, sandbox: Sandbox) -> None:
    cx.patch.setenv("CX_SLACK_BOT_TOKEN", sandbox.bot_token)
    cx.patch.setenv("CX_SLACK_APP_TOKEN", sandbox.app_token)
    cx.patch.setenv("CX_SLACK_API_URL", sandbox.api_url)


def parts(cx: Terminal, **env: str) -> dict[str, tuple[bool, str]]:
    return {part["name"]: (part["ok"], part["says"]) for part in json.loads(cx("doctor", "--json", **env).out)}


def test_where_all_is_well_each_part_says_so(imported: Terminal, sandbox: Sandbox) -> None:
    connected(imported, sandbox)

    ran = imported("doctor")

    assert (ran.code, ran.err) == (0, "")
    assert all(line.startswith("✓ ") for line in ran.out.splitlines())
    for said in (
        "✓ settings: zone UTC",
        "✓ store: sqlite, 5 tickets",
        "✓ tickets tickets: last read 20",
        "✓ slack: connected as U",
    ):
        assert said in ran.out


def test_a_missing_token_says_where_to_take_it_from(cx: Terminal) -> None:
    ran = cx("doctor")

    assert ran.code == 1
    assert "✗ slack: CX_SLACK_BOT_TOKEN is not set: take it from OAuth & Permissions" in ran.out


def test_a_wrong_token_is_said_without_the_token(cx: Terminal, sandbox: Sandbox) -> None:
    connected(cx, sandbox)

    ok, says = parts(cx, CX_SLACK_BOT_TOKEN="xoxb-s3cr3t")["slack"]

    assert not ok
    assert "invalid_auth" in says
    assert "s3cr3t" not in says


def test_a_missing_app_token_is_missed_only_where_it_is_needed(cx: Terminal, sandbox: Sandbox) -> None:
    connected(cx, sandbox)
    cx.patch.delenv("CX_SLACK_APP_TOKEN")

    assert parts(cx)["socket"] == (False, "CX_SLACK_APP_TOKEN is not set: take it from App-Level Tokens.")
    assert "socket" not in parts(cx, CX_SLACK_DOOR="http", CX_SLACK_SIGNING_SECRET="s3cr3t")


def test_slack_out_of_reach_hides_nothing_else(imported: Terminal) -> None:
    found = parts(imported, CX_SLACK_BOT_TOKEN="xoxb-s3cr3t", CX_SLACK_API_URL="http://127.0.0.1:9/api/")

    assert not found["slack"][0]
    assert found["store"] == (True, "sqlite, 5 tickets")
    assert found["fonts"][0]


def test_broken_settings_hide_what_depends_on_them(cx: Terminal) -> None:
    found = parts(cx, CX_ZONE="Europe/Berlim")

    assert list(found) == ["settings"]
    assert "Europe/Berlin" in found["settings"][1]


def test_a_store_out_of_reach_is_said_without_its_password(cx: Terminal) -> None:
    ok, says = parts(cx, CX_DATABASE_URL="postgresql+psycopg://cx:s3cr3t@127.0.0.1:9/cx")["store"]

    assert not ok
    assert "does not answer" in says
    assert "s3cr3t" not in says


def test_a_desk_with_settings_is_asked(cx: Terminal) -> None:
    well = parts(cx, CX_CSV_PATH=str(TICKETS), CX_CSV_MAP=str(MAP))
    broken = parts(cx, CX_CSV_PATH="/nowhere/tickets.csv", CX_CSV_MAP=str(MAP))

    assert [ok for name, (ok, _) in well.items() if "CSV" in name or "file" in name.lower()] == [True]
    assert [says for name, (ok, says) in broken.items() if not ok and name.startswith("CSV")] != []


def test_what_was_set_aside_and_what_a_desk_said_last_are_shown(imported: Terminal) -> None:
    store = open_store(f"sqlite:///{imported.database}")
    with store.writing() as session:
        session.add(DeskCursor(source="mojo", stream="tickets", last_error="Mojo refused the key."))
        session.add(Quarantine(source="mojo", stream="tickets", external_id="1", reason="no status", at=NOW))
    store.close()

    found = parts(imported)

    assert found["mojo tickets"] == (False, "Mojo refused the key.")
    assert found["quarantine"][1].startswith("1 records were set aside")


def test_the_manifest_is_the_one_in_the_repository(cx: Terminal) -> None:
    ran = cx("manifest")

    assert ran.code == 0
    assert ran.out == Path(ROOT / "manifest.yml").read_text("utf-8")
    assert yaml.safe_load(ran.out)["features"]["slash_commands"][0]["command"] == "/cx"
