"""Tickets come in by `cx import` and `cx sync`: once, whole, and the same however often it is said."""

from __future__ import annotations

import shutil
import zipfile
from datetime import timedelta

import pytest

from bot.desks import demo
from bot.store.engine import Store
from tests.cli.conftest import MAP, TICKETS, Terminal

LATER = ("--as-of", "2026-12-01T00:00:00Z")  # Waits of open tickets grow with the clock, so it is held.
EVERYTHING = ("export", "facts", *LATER)


@pytest.fixture
def short_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two weeks of the demo desk instead of two years."""
    monkeypatch.setattr(demo, "HISTORY", timedelta(weeks=2))


@pytest.fixture
def on_either(cx: Terminal, store: Store) -> Terminal:
    """A terminal at an empty store of each kind."""
    cx.patch.setenv("CX_DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    return cx


def test_an_import_says_what_it_brought(cx: Terminal) -> None:
    ran = cx("import", TICKETS, "--map", MAP)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "5 rows of tickets.csv: 5 tickets, 5 new or changed.\n"
    assert cx(*EVERYTHING).out.count("\ntickets,") == 5


def test_importing_twice_changes_nothing(on_either: Terminal) -> None:
    on_either("import", TICKETS, "--map", MAP)
    before = [on_either("export", what, *LATER).out for what in ("facts", "sla", "backlog")]

    ran = on_either("import", TICKETS, "--map", MAP)

    assert "5 tickets, 0 new or changed" in ran.out
    assert [on_either("export", what, *LATER).out for what in ("facts", "sla", "backlog")] == before


def test_a_changed_row_changes_its_ticket_alone(imported: Terminal) -> None:
    path = imported.folder / "tickets.csv"
    path.write_text(TICKETS.read_text("utf-8").replace("1003;Où est mon colis ?;waiting", "1003;Où est mon colis ?;new"), "utf-8")

    ran = imported("import", path, "--map", MAP)

    assert "5 tickets, 1 new or changed" in ran.out
    assert "tickets,1003,new" in imported("export", "facts").out


def test_a_source_may_be_named(cx: Terminal) -> None:
    cx("import", TICKETS, "--map", MAP, "--source", "old-desk")

    assert cx(*EVERYTHING).out.count("\nold-desk,") == 5


def test_a_zip_is_as_good_as_the_file(cx: Terminal) -> None:
    with zipfile.ZipFile(cx.folder / "tickets.zip", "w") as packed:
        packed.write(TICKETS, "tickets.csv")

    assert cx("import", cx.folder / "tickets.zip", "--map", MAP).out.startswith("5 rows of tickets.csv: 5 tickets")


def test_a_dry_run_counts_and_makes_no_store(cx: Terminal) -> None:
    ran = cx("import", TICKETS, "--map", MAP, "--dry-run")

    assert ran.code == 0
    assert "5 rows, 5 tickets, 2026-11-02 to " in ran.out
    assert not cx.database.exists()


def test_a_file_may_be_a_desk_that_is_read_again_and_again(cx: Terminal) -> None:
    path = cx.folder / "tickets.csv"
    shutil.copyfile(TICKETS, path)
    env = {"CX_CSV_PATH": str(path), "CX_CSV_MAP": str(MAP)}

    first, second = cx("sync", **env), cx("sync", **env)

    assert "5 tickets new or changed" in first.out
    assert "0 records read, 0 tickets new or changed" in second.out


def test_syncing_at_one_instant_twice_changes_nothing(short_story: None, on_either: Terminal) -> None:
    """Nobody is asked for the time: it is the one that was given."""
    at = ("--as-of", "2026-11-18T09:00:00Z")

    first = on_either("sync", "demo", *at)
    before = on_either(*EVERYTHING).out
    second = on_either("sync", "demo", *at)

    assert first.code == second.code == 0
    assert before.count("\ndemo,") > 100
    assert "0 records read, 0 tickets new or changed" in second.out
    assert on_either(*EVERYTHING).out == before


def test_syncing_in_two_steps_or_in_one_gives_the_same_tickets(short_story: None, cx: Terminal) -> None:
    """The first asking pins the story's dates, so both stores begin at the same instant."""
    homes = [str(cx.folder / name) for name in ("steps", "leap")]
    asked = [(homes[0], "2026-11-16T09:00:00Z"), (homes[0], "2026-11-17T09:00:00Z"), (homes[0], "2026-11-18T09:00:00Z")]
    asked += [(homes[1], "2026-11-16T09:00:00Z"), (homes[1], "2026-11-18T09:00:00Z")]
    for home, at in asked:
        assert cx("sync", "demo", "--as-of", at, CX_HOME=home).code == 0

    steps, leap = (cx(*EVERYTHING, CX_HOME=home).out for home in homes)

    assert steps == leap
    assert steps.count("\n") > 100


def test_two_sources_live_side_by_side(short_story: None, imported: Terminal) -> None:
    imported("sync", "demo", "--as-of", "2026-11-18T09:00:00Z")

    assert imported("ask", "volume from 2026-11-01 to 2026-11-16 by source", "--json").code in (0, 2)
    facts = imported(*EVERYTHING).out
    assert facts.count("\ntickets,") == 5
    assert facts.count("\ndemo,") > 100
