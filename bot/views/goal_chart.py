"""A goal along time: the number, its target, and the line on which it should be where the goal has a last day."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.clock import local_date
from bot.kpis import kpi_of
from bot.kpis.answer import Answer
from bot.kpis.goal_stand import Stand
from bot.kpis.goals import pace
from bot.kpis.kpi import Unit
from bot.views.answer_chart import scaled
from bot.views.answer_labels import part_text, short_name, step_labels
from bot.views.blocks import TEXT, clip_mrkdwn, escape, image, section
from bot.views.chart_spec import Line, Point, Series
from bot.views.goal import SO_FAR, VERDICTS, goal_text, stand_text
from bot.views.labels import clean
from bot.views.message import Message
from bot.views.say import HOUR, MINUTE, value_text

TITLE = 42


def chart_message(stand: Stand, answer: Answer) -> Message:
    """Where a goal stands, with the chart of how it came there."""
    chart = goal_chart(stand, answer)
    said = f"*{escape(goal_text(stand.goal))}*\n{escape(stand_text(stand))}"
    blocks = [section(said, "goal:stands"), *([image(0, chart.alt, "goal:chart")] if chart is not None else [])]
    spoken = escape(chart.alt) if chart is not None else ""
    text = clip_mrkdwn(f"{said}\n{spoken}".strip(), TEXT)
    return Message(text=text, blocks=tuple(blocks), charts=(chart,) if chart is not None else ())


def goal_chart(stand: Stand, answer: Answer) -> Series | None:
    """`answer` is the goal's number step by step; None where none of the steps has a value."""
    goal, kpi = stand.goal, kpi_of(stand.goal.kpi)
    unit, values = scaled(answer, [step.figure for step in answer.series])
    if all(value is None for value in values):
        return None
    size = {"h": HOUR, "min": MINUTE}.get(unit, 1) if kpi.unit is Unit.DURATION else 1
    where = ZoneInfo(answer.window.zone)
    expected = [pace(goal, 0.0, local_date(step.end, where)) for step in answer.series]
    line = tuple(None if one is None else one.expected / size for one in expected)
    texts = tuple("" if one is None else value_text(kpi, one.expected) for one in expected)
    labels = step_labels(answer)
    return Series(
        title=finding(stand),
        subtitle=clean(goal_text(goal), 90),
        footer=answer.window.label,
        name=f"per {answer.query.grain or 'period'}",
        points=tuple(
            Point(label=label, value=value, text=value_text(kpi, step.figure.value))
            for label, value, step in zip(labels, values, answer.series, strict=True)
        ),
        others=(Line(name="pace", values=line, texts=texts),) if any(value is not None for value in line) else (),
        goal=goal.target / size,
        goal_text=f"goal {value_text(kpi, goal.target)}",
        unit=unit,
        first_part=part_text(answer, 0) if len(answer.series) > 1 else "",
        last_part=part_text(answer, -1),
    )


def finding(stand: Stand) -> str:
    """`CSAT 91.2%: on target so far`, `First reply 48 min: behind its pace`; few cases get no verdict."""
    kpi = kpi_of(stand.goal.kpi)
    value = value_text(kpi, stand.figure.value)
    if stand.pace is not None and not stand.over and stand.verdict not in ("thin", "unknown"):
        said = "on pace" if stand.pace.on_pace else "behind its pace"
    else:
        said = (VERDICTS if stand.over else SO_FAR)[stand.verdict].partition(":")[0].strip("✓✗ ")
    whole = f"{short_name(kpi)} {value}: {said}"
    return whole if len(whole) <= TITLE else clean(f"{value}: {said}", TITLE)
