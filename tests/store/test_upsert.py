"""A page is stored once, however often it comes; newer wins; what cannot be kept is set aside and named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlmodel import Session, SQLModel
from sqlmodel import select as select_rows

from bot.errors import BadInput
from bot.store.engine import Store
from bot.store.records import BadRecord, MergeRecord, OnlyPolicies, Record, ScheduleRecord, SlaPolicyRecord, Target
from bot.store.tables import METADATA, Agent, Customer, Quarantine, Schedule, SlaPolicy, Team, Ticket, TicketEvent
from bot.store.upsert import Stored, store_records
from bot.store.words import Actor, Kind, Metric, Role, Status
from tests.world import ANA, BILLING, BO, CARLA, CAST, MONDAY, NOW, SOURCE, event, minute, rating, ticket

WEEK = ((540, 1020), (1980, 2460))
OFFICE = ScheduleRecord(external_id="office", name="Office", zone="Europe/Berlin", week=WEEK, holidays=("2026-12-25",))
FAST = SlaPolicyRecord(
    external_id="fast",
    name="Fast",
    matches={"team": ("billing",)},
    targets=(Target(metric=Metric.FIRST_REPLY, target_s=3600, business=True, priority=1),),
)
UNGRADED = "There is no such rating scale."


def ungraded(scale: str, score: int) -> Any:
    raise BadInput(UNGRADED)


def keep(store: Store, *records: Record, source: str = SOURCE, now: datetime = NOW) -> Stored:
    """Store a page and commit it."""
    with store.writing() as session:
        return store_records(session, source, records, now=now, grade=ungraded)


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Each table's rows without our own ids, to compare two states of a store."""
    with store.reading() as session:
        found = {}
        for name, table in METADATA.tables.items():
            columns = [column for column in table.columns if column.name != "id"]
            found[name] = sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)
        return found


def one(session: Session, model: type[SQLModel], external_id: str) -> Any:
    """The row of a source's own id."""
    return session.exec(select_rows(model).where(text("external_id = :name")).params(name=external_id)).one()


def reasons(store: Store) -> dict[tuple[str, str], str]:
    with store.reading() as session:
        return {(row.stream, row.external_id): row.reason for row in session.exec(select_rows(Quarantine))}


def test_a_ticket_is_stored_with_its_people_and_events(store: Store) -> None:
    stored = keep(store, *CAST, ticket(tags=("vip", "refund")), event(Kind.CREATED, actor="carla", actor_kind=Actor.CUSTOMER))

    with store.reading() as session:
        row = one(session, Ticket, "1")
        assert (row.subject, row.status, row.created_at, row.tags) == ("Charged twice", Status.OPEN, MONDAY, ["vip", "refund"])
        assert session.get(Team, row.team_id).name == "Billing"  # type: ignore[union-attr]
        assert session.get(Agent, row.agent_id).name == "Ana"  # type: ignore[union-attr]
        assert session.get(Customer, row.customer_id).name == "Carla"  # type: ignore[union-attr]
        happened = session.exec(select_rows(TicketEvent)).one()
        assert (happened.ticket_id, happened.kind, happened.at, happened.actor) == (row.id, Kind.CREATED, MONDAY, "carla")
        assert stored.dirty == {row.id}
    assert stored.counts == {"teams": 1, "agents": 3, "customers": 2, "tickets": 1, "events": 1}
    assert stored.bad == 0


def test_the_same_page_twice_changes_nothing(store: Store) -> None:
    page = (*CAST, OFFICE, FAST, ticket(), ticket("2"), event(Kind.CREATED), event(Kind.REPLY, minute(5), of="2", worked_s=60))
    keep(store, *page)
    before = everything(store)

    again = keep(store, *page, now=NOW + timedelta(days=1))

    assert again.dirty == set()
    assert everything(store) == before


def test_the_order_of_a_page_does_not_matter(store: Store) -> None:
    page = (*CAST, OFFICE, FAST, ticket(), event(Kind.CREATED), event(Kind.ASSIGNED, minute(1), new="bo"))
    keep(store, *page, source="forwards")
    keep(store, *reversed(page), source="backwards")

    with store.reading() as session:
        for model in (Team, Agent, Customer, Schedule, SlaPolicy):
            names = [sorted(row.external_id for row in _of(session, model, way)) for way in ("forwards", "backwards")]
            assert names[0] == names[1]
        subjects = [[row.subject for row in _of(session, Ticket, way)] for way in ("forwards", "backwards")]
        assert subjects == [["Charged twice"], ["Charged twice"]]


