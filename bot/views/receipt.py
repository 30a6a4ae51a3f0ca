"""The receipt in full: by which rule a number came about, from which parts, over what, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable

from bot.kpis.answer import Answer, Figure, Source
from bot.kpis.kpi import Counted, Unit
from bot.views.answer_text import asked
from bot.views.blocks import TEXT, actions, button, clip_mrkdwn, context, escape, header, one_line, section
from bot.views.buttons import CSV, TICKETS
from bot.views.help_text import formula
from bot.views.message import Message
from bot.views.say import NO_DATA, instant_text, interval_text, number_text, value_text
from bot.views.sentences import clock_text, freshness, headline, left_out, n_text, notes, said, takeaway, waiting, window_text


def receipt_message(answer: Answer, query_id: str) -> Message:
    """Everything behind a number, as headings with their words, and the way to its tickets."""
    told = receipt_facts(answer)
    title = f"How {said(answer, answer.figure)} came about"
    doors = [] if isinstance(answer.kpi.measure, Counted) else [button("Tickets", TICKETS, query_id)]
    return Message(
        text=clip_mrkdwn(escape("\n".join([title, headline(answer), *(f"{name}: {words}" for name, words in told)])), TEXT),
        blocks=(
            header(title, f"why:{query_id}:title"),
            section(escape(headline(answer)), f"why:{query_id}:number"),
            *(section(f"*{name}*\n{escape(words)}", f"why:{query_id}:{place}") for place, (name, words) in enumerate(told)),
            context([f"`{escape(asked(answer)).replace('`', chr(39))}`"], f"why:{query_id}:asked"),
            actions([*doors, button("CSV", CSV, query_id)], f"why:{query_id}:doors"),
        ),
    )


def receipt_facts(answer: Answer) -> list[tuple[str, str]]:
    """What made the number, as a heading and its words; empty ones are left out."""
    filters = ", ".join(one_line(str(one)) for one in answer.query.filters)
    interval = interval_text(answer.figure.interval) if answer.figure.interval else ""
    facts = [
        ("Definition", answer.definition),
        ("Formula", formula(answer.kpi.measure)),
        ("Parts", parts_text(answer, answer.figure)),
        ("Counted", "; ".join(part for part in (n_text(answer), interval, clock_text(answer), waiting(answer)) if part)),
        ("Window", f"{window_text(answer)} ({_bounds(answer)})"),
        ("Filters", filters),
        ("Compared", _compared(answer)),
        ("Left out", left_out(answer)),
        ("Rules", f"profile {answer.profile}"),
        ("Data", "; ".join(_source(source, answer.window.zone) for source in answer.sources) or freshness(answer).says),
        ("Notes", " ".join(notes(answer))),
    ]
    return [(name, words) for name, words in facts if words]


def parts_text(answer: Answer, figure: Figure) -> str:
    """What the value is made of: counts and sums as they are, times as times."""
    return ", ".join(f"{name.replace('_', ' ')} {_part(answer, name, value)}" for name, value in figure.parts.items())


def _part(answer: Answer, name: str, value: float | None) -> str:
    if value is None:
        return NO_DATA
    if answer.kpi.unit is Unit.DURATION and name != "count":
        return value_text(answer.kpi, value, answer.currency, answer.clock)
    return number_text(value, 0 if value == int(value) else 2)


def _compared(answer: Answer) -> str:
    before = answer.previous
    if before is None:
        return ""
    return f"{said(answer, before.figure)}, n={before.figure.n:,}, {before.window.label}. {takeaway(answer)}"


def _bounds(answer: Answer) -> str:
    zone = answer.window.zone
    first, last = (instant_text(at, zone) for at in (answer.window.start, answer.window.end))
    return f"from {first} until just before {last}"


def _source(source: Source, zone: str) -> str:
    told: Iterable[str] = (
        one_line(source.name, 40),
        f"synced {instant_text(source.synced_at, zone)}" if source.synced_at else "never synced",
        f"known from {instant_text(source.covered_from, zone)}" if source.covered_from else "",
    )
    return " ".join(part for part in told if part)
