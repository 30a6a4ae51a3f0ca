"""What holds for every life of a ticket, however wild: made-up lives against the laws of the definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.derive import Facts, derive
from bot.facts.history import Stretch
from bot.facts.hours import clock_of
from bot.facts.life import OPENING, Life, Moment, Rules
from bot.facts.profiles import PROFILES
from bot.facts.schedules import ROUND_THE_CLOCK, Schedule
from bot.store.words import GONE, RESOLVED, UNSOLVED, Actor, Kind, Metric, Status
from tests.facts.lives import HOUR, LATE_WEEK, NINE, OFFICE_WEEK, policy, promised, with_policies
from tests.world import MONDAY

WEEK_S = 7 * 86_400
PROMISES = with_policies(
    policy(*(promised(metric, 3 * HOUR, business=True) for metric in Metric), name="fast", priority="1"),
    policy(*(promised(metric, 9 * HOUR) for metric in Metric), name="slow"),
)
ACTORS = st.sampled_from(["ana", "bo", "robo", "carla", "friend", None])
TOLD = st.sampled_from([None, *Actor])


def _moment(kind: Kind, new: st.SearchStrategy[str | None], worked: st.SearchStrategy[int | None]) -> st.SearchStrategy[Moment]:
    return st.builds(
        Moment,
        at=st.integers(-3_600, 10 * 86_400).map(lambda s: NINE + s),
        seq=st.integers(0, 2),
        key=st.integers(0, 10**6).map(str),
        kind=st.just(kind.value),
        actor=ACTORS,
        actor_kind=TOLD,
        old=new,
        new=new,
        worked_s=worked,
    )


NOTHING, LOGGED = st.none(), st.none() | st.integers(0, 900)
MOMENTS = st.lists(
    st.one_of(
        _moment(Kind.STATUS, st.sampled_from(list(Status)), NOTHING),
        _moment(Kind.REPLY, st.sampled_from([None, None, OPENING]), LOGGED),
        _moment(Kind.NOTE, NOTHING, LOGGED),
        _moment(Kind.ASSIGNED, st.sampled_from(["ana", "bo", None]), NOTHING),
        _moment(Kind.TEAM, st.sampled_from(["day", "evening", None]), NOTHING),
        _moment(Kind.PRIORITY, st.sampled_from(["1", "4", None]), NOTHING),
        _moment(Kind.SCHEDULE, st.sampled_from(["late", None]), NOTHING),
        _moment(Kind.SLA_BREACHED, st.sampled_from(["resolution", "first_reply:Gold"]), NOTHING),
        _moment(Kind.SLA_ACHIEVED, st.sampled_from(["resolution", "first_reply:Gold"]), NOTHING),
    ),
    max_size=14,
    unique_by=lambda m: m.key,
).map(tuple)
OPENED = Moment(NINE, 0, "created", Kind.CREATED, "carla", Actor.CUSTOMER, None, Status.NEW)
LIVES = st.builds(
    Life,
    created_at=st.just(NINE),
    updated_at=st.none() | st.integers(NINE, NINE + 12 * 86_400),
    status=st.sampled_from(list(Status)),
    moments=st.builds(lambda moments, opener: moments + opener, MOMENTS, st.sampled_from([(), (OPENED,)])),
    requester=st.just("carla"),
    team=st.sampled_from([None, "day", "evening"]),
    agent=st.sampled_from([None, "ana"]),
    priority=st.sampled_from([None, 1, 4]),
)
OFF_DAYS = frozenset(MONDAY.date() + timedelta(days=n) for n in (0, 3, 4))
CLOSED = {
    "": clock_of(Schedule(slug="office", zone="UTC", week=OFFICE_WEEK, holidays=OFF_DAYS)),
    "late": clock_of(Schedule(slug="late", zone="UTC", week=LATE_WEEK, holidays=OFF_DAYS)),
}
WAYS = st.sampled_from([replace(PROMISES, profile=profile) for profile in PROFILES])


def for_every_life(test: Callable[[Life, Rules], None]) -> Callable[[], None]:
    """Run a law over many lives, under every profile."""
    law: Callable[[], None] = settings(max_examples=30, deadline=None)(given(LIVES, WAYS)(test))
    return law


@for_every_life
def test_stretches_join_up_from_creation_to_now(life: Life, rules: Rules) -> None:
    stretches = derive(life, rules).history.stretches
    assert (stretches[0].start, stretches[-1].end) == (life.created_at, None)
    assert all(a.end == b.start for a, b in pairwise(stretches))
    assert all(s.end is None or s.end >= s.start for s in stretches)


@for_every_life
def test_the_spans_of_all_statuses_add_up_to_the_age_of_the_ticket(life: Life, rules: Rules) -> None:
    now = NINE + 20 * 86_400
    by_status = dict.fromkeys(Status, 0)
    for stretch in derive(life, rules).history.stretches:
        by_status[stretch.status] += (stretch.end or now) - stretch.start
    assert sum(by_status.values()) == now - life.created_at


@for_every_life
def test_the_order_in_which_events_are_told_does_not_matter(life: Life, rules: Rules) -> None:
    told = derive(life, rules)
    assert derive(replace(life, moments=life.moments[::-1]), rules) == told
    assert derive(replace(life, moments=life.moments + life.moments[:3]), rules) == told


@for_every_life
def test_business_time_never_exceeds_calendar_time_and_neither_is_negative(life: Life, rules: Rules) -> None:
    assert all(0 <= business <= calendar for calendar, business in pairs(derive(life, rules)))


@for_every_life
def test_around_the_clock_business_time_is_calendar_time(life: Life, rules: Rules) -> None:
    always = replace(rules, clocks={"": clock_of(ROUND_THE_CLOCK)})
    assert all(calendar == business for calendar, business in pairs(derive(life, always)))


@for_every_life
def test_solves_and_reopens_take_turns(life: Life, rules: Rules) -> None:
    found = derive(life, rules)
    turns = [at for solve in found.history.solves for at in (solve.at, solve.reopened_at)]
    open_end = turns[:-1] if turns and turns[-1] is None else turns
    assert None not in open_end
    assert open_end == sorted(at for at in open_end if at is not None)
    if found.status in UNSOLVED:
        assert found.full_resolution is None
    if found.first_resolution_s is not None and found.full_resolution_s is not None:
        assert found.first_resolution_s[0] <= found.full_resolution_s[0]


@for_every_life
def test_a_resolved_ticket_has_a_solve_wherever_anything_says_since_when(life: Life, rules: Rules) -> None:
    found = derive(life, rules)
    if found.status in RESOLVED and any(m.kind in (Kind.STATUS, Kind.CREATED) for m in life.moments):
        assert found.full_resolution is not None


@for_every_life
def test_the_backlog_changes_by_created_less_solved_plus_reopened_less_gone(life: Life, rules: Rules) -> None:
    history = derive(life, rules).history
    at = NINE + 5 * 86_400 + 1
    entered = [b.start for a, b in turns_of(history.stretches) if is_open(b) and not is_open(a)]
    left = [b.start for a, b in turns_of(history.stretches) if is_open(a) and not is_open(b)]
    stood = any(is_open(s) and s.start < at and (s.end is None or s.end >= at) for s in history.stretches)
    assert stood == (is_open(history.stretches[0]) + sum(e < at for e in entered) - sum(e < at for e in left))
    solves = [s.at for s in history.solves if s.at > life.created_at]
    assert {e for e in left if not any(s.start == e and s.status in GONE for s in history.stretches)} <= set(solves) | {
        life.created_at
    }


@for_every_life
def test_bots_notes_and_the_requester_never_move_the_first_response(life: Life, rules: Rules) -> None:
    noise = (
        Moment(NINE + 60, 0, "bot", Kind.REPLY, "robo", Actor.BOT),
        Moment(NINE + 61, 0, "note", Kind.NOTE, "ana", Actor.AGENT),
        Moment(NINE + 62, 0, "opening", Kind.REPLY, "ana", Actor.AGENT, None, OPENING),
    )
    unopened = (m for m in life.moments if m.new != OPENING or m.kind != Kind.REPLY)
    quiet = replace(life, moments=(*unopened, OPENED))
    before, after = derive(quiet, rules), derive(replace(quiet, moments=quiet.moments + noise), rules)
    for name in ("first_response_s", "full_resolution_s", "reply_waits", "one_touch", "first_contact", "slas", "requester_wait"):
        assert getattr(before, name) == getattr(after, name)


@for_every_life
def test_shifting_everything_by_whole_weeks_shifts_instants_and_no_duration(life: Life, rules: Rules) -> None:
    later = replace(
        life,
        created_at=life.created_at + WEEK_S,
        updated_at=None if life.updated_at is None else life.updated_at + WEEK_S,
        moments=tuple(m._replace(at=m.at + WEEK_S) for m in life.moments),
    )
    here, there = derive(life, rules), derive(later, rules)
    assert pairs(here) == pairs(there)
    assert [(i.metric, i.instance, i.met, i.elapsed_s) for i in here.slas] == [
        (i.metric, i.instance, i.met, i.elapsed_s) for i in there.slas
    ]


@for_every_life
def test_each_instance_counts_once_and_no_breach_comes_before_its_start(life: Life, rules: Rules) -> None:
    slas = derive(life, rules).slas
    assert len({(i.metric, i.instance) for i in slas}) == len(slas)
    for instance in slas:
        assert instance.due is None or instance.due >= instance.start
        if instance.elapsed_s is not None and instance.target_s is not None and instance.met:
            assert instance.elapsed_s <= instance.target_s


@settings(max_examples=60, deadline=None)
@given(life=LIVES, rules=WAYS, day=st.integers(0, 11))
def test_an_instance_that_was_over_at_an_instant_is_the_same_ever_after(life: Life, rules: Rules, day: int) -> None:
    """A window's compliance is fixed once it is over, as long as no event comes late or is taken back."""
    until = NINE + day * 86_400
    life = replace(life, status=derive(life, rules).status, updated_at=None)
    then, now = derive(life, rules, until).slas, derive(life, rules).slas
    own = {policy.name for policy in rules.policies}
    settled = {(i.metric, i.instance): _outcome(i) for i in then if i.policy in own and _outcome(i)[0] <= until}
    kept = {(i.metric, i.instance): _outcome(i) for i in now}
    assert {key: kept.get(key) for key in settled} == settled


