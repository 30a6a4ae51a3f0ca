"""Rules on ticket, team, category, tag, customer and channel, a fixed lot, and hours on the person's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from bot.errors import BadRequest
from bot.store.engine import Store
from bot.store.tables import Invitation, Team, TicketFact, TicketTag
from bot.store.words import InvitationState
from bot.surveys.asking import SlackPerson, decide, whom_to_ask
from bot.surveys.closing import skip
from bot.surveys.conditions import About, is_sampled, typed_conditions
from bot.surveys.quiet import next_opening
from bot.surveys.rules import read_rules
from bot.surveys.sending import due, hand_out
from tests.surveys.cast import CARLA, DAY, HOUR, NOW, TEAM, add_customer, add_ticket, reopen, switch_on, token

ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Auckland", "America/St_Johns")


def decided(store: Store, ticket_id: int, *, zone: str | None = None) -> Invitation:
    """What becomes of the one candidate there is, once that is written down."""
    with store.writing() as session:
        rules = read_rules(session)
        (candidate,) = [one for one in whom_to_ask(session, rules, now=NOW) if one.ticket_id == ticket_id]
        made = decide(session, candidate, SlackPerson(user_id=CARLA.user_id, team_id=TEAM, zone=zone), rules=rules, now=NOW)
        assert made is not None
    return made


def a_ticket(store: Store) -> int:
    """Carla's ticket 4711 by e-mail, about refunds, tagged VIP, with team Billing."""
    with store.writing() as session:
        team = Team(source="desk", external_id="t1", name="Billing")
        session.add(team)
        session.flush()
        team_id = team.id
    customer_id = add_customer(store, organisation="Acme Ltd")
    ticket_id = add_ticket(store, customer_id, "4711", category="Refunds", team_id=team_id, priority=1)
    with store.writing() as session:
        session.add(TicketTag(ticket_id=ticket_id, tag="VIP"))
    return ticket_id


@pytest.mark.parametrize(
    "rule",
    ["team:billing", "category:refunds", "tag:vip", 'customer:"acme ltd"', "customer:carla@customer.example", "channel:email",
     "ticket:4711", "priority:urgent", "source:desk", "team:support,billing"],
)  # fmt: skip
def test_a_rule_that_fits_lets_pass_and_its_opposite_leaves_out(store: Store, rule: str) -> None:
    only, _ = typed_conditions(rule)
    switch_on(store, "csat", only=[str(one) for one in only])
    ticket_id = a_ticket(store)
    assert decided(store, ticket_id).state is InvitationState.WAITING


@pytest.mark.parametrize("rule", ["team:billing", "tag:vip", "customer:Carla", "channel:email", "category:REFUNDS"])
def test_what_must_never_be_is_left_out_with_its_reason(store: Store, rule: str) -> None:
    switch_on(store, "csat", never=[rule])
    made = decided(store, a_ticket(store))
    assert made.state is InvitationState.SKIPPED
    assert (made.reason or "").lower() == f"never {rule}".lower()


def test_one_rule_of_several_that_does_not_fit_is_enough(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat", only=["team:billing", "channel:phone"])
    made = decided(sqlite_store, a_ticket(sqlite_store))
    assert (made.state, made.reason) == (InvitationState.SKIPPED, "only channel:phone")


@pytest.mark.parametrize("text", ["team", "colour:red", "team:", "-", "team:a b", ":x", '"', "team:billing; drop"])
def test_what_is_no_rule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        typed_conditions(text)
    assert "team:billing" in refused.value.next_step


@given(st.text(max_size=200))
def test_any_text_is_rules_or_refused(text: str) -> None:
    try:
        only, never = typed_conditions(text)
    except BadRequest:
        return
    again = " ".join([*map(str, only), *(f"-{one}" for one in never)])
    assert typed_conditions(again) == (only, never)


def test_a_sample_is_a_fixed_lot_of_about_its_size() -> None:
    keys = [About(key=f"desk/{number}#1") for number in range(2_000)]
    drawn = [one for one in keys if is_sampled(one, 30)]
    assert 500 < len(drawn) < 700
    assert drawn == [one for one in keys if is_sampled(one, 30)]
    assert {one.key for one in drawn} <= {one.key for one in keys if is_sampled(one, 60)}
    assert [one for one in keys if is_sampled(one, 100)] == keys


def test_who_is_not_in_the_sample_is_counted_and_never_asked_about_it(store: Store) -> None:
    switch_on(store, "csat", sample=1)
    tickets = [add_ticket(store, add_customer(store, f"c{number}"), str(number)) for number in range(6)]
    states = [decided(store, ticket_id).state for ticket_id in tickets]
    assert states.count(InvitationState.SAMPLED_OUT) >= 5


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("UTC", "2026-11-18T09:00Z"),
        ("Europe/Berlin", "2026-11-18T09:00Z"),
        ("America/New_York", "2026-11-18T14:00Z"),
        ("Asia/Kolkata", "2026-11-18T09:00Z"),
        ("Pacific/Auckland", "2026-11-18T20:00Z"),
        ("Nowhere/Land", "2026-11-18T09:00Z"),
    ],
)
def test_a_person_is_disturbed_in_their_own_working_hours(store: Store, zone: str, opens: str) -> None:
    switch_on(store, "csat", hours=[9, 18])
    made = decided(store, add_ticket(store, add_customer(store)), zone=zone)
    assert made.send_at == datetime.fromisoformat(opens)


