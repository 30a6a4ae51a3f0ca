"""Freshdesk's business hours, holidays and SLA policies, as ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.desks.fields import Json, known, name_of, objects, several, text_of, whole
from bot.desks.freshdesk_tickets import CHANNELS, PRIORITIES
from bot.desks.zendesk_zones import iana_zone
from bot.store.records import BadRecord, Record, ScheduleRecord, SlaPolicyRecord, Target
from bot.store.words import Channel, Metric, Status

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = 1440
METRICS = {
    "respond_within": Metric.FIRST_REPLY,
    "next_respond_within": Metric.NEXT_REPLY,
    "resolve_within": Metric.RESOLUTION,
}
STOPS = (Status.PENDING, Status.HOLD)
"""The statuses in which Freshdesk's clock stands still unless somebody changed it; which ones, its API does not tell."""


def schedule(told: Json, year: int) -> Record:
    """Business hours with their days off; a holiday without a year counts for the years around this one."""
    external_id, zone = name_of(told.get("id")) or "?", iana_zone(text_of(told.get("time_zone")))
    if zone is None:
        return BadRecord(stream="schedules", external_id=external_id, reason="Its time zone is none that we know.")
    days = {day for each in objects(told.get("list_of_holidays")) for day in _days(text_of(each.get("holiday_date")), year)}
    return ScheduleRecord(
        external_id=external_id,
        name=text_of(told.get("name")) or external_id,
        zone=zone,
        week=tuple(sorted(_week(told))),
        holidays=tuple(sorted(days)),
        is_default=told.get("is_default") is True,
    )


def policy(told: Json, position: int) -> Record:
    """An SLA policy, or why it cannot be judged here: never a policy that promises something to other tickets."""
    external_id, asks = name_of(told.get("id")) or "?", known(told.get("applicable_to"))
    unknown = next((name for name, values in asks.items() if values and name not in ("groups", "sources", "ticket_types")), None)
    if unknown is not None:
        named = unknown if re.fullmatch(r"\w{1,40}", unknown) else "condition"
        reason = f"It asks for {named}, which cx cannot judge: its targets count for nobody."
        return BadRecord(stream="policies", external_id=external_id, reason=reason)
    matches = {
        "team": tuple(name for name in map(name_of, several(asks.get("groups"))) if name),
        "channel": tuple(CHANNELS.get(whole(each) or 0, Channel.OTHER).value for each in several(asks.get("sources"))),
        "category": tuple(text_of(each) for each in several(asks.get("ticket_types"))),
    }
    return SlaPolicyRecord(
        external_id=external_id,
        name=text_of(told.get("name")) or external_id,
        position=whole(told.get("position")) or position,
        matches={name: values for name, values in matches.items() if values},
        targets=tuple(_targets(known(told.get("sla_target")))),
    )


def _targets(told: Json) -> Iterator[Target]:
    for name, target in told.items():
        priority = PRIORITIES.get(whole(name.removeprefix("priority_")) or 0)
        for word, metric in METRICS.items():
            seconds = whole(known(target).get(word))
            if priority is not None and seconds is not None and seconds > 0:
                business = known(target).get("business_hours") is True
                yield Target(metric=metric, target_s=seconds, business=business, priority=priority, pauses=STOPS)


def _week(told: Json) -> Iterator[tuple[int, int]]:
    hours = known(told.get("business_hours"))
    for number, day in enumerate(DAYS):
        start, end = (_minutes(text_of(known(hours.get(day)).get(name))) for name in ("start_time", "end_time"))
        if start is not None and end is not None and start != end:
            yield number * DAY + start, (number * DAY + (end if end > start else DAY)) % (7 * DAY)


def _minutes(told: str) -> int | None:
    """Minutes after midnight of "8:00 am" or "17:30"."""
    found = re.fullmatch(r"(\d{1,2}):(\d\d)\s*([ap]m)?", told.strip().lower())
    if found is None:
        return None
    hour = int(found[1]) % 12 + (12 if found[3] == "pm" else 0) if found[3] else int(found[1])
    return hour * 60 + int(found[2]) if hour < 24 and int(found[2]) < 60 else None


def _days(told: str, year: int) -> Iterator[str]:
    found = re.fullmatch(r"(?:(\d{4})-|--)?(\d\d)-(\d\d)", told.strip())
    for each in [int(found[1])] if found and found[1] else range(year - 3, year + 2):
        try:
            if found:
                yield date(each, int(found[2]), int(found[3])).isoformat()
        except ValueError:
            continue
