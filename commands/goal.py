"""`/cx goal csat >= 85%`, `/cx goal frt -20% by March`: sets goals, shows how they stand, offers what the field calls good."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from bot.clock import local_date, zone
from bot.errors import BadRequest, CxError
from bot.kpis import kpi_of
from bot.kpis.goal_stand import PERIODS, RECENT, goal_answer, goal_series, stand_of
from bot.kpis.goals import scope_of, target_of
from bot.kpis.kpi import Counted, Good, Kpi
from bot.kpis.query import Query, to_json
from bot.store.ledger import write_audit
from bot.store.tables import Goal
from bot.views import goal as view
from bot.views.goal_chart import chart_message
from commands.alert_reading import AMOUNT, COMPARED, OPS, amount_of_kpi
from commands.command import Action, Ask, Click, Command, Reply
from commands.goal_day import last_day
from commands.grammar import read
from commands.hints import hint, refused
from commands.mending import mended_in
from commands.rights import about_agents, admit, admit_admin
from commands.tokens import plain

EXAMPLE = "goal csat >= 85%"
CHANGE = re.compile(r"(?<![\w.])(?P<sign>[+-])\s?(?P<percent>\d{1,3}(?:\.\d{1,2})?)\s?%")
EACH = re.compile(
    r"\b(?:a|each|every|per) (?P<period>week|month|quarter|year)\b|\b(?P<adverb>weekly|monthly|quarterly|yearly)\b", re.I
)
NUMBER = re.compile("[0-9]{1,9}", re.ASCII)
OFF = re.compile(r"\b(?:off|remove|delete|unset)\b", re.I)
YEAR = re.compile(r"(?:19|20)\d\d")
BARE = re.compile(rf"(?P<name>.*[\w-])\s+(?P<amount>{AMOUNT})", re.I | re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A goal as it was said."""

    query: Query
    op: str
    target: float
    period: str
    baseline: float | None = None
    due_on: date | None = None


def goals(ask: Ask) -> Reply:
    """Set a goal; without words, how all of them stand; with a KPI alone, what the field calls good."""
    try:
        admit(ask.asker)
        if not ask.text.strip():
            return _listed(ask)
        said = _with_way(ask, plain(ask.text))
        if OFF.search(said) is not None:
            return _ended(ask, OFF.sub(" ", said))
        if COMPARED.search(said) is None and CHANGE.search(said) is None:
            return _benchmarks(ask, said)
        return keep_goal(ask)
    except CxError as error:
        return refused(error)


def keep_goal(ask: Ask) -> Reply:
    """Keep what was said as a goal. Raises NotAllowed and BadRequest."""
    admit_admin(ask.asker)
    said = _with_way(ask, plain(ask.text))
    if COMPARED.search(said) is None and CHANGE.search(said) is None:
        _query(ask, said)
        raise BadRequest("Where should it be?", next_step=f"Such as `/cx {EXAMPLE}`.", offers=(EXAMPLE,))
    return _kept(ask, _wished(ask, said))


def _with_way(ask: Ask, said: str) -> str:
    """`csat 85%` means at least: which way is good, everybody knows."""
    found = BARE.fullmatch(said) if COMPARED.search(said) is None and CHANGE.search(said) is None else None
    if found is None or YEAR.fullmatch(found["amount"]):
        return said
    named = read(found["name"], now=ask.now, workspace=ask.workspace, session=ask.session)
    return f"{found['name']} {_way(named.kpi)} {found['amount']}" if named.kpi is not None and named.query is not None else said


def _ended(ask: Ask, said: str) -> Reply:
    """End what the same words set."""
    admit_admin(ask.asker)
    query = _query(ask, said)
    same = (Goal.kpi == query.kpi, Goal.scope == scope_of(query.filters))
    rows = ask.session.exec(select(Goal).where(*same)).all()
    for row in rows:
        write_audit(ask.session, ask.asker.user_id, "goal.removed", {"goal": view.goal_text(row)}, ask.now)
        ask.session.delete(row)
    return hint("The goal is removed." if rows else "There is no such goal.", "*goal* shows all of them.", ("goal",))


