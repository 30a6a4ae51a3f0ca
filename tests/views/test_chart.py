"""Every chart is drawn and looked over by machine: each text measured on the figure itself, each hostile label tried."""

import io
import warnings
from itertools import combinations

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from bot.views.chart import compose, draw
from bot.views.chart.canvas import MARGIN, SMALLEST, Canvas
from bot.views.chart.fonts import PT_PER_PX
from bot.views.chart_spec import ChartSpec, KpiRow, KpiStrip, Pareto, ParetoRow, Point, Series
from bot.views.palette import Theme, palette
from tests.sampling import pairs
from tests.views.charts import EVERY, HEAT, KPI, of_size

THEMES: tuple[Theme, ...] = ("light", "dark")
ODD_LABELS = {
    "long": "Enterprise onboarding and migrations of the northern region in the third quarter",
    "one word": "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "chinese": "退款和付款问题需要尽快处理谢谢您的耐心等待我们会尽快回复",
    "korean and japanese": "비밀번호 재설정 パスワードの再設定をお願いします",
    "arabic": "إعادة تعيين كلمة المرور للحساب",
    "hebrew": "איפוס סיסמה לחשבון",
    "mathematics": "cost $\\frac$ x_1^2 $$$",
    "surrogate and bidi": "a\ud800b\u202egnp.exe\u0000\u200b",
    "emoji": "🔥🔥 fire 👨‍👩‍👧",
    "only emoji": "🔥",
    "empty": "",
    "unknown script": "ᚠᚢᚦ ꦲꦏ 𒀀𒀁",
    "lines": "one\ntwo\r\nthree\tfour",
}

ODD_VALUES = (0.0, -7.0, 1e-9, 1e30, 1e299, -1e299, float("nan"), float("inf"))


def name(spec: ChartSpec) -> str:
    return type(spec).__name__


def texts(canvas: Canvas) -> list[tuple[str, Bbox]]:
    """Every word on the card with the box the renderer really needs, in logical px."""
    renderer = canvas.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    found = []
    for text in canvas.figure.findobj(Text):
        if text.get_text():
            box = text.get_window_extent(renderer)
            found.append((text.get_text(), Bbox(box.get_points() / 2)))
    return found


def assert_fits(canvas: Canvas) -> None:
    for words, box in texts(canvas):
        assert box.x0 >= MARGIN - 2, f"{words!r} starts at {box.x0:.0f}"
        assert box.x1 <= 560 - MARGIN + 2, f"{words!r} ends at {box.x1:.0f}"
        assert box.y0 >= 6, f"{words!r} is {box.y0:.0f} above the lower edge"
        assert box.y1 <= canvas.height - 12, words


