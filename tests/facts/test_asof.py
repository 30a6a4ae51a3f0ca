"""As of a past instant: a store that is asked about then says what one says that was filled only until then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import Grain
from bot.facts.asof import as_of
from bot.kpis import KPIS
from bot.kpis.answer import Answer
from bot.store.engine import Store
from bot.store.records import EventRecord, RatingRecord, Record, TicketRecord
from bot.store.tables import Cost, Invitation, SurveyCase
from bot.store.words import InvitationState, Kind, Role, Status, SurveyKind
from tests.kpis.office import ask, between, days, fresh_store, keep, small_store, value
from tests.kpis.town import FIRST, LAST, month, people, ticket_life
from tests.sampling import pairs, thorough
from tests.world import ANA, CAST, MONDAY, event, minute, rating, ticket

FIELDS = {Kind.STATUS: "status", Kind.TEAM: "team", Kind.ASSIGNED: "agent", Kind.PRIORITY: "priority", Kind.CATEGORY: "category"}
WEEK = days(MONDAY.replace(hour=0), 7)


@pytest.fixture(scope="module")
def full(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, "sqlite") as store:
        keep(store, *month())
        yield store


def until(records: list[Record], instant: datetime) -> Iterator[Record]:
    """What a desk would have handed over at an instant: the events by then, and each ticket's row as it stood."""
    events: dict[str, list[EventRecord]] = {}
    for record in records:
        if isinstance(record, EventRecord):
            events.setdefault(record.ticket, []).append(record)
    for record in records:
        match record:
            case TicketRecord(external_id=name):
                yield from (_as_it_stood(record, events.get(name, []), instant),) if record.created_at <= instant else ()
            case EventRecord(at=at) | RatingRecord(answered_at=at):
                yield from (record,) if at <= instant else ()
            case _:
                yield record


def _as_it_stood(row: TicketRecord, events: list[EventRecord], instant: datetime) -> TicketRecord:
    ordered = sorted(events, key=lambda e: (e.at, e.seq))
    known = [e for e in ordered if e.at <= instant]
    changes: dict[str, Any] = {"updated_at": max((e.at for e in known), default=row.created_at)}
    for kind, name in FIELDS.items():
        told = [e for e in ordered if e.kind is kind]
        past = [e for e in told if e.at <= instant]
        if told:
            changes[name] = past[-1].new if past else told[0].old
    if "status" not in changes:
        changes["status"] = row.status
    priority = changes.get("priority", row.priority)
    return replace(row, **{**changes, "status": Status(changes["status"]), "priority": int(priority) if priority else None})


def everything(store: Store, now: datetime, splits: tuple[str, ...] = ()) -> list[Any]:
    """The whole answer to every question, with series and splits, apart from what names rows of the store."""
    found = []
    for kpi in KPIS:
        window = between(FIRST, now)
        found.append(told(ask(store, kpi.slug, window, now=now, grain=Grain.WEEK)))
        found += [told(ask(store, kpi.slug, window, now=now, splits=(word,))) for word in kpi.splits if word in splits]
    return found


TELLING = ("team", "agent", "category", "priority", "status", "tag")


def told(answer: Answer) -> Any:
    rows = [(row.labels, row.figure) for row in answer.rows]
    steps = [(step.start, step.figure) for step in answer.series]
    return answer.kpi.slug, answer.figure, rows, steps, answer.exclusions, answer.pending, answer.oldest_pending


@pytest.mark.parametrize(("day", "profile"), pairs([3, 24], ["articles", "zendesk"], one_in=2))
def test_it_is_what_a_store_says_that_was_filled_only_until_then(full: Store, tmp_path: Path, day: int, profile: str) -> None:
    instant = FIRST + timedelta(days=day, hours=11, minutes=7)
    with small_store(tmp_path) as partial, as_of(full, instant, profile=profile) as past:
        keep(partial, *until(month(), instant), profile=profile)
        assert everything(past, instant, TELLING) == everything(partial, instant, TELLING)
        assert ask(past, "volume", between(FIRST, instant)).figure.n > 0


@settings(max_examples=thorough(25, 3), deadline=None)
@given(seed=st.integers(0, 10**6), second=st.integers(0, 40 * 86_400))
def test_at_any_instant_of_any_ticket_it_is_the_same(tmp_path_factory: pytest.TempPathFactory, seed: int, second: int) -> None:
    instant = FIRST + timedelta(seconds=second)
    random = Random(seed)
    records = [*people(), *(record for name in "abc" for record in ticket_life(random, name))]
    folder = tmp_path_factory.mktemp("past")
    with small_store(folder) as whole, small_store(folder) as partial:
        keep(whole, *records)
        keep(partial, *until(records, instant))
        with as_of(whole, instant, profile="articles") as past:
            assert everything(past, instant) == everything(partial, instant)


def test_a_late_instant_changes_nothing(full: Store) -> None:
    with as_of(full, LAST + timedelta(days=400), profile="articles") as past:
        assert everything(past, LAST) == everything(full, LAST)


