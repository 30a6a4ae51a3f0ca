"""A month on one page: the numbers, what changed and what lies behind it as one picture, to be passed on."""

from __future__ import annotations

from bot.views.blocks import clip, context, escape, header, image, section
from bot.views.chart_spec import Sheet
from bot.views.digest import HEADING, chosen_chart, heard, kpi_strip, small_print, takeaway
from bot.views.digest_charts import detail_chart
from bot.views.digest_words import Edition, day_text
from bot.views.message import Message

TITLE = 2 * HEADING


def page(edition: Edition) -> Message:
    """An edition, with numbers in it, as one message with one picture: the strip, what changed most, and the details."""
    charts = (kpi_strip(edition), chosen_chart(edition), *(detail_chart(edition, answer) for answer in edition.details))
    parts = tuple(chart for chart in charts if chart is not None)
    sheet, block = Sheet(title=parts[0].title, parts=parts), f"page:{edition.day}"
    return Message(
        text=heard(edition),
        blocks=(
            header(clip(f"{edition.scope} · {edition.answers[0].window.label}", TITLE), f"{block}:title"),
            section(takeaway(edition), f"{block}:takeaway"),
            image(0, sheet.alt, f"{block}:picture"),
            context([*map(escape, small_print(edition)), f"Made on {escape(day_text(edition.day))}"], f"{block}:receipt"),
        ),
        charts=(sheet,),
    )
