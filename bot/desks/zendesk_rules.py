"""Zendesk's business hours, holidays and service-level policies, as ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.desks.fields import Json, known, name_of, objects, text_of, whole
from bot.desks.zendesk_words import PRIORITIES, SLA_METRICS, VIA_IDS, channel_of, priority_of
from bot.desks.zendesk_zones import iana_zone
from bot.store.records import BadRecord, Record, ScheduleRecord, SlaPolicyRecord, Target
from bot.store.words import Channel

WEEK = 7 * 1440
SUNDAY = 6 * 1440
"""Where Zendesk's week begins in ours, which begins on Monday."""
LONGEST_HOLIDAY_DAYS = 400
MEMBERS = {"is", "includes", "equals", "any", "contains", "include_any", "in"}
OTHERS = {"is_not", "not_includes", "excludes", "not_equals", "not_in"}

Week = tuple[tuple[int, int], ...]
Matches = dict[str, tuple[str, ...]]


def schedule(told: Json, holidays: Iterable[Json], *, is_default: bool) -> Record:
    """A schedule with its days off, or why it cannot be kept."""
    external_id = name_of(told.get("id")) or "?"
    zone = iana_zone(text_of(told.get("time_zone")))
    if zone is None:
        return BadRecord(stream="schedules", external_id=external_id, reason="Its time zone is none that we know.")
    days = sorted({day for each in holidays for day in _days(each)})
    name = text_of(told.get("name")) or external_id
    return ScheduleRecord(
        external_id=external_id, name=name, zone=zone, week=week(told), holidays=tuple(days), is_default=is_default
    )


def week(told: Json) -> Week:
    """The intervals as minutes from Monday; one over midnight of Sunday is cut there."""
    found: list[tuple[int, int]] = []
    for interval in objects(told.get("intervals")):
        start, end = whole(interval.get("start_time")), whole(interval.get("end_time"))
        if start is not None and end is not None and 0 <= start < end <= WEEK:
            found += list(_cut(start + SUNDAY, end + SUNDAY))
    return tuple(sorted(found))


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Within one week: an end at the week's own end is written 0."""
    if start < WEEK < end:
        yield start, 0
        yield 0, end - WEEK
    else:
        yield start % WEEK, end % WEEK


def _days(holiday: Json) -> Iterator[str]:
    try:
        first = date.fromisoformat(text_of(holiday.get("start_date"))[:10])
        last = date.fromisoformat(text_of(holiday.get("end_date"))[:10] or first.isoformat())
    except ValueError:
        return
    for number in range(min((last - first).days + 1, LONGEST_HOLIDAY_DAYS)):
        yield (first + timedelta(days=number)).isoformat()


def policy(told: Json, position: int, teams: Sequence[str]) -> Record:
    """A service-level policy, or why it cannot be judged here: never a policy that promises something to other tickets."""
    external_id = name_of(told.get("id")) or "?"
    conditions, choices = _conditions(told, "all"), _conditions(told, "any")
    matches: Matches = {}
    for each in [*conditions, *_together(choices)]:
        found = _match(each, teams)
        if found is None:
            reason = f"It asks for a {_safe(each.get('field'))}, which cx cannot judge: its targets count for nobody."
            return BadRecord(stream="policies", external_id=external_id, reason=reason)
        name, values = found
        matches[name] = tuple(value for value in matches[name] if value in values) if name in matches else values
    return SlaPolicyRecord(
        external_id=external_id,
        name=text_of(told.get("title")) or external_id,
        position=whole(told.get("position")) or position,
        matches=matches,
        targets=tuple(_targets(told)),
    )


def _conditions(told: Json, name: str) -> list[Json]:
    return list(objects(known(told.get("filter")).get(name)))


def _together(choices: Sequence[Json]) -> list[Json]:
    """Alternatives about one field are one condition; over several fields we cannot judge them."""
    if len(choices) < 2:
        return list(choices)
    if len({(each.get("field"), text_of(each.get("operator")) in MEMBERS) for each in choices}) > 1:
        return [{"field": "combination of alternatives"}]
    if text_of(choices[0].get("operator")) not in MEMBERS:
        return [{"field": "combination of exclusions"}]
    return [{**choices[0], "value": [value for each in choices for value in _values(each)]}]


def _values(condition: Json) -> list[Any]:
    value = condition.get("value")
    return value if isinstance(value, list) else [value]


def _match(condition: Json, teams: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """What a ticket must have, by our name for it; None for what we do not know of a ticket."""
    operator, values = text_of(condition.get("operator")) or "is", _values(condition)
    match text_of(condition.get("field")):
        case "priority":
            words = tuple(str(rank) for rank in map(priority_of, values) if rank)
            return _either("priority", operator, words, [str(rank) for rank in PRIORITIES.values()])
        case "group_id" | "group":
            return _either("team", operator, tuple(name for name in map(name_of, values) if name), teams)
        case "type" | "ticket_type":
            return _either("category", operator, tuple(map(text_of, values)), ["question", "incident", "problem", "task"])
        case "via_id" | "via" | "channel":
            return _either("channel", operator, tuple(dict.fromkeys(_channel(value) for value in values)), list(Channel))
        case "current_tags" | "tags" | "tag":
            return _tags(operator, values)
        case _:
            return None


def _either(name: str, operator: str, values: tuple[str, ...], every: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    if operator in MEMBERS:
        return name, values
    return (name, tuple(one for one in every if one not in values)) if operator in OTHERS else None


def _tags(operator: str, values: Sequence[Any]) -> tuple[str, tuple[str, ...]] | None:
    words = tuple(word for value in values for word in text_of(value).split())
    return ("tag", words) if operator in MEMBERS else None


def _channel(value: Any) -> str:
    number = whole(value)
    return (VIA_IDS.get(number, Channel.OTHER) if number is not None else channel_of(value)).value


def _targets(told: Json) -> Iterator[Target]:
    for each in objects(told.get("policy_metrics")):
        metric = SLA_METRICS.get(text_of(each.get("metric")))
        seconds, minutes = whole(each.get("target_in_seconds")), whole(each.get("target"))
        target_s = seconds if seconds is not None else minutes * 60 if minutes is not None else None
        if metric is not None and target_s is not None and target_s >= 0:
            yield Target(
                metric=metric,
                target_s=target_s,
                business=each.get("business_hours") is True,
                priority=priority_of(each.get("priority")),
            )


def _safe(value: Any) -> str:
    return "".join(each for each in text_of(value) if each.isalnum() or each in "_ ")[:40] or "condition"


def by_position(policies: Iterable[Json]) -> list[Json]:
    """Policies in the order in which Zendesk tries them."""
    return sorted(policies, key=lambda each: (whole(each.get("position")) or 0, whole(each.get("id")) or 0))


def default_of(schedules: Sequence[Mapping[str, Any]]) -> str | None:
    """The schedule of tickets that were given none: the one marked as such, else the first."""
    marked = next((each for each in schedules if each.get("default") is True or each.get("is_default") is True), None)
    first = marked or next(iter(schedules), None)
    return name_of(first.get("id")) if first else None
