"""What an answer says, sentence by sentence, in plain words: text, card, receipt and digest are put together from these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.kpis.answer import Answer, Figure, Previous, Source
from bot.kpis.known import STALE_AFTER, is_being_read, is_unread, read_until
from bot.kpis.kpi import Count, Counted, Duration, Flow, Quotient, Stock
from bot.views.blocks import one_line
from bot.views.judging import needs_mark, sample, verdict
from bot.views.say import (
    age_text,
    change_text,
    counted_text,
    instant_text,
    interval_text,
    noun,
    value_text,
)
from bot.windows import Window

BESIDE = ("median", "mean", "p90")
WIDER = ("last 30 days", "last 90 days", "all time")


def said(answer: Answer, figure: Figure) -> str:
    """A figure's value in the words of its KPI, with the mark of a very small sample: `66.7% (only n=3)`."""
    mark = _mark(answer, figure)
    return f"{value_of(answer, figure)} ({mark})" if mark else value_of(answer, figure)


def value_of(answer: Answer, figure: Figure) -> str:
    return value_text(answer.kpi, figure.value, answer.currency, answer.clock)


def headline(answer: Answer) -> str:
    """The number first, then what it is: `38 min · First response time (median) · channel:email`.

    A rate has its interval beside it: `75.0% (95% interval 66-82) · Customer satisfaction`."""
    kind, beside = noun(answer.kpi), "; ".join(part for part in (_mark(answer, answer.figure), _interval(answer.figure)) if part)
    value = f"{value_of(answer, answer.figure)} ({beside})" if beside else value_of(answer, answer.figure)
    if kind and answer.figure.value is not None:
        value = counted_text(round(answer.figure.value), kind)
    what = "" if kind == answer.kpi.name else answer.kpi.name
    manner = answer.statistic or ("flow ratio" if answer.kpi.may_pass_100 else "")
    name = f"{what} ({manner})" if manner else what
    return " · ".join(part for part in (value, name, *(one_line(str(f)) for f in answer.query.filters)) if part)


def takeaway(answer: Answer) -> str:
    """One sentence: what changed, as far as the numbers carry it; or why there is no number. Empty without a comparison."""
    if answer.figure.value is None:
        return missing(answer)
    before = answer.previous
    if before is None:
        return ""
    then, when = value_of(answer, before.figure), when_text(answer, before.window)
    if before.figure.value is None:
        return f"Nothing to compare with: no data for {when}."
    if before.change is None:
        return f"It was {then} ({when}){_incomparable(answer, before)}."
    kind = verdict(answer)
    if kind == "thin":
        return f"It was {said(answer, before.figure)} ({when}); too few to judge."
    change = f"{change_text(before.change, before.change_unit)} from {then} ({when})"
    endings = {"better": ", better", "worse": ", worse", "chance": ", which may be chance"}
    return f"{change}{endings.get(kind, '')}."


def _incomparable(answer: Answer, before: Previous) -> str:
    """Why no change is told, where there would be one."""
    kind = answer.kpi.measure
    if before.entered is not None and isinstance(kind, Counted):
        here, there = before.entered
        return f"; {kind.what} are entered for {here:,} days of this window and {there:,} of that one, too unlike to compare"
    known = [known_from(s, before.window) for s in answer.sources]
    later = " and ".join(words for words in known if words) if before.figure.value else ""
    read = read_until(answer)
    if not later and read is not None and not isinstance(kind, Stock):
        later = f"this window is known only until {instant_text(read.oldest, answer.window.zone)}"
    return f"; not compared, because {later}" if later else ""


def missing(answer: Answer) -> str:
    """Why there is no number."""
    if is_being_read(answer):
        return f"Nothing was found yet of {when_text(answer, answer.window)}: {uncovered(answer)}. /cx sync says how far it is."
    if _is_empty(answer):
        return answer.notes[0]
    if is_unread(answer):
        return f"Nothing is known of {when_text(answer, answer.window)}: no help desk was read since. /cx status says why."
    kind = answer.kpi.measure
    if isinstance(kind, Counted) and answer.figure.parts.get(kind.top) is None:
        what = "costs were" if kind.top == "cost" else "customer counts were"
        return f"No {what} entered for {when_text(answer, answer.window)}."
    if answer.figure.n:
        return next(iter(answer.notes), f"{n_text(answer)}, which come to no one number.")
    return f"No {rests_on(answer) or 'data'} in {when_text(answer, answer.window)}."


def way_out(answer: Answer) -> str:
    """A command that may find what this one did not; empty where none would."""
    kind = answer.kpi.measure
    if answer.figure.value is not None or answer.figure.n or isinstance(kind, Counted) or _is_empty(answer):
        return ""
    wider = next((text for text in WIDER if text != answer.window.text and _wider(text, answer.window)), "")
    return replace(answer.query, window=replace(answer.window, text=wider)).text() if wider else ""


def next_step(answer: Answer) -> str:
    """What to do about a missing number, in words."""
    kind = answer.kpi.measure
    if answer.figure.value is None and isinstance(kind, Counted) and answer.figure.parts.get(kind.top) is None:
        enter = "/cx cost 50000 EUR for Oct" if kind.top == "cost" else "/cx customers 100 joined 15 lost 10 for Q3"
        return f"Enter them, for example: {enter}"
    wider = way_out(answer)
    return f"Try a wider window: /cx {wider}" if wider else ""