def _of(session: Session, model: type[SQLModel], source: str) -> Iterable[Any]:
    return session.exec(select_rows(model).where(text("source = :source")).params(source=source)).all()


def test_a_newer_ticket_replaces_an_older_one(store: Store) -> None:
    keep(store, ticket())
    stored = keep(store, ticket(status=Status.SOLVED, updated_at=minute(10), agent="bo"))

    with store.reading() as session:
        row = one(session, Ticket, "1")
        assert (row.status, row.updated_at) == (Status.SOLVED, minute(10))
        assert stored.dirty == {row.id}


def test_an_older_ticket_never_replaces_a_newer_one(store: Store) -> None:
    keep(store, ticket(status=Status.SOLVED, updated_at=minute(10)))
    stored = keep(store, ticket(status=Status.OPEN, updated_at=minute(9)))

    assert stored.dirty == set()
    assert _status(store) is Status.SOLVED


def test_the_desks_own_version_outranks_the_time_of_the_update(store: Store) -> None:
    # Zendesk's system updates leave updated_at where it was: a ticket closed by an automation would stay open for ever.
    keep(store, ticket(version=7, updated_at=minute(10)))
    keep(store, ticket(version=8, updated_at=minute(5), status=Status.CLOSED))
    assert _status(store) is Status.CLOSED

    keep(store, ticket(version=7, updated_at=minute(99), status=Status.OPEN))
    assert _status(store) is Status.CLOSED


def test_of_two_rows_of_the_same_age_the_later_told_wins(store: Store) -> None:
    keep(store, ticket(status=Status.OPEN))
    keep(store, ticket(status=Status.PENDING))
    assert _status(store) is Status.PENDING


def test_a_version_may_be_an_epoch_in_milliseconds(store: Store) -> None:
    keep(store, ticket(version=1_795_000_000_000))
    with store.reading() as session:
        assert one(session, Ticket, "1").version == 1_795_000_000_000


def test_of_a_ticket_told_twice_in_one_page_the_newest_counts_wherever_it_stands(store: Store) -> None:
    keep(store, ticket(status=Status.SOLVED, updated_at=minute(2)), ticket(updated_at=minute(1)))
    assert _status(store) is Status.SOLVED


def _status(store: Store) -> Status:
    with store.reading() as session:
        status: Status = one(session, Ticket, "1").status
        return status


@pytest.mark.parametrize(
    "change",
    [
        {"priority": 1},
        {"priority": None},
        {"category": "refund"},
        {"tags": ("vip",)},
        {"team": None},
        {"customer": "dev"},
        {"desk_facts": {"reopens": 2}},
        {"handled_s": 30},
        {"merged_into": "9"},
    ],
)
def test_whatever_changes_on_a_ticket_makes_it_dirty_once(store: Store, change: dict[str, Any]) -> None:
    keep(store, *CAST, ticket())
    changed = replace(ticket(), **change)

    assert len(keep(store, changed).dirty) == 1
    assert keep(store, changed).dirty == set()


def test_only_tickets_whose_events_changed_are_dirty(store: Store) -> None:
    first = keep(store, ticket("1"), ticket("2"), event(Kind.CREATED, of="1"), event(Kind.CREATED, of="2"))
    second = keep(store, event(Kind.CREATED, of="1"), event(Kind.CREATED, of="2"), event(Kind.NOTE, minute(3), of="2"))

    with store.reading() as session:
        assert second.dirty == {one(session, Ticket, "2").id}
    assert len(first.dirty) == 2


def test_an_event_of_the_same_key_is_corrected_not_repeated(store: Store) -> None:
    keep(store, ticket(), event(Kind.REPLY, minute(5), key="7", worked_s=60))
    stored = keep(store, event(Kind.REPLY, minute(5), key="7", worked_s=90))
    assert len(stored.dirty) == 1

    moved = keep(store, event(Kind.REPLY, minute(500), key="7", worked_s=90))
    assert len(moved.dirty) == 1
    with store.reading() as session:
        row = session.exec(select_rows(TicketEvent)).one()
        assert (row.worked_s, row.at) == (90, minute(500))


def test_the_same_key_may_stand_on_two_tickets(store: Store) -> None:
    keep(store, ticket("1"), ticket("2"), event(Kind.REPLY, of="1", key="7"), event(Kind.REPLY, of="2", key="7"))
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(TicketEvent)) == 2


