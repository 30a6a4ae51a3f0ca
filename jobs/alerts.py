"""Watches: looks at every alert, opens, worsens and ends its incidents, and keeps their messages true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.clock import day_start, local_date
from bot.errors import BadRequest, CxError
from bot.kpis.alert_rules import Level, Rule, RuleKind, Standing, advance, rule_of
from bot.kpis.alert_watch import Seen, look
from bot.kpis.quiet_hours import is_quiet, muted_until
from bot.store import incidents
from bot.store.alert_tables import IncidentState
from bot.store.columns import instant, seconds
from bot.store.ledger import write_audit
from bot.store.outbox import Letter, enqueue
from bot.store.tables import Alert, Incident
from bot.store.workspace import Workspace, read_workspace
from bot.views import alert as view
from bot.views.alert_stale import stale_text
from bot.views.alert_words import ends, finding, title
from bot.views.blocks import escape
from jobs.alerts_pictures import picture_new
from jobs.job import Job, Tick
from jobs.turns import take_turns

A_DAY = 10
"""So many incidents are told to a channel on one local day, half of them of one alert where others are watched there too;
what comes after is only listed."""
NEWS = timedelta(minutes=15)
"""How often the numbers of an incident are brought up to date when nothing else of it changes."""
LEFT_OFF_ALERT = "That was the last of this alert told here today, so that others are heard; what comes after is in /cx alerts."
LEFT_OFF = "That was the last alert told here today; what comes after is in /cx alerts."


def watch(tick: Tick) -> int:
    """Look at every alert that is on; how many incidents were opened, changed or ended."""
    with tick.store.reading() as session:
        rows = session.exec(select(Alert).where(col(Alert.enabled)).order_by(col(Alert.id))).all()
        workspace = read_workspace(session, _defaults(tick))
        session.expunge_all()
    return take_turns(rows, lambda row: _watch_one(tick, row, workspace), name="alerts")


def _watch_one(tick: Tick, row: Alert, workspace: Workspace) -> int:
    """What is slow happens before the transaction; in it, whoever locks the alert goes on from how it stands."""
    rule = rule_of(row.rule)
    try:
        with tick.store.reading() as session:
            seen = look(session, rule, workspace=workspace, now=tick.now)
    except BadRequest as problem:
        with tick.store.writing() as session:
            return _pause(session, row.id or 0, problem, tick.now)
    with tick.store.writing() as session:
        alert = incidents.find_alert(session, row.id or 0)
        if alert is None or not alert.enabled or alert.text != row.text:
            return 0
        stale = stale_text(session, workspace, tick.now)
        done = Round(session=session, alert=alert, rule=rule, workspace=workspace, now=tick.now, stale=stale).apply(seen)
    if done:
        picture_new(tick, row.id or 0, rule, workspace)
    return done


def _standing(incident: Incident | None, held: Sequence[object] | None) -> Standing:
    state = None if incident is None else incident.state
    if not held:
        return Standing(state=state)
    return Standing(state=state, level=Level(str(held[0])), since=instant(int(str(held[1]))))


def _remember(held: dict[str, object], key: str, after: Standing) -> None:
    """Calm without an incident needs no memory, so that a thousand quiet categories cost nothing."""
    if after.level is None or after.since is None or (after.state is None and after.level is Level.CALM):
        held.pop(key, None)
    else:
        held[key] = [after.level.value, seconds(after.since)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One look at one alert, in one unit of work."""

    session: Session
    alert: Alert
    rule: Rule
    workspace: Workspace
    now: datetime
    stale: str = ""

    @property
    def quiet(self) -> bool:
        """Whether this can wait: until the place is told things again, or for the morning, for which a target that breaks
        cannot wait."""
        if muted_until(self.workspace.mutes, self.alert.channel_id, self.now) is not None:
            return True
        waits = self.rule.kind is not RuleKind.SLA
        return waits and is_quiet(self.workspace.quiet_hours, self.now, self.workspace.zone)

    def apply(self, seen: Sequence[Seen]) -> int:
        """Go on from how the alert stands; how many incidents were opened, changed or ended. Stale data neither open nor end
        any: those that go on say so."""
        going_on = incidents.open_incidents(self.session, self.alert.id or 0)
        if self.stale:
            return sum(self._hold(incident) for incident in going_on.values())
        held, done = dict(self.alert.held), 0
        known = {one.key: one for one in seen}
        # A group that is not seen any more, such as a renamed category, has nothing that could go on.
        for key in (going_on.keys() | held.keys()) - known.keys():
            known[key] = Seen(level=Level.CALM, key=key, value=0.0)
        for key, one in known.items():
            incident = going_on.get(key)
            after = advance(_standing(incident, held.get(key)), one.level, self.now, self.rule.hold)
            _remember(held, key, after)
            done += self._step(one, incident, after.state)
        if held != self.alert.held:
            self.alert.held = held
            self.session.add(self.alert)
        return done

    def _step(self, seen: Seen, incident: Incident | None, state: IncidentState | None) -> int:
        if incident is None:
            return self._open(seen, state) if state is not None and not self.quiet else 0
        if state is None:
            return self._end(seen, incident)
        return self._worsen(seen, incident) if state is not incident.state else self._refresh(seen, incident)

    def _open(self, seen: Seen, state: IncidentState) -> int:
        where = ZoneInfo(self.workspace.zone)
        today = day_start(local_date(self.now, where), where)
        told = incidents.told_since(self.session, self.alert.channel_id, today)
        mine, most = incidents.told_by(self.session, self.alert, today), A_DAY
        if not incidents.watches_alone(self.session, self.alert):
            most = A_DAY // 2
        incident = Incident(
            alert_id=self.alert.id or 0,
            channel_id=self.alert.channel_id,
            key=seen.key,
            state=state,
            opened_at=self.now,
            told_at=self.now,
            breached_at=self.now if state is IncidentState.BREACHED else None,
            capped=told >= A_DAY or mine >= most,
        )
        self._find(incident, seen)
        if told == A_DAY - 1 or mine == most - 1:
            incident.ends = f"{incident.ends} {LEFT_OFF if told == A_DAY - 1 else LEFT_OFF_ALERT}".strip()
        self.session.flush()
        self._tell(incident)
        return 1

    def _hold(self, incident: Incident) -> int:
        if incident.ends == self.stale:
            return 0
        incident.ends = self.stale
        # As soon as the data are fresh again its numbers are looked at.
        incident.told_at = self.now - NEWS
        self.session.add(incident)
        self._say(incident, escape(self.stale))
        return self._tell(incident)

    def _worsen(self, seen: Seen, incident: Incident) -> int:
        incident.state, incident.breached_at = IncidentState.BREACHED, self.now
        self._find(incident, seen)
        self._tell(incident)
        self._say(incident, f"Breached: {escape(incident.says)}")
        return 1

    def _end(self, seen: Seen, incident: Incident) -> int:
        self._find(incident, seen)
        incident.state, incident.resolved_at = IncidentState.RESOLVED, self.now
        self._tell(incident)
        aloud = incident.breached_at is not None and not self.quiet
        self._say(incident, f"Resolved: {escape(incident.says)}", aloud=aloud)
        return 1

    def _refresh(self, seen: Seen, incident: Incident) -> int:
        """The numbers of a message that lives, now and then; a snooze that ran out is said once where nobody has it."""
        if incident.snoozed_until is not None and incident.snoozed_until <= self.now:
            incident.snoozed_until = incident.snoozed_by = None
            self._find(incident, seen)
            self._say(incident, f"The snooze is over and it goes on: {escape(incident.says)}")
        elif seen.level is Level.UNKNOWN or self.now < incident.told_at + NEWS:
            return 0
        else:
            self._find(incident, seen)
        return self._tell(incident)

    def _find(self, incident: Incident, seen: Seen) -> None:
        zone, value = self.workspace.zone, seen.value
        incident.heading, incident.says = title(self.rule, seen), finding(self.rule, seen, zone)
        last = next((words for words in (LEFT_OFF, LEFT_OFF_ALERT) if incident.ends.endswith(words)), "")
        incident.ends = f"{ends(self.rule, seen)} {last}".strip()
        incident.url = seen.ticket.url if seen.ticket is not None else incident.url
        incident.told_at = self.now
        down = self.rule.op.startswith("<")
        if value is not None and (incident.peak is None or (value < incident.peak if down else value > incident.peak)):
            incident.peak, incident.peak_says = value, incident.says
        self.session.add(incident)

    def _tell(self, incident: Incident) -> int:
        message = view.incident_message(self.alert.text, incident, self.workspace.zone)
        return int(incidents.keep_told(self.session, incident, view.payload(message), self.now))

    def _say(self, incident: Incident, text: str, *, aloud: bool = False) -> None:
        quiet = incident.snoozed_until is not None and incident.snoozed_until > self.now and not aloud
        if not quiet:
            incidents.keep_history(self.session, incident, view.line(text, aloud=aloud), self.now)


def _pause(session: Session, alert_id: int, problem: CxError, now: datetime) -> int:
    """A rule whose words mean nothing any more, such as a team that is gone, is paused, and its owner is told once."""
    alert = incidents.find_alert(session, alert_id)
    if alert is None or not alert.enabled:
        return 0
    alert.enabled, alert.paused_reason = False, problem.what[:200]
    session.add(alert)
    write_audit(session, "cx", "alert.paused", {"alert": alert_id}, now)
    text = escape(f"The alert {alert.text} is paused: {problem.sentence()} /cx alerts changes or removes it.")
    key = f"alert:{alert_id}:paused:{seconds(now)}"
    enqueue(session, Letter(dedupe_key=key, kind="reply", channel_id=alert.owner, payload={"text": text}), now)
    return 1


def _defaults(tick: Tick) -> Workspace:
    own = tick.settings
    return Workspace(zone=own.zone, week_start=own.week_start, profile=own.profile, clock=own.clock, currency=own.currency)


ALERTS = Job(
    slug="alerts",
    says="Looks at what is watched, and keeps the messages of incidents true.",
    every=timedelta(seconds=30),
    run=watch,
)
