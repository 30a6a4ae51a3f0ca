"""A card says the number first and offers what to do next; every judge takes every card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.kpis import KPIS
from bot.kpis.answer import Figure
from bot.kpis.query import Filter
from bot.views.answer_text import message_text
from bot.views.buttons import read_run
from bot.views.card import answer_card
from bot.views.check import check_message
from bot.views.message import pictured
from tests.slack_validators import problems
from tests.views.answers import (
    CSAT,
    DAILY,
    EVERY,
    FRT,
    HOSTILE,
    NO_COSTS,
    NOTHING,
    TEAMS,
    answer,
    by_team,
    count,
    rate,
    series,
    stale,
    window,
)


def judged(message):
    return [*check_message(message), *problems({"text": message.text, "blocks": message.blocks})]


def block(message, kind):
    return next((one for one in message.blocks if one["type"] == kind), None)


def buttons(message):
    return {one["action_id"]: one for one in block(message, "actions")["elements"]}


def small_print(message):
    return [element["text"] for element in block(message, "context")["elements"]]


@pytest.mark.parametrize("told", EVERY, ids=range(len(EVERY)))
def test_every_judge_takes_every_card(told):
    assert judged(answer_card(told, "q1")) == []


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_kpi_has_a_card_with_and_without_a_value(kpi):
    for figure in (Figure(value=None, n=0), Figure(value=0.0, n=0), Figure(value=12.5, n=3), Figure(value=99.9, n=10**9)):
        assert judged(answer_card(answer(kpi.slug, figure, figure), "q1")) == []


def test_the_number_stands_first_and_the_words_say_everything():
    card = answer_card(FRT, "q1")
    assert card.blocks[0]["text"]["text"] == "38 min · First response time (median)"
    assert card.text == message_text(FRT)
    assert card.blocks[1]["text"]["text"] == (
        "*▼ 19% from 47 min (Wed 4 - Tue 10 Nov 2026), better.*\n"
        "mean 38 min, p90 1 h · 9 still waiting for a first response, oldest 5 h 12 min"
    )


def test_the_small_print_is_the_receipt():
    assert small_print(answer_card(FRT, "q1")) == [
        "Wed 11 - Tue 17 Nov 2026, Europe/Berlin · n=57 first responses · business hours",
        "Data as of <!date^1794992160^{date_short_pretty} at {time}|Wed 18 Nov 2026, 09:56, Europe/Berlin>"
        " · 3 left out: 2 spam, 1 merged",
        FRT.definition,
        "`/cx frt last 7 days`",
    ]


def test_stale_data_carry_a_warning_in_the_card():
    assert small_print(answer_card(stale(FRT, 5), "q1"))[1].startswith(":warning: Stale: data as of")


def test_buttons_carry_the_id_of_the_saved_question_and_nothing_else():
    found = buttons(answer_card(FRT, "q-7F3A"))
    assert list(found) == ["share", "tickets", "compare", "why", "csv", "add_to_digest", "why_number", "run:alert"]
    assert {one["value"] for name, one in found.items() if not name.startswith("run:")} == {"q-7F3A"}


def test_numbers_that_were_entered_have_no_tickets_to_list():
    assert "tickets" not in buttons(answer_card(NO_COSTS, "q1"))


def test_an_empty_window_offers_a_wider_one_on_a_button():
    assert read_run(buttons(answer_card(NOTHING, "q1"))["run:wider"]["value"]) == "nps last 30 days"


@pytest.mark.parametrize(
    ("text", "watched"), [("yesterday", "last 24 hours"), ("last week", "last 7 days"), ("last 90 days", "last 90 days")]
)
def test_the_alert_that_is_offered_watches_a_window_as_long_as_the_answers(text: str, watched: str):
    """205 tickets a week, watched a day at a time, would never be reached."""
    told = answer("volume", count(205), window=window(text))
    assert read_run(buttons(answer_card(told, "q1"))["run:alert"]["value"]) == f"alert volume > 205 {watched}"


def test_the_alert_that_is_offered_on_a_level_has_no_window():
    assert read_run(buttons(answer_card(answer("backlog", count(300)), "q1"))["run:alert"]["value"]) == "alert backlog > 300"


def test_a_card_that_replaces_another_has_new_block_ids():
    ids = [{one["block_id"] for one in answer_card(FRT, query).blocks} for query in ("q1", "q2")]
    assert not ids[0] & ids[1]


def test_a_shared_card_says_who_shared_it():
    card = answer_card(FRT, "q1", shared_by="U123")
    assert small_print(card)[-1] == "Shared by <@U123>"
    assert "share" not in buttons(card), "it is there already"
    assert card.text.endswith("Shared by <@U123>")
    assert judged(card) == []


def test_a_series_is_drawn_by_slack_itself_with_the_numbers_of_the_answer():
    chart = block(answer_card(DAILY, "q1"), "data_visualization")
    assert chart["title"] == "Ticket volume: 142"
    assert [point["value"] for point in chart["chart"]["series"][0]["data"]] == [20, 22, 18, 25, 9, 4, 44]
    assert answer_card(DAILY, "q1").charts == ()


def test_a_series_that_slack_cannot_draw_becomes_a_picture_with_its_numbers_in_words():
    gap = series("csat", [rate(30, 40), rate(0, 0), rate(20, 40)], rate(50, 80))
    card = answer_card(gap, "q1")
    assert block(card, "image")["slack_file"] == {"id": "chart:0"}
    assert "no data" in block(card, "image")["alt_text"]
    assert len(card.charts) == 1
    assert judged(card) == []


def test_a_split_is_a_table_with_the_values_as_they_are_said():
    table = block(answer_card(TEAMS, "q1"), "data_table")
    assert [[cell["text"] for cell in line] for line in table["rows"]] == [
        ["team", "Customer satisfaction", "n"],
        ["Billing", "90.0%", "100"],
        ["Technical", "60.0%", "100"],
        ["Partners", "50.0%", "4"],
    ]


def test_the_reader_may_ask_for_chart_table_or_text():
    shown = {
        show: answer_card(replace(TEAMS, query=replace(TEAMS.query, show=show)), "q1") for show in ("chart", "table", "text")
    }
    assert block(shown["chart"], "image") is not None, "thin rows are faded, which Slack cannot draw"
    assert block(shown["table"], "data_table") is not None
    assert {one["type"] for one in shown["text"].blocks} == {"header", "section", "context", "actions"}
    drawn = answer_card(replace(DAILY, query=replace(DAILY.query, show="table")), "q1")
    assert block(drawn, "data_table") is not None
    assert [judged(one) for one in (*shown.values(), drawn)] == [[]] * 4


@pytest.mark.parametrize("count_of_rows", [0, 1, 100, 101, 1000])
def test_any_number_of_rows_fits_and_those_that_do_not_are_counted(count_of_rows):
    card = answer_card(by_team([(f"Team {i}", rate(i % 40, 40)) for i in range(count_of_rows)]), "q1")
    assert judged(card) == []
    more = [one for one in card.blocks if one["block_id"].endswith(":more")]
    assert bool(more) == (count_of_rows > 100)
    if more:
        assert more[0]["elements"][0]["text"] == f"100 of {count_of_rows:,} rows; all of them are in the CSV."


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("show", [None, "chart", "table"])
def test_anybodys_words_leave_the_card_whole(words, show):
    told = by_team(
        [(words, rate(9, 30)), ("Billing", rate(20, 30))], filters=(Filter(dimension="category", values=(words,)),), show=show
    )
    card = answer_card(replace(told, exclusions={words: 3}), "q1")
    assert judged(card) == []
    assert not any("<" in element for element in (card.text, *small_print(card)[2:]))


def test_two_thousand_days_are_a_picture_and_not_two_thousand_points():
    told = series("volume", [count(i) for i in range(400)], count(79_800))
    assert judged(answer_card(told, "q1")) == []


def test_a_card_without_comparison_says_what_the_number_means():
    assert answer_card(answer("csat", rate(75, 100)), "q1").blocks[1]["text"]["text"] == f"*{CSAT.kpi.says}*"


@pytest.mark.parametrize("answer", [DAILY, TEAMS], ids=["a chart", "a table"])
def test_where_slack_draws_none_a_picture_with_the_same_numbers_stands_in_its_place(answer):
    card = answer_card(answer, "q1")
    plain = pictured(card)
    (spec,) = plain.charts

    assert plain.text == card.text
    assert [one["type"] for one in plain.blocks if one["block_id"] == "card:q1:picture"] == ["image"]
    assert block(plain, "image")["alt_text"] == spec.alt
    assert not {"data_table", "data_visualization"} & {one["type"] for one in plain.blocks}
    assert judged(plain) == []
