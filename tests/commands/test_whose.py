"""Whose tickets are meant: one's own, one's team's, nobody's, or those of somebody named; and to whom names are told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import Agent, Customer, Team
from bot.store.words import Role
from bot.store.workspace import Workspace
from commands.command import Asker
from commands.grammar import read
from commands.question import Understood
from tests.commands.room import ANA, LENA, Room, said, typed
from tests.kpis.office import say

MARCH = "Mar 2026"


@pytest.fixture
def people(sqlite_store: Store) -> Room:
    """Agents of whom one is called like a month, two share a first name, and one is a machine; and customers."""
    with sqlite_store.writing() as session:
        names = ("Ana Lima", "Jan Novak", "May Chen", "Grace Kim", "Tom Reed", "Tom Okafor")
        session.add_all(Agent(source="desk", external_id=name, name=name, team="1") for name in names)
        session.add(Agent(source="desk", external_id="bot", name="Robin", role=Role.BOT))
        session.add_all(
            Customer(source="desk", external_id=name, name=name) for name in ("Grace Brown", "Anna Becker", "Zoe Ray", "100%_x")
        )
        session.add(Team(source="desk", external_id="1", name="Billing"))
        session.add(Team(source="desk", external_id="2", name="Zoe"))
    return Room(store=sqlite_store)


def meant(room: Room, text: str, *, names: bool = True) -> Understood:
    with room.store.reading() as session:
        return read(text, now=room.now, workspace=room.workspace, session=session, tells_names=names)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("csat for ana", 'agent:"Ana Lima"'),
        ("csat for Ana Lima", 'agent:"Ana Lima"'),
        ("csat of ana?", 'agent:"Ana Lima"'),
        ("csat ana", 'agent:"Ana Lima"'),
        ("solved by novak last week", 'agent:"Jan Novak"'),
        ("backlog assigned to grace", 'agent:"Grace Kim"'),
        ("solved by me", "agent:me"),
        ("backlog assigned to me", "agent:me"),
        ("tickets from anna", 'customer:"Anna Becker"'),
        ("csat for anna becker", 'customer:"Anna Becker"'),
        ("csat for zoe", "team:Zoe"),  # a team is known by its name alone, as it was before
        ("csat for billing", "team:Billing"),
        ("csat for email", "channel:email"),
    ],
)
def test_a_name_means_who_bears_it(people: Room, words: str, wanted: str) -> None:
    found = meant(people, words)

    assert found.query is not None, found
    assert [str(one) for one in found.query.filters if one.values != ("none",)] == [wanted]
    again = meant(people, found.query.text()).query
    assert again == found.query


@pytest.mark.parametrize(
    ("words", "says", "offered"),
    [
        ("csat for jan", "*jan* can be a window or an agent.", ("csat for Jan 2026", 'csat for agent:"Jan Novak"')),
        ("csat for may", "*may* can be a window or an agent.", ("csat for May 2025", 'csat for agent:"May Chen"')),
        (
            "csat for tom",
            "*tom* can be one of several agents.",
            ('csat for agent:"Tom Okafor"', 'csat for agent:"Tom Reed"'),
        ),
        (
            "tickets from grace",
            "*grace* can be an agent or a customer.",
            ('tickets from agent:"Grace Kim"', 'tickets from customer:"Grace Brown"'),
        ),
        ("csat for limma", "I don't know *limma*.", ('csat for agent:"Ana Lima"',)),
        ("solved by okafr", "I don't know *okafr*.", ('solved agent:"Tom Okafor"',)),
    ],
)
def test_a_name_that_may_be_several_things_is_asked_back(people: Room, words: str, says: str, offered: tuple[str, ...]) -> None:
    found = meant(people, words)

    assert found.query is None
    assert found.says.startswith(says)
    assert found.suggestions[: len(offered)] == offered
    for one in found.suggestions:
        assert meant(people, one).query is not None, one


@pytest.mark.parametrize(
    ("words", "canonical"),
    [
        ("csat in jan", "csat Jan 2026"),
        ("volume since may", "volume since May 2025"),
        ("csat for last week", "csat last week"),
        ("frt for urgent tickets", "frt last 7 days priority:urgent"),
        ("volume by team", "volume by team last 7 days"),
        ("volume from 1 Oct to 15 Oct", "volume 2025-10-01 to 2025-10-15"),
    ],
)
def test_words_that_mean_something_else_are_no_names(people: Room, words: str, canonical: str) -> None:
    found = meant(people, words)

    assert found.query is not None, found
    assert found.query.text() == canonical


def test_a_machine_is_nobodys_name(people: Room) -> None:
    assert meant(people, "csat for robin").query is None


def test_a_customers_name_is_no_pattern(people: Room) -> None:
    assert meant(people, "tickets from 100%").query is None
    assert meant(people, "tickets from %").query is None


def test_names_of_agents_are_offered_to_nobody_who_may_not_know_their_numbers(people: Room) -> None:
    lead = replace(ANA, leads=("Billing",))
    other = replace(ANA, leads=("Zoe",))
    names = ("Okafor", "Reed", "Lima", "Novak", "Chen")

    for question in ("csat for tom", "csat for limma", "csat for jan", "csat for ana", "solved by okafr"):
        for asker in (ANA, other):
            told = said(people.type(question, asker))
            assert not any(name in told for name in names), told
    assert 'csat for agent:"Tom Reed"' in typed(people.type("csat for tom", LENA))
    assert 'csat for agent:"Tom Reed"' in typed(people.type("csat for tom", lead))


def test_a_lead_and_an_agent_have_a_team_of_their_own(town: Room) -> None:
    with town.store.reading() as session:
        bo = session.exec(select(Agent.id).where(Agent.source == "desk", Agent.external_id == "bo")).one()
    agent = replace(ANA, agent_id=bo)
    lead = replace(ANA, leads=("Billing",))

    whole = say(town.store, f'volume {MARCH} team:"Billing (desk)"', now=town.now, workspace=town.workspace).figure.n
    assert f"n={whole} tickets" in said(town.type(f"my team volume {MARCH}", agent))
    both = say(town.store, f"volume {MARCH} team:billing", now=town.now, workspace=town.workspace).figure.n
    assert both > whole
    assert f"n={both} tickets" in said(town.type(f"my team's volume {MARCH}", lead)), "Billing of either help desk is theirs"
    assert "team:" in said(town.type("my team backlog", lead))
    assert "mine" not in said(town.type("my team backlog", lead)).split("Ask again:")[1].split("\n")[0]


def test_my_team_is_known_to_why_and_forecasts_too(town: Room) -> None:
    lead = replace(ANA, leads=("Billing",))

    assert "mine" not in said(town.type(f"why my team volume {MARCH}", lead))
    assert "team called" not in said(town.type("forecast my team volume", lead))


def test_who_is_in_no_team_and_leads_none_is_told_what_to_do(town: Room) -> None:
    told = said(town.type("my team backlog", ANA))

    assert told.startswith("I do not know which team is yours.")
    assert "team:name" in told


def test_my_tickets_are_those_i_have(town: Room) -> None:
    with town.store.writing() as session:
        other = session.exec(select(Agent).where(Agent.source == "other desk", Agent.external_id == "bo")).one()
        other.name = "Bo the Second"
    with town.store.reading() as session:
        bo = session.exec(select(Agent.id).where(Agent.source == "desk", Agent.external_id == "bo")).one()
    agent = replace(ANA, agent_id=bo)
    wanted = say(town.store, "backlog agent:bo", now=town.now, workspace=town.workspace).figure.n

    assert wanted > 0
    for words in ("my tickets", "my queue", "my backlog", "my open tickets"):
        assert said(town.type(words, agent)).startswith(f"{wanted} unsolved tickets"), words


def test_what_nobody_has_is_no_agents_number(town: Room) -> None:
    member = said(town.type("backlog unassigned by team", ANA))
    council = Room(store=town.store, now=town.now, workspace=Workspace(zone="Europe/Berlin", works_council=True))
    wanted = say(town.store, "backlog agent:none", now=town.now, workspace=town.workspace).figure.n

    assert wanted > 0
    assert member.startswith(f"{wanted} unsolved tickets")
    assert said(council.type("backlog unassigned", ANA)).startswith(f"{wanted} unsolved tickets")
    for asked in ("backlog -agent:none", "frt unassigned", "backlog agent:none,bo", "backlog unassigned by agent"):
        assert "Numbers of single" in said(town.type(asked, ANA)), asked


@pytest.mark.parametrize("asker", [LENA, ANA])
def test_a_name_nobody_bears_is_answered_as_ever(people: Room, asker: Asker) -> None:
    assert said(people.type("csat for xyzzyq", asker)).startswith("I don't know *xyzzyq*.")
