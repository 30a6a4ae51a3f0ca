"""The digest: to be read in ten seconds on a phone, heard whole by those who cannot see it, with the rest in its thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bot.kpis.answer import Answer
from bot.kpis.kpi import Stock
from bot.views.answer_chart import answer_chart, finding
from bot.views.answer_labels import short_name, step_labels
from bot.views.answer_text import message_text, number_lines
from bot.views.blocks import TEXT, Block, actions, button, clip, clip_mrkdwn, context, escape, fields, header, image, section
from bot.views.buttons import SHOW
from bot.views.card import receipt
from bot.views.chart_spec import BacklogChart, ChartSpec, KpiRow, KpiStrip
from bot.views.digest_charts import detail_chart
from bot.views.digest_words import (
    NO_NEWS,
    Edition,
    day_text,
    delta,
    goal_text,
    headline_sentence,
    mood,
    news_of,
    no_news,
    push_line,
)
from bot.views.judging import needs_mark
from bot.views.message import Message
from bot.views.say import age_text, number_text, size_text, value_text
from bot.views.sentences import Freshness, freshness, n_text, when_text
from bot.views.ticket_list import oldest_page

NUMBERS, DOORS, BELOW = 6, 4, 4
HEADING = 40
WHY_STALE = "`/cx status` says why."
RECENT = 7
JUDGED_FROM = 20
STANDING = "backlog"
PILE = frozenset({STANDING, "volume", "solved"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message for the channel, and what its thread holds."""

    parent: Message
    details: tuple[Message, ...] = ()


def digest(edition: Edition) -> Digest:
    """The digest of an edition. Its pictures are placeholders, `chart:0` the KPI strip, `chart:1` what changed most."""
    if not edition.answers:
        why = f"nothing new is known. ⚠ {edition.stale}. {WHY_STALE}" if edition.stale else "there are no numbers yet."
        words = f"{edition.scope}, {day_text(edition.day)}: {why}"
        return Digest(parent=Message(text=escape(words), blocks=(section(escape(words), "digest:empty"),)))
    details = [detail(answer, detail_chart(edition, answer)) for answer in edition.details]
    pile = backlog_chart(edition)
    if pile is not None and not isinstance(chosen_chart(edition), BacklogChart):
        details.insert(0, _pictured(pile))
    if edition.stragglers:
        total = next(answer.figure.value for answer in edition.answers if answer.kpi.slug == STANDING)
        details.append(oldest_page(edition.stragglers, total=total or 0, block=f"digest:{edition.day}:oldest"))
    return Digest(parent=_parent(edition), details=tuple(details))


def quiet_digest(edition: Edition) -> Message:
    """One line, for a day on which nothing moved."""
    nothing = f"{NO_NEWS[0].lower()}{NO_NEWS[1:]}" if not stale_text(edition) else "nothing new is known, for the data are stale."
    words = f"{edition.scope}, {day_text(edition.day)}: {nothing} {push_line(edition)}"
    line = clip_mrkdwn(f"{escape(words)} · {' · '.join(escape(own) for own in small_print(edition))}", TEXT)
    return Message(text=line, blocks=(section(line, f"digest:{edition.day}:quiet"),))


def _pictured(chart: ChartSpec) -> Message:
    """A picture with its words, for the thread."""
    return Message(
        text=clip_mrkdwn(escape(chart.alt), TEXT), blocks=(image(0, chart.alt, "detail:backlog:picture"),), charts=(chart,)
    )


def detail(answer: Answer, spec: ChartSpec | None = None) -> Message:
    """One number in full, for the thread: what it says, its picture, its receipt. What only the picture tells is in its words."""
    own = answer_chart(answer)
    spec = spec or own
    told = f"\n{escape(spec.alt)}" if spec is not None and type(spec) is not type(own) else ""
    block = f"detail:{answer.kpi.slug}:{'-'.join(answer.query.splits)}"
    said_first = "\n".join(escape(line) for line in number_lines(answer) if line)
    return Message(
        text=clip_mrkdwn(f"{message_text(answer)}{told}", TEXT),
        blocks=(
            section(said_first, f"{block}:number"),
            *((image(0, spec.alt, f"{block}:picture"),) if spec is not None else ()),
            context(receipt(answer), f"{block}:receipt"),
        ),
        charts=(spec,) if spec is not None else (),
    )


