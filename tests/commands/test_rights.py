"""Who may be told what: numbers of single agents go to admins, and to the agent they are about; in doubt to nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from bot.errors import NotAllowed
from bot.kpis.alert_watch import look
from bot.kpis.answer import Answer
from bot.kpis.measure import measure
from bot.store.leading import agents_of
from bot.store.tables import Agent, Team
from bot.store.words import Role
from bot.store.workspace import Workspace
from commands.alert_reading import read_rule
from commands.command import Ask, Asker, Reply
from commands.grammar import read
from commands.rights import sayable
from tests.commands.room import ANA, LENA, NOW, Room, buttons, said
from tests.kpis.office import say
from tests.kpis.town import build_town

REFUSED = "Numbers of single agents are shown to admins, to the agent they are about, and to who leads the team."
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


@pytest.fixture
def lead(town: Room) -> Asker:
    """Somebody who is no agent and leads Billing."""
    return replace(ANA, user_id="U0LEAD", leads=("Billing",))


def test_a_lead_is_told_about_the_agents_they_lead_and_no_others(town: Room, lead: Asker) -> None:
    with town.store.reading() as session:
        led = agents_of(session, ("Billing",))
        names = {one.name for one in session.exec(select(Agent).where(col(Agent.id).in_(led)))}
    assert {"Ana", "Bo", "Lena"} <= names
    assert not {"Max", "Robo"} & names

    told = said(town.type(f"solved by agent {MARCH}", lead))

    assert "Bo" in told
    assert "Max" not in told
    assert not said(town.type(f"solved agent:bo {MARCH}", lead)).startswith(REFUSED)
    for others in ("agent:max", "agent:bo,max", "-agent:bo", "by agent -agent:max", "agent:none"):
        assert said(town.type(f"solved {others} {MARCH}", lead)).startswith(REFUSED)


def test_who_leads_a_team_without_agents_is_told_nothing(town: Room) -> None:
    nobody = replace(ANA, user_id="U0LEAD", leads=("Tech", "No such team"))

    assert said(town.type(f"solved by agent {MARCH}", nobody)).startswith(REFUSED)


def aloud(reply: Reply, asker: Asker, **settings: Any) -> str:
    """What everybody in the channel would read, or why nobody does."""
    try:
        return said(sayable(replace(reply, public=True), asker, Workspace(**settings)))
    except NotAllowed as error:
        return error.what


def test_names_of_agents_and_subjects_are_said_only_in_channels_on_the_list(town: Room) -> None:
    by_agent = town.type(f"frt by agent {MARCH}")
    by_team = town.type(f"frt by team {MARCH}")
    listed = town.press(by_team, "tickets")

    with pytest.raises(NotAllowed) as refused:
        sayable(replace(by_agent, public=True), LENA, Workspace())
    assert f"`/cx frt by agent {MARCH}`" in refused.value.next_step, "the way to it, to be typed"
    for reply in (by_agent, listed, town.press(by_agent, "share")):
        assert reply.names_people
        assert aloud(reply, LENA).startswith("Names of agents")
        assert aloud(reply, LENA, named_channels=("C0OTHER",)).startswith("Names of agents")
        assert aloud(reply, LENA, named_channels=("C0SUPPORT",)) == said(reply)
        assert aloud(reply, replace(LENA, channel_id="D0LENA")) == said(reply)
    assert aloud(by_team, LENA) == said(by_team)


SINGLE = ("frt by agent", "frt agent:ana", "backlog by agent", "csat agent:me", "frt by team and agent", "volume -agent:bo")


def told(room: Room, question: str) -> Answer:
    """The engine's answer, whoever asks."""
    with room.store.reading() as session:
        asked = read(question, now=NOW, workspace=room.workspace, session=session)
        assert asked.kpi is not None
        assert asked.query is not None
        return measure(session, asked.kpi, asked.query, workspace=room.workspace, now=NOW)


@pytest.mark.parametrize("question", SINGLE)
def test_a_works_council_forbids_single_people_to_everybody_in_the_engine(town: Room, question: str) -> None:
    council = replace(town, workspace=replace(town.workspace, works_council=True))

    for asker in (LENA, replace(ANA, agent_id=1), replace(ANA, leads=("Billing",)), ANA):
        assert "works council" in said(council.type(f"{question} {MARCH}", asker))
    with pytest.raises(NotAllowed, match="works council"):
        told(council, f"{question} {MARCH}")


