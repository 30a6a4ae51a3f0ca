"""Help and definitions: made from the declarations, for every number and command, and for those who mistype them."""

from __future__ import annotations

import pytest

from bot.kpis import KPIS
from bot.kpis.kpi import Kpi
from commands import COMMANDS
from tests.commands.room import Room, said, typed


def test_help_names_every_number_and_every_command_that_is_listed(town: Room) -> None:
    told = said(town.type("help"))

    for kpi in KPIS:
        assert kpi.slug in told
    assert [
        command.usage for command in COMMANDS if command.listed and command.usage.split("[")[0].split("|")[0] not in told
    ] == []


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_number_is_defined(town: Room, kpi: Kpi) -> None:
    assert kpi.definition.split(";")[0][:60] in said(town.type(f"define {kpi.slug}"))
    assert said(town.type(f"help {kpi.name}")) == said(town.type(f"define {kpi.name}"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.word)
def test_every_command_is_explained(town: Room, command: object) -> None:
    from commands.command import Command

    assert isinstance(command, Command)
    if command.word != "customers":
        assert command.says in said(town.type(f"help {command.word}")).replace("&amp;", "&")


def test_a_question_around_the_name_does_no_harm(town: Room) -> None:
    assert "First response time (frt)" in said(town.type("define what is our frt last week by team?"))


def test_a_mistyped_name_is_offered(town: Room) -> None:
    assert typed(town.type("define baklog"))[0] == "define backlog"
    assert "I know no number called *baklog*." in said(town.type("help baklog"))
    assert "Backlog (backlog)" in said(town.press(town.type("define baklog"), "run"))


def test_no_name_gets_examples(town: Room) -> None:
    assert typed(town.type("define")) == ["define frt", "define csat", "help"]


def test_nonsense_gets_the_way_to_all_of_them(town: Room) -> None:
    assert typed(town.type("define xyzzy")) == ["help"]
