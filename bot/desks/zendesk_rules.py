"""Zendesk's business hours, holidays and service-level policies, as ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from itertools import count
from typing import Any

from bot.desks.fields import Json, known, name_of, objects, text_of, whole
from bot.desks.zendesk_conditions import matched, reason_against
from bot.desks.zendesk_words import SLA_METRICS, priority_of
from bot.desks.zendesk_zones import iana_zone
from bot.store.records import BadRecord, Record, ScheduleRecord, SlaPolicyRecord, Target

WEEK = 7 * 1440
OWNERSHIP = "group_ownership_time"
SUNDAY = 6 * 1440
"""Where Zendesk's week begins in ours, which begins on Monday."""
LONGEST_HOLIDAY_DAYS = 400

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


def policy(told: Json, position: int) -> Record:
    """A service-level policy, or why it cannot be judged here: never a policy that promises something to other tickets."""
    targets = _targets(told, SLA_METRICS.keys() - {OWNERSHIP}, unit_s=60)
    return _judged(told, name_of(told.get("id")) or "?", position, tuple(targets))


def group_policy(told: Json, position: int) -> Record:
    """The same of how long a group may hold a ticket: numbered apart from the others, and with its targets in seconds."""
    targets = _targets(told, {OWNERSHIP}, unit_s=1)
    return _judged(told, f"group-{name_of(told.get('id')) or '?'}", position, tuple(targets))


def _judged(told: Json, external_id: str, position: int, targets: tuple[Target, ...]) -> Record:
    filters = known(told.get("filter"))
    every, any_of = list(objects(filters.get("all"))), list(objects(filters.get("any")))
    matches: Matches = {}
    for mark, condition in [*(("", each) for each in every), *(("|", each) for each in any_of)]:
        found = matched(condition)
        if found is None:
            reason = f"{reason_against(condition)}: its targets count for nobody."
            return BadRecord(stream="policies", external_id=external_id, reason=reason)
        matches[_free(f"{mark}{found[0]}", matches)] = found[1]
    name = text_of(told.get("title")) or external_id
    return SlaPolicyRecord(external_id=external_id, name=name, position=position, matches=matches, targets=targets)


def _free(key: str, taken: Matches) -> str:
    """The key, numbered where there is a condition about the same already."""
    return key if key not in taken else next(k for n in count(2) if (k := f"{key}#{n}") not in taken)


def _targets(told: Json, metrics: Set[str], unit_s: int) -> Iterator[Target]:
    """The targets of some metrics; a priority that nobody knows is no promise to every priority."""
    for each in objects(told.get("policy_metrics")):
        word, urgency = text_of(each.get("metric")), each.get("priority")
        seconds, units = whole(each.get("target_in_seconds")), whole(each.get("target"))
        target_s = seconds if seconds is not None else units * unit_s if units is not None else None
        if word not in metrics or target_s is None or target_s < 0 or (urgency and priority_of(urgency) is None):
            continue
        business = each.get("business_hours") is True
        yield Target(metric=SLA_METRICS[word], target_s=target_s, business=business, priority=priority_of(urgency))


def by_position(policies: Iterable[Json]) -> list[Json]:
    """Policies in the order in which Zendesk tries them: as listed, where it numbers none."""
    return sorted(policies, key=lambda each: whole(each.get("position")) or 0)


def default_of(schedules: Sequence[Mapping[str, Any]]) -> str | None:
    """The schedule of tickets that were given none: the one marked as such, else the first."""
    marked = next((each for each in schedules if each.get("default") is True or each.get("is_default") is True), None)
    first = marked or next(iter(schedules), None)
    return name_of(first.get("id")) if first else None
