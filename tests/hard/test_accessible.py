"""The pages of surveys before a foreign judge of accessibility, in light and dark, on a phone and on a desk, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bot.store.engine import Store
from bot.store.words import InvitationState
from bot.surveys import SURVEYS
from tests.hard.conftest import Tell
from tests.sandbox.browser import chromium
from tests.sandbox.foreign import installed
from tests.web.door import opened_site, path, sent_by_mail

VIEWS: tuple[dict[str, Any], ...] = (
    {"viewport": {"width": 390, "height": 800}, "color_scheme": "light"},
    {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
)
LANGUAGES = ("en", "ja")
FINDINGS = "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join('; ')))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_a_foreign_judge_finds_nothing_in_the_way_of_anyone(browser: Browser, sqlite_store: Store, tell: Tell) -> None:
    judge = (installed() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found: list[str] = []
    looked = 0
    with opened_site(sqlite_store) as site:
        pages = {"nothing": path(99)}
        for number, (survey, language) in enumerate([(survey, lang) for survey in SURVEYS for lang in LANGUAGES], start=1):
            sent_by_mail(site.store, number, survey=survey.slug.value, language=language)
            pages[f"{survey.slug.value} in {language}"] = path(number)
        sent_by_mail(site.store, 50, state=InvitationState.WITHDRAWN)
        pages["taken back"] = path(50)
        for view in VIEWS:
            context = browser.new_context(bypass_csp=True, **view)
            page = context.new_page()
            for answered in (False, True):
                for name, where in pages.items():
                    page.goto(site.url + where)
                    if answered and page.locator("button[name=score]").count():
                        page.locator("button[name=score]").last.click()
                    found += [f"{name}, {view['color_scheme']}: {one}" for one in judged(page, judge)]
                    looked += 1
            page.set_content("<img src='data:,'>")
            assert judged(page, judge), "a judge that finds nothing in a picture without words is none"
            context.close()
    tell("accessibility of the survey pages", pages=looked, violations=len(found))
    assert found == []


def judged(page: Page, judge: str) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA and good practice, with the places."""
    page.evaluate(judge)
    told = page.evaluate(FINDINGS)
    return [str(one) for one in told]
