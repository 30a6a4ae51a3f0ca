"""Answers without a token: the body of a slash ack and everything posted to a response URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox import posting
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.tickets import ResponseUrl
from bot.sandbox.workspace import Message
from bot.sandbox.world import World


def respond(world: World, url: ResponseUrl, body: Mapping[str, Any]) -> None:
    """Post, replace or delete. Ephemeral unless `response_type` says in_channel. Refuses like chat.postMessage.

    Only a press has a message to replace: through a command's URL each answer is a new message, as people found with Slack
    (bolt-js#2287, bolt-python#1268)."""
    original = world.workspace.message(url.channel, url.message_ts) if url.message_ts else None
    if body.get("delete_original"):
        _delete(world, original)
    elif body.get("replace_original"):
        _replace(world, url, original, body)
    else:
        _post(world, url, body)


def _delete(world: World, original: Message | None) -> None:
    if original is None:
        raise Refusal("message_not_found")
    world.workspace.delete(original)


def _replace(world: World, url: ResponseUrl, original: Message | None, body: Mapping[str, Any]) -> None:
    content = posting.checked(world, body)
    if original is None:
        _post(world, url, body)
        return
    rewrite(world, original, content)


def rewrite(world: World, message: Message, content: Json) -> None:
    """Give a message new content; blocks or attachments that are not in it disappear."""
    for key in posting.SURFACES:
        message.data.pop(key, None)
    message.data |= content
    if message.ephemeral_to is None:
        message.data["edited"] = {"user": world.workspace.bot.id, "ts": world.clock.stamp()}
    world.workspace.touch(message)


def _post(world: World, url: ResponseUrl, body: Mapping[str, Any]) -> None:
    content = posting.by_bot(world, posting.checked(world, body))
    thread_ts = body.get("thread_ts") or url.thread_ts
    if thread_ts:
        content["thread_ts"] = thread_ts
    shown_to = None if body.get("response_type") == "in_channel" else url.user
    world.workspace.post(url.channel, content, ephemeral_to=shown_to)
