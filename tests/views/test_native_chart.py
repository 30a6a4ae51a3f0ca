"""What Slack draws and what stands in a table carries the very numbers of the picture."""

import re
from dataclasses import replace
from typing import Any

import pytest
from slackblocks import (
    AxisConfig,
    BarChart,
    DataPoint,
    DataSeries,
    DataTableBlock,
    DataVisualizationBlock,
    LineChart,
    RawNumber,
    RawText,
)

from bot.views.chart import compose
from bot.views.chart_grid import grid
from bot.views.chart_spec import Bar, Bars, ChartSpec, Line, Point, Series
from bot.views.native_chart import columns, native, table, text_table
from tests.views.charts import BARS, EVERY, HEAT, SERIES, of_size
from tests.views.test_chart import ODD_LABELS, texts

PLAIN = Series(
    title="New tickets steady at 130", name="this week", unit="tickets",
    points=tuple(Point(label=day, value=v) for day, v in (("Mon", 142), ("Tue", 131), ("Wed", 118.5))),
    others=(Line(name="last week", values=(127, 130, 121)),),
)  # fmt: skip
SPLIT = Bars(
    title="Billing has most", name="Tickets", by="team", unit="tickets",
    rows=(Bar(label="Billing", value=96, n=96), Bar(label="Shipping", value=71, n=71)),
)  # fmt: skip


def accepted(block: dict[str, Any]) -> bool:
    """The block is rebuilt through slackblocks, whose checks are not ours."""
    chart = block["chart"]
    series = [DataSeries(name=s["name"], data=[DataPoint(**point) for point in s["data"]]) for s in chart["series"]]
    kind = {"line": LineChart, "bar": BarChart}[chart["type"]]
    DataVisualizationBlock(title=block["title"], chart=kind(series=series, axis_config=AxisConfig(**chart["axis_config"])))
    return True


def test_a_plain_line_is_drawn_by_slack() -> None:
    block = native(PLAIN)
    assert block is not None
    assert accepted(block)
    assert block["chart"]["axis_config"] == {"categories": ["Mon", "Tue", "Wed"], "y_label": "tickets"}
    assert [s["name"] for s in block["chart"]["series"]] == ["this week", "last week"]
    assert [p["value"] for p in block["chart"]["series"][0]["data"]] == [142, 131, 118.5]


def test_plain_bars_are_drawn_by_slack() -> None:
    block = native(SPLIT)
    assert block is not None
    assert accepted(block)
    assert block["chart"]["series"][0]["data"] == [{"label": "Billing", "value": 96}, {"label": "Shipping", "value": 71}]


@pytest.mark.parametrize(
    "spec",
    [
        SERIES, BARS, HEAT,
        replace(PLAIN, goal=120.0),
        replace(PLAIN, band=((1.0, 2.0),) * 3),
        replace(PLAIN, points=(*PLAIN.points[:2], Point(label="Wed", value=None))),
        replace(PLAIN, points=()),
        replace(PLAIN, others=(Line(name="a", values=(1, 2, 3)),) * 6),
        replace(PLAIN, others=(Line(name="this week", values=(1, 2, 3)),)),
        replace(PLAIN, others=(), points=tuple(Point(label=str(i), value=i) for i in range(21))),
        replace(PLAIN, others=(), points=(Point(label="x" * 30 + "a", value=1), Point(label="x" * 30 + "b", value=1))),
        replace(SPLIT, rows=(Bar(label="a", value=1, n=3),)),
        replace(SPLIT, rows=(Bar(label="a", value=1, mood="worse"),)),
        replace(SPLIT, rows=(Bar(label="a", value=float("inf")),)),
    ],
)  # fmt: skip
def test_what_slack_would_lose_is_left_to_the_picture(spec: ChartSpec) -> None:
    assert native(spec) is None


def test_an_unfinished_period_is_marked_in_its_category() -> None:
    block = native(replace(PLAIN, last_part="so far"))
    assert block is not None
    assert block["chart"]["axis_config"]["categories"][-1] == "Wed so far"


