"""What people do in the workspace, and what the app is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import delivery, inputs, modals, payloads, posting, typed
from bot.sandbox.deliveries import Delivery
from bot.sandbox.inputs import Given
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.workspace import Channel, Message, OpenView, User
from bot.sandbox.world import World

EVENT_OF_KIND = {"public": "message.channels", "private": "message.groups", "im": "message.im", "mpim": "message.mpim"}
CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What was pressed or chosen. `values` are the other inputs' contents, by block and action."""

    action_id: str
    block_id: str = ""
    value: Any = None
    values: Given = field(default_factory=dict)


async def slash(world: World, user: User, channel: Channel, text: str) -> Json:
    """Type a slash command and wait for its ack. `/invite @cx` and `/remove @cx` are Slack's own."""
    word, _, rest = text.strip().partition(" ")
    if word in ("/invite", "/remove"):
        return await _membership(world, user, channel, word, rest)
    declared = world.manifest.command(word)
    if declared is None:
        return _refused(world, user, channel, "unknown_command", f"{word} is not a valid command.")
    if user.team_id != world.workspace.team.id:
        return _refused(world, user, channel, "not_allowed", f"{word} is not available to people from outside.")
    words = typed.as_escaped_arguments(world.workspace, rest) if declared.should_escape else rest
    sent = Delivery(
        type="slash_commands",
        payload=payloads.slash_command(world, user, channel, word, words.strip()),
        accepts_response=True,
        user=user.id,
        channel=channel.id,
        label=word,
    )
    return (await delivery.deliver(world, sent)).summary()


async def click(world: World, user: User, message: Message, pick: Pick) -> Json:
    """Press or choose something in a message."""
    channel = world.workspace.channels[message.channel]
    blocks = message.data.get("blocks") or []
    if message.ephemeral_to not in (None, user.id):
        raise Refusal("action_not_found", action_id=pick.action_id)
    action, state = _picked(world, blocks, pick)
    return await _interact(world, user, payloads.message_action(world, user, channel, message, action, state), channel.id)


async def click_in_view(world: World, user: User, view: OpenView, pick: Pick) -> Json:
    """Press or choose something in a modal or the Home tab."""
    action, state = _picked(world, view.data["blocks"], pick)
    view.data["state"] = {"values": state}
    return await _interact(world, user, payloads.view_action(world, user, view, action))


async def submit(world: World, user: User, view: OpenView, values: Given) -> Json:
    """Submit a modal. Empty required fields are refused by the client itself; the app hears nothing."""
    state = inputs.state_values(view.data["blocks"], values)
    view.data["state"] = {"values": state}
    view.errors = inputs.missing(view.data["blocks"], state)
    world.workspace.touch(view)
    if view.errors:
        return {"state": "refused", "errors": view.errors, "failure": "", "answer": None}
    outcome = await _interact(world, user, payloads.view_submission(world, user, view))
    return outcome | {"errors": view.errors}


async def close_view(world: World, user: User, view: OpenView, *, all_of_them: bool = False) -> Json:
    """Close the top modal, or all of them; the app hears of it only if the view said notify_on_close."""
    cleared = all_of_them or bool(view.data["clear_on_close"])
    told = [view] if not cleared else list(world.workspace.modals.get(user.id, []))
    if cleared:
        modals.close_all(world, user.id)
    else:
        modals.close_top(world, user.id)
    outcomes = [
        await _interact(world, user, payloads.view_closed(world, user, one, is_cleared=cleared))
        for one in reversed(told)
        if one.data["notify_on_close"]
    ]
    return outcomes[0] if outcomes else {"state": "closed", "failure": "", "answer": None}


async def suggest(world: World, user: User, container: Json, found: Json) -> Json:
    """Type in an external select; the answer's `answer` holds the app's options."""
    return await _interact(world, user, payloads.block_suggestion(world, user, container, found))


async def run_shortcut(world: World, user: User, callback_id: str, message: Message | None = None) -> Json:
    """Choose a shortcut, global or on a message."""
    if message is None:
        return await _interact(world, user, payloads.shortcut(world, user, callback_id))
    channel = world.workspace.channels[message.channel]
    payload = payloads.message_shortcut(world, user, channel, message, callback_id)
    return await _interact(world, user, payload, channel.id)


def say(world: World, user: User, channel: Channel, text: str, *, thread_ts: str = "") -> Message:
    """Post a message as a person; the app hears mentions and whatever message events it subscribed to."""
    if user.id not in channel.members:
        raise Refusal("not_in_channel")
    shown = typed.as_message(world.workspace, text)
    data = posting.by_person(world, user, shown)
    if thread_ts:
        data["thread_ts"] = thread_ts
    message = world.workspace.post(channel.id, data)
    _tell_of_message(world, channel, message)
    return message