def test_two_sources_may_use_the_same_ids(store: Store) -> None:
    keep(store, ticket(subject="from one"), event(Kind.CREATED), source="mojo")
    keep(store, ticket(subject="from the other"), event(Kind.CREATED), source="zendesk")

    with store.reading() as session:
        assert sorted(session.scalars(select(Ticket.subject))) == ["from one", "from the other"]
        assert session.scalar(select(func.count()).select_from(TicketEvent)) == 2


def test_events_of_a_ticket_that_was_deleted_unseen_are_no_fault(store: Store) -> None:
    keep(store, event(Kind.REPLY, minute(5), of="99", key="7"), event(Kind.REPLY, minute(5), of="990", key="8"))
    gone = event(Kind.STATUS, minute(9), of="99", key="9", new=Status.DELETED.value)
    assert keep(store, gone, event(Kind.NOTE, minute(8), of="99", key="10")).bad == 0
    assert set(reasons(store)) == {("events", "990/8")}


def test_where_a_merge_went_stays_known_until_the_ticket_is_back(store: Store) -> None:
    gone = replace(ticket(), status=Status.MERGED)

    def into() -> str | None:
        with store.reading() as session:
            found: str | None = one(session, Ticket, "1").merged_into
            return found

    keep(store, gone, MergeRecord(external_id="1", into="9"), MergeRecord(external_id="unknown", into="9"))
    assert into() == "9"
    assert keep(store, gone, MergeRecord(external_id="1", into="9")).dirty == set()
    assert keep(store, replace(gone, subject="Seen again")).dirty
    assert into() == "9"
    keep(store, ticket())
    assert into() is None


def test_a_policy_that_is_no_longer_told_is_withdrawn(store: Store) -> None:
    keep(store, FAST, replace(FAST, external_id="slow"), ticket())
    assert not keep(store, replace(FAST, external_id="slow")).dirty
    assert keep(store, replace(FAST, external_id="slow"), OnlyPolicies(external_ids=("slow",))).dirty
    with store.reading() as session:
        assert list(session.scalars(select(SlaPolicy.external_id))) == ["slow"]


def test_an_event_of_an_unknown_ticket_is_set_aside_until_its_ticket_is_there(store: Store) -> None:
    stored = keep(store, event(Kind.REPLY, minute(5), of="99", key="7"))
    assert (stored.bad, stored.counts, stored.dirty) == (1, {}, set())
    assert reasons(store) == {("events", "99/7"): "Its ticket is not in the store."}

    keep(store, ticket("99"), event(Kind.REPLY, minute(5), of="99", key="7"))
    assert reasons(store) == {}


def test_people_may_be_introduced_after_the_tickets_that_name_them(store: Store) -> None:
    keep(store, ticket())
    with store.reading() as session:
        before = one(session, Ticket, "1")
        assert one(session, Agent, "ana").name == "ana"
    stored = keep(store, *CAST)

    with store.reading() as session:
        after = one(session, Ticket, "1")
        assert (after.agent_id, after.team_id, after.customer_id) == (before.agent_id, before.team_id, before.customer_id)
        assert session.get(Agent, after.agent_id).email == "ana@example.com"  # type: ignore[union-attr]
        assert session.get(Team, after.team_id).name == "Billing"  # type: ignore[union-attr]
    assert keep(store, ticket()).dirty == set()
    assert stored.bad == 0


def test_who_is_introduced_is_not_forgotten_by_a_ticket_that_names_them(store: Store) -> None:
    keep(store, *CAST)
    keep(store, ticket(), event(Kind.ASSIGNED, new="bo"))
    with store.reading() as session:
        assert one(session, Agent, "bo").name == "Bo"
        assert one(session, Agent, "lena").role is Role.ADMIN


def test_whoever_an_event_names_has_a_row(store: Store) -> None:
    keep(
        store,
        ticket(team=None, agent=None),
        event(Kind.ASSIGNED, minute(1), old="zoe", new="yan"),
        event(Kind.TEAM, minute(2), old="night", new="day"),
        event(Kind.REPLY, minute(3), actor="robo", actor_kind=Actor.BOT),
        event(Kind.REPLY, minute(4), actor="xi", actor_kind=Actor.AGENT),
        event(Kind.REPLY, minute(5), actor="carla", actor_kind=Actor.CUSTOMER),
    )
    with store.reading() as session:
        roles = {row.external_id: row.role for row in session.exec(select_rows(Agent))}
        assert roles == {"zoe": Role.AGENT, "yan": Role.AGENT, "xi": Role.AGENT, "robo": Role.BOT}
        assert sorted(session.scalars(select(Team.external_id))) == ["day", "night"]


