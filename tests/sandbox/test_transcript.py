"""A saved page stands alone: one file, no requests, everything said, nothing that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.sandbox import Control, Sandbox, transcript_html
from bot.sandbox.transcript import as_data_uri
from tests.sandbox.browser import chromium, opened
from tests.sandbox.conftest import actions, button, mrkdwn
from tests.sandbox.test_files import picture, png, upload

NASTY = "</script><script>alert(1)</script><!--"


def test_it_is_one_file_without_references_to_others() -> None:
    page = transcript_html([], {}, [], [], title="A & <B>")
    assert page.startswith("<!doctype html>")
    assert "<title>A &amp; &lt;B&gt;</title>" in page
    assert not re.search(r"""<(?:script|link|img)[^>]*\s(?:src|href)=""", page)
    assert not re.search(r"\burl\(", page)


def test_data_cannot_end_its_element() -> None:
    page = transcript_html([{"channel": "C1", "ts": "1.0", "text": NASTY, "user": "U1"}], {}, [], [])
    assert NASTY not in page
    assert page.count("<script>alert(1)</script>") == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [(png(), "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF89a", "image/gif"), (b"<svg", "application/octet-stream")],
)
def test_a_picture_is_told_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert as_data_uri(content).startswith(f"data:{kind};base64,")


@pytest.mark.browser
def test_it_shows_every_message_in_a_browser(sandbox: Sandbox, client: Any, control: Control, tmp_path: Path) -> None:
    file_id = upload(sandbox, client, png(40, 20))
    control.wait_for(lambda: control.files()[0]["processed"])
    client.chat_postMessage(
        channel="#cx-digest", text="digest", blocks=[{"type": "section", "text": mrkdwn("*42* new")}, picture(file_id)]
    )
    client.chat_postMessage(channel="U0CARLA", text="rate us", blocks=[actions(button())])
    client.chat_postEphemeral(channel="#support", user="U0ANA", text="for Ana")
    control.say(NASTY, user="bo")
    saved = tmp_path / "saved.html"
    sandbox.export_html(saved, title="Saved")
    with chromium() as browser, opened(browser, saved.as_uri()) as page:
        expect(page.locator("h2")).to_have_text(["# cx-digest", "Direct message with Carla Customer", "# support"])
        expect(page.locator(".message")).to_have_count(4)
        expect(page.get_by_text("Only visible to Ana Agent")).to_be_visible()
        expect(page.get_by_text(NASTY)).to_be_visible()
        assert page.evaluate("document.querySelector('.picture-block').naturalWidth") == 40
        page.get_by_role("button", name="Press").click()
        expect(page.locator(".message")).to_have_count(4)
