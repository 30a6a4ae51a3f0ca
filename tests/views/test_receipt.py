"""Why this number: everything behind it, in full."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.kpis.answer import Figure, Source
from bot.kpis.query import Filter
from bot.views.check import check_message
from bot.views.receipt import parts_text, receipt_facts, receipt_message
from tests.slack_validators import problems
from tests.views.answers import BACKLOG, CSAT, EVERY, FRT, HOSTILE, NO_COSTS, NPS, VOLUME, answer


def judged(message):
    return [*check_message(message), *problems({"text": message.text, "blocks": message.blocks})]


@pytest.mark.parametrize("told", EVERY, ids=range(len(EVERY)))
def test_every_receipt_can_be_sent_and_says_the_rule(told):
    message = receipt_message(told, "q1")
    assert judged(message) == []
    assert told.definition in message.text
    assert told.window.label in message.text


def test_a_receipt_names_each_thing_that_made_the_number():
    facts = dict(receipt_facts(FRT))
    assert facts["Parts"] == "median 38 min, mean 38 min, p90 1 h, p95 1 h 3 min, max 1 h 6 min"
    assert facts["Counted"] == "n=57 first responses; business hours; 9 still waiting for a first response, oldest 5 h 12 min"
    assert facts["Window"].endswith("(from Wed 11 Nov 2026, 00:00 until just before Wed 18 Nov 2026, 00:00)")
    assert facts["Compared"].startswith("47 min, n=57, Wed 4 - Tue 10 Nov 2026, Europe/Berlin.")
    assert facts["Left out"] == "3 left out: 2 spam, 1 merged"
    assert facts["Rules"] == "profile articles"
    assert facts["Data"] == "demo synced Wed 18 Nov 2026, 09:56"


def test_parts_are_what_a_reader_can_add_up_again():
    assert parts_text(CSAT, CSAT.figure) == "top 75, bottom 100"
    assert parts_text(NPS, NPS.figure) == "promoters 20, passives 1, detractors 10"
    handling = answer("handling", Figure(value=900.0, n=100, parts={"sum": 90_000.0, "count": 100.0}))
    assert parts_text(handling, handling.figure) == "sum 25 h, count 100"
    assert parts_text(CSAT, Figure(value=None, n=0, parts={"top": None})) == "top n/a"


def test_every_source_says_how_fresh_it_is_and_where_its_history_begins():
    told = replace(VOLUME, sources=(*VOLUME.sources, Source(name="mail", synced_at=None, covered_from=VOLUME.window.start)))
    assert (
        dict(receipt_facts(told))["Data"]
        == "demo synced Wed 18 Nov 2026, 09:56; mail never synced known from Wed 11 Nov 2026, 00:00"
    )
    assert dict(receipt_facts(replace(VOLUME, sources=())))["Data"] == "no sync on record"


def test_filters_and_intervals_are_named_where_there_are_any():
    told = answer("csat", CSAT.figure, filters=(Filter(dimension="channel", values=("email",), negated=True),))
    facts = dict(receipt_facts(told))
    assert facts["Filters"] == "-channel:email"
    assert "95% interval 66-82" in facts["Counted"]
    assert "Compared" not in facts


def test_the_way_to_the_tickets_is_there_where_there_are_tickets():
    def doors(told):
        return [button["action_id"] for button in receipt_message(told, "q1").blocks[-1]["elements"]]

    assert doors(BACKLOG) == ["tickets", "csv"]
    assert doors(NO_COSTS) == ["csv"]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_anybodys_words_leave_the_receipt_whole(words):
    told = replace(
        answer("volume", VOLUME.figure, filters=(Filter(dimension="category", values=(words,)),)),
        exclusions={words: 1},
        sources=(Source(name=words, synced_at=None, covered_from=None),),
    )
    message = receipt_message(told, "q1")
    assert judged(message) == []
    assert "<" not in message.text
