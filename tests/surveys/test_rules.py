"""What the workspace decided about asking, and what holds when it decided nothing or nonsense."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.store.engine import Store
from bot.store.tables import Setting
from bot.store.words import SurveyKind
from bot.surveys.rules import Rules, read_rules, rest_between
from tests.surveys.cast import DAY, HOUR, NOW, switch_on


def rules_after(store: Store, value: Any) -> dict[SurveyKind, Rules]:
    with store.writing() as session:
        session.merge(Setting(key="surveys", value=value, changed_at=NOW, changed_by="U-ADMIN"))
    with store.reading() as session:
        return read_rules(session)


def test_nothing_is_asked_until_someone_says_so(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session:
        assert not any(rules.on for rules in read_rules(session).values())


def test_the_defaults_are_an_hour_a_week_and_thirty_or_ninety_days(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session:
        rules = read_rules(session)
    assert {one.delay for one in rules.values()} == {HOUR}
    assert {one.open_for for one in rules.values()} == {7 * DAY}
    assert {kind: one.rest / DAY for kind, one in rules.items()} == {SurveyKind.CSAT: 30, SurveyKind.CES: 30, SurveyKind.NPS: 90}
    assert [one.scale.slug for one in rules.values()] == ["csat-1-5", "ces-1-7", "nps-0-10"]


def test_what_was_decided_holds_for_that_survey_only(sqlite_store: Store) -> None:
    value = {"csat": {"on": True, "delay_s": 60, "rest_days": 14, "open_days": 3, "scale": "csat-1-6"}}
    rules = rules_after(sqlite_store, value)
    csat = rules[SurveyKind.CSAT]
    assert (csat.on, csat.delay, csat.rest, csat.open_for) == (True, timedelta(minutes=1), 14 * DAY, 3 * DAY)
    assert csat.scale.slug == "csat-1-6"
    assert not rules[SurveyKind.CES].on


@pytest.mark.parametrize(
    "value", [None, 1, "on", [], {"csat": None}, {"csat": True}, {"csat": {"on": "yes"}}, {"csat": {"on": 1}}]
)
def test_a_garbled_setting_switches_nothing_on(sqlite_store: Store, value: Any) -> None:
    assert not any(rules.on for rules in rules_after(sqlite_store, value).values())


@pytest.mark.parametrize("delay", [-1, 10**9, "60", 1.5, True, None])
def test_a_delay_that_makes_no_sense_is_an_hour(sqlite_store: Store, delay: Any) -> None:
    assert rules_after(sqlite_store, {"csat": {"on": True, "delay_s": delay}})[SurveyKind.CSAT].delay == HOUR


def test_a_scale_of_another_survey_is_not_taken(sqlite_store: Store) -> None:
    assert rules_after(sqlite_store, {"csat": {"scale": "nps-0-10"}})[SurveyKind.CSAT].scale.slug == "csat-1-5"


def test_the_same_question_rests_its_own_time_and_another_the_shorter(sqlite_store: Store) -> None:
    switch_on(sqlite_store, "csat", "ces", "nps")
    with sqlite_store.reading() as session:
        rules = read_rules(session)
    days = {(a, b): rest_between(a, b, rules) / DAY for a in SurveyKind for b in SurveyKind}
    assert days[SurveyKind.NPS, SurveyKind.NPS] == 90
    assert {rest for pair, rest in days.items() if pair != (SurveyKind.NPS, SurveyKind.NPS)} == {30}
