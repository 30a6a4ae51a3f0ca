"""Which fonts a text is drawn with, and which characters none of them can show."""

import functools
import logging
from collections.abc import Iterable
from pathlib import Path

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

FAMILY = "CX Sans"
FALLBACKS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Droid Sans Fallback", "DejaVu Sans")
FOLDER = Path(__file__).parent.parent / "fonts"
WEIGHTS = (400, 600)
CJK_PACKAGE = "fonts-noto-cjk"
PT_PER_PX = 0.72

log = logging.getLogger(__name__)


@functools.lru_cache(maxsize=128)
def properties(size: float, weight: int, plain: bool) -> FontProperties:
    """Font of `size` px. A plain text (all of it in our own font) skips the large fallback fonts."""
    family = [FAMILY] if plain else [FAMILY, *installed()]
    return FontProperties(family=family, size=size * PT_PER_PX, weight=weight)


def drawable(text: str) -> str:
    """The text with `?` for every run of characters that no installed font has: never a row of boxes."""
    if all(ord(char) in own() for char in text):
        return text
    shown: list[str] = []
    for char in text:
        known = ord(char) in own() or ord(char) in others()
        if known or shown[-1:] != ["?"]:
            shown.append(char if known else "?")
    if "?" in shown and "?" not in text:
        say_once()
    return "".join(shown)


def plain(text: str) -> bool:
    return all(ord(char) in own() for char in text)


@functools.cache
def own() -> frozenset[int]:
    """The characters of our own font; registers both weights with matplotlib on first use."""
    # 3.11 says "Failed to find font weight 600" for every fallback family, on every start.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    for weight in WEIGHTS:
        font_manager.fontManager.addfont(str(FOLDER / f"cx-sans-{weight}.ttf"))
    return frozenset(FT2Font(str(FOLDER / f"cx-sans-{WEIGHTS[0]}.ttf")).get_charmap())


@functools.cache
def others() -> frozenset[int]:
    """The characters of the fallback fonts of this machine."""
    paths = (font_manager.findfont(FontProperties(family=[name]), fallback_to_default=False) for name in installed())
    return frozenset(code for path in paths for code in FT2Font(str(path), face_index=getattr(path, "face_index", 0)).get_charmap())


@functools.cache
def installed() -> tuple[str, ...]:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return tuple(name for name in FALLBACKS if name in known)


@functools.cache
def say_once() -> None:
    log.warning("some characters have no font here and are drawn as '?'; the package %s has Chinese, Japanese, Korean", CJK_PACKAGE)


def missing_families() -> Iterable[str]:
    """Fallback families this machine lacks, for the doctor."""
    return (name for name in FALLBACKS if name not in installed())
