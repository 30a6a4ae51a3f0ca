"""The Home tab of whoever looks: put together from the same questions, with the same rights, as what is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func
from sqlmodel import col, or_, select

from bot.errors import BadRequest, CxError
from bot.kpis import KPIS, kpi_of
from bot.kpis.answer import Answer
from bot.kpis.at_risk import AtRisk, at_risk
from bot.kpis.goal_stand import Stand, stand_of
from bot.kpis.query import Filter
from bot.slots import next_slot
from bot.store.leading import agents_of, team_of
from bot.store.subscriptions import in_force
from bot.store.tables import Agent, Alert, DeskCursor, Goal, Run, Subscription
from bot.store.words import RunState, SurveyKind
from bot.surveys.rules import read_rules
from bot.views.blocks import Block, button
from bot.views.buttons import run_button
from bot.views.home import (
    LEADS,
    NEW_ALERT,
    NEW_DIGEST,
    NEW_GOAL,
    SURVEY,
    SURVEY_OFF,
    DigestLine,
    Home,
    Numbers,
    SetUp,
    home_view,
)
from bot.views.sentences import freshness
from bot.views.subscribed import reason_words
from commands.answering import answered, pieceless
from commands.command import Action, Ask, Click, Reply
from commands.grammar import default_query
from commands.hints import refused
from commands.rights import admit_admin
from commands.snapshot import FIRST
from commands.subscribe import words_of
from commands.survey_rules import open_form, switch_off

MINE = ("backlog", "solved", "frt", "csat")
NO_SYNC = "No help desk has been synced yet."
MOST_GOALS, MOST_DIGESTS, MOST_ALERTS = 6, 50, 10


def home(ask: Ask) -> Mapping[str, Any]:
    """The view of the Home tab as it is now. The app asks for it only on behalf of members of the workspace."""
    rows = tuple(_numbers(ask))
    risks_of, risks = _risks(ask)
    answers = [answer for row in rows for answer in row.answers]
    return home_view(
        Home(
            zone=ask.workspace.zone,
            fresh=_fresh(answers),
            is_admin=ask.asker.is_admin,
            set_up=tuple(_set_up(ask)) if ask.asker.is_admin else (),
            numbers=rows,
            risks=risks,
            risks_of=risks_of,
            digests=tuple(_digests(ask)),
            goals=tuple(_goals(ask)),
            alerts=tuple(_alerts(ask)),
            alert_doors=tuple(_doors(ask)),
            surveys=_surveys(ask) if ask.asker.is_admin else None,
        )
    )


def _fresh(answers: Sequence[Answer]) -> str:
    """How old the data are, once; the stalest of what is shown."""
    ages = [freshness(answer) for answer in answers]
    worst = next((age for age in ages if age.stale), ages[0] if ages else None)
    if worst is None:
        return NO_SYNC
    return f"{'⚠ ' if worst.stale else ''}{worst.says[0].upper()}{worst.says[1:]}"


def _numbers(ask: Ask) -> Iterator[Numbers]:
    """One's own, one's team's and those of the teams one leads; without a team, all of support's."""
    own = ask.session.get(Agent, ask.asker.agent_id) if ask.asker.agent_id is not None else None
    team = team_of(ask.session, own.id or 0) if own is not None else None
    if own is not None and ask.workspace.works_council:
        yield Numbers(title="My numbers", note="The works council's mode is on: nobody's own numbers are told.")
    elif own is not None:
        yield Numbers(title="My numbers", answers=_answers(ask, MINE, Filter(dimension="agent", values=("me",))))
    teams = dict.fromkeys((*([team.name] if team is not None else []), *ask.asker.leads))
    for name in list(teams)[:3]:
        yield Numbers(title=f"My team: {name}", answers=_answers(ask, FIRST, Filter(dimension="team", values=(name,))))
    if not teams:
        yield Numbers(title="All of support", answers=_answers(ask, FIRST))


def _answers(ask: Ask, slugs: Sequence[str], *only: Filter) -> tuple[Answer, ...]:
    """The numbers that can be known and may be told; the others are left out."""
    found = []
    for kpi in (kpi_of(slug) for slug in slugs):
        query = pieceless(default_query(kpi, now=ask.now, workspace=ask.workspace))
        try:
            answer = answered(ask, kpi, replace(query, filters=only))
        except CxError:
            continue
        if answer.figure.value is not None:
            found.append(answer)
    return tuple(found)


def _risks(ask: Ask) -> tuple[str, tuple[AtRisk, ...]]:
    """Everybody's for an admin, those of the agents somebody leads, one's own; nobody else's subjects are shown."""
    if ask.asker.is_admin:
        return "all of support", at_risk(ask.session, now=ask.now)
    led = agents_of(ask.session, ask.asker.leads)
    mine = [ask.asker.agent_id] if ask.asker.agent_id is not None else []
    if not led and not mine:
        return "", ()
    whose = "my team" if led else "mine"
    return whose, at_risk(ask.session, now=ask.now, agents=[*dict.fromkeys((*led, *mine))])


