"""Which fonts a text is drawn with, and which characters none of them can show."""

import functools
import logging
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
def properties(size: float, weight: int, family: tuple[str, ...]) -> FontProperties:
    """The font of `size` logical px."""
    return FontProperties(family=list(family), size=size * PT_PER_PX, weight=weight)


def families(text: str) -> tuple[str, ...]:
    """Our own font alone where it has every character: the fallbacks are large, and opening them costs time and memory."""
    return (FAMILY,) if all(ord(char) in own() for char in text) else (FAMILY, *installed())


def drawable(text: str) -> str:
    """The text with one `?` for each run of characters that no installed font has: never a row of boxes."""
    if all(ord(char) in own() for char in text):
        return text
    shown: list[str] = []
    unknown = False
    for char in text:
        lost = ord(char) not in own() and ord(char) not in others()
        if not (lost and unknown):
            shown.append("?" if lost else char)
        unknown = lost
        if lost:
            _say_once()
    return "".join(shown)


def missing_families() -> tuple[str, ...]:
    """The fallback families this machine lacks, for the doctor."""
    own()
    return tuple(name for name in FALLBACKS if name not in installed())


@functools.cache
def own() -> frozenset[int]:
    """The characters of our own font; both weights are registered with matplotlib on first use."""
    # 3.11 says "Failed to find font weight 600" for every fallback family, on every start.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    for weight in WEIGHTS:
        font_manager.fontManager.addfont(str(FOLDER / f"cx-sans-{weight}.ttf"))
    return frozenset(FT2Font(str(FOLDER / f"cx-sans-{WEIGHTS[0]}.ttf")).get_charmap())


@functools.cache
def others() -> frozenset[int]:
    """The characters of the fallback fonts of this machine."""
    paths = (font_manager.findfont(FontProperties(family=[name]), fallback_to_default=False) for name in installed())
    # A collection (.ttc) holds several faces in one file; the path matplotlib found knows which.
    faces = (FT2Font(str(path), face_index=getattr(path, "face_index", 0)) for path in paths)
    return frozenset(code for face in faces for code in face.get_charmap())


@functools.cache
def installed() -> tuple[str, ...]:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return tuple(name for name in FALLBACKS if name in known)


@functools.cache
def _say_once() -> None:
    log.warning("Some characters have no font here and are drawn as '?'; %s brings Chinese, Japanese, Korean.", CJK_PACKAGE)
