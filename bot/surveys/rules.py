"""What the workspace decided about asking: nothing is asked until a survey was switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from bot.store.tables import Setting
from bot.store.words import SurveyKind
from bot.surveys import SURVEYS
from bot.surveys.conditions import Condition, read_conditions
from bot.surveys.survey import Scale, Survey

SETTING = "surveys"
DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=3)
LONGEST_DELAY = timedelta(days=2)
WAKING_HOURS = (9, 18)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one survey is asked. `delay` runs from the solve, `open_for` from sending, `rest` between two questions.

    `only` must all hold and none of `never` may; `sample` is the share asked of those, in percent. `hours` are the full
    hours from and to which a person is disturbed, Monday to Friday in their own zone; None is always. `remind_after`
    runs from sending; None is never. `by_mail` asks people outside Slack with a link. `anonymous` keeps the answer apart
    from everyone."""

    survey: Survey
    scale: Scale
    on: bool
    delay: timedelta
    rest: timedelta
    open_for: timedelta
    sample: int = 100
    only: tuple[Condition, ...] = ()
    never: tuple[Condition, ...] = ()
    hours: tuple[int, int] | None = WAKING_HOURS
    remind_after: timedelta | None = None
    by_mail: bool = False
    anonymous: bool = False


def read_rules(session: Session) -> dict[SurveyKind, Rules]:
    """The rules of every survey, from the `surveys` setting: `{"csat": {"on": true, "delay_s": 3600, "rest_days": 30,
    "open_days": 7, "scale": "csat-1-5", "sample": 100, "only": ["team:billing"], "never": ["tag:vip"], "hours": [9, 18],
    "remind_days": 3, "by_mail": false, "anonymous": false}}`. What is missing, or no value in its range, has its default;
    `remind_days` 0 and `hours` null switch these off."""
    row = session.get(Setting, SETTING)
    chosen = row.value if row is not None and isinstance(row.value, dict) else {}
    return {survey.slug: rules_of(survey, chosen.get(survey.slug.value)) for survey in SURVEYS}


def rules_of(survey: Survey, chosen: Any) -> Rules:
    """The rules that one survey's part of the setting stands for."""
    said: dict[str, Any] = chosen if isinstance(chosen, dict) else {}
    delay_s = _number(said.get("delay_s"), default=3600, least=0, most=int(LONGEST_DELAY.total_seconds()))
    open_days = _number(said.get("open_days"), default=7, least=1, most=30)
    remind_days = _number(said.get("remind_days"), default=3, least=0, most=29)
    return Rules(
        survey=survey,
        scale=survey.scale(said.get("scale")),
        on=said.get("on") is True,
        delay=timedelta(seconds=delay_s),
        rest=_number(said.get("rest_days"), default=survey.rest_days, least=1, most=3650) * DAY,
        open_for=open_days * DAY,
        sample=_number(said.get("sample"), default=100, least=1, most=100),
        only=read_conditions(said.get("only")),
        never=read_conditions(said.get("never")),
        hours=_hours(said),
        remind_after=remind_days * DAY if 0 < remind_days < open_days else None,
        by_mail=said.get("by_mail") is True,
        anonymous=said.get("anonymous") is True,
    )


def rest_between(before: SurveyKind, after: SurveyKind, rules: Mapping[SurveyKind, Rules]) -> timedelta:
    """How long someone who was asked `before` is left in peace ahead of `after`.

    The same question comes back after its own rest; another one after the shorter of both, so that an NPS question
    every quarter does not silence CSAT, nor a CSAT question every month NPS."""
    return min(rules[before].rest, rules[after].rest)


def _hours(said: Mapping[str, Any]) -> tuple[int, int] | None:
    hours = said.get("hours", WAKING_HOURS)
    if hours is None:
        return None
    fits = isinstance(hours, list | tuple) and len(hours) == 2 and all(isinstance(hour, int) for hour in hours)
    return (hours[0], hours[1]) if fits and 0 <= hours[0] < hours[1] <= 24 else WAKING_HOURS


def _number(said: Any, *, default: int, least: int, most: int) -> int:
    # True is an int to Python and would be a day.
    fits = isinstance(said, int) and not isinstance(said, bool) and least <= said <= most
    return said if fits else default
