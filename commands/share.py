"""What the buttons under an answer do with it: show, share, compare, explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.errors import CxError
from bot.kpis.restating import published
from bot.views.buttons import COMPARE, SHARE, SHOW, WHY, WHY_NUMBER
from bot.views.card import answer_card
from bot.views.forecast import FORECAST, STAFFING
from bot.views.receipt import receipt_message
from bot.views.shared import shared_message
from bot.views.ticket_clock import TICKET
from commands.answering import answered_again, carded, noted
from commands.command import Action, Click, Reply, Retold
from commands.forecast import foretell_again, staff_again
from commands.hints import hint, refused
from commands.keeping import asked_before
from commands.rights import about_agents, admit
from commands.ticket import show_again
from commands.why import explain_again

AGAIN: Mapping[str, Callable[[Click], Retold]] = {
    WHY: explain_again,
    FORECAST: foretell_again,
    STAFFING: staff_again,
    TICKET: show_again,
}
"""What is told otherwise than on a card, by the word after `share:` in the id of its button."""


def share(click: Click) -> Reply:
    """Ask again with the rights of whoever shares, and post the answer where everybody sees it. Where nobody reads along there
    is nobody to share with: then the words that show it to a channel."""
    told_again = AGAIN.get(click.action.partition(":")[2])
    try:
        if told_again is not None:
            return _retold(click, told_again(click))
        answer = answered_again(click, click.value)
    except CxError as error:
        return refused(error)
    if click.asker.is_alone:
        return _alone(replace(answer.query, show=None).text())
    card = answer_card(answer, click.value, shared_by=click.asker.user_id)
    told = published(click.session, answer, workspace=click.workspace, where=f"channel {click.asker.channel_id}")
    return Reply(
        message=card,
        public=True,
        notes=noted(answer.query, "shared"),
        published=(told,) if told else (),
        names_people=about_agents(answer.query),
    )


def _retold(click: Click, told: Retold) -> Reply:
    """What is no card, for everybody."""
    message = told.reply.message
    if click.asker.is_alone or message is None:
        return _alone(told.typed)
    return replace(told.reply, message=shared_message(message, click.asker.user_id), public=True)


def _alone(typed: str) -> Reply:
    return hint("Only you read along here.", f"To show it to a channel, type there: `@cx {typed.replace('`', chr(39))}`")


def show(click: Click) -> Reply:
    """The card of a number in the snapshot or a digest."""
    try:
        answer = answered_again(click, click.value)
    except CxError as error:
        return refused(error)
    return Reply(message=answer_card(answer, click.value), notes=noted(answer.query, "asked"))


def compare(click: Click) -> Reply:
    """The same number against the year before; or, where it was that, against the window before."""
    try:
        admit(click.asker)
        kpi, query = asked_before(click.session, click.value)
        return carded(click, kpi, replace(query, versus="previous" if query.versus == "year" else "year", against=None))
    except CxError as error:
        return refused(error)


def receipt(click: Click) -> Reply:
    """The whole receipt."""
    try:
        answer = answered_again(click, click.value)
    except CxError as error:
        return refused(error)
    return Reply(message=receipt_message(answer, click.value), notes=noted(answer.query, "explained"))


SHARE_ACTION = Action(action=SHARE, says="Posts an answer to the channel.", run=share)
SHOW_ACTION = Action(action=SHOW, says="Shows the card of a number.", run=show)
COMPARE_ACTION = Action(action=COMPARE, says="Compares a number with a year ago, or with the window before.", run=compare)
RECEIPT_ACTION = Action(action=WHY_NUMBER, says="Shows how a number is counted.", run=receipt)
