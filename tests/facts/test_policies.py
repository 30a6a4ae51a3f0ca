"""Which policy a ticket falls under: conditions, alternatives, and what changes while it lives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.facts.asof import tags_at
from bot.facts.derive import derive
from bot.facts.history import Stretch
from bot.facts.life import Life, Moment, Policy, Rules, Target
from bot.facts.policies import matching
from bot.facts.profiles import profile_of
from bot.store.words import Kind, Metric, Status
from tests.facts.lives import RULES as LIVED

HOUR = 3600
TARGET = Target(metric=Metric.RESOLUTION, target_s=HOUR, business=False, priority=None)
TICKET = Life(created_at=0, status=Status.OPEN, moments=(), channel="email", tags=("vip", "beta"), requester="21")
STRETCH = Stretch(Status.OPEN, None, "11", 2, None, 0, None, "question")
RULES = Rules(profile=profile_of("articles"))


def policy(name: str, **matches: tuple[str, ...]) -> Policy:
    asked = {key: frozenset(values) for key, values in matches.items()}
    return Policy(name=name, matches=asked, targets=(TARGET,))


@pytest.mark.parametrize(
    ("matches", "holds"),
    [
        ({}, True),
        ({"tag": ("vip", "gold")}, True),
        ({"tag": ("vip",), "tag#2": ("gold",)}, False),
        ({"-tag": ("beta",)}, False),
        ({"-tag": ("gold",)}, True),
        ({"team": ("",)}, True),
        ({"-team": ("",)}, False),
        ({"-team": ("101",)}, True),
        ({"agent": ("11",), "requester": ("21",), "channel": ("email",)}, True),
        ({"|tag": ("gold",), "|priority": ("1", "2")}, True),
        ({"|tag": ("gold",), "|-agent": ("11",)}, False),
        ({"organization": ("802",)}, False),
        ({"-organization": ("802",)}, True),
    ],
)
def test_a_policy_holds_where_all_its_conditions_do_and_one_of_its_alternatives(matches: dict[str, Any], holds: bool) -> None:
    assert (matching([policy("it", **matches)], TICKET, STRETCH) is not None) is holds


def test_the_first_that_matches_wins() -> None:
    policies = [policy("gold", organization=("801",)), policy("all"), policy("late")]
    gold = replace(TICKET, traits={"organization": frozenset(("801",))})
    assert [found.name for life in (TICKET, gold) if (found := matching(policies, life, STRETCH))] == ["all", "gold"]


@pytest.mark.parametrize(
    ("requester", "role"), [("carla", "end_user"), ("ana", "agent"), ("robo", "agent"), ("lena", "admin"), (None, "")]
)
def test_a_policy_may_ask_for_the_role_that_whoever_asks_has_today(requester: str | None, role: str) -> None:
    rules = replace(LIVED, policies=(policy("theirs", requester_role=(role,)), policy("rest")))
    (found,) = derive(replace(TICKET, requester=requester), rules).slas
    assert found.policy == "theirs"


def turned(at: int, old: str | None, new: str, key: str = "k") -> Moment:
    return Moment(at, 0, key, Kind.TRAIT, old=old, new=new)


def test_what_was_promised_changes_with_what_the_policy_asks_for() -> None:
    """Gold for the first half hour, and breached at once by the shorter promise of everybody else."""
    gold = Policy(name="gold", matches={"organization": frozenset(("801",))}, targets=(replace(TARGET, target_s=4 * HOUR),))
    life = replace(
        TICKET,
        moments=(turned(2 * HOUR, "organization:801", "organization:802"),),
        traits={"organization": frozenset(("802",))},
    )
    (found,) = derive(life, replace(RULES, policies=(gold, policy("all"))), 9 * HOUR).slas
    assert (found.policy, found.target_s, found.due) == ("all", HOUR, 2 * HOUR)
    always = replace(life, moments=(), traits={"organization": frozenset(("801",))})
    (kept,) = derive(always, replace(RULES, policies=(gold,))).slas
    assert (kept.policy, kept.due) == ("gold", 4 * HOUR)


def test_asked_as_of_an_instant_tags_are_those_of_then() -> None:
    life = replace(TICKET, moments=(turned(100, "tag:\n", "tag:beta"), turned(200, "tag:beta", "tag:beta\nvip", "l")))
    assert [tags_at(life, at) for at in (50, 100, 199, 200)] == [(), ("beta",), ("beta",), ("beta", "vip")]
    assert tags_at(TICKET, 50) == ("vip", "beta")
