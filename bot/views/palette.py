"""The colours of every chart, one set per theme, chosen for contrast and for colour-blind readers."""

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]

STYLE = 1
"""Raised whenever a chart would look different: part of every cache key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours as #RRGGBB. Text may use ink, muted, blue, orange, teal; the rest is fill or line, never text."""

    bg: str
    ink: str
    muted: str
    hairline: str
    base: str
    blue: str
    orange: str
    teal: str
    red: str
    grey: str
    blue_soft: str
    orange_soft: str
    teal_soft: str
    grey_soft: str
    rating_4: str
    on_blue: str
    on_rating_4: str
    ramp: tuple[str, str, str, str]
    on_peak: str


LIGHT = Palette(
    bg="#FFFFFF",
    ink="#1D1C1D",
    muted="#616061",
    hairline="#E8E8E8",
    base="#8D8D8F",
    blue="#0B6BCB",
    orange="#C2570C",
    teal="#0F7B6C",
    red="#B3261E",
    grey="#B9BDC3",
    blue_soft="#CFE2F7",
    orange_soft="#F6D9C3",
    teal_soft="#C9E7E1",
    grey_soft="#ECEEF0",
    rating_4="#7DB3EA",
    on_blue="#FFFFFF",
    on_rating_4="#0B2440",
    ramp=("#ECEEF0", "#9CC6EE", "#0B6BCB", "#063B73"),
    on_peak="#FFFFFF",
)

DARK = Palette(
    bg="#222529",
    ink="#F2F3F5",
    muted="#ABABAD",
    hairline="#363A40",
    base="#7A7F87",
    blue="#5AA9F0",
    orange="#F59E5B",
    teal="#45C4AE",
    red="#FF8A80",
    grey="#6B7178",
    blue_soft="#24415F",
    orange_soft="#5A3B22",
    teal_soft="#1E4A44",
    grey_soft="#33373D",
    rating_4="#3E78B5",
    on_blue="#0B2440",
    on_rating_4="#FFFFFF",
    ramp=("#33373D", "#2B5480", "#5AA9F0", "#BFE0FF"),
    on_peak="#0B1A2B",
)


def palette(theme: Theme) -> Palette:
    return DARK if theme == "dark" else LIGHT


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` (0 to 1) of the way from `first` to `second`."""
    pairs = zip(channels(first), channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def ramp(colours: tuple[str, ...], share: float) -> str:
    """The colour at `share` (0 to 1) of an evenly spaced ramp."""
    place = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    left = min(int(place), len(colours) - 2)
    return mix(colours[left], colours[left + 1], place - left)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