def _outcome(instance: object) -> tuple[int, bool]:
    at = instance.fulfilled if instance.met else instance.due  # type: ignore[attr-defined]
    return (at if at is not None else 2**40, instance.met)  # type: ignore[attr-defined]


@for_every_life
def test_the_first_response_is_no_later_than_the_resolution_when_the_reply_came_first(life: Life, rules: Rules) -> None:
    found = derive(life, rules)
    if found.first_response is None or found.full_resolution is None or found.first_response_s is None:
        return
    if found.first_response.at <= found.full_resolution.at:
        assert found.full_resolution_s is not None
        assert found.first_response_s[0] <= found.full_resolution_s[0]
        if not rules.profile.single_schedule:
            assert found.first_response_s[1] <= found.full_resolution_s[1]


@for_every_life
def test_of_waits_that_run_the_customers_the_agents_and_what_is_solved_are_the_age(life: Life, rules: Rules) -> None:
    """Also the calendar half of what the export tells of a ticket at an instant."""
    live = replace(rules, profile=replace(rules.profile, waits_at_changes=False))
    now = NINE + 20 * 86_400
    found = derive(life, live, now=now)
    elsewhere = sum((s.end or now) - s.start for s in found.history.stretches if s.status not in UNSOLVED)
    assert found.requester_wait[0] + found.agent_wait[0] + elsewhere == now - life.created_at
    assert found.requester_wait[0] == found.on_hold[0] + found.agent_work[0]


