"""Help and definitions: made from the declarations, for every number and command, and for those who mistype them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from bot.kpis import KPIS
from bot.kpis.kpi import Kpi
from bot.views.blocks import escape
from commands import COMMANDS
from tests.commands.room import ANA, READ_ALONG, STRANGER, Room, said, typed


def test_help_names_every_number_and_every_command_that_is_listed(town: Room) -> None:
    told = unescape(said(town.type("help")))

    for kpi in KPIS:
        assert kpi.slug in told
    assert [
        command.usage for command in COMMANDS if command.listed and command.usage.split("[")[0].split("|")[0] not in told
    ] == []


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_number_is_defined(town: Room, kpi: Kpi) -> None:
    defined, helped = (said(town.type(f"{word} {kpi.name}")) for word in ("define", "help"))
    for told in (defined, helped):
        assert told.startswith(escape(f"{kpi.name} ({kpi.slug}): {kpi.says}"))
        assert kpi.definition.split(";")[0][:60] in told
    assert "Profile: articles: " in defined
    assert "SELECT" in defined
    assert "SELECT" not in helped


def test_a_definition_is_about_the_window_and_filters_asked_for(town: Room) -> None:
    told = said(town.type("define volume march channel:email"))

    assert "channel:email" in told
    assert "Mar 2026" in told
    assert re.search(r"Left out: \d+ left out: .*\d+ (spam|deleted|merged)|Left out: nothing left out", told)
    assert "ticket_fact.channel IN ('email')" in told


def test_a_definition_follows_the_profile(town: Room) -> None:
    room = replace(town, workspace=replace(town.workspace, profile="zendesk"))
    told = said(room.type("define frt"))

    assert "Profile: zendesk: As Zendesk counts" in told
    assert "Tickets an agent opened have a first response too: yes." in told
    assert "Tickets an agent opened have a first response too: yes." in said(room.type("help frt"))


def test_strangers_and_single_agents_are_told_the_rule_and_no_number(town: Room) -> None:
    for typed_words, asker in (("define frt", STRANGER), ("define frt", READ_ALONG), ("define frt by agent", ANA)):
        reply = town.type(typed_words, asker)
        assert "First response time (frt)" in said(reply)
        assert "SELECT" not in said(reply)
        assert not reply.keeps


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


def test_a_word_of_a_number_offers_the_numbers_that_have_it(town: Room) -> None:
    assert typed(town.type("define cost"))[:2] == ["define cost-per-ticket", "define cost-per-resolution"]
    assert typed(town.type("define csta"))[0] == "define csat"
