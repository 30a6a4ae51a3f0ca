"""What became of asking: the funnel adds up, reasons are found, the past foretells what rules do, and bias is seen."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.store.engine import Store
from bot.store.tables import Agent, Invitation
from bot.store.words import InvitationState, SurveyKind
from bot.surveys.answering import record_click, record_comment
from bot.surveys.asking import SlackPerson, decide, whom_to_ask
from bot.surveys.back_test import back_test
from bot.surveys.bias import fisher, oddities
from bot.surveys.closing import skip
from bot.surveys.funnel import Funnel, funnel
from bot.surveys.rules import read_rules
from bot.surveys.sending import due, hand_out
from bot.surveys.why import why
from tests.surveys.cast import (
    CARLA,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    TEAM,
    action_ts,
    add_customer,
    add_invitation,
    add_ticket,
    switch_on,
    token,
)


def reasons(store: Store, ticket_id: int) -> str:
    with store.reading() as session:
        return " | ".join(says for _, says in why(session, ticket_id, rules=read_rules(session), now=NOW))


def test_the_funnel_counts_each_decision_once_and_says_how_many_answered(store: Store) -> None:
    customer_id = add_customer(store)
    states = [*InvitationState, InvitationState.SENT, InvitationState.ANSWERED]
    for number, state in enumerate(states, 1):
        sent_at = NOW if state in (InvitationState.SENT, InvitationState.ANSWERED, InvitationState.EXPIRED) else None
        ticket_id = add_ticket(store, customer_id, str(number))
        add_invitation(store, number, state=state, sent_at=sent_at, ticket_id=ticket_id, customer_id=customer_id)
    with store.reading() as session:
        whole = funnel(session, NOW - DAY, NOW + DAY)[""]
        by_kind = funnel(session, NOW - DAY, NOW + DAY, by="kind")
        by_channel = funnel(session, NOW - DAY, NOW + DAY, by="channel")
    assert (whole.eligible, whole.sent, whole.answered, whole.throttled) == (len(states), 5, 2, 1)
    assert whole.response_rate == 40.0
    assert by_kind == {"csat": whole}
    assert by_channel == {"email": whole}


def test_the_parts_of_a_funnel_add_up_to_the_whole_by_every_split(store: Store) -> None:
    with store.writing() as session:
        session.add(Agent(id=7, source="desk", external_id="ana", name="Ana"))
    for number, category in enumerate(("billing", "login", None, "billing"), 1):
        customer_id = add_customer(store, f"c{number}")
        ticket_id = add_ticket(store, customer_id, str(number), category=category)
        add_invitation(store, number, ticket_id=ticket_id, customer_id=customer_id, agent_id=7 if number % 2 else None)
    with store.reading() as session:
        whole = funnel(session, NOW, NOW + DAY)[""]
        for by in ("kind", "channel", "category", "agent"):
            total = Funnel()
            for part in funnel(session, NOW, NOW + DAY, by=by).values():
                total.add(part)
            assert total == whole
        assert set(funnel(session, NOW, NOW + DAY, by="agent")) == {"Ana", "none"}
        assert set(funnel(session, NOW, NOW + DAY, by="category")) == {"billing", "login", "none"}


def test_comments_are_counted_and_an_empty_window_is_nought(store: Store) -> None:
    add_invitation(store)
    with store.writing() as session:
        record_click(session, token(), 5, by=CARLA, action_ts=action_ts(1), now=NOW)
        record_comment(session, token(), "fine", by=CARLA, now=NOW)
    with store.reading() as session:
        assert funnel(session, NOW, NOW + DAY)[""].commented == 1
        assert funnel(session, NOW - 9 * DAY, NOW)[""] == Funnel()
        assert Funnel().response_rate is None
        with pytest.raises(BadRequest, match="weather"):
            funnel(session, NOW, NOW + DAY, by="weather")


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"solved": (), "reopened": ()}, "not solved"),
        ({"excluded": "merged"}, "deleted, merged or spam"),
        ({"solved": (NOW - 9 * DAY,)}, "before the survey was switched on"),
        ({"solved": (NOW - MINUTE,)}, "delay after the solve is not over"),
        ({}, "decided within a minute"),
    ],
)
def test_why_nobody_was_asked_is_said_for_any_ticket(store: Store, facts: dict[str, object], says: str) -> None:
    switch_on(store, "csat")
    ticket_id = add_ticket(store, add_customer(store), **facts)  # type: ignore[arg-type]
    assert says in reasons(store, ticket_id)


def test_why_says_what_was_decided_and_by_which_rule(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    assert "no survey after a solve is switched on" in reasons(store, ticket_id)
    switch_on(store, "csat", never=["channel:email"])
    assert "never channel:email" in reasons(store, ticket_id)
    with store.writing() as session:
        rules = read_rules(session)
        (candidate,) = whom_to_ask(session, rules, now=NOW)
        decide(session, candidate, None, rules=rules, now=NOW)
    assert "left out (never channel:email)" in reasons(store, ticket_id)
    with store.writing() as session:
        skip(session, ticket_id, by="U-ANA", now=NOW)
    assert "Nobody is asked about this ticket: skipped by U-ANA" in reasons(store, ticket_id)


def test_a_customer_who_is_an_agent_or_nobody_is_named_as_the_reason(store: Store) -> None:
    switch_on(store, "csat")
    with store.writing() as session:
        session.add(Agent(source="desk", external_id="carla", name="Carla", email="CARLA@customer.example"))
    assert "is an agent" in reasons(store, add_ticket(store, add_customer(store)))
    assert "names no customer" in reasons(store, add_ticket(store, None, "2"))


def test_the_back_test_foretells_what_then_happens(store: Store) -> None:
    """The same solves, tried out first and then decided one by one at their time: the same counts."""
    rules_said = {"sample": 70, "never": ["channel:phone"], "rest_days": 30}
    switch_on(store, "csat", **rules_said)
    people = [add_customer(store, f"c{number}", email=None if number == 3 else f"c{number}@x.example") for number in range(6)]
    instants = [NOW - 80 * DAY + number * 31 * HOUR for number in range(48)]
    for number, at in enumerate(instants):
        channel = "phone" if number % 7 == 0 else "email"
        add_ticket(store, people[number % 6], str(number), solved=(at,), channel=channel)
    with store.reading() as session:
        told = back_test(session, read_rules(session)[SurveyKind.CSAT], now=NOW)
    counts = dict.fromkeys(InvitationState, 0)
    for at in instants:
        now = at + 61 * MINUTE
        with store.writing() as session:
            rules = read_rules(session)
            for candidate in whom_to_ask(session, rules, now=now):
                name = (candidate.email or "").split("@")[0]
                person = SlackPerson(user_id=f"U-{name}", team_id=TEAM) if name else None
                made = decide(session, candidate, person, rules=rules, now=now)
                assert made is not None
                counts[made.state] += 1
            for invitation_id in due(session, now=now):
                hand_out(session, invitation_id, f"{int(now.timestamp()):022d}", rules=rules, now=now)
    assert told.eligible == 48
    assert (told.asked, told.throttled) == (counts[InvitationState.WAITING], counts[InvitationState.THROTTLED])
    assert (told.skipped, told.sampled_out) == (counts[InvitationState.SKIPPED], counts[InvitationState.SAMPLED_OUT])
    assert told.unmatched == counts[InvitationState.UNMATCHED]
    assert told.asked > 5
    assert told.throttled > 5


def test_a_back_test_looks_at_the_newest_and_says_from_when(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    customer_id = add_customer(sqlite_store)
    for number in range(10):
        add_ticket(sqlite_store, customer_id, str(number), solved=(NOW - (number + 1) * DAY,))
    with sqlite_store.reading() as session:
        told = back_test(session, read_rules(session)[SurveyKind.CSAT], now=NOW, most=4)
        nps = back_test(session, read_rules(session)[SurveyKind.NPS], now=NOW)
    assert (told.eligible, told.since) == (4, NOW - 4 * DAY)
    assert (nps.eligible, nps.asked) == (1, 1)


def test_nothing_is_written_by_trying_out(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat")
    add_ticket(sqlite_store, add_customer(sqlite_store))
    with sqlite_store.writing() as session:
        back_test(session, read_rules(session)[SurveyKind.CSAT], now=NOW)
    with sqlite_store.reading() as session:
        assert session.get(Invitation, 1) is None


def test_an_agent_whose_customers_are_seldom_asked_stands_out_and_a_small_group_does_not() -> None:
    groups = {
        "Ana": Funnel(eligible=100, sent=40, answered=20),
        "Bo": Funnel(eligible=100, sent=90, answered=45),
        "Cleo": Funnel(eligible=100, sent=88, answered=44),
        "New": Funnel(eligible=10, sent=0),
    }
    found = oddities(groups)
    assert next((one.name, one.what, round(one.rate)) for one in found) == ("Ana", "asked", 40)
    assert all(one.p < 0.05 for one in found)
    assert "New" not in [one.name for one in found]
    assert all(one.what == "asked" for one in found)


def test_equal_rates_are_no_news() -> None:
    assert oddities({name: Funnel(eligible=200, sent=150 + n, answered=60) for n, name in enumerate("abcdef")}) == []
    assert oddities({}) == []
    assert oddities({"only one": Funnel(eligible=500, sent=3)}) == []


@given(st.integers(0, 25), st.integers(1, 25), st.integers(0, 25), st.integers(1, 25))
def test_fisher_agrees_with_counting_all_tables(hit: int, of: int, other_hit: int, other_of: int) -> None:
    hit, other_hit = min(hit, of), min(other_hit, other_of)
    hits, total = hit + other_hit, of + other_of
    chance = {k: comb(of, k) * comb(other_of, hits - k) for k in range(max(0, hits - other_of), min(of, hits) + 1)}
    exact = sum(one for one in chance.values() if one <= chance[hit]) / comb(total, hits)
    assert fisher(hit, of, other_hit, other_of) == pytest.approx(exact, abs=1e-6)
