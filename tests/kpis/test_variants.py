"""Each variant of the definitions is said where it holds, and changes what it says it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.errors import CxError
from bot.facts.profiles import PROFILES, VARIANTS, profile_of
from bot.kpis import KPIS, kpi_of
from bot.kpis.answer import Answer
from bot.kpis.variants import CHANGES, SAID_OF, under
from bot.store.engine import Store
from bot.store.words import Kind, Metric, Status
from tests.kpis.office import CALENDAR, DATABASES, ask, days, fresh_store, keep
from tests.kpis.town import FIRST, LAST, build_town
from tests.world import CAST, MONDAY, event, minute, ticket

WHOLE = days(FIRST, (LAST - FIRST).days)
OTHER = {
    "sla": "desk",
    "roles": "then", "agent_domains": "example.com", "first_contact_days": "14", "headline": "mean", "cohort": "created",
    "resolution": "first", "resolution_rate": "flow", "per_agent": "seats", "per_agent_of": "assigned", "backlog": "active",
    "replies": "both", "first_reply_of": "created", "first_contact_of": "created", "reopen": "events", "csat": "mean",
    "csat_by": "solve", "nps": "relational", "ces": "ease",
}  # fmt: skip


def own(**variants: str) -> str:
    return f"custom({', '.join(f'{name}={value}' for name, value in variants.items())})"


GROUP_SLAS = replace(CALENDAR, profile=own(group_slas="yes"))


@pytest.fixture(scope="module", params=DATABASES)
def town(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, request.param) as store:
        build_town(store)
        yield store


def told(town: Store, slug: str, **variants: str) -> Answer:
    return ask(town, slug, WHOLE, workspace=replace(CALENDAR, profile=own(**variants)), grain="week", splits=("channel",))


def test_every_variant_is_said_of_some_number() -> None:
    assert set(SAID_OF) == set(VARIANTS)
    assert set(CHANGES) <= set(VARIANTS)
    assert {slug for slugs in SAID_OF.values() for slug in slugs} <= {kpi.slug for kpi in KPIS}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_definition_says_that_a_variant_holds(name: str) -> None:
    profile = profile_of(own(**{name: OTHER.get(name, "yes")}))
    for slug in SAID_OF[name]:
        assert under(kpi_of(slug), profile).definition != kpi_of(slug).definition
        assert under(kpi_of(slug), profile).definition.endswith(".")
    for kpi in KPIS:
        if kpi.slug not in SAID_OF[name]:
            assert under(kpi, profile) is kpi


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_under_the_articles_a_number_is_what_it_is_declared_to_be(kpi: object) -> None:
    assert under(kpi, PROFILES[0]) is kpi  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_variant_measures_can_be_asked_split_and_drawn(town: Store, name: str) -> None:
    words = {"resolution": ("first", "worked"), "reopen": ("cohort", "customer", "events"), "ces": ("ease", "top_box")}
    for word in words.get(name, (OTHER.get(name, "yes"),)):
        for slug in SAID_OF[name]:
            answer = told(town, slug, **{name: word})
            assert answer.figure.value is not None
            assert answer.figure.n > 0
            assert answer.rows
            assert len(answer.series) > 3
            assert answer.definition == under(kpi_of(slug), profile_of(own(**{name: word}))).definition


@pytest.mark.parametrize("slug", ["sla", "breaches"])
def test_how_long_a_team_may_hold_a_ticket_is_a_target_where_the_profile_says_so(town: Store, slug: str) -> None:
    """Every other target counts the same either way; this one is split off by its name."""
    both = [told(town, slug), told(town, slug, group_slas="yes")]
    by_target = [ask(town, slug, WHOLE, workspace=workspace, splits=("target",)) for workspace in (CALENDAR, GROUP_SLAS)]
    without, among = ({row.labels[0]: row.figure for row in answer.rows} for answer in by_target)
    assert among.keys() - without.keys() == {Metric.GROUP_OWNERSHIP.value}
    assert {name: among[name] for name in without} == without
    assert both[1].figure.n - both[0].figure.n == among[Metric.GROUP_OWNERSHIP.value].n > 0


def test_the_mean_stands_first_where_the_profile_says_so(town: Store) -> None:
    plain, mean = told(town, "frt"), told(town, "frt", headline="mean")

    assert (plain.statistic, mean.statistic) == ("median", "mean")
    assert mean.figure.value == plain.figure.parts["mean"]


def test_a_cohort_counts_by_creation_and_loses_nothing(town: Store) -> None:
    wide = days(FIRST.replace(month=1), 365)
    by_event, by_creation = (
        ask(town, "frt", wide, workspace=replace(CALENDAR, profile=own(cohort=word))).figure for word in ("event", "created")
    )
    assert by_event == by_creation


def test_resolution_without_waiting_leaves_pending_and_hold_out(store: Store) -> None:
    """An hour open, two pending, three on hold; solved, reopened an hour later and solved at once."""
    turns = (
        (Status.OPEN, 0),
        (Status.PENDING, 60),
        (Status.HOLD, 180),
        (Status.SOLVED, 360),
        (Status.OPEN, 420),
        (Status.SOLVED, 420),
    )
    steps = [
        event(Kind.STATUS, minute(at), old=before, new=now, key=f"{place}", seq=place, actor="ana")
        for place, ((before, _), (now, at)) in enumerate(pairwise(turns))
    ]
    keep(store, *CAST, ticket(status=Status.SOLVED), event(Kind.CREATED, new=Status.OPEN, actor="carla"), *steps)
    week = days(MONDAY.replace(hour=0), 7)
    whole, worked, first = (
        ask(store, "resolution", week, workspace=replace(CALENDAR, profile=own(resolution=word))).figure.value
        for word in ("full", "worked", "first")
    )
    assert (whole, worked, first) == (420 * 60, 120 * 60, 360 * 60)


def test_shares_of_the_created_are_never_above_those_of_the_resolved_rows(town: Store) -> None:
    for slug, name in (("fcr", "first_contact_of"), ("first-reply-resolution", "first_reply_of")):
        assert told(town, slug, **{name: "created"}).figure.n == told(town, "volume").figure.n


def test_reopenings_are_counted_as_the_profile_says(town: Store) -> None:
    flow, customer, events, cohort = (
        told(town, "reopen-rate", reopen=word).figure for word in ("flow", "customer", "events", "cohort")
    )
    assert (customer.parts["top"] or 0) <= (flow.parts["top"] or 0) <= (events.parts["top"] or 0)
    assert 0 <= (cohort.value or 0) <= 100
    assert cohort.interval is not None


def test_backlog_without_waiting_is_a_part_of_it(town: Store) -> None:
    assert 0 < told(town, "backlog", backlog="active").figure.n < told(town, "backlog").figure.n


def test_all_seats_are_more_than_those_at_work(town: Store) -> None:
    active, seats = told(town, "per-agent"), told(town, "per-agent", per_agent="seats")

    assert (seats.figure.parts["bottom"] or 0) >= (active.figure.parts["bottom"] or 0)
    assert seats.figure.parts["top"] == active.figure.parts["top"]


def test_csat_as_a_mean_has_a_score_and_ease_a_percentage(town: Store) -> None:
    assert 1 <= (told(town, "csat", csat="mean").figure.value or 0) <= 5
    assert 0 <= (told(town, "ces", ces="ease").figure.value or -1) <= 100


@pytest.mark.parametrize("profile", [profile.slug for profile in PROFILES])
def test_every_profile_answers_every_number(town: Store, profile: str) -> None:
    workspace = replace(CALENDAR, profile=profile)
    for kpi in KPIS:
        try:
            answer = ask(town, kpi.slug, WHOLE, workspace=workspace)
        except CxError as error:
            raise AssertionError(f"{kpi.slug}: {error}") from error
        assert answer.profile == profile
