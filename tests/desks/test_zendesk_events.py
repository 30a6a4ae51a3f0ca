"""What Zendesk's audits mean in our words: both shapes, every kind of child event, and nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desks.zendesk_events import Reader, events
from bot.desks.zendesk_tickets import Fields, Place, tickets
from bot.store.records import BadRecord, EventRecord, MergeRecord, TicketRecord
from bot.store.words import Actor, Kind

READER = Reader(
    fields=Fields(statuses={"71": ("open", "Being looked at"), "72": ("pending", "Parked")}, worked=frozenset({"81"})),
    staff=frozenset({"11", "12"}),
)
AT = "2026-03-02T08:00:00Z"


def audit(*children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 500,
        "ticket_id": 7,
        "created_at": AT,
        "updater_id": 11,
        "via": "Web form",
        "child_events": list(children),
        **more,
    }


def change(**fields: Any) -> dict[str, Any]:
    return {"id": 501, "event_type": "Change", **fields}


def comment(**fields: Any) -> dict[str, Any]:
    return {"id": 502, "event_type": "Comment", "type": "Comment", "public": True, **fields}


def told(*children: dict[str, Any], **more: Any) -> list[EventRecord]:
    """All but the tags: they count nowhere."""
    found = list(events(audit(*children, **more), READER))
    assert all(isinstance(each, EventRecord) for each in found)
    return [each for each in found if isinstance(each, EventRecord) and each.kind is not Kind.TRAIT]


def only(*children: dict[str, Any], **more: Any) -> EventRecord:
    (event,) = told(*children, **more)
    return event


def test_the_first_audit_tells_who_opened_the_ticket_and_with_what() -> None:
    made = {"id": 1, "event_type": "Create", "status": "open", "group_id": 101}
    created, opening = told(made, comment(author_id=21), updater_id=21)
    assert (created.kind, created.new, created.actor, created.actor_kind) == (Kind.CREATED, "open", "21", Actor.CUSTOMER)
    assert (opening.kind, opening.new) == (Kind.REPLY, "opening")


def test_an_api_account_that_carries_a_ticket_in_did_not_open_it() -> None:
    created, _ = told({"id": 1, "event_type": "Create", "status": "new"}, comment(author_id=21), updater_id=11)
    assert (created.actor, created.actor_kind) == ("21", Actor.CUSTOMER)


def test_a_private_first_comment_is_a_note() -> None:
    _, first = told({"id": 1, "event_type": "Create", "status": "new"}, comment(public=False))
    assert (first.kind, first.new) == (Kind.NOTE, None)


@pytest.mark.parametrize(
    ("author", "kind"), [(11, Actor.AGENT), (21, Actor.CUSTOMER), (-1, Actor.SYSTEM), ("12", Actor.AGENT), (None, Actor.AGENT)]
)
def test_a_comment_is_by_who_wrote_it_not_by_who_updated(author: Any, kind: Actor) -> None:
    event = only(comment(author_id=author))
    assert (event.kind, event.actor_kind) == (Kind.REPLY, kind)


def test_without_its_text_a_comment_is_known_by_its_booleans() -> None:
    assert only({"id": 9, "event_type": "Comment", "comment_present": True, "comment_public": False}).kind is Kind.NOTE
    assert only({"id": 9, "event_type": "Comment", "comment_present": True, "comment_public": True}).kind is Kind.REPLY


@pytest.mark.parametrize("kind", ["VoiceComment", "FacebookComment", "Tweet"])
def test_calls_and_posts_are_comments_too(kind: str) -> None:
    assert only({"id": 9, "type": kind, "public": True, "author_id": 11}).kind is Kind.REPLY


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "solved", "previous_value": "open"}, (Kind.STATUS, "open", "solved")),
        ({"status": "hold", "previous_value": "open"}, (Kind.STATUS, "open", "hold")),
        ({"custom_status_id": "72", "previous_value": "71"}, (Kind.STATUS, "open", "pending")),
        ({"group_id": 102, "previous_value": "101"}, (Kind.TEAM, "101", "102")),
        ({"assignee_id": "12", "previous_value": None}, (Kind.ASSIGNED, None, "12")),
        ({"assignee_id": "", "previous_value": "12"}, (Kind.ASSIGNED, "12", None)),
        ({"assignee_id": "null", "previous_value": 12}, (Kind.ASSIGNED, "12", None)),
        ({"priority": "urgent", "previous_value": None}, (Kind.PRIORITY, None, "1")),
        ({"type": "incident", "previous_value": "question"}, (Kind.CATEGORY, "question", "incident")),
        ({"schedule_id": 2, "previous_value": 1}, (Kind.SCHEDULE, "1", "2")),
    ],
)
def test_a_change_is_told_alike_in_both_shapes(fields: dict[str, Any], expected: tuple[Kind, str | None, str | None]) -> None:
    exported = only(change(**fields))
    (name,) = fields.keys() - {"previous_value"}
    listed = {"id": 501, "type": "Change", "field_name": name, "value": fields[name], "previous_value": fields["previous_value"]}
    alone = {"id": 500, "created_at": AT, "author_id": 11, "via": {"channel": "web"}, "events": [listed]}
    (single,) = events(alone, READER, "7")
    assert (exported.kind, exported.old, exported.new) == expected
    assert single == exported


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "open", "previous_value": "open"},
        {"custom_status_id": "71", "previous_value": "71"},
        {"custom_status_id": "99", "previous_value": "71"},
        {"subject": "New words", "previous_value": "Old words"},
        {"status": "whatever", "previous_value": "open"},
    ],
)
def test_what_changes_nothing_for_us_is_nothing(fields: dict[str, Any]) -> None:
    assert told(change(**fields)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"via": "Ticket merge"},
        {"via": {"channel": "system", "source": {"rel": "merge"}}},
        {"child_events": [change(status="closed", previous_value="open"), change(id=3, tags=["a", "closed_by_merge"])]},
        {
            "child_events": [
                change(status="closed", previous_value="open"),
                change(id=3, tags="x", added_tags=["closed_by_merge"]),
            ]
        },
    ],
)
def test_closed_by_a_merge_is_merged(more: dict[str, Any]) -> None:
    assert only(change(status="closed", previous_value="open"), **more).new == "merged"


@pytest.mark.parametrize(
    ("more", "into"),
    [
        ({"words": 'This request was closed and merged into request #12 "About #99"'}, "12"),
        ({"words": "Fusionné: voir #7, puis #12."}, "12"),
        ({"words": "A duplicate."}, None),
        ({"words": "It&#39;s room#12, 12 and #12a"}, None),
        ({"words": None}, None),
        ({"words": "See #12", "via": {"channel": "web", "source": {"from": {}, "to": {"ticket_id": 13}, "rel": "merge"}}}, "13"),
        ({"words": "x", "via": {"channel": "merge", "source": {"from": {"ticket_id": "13"}, "to": {"ticket_id": 7}}}}, "13"),
    ],
)
def test_the_update_that_merged_a_ticket_away_tells_into_which(more: dict[str, Any], into: str | None) -> None:
    said = comment(public=False, body=more["words"])
    closed = change(status="closed", previous_value="open")
    found = list(events(audit(said, closed, via=more.get("via", "Ticket merge")), READER))
    assert [each.into for each in found if isinstance(each, MergeRecord)] == ([into] if into else [])


def test_the_ticket_that_stays_was_not_merged_away() -> None:
    said = comment(public=False, body="Request #12 was closed and merged into this request.")
    assert all(isinstance(each, EventRecord) for each in events(audit(said, via="Ticket merge"), READER))


@pytest.mark.parametrize("kind", ["CollabThreadCreated", "CollabThreadReply", "CollabThreadClosed", "CollabThreadReopened"])
@pytest.mark.parametrize("shape", ["type", "event_type"])
def test_a_side_conversation_is_no_reply(kind: str, shape: str) -> None:
    said = {"id": 3, shape: kind, "thread_id": "8566255a", "author_id": 11, "public": True, "body": "x", "subject": "y"}
    assert told(said, via={"channel": "side_conversation", "source": {}}) == []


def test_a_ticket_that_a_side_conversation_made_was_opened_by_an_agent() -> None:
    made = {"id": 1, "event_type": "Create", "status": "new", "group_id": 101}
    via = {"channel": "side_conversation", "source": {"from": {"ticket_id": 9}}}
    created, opening = told(made, comment(author_id=11), via=via)
    assert (created.actor_kind, opening.actor_kind, opening.new) == (Actor.AGENT, Actor.AGENT, "opening")


def test_a_schedule_given_by_a_trigger_is_told() -> None:
    event = only({"id": 3, "type": "ScheduleAssignment", "previous_schedule_id": None, "new_schedule_id": 5})
    assert (event.kind, event.old, event.new) == (Kind.SCHEDULE, None, "5")


def test_what_an_automation_did_was_done_by_nobody() -> None:
    event = only(change(status="closed", previous_value="solved"), updater_id=-1, via="Rule")
    assert (event.actor, event.actor_kind) == (None, Actor.SYSTEM)


@pytest.mark.parametrize(
    "child",
    [
        change(custom_ticket_fields={"81": "90"}),
        {"id": 4, "type": "Change", "field_name": "81", "value": "90", "previous_value": "0"},
    ],
)
def test_time_worked_is_what_the_last_update_took(child: dict[str, Any]) -> None:
    event = only(child)
    assert (event.kind, event.worked_s) == (Kind.WORKED, 90)


def test_everything_in_an_audit_is_of_one_moment_and_audits_are_in_order() -> None:
    first = told(comment(), change(status="solved", previous_value="open"))
    second = told(change(status="open", previous_value="solved"), id=510)
    assert {each.seq for each in first} == {500}
    assert {each.seq for each in second} == {510}
    huge = only(comment(), id=10**17 + 3)
    assert 0 <= huge.seq < 2**31


def test_two_changes_of_one_audit_sort_as_they_happened() -> None:
    changes = [change(id=9, status="open", previous_value="new"), change(id=10, status="pending", previous_value="open")]
    assert [each.new for each in sorted(told(*changes), key=lambda each: each.key)] == ["open", "pending"]


@pytest.mark.parametrize(
    "more",
    [
        {"created_at": "yesterday"},
        {"created_at": None},
        {"ticket_id": None},
        {"id": None},
        {"created_at": "1970-01-01T00:00:00Z"},
    ],
)
def test_an_audit_without_time_or_ticket_is_set_aside(more: dict[str, Any]) -> None:
    (bad,) = events(audit(comment(), **more), READER)
    assert isinstance(bad, BadRecord)
    assert bad.stream == "events"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["id", "event_type", "type", "status", "previous_value", "field_name", "value", "public", "author_id", "via", "tags"]
)


@given(
    st.dictionaries(NAMES | st.sampled_from(["ticket_id", "created_at", "child_events", "events"]), JSON),
    st.dictionaries(NAMES, JSON),
)
def test_nonsense_never_raises(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    list(events({**audit(inner), **outer}, READER))
    list(
        events(audit({**inner, "event_type": "Change"}, {**inner, "type": "Comment"}, {**inner, "event_type": "Create"}), READER)
    )


ASKED = Reader(fields=Fields(asked=frozenset({"organization", "custom_fields_5", "type"})))


@pytest.mark.parametrize(
    ("child", "told"),
    [
        (change(tags=["a", "b"], added_tags=["b"], removed_tags=["c"]), [("tag:a\nc", "tag:a\nb")]),
        (change(field_name="tags", value=["a"], previous_value=[]), [("tag:", "tag:a")]),
        (change(organization_id=802, previous_value=801), [("organization:801", "organization:802")]),
        (change(field_name="organization_id", value="802", previous_value=None), [("organization:", "organization:802")]),
        (change(custom_ticket_fields={"5": "gold"}, previous_value={"5": None}), [("custom_fields_5:", "custom_fields_5:gold")]),
        (change(field_name="5", value=True, previous_value=False), [("custom_fields_5:false", "custom_fields_5:true")]),
        (change(field_name="type", value="incident", previous_value="question"), [("type:question", "type:incident")]),
        (change(brand_id=4, previous_value=3), []),
        ({"id": 1, "event_type": "Create", "organization_id": 7, "tags": ["a"]}, [(None, "organization:7")]),
    ],
)
def test_what_policies_ask_for_is_followed_through_its_changes(child: dict[str, Any], told: list[tuple[str | None, str]]) -> None:
    found = [each for each in events(audit(child), ASKED) if isinstance(each, EventRecord) and each.kind is Kind.TRAIT]
    assert [(each.old, each.new) for each in found] == told


@pytest.mark.parametrize("tags", [True, 7, {"a": 1}, None, [None, 7]])
def test_tags_that_are_no_list_are_none(tags: Any) -> None:
    assert told(change(tags=tags), change(id=3, field_name="tags", value=tags)) == []
    row = {"id": 1, "created_at": AT, "updated_at": AT, "status": "open", "tags": tags}
    (ticket,) = tickets({"tickets": [row]}, Place(base="", fields=Fields()))
    assert isinstance(ticket, TicketRecord)
    assert ticket.tags == ()