def test_the_slack_user_of_an_agent_is_ours_and_survives_the_desk(store: Store) -> None:
    keep(store, ANA)
    with store.writing() as session:
        one(session, Agent, "ana").slack_user_id = "U1"
    keep(store, replace(ANA, name="Ana Maria"))

    with store.reading() as session:
        row = one(session, Agent, "ana")
        assert (row.name, row.slack_user_id) == ("Ana Maria", "U1")


def test_whoever_turns_out_to_be_a_bot_makes_their_tickets_dirty(store: Store) -> None:
    keep(
        store,
        ANA,
        BO,
        ticket("1", agent="ana"),
        ticket("2", agent="bo"),
        ticket("3", agent="bo"),
        event(Kind.REPLY, minute(1), of="2", actor="ana", actor_kind=Actor.AGENT),
    )
    stored = keep(store, replace(ANA, role=Role.BOT))

    with store.reading() as session:
        assert stored.dirty == {one(session, Ticket, "1").id, one(session, Ticket, "2").id}


def test_a_promotion_or_a_new_name_makes_no_ticket_dirty(store: Store) -> None:
    keep(store, *CAST, ticket())
    stored = keep(store, replace(ANA, role=Role.ADMIN, name="Ana M."), replace(CARLA, name="Carla B."))
    assert stored.dirty == set()


def test_a_teams_new_schedule_makes_the_tickets_dirty_that_it_has_or_had(store: Store) -> None:
    keep(
        store,
        BILLING,
        ticket("1"),
        ticket("2", team="other"),
        ticket("3", team="other"),
        event(Kind.TEAM, minute(1), of="3", old="billing", new="other"),
    )
    stored = keep(store, replace(BILLING, schedule="office"))

    with store.reading() as session:
        assert stored.dirty == {one(session, Ticket, "1").id, one(session, Ticket, "3").id}


@pytest.mark.parametrize("rule", [replace(OFFICE, holidays=()), replace(FAST, position=2), replace(OFFICE, zone="UTC")])
def test_new_hours_or_targets_make_every_ticket_of_the_source_dirty(store: Store, rule: Record) -> None:
    keep(store, OFFICE, FAST, ticket("1"), ticket("2"))
    keep(store, ticket("3"), source="elsewhere")

    assert len(keep(store, rule).dirty) == 2
    assert keep(store, rule).dirty == set()


def test_hours_and_targets_are_kept_as_told(store: Store) -> None:
    keep(store, OFFICE, FAST)
    with store.reading() as session:
        hours, policy = session.exec(select_rows(Schedule)).one(), session.exec(select_rows(SlaPolicy)).one()
        assert (hours.zone, hours.week, hours.holidays) == ("Europe/Berlin", [[540, 1020], [1980, 2460]], ["2026-12-25"])
        assert policy.matches == {"team": ["billing"]}
        target = {"metric": "first_reply", "priority": 1, "target_s": 3600, "business": True, "pauses": []}
        assert policy.targets == [target]


@pytest.mark.parametrize(
    ("record", "stream", "name", "reason"),
    [
        (BadRecord(stream="tickets", external_id="5", reason="No creation time."), "tickets", "5", "No creation time."),
        (ticket("5", priority=7), "tickets", "5", "Its priority is 7, not 1 to 4."),
        (ticket("5", version=2**63), "tickets", "5", "A number in it is too large."),
        (ticket("5", created_at=datetime(2026, 1, 1)), "tickets", "5", "A time in it has no time zone."),  # noqa: DTZ001
        (ticket(""), "tickets", "", "An id in it is empty or unreadable."),
        (ticket("5", agent="a\x00b"), "tickets", "5", "An id in it is empty or unreadable."),
        (event(Kind.REPLY, of="1", key="\ud800"), "events", "1/?", "An id in it is empty or unreadable."),
        (event(Kind.REPLY, of="1", key="k", worked_s=2**31), "events", "1/k", "A number in it is too large."),
        (replace(ANA, external_id=""), "agents", "", "Its id is empty or unreadable."),
        (rating(5), "ratings", "rating-1", UNGRADED),
    ],
)
def test_a_record_no_database_can_keep_is_set_aside_and_stops_nothing(
    store: Store, record: Record, stream: str, name: str, reason: str
) -> None:
    stored = keep(store, ticket("1"), record, ticket("2"))

    assert stored.bad == 1
    assert stored.counts == {"tickets": 2}
    assert reasons(store) == {(stream, name): reason}


