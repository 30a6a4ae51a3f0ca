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
from bot.surveys.survey import Scale, Survey

SETTING = "surveys"
DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=3)
LONGEST_DELAY = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one survey is asked. `delay` runs from the solve, `open_for` from sending, `rest` between two questions."""

    survey: Survey
    scale: Scale
    on: bool
    delay: timedelta
    rest: timedelta
    open_for: timedelta


def read_rules(session: Session) -> dict[SurveyKind, Rules]:
    """The rules of every survey, from the `surveys` setting: `{"csat": {"on": true, "delay_s": 3600, "rest_days": 30,
    "open_days": 7, "scale": "csat-1-5"}}`. What is missing, or no number in its range, has its default."""
    row = session.get(Setting, SETTING)
    chosen = row.value if row is not None and isinstance(row.value, dict) else {}
    return {survey.slug: _rules(survey, chosen.get(survey.slug.value)) for survey in SURVEYS}


def rest_between(before: SurveyKind, after: SurveyKind, rules: Mapping[SurveyKind, Rules]) -> timedelta:
    """How long someone who was asked `before` is left in peace ahead of `after`.

    The same question comes back after its own rest; another one after the shorter of both, so that an NPS question
    every quarter does not silence CSAT, nor a CSAT question every month NPS."""
    return min(rules[before].rest, rules[after].rest)


def _rules(survey: Survey, chosen: Any) -> Rules:
    said: dict[str, Any] = chosen if isinstance(chosen, dict) else {}
    delay_s = _number(said.get("delay_s"), default=3600, least=0, most=int(LONGEST_DELAY.total_seconds()))
    return Rules(
        survey=survey,
        scale=survey.scale(said.get("scale")),
        on=said.get("on") is True,
        delay=timedelta(seconds=delay_s),
        rest=_number(said.get("rest_days"), default=survey.rest_days, least=1, most=3650) * DAY,
        open_for=_number(said.get("open_days"), default=7, least=1, most=30) * DAY,
    )


def _number(said: Any, *, default: int, least: int, most: int) -> int:
    # True is an int to Python and would be a day.
    fits = isinstance(said, int) and not isinstance(said, bool) and least <= said <= most
    return said if fits else default
