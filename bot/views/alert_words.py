"""What an alert says: its rule, what it found and what would end it, in words without markup."""

from __future__ import annotations

from bot.kpis import kpi_of
from bot.kpis.alert_rules import Rule, RuleKind
from bot.kpis.alert_watch import Seen
from bot.kpis.dimensions import PRIORITIES
from bot.kpis.kpi import Kpi, Unit
from bot.kpis.query import Query
from bot.views.say import duration_text, instant_text, noun, number_text, value_text

OP_WORDS = {">": "over", ">=": "at least", "<": "under", "<=": "at most"}


def rule_text(rule: Rule) -> str:
    """The rule as it is typed after `/cx alert`; reading it gives the same rule."""
    kpi = kpi_of(rule.query.kpi)
    filters = " ".join(str(one) for one in rule.query.filters)
    match rule.kind:
        case RuleKind.NUMBER:
            by = f"by {rule.query.splits[0]}" if rule.query.splits else ""
            words = [kpi.slug, rule.query.statistic or "", by, rule.op, "goal" if rule.limit is None else typed(kpi, rule.limit)]
            words.append(f"warn {typed(kpi, rule.warn)}" if rule.warn is not None else "")
            words += [f"{rule.query.clock} hours" if rule.query.clock else "", _window(rule.query, kpi)]
        case RuleKind.SLA:
            words = ["sla", f"{100 * (rule.limit or 0):.0f}%"]
        case RuleKind.ANOMALY:
            words = ["anomaly", kpi.slug, rule.query.statistic or ""]
        case RuleKind.SPIKE:
            words = ["spike", f"{rule.limit or 0:g}x"]
        case RuleKind.WORKLOAD:
            words = ["workload", f"{rule.limit or 0:g}x"]
    words += [filters, f"for {int(rule.hold.total_seconds() // 60)}m" if rule.hold else ""]
    return " ".join(word for word in words if word)


def typed(kpi: Kpi, value: float) -> str:
    """A limit as it is typed: `90m`, `85%`, `300`."""
    if kpi.unit is Unit.DURATION:
        whole = round(value)
        unit, size = next((unit, size) for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if whole % size == 0)
        return f"{whole // size}{unit}"
    return f"{value:.12g}{'%' if kpi.unit is Unit.PERCENT else ''}"


def title(rule: Rule, seen: Seen | None = None) -> str:
    """What it is about, short enough for a heading: `Backlog over 300`."""
    kpi, scope = kpi_of(rule.query.kpi), _scope(rule.query)
    match rule.kind:
        case RuleKind.NUMBER:
            said = f"{named(rule.query, kpi)} {OP_WORDS[rule.op]} {_limit(rule, seen)}{_group(rule, seen)}"
        case RuleKind.SLA:
            used = f"Targets at {100 * (rule.limit or 0):.0f}% of their time"
            said = f"Target of {seen.key}" if seen is not None and seen.key else used
        case RuleKind.ANOMALY:
            said = f"{named(rule.query, kpi)} unlike its weekday"
        case RuleKind.SPIKE:
            times = f"A category with {rule.limit or 0:g} times its usual tickets"
            said = f"Many tickets about {seen.key}" if seen is not None and seen.key else times
        case RuleKind.WORKLOAD:
            times = f"An agent with {rule.limit or 0:g} times the open tickets of the others"
            said = "Work is unevenly spread" if seen is not None else times
    return f"{said}{scope}"


def _group(rule: Rule, seen: Seen | None) -> str:
    """Which group it is about, or that each is watched."""
    if not rule.query.splits:
        return ""
    return f", {seen.key}" if seen is not None and seen.key else f", any {rule.query.splits[0]}"


def _limit(rule: Rule, seen: Seen | None) -> str:
    kpi = kpi_of(rule.query.kpi)
    if rule.limit is not None:
        return value_text(kpi, rule.limit)
    return "the goal" if seen is None or seen.limit is None else f"the goal of {value_text(kpi, seen.limit)}"


def finding(rule: Rule, seen: Seen, zone: str) -> str:
    """What was found, number first, in one or two sentences."""
    kpi = kpi_of(rule.query.kpi)
    value = value_text(kpi, seen.value)
    match rule.kind:
        case RuleKind.NUMBER:
            unit = f" {noun(kpi)}" if noun(kpi) else f" (n = {seen.n:,})"
            return f"{value}{unit}, {window_words(rule.query, kpi)}."
        case RuleKind.SLA:
            return _target(seen, zone)
        case RuleKind.ANOMALY:
            usual = value_text(kpi, seen.usual)
            unlike = f"(robust z {number_text(seen.limit or 0.0)}, n = {seen.n:,})"
            return f"Yesterday {value}; usual for the weekday is {usual} {unlike}."
        case RuleKind.SPIKE:
            times = (
                f"{seen.value / seen.usual:.1f} times a usual {seen.day or 'such day'} ({seen.usual:g})"
                if seen.usual and seen.value
                else "usually none"
            )
            return f"{value} tickets so far today, {times}."
        case RuleKind.WORKLOAD:
            others = f"the median of the others is {seen.usual or 0:g}"
            return f"One agent has {value} open tickets; {others}. {seen.n:,} are open in all."


def ends(rule: Rule, seen: Seen) -> str:
    """What would end it."""
    lasting = f" for {duration_text(rule.hold.total_seconds())}" if rule.hold else ""
    match rule.kind:
        case RuleKind.NUMBER if seen.clears is not None:
            way = "or less" if rule.op.startswith(">") else "or more"
            return f"Ends at {value_text(kpi_of(rule.query.kpi), seen.clears)} {way}{lasting}."
        case RuleKind.SLA:
            return "Ends when it is answered, solved or paused."
        case RuleKind.ANOMALY:
            return "Ends after a day like its kind (robust z under 2)."
        case RuleKind.SPIKE:
            return "Ends with the day, or when it is less than two thirds of what fires."
        case RuleKind.WORKLOAD:
            return "Ends when nobody has much more than the others."
        case _:
            return ""


def window_words(query: Query, kpi: Kpi) -> str:
    """Over which time: a stock stands at an instant."""
    return "now" if kpi.slug == "backlog" else query.window.text


def named(query: Query, kpi: Kpi) -> str:
    """`First response time p90`."""
    return " ".join(word for word in (kpi.name, query.statistic or "") if word)


def _target(seen: Seen, zone: str) -> str:
    one = seen.ticket
    if one is None:
        return f"{seen.key} runs no longer: answered, solved or paused, or broken two weeks ago."
    priority = f" Priority {PRIORITIES.get(one.priority, one.priority)}." if one.priority is not None else ""
    due = instant_text(one.due_at, zone)
    said = f"broke {due}" if one.is_broken else f"{100 * one.used:.0f}% of its time is used, due {due}"
    return f"{one.key}: {said}.{priority}"


def _window(query: Query, kpi: Kpi) -> str:
    return "" if kpi.slug == "backlog" else query.window.text


def _scope(query: Query) -> str:
    return f", {' '.join(str(one) for one in query.filters)}" if query.filters else ""
