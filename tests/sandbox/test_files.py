"""Uploads: announced, sent, completed, processed after a while, and only then shown."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Control, ControlRefused, Sandbox
from tests.sandbox.conftest import raw


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def upload(sandbox: Sandbox, client: WebClient, content: bytes, name: str = "chart.png") -> str:
    ticket = client.files_getUploadURLExternal(filename=name, length=len(content), alt_txt="a chart")
    path = ticket["upload_url"].removeprefix(sandbox.url)
    status, _, body = raw(sandbox, "POST", path, content)
    assert (status, body) == (200, f"OK - {len(content)}".encode())
    client.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "Chart"}])
    return str(ticket["file_id"])


def picture(file_id: str) -> dict[str, Any]:
    return {"type": "image", "alt_text": "a chart", "slack_file": {"id": file_id}}


def test_a_picture_cannot_be_shown_before_it_is_processed(sandbox: Sandbox, client: WebClient, control: Control) -> None:
    control.options(file_seconds=60)
    file_id = upload(sandbox, client, png())
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="#support", text="x", blocks=[picture(file_id)])
    assert caught.value.response["error"] == "invalid_blocks"
    assert "invalid slack file" in caught.value.response["errors"][0]
    control.advance(61)
    posted = client.chat_postMessage(channel="#support", text="x", blocks=[picture(file_id)])
    assert posted["message"]["blocks"][0]["slack_file"]["id"] == file_id
    assert posted["message"]["blocks"][0]["slack_file"]["url"].startswith(sandbox.url)


def test_the_mimetype_is_empty_until_it_is_processed(sandbox: Sandbox, client: WebClient, control: Control) -> None:
    control.options(file_seconds=60)
    file_id = upload(sandbox, client, png(8, 5))
    assert client.files_info(file=file_id)["file"]["mimetype"] == ""
    control.advance(61)
    shown = client.files_info(file=file_id)["file"]
    assert (shown["mimetype"], shown["original_w"], shown["original_h"], shown["is_public"]) == ("image/png", 8, 5, False)


def test_only_pictures_can_be_image_blocks(sandbox: Sandbox, client: WebClient, control: Control) -> None:
    file_id = upload(sandbox, client, b"a,b\n1,2\n", "numbers.csv")
    control.wait_for(lambda: control.files()[0]["processed"])
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.chat_postMessage(channel="#support", text="x", blocks=[picture(file_id)])
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.chat_postMessage(channel="#support", text="x", blocks=[picture("F0NONE")])


def test_the_sdks_own_upload_shares_the_file_as_a_message(client: WebClient, control: Control) -> None:
    client.files_upload_v2(
        channel="C0SUPPORT", file=io.BytesIO(b"a,b\n"), filename="numbers.csv", title="Numbers", initial_comment="here"
    )
    shared = control.wait_for(lambda: control.messages("#support"))[0]
    assert (shared["text"], shared["files"][0]["title"], shared["files"][0]["size"]) == ("here", "Numbers", 4)


def test_the_bytes_come_back_to_the_bot_and_to_nobody_else(sandbox: Sandbox, client: WebClient, control: Control) -> None:
    content = png()
    file_id = upload(sandbox, client, content)
    path = client.files_info(file=file_id)["file"]["url_private"].removeprefix(sandbox.url)
    assert raw(sandbox, "GET", path)[0] == 403
    assert raw(sandbox, "GET", path, headers={"Authorization": f"Bearer {sandbox.bot_token}"})[2] == content
    assert control.picture(file_id) == content
    with pytest.raises(ControlRefused):
        control.picture("F0NONE")


def test_a_wrong_length_is_noticed(sandbox: Sandbox, client: WebClient) -> None:
    ticket = client.files_getUploadURLExternal(filename="a.png", length=10)
    assert raw(sandbox, "POST", ticket["upload_url"].removeprefix(sandbox.url), b"short")[0] == 400
    with pytest.raises(SlackApiError, match="file_upload_incomplete"):
        client.files_completeUploadExternal(files=[{"id": ticket["file_id"]}])


def test_an_upload_is_completed_once(sandbox: Sandbox, client: WebClient) -> None:
    file_id = upload(sandbox, client, png())
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_completeUploadExternal(files=[{"id": file_id}])
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_completeUploadExternal(files=[{"id": "F0NONE"}])


def test_a_deleted_file_is_gone(sandbox: Sandbox, client: WebClient, control: Control) -> None:
    file_id = upload(sandbox, client, png())
    client.files_delete(file=file_id)
    assert control.files() == []
    with pytest.raises(SlackApiError, match="file_deleted"):
        client.files_info(file=file_id)


def test_nothing_may_be_shared_although_all_is_said_to_be_well(client: WebClient, control: Control) -> None:
    control.fault("share_nothing", "files.completeUploadExternal")
    client.files_upload_v2(channel="C0SUPPORT", file=io.BytesIO(b"x"), filename="a.txt")
    control.wait_for(lambda: control.files()[0]["processed"])
    assert control.messages("#support") == []


def test_the_page_never_serves_a_file_a_browser_would_run(sandbox: Sandbox, client: WebClient, control: Control) -> None:
    file_id = upload(sandbox, client, b"<script>alert(1)</script>", "page.html")
    control.wait_for(lambda: control.files()[0]["processed"])
    _, headers, _ = raw(sandbox, "GET", f"/files/{file_id}")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment"