@for_every_life
def test_waits_and_clocks_that_run_only_grow(life: Life, rules: Rules) -> None:
    early, late = (derive(life, rules, now=NINE + days * 86_400) for days in (12, 13))
    for name in ("requester_wait", "agent_wait", "on_hold", "agent_work"):
        assert all(a <= b for a, b in zip(getattr(early, name), getattr(late, name), strict=True))
    assert all((a.elapsed_s or 0) <= (b.elapsed_s or 0) for a, b in zip(early.slas, late.slas, strict=True))
    assert [i[:-1] for i in early.slas] == [i[:-1] for i in late.slas], "only what is used depends on the instant"


@for_every_life
def test_a_holiday_never_adds_business_time(life: Life, rules: Rules) -> None:
    for kept, off in zip(pairs(derive(life, rules)), pairs(derive(life, replace(rules, clocks=CLOSED))), strict=True):
        assert (kept[0], off[1] <= kept[1]) == (off[0], True)


@for_every_life
def test_an_instance_is_met_exactly_when_it_used_no_more_than_its_target(life: Life, rules: Rules) -> None:
    """For targets of one size for every priority: equality is met, one second more is a breach."""
    for used in (0, 1, 3_600):
        whole = replace(rules, policies=(policy(*(promised(metric, used / 60) for metric in Metric)),))
        for instance in derive(life, whole).slas:
            if instance.policy == "standard" and instance.fulfilled is not None and instance.elapsed_s is not None:
                assert instance.met is (instance.elapsed_s <= used)


