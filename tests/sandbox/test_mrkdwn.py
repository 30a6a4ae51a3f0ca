"""mrkdwn, Markdown, rich text and dates as people see them."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from bot.sandbox import Sandbox
from tests.sandbox.browser import chromium, opened

pytestmark = pytest.mark.browser
NOW = 1795316108  # 2026-11-22 02:55:08 UTC


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with Sandbox.start() as sandbox, chromium() as browser, opened(browser, sandbox.url + "/?user=ana") as shown:
        shown.wait_for_function("page.state !== null")
        yield shown


def shown(page: Page, draw: str, *args: Any) -> str:
    """The HTML that a drawing function makes, as a browser would write it out."""
    context = f"{{ ...page.context(), now: {NOW}, tz: 'Europe/Berlin', locale: 'en-US' }}"
    made = f"{draw}({', '.join(map(json.dumps, args))}, {context})"
    call = f"() => {{ const box = document.createElement('div'); box.append({made}); return box.innerHTML; }}"
    return str(page.evaluate(call))


def mrkdwn(page: Page, text: str) -> str:
    whole = shown(page, "page.mrkdwn", text)
    return whole.removeprefix('<span class="mrkdwn">').removesuffix("</span>").removeprefix("<span>").removesuffix("</span>")


CASES = [
    ("plain", "plain"),
    ("*bold*", "<strong>bold</strong>"),
    ("a *b* c", "a <strong>b</strong> c"),
    ("_i_ ~s~", "<em>i</em> <s>s</s>"),
    ("*_both_*", "<strong><em>both</em></strong>"),
    ("(*b*), *c*.", "(<strong>b</strong>), <strong>c</strong>."),
    ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
    ("* not bold *", "* not bold *"),
    ("*open", "*open"),
    ("*over\nlines*", "*over<br>lines*"),
    ("`*code*`", "<code>*code*</code>"),
    ("```a\n*b*```", "<pre>a\n*b*</pre>"),
    ("*bold `code` in*", "<strong>bold <code>code</code> in</strong>"),
    ("a &lt;b&gt; &amp;amp;", "a &lt;b&gt; &amp;amp;"),
    ("<b>x</b>", "bx/b"),
    ("one\ntwo", "one<br>two"),
    (
        "<https://a.example/?x=1&amp;y=2|here>",
        '<a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">here</a>',
    ),
    ("<https://a.example>", '<a href="https://a.example" target="_blank" rel="noopener noreferrer">https://a.example</a>'),
    (
        "<mailto:a@b.example|a@b.example>",
        '<a href="mailto:a@b.example" target="_blank" rel="noopener noreferrer">a@b.example</a>',
    ),
    ("<javascript:alert(1)|x>", "x"),
    ("<data:text/html,y>", "data:text/html,y"),
    ("<@U0BO>", '<span class="mention">@bo</span>'),
    ("<@U0ANA>", '<span class="mention me">@ana</span>'),
    ("<@U0NOBODY>", '<span class="mention">@U0NOBODY</span>'),
    ("<#C0SUPPORT|>", '<span class="mention">#support</span>'),
    ("<#C9|old-name>", '<span class="mention">#old-name</span>'),
    ("<!here> <!subteam^S1|@crew>", '<span class="mention broadcast">@here</span> <span class="mention">@crew</span>'),
    (":no_such_emoji:", ":no_such_emoji:"),
    ("10:30:00", "10:30:00"),
    (":red_circle:", '<span class="status-dot red" role="img" aria-label="red circle"></span>'),
]


@pytest.mark.parametrize(("text", "html"), CASES)
def test_mrkdwn_is_drawn_like_this(page: Page, text: str, html: str) -> None:
    assert mrkdwn(page, text) == html


def test_quotes_stand_apart(page: Page) -> None:
    assert shown(page, "page.mrkdwn", "before\n> *a*\n&gt; b\nafter") == (
        '<span class="mrkdwn"><span>before</span><blockquote><strong>a</strong><br>b</blockquote><span>after</span></span>'
    )


DATES = [
    ("{date_num} {time_secs}", "2026-11-22 3:55:08 AM"),
    ("{date}", "November 22, 2026"),
    ("{date_short}", "Nov 22, 2026"),
    ("{date_long}", "Sunday, November 22, 2026"),
    ("{date_short_pretty} at {time}", "today at 3:55 AM"),
    ("{date_slash}", "2026/11/22"),
    ("{ago}", "just now"),
    ("{unknown}", "{unknown}"),
]


@pytest.mark.parametrize(("form", "text"), DATES)
def test_dates_are_told_in_the_readers_zone(page: Page, form: str, text: str) -> None:
    drawn = mrkdwn(page, f"<!date^{NOW}^{form}|fallback>").replace("\u202f", " ")
    assert drawn == f'<time datetime="2026-11-22T02:55:08.000Z" title="fallback">{text}</time>'


@pytest.mark.parametrize(("seconds", "text"), [(-86_400, "yesterday"), (86_400, "tomorrow"), (-5 * 86_400, "Nov 17, 2026")])
def test_near_days_have_names(page: Page, seconds: int, text: str) -> None:
    assert f">{text}<" in mrkdwn(page, f"<!date^{NOW + seconds}^{{date_short_pretty}}|x>")


def test_a_date_may_be_a_link(page: Page) -> None:
    drawn = mrkdwn(page, f"<!date^{NOW}^{{date_num}}^https://a.example|x>")
    assert drawn.startswith('<a href="https://a.example"')
    assert "2026-11-22" in drawn


MARKDOWN = [
    ("# One", "<h3>One</h3>"),
    ("### Three ###", "<h5>Three</h5>"),
    ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
    ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
    ("> q", "<blockquote>q</blockquote>"),
    ("```\n<b>\n```", "<pre>&lt;b&gt;</pre>"),
    ("---", "<hr>"),
    ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
    ("[x](javascript:alert(1))", "<p>x)</p>"),
    ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    (
        "| a | b |\n|---|---|\n| 1 | 2 |",
        '<div class="table-wrap"><table class="table"><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>",
    ),
]


@pytest.mark.parametrize(("text", "html"), MARKDOWN)
def test_the_markdown_block_is_drawn_like_this(page: Page, text: str, html: str) -> None:
    drawn = shown(page, "page.markdown", text)
    assert drawn.removeprefix('<div class="markdown">').removesuffix("</div>") == html


def test_rich_text_keeps_its_styles_lists_and_pieces(page: Page) -> None:
    def section(*elements: dict[str, Any]) -> dict[str, Any]:
        return {"type": "rich_text_section", "elements": list(elements)}

    block = {
        "type": "rich_text",
        "elements": [
            section({"type": "text", "text": "b", "style": {"bold": True, "italic": True}}, {"type": "user", "user_id": "U0BO"}),
            {
                "type": "rich_text_list",
                "style": "ordered",
                "offset": 2,
                "elements": [section({"type": "link", "url": "javascript:x", "text": "l"})],
            },
            {"type": "rich_text_quote", "elements": [{"type": "broadcast", "range": "here"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "<pre>"}]},
        ],
    }
    assert shown(page, "page.richText", block) == (
        '<div class="rich"><span class="rich-line"><em><strong>b</strong></em><span class="mention">@bo</span></span>'
        '<ol start="3" style="margin-left: 0px;"><li><span class="rich-line">l</span></li></ol>'
        '<blockquote><span class="mention broadcast">@here</span></blockquote><pre>&lt;pre&gt;</pre></div>'
    )


TAGS = {
    "SPAN",
    "STRONG",
    "EM",
    "S",
    "CODE",
    "PRE",
    "A",
    "BR",
    "TIME",
    "BLOCKQUOTE",
    "DIV",
    "P",
    "UL",
    "OL",
    "LI",
    "HR",
    "H3",
    "H4",
    "H5",
    "H6",
}
TAGS |= {"TABLE", "THEAD", "TBODY", "TR", "TH", "TD"}
MARKS = "*_~`<>|!@#^{}&;:\n /\\\"'()[]-=" + "abcUC0" + "ü中ع👍\ue000"
TEXTS = st.lists(st.text(MARKS, max_size=40) | st.text(string.printable, max_size=40), min_size=40, max_size=40)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_no_text_makes_anything_but_the_elements_we_know(page: Page, texts: list[str]) -> None:
    seen = page.evaluate(
        """(texts) => texts.flatMap((text) => [page.mrkdwn, page.markdown].flatMap((draw) => {
             const box = document.createElement('div');
             box.append(draw(text, page.context()));
             const links = [...box.querySelectorAll('a')].filter((one) => !/^(https?|mailto):/i.test(one.getAttribute('href')));
             return [...box.querySelectorAll('*')].map((one) => one.tagName).concat(links.map((one) => 'BAD LINK ' + one.href));
           }))""",
        texts,
    )
    assert set(seen) <= TAGS