def spread(answer: Answer) -> str:
    """What stands beside the headline of a duration: `mean 52 min, p90 2 h 10 min`."""
    if not isinstance(answer.kpi.measure, Duration) or answer.figure.value is None:
        return ""
    beside = [(name, answer.figure.parts.get(name)) for name in BESIDE if name != answer.statistic]
    return ", ".join(f"{name} {value_text(answer.kpi, part, answer.currency, answer.clock)}" for name, part in beside)


def waiting(answer: Answer) -> str:
    """What has not happened yet: `9 still waiting for a first response, oldest 5 h 12 min`."""
    kind = answer.kpi.measure
    if not answer.pending or not isinstance(kind, Duration) or kind.pending is None:
        return ""
    oldest = answer.oldest_pending
    age = f", oldest {age_text((answer.as_of - oldest).total_seconds())}" if oldest is not None else ""
    return f"{answer.pending:,} {kind.pending.says}{age}"


def when_text(answer: Answer, window: Window) -> str:
    """The window without its zone, which is said once; for a stock the instant it was taken at."""
    if isinstance(answer.kpi.measure, Stock):
        return instant_text(window.end, window.zone)
    return window.label.removesuffix(f", {window.zone}")


def window_text(answer: Answer) -> str:
    """The resolved window as it is echoed, zone included."""
    if isinstance(answer.kpi.measure, Stock):
        return f"at {instant_text(answer.window.end, answer.window.zone)}, the end of {answer.window.label}"
    return answer.window.label


def n_text(answer: Answer) -> str:
    """`n=214 first responses`."""
    return f"n={answer.figure.n:,} {rests_on(answer)}".rstrip()


def rests_on(answer: Answer) -> str:
    """What the n rows are."""
    match answer.kpi.measure:
        case Stock(says=says):
            return says
        case Counted(bottom=Count() as count) | Quotient(bottom=Count() as count) | (Count() as count):
            return count.says or count.flow.says
        case Counted():
            return "customers at the start"
        case kind:
            flow_of: Flow = kind.flow
            return flow_of.says


def clock_text(answer: Answer) -> str:
    return f"{answer.clock} hours" if isinstance(answer.kpi.measure, Duration) else f"{answer.clock} time"


def left_out(answer: Answer) -> str:
    """`3 left out: 2 spam, 1 merged`."""
    if not answer.exclusions:
        return "nothing left out"
    reasons = ", ".join(f"{n:,} {one_line(reason, 40)}" for reason, n in answer.exclusions.items())
    return f"{sum(answer.exclusions.values()):,} left out: {reasons}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The oldest source's last sync, None where one was never synced; `stale` when that is more than two hours ago."""

    as_of: datetime | None
    stale: bool
    says: str


def freshness(answer: Answer) -> Freshness:
    """How old the data behind an answer are; stale data are shown with a warning, never hidden."""
    zone = answer.window.zone
    never = [one_line(source.name, 40) for source in answer.sources if source.synced_at is None]
    if never:
        return Freshness(as_of=None, stale=True, says=f"{', '.join(never)} has never been synced")
    synced = [source.synced_at for source in answer.sources if source.synced_at is not None]
    if not synced:
        return Freshness(as_of=None, stale=False, says="no sync on record")
    oldest = min(synced)
    says = f"data as of {instant_text(oldest, zone)}, {zone}"
    if answer.as_of - oldest <= STALE_AFTER:
        return Freshness(as_of=oldest, stale=False, says=says)
    age = age_text((answer.as_of - oldest).total_seconds())
    return Freshness(as_of=oldest, stale=True, says=f"Stale: {says}, {age} old")


def uncovered(answer: Answer) -> str:
    """Said where a source's history begins only after the window does, or is not all read yet; empty where it covers the
    window."""
    return "; ".join(said for source in answer.sources if (said := _short(source, answer)))


def known_from(source: Source, window: Window) -> str:
    """`zendesk is known only from Mon 11 Nov 2024, 00:00`, where its history begins later than the window."""
    start = source.covered_from
    if start is None or start <= window.start:
        return ""
    return f"{one_line(source.name, 40)} is known only from {instant_text(start, window.zone)}"


def _short(source: Source, answer: Answer) -> str:
    name, known = one_line(source.name, 40), known_from(source, answer.window)
    if source.read_share is None and source.is_first:
        return f"{known}, and is still being read" if known else f"{name} is still being read for the first time"
    if source.read_share is None:
        return known
    share = f"{min(100 * source.read_share, 99):.0f} %"
    return f"{known}, and {share} of it has been read so far" if known else f"{name} has been read only to {share} so far"


def notes(answer: Answer) -> list[str]:
    """What a reader must know besides, in whole sentences."""
    own = [note for note in answer.notes if note != takeaway(answer)]
    short = uncovered(answer)
    ratio = "A flow ratio: it may pass 100 %, because it divides two different populations." if answer.kpi.may_pass_100 else ""
    return [*own, *([f"{short}."] if short else []), *([ratio] if ratio else [])]


def _mark(answer: Answer, figure: Figure) -> str:
    return f"only n={sample(answer.kpi, figure):,}" if needs_mark(answer.kpi, figure) else ""


def _interval(figure: Figure) -> str:
    return interval_text(figure.interval) if figure.interval and figure.value is not None else ""


def _is_empty(answer: Answer) -> bool:
    """Whether there is nothing at all to count yet, as the answer itself notes."""
    return bool(answer.notes) and answer.notes[0].startswith("No tickets yet")


def _wider(text: str, window: Window) -> bool:
    days = {"last 30 days": 30, "last 90 days": 90}.get(text)
    return days is None or window.end - window.start < timedelta(days=days)
