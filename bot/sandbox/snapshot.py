"""Plain copies of what the workspace holds, for tests, the page and transcripts."""

from __future__ import annotations

from bot.sandbox.methods_conversations import channel_object
from bot.sandbox.methods_files import file_object
from bot.sandbox.methods_team import user_object
from bot.sandbox.refusal import Json
from bot.sandbox.workspace import Channel, Message, OpenView, User
from bot.sandbox.world import World


def channel_for(world: World, user: User, ref: str) -> Channel:
    """A channel by reference; `dm` or nothing is the person's conversation with the bot."""
    return world.workspace.direct_channel(user) if ref in ("", "dm", "DM") else world.workspace.channel(ref)


def message(shown: Message) -> Json:
    """A message as the app sent it, plus `channel`, `ephemeral_to`, `rev`."""
    return {**shown.data, "channel": shown.channel, "ephemeral_to": shown.ephemeral_to, "rev": shown.rev}


def messages(world: World, ref: str = "", user: str = "") -> list[Json]:
    """What stands in a channel (or in all) and is not ephemeral, oldest first; `user` picks that person's DM."""
    if user:
        wanted = world.workspace.direct_channel(world.workspace.user(user)).id
    else:
        wanted = world.workspace.channel(ref).id if ref else ""
    found = [m for m in world.workspace.messages if not m.deleted and m.ephemeral_to is None]
    return [message(m) for m in found if wanted in ("", m.channel)]


def ephemerals(world: World, user: str = "", ref: str = "") -> list[Json]:
    """Messages only one person sees, oldest first."""
    wanted_user = world.workspace.user(user).id if user else ""
    wanted = world.workspace.channel(ref).id if ref else ""
    found = [m for m in world.workspace.messages if not m.deleted and m.ephemeral_to is not None]
    return [message(m) for m in found if wanted_user in ("", m.ephemeral_to) and wanted in ("", m.channel)]


def view(shown: OpenView) -> Json:
    """An open view with the errors shown in it."""
    return {**shown.data, "user": shown.user, "errors": dict(shown.errors), "rev": shown.rev}


def channel(world: World, shown: Channel) -> Json:
    """A channel with its members."""
    return {**channel_object(world, shown), "members": list(shown.members), "kind": shown.kind}


def files(world: World) -> list[Json]:
    """Every completed file."""
    return [
        {**file_object(world, stored), "processed": stored.processed}
        for stored in world.workspace.files.values()
        if stored.completed and not stored.deleted
    ]


def users(world: World) -> list[Json]:
    """Everyone, with the e-mail addresses the Web API would withhold left out."""
    return [user_object(world, user, with_locale=True) for user in world.workspace.users.values()]


def everything(world: World) -> Json:
    """The whole workspace."""
    workspace = world.workspace
    return {
        "now": world.clock.now(),
        "team": {"id": workspace.team.id, "name": workspace.team.name, "domain": workspace.team.domain},
        "bot": {"user_id": workspace.bot.id, "bot_id": workspace.bot_id, "app_id": workspace.app_id},
        "users": users(world),
        "channels": [channel(world, one) for one in workspace.channels.values()],
        "messages": messages(world),
        "ephemerals": ephemerals(world),
        "modals": {user: [view(one) for one in stack] for user, stack in workspace.modals.items()},
        "homes": {user: view(one) for user, one in workspace.homes.items()},
        "files": files(world),
        "scheduled": list(workspace.scheduled.values()),
        "notices": list(world.notices),
    }


def seen_by(world: World, user: User, since: int) -> Json:
    """The workspace through one person's eyes, with the last deliveries and the traffic after `since`."""
    workspace = world.workspace
    rooms = [one for one in workspace.channels.values() if user.id in one.members]
    names = {one.id for one in rooms}
    found = [m for m in workspace.messages if m.channel in names and not m.deleted and m.ephemeral_to in (None, user.id)]
    home = workspace.homes.get(user.id)
    return {
        "now": world.clock.now(),
        "me": user.id,
        "team": {"id": workspace.team.id, "name": workspace.team.name},
        "bot": {"user_id": workspace.bot.id, "name": workspace.bot.real_name},
        "users": users(world),
        "channels": [channel(world, one) for one in rooms],
        "browsable": [channel(world, one) for one in _browsable(world, user) if one.id not in names],
        "commands": [
            {"name": c.name, "description": c.description, "usage_hint": c.usage_hint} for c in world.manifest.commands or ()
        ],
        "messages": [message(m) for m in found],
        "modals": [view(one) for one in workspace.modals.get(user.id, [])],
        "home": None if home is None else view(home),
        "files": files(world),
        "notices": [one for one in world.notices if one["user"] in ("", user.id)],
        "connections": len(world.sockets.open),
        "traffic": world.traffic.since(since),
    }


def _browsable(world: World, user: User) -> list[Channel]:
    outsider = user.is_stranger or user.is_restricted or user.is_ultra_restricted
    return [] if outsider else [one for one in world.workspace.channels.values() if one.kind == "public"]
