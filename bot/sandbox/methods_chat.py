"""chat.*: posting, changing, deleting, planning."""

from __future__ import annotations

from bot.sandbox import posting
from bot.sandbox.calls import POSTING, TIER_3, TIER_4, Call, Method
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.respond import rewrite
from bot.sandbox.workspace import Channel, Message

UPDATE_TEXT = 4_000
SCHEDULE_SECONDS = 120 * 86_400
SCHEDULE_WINDOW = 300
SCHEDULE_MOST = 30


def post_message(call: Call) -> Json:
    channel = writable(call)
    content = posting.checked(call.world, call.args)
    thread = _thread(call, channel)
    call.world.limits.count_post(channel.id, call.world.options)
    message = call.world.workspace.post(channel.id, posting.by_bot(call.world, content) | thread)
    return {"channel": channel.id, "ts": message.ts, "message": dict(message.data)}


def post_ephemeral(call: Call) -> Json:
    channel = writable(call)
    user = call.user()
    if user.id not in channel.members:
        raise Refusal("user_not_in_channel")
    content = posting.checked(call.world, call.args)
    content.pop("metadata", None)
    thread = _thread(call, channel)
    call.world.limits.count_post(channel.id, call.world.options)
    message = call.world.workspace.post(channel.id, posting.by_bot(call.world, content) | thread, ephemeral_to=user.id)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    message = _own_message(call, "cant_update_message")
    if len(str(call.args.get("text") or "")) > UPDATE_TEXT:
        raise Refusal("msg_too_long")
    content = posting.checked(call.world, _kept(call, message))
    rewrite(call.world, message, content)
    return {"channel": message.channel, "ts": message.ts, "text": content["text"], "message": dict(message.data)}


def delete(call: Call) -> Json:
    message = _own_message(call, "cant_delete_message")
    call.world.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(call: Call) -> Json:
    channel = call.channel()
    ts = str(call.need("message_ts"))
    if call.world.workspace.message(channel.id, ts) is None:
        raise Refusal("message_not_found")
    domain = call.world.workspace.team.domain
    return {"channel": channel.id, "permalink": f"https://{domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"}


def schedule(call: Call) -> Json:
    """Metadata keeps a scheduled message from ever being posted: Slack's own documented bug, kept here on purpose."""
    channel = writable(call)
    post_at = call.number("post_at", 0)
    now = call.world.clock.now()
    if post_at <= now:
        raise Refusal("time_in_past")
    if post_at > now + SCHEDULE_SECONDS:
        raise Refusal("time_too_far")
    content = posting.checked(call.world, call.args)
    scheduled = call.world.workspace.scheduled
    near = [s for s in scheduled.values() if s["channel_id"] == channel.id and abs(s["post_at"] - post_at) < SCHEDULE_WINDOW]
    if len(near) >= SCHEDULE_MOST:
        raise Refusal("restricted_too_many")
    message_id = call.world.workspace.new_id("Q")
    scheduled[message_id] = {
        "id": message_id,
        "channel_id": channel.id,
        "post_at": post_at,
        "date_created": int(now),
        "text": content["text"],
    }
    if "metadata" not in content:
        call.world.timers.at(post_at, lambda: _post_scheduled(call, message_id, channel, content))
    return {
        "channel": channel.id,
        "scheduled_message_id": message_id,
        "post_at": post_at,
        "message": posting.by_bot(call.world, content),
    }


def delete_scheduled(call: Call) -> Json:
    known = call.world.workspace.scheduled.get(str(call.need("scheduled_message_id")))
    if known is None or known["channel_id"] != call.channel().id:
        raise Refusal("invalid_scheduled_message_id")
    del call.world.workspace.scheduled[known["id"]]
    return {}


def list_scheduled(call: Call) -> Json:
    wanted = call.args.get("channel")
    found = [s for s in call.world.workspace.scheduled.values() if wanted in (None, "", s["channel_id"])]
    return {"scheduled_messages": found, "response_metadata": {"next_cursor": ""}}


def writable(call: Call) -> Channel:
    """Where the bot may post: its channels, people's DMs by user id, public channels with chat:write.public."""
    workspace = call.world.workspace
    ref = str(call.need("channel"))
    user = workspace.users.get(ref)
    channel = workspace.direct_channel(user) if user and not user.is_bot else call.channel()
    if channel.is_archived:
        raise Refusal("is_archived")
    if channel.kind == "im" and not call.world.manifest.messages_tab:
        raise Refusal("messages_tab_disabled")
    if workspace.bot.id not in channel.members and "chat:write.public" not in call.world.manifest.scopes:
        raise Refusal("not_in_channel")
    return channel


def _thread(call: Call, channel: Channel) -> Json:
    thread_ts = call.args.get("thread_ts")
    if not thread_ts:
        return {}
    root = call.world.workspace.message(channel.id, str(thread_ts))
    if root is None or root.ephemeral_to is not None:
        raise Refusal("thread_not_found")
    broadcast = {"subtype": "thread_broadcast"} if call.flag("reply_broadcast") else {}
    return {"thread_ts": str(root.data.get("thread_ts", root.ts)), **broadcast}


def _own_message(call: Call, refusal: str) -> Message:
    channel = call.channel()
    message = call.world.workspace.message(channel.id, str(call.need("ts")))
    if message is None or message.ephemeral_to is not None:
        raise Refusal("message_not_found")
    if message.data.get("bot_id") != call.world.workspace.bot_id:
        raise Refusal(refusal)
    return message


def _kept(call: Call, message: Message) -> Json:
    """chat.update leaves alone what it is not given; an empty list takes blocks or attachments away."""
    given = {key: call.args[key] for key in posting.SURFACES if key in call.args}
    if not any(given.values()):
        raise Refusal("no_text")
    kept = {key: message.data.get(key) for key in posting.SURFACES}
    return kept | given | {"metadata": call.args.get("metadata")}


def _post_scheduled(call: Call, message_id: str, channel: Channel, content: Json) -> None:
    if call.world.workspace.scheduled.pop(message_id, None) is not None:
        call.world.workspace.post(channel.id, posting.by_bot(call.world, content))


WRITE = ("chat:write",)
CHAT: dict[str, Method] = {
    "chat.postMessage": Method(run=post_message, scopes=WRITE, per_minute=POSTING),
    "chat.postEphemeral": Method(run=post_ephemeral, scopes=WRITE, per_minute=TIER_4),
    "chat.update": Method(run=update, scopes=WRITE, per_minute=TIER_3),
    "chat.delete": Method(run=delete, scopes=WRITE, per_minute=TIER_3),
    "chat.getPermalink": Method(run=permalink, per_minute=None),
    "chat.scheduleMessage": Method(run=schedule, scopes=WRITE, per_minute=TIER_3),
    "chat.deleteScheduledMessage": Method(run=delete_scheduled, scopes=WRITE, per_minute=TIER_3),
    "chat.scheduledMessages.list": Method(run=list_scheduled, per_minute=TIER_3),
}
