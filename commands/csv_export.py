"""The CSV button: the rows of an answer, to be copied into a spreadsheet."""

from __future__ import annotations

from bot.errors import CxError
from bot.kpis.answer import Answer
from bot.views.answer_csv import answer_csv
from bot.views.blocks import TEXT, Block, clip, context, escape, header, preformatted
from bot.views.buttons import CSV
from bot.views.message import Message
from bot.views.sentences import headline
from commands.answering import answered_again, noted
from commands.command import Action, Click, Reply
from commands.hints import refused

BLOCK = 2_800
MOST_BLOCKS = 4


def export_csv(click: Click) -> Reply:
    """The rows as text; those that find no room are counted, with the command that writes all of them."""
    try:
        answer = answered_again(click, click.value)
    except CxError as error:
        return refused(error)
    return Reply(message=csv_message(answer, click.value), notes=noted(answer.query, "exported"))


def csv_message(answer: Answer, query_id: str) -> Message:
    """An answer's CSV within the limits of a message: whole lines only, the header among them."""
    lines = answer_csv(answer).splitlines()
    pages = _pages(lines)
    left = len(lines) - sum(len(page) for page in pages)
    told = f'{len(lines) - 1:,} rows. In a file: cx ask "{answer.query.text()}" --csv'.replace("1 rows", "1 row")
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


CSV_ACTION = Action(action=CSV, says="Shows an answer as CSV.", run=export_csv)
