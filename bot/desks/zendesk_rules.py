"""Zendesk's business hours, holidays and service-level policies, as ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from bot.desks.fields import Json, known, name_of, objects, text_of, whole
from bot.desks.zendesk_conditions import matched, reason_against
from bot.desks.zendesk_words import SLA_METRICS, priority_of
from bot.desks.zendesk_zones import iana_zone
from bot.store.records import BadRecord, Record, ScheduleRecord, SlaPolicyRecord, Target

WEEK = 7 * 1440
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
    external_id = name_of(told.get("id")) or "?"
    filters = known(told.get("filter"))
    every, any_of = list(objects(filters.get("all"))), list(objects(filters.get("any")))
    matches: Matches = {}
    for mark, condition in [*(("", each) for each in every), *(("|", each) for each in any_of)]:
        found = matched(condition)
        if found is None:
            reason = f"{reason_against(condition)}: its targets count for nobody."
            return BadRecord(stream="policies", external_id=external_id, reason=reason)
        matches[_free(f"{mark}{found[0]}", matches)] = found[1]
    return SlaPolicyRecord(
        external_id=external_id,
        name=text_of(told.get("title")) or external_id,
        position=position,
        matches=matches,
        targets=tuple(_targets(told)),
    )


def _free(key: str, taken: Matches) -> str:
    """The key, numbered where there is a condition about the same already."""
    return key if key not in taken else next(k for n in count(2) if (k := f"{key}#{n}") not in taken)


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


def group_policy(told: Json) -> BadRecord:
    """A group SLA. It promises how long one group may hold a ticket, which none of our figures is about: set aside, and said."""
    external_id = f"group-{name_of(told.get('id')) or '?'}"
    reason = (
        "It is a group SLA, on how long one group may hold a ticket: cx has no figure for that, so its targets count for nobody."
    )
    return BadRecord(stream="policies", external_id=external_id, reason=reason)


def by_position(policies: Iterable[Json]) -> list[Json]:
    """Policies in the order in which Zendesk tries them."""
    return sorted(policies, key=lambda each: (whole(each.get("position")) or 0, whole(each.get("id")) or 0))


def default_of(schedules: Sequence[Mapping[str, Any]]) -> str | None:
    """The schedule of tickets that were given none: the one marked as such, else the first."""
    marked = next((each for each in schedules if each.get("default") is True or each.get("is_default") is True), None)
    first = marked or next(iter(schedules), None)
    return name_of(first.get("id")) if first else None
