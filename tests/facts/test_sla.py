"""Service-level instances: met at equality, breached one second later, and at the instant nobody had to be there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.facts.derive import derive
from bot.facts.life import Moment, Policy, Rules
from bot.facts.profiles import ZENDESK
from bot.facts.sla import SlaInstance
from bot.store.words import Kind, Metric, Status
from tests.facts.lives import (
    DAY,
    HOUR,
    RULES,
    at,
    becomes,
    facts,
    life,
    moment,
    opened,
    opening,
    policy,
    promised,
    reopened,
    says,
    solved,
    with_policies,
)

FIRST, NEXT, PERIODIC, PAUSABLE, REQUESTER, WORK, RESOLUTION, OWNERSHIP = Metric
SECOND = 1 / 60


def one(metric: Metric, *moments: Moment, rules: Rules | None = None, **changes: object) -> SlaInstance:
    """The only instance of a metric with a target of an hour."""
    rules = rules or with_policies(policy(promised(metric, HOUR)))
    (found,) = (i for i in facts(*moments, rules=rules, **changes).slas if i.metric is metric)  # type: ignore[arg-type]
    return found


def outcome(instance: SlaInstance) -> str:
    """achieved, breached, or running where no instant is known at which it will be."""
    if instance.met:
        return "achieved"
    return "running" if instance.due is None else "breached"


def business(metric: Metric, minutes: float) -> Rules:
    return with_policies(policy(promised(metric, minutes, business=True)))


def test_a_target_is_met_when_the_time_used_equals_it() -> None:
    found = one(FIRST, opened(), says("ana", HOUR))
    assert (outcome(found), found.elapsed_s, found.fulfilled) == ("achieved", 3600, at(HOUR))


def test_one_second_more_is_a_breach_at_the_end_of_the_target() -> None:
    found = one(FIRST, opened(), says("ana", HOUR + SECOND))
    assert (outcome(found), found.elapsed_s, found.due) == ("breached", 3601, at(HOUR))


def test_the_same_holds_in_business_hours() -> None:
    rules = business(FIRST, HOUR)
    asked = {"created_at": at(-12 * HOUR)}  # nine in the evening before
    assert outcome(one(FIRST, opened(), says("ana", HOUR), rules=rules, **asked)) == "achieved"
    late = one(FIRST, opened(), says("ana", HOUR + SECOND), rules=rules, **asked)
    assert (outcome(late), late.due, late.elapsed_s) == ("breached", at(HOUR), 3601)


def test_a_target_that_ends_at_closing_time_is_passed_at_the_next_opening() -> None:
    rules = business(FIRST, 8 * HOUR)
    assert outcome(one(FIRST, opened(), says("ana", 20 * HOUR), rules=rules)) == "achieved"
    assert outcome(one(FIRST, opened(), says("ana", DAY), rules=rules)) == "achieved"
    late = one(FIRST, opened(), says("ana", DAY + SECOND), rules=rules)
    assert (outcome(late), late.due) == ("breached", at(DAY))


def test_a_breach_lies_in_opening_hours_also_over_a_weekend() -> None:
    found = one(RESOLUTION, opened(), rules=business(RESOLUTION, 41 * HOUR))
    assert found.due == at(7 * DAY + HOUR)


def test_a_ticket_that_nobody_touches_breaches_by_itself() -> None:
    found = one(FIRST, opened())
    assert (found.due, found.fulfilled, found.elapsed_s) == (at(HOUR), None, 0)


def test_a_breach_stays_one_however_late_it_is_fulfilled() -> None:
    found = one(FIRST, opened(), says("ana", 5 * HOUR))
    assert (found.met, found.due, found.fulfilled, found.elapsed_s) == (False, at(HOUR), at(5 * HOUR), 5 * 3600)


def test_a_solve_fulfils_a_reply_that_was_owed() -> None:
    assert outcome(one(FIRST, opened(), solved(30))) == "achieved"


def test_bots_notes_and_the_requester_fulfil_nothing() -> None:
    noise = says("robo", 5), moment(Kind.NOTE, 6, actor="ana"), says("carla", 7)
    assert one(FIRST, opened(), *noise).fulfilled is None


def test_a_ticket_that_an_agent_opened_owes_no_first_reply() -> None:
    assert facts(opened("ana"), opening("ana"), rules=with_policies(policy(promised(FIRST, HOUR)))).slas == ()


def test_where_such_tickets_have_a_first_response_one_is_owed_from_the_creation_on() -> None:
    as_zendesk = replace(with_policies(policy(promised(FIRST, HOUR), promised(NEXT, 5))), profile=ZENDESK)
    told = opened("ana"), opening("ana"), says("carla", 10), says("bo", 30), says("carla", 40), says("ana", 50)
    found = facts(*told, rules=as_zendesk).slas
    assert [(i.metric, i.start, i.fulfilled, i.met) for i in found] == [
        (FIRST, at(0), at(30), True),
        (NEXT, at(40), at(50), False),
    ]


def test_such_a_ticket_that_nobody_answers_is_kept_by_the_solve_or_late() -> None:
    as_zendesk = replace(with_policies(policy(promised(FIRST, HOUR))), profile=ZENDESK)
    assert one(FIRST, opened("ana"), opening("ana"), solved(20), rules=as_zendesk).met
    assert one(FIRST, opened("ana"), opening("ana"), rules=as_zendesk).due == at(HOUR)


def test_reply_clocks_never_pause() -> None:
    assert one(FIRST, opened(), becomes(Status.PENDING, 1)).due == at(HOUR)


def test_each_unanswered_comment_is_a_cycle_of_its_own_from_the_oldest_on() -> None:
    rules = with_policies(policy(promised(NEXT, 10)))
    talk = says("ana", 5), says("carla", 20), says("carla", 25), says("ana", 30), says("carla", 40), says("bo", 60)
    found = facts(opened(), *talk, says("carla", 70), rules=rules).slas
    assert [(i.instance, i.start, i.fulfilled, i.due) for i in found] == [
        (1, at(20), at(30), None),
        (2, at(40), at(60), at(50)),
        (3, at(70), None, at(80)),
    ]


def test_agent_work_pauses_while_pending_and_on_hold() -> None:
    work = becomes(Status.PENDING, 20), becomes(Status.OPEN, 200), becomes(Status.HOLD, 220), becomes(Status.OPEN, 400)
    found = one(WORK, opened(), *work)
    assert (found.due, outcome(found)) == (at(420), "breached")
    assert one(WORK, opened(), *work, solved(420)).elapsed_s == 3600


def test_the_requester_waits_also_on_hold_but_not_while_pending() -> None:
    work = becomes(Status.PENDING, 20), becomes(Status.HOLD, 200)
    assert one(REQUESTER, opened(), *work).due == at(240)


def test_a_paused_clock_has_no_breach_to_come() -> None:
    found = one(WORK, opened(), becomes(Status.PENDING, 20))
    assert (outcome(found), found.due) == ("running", None)


def test_a_breach_before_the_pause_is_not_undone_by_it() -> None:
    assert one(WORK, opened(), becomes(Status.PENDING, 90)).due == at(HOUR)


def test_resolution_runs_from_creation_and_again_from_each_reopening() -> None:
    rules = with_policies(policy(promised(RESOLUTION, HOUR)))
    found = facts(opened(), solved(30), reopened(500), solved(561), rules=rules).slas
    assert [(i.instance, i.start, i.fulfilled, i.met, i.due) for i in found] == [
        (1, at(0), at(30), True, None),
        (2, at(500), at(561), False, at(560)),
    ]


def test_a_cycle_without_a_promise_is_counted_all_the_same() -> None:
    """Solved before it had a priority, and promised nothing: what is promised after the reopening is of the second cycle."""
    rules = with_policies(policy(promised(RESOLUTION, HOUR, priority=1)))
    moments = opened(), solved(30), moment(Kind.PRIORITY, 40, new="1"), reopened(500), solved(510)
    assert [(i.instance, i.start) for i in facts(*moments, rules=rules, priority=1).slas] == [(2, at(500))]


def test_a_raised_priority_sets_a_new_target_on_the_running_clock() -> None:
    rules = with_policies(policy(promised(RESOLUTION, 10 * HOUR, priority=4), promised(RESOLUTION, 2 * HOUR, priority=1)))
    raised = moment(Kind.PRIORITY, 60, old="4", new="1")
    found = one(RESOLUTION, opened(), raised, rules=rules, priority=1)
    assert (found.target_s, found.due) == (2 * 3600, at(2 * HOUR))


def test_a_target_that_is_already_used_up_is_breached_by_the_change_itself() -> None:
    rules = with_policies(policy(promised(RESOLUTION, 10 * HOUR, priority=4), promised(RESOLUTION, HOUR, priority=1)))
    raised = moment(Kind.PRIORITY, 3 * HOUR, old="4", new="1")
    assert one(RESOLUTION, opened(), raised, rules=rules, priority=1).due == at(3 * HOUR)


def test_a_breach_is_not_taken_back_by_a_longer_target() -> None:
    rules = with_policies(policy(promised(RESOLUTION, HOUR, priority=1), promised(RESOLUTION, 10 * HOUR, priority=4)))
    lowered = moment(Kind.PRIORITY, 2 * HOUR, old="1", new="4")
    found = one(RESOLUTION, opened(), lowered, solved(3 * HOUR), rules=rules, priority=4)
    assert (found.met, found.due, found.target_s) == (False, at(HOUR), 3600)


def test_a_target_for_the_priority_beats_one_for_all() -> None:
    rules = with_policies(policy(promised(FIRST, HOUR), promised(FIRST, 5, priority=1)))
    assert one(FIRST, opened(), rules=rules, priority=1).due == at(5)
    assert one(FIRST, opened(), rules=rules, priority=2).due == at(HOUR)
    assert one(FIRST, opened(), rules=rules).due == at(HOUR)


def test_the_first_policy_that_matches_wins() -> None:
    vip, rest = policy(promised(FIRST, 5), name="vip", tag="vip"), policy(promised(FIRST, HOUR), name="rest")
    rules = with_policies(vip, rest)
    assert one(FIRST, opened(), rules=rules, tags=("vip",)).policy == "vip"
    assert one(FIRST, opened(), rules=rules).policy == "rest"
    assert one(FIRST, opened(), rules=with_policies(rest, vip), tags=("vip",)).policy == "rest"


@pytest.mark.parametrize(
    ("matches", "fits"),
    [
        ({"team": "billing"}, True),
        ({"team": "sales"}, False),
        ({"channel": "email"}, True),
        ({"category": "invoice"}, True),
        ({"category": "other"}, False),
        ({"priority": "2"}, True),
        ({"priority": "1"}, False),
        ({"team": "billing", "channel": "chat"}, False),
        ({"colour": "red"}, False),
    ],
)
def test_a_policy_matches_when_each_of_its_dimensions_does(matches: dict[str, str], fits: bool) -> None:
    rules = with_policies(policy(promised(FIRST, HOUR), **matches))
    found = facts(opened(), rules=rules, team="billing", channel="email", category="invoice", priority=2).slas
    assert bool(found) is fits


def test_policies_are_looked_for_again_at_each_change_of_the_ticket() -> None:
    fast, slow = policy(promised(RESOLUTION, HOUR), name="fast", team="vip"), policy(promised(RESOLUTION, 5 * HOUR), name="slow")
    moved = moment(Kind.TEAM, 30, old="vip", new="desk")
    found = one(RESOLUTION, opened(), moved, rules=with_policies(fast, slow), team="desk")
    assert (found.policy, found.due) == ("slow", at(5 * HOUR))


def test_a_ticket_that_no_policy_matches_any_longer_owes_nothing() -> None:
    rules = with_policies(policy(promised(RESOLUTION, HOUR), team="vip"))
    moved = moment(Kind.TEAM, 30, old="vip", new="desk")
    assert facts(opened(), moved, rules=rules, team="desk").slas == ()
    back = moment(Kind.TEAM, 90, old="desk", new="vip")
    assert one(RESOLUTION, opened(), moved, back, rules=rules, team="vip").due == at(90)


def test_a_policy_without_targets_promises_nothing() -> None:
    assert facts(opened(), rules=with_policies(policy())).slas == ()
    behind = with_policies(policy(name="empty"), policy(promised(FIRST, HOUR), name="next"))
    assert one(FIRST, opened(), rules=behind).policy == "next"


def test_a_metric_the_first_matching_policy_leaves_out_is_not_looked_for_in_the_next() -> None:
    rules = with_policies(policy(promised(FIRST, 5), name="vip", tag="vip"), policy(promised(RESOLUTION, HOUR)))
    assert {i.metric for i in facts(opened(), rules=rules, tags=("vip",)).slas} == {FIRST}


def test_a_schedule_that_never_opens_never_breaches() -> None:
    class Never:
        def between(self, start: int, end: int) -> int:
            return 0

        def add(self, start: int, seconds: int) -> int | None:
            return None

    found = one(FIRST, opened(), rules=replace(business(FIRST, 1), clocks={"": Never()}))
    assert (outcome(found), found.due) == ("running", None)


def test_a_deleted_ticket_stops_its_clocks() -> None:
    assert one(FIRST, opened(), becomes(Status.DELETED, 30)).due is None


def test_restored_it_owed_a_reply_all_the_time_but_no_work() -> None:
    gone = becomes(Status.DELETED, 30), becomes(Status.OPEN, 50)
    assert one(FIRST, opened(), *gone).due == at(HOUR)
    assert one(WORK, opened(), *gone).due == at(HOUR + 20)


def test_a_cycle_of_no_length_is_met() -> None:
    # A comment and its answer in one second, after the ticket changed hands, stopped the import of the whole page once.
    rules = business(NEXT, 10)
    handed = moment(Kind.TEAM, 10, old="first", new="second"), moment(Kind.TEAM, 40, old="second", new="third")
    found = facts(opened(), says("ana", 5), *handed, says("carla", 30, seq=1), says("ana", 30, seq=2), rules=rules).slas
    assert [(i.elapsed_s, i.met) for i in found] == [(0, True)]


def test_a_target_of_nothing_is_met_only_at_once() -> None:
    rules = with_policies(policy(promised(FIRST, 0)))
    assert outcome(one(FIRST, opened(), says("ana", 0), rules=rules)) == "achieved"
    late = one(FIRST, opened(), says("ana", SECOND), rules=rules)
    assert (outcome(late), late.due) == ("breached", at(0))


def test_whoever_had_the_ticket_last_in_the_cycle_answers_for_it() -> None:
    handed = moment(Kind.ASSIGNED, 10, new="ana"), moment(Kind.ASSIGNED, 40, old="ana", new="bo")
    assert one(FIRST, opened(), *handed, says("ana", 30)).agent == "ana"


def told(kind: Kind, minutes: float, metric: str = "resolution") -> Moment:
    return moment(kind, minutes, new=metric)


def outcomes(*moments: Moment, rules: Rules = RULES) -> list[tuple[Metric, int, str, int | None, int | None]]:
    return [(i.metric, i.instance, outcome(i), i.due, i.fulfilled) for i in facts(opened(), *moments, rules=rules).slas]


def test_without_policies_of_ours_the_outcomes_the_desk_told_count() -> None:
    assert outcomes(told(Kind.SLA_ACHIEVED, 30)) == [(RESOLUTION, 1, "achieved", None, at(30))]
    assert outcomes(told(Kind.SLA_BREACHED, 30, "first_reply:Gold")) == [(FIRST, 1, "breached", at(30), None)]


def test_a_told_breach_that_is_fulfilled_late_stays_a_breach_and_counts_once() -> None:
    both = told(Kind.SLA_BREACHED, 30), told(Kind.SLA_BREACHED, 40), told(Kind.SLA_ACHIEVED, 90)
    assert outcomes(*both) == [(RESOLUTION, 1, "breached", at(30), at(90))]


def test_what_is_told_after_an_outcome_is_the_next_cycle() -> None:
    found = outcomes(told(Kind.SLA_ACHIEVED, 30), told(Kind.SLA_BREACHED, 90))
    assert [row[1:3] for row in found] == [(1, "achieved"), (2, "breached")]


def test_a_retraction_takes_back_the_last_word_about_its_metric() -> None:
    assert outcomes(told(Kind.SLA_BREACHED, 30), told(Kind.SLA_RETRACTED, 40)) == []
    assert len(outcomes(told(Kind.SLA_BREACHED, 30), told(Kind.SLA_RETRACTED, 40, "first_reply"))) == 1
    assert outcomes(told(Kind.SLA_RETRACTED, 40)) == []


def test_of_metrics_with_a_policy_of_ours_the_desks_outcomes_are_left_to_cross_checks() -> None:
    rules = with_policies(policy(promised(RESOLUTION, HOUR)))
    found = outcomes(told(Kind.SLA_ACHIEVED, 30), told(Kind.SLA_BREACHED, 10, "first_reply"), rules=rules)
    assert found == [(RESOLUTION, 1, "breached", at(HOUR), None), (FIRST, 1, "breached", at(10), None)]


def test_as_of_an_instant_a_breach_to_come_is_known_by_its_instant() -> None:
    rules = with_policies(policy(promised(FIRST, HOUR)))
    past = facts(opened(), says("ana", 30), rules=rules, until=20).slas
    assert [(i.due, i.fulfilled) for i in past] == [(at(HOUR), None)]


def test_several_metrics_are_instances_of_their_own() -> None:
    every = Policy(name="all", matches={}, targets=tuple(promised(metric, HOUR) for metric in Metric))
    found = facts(opened(), says("ana", 5), says("carla", 20), solved(30), rules=with_policies(every)).slas
    assert {i.metric for i in found} == set(Metric) - {OWNERSHIP}
    assert all(i.met for i in found)


def test_an_update_is_owed_from_each_reply_to_the_next_or_to_the_solve() -> None:
    rules = with_policies(policy(promised(PERIODIC, 30)))
    found = facts(opened(), says("ana", 10), says("carla", 15), says("bo", 50), solved(70), rules=rules).slas
    assert [(i.instance, i.start, i.fulfilled, i.due) for i in found] == [
        (1, at(10), at(50), at(40)),
        (2, at(50), at(70), None),
    ]


def test_what_is_sent_with_the_solve_or_after_it_owes_no_update() -> None:
    rules = with_policies(policy(promised(PERIODIC, 30)))
    assert facts(opened(), says("ana", 10), solved(10), says("ana", 20), rules=rules).slas == ()


def test_a_pausable_update_waits_for_the_customer() -> None:
    talk = says("ana", 10), becomes(Status.PENDING, 20), becomes(Status.OPEN, 500)
    for metric, due in ((PERIODIC, 40), (PAUSABLE, 520)):
        assert one(metric, opened(), *talk, rules=with_policies(policy(promised(metric, 30)))).due == at(due)


def test_a_desk_may_stop_the_clock_of_resolution_in_statuses_of_its_own() -> None:
    stops = replace(promised(RESOLUTION, HOUR), pauses=frozenset({Status.PENDING}))
    found = one(RESOLUTION, opened(), becomes(Status.PENDING, 20), becomes(Status.OPEN, 200), rules=with_policies(policy(stops)))
    assert found.due == at(240)


def test_a_target_that_sinks_below_the_time_used_is_breached_also_while_the_clock_is_paused() -> None:
    rules = with_policies(policy(promised(WORK, 10 * HOUR, priority=4), promised(WORK, HOUR, priority=1)))
    raised = moment(Kind.PRIORITY, 200, old="4", new="1")
    found = one(WORK, opened(), becomes(Status.PENDING, 120), raised, rules=rules, priority=1)
    assert found.due == at(200)


def test_a_change_of_category_looks_for_the_policy_again() -> None:
    rules = with_policies(policy(promised(RESOLUTION, HOUR), category="outage"), policy(promised(RESOLUTION, 9 * HOUR)))
    change = moment(Kind.CATEGORY, 30, old="question", new="outage")
    assert one(RESOLUTION, opened(), change, rules=rules, category="outage").due == at(HOUR)
    assert one(RESOLUTION, opened(), solved(10), change, rules=rules, category="outage").target_s == 9 * 3600


def test_the_clock_of_a_running_instance_is_read_at_an_instant() -> None:
    rules = with_policies(policy(promised(WORK, 10 * HOUR, business=True)))
    work = becomes(Status.PENDING, 60), becomes(Status.OPEN, 120)

    def used(minutes: float) -> int | None:
        (found,) = derive(life(opened(), *work), rules, None, at(minutes)).slas
        return found.elapsed_s

    assert [used(minutes) for minutes in (90, 130, 8 * HOUR, 20 * HOUR)] == [3600, 4200, 7 * 3600, 7 * 3600]


def held(*moments: Moment, **changes: Any) -> list[tuple[str, int, int, str]]:
    """Who promised what: policy, instance, minutes on its clock, outcome; half an hour for Billing, an hour for anybody."""
    billing, anybody = (
        policy(promised(OWNERSHIP, m), name=n, **w) for n, m, w in (("b", 30, {"team": "billing"}), ("a", 60, {}))
    )
    rules = replace(with_policies(policy(promised(RESOLUTION, HOUR))), team_policies=(billing, anybody))
    found = (i for i in facts(*moments, rules=rules, **changes).slas if i.metric is OWNERSHIP)
    return [(i.policy, i.instance, (i.elapsed_s or 0) // 60, outcome(i)) for i in found]


def given(new: str | None, minutes: float, old: str | None = None) -> Moment:
    return moment(Kind.TEAM, minutes, old=old, new=new)


def test_each_team_holds_a_ticket_from_when_it_gets_it_to_the_next_team_or_the_solve() -> None:
    """Nobody's for 10 minutes, 40 with Billing, 60 with Tech; reopened, Tech has it again until it is nobody's."""
    moves = (given("billing", 10), given("tech", 50, "billing"), solved(110), reopened(200), given(None, 220, "tech"))
    assert held(opened(), *moves) == [("b", 1, 40, "breached"), ("a", 2, 60, "achieved"), ("a", 3, 20, "achieved")]


def test_holding_a_ticket_never_pauses_and_who_handed_it_on_at_once_never_held_it() -> None:
    on = moment(Kind.TEAM, 50, seq=1, old="billing", new="sales")
    waiting = (becomes(Status.PENDING, 5), becomes(Status.OPEN, 45), given("billing", 50, "tech"), on)
    assert held(opened(), *waiting, team="sales", now=80) == [("a", 1, 50, "achieved"), ("a", 2, 30, "breached")]


def test_a_deletion_stops_the_clock_of_the_team_and_a_restored_ticket_is_with_it_still() -> None:
    gone = (becomes(Status.DELETED, 20), becomes(Status.OPEN, 200, old=Status.DELETED), solved(205))
    assert held(opened(), *gone, team="billing") == [("b", 1, 25, "achieved")]
    assert held(opened(), solved(20), becomes(Status.DELETED, 30), team="billing") == [("b", 1, 20, "achieved")]


def test_a_change_of_priority_or_category_leaves_a_ticket_with_its_team() -> None:
    changes = (moment(Kind.PRIORITY, 10, old="3", new="1"), moment(Kind.CATEGORY, 15, old=None, new="login"))
    assert held(opened(), *changes, solved(29), team="billing") == [("b", 1, 29, "achieved")]
