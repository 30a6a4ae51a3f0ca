"""The tickets behind a number are listed page by page, and a subject stays a subject."""

from __future__ import annotations

import pytest

from bot.views.buttons import read_page
from bot.views.check import check_message
from bot.views.ticket_list import PAGE, TicketLine, ticket_page
from tests.slack_validators import problems
from tests.views.answers import BACKLOG, CSAT, FRT, HOSTILE, NOTHING


def judged(message):
    return [*check_message(message), *problems({"text": message.text, "blocks": message.blocks})]


def lines(count, **changes):
    facts = {"status": "open", "subject": "Charged twice", "url": "https://desk.example/t/1", "age_s": 3600.0} | changes
    return [TicketLine(number=str(i), **facts) for i in range(count)]


def turns(message):
    [block] = [block for block in message.blocks if block["type"] == "actions"]
    return {button["action_id"]: button["value"] for button in block["elements"]}


def items(message):
    [block] = [block for block in message.blocks if block["type"] == "rich_text"]
    return [item["elements"] for item in block["elements"][0]["elements"]]


def test_a_ticket_says_number_subject_status_age_and_what_it_adds():
    line = TicketLine(
        number="42", subject="Charged twice", url="https://desk.example/42", status="open", age_s=19 * 86_400, value="38 min"
    )
    message = ticket_page(FRT, [line], query_id="q1", total=1)
    assert items(message) == [
        [
            {"type": "link", "url": "https://desk.example/42", "text": "#42"},
            {"type": "text", "text": " Charged twice · open · 19 d old · 38 min"},
        ]
    ]
    assert "#42 Charged twice · open · 19 d old · 38 min" in message.text
    assert message.blocks[0]["text"]["text"] == "Tickets behind 38 min · First response time (median)"


def test_tickets_that_count_for_the_share_are_ticked():
    message = ticket_page(CSAT, [*lines(1, hit=True), *lines(1, hit=False)], query_id="q1", total=2)
    texts = [parts[1]["text"] for parts in items(message)]
    assert [text.endswith("✓") for text in texts] == [True, False]
    assert "✓ counts for the share" in message.text
    assert "✓" not in ticket_page(BACKLOG, lines(2), query_id="q1", total=2).text


@pytest.mark.parametrize(
    ("offset", "total", "expected"),
    [
        (0, 5, []),
        (0, 10, []),
        (0, 11, ["tickets:next"]),
        (10, 25, ["tickets:back", "tickets:next"]),
        (20, 25, ["tickets:back"]),
    ],
)
def test_there_is_a_button_for_each_way_there_is_to_turn(offset, total, expected):
    message = ticket_page(BACKLOG, lines(min(PAGE, total - offset)), query_id="q1", total=total, offset=offset)
    found = turns(message)
    assert [name for name in found if name != "csv"] == expected
    assert judged(message) == []
    assert {read_page(value) for name, value in found.items() if name.startswith("tickets")} <= {
        ("q1", offset - PAGE),
        ("q1", offset + PAGE),
    }


def test_turning_pages_visits_every_ticket_once():
    seen, offset = [], 0
    while offset is not None:
        page = lines(25)[offset : offset + PAGE]
        found = turns(ticket_page(BACKLOG, page, query_id="q1", total=25, offset=offset))
        seen += [line.number for line in page]
        offset = read_page(found["tickets:next"])[1] if "tickets:next" in found else None
    assert seen == [str(i) for i in range(25)]


def test_the_place_in_the_list_is_said():
    assert (
        "11-20 of 312 · Wed 18 Nov 2026, 00:00 · n=312 unsolved tickets"
        in ticket_page(BACKLOG, lines(10), query_id="q1", total=312, offset=10).text
    )


def test_no_tickets_is_said_in_words():
    message = ticket_page(NOTHING, [], query_id="q1", total=0)
    assert "No NPS answers in Wed 11 - Tue 17 Nov 2026." in str(message.blocks)
    assert judged(message) == []


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "ftp://desk.example/1", "https://" + "x" * 4000])
def test_only_web_addresses_become_links(url):
    message = ticket_page(BACKLOG, lines(1, url=url), query_id="q1", total=1)
    assert items(message)[0][0]["type"] == "text"
    assert judged(message) == []


def test_a_subject_that_may_not_be_shown_leaves_the_rest():
    message = ticket_page(BACKLOG, lines(1, subject=""), query_id="q1", total=1)
    assert items(message)[0][1]["text"] == " open · 1 h old"


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_anybodys_subject_is_shown_as_it_is_and_calls_nobody(words):
    line = TicketLine(number=words, subject=words, status=words, url=words, value=words, age_s=None)
    message = ticket_page(BACKLOG, [line] * PAGE, query_id="q1", total=PAGE)
    assert judged(message) == []
    assert "<" not in message.text
    assert items(message)[0][0]["text"].startswith("#")


def test_a_thousand_tickets_are_shown_ten_at_a_time():
    message = ticket_page(BACKLOG, lines(1000), query_id="q1", total=1000)
    assert len(items(message)) == PAGE
    assert judged(message) == []
