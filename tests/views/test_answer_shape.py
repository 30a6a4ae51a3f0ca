"""Distributions and the week hour by hour: the same numbers in text, table, CSV, JSON and picture."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.kpis.answer import Answer, Bin, Row
from bot.views.answer_chart import answer_chart
from bot.views.answer_csv import answer_csv
from bot.views.answer_json import answer_json
from bot.views.answer_shape import distribution_chart, heat_map, weekdays
from bot.views.answer_text import answer_text
from bot.views.card import answer_card
from bot.views.chart_spec import Distribution, HeatMap
from bot.views.check import check_message
from bot.views.native_chart import table
from bot.views.sentences import missing, takeaway, way_out
from tests.views.answers import HOSTILE, answer, count, minutes, rate, window

HALF_HOURS = (
    Bin(low=0, high=1_800, count=12),
    Bin(low=1_800, high=3_600, count=6),
    Bin(low=3_600, high=5_400, count=0),
    Bin(low=5_400, high=None, count=2),
)
SHAPED = answer("frt", minutes(*range(1, 21)), show="distribution", distribution=HALF_HOURS)


def week(values: dict[tuple[int, int], float], slug: str = "volume", **changes: object) -> Answer:
    rows = tuple(
        Row(labels=("Mon", f"{hour:02}:00"), keys=(day, hour), figure=replace(count(int(value)), value=value))
        for (day, hour), value in values.items()
    )
    return answer(slug, count(30), splits=("weekday", "hour"), rows=rows, **changes)


def test_a_week_hour_by_hour_names_its_busiest_hour_first() -> None:
    told = answer_text(week({(0, 8): 4, (0, 9): 20, (0, 10): 6}))

    assert "Peak Mon 09:00, 20 per hour." in told
    assert "By weekday and hour, the highest first:\nMon · 09:00: 20\nMon · 10:00: 6\nMon · 08:00: 4" in told


def test_the_text_says_each_bin_with_its_share() -> None:
    told = answer_text(SHAPED)

    assert "Distribution by length, each row once:\n0 to under 30 min: 12 (60.0%)\n" in told
    assert "1 h to under 1 h 30 min: 0 (0.0%)" in told
    assert told.endswith("1 h 30 min or more: 2 (10.0%)")


def test_the_csv_has_the_edges_and_adds_up() -> None:
    rows = list(csv.DictReader(io.StringIO(answer_csv(SHAPED))))

    assert [(row["from"], row["to"], row["count"]) for row in rows] == [
        ("0", "1800", "12"), ("1800", "3600", "6"), ("3600", "5400", "0"), ("5400", "", "2"),
    ]  # fmt: skip
    assert sum(float(row["share"]) for row in rows) == pytest.approx(100)


def test_the_json_has_the_same_bins() -> None:
    assert answer_json(SHAPED)["distribution"][-1] == {"from": 5_400, "to": None, "count": 2}
    assert answer_json(answer("frt", minutes(1)))["distribution"] == []


def test_the_picture_has_the_same_bins_and_says_what_lies_beyond() -> None:
    spec = answer_chart(SHAPED)

    assert isinstance(spec, Distribution)
    assert spec.counts == (12, 6, 0)
    assert spec.edges == (0, 1_800, 3_600, 5_400)
    assert spec.tail == "2 of 1 h 30 min or more"
    assert spec.title == "First reply: 60% under 30 min"
    assert len(spec.title) <= 42
    assert [mark.text.split()[0] for mark in spec.marks] == ["median", "p90"]


def test_a_distribution_is_a_card_that_slack_takes() -> None:
    for answered in (SHAPED, replace(SHAPED, distribution=HALF_HOURS[-1:]), replace(SHAPED, distribution=())):
        assert check_message(answer_card(answered, "q1")) == []


def test_scores_and_pieces_are_named_as_themselves() -> None:
    bins = tuple(Bin(low=score, high=score + 1, count=score) for score in range(1, 6))
    assert "\n4: 4 (26.7%)\n" in answer_text(answer("csat", rate(12, 15), show="distribution", distribution=bins))
    wide = (Bin(low=0, high=5, count=3), Bin(low=5, high=None, count=1))
    assert "\n0 to under 5: 3 (75.0%)\n5 or more: 1 (25.0%)" in answer_text(
        answer("replies", count(4), show="distribution", distribution=wide)
    )


def test_one_open_bin_alone_can_be_drawn() -> None:
    spec = distribution_chart(replace(SHAPED, distribution=HALF_HOURS[-1:]))

    assert len(spec.edges) == len(spec.counts) + 1
    assert spec.tail


def test_counts_of_the_week_are_averages_over_its_days() -> None:
    spec = answer_chart(week({(0, 9): 4, (2, 14): 10}, window=window("last 14 days")))

    assert isinstance(spec, HeatMap)
    assert (spec.values[0][9], spec.values[2][14], spec.values[6][23]) == (2, 5, 0)
    assert spec.peak_text == "peak Wed 14:00, 5"
    assert spec.title == "New tickets: peak Wed 14:00, 5"
    assert table(spec) is not None


def test_the_week_is_shown_as_a_picture_and_as_a_table_when_asked() -> None:
    for show, block in ((None, "image"), ("chart", "image"), ("table", "data_table")):
        message = answer_card(week({(0, 9): 4}, show=show), "q1")
        assert block in [one["type"] for one in message.blocks]
        assert check_message(message) == []


def test_other_numbers_have_none_where_nothing_was() -> None:
    spec = heat_map(week({(0, 9): 7_200.0, (1, 9): 3_600.0}, "frt"))

    assert (spec.values[0][9], spec.values[1][9], spec.values[6][0]) == (2.0, 1.0, None)
    assert spec.unit == "h"


def test_hour_and_weekday_may_stand_in_either_order() -> None:
    turned = week({(0, 9): 4})
    other = replace(
        turned,
        query=replace(turned.query, splits=("hour", "weekday")),
        rows=tuple(replace(row, keys=row.keys[::-1], labels=row.labels[::-1]) for row in turned.rows),
    )
    assert heat_map(turned).values == heat_map(other).values


def test_an_empty_week_is_drawn_as_no_data() -> None:
    for spec in (heat_map(week({})), heat_map(week({}, "frt"))):
        assert spec.peak is None
        assert spec.alt


def test_the_days_of_a_window_are_counted_by_name() -> None:
    assert weekdays(window("last 7 days")) == [1] * 7
    assert weekdays(window("yesterday")) == [0, 1, 0, 0, 0, 0, 0]
    assert weekdays(window("today")) == [0, 0, 1, 0, 0, 0, 0]
    whole = window("last 30 days")
    assert sum(weekdays(whole)) == round((whole.end - whole.start) / timedelta(days=1))


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_does_no_harm_in_a_week(label: str) -> None:
    odd = week({(0, 9): 4})
    rows = tuple(replace(row, labels=(label, label)) for row in odd.rows)
    assert check_message(answer_card(replace(odd, rows=rows), "q1")) == []


def test_mixed_scales_are_no_missing_answers() -> None:
    note = "Answers on different scales have no common mean: ask *ces by scale*."
    mixed = answer("ces", replace(count(12), value=None), notes=(note,))

    assert missing(mixed) == takeaway(mixed) == note
    assert "No CES answers" not in answer_text(mixed)
    assert way_out(mixed) == ""
    assert answer_text(mixed).count(note) == 1
