"""The data behind an answer are whole, unrounded and plain."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.kpis.answer import Row
from bot.views.answer_json import answer_json
from tests.views.answers import (
    BACKLOG,
    CSAT,
    DAILY,
    EVERY,
    FRT,
    HOSTILE,
    NOTHING,
    NPS,
    TEAMS,
    answer,
    by_team,
    count,
    rate,
    stale,
)

KEYS = set(
    "kpi name query value unit n interval parts statistic window clock profile definition flow_ratio previous series rows others "
    "distribution exclusions pending oldest_pending freshness currency notes asked_at".split()
)


@pytest.mark.parametrize("told", EVERY, ids=range(len(EVERY)))
def test_every_answer_has_the_same_keys_and_survives_json(told):
    data = answer_json(told)
    assert set(data) == KEYS
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_the_whole_answer_is_there():
    data = answer_json(FRT)
    assert data["kpi"] == "frt"
    assert data["name"] == "First response time"
    assert (data["value"], data["unit"], data["n"]) == (38 * 60, "seconds", 57)
    assert data["parts"] == dict(FRT.figure.parts)
    assert data["window"] == {
        "start": "2026-11-10T23:00:00Z",
        "end": "2026-11-17T23:00:00Z",
        "zone": "Europe/Berlin",
        "text": "last 7 days",
        "label": "Wed 11 - Tue 17 Nov 2026, Europe/Berlin",
        "open": False,
    }
    assert (data["clock"], data["profile"], data["statistic"]) == ("business", "articles", "median")
    assert data["definition"] == FRT.kpi.definition
    assert data["exclusions"] == {"spam": 2, "merged": 1}
    assert (data["pending"], data["oldest_pending"]) == (9, "2026-11-18T03:48:00Z")
    assert data["query"] == "frt last 7 days"


def test_the_comparison_has_its_own_window_value_and_n():
    before = answer_json(FRT)["previous"]
    assert (before["value"], before["n"], before["change_unit"]) == (47 * 60, 57, "percent")
    assert before["change"] == pytest.approx(-19.148936)
    assert before["window"]["label"] == "Wed 4 - Tue 10 Nov 2026, Europe/Berlin"
    assert answer_json(answer("csat", rate(3, 4)))["previous"] is None


def test_no_data_is_null_and_never_zero():
    data = answer_json(NOTHING)
    assert data["value"] is None
    assert data["n"] == 0


def test_a_rate_is_not_rounded_and_has_its_interval():
    data = answer_json(NPS)
    assert data["value"] == 1000 / 31
    assert data["interval"] == list(NPS.figure.interval or ())


def test_rows_name_their_labels_by_dimension():
    [first, *_] = answer_json(TEAMS)["rows"]
    assert first["labels"] == {"team": "Billing"}
    assert (first["value"], first["n"], first["parts"]) == (90.0, 100, {"top": 90.0, "bottom": 100.0})
    pair = answer(
        "volume",
        count(3),
        splits=("team", "channel"),
        rows=(Row(labels=("A", "web"), keys=(1, "web"), figure=count(3), share=100.0),),
    )
    assert answer_json(pair)["rows"][0]["labels"] == {"team": "A", "channel": "web"}
    assert answer_json(pair)["rows"][0]["share"] == 100.0


def test_steps_have_both_ends_and_say_whether_they_are_unfinished():
    [first, *_] = answer_json(DAILY)["series"]
    assert first == {
        "start": "2026-11-10T23:00:00Z",
        "end": "2026-11-11T23:00:00Z",
        "partial": False,
        "value": 20.0,
        "n": 20,
        "parts": {"count": 20.0},
        "interval": None,
    }


def test_freshness_names_every_source_and_the_oldest_sync():
    fresh = answer_json(stale(FRT, 5))["freshness"]
    assert fresh == {
        "as_of": "2026-11-18T04:00:00Z",
        "stale": True,
        "sources": [{"name": "demo", "synced_at": "2026-11-18T04:00:00Z", "covered_from": None}],
    }
    assert answer_json(replace(BACKLOG, sources=()))["freshness"]["as_of"] is None


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_kept_as_they_are(words):
    assert answer_json(by_team([(words, rate(1, 2))]))["rows"][0]["labels"]["team"] == words


def test_the_unit_is_a_plain_word():
    assert type(answer_json(CSAT)["unit"]) is str