def test_a_works_council_hides_teams_that_are_too_small(town: Room) -> None:
    """Three or four agents at work have Billing as their team, nobody the others."""

    def rows(smallest: int) -> dict[str, int]:
        council = replace(town, workspace=replace(town.workspace, works_council=True, smallest_group=smallest))
        return {row.labels[0]: row.figure.n for row in told(council, f"solved by team {MARCH}").rows}

    assert rows(3)["Billing (desk)"] > 0
    assert (rows(3)["Tech (desk)"], rows(3)["Evening (other desk)"]) == (0, 0)
    assert rows(9)["Billing (desk)"] == 0
    small = replace(town, workspace=replace(town.workspace, works_council=True, smallest_group=9))
    assert "fewer than 9 agents" in said(small.type(f"solved team:billing {MARCH}"))
    assert "fewer than 9 agents" in said(small.type(f"solved -team:billing {MARCH}"))


def test_a_small_team_cannot_be_had_by_taking_the_others_from_the_whole(empty: Room) -> None:
    """Two have Billing, three Live, four Support: who may ask for all but one of them knows that one."""
    build_town(empty.store)
    sizes = {"Duo": 2, "Trio": 3, "Quartet": 4}
    with empty.store.writing() as session:
        for agent in session.exec(select(Agent)):
            agent.team = None
            session.add(agent)
        for name, size in sizes.items():
            session.add(Team(source="new", external_id=name, name=name))
            for n in range(size):
                session.add(Agent(source="new", external_id=f"{name}{n}", name=f"{name} {n}", role=Role.AGENT, team=name))
    council = replace(empty, workspace=replace(empty.workspace, works_council=True, smallest_group=3))
    for refused in ("team:duo", "-team:duo", "team:trio", "-team:trio", "team:trio,quartet"):
        assert "works council" in said(council.type(f"solved {refused} {MARCH}")), refused
    assert "works council" not in said(council.type(f"solved team:quartet {MARCH}"))
    everybody = replace(council, workspace=replace(council.workspace, smallest_group=2))
    assert "works council" not in said(everybody.type(f"solved team:duo {MARCH}"))
    assert "works council" in said(council.type(f"why solved by team {MARCH}"))


def test_a_small_team_is_in_no_back_test(town: Room) -> None:
    council = replace(town, workspace=replace(town.workspace, works_council=True, smallest_group=9))

    assert "Billing" in said(town.type("alert backlog by team > 1"))
    assert "Billing" not in said(council.type("alert backlog by team > 1"))


@pytest.mark.parametrize(
    "text", ["alert workload 2x", f"why volume {MARCH} team:billing", "survey funnel by agent", "alert spike 3x team:billing"]
)
def test_a_works_council_forbids_what_does_not_go_by_the_engines_front_door_too(town: Room, text: str) -> None:
    council = replace(town, workspace=replace(town.workspace, works_council=True, smallest_group=9))

    assert "works council" in said(council.type(text))


def test_a_works_council_keeps_small_teams_out_of_why_and_agents_out_of_the_bias_watch(town: Room) -> None:
    council = replace(town, workspace=replace(town.workspace, works_council=True, smallest_group=9))

    assert "Billing" in said(town.type(f"why solved {MARCH}"))
    assert "By team" not in said(council.type(f"why solved {MARCH}"))
    assert "Billing" not in said(council.type(f"why solved {MARCH}"))
    assert "Ana" not in said(council.type("survey bias"))


def test_what_a_works_council_switches_on_pauses_what_was_watched_before(empty: Room) -> None:
    build_town(empty.store)
    with empty.store.reading() as session:
        rule = read_rule(Ask(text="", now=NOW, session=session, workspace=empty.workspace, asker=LENA), "workload 2x")
        assert look(session, rule, workspace=empty.workspace, now=NOW)
        with pytest.raises(NotAllowed, match="works council"):
            look(session, rule, workspace=replace(empty.workspace, works_council=True), now=NOW)
