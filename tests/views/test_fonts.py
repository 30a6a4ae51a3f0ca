"""Our own two fonts: they load, their digits have one width, and what they lack comes from elsewhere or as a question mark."""

import logging
from pathlib import Path

import pytest
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

import bot.views
from bot.views.chart import fonts
from bot.views.chart.lettering import Face, fit, width, wrap

FOLDER = Path(bot.views.__file__).parent / "fonts"
WORDS = "AZaz09 äöüßÄÖÜ éèçñ șțŁž Ελληνικά Привет – — … “quotes” „deutsch“ € £ ¥ ₹"
SYMBOLS = "←↑→↓−≈≠≤≥∞÷×·■□▲△▼▽▶◀●○★☆✓✗"


@pytest.mark.parametrize("weight", [400, 600])
class TestEachWeight:
    def test_is_small(self, weight: int) -> None:
        assert (FOLDER / f"cx-sans-{weight}.ttf").stat().st_size < 72_000

    def test_has_ten_digits_of_one_width(self, weight: int) -> None:
        face = Face(40, weight, "#000000")
        assert len({round(width(digit * 20, face), 3) for digit in "0123456789"}) == 1

    def test_has_a_family_name_of_its_own(self, weight: int) -> None:
        assert FT2Font(str(FOLDER / f"cx-sans-{weight}.ttf")).family_name == "CX Sans"

    def test_is_what_matplotlib_finds(self, weight: int) -> None:
        fonts.own()
        found = font_manager.findfont(FontProperties(family=["CX Sans"], weight=weight), fallback_to_default=False)
        assert Path(found).name == f"cx-sans-{weight}.ttf"

    def test_has_every_character_we_write(self, weight: int) -> None:
        known = FT2Font(str(FOLDER / f"cx-sans-{weight}.ttf")).get_charmap()
        assert [char for char in WORDS + SYMBOLS if ord(char) not in known] == []


def test_the_licence_stands_beside_the_fonts() -> None:
    words = (FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in words
    assert "Inter Project Authors" in words


def test_own_text_skips_the_large_fallback_fonts() -> None:
    assert fonts.families("Backlog 427") == ("CX Sans",)
    assert "DejaVu Sans" in fonts.families("إعادة")


def test_a_run_of_unknown_characters_is_one_question_mark_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    fonts._say_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert fonts.drawable("a 𒀀𒀁𒀂 b") == "a ? b"
        assert fonts.drawable("𒀃") == "?"
    assert len(caplog.records) == 1
    assert "𒀀" not in caplog.text


def test_a_real_question_mark_is_no_missing_font(caplog: pytest.LogCaptureFixture) -> None:
    fonts._say_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert fonts.drawable("why? 😀"[:4]) == "why?"
    assert caplog.records == []


def test_missing_families_are_those_of_the_list_that_are_not_installed() -> None:
    assert set(fonts.missing_families()) == set(fonts.FALLBACKS) - set(fonts.installed())


def test_words_are_cut_to_the_room_there_is() -> None:
    face = Face(17, 400, "#000000")
    line = fit("Enterprise onboarding and migrations", 120, face)
    assert line.endswith("…")
    assert width(line, face) <= 120
    assert fit("short", 120, face) == "short"
    assert fit("anything", 2, face) == ""


def test_words_wrap_at_spaces_and_long_words_anywhere() -> None:
    face = Face(17, 400, "#000000")
    assert wrap("Enterprise onboarding", 110, face, 2) == ["Enterprise", "onboarding"]
    lines = wrap("Donaudampfschifffahrtsgesellschaft", 110, face, 2)
    assert len(lines) == 2
    assert all(width(line, face) <= 110 for line in lines)