def open_home(world: World, user: User) -> None:
    """Open the app's Home tab."""
    direct = world.workspace.direct_channel(user)
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": direct.id,
        "tab": "home",
        "event_ts": world.clock.stamp(),
    }
    home = world.workspace.homes.get(user.id)
    if home is not None:
        event["view"] = dict(home.data)
    tell(world, "app_home_opened", event, channel=direct.id)


def join(world: World, user: User, channel: Channel, *, inviter: str = "") -> None:
    """Become a member; the app hears of it if it is a member itself or is the one who joined."""
    if user.id not in channel.members:
        channel.members.append(user.id)
        world.workspace.touch()
    if world.workspace.bot.id not in channel.members:
        return
    event: Json = {
        "type": "member_joined_channel",
        "user": user.id,
        "channel": channel.id,
        "channel_type": "G" if channel.kind == "private" else "C",
        "team": user.team_id,
        "event_ts": world.clock.stamp(),
    }
    tell(world, "member_joined_channel", event | ({"inviter": inviter} if inviter else {}), channel=channel.id)


def leave(world: World, user: User, channel: Channel) -> None:
    """Stop being a member."""
    if user.id in channel.members:
        channel.members.remove(user.id)
        world.workspace.touch()


def uninstall(world: World) -> None:
    """Remove the app: its tokens die and it is told twice, in no promised order."""
    world.installed = False
    stamp = world.clock.stamp()
    tell(
        world,
        "tokens_revoked",
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [world.workspace.bot.id]}, "event_ts": stamp},
    )
    tell(world, "app_uninstalled", {"type": "app_uninstalled", "event_ts": stamp})


def tell(world: World, subscription: str, event: Mapping[str, Any], *, channel: str = "") -> None:
    """Send an event if the app subscribed to it."""
    if world.manifest.hears(subscription):
        sent = delivery.event_callback(world, dict(event), channel=channel)
        delivery.run(world, delivery.deliver_event(world, sent))


def _picked(world: World, blocks: list[Json], pick: Pick) -> tuple[Json, Json]:
    found = inputs.find_element(blocks, pick.action_id, pick.block_id)
    if found is None:
        raise Refusal("action_not_found", action_id=pick.action_id)
    block, element = found
    given = dict(pick.values)
    if element["type"] in inputs.FIELDS:
        given[block["block_id"]] = {**given.get(block["block_id"], {}), pick.action_id: pick.value}
    return inputs.action(block, element, pick.value, world.clock.stamp()), inputs.state_values(blocks, given)


async def _interact(world: World, user: User, payload: Json, channel: str = "") -> Json:
    named = (payload.get("actions") or [{}])[0].get("text") or (payload.get("view") or {}).get("title") or {}
    sent = Delivery(
        type="interactive",
        payload=payload,
        accepts_response=payload["type"] in ("view_submission", "block_suggestion"),
        user=user.id,
        channel=channel,
        label=str(named.get("text", "That") if isinstance(named, dict) else "That"),
    )
    if not world.manifest.interactivity:
        world.notify("dispatch_failed", f"{sent.label}: this app is not configured for interactivity.", user=user.id)
        return sent.summary() | {"state": "failed", "failure": "dispatch_failed"}
    return (await delivery.deliver(world, sent)).summary()


async def _membership(world: World, user: User, channel: Channel, word: str, who: str) -> Json:
    workspace = world.workspace
    guest = workspace.user(who.strip().strip("<@>").split("|")[0] or workspace.bot.id)
    if word == "/invite":
        join(world, guest, channel, inviter=user.id)
    else:
        leave(world, guest, channel)
    return {"state": "acked", "failure": "", "answer": None}


def _refused(world: World, user: User, channel: Channel, kind: str, text: str) -> Json:
    world.notify(kind, text, user=user.id, channel=channel.id)
    return {"state": "failed", "failure": kind, "answer": None}


def _tell_of_message(world: World, channel: Channel, message: Message) -> None:
    bot = world.workspace.bot.id
    mentioned = f"<@{bot}>" in message.data["text"]
    if bot not in channel.members:
        if mentioned:
            text = "The app is not in this channel, so it did not hear you. Type /invite to bring it in."
            world.notify("not_in_channel", text, user=message.data["user"], channel=channel.id)
        return
    event = {**message.data, "channel": channel.id, "event_ts": message.ts}
    if mentioned and channel.kind != "im":
        tell(world, "app_mention", {**event, "type": "app_mention"}, channel=channel.id)
    tell(world, EVENT_OF_KIND[channel.kind], {**event, "channel_type": CHANNEL_TYPE[channel.kind]}, channel=channel.id)
