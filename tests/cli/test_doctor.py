"""`cx doctor` says of each part that it is well, or what to do; `cx manifest` prints what to create the Slack app from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot import clock
from bot.cli.checks_slack import _connected
from bot.cli.checks_store import filesystem
from bot.sandbox import Sandbox
from bot.slack.outcomes import Outcome, OutcomeKind
from bot.store.engine import open_store
from bot.store.outbox import Letter, enqueue
from bot.store.tables import DeskCursor, Quarantine, Subscription
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


def test_a_scope_that_was_not_granted_is_named_with_its_reason_and_the_fix(cx: Terminal) -> None:
    granted = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    granted["oauth_config"]["scopes"]["bot"].remove("files:write")
    granted["oauth_config"]["scopes"]["bot"].append("pins:read")
    with Sandbox.start(manifest=granted) as sandbox:
        connected(cx, sandbox)
        ok, says = parts(cx)["scopes"]

    assert not ok
    assert says.startswith("missing files:write (upload charts). ")
    assert "install the app again" in says


def test_a_scope_too_many_is_said_and_is_no_fault(cx: Terminal) -> None:
    granted = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    granted["oauth_config"]["scopes"]["bot"].append("pins:read")
    with Sandbox.start(manifest=granted) as sandbox:
        connected(cx, sandbox)
        ok, says = parts(cx)["scopes"]

    assert ok
    assert says.endswith("not needed, better taken away: pins:read")


@pytest.mark.parametrize(("apart_s", "well"), [(0, True), (-50, True), (55, True), (400, False), (-3600, False)])
def test_a_clock_that_differs_from_slacks_is_noticed(
    cx: Terminal, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, apart_s: int, *, well: bool
) -> None:
    connected(cx, sandbox)
    monkeypatch.setattr(clock, "now", lambda real=clock.now: real() + timedelta(seconds=apart_s))

    ok, says = parts(cx)["clock"]

    assert ok is well
    assert well or ("ahead of Slack's" if apart_s > 0 else "behind Slack's") in says
    assert well or "timedatectl set-ntp true" in says


@pytest.mark.parametrize("date", ["", "nonsense", "Sun, 99 Nov 2026 19:00:00 GMT", "Mon, 16 Nov 2026 19:00:00 -0000"])
def test_a_date_that_is_none_is_no_clock(date: str) -> None:
    """A proxy may stand between; -0000 is UTC, of which Python makes an instant without a zone."""
    asked = Outcome(kind=OutcomeKind.POSTED, body={}, headers={"date": date})

    assert [check.name for check in _connected(asked)] == ["slack", *(["clock"] if "-0000" in date else [])]


def test_each_channel_that_something_is_posted_to_is_looked_at(imported: Terminal, sandbox: Sandbox) -> None:
    connected(imported, sandbox)
    store = open_store(f"sqlite:///{imported.database}")
    with store.writing() as session:
        for channel in ("C0SUPPORT", "C0GONE", "C0DIGEST"):
            session.add(subscription(channel))
        session.add(subscription("C0PAUSED", enabled=False))
        session.add(subscription("U0ANA"))
    store.close()
    sandbox.control.change_channel("#cx-digest", is_archived=True)

    found = {name: part for name, part in parts(imported).items() if name.startswith("channel")}

    assert found["channel #support"] == (True, "can be posted to")
    assert found["channel #C0GONE"][1].startswith("cannot be seen: it is gone, or private and cx is not in it.")
    assert found["channel #cx-digest"] == (False, "is archived: subscribe in another channel.")
    assert len(found) == 3, "neither a paused one nor a person"


def subscription(channel: str, *, enabled: bool = True) -> Subscription:
    return Subscription(
        kind="digest",
        channel_id=channel,
        cadence={"at": "09:00"},
        zone="UTC",
        owner="U0ANA",
        enabled=enabled,
        created_at=NOW,
        seen_until=NOW,
    )


def test_the_file_its_rights_its_disk_and_its_copies_are_looked_at(imported: Terminal) -> None:
    imported.database.chmod(0o644)
    before = parts(imported)
    imported.database.chmod(0o600)
    imported("backup")
    after = parts(imported)

    assert before["integrity"] == (True, f"whole, {imported.database}")
    assert before["rights"] == (False, f"others may read the tickets: chmod 600 {imported.database}")
    assert "rights" not in after
    assert before["disk"][1].split(" GB free")[0]
    assert before["backup"] == (True, "no copy in the folder backups yet: run cx backup every night")
    assert after["backup"][0]
    assert after["backup"][1].startswith("the newest is cx-20")


def test_a_damaged_file_is_found_and_its_fix_is_said(imported: Terminal) -> None:
    with imported.database.open("r+b") as file:
        file.seek(imported.database.stat().st_size // 2)
        file.write(b"\xff" * 40_000)

    found = parts(imported)

    wrong = {name: says for name, (ok, says) in found.items() if not ok}
    assert "damaged" in str(wrong) or "cx restore" in str(wrong)


def test_messages_that_wait_too_long_are_a_fault(imported: Terminal) -> None:
    store = open_store(f"sqlite:///{imported.database}")
    with store.writing() as session:
        enqueue(session, Letter(dedupe_key="1", kind="digest", channel_id="C1", payload={}), clock.now() - timedelta(minutes=11))
    store.close()

    ok, says = parts(imported)["outbox"]

    assert not ok
    assert says.startswith("1 wait, 0 could not be sent; the oldest has been due since 20")


@pytest.mark.parametrize(
    ("path", "kind"), [("/srv/cx/cx.db", "nfs4"), ("/srv/cx.db", "ext4"), ("/home/cx.db", "overlay"), ("/srv/cxx/cx.db", "ext4")]
)
def test_the_filesystem_of_a_path_is_the_innermost_mount(path: str, kind: str) -> None:
    mounts = "overlay / overlay rw 0 0\n/dev/sda1 /srv ext4 rw 0 0\nnas:/cx /srv/cx nfs4 rw 0 0\n"

    assert filesystem(Path(path), mounts) == kind
    assert filesystem(Path(path), "") == ""


def test_over_http_the_manifest_names_the_address(cx: Terminal) -> None:
    url = "https://cx.example.com/slack/events"
    found = yaml.safe_load(cx("manifest", "--url", url).out)

    assert found["settings"]["event_subscriptions"]["request_url"] == url
    assert found["settings"]["socket_mode_enabled"] is False
    for wrong in ("http://cx.example.com/slack/events", "cx.example.com", "https://x y/", 'https://x/"'):
        assert cx("manifest", "--url", wrong).code == 2


def test_the_manifest_is_the_one_in_the_repository(cx: Terminal) -> None:
    ran = cx("manifest")

    assert ran.code == 0
    assert ran.out == Path(ROOT / "manifest.yml").read_text("utf-8")
    assert yaml.safe_load(ran.out)["features"]["slash_commands"][0]["command"] == "/cx"


def test_a_damaged_file_is_said_with_the_copy_to_restore(imported: Terminal) -> None:
    copied = imported("backup")
    with imported.database.open("r+b") as opened:
        opened.seek(40 * 4096)
        opened.write(b"\xff" * 4096 * 4)

    ok, says = parts(imported)["integrity"]
    [copy] = (imported.database.parent / "backups").glob("*.db")

    assert copied.code == 0
    assert not ok
    assert says.endswith(f"Stop cx and run: cx restore {copy}")
