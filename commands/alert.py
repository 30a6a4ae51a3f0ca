"""`/cx alert`: tries a rule out on the past, and switches it on by a button; and what can be done with an incident."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session, select

from bot.clock import zone
from bot.errors import BadRequest, CxError, NotAllowed
from bot.kpis.alert_back_test import BackTest, back_test
from bot.kpis.alert_better import better
from bot.kpis.alert_rules import Rule, RuleKind, rule_json, rule_of
from bot.periods import read_window
from bot.store import incidents
from bot.store.ledger import load_query, new_query_id, write_audit
from bot.store.tables import Alert, Incident
from bot.views import alert as view
from bot.views.alert_draft import Draft, draft_message
from bot.views.alert_words import rule_text, title
from bot.views.blocks import instant
from bot.views.say import instant_text
from commands.alert_reading import EXAMPLE, read_rule
from commands.command import Action, Ask, Click, Command, Kept, Reply
from commands.hints import hint, refused
from commands.rights import admit

NUMBER = re.compile("[0-9]{1,9}", re.ASCII)
PERSON = re.compile("[UW][A-Z0-9]{1,40}", re.ASCII)
SNOOZE = timedelta(hours=1)
LONGER = {"last 24 hours": "last 7 days", "last 7 days": "last 30 days"}
GONE = "This alert is not there any more."


def draft(ask: Ask) -> Reply:
    """What the rule would have done in the last 90 days, and the button that switches it on."""
    try:
        admit(ask.asker)
        if not ask.text.strip():
            offers = (EXAMPLE, "alert sla 80%", "alert anomaly volume", "alert spike 3x", "alert workload 2x")
            return hint(
                "Say what to watch.", "It is tried out on the past before it counts; *alerts* shows what is watched.", offers
            )
        rule = read_rule(ask, ask.text)
        tested = back_test(ask.session, rule, workspace=ask.workspace, now=ask.now)
        other = better(ask.session, rule, tested, workspace=ask.workspace, now=ask.now)
    except CxError as error:
        return refused(error)
    kept = Kept(query_id=new_query_id(), query={"alert": rule_json(rule)})
    place = ask.asker.channel_id or ask.asker.user_id
    drafted = Draft(rule=rule, tested=tested, query_id=kept.query_id, longer=_longer(ask, rule, tested), better=other)
    return Reply(message=draft_message(drafted, ask.workspace.zone, place), keeps=(kept,))


def _longer(ask: Ask, rule: Rule, tested: BackTest) -> str:
    """The same rule over a longer time, where most looks rested on too few cases to decide anything."""
    text = LONGER.get(rule.query.window.text, "") if rule.kind is RuleKind.NUMBER else ""
    if not text or 2 * tested.thin < tested.looks:
        return ""
    window = read_window(text, now=ask.now, zone=zone(ask.workspace.zone), week_start=ask.workspace.week_start)
    return rule_text(replace(rule, query=replace(rule.query, window=window)))


def switch_on(click: Click) -> Reply:
    """Keep the rule that was tried out: as a new alert, or in the place of the one that was edited."""
    query_id, _, edited = (click.metadata or click.value).partition("|")
    saved = load_query(click.session, query_id) if 0 < len(query_id) <= 64 else None
    data = saved.query.get("alert") if saved is not None else None
    try:
        admit(click.asker)
        if saved is None or not isinstance(data, dict):
            raise BadRequest("I no longer know the rule behind this button.", next_step="Type the alert again.")
        rule = rule_of(data)
        if edited:
            return _changed(click, edited, data, rule_text(rule))
        if saved.channel_id == click.asker.channel_id and not click.asker.bot_is_here:
            step = "Type `/invite @cx` and press again, or set it in a direct message with me."
            raise NotAllowed("I am not in this channel, so nothing could be told here.", next_step=step)
    except CxError as error:
        return Reply(modal=view.sentence_modal(error.sentence())) if edited else refused(error)
    row = Alert(
        channel_id=saved.channel_id or click.asker.user_id,
        owner=click.asker.user_id,
        text=rule_text(rule),
        rule=data,
        created_at=click.now,
    )
    if not _is_new(click.session, row):
        return hint("This is watched there already.", "*alerts* shows what is watched.", ("alerts",))
    click.session.add(row)
    click.session.flush()
    write_audit(click.session, row.owner, "alert.on", {"alert": row.id, "channel": row.channel_id, "rule": row.text}, click.now)
    watching = hint(f"Watching: {title(rule)}.", "*alerts* shows, edits, pauses and removes what is watched.", ("alerts",))
    return replace(watching, shows_home=True)


def acknowledge(click: Click) -> Reply:
    """Say that one has seen it and sees to it."""
    return _step(click, lambda s, i: incidents.acknowledge(s, i, click.asker.user_id, click.now), "acknowledged this")


def assign(click: Click) -> Reply:
    """Make it somebody's."""
    to = click.value
    if not PERSON.fullmatch(to):
        return hint("Nobody was chosen.", "Choose a person.")
    incident_id = click.action.partition(":")[2]
    return _step(
        click, lambda s, i: incidents.assign(s, i, to, click.asker.user_id, click.now), f"assigned this to <@{to}>", incident_id
    )


