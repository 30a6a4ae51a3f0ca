"""Views: each person's stack of modals and their Home tab."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from bot.sandbox import posting
from bot.sandbox.blocks import check_view
from bot.sandbox.refusal import Json, Refusal, refuse_for
from bot.sandbox.workspace import OpenView
from bot.sandbox.world import World

MAX_BYTES = 250_000
MAX_STACK = 3


def open_modal(world: World, user: str, view: Mapping[str, Any]) -> OpenView:
    """Open a modal; it takes the place of whatever the person had open."""
    data = _new_view(world, view, kind="modal")
    data["root_view_id"] = data["id"]
    opened = OpenView(user=user, data=data)
    world.workspace.modals[user] = [opened]
    world.workspace.touch(opened)
    return opened


def push_modal(world: World, user: str, view: Mapping[str, Any]) -> OpenView:
    """Put a modal on top of the open one. Refuses with push_limit_reached above three, not_found without a root."""
    stack = world.workspace.modals.get(user) or []
    if not stack:
        raise Refusal("not_found")
    if len(stack) >= MAX_STACK:
        raise Refusal("push_limit_reached")
    data = _new_view(world, view, kind="modal")
    data |= {"root_view_id": stack[0].data["id"], "previous_view_id": stack[-1].data["id"]}
    pushed = OpenView(user=user, data=data)
    stack.append(pushed)
    world.workspace.touch(pushed)
    return pushed


def update_view(world: World, known: OpenView, view: Mapping[str, Any], *, view_hash: str = "") -> OpenView:
    """Change an open view in place, keeping its id. Refuses with hash_conflict when it changed since `view_hash`."""
    if view_hash and view_hash != known.data["hash"]:
        raise Refusal("hash_conflict")
    fresh = _new_view(world, view, kind=str(known.data["type"]))
    kept = {key: known.data[key] for key in ("id", "root_view_id", "previous_view_id", "state")}
    known.data = fresh | kept
    known.errors = {}
    world.workspace.touch(known)
    return known


def publish_home(world: World, user: str, view: Mapping[str, Any], *, view_hash: str = "") -> OpenView:
    """Set a person's Home tab. Refuses with not_enabled when the manifest has no Home tab."""
    if not world.manifest.home_tab:
        raise Refusal("not_enabled")
    known = world.workspace.homes.get(user)
    if known is not None:
        return update_view(world, known, view, view_hash=view_hash)
    data = _new_view(world, view, kind="home")
    data["root_view_id"] = data["id"]
    home = OpenView(user=user, data=data)
    world.workspace.homes[user] = home
    world.workspace.touch(home)
    return home


def close_top(world: World, user: str) -> None:
    """Close the top modal; the one beneath shows again."""
    stack = world.workspace.modals.get(user)
    if stack:
        stack.pop()
    world.workspace.touch()


def close_all(world: World, user: str) -> None:
    """Close the whole stack."""
    world.workspace.modals.pop(user, None)
    world.workspace.touch()


def _new_view(world: World, view: Mapping[str, Any], *, kind: str) -> Json:
    if not isinstance(view, Mapping):
        raise refuse_for("invalid_arguments", ["invalid `view`: must be an object [json-pointer:/view]"])
    if len(json.dumps(dict(view)).encode()) > MAX_BYTES:
        raise Refusal("view_too_large")
    problems = [str(problem) for problem in check_view(view, missing=world.missing_blocks())]
    if view.get("type") != kind:
        problems.append(f"must be a view of type {kind} [json-pointer:/view/type]")
    if problems:
        raise refuse_for("invalid_arguments", problems)
    blocks = copy.deepcopy(list(view["blocks"]))
    posting.name_blocks(world, blocks)
    posting.show_files(world, blocks)
    return _with_ids(world, view, kind, blocks)


def _with_ids(world: World, view: Mapping[str, Any], kind: str, blocks: list[Json]) -> Json:
    workspace = world.workspace
    stamp = world.clock.stamp()
    return {
        "id": workspace.new_id("V"),
        "team_id": workspace.team.id,
        "type": kind,
        "blocks": blocks,
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "external_id": view.get("external_id", ""),
        "state": {"values": {}},
        "hash": f"{stamp.split('.')[0]}.{workspace.new_id('h')}",
        "title": view.get("title"),
        "submit": view.get("submit"),
        "close": view.get("close"),
        "clear_on_close": bool(view.get("clear_on_close", False)),
        "notify_on_close": bool(view.get("notify_on_close", False)),
        "root_view_id": None,
        "previous_view_id": None,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team.id,
        "bot_id": workspace.bot_id,
    }