def remove(click: Click) -> Reply:
    """End a goal."""
    try:
        admit_admin(click.asker)
    except CxError as error:
        return refused(error)
    row = _goal(click)
    if row is None:
        return hint("This goal is not there any more.", "*goal* shows all of them.", ("goal",))
    write_audit(click.session, click.asker.user_id, "goal.removed", {"goal": view.goal_text(row)}, click.now)
    click.session.delete(row)
    click.session.flush()
    return hint("The goal is removed.", "*goal* shows the others.", ("goal",))


def chart(click: Click) -> Reply:
    """How the number has come along towards its goal."""
    try:
        admit(click.asker)
        row = _goal(click)
        if row is None:
            return hint("This goal is not there any more.", "*goal* shows all of them.", ("goal",))
        stand = stand_of(click.session, row, workspace=click.workspace, now=click.now)
        series = goal_series(click.session, row, workspace=click.workspace, now=click.now)
    except CxError as error:
        return refused(error)
    return Reply(message=chart_message(stand, series))


def _goal(click: Click) -> Goal | None:
    return click.session.get(Goal, int(click.value)) if NUMBER.fullmatch(click.value) else None


def _wished(ask: Ask, said: str) -> Wished:
    period, said = _period(said)
    due_on, said = last_day(said, local_date(ask.now, zone(ask.workspace.zone)))
    change = CHANGE.search(said)
    found = None if change is not None else COMPARED.search(said)
    cut = change or found
    assert cut is not None
    before = "" if found is None else found["before"]
    query = _query(ask, f"{said[: cut.start()]}{before} {said[cut.end() :]}")
    kpi = kpi_of(query.kpi)
    if found is not None:
        target = amount_of_kpi(kpi, found["amount"])
        if target is None:
            raise BadRequest("A goal needs a number.", next_step=f"Such as `/cx {EXAMPLE}`.")
        op = f"{OPS.get(found['op'].lower(), found['op'])[0]}="
        _admit_way(kpi, op, plain(ask.text).replace(cut[0], f"{before} {_way(kpi)} {found['amount']}", 1))
        return Wished(query=query, op=op, target=target, period=period, due_on=due_on)
    assert change is not None
    percent = float(f"{change['sign']}{change['percent']}")
    goal = Goal(kpi=kpi.slug, op="<=", target=0.0, statistic=query.statistic, created_at=ask.now, created_by="")
    goal.filters = to_json(query)["filters"]
    baseline = goal_answer(ask.session, goal, RECENT, workspace=ask.workspace, now=ask.now).figure.value
    if baseline is None:
        raise BadRequest(f"{kpi.name} has no data to start from.", next_step=f"Say the number itself: `/cx {EXAMPLE}`.")
    target, op = target_of(baseline, percent), "<=" if percent < 0 else ">="
    turned = "+" if percent < 0 else "-"
    _admit_way(kpi, op, plain(ask.text).replace(cut[0], f"{turned}{change['percent']}%", 1))
    return Wished(query=query, op=op, target=target, period=period, baseline=baseline, due_on=due_on)


def _admit_way(kpi: Kpi, op: str, instead: str) -> None:
    """Raises BadRequest for a goal that wants it worse."""
    if kpi.good is Good.NEITHER or op == _way(kpi):
        return
    instead = f"goal {' '.join(instead.split())}"
    better = "higher" if kpi.good is Good.UP else "lower"
    raise BadRequest(f"{kpi.name} is better {better}.", next_step=f"Did you mean *{instead}*?", offers=(instead,))


def _query(ask: Ask, text: str) -> Query:
    found = read(re.sub(r"\b(is|to|at|of)\b", " ", text), now=ask.now, workspace=ask.workspace, session=ask.session)
    if found.query is None or found.kpi is None:
        mended = mended_in(plain(ask.text), found.text, found.suggestions[0]) if found.healed else ""
        step = f"Did you mean *goal {mended}*?" if mended else f"Such as `/cx {EXAMPLE}`."
        raise BadRequest(found.says, next_step=step, offers=(f"goal {mended}" if mended else EXAMPLE,))
    if isinstance(found.kpi.measure, Counted) and found.query.filters:
        raise BadRequest("Numbers that people enter have one goal for all.", next_step=f"Such as `/cx {EXAMPLE}`.")
    if about_agents(found.query):
        raise BadRequest("Goals are for teams, not for single agents.", next_step="Set it with *team:*.")
    return found.query