def test_the_hour_is_looked_at_again_when_it_is_sent(store: Store) -> None:
    switch_on(store, "csat", hours=[9, 18])
    decided(store, add_ticket(store, add_customer(store)), zone="UTC")
    evening = NOW + 12 * HOUR
    with store.writing() as session:
        (invitation_id,) = due(session, now=evening)
        assert hand_out(session, invitation_id, token(), rules=read_rules(session), now=evening) is None
        row = session.get_one(Invitation, invitation_id)
        assert (row.state, row.send_at) == (InvitationState.WAITING, NOW + DAY)


@given(st.datetimes(NOW.replace(tzinfo=None), (NOW + 500 * DAY).replace(tzinfo=None)), st.sampled_from(ZONES))
def test_the_next_opening_is_in_the_hours_never_earlier_and_at_most_three_days_off(wall: datetime, zone: str) -> None:
    now = wall.replace(tzinfo=UTC)
    opening = next_opening(now, (9, 18), zone)
    local = opening.astimezone(ZoneInfo(zone))
    assert local.weekday() < 5
    assert 9 <= local.hour < 18
    assert now <= opening <= now + timedelta(hours=72)
    assert next_opening(opening, (9, 18), zone) == opening
    assert next_opening(now, None, zone) == now


def test_a_skipped_ticket_is_asked_about_never_even_after_another_solve(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = add_ticket(store, add_customer(store), solved=(NOW - 3 * HOUR,))
    with store.writing() as session:
        skip(session, ticket_id, by="U-ANA", now=NOW - 4 * HOUR)
    reopen(store, ticket_id, NOW - 2.5 * HOUR, solved_again=NOW - 2 * HOUR)
    made = decided(store, ticket_id)
    assert (made.state, made.reason) == (InvitationState.SKIPPED, "skipped by U-ANA")


def test_skipping_takes_a_question_back_that_nobody_answered(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = add_ticket(store, add_customer(store))
    decided(store, ticket_id)
    with store.writing() as session:
        (ended,) = skip(session, ticket_id, by="U-ANA", now=NOW)
        assert skip(session, ticket_id, by="U-BO", now=NOW) == []
    with store.reading() as session:
        assert session.get_one(Invitation, ended).state is InvitationState.SKIPPED


def test_whoever_was_asked_meanwhile_is_dropped_at_the_last_moment(store: Store) -> None:
    switch_on(store, "csat", hours=[9, 18])
    made = decided(store, add_ticket(store, add_customer(store)), zone="America/New_York")
    with store.writing() as session:
        facts = {"slack_user_id": CARLA.user_id, "slack_team_id": TEAM, "scale": "csat-1-5", "survey": "csat"}
        other = Invitation(**facts, token_hash="x", state=InvitationState.SENT, decided_at=NOW, sent_at=NOW, customer_id=None)
        session.add(other)
    with store.writing() as session:
        assert hand_out(session, made.id or 0, token(), rules=read_rules(session), now=NOW + 6 * HOUR) is None
        assert session.get_one(Invitation, made.id).state is InvitationState.THROTTLED


def test_a_ticket_that_came_back_since_is_not_asked_about(store: Store) -> None:
    switch_on(store, "csat")
    ticket_id = add_ticket(store, add_customer(store))
    made = decided(store, ticket_id)
    with store.writing() as session:
        session.get_one(TicketFact, ticket_id).excluded = "merged"
    with store.writing() as session:
        assert hand_out(session, made.id or 0, token(), rules=read_rules(session), now=NOW) is None
        assert session.exec(select(Invitation.state)).one() is InvitationState.WITHDRAWN
