"""The page in a real browser: people type, press, fill in and read; nothing anyone writes becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.sandbox import Control, Sandbox
from tests.sandbox.browser import Scheme, chromium, opened
from tests.sandbox.conftest import RunningApp, actions, ask, button, modal, mrkdwn, plain
from tests.sandbox.test_files import picture, png, upload

pytestmark = pytest.mark.browser
NASTY = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'`*_~&amp;"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox) -> Iterator[Page]:
    with opened(browser, sandbox.url + "/?user=ana") as shown:
        expect(shown.locator("#channel-name")).to_have_text("# support")
        yield shown


def type_in(page: Page, text: str) -> None:
    page.fill("#composer-text", text)
    page.press("#composer-text", "Enter")


def answering(app: RunningApp) -> None:
    @app.bolt.command("/cx")
    def cx(ack: Any, command: dict[str, str], respond: Any, client: Any, body: dict[str, Any]) -> None:
        ack()
        if command["text"] == "modal":
            client.views_open(trigger_id=body["trigger_id"], view=modal(ask(), callback_id="m"))
        else:
            respond(
                text=f"{command['text']}: 42", blocks=[{"type": "section", "text": mrkdwn("*backlog* 42")}, actions(button())]
            )

    app.bolt.action("press")(lambda ack, respond: (ack(), respond(text="pressed", replace_original=True)))
    app.bolt.view("m")(lambda ack: ack(response_action="errors", errors={"comment": "longer, please"}))
    app.connect()


def test_a_person_types_a_command_and_presses_a_button(app: RunningApp, page: Page) -> None:
    answering(app)
    type_in(page, "/cx backlog")
    answer = page.locator(".message.ephemeral")
    expect(answer).to_contain_text("Only visible to you")
    expect(answer.locator("strong", has_text="backlog")).to_be_visible()
    answer.get_by_role("button", name="Press").click()
    expect(page.locator(".message.ephemeral")).to_contain_text("pressed")


def test_new_messages_are_announced_to_screen_readers(page: Page, control: Control) -> None:
    control.say("anyone there?", user="bo")
    expect(page.locator("[aria-live=polite]")).to_contain_text("Bo Agent: anyone there?")


def test_a_modal_is_filled_in_refused_and_closed_with_the_keyboard(app: RunningApp, page: Page, control: Control) -> None:
    answering(app)
    type_in(page, "/cx modal")
    field = page.get_by_label("Comment")
    expect(field).to_be_focused()
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    expect(page.get_by_text("longer, please")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("short")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert control.views("ana") == []


def test_a_modal_belongs_to_one_person(app: RunningApp, page: Page) -> None:
    answering(app)
    type_in(page, "/cx modal")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("page.open.user = 'bo'; page.refresh()")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_failure_stands_where_the_person_looks(page: Page) -> None:
    type_in(page, "/cx backlog")
    expect(page.locator(".message.system")).to_contain_text("dispatch_failed")


def test_the_composer_hints_at_commands_and_takes_one_by_keyboard(page: Page) -> None:
    page.locator("#composer-text").press_sequentially("/")
    expect(page.locator("#hints [role=option]")).to_have_count(2)
    page.press("#composer-text", "ArrowDown")
    page.press("#composer-text", "Tab")
    expect(page.locator("#composer-text")).to_have_value("/cx ")


def test_acting_as_someone_else_shows_what_they_see(page: Page, control: Control, client: Any) -> None:
    client.chat_postEphemeral(channel="#support", user="U0BO", text="for Bo")
    expect(page.locator(".message")).to_have_count(0)
    page.select_option("#act-as", "U0BO")
    expect(page.locator(".message")).to_contain_text("for Bo")
    page.select_option("#act-as", "U0STEN")
    expect(page.locator("#channels")).to_contain_text("acme-shared")
    expect(page.locator("#channels")).not_to_contain_text("random")


def test_the_home_tab_is_asked_for_and_shown(app: RunningApp, page: Page) -> None:
    view = {"type": "home", "blocks": [{"type": "header", "text": plain("Your desk")}]}
    app.bolt.event("app_home_opened")(lambda event, client: client.views_publish(user_id=event["user"], view=view))
    app.connect()
    page.get_by_role("button", name="cx", exact=True).click()
    page.get_by_role("tab", name="Home").click()
    expect(page.locator("#home h3")).to_have_text("Your desk")


def test_a_thread_is_opened_and_answered(page: Page, control: Control) -> None:
    root = control.say("a question", user="bo")
    page.locator(".message").hover()
    page.get_by_role("button", name="Reply in thread").click()
    page.fill("#thread-text", "an answer")
    page.press("#thread-text", "Enter")
    expect(page.locator("#thread-list")).to_contain_text("an answer")
    expect(page.locator("#list .replies")).to_have_text("1 reply")
    assert control.messages("#support")[1]["thread_ts"] == root["ts"]


def test_a_question_is_asked_before_a_dangerous_press(app: RunningApp, page: Page) -> None:
    answering(app)
    confirm = {"title": plain("Sure?"), "text": plain("It is final."), "confirm": plain("Do it"), "deny": plain("Keep")}
    app.client.chat_postMessage(channel="#support", text="x", blocks=[actions(button(confirm=confirm))])
    page.get_by_role("button", name="Press").click()
    page.get_by_role("button", name="Keep").click()
    assert app.heard == []
    page.get_by_role("button", name="Press").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator(".message")).to_contain_text("pressed")


def test_choices_of_every_kind_reach_the_app(app: RunningApp, page: Page, control: Control) -> None:
    options = [{"text": plain(name), "value": name} for name in ("one", "two")]
    elements: list[dict[str, Any]] = [
        {"type": "static_select", "action_id": "select", "options": options, "placeholder": plain("Pick")},
        {"type": "overflow", "action_id": "more", "options": options},
        {"type": "datepicker", "action_id": "day", "placeholder": plain("Day")},
        {"type": "timepicker", "action_id": "time", "placeholder": plain("Time")},
        {"type": "checkboxes", "action_id": "boxes", "options": options},
        {"type": "radio_buttons", "action_id": "radio", "options": options},
        {"type": "users_select", "action_id": "who", "placeholder": plain("Who")},
        {"type": "multi_static_select", "action_id": "several", "options": options, "placeholder": plain("Several")},
    ]
    for element in elements:
        app.bolt.action(str(element["action_id"]))(lambda ack: ack())
    app.connect()
    app.client.chat_postMessage(channel="#support", text="x", blocks=[actions(*elements)])
    page.get_by_label("Pick").select_option("two")
    page.get_by_label("More actions").click()
    page.get_by_role("menuitem", name="one").click()
    page.get_by_label("Day").fill("2026-11-22")
    page.get_by_label("Day").blur()
    page.get_by_label("Time").fill("09:30")
    page.get_by_label("Time").blur()
    page.get_by_role("checkbox", name="two").check()
    page.get_by_role("radio", name="one").check()
    page.get_by_label("Who").select_option("U0BO")
    page.locator("[data-action=several] summary").click()
    page.locator("[data-action=several]").get_by_label("one").check()
    control.wait_for(lambda: len(app.heard) >= 8)
    pressed = {envelope.payload["actions"][0]["action_id"]: envelope.payload["actions"][0] for envelope in app.heard}
    assert pressed["select"]["selected_option"] == options[1]
    assert pressed["more"]["selected_option"] == options[0]
    assert pressed["day"]["selected_date"] == "2026-11-22"
    assert pressed["time"]["selected_time"] == "09:30"
    assert pressed["boxes"]["selected_options"] == [options[1]]
    assert pressed["radio"]["selected_option"] == options[0]
    assert pressed["who"]["selected_user"] == "U0BO"
    assert pressed["several"]["selected_options"] == [options[0]]
    assert app.heard[-1].payload["state"]["values"]["row"]["select"]["selected_option"] == options[1]


def test_nothing_anyone_writes_becomes_markup(page: Page, control: Control, client: Any) -> None:
    text = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": NASTY}]}]}
    rows = [[{"type": "raw_text", "text": NASTY}], [{"type": "raw_text", "text": NASTY}]]
    blocks = [
        {"type": "section", "text": mrkdwn(NASTY), "fields": [plain(NASTY)]},
        {"type": "section", "text": mrkdwn("<javascript:alert(1)|click> <data:text/html,x|me> <https://e.example|fine>")},
        {"type": "context", "elements": [mrkdwn(NASTY)]},
        {"type": "markdown", "text": f"# {NASTY}\n\n[x](javascript:alert(1))\n\n{NASTY}"},
        {"type": "data_table", "caption": NASTY, "rows": rows},
        {"type": "table", "rows": rows},
        text,
    ]
    client.chat_postMessage(channel="#support", text=NASTY, blocks=blocks)
    control.say(NASTY, user="bo")
    expect(page.locator(".message")).to_have_count(2)
    assert page.locator("#list img, #list script, #list [onerror]").count() == 0
    assert [link.get_attribute("href") for link in page.locator("#list a").all()] == ["https://e.example"]
    assert page.locator(".message").last.locator(".rich").inner_text() == NASTY


def test_blocks_look_like_what_they_are(page: Page, sandbox: Sandbox, client: Any, control: Control) -> None:
    file_id = upload(sandbox, client, png(40, 20))
    control.wait_for(lambda: control.files()[0]["processed"])
    days = ["Mon", "Tue"]
    line = {
        "type": "line",
        "series": [{"name": "New", "data": [{"label": day, "value": 3} for day in days]}],
        "axis_config": {"categories": days},
    }
    pie = {"type": "pie", "segments": [{"label": "Email", "value": 3}, {"label": "Chat", "value": 1}]}
    blocks = [
        {"type": "header", "text": plain("Digest :tada:")},
        {"type": "section", "text": mrkdwn("*b* _i_ ~s~ `c` <@U0BO> <#C0RANDOM> <!date^1795316108^{date_num}|then>\n> quoted")},
        picture(file_id),
        {"type": "data_visualization", "title": "New", "chart": line},
        {"type": "data_visualization", "title": "By channel", "chart": pie},
        {"type": "markdown", "text": "1. **one**\n2. two\n\n```\ncode\n```"},
    ]
    client.chat_postMessage(channel="#support", text="x", blocks=blocks)
    message = page.locator(".message")
    expect(message.locator("h3")).to_have_text(re.compile("^Digest (🎉|:tada:)$"))
    for tag, text in [("strong", "b"), ("em", "i"), ("s", "s"), ("code", "c"), ("blockquote", "quoted"), ("time", "2026-11-22")]:
        expect(message.locator(".block-section").locator(tag)).to_have_text(text)
    expect(message.locator(".mention")).to_have_text(["@bo", "#random"])
    expect(message.get_by_role("img", name="a chart")).to_be_visible()
    assert page.evaluate("document.querySelector('.picture-block').naturalWidth") == 40
    expect(message.get_by_role("img", name="New: line chart. New: Mon 3, Tue 3")).to_be_visible()
    assert message.locator(".slice").count() == 2
    expect(message.locator(".markdown ol li")).to_have_count(2)


def test_a_data_table_pages_and_sorts(page: Page, client: Any) -> None:
    head = [{"type": "raw_text", "text": "Agent"}, {"type": "raw_text", "text": "Solved"}]
    rows = [
        [{"type": "raw_text", "text": f"a{n}"}, {"type": "raw_number", "value": n * 7 % 10, "text": str(n * 7 % 10)}]
        for n in range(7)
    ]
    client.chat_postMessage(
        channel="#support", text="x", blocks=[{"type": "data_table", "caption": "Agents", "page_size": 3, "rows": [head, *rows]}]
    )
    cells = page.locator(".data-table tbody tr td:first-child")
    expect(cells).to_have_text(["a0", "a1", "a2"])
    page.get_by_role("button", name="Next page").click()
    expect(cells).to_have_text(["a3", "a4", "a5"])
    page.get_by_role("button", name="Previous page").click()
    page.get_by_role("button", name="Solved").click()
    expect(cells).to_have_text(["a0", "a3", "a6"])


def test_the_traffic_can_be_read_and_holds_no_token(app: RunningApp, page: Page, sandbox: Sandbox) -> None:
    answering(app)
    page.click("#toggle-inspector")
    type_in(page, "/cx backlog")
    row = page.locator("#traffic li", has_text="slash_commands").last
    expect(row).to_be_visible()
    assert sandbox.bot_token not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_machines_colours_and_can_be_switched(browser: Browser, sandbox: Sandbox, scheme: Scheme) -> None:
    ground = "getComputedStyle(document.getElementById('main')).backgroundColor"
    with opened(browser, sandbox.url, scheme=scheme) as page:
        expect(page.locator("#channel-name")).to_have_text("# support")
        before = page.evaluate(ground)
        assert before == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 29, 33)"}[scheme]
        page.click("#toggle-theme")
        assert page.evaluate(ground) != before
        page.reload()
        expect(page.locator("#toggle-theme")).to_have_attribute("aria-pressed", "true" if scheme == "light" else "false")


def test_on_a_phone_the_sidebar_slides_and_nothing_sticks_out(browser: Browser, sandbox: Sandbox, client: Any) -> None:
    wide = {"type": "table", "rows": [[{"type": "raw_text", "text": "a rather long cell"}] * 12] * 3}
    client.chat_postMessage(channel="#support", text="x", blocks=[{"type": "section", "text": plain("w" * 300)}, wide])
    with opened(browser, sandbox.url + "/?user=ana", width=390) as page:
        expect(page.locator(".message")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.getElementById('messages').scrollWidth") <= 390
        expect(page.locator("#sidebar")).not_to_be_visible()
        page.get_by_label("Open the channel list").click()
        page.locator("[data-channel=C0DIGEST]").click()
        expect(page.locator("#channel-name")).to_have_text("# cx-digest")
        expect(page.locator("#sidebar")).not_to_be_visible()


def test_everything_that_can_be_pressed_has_a_name(app: RunningApp, page: Page) -> None:
    answering(app)
    type_in(page, "/cx modal")
    expect(page.get_by_role("dialog")).to_be_visible()
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, select, input, textarea')]
             .filter((one) => !one.closest('[hidden]'))
             .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))
             .map((one) => one.outerHTML)"""
    )
    assert nameless == []
