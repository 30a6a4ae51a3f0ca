"""Reading Zendesk over real sockets: nothing is lost to its traps, and every way in leads to the same rows."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.desks.desk import StreamState
from bot.desks.zendesk import ZENDESK
from bot.errors import BadConfig, DeskDenied, DeskError, DeskRefused, DeskUnavailable
from bot.store.engine import Store, open_store
from bot.store.tables import (
    Agent,
    Customer,
    DeskCursor,
    SlaFact,
    SlaPolicy,
    SurveyAnswer,
    Ticket,
    TicketEvent,
    TicketFact,
    table_of,
)
from bot.store.words import Kind, Role, Status
from jobs.sync_reading import Progress
from tests.desks.accounts import Account
from tests.desks.engine import digest, read
from tests.desks.standin import Fault, Naps
from tests.desks.zendesk_standin import (
    ANA,
    BO,
    CARLA,
    CLIENT,
    EMAIL,
    SECRET,
    TECH,
    TOKEN,
    ZendeskStandIn,
)


@pytest.fixture
def desk() -> Iterator[ZendeskStandIn]:
    with ZendeskStandIn() as server:
        yield server


@pytest.fixture
def another(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """A second store of the test's own."""
    shutil.copyfile(sqlite_template, tmp_path / "another.db")
    opened = open_store(f"sqlite:///{tmp_path / 'another.db'}")
    yield opened
    opened.close()


def account_of(desk: ZendeskStandIn, **more: str) -> Account:
    settings = {"url": desk.url, "email": EMAIL, "token": TOKEN, **more}
    return Account(settings=settings, now=datetime.fromtimestamp(desk.now, UTC), server=desk)


def statuses(store: Store) -> dict[str, str]:
    with store.reading() as session:
        ticket = table_of(Ticket).c
        return {name: str(status) for name, status in session.execute(select(ticket.external_id, ticket.status))}


def facts(store: Store, name: str) -> dict[str, Any]:
    fact = table_of(TicketFact).c
    with store.reading() as session:
        return {row.external_id: row[1] for row in session.execute(select(fact.external_id, fact[name]))}


def rows(store: Store, model: Any) -> list[Any]:
    with store.reading() as session:
        return list(session.execute(select(table_of(model))).all())


def solved(desk: ZendeskStandIn, *tickets: int) -> None:
    """Opened by Carla, taken, answered and solved by Ana."""
    for number in tickets:
        desk.now += 600
        desk.create(number)
        desk.do(number, after=3, assignee_id=ANA, status="open")
        desk.do(number, after=4, say=True, status="solved")
    desk.now += 120