def _digests(ask: Ask) -> Iterator[DigestLine]:
    own = or_(col(Subscription.channel_id) == ask.asker.user_id, col(Subscription.owner) == ask.asker.user_id)
    query = select(Subscription).where(col(Subscription.kind) == "digest").order_by(col(Subscription.id)).limit(MOST_DIGESTS)
    for row in ask.session.exec(query if ask.asker.is_admin else query.where(own)).all():
        slot = next_slot(in_force(ask.session, row), ZoneInfo(row.zone), after=ask.now)
        yield DigestLine(
            id=row.id or 0,
            words=words_of(row),
            enabled=row.enabled,
            paused_reason=reason_words(row.paused_reason),
            next_at=slot.due_at if slot is not None else None,
        )


def _alerts(ask: Ask) -> Iterator[str]:
    """What is watched for oneself; everything for an admin."""
    own = or_(col(Alert.channel_id) == ask.asker.user_id, col(Alert.owner) == ask.asker.user_id)
    query = select(Alert).order_by(col(Alert.id)).limit(MOST_ALERTS)
    for row in ask.session.exec(query if ask.asker.is_admin else query.where(own)).all():
        yield f"{row.text}{'' if row.enabled else ', paused'}"


def _doors(ask: Ask) -> Iterator[Block]:
    yield button("New alert", NEW_ALERT, "v1")
    yield run_button("Alerts", "alerts", "home-alerts")
    if ask.asker.is_admin:
        yield button("New goal", NEW_GOAL, "v1")
    yield run_button("Goals", "goal", "home-goals")


def _goals(ask: Ask) -> Iterator[Stand]:
    """As they stand, in the words of `/cx goal`; those for everything first."""
    rows = ask.session.exec(select(Goal).order_by(col(Goal.scope), col(Goal.id)).limit(MOST_GOALS)).all()
    for row in rows:
        if any(row.kpi == kpi.slug for kpi in KPIS):
            with suppress(CxError):
                yield stand_of(ask.session, row, workspace=ask.workspace, now=ask.now)


def _surveys(ask: Ask) -> dict[str, tuple[str, bool]]:
    return {kind.value: (rules.survey.name, rules.on) for kind, rules in read_rules(ask.session).items()}


def _set_up(ask: Ask) -> Iterator[SetUp]:
    """What an admin does once, in order; each is done when the store says so."""
    said = ask.session.execute
    read = said(select(exists().where(col(DeskCursor.finished_at).is_not(None)))).scalar()
    digest = said(select(exists().where(col(Subscription.kind) == "digest"))).scalar()
    posted = said(select(exists().where(col(Run.state) == RunState.POSTED))).scalar()
    goals = said(select(func.count()).select_from(Goal)).scalar()
    asks = any(rules.on for rules in read_rules(ask.session).values())
    yield SetUp(says="Connect a help desk", done=bool(_synced(ask)), how="`cx sync`, or `cx import FILE --map MAP`")
    yield SetUp(says="Read its history once", done=bool(read), how="`/cx sync` shows how far it is")
    yield SetUp(
        says="Say who leads which team",
        done=bool(ask.workspace.leads),
        how="below",
        button=button("Team leads", f"{LEADS}:setup", "v1"),
    )
    yield SetUp(
        says="Set a goal", done=bool(goals), how="such as `/cx goal csat >= 85%`",
        button=button("New goal", f"{NEW_GOAL}:setup", "v1"),
    )  # fmt: skip
    yield SetUp(
        says="Order a digest", done=bool(digest), how="`/cx subscribe daily 09:00 here weekdays`",
        button=button("New digest", f"{NEW_DIGEST}:setup", "v1"),
    )  # fmt: skip
    yield SetUp(says="See the first digest", done=bool(posted), how="*Send now* below")
    survey = button("Switch CSAT on", f"{SURVEY}:setup", SurveyKind.CSAT.value)
    yield SetUp(says="Ask customers", done=asks, how="`/cx survey csat on`", button=survey)


def _synced(ask: Ask) -> bool | None:
    return ask.session.execute(select(exists().where(col(DeskCursor.synced_at).is_not(None)))).scalar()


def survey_rules(click: Click) -> Reply:
    """The form of a survey's rules."""
    try:
        admit_admin(click.asker)
        return open_form(_asked(click), _kind(click))
    except CxError as error:
        return refused(error)


def survey_off(click: Click) -> Reply:
    """Ask no more of this kind."""
    try:
        admit_admin(click.asker)
        kind = _kind(click)
    except CxError as error:
        return refused(error)
    switch_off(_asked(click), kind)
    return Reply(shows_home=True)


def _kind(click: Click) -> SurveyKind:
    if click.value not in set(SurveyKind):
        raise BadRequest("This button is from an older version.", next_step="Type `/cx survey csat on` instead.")
    return SurveyKind(click.value)


def _asked(click: Click) -> Ask:
    return Ask(text="", now=click.now, session=click.session, workspace=click.workspace, asker=click.asker)


ACTIONS: tuple[Action, ...] = (
    Action(action=SURVEY, says="Opens the rules of a survey.", run=survey_rules),
    Action(action=SURVEY_OFF, says="Switches a survey off.", run=survey_off, writes=True),
)
