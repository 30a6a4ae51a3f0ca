"""The Home tab: what is left to set up, one's own numbers and the team's, what is at risk, and every switch there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.kpis.answer import Answer
from bot.kpis.at_risk import AtRisk
from bot.kpis.goal_stand import Stand
from bot.views.blocks import Block, actions, button, clip, context, divider, escape, fields, header, instant, one_line, section
from bot.views.buttons import run_button
from bot.views.goal import goal_text, stand_text
from bot.views.say import instant_text
from bot.views.snapshot import tile

EDIT_DIGEST, NEW_DIGEST = "home_digest_edit", "home_digest_new"
PAUSE_DIGEST, SEND_DIGEST, END_DIGEST = "home_digest_pause", "home_digest_send", "home_digest_end"
SETTINGS, LEADS, SURVEY = "home_settings", "home_leads", "home_survey"
SURVEY_OFF = "home_survey_off"
NEW_ALERT, NEW_GOAL = "home_alert_new", "home_goal_new"
MOST_DIGESTS, MOST_RISKS, MOST_GOALS, MOST_NUMBERS = 8, 5, 6, 6
WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """One thing an admin has to do once; `how` says it, `button` is what does it where a button can."""

    says: str
    done: bool
    how: str = ""
    button: Block | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A row of numbers with its title; `note` says why there are none, or how they are to be read."""

    title: str
    answers: tuple[Answer, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """A subscription as its owner sees it; `words` are mrkdwn."""

    id: int
    words: str
    enabled: bool
    paused_reason: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """All that stands on somebody's Home tab. `surveys` are name and whether it is on, by kind."""

    zone: str
    fresh: str
    is_admin: bool = False
    set_up: tuple[SetUp, ...] = ()
    numbers: tuple[Numbers, ...] = ()
    risks: tuple[AtRisk, ...] = ()
    risks_of: str = ""
    digests: tuple[DigestLine, ...] = ()
    goals: tuple[Stand, ...] = ()
    alerts: tuple[str, ...] = ()
    alert_doors: tuple[Block, ...] = ()
    surveys: Mapping[str, tuple[str, bool]] | None = None


def home_view(home: Home) -> dict[str, Any]:
    """The Home tab as Slack takes it: at most a hundred blocks, the most important on top."""
    blocks = [
        header("Support", "home:title"),
        context([escape(home.fresh)], "home:fresh"),
        *_set_up(home),
        *(block for place, row in enumerate(home.numbers) for block in _numbers(row, place)),
        *_risks(home),
        *_digests(home),
        *_goals(home),
        *_alerts(home),
        *_surveys(home),
        *_doors(home),
    ]
    return {"type": "home", "blocks": blocks}


def _set_up(home: Home) -> Iterator[Block]:
    """Shown until all of it is done."""
    if not home.is_admin or all(step.done for step in home.set_up):
        return
    done = sum(step.done for step in home.set_up)
    lines = [
        f"{'✓' if step.done else '○'} {escape(step.says)}{f' · {step.how}' if step.how and not step.done else ''}"
        for step in home.set_up
    ]
    doors = [step.button for step in home.set_up if step.button is not None and not step.done]
    yield section(f"*Set up: {done} of {len(home.set_up)} done*\n" + "\n".join(lines), "home:setup")
    if doors:
        yield actions(doors, "home:setup:doors")
    yield divider("home:setup:end")


def _numbers(row: Numbers, place: int) -> Iterator[Block]:
    shown = row.answers[:MOST_NUMBERS]
    yield section(f"*{escape(row.title)}*", f"home:numbers:{place}:title")
    if shown:
        yield fields([tile(answer) for answer in shown], f"home:numbers:{place}")
        doors = [run_button(a.kpi.name, a.query.text(), f"home-{place}-{n}") for n, a in enumerate(shown)]
        yield actions(doors, f"home:numbers:{place}:doors")
    if row.note or not shown:
        yield context([escape(row.note or "No numbers yet.")], f"home:numbers:{place}:note")


def _risks(home: Home) -> Iterator[Block]:
    if not home.risks_of:
        return
    lines = [_risk(one, home.zone) for one in home.risks[:MOST_RISKS]]
    more = len(home.risks) - MOST_RISKS
    lines += [f"and {more} more"] if more > 0 else []
    told = "\n".join(lines) or "No ticket is about to miss its target."
    yield section(f"*At risk, {escape(home.risks_of)}*\n{told}", "home:risks")


def _risk(one: AtRisk, zone: str) -> str:
    number = escape(f"#{one_line(one.number, 40).lstrip('#')}")
    named = f"<{one.url}|{number}>" if one.url and one.url.startswith(WEB) and not set(one.url) & set("<>|") else number
    due = instant(one.due_at, instant_text(one.due_at, zone))
    return f"{named} {escape(one_line(one.subject, 70))} · {escape(one.metric.replace('_', ' '))} due {due}"


def _digests(home: Home) -> Iterator[Block]:
    yield divider("home:digests:begin")
    yield section("*Digests*" if home.digests else "*Digests*\nNone yet.", "home:digests")
    for line in home.digests[:MOST_DIGESTS]:
        yield section(_digest(line, home.zone), f"home:digest:{line.id}")
        yield actions(_digest_doors(line), f"home:digest:{line.id}:doors")
    if len(home.digests) > MOST_DIGESTS:
        yield context([f"and {len(home.digests) - MOST_DIGESTS} more: `/cx list`"], "home:digests:more")
    yield actions([button("New digest", NEW_DIGEST, "v1")], "home:digests:new")


def _digest(line: DigestLine, zone: str) -> str:
    if not line.enabled:
        return f"{line.words}, paused{f': {escape(one_line(line.paused_reason, 100))}' if line.paused_reason else ''}"
    when = f", next {instant(line.next_at, instant_text(line.next_at, zone))}" if line.next_at is not None else ""
    return f"{line.words}{when}"


def _digest_doors(line: DigestLine) -> list[Block]:
    value = str(line.id)
    send = [button("Send now", f"{SEND_DIGEST}:{value}", value)] if line.enabled else []
    return [
        button("Edit", f"{EDIT_DIGEST}:{value}", value),
        button("Pause" if line.enabled else "Resume", f"{PAUSE_DIGEST}:{value}", value),
        *send,
        button("End", f"{END_DIGEST}:{value}", value),
    ]


def _goals(home: Home) -> Iterator[Block]:
    if not home.goals:
        return
    lines = [f"*{escape(goal_text(one.goal))}*: {escape(stand_text(one))}" for one in home.goals[:MOST_GOALS]]
    yield section("*Goals*\n" + "\n".join(lines), "home:goals")


def _alerts(home: Home) -> Iterator[Block]:
    if home.alerts:
        yield section("*Alerts*\n" + "\n".join(clip(escape(one_line(line)), 200) for line in home.alerts[:10]), "home:alerts")
    if home.alert_doors:
        yield actions(home.alert_doors, "home:alerts:doors")


def _surveys(home: Home) -> Iterator[Block]:
    if not home.surveys:
        return
    told = " · ".join(f"{escape(name)} {'on' if is_on else 'off'}" for name, is_on in home.surveys.values())
    yield section(f"*Surveys*\n{told}", "home:surveys")
    yield actions(
        [door for kind, (name, is_on) in home.surveys.items() for door in _switch(kind, name, is_on)], "home:surveys:doors"
    )


def _switch(kind: str, name: str, is_on: bool) -> Sequence[Block]:  # noqa: FBT001 - a property of the survey
    rules = button(f"{name} rules" if is_on else f"Switch {name} on", f"{SURVEY}:{kind}", kind)
    return [rules, *([button(f"Switch {name} off", f"{SURVEY_OFF}:{kind}", kind)] if is_on else [])]


def _doors(home: Home) -> Iterator[Block]:
    yield divider("home:end")
    own = [button("Settings", SETTINGS, "v1"), button("Team leads", LEADS, "v1")] if home.is_admin else []
    yield actions([*own, run_button("Help", "help", "home-help")], "home:doors")