def snooze(click: Click) -> Reply:
    """Add nothing to its thread for an hour."""
    until = click.now + SNOOZE
    said = f"snoozed this until {instant(until, instant_text(until, click.workspace.zone))}"
    return _step(click, lambda s, i: incidents.snooze(s, i, click.asker.user_id, until), said)


def _step(click: Click, step: Callable[[Session, Incident], bool], said: str, incident_id: str | None = None) -> Reply:
    """Change the incident, its message and its thread in one unit of work. Who comes second is told who was first."""
    value = incident_id if incident_id is not None else click.value
    try:
        admit(click.asker)
    except CxError as error:
        return refused(error)
    incident = incidents.find_incident(click.session, int(value)) if NUMBER.fullmatch(value) else None
    alert = None if incident is None else click.session.get(Alert, incident.alert_id)
    if incident is None or alert is None:
        return hint(GONE, "*alerts* shows what is watched.", ("alerts",))
    if not step(click.session, incident):
        over = incident.resolved_at is not None
        return hint("It is over." if over else "That was said before.", "Its message shows how it stands.")
    write_audit(click.session, click.asker.user_id, f"alert.{said.split()[0]}", {"incident": incident.id}, click.now)
    # The line is kept first: the edit's buttons count the lines, so that a choice made again is a choice.
    incidents.keep_history(click.session, incident, view.line(f"<@{click.asker.user_id}> {said}."), click.now)
    message = view.incident_message(alert.text, incident, click.workspace.zone)
    incidents.keep_told(click.session, incident, view.payload(message), click.now)
    return Reply()


def _changed(click: Click, alert_id: str, data: dict[str, object], text: str) -> Reply:
    row = incidents.find_alert(click.session, int(alert_id)) if NUMBER.fullmatch(alert_id) else None
    if row is None:
        raise BadRequest(GONE, next_step="*alerts* shows what is watched.")
    if row.owner != click.asker.user_id and not click.asker.is_admin:
        raise BadRequest("Only admins and whoever set an alert change it.", next_step="Ask an admin.")
    before, row.text, row.rule, row.held, row.enabled, row.paused_reason = row.text, text, data, {}, True, None
    click.session.add(row)
    detail = {"alert": row.id, "before": before, "after": text}
    write_audit(click.session, click.asker.user_id, "alert.changed", detail, click.now)
    return Reply(modal=view.sentence_modal(f"Changed. Now watching: {text}"))


def _is_new(session: Session, row: Alert) -> bool:
    return session.exec(select(Alert).where(Alert.channel_id == row.channel_id, Alert.text == row.text)).first() is None


ALERT = Command(
    word="alert",
    usage="/cx alert backlog > 300 for 30m",
    says="Tells this place when a number passes a limit, a target is about to break, or a day is unlike its kind.",
    run=draft,
)
ACTIONS: tuple[Action, ...] = (
    Action(action=view.SWITCH_ON, says="Switches on an alert that was tried out.", run=switch_on, writes=True),
    Action(action=view.ACK, says="Says that somebody sees to an incident.", run=acknowledge, writes=True),
    Action(action=view.ASSIGN, says="Makes an incident somebody's.", run=assign, writes=True),
    Action(action=view.SNOOZE, says="Keeps an incident quiet for an hour.", run=snooze, writes=True),
)
