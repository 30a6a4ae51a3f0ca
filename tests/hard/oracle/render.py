"""Lives as Zendesk writes them: rows of the export, events with their children, audits, metric events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.hard.oracle.cast import FIELD, POLICIES, SCHEDULES, SYSTEM, USERS
from tests.hard.oracle.law import fact_row
from tests.hard.oracle.lives import Life, Update
from tests.hard.oracle.promises import instances

Json = dict[str, Any]
VIA_WORDS = {"email": "Mail", "web": "Web form", "api": "API", "chat": "Chat", "voice": "Phone call (inbound)", "rule": "Rule"}
METRIC_WORDS = {"first_reply_time": "reply_time", "next_reply_time": "reply_time"}
WAIT_WORDS = ("agent_wait", "requester_wait", "on_hold")


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket_row(life: Life, now: datetime) -> Json:
    """The row as the export tells it; a silent update moves only `generated_timestamp`."""
    state = life.state
    spoken = [update.at for update in life.updates if update.mark != "silent"]
    row = {name: state[name] for name in ("status", "priority", "group_id", "assignee_id")}
    return {
        **row,
        "id": life.id,
        "url": f"https://example.zendesk.com/api/v2/tickets/{life.id}.json",
        "external_id": None,
        "via": {"channel": life.channel, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": stamp(life.created),
        "updated_at": stamp(spoken[-1]),
        "generated_timestamp": int(life.updates[-1].at.timestamp()),
        "type": life.type,
        "subject": f"Made up <b>{life.id}</b> & more",
        "raw_subject": f"Made up {life.id}",
        "description": "words of a customer",
        "requester_id": life.requester,
        "submitter_id": life.submitter,
        "organization_id": state.get("organization_id"),
        "tags": list(state["tags"]),
        "custom_fields": [{"id": FIELD, "value": state.get("grade")}],
        "fields": [{"id": FIELD, "value": state.get("grade")}],
        "is_public": True,
        "brand_id": 1,
        "satisfaction_rating": {"score": life.rating.score if life.rating else "unoffered"},
        "metric_set": metric_set(life, now),
    }


def metric_set(life: Life, now: datetime) -> Json:
    """Zendesk's own figures, in whole minutes."""
    row = fact_row(life, "zendesk", now)

    def minutes(name: str) -> Json:
        both = (row[f"{name}_s"], row[f"{name}_business_s"])
        calendar, business = (None if value is None else value // 60 for value in both)
        return {"calendar": calendar, "business": business}

    return {
        "id": life.id + 60_000,
        "ticket_id": life.id,
        "created_at": stamp(life.created),
        "updated_at": stamp(life.updates[-1].at),
        "group_stations": row["group_stations"],
        "assignee_stations": row["assignee_stations"],
        "reopens": row["reopens"],
        "replies": row["agent_replies"],
        "solved_at": stamp(row["full_resolution_at"]) if row["full_resolution_at"] else None,
        "status_updated_at": stamp(life.values("status")[-1][0]),
        "reply_time_in_minutes": minutes("first_response"),
        "first_resolution_time_in_minutes": minutes("first_resolution"),
        "full_resolution_time_in_minutes": minutes("full_resolution"),
        **{f"{name}_time_in_minutes": minutes(name) for name in WAIT_WORDS},
    }


def ticket_event(life: Life, index: int, *, comments: bool) -> Json:
    """One update as the event export tells it: each change a child, the value under the field's own name."""
    update = life.updates[index]
    word = VIA_WORDS.get(update.via, "Web service")
    children = [
        {**child, "id": update.id * 100 + place, "via": word, "via_reference_id": None}
        for place, child in enumerate(_children(life, index, comments=comments))
    ]
    return {
        "id": update.id,
        "ticket_id": life.id,
        "timestamp": int(update.at.timestamp()),
        "created_at": stamp(update.at),
        "updater_id": update.actor,
        "via": word,
        "system": {},
        "metadata": {},
        "event_type": "Audit",
        "child_events": children,
    }


def _children(life: Life, index: int, *, comments: bool) -> Iterator[Json]:
    update = life.updates[index]
    kind = "Create" if index == 0 else "Change"
    if index == 0:
        yield {"subject": f"Made up {life.id}", "event_type": "Create"}
        yield {"requester_id": life.requester, "event_type": "Create"}
    if update.comment is not None:
        yield (
            _comment_child(update)
            if comments
            else {
                "event_type": "Comment",
                "comment_present": True,
                "comment_public": update.comment.public,
            }
        )
    for name, value, before in _changes(life, index):
        if name == "schedule_id":
            yield {"event_type": "ScheduleAssignment", "previous_schedule_id": before, "new_schedule_id": value}
        elif name == "tags":
            added, gone = sorted(set(value) - set(before or ())), sorted(set(before or ()) - set(value))
            yield {"tags": list(value), "added_tags": added, "removed_tags": gone, "event_type": kind}
        elif name == "grade":
            extra = {} if index == 0 else {"previous_value": {str(FIELD): before}}
            yield {"custom_ticket_fields": {str(FIELD): value}, **extra, "event_type": kind}
        else:
            extra = {} if index == 0 else {"previous_value": before}
            yield {name: value, **extra, "event_type": kind}


def _changes(life: Life, index: int) -> Iterator[tuple[str, Any, Any]]:
    before: Json = {}
    for update in life.updates[:index]:
        before |= update.changes
    for name, value in life.updates[index].changes.items():
        yield name, value, before.get(name)


def _comment_child(update: Update) -> Json:
    assert update.comment is not None
    body = "This request was closed and merged into request #1" if update.mark == "merge" else "something said"
    return {
        "type": "Comment",
        "event_type": "Comment",
        "author_id": update.comment.author,
        "body": body,
        "html_body": f"<div>{body}</div>",
        "plain_body": body,
        "public": update.comment.public,
        "attachments": [],
        "audit_id": update.id,
        "created_at": stamp(update.at),
    }


def audit(life: Life, index: int) -> Json:
    """One update as the ticket's own audit list tells it."""
    update = life.updates[index]
    kind = "Create" if index == 0 else "Change"
    events: list[Json] = []
    if update.comment is not None:
        events.append({**_comment_child(update), "id": update.id * 100})
    for place, (name, value, before) in enumerate(_changes(life, index), 1):
        if name == "schedule_id":
            event = {"type": "ScheduleAssignment", "previous_schedule_id": before, "new_schedule_id": str(value)}
        else:
            told = list(value) if name == "tags" else None if value is None else str(value)
            event = {"type": kind, "field_name": str(FIELD) if name == "grade" else name, "value": told}
            event |= {} if index == 0 else {"previous_value": list(before or ()) if name == "tags" else before}
        events.append({"id": update.id * 100 + place, **event})
    return {
        "id": update.id,
        "ticket_id": life.id,
        "created_at": stamp(update.at),
        "author_id": update.actor,
        "via": {"channel": update.via, "source": {"from": {}, "to": {}, "rel": None}},
        "metadata": {},
        "events": events,
    }


def metric_events(lives: list[Life], now: datetime) -> list[Json]:
    """Clocks started, promises made, kept and broken, in order of time; a kept promise leaves its forecast breach retracted."""
    found: list[Json] = []
    for life in lives:
        for promise in instances(life, "zendesk", now):
            base = {
                "ticket_id": life.id,
                "metric": METRIC_WORDS.get(promise.metric, promise.metric),
                "instance_id": promise.number + (promise.metric == "next_reply_time"),
            }
            sla = {
                "target": promise.target // 60,
                "target_in_seconds": promise.target,
                "business_hours": promise.business,
                "policy": {"title": promise.policy},
            }
            found.append({**base, "type": "activate", "time": stamp(promise.start)})
            found.append({**base, "type": "apply_sla", "time": stamp(promise.start), "sla": sla})
            if promise.outcome_at is not None:
                broken = promise.outcome == "breached"
                found.append({**base, "type": "breach", "time": stamp(promise.outcome_at), "deleted": not broken})
                if not broken:
                    found.append({**base, "type": "fulfill", "time": stamp(promise.outcome_at)})
    found.sort(key=lambda event: str(event["time"]))
    return [{"id": 926_000_000 + place, **event} for place, event in enumerate(found)]


def user_rows() -> list[Json]:
    return [
        {
            "id": user.id,
            "name": user.name,
            "email": f"u{user.id}@example.com",
            "role": user.role,
            "role_type": {"light": 1, "api": None}.get(user.kind) if user.role == "agent" else None,
            "active": True,
            "suspended": user.suspended,
            "iana_time_zone": "Europe/Berlin",
            "created_at": "2025-01-01T00:00:00Z",
            "updated_at": "2025-06-01T00:00:00Z",
        }
        for user in USERS
        if user.id != SYSTEM
    ]


def policy_rows() -> list[Json]:
    rows = []
    for place, policy in enumerate(POLICIES, 1):
        every, some = (
            [{"field": field, "operator": operator, "value": value} for field, operator, value in asks]
            for asks in (policy.every, policy.some)
        )
        metrics = [
            {
                "metric": target.metric,
                "priority": target.priority,
                "target": target.minutes,
                "target_in_seconds": target.minutes * 60,
                "business_hours": target.business,
            }
            for target in policy.targets
        ]
        shown = {"id": policy.id, "title": policy.title, "position": place, "description": "", "policy_metrics": metrics}
        rows.append({**shown, "filter": {"all": every, "any": some}, "created_at": "2025-01-01T00:00:00Z"})
    return rows


def schedule_rows() -> list[Json]:
    return [
        {
            "id": schedule.id,
            "name": schedule.name,
            "time_zone": schedule.rails,
            "intervals": [{"start_time": start, "end_time": end} for start, end in schedule.intervals],
            "created_at": "2025-01-01T00:00:00Z",
            "updated_at": "2025-01-01T00:00:00Z",
        }
        for schedule in SCHEDULES
    ]
