"""Whoever asks is told everything, and whoever asks to be forgotten is: no trace is left, and no later sync brings one back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.store.engine import Store
from bot.store.records import CustomerRecord, Record
from bot.store.tables import METADATA, Audit, Customer, Invitation, Outbox, Setting, SurveyAnswer, Ticket, TicketFact
from bot.store.words import Actor, Kind, Status
from bot.surveys.admitting import Clicker
from bot.surveys.anonymous import HELD_BACK, release
from bot.surveys.answering import record_click, record_comment
from bot.surveys.asking import has_opted_out
from bot.surveys.case_file import read_case
from bot.surveys.case_letters import keep_told
from bot.surveys.cases import open_cases
from bot.surveys.closing import never_ask
from bot.surveys.privacy import erase, export
from bot.views.case import case_payload, erased_payload
from jobs.job import Tick
from jobs.retention import RETENTION
from tests.kpis.office import keep
from tests.surveys.cast import CARLA, DAY, NOW, action_ts, add_invitation, switch_on, token
from tests.world import ANA, BILLING, MONDAY, event, minute, rating, ticket

EMAIL = "Carla.Secret@customer.example"
PERSON = CustomerRecord(external_id="carla-secret-id", name="Carla Secret", email=EMAIL, organisation="Secret Org", language="de")
TRACES = ("carla.secret", "carla secret", "carla-secret-id", "secret org", "my secret words", "secret subject", "u-carla")


def told_by_the_desk() -> tuple[Record, ...]:
    """What the help desk says of Carla, and says again whenever it is asked."""
    solved = ticket(customer="carla-secret-id", subject="Secret subject", status=Status.SOLVED, updated_at=minute(60))
    who: dict[str, Any] = {"actor": "carla-secret-id", "actor_kind": Actor.CUSTOMER}
    return (
        BILLING, ANA, PERSON, solved,
        event(Kind.CREATED, new=Status.OPEN, **who),
        event(Kind.REPLY, minute(5), **who),
        event(Kind.STATUS, minute(60), old=Status.OPEN, new=Status.SOLVED, actor="ana", actor_kind=Actor.AGENT),
        rating(2, minute(70), customer="carla-secret-id", comment="My secret words in the desk"),
    )  # fmt: skip


def furnished(store: Store) -> None:
    """Carla's ticket, her bad answer with words, the case about it, and her wish to be left alone."""
    switch_on(store, "csat")
    keep(store, *told_by_the_desk())
    with store.writing() as session:
        ticket_id, customer_id = session.exec(select(Ticket.id, Ticket.customer_id)).one()
    add_invitation(store, ticket_id=ticket_id, customer_id=customer_id)
    with store.writing() as session:
        record_click(session, token(), 1, by=CARLA, action_ts=action_ts(1), now=NOW)
        record_comment(session, token(), "My secret words, signed Carla Secret", by=CARLA, now=NOW)
        for case in open_cases(session, now=NOW):
            file = read_case(session, case)
            assert file is not None
            keep_told(session, case, case_payload(file, "UTC"), NOW)
        never_ask(session, CARLA, email=EMAIL, now=NOW)
        session.add(Audit(at=NOW, actor=CARLA.user_id, action="x", detail={}))
    with store.writing() as session:
        for letter in session.exec(select(Outbox)):
            letter.state, letter.ts, letter.posted_channel = "sent", "1.0", "C1"  # type: ignore[assignment]
            session.add(letter)


def forgotten(store: Store) -> dict[str, int]:
    with store.writing() as session:
        counts = erase(session, EMAIL.upper(), told_instead=erased_payload(), now=NOW + DAY)
    store.compact()
    return counts


def everything(store: Store) -> str:
    """All that stands in the database, in lower case."""
    with store.reading() as session:
        rows = [list(map(str, row)) for table in METADATA.sorted_tables for row in session.execute(table.select())]
    return json.dumps(rows, ensure_ascii=False).lower()


def test_everything_is_told_and_no_secret_of_ours_with_it(store: Store) -> None:
    furnished(store)
    with store.reading() as session:
        told = export(session, f" {EMAIL.lower()} ")
    assert told["customers"][0]["name"] == "Carla Secret"
    assert told["tickets"][0]["subject"] == "Secret subject"
    assert {one.get("comment", "")[:15] for one in told["answers"]} == {"My secret words"}
    assert [len(told[kind]) for kind in ("questions", "answers", "cases", "opted_out")] == [1, 2, 2, 2]
    assert "token" not in json.dumps(told, default=str)


def test_of_somebody_unknown_nothing_is_told_and_nothing_changed(store: Store) -> None:
    furnished(store)
    with store.writing() as session:
        assert export(session, "nobody@example.com")["customers"] == []
        counts = erase(session, "nobody@example.com", told_instead=erased_payload(), now=NOW)
    assert set(counts.values()) == {0}


def test_who_is_forgotten_leaves_no_trace_but_the_score(store: Store) -> None:
    furnished(store)
    assert any(trace in everything(store) for trace in TRACES)
    counts = forgotten(store)
    assert [trace for trace in TRACES if trace in everything(store)] == []
    assert counts == {"customers": 1, "tickets": 1, "questions": 1, "answers": 2, "cases": 2}
    with store.reading() as session:
        assert sorted(one.score for one in session.exec(select(SurveyAnswer))) == [1, 2]
        assert session.exec(select(TicketFact.customer_id)).one() is not None


def test_the_file_itself_holds_no_trace(sqlite_store: Store) -> None:
    furnished(sqlite_store)
    path = Path(str(sqlite_store.engine.url.database))
    forgotten(sqlite_store)
    content = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*")).lower()
    assert [trace for trace in TRACES if trace.encode() in content] == []


