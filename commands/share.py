"""What the buttons under an answer do with it: show, share, compare, explain."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import CxError
from bot.kpis.restating import published
from bot.views.buttons import COMPARE, SHARE, SHOW, WHY_NUMBER
from bot.views.card import answer_card
from bot.views.receipt import receipt_message
from commands.answering import answered_again, carded, noted
from commands.command import Action, Click, Reply
from commands.hints import hint, refused
from commands.keeping import asked_before
from commands.rights import about_agents, admit


def share(click: Click) -> Reply:
    """Ask again with the rights of whoever shares, and post the answer where everybody sees it. Where nobody reads along there
    is nobody to share with: then the words that show it to a channel."""
    try:
        answer = answered_again(click, click.value)
        if click.asker.is_alone:
            words = replace(answer.query, show=None).text()
            return hint("Only you read along here.", f"To show it to a channel, type there: `@cx {words.replace('`', chr(39))}`")
    except CxError as error:
        return refused(error)
    card = answer_card(answer, click.value, shared_by=click.asker.user_id)
    told = published(click.session, answer, workspace=click.workspace, where=f"channel {click.asker.channel_id}")
    return Reply(
        message=card,
        public=True,
        notes=noted(answer.query, "shared"),
        published=(told,) if told else (),
        names_people=about_agents(answer.query),
    )


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
