"""The demo is the whole product: tickets come in, people ask in a browser, a digest is posted, a customer's click is kept."""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from bot.cli.demo_script import Missing, _told, play
from bot.cli.demo_stage import Stage, staged
from bot.desks import demo
from tests.sandbox.browser import Scheme, chromium, opened
from tests.slack_validators import problems

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "examples"
WITHIN_S = 60
WIDTH = 1120
STEPS = [
    "the bot connects",
    "/cx answers with a snapshot",
    "/cx backlog",
    "/cx frt last 30 days by channel",
    "/cx help",
    "/cx baklog is healed by a button",
    "an answer is shared to the channel",
    "this morning's digest shows a chart",
    "a customer answers NPS, unhappily",
    "/cx csat before the click",
    "a customer answers CSAT with one click",
    "and adds a comment",
    "/cx csat moves",
    "a customer answers CES",
    "the unhappy answer is a case for the leads",
    "a lead claims the case",
]


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `cx demo --once` leaves behind, with two years of tickets. Tests that run side by side share one tour."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tour"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "seen" / "summary.json").exists():
            _play_into(folder / "seen")
    return folder / "seen"


def _play_into(folder: Path) -> None:
    words = [sys.executable, "-m", "bot", "demo", "--once", str(folder)]
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(words, cwd=folder.parent, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "All 16 steps happened" in ran.stdout
    assert ran.stderr == ""


@pytest.fixture(scope="module")
def summary(toured: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((toured / "summary.json").read_text("utf-8"))
    return told


@pytest.fixture(scope="module")
def said(toured: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((toured / "messages.json").read_text("utf-8"))
    return told


@pytest.mark.tour
class TestTheTour:
    def test_each_step_happened_and_says_what_it_showed(self, summary: dict[str, Any]) -> None:
        assert summary["ok"] is True
        assert [step["name"] for step in summary["steps"]] == STEPS
        assert all(step["ok"] and step["says"] for step in summary["steps"])

    def test_no_step_keeps_anybody_waiting(self, summary: dict[str, Any]) -> None:
        assert sum(step["seconds"] for step in summary["steps"]) < WITHIN_S / 2

    def test_the_click_moved_csat_by_one_answer(self, summary: dict[str, Any]) -> None:
        told = {step["name"]: step["says"] for step in summary["steps"]}
        before, after = (_answers(told[name]) for name in ("/cx csat before the click", "/cx csat moves"))

        assert after == before + 1 > 20

    def test_every_message_could_be_posted_to_slack(self, said: dict[str, Any]) -> None:
        everything = [*said["messages"], *said["ephemerals"]]

        assert len(everything) > 12
        for message in everything:
            assert problems({"text": message["text"], "blocks": [_as_sent(block) for block in message.get("blocks") or []]}) == []

    def test_each_place_holds_what_belongs_there(self, said: dict[str, Any]) -> None:
        places = {message["channel"] for message in said["messages"]}

        assert {"C0SUPPORT", "C0DIGEST", "D0CARLA", "D0DEV"} <= places

    def test_the_digest_has_its_details_in_its_thread(self, said: dict[str, Any]) -> None:
        digests = [message for message in said["messages"] if message["channel"] == "C0DIGEST"]
        parents = [message for message in digests if message.get("thread_ts") in (None, message["ts"])]

        assert len(parents) == 1
        assert len(digests) >= 3

    def test_every_chart_is_a_picture_for_a_phone(self, toured: Path, summary: dict[str, Any]) -> None:
        assert summary["charts"] == sorted(path.name for path in toured.glob("*.png"))
        assert len(summary["charts"]) >= 2
        for name in summary["charts"]:
            picture = Image.open(io.BytesIO((toured / name).read_bytes()))
            assert (picture.format, picture.width) == ("PNG", WIDTH)

    def test_the_page_needs_nothing_beyond_itself(self, toured: Path) -> None:
        page = _Addresses()
        page.feed((toured / "index.html").read_text("utf-8"))

        assert page.found == []

    @pytest.mark.browser
    @pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
    def test_the_page_shows_what_was_said(
        self, browser: Browser, toured: Path, summary: dict[str, Any], width: int, scheme: Scheme
    ) -> None:
        with opened(browser, f"file://{toured / 'index.html'}", width=width, scheme=scheme) as page:
            for words in ("unsolved tickets", "First response time", "# cx-digest", "Gracias, ha elegido 5 de 5"):
                expect(page.get_by_text(words).first).to_be_visible()
            for picture in page.locator("img.picture-block").all():
                picture.scroll_into_view_if_needed()
                expect(picture).to_have_js_property("naturalWidth", WIDTH)
            assert page.locator("img.picture-block").count() >= 2
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _answers(text: str) -> int:
    found = re.search(r"n=(\d+) CSAT answers", text)
    assert found, text
    return int(found[1])


def _as_sent(block: dict[str, Any]) -> dict[str, Any]:
    """A block without the address that the workspace added to its file."""
    return {**block, "slack_file": {"id": block["slack_file"]["id"]}} if "slack_file" in block else block


class _Addresses(HTMLParser):
    """Everything a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fetched = ("src", "href", "data", "action", "srcset") if tag != "a" else ()
        self.found += [str(value) for name, value in attrs if name in fetched and not str(value).startswith(("data:", "#"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The demo as it runs in a browser, with six weeks of tickets instead of two years."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "HISTORY", timedelta(weeks=6))
        with staged() as running:
            running.sandbox.control.wait_for(running.sandbox.control.connections, 20)
            yield running


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    with opened(browser, f"{stage.sandbox.url}/?user=lena") as shown:
        expect(shown.locator("#channel-name")).to_have_text("# support")
        yield shown


def type_in(page: Page, text: str) -> None:
    page.fill("#composer-text", text)
    page.press("#composer-text", "Enter")


def answer(page: Page, words: str) -> Locator:
    """The newest message that only its asker sees and that holds these words."""
    return page.locator(".message.ephemeral", has_text=words).last


@pytest.mark.browser
def test_lena_asks_reads_and_shares_and_everybody_sees_it(page: Page, stage: Stage) -> None:
    type_in(page, "/cx backlog")
    backlog = answer(page, "unsolved tickets")
    expect(backlog).to_contain_text("Only visible to you")
    expect(backlog).to_contain_text("Tickets that were new, open, pending or on hold at the instant")

    backlog.get_by_role("button", name="Share to channel").click()
    shared = page.locator(".message:not(.ephemeral)", has_text="unsolved tickets").first
    expect(shared).to_be_visible()

    page.select_option("#act-as", label=_name(page, "Ana"))
    expect(page.locator(".message", has_text="unsolved tickets").first).to_be_visible()
    assert [m["text"].splitlines()[-1] for m in stage.sandbox.control.messages("#support")] == ["Shared by <@U0LENA>"]


@pytest.mark.browser
def test_a_number_is_drilled_into_compared_explained_and_taken_along(page: Page) -> None:
    type_in(page, "/cx volume last 14 days by channel")
    volume = page.locator(".message.ephemeral", has_text="/cx volume by channel last 14 days").first
    expect(volume.get_by_role("table")).to_contain_text("email")

    volume.get_by_role("button", name="Tickets").click()
    tickets = answer(page, "1-10 of ")
    expect(tickets.get_by_role("link").first).to_be_visible()
    tickets.get_by_role("button", name="Next").click()
    expect(answer(page, "11-20 of ")).to_be_visible()

    volume.get_by_role("button", name="CSV").click()
    expect(answer(page, "CSV of ")).to_contain_text("email")
    volume.get_by_role("button", name="Compare").click()
    expect(answer(page, "vs last year")).to_be_visible()
    volume.get_by_role("button", name="How it is counted").click()
    expect(answer(page, "Formula")).to_be_visible()

    volume.get_by_role("button", name="Why").click()
    why = answer(page, "Why Ticket volume changed")
    expect(why).to_contain_text("together")
    why.get_by_role("button", name="Tickets: ").click()
    expect(answer(page, "Ticket volume")).to_be_visible()


@pytest.mark.browser
def test_a_number_is_watched_after_it_was_tried_on_the_past_and_added_to_a_digest(page: Page, stage: Stage) -> None:
    type_in(page, "/cx backlog")
    backlog = page.locator(".message.ephemeral", has_text="/cx backlog last 14 days").last
    backlog.get_by_role("button", name="Alert on this").click()
    tried = answer(page, "Alert: Backlog over")
    expect(tried).to_contain_text("in 90 days")
    tried.get_by_role("button", name="Switch on").click()
    expect(answer(page, "Watching: Backlog over")).to_be_visible()

    backlog.get_by_role("button", name="Add to digest").click()
    form = page.locator("dialog[open], [role=dialog]").last
    expect(form).to_be_visible()
    form.get_by_role("button", name="Subscribe").click()
    expect(form).to_have_count(0)
    type_in(page, "/cx list")
    expect(answer(page, "Digests")).to_contain_text("with backlog")


@pytest.mark.browser
def test_a_follow_up_in_the_thread_of_a_shared_answer_keeps_its_question(page: Page, stage: Stage) -> None:
    type_in(page, "/cx solved last 14 days")
    answer(page, "Tickets solved").get_by_role("button", name="Share to channel").click()
    shared = page.locator(".message:not(.ephemeral)", has_text="Tickets solved").last
    expect(shared).to_be_visible()

    control = stage.sandbox.control
    ts = next(one["ts"] for one in control.messages("#support") if "Tickets solved" in one["text"])
    bot = control.state()["bot"]["user_id"]
    control.say(f"<@{bot}> by team", user="lena", thread_ts=ts)
    control.wait_for(lambda: any("solved by team last 14 days" in one["text"] for one in control.messages("#support")), 20)


@pytest.mark.browser
def test_a_mistyped_word_is_mended_by_a_button(page: Page) -> None:
    type_in(page, "/cx baklog")
    answer(page, "baklog").get_by_role("button").first.click()

    expect(answer(page, "unsolved tickets")).to_be_visible()


@pytest.mark.browser
def test_this_mornings_digest_is_there_with_its_pictures(page: Page) -> None:
    page.locator("[data-channel=C0DIGEST]").click()
    digest = page.locator(".message", has_text="Support ·").first

    expect(digest.locator("img.picture-block").first).to_be_visible()
    expect(digest.locator("img.picture-block").first).to_have_js_property("naturalWidth", WIDTH)


@pytest.mark.browser
def test_carla_presses_one_button_and_is_thanked_and_csat_moves(page: Page) -> None:
    type_in(page, "/cx csat")
    before = _answers(answer(page, "Customer satisfaction").inner_text())

    page.select_option("#act-as", label=_name(page, "Carla"))
    page.locator("[data-channel=D0CARLA]").click()
    question = page.locator(".message", has_text="¿Qué tan satisfecho está")
    question.get_by_role("button", name="Valorar con 5 de 5").click()
    expect(page.locator(".message", has_text="Gracias, ha elegido 5 de 5")).to_be_visible()
    expect(question).to_have_count(0)

    page.wait_for_timeout(1100)
    page.select_option("#act-as", label=_name(page, "Lena"))
    page.locator("[data-channel=C0SUPPORT]").click()
    type_in(page, "/cx csat")
    expect(answer(page, f"n={before + 1} CSAT answers")).to_be_visible()


def _name(page: Page, first: str) -> str:
    """How the list of people calls someone."""
    labels = page.locator("#act-as option").all_inner_texts()
    return next(label for label in labels if first in label)


def test_the_tour_runs_over_a_file_of_ones_own() -> None:
    with staged(data=EXAMPLES / "tickets.csv", mapping=EXAMPLES / "tickets.toml") as stage:
        told = play(stage.sandbox.control, made_up=False)

    assert [(step.name, step.ok) for step in told] == [(name, True) for name in STEPS[:8]], [step.says for step in told]


def test_a_step_that_did_not_happen_is_told() -> None:
    def missing() -> str:
        raise Missing("there is no share button")

    told = _told("an answer is shared", missing)

    assert (told.ok, told.says) == (False, "there is no share button")
