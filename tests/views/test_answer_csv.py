"""A spreadsheet of an answer adds up to it, and runs nothing that somebody wrote."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kpis.answer import Bin, Others, Row
from bot.views.answer_csv import BOM, DANGEROUS, NUMBER, answer_csv, cell, table_csv
from tests.views.answers import CSAT, DAILY, EVERY, FRT, HOSTILE, NOTHING, TEAMS, answer, by_team, count, rate, row, steps


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("told", EVERY, ids=range(len(EVERY)))
def test_every_answer_is_a_table_of_whole_lines(told):
    lines = list(csv.reader(io.StringIO(answer_csv(told), newline=""), strict=True))
    assert len(lines) == 1 + (len(told.rows) or len(told.series) or 1)
    assert len({len(line) for line in lines}) == 1
    assert {line[0] for line in lines[1:]} == {told.kpi.slug}


def test_one_number_is_one_line_with_its_parts():
    [line] = read(answer_csv(CSAT))
    assert line["from"] == "2026-11-10T23:00:00Z"
    assert (line["partial"], line["value"], line["unit"], line["n"], line["top"], line["bottom"]) == (
        "no",
        "75",
        "percent",
        "100",
        "75",
        "100",
    )
    assert float(line["interval_low"]) == pytest.approx(65.7, abs=0.1)


def test_durations_are_seconds_with_all_their_percentiles():
    [line] = read(answer_csv(FRT))
    assert (line["value"], line["unit"], line["median"]) == ("2280", "seconds", "2280")
    assert {"mean", "p90", "p95", "max"} <= line.keys()


def test_the_rows_of_a_split_add_up_to_the_whole():
    lines = read(answer_csv(TEAMS))
    assert [line["team"] for line in lines] == ["Billing", "Technical", "Partners"]
    top, bottom = (sum(int(line[part]) for line in lines) for part in ("top", "bottom"))
    assert 100 * top / bottom == TEAMS.figure.value
    assert sum(int(line["n"]) for line in lines) == TEAMS.figure.n


def test_the_steps_of_a_series_add_up_to_the_whole_and_follow_one_another():
    lines = read(answer_csv(DAILY))
    assert sum(int(line["value"]) for line in lines) == DAILY.figure.value
    assert [line["to"] for line in lines[:-1]] == [line["from"] for line in lines[1:]]


def test_shares_are_there_where_the_answer_has_them():
    told = answer("volume", count(200), splits=("channel",), rows=(row("email", count(150), 75.0), row("web", count(50), 25.0)))
    assert [line["share"] for line in read(answer_csv(told))] == ["75", "25"]
    assert "share" not in read(answer_csv(TEAMS))[0]


def test_a_split_by_two_has_a_column_for_each():
    told = answer(
        "volume", count(3), splits=("team", "channel"), rows=(Row(labels=("A", "web"), keys=(1, "web"), figure=count(3)),)
    )
    [line] = read(answer_csv(told))
    assert (line["team"], line["channel"]) == ("A", "web")


def test_a_split_in_pieces_has_a_line_for_each_piece_of_each_group():
    days = steps([count(2), count(1)])
    pieces = (replace(row("email", count(3)), series=days), replace(row("web", count(1)), series=steps([count(0), count(1)])))
    lines = read(answer_csv(answer("volume", count(4), splits=("channel",), rows=pieces)))
    assert [(line["channel"], line["from"][:10], line["partial"], line["value"]) for line in lines] == [
        ("email", "2026-11-10", "no", "2"),
        ("email", "2026-11-11", "no", "1"),
        ("web", "2026-11-10", "no", "0"),
        ("web", "2026-11-11", "no", "1"),
    ]


def test_a_distribution_by_a_split_has_a_line_for_each_bin_of_each_group():
    def bins(few, many):
        return Bin(low=0, high=60, count=few), Bin(low=60, high=None, count=many)

    parts = (replace(row("email", count(4)), distribution=bins(3, 1)), replace(row("web", count(1)), distribution=bins(0, 1)))
    left = Others(groups=2, figure=count(5))
    told = answer("frt", count(10), splits=("channel",), rows=parts, others=left, distribution=bins(6, 4))
    lines = read(answer_csv(told))
    assert [(line["channel"], line["from"], line["to"], line["count"], line["share"]) for line in lines] == [
        ("email", "0", "60", "3", "75"),
        ("email", "60", "", "1", "25"),
        ("web", "0", "60", "0", "0"),
        ("web", "60", "", "1", "100"),
        ("2 others", "", "", "5", ""),
    ]


def test_no_data_is_an_empty_cell_and_never_zero():
    assert read(answer_csv(NOTHING))[0]["value"] == ""


@pytest.mark.parametrize("words", ["=1+1", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx", "-", "=", "+49 30 1234"])
def test_words_that_a_spreadsheet_would_run_get_an_apostrophe(words):
    assert cell(words) == f"'{words}"
    [line] = read(answer_csv(by_team([(words, rate(1, 2))])))
    assert line["team"] == f"'{words}"


@pytest.mark.parametrize("words", ["-12", "+3.5", "-1e5", "0", "12"])
def test_plain_numbers_stay_numbers(words):
    assert cell(words) == words


@given(st.text())
def test_no_cell_of_words_can_be_run(words):
    made = cell(words)
    assert not DANGEROUS.match(made) or NUMBER.fullmatch(made)


@given(st.lists(st.text(), min_size=1, max_size=5), st.booleans())
def test_whatever_is_written_is_read_back_whole(words, quote_all):
    kept = [cell(word) for word in words]
    [_, line] = list(
        csv.reader(io.StringIO(table_csv(["x"] * len(words), [words], quote_all=quote_all), newline=""), strict=True)
    )
    assert line == kept or (kept == [""] and line in ([], [""]))


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_keep_the_table_whole_and_can_be_written_to_a_file(words):
    text = answer_csv(by_team([(words, rate(9, 30)), ("Billing", rate(20, 30))]))
    text.encode()
    assert [line["n"] for line in read(text)] == ["30", "30"]


def test_a_thousand_rows_are_a_thousand_lines():
    told = by_team([(f"Team {i}", rate(i % 30, 30)) for i in range(1000)])
    assert len(read(answer_csv(told))) == 1000


def test_excel_gets_its_byte_order_mark_and_careful_readers_their_quotes():
    assert answer_csv(CSAT, bom=True).startswith(BOM)
    assert not answer_csv(CSAT).startswith(BOM)
    assert answer_csv(CSAT, quote_all=True).startswith('"kpi","from"')
    assert answer_csv(CSAT).endswith("\r\n")


def test_numbers_are_written_in_full():
    assert [cell(value) for value in (3, 3.0, 0.1, 1000 / 31, 1e300, None, True)] == [
        "3",
        "3",
        "0.1",
        "32.25806451612903",
        "1e+300",
        "",
        "yes",
    ]
