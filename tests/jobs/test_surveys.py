"""The job that asks: from a solve to a message in Slack, once, and taken back when the ticket comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.errors import SlackRefused
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.slack.people import Person
from bot.store.engine import Store
from bot.store.tables import Invitation, Outbox
from bot.store.words import InvitationState, OutboxState
from bot.surveys.answering import record_click
from bot.surveys.wire import hash_token, read
from jobs.job import Tick
from jobs.surveys import ASK_CUSTOMERS, close, invite, send
from tests.slack.office import Office
from tests.surveys.cast import CARLA, DAY, HOUR, MINUTE, NOW, TEAM, action_ts, add_customer, add_ticket, reopen, switch_on

PEOPLE = {
    "carla@customer.example": Person(id=CARLA.user_id, team_id=TEAM, known=True),
    "guest@customer.example": Person(id="U-GUEST", team_id="T-OTHERS", is_outsider=True, known=True),
    "robot@customer.example": Person(id="U-ROBOT", team_id=TEAM, is_bot=True, known=True),
    "gone@customer.example": Person(id="U-GONE", team_id=TEAM, is_gone=True, known=True),
}


def find(email: str) -> Person | None:
    return PEOPLE.get(email)


def refusing(code: str) -> Callable[[str], Person | None]:
    def refuse(email: str) -> Person | None:
        raise SlackRefused("Slack did not answer.", code=code)

    return refuse


def states(store: Store) -> list[InvitationState]:
    with store.reading() as session:
        return list(session.exec(select(Invitation.state).order_by(Invitation.id)))


def letters(store: Store) -> list[Outbox]:
    with store.reading() as session:
        rows = list(session.exec(select(Outbox).order_by(Outbox.dedupe_key)))
        session.expunge_all()
        return rows


def solved_ticket(store: Store, name: str = "carla", **changes: Any) -> int:
    return add_ticket(store, add_customer(store, name), name, **changes)


def a_round(store: Store, now: datetime = NOW) -> int:
    return close(store, now=now) + invite(store, find, now=now) + send(store, now=now)


def test_a_fresh_solve_ends_in_one_message_to_the_customer(store: Store) -> None:
    switch_on(store, "csat")
    solved_ticket(store)
    assert a_round(store) == 2
    (letter,) = letters(store)
    assert (letter.kind, letter.channel_id, letter.method) == ("survey", CARLA.user_id, "chat.postMessage")
    assert "How satisfied" in letter.payload["text"]
    assert states(store) == [InvitationState.SENT]


def test_nothing_is_sent_to_anybody_unasked(store: Store) -> None:
    solved_ticket(store)
    assert a_round(store) == 0
    assert letters(store) == []


def test_a_second_round_does_nothing(store: Store) -> None:
    switch_on(store, "csat", "ces", "nps")
    solved_ticket(store)
    a_round(store)
    assert a_round(store) == 0
    assert a_round(store, NOW + HOUR) == 0
    assert len(letters(store)) == 1


@pytest.mark.parametrize("name", ["robot", "gone", "nobody"])
def test_bots_former_members_and_strangers_to_slack_are_counted_and_not_written_to(sqlite_store: Store, name: str) -> None:
    switch_on(sqlite_store, "csat")
    solved_ticket(sqlite_store, name)
    a_round(sqlite_store)
    assert states(sqlite_store) == [InvitationState.UNMATCHED]
    assert letters(sqlite_store) == []


def test_a_guest_of_a_shared_channel_is_asked_as_a_person_of_their_own_workspace(store: Store) -> None:
    switch_on(store, "csat")
    solved_ticket(store, "guest")
    a_round(store)
    with store.reading() as session:
        assert session.exec(select(Invitation.slack_team_id)).one() == "T-OTHERS"


@pytest.mark.parametrize("email", [None, "", "no address", "a@b c", "@", "x" * 70 + "@y"])
def test_what_is_no_address_is_not_looked_up(sqlite_store: Store, email: str | None) -> None:
    switch_on(sqlite_store, "csat")
    add_ticket(sqlite_store, add_customer(sqlite_store, email=email))
    assert invite(sqlite_store, refusing("must_not_be_asked"), now=NOW) == 1
    assert states(sqlite_store) == [InvitationState.UNMATCHED]


def test_an_address_slack_cannot_place_holds_nobody_up(store: Store) -> None:
    switch_on(store, "csat")
    solved_ticket(store, "carla")
    assert invite(store, refusing("users_not_found"), now=NOW) == 1
    assert states(store) == [InvitationState.UNMATCHED]


@pytest.mark.parametrize("code", ["ratelimited", "invalid_auth", "missing_scope", "timeout"])
def test_when_slack_cannot_say_who_it_is_nothing_is_decided(sqlite_store: Store, code: str) -> None:
    switch_on(sqlite_store, "csat")
    solved_ticket(sqlite_store)
    assert invite(sqlite_store, refusing(code), now=NOW) == 0
    assert states(sqlite_store) == []
    assert invite(sqlite_store, find, now=NOW + MINUTE) == 1


def test_the_token_in_the_message_is_the_one_the_store_knows_by_its_hash(store: Store) -> None:
    switch_on(store, "csat")
    solved_ticket(store)
    a_round(store)
    pressed = read(letters(store)[0].payload["blocks"][2]["elements"][0]["value"])
    assert pressed is not None
    with store.reading() as session:
        assert session.exec(select(Invitation.token_hash)).one() == hash_token(pressed.token)


def test_a_reopen_before_sending_begins_takes_the_message_out_of_the_outbox(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = solved_ticket(store)
    a_round(store)
    reopen(store, ticket_id, NOW + MINUTE)
    assert a_round(store, NOW + MINUTE) == 1
    assert [letter.state for letter in letters(store)] == [OutboxState.CANCELLED]
    assert states(store) == [InvitationState.WITHDRAWN]


def test_a_reopen_between_deciding_and_sending_sends_nothing(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = solved_ticket(store)
    invite(store, find, now=NOW)
    reopen(store, ticket_id, NOW + MINUTE)
    a_round(store, NOW + MINUTE)
    assert letters(store) == []
    assert states(store) == [InvitationState.WITHDRAWN]


def test_an_answered_question_is_not_replaced_when_its_time_is_over(store: Store) -> None:
    switch_on(store, "csat")
    solved_ticket(store)
    close(store, now=NOW)
    invite(store, find, now=NOW)
    send(store, now=NOW, token=lambda: "T" * 22)
    with store.writing() as session:
        record_click(session, "T" * 22, 4, by=CARLA, action_ts=action_ts(1), now=NOW + MINUTE)
    assert close(store, now=NOW + 8 * DAY) == 0
    assert len(letters(store)) == 1


def test_six_rounds_at_once_ask_everyone_once(store: Store) -> None:
    switch_on(store, "csat")
    people = [f"c{number}" for number in range(6)]
    for name in people:
        solved_ticket(store, name)

    def found(email: str) -> Person:
        return Person(id=f"U-{email.split('@')[0].upper()}", team_id=TEAM, known=True)

    def one_round(_: int) -> int:
        return invite(store, found, now=NOW) + send(store, now=NOW)

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(one_round, range(6))) == 12
    assert states(store) == [InvitationState.SENT] * 6
    assert sorted(letter.channel_id for letter in letters(store)) == sorted(f"U-{name.upper()}" for name in people)


@pytest.fixture
def slack_workspace() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off")) as sandbox:
        yield sandbox


def tick(office: Office) -> Tick:
    settings = read_settings({"CX_DATABASE_URL": "sqlite:////tmp/unused.db", "HOME": "/tmp"})
    return Tick(now=office.now, store=office.store, settings=settings, slack=office.slack)


def test_in_slack_the_question_arrives_and_goes_when_the_ticket_comes_back(store: Store, slack_workspace: Sandbox) -> None:
    office = Office(store, slack_workspace)
    switch_on(store, "csat")
    customer_id = add_customer(store, email="carla.customer@example.com", language="es")
    ticket_id = add_ticket(store, customer_id, solved=(office.now - 2 * HOUR,))
    assert ASK_CUSTOMERS.run(tick(office)) == 2
    assert office.send() == 1
    (message,) = slack_workspace.control.messages("D0CARLA")
    assert message["text"].startswith("¿Qué tan satisfecho está")
    (letter,) = letters(store)
    assert (letter.state, letter.payload) == (OutboxState.SENT, {})

    office.later(60)
    reopen(store, ticket_id, office.now)
    assert ASK_CUSTOMERS.run(tick(office)) == 1
    assert office.send() == 1
    (message,) = slack_workspace.control.messages("D0CARLA")
    assert message["text"] == "Esta pregunta se ha retirado; no hace falta que responda."
    assert [block["type"] for block in message["blocks"]] == ["section"]


def test_in_slack_a_question_nobody_answered_goes_after_a_week(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    office = Office(sqlite_store, slack_workspace)
    switch_on(sqlite_store, "nps")
    add_ticket(sqlite_store, add_customer(sqlite_store, email="dev.customer@example.com"), solved=(office.now - 2 * HOUR,))
    ASK_CUSTOMERS.run(tick(office))
    office.send()
    (message,) = slack_workspace.control.messages("D0DEV")
    assert message["text"].startswith("How likely")
    office.later(7 * 86_400)
    assert ASK_CUSTOMERS.run(tick(office)) == 1
    office.send()
    (message,) = slack_workspace.control.messages("D0DEV")
    assert "time to answer" in message["text"]


def test_the_job_says_what_it_does_and_comes_every_minute() -> None:
    assert ASK_CUSTOMERS.says.endswith(".")
    assert (ASK_CUSTOMERS.slug, ASK_CUSTOMERS.every) == ("surveys", timedelta(minutes=1))
