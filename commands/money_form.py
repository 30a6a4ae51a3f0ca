"""The forms behind `/cx cost` and `/cx customers`: opened by a button, kept by the same rules as what is typed."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import BadPeriod, CxError
from bot.views import entry_form as form
from commands.command import Action, Ask, Click, Reply
from commands.hints import refused
from commands.money import keep_cost, keep_customers
from commands.rights import admit_admin

MONTH = "Oct"


def open_cost(click: Click) -> Reply:
    """The form for costs."""
    return _opened(click, lambda: form.cost_form(click.workspace.currency, MONTH))


def open_customers(click: Click) -> Reply:
    """The form for customer counts."""
    return _opened(click, lambda: form.customers_form(MONTH))


def cost_entered(click: Click) -> Reply:
    """Keep a submitted cost, or mark the field that cannot be used."""
    channel = form.entered(click.state, form.CHANNEL)
    said = f"{form.entered(click.state, form.AMOUNT)}{f' channel:{channel}' if channel else ''}"
    return _kept(click, keep_cost, said, form.AMOUNT)


def customers_entered(click: Click) -> Reply:
    """Keep submitted customer counts, or mark the field that cannot be used."""
    start, joined, lost = (form.entered(click.state, name) for name in (form.AT_START, form.JOINED, form.LOST))
    return _kept(click, keep_customers, f"{start} joined {joined or '0'} lost {lost}", form.AT_START)


def _opened(click: Click, view: Callable[[], dict[str, object]]) -> Reply:
    try:
        admit_admin(click.asker)
    except CxError as error:
        return refused(error)
    return Reply(modal=view())


def _kept(click: Click, keep: Callable[[Ask], Reply], said: str, field: str) -> Reply:
    """As if it had been typed. A field says what is wrong with it; nothing else of the form is lost."""
    text = f"{said} for {form.entered(click.state, form.PERIOD)}"
    asked = Ask(text=text, now=click.now, session=click.session, workspace=click.workspace, asker=click.asker)
    try:
        admit_admin(click.asker)
        return keep(asked)
    except CxError as error:
        about_days = isinstance(error, BadPeriod) or "days" in error.what or "over yet" in error.what
        return Reply(errors={form.PERIOD if about_days else field: error.what})


ACTIONS: tuple[Action, ...] = (
    Action(action=form.ENTER_COST, says="Opens the form for costs.", run=open_cost),
    Action(action=form.COST_ENTERED, says="Keeps the costs of the form.", run=cost_entered, writes=True),
    Action(action=form.ENTER_CUSTOMERS, says="Opens the form for customer counts.", run=open_customers),
    Action(action=form.CUSTOMERS_ENTERED, says="Keeps the customer counts of the form.", run=customers_entered, writes=True),
)