def _kept(ask: Ask, wished: Wished) -> Reply:
    scope = scope_of(wished.query.filters)
    same = (Goal.kpi == wished.query.kpi, Goal.scope == scope, Goal.period == wished.period)
    row = ask.session.exec(select(Goal).where(*same)).first()
    instead_of = view.goal_text(row) if row is not None else ""
    row = row or Goal(
        kpi=wished.query.kpi,
        scope=scope,
        period=wished.period,
        op=wished.op,
        target=wished.target,
        created_at=ask.now,
        created_by=ask.asker.user_id,
    )
    row.op, row.target, row.statistic, row.baseline = wished.op, wished.target, wished.query.statistic, wished.baseline
    here = ask.asker.channel_id if ask.asker.bot_is_here else ""
    row.due_on, row.judged, row.channel_id = wished.due_on, "", here or ask.asker.user_id
    row.filters = to_json(wished.query)["filters"]
    row.starts_on = local_date(ask.now, zone(ask.workspace.zone)) if wished.due_on else None
    row.created_by, row.created_at = ask.asker.user_id, ask.now
    stand = stand_of(ask.session, row, workspace=ask.workspace, now=ask.now)
    ask.session.add(row)
    ask.session.flush()
    write_audit(ask.session, ask.asker.user_id, "goal.set", {"goal": view.goal_text(row)}, ask.now)
    return Reply(message=view.kept_message(stand, instead_of if instead_of != view.goal_text(row) else ""))


def _listed(ask: Ask) -> Reply:
    rows = ask.session.exec(select(Goal).order_by(col(Goal.kpi), col(Goal.scope), col(Goal.period))).all()
    stands = []
    for row in rows:
        try:
            stands.append(stand_of(ask.session, row, workspace=ask.workspace, now=ask.now))
        except BadRequest:
            continue
    if not stands:
        return hint(
            "There is no goal yet.", f"Set one: `/cx {EXAMPLE}`, or see what is called good: `/cx goal frt`.", ("goal frt",)
        )
    return Reply(message=view.goals_message(stands))


def _benchmarks(ask: Ask, said: str) -> Reply:
    found = read(said, now=ask.now, workspace=ask.workspace, session=ask.session)
    if found.kpi is None or found.query is None:
        offers = tuple(f"goal {one}" for one in found.suggestions if found.healed and one.split()[0] != "goal")
        return hint(found.says, found.next_step if offers else f"Such as `/cx {EXAMPLE}`.", offers or (EXAMPLE,))
    kpi = found.kpi
    if not kpi.benchmarks:
        return hint(f"I know no benchmark for {kpi.name}.", f"Set your own: `/cx goal {kpi.slug} {_way(kpi)} ...`.")
    says = f"What is called good for {kpi.name}:\n{view.benchmarks_text(kpi)}"
    rules = dict.fromkeys(f"goal {view.benchmark_rule(kpi, one)}" for one in kpi.benchmarks)
    return hint(
        says,
        f"\nMake one yours, or set your own: `/cx goal {kpi.slug} {_way(kpi)} ...`. Your own past: `/cx {kpi.slug}`.",
        tuple(rules),
    )


def _way(kpi: Kpi) -> str:
    return ">=" if kpi.good is Good.UP else "<="


def _period(said: str) -> tuple[str, str]:
    found = EACH.search(said)
    if found is None:
        return "month", said
    word = (found["period"] or found["adverb"].removesuffix("ly")).lower()
    return (word if word in PERIODS else "month"), f"{said[: found.start()]} {said[found.end() :]}"


GOAL = Command(
    word="goal",
    usage="/cx goal csat >= 85%",
    says="Sets a goal, or shows how all of them stand; with a KPI alone, what the field calls good.",
    run=goals,
    also=("goals",),
    writes=True,
)
ACTIONS: tuple[Action, ...] = (
    Action(action=view.REMOVE, says="Removes a goal.", run=remove, writes=True),
    Action(action=view.CHART, says="Shows how a number has come along towards its goal.", run=chart),
)
