"""Bare `/cx` answers with numbers."""

from __future__ import annotations

import pytest

from bot.kpis.query import Filter
from bot.views.check import check_message
from bot.views.snapshot import MOST, moved, snapshot, tile
from tests.slack_validators import problems
from tests.views.answers import BACKLOG, CSAT, EVERY, FEW, FRT, HOSTILE, NOTHING, NPS, VOLUME, answer, count, stale

SHOWN = (BACKLOG, VOLUME, FRT, CSAT, NPS)


def judged(message):
    return [*check_message(message), *problems({"text": message.text, "blocks": message.blocks})]


def test_each_number_is_a_tile_with_its_change_window_and_n():
    assert tile(FRT) == ("*38 min* First response time, median\n▼ 19% better · Wed 11 - Tue 17 Nov 2026 · n=57 first responses")
    assert tile(CSAT).startswith("*75.0%* Customer satisfaction\n▲ 3 pt ·")


def test_there_is_no_arrow_where_there_is_too_little_to_compare():
    assert moved(FEW) == "too few to compare"
    assert moved(NOTHING) == ""
    assert tile(NOTHING).startswith("*n/a* Net promoter score\n")


def test_the_words_say_all_of_it():
    text = snapshot(SHOWN, ["a", "b", "c", "d", "e"]).text
    assert text.splitlines()[0] == "Support now"
    for told in SHOWN:
        assert told.kpi.name in text
    assert "38 min · First response time (median): ▼ 19% from 47 min" in text
    assert "Data as of Wed 18 Nov 2026, 09:56, Europe/Berlin" in text


def test_every_number_is_one_press_away_from_its_card():
    [doors] = [block for block in snapshot(SHOWN, ["a", "b", "c", "d", "e"]).blocks if block["type"] == "actions"]
    assert [(door["action_id"], door["value"]) for door in doors["elements"]] == [
        ("show:0", "a"), ("show:1", "b"), ("show:2", "c"), ("show:3", "d"), ("show:4", "e")
    ]  # fmt: skip


def test_stale_data_are_said_once_for_all():
    text = snapshot([FRT, stale(CSAT, 7)], ["a", "b"]).text
    assert text.count("⚠") == 1
    assert "7 h old" in text


def test_six_numbers_are_enough():
    message = snapshot(EVERY, [str(i) for i in range(len(EVERY))])
    assert judged(message) == []
    [numbers] = [block for block in message.blocks if "fields" in block]
    assert len(numbers["fields"]) == MOST


def test_nothing_to_show_says_what_to_do():
    message = snapshot([], [])
    assert "Run a first sync or import" in message.text
    assert judged(message) == []


@pytest.mark.parametrize("ids", [[], ["a"]])
def test_missing_ids_cost_buttons_and_nothing_else(ids):
    assert judged(snapshot(SHOWN, ids)) == []


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_any_scope_and_filter_fit(words):
    told = answer("volume", count(20), filters=(Filter(dimension="category", values=(words,)),))
    message = snapshot([told] * 6, list("abcdef"), scope=words)
    assert judged(message) == []
    assert "<" not in message.text