def test_a_period_that_the_window_cuts_is_left_to_the_picture_which_can_dash_it() -> None:
    assert native(replace(PLAIN, first_part="part of the week")) is None
    assert native(replace(PLAIN, last_part="part of the week")) is None


@pytest.mark.parametrize("label", ODD_LABELS.values(), ids=ODD_LABELS.keys())
def test_hostile_labels_stay_within_slacks_limits(label: str) -> None:
    block = native(Bars(title=label, name=label, by=label, unit=label, rows=(Bar(label=label, value=1), Bar(label="b", value=2))))
    assert block is not None
    assert accepted(block)
    for spec in of_size(3, label, 4.0):
        assert_table(spec)


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: type(spec).__name__)
class TestEveryTable:
    def test_is_accepted(self, spec: ChartSpec) -> None:
        assert_table(spec)

    def test_fits_forty_four_columns(self, spec: ChartSpec) -> None:
        lines = text_table(spec).splitlines()
        assert len(lines) >= 3
        assert max(map(columns, lines)) <= 44

    def test_shows_every_number_of_the_picture(self, spec: ChartSpec) -> None:
        """Whatever figure is printed inside the picture stands in the grid, the alt text or the heading too."""
        told = " ".join([*grid(spec).header, *(cell.text for row in grid(spec).rows for cell in row), spec.alt])
        drawn = [words for words, _ in texts(compose(spec))]
        known = set(re.findall(r"[\d.,]*\d", told))
        scale = {"0", "7", "00", "03", "06", "09", "12", "15", "18", "21", "95", "50"} | {str(i) for i in range(0, 49, 8)}
        lost = {n for words in drawn for n in re.findall(r"[\d.,]*\d", words)} - known - scale
        assert lost - shares_of(spec) == set()


def shares_of(spec: ChartSpec) -> set[str]:
    """Percentages printed on the parts of a rating bar: the counts behind them are in the table."""
    rows = getattr(spec, "rows", ())
    parts = [(count, sum(row.counts)) for row in rows if hasattr(row, "counts") for count in row.counts]
    return {f"{count / whole:.0%}"[:-1] for count, whole in parts if whole}


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_tables_of_any_length_stay_within_the_limits(count: int) -> None:
    for spec in of_size(count, "Password reset", 3.0):
        assert_table(spec)
        assert max(map(columns, text_table(spec).splitlines())) <= 44
        assert len(text_table(spec).splitlines()) <= 43


def test_no_rows_make_no_table() -> None:
    assert table(Bars(title="t", name="n", rows=())) is None
    assert text_table(Bars(title="t", name="n", rows=())) == "no data"


def test_wide_characters_keep_the_columns_straight() -> None:
    rows = (Bar(label="退款和付款问题需要尽快处理谢谢您的耐心等待我们会", value=1), Bar(label="Billing", value=22))
    lines = text_table(Bars(title="t", name="Tickets", by="team", rows=rows)).splitlines()
    assert len({columns(line) for line in lines}) == 1
    assert "…" in lines[1]


def test_a_missing_value_is_said_and_never_an_empty_cell() -> None:
    block = table(BARS)
    assert block is not None
    assert block["rows"][-1][1] == {"type": "raw_text", "text": "no data"}
    assert block["rows"][1][1] == {"type": "raw_number", "value": 130, "text": "2 h 10 min"}


def assert_table(spec: ChartSpec) -> None:
    block = table(spec)
    if block is None:
        assert grid(spec).rows == ()
        return
    cells = [
        [(RawText(c["text"]) if c["type"] == "raw_text" else RawNumber(c["value"], c["text"])) for c in row]
        for row in block["rows"]
    ]
    DataTableBlock(rows=cells, caption=block["caption"], row_header_column_index=block["row_header_column_index"])
    assert len(block["rows"]) <= 101
    assert len(block["rows"][0]) <= 20
    assert sum(len(c["text"]) for row in block["rows"] for c in row) <= 10_000
    assert 1 <= len(block["caption"]) <= 255
