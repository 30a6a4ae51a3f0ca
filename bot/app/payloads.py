"""Reads what Slack delivers: who did what where, and what we had put into the thing that was pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Payload = Mapping[str, Any]
CHOSEN = ("selected_user", "selected_channel", "selected_conversation", "selected_date", "selected_time", "selected_date_time")
SEVERAL = ("selected_users", "selected_channels", "selected_conversations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Who, and the ways back to them. `once` is the same for every delivery of one and the same deed."""

    user_id: str
    team_id: str
    channel_id: str
    once: str
    trigger_id: str = ""
    response_url: str = ""
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One press, choice or submit, as Slack tells it. `shown` are words on what was pressed: a message's text and buttons, a
    form's title."""

    where: Where
    action: str
    value: str
    action_ts: str = ""
    message_ts: str | None = None
    view_id: str | None = None
    view_type: str | None = None
    metadata: str = ""
    state: Payload = field(default_factory=dict)
    shown: tuple[str, ...] = ()


def typed(body: Payload) -> Where:
    """Where a slash command was typed."""
    return Where(
        user_id=str(body["user_id"]),
        team_id=str(body["team_id"]),
        channel_id=str(body["channel_id"]),
        once=f"slash:{body['trigger_id']}",
        trigger_id=str(body["trigger_id"]),
        response_url=str(body.get("response_url", "")),
    )


def pressed(body: Payload) -> Press:
    """A button or menu, in a message, a modal or the Home tab."""
    action, container, view = body["actions"][0], body.get("container") or {}, body.get("view") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    return Press(
        where=_where(body, channel=str(channel), once=f"press:{action.get('action_ts', '')}:{action['action_id']}"),
        action=str(action["action_id"]),
        value=value_of(action),
        action_ts=str(action.get("action_ts", "")),
        message_ts=container.get("message_ts"),
        view_id=view.get("id"),
        view_type=view.get("type"),
        metadata=str(view.get("private_metadata", "")),
        state=(view.get("state") or body.get("state") or {}).get("values") or {},
        shown=_shown(body.get("message") or {}),
    )


def submitted(body: Payload) -> Press:
    """A modal that was submitted."""
    view = body["view"]
    return Press(
        where=_where(body, channel="", once=f"submit:{view['id']}:{view.get('hash', '')}"),
        action=str(view["callback_id"]),
        value=str(view.get("private_metadata", "")),
        view_id=str(view["id"]),
        view_type="modal",
        metadata=str(view.get("private_metadata", "")),
        state=(view.get("state") or {}).get("values") or {},
        shown=(str((view.get("title") or {}).get("text", "")),),
    )


def happened(body: Payload) -> Where:
    """Where an event happened; a mention is answered in its thread, a direct message where it stands."""
    event = body["event"]
    channel = event.get("channel") or ""
    direct = event.get("channel_type") == "im"
    return Where(
        user_id=str(event.get("user") or ""),
        team_id=str(event.get("user_team") or event.get("team") or body.get("team_id") or ""),
        channel_id=str(channel.get("id", "") if isinstance(channel, Mapping) else channel),
        once=f"event:{body['event_id']}",
        thread_ts=event.get("thread_ts") if direct else event.get("thread_ts") or event.get("ts"),
    )


def value_of(action: Payload) -> str:
    """What we had put into it, or what was chosen; several choices are separated by commas."""
    if action.get("value") is not None:
        return str(action["value"])
    if isinstance(action.get("selected_option"), Mapping):
        return str(action["selected_option"]["value"])
    if "selected_options" in action:
        return ",".join(str(option["value"]) for option in action["selected_options"] or ())
    several = next((action[key] for key in SEVERAL if action.get(key)), None)
    if several is not None:
        return ",".join(map(str, several))
    return str(next((action[key] for key in CHOSEN if action.get(key) is not None), ""))


def _shown(message: Payload) -> tuple[str, ...]:
    rows = (block.get("elements") or () for block in message.get("blocks") or () if block.get("type") == "actions")
    labels = (str((one.get("text") or {}).get("text", "")) for row in rows for one in row if one.get("type") == "button")
    return (str(message.get("text", "")), *labels)


def _where(body: Payload, *, channel: str, once: str) -> Where:
    user = body["user"]
    return Where(
        user_id=str(user["id"]),
        team_id=str(user.get("team_id") or (body.get("team") or {}).get("id") or ""),
        channel_id=channel,
        once=f"{once}:{user['id']}",
        trigger_id=str(body.get("trigger_id", "")),
        response_url=str(body.get("response_url", "")),
    )
