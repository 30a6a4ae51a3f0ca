"""Takes the pictures in docs/pictures from the running demo: `python -m tools.take_pictures` (needs Chromium)."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from bot.cli.demo_stage import staged

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
DESKTOP, PHONE = (1280, 900), (390, 844)
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[str, tuple[int, int], Scheme], ...] = (
    ("light", DESKTOP, "light"),
    ("dark", DESKTOP, "dark"),
    ("phone", PHONE, "light"),
)
SETTLED_MS = 1_500


def main() -> None:
    """One picture of each thing worth seeing, light, dark, and on a phone."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with staged() as stage, sync_playwright() as play:
        control = stage.sandbox.control
        control.wait_for(lambda: control.messages("#cx-digest"), 60)
        control.wait_for(lambda: control.messages(user="carla"), 60)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for look, (width, height), scheme in LOOKS:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            for name, show in SCENES.items():
                page = context.new_page()
                page.set_default_timeout(30_000)
                page.goto(f"{stage.sandbox.url}/?user={'carla' if name == 'survey' else 'lena'}")
                page.wait_for_timeout(SETTLED_MS)
                _keep(page, show(page), f"{name}-{look}")
                page.close()
            context.close()
        browser.close()


def _answer(page: Page) -> Locator | None:
    _ask(page, "/cx backlog", "unsolved tickets")
    return None


def _drill(page: Page) -> Locator | None:
    _ask(page, "/cx frt p90 by channel last month", "First response time").get_by_role("button", name="Tickets").click()
    return _last(page, "1-10 of ")


def _why(page: Page) -> Locator | None:
    _ask(page, "/cx why volume last 30 days", "together")
    return _last(page, "together")


def _alert(page: Page) -> Locator | None:
    _ask(page, "/cx alert frt p90 > 4h", "would have fired")
    return _last(page, "would have fired")


def _forecast(page: Page) -> Locator | None:
    _ask(page, "/cx forecast volume", "in the next 14 days")
    return _last(page, "in the next 14 days")


def _home(page: Page) -> Locator | None:
    _go(page, page.get_by_text("cx", exact=True).first)
    page.get_by_text("Home", exact=True).first.click()
    page.get_by_text("My numbers").first.wait_for()
    return None


def _digest(page: Page) -> Locator | None:
    _go(page, page.locator("[data-channel=C0DIGEST]"))
    page.locator("img.picture-block").first.wait_for()
    return _last(page, "Support ·")


def _survey(page: Page) -> Locator | None:
    _go(page, page.locator("[data-channel=D0CARLA]"))
    page.get_by_role("button", name="5").first.wait_for()
    return page.locator(".message").last


SCENES: dict[str, Callable[[Page], Locator | None]] = {
    "answer": _answer,
    "drill": _drill,
    "why": _why,
    "alert": _alert,
    "forecast": _forecast,
    "home": _home,
    "digest": _digest,
    "survey": _survey,
}


def _ask(page: Page, words: str, shows: str) -> Locator:
    before = page.locator(".message", has_text=shows).count()
    page.locator("#composer-text").fill(words)
    page.keyboard.press("Enter")
    page.locator(".message", has_text=shows).nth(before).wait_for()
    return _last(page, shows)


def _last(page: Page, shows: str) -> Locator:
    found = page.locator(".message", has_text=shows).last
    found.wait_for()
    return found


def _go(page: Page, entry: Locator) -> None:
    if not entry.is_visible():
        page.locator("header button").first.click()
    entry.click()
    page.wait_for_timeout(SETTLED_MS)


def _keep(page: Page, part: Locator | None, name: str) -> None:
    """The whole page, or one message of it in full, in as many colours as a page has."""
    page.wait_for_timeout(SETTLED_MS)
    if part is not None:
        # A tall window shows a message that would not fit on the screen.
        size = page.viewport_size or {"width": DESKTOP[0], "height": DESKTOP[1]}
        page.set_viewport_size({"width": size["width"], "height": 1_700})
        page.wait_for_timeout(SETTLED_MS)
        part.scroll_into_view_if_needed()
    shot = part.screenshot() if part is not None else page.screenshot()
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    if part is not None:
        picture = picture.crop((0, 0, min(picture.width, 760), picture.height))
    picture.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", "PNG", optimize=True)


if __name__ == "__main__":
    main()
