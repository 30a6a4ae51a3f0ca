"""`/cx alerts`: what is watched, and how to edit, pause and remove it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func
from sqlmodel import col, or_, select

from bot.errors import BadRequest, CxError, NotAllowed
from bot.kpis.alert_back_test import back_test
from bot.kpis.alert_better import better
from bot.kpis.alert_rules import rule_json
from bot.store import incidents
from bot.store.ledger import new_query_id, write_audit
from bot.store.tables import Alert, Incident
from bot.views import alert as view
from bot.views.alert_draft import Draft, edited_modal
from bot.views.alert_stale import stale_text
from bot.views.home import NEW_ALERT
from commands.alert import GONE, NUMBER
from commands.alert_reading import EXAMPLE, read_rule
from commands.command import Action, Ask, Click, Command, Kept, Reply
from commands.hints import hint, refused
from commands.rights import admit


def show_alerts(ask: Ask) -> Reply:
    """The alerts of this place and the asker's own; all of them for an admin."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    if ask.text.strip():
        return hint(
            "*alerts* takes no words.", f"It shows what is watched; watch something: `/cx {EXAMPLE}`.", ("alerts", EXAMPLE)
        )
    return _shown(ask, replaces=False)


def pause(click: Click) -> Reply:
    """Look no more until it is resumed."""
    return _changed(click, _paused, "paused")


def resume(click: Click) -> Reply:
    """Look again, as if nothing had been seen."""
    return _changed(click, _resumed, "resumed")


def remove(click: Click) -> Reply:
    """End an alert and forget its incidents; what was told of them stays where it was told."""
    return _changed(click, lambda _: None, "removed")


def edit(click: Click) -> Reply:
    """The form with the rule as it is typed."""
    try:
        return Reply(modal=view.edit_modal(_own(click, click.value)))
    except CxError as error:
        return refused(error)


def new(click: Click) -> Reply:
    """The form for a rule of one's own."""
    try:
        admit(click.asker)
    except CxError as error:
        return refused(error)
    return Reply(modal=view.edit_modal(None))


def try_edited(click: Click) -> Reply:
    """What the changed or new rule would have done; nothing counts before it is switched on."""
    try:
        admit(click.asker)
        row = _own(click, click.metadata) if click.metadata else None
        rule = read_rule(click, _typed(click))
        tested = back_test(click.session, rule, workspace=click.workspace, now=click.now)
        other = better(click.session, rule, tested, workspace=click.workspace, now=click.now)
    except CxError as error:
        return Reply(errors={"rule": error.sentence()})
    kept = Kept(query_id=new_query_id(), query={"alert": rule_json(rule)})
    draft = Draft(rule=rule, tested=tested, query_id=kept.query_id, better=other)
    return Reply(modal=edited_modal(row, draft, click.workspace.zone), keeps=(kept,))


def _typed(click: Click) -> str:
    block = click.state.get("rule")
    field = block.get("rule") if isinstance(block, dict) else None
    value = field.get("value") if isinstance(field, dict) else None
    return str(value or "")[: view.LONGEST_RULE]


def _own(click: Click, value: str) -> Alert:
    """The alert, if whoever pressed may change it. Raises NotAllowed and BadRequest."""
    admit(click.asker)
    row = incidents.find_alert(click.session, int(value)) if NUMBER.fullmatch(value) else None
    if row is None:
        raise BadRequest(GONE, next_step="*alerts* shows what is watched.")
    if row.owner != click.asker.user_id and not click.asker.is_admin:
        raise NotAllowed("Only admins and whoever set an alert change it.", next_step="Ask an admin.")
    return row


def _changed(click: Click, change: Callable[[Alert], None], said: str) -> Reply:
    try:
        row = _own(click, click.value)
    except CxError as error:
        return refused(error)
    write_audit(click.session, click.asker.user_id, f"alert.{said}", {"alert": row.id, "rule": row.text}, click.now)
    if said == "removed":
        click.session.delete(row)
    else:
        change(row)
        click.session.add(row)
    click.session.flush()
    return _shown(click, replaces=True)


def _paused(row: Alert) -> None:
    row.enabled, row.held = False, {}


def _resumed(row: Alert) -> None:
    row.enabled, row.held, row.paused_reason = True, {}, None


def _shown(door: Ask | Click, *, replaces: bool) -> Reply:
    mine = or_(col(Alert.channel_id).in_((door.asker.channel_id, door.asker.user_id)), col(Alert.owner) == door.asker.user_id)
    query = select(Alert).order_by(col(Alert.channel_id), col(Alert.id))
    rows = door.session.exec(query if door.asker.is_admin else query.where(mine)).all()
    if not rows:
        none = hint("Nothing is watched here yet.", f"Watch something: `/cx {EXAMPLE}`.", (EXAMPLE,))
        return Reply(message=none.message, replaces=replaces)
    going_on = select(Incident.alert_id, func.count()).where(col(Incident.resolved_at).is_(None)).group_by(col(Incident.alert_id))
    open_by = {int(alert_id): int(count) for alert_id, count in door.session.execute(going_on)}
    return Reply(
        message=view.alerts_message(rows, open_by, stale_text(door.session, door.workspace, door.now)), replaces=replaces
    )


ALERTS = Command(word="alerts", usage="/cx alerts", says="Shows, edits, pauses and removes what is watched.", run=show_alerts)
ACTIONS: tuple[Action, ...] = (
    Action(action=view.PAUSE, says="Pauses an alert.", run=pause, writes=True),
    Action(action=view.RESUME, says="Resumes an alert.", run=resume, writes=True),
    Action(action=view.REMOVE, says="Removes an alert.", run=remove, writes=True),
    Action(action=NEW_ALERT, says="Opens the form of a new alert.", run=new),
    Action(action=view.EDIT, says="Opens the form of an alert.", run=edit),
    Action(action=view.EDITED, says="Tries a changed alert out on the past.", run=try_edited),
)
