"""Whose definitions hold: four profiles, and one of one's own in which each variant can be set."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot.errors import BadConfig, BadRequest
from bot.facts.life import Moment, Rules
from bot.facts.profiles import ARTICLES, CUSTOM, INTERCOM, MOJO, PROFILES, VARIANTS, ZENDESK, Profile, custom_profile, profile_of
from bot.store.words import Actor, Kind, Metric, Status
from tests.facts.lives import (
    DAY,
    HOUR,
    RULES,
    assigned,
    at,
    becomes,
    facts,
    minutes_of,
    moment,
    opened,
    opening,
    policy,
    promised,
    reopened,
    says,
    solved,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "definitions.md"


def under(**variants: str) -> Rules:
    """The office's rules by definitions of one's own."""
    return replace(RULES, profile=profile_of(custom_profile(variants)))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.slug)
def test_a_profile_is_found_by_its_name(profile: Profile) -> None:
    assert profile_of(profile.slug) is profile


@pytest.mark.parametrize(("written", "near"), [("zendsk", "zendesk"), ("", "articles"), ("articles(base=mojo)", "articles")])
def test_one_that_does_not_exist_is_refused_with_the_nearest(written: str, near: str) -> None:
    with pytest.raises(BadRequest) as refused:
        profile_of(written)
    assert refused.value.next_step.startswith(f"Did you mean {near}?")


def test_one_of_ones_own_starts_from_the_articles_and_differs_where_it_says() -> None:
    own = profile_of(custom_profile({"first_contact_days": "14", "count_merged": "yes", "agent_domains": "a.com;b.org"}))
    assert own.slug == CUSTOM
    assert (own.first_contact_days, own.count_merged, own.agent_domains) == (14, True, ("a.com", "b.org"))
    assert own.variants() == {"count_merged": "yes", "agent_domains": "a.com;b.org", "first_contact_days": "14"}
    assert replace(own, first_contact_days=7, count_merged=False, agent_domains=(), slug="", says="") == replace(
        ARTICLES, slug="", says=""
    )


def test_it_can_start_from_another_profile_and_take_something_back() -> None:
    own = profile_of("custom(base=zendesk, count_merged=no)")
    assert own.variants() == {name: value for name, value in ZENDESK.variants().items() if name != "count_merged"}


def test_every_problem_is_named_at_once_with_the_nearest_name() -> None:
    with pytest.raises(BadConfig) as refused:
        profile_of("custom(base=zendsk, first_contact_day=3, count_merged=perhaps, headline=mode, first_contact_days=-1)")
    said = refused.value.sentence()
    for part in (
        "base is 'zendsk'",
        "first_contact_day is no variant of the definitions (did you mean first_contact_days?)",
        "count_merged is 'perhaps', not yes or no",
        "headline is 'mode', not median or mean",
        "first_contact_days is '-1', not a number of days",
    ):
        assert part in said


def test_every_variant_can_be_set_and_is_explained() -> None:
    page = PAGE.read_text("utf-8")
    for one in fields(Profile):
        if one.name in VARIANTS:
            assert f"| `{one.name}` |" in page
            word = "yes" if isinstance(one.default, bool) else "9" if isinstance(one.default, int) else "x.com"
            other = next((word for word in one.metadata["words"] if word != one.default), word)
            assert profile_of(custom_profile({one.name: other})).variants() == {one.name: other}


def test_what_differs_is_told_in_words() -> None:
    assert ARTICLES.sentences() == ()
    assert MOJO.sentences() == ("share of positive answers, or mean score: mean",)
    assert (INTERCOM.cohort, INTERCOM.closed_once) == ("created", True)


MERGED = becomes(Status.MERGED, 30, old=Status.OPEN)
ANSWERED = (opened("ana"), opening("ana"), says("bo", 25))


@pytest.mark.parametrize(
    ("variant", "moments", "fact"),
    [
        ("count_merged", (opened(), MERGED), "excluded"),
        ("bots_respond", (opened(), says("robo", 5)), "first_response_s"),
        ("seated_bots_respond", (opened(), says("robo", 5, actor_kind=Actor.AGENT)), "first_response_s"),
        ("agent_opened_respond", ANSWERED, "first_response_s"),
        ("from_handoff", (opened(), says("robo", 5), says("ana", 9)), "first_response_s"),
        ("single_schedule", (opened(), moment(Kind.SCHEDULE, HOUR, new="late"), solved(6 * HOUR)), "full_resolution_s"),
        ("one_touch_without_reply", (opened(), solved(5)), "one_touch"),
        ("closed_once", (opened(), says("ana", 5), says("carla", 6), says("ana", 7), solved(9)), "first_contact"),
        ("handling_estimated", (opened(), solved(9)), "handling_s"),
    ],
)
def test_a_variant_changes_its_own_fact_and_no_other_profile_has_it_by_accident(
    variant: str, moments: tuple[Moment, ...], fact: str
) -> None:
    plain, own = facts(*moments), facts(*moments, rules=under(**{variant: "yes"}))
    assert getattr(plain, fact) != getattr(own, fact)


def test_from_the_hand_off_the_last_word_of_a_bot_starts_the_clock() -> None:
    found = facts(opened(), says("robo", 5), says("robo", 7), says("ana", 27), says("robo", 30), rules=under(from_handoff="yes"))
    assert minutes_of(found.first_response_s) == (20, 20)
    assert minutes_of(facts(opened(), says("ana", 27), rules=under(from_handoff="yes")).first_response_s) == (27, 27)


def test_the_days_of_a_first_contact_are_a_setting() -> None:
    life = opened(), says("ana", 5), solved(10), reopened(10 + 10 * DAY), solved(11 + 10 * DAY)
    assert facts(*life).first_contact is True
    assert facts(*life, rules=under(first_contact_days="14")).first_contact is False


def test_by_the_role_of_the_time_a_colleague_of_today_was_a_customer() -> None:
    told = says("ana", 5, actor_kind=Actor.CUSTOMER), says("bo", 9, actor_kind=Actor.AGENT)
    assert minutes_of(facts(opened(), *told).first_response_s) == (5, 5)
    assert minutes_of(facts(opened(), *told, rules=under(roles="then")).first_response_s) == (9, 9)


def test_estimated_handling_is_business_time_in_new_and_open_and_never_mixed_with_what_was_logged() -> None:
    life = opened(), moment(Kind.WORKED, 1, worked_s=60), becomes(Status.PENDING, 30), becomes(Status.OPEN, 90), solved(100)
    assert facts(*life).handling_s == 60
    assert facts(*life, rules=under(handling_estimated="yes")).handling_s == 40 * 60


def test_waits_are_recorded_when_the_status_changes_or_run_until_the_instant() -> None:
    life = opened(), becomes(Status.OPEN, 10), assigned("bo", 20)
    for variant, minutes in (("no", 50), ("yes", 10)):
        found = facts(*life, rules=under(waits_at_changes=variant), now=50)
        assert minutes_of(found.agent_work) == (minutes, minutes)


def test_a_desks_own_outcomes_can_be_taken_instead_of_policies() -> None:
    told = moment(Kind.SLA_BREACHED, 30, new="resolution:Gold")
    policies = (policy(promised(Metric.RESOLUTION, HOUR)),)
    ours, theirs = (facts(opened(), told, rules=replace(rules, policies=policies)).slas for rules in (RULES, under(sla="desk")))
    assert [(i.policy, i.due) for i in ours] == [("standard", at(HOUR))]
    assert [(i.policy, i.due) for i in theirs] == [("Gold", at(30))]
