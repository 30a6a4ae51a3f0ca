"""A split asked for in pieces is drawn as lines that can be told apart, and nothing of a count is lost between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.clock import Grain
from bot.kpis.answer import Answer, Others, Row
from bot.kpis.query import Query
from bot.views.answer_chart import against, answer_chart, finding
from bot.views.answer_lines import LINES, in_lines
from bot.views.answer_text import answer_text
from bot.views.card import answer_picture
from bot.views.chart_grid import grid
from bot.views.chart_spec import Bars, Series
from bot.views.native_chart import native
from tests.views.answers import BACKLOG, DAILY, FRT, VOLUME, answer, count, minutes, steps, window


def split(groups: Sequence[tuple[str, Sequence[int]]], *, by: str = "channel", unseen: Sequence[int] = ()) -> Answer:
    """A count day by day and group by group; `unseen` is what the groups that are not listed add to each day."""
    rows = tuple(_row(name, numbers) for name, numbers in groups)
    every = [numbers for _, numbers in groups] + ([unseen] if unseen else [])
    whole = [sum(numbers) for numbers in zip(*every, strict=True)]
    others = Others(groups=40, figure=count(sum(unseen))) if unseen else None
    pieces = steps([count(n) for n in whole])
    return answer("volume", count(sum(whole)), splits=(by,), grain=Grain.DAY, rows=rows, others=others, series=pieces)


def _row(name: str, numbers: Sequence[int]) -> Row:
    whole = count(sum(numbers))
    return Row(labels=(name,), keys=(name,), figure=whole, share=1.0, series=steps([count(n) for n in numbers]))


EIGHT = split([(f"group {size}", (size, size + 1, size)) for size in (3, 80, 5, 40, 4, 20, 6, 10)])


def test_the_largest_groups_are_lines_and_the_others_are_one_more():
    lines = in_lines(EIGHT)
    assert [line.name for line in lines] == ["group 80", "group 40", "group 20", "group 10", "group 6", "3 others"]
    assert [step.figure.value for step in lines[-1].steps] == [12, 15, 12]


def test_the_lines_of_a_count_add_up_to_it_also_with_groups_that_are_not_listed():
    told = split([(f"g{size}", (size, size, size)) for size in range(1, 12)], unseen=(7, 0, 9))
    lines = in_lines(told)
    assert len(lines) == LINES
    assert lines[-1].name == "46 others"
    for at, step in enumerate(told.series):
        assert sum(line.steps[at].figure.n for line in lines) == step.figure.n


def test_what_overlaps_or_does_not_add_up_has_no_line_of_others():
    tagged = split([(f"tag {size}", (size, size, size)) for size in range(1, 9)], by="tag")
    assert [line.name for line in in_lines(tagged)] == [f"tag {size}" for size in range(8, 2, -1)]
    rows = tuple(replace(row, series=steps([minutes(9), minutes(8), minutes(7)])) for row in EIGHT.rows)
    slow = answer("frt", minutes(9, 8), splits=("channel",), grain=Grain.DAY, rows=rows, series=steps([minutes(9)] * 3))
    assert "others" not in " ".join(line.name for line in in_lines(slow))


def test_picture_table_slack_and_words_tell_the_same_values():
    spec = answer_chart(EIGHT)
    assert isinstance(spec, Series)
    drawn, rows = native(spec), grid(spec).rows
    assert drawn is not None
    named = [(line["name"], [point["value"] for point in line["data"]]) for line in drawn["chart"]["series"]]
    assert named == [(line.name, [step.figure.value for step in line.steps]) for line in in_lines(EIGHT)]
    assert [cell.value for cell in rows[1][1:]] == [81, 41, 21, 11, 7, 15]
    assert f"{rows[1][0].text}: 81, 41, 21, 11, 7, 15" in answer_text(EIGHT)
    assert "3 others: 12, 15, 12" in spec.alt


def test_slack_draws_the_lines_where_it_can_and_a_table_only_where_it_was_asked_for():
    assert [block["type"] for block in answer_picture(EIGHT, "b").blocks] == ["data_visualization"]
    as_table = replace(EIGHT, query=replace(EIGHT.query, show="table"))
    assert [block["type"] for block in answer_picture(as_table, "b").blocks] == ["data_table"]
    assert len(answer_picture(as_table, "b").blocks[0]["rows"]) == 1 + 3


def test_a_split_of_one_piece_stays_bars():
    told = replace(EIGHT, rows=tuple(replace(row, series=row.series[:1]) for row in EIGHT.rows))
    assert in_lines(told) == ()
    assert isinstance(answer_chart(told), Bars)
    assert in_lines(DAILY) == ()


@pytest.mark.parametrize(
    ("told", "words"),
    [(BACKLOG, " in a week"), (FRT, " in a week"), (replace(VOLUME, previous=None), "")],
)
def test_a_change_is_said_against_how_long_ago(told, words):
    assert against(told) == words


def test_a_window_somebody_named_is_named_again():
    assert FRT.previous is not None
    named = replace(FRT, query=Query(kpi="frt", window=FRT.window), previous=replace(FRT.previous, window=window("Sep 2026")))
    assert against(named) == f" vs {window('Sep 2026').text}"
    assert len(finding(named)) <= 42
