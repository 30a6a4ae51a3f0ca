"""The shapes in which Slack tells an app what people did."""

from __future__ import annotations

from typing import Any

from bot.sandbox.refusal import Json
from bot.sandbox.workspace import Channel, Message, OpenView, User
from bot.sandbox.world import VERIFICATION_TOKEN, World


def slash_command(world: World, user: User, channel: Channel, command: str, text: str) -> Json:
    """The thirteen fields of a slash command."""
    team = world.workspace.team
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": world.workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": world.response_url("commands", channel=channel.id, user=user.id),
        "trigger_id": world.tickets.trigger(user.id, world.options),
    }


def message_action(world: World, user: User, channel: Channel, message: Message, action: Json, state: Json) -> Json:
    """`block_actions` from a message. An ephemeral one names its container only: Slack keeps no copy to send along."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    thread_ts = str(message.data.get("thread_ts", ""))
    if thread_ts:
        container["thread_ts"] = thread_ts
    url = world.response_url("actions", channel=channel.id, user=user.id, message_ts=message.ts, thread_ts=thread_ts)
    payload = _interaction(world, "block_actions", user) | {
        "container": container,
        "trigger_id": world.tickets.trigger(user.id, world.options),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": state},
        "response_url": url,
        "actions": [action],
    }
    if message.ephemeral_to is None:
        payload["message"] = dict(message.data)
    return payload


def view_action(world: World, user: User, view: OpenView, action: Json) -> Json:
    """`block_actions` from a modal or a Home tab: a view in place of message, channel and response_url."""
    return _interaction(world, "block_actions", user) | {
        "container": {"type": "view", "view_id": view.data["id"]},
        "trigger_id": world.tickets.trigger(user.id, world.options, view=view.data["id"]),
        "view": dict(view.data),
        "actions": [action],
    }


def view_submission(world: World, user: User, view: OpenView) -> Json:
    """A modal was submitted; its values are in `view.state`."""
    return _interaction(world, "view_submission", user) | {
        "trigger_id": world.tickets.trigger(user.id, world.options, view=view.data["id"]),
        "view": dict(view.data),
        "response_urls": [],
    }


def view_closed(world: World, user: User, view: OpenView, *, is_cleared: bool) -> Json:
    """A modal that asked for it was closed without being submitted."""
    return _interaction(world, "view_closed", user) | {"view": dict(view.data), "is_cleared": is_cleared}


def block_suggestion(world: World, user: User, container: Json, found: Json) -> Json:
    """Someone types in an external select; `found` holds action_id, block_id and value."""
    return _interaction(world, "block_suggestion", user) | {"container": container, **found}


def shortcut(world: World, user: User, callback_id: str) -> Json:
    """A global shortcut."""
    return _interaction(world, "shortcut", user) | {
        "callback_id": callback_id,
        "trigger_id": world.tickets.trigger(user.id, world.options),
        "action_ts": world.clock.stamp(),
    }


def message_shortcut(world: World, user: User, channel: Channel, message: Message, callback_id: str) -> Json:
    """A shortcut chosen on a message."""
    return _interaction(world, "message_action", user) | {
        "callback_id": callback_id,
        "trigger_id": world.tickets.trigger(user.id, world.options),
        "action_ts": world.clock.stamp(),
        "message_ts": message.ts,
        "message": dict(message.data),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": world.response_url("actions", channel=channel.id, user=user.id, message_ts=message.ts),
    }


def event_callback(world: World, event: Json, *, channel: str = "") -> Json:
    """The outer event around an inner one; event_id is the same on every redelivery."""
    workspace = world.workspace
    shared = workspace.channels[channel].is_ext_shared if channel in workspace.channels else False
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team.id,
        "context_team_id": workspace.team.id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(world.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team.id,
                "user_id": workspace.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{workspace.new_id('EC')}",
    }


def channel_name(channel: Channel) -> str:
    """The name a payload gives a conversation: private and direct ones keep theirs."""
    return {"im": "directmessage", "private": "privategroup", "mpim": "mpdm"}.get(channel.kind, channel.name)


def _interaction(world: World, kind: str, user: User) -> dict[str, Any]:
    workspace = world.workspace
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": workspace.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": workspace.team.id, "domain": workspace.team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
