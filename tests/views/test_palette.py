"""Colours that can be read: the WCAG ratio of everything that is text."""

import pytest

from bot.views.palette import Theme, contrast, mix, palette, ramp

THEMES: tuple[Theme, ...] = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", ["ink", "muted", "blue", "orange", "teal"])
def test_text_reaches_four_and_a_half_to_one(theme: Theme, token: str) -> None:
    colours = palette(theme)
    assert contrast(getattr(colours, token), colours.bg) >= 4.45


@pytest.mark.parametrize("theme", THEMES)
def test_labels_on_fills_can_be_read(theme: Theme) -> None:
    colours = palette(theme)
    assert contrast(colours.on_blue, colours.blue) >= 4.5
    assert contrast(colours.on_rating_4, colours.rating_4) >= 4.5
    assert contrast(colours.on_peak, colours.ramp[-1]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_ramp_goes_one_way(theme: Theme) -> None:
    colours = palette(theme)
    steps = [contrast(ramp(colours.ramp, i / 10), colours.bg) for i in range(11)]
    assert steps == sorted(steps)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_mixing_goes_from_the_first_to_the_second() -> None:
    assert [mix("#000000", "#FF8000", share) for share in (0, 0.5, 1)] == ["#000000", "#804000", "#FF8000"]


def test_a_ramp_is_held_at_its_ends() -> None:
    four = ("#000000", "#555555", "#AAAAAA", "#FFFFFF")
    assert [ramp(four, share) for share in (-1, 0, 1 / 3, 1, 9)] == ["#000000", "#000000", "#555555", "#FFFFFF", "#FFFFFF"]
