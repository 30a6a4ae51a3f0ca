"""In Slack, what is watched is told once, in one message that lives until it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import iso
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.store.engine import Store
from bot.store.incidents import open_incidents
from bot.store.records import SlaPolicyRecord, Target
from bot.store.tables import Alert, Audit, DeskCursor, Incident, Outbox, SlaFact, table_of
from bot.store.words import Kind, Metric, Status
from bot.store.workspace import Workspace, change_setting
from bot.views.chart_spec import ChartSpec, ControlChart
from bot.views.check import check_message
from commands import ACTIONS
from commands.alert import draft
from commands.alerts import show_alerts
from commands.command import Ask, Asker, Click, Reply
from commands.keeping import keep as keep_reply
from jobs.alerts import A_DAY, ALERTS
from jobs.job import Draw, Tick, nothing_drawn
from jobs.losses import mourn
from tests.kpis.office import keep
from tests.slack.office import Office
from tests.world import CAST, event, ticket

PIXEL = b"\x89PNG a picture"
LEADS = "C0LEADS"
LENA = Asker(user_id="U0LENA", team_id="T0SANDBOX", channel_id=LEADS, is_admin=True)
WORKSPACE = Workspace(clock="calendar")


@pytest.fixture(scope="module")
def slack_workspace() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off")) as sandbox:
        yield sandbox


@dataclass(slots=True)
class Watch:
    """A store with tickets, a channel, and the job that watches."""

    office: Office
    before: int = field(init=False)

    def __post_init__(self) -> None:
        keep(self.office.store, *CAST)
        self.before = len(self.office.sandbox.control.messages(LEADS))

    def tickets(self, first: int, last: int, **facts: Any) -> None:
        """Tickets that came a moment ago and wait."""
        at = self.office.now - timedelta(minutes=1)
        for number in range(first, last):
            name = str(number)
            made = ticket(name, **{"created_at": at, "updated_at": at, "status": Status.OPEN, **facts})
            keep(self.office.store, made, event(Kind.CREATED, at, of=name, actor="carla", new=Status.OPEN), now=self.office.now)

    def solve(self, first: int, last: int) -> None:
        at = self.office.now
        for number in range(first, last):
            name = str(number)
            solved = event(Kind.STATUS, at, of=name, actor="ana", old=Status.OPEN, new=Status.SOLVED)
            made = ticket(name, created_at=at - timedelta(hours=3), updated_at=at, status=Status.SOLVED)
            keep(self.office.store, made, solved, now=self.office.now)

    def synced(self) -> None:
        """The help desk has just been read."""
        with self.office.store.writing() as session:
            session.merge(DeskCursor(source="zendesk", stream="tickets", synced_at=self.office.now))

    def type(self, text: str, by: Asker = LENA) -> Reply:
        with self.office.store.reading() as session:
            ask = Ask(text=text, now=self.office.now, session=session, workspace=WORKSPACE, asker=by)
            reply = draft(ask) if text != "alerts" else show_alerts(Ask(**{**_fields(ask), "text": ""}))
        return self._kept(reply, by)

    def click(self, action_id: str, value: str, by: Asker = LENA, **more: Any) -> Reply:
        action = next(one for one in ACTIONS if f"{action_id}:".startswith(f"{one.action}:"))
        with self.office.store.writing() as session:
            facts = {"session": session, "workspace": WORKSPACE, "asker": by, **more}
            reply = action.run(Click(action=action_id, value=value, now=self.office.now, **facts))
        return self._kept(reply, by)

    def switch_on(self, text: str) -> Reply:
        drafted = self.type(text)
        return self.click("alert-on", button(drafted, "alert-on"))

    def run(self, draw: Draw = nothing_drawn) -> int:
        settings = read_settings({"CX_DATABASE_URL": "sqlite:////tmp/unused.db", "HOME": "/tmp"})
        done = ALERTS.run(
            Tick(now=self.office.now, store=self.office.store, settings=settings, slack=self.office.slack, draw=draw)
        )
        for _ in range(4):
            self.office.send(after=2)
        return done

    def told(self) -> list[Any]:
        return list(self.office.sandbox.control.messages(LEADS)[self.before :])

    def incidents(self) -> list[Incident]:
        with self.office.store.reading() as session:
            found = list(session.exec(select(Incident).order_by(table_of(Incident).c.id)))
            session.expunge_all()
            return found

    def _kept(self, reply: Reply, by: Asker) -> Reply:
        if reply.message is not None:
            assert check_message(reply.message) == [], reply.message.text
        with self.office.store.writing() as session:
            keep_reply(session, reply, by, self.office.now)
        return reply


def _fields(ask: Ask) -> dict[str, Any]:
    return {name: getattr(ask, name) for name in ("text", "now", "session", "workspace", "asker")}


def button(reply: Reply, action: str) -> str:
    assert reply.message is not None
    found = [e for b in reply.message.blocks if b["type"] == "actions" for e in b["elements"]]
    return str(next(one["value"] for one in found if one["action_id"] == action))


def said(reply: Reply) -> str:
    assert reply.message is not None
    return reply.message.text


def test_an_alert_is_tried_out_switched_on_told_taken_and_ended(store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(store, slack_workspace))
    drafted = watch.type("backlog > 20 for 30m")
    assert "This would never have fired in 90 days" in said(drafted)
    assert "off until you switch it on" in said(drafted)
    assert watch.run() == 0

    assert "Watching: Backlog over 20" in said(watch.click("alert-on", button(drafted, "alert-on")))
    assert "watched there already" in said(watch.click("alert-on", button(drafted, "alert-on")))
    watch.tickets(1, 24)
    assert watch.run() == 0, "it must last"
    watch.office.later(1_800)
    assert watch.run() == 1
    (message,) = watch.told()
    assert message["text"].startswith("Backlog over 20, breached. 23 unsolved tickets, now")
    assert "Ends at 19 or less for 30 min" in str(message["blocks"])
    watch.office.later(60)
    assert watch.run() == 0, "it fires once"

    (incident,) = watch.incidents()
    assert watch.click("alert-ack", str(incident.id), by=Asker(user_id="U0ANA", team_id="T0", channel_id=LEADS)) == Reply()
    assert "said before" in said(watch.click("alert-ack", str(incident.id)))
    assert watch.click(f"alert-assign:{incident.id}", "U0ANA") == Reply()
    assert watch.click("alert-snooze", str(incident.id)) == Reply()
    watch.run()
    edited = watch.told()[0]["text"]
    assert "breached, acknowledged" in edited
    assert "Acknowledged by <@U0ANA>. Assigned to <@U0ANA>. Snoozed by <@U0LENA>" in edited

    watch.solve(1, 4)
    watch.office.later(60)
    watch.run()
    watch.office.later(3_600)
    watch.run()
    assert watch.incidents()[0].resolved_at is None, "20 is neither over the limit nor calm: it may not flap"
    watch.solve(4, 10)
    watch.office.later(60)
    watch.run()
    watch.office.later(1_800)
    assert watch.run() == 1
    texts = [one["text"] for one in watch.told()]
    assert texts[0].startswith("Backlog over 20, resolved. 14 unsolved tickets, now")
    assert not [block for block in watch.told()[0]["blocks"] if block["type"] == "actions"]
    lines = [text for text in texts[1:] if text.startswith("<@")]
    assert [line.split(" ", 1)[1].split()[0] for line in lines] == ["acknowledged", "assigned", "snoozed"]
    assert any(text.startswith("Resolved: 14") for text in texts[1:])
    threads = {one.get("thread_ts") for one in watch.told()[1:]}
    assert threads == {watch.told()[0]["ts"]}
    assert "It is over" in said(watch.click("alert-ack", str(incident.id)))
    with store.reading() as session:
        actions = [row.action for row in session.exec(select(Audit))]
    assert actions == ["alert.on", "alert.acknowledged", "alert.assigned", "alert.snoozed"]


def test_it_warns_first_and_is_armed_again_after_it_ended(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    watch.switch_on("backlog > 10 warn 5")
    watch.tickets(1, 8)
    assert watch.run() == 1
    assert "warning" in watch.told()[0]["text"]
    watch.tickets(8, 15)
    watch.office.later(60)
    assert watch.run() == 1
    assert len([one for one in watch.told() if not one.get("thread_ts") or one["thread_ts"] == one["ts"]]) == 1
    assert "breached" in watch.told()[0]["text"]
    watch.solve(1, 14)
    watch.office.later(60)
    assert watch.run() == 1
    watch.tickets(20, 40)
    watch.office.later(60)
    assert watch.run() == 1
    assert [one.state.value for one in watch.incidents()] == ["resolved", "breached"]


def test_targets_that_are_about_to_break_are_told_by_name(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    """How long a team may hold a ticket is no SLA target unless the definitions say so."""
    targets = tuple(Target(metric=metric, target_s=3_600) for metric in (Metric.FIRST_REPLY, Metric.GROUP_OWNERSHIP))
    keep(sqlite_store, SlaPolicyRecord(external_id="all", name="All", position=1, targets=targets))
    watch.switch_on("sla 80%")
    watch.tickets(1, 3, priority=1)
    assert watch.run() == 0
    watch.office.later(50 * 60)
    assert watch.run() == 2
    assert watch.told()[0]["text"].startswith("Target of #1 first reply, warning. #1 first reply: 85% of its time is used, due")
    assert "Priority urgent" in watch.told()[1]["text"]
    watch.office.later(20 * 60)
    assert watch.run() == 2
    assert "breached. #1 first reply: broke" in watch.told()[0]["text"]
    watch.office.later(2 * 3_600)
    assert [one.resolved_at for one in watch.incidents() if watch.run() >= 0] == [None, None], "broken is not over"
    watch.solve(1, 3)
    reply = [event(Kind.REPLY, watch.office.now, of=str(one), actor="ana") for one in (1, 2)]
    keep(sqlite_store, *reply, now=watch.office.now)
    watch.office.later(60)
    assert watch.run() == 2
    assert "resolved. #1 first reply runs no longer" in watch.told()[0]["text"]
    with sqlite_store.reading() as session:
        assert session.exec(select(SlaFact)).first() is not None


def test_a_channel_is_told_of_so_many_incidents_a_day(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    for limit in range(A_DAY + 2):
        watch.switch_on(f"backlog > {limit}")
    watch.tickets(1, 30)
    assert watch.run() == A_DAY + 2
    for _ in range(30):
        watch.office.send(after=2)
    assert len(watch.told()) == A_DAY
    assert [one.capped for one in watch.incidents()] == [False] * A_DAY + [True] * 2
    assert "last alert told here today" in str(watch.told()[-1]["blocks"])


def test_one_alert_leaves_room_for_the_others_of_its_channel(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    """Twenty targets about to break are no reason that nobody hears of the backlog."""
    watch = Watch(Office(sqlite_store, slack_workspace))
    target = Target(metric=Metric.FIRST_REPLY, target_s=3_600)
    keep(sqlite_store, SlaPolicyRecord(external_id="all", name="All", position=1, targets=(target,)))
    watch.switch_on("sla 80%")
    watch.switch_on("backlog > 5")
    watch.tickets(1, 20, priority=1)
    watch.office.later(50 * 60)
    watch.run()
    for _ in range(20):
        watch.office.send(after=2)
    told = [one["text"] for one in watch.told() if not one.get("thread_ts") or one["thread_ts"] == one["ts"]]
    assert len([text for text in told if text.startswith("Target of")]) == A_DAY // 2
    assert len([text for text in told if text.startswith("Backlog over 5")]) == 1
    assert "the last of this alert told here today" in str(watch.told())
    watch.office.later(16 * 60)
    watch.run()
    assert "the last of this alert told here today" in str(watch.told()), "its numbers are new, that it was the last is not"
    listed = said(watch.type("alerts"))
    assert "1 incident open" in listed
    assert "1 incidents" not in listed


def test_stale_data_neither_fire_nor_end_anything_and_it_is_said(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    watch.switch_on("backlog > 5")
    watch.switch_on("backlog > 20")
    watch.tickets(1, 8)
    watch.synced()
    assert watch.run() == 1
    watch.tickets(8, 40)
    watch.office.later(3 * 3_600)
    assert watch.run() == 1, "the one that goes on says so"
    assert watch.run() == 0, "once"
    assert "zendesk has not been read since" in str(watch.told()[0]["blocks"])
    assert "zendesk has not been read since" in said(watch.type("alerts"))
    watch.solve(1, 40)
    assert watch.run() == 0
    watch.synced()
    assert watch.run() == 1
    assert [one.state.value for one in watch.incidents()] == ["resolved"]
    assert "not been read" not in str(watch.told()[0]["blocks"])


def test_in_quiet_hours_only_targets_are_told_and_the_rest_waits(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    target = Target(metric=Metric.FIRST_REPLY, target_s=3_600)
    keep(sqlite_store, SlaPolicyRecord(external_id="all", name="All", position=1, targets=(target,)))
    watch.switch_on("backlog > 5")
    watch.switch_on("sla 80%")
    now = watch.office.now
    with sqlite_store.writing() as session:
        hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
        change_setting(session, "quiet_hours", hours, now=now, by="U0LENA")
    watch.tickets(1, 8)
    assert watch.run() == 0
    watch.office.later(50 * 60)
    assert watch.run() == 7
    assert {one.heading for one in watch.incidents()} == {f"Target of #{number} first reply" for number in range(1, 8)}
    watch.office.later(80 * 60)
    watch.run()
    assert watch.incidents()[-1].heading == "Backlog over 5"


def test_what_means_nothing_any_more_is_paused_and_said_once(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    watch.switch_on("backlog > 1 team:billing")
    with sqlite_store.writing() as session:
        (row,) = session.exec(select(Alert))
        row.rule = {**row.rule, "query": {**row.rule["query"], "filters": [_filter("team", "gone")]}}
        session.add(row)
    assert watch.run() == 1
    assert watch.run() == 0
    assert "paused: I don't know a team called 'gone'" in said(watch.type("alerts"))


def test_who_pauses_edits_and_removes(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    watch.switch_on("backlog > 1")
    watch.tickets(1, 5)
    listed = watch.type("alerts")
    ana = Asker(user_id="U0ANA", team_id="T0SANDBOX", channel_id=LEADS)
    assert "Only admins and whoever set" in said(watch.click("alert-pause", button(listed, "alert-pause"), by=ana))
    assert "paused" in said(watch.click("alert-pause", button(listed, "alert-pause")))
    assert watch.run() == 0
    assert "quiet" in said(watch.click("alert-resume", button(listed, "alert-pause")))
    opened = watch.click("alert-edit", button(listed, "alert-edit"))
    assert opened.modal is not None
    wrong = {"rule": {"rule": {"value": "backlog"}}}
    alert_id = opened.modal["private_metadata"]
    assert "From which backlog on?" in watch.click("alert-edited", alert_id, metadata=alert_id, state=wrong).errors["rule"]
    tried = watch.click("alert-edited", alert_id, metadata=alert_id, state={"rule": {"rule": {"value": "backlog > 9"}}})
    assert tried.modal is not None
    assert "would never have fired in 90 days" in str(tried.modal["blocks"])
    done = watch.click("alert-on", tried.modal["private_metadata"], metadata=tried.modal["private_metadata"])
    assert "Now watching: backlog &gt; 9" in str(done.modal)
    assert watch.run() == 0
    assert "Nothing is watched" in said(watch.click("alert-remove", alert_id))
    with sqlite_store.reading() as session:
        assert open_incidents(session, int(alert_id)) == {}


def _filter(dimension: str, value: str) -> dict[str, Any]:
    return {"dimension": dimension, "values": [value], "negated": False, "op": ""}


def test_where_it_cannot_be_told_the_alert_is_paused_and_its_owner_told(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    office = Office(sqlite_store, slack_workspace)
    watch = Watch(office)
    watch.switch_on("backlog > 1")
    watch.tickets(1, 5)
    settings = read_settings({"CX_DATABASE_URL": "sqlite:////tmp/unused.db", "HOME": "/tmp"})
    assert ALERTS.run(Tick(now=office.now, store=sqlite_store, settings=settings, slack=office.slack)) == 1
    claim = office.claim()
    with sqlite_store.writing() as session:
        mourn(session, claim, "is_archived", office.now)
        mourn(session, claim, "is_archived", office.now)
    with sqlite_store.reading() as session:
        (alert,) = session.exec(select(Alert))
        assert (alert.enabled, alert.paused_reason) == (False, "the channel is archived")
        told = [row.payload["text"] for row in session.exec(select(Outbox)) if row.kind == "reply"]
    assert told == [
        f"The alert you set in <#{LEADS}> could not be told: the channel is archived. It is paused; `/cx alerts` resumes it."
    ]


def test_the_days_before_it_are_drawn_in_its_thread(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch, drawn = Watch(Office(sqlite_store, slack_workspace)), list[ChartSpec]()
    watch.switch_on("backlog > 20")
    watch.tickets(0, 25)

    def draw(spec: ChartSpec) -> bytes:
        drawn.append(spec)
        return PIXEL

    assert watch.run(draw) == 1
    parent, picture = watch.told()
    assert picture["thread_ts"] == parent["ts"]
    assert [block["type"] for block in picture["blocks"]] == ["image"]
    [chart] = drawn
    assert isinstance(chart, ControlChart)
    assert (chart.upper, chart.points[-1].value) == (20, 25)
    assert chart.title in parent["text"]
    assert watch.run(draw) == 0
    assert len(drawn) == 1


def test_a_muted_place_is_told_of_nothing_new(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    watch = Watch(Office(sqlite_store, slack_workspace))
    watch.switch_on("backlog > 20")
    watch.tickets(0, 25)
    with sqlite_store.writing() as session:
        change_setting(session, "mutes", {LEADS: iso(watch.office.now + timedelta(hours=1))}, now=watch.office.now, by="U0LENA")

    assert watch.run() == 0
    assert watch.told() == []
    watch.office.now += timedelta(hours=2)
    assert watch.run() == 1
