"""The Tickets button: pages through exactly the tickets behind a number."""

from __future__ import annotations

from bot.errors import CxError
from bot.views.buttons import TICKETS, read_page
from commands.answering import answered_again, noted
from commands.command import Action, Click, Reply
from commands.hints import hint, refused
from commands.ticket_pages import tickets_of


def show_tickets(click: Click) -> Reply:
    """A page of the tickets of a kept question, with the rights of whoever pressed; turning a page stays in its place."""
    page = read_page(click.value)
    if page is None:
        return hint("This button is from an older version.", "Ask for the number again and press *Tickets* there.")
    query_id, offset = page
    try:
        answer = answered_again(click, query_id)
        message = tickets_of(click, answer, query_id, offset)
    except CxError as error:
        return refused(error)
    turned = click.action != TICKETS
    return Reply(message=message, replaces=turned, notes=noted(answer.query, "listed"), names_people=True)


TICKETS_ACTION = Action(action=TICKETS, says="Pages through the tickets behind a number.", run=show_tickets)
