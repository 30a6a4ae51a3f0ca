"""From a figure to a small PNG: measured texts, a palette made of the chart's own colours, no metadata."""

import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from PIL import Image

from bot.views.chart import fonts
from bot.views.palette import channels, mix

COLOURS = 256
NEAREST = 8
STEPS = 40
"""The most shades between an ink and what it stands on; more are not seen."""


def measurer(dpi: float) -> Callable[[str, float, int], float]:
    """A function from (words, size in px, weight) to the width in px."""
    untyped: Any = RendererAgg
    renderer = untyped(1, 1, dpi)

    @lru_cache(maxsize=4096)
    def width(words: str, size: float, weight: int) -> float:
        if not words:
            return 0.0
        properties = fonts.properties(size, weight, fonts.plain(words))
        return float(renderer.get_text_width_height_descent(words, properties, False)[0]) * 100 / dpi

    return width


def encode(figure: Figure, bg: str, flats: Sequence[str], inks: Sequence[tuple[str, str]]) -> bytes:
    """`flats` are fills that keep their exact colour; `inks` are (colour, ground) pairs with soft edges between them."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3].copy())
    small = picture.quantize(palette=_palette(bg, flats, inks), dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _palette(bg: str, flats: Sequence[str], inks: Sequence[tuple[str, str]]) -> Image.Image:
    """Fills first, then an even share of the 256 places for the shades of every ink."""
    exact = list(dict.fromkeys([bg, *flats, *(ink for ink, _ in inks)]))[:COLOURS]
    steps = min((COLOURS - len(exact)) // max(len(inks), 1), STEPS)
    shades = (mix(ground, ink, step / (steps + 1)) for ink, ground in inks for step in range(1, steps + 1))
    kept = [shade for shade in dict.fromkeys(shades) if all(_apart(shade, colour) for colour in exact)]
    table = [channel for colour in [*exact, *kept][:COLOURS] for channel in channels(colour)]
    holder = Image.new("P", (1, 1))
    holder.putpalette(table)
    return holder


def _apart(first: str, second: str) -> bool:
    """Pillow looks colours up in cells of 4 levels: a shade any nearer would tint a whole white card."""
    return any(abs(a - b) >= NEAREST for a, b in zip(channels(first), channels(second), strict=True))
