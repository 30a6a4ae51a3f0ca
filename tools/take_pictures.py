"""Takes the pictures in docs/pictures from the running demo: `python -m tools.take_pictures` (needs Chromium)."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bot.cli.demo_stage import staged

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
DESKTOP, PHONE = (1280, 900), (390, 844)


def main() -> None:
    """One picture of an answer and one of the digest, light and dark, desktop and phone."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with staged() as stage, sync_playwright() as play:
        control = stage.sandbox.control
        control.wait_for(lambda: control.messages("#cx-digest"), 60)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for name, size, scheme in (("light", DESKTOP, "light"), ("dark", DESKTOP, "dark"), ("phone", PHONE, "dark")):
            page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
            page.goto(stage.sandbox.url)
            page.wait_for_timeout(800)
            if page.locator("select").first.is_visible():
                page.select_option("select", label="Lena Lead · admin")
            _ask(page, "/cx backlog")
            page.screenshot(path=PICTURES / f"answer-{name}.png")
            page.goto(f"{stage.sandbox.url}/#C0DIGEST")
            _open_digest(page)
            page.screenshot(path=PICTURES / f"digest-{name}.png")
            page.close()
        browser.close()


def _ask(page: Page, words: str) -> None:
    page.locator("#composer-text").fill(words)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Share to channel").last.wait_for()
    page.wait_for_timeout(600)


def _open_digest(page: Page) -> None:
    entry = page.get_by_text("cx-digest").first
    if not entry.is_visible():
        page.locator("header button").first.click()
    entry.click()
    page.wait_for_timeout(1200)


if __name__ == "__main__":
    main()
