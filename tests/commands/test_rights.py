"""Who may be told what: numbers of single agents go to admins, and to the agent they are about; in doubt to nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from bot.store.tables import Agent
from commands.command import Asker
from tests.commands.room import ANA, LENA, Room, buttons, said
from tests.kpis.office import say

REFUSED = "Numbers of single agents are shown to admins, and to the agent they are about."
MARCH = "Mar 2026"


def agent_id(room: Room, name: str, source: str = "desk") -> int:
    with room.store.reading() as session:
        found = session.exec(select(Agent.id).where(Agent.name == name, Agent.source == source)).one()
        assert found is not None
        return found


@pytest.fixture
def bo(town: Room) -> Asker:
    """An agent whose name is his alone."""
    with town.store.writing() as session:
        agent = session.exec(select(Agent).where(Agent.name == "Bo", Agent.source == "other desk")).first()
        if agent is not None:
            agent.name = "Bo the Second"
    return replace(ANA, user_id="U0BO", agent_id=agent_id(town, "Bo"))


@pytest.mark.parametrize(
    "question",
    [
        "frt by agent",
        "frt by team and agent",
        "frt by agents as csv",
        "frt agent:Bo",
        "frt agent:bo,lena",
        "frt -agent:Bo",
        "frt agent:none",
        "backlog assignee:Lena",
        "frt for agent Bo",
        "frt by agent team:Billing",
        "frt agent:nobody-of-that-name",
    ],
)
def test_a_member_is_not_told_about_single_agents(town: Room, question: str) -> None:
    told = said(town.type(question, ANA))

    assert told.startswith((REFUSED, "What about *agent*?")), told
    assert "Known:" not in told
    assert "Lena" not in told.replace(question, "")


def test_an_admin_is_told(town: Room) -> None:
    assert "By agent:" in said(town.type(f"frt by agent {MARCH}", LENA))
    assert said(town.type(f"frt agent:bo {MARCH}", LENA)).startswith(("n/a", "1", "2", "3", "4", "5", "6", "7", "8", "9"))


@pytest.mark.parametrize("question", ["frt agent:me", "frt agent:Bo", "frt agent:bo by agent", "frt by channel agent:myself"])
def test_an_agent_is_told_about_himself(town: Room, bo: Asker, question: str) -> None:
    told = said(town.type(f"{question} {MARCH}", bo))

    assert "First response time" in told
    assert "agent:bo" in told.lower()
    assert "Lena" not in told


@pytest.mark.parametrize(
    "question", ["frt agent:lena", "frt agent:me,lena", "frt -agent:me", "frt by agent", "frt agent:me,none"]
)
def test_an_agent_is_not_told_about_others(town: Room, bo: Asker, question: str) -> None:
    assert said(town.type(f"{question} {MARCH}", bo)).startswith(REFUSED)


def test_a_name_that_two_agents_share_is_nobodys_own(town: Room) -> None:
    lena = replace(ANA, agent_id=agent_id(town, "Lena"))

    assert said(town.type(f"frt agent:me {MARCH}", lena)).startswith(REFUSED)


def test_the_number_of_me_is_that_of_my_name(town: Room, bo: Asker) -> None:
    mine = town.type(f"solved agent:me {MARCH}", bo)
    asked = say(town.store, f"solved agent:Bo {MARCH}", now=town.now, workspace=town.workspace)

    assert f"n={asked.figure.n}" in said(mine)


def test_who_is_no_agent_has_no_me(town: Room) -> None:
    assert said(town.type("frt agent:me", ANA)).startswith("I do not know which agent of the help desk you are.")


def test_the_buttons_of_an_admins_answer_have_the_rights_of_whoever_presses(town: Room, bo: Asker) -> None:
    answer = town.type(f"frt by agent {MARCH}", LENA)

    for button in ("share", "tickets", "compare", "csv", "why_number"):
        for asker in (ANA, bo):
            reply = town.press(answer, button, asker)
            assert said(reply).startswith(REFUSED)
            assert not reply.public


def test_a_refusal_has_no_button_that_would_be_refused_again(town: Room) -> None:
    assert buttons(town.type("frt by agent", ANA)) == []


def test_only_admins_enter_money_and_customers(empty: Room) -> None:
    for text in ("cost", "cost 5 for Jan", "customers", "customers 5 lost 1 for Jan"):
        assert said(empty.type(text, ANA)).startswith("Only admins can change this.")
    assert empty.audit() == []