def test_it_works_from_either_database_and_changes_neither(store: Store) -> None:
    keep(store, *CAST, ticket(), event(Kind.REPLY, minute(10), actor="ana"), event(Kind.REPLY, minute(500), actor="bo"))
    with as_of(store, minute(100), profile="articles") as past:
        assert ask(past, "frt", WEEK).figure.value == 600
        assert ask(past, "next-reply", WEEK).figure.value is None
        assert past.dialect == "sqlite"
    assert ask(store, "replies", WEEK).figure.n == 0


def test_what_happens_at_the_very_instant_has_happened(store: Store) -> None:
    keep(store, *CAST, ticket(), event(Kind.STATUS, minute(10), old=Status.OPEN, new=Status.SOLVED))
    for at, rate in ((minute(10), 100), (minute(10) - timedelta(seconds=1), 0)):
        with as_of(store, at, profile="articles") as past:
            assert ask(past, "resolution-rate", WEEK).figure.value == rate


def test_before_the_first_ticket_there_is_nothing(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(5, minute(3)))
    with as_of(store, MONDAY - timedelta(seconds=1), profile="articles") as past:
        assert [ask(past, kpi.slug, WEEK).figure.value for kpi in KPIS] == [None] * len(KPIS)


def test_who_people_are_and_what_they_cost_is_asked_of_today(store: Store) -> None:
    keep(store, *CAST, ticket(), event(Kind.REPLY, minute(10), actor="ana"))
    keep(store, replace(ANA, role=Role.BOT, name="Ana the bot"))
    with store.writing() as session:
        session.add(Cost(first_day=MONDAY.date(), last_day=MONDAY.date(), amount_cents=700))
    with as_of(store, minute(100), profile="articles") as past:
        assert ask(past, "frt", WEEK).figure.value is None
        assert ask(past, "cost-per-ticket", WEEK).figure.value == 7


def test_spam_that_was_not_found_out_yet_still_counted(store: Store) -> None:
    keep(store, *CAST, ticket(), event(Kind.STATUS, minute(60), old=Status.OPEN, new=Status.SPAM))
    assert ask(store, "volume", WEEK).figure.value == 0
    with as_of(store, minute(59), profile="articles") as past:
        assert value(past, "volume this week", now=minute(59)) == 1
        assert value(past, "backlog today", now=minute(59)) == 1


def test_a_total_of_worked_time_told_later_says_nothing_about_the_instant(store: Store) -> None:
    solved = event(Kind.STATUS, minute(10), old=Status.OPEN, new=Status.SOLVED)
    keep(store, *CAST, ticket(handled_s=900, status=Status.SOLVED, updated_at=minute(50)), solved)
    for at, handled in ((minute(49), None), (minute(50), 900)):
        with as_of(store, at, profile="articles") as past:
            assert ask(past, "handling", WEEK).figure.value == handled


def test_an_answer_that_a_later_one_replaced_still_counted_then(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(1, minute(5)), rating(5, minute(90), external_id="later"))
    assert ask(store, "csat", WEEK).figure.value == 100
    with as_of(store, minute(60), profile="articles") as past:
        figure = ask(past, "csat", WEEK).figure
        assert (figure.value, figure.n) == (0, 1)


def test_who_is_happy_again_was_not_known_before_they_were_asked_again(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(1, minute(5)), rating(5, minute(90), external_id="again"))
    case = {"survey": SurveyKind.CSAT, "ticket_id": 1, "channel_id": "C1", "due_at": minute(60), "asked_again_at": minute(80)}
    with store.writing() as session:
        session.add(SurveyCase(**case, answer_id=1, opened_at=minute(6), recovered=True))
    assert ask(store, "recovery-rate", WEEK).figure.value == 100
    for at, figure in ((minute(5), (None, 0)), (minute(89), (0, 1)), (minute(90), (100, 1))):
        with as_of(store, at, profile="articles") as past:
            found = ask(past, "recovery-rate", WEEK).figure
            assert (found.value, found.n) == figure


def test_who_had_been_asked_had_not_answered_yet(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(5, minute(90), external_id="hash", of="1"))
    asked = {"survey": SurveyKind.CSAT, "scale": "csat-1-5", "customer_id": 1, "decided_at": MONDAY, "sent_at": minute(5)}
    with store.writing() as session:
        session.add(Invitation(**asked, ticket_id=1, token_hash="hash", state=InvitationState.ANSWERED))
        session.add(Invitation(**{**asked, "survey": SurveyKind.NPS}, token_hash="later", state=InvitationState.SENT))
        session.add(Invitation(**{**asked, "sent_at": minute(70)}, resolution=2, ticket_id=1, token_hash="x", state="sent"))
    assert ask(store, "response-rate", WEEK).figure.parts == {"top": 1, "bottom": 3}
    with as_of(store, minute(60), profile="articles") as past:
        assert ask(past, "response-rate", WEEK).figure.parts == {"top": 0, "bottom": 2}