def assert_apart(canvas: Canvas) -> None:
    for (first, a), (second, b) in combinations(texts(canvas), 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        # Boxes of neighbouring lines share the room for descenders and accents; words never share a line.
        assert wide <= 1 or high <= 6, f"{first!r} touches {second!r} by {wide:.0f} x {high:.0f}"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("spec", EVERY, ids=name)
class TestEveryChart:
    def test_is_a_png_of_the_agreed_width_on_an_opaque_card(self, spec: ChartSpec, theme: Theme) -> None:
        picture = Image.open(io.BytesIO(draw(spec, theme)))
        assert (picture.format, picture.mode, picture.size[0]) == ("PNG", "P", 1120)
        assert 500 <= picture.size[1] <= 1300
        assert picture.info.keys() <= {"transparency"} - {"transparency"}
        corner = picture.convert("RGB").getpixel((2, 2))
        assert corner == tuple(int(palette(theme).bg[i : i + 2], 16) for i in (1, 3, 5))

    def test_is_small_enough_to_post(self, spec: ChartSpec, theme: Theme) -> None:
        assert len(draw(spec, theme)) < 80_000

    def test_is_the_same_bytes_every_time(self, spec: ChartSpec, theme: Theme) -> None:
        assert draw(spec, theme) == draw(spec, theme)

    def test_keeps_all_words_on_the_card(self, spec: ChartSpec, theme: Theme) -> None:
        assert_fits(compose(spec, theme))

    def test_keeps_all_words_apart(self, spec: ChartSpec, theme: Theme) -> None:
        assert_apart(compose(spec, theme))

    def test_shows_its_heading_uncut(self, spec: ChartSpec, theme: Theme) -> None:
        words = [words for words, _ in texts(compose(spec, theme))]
        assert spec.title in words
        assert not any("…" in word for word in words[:3])

    def test_has_no_word_too_small_for_a_phone(self, spec: ChartSpec, theme: Theme) -> None:
        found = compose(spec, theme).figure.findobj(Text)
        assert min(text.get_fontsize() for text in found if text.get_text()) >= SMALLEST * PT_PER_PX - 0.01


@pytest.mark.parametrize("spec", EVERY, ids=name)
def test_quantizing_is_not_seen(spec: ChartSpec) -> None:
    canvas = compose(spec)
    shown = Image.open(io.BytesIO(canvas.png())).convert("RGB")
    drawn = np.asarray(canvas.figure.canvas.buffer_rgba())[:, :, :3].astype(int)  # type: ignore[attr-defined]
    off = np.abs(np.asarray(shown).astype(int) - drawn)
    # Where two soft edges meet, single pixels have a colour that is in no palette.
    assert (off.max(axis=2) > 16).mean() < 0.002
    assert off.max() <= 64


@pytest.mark.parametrize(("index", "label"), pairs(range(len(EVERY)), list(ODD_LABELS), one_in=5))
def test_hostile_labels_are_drawn_without_a_warning_and_stay_on_the_card(label: str, index: int) -> None:
    spec = of_size(6, ODD_LABELS[label], 12.5)[index]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas = compose(spec)
        canvas.png()
    assert_fits(canvas)
    assert_apart(canvas)


@pytest.mark.parametrize(("index", "count"), pairs(range(len(EVERY)), [0, 1, 2, 1000], one_in=2))
def test_any_number_of_categories_is_drawn(count: int, index: int) -> None:
    canvas = compose(of_size(count, "Password reset", 3.0)[index])
    canvas.png()
    assert_fits(canvas)
    assert_apart(canvas)


@pytest.mark.parametrize(("index", "value"), pairs([0, 1, 2, 3, 6, 7, 9, 10], ODD_VALUES, one_in=3))
def test_any_value_is_drawn_or_called_no_data(value: float, index: int) -> None:
    size = value if abs(value) < 1e290 else 1.0
    spec = of_size(5, "Wi-Fi", size if size == size else 1.0)[index]
    spec = _with_values(spec, value)
    canvas = compose(spec)
    canvas.png()
    assert_fits(canvas)
    assert not any("nan" in words or "inf" in words for words, _ in texts(canvas))


def test_whole_numbers_too_large_for_a_float_are_drawn_as_no_data() -> None:
    spec = Series(title="t", name="n", points=tuple(Point(label=str(i), value=10**400) for i in range(3)))
    assert "no data" in [words for words, _ in texts(compose(spec))]


def test_a_gap_stays_a_gap() -> None:
    points = tuple(Point(label=str(i), value=v) for i, v in enumerate((4, 5, None, 6, 7)))
    lines = compose(Series(title="t", name="n", points=points)).figure.findobj(Line2D)
    assert [len(np.asarray(line.get_xdata())) for line in lines] == [2, 2]


def test_too_few_cases_get_no_arrow() -> None:
    words = [
        words for words, _ in texts(compose(KpiStrip(title="t", rows=(KpiRow(name="a", value="1", delta="▲ 9%", mood="thin"),))))
    ]
    assert "too few" in words
    assert "▲ 9%" not in words


def test_the_other_row_is_a_row() -> None:
    rows = tuple(ParetoRow(label=f"c{i}", count=100 - i) for i in range(20))
    words = [words for words, _ in texts(compose(Pareto(title="t", rows=rows)))]
    assert "Other (12)" in words
    assert str(sum(100 - i for i in range(8, 20))) in ",".join(words).replace(",", "", 1) or "1,038" in words
    assert words.count("100%") == 1


def test_the_peak_of_the_week_is_named_where_its_cell_is_too_narrow() -> None:
    assert any("Mon 12h" in words for words, _ in texts(compose(HEAT)))


def test_a_long_title_takes_two_lines_and_pushes_the_rest_down() -> None:
    plain = compose(KPI)
    long = compose(KpiStrip(title="Backlog grew by 28 since last Monday and nobody knows yet why it did", rows=KPI.rows))
    assert long.top == plain.top + 27


def _with_values(spec: ChartSpec, value: float) -> ChartSpec:
    if isinstance(spec, Series):
        return Series(title="t", name="n", points=(Point(label="a", value=1.0), Point(label="b", value=value)))
    if isinstance(spec, KpiStrip):
        return KpiStrip(title="t", rows=(KpiRow(name="a", value="1", series=(1.0, value, 2.0), goal=value),))
    return spec
