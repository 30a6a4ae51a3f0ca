"""conversations.*: channels, their members and what was said in them."""

from __future__ import annotations

from bot.sandbox import people
from bot.sandbox.calls import HISTORY, READ, TIER_2, TIER_3, TIER_4, Call, Method
from bot.sandbox.paging import page_of
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.workspace import KINDS, Channel, Message
from bot.sandbox.world import World

ANY_READ = tuple(READ.values())
ANY_HISTORY = tuple(HISTORY.values())


def list_channels(call: Call) -> Json:
    types = [kind.strip() for kind in str(call.args.get("types") or "public_channel").split(",")]
    bot = call.world.workspace.bot.id
    for kind, word in KINDS.items():
        if word in types:
            call.need_scope(READ[kind])
    seen = [
        channel_object(call.world, channel)
        for channel in call.world.workspace.channels.values()
        if KINDS[channel.kind] in types
        and (channel.kind == "public" or bot in channel.members)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    page, cursor = page_of(seen, min(call.number("limit", 100), 1000), call.args.get("cursor"))
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def info(call: Call) -> Json:
    channel = call.channel()
    call.need_scope(READ[channel.kind])
    return {"channel": channel_object(call.world, channel)}


def members(call: Call) -> Json:
    channel = call.channel()
    call.need_scope(READ[channel.kind])
    page, cursor = page_of(channel.members, min(call.number("limit", 100), 1000), call.args.get("cursor"))
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def open_direct(call: Call) -> Json:
    if call.args.get("channel"):
        return {"channel": {"id": call.channel().id}, "already_open": True, "no_op": True}
    wanted = [ref.strip() for ref in str(call.need("users")).split(",")]
    found = [call.world.workspace.users.get(ref) for ref in wanted]
    if len(found) != 1 or found[0] is None or found[0].is_bot:
        raise Refusal("user_not_found" if None in found else "cannot_dm_bot")
    channel = call.world.workspace.direct_channel(found[0])
    return {"channel": channel_object(call.world, channel) if call.flag("return_im") else {"id": channel.id}}


def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "public":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    already = call.world.workspace.bot.id in channel.members
    if not already:
        people.join(call.world, call.world.workspace.bot, channel)
    warning = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}} if already else {}
    return {"channel": channel_object(call.world, channel), **warning}


def history(call: Call) -> Json:
    channel = _readable(call)
    roots = [m for m in call.world.workspace.visible(channel.id) if _in_main(m) and _within(call, m)]
    return _page(call, list(reversed(roots)))


def replies(call: Call) -> Json:
    channel = _readable(call)
    thread = call.world.workspace.thread(channel.id, str(call.need("ts")))
    if not thread:
        raise Refusal("thread_not_found")
    return _page(call, [m for m in thread if m.ts == call.args["ts"] or _within(call, m)])


def channel_object(world: World, channel: Channel) -> Json:
    """A conversation as the Web API shows it."""
    bot = world.workspace.bot.id
    common: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": world.workspace.team.id,
    }
    if channel.kind == "im":
        peer = next((member for member in channel.members if member != bot), bot)
        return common | {"user": peer, "is_user_deleted": False, "priority": 0}
    shared = channel.is_ext_shared
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_general": False,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "shared_team_ids": [world.workspace.team.id, *channel.connected_team_ids],
        "connected_team_ids": list(channel.connected_team_ids),
        "is_member": bot in channel.members,
        "num_members": len(channel.members),
        "creator": "U0LENA",
        "topic": {"value": channel.topic, "creator": "U0LENA", "last_set": channel.created},
        "purpose": {"value": channel.purpose, "creator": "U0LENA", "last_set": channel.created},
    }


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.need_scope(HISTORY[channel.kind])
    if call.world.workspace.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _page(call: Call, messages: list[Message]) -> Json:
    page, cursor = page_of(messages, min(call.number("limit", 100), 999), call.args.get("cursor"))
    with_metadata = call.flag("include_all_metadata")
    shown = [{key: value for key, value in m.data.items() if with_metadata or key != "metadata"} for m in page]
    more: Json = {"has_more": bool(cursor), "messages": shown}
    return more | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _in_main(message: Message) -> bool:
    root = message.data.get("thread_ts")
    return not root or root == message.ts or message.data.get("subtype") == "thread_broadcast"


def _within(call: Call, message: Message) -> bool:
    oldest, latest = float(call.args.get("oldest") or 0), float(call.args.get("latest") or "inf")
    at = float(message.ts)
    return oldest <= at <= latest if call.flag("inclusive") else oldest < at < latest


CONVERSATIONS: dict[str, Method] = {
    "conversations.list": Method(run=list_channels, scopes=ANY_READ, per_minute=TIER_2),
    "conversations.info": Method(run=info, scopes=ANY_READ, per_minute=TIER_3),
    "conversations.members": Method(run=members, scopes=ANY_READ, per_minute=TIER_4),
    "conversations.open": Method(run=open_direct, scopes=("im:write", "mpim:write"), per_minute=TIER_3),
    "conversations.join": Method(run=join, scopes=("channels:join",), per_minute=TIER_3),
    "conversations.history": Method(run=history, scopes=ANY_HISTORY, per_minute=TIER_3),
    "conversations.replies": Method(run=replies, scopes=ANY_HISTORY, per_minute=TIER_3),
}
