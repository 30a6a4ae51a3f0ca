"""files.* and the upload door: announce, send bytes, complete, and wait until it is processed."""

from __future__ import annotations

import mimetypes
import struct
from typing import Any

from aiohttp import web

from bot.sandbox import posting
from bot.sandbox.calls import TIER_3, TIER_4, Call, Method
from bot.sandbox.methods_chat import writable
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.web_auth import bearer
from bot.sandbox.workspace import Channel, StoredFile
from bot.sandbox.world import World

PNG = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 64 * 1024 * 1024


def get_upload_url(call: Call) -> Json:
    length = call.number("length", 0)
    if length <= 0:
        raise Refusal("invalid_arguments", response_metadata={"messages": ["[ERROR] length must be more than 0"]})
    workspace = call.world.workspace
    stored = StoredFile(
        id=workspace.new_id("F"),
        name=str(call.need("filename")).replace("/", "_"),
        length=length,
        user=workspace.bot.id,
        alt_txt=str(call.args.get("alt_txt") or call.args.get("alt_text") or ""),
        created=int(call.world.clock.now()),
    )
    workspace.files[stored.id] = stored
    return {"upload_url": f"{call.world.url}/upload/v1/{stored.id}", "file_id": stored.id}


def complete_upload(call: Call) -> Json:
    """Complete once; processing takes a while, and sharing (a message of its own) happens after that."""
    listed = call.need("files")
    if not isinstance(listed, list) or not listed:
        raise Refusal("invalid_arguments")
    stored = [_received(call, entry) for entry in listed]
    channel = writable(Call(world=call.world, args={"channel": call.args["channel_id"]})) if call.args.get("channel_id") else None
    for one, entry in zip(stored, listed, strict=True):
        one.completed = True
        one.title = str(entry.get("title") or one.name)
    call.world.timers.after(call.world.options.file_seconds, lambda: _processed(call, stored, channel))
    return {"files": [file_object(call.world, one) for one in stored]}


def file_info(call: Call) -> Json:
    return {"file": file_object(call.world, _known(call)), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete_file(call: Call) -> Json:
    stored = _known(call)
    stored.deleted = True
    stored.content = None
    return {}


async def upload(world: World, request: web.Request) -> web.StreamResponse:
    """POST the bytes, bare or as a multipart form."""
    stored = world.workspace.files.get(request.match_info["file"])
    if stored is None or stored.completed:
        return web.Response(status=404, text="no such upload")
    content = await _sent_bytes(request)
    if len(content) != stored.length:
        return web.Response(status=400, text=f"expected {stored.length} bytes, got {len(content)}")
    stored.content = content
    return web.Response(text=f"OK - {len(content)}")


async def download(world: World, request: web.Request) -> web.StreamResponse:
    """GET with the bot's token; anyone else is shown the door."""
    stored = world.workspace.files.get(request.match_info["file"].partition("-")[2])
    if bearer(request) != world.bot_token or "files:read" not in world.manifest.scopes:
        return web.Response(status=403, text="not allowed")
    if stored is None or stored.content is None:
        return web.Response(status=404, text="no such file")
    return web.Response(body=stored.content, content_type=stored.mimetype or "application/octet-stream")


def file_object(world: World, stored: StoredFile) -> Json:
    """A file as the Web API shows it; the mimetype stays empty until it is processed."""
    shown: Json = {
        "id": stored.id,
        "created": stored.created,
        "timestamp": stored.created,
        "name": stored.name,
        "title": stored.title or stored.name,
        "mimetype": stored.mimetype,
        "filetype": stored.name.rpartition(".")[2] if stored.processed else "",
        "size": stored.length,
        "user": stored.user,
        "mode": "hosted",
        "is_external": False,
        "is_public": bool(stored.shared_in),
        "alt_txt": stored.alt_txt,
        "url_private": posting.private_url(world, stored),
        "url_private_download": posting.private_url(world, stored),
        "channels": list(stored.shared_in),
    }
    return shown | ({"original_w": stored.width, "original_h": stored.height} if stored.width else {})


def _received(call: Call, entry: Any) -> StoredFile:
    stored = call.world.workspace.files.get(str(entry.get("id"))) if isinstance(entry, dict) else None
    if stored is None or stored.deleted or stored.completed:
        raise Refusal("file_not_found")
    if stored.content is None:
        raise Refusal("file_upload_incomplete")
    return stored


def _known(call: Call) -> StoredFile:
    stored = call.world.workspace.files.get(str(call.need("file")))
    if stored is None or not stored.completed:
        raise Refusal("file_not_found")
    if stored.deleted:
        raise Refusal("file_deleted")
    return stored


def _processed(call: Call, files: list[StoredFile], channel: Channel | None) -> None:
    for stored in files:
        stored.processed = True
        stored.mimetype = mimetypes.guess_type(stored.name)[0] or "application/octet-stream"
        if stored.content and stored.content.startswith(PNG):
            stored.width, stored.height = struct.unpack(">II", stored.content[16:24])
    if channel is not None:
        _share(call, files, channel)
    call.world.workspace.touch()


def _share(call: Call, files: list[StoredFile], channel: Channel) -> None:
    for stored in files:
        stored.shared_in.append(channel.id)
    content: Json = {"text": str(call.args.get("initial_comment") or ""), "upload": True}
    content["files"] = [file_object(call.world, stored) for stored in files]
    if call.args.get("thread_ts"):
        content["thread_ts"] = str(call.args["thread_ts"])
    call.world.workspace.post(channel.id, posting.by_bot(call.world, content))


async def _sent_bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    form = await request.post()
    for value in form.values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""


FILES: dict[str, Method] = {
    "files.getUploadURLExternal": Method(run=get_upload_url, scopes=("files:write",), per_minute=TIER_4),
    "files.completeUploadExternal": Method(run=complete_upload, scopes=("files:write",), per_minute=TIER_4),
    "files.info": Method(run=file_info, scopes=("files:read",), per_minute=TIER_4),
    "files.delete": Method(run=delete_file, scopes=("files:write",), per_minute=TIER_3),
}
