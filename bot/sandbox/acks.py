"""What an ack may carry: an answer to a slash command, or what becomes of a submitted modal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox import modals, respond
from bot.sandbox.deliveries import Delivery
from bot.sandbox.refusal import Refusal
from bot.sandbox.workspace import OpenView
from bot.sandbox.world import World


def apply(world: World, delivery: Delivery, answer: Any) -> None:
    """Do what the ack asks for; an answer Slack would refuse becomes a notice to the person."""
    try:
        if delivery.type == "slash_commands":
            _answer_command(world, delivery, answer)
        elif delivery.payload.get("type") == "view_submission":
            _answer_submission(world, delivery, answer)
    except Refusal as refusal:
        reasons = "; ".join(refusal.fields.get("errors", []))
        text = f"{delivery.label} failed with the error {refusal.code}" + (f": {reasons}" if reasons else "")
        world.notify("invalid_command_response", text, user=delivery.user, channel=delivery.channel)


def _answer_command(world: World, delivery: Delivery, answer: Any) -> None:
    body = {"text": answer} if isinstance(answer, str) else answer
    if body:
        path = urlsplit(delivery.payload["response_url"]).path
        respond.respond(world, world.tickets.urls[path], body)


def _answer_submission(world: World, delivery: Delivery, answer: Any) -> None:
    view = world.workspace.find_view(view_id=delivery.payload["view"]["id"])
    if view is None:
        return
    action = answer.get("response_action", "") if isinstance(answer, Mapping) else ""
    RESPONSES.get(action, _close)(world, view, answer)


def _close(world: World, view: OpenView, answer: Any) -> None:
    stack = world.workspace.modals.get(view.user, [])
    if view in stack:
        stack.remove(view)
    world.workspace.touch()


def _clear(world: World, view: OpenView, answer: Any) -> None:
    modals.close_all(world, view.user)


def _update(world: World, view: OpenView, answer: Any) -> None:
    modals.update_view(world, view, answer.get("view"))


def _push(world: World, view: OpenView, answer: Any) -> None:
    modals.push_modal(world, view.user, answer.get("view"))


def _errors(world: World, view: OpenView, answer: Any) -> None:
    known = {block.get("block_id") for block in view.data["blocks"] if block.get("type") == "input"}
    errors = answer.get("errors") or {}
    strangers = sorted(set(errors) - known)
    if strangers or not errors:
        raise Refusal("invalid_arguments", errors=[f"no input block has the block_id {name}" for name in strangers])
    view.errors = {str(block_id): str(text) for block_id, text in errors.items()}
    world.workspace.touch(view)


RESPONSES: dict[str, Callable[[World, OpenView, Any], None]] = {
    "clear": _clear,
    "update": _update,
    "push": _push,
    "errors": _errors,
}
