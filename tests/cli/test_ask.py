"""`cx ask` answers in words, as JSON and as CSV, now and as things stood."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import datetime

import pytest

from bot.kpis import KPIS
from bot.kpis.kpi import Kpi
from bot.store.engine import open_store
from bot.store.workspace import change_setting
from tests.cli.conftest import Terminal
from tests.world import NOW

FIELDS = {
    "kpi", "value", "unit", "n", "window", "clock", "profile", "definition", "interval", "previous", "parts", "series", "rows",
    "exclusions", "freshness",
}  # fmt: skip
MONDAY = "on 2026-11-16"
LATER = "2026-11-18T09:00:00Z"


def test_it_answers_in_words_with_the_receipt(lived: Terminal) -> None:
    ran = lived("ask", f"volume {MONDAY}")

    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.startswith("12 tickets created · Ticket volume")
    assert "Definition: " in ran.out
    assert "n=12" in ran.out
    assert "UTC" in ran.out


def test_words_need_no_quotes_in_the_shell(lived: Terminal) -> None:
    assert lived("ask", "volume", "on", "2026-11-16").out == lived("ask", f"volume {MONDAY}").out


def test_json_holds_the_whole_answer(lived: Terminal) -> None:
    told = lived("ask", f"frt {MONDAY} by team", "--json").json()

    assert told.keys() >= FIELDS
    assert told["window"].keys() >= {"start", "end", "zone", "text"}
    assert told["window"]["start"] == "2026-11-16T00:00:00Z"
    assert (told["kpi"], told["unit"], told["n"], told["clock"]) == ("frt", "seconds", 12, "business")
    assert told["rows"][0]["labels"] == {"team": "Billing"}
    assert told["rows"][0]["value"] == told["value"] == 750


def test_a_split_in_pieces_tells_a_series_for_each_group(lived: Terminal) -> None:
    asked = "volume from 2026-11-16 to 2026-11-17 by channel daily"
    told = lived("ask", asked, "--json").json()
    by_day = [sum(row["series"][day]["value"] for row in told["rows"]) for day in range(2)]
    assert by_day == [step["value"] for step in told["series"]]

    lines = list(csv.DictReader(io.StringIO(lived("ask", asked, "--csv").out)))
    assert len(lines) == 2 * len(told["rows"])
    assert sum(int(line["value"]) for line in lines) == told["value"]


@pytest.mark.parametrize("kpi", KPIS[::3], ids=lambda kpi: kpi.slug)
def test_any_number_can_be_asked_for(imported: Terminal, kpi: Kpi) -> None:
    told = imported("ask", kpi.slug, "--json").json()

    assert told["kpi"] == kpi.slug
    assert told.keys() >= FIELDS
    assert told["definition"].endswith(".")


def test_csv_adds_up_to_the_number(lived: Terminal) -> None:
    rows = list(csv.DictReader(io.StringIO(lived("ask", f"volume {MONDAY} by category", "--csv").out)))

    assert sum(int(row["value"]) for row in rows) == 12
    assert rows[0]["category"] == "invoice"


def test_one_form_at_a_time(lived: Terminal) -> None:
    ran = lived("ask", "volume", "--csv", "--json")

    assert (ran.code, ran.out) == (2, "")
    assert "one form only. Use --json, --csv," in ran.err


def test_as_of_an_instant_only_what_had_happened_counts(lived: Terminal) -> None:
    """Tickets are opened at 9:00, 9:30, 10:00 and so on; the first is solved in the eleventh hour."""
    told = lived("ask", "backlog", "--json", "--as-of", "2026-11-16T10:15:00Z").json()
    asked = lived("ask", "volume today", "--json", "--as-of", "2026-11-16T10:15:00Z").json()

    assert told["value"] == 3
    assert asked["value"] == 3
    assert asked["asked_at"] == "2026-11-16T10:15:00Z"


def test_the_past_changes_nothing_in_the_store(lived: Terminal) -> None:
    now = ("--as-of", "2026-12-01T00:00:00Z")
    before = lived("export", "facts", *now).out

    lived("ask", "backlog", "--as-of", "2026-11-16T10:15:00Z")

    assert lived("export", "facts", *now).out == before


def test_of_the_past_it_is_asked_in_the_zone_of_today(lived: Terminal) -> None:
    store = open_store(os.environ["CX_DATABASE_URL"])
    with store.writing() as session:
        change_setting(session, "zone", "Asia/Kolkata", now=NOW, by="U0LENA")
    store.close()

    told = lived("ask", "volume today", "--json", "--as-of", "2026-11-16T10:15:00Z").json()

    assert told["window"]["zone"] == "Asia/Kolkata"
    assert told["window"]["start"] == "2026-11-15T18:30:00Z"


def test_a_zone_of_the_settings_moves_the_days(lived: Terminal) -> None:
    told = lived("ask", "volume yesterday", "--json", "--as-of", LATER, CX_ZONE="Pacific/Auckland").json()

    assert told["window"]["zone"] == "Pacific/Auckland"
    assert datetime.fromisoformat(told["window"]["start"]) == datetime.fromisoformat("2026-11-16T11:00:00Z")


def test_no_data_is_null_in_json_and_said_in_words(cx: Terminal) -> None:
    told = cx("ask", "frt", "--json").json()

    assert told["value"] is None
    assert told["n"] == 0
    assert "No tickets yet: run a first sync or import." in cx("ask", "frt").out


def test_what_people_wrote_stays_what_they_wrote(lived: Terminal) -> None:
    """JSON for machines keeps every character; nothing is escaped for Slack."""
    told = lived("ask", "volume on 2026-11-16 by customer", "--json")

    assert json.loads(told.out)["rows"][0]["labels"] == {"customer": "Carla"}


def test_the_oldest_are_printed_as_tickets(lived: Terminal) -> None:
    """Three stand open at a quarter past ten, and the one opened at nine is the oldest."""
    then = ("--as-of", "2026-11-16T10:15:00Z")
    told = lived("ask", "oldest", *then).out.splitlines()
    counted = lived("ask", "oldest", "--tickets", "1", *then).out

    assert told[0] == "Tickets behind 3 unsolved tickets · Backlog"
    assert [line.split()[0] for line in told[2:]] == [
        f"#{row['number' if 'number' in row else 'ticket']}" for row in csv.DictReader(io.StringIO(counted))
    ]
    assert "1 h 15 min old" in told[2]


def test_what_waited_then_had_no_answer_by_then(lived: Terminal) -> None:
    """A minute after nine the first ticket has no answer yet; in the end every one has."""
    then, now = (
        lived("ask", "unanswered", "--json", "--as-of", at).json() for at in ("2026-11-16T09:01:00Z", "2026-12-01T00:00:00Z")
    )

    assert (then["value"], now["value"]) == (1, 0)
    assert then["query"].endswith("unanswered")


def test_what_is_meant_is_asked_back_with_every_choice(lived: Terminal) -> None:
    ran = lived("ask", "volume", "by", "team", "zzz")

    assert ran.code == 2
    assert "volume by team" in ran.err
