"""What every chart has: a heading, points with their printed values, and an alt text made of both."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.views.labels import clean, count_text, finite

ALT_LIMIT = 1000
"""Slack's limit for the alt text of an upload, in characters."""
THIN_N = 20
"""Below this many cases nothing is judged."""

Mood = Literal["better", "worse", "neutral", "thin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The words around a chart: the title is the finding (<= 42 characters), the subtitle what, period, scope and n,
    the footer definition, goal and zone."""

    title: str
    subtitle: str = ""
    footer: str = ""

    def told(self, numbers: list[str]) -> str:
        """The alt text: heading, numbers, footer, at most 1000 characters (Slack's limit at upload)."""
        parts = (self.title, self.subtitle, "; ".join(filter(None, numbers)), self.footer)
        # Cleaned as a whole: values and goals come ready-made from elsewhere.
        return clean(" ".join(part.rstrip(".") + "." for part in parts if part), ALT_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value at a place on the axis; None where there is no data. `text` is the value as the answer prints it."""

    label: str
    value: float | None
    text: str = ""

    @property
    def shown(self) -> str:
        return "no data" if finite(self.value) is None else self.text or count_text(self.value)


def total(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [number for number in map(finite, values) if number is not None]
    return sum(known) if known else None


def share_text(share: float) -> str:
    """A share (0 to 1) in whole per cent; what is there but rounds to nothing reads "<1%"."""
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"