def test_what_zendesk_does_by_itself_is_seen_although_updated_at_stands_still(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    read(sqlite_store, ZENDESK, account_of(desk))
    before = desk.tickets[1]["updated_at"]
    desk.close_by_itself(1, after=60 * 24 * 4)
    desk.now += 120
    read(sqlite_store, ZENDESK, account_of(desk))
    assert desk.tickets[1]["updated_at"] == before
    assert statuses(sqlite_store) == {"1": "closed"}
    assert facts(sqlite_store, "status") == {"1": Status.CLOSED}


def test_an_empty_page_ends_nothing(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, *range(1, 6))
    desk.empty_pages = 2
    read(sqlite_store, ZENDESK, account_of(desk))
    assert len(statuses(sqlite_store)) == 5


def test_tickets_that_change_under_the_reader_are_read_as_they_became(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """Each request lets time pass and changes a ticket, one of those read already or one still to come; new ones appear."""
    solved(desk, *range(1, 9))
    left = iter(range(1, 25))

    def meanwhile(path: str) -> None:
        number = next(left, 0)
        if "incremental" in path and number:
            desk.do(1 + number % 8, after=2, by=CARLA, say=True, status="open")
            if number % 5 == 0:
                desk.create(100 + number)

    desk.before = meanwhile
    read(sqlite_store, ZENDESK, account_of(desk))
    desk.before = None
    desk.now += 120
    read(sqlite_store, ZENDESK, account_of(desk))
    assert statuses(sqlite_store) == {str(number): row["status"] for number, row in desk.tickets.items()}
    comments = sum(1 for audit in desk.audits for each in audit["told"] if each[1] == "Comment")
    assert sum(1 for row in rows(sqlite_store, TicketEvent) if row.kind == Kind.REPLY) == comments


def test_an_export_that_never_says_it_ended_ends(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """The last page of a time-based export repeats its own address for ever, and one second may hold more than a page."""
    desk.page, desk.terse = 2, True
    desk.create(1)
    for _ in range(11):
        desk.do(1, say=True)
    solved(desk, 2, 3)
    read(sqlite_store, ZENDESK, account_of(desk))
    assert statuses(sqlite_store) == {"1": "new", "2": "solved", "3": "solved"}
    assert facts(sqlite_store, "first_response_s")["3"] == 420
    assert len(desk.asked) < 60


@pytest.mark.parametrize("terse", [False, True])
def test_a_second_with_more_events_than_a_page_loses_none(desk: ZendeskStandIn, sqlite_store: Store, terse: bool) -> None:
    desk.page, desk.terse, desk.strict = 2, terse, True
    for number in range(1, 6):
        desk.create(number)
    desk.now += 60
    for _ in range(3):
        for number in range(1, 6):
            desk.do(number, say=True)
    solved(desk, 6)
    steps = read(sqlite_store, ZENDESK, account_of(desk))
    assert sum(1 for row in rows(sqlite_store, TicketEvent) if row.kind == Kind.REPLY) == 5 + 15 + 2
    assert sum(step.set_aside for step in steps) == 0


def test_where_tickets_are_exported_by_time_a_second_with_more_of_them_than_a_page_loses_none(
    desk: ZendeskStandIn, sqlite_store: Store
) -> None:
    desk.missing.add("incremental/tickets/cursor")
    for number in range(1, 8):
        desk.create(number)
    solved(desk, 8, 9)
    read(sqlite_store, ZENDESK, account_of(desk))
    assert statuses(sqlite_store) == dict.fromkeys("1234567", "new") | dict.fromkeys("89", "solved")


def test_an_event_never_comes_before_its_ticket(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)

    def new_one(path: str) -> None:
        if "ticket_events" in path and 2 not in desk.tickets:
            desk.create(2)
            desk.now += 120

    desk.before = new_one
    steps = read(sqlite_store, ZENDESK, account_of(desk))
    assert sum(step.set_aside for step in steps) == 0
    assert statuses(sqlite_store) == {"1": "solved", "2": "new"}


def test_events_told_ticket_by_ticket_are_the_same_as_those_exported(
    desk: ZendeskStandIn, sqlite_store: Store, another: Store
) -> None:
    solved(desk, 1, 2, 3)
    desk.merge(1, 2)
    desk.do(3, by=CARLA, after=5, say=True, status="open", priority="urgent", group_id=TECH, type="problem")
    desk.now += 120
    read(sqlite_store, ZENDESK, account_of(desk))
    desk.denied.add("ticket_events")
    read(another, ZENDESK, account_of(desk))
    assert digest(sqlite_store) == digest(another)
    assert facts(another, "first_response_s") == {"1": 420, "2": 420, "3": 420}


def test_with_comments_alone_there_are_still_replies(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1, 2)
    desk.missing |= {"ticket_events", "audits"}
    read(sqlite_store, ZENDESK, account_of(desk))
    assert statuses(sqlite_store) == {"1": "solved", "2": "solved"}
    assert facts(sqlite_store, "first_response_s") == {"1": 420, "2": 420}


def test_one_ticket_whose_audits_are_forbidden_stops_no_other(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1, 2)
    desk.denied |= {"ticket_events", "tickets/1/"}
    read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "first_response_s") == {"1": None, "2": 420}


def test_a_server_that_wants_endings_is_read_too(sqlite_store: Store) -> None:
    desk = ZendeskStandIn()
    desk.suffix = ".json"
    with desk:
        solved(desk, 1)
        read(sqlite_store, ZENDESK, account_of(desk))
        assert statuses(sqlite_store) == {"1": "solved"}
        tried = [path for path in desk.paths() if "incremental" in path and not path.endswith(".json")]
        assert len(tried) <= 2 * len(set(tried))


@pytest.mark.parametrize(
    ("part", "how"),
    [
        ("schedules", "missing"),
        ("policies", "denied"),
        ("satisfaction", "missing"),
        ("statuses", "denied"),
        ("groups", "missing"),
    ],
)
def test_what_a_plan_has_not_is_said_and_the_rest_is_read(desk: ZendeskStandIn, sqlite_store: Store, part: str, how: str) -> None:
    solved(desk, 1)
    getattr(desk, how).update({part, "survey_responses"})
    steps = read(sqlite_store, ZENDESK, account_of(desk))
    assert statuses(sqlite_store) == {"1": "solved"}
    refused = {step.stream: step.refused for step in steps if step.refused}
    expected = {"schedules": {"schedules"}, "policies": {"sla"}, "satisfaction": {"ratings"}}
    assert set(refused) == expected.get(part, set())
    with sqlite_store.reading() as session:
        kept = {row.stream for row in session.scalars(select(DeskCursor)) if row.last_error}
    assert kept == set(refused)


def test_without_tickets_there_is_nothing_to_go_on_with(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    desk.denied.add("incremental/tickets")
    with pytest.raises(DeskDenied) as refused:
        read(sqlite_store, ZENDESK, account_of(desk))
    assert "/api/v2/incremental/tickets" in refused.value.what


def test_a_page_that_holds_no_list_of_tickets_is_no_end(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    desk.fail(Fault(body='{"tickets": "soon", "end_of_stream": true}'), on="incremental/tickets")
    with pytest.raises(DeskUnavailable, match="without a list of tickets"):
        read(sqlite_store, ZENDESK, account_of(desk))


def test_deleted_and_restored(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    desk.do(1, after=5, status="deleted")
    desk.now += 120
    read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "excluded") == {"1": "deleted"}
    desk.do(1, after=5, status="open")
    desk.now += 120
    read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "excluded") == {"1": None}
    assert facts(sqlite_store, "status") == {"1": Status.OPEN}


def test_a_rating_that_was_changed_counts_as_changed_and_one_only_offered_not(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1, 2)
    desk.rate(1, "good", rating=7001)
    desk.rate(2, "offered")
    read(sqlite_store, ZENDESK, account_of(desk))
    desk.rate(1, "bad", rating=7001, after=10)
    read(sqlite_store, ZENDESK, account_of(desk))
    (answer,) = rows(sqlite_store, SurveyAnswer)
    assert (answer.score, answer.scale, answer.external_id) == (0, "csat-good-bad", "rating-7001")
    assert answer.changed_at == answer.answered_at + timedelta(minutes=10)


def test_the_newer_surveys_count_on_their_own_scale(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    options = [{"rating": step, "label": str(step)} for step in range(1, 6)]
    rated = {"type": "rating_scale", "rating": 4, "question": {"options": options}, "created_at": desk.tickets[1]["updated_at"]}
    said = {"type": "open_ended", "value": "Quick"}
    desk.surveys = [{"id": "s1", "answers": [rated, said], "subjects": [{"type": "ticket", "id": "1"}], "responder_id": CARLA}]
    read(sqlite_store, ZENDESK, account_of(desk))
    (answer,) = rows(sqlite_store, SurveyAnswer)
    assert (answer.score, answer.scale, answer.comment, answer.ticket_id is not None) == (4, "csat-1-5", "Quick", True)


def test_agents_are_agents_customers_are_customers_and_who_left_has_left(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    desk.users[BO]["active"] = False
    solved(desk, 1)
    read(sqlite_store, ZENDESK, account_of(desk))
    agents = {row.name: row.role for row in rows(sqlite_store, Agent)}
    assert agents == {"Adam": Role.ADMIN, "Ana": Role.AGENT, "Bo": Role.FORMER, "Helper": Role.AGENT}
    assert {row.name: row.language for row in rows(sqlite_store, Customer)} == {"Carla": "de", "Dev": None}


@pytest.mark.parametrize("single", [False, True])
def test_a_ticket_merged_away_names_the_one_it_went_into(desk: ZendeskStandIn, sqlite_store: Store, single: bool) -> None:
    """Its row does not say so and comes again without saying so; the update that merged it does, once."""
    if single:
        desk.denied.add("ticket_events")
    solved(desk, 1, 2)
    desk.create(3)
    desk.merge(3, 2, after=5)
    for _ in range(2):
        desk.now += 120
        read(sqlite_store, ZENDESK, account_of(desk))
        assert {row.external_id: row.merged_into for row in rows(sqlite_store, Ticket)} == {"1": None, "2": None, "3": "2"}
        desk.tickets[3] |= {"subject": "Seen again", "generated_timestamp": desk.now}


def test_a_suspended_agent_has_left_and_a_suspended_customers_ticket_still_counts(
    desk: ZendeskStandIn, sqlite_store: Store
) -> None:
    """Who is suspended stays in the lists and in what they did; what they write from then on never becomes a ticket."""
    solved(desk, 1)
    for user in (ANA, CARLA):
        desk.users[user]["suspended"] = True
    read(sqlite_store, ZENDESK, account_of(desk))
    assert {row.name: row.role for row in rows(sqlite_store, Agent)}["Ana"] == Role.FORMER
    assert "Carla" in {row.name for row in rows(sqlite_store, Customer)}
    assert (facts(sqlite_store, "agent_replies"), facts(sqlite_store, "excluded")) == ({"1": 1}, {"1": None})


def test_group_slas_are_kept_while_they_are_there_and_looked_for_once_a_day(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    target = {"metric": "group_ownership_time", "priority": None, "target": 3600, "business_hours": False}
    desk.group_policies = [{"id": "01H0", "title": "Tier 1", "filter": {"all": []}, "policy_metrics": [target]}]
    read(sqlite_store, ZENDESK, account_of(desk))
    for hours, asked, kept in ((23, 0, ["Tier 1"]), (2, 1, ["Tier 1"]), (2, 0, ["Tier 1"]), (24, 1, [])):
        desk.asked.clear()
        desk.now += hours * 3600
        desk.group_policies = desk.group_policies if kept else []
        read(sqlite_store, ZENDESK, account_of(desk))
        assert desk.paths().count("/api/v2/group_slas/policies") == asked
        assert [row.name for row in rows(sqlite_store, SlaPolicy)] == kept


def test_a_group_sla_counts_for_the_group_that_has_the_ticket(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """Half an hour is broken by the first group, who hand on after 40 minutes, and kept by the second, who solve after 20."""
    target = {"metric": "group_ownership_time", "priority": "normal", "target": 1800, "business_hours": False}
    where = {"all": [{"field": "group_id", "operator": "includes", "value": [101, 102]}]}
    desk.group_policies = [{"id": "01H0", "title": "Tiers", "filter": where, "policy_metrics": [target]}]
    desk.create(1, priority="normal", group_id=101)
    desk.do(1, after=40, group_id=102)
    desk.do(1, after=20, status="solved")
    desk.now += 120
    read(sqlite_store, ZENDESK, account_of(desk))
    found = [(row.metric.value, row.instance, row.policy, row.met, row.elapsed_s) for row in rows(sqlite_store, SlaFact)]
    assert found == [("group_ownership", 1, "Tiers", False, 2400), ("group_ownership", 2, "Tiers", True, 1200)]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_whatever_is_wrong_with_group_slas_the_other_policies_count(
    desk: ZendeskStandIn, sqlite_store: Store, status: int
) -> None:
    solved(desk, 1)
    metrics = [{"metric": "first_reply_time", "target": 60, "business_hours": False, "priority": "normal"}]
    desk.policies = [{"id": 5, "title": "Gold", "filter": {"all": [], "any": []}, "policy_metrics": metrics}]
    desk.fail(*[Fault(status=status)] * 2, on="/group_slas")
    read(sqlite_store, ZENDESK, account_of(desk))
    assert [row.name for row in rows(sqlite_store, SlaPolicy)] == ["Gold"]


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("/business_hours", 501),
        ("/slas", 503),
        ("/users", 400),
        ("/custom_statuses", 422),
        ("/custom_statuses", 500),
        ("/incremental/users", 500),
    ],
)
def test_what_a_server_refuses_or_stumbles_over_costs_no_ticket(
    desk: ZendeskStandIn, sqlite_store: Store, part: str, status: int
) -> None:
    """A look-alike may have nothing but tickets; what is only down for now is asked for at the next sync."""
    solved(desk, 1)
    desk.fail(*[Fault(status=status)] * 8, on=part)
    done = read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "agent_replies") == {"1": 1}
    if status >= 500 and part != "/custom_statuses":
        assert [str(status) in (each.refused or "") for each in done].count(True) == 1


def test_a_ticket_counts_as_read_with_all_that_happened_to_it(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """Its row is the smaller part of the reading: whoever asks how far it is must not be told that all is there."""
    solved(desk, *range(1, 9))
    told: list[Progress] = []
    read(sqlite_store, ZENDESK, account_of(desk), watch=told.append)
    steps = [(step.seen or 0, step.estimated_total) for step in told if step.stream == "tickets"]
    assert {total for _, total in steps} == {8}
    shares = [seen for seen, _ in steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 8)
    assert len(set(shares)) > 3


def test_without_tickets_there_is_no_sync(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    desk.fail(*[Fault(status=422)] * 20, on="/incremental/tickets")
    with pytest.raises(DeskError, match="422"):
        read(sqlite_store, ZENDESK, account_of(desk))


def test_what_may_not_come_along_is_left_out(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """A strict server refuses a side-load that it does not know: the rest comes along all the same."""
    solved(desk, 1)
    desk.fail(Fault(status=400), on="/incremental/tickets/cursor")
    desk.fail(Fault(status=400), on="/groups")
    read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "agent_replies") == {"1": 1}
    asked = [each.query.get("include") for each in desk.asked if each.path.endswith("/tickets/cursor")]
    assert asked[:2] == ["metric_sets,users,groups,organizations", "metric_sets,users,groups"]
    assert ["page[size]" in each.query for each in desk.asked if each.path.endswith("/groups")] == [True, False]


def test_events_that_hide_the_comments_are_read_ticket_by_ticket(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    for audit in desk.audits:
        audit["hidden"] = True
    read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "agent_replies") == {"1": 1}
    assert "/api/v2/tickets/1/audits" in desk.paths()


def test_time_logged_counts_when_it_was_logged(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    desk.create(1)
    desk.do(1, after=3, say=True, **{"81": "120"})
    desk.do(1, after=3, say=False, **{"81": "60"})
    desk.now += 120
    desk.denied.add("ticket_events")
    read(sqlite_store, ZENDESK, account_of(desk))
    assert facts(sqlite_store, "handling_s") == {"1": 180}


def test_nothing_new_costs_one_request_a_list(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, *range(1, 10))
    read(sqlite_store, ZENDESK, account_of(desk))
    desk.asked.clear()
    read(sqlite_store, ZENDESK, account_of(desk))
    lists = [path for path in desk.paths() if path != "/api/v2/users"]
    assert len(lists) == len(set(lists))


def test_while_the_history_is_read_what_changes_now_is_looked_at(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    """A long first reading: each page takes a minute, and a ticket opened meanwhile is there before the history is."""
    solved(desk, *range(1, 16))
    began = desk.now

    def meanwhile(path: str) -> None:
        if "incremental/tickets" in path:
            if 500 not in desk.tickets and desk.now > began + 200:
                desk.create(500)
            desk.now += 61

    told: list[set[str]] = []
    desk.before = meanwhile
    clock = iter(range(0, 10**6, 61))
    read(
        sqlite_store,
        ZENDESK,
        account_of(desk),
        clock=lambda: float(next(clock)),
        watch=lambda _: told.append(set(statuses(sqlite_store))),
    )
    first_seen = next(index for index, known in enumerate(told) if "500" in known)
    assert len(told[first_seen]) < 16


def test_a_first_look_ahead_that_is_refused_costs_nothing(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    desk.fail(Fault(status=422, body='{"error":"StartTimeTooRecent"}'), on="incremental")
    read(sqlite_store, ZENDESK, account_of(desk))
    assert statuses(sqlite_store) == {"1": "solved"}


def test_a_cursor_of_a_newer_release_is_refused_with_a_sentence(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    read(sqlite_store, ZENDESK, account_of(desk))
    with pytest.raises(DeskError, match="newer release"):
        read(sqlite_store, replace(ZENDESK, cursor_version=0), account_of(desk))


def test_oauth_with_client_credentials(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    account = account_of(desk, client_id=CLIENT, client_secret=SECRET)
    read(sqlite_store, ZENDESK, account)
    assert statuses(sqlite_store) == {"1": "solved"}
    assert desk.paths().count("/oauth/tokens") == 1
    assert all("Bearer" in each.headers["authorization"] for each in desk.asked if each.path.startswith("/api"))


def test_wrong_credentials_are_refused_once(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    with pytest.raises(DeskRefused) as refused:
        read(sqlite_store, ZENDESK, account_of(desk, client_id=CLIENT, client_secret="wrong-canary"))
    assert "OAuth clients" in refused.value.next_step
    assert "wrong-canary" not in refused.value.sentence()
    assert desk.paths() == ["/oauth/tokens"]


def test_a_refresh_token_is_kept_before_it_is_used_and_survives_a_crash(
    desk: ZendeskStandIn, sqlite_store: Store, tmp_path: Path
) -> None:
    solved(desk, 1)
    desk.refresh_tokens = {"first"}
    more = {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": "first", "home": str(tmp_path)}
    desk.fail(*[Fault(status=500)] * 20, on="/api/v2")
    with pytest.raises(DeskUnavailable):
        read(sqlite_store, ZENDESK, account_of(desk, **more))
    kept = tmp_path / "zendesk-tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert {json.loads(kept.read_text())["refresh_token"]} == desk.refresh_tokens
    desk.faults.clear()
    read(sqlite_store, ZENDESK, account_of(desk, **more))
    assert statuses(sqlite_store) == {"1": "solved"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "CX_ZENDESK_URL"),
        ({"url": "https://x.example"}, "no key"),
        ({"url": "https://x.example", "token": "t", "share": "2"}, "SHARE"),
    ],
)
def test_settings_that_cannot_work_are_named(sqlite_store: Store, settings: dict[str, str], says: str) -> None:
    with pytest.raises(BadConfig, match=says):
        read(sqlite_store, ZENDESK, Account(settings=settings))


def test_the_check_says_what_to_grant(desk: ZendeskStandIn) -> None:
    desk.denied.add("slas")
    desk.missing.add("business_hours")
    found = {check.stream: check for check in ZENDESK.check(account_of(desk).settings)}
    assert found["sla"].state is StreamState.DENIED
    assert "role admin" in found["sla"].says
    assert found["schedules"].state is StreamState.MISSING
    assert found["tickets"].state is StreamState.OK


def test_the_account_is_asked_at_its_own_pace(desk: ZendeskStandIn, sqlite_store: Store) -> None:
    solved(desk, 1)
    desk.limits = {"ratelimit_limit": "100", "ratelimit_remaining": "40", "ratelimit_reset": "3"}
    naps = Naps()
    read(sqlite_store, ZENDESK, account_of(desk), naps=naps)
    assert naps.taken
    assert set(naps.taken) == {3.0}