@for_every_life
def test_a_change_of_priority_never_resets_the_time_used(life: Life, rules: Rules) -> None:
    """Targets that differ by priority use the same clock as one target for all."""
    by_priority = [promised(metric, minutes, priority=priority) for metric in Metric for priority, minutes in ((1, 60), (4, 600))]
    rest = [promised(metric, 300) for metric in Metric]
    several, one = (replace(rules, policies=(policy(*targets),)) for targets in ((*by_priority, *rest), rest))
    used = [(i.metric, i.instance, i.start, i.fulfilled, i.elapsed_s) for i in derive(life, several).slas]
    assert used == [(i.metric, i.instance, i.start, i.fulfilled, i.elapsed_s) for i in derive(life, one).slas]


CHANGES = st.one_of(
    st.tuples(st.just(Kind.STATUS), st.sampled_from(list(Status))),
    st.tuples(st.just(Kind.ASSIGNED), st.sampled_from(["ana", "bo", None])),
    st.tuples(st.just(Kind.TEAM), st.sampled_from(["day", "evening", None])),
    st.tuples(st.just(Kind.PRIORITY), st.sampled_from(["1", "4", None])),
    st.tuples(st.just(Kind.CATEGORY), st.sampled_from(["invoice", "refund", None])),
    st.tuples(st.just(Kind.REPLY), st.none()),
)
FIELDS = {Kind.STATUS: "status", Kind.ASSIGNED: "agent", Kind.TEAM: "team", Kind.PRIORITY: "priority", Kind.CATEGORY: "category"}


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 86_400), CHANGES, ACTORS), max_size=12),
    rules=WAYS,
    cut=st.integers(0, 12 * 86_400),
)
def test_facts_at_an_instant_are_those_of_a_desk_that_knew_no_more(
    steps: list[tuple[int, tuple[Kind, str | None], str | None]], rules: Rules, cut: int
) -> None:
    until = NINE + cut
    whole, part = _as_told(steps, None), _as_told(steps, until)
    assert derive(whole, rules, until) == derive(part, rules)


def _as_told(steps: list[tuple[int, tuple[Kind, str | None], str | None]], until: int | None) -> Life:
    """A life as its desk tells it at an instant: every change with what was before, and the row as it stands."""
    row: dict[str, str | None] = {"status": Status.NEW, "agent": None, "team": None, "priority": None, "category": None}
    at, moments = NINE, [OPENED]
    for number, (gap, (kind, new), actor) in enumerate(steps):
        at += gap
        if until is not None and at > until:
            break
        old = row.get(FIELDS.get(kind, ""))
        moments.append(Moment(at, number, f"{number}", kind, actor, None, old, new))
        if kind in FIELDS:
            row[FIELDS[kind]] = new
    return Life(
        created_at=NINE,
        updated_at=moments[-1].at,
        status=Status(row["status"] or ""),
        moments=tuple(moments),
        requester="carla",
        agent=row["agent"],
        team=row["team"],
        priority=int(row["priority"]) if row["priority"] else None,
        category=row["category"],
    )


def pairs(found: Facts) -> list[tuple[int, int]]:
    """Every duration of a ticket, as (calendar, business)."""
    names = (
        "first_response_s",
        "first_resolution_s",
        "full_resolution_s",
        "requester_wait",
        "agent_wait",
        "on_hold",
        "agent_work",
    )
    return [pair for pair in (*(getattr(found, name) for name in names), *found.reply_waits) if pair is not None]


def turns_of(stretches: list[Stretch]) -> list[tuple[Stretch, Stretch]]:
    return list(pairwise(stretches))


def is_open(stretch: Stretch) -> bool:
    return stretch.status in UNSOLVED
