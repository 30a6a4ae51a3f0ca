"""The words alone carry the whole answer: number, unit, n, window, clock, comparison, freshness, exclusions, definition."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import Grain
from bot.kpis import KPIS, kpi_of
from bot.kpis.answer import Figure, Source
from bot.kpis.figures import quotient
from bot.kpis.kpi import Counted
from bot.kpis.query import Filter
from bot.views.answer_text import answer_text, message_text
from bot.views.sentences import freshness, headline, rests_on, takeaway, way_out
from tests.views.answers import (
    BACKLOG,
    CSAT,
    DAILY,
    EVERY,
    FEW,
    FRT,
    HOSTILE,
    NO_COSTS,
    NO_TICKETS,
    NOTHING,
    TEAMS,
    VOLUME,
    answer,
    by_team,
    count,
    rate,
    row,
    stale,
    steps,
    window,
)
from tests.world import NOW


def test_a_duration_says_the_median_first_and_mean_and_p90_beside_it():
    assert answer_text(FRT).splitlines() == [
        "38 min · First response time (median)",
        "▼ 19% from 47 min (Wed 4 - Tue 10 Nov 2026), better.",
        "Mean 38 min, p90 1 h; 9 still waiting for a first response, oldest 5 h 12 min.",
        "Wed 11 - Tue 17 Nov 2026, Europe/Berlin, n=57 first responses, business hours.",
        "Data as of Wed 18 Nov 2026, 09:56, Europe/Berlin; 3 left out: 2 spam, 1 merged.",
        f"Definition: {FRT.definition}",
        "Ask again: /cx frt last 7 days",
    ]


def test_another_statistic_takes_the_place_of_the_median():
    p90 = replace(FRT, statistic="p90", figure=replace(FRT.figure, value=FRT.figure.parts["p90"]))
    assert "First response time (p90)" in headline(p90)
    assert "Median 38 min, mean 38 min" in answer_text(p90)


def test_a_rate_has_its_interval_beside_it():
    assert headline(CSAT) == "75.0% (95% interval 66-82) · Customer satisfaction"


def test_a_stock_says_the_instant_it_was_taken_at():
    said = answer_text(BACKLOG)
    assert said.startswith("312 unsolved tickets · Backlog")
    assert "At Wed 18 Nov 2026, 00:00, the end of Wed 11 - Tue 17 Nov 2026, Europe/Berlin" in said
    assert "from 284 (Wed 11 Nov 2026, 00:00)" in said


@pytest.mark.parametrize("told", EVERY, ids=range(len(EVERY)))
def test_every_answer_says_its_receipt(told):
    said = answer_text(told)
    for part in (told.window.label, f"n={told.figure.n}", told.clock, told.definition, "Europe/Berlin", told.query.text()):
        assert part in said
    assert "ata as of Wed 18 Nov 2026, 09:56" in said
    assert "left out" in said


def test_few_cases_are_marked_and_neither_get_an_arrow_nor_a_verdict():
    assert headline(FEW) == "66.7% (only n=3; 95% interval 21-94) · Customer satisfaction"
    assert takeaway(FEW) == "It was 80.0% (only n=5) (Wed 4 - Tue 10 Nov 2026); too few to judge."
    assert not set("▲▼→") & set(answer_text(FEW))


def test_from_ten_on_the_mark_goes_and_from_twenty_on_the_arrow_comes():
    ten = answer("csat", rate(8, 10), rate(5, 10))
    assert "only" not in headline(ten)
    assert "too few to judge" in takeaway(ten)
    twenty = answer("csat", rate(16, 20), rate(10, 20))
    assert takeaway(twenty).startswith("▲ 30 pt from 50.0%")
    assert takeaway(twenty).endswith("which may be chance.")


def test_no_data_is_never_zero_and_says_why_and_what_to_do():
    assert headline(NOTHING) == "n/a · Net promoter score"
    assert takeaway(NOTHING) == "No NPS answers in Wed 11 - Tue 17 Nov 2026."
    assert way_out(NOTHING) == "nps last 30 days"
    assert "Try a wider window: /cx nps last 30 days" in answer_text(NOTHING)


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("last 7 days", "nps last 30 days"),
        ("last 30 days", "nps last 90 days"),
        ("last 90 days", "nps all time"),
        ("all time", ""),
    ],
)
def test_the_offered_window_is_wider_than_the_one_that_was_empty(asked, offered):
    assert way_out(replace(answer("nps", Figure(value=None, n=0)), window=window(asked))) == offered


def test_numbers_nobody_entered_say_how_to_enter_them():
    assert "No costs were entered" in takeaway(NO_COSTS)
    assert "/cx cost 50000 EUR for Oct" in answer_text(NO_COSTS)
    assert "/cx customers 100 joined 15 lost 10" in answer_text(answer("churn", Figure(value=None, n=0)))
    assert way_out(NO_COSTS) == ""


def test_costs_without_tickets_lack_tickets_and_not_costs():
    told = answer("cost-per-ticket", quotient(1000.0, 0.0, names=("cost", "tickets")))
    assert takeaway(told) == "No tickets created in Wed 11 - Tue 17 Nov 2026."


def test_an_empty_store_is_told_from_an_empty_window():
    assert takeaway(NO_TICKETS) == "No tickets yet: run a first sync or import."
    assert "wider window" not in answer_text(NO_TICKETS)
    assert answer_text(NO_TICKETS).count("No tickets yet") == 1


def test_a_window_that_is_not_over_says_so_far():
    assert "so far" in answer_text(answer("volume", count(142), window=window("today")))


def test_nothing_before_is_said_as_nothing_and_zero_as_zero():
    assert takeaway(answer("csat", rate(75, 100), rate(0, 0))) == "Nothing to compare with: no data for Wed 4 - Tue 10 Nov 2026."
    assert takeaway(answer("volume", count(30), count(0))) == "It was 0 (Wed 4 - Tue 10 Nov 2026)."
    assert takeaway(answer("volume", count(30))) == ""


def test_a_flow_ratio_is_labelled_as_one():
    said = answer_text(answer("reopen-rate", quotient(120, 100, 100)))
    assert said.startswith("120.0% · Reopen rate (flow ratio)")
    assert "may pass 100 %" in said


def test_stale_data_are_shown_with_a_warning():
    said = answer_text(stale(FRT, 5))
    assert "⚠ Stale: data as of Wed 18 Nov 2026, 05:00, Europe/Berlin, 5 h old" in said
    assert said.startswith("38 min")
    assert "⚠" not in answer_text(stale(FRT, 2))


def test_the_oldest_source_sets_the_age():
    two = replace(FRT, sources=(*FRT.sources, Source(name="mail", synced_at=NOW - timedelta(hours=3), covered_from=None)))
    assert freshness(two).as_of == NOW - timedelta(hours=3)
    never = replace(FRT, sources=(*FRT.sources, Source(name="mail", synced_at=None, covered_from=None)))
    assert freshness(never).as_of is None
    assert "mail has never been synced" in freshness(never).says.lower()
    assert freshness(replace(FRT, sources=())).says == "no sync on record"


def test_history_that_begins_inside_the_window_is_owned_up_to():
    part = replace(FRT, sources=(Source(name="demo", synced_at=NOW, covered_from=NOW - timedelta(days=3)),))
    assert "demo is known only from Sun 15 Nov 2026, 10:00." in answer_text(part)


def test_where_no_change_may_be_told_the_reason_is():
    assert VOLUME.previous is not None
    begins = VOLUME.previous.window.start + timedelta(days=2)
    unknown = replace(
        VOLUME,
        previous=replace(VOLUME.previous, change=None),
        sources=(Source(name="demo", synced_at=NOW, covered_from=begins),),
    )
    assert "; not compared, because demo is known only from Fri 6 Nov 2026, 00:00." in takeaway(unknown)
    money = replace(NO_COSTS, figure=Figure(value=9.5, n=40), previous=replace(VOLUME.previous, change=None, entered=(304, 31)))
    assert takeaway(money).endswith("costs are entered for 304 days of this window and 31 of that one, too unlike to compare.")


def test_a_history_that_is_still_being_read_is_owned_up_to():
    source = Source(name="demo", synced_at=NOW, covered_from=None, read_share=0.431)
    assert "demo has been read only to 43 % so far." in answer_text(replace(FRT, sources=(source,)))
    unknown = replace(source, read_share=None, is_first=True)
    assert "demo is still being read for the first time." in answer_text(replace(FRT, sources=(unknown,)))
    begun = replace(source, covered_from=NOW - timedelta(days=3), read_share=0.999)
    told = answer_text(replace(FRT, sources=(begun,)))
    assert "demo is known only from Sun 15 Nov 2026, 10:00, and 99 % of it has been read so far." in told


def test_rows_say_value_n_and_share():
    assert answer_text(TEAMS).splitlines()[-4:] == [
        "By team:",
        "Billing: 90.0% (n=100)",
        "Technical: 60.0% (n=100)",
        "Partners: 50.0% (only n=4)",
    ]
    split = answer("volume", count(200), splits=("channel",), rows=(row("email", count(150), 75.0), row("none", count(50), 25.0)))
    assert answer_text(split).splitlines()[-2:] == ["email: 150 (75.0%)", "none: 50 (25.0%)"]


def test_steps_are_named_by_their_grain():
    assert answer_text(DAILY).splitlines()[-7:-5] == ["11 Nov: 20", "12 Nov: 22"]
    hours = replace(DAILY, query=replace(DAILY.query, grain=Grain.HOUR))
    assert "11 Nov 00:00: 20" in answer_text(hours)
    months = replace(DAILY, query=replace(DAILY.query, grain=Grain.MONTH))
    assert "Nov 2026: 20" in answer_text(months)


def test_a_gap_in_a_series_is_no_data_and_the_last_step_may_be_unfinished():
    figures = steps([rate(3, 4), rate(0, 0)])
    series = (figures[0], replace(figures[1], partial=True))
    told = answer("csat", rate(3, 4), series=series, grain=Grain.DAY, window=replace(window(), open=True))
    assert answer_text(told).splitlines()[-2:] == ["11 Nov: 75.0% (only n=4)", "12 Nov: n/a (so far)"]


def test_a_piece_that_the_window_cuts_is_told_as_a_part():
    figures = steps([count(2), count(20), count(4)])
    cut = (replace(figures[0], partial=True), figures[1], replace(figures[2], partial=True))
    told = answer_text(answer("volume", count(26), series=cut, grain=Grain.WEEK))
    assert told.splitlines()[-3:] == ["11 Nov: 2 (part of the week)", "12 Nov: 20", "13 Nov: 4 (part of the week)"]


def test_a_thousand_rows_are_counted_rather_than_listed():
    many = by_team([(f"Team {i}", rate(i % 30, 30)) for i in range(1000)])
    assert "and 980 more rows, all of them in the CSV" in answer_text(many)
    assert answer_text(many, most_rows=1000).count("\nTeam ") == 1000
    assert len(message_text(many)) <= 4000


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_anybodys_words_leave_the_receipt_whole_and_cannot_call_anyone(words):
    told = by_team([(words, rate(9, 30)), ("Billing", rate(20, 30))], filters=(Filter(dimension="category", values=(words,)),))
    told = replace(told, exclusions={words: 3}, sources=(Source(name=words, synced_at=None, covered_from=None),))
    said = message_text(told)
    assert len(said) <= 4000
    assert "<" not in said
    assert told.definition in said
    assert "Billing: 66.7% (n=30)" in said
    said.encode()


def test_filters_are_part_of_what_the_number_is():
    told = answer(
        "volume",
        count(20),
        filters=(Filter(dimension="channel", values=("email",)), Filter(dimension="tag", values=("vip",), negated=True)),
    )
    assert headline(told) == "20 tickets created · Ticket volume · channel:email · -tag:vip"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_kpi_can_be_said_with_and_without_a_value(kpi):
    for figure in (Figure(value=None, n=0), Figure(value=12.5, n=30, parts={"top": 12.5})):
        said = answer_text(answer(kpi.slug, figure, figure))
        assert kpi.name in said or isinstance(kpi.measure, Counted) or "SLA breaches" in said
        assert "None" not in said
        assert "nan" not in said.split()
    assert kpi_of(kpi.slug) is kpi


def test_one_of_a_kind_is_said_in_the_singular():
    assert headline(answer("backlog", count(1))) == "1 unsolved ticket · Backlog"
    assert headline(answer("breaches", count(1))) == "1 SLA breach"
    assert VOLUME.kpi.name in headline(VOLUME)


def test_what_the_n_counts_is_named_for_what_it_is() -> None:
    named = {
        slug: rests_on(answer(slug, Figure(value=1.0, n=1))) for slug in ("per-agent", "reopen-rate", "solved", "volume", "frt")
    }

    assert named == {
        "per-agent": "agents at work",
        "reopen-rate": "tickets solved",
        "solved": "tickets solved",
        "volume": "tickets created",
        "frt": "first responses",
    }
