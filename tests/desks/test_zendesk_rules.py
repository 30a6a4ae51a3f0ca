"""Zendesk's hours, holidays, promises, tickets and ratings in our words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.desks.zendesk_door import after
from bot.desks.zendesk_ratings import rating, survey_response
from bot.desks.zendesk_rules import by_position, default_of, group_policy, policy, schedule, week
from bot.desks.zendesk_tickets import Fields, Place, tickets
from bot.desks.zendesk_words import channel_of, priority_of, status_of
from bot.desks.zendesk_zones import RAILS, iana_zone
from bot.store.records import BadRecord, RatingRecord, ScheduleRecord, SlaPolicyRecord, TicketRecord
from bot.store.words import Channel, Metric, Status

AT = "2026-03-02T08:00:00Z"
PLACE = Place(base="https://x.example", fields=Fields(statuses={"71": ("open", "Being looked at")}, handled="82"))


def interval(start: int, end: int) -> dict[str, int]:
    return {"start_time": start, "end_time": end}


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([interval(1980, 2460)], ((540, 1020),)),
        ([interval(0, 1440)], ((8640, 0),)),
        ([interval(8640, 10080)], ((7200, 8640),)),
        ([interval(0, 10080)], ((0, 8640), (8640, 0))),
        ([interval(600, 500), {"start_time": "x", "end_time": 5}], ()),
    ],
)
def test_a_week_from_sunday_is_one_from_monday(intervals: list[Any], expected: tuple[Any, ...]) -> None:
    assert week({"intervals": intervals}) == expected


def test_a_schedule_has_its_days_off_and_an_iana_zone() -> None:
    told = {"id": 1, "name": "Office", "time_zone": "Eastern Time (US & Canada)", "intervals": [interval(1980, 2460)]}
    holiday = {"name": "Break", "start_date": "2026-12-31", "end_date": "2027-01-02"}
    found = schedule(told, [holiday, {"start_date": "soon"}], is_default=True)
    assert isinstance(found, ScheduleRecord)
    assert (found.zone, found.is_default) == ("America/New_York", True)
    assert found.holidays == ("2026-12-31", "2027-01-01", "2027-01-02")


def test_a_zone_that_nobody_knows_is_set_aside() -> None:
    assert isinstance(schedule({"id": 1, "time_zone": "Atlantis"}, [], is_default=True), BadRecord)


def test_every_rails_zone_is_one_here() -> None:
    assert [name for name in RAILS if iana_zone(name) is None] == []
    assert iana_zone("New Caledonia") == "Pacific/Noumea"
    assert iana_zone("Europe/Berlin") == "Europe/Berlin"


def test_the_default_schedule_is_the_one_marked_else_the_first() -> None:
    assert default_of([{"id": 1}, {"id": 2}]) == "1"
    assert default_of([{"id": 1}, {"id": 2, "default": True}]) == "2"
    assert default_of([]) is None


def condition(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def promised(*conditions: dict[str, Any], any_of: tuple[dict[str, Any], ...] = ()) -> Any:
    metrics = [{"metric": "first_reply_time", "target": 60, "business_hours": True, "priority": "high"}]
    told = {"id": 5, "title": "Gold", "filter": {"all": list(conditions), "any": list(any_of)}, "policy_metrics": metrics}
    return policy(told, 3)


def test_a_policy_has_its_targets_in_seconds() -> None:
    found = promised()
    assert isinstance(found, SlaPolicyRecord)
    (target,) = found.targets
    assert (target.metric, target.target_s, target.business, target.priority) == (Metric.FIRST_REPLY, 3600, True, 2)
    assert (found.matches, found.position, found.name) == ({}, 3, "Gold")


def test_seconds_are_more_exact_than_minutes() -> None:
    told = {"id": 5, "title": "x", "policy_metrics": [{"metric": "total_resolution_time", "target": 1, "target_in_seconds": 90}]}
    found = policy(told, 1)
    assert isinstance(found, SlaPolicyRecord)
    assert (found.targets[0].metric, found.targets[0].target_s) == (Metric.RESOLUTION, 90)


def test_a_target_for_a_priority_nobody_knows_is_none_for_all() -> None:
    asked = {"metric": "first_reply_time", "target": 60, "business_hours": True}
    found = policy({"id": 5, "policy_metrics": [{**asked, "priority": "asap"}, {**asked, "priority": "low"}]}, 1)
    assert isinstance(found, SlaPolicyRecord)
    assert [target.priority for target in found.targets] == [4]


def test_how_long_a_group_may_hold_a_ticket_is_told_in_seconds_and_apart() -> None:
    target = {"metric": "group_ownership_time", "priority": "low", "target": 3600, "business_hours": False}
    told = {"id": "01H0", "title": "Tier 1", "policy_metrics": [target, {**target, "target_in_seconds": 60}]}
    found = group_policy({**told, "filter": {"all": [condition("group_id", "includes", [6, "7"])]}}, 2)
    assert isinstance(found, SlaPolicyRecord)
    assert (found.external_id, found.matches, found.position) == ("group-01H0", {"team": ("6", "7")}, 2)
    assert [(each.metric, each.target_s) for each in found.targets] == [(Metric.GROUP_OWNERSHIP, each) for each in (3600, 60)]
    assert policy(told, 2) == replace(found, external_id="01H0", matches={}, targets=())


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ([condition("group_id", "is", "101")], {"team": ("101",)}),
        ([condition("group_id", "is_not", 101)], {"-team": ("101",)}),
        ([condition("group_id", "is", "")], {"team": ("",)}),
        ([condition("assignee_id", "not_present", None)], {"agent": ("",)}),
        ([condition("assignee_id", "is", 11)], {"agent": ("11",)}),
        ([condition("requester_id", "is", "21")], {"requester": ("21",)}),
        ([condition("requester_role", "is", "end_user")], {"requester_role": ("end_user",)}),
        ([condition("requester_role", "is_not", 4)], {"-requester_role": ("agent",)}),
        ([condition("requester_role", "is", "Admin")], {"requester_role": ("admin",)}),
        ([condition("priority", "is", "urgent")], {"priority": ("1",)}),
        ([condition("priority", "is_not", "urgent")], {"-priority": ("1",)}),
        ([condition("priority", "less_than", "high")], {"priority": ("3", "4")}),
        ([condition("priority", "greater_than", "normal")], {"priority": ("1", "2")}),
        ([condition("type", "is", "incident")], {"type": ("incident",)}),
        ([condition("via_id", "is", "4")], {"channel": ("email",)}),
        ([condition("via_id", "is_not", 5)], {"-channel": ("api",)}),
        ([condition("organization_id", "is", 360033549136)], {"organization": ("360033549136",)}),
        ([condition("organization_id", "is_not", "7")], {"-organization": ("7",)}),
        ([condition("ticket_form_id", "is", "4")], {"form": ("4",)}),
        ([condition("brand_id", "is", "9")], {"brand": ("9",)}),
        ([condition("recipient", "is", "help@example.com")], {"recipient": ("help@example.com",)}),
        ([condition("ticket_is_public", "is", "private")], {"public": ("false",)}),
        ([condition("custom_fields_5", "is", "gold")], {"custom_fields_5": ("gold",)}),
        ([condition("custom_fields_5", "is", True)], {"custom_fields_5": ("true",)}),
        ([condition("custom_fields_5", "present", None)], {"-custom_fields_5": ("",)}),
        ([condition("current_tags", "includes", "vip gold")], {"tag": ("vip", "gold")}),
        ([condition("current_tags", "not_includes", "vip")], {"-tag": ("vip",)}),
        (
            [condition("current_tags", "includes", "vip"), condition("current_tags", "includes", "gold")],
            {"tag": ("vip",), "tag#2": ("gold",)},
        ),
    ],
)
def test_what_a_policy_asks_for_is_what_tickets_have(conditions: list[Any], matches: dict[str, Any]) -> None:
    assert promised(*conditions).matches == matches


def test_of_alternatives_one_must_hold() -> None:
    found = promised(
        condition("priority", "is", "low"), any_of=(condition("group_id", "is", "101"), condition("group_id", "is_not", "102"))
    )
    assert found.matches == {"priority": ("4",), "|team": ("101",), "|-team": ("102",)}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (condition("requester_role", "is", "360000001234"), "a role that the account made itself"),
        (condition("assignee_id", "is", "current_user"), "compares assignee_id with whoever is at it"),
        (condition("group_id", "includes", ["101", "current_groups"]), "compares group_id with whoever is at it"),
        (condition("priority", "is", "terrible"), "asks for priority in a way"),
        (condition("organization_id", "less_than", "7"), "asks for organization_id in a way"),
        (condition("group_id", "changed", "101"), "asks for group_id in a way"),
        (condition("<b>nobody's@x.example", "is", "1"), "asks for bnobodysxexample in a way"),
        (condition("", "is", "1"), "asks for condition in a way"),
    ],
)
def test_a_policy_that_cannot_be_judged_promises_nothing_to_anybody_and_says_why(asked: dict[str, Any], says: str) -> None:
    for found in (promised(asked), promised(any_of=(condition("group_id", "is", "101"), asked))):
        assert isinstance(found, BadRecord)
        assert found.stream == "policies"
        assert says in found.reason
        assert found.reason.endswith(": its targets count for nobody.")


def test_a_ticket_deleted_for_good_is_missed_by_nobody() -> None:
    assert (
        list(tickets({"tickets": [{"id": 1, "status": "deleted", "subject": "SCRUBBED"}]}, Place(base="", fields=Fields()))) == []
    )


def test_a_cursor_may_stand_only_in_the_link() -> None:
    link = "https://x.example/api/v2/incremental/tickets/cursor.json?cursor=MTIz"
    assert [after({"after_cursor": "a", "after_url": link}), after({"after_url": link}), after({"after_url": None})] == [
        "a",
        "MTIz",
        None,
    ]


def test_policies_are_tried_by_position() -> None:
    assert [each["id"] for each in by_position([{"id": 1, "position": 2}, {"id": 2, "position": 1}])] == [2, 1]


def ticket(**more: Any) -> Any:
    row = {"id": 7, "created_at": AT, "updated_at": AT, "generated_timestamp": 1_772_440_000, "status": "open", **more}
    (found,) = tickets({"tickets": [row]}, PLACE)
    return found


def test_a_ticket_is_as_zendesk_says() -> None:
    found = ticket(
        priority="high", via={"channel": "email"}, type="question", tags=["a"], group_id=1, assignee_id=2, requester_id=3
    )
    assert isinstance(found, TicketRecord)
    assert (found.priority, found.channel, found.category, found.tags) == (2, Channel.EMAIL, "question", ("a",))
    assert (found.team, found.agent, found.customer, found.version) == ("1", "2", "3", 1_772_440_000)
    assert found.url == "https://x.example/agent/tickets/7"


def test_a_custom_status_gives_its_name_and_its_category_decides() -> None:
    found = ticket(custom_status_id=71)
    assert (found.status, found.status_raw) == (Status.OPEN, "Being looked at")


def test_merged_away_is_merged_and_time_spent_is_kept() -> None:
    assert ticket(status="closed", tags=["closed_by_merge"]).status is Status.MERGED
    assert ticket(custom_fields=[{"id": 82, "value": "300"}]).handled_s == 300
    assert ticket(custom_fields=[{"id": 82, "value": None}]).handled_s is None


def test_the_desks_own_figures_are_kept_beside_ours() -> None:
    metrics = {"reply_time_in_minutes": {"calendar": 7, "business": 5}, "reopens": 1, "replies": None}
    assert ticket(metric_set=metrics).desk_facts == {"first_response_min": [7, 5], "reopens": 1}


@pytest.mark.parametrize(
    "more",
    [
        {"created_at": None},
        {"created_at": "soon"},
        {"status": "odd"},
        {"status": None},
        {"updated_at": 3},
        {"created_at": "2030-01-01T00:00:00Z"},
    ],
)
def test_a_ticket_that_cannot_be_is_set_aside_with_its_reason(more: dict[str, Any]) -> None:
    found = ticket(**more)
    assert isinstance(found, BadRecord)
    assert (found.external_id, found.stream) == ("7", "tickets")


@pytest.mark.parametrize(
    ("via", "channel"),
    [
        ("Mail", Channel.EMAIL),
        ({"channel": "web"}, Channel.WEB),
        ({"channel": "voice"}, Channel.PHONE),
        (None, Channel.OTHER),
        ({"channel": 4}, Channel.EMAIL),
        ("Web service", Channel.API),
        ({"channel": "whatsapp"}, Channel.SOCIAL),
        ([], Channel.OTHER),
    ],
)
def test_the_channel_is_an_object_a_word_or_nothing(via: Any, channel: Channel) -> None:
    assert channel_of(via) is channel


def test_words_nobody_knows_mean_nothing() -> None:
    assert (status_of("x"), status_of(5), priority_of("asap"), priority_of(None)) == (None, None, None, None)


@pytest.mark.parametrize(
    ("score", "expected"), [("good", 1), ("bad", 0), ("good_with_comment", 1), ("offered", None), ("", None)]
)
def test_only_good_and_bad_are_ratings(score: str, expected: int | None) -> None:
    found = rating({"id": 1, "score": score, "updated_at": AT, "ticket_id": 7})
    assert (found.score if isinstance(found, RatingRecord) else None) == expected


def answered(value: Any, *steps: int) -> Any:
    question = {"options": [{"rating": step} for step in steps]}
    return survey_response(
        {"id": "s", "answers": [{"type": "rating_scale", "rating": value, "question": question, "created_at": AT}]}
    )


@pytest.mark.parametrize(
    ("value", "steps", "scale", "score"),
    [
        (4, (1, 2, 3, 4, 5), "csat-1-5", 4),
        (5, (), "csat-1-5", 5),
        (2, (1, 2), "csat-good-bad", 1),
        (5, (1, 3, 5), "csat-faces-3", 3),
    ],
)
def test_an_answer_is_on_the_scale_of_its_question(value: int, steps: tuple[int, ...], scale: str, score: int) -> None:
    found = answered(value, *steps)
    assert (found.scale, found.score) == (scale, score)


def test_an_answer_off_its_scale_is_set_aside_and_none_is_none() -> None:
    assert isinstance(answered(9, 1, 2, 3), BadRecord)
    assert isinstance(answered(1, 1, 2, 3, 4), BadRecord)
    assert answered(None, 1, 2) is None
    assert isinstance(survey_response({"id": "s", "answers": [{"rating": 3}]}), BadRecord)
