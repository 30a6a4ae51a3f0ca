"""Headless Chromium on a page, with a record of what went wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

Scheme = Literal["light", "dark"]
ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 20_000
"""A machine that runs the tests beside others may show a page late; a page that is wrong stays wrong."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine, not one downloaded; without one, tests that look at pages are skipped, and say so."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, *, width: int = 1280, scheme: Scheme = "light") -> Iterator[Page]:
    """A page of its own; leaving fails if the page logged an error or asked for anything beyond this machine."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith(("http://127.0.0.1", "file:", "data:")) else wrong.append(request.url),
    )
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.goto(url)
    yield page
    context.close()
    assert wrong == []
