"""The CSV button: the rows of an answer, to be copied into a spreadsheet."""

from __future__ import annotations

from bot.errors import CxError
from bot.views.buttons import CSV
from commands.answering import answered_again, noted
from commands.command import Action, Click, Reply
from commands.csv_page import csv_message
from commands.hints import refused


def export_csv(click: Click) -> Reply:
    """The rows as text; those that find no room are counted, with the command that writes all of them."""
    try:
        answer = answered_again(click, click.value)
    except CxError as error:
        return refused(error)
    return Reply(message=csv_message(answer, click.value), notes=noted(answer.query, "exported"))


CSV_ACTION = Action(action=CSV, says="Shows an answer as CSV.", run=export_csv)