def test_a_later_sync_does_not_bring_the_person_back(store: Store) -> None:
    furnished(store)
    forgotten(store)
    keep(store, *told_by_the_desk())
    again = [replace(one, updated_at=NOW, version=9) if one == told_by_the_desk()[3] else one for one in told_by_the_desk()]
    keep(store, *again)
    assert [trace for trace in TRACES if trace in everything(store)] == []
    with store.reading() as session:
        assert len(session.exec(select(Customer)).all()) == 1
        assert session.exec(select(Ticket.customer_id)).one() is not None


def test_a_new_id_with_the_same_address_is_forgotten_too(store: Store) -> None:
    furnished(store)
    forgotten(store)
    moved = replace(PERSON, external_id="carla-new-id", name="Carla Secret Married")
    keep(store, moved, ticket("2", customer="carla-new-id", subject="Secret subject again"))
    keep(store, ticket("3", customer="carla-new-id", subject="Secret subject still"))
    assert [trace for trace in (*TRACES, "carla-new-id", "married") if trace in everything(store)] == []


def test_others_are_left_as_they_are(store: Store) -> None:
    furnished(store)
    dev = CustomerRecord(external_id="dev", name="Dev", email="dev@customer.example")
    keep(store, dev, ticket("2", customer="dev", subject="Mine"), rating(5, MONDAY, of="2", customer="dev", comment="kept"))
    forgotten(store)
    keep(store, dev, ticket("2", customer="dev", subject="Mine"))
    with store.reading() as session:
        assert "Dev" in session.exec(select(Customer.name)).all()
        assert "Mine" in session.exec(select(Ticket.subject)).all()
        assert "kept" in session.exec(select(SurveyAnswer.comment)).all()


def test_whoever_opted_out_and_was_forgotten_is_still_never_asked(store: Store) -> None:
    furnished(store)
    forgotten(store)
    with store.reading() as session:
        assert has_opted_out(session, user_id=None, email=EMAIL.lower())
        assert has_opted_out(session, user_id=CARLA.user_id, email=None)
        assert not has_opted_out(session, user_id="U-DEV", email="dev@customer.example")


def test_the_message_of_a_case_is_replaced(store: Store) -> None:
    furnished(store)
    forgotten(store)
    with store.reading() as session:
        edits = session.exec(select(Outbox).where(Outbox.method == "chat.update")).all()
    assert [one.payload["text"] for one in edits] == ["This case was about someone who asked to be forgotten."] * 2


def test_comments_go_after_a_year_and_no_sync_brings_them_back(store: Store) -> None:
    old, new = rating(4, minute(-366 * 1440), comment="old words"), rating(4, minute(70), of="2", comment="new words")
    keep(store, ticket(), ticket("2"), replace(new))
    tick = Tick(now=NOW, store=store, settings=None, slack=None)  # type: ignore[arg-type]
    with store.writing() as session:
        answer = session.exec(select(SurveyAnswer)).one()
        answer.answered_at = NOW - timedelta(days=365, seconds=1)
        session.add(answer)
    assert (RETENTION.run(tick), RETENTION.run(tick)) == (1, 0)
    keep(store, old)
    with store.reading() as session:
        assert {one.comment for one in session.exec(select(SurveyAnswer))} == {None}


@pytest.mark.parametrize(("days", "kept"), [(10, 0), (400, 1), (0, 0), (True, 0), ("x", 0)])
def test_how_long_comments_are_kept_can_be_set(sqlite_store: Store, days: Any, kept: int) -> None:
    with sqlite_store.writing() as session:
        session.add(Setting(key="comment_days", value=days, changed_at=NOW, changed_by="U-ADMIN"))
    keep(sqlite_store, ticket(), rating(4, NOW - timedelta(days=380), comment="words"))
    with sqlite_store.reading() as session:
        assert len([one for one in session.exec(select(SurveyAnswer.comment)) if one]) == kept


def apart(store: Store, number: int, score: int, now: Any = NOW) -> None:
    add_invitation(store, number, anonymous=True, slack_user_id=f"U-{number}")
    with store.writing() as session:
        by = Clicker(user_id=f"U-{number}", team_id=CARLA.team_id)
        record_click(session, token(number), score, by=by, action_ts=action_ts(number), now=now)


def test_anonymous_answers_count_only_together_and_on_one_day(store: Store) -> None:
    for number in range(1, 5):
        apart(store, number, 5, NOW - (number % 3) * DAY)
    with store.writing() as session:
        assert release(session, now=NOW + DAY) == 0
    apart(store, 5, 1)
    with store.writing() as session:
        assert release(session, now=NOW) == 0
        assert release(session, now=NOW + DAY) == 5
    apart(store, 6, 1, NOW + DAY)
    with store.writing() as session:
        assert release(session, now=NOW + 9 * DAY) == 0
    with store.reading() as session:
        rows = session.exec(select(SurveyAnswer)).all()
        assert {one.answered_at for one in rows if one.excluded is None} == {NOW.replace(hour=0)}
        assert [one.score for one in rows if one.excluded == HELD_BACK] == [1]


def test_nothing_leads_from_an_invitation_to_its_anonymous_answer(store: Store) -> None:
    apart(store, 1, 4)
    with store.reading() as session:
        invitation, answer = session.exec(select(Invitation)).one(), session.exec(select(SurveyAnswer)).one()
    shared = {str(value) for value in invitation.model_dump().values()} & {answer.external_id, answer.order_key or "-"}
    assert shared == set()
    assert (answer.ticket_id, answer.customer_id, answer.agent_id, answer.order_key) == (None, None, None, "")