def small_print(edition: Edition) -> list[str]:
    """Window, zone, tickets counted, how fresh; what went wrong, said by ourselves; and what else is in the thread."""
    first, age = edition.answers[0], _age(edition)
    counted = next((answer for answer in edition.answers if answer.kpi.slug == "volume"), first)
    lines = [
        f"{first.window.label} · {n_text(counted)}",
        f"{'⚠ ' if age.stale else ''}{age.says[0].upper()}{age.says[1:]}{f'. {WHY_STALE}' if age.stale else ''}",
    ]
    lines += [f"Sent {age_text(edition.late.total_seconds())} late."] if edition.late is not None else []
    lines += [f"Not sent: {', '.join(edition.missed)}."] if edition.missed else []
    more = len(edition.below) - BELOW
    return [*lines, *edition.below[:BELOW], *([f"{more} more in the thread."] if more > 0 else [])]


def stale_text(edition: Edition) -> str:
    """How old stale data are; empty for fresh ones."""
    age = _age(edition)
    return age.says if age.stale else ""


def _age(edition: Edition) -> Freshness:
    """How fresh the stalest of the numbers is."""
    ages = [freshness(answer) for answer in edition.answers]
    return next((one for one in ages if one.stale), ages[0])


def takeaway(edition: Edition) -> str:
    """What changed and against what, as mrkdwn; ahead of it, that the data are stale where they are."""
    stale = stale_text(edition)
    said = f"*{escape(headline_sentence(edition))}*"
    return f":warning: {escape(stale)}\n{said}" if stale else said


def chosen_chart(edition: Edition) -> ChartSpec | None:
    """The picture of what changed most: its days before; of the pile, why it grows; so too where nothing changed.

    Its title is the news, for the number of all these days together is nobody's question."""
    first = next(iter(news_of(edition)), None)
    trend = edition.trends.get(first.kpi.slug) if first is not None else None
    if first is None or first.kpi.slug in PILE or trend is None or len(trend.series) < 2:
        return backlog_chart(edition)
    chart = answer_chart(trend)
    return replace(chart, title=finding(first)) if chart is not None else backlog_chart(edition)


def kpi_strip(edition: Edition) -> KpiStrip:
    """The numbers with their small lines, as one picture."""
    news = news_of(edition)
    flows = [answer for answer in edition.answers if not isinstance(answer.kpi.measure, Stock)]
    first = (*flows, *edition.answers)[0]
    return KpiStrip(
        title=finding(news[0]) if news else no_news(edition),
        subtitle=f"{day_text(edition.day)} · {when_text(first, first.window)}",
        footer=f"Small lines: the days before · dashed = goal · times in {first.window.zone}",
        rows=tuple(_strip_row(edition, answer) for answer in edition.answers[:NUMBERS]),
    )


def backlog_chart(edition: Edition) -> BacklogChart | None:
    """Is the pile growing, and why? None unless backlog, volume and solved are known for the same days."""
    trends = [edition.trends.get(slug) for slug in ("backlog", "volume", "solved")]
    if any(trend is None or len(trend.series) < 2 for trend in trends):
        return None
    open_tickets, created, solved = (trend for trend in trends if trend is not None)
    starts = [step.start for step in open_tickets.series]
    if any([step.start for step in trend.series] != starts for trend in (created, solved)):
        return None
    zone = ZoneInfo(open_tickets.window.zone)
    goal = edition.goals.get("backlog")
    return BacklogChart(
        title=backlog_finding(open_tickets),
        subtitle=f"Created and solved per day · {when_text(created, created.window)}",
        footer=f"Times in {open_tickets.window.zone}",
        days=tuple(step_labels(open_tickets)),
        backlog=_values(open_tickets),
        created=_values(created),
        solved=_values(solved),
        marks=tuple(place for place, start in enumerate(starts) if start.astimezone(zone).weekday() == 0),
        goal=goal.target if goal is not None else None,
        goal_text=f"goal {number_text(goal.target, 0)}" if goal is not None else "",
        recent=min(RECENT, len(starts)),
        partial=open_tickets.series[-1].partial,
    )


