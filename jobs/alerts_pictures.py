"""Draws the days before an incident as a control chart for its thread: whether it is news, or noise."""

from __future__ import annotations

from sqlmodel import Session

from bot.errors import BadRequest
from bot.kpis.alert_back_test import back_test
from bot.kpis.alert_rules import Rule, RuleKind
from bot.store import incidents
from bot.store.columns import seconds
from bot.store.tables import Incident
from bot.store.workspace import Workspace
from bot.views.alert import payload
from bot.views.alert_chart import incident_picture
from bot.views.pictures import drawn
from jobs.job import Tick


def picture_new(tick: Tick, alert_id: int, rule: Rule, workspace: Workspace) -> None:
    """Put the chart into the thread of what this look opened. Counting and drawing take long, so that they hold up no writer;
    where either fails the incident is told without."""
    if rule.kind not in (RuleKind.NUMBER, RuleKind.ANOMALY):
        return
    with tick.store.reading() as session:
        opened = _opened(session, alert_id, tick)
        if opened is None:
            return
        try:
            tested = back_test(session, rule, workspace=workspace, now=tick.now)
        except BadRequest:
            return
        message = incident_picture(rule, tested, opened.says, workspace.zone)
    files = drawn(message, tick.draw) if message is not None else ()
    if message is None or not files:
        return
    with tick.store.writing() as session:
        incident = incidents.find_incident(session, opened.id or 0)
        if incident is not None:
            incidents.keep_history(session, incident, payload(message), tick.now, files)


def _opened(session: Session, alert_id: int, tick: Tick) -> Incident | None:
    """The incident of the whole, if it was opened just now and told."""
    one = incidents.open_incidents(session, alert_id).get("")
    fresh = one is not None and one.letter_id is not None and seconds(one.opened_at) == seconds(tick.now)
    if one is None or not fresh:
        return None
    session.expunge(one)
    return one
