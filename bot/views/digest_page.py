"""A month on one page: the numbers, what changed and what lies behind it as one picture, to be passed on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from bot.views.answer_chart import answer_chart
from bot.views.blocks import ALT, clip, context, escape, header, image, section
from bot.views.chart_spec import ChartSpec
from bot.views.digest import HEADING, chosen_chart, heard, kpi_strip, small_print, takeaway
from bot.views.digest_words import Edition, day_text
from bot.views.message import Message

GAP = 24
DOTS_PER_INCH = 144


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A message with one picture, `chart:0`, which is the parts one under the other; `alt` tells all of them."""

    message: Message
    parts: tuple[ChartSpec, ...]
    alt: str


def page(edition: Edition) -> Page:
    """An edition on one page."""
    charts = (kpi_strip(edition), chosen_chart(edition), *map(answer_chart, edition.details))
    parts = tuple(chart for chart in charts if chart is not None)
    alt, block = clip(" ".join(part.alt for part in parts), ALT // 2), f"page:{edition.day}"
    return Page(
        message=Message(
            text=heard(edition),
            blocks=(
                header(clip(f"{edition.scope} · {edition.answers[0].window.label}", HEADING * 2), f"{block}:title"),
                section(takeaway(edition), f"{block}:takeaway"),
                image(0, alt, f"{block}:picture"),
                context([*map(escape, small_print(edition)), f"Made on {escape(day_text(edition.day))}"], f"{block}:receipt"),
            ),
        ),
        parts=parts,
        alt=alt,
    )


def sheet(pictures: Sequence[bytes], form: str = "PNG") -> bytes:
    """Pictures one under the other as one PNG or PDF, without any word about who made it, when and where."""
    opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    wide, high = max(one.width for one in opened), sum(one.height + GAP for one in opened) - GAP
    whole = Image.new("RGB", (wide, high), opened[0].getpixel((0, 0)))
    top = 0
    for one in opened:
        whole.paste(one, (0, top))
        top += one.height + GAP
    out = io.BytesIO()
    if form == "PDF":
        whole.save(out, "PDF", resolution=DOTS_PER_INCH)
    else:
        whole.quantize(256, dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
    return out.getvalue()