def test_a_record_that_stays_bad_is_counted_once(store: Store) -> None:
    bad = BadRecord(stream="tickets", external_id="5", reason="No creation time.")
    keep(store, bad)
    keep(store, bad, now=NOW + timedelta(hours=1))
    assert len(reasons(store)) == 1


def test_a_mended_record_leaves_the_quarantine_and_the_others_stay(store: Store) -> None:
    keep(store, ticket("5", priority=7), ticket("6", priority=7))
    keep(store, ticket("6", priority=7), ticket("6", priority=7), source="elsewhere")
    keep(store, ticket("5", priority=1))

    with store.reading() as session:
        left = sorted((row.source, row.external_id) for row in session.exec(select_rows(Quarantine)))
        assert left == [(SOURCE, "6"), ("elsewhere", "6")]


def test_words_that_no_encoding_holds_are_mended(store: Store) -> None:
    nan = {"mean": float("nan"), "list": [float("inf"), 1.5, "a\x00b"], "note": "\udc00"}
    record = ticket(subject="no\x00thing \ud83d left \U0001f600 張偉", tags=("a\x00",), desk_facts=nan)
    keep(store, record)

    assert keep(store, record).dirty == set()
    with store.reading() as session:
        row = one(session, Ticket, "1")
        assert row.subject == "nothing ? left \U0001f600 張偉"
        assert row.tags == ["a"]
        assert row.desk_facts == {"mean": None, "list": [None, 1.5, "ab"], "note": "?"}


def test_more_tickets_than_fit_into_one_statement_are_stored_and_found_again(store: Store) -> None:
    page = [ticket(str(number), agent=f"agent {number}") for number in range(1203)]
    page_events = [event(Kind.CREATED, of=str(number)) for number in range(1203)]

    assert len(keep(store, *page, *page_events).dirty) == 1203
    assert keep(store, *page, *page_events).dirty == set()


def test_a_page_that_is_not_committed_leaves_no_trace(store: Store) -> None:
    def until_the_power_goes() -> None:
        with store.writing() as session:
            store_records(session, SOURCE, (*CAST, ticket(), event(Kind.CREATED)), now=NOW, grade=ungraded)
            raise RuntimeError("power cut")

    before = everything(store)
    with pytest.raises(RuntimeError, match="power cut"):
        until_the_power_goes()
    assert everything(store) == before


def test_what_the_session_had_read_before_is_read_again(store: Store) -> None:
    keep(store, ticket())
    with store.writing() as session:
        row = one(session, Ticket, "1")
        store_records(session, SOURCE, (ticket(status=Status.SOLVED),), now=NOW, grade=ungraded)
        assert row.status is Status.SOLVED


def test_an_empty_page_is_no_work(store: Store) -> None:
    assert keep(store) == Stored(dirty=set(), counts={}, bad=0)


STATES = st.builds(
    ticket,
    external_id=st.sampled_from("123"),
    version=st.integers(0, 2),
    updated_at=st.integers(0, 3).map(minute),
    status=st.sampled_from(Status),
    agent=st.sampled_from(["ana", "bo", None]),
)
HAPPENINGS = st.builds(
    event, kind=st.just(Kind.REPLY), at=st.integers(0, 3).map(minute), of=st.sampled_from("123"), key=st.sampled_from("xyz")
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=st.lists(st.lists(st.one_of(STATES, HAPPENINGS), max_size=8), max_size=5))
def test_pages_told_again_at_any_time_leave_the_newest_of_everything(sqlite_store: Store, pages: list[list[Record]]) -> None:
    """The newest ticket is kept whatever came before or after it, and a page told again right away changes nothing."""
    with sqlite_store.writing() as session:
        for table in reversed(METADATA.sorted_tables):
            session.execute(table.delete())
    for page in pages:
        keep(sqlite_store, *page)
        assert keep(sqlite_store, *page).dirty == set()
    newest: dict[str, tuple[int, datetime]] = {}
    for record in (record for page in pages for record in page if hasattr(record, "version")):
        newest[record.external_id] = max(newest.get(record.external_id, (0, MONDAY)), (record.version, record.updated_at))
    with sqlite_store.reading() as session:
        assert {row.external_id: (row.version, row.updated_at) for row in session.exec(select_rows(Ticket))} == newest
