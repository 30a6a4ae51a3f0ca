"""What made a number change adds up to the change, whatever the groups; and what chance would do is not called a cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kpis import kpi_of
from bot.kpis.answer import Figure, Source
from bot.kpis.figures import net_score
from bot.kpis.measure import measure
from bot.kpis.statistics import wilson
from bot.kpis.why import Effect, Part, Split, count_effects, differs, mean_effects, why
from bot.store.workspace import Workspace
from bot.views.why import why_message
from commands.grammar import read
from tests.commands.conftest import town, town_store
from tests.commands.room import NOW, ZONE, Room, buttons, said, typed

__all__ = ["town", "town_store"]

groups = st.sampled_from(("email", "web", "chat", None, 3))
parts = st.dictionaries(groups, st.tuples(st.integers(1, 10_000).map(float), st.floats(-1e6, 1e6)), min_size=1)
counts = st.dictionaries(groups, st.integers(0, 10**6).map(float))


def mean(side: dict[str | int | None, Part]) -> float:
    return sum(n * (value or 0.0) for n, value in side.values()) / sum(n for n, _ in side.values())


@given(parts, parts)
def test_mix_and_rate_add_up_to_the_change(before: dict[str | int | None, Part], after: dict[str | int | None, Part]) -> None:
    found = mean_effects(before, after)
    change = mean(after) - mean(before)
    assert sum(mix + rate for mix, rate in found.values()) == pytest.approx(change, rel=1e-6, abs=1e-4)


@given(parts, parts)
def test_which_window_comes_first_only_changes_the_signs(
    before: dict[str | int | None, Part], after: dict[str | int | None, Part]
) -> None:
    there, back = mean_effects(before, after), mean_effects(after, before)
    for key, (mix, rate) in there.items():
        assert list(back[key]) == pytest.approx([-mix, -rate], abs=1e-4)


@given(counts, counts)
def test_counts_add_up_to_the_change(before: dict[str | int | None, float], after: dict[str | int | None, float]) -> None:
    assert sum(count_effects(before, after).values()) == sum(after.values()) - sum(before.values())


def test_the_same_rates_with_another_mix_are_all_mix_and_the_other_way_round() -> None:
    easy, hard = (100.0, 90.0), (100.0, 50.0)
    mixed = mean_effects({"easy": easy, "hard": hard}, {"easy": (300.0, 90.0), "hard": hard})
    assert [rate for _, rate in mixed.values()] == [0.0, 0.0]
    assert sum(mix for mix, _ in mixed.values()) == pytest.approx(10.0)
    rated = mean_effects({"easy": easy, "hard": hard}, {"easy": easy, "hard": (100.0, 70.0)})
    assert rated["easy"] == (0.0, 0.0)
    assert list(rated["hard"]) == pytest.approx([0.0, 10.0])


def test_chance_is_not_called_a_change() -> None:
    csat, volume = kpi_of("csat"), kpi_of("volume")

    def rated(top: int, n: int) -> Figure:
        return Figure(value=100 * top / n, n=n, parts={"top": float(top), "bottom": float(n)}, interval=wilson(top, n))

    assert differs(csat, rated(90, 100), rated(85, 100)) is False
    assert differs(csat, rated(900, 1000), rated(800, 1000)) is True
    assert differs(csat, rated(9, 10), rated(1, 10)) is None
    assert differs(csat, rated(90, 100), rated(78, 100)) is True
    assert differs(csat, rated(90, 100), rated(78, 100), among=30) is False, "of thirty groups one differs so much by chance"
    assert differs(volume, Figure(value=100.0, n=100), Figure(value=110.0, n=110)) is False
    assert differs(volume, Figure(value=100.0, n=100), Figure(value=160.0, n=160)) is True
    assert differs(kpi_of("nps"), net_score(500, 100, 1000), net_score(300, 300, 1000)) is True


@pytest.mark.parametrize("text", ["volume last 14 days", "csat last 2 weeks", "frt last 2 weeks", "sla last 2 weeks", "backlog"])
def test_in_a_busy_month_every_dimension_adds_up(town: Room, text: str) -> None:
    workspace = Workspace(zone=ZONE)
    with town.store.reading() as session:
        understood = read(text, now=NOW, workspace=workspace, session=session)
        assert understood.kpi is not None
        assert understood.query is not None
        answer = measure(session, understood.kpi, understood.query, workspace=workspace, now=NOW)
        told = why(session, answer, workspace=workspace)
    assert told.splits
    for split in told.splits:
        assert sum(one.total for one in split.effects) == pytest.approx(told.change, abs=1e-6), split.dimension


def test_a_change_that_is_only_where_the_history_begins_is_owned_up_to(town: Room) -> None:
    workspace = Workspace(zone=ZONE)
    with town.store.reading() as session:
        understood = read("volume last 14 days", now=NOW, workspace=workspace, session=session)
        assert understood.kpi is not None
        assert understood.query is not None
        answer = measure(session, understood.kpi, understood.query, workspace=workspace, now=NOW)
        told = why(session, answer, workspace=workspace)
    assert answer.previous is not None
    known = Source(name="desk", synced_at=NOW, covered_from=answer.previous.window.start + timedelta(days=3))
    says = why_message(replace(told, answer=replace(answer, sources=(known,))), "q1", "").text
    assert "Mind: desk is known only from" in says
    assert "Mind:" not in why_message(told, "q1", "").text


def test_the_tickets_behind_the_largest_effect_are_a_button_away(town: Room) -> None:
    reply = town.type("why volume last 14 days")
    assert said(reply).startswith("Ticket volume: ")
    assert "together" in said(reply)
    share, button, receipt = buttons(reply)
    assert share["action_id"] == "share:why"
    assert str(button["text"]["text"]).startswith("Tickets: ")
    assert receipt["action_id"] == "why_number"
    assert "of " in said(town.press(reply, "tickets"))


def test_what_cannot_be_split_is_said(town: Room) -> None:
    assert "divides two numbers" in said(town.type("why per-agent last 14 days"))
    assert "Why what?" in said(town.type("why"))
    assert "before it to compare with" in said(town.type("why csat 2020"))


def test_what_made_most_of_a_change_goes_its_way_and_the_strongest_against_it_is_said() -> None:
    up, down = (
        Effect(label="email", before=(9, 1.0), after=(9, 8.0), rate=7.0),
        Effect(label="web", before=(9, 6.0), after=(9, 1.0), rate=-5.0),
    )
    split = Split(dimension="channel", effects=(up, down))

    assert split.lead(-2.0) is down
    assert split.lead(2.0) is up
    assert split.lead(0.0) is up
    assert Split(dimension="channel", effects=(up,)).lead(-2.0) is up, "nothing went its way"


def test_the_split_that_was_asked_for_is_told_first(town: Room) -> None:
    for word in ("team", "channel", "priority"):
        assert f"Most by {word}: " in said(town.type(f"why volume last 14 days by {word}"))


@pytest.mark.parametrize("split", ["by tag", "by agent", "by team and channel"])
def test_a_split_whose_groups_do_not_add_up_is_refused_with_those_that_do(town: Room, split: str) -> None:
    refused = town.type(f"why volume last 14 days {split}")
    assert said(refused).startswith("Effects are told by team, channel, category, priority, source")
    assert typed(refused) == ["why volume by team last 14 days", "why volume by channel last 14 days", "why volume last 14 days"]


def test_words_about_how_it_is_are_no_filter(town: Room) -> None:
    assert said(town.type("why is csat so low last 2 weeks?")) == said(town.type("why csat last 2 weeks"))
    (kept, *_) = town.type("why is csat low priority last 2 weeks").keeps
    assert [one["values"] for one in kept.query["filters"]] == [["low"]]


def test_what_has_no_effects_offers_what_has(town: Room) -> None:
    assert typed(town.type("why reopen rate")) == ["reopen-rate by team", "why volume", "why solved"]
    assert "entered by people" in said(town.type("why churn"))
    assert typed(town.type("why baklog by taem")) == ["why backlog by team"]