def backlog_finding(trend: Answer) -> str:
    """`Backlog up 11% in a week, to 427 open`; steady within 2 %; no claim on few tickets."""
    known = [value for value in _values(trend) if value is not None]
    now = known[-1] if known else None
    if now is None:
        return "Backlog: no data"
    open_now = f"{number_text(now, 0)} open"
    if len(known) <= RECENT or max(now, known[-1 - RECENT]) < JUDGED_FROM or not known[-1 - RECENT]:
        return f"Backlog: {open_now}"
    change = 100 * (now / known[-1 - RECENT] - 1)
    if abs(change) < 2:
        return f"Backlog steady at {open_now}"
    return f"Backlog {'up' if change > 0 else 'down'} {size_text(change, 'percent')} in a week, to {open_now}"


def _parent(edition: Edition) -> Message:
    charts: list[ChartSpec] = [kpi_strip(edition)]
    chosen = chosen_chart(edition)
    charts += [chosen] if chosen is not None else []
    block = f"digest:{edition.day}"
    small = [escape(line) for line in small_print(edition)]
    doors = _doors(edition)
    return Message(
        text=heard(edition),
        blocks=(
            header(clip(f"{edition.scope} · {day_text(edition.day)}", HEADING), f"{block}:title"),
            section(takeaway(edition), f"{block}:takeaway"),
            fields([_field(edition, answer) for answer in edition.answers[:NUMBERS]], f"{block}:numbers"),
            *(image(slot, chart.alt, f"{block}:chart:{slot}") for slot, chart in enumerate(charts)),
            context(small, f"{block}:receipt"),
            *([actions(doors, f"{block}:doors")] if doors else []),
        ),
        charts=tuple(charts),
    )


def heard(edition: Edition) -> str:
    """The push line first; then every number in whole words for those who hear only this."""
    told = [": ".join(line for line in number_lines(answer)[:2] if line) for answer in edition.answers]
    first = f"{'⚠ Stale · ' if stale_text(edition) else ''}{push_line(edition)}"
    return clip_mrkdwn(escape("\n".join([first, *told, *small_print(edition)])), TEXT)


def _field(edition: Edition, answer: Answer) -> str:
    few = "only " if needs_mark(answer.kpi, answer.figure) else ""
    goal = goal_text(answer, edition.goals.get(answer.kpi.slug))
    beside = (delta(answer), answer.statistic or "", goal, f"{few}n={answer.figure.n:,}")
    second = " · ".join(part for part in beside if part)
    return f"*{escape(_value(answer))}* {escape(short_name(answer.kpi))}\n{escape(second)}"


def _strip_row(edition: Edition, answer: Answer) -> KpiRow:
    """Name over note, value, small line, change; how few there were is in the note and in the fading, not beside the value."""
    goal, trend = edition.goals.get(answer.kpi.slug), edition.trends.get(answer.kpi.slug)
    note = (answer.statistic or "", goal_text(answer, goal) or f"n={answer.figure.n:,}")
    return KpiRow(
        name=short_name(answer.kpi),
        value=_value(answer),
        note=" · ".join(part for part in note if part),
        series=_values(trend) if trend is not None else (),
        goal=goal.target if goal is not None else None,
        delta=delta(answer),
        mood=mood(answer),
        partial=bool(trend is not None and trend.series and trend.series[-1].partial),
    )


def _value(answer: Answer) -> str:
    return value_text(answer.kpi, answer.figure.value, answer.currency, answer.clock)


def _values(trend: Answer) -> tuple[float | None, ...]:
    return tuple(step.figure.value for step in trend.series)


def _doors(edition: Edition) -> list[Block]:
    known = [(answer, edition.query_ids[answer.kpi.slug]) for answer in edition.answers if answer.kpi.slug in edition.query_ids]
    return [button(short_name(answer.kpi), f"{SHOW}:{place}", query) for place, (answer, query) in enumerate(known[:DOORS])]
