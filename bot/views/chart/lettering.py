"""How wide words are before they are drawn, and how they are cut or wrapped to the room there is."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg

from bot.views.chart import fonts
from bot.views.labels import ELLIPSIS

PX_PER_INCH = 100
SCALE = 2
"""Device pixels for each logical one."""


@dataclass(frozen=True, slots=True)
class Face:
    """Size in px, weight 400 or 600, colour, and the fill it stands on where that is not the card."""

    size: float
    weight: int
    colour: str
    ground: str = ""


def width(words: str, face: Face) -> float:
    """Width in logical px, measured by the renderer that draws it."""
    return _width(words, face.size, face.weight) if words else 0.0


def fit(words: str, room: float, face: Face) -> str:
    """The words, cut with an ellipsis until they are no wider than `room`; nothing where not one character fits."""
    line = fonts.drawable(words)
    if width(line, face) <= room:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(line[:middle].rstrip() + ELLIPSIS, face) <= room else (low, middle - 1)
    return line[:low].rstrip() + ELLIPSIS if low else ""


def wrap(words: str, room: float, face: Face, most: int) -> list[str]:
    """The words on at most `most` lines, the last one cut if it must be; an empty text is one empty line."""
    rest, lines = fonts.drawable(words), list[str]()
    while len(lines) < most - 1 and width(rest, face) > room:
        head = _head(rest, room, face)
        lines.append(rest[:head].rstrip())
        rest = rest[head:].lstrip()
    return [*lines, fit(rest, room, face)]


def _head(words: str, room: float, face: Face) -> int:
    """How many characters go on a line: whole words, or as many as fit where a word is longer than the line."""
    longest = max(len(fit(words, room, face)) - 1, 1)
    space = words.rfind(" ", 1, longest + 1)
    return space if space > longest // 3 else longest


@lru_cache(maxsize=4096)
def _width(words: str, size: float, weight: int) -> float:
    line = fonts.drawable(words)
    properties = fonts.properties(size, weight, fonts.families(line))
    return float(_renderer().get_text_width_height_descent(line, properties, False)[0]) / SCALE


@cache
def _renderer() -> Any:
    untyped: Any = RendererAgg
    return untyped(1, 1, PX_PER_INCH * SCALE)
