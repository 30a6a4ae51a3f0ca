"""Labels come from customers and help desks; here they become something a chart and a table can show."""

import math
import re
import unicodedata

LIMIT = 40
# Long enough that cleaning never changes what the first LIMIT characters show, short enough to cost nothing.
READ = 8
NAMELESS = "(no name)"
ELLIPSIS = "…"
SHOWN_SYMBOLS = frozenset("★☆✓✗■□▲△▼▽▶◀●○")
MARKS_IN_A_ROW = 2

_SPACES = re.compile(r"\s+")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\u20e3\ufe00-\ufe0f\U0001f000-\U0001faff]")


def clean(text: str | None, limit: int = LIMIT) -> str:
    """One line of at most `limit` characters, without emoji, controls, bidi overrides, lone surrogates or stacked marks.

    An empty result reads "(no name)". A `$` stays a `$`: whoever draws it must not read it as mathematics.
    """
    head = (text or "")[: limit * READ]
    plain = unicodedata.normalize("NFC", head.encode("utf-8", "ignore").decode("utf-8"))
    line = _SPACES.sub(" ", "".join(_kept(plain))).strip()
    return cut(line, limit) if line else NAMELESS


def sentence(text: str, limit: int = 160) -> str:
    """Like `clean`, for titles and footers, where nothing at all may stand."""
    cleaned = clean(text, limit)
    return "" if cleaned == NAMELESS else cleaned


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what is cut ends in an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def finite(value: float | None) -> float | None:
    """The number as a float, or None where it is missing, not a number, infinite or too large to draw."""
    if value is None:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e300 else None


def count_text(value: float | None) -> str:
    """A count as a person reads it: 427, 12,345, 1.2M, 1.0e+30; a dash where there is no number."""
    number = finite(value)
    if number is None:
        return "–"
    size = abs(number)
    if size < 1e6:
        return f"{number:,.0f}" if number == int(number) or size >= 100 else f"{number:,.1f}"
    for limit, unit in ((1e9, 1e6), (1e12, 1e9), (1e15, 1e12)):
        if size < limit:
            return f"{number / unit:.1f}{ {1e6: 'M', 1e9: 'B', 1e12: 'T'}[unit] }"
    return f"{number:.1e}"


def _kept(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if char in "\t\n\r\x0b\x0c\x85\u2028\u2029":
            kept.append(" ")
        elif kind[0] != "C" and marks <= MARKS_IN_A_ROW and (char in SHOWN_SYMBOLS or not _EMOJI.match(char)):
            kept.append(char)
    return kept
