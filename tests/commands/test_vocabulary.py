"""The words of the language do not get in each other's way."""

from __future__ import annotations

import pytest

from bot.clock import Grain
from bot.kpis import KPIS
from bot.kpis.dimensions import DIMENSIONS, find_dimension
from commands import COMMANDS
from commands.vocabulary import (
    AVERAGES,
    BY,
    FILLERS,
    GRAINS,
    NEGATIONS,
    SHOWN,
    as_name,
    dimension_words,
    grammar_words,
    kpi_names,
    longest_name,
)

PARTS = {*BY, *NEGATIONS, *GRAINS, *AVERAGES, *SHOWN}


def test_the_first_number_keeps_a_name_that_two_claim() -> None:
    claimed: dict[str, str] = {}
    for kpi in KPIS:
        for name in (kpi.slug, kpi.name, *kpi.also):
            claimed.setdefault(as_name(name), kpi.slug)

    assert {name: kpi.slug for name, kpi in kpi_names().items()} == claimed


def test_every_slug_and_name_means_its_own_number() -> None:
    for kpi in KPIS:
        assert kpi_names()[as_name(kpi.slug)] is kpi
        assert kpi_names()[as_name(kpi.name)] is kpi


@pytest.mark.parametrize("name", ["first-response", "First Response", "first_response", "  first   response "])
def test_hyphens_and_spaces_are_one(name: str) -> None:
    assert as_name(name) == "first response"


def test_no_part_of_speech_is_the_name_of_a_number_or_a_filler() -> None:
    assert not PARTS & set(kpi_names())
    assert not PARTS & FILLERS


def test_no_name_is_longer_than_is_looked_for() -> None:
    assert max(len(name.split()) for name in kpi_names()) == longest_name() <= 6


def test_every_word_of_a_dimension_means_one_dimension() -> None:
    words = dimension_words()

    assert len(words) == len(set(words))
    for word in words:
        found = find_dimension(word)
        assert found is not None
        assert word in (found.slug, *found.also)


def test_grains_are_words_of_the_clock() -> None:
    assert set(GRAINS.values()) == set(Grain)


def test_what_typos_are_mended_to_is_lower_case_and_not_empty() -> None:
    assert all(word and word == word.lower() for word in grammar_words())


def test_a_command_is_no_dimension_and_no_short_name_of_a_number() -> None:
    """Two are both: first they mean the command, after `by` or before a colon the dimension."""
    words = {word for command in COMMANDS for word in (command.word, *command.also)}

    assert words & set(kpi_names()) == set()
    assert words & {word for d in DIMENSIONS for word in (d.slug, *d.also)} == {"customers", "status"}
