"""Whatever is typed, given or set wrongly is answered in a sentence with the next step, and leaves everything as it was."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLES, MAP, ROOT, TICKETS, Ran, Terminal, fingerprint

BAD_WORDS = {
    "nothing": "",
    "spaces": "   ",
    "a stranger": "frobnicate",
    "10,000 characters": "x" * 10_000,
    "10,000 words": "frobnicate " * 10_000,
    "an open quote": 'csat "unclosed',
    "curly quotes": "“csat” for Ann’s ‘team’",
    "an apostrophe": "backlog for Ann's teams",
    "emoji": "🔥🔥",
    "markup": "<b>*backlog*</b> $\\frac{1}{2}$ <!channel> <@U123>",
    "SQL": "backlog'; drop table ticket; --",
    "a path": "../../etc/passwd",
    "format signs": "%s %n {0} ${HOME}",
    "control characters": "back\x07log \x1b[31mred",
    "right to left": "backlog \u202egnp.exe",
    "an impossible day": "backlog on 31 February",
    "the year 9999": "volume 9999-12-31 to 9999-01-01",
    "a huge number": f"volume last {10**30} days",
    "minus": "volume last -7 days",
    "contradiction": "frt by team by agent by channel",
}


def refused(ran: Ran, code: int, *said: str) -> None:
    """One paragraph on standard error, in words, and nothing on standard output."""
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.strip().endswith((".", "?", "help."))
    assert len(ran.err) < 1500
    for words in said:
        assert words in ran.err


@pytest.mark.parametrize("words", BAD_WORDS.values(), ids=BAD_WORDS.keys())
def test_wrong_words_are_answered_with_words_that_work(imported: Terminal, words: str) -> None:
    ran = imported("ask", words)

    refused(ran, 2)
    assert len(ran.err.splitlines()) <= 8
    assert "*" not in ran.err


def test_a_mistyped_word_is_answered_with_the_nearest(imported: Terminal) -> None:
    refused(imported("ask", "baklog"), 2, 'Did you mean "backlog"?')


@pytest.mark.parametrize(
    "words", ["csat" + " " * 9_990, "csat " * 2_000, "csat \ud83d\u200b\ufeff"], ids=["blanks", "again", "dirt"]
)
def test_what_can_be_understood_is_answered(imported: Terminal, words: str) -> None:
    assert imported("ask", words).out.splitlines()[0].endswith("Customer satisfaction")


@pytest.mark.parametrize("instant", ["yesterday", "2026-11-05", "2026-11-05T00:00:00", "", "9999-99-99T00:00:00Z", "🔥"])
def test_an_instant_needs_date_time_and_offset(imported: Terminal, instant: str) -> None:
    refused(imported("ask", "backlog", "--as-of", instant), 2, "is not an instant", "T08:00:00Z")


@pytest.mark.parametrize("word", ["stuff", "", "tickets", "facts;sla"])
def test_there_are_three_things_to_export(imported: Terminal, word: str) -> None:
    refused(imported("export", word), 2, "Export facts, sla or backlog.")


@pytest.mark.parametrize("day", ["x", "", "2026-13-01", "2026-02-30", "1.11.2026", "1969-12-31", "9999-12-31", "x" * 5000])
def test_days_are_days_that_can_be_counted(imported: Terminal, day: str) -> None:
    refused(imported("export", "backlog", "--from", day or "-", "--to", "2026-11-04"), 2)
    refused(imported("export", "backlog", "--from", "2026-11-01", "--to", day or "-"), 2)
    refused(imported("digest", "--date", day or "-", "--out", imported.folder / "out"), 2)


def test_days_stand_in_order_and_are_not_too_many(imported: Terminal) -> None:
    refused(imported("export", "backlog", "--from", "2026-11-05", "--to", "2026-11-01"), 2, "Swap --from and --to.")
    refused(imported("export", "backlog", "--from", "1990-01-01", "--to", "2026-11-01"), 2, "ten years at most")


def test_a_zone_is_one_that_exists(imported: Terminal) -> None:
    refused(imported("export", "backlog", "--zone", "Mars/Olympus"), 2, "Mars/Olympus", "Europe/Berlin")


def test_an_unknown_desk_is_answered_with_those_there_are(cx: Terminal) -> None:
    refused(cx("sync", "zendeks"), 2, "'zendeks'", "demo, csv")


def test_without_a_desk_there_is_nothing_to_sync(cx: Terminal) -> None:
    refused(cx("sync"), 3, "No help desk is connected.", "cx sync demo")


def test_a_desk_without_settings_names_them(cx: Terminal) -> None:
    refused(cx("sync", "csv"), 78, "path and map")


def test_a_digest_of_tomorrow_cannot_be_written_yet(imported: Terminal) -> None:
    refused(imported("digest", "--date", "2199-01-01", "--out", imported.folder / "out"), 2, "has not come yet")


def test_a_digest_knows_two_themes(imported: Terminal) -> None:
    refused(imported("digest", "--out", imported.folder / "out", "--theme", "pink"), 2, "light or dark")


@pytest.mark.parametrize("option", [("digest", "--out"), ("demo", "--once")], ids=["digest", "demo"])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(cx: Terminal, option: tuple[str, str]) -> None:
    (cx.folder / "a-file").write_text("mine")

    refused(cx(*option, cx.folder / "a-file"), 65, "it is a file", "Nothing was written.", option[1])
    refused(cx(*option, "/proc/nowhere"), 65, "/proc/nowhere", "Nothing was written.")
    assert (cx.folder / "a-file").read_text() == "mine"


def test_a_full_disk_and_a_reader_that_went_away_end_without_a_traceback(imported: Terminal) -> None:
    cx = f"{sys.executable} -m bot export backlog --from 2020-01-01 --to 2026-11-22"
    full = subprocess.run(["bash", "-c", f"{cx} > /dev/full"], capture_output=True, text=True, cwd=ROOT, check=False)
    gone = subprocess.run(["bash", "-c", f"{cx} | head -1"], capture_output=True, text=True, cwd=ROOT, check=False)

    assert full.returncode == 74
    assert full.stderr == "No space left on device. What was stored before is still there.\n"
    assert (gone.stdout, gone.stderr) == ("date,status,tickets\n", "")


FILES = {
    "missing": (None, 65, "There is no file"),
    "empty": (b"", 65, "tickets.csv"),
    "bytes": (bytes(range(256)) * 40, 65, "tickets.csv"),
    "another table": (b"a;b;c\n1;2;3\n", 65, "has no column 'Ticket'"),
    "an open quote": (TICKETS.read_bytes() + b'9;"open;solved', 65, "tickets.csv"),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_read_leaves_the_store_byte_for_byte(
    imported: Terminal, content: tuple[bytes | None, int, str]
) -> None:
    data, code, said = content
    before, path = fingerprint(imported.database), imported.folder / "tickets.csv"
    if data is not None:
        path.write_bytes(data)

    refused(imported("import", path, "--map", MAP), code, said, "Nothing was imported.")
    assert fingerprint(imported.database) == before


def test_an_import_with_bad_lines_names_the_first_five_and_keeps_nothing(imported: Terminal) -> None:
    head, *lines = TICKETS.read_text("utf-8").splitlines(keepends=True)
    good = next(line for line in lines if line.startswith("1003"))
    bad = [good.replace("1003", f"9{n}").replace("03.11.2026 14:02", f"99.99.20{n}") for n in range(10, 17)]
    path = imported.folder / "more.csv"
    path.write_text(head + good.replace("1003", "8000") + "".join(bad), "utf-8")
    before = fingerprint(imported.database)

    ran = imported("import", path, "--map", MAP)

    assert (ran.code, ran.out) == (65, "")
    assert [f"99.99.20{n}" in ran.err for n in range(10, 17)] == [True] * 5 + [False] * 2
    assert "line 3" in ran.err
    assert "Nothing was imported." in ran.err
    assert fingerprint(imported.database) == before


def test_a_dry_run_of_a_bad_file_says_the_same_and_touches_no_store(cx: Terminal) -> None:
    head, *_ = TICKETS.read_text("utf-8").splitlines(keepends=True)
    path = cx.folder / "bad.csv"
    path.write_text(head + "1;x;waiting;;;;;99.11.2026 08:55;;;;;;;;;;\n", "utf-8")

    ran = cx("import", path, "--map", MAP, "--dry-run")

    assert ran.code == 65
    assert "line 2" in ran.out
    assert "99.11.2026 08:55" in ran.out
    assert not cx.database.exists()


MAPPINGS = {
    "missing": (None, "cannot be read"),
    "no TOML": (b"id;subject\n1;2\n", "not TOML"),
    "bytes": (bytes(range(256)), "mapping.toml"),
    "empty": (b"", "mapping.toml"),
    "an unknown key": (MAP.read_bytes() + b'\n[colums]\nid = "x"\n', "colums"),
    "another file's": ((EXAMPLES / "uci-servicenow.toml").read_bytes(), "has no column"),
}


@pytest.mark.parametrize("content", MAPPINGS.values(), ids=MAPPINGS.keys())
def test_a_wrong_mapping_is_named(imported: Terminal, content: tuple[bytes | None, str]) -> None:
    data, said = content
    before, path = fingerprint(imported.database), imported.folder / "mapping.toml"
    if data is not None:
        path.write_bytes(data)

    ran = imported("import", TICKETS, "--map", path)

    assert (ran.code in (65, 78), ran.out) == (True, "")
    assert said in ran.err
    assert fingerprint(imported.database) == before


def test_a_mapping_is_needed(cx: Terminal) -> None:
    ran = cx("import", TICKETS)

    assert ran.code == 2
    assert "--map" in ran.err


DATABASES = {
    "nobody listens": ("postgresql+psycopg://cx:s3cr3t@127.0.0.1:9/cx", 74, "does not answer"),
    "another kind": ("mysql://cx:s3cr3t@127.0.0.1/cx", 78, "names no database we can open"),
    "no address": ("s3cr3t", 78, "names no database we can open"),
    "no such folder": ("sqlite:////proc/nowhere/cx.db", 74, "cannot be made"),
}


@pytest.mark.parametrize("given", DATABASES.values(), ids=DATABASES.keys())
def test_a_wrong_database_is_said_without_its_password(cx: Terminal, given: tuple[str, int, str]) -> None:
    url, code, said = given

    ran = cx("ask", "backlog", CX_DATABASE_URL=url)

    refused(ran, code, said)
    assert "s3cr3t" not in ran.err


def test_a_file_that_is_no_database_is_left_alone(cx: Terminal) -> None:
    letter = cx.folder / "letter.txt"
    letter.write_text("Dear Carla,\n" * 1000)
    before = fingerprint(letter)

    refused(cx("ask", "backlog", CX_DATABASE_URL=f"sqlite:///{letter}"), 74, "not a cx database")
    assert fingerprint(letter) == before


def test_a_damaged_store_is_said(imported: Terminal) -> None:
    whole = imported.database.read_bytes()
    imported.database.write_bytes(whole[:4096] + b"\xff" * 20_000 + whole[24_096:])

    ran = imported("ask", "volume all time by month")

    assert ran.code == 74
    assert ran.err.strip().endswith(".")


SETTINGS = {
    "a typo": ({"CX_ZNOE": "UTC"}, "CX_ZONE"),
    "no such zone": ({"CX_ZONE": "Europe/Berlim"}, "Europe/Berlin"),
    "swapped tokens": ({"CX_SLACK_BOT_TOKEN": "xapp-s3cr3t", "CX_SLACK_APP_TOKEN": "xoxb-s3cr3t"}, "swapped"),
    "no token at all": ({"CX_SLACK_BOT_TOKEN": "s3cr3t"}, "xoxb-"),
    "no such file": ({"CX_SLACK_BOT_TOKEN_FILE": "/nowhere/s3cr3t"}, "CX_SLACK_BOT_TOKEN_FILE"),
    "no port": ({"CX_HTTP_PORT": "99999"}, "CX_HTTP_PORT"),
}


@pytest.mark.parametrize("given", SETTINGS.values(), ids=SETTINGS.keys())
def test_wrong_settings_are_named_with_their_values_kept_quiet(cx: Terminal, given: tuple[dict[str, str], str]) -> None:
    env, said = given

    ran = cx("ask", "backlog", **env)

    assert (ran.code, ran.out) == (78, "")
    assert said in ran.err
    assert "s3cr3t" not in ran.err.replace("/nowhere/s3cr3t", "")


def test_all_wrong_settings_are_named_at_once(cx: Terminal) -> None:
    ran = cx("ask", "backlog", CX_ZONE="Nowhere", CX_CLOCK="sundial", CX_PROFIL="zendesk")

    assert ran.code == 78
    assert all(name in ran.err for name in ("3 settings", "CX_ZONE", "CX_CLOCK", "CX_PROFIL"))


def test_a_garbled_settings_file_is_said(cx: Terminal) -> None:
    (cx.folder / "cx.toml").write_text("zone = \n[[[")

    ran = cx("ask", "backlog")

    assert ran.code == 78
    assert "cx.toml cannot be read" in ran.err


def test_a_demo_with_a_file_needs_its_mapping(cx: Terminal) -> None:
    refused(cx("demo", "--data", TICKETS), 2, "DATA=path MAP=path")


def test_an_unknown_command_or_option_is_said_by_the_shell_of_cx(cx: Terminal) -> None:
    for words in (("frobnicate",), ("ask", "backlog", "--jsno"), ("export",), ("import",)):
        ran = cx(*words)
        assert ran.code == 2
        assert "Usage: cx" in ran.err


def test_an_empty_store_answers_that_it_is_empty(cx: Terminal) -> None:
    ran = cx("ask", "volume")

    assert ran.code == 0
    assert "No tickets yet: run a first sync or import." in ran.out


def test_a_store_of_a_later_version_is_not_touched(imported: Terminal) -> None:
    copy = imported.folder / "later.db"
    shutil.copyfile(imported.database, copy)
    _pretend_later(copy)
    before = fingerprint(copy)

    ran = imported("ask", "backlog", CX_DATABASE_URL=f"sqlite:///{copy}")

    assert ran.code == 74
    assert fingerprint(copy) == before


def _pretend_later(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
