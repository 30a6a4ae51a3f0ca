"""A secret that was set is in no output, no file and no database that a command leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.cli.conftest import MAP, TICKETS, Ran, Terminal

CANARY = "s3cr3tcanary"
SECRETS = {
    "CX_SLACK_BOT_TOKEN": f"xoxb-{CANARY}-1",
    "CX_SLACK_APP_TOKEN": f"xapp-{CANARY}-2",
    "CX_SLACK_SIGNING_SECRET": f"{CANARY}3",
}
COMMANDS = {
    "ask": ("ask", "volume"),
    "ask as json": ("ask", "volume", "--json"),
    "ask nonsense": ("ask", "frobnicate"),
    "export": ("export", "facts"),
    "import": ("import", TICKETS, "--map", MAP),
    "sync": ("sync", "csv"),
    "digest": ("digest", "--out", "out"),
    "manifest": ("manifest",),
    "doctor": ("doctor",),
    "doctor as json": ("doctor", "--json"),
    "run": ("run",),
    "help": ("--help",),
}


def left_behind(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def holds_the_canary(ran: Ran, folder: Path) -> list[str]:
    files = [name for name, content in left_behind(folder).items() if CANARY.encode() in content]
    return [*files, *(["output"] if CANARY in ran.out else []), *(["errors"] if CANARY in ran.err else [])]


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_command_tells_a_secret(imported: Terminal, words: tuple[object, ...]) -> None:
    """Slack is there and refuses the tokens, which is when programs like to quote them."""
    with Sandbox.start() as sandbox:
        ran = imported(*words, **SECRETS, CX_SLACK_API_URL=sandbox.api_url)

    assert holds_the_canary(ran, imported.folder) == []


def test_no_command_tells_a_secret_out_of_a_file(imported: Terminal) -> None:
    secret = imported.folder.parent / f"{imported.folder.name}-token"
    secret.write_text(f"xoxb-{CANARY}\n")

    ran = imported("doctor", CX_SLACK_BOT_TOKEN_FILE=str(secret), CX_SLACK_API_URL="http://127.0.0.1:9/api/")

    assert "slack" in ran.out
    assert holds_the_canary(ran, imported.folder) == []


def test_no_error_about_a_setting_quotes_its_value(imported: Terminal) -> None:
    for name in (*SECRETS, "CX_DATABASE_URL", "CX_HTTP_PORT", "CX_ZONE", "CX_ADMINS", "CX_CURRENCY"):
        ran = imported("ask", "volume", **{name: f"{CANARY}:{CANARY}@nowhere"})
        assert holds_the_canary(ran, imported.folder) == [], name


def test_a_password_of_a_database_is_in_no_error(imported: Terminal) -> None:
    for words in COMMANDS.values():
        ran = imported(*words, CX_DATABASE_URL=f"postgresql+psycopg://cx:{CANARY}@127.0.0.1:9/cx")
        assert holds_the_canary(ran, imported.folder) == [], words


def test_the_database_holds_no_setting(imported: Terminal) -> None:
    """Settings stay where they were set: a copy of the database gives nobody a token."""
    imported("ask", "volume", **SECRETS)

    assert imported.database.exists()
    assert CANARY.encode() not in imported.database.read_bytes()
