"""Goals as people read them: where each stands, whether it is on pace, what became of it, and what the field calls good."""

from __future__ import annotations

from collections.abc import Sequence

from bot.kpis import kpi_of
from bot.kpis.goal_stand import Stand
from bot.kpis.goals import Verdict
from bot.kpis.kpi import Benchmark, Kpi
from bot.store.tables import Goal
from bot.views.alert_words import typed
from bot.views.blocks import TEXT, Block, actions, button, clip_mrkdwn, context, escape, header, section
from bot.views.message import Message
from bot.views.say import number_text, value_text
from bot.views.subscribed import is_person

REMOVE, CHART = "goal-remove", "goal-chart"
LISTED = 20
VERDICTS: dict[Verdict, str] = {
    "met": "✓ met",
    "missed": "✗ missed",
    "undecided": "undecided: the 95% interval lies on both sides",
    "thin": "no verdict: fewer than 20 cases",
    "unknown": "no data",
}


SO_FAR: dict[Verdict, str] = {**VERDICTS, "met": "✓ on target so far", "missed": "✗ off target so far"}


def goal_text(goal: Goal) -> str:
    """`csat >= 85.0% a month`, `frt <= 48 min by 2027-03-31, from 1 h`."""
    kpi = kpi_of(goal.kpi)
    words = [kpi.slug, goal.statistic or "", goal.op, value_text(kpi, goal.target), goal.scope]
    words.append(f"by {goal.due_on}" if goal.due_on else f"a {goal.period}")
    said = " ".join(word for word in words if word)
    return f"{said}, from {value_text(kpi, goal.baseline)}" if goal.baseline is not None else said


def stand_text(stand: Stand) -> str:
    """Where it stands, in a line: value, n, verdict so far and pace."""
    kpi = kpi_of(stand.goal.kpi)
    words = (VERDICTS if stand.over else SO_FAR)[stand.verdict]
    when = stand.window.label if stand.over else stand.window.text
    said = f"{value_text(kpi, stand.figure.value)} (n = {stand.figure.n:,}), {when}: "
    if stand.over or stand.pace is None or stand.figure.value is None or stand.verdict == "thin":
        return f"{said}{words}"
    words = "not there yet" if stand.verdict == "missed" else words
    way = "on pace" if stand.pace.on_pace else "behind"
    gone = number_text(100 * stand.pace.share, 0)
    return f"{said}{words}; {way}: {value_text(kpi, stand.pace.expected)} expected after {gone}% of the time"


def goals_message(stands: Sequence[Stand]) -> Message:
    """All goals with their buttons."""
    blocks: list[Block] = [header("Goals", "goals:title")]
    lines = []
    for one in stands[:LISTED]:
        said = f"*{escape(goal_text(one.goal))}*\n{escape(stand_text(one))}"
        lines.append(said)
        blocks.append(section(said, f"goals:{one.goal.id}"))
        blocks.append(_doors(one.goal))
    return Message(text=clip_mrkdwn("\n".join(["Goals", *lines]), TEXT), blocks=tuple(blocks))


def _doors(goal: Goal) -> Block:
    return actions(
        [button("Chart", CHART, str(goal.id)), button("Remove", REMOVE, str(goal.id))],
        f"goals:do:{goal.id}",
    )


def kept_message(stand: Stand, instead_of: str = "") -> Message:
    """A goal that was just set, and the one whose place it takes."""
    said = f"Goal: *{escape(goal_text(stand.goal))}*\nNow: {escape(stand_text(stand))}"
    said += f"\nIt takes the place of: {escape(instead_of)}" if instead_of else ""
    where = "to you alone" if is_person(stand.goal.channel_id) else "here"
    small = f"Digests show it; `/cx goal` lists all, and its end-of-period verdict comes {where}."
    blocks = (section(said, "goal:kept"), context([small], "goal:small"), _doors(stand.goal))
    return Message(text=clip_mrkdwn(said, TEXT), blocks=blocks)


def benchmarks_text(kpi: Kpi) -> str:
    """What the field calls good, each with its source; never a verdict."""
    return "\n".join(benchmark_text(kpi, one) for one in kpi.benchmarks)


def benchmark_text(kpi: Kpi, one: Benchmark) -> str:
    """`above 75 % is strong: >= 75.0% (Mojo Helpdesk)`."""
    return f"{one.says}: {one.op} {value_text(kpi, one.target)} ({one.source})"


def benchmark_rule(kpi: Kpi, one: Benchmark) -> str:
    """A benchmark as a goal is typed: `frt <= 1h channel:social`."""
    return " ".join(
        word for word in (kpi.slug, one.op, typed(kpi, one.target), f"channel:{one.channel}" if one.channel else "") if word
    )


def verdict_payload(stand: Stand) -> dict[str, object]:
    """What became of a goal, told once when its period is over."""
    said = f"Goal {escape(goal_text(stand.goal))}: {escape(stand_text(stand))}."
    return {"text": clip_mrkdwn(said, TEXT), "blocks": [section(said, "goal:verdict")]}
