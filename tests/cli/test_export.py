"""`cx export` writes what outside checks need: fixed columns, whole seconds, instants in UTC, and empty for no data."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest

from bot.cli import exporting
from bot.store.engine import Store
from tests.cli.conftest import Terminal
from tests.kpis.office import keep
from tests.world import CAST
from tests.world import ticket as ticket_record

FACTS = """source, external_id, status, created_at, first_response_at, first_response_s, first_response_business_s,
first_resolution_at, first_resolution_s, first_resolution_business_s, full_resolution_at, full_resolution_s,
full_resolution_business_s, requester_wait_s, requester_wait_business_s, agent_wait_s, agent_wait_business_s, on_hold_s,
on_hold_business_s, agent_work_s, agent_work_business_s, agent_replies, customer_replies, internal_notes, reopens, reassignments,
assignee_stations, group_stations, one_touch, first_contact, handling_s, excluded, channel, category, priority, team, agent,
customer, tags"""
SLA = "source, external_id, metric, instance, policy, target_s, business, started_at, outcome, outcome_at, elapsed_s"
BACKLOG = "date, status, tickets"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAYS = ("--from", "2026-11-16", "--to", "2026-11-18", "--zone", "UTC")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def ticket(cx: Terminal, external_id: str, *more: str) -> dict[str, str]:
    return next(row for row in rows(cx("export", "facts", "--csv", *more).out) if row["external_id"] == external_id)


@pytest.mark.parametrize(("what", "columns"), [("facts", FACTS), ("sla", SLA), ("backlog", BACKLOG)])
def test_the_columns_are_fixed(cx: Terminal, what: str, columns: str) -> None:
    """An empty store has the same ones."""
    assert cx("export", what, "--csv").out == ",".join(re.split(r",\s+", columns)) + "\n"


def test_facts_have_a_row_a_ticket_in_order(lived: Terminal) -> None:
    found = rows(lived("export", "facts", "--csv").out)

    assert [row["external_id"] for row in found] == sorted(str(number) for number in range(12))
    assert {row["source"] for row in found} == {"desk"}


def test_a_ticket_is_told_in_whole_seconds_and_utc(lived: Terminal) -> None:
    """Opened at 9:30, answered after ten minutes, solved after ninety: all of it within office hours."""
    told = ticket(lived, "1")

    assert told["created_at"] == "2026-11-16T09:30:00Z"
    assert (told["first_response_at"], told["first_response_s"]) == ("2026-11-16T09:40:00Z", "600")
    assert told["first_response_business_s"] == "600"
    assert (told["full_resolution_at"], told["full_resolution_s"]) == ("2026-11-16T11:00:00Z", "5400")
    assert (told["agent_replies"], told["reopens"], told["one_touch"], told["excluded"]) == ("1", "0", "true", "")
    assert (told["channel"], told["category"], told["priority"], told["team"]) == ("email", "invoice", "normal", "Billing")
    assert (told["agent"], told["customer"], told["tags"]) == ("Ana", "Carla", "eu;vip")


def test_no_data_is_empty(lived: Terminal) -> None:
    told = ticket(lived, "3")

    assert (told["status"], told["full_resolution_at"], told["full_resolution_s"]) == ("open", "", "")


def test_where_no_time_is_logged_on_any_ticket_handling_is_the_business_time_in_new_and_open(lived: Terminal) -> None:
    told = rows(lived("export", "facts", "--csv", "--as-of", "2026-11-16T12:00:00Z").out)

    assert told
    assert all(row["handling_s"] == row["agent_work_business_s"] != "" for row in told)


def test_every_cell_keeps_its_form(lived: Terminal) -> None:
    for row in rows(lived("export", "facts", "--csv").out):
        assert all(INSTANT.fullmatch(cell) for name, cell in row.items() if name.endswith("_at") and cell)
        assert all(cell.isdigit() for name, cell in row.items() if name.endswith("_s") and cell)
        assert {row["one_touch"], row["first_contact"]} <= {"true", "false", ""}


def test_facts_as_of_an_instant_know_nothing_later(lived: Terminal) -> None:
    """At 10:15 the second ticket is answered and not yet solved, and the fourth is not opened."""
    at = ("--as-of", "2026-11-16T10:15:00Z")

    assert ticket(lived, "1", *at)["first_response_s"] == "600"
    assert ticket(lived, "1", *at)["full_resolution_at"] == ""
    assert len(rows(lived("export", "facts", "--csv", *at).out)) == 3


def test_sla_instances_say_target_start_and_outcome(lived: Terminal) -> None:
    found = {(row["external_id"], row["metric"]): row for row in rows(lived("export", "sla", "--csv").out)}

    quick, slow = found["1", "first_reply"], found["3", "first_reply"]
    assert (quick["outcome"], quick["elapsed_s"], quick["target_s"]) == ("achieved", "600", "900")
    assert (slow["outcome"], slow["outcome_at"]) == ("breached", "2026-11-16T10:45:00Z")
    assert (quick["policy"], quick["business"], quick["instance"]) == ("Usual", "false", "1")
    assert quick["started_at"] == "2026-11-16T09:30:00Z"
    assert {row["outcome"] for row in found.values()} <= {"achieved", "breached", "running"}


def test_an_instance_whose_time_is_not_over_is_running(lived: Terminal) -> None:
    found = rows(lived("export", "sla", "--csv", "--as-of", "2026-11-16T10:01:00Z").out)

    running = [row for row in found if row["outcome"] == "running"]
    assert running
    assert all(row["outcome_at"] == "" for row in running)


def test_what_runs_has_run_until_the_instant_asked_about(lived: Terminal) -> None:
    """The fourth ticket came at 10:30 and is open since its answer at 10:50; its clocks have run until noon."""
    at = ("--as-of", "2026-11-16T12:00:00Z")
    told = ticket(lived, "3", *at)
    assert (told["requester_wait_s"], told["requester_wait_business_s"], told["agent_work_s"]) == ("5400", "5400", "5400")
    resolution = next(
        row
        for row in rows(lived("export", "sla", "--csv", *at).out)
        if (row["external_id"], row["metric"]) == ("3", "resolution")
    )
    assert (resolution["outcome"], resolution["elapsed_s"]) == ("running", "5400")


def test_as_zendesk_counts_a_wait_is_known_when_the_status_changes(lived: Terminal) -> None:
    """It was new for twenty minutes; how long it is open nobody knows before it is not."""
    at = ("--as-of", "2026-11-16T12:00:00Z")
    lived.patch.setenv("CX_PROFILE", "zendesk")
    assert ticket(lived, "3", *at)["requester_wait_s"] == "1200"
    found = rows(lived("export", "sla", "--csv", *at).out)
    assert {row["elapsed_s"] for row in found if row["external_id"] == "3" and row["metric"] == "resolution"} == {"5400"}


def test_the_second_in_which_the_clock_reads_the_target_is_still_in_time(lived: Terminal) -> None:
    """The fourth ticket is answered five minutes after its quarter of an hour was over, at 10:45."""
    found = {}
    for at in ("2026-11-16T10:45:00Z", "2026-11-16T10:45:01Z"):
        lines = rows(lived("export", "sla", "--csv", "--as-of", at).out)
        found[at] = [row["outcome"] for row in lines if (row["external_id"], row["metric"]) == ("3", "first_reply")]
    assert list(found.values()) == [["running"], ["breached"]]


@pytest.mark.parametrize("day", ["2026-11-16", "2026-11-17", "2026-11-18"])
def test_the_exported_backlog_is_the_one_that_is_answered(lived: Terminal, day: str) -> None:
    exported = sum(int(row["tickets"]) for row in rows(lived("export", "backlog", "--csv", *DAYS).out) if row["date"] == day)

    asked = lived("ask", f"backlog from {day} to {day}", "--json").json()

    assert exported == asked["value"] > 0


def test_the_backlog_is_counted_at_the_end_of_local_days(lived: Terminal) -> None:
    """All twelve tickets come on Monday in UTC; in Auckland the last of them come on Tuesday."""
    utc = rows(lived("export", "backlog", "--csv", *DAYS).out)
    auckland = rows(lived("export", "backlog", "--csv", *DAYS[:4], "--zone", "Pacific/Auckland").out)

    assert sum(int(row["tickets"]) for row in utc if row["date"] == "2026-11-16") == 6
    assert sum(int(row["tickets"]) for row in auckland if row["date"] == "2026-11-16") == 4


def test_every_unsolved_status_has_a_line_a_day_also_where_nothing_stands_in_it(lived: Terminal) -> None:
    found = rows(lived("export", "backlog", "--csv", *DAYS).out)
    assert [(row["date"], row["status"]) for row in found] == [
        (day, status) for day in ("2026-11-16", "2026-11-17", "2026-11-18") for status in ("new", "open", "pending", "hold")
    ]
    assert {row["tickets"] for row in found if row["status"] == "hold"} == {"0"}
    before = rows(lived("export", "backlog", "--csv", "--from", "2026-11-01", "--to", "2026-11-01").out)
    assert [row["tickets"] for row in before] == ["0"] * 4


def test_the_end_of_a_day_on_which_clocks_are_set_is_its_own_midnight(cx: Terminal, store: Store) -> None:
    """Berlin, 25 October 2026, has 25 hours: at 22:30 UTC it is still that day, half an hour later the next."""
    cx.patch.setenv("CX_DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    late = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (21, 22, 23)]
    keep(store, *CAST, *(ticket_record(str(n), created_at=at, updated_at=at) for n, at in enumerate(late)))
    days = ("--from", "2026-10-24", "--to", "2026-10-26", "--zone", "Europe/Berlin")
    found = rows(cx("export", "backlog", "--csv", *days).out)
    assert [row["tickets"] for row in found if row["status"] == "open"] == ["0", "2", "3"]


def test_without_days_the_backlog_begins_with_the_first_ticket(lived: Terminal) -> None:
    found = rows(lived("export", "backlog", "--csv", "--as-of", "2026-11-18T09:00:00Z").out)

    assert found[0]["date"] == "2026-11-16"
    assert found[-1]["date"] == "2026-11-18"


def test_where_a_works_council_forbids_it_nobody_is_named() -> None:
    assert list(exporting.nameless([{"external_id": "1", "agent": "Ana", "team": "Billing"}])) == [
        {"external_id": "1", "agent": None, "team": "Billing"}
    ]
