"""Turning what an app sends into a stored message: checks first, then ids where the app gave none."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.blocks import Problem, check_message
from bot.sandbox.refusal import Json, Refusal, refuse_for
from bot.sandbox.workspace import StoredFile, User
from bot.sandbox.world import World

CUT_AT = 40_000
METADATA_BYTES = 8_000
LINKED = re.compile(r"<([@#][A-Z0-9]+(?:\|[^>]*)?)>")
SURFACES = ("text", "blocks", "attachments")


def checked(world: World, args: Mapping[str, Any]) -> Json:
    """`text`, `blocks`, `attachments` and `metadata` of a message, checked and given block ids.

    Refuses with no_text, invalid_blocks, invalid_attachments or invalid_metadata_format, naming JSON pointers.
    """
    content = {key: copy.deepcopy(args[key]) for key in SURFACES if args.get(key)}
    if not content:
        raise Refusal("no_text")
    if not isinstance(content.get("blocks", []), list):
        raise Refusal("invalid_blocks_format")
    refuse(check_message(content, missing=world.missing_blocks()))
    refuse(list(_bad_files(world, content.get("blocks") or [])))
    content["text"] = str(content.get("text", ""))[:CUT_AT]
    content |= _metadata(args.get("metadata"))
    name_blocks(world, content.get("blocks") or [])
    show_files(world, content.get("blocks") or [])
    return content


def refuse(problems: list[Problem]) -> None:
    """Raise the refusal for the first kind of problem, listing all of that kind."""
    if problems:
        code = problems[0].code
        raise refuse_for(code, [str(problem) for problem in problems if problem.code == code])


def by_bot(world: World, content: Json) -> Json:
    """The content as a message of the bot."""
    workspace = world.workspace
    profile = {
        "id": workspace.bot_id,
        "app_id": workspace.app_id,
        "name": workspace.bot.real_name,
        "team_id": workspace.team.id,
        "deleted": False,
        "updated": 0,
    }
    return {
        "user": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "team": workspace.team.id,
        "bot_profile": profile,
        **content,
    }


def by_person(world: World, user: User, text: str) -> Json:
    """A person's message: the text as typed, escaped, and the rich text block their client makes of it."""
    part = {"type": "rich_text_section", "elements": list(_rich_elements(text))}
    block = {"type": "rich_text", "block_id": world.workspace.new_id("b"), "elements": [part]}
    return {
        "user": user.id,
        "team": user.team_id,
        "text": text,
        "client_msg_id": world.workspace.new_id("cm"),
        "blocks": [block],
    }


def _rich_elements(text: str) -> Iterator[Json]:
    for place, piece in enumerate(LINKED.split(text)):
        if place % 2 and piece.startswith("@"):
            yield {"type": "user", "user_id": piece[1:]}
        elif place % 2:
            yield {"type": "channel", "channel_id": piece[1:].partition("|")[0]}
        elif piece:
            yield {"type": "text", "text": html.unescape(piece)}


def name_blocks(world: World, blocks: list[Json]) -> None:
    """Give every block and element without an id one, as Slack does."""
    for block in blocks:
        block.setdefault("block_id", world.workspace.new_id("b"))
        inner = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        for element in inner:
            if isinstance(element, dict) and block["type"] in ("actions", "section", "input", "context_actions"):
                element.setdefault("action_id", world.workspace.new_id("a"))
        name_blocks(world, [child for child in block.get("child_blocks") or [] if isinstance(child, dict)])


def show_files(world: World, blocks: list[Json]) -> None:
    """Add to each `slack_file` what Slack adds: both its id and its private URL."""
    for shown in _slack_files(blocks):
        stored = _file_of(world, shown)
        if stored is not None:
            shown |= {"id": stored.id, "url": private_url(world, stored)}


def private_url(world: World, stored: StoredFile) -> str:
    """`url_private`: needs the bot's token."""
    return f"{world.url}/files-pri/{world.workspace.team.id}-{stored.id}/{stored.name}"


def _metadata(metadata: Any) -> Json:
    if not metadata:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload", {}), dict):
        raise Refusal("invalid_metadata_format")
    if len(str(metadata)) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return {"metadata": copy.deepcopy(metadata)}


def _bad_files(world: World, blocks: list[Json]) -> Iterator[Problem]:
    for number, block in enumerate(blocks):
        for shown in _slack_files([block]):
            stored = _file_of(world, shown)
            if stored is None or stored.deleted or not stored.processed or not stored.mimetype.startswith("image/"):
                yield Problem(pointer=f"/blocks/{number}/slack_file", says="invalid slack file")


def _slack_files(blocks: list[Json]) -> Iterator[Json]:
    for block in blocks:
        parts = [block, block.get("accessory"), *(block.get("elements") or []), block.get("hero_image")]
        for part in parts:
            if isinstance(part, dict) and part.get("type") == "image" and isinstance(part.get("slack_file"), dict):
                yield part["slack_file"]
        yield from _slack_files([child for child in block.get("child_blocks") or [] if isinstance(child, dict)])


def _file_of(world: World, shown: Json) -> StoredFile | None:
    files = world.workspace.files
    if "id" in shown:
        return files.get(str(shown["id"]))
    return next((stored for stored in files.values() if private_url(world, stored) == shown.get("url")), None)
