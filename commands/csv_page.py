"""An answer's CSV as a message, as far as a message holds it."""

from __future__ import annotations

from dataclasses import replace

from bot.kpis.answer import Answer
from bot.views.answer_csv import answer_csv
from bot.views.blocks import TEXT, Block, clip, context, escape, header, preformatted
from bot.views.message import Message
from bot.views.sentences import headline

BLOCK = 2_800
MOST_BLOCKS = 4


def csv_message(answer: Answer, query_id: str) -> Message:
    """An answer's CSV within the limits of a message: whole lines only, the header among them."""
    lines = answer_csv(answer).splitlines()
    pages = _pages(lines)
    command = replace(answer.query, show=None).text().replace('"', '\\"')
    left = len(lines) - sum(len(page) for page in pages)
    count = len(lines) - 1
    told = f'{count:,} {"row" if count == 1 else "rows"}. In a file: cx ask "{command}" --csv'
    note = f"The last {left:,} found no room here. {told}" if left > 0 else told
    title = f"CSV of {headline(answer)}"
    first = "\n".join(pages[0]) if pages else ""
    return Message(
        text=clip(f"{escape(title)}\n{escape(note)}\n{escape(first)}", TEXT),
        blocks=(
            header(title, f"csv:{query_id}:title"),
            *_blocks(pages, query_id),
            context([escape(note)], f"csv:{query_id}:note"),
        ),
    )


def _pages(lines: list[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    room = BLOCK
    for line in lines:
        if len(line) + 1 > room and pages[-1]:
            if len(pages) == MOST_BLOCKS:
                break
            pages.append([])
            room = BLOCK
        pages[-1].append(line)
        room -= len(line) + 1
    return pages


def _blocks(pages: list[list[str]], query_id: str) -> list[Block]:
    return [preformatted("\n".join(page), f"csv:{query_id}:{place}") for place, page in enumerate(pages)]
