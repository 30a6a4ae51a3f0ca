"""A digest is read in ten seconds on a phone, and heard whole by those who cannot see it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PIL import Image

from bot.kpis.answer import Figure
from bot.kpis.query import Filter
from bot.views.chart import draw
from bot.views.chart.sheet import GAP, as_pdf
from bot.views.chart_spec import BacklogChart, Series
from bot.views.check import check_message
from bot.views.digest import backlog_chart, backlog_finding, chosen_chart, detail, digest, kpi_strip, quiet_digest
from bot.views.digest_page import page
from bot.views.digest_words import Edition, Target, delta, goal_text, has_news, headline_sentence, meets, push_line
from bot.views.ticket_list import TicketLine
from tests.slack_validators import problems
from tests.views.answers import (
    BACKLOG,
    CSAT,
    DAILY,
    EVERY,
    FEW,
    FRT,
    HOSTILE,
    NOTHING,
    TEAMS,
    VOLUME,
    answer,
    count,
    minutes,
    rate,
    stale,
    trend,
)

MONDAY = date(2026, 11, 16)
WORSE = answer("backlog", count(350), count(284))
TRENDS = {
    "backlog": trend("backlog", [300, 302, 305, 304, 300, 301, 303, 306, 310, 309, 312, 320, 333, 350]),
    "volume": trend("volume", [20] * 14),
    "solved": trend("solved", [17] * 14),
}
EDITION = Edition(
    scope="Support",
    day=MONDAY,
    answers=(FRT, WORSE, CSAT, VOLUME),
    trends=TRENDS,
    details=(TEAMS, DAILY),
    goals={"frt": Target(op="<=", target=3600), "backlog": Target(op="<=", target=300)},
    query_ids={"frt": "q-frt", "backlog": "q-backlog", "csat": "q-csat"},
)


def judged(message):
    return [*check_message(message), *problems({"text": message.text, "blocks": message.blocks})]


def quiet(**changes):
    return replace(EDITION, answers=(CSAT, VOLUME, BACKLOG), **changes)


def test_the_news_stands_in_the_first_40_characters_and_the_numbers_in_the_first_120():
    text = digest(EDITION).parent.text
    assert text[:40].startswith("Backlog 350 ▲ 66 ✗ · First reply 38 min")
    assert (
        text[:120].splitlines()[0]
        == "Backlog 350 ▲ 66 ✗ · First reply 38 min ▼ 9 min ✓ · CSAT 75.0% ▲ 3 pt · New tickets 142 ▲ 15"
    )


def test_whoever_hears_only_the_text_hears_every_number_in_words():
    text = digest(EDITION).parent.text
    for told in EDITION.answers:
        assert told.kpi.name in text
    assert "350 unsolved tickets · Backlog: ▲ 23% from 284" in text
    assert "Wed 11 - Tue 17 Nov 2026, Europe/Berlin · n=142 tickets created" in text
    assert "Data as of Wed 18 Nov 2026, 09:56" in text


def test_the_parent_has_at_most_eight_blocks_in_the_order_of_a_glance():
    parent = digest(EDITION).parent
    assert [block["type"] for block in parent.blocks] == ["header", "section", "section", "image", "image", "context", "actions"]
    assert parent.blocks[0]["text"]["text"] == "Support · Mon 16 Nov"
    assert parent.blocks[1]["text"]["text"] == (
        "*Backlog 350: ▲ 66, worse, compared with Wed 11 Nov 2026, 00:00. 1 other number moved too.*"
    )
    assert parent.blocks[2]["fields"][0]["text"] == "*38 min* First reply\n▼ 9 min · median · goal 1 h ✓ · n=57"


def test_the_thread_ends_with_the_tickets_open_longest() -> None:
    lines = tuple(TicketLine(number=f"{n}", status="open", url=f"https://desk/{n}", age_s=86_400.0 * n) for n in (9, 4))
    told = digest(replace(EDITION, stragglers=lines)).details[-1]

    assert told.text == f"The oldest of {_backlog():,.0f} unsolved tickets:\n#9 open · 9 d old\n#4 open · 4 d old"
    assert judged(told) == []


def _backlog() -> float:
    return next(answer.figure.value or 0 for answer in EDITION.answers if answer.kpi.slug == "backlog")


def test_every_judge_takes_every_message_of_a_digest():
    told = digest(replace(EDITION, details=EVERY, late=timedelta(hours=3), missed=("Sat 14 Nov", "Sun 15 Nov")))
    assert len(told.parent.blocks) <= 8
    assert [judged(message) for message in (told.parent, *told.details)] == [[]] * (1 + len(EVERY))
    assert judged(quiet_digest(quiet())) == []


def test_pictures_are_placeholders_with_the_numbers_in_their_alt_text():
    parent = digest(EDITION).parent
    strip, backlog = [block for block in parent.blocks if block["type"] == "image"]
    assert (strip["slack_file"], backlog["slack_file"]) == ({"id": "chart:0"}, {"id": "chart:1"})
    assert "First reply 38 min ▼ 9 min (median" in strip["alt_text"]
    assert "350 open" in backlog["alt_text"]
    assert len(parent.charts) == 2


def test_the_strip_has_a_row_a_number_with_its_days_and_its_goal():
    rows = {row.name: row for row in kpi_strip(EDITION).rows}
    assert rows["Backlog"].series == tuple(
        float(v) for v in (300, 302, 305, 304, 300, 301, 303, 306, 310, 309, 312, 320, 333, 350)
    )
    assert (rows["Backlog"].mood, rows["Backlog"].goal, rows["Backlog"].note) == ("worse", 300, "goal 300 ✗")
    assert (rows["First reply"].mood, rows["First reply"].delta) == ("better", "▼ 9 min")
    assert rows["CSAT"].mood == "neutral"
    assert kpi_strip(EDITION).title == "Backlog up 23% in a week, to 350"
    assert kpi_strip(quiet()).title == "Nothing moved beyond the usual."


def test_the_backlog_chart_says_why_the_pile_grows():
    chart = backlog_chart(EDITION)
    assert chart is not None
    assert chart.title == "Backlog up 16% in a week, to 350 open"
    assert chart.sums == (("created", 140.0), ("solved", 119.0))
    assert [chart.days[place] for place in chart.marks] == ["9 Nov", "16 Nov"]
    assert (chart.goal, chart.goal_text) == (300, "goal 300")


@pytest.mark.parametrize("left", ["backlog", "volume", "solved"])
def test_there_is_no_backlog_chart_without_all_three_series_of_the_same_days(left):
    assert backlog_chart(replace(EDITION, trends={k: v for k, v in TRENDS.items() if k != left})) is None
    assert backlog_chart(replace(EDITION, trends=TRENDS | {left: trend(left, [3] * 7, "last 7 days")})) is None
    assert [block["type"] for block in digest(replace(EDITION, trends={})).parent.blocks].count("image") == 1


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ([300] * 14, "Backlog steady at 300 open"),
        ([300] * 13 + [305], "Backlog steady at 305 open"),
        ([300] * 13 + [270], "Backlog down 10% in a week, to 270 open"),
        ([5] * 13 + [9], "Backlog: 9 open"),
        ([0] * 13 + [90], "Backlog: 90 open"),
    ],
)
def test_the_backlogs_title_claims_no_more_than_its_numbers_carry(values, title):
    assert backlog_finding(trend("backlog", values)) == title


def test_a_change_is_said_in_its_own_unit():
    assert delta(FRT) == "▼ 9 min"
    assert delta(WORSE) == "▲ 66"
    assert delta(CSAT) == "▲ 3 pt"
    assert delta(answer("backlog", count(300), count(300))) == "→ 0"
    assert delta(FEW) == ""
    assert delta(NOTHING) == ""


@pytest.mark.parametrize(
    ("told", "goal", "met"),
    [
        (FRT, Target(op="<=", target=3600), True),
        (FRT, Target(op="<=", target=600), False),
        (FRT, Target(op="<=", target=38 * 60), True),
        (CSAT, Target(op=">=", target=60), True),
        (CSAT, Target(op=">=", target=90), False),
        (CSAT, Target(op=">=", target=80), None),
        (FEW, Target(op=">=", target=10), None),
        (NOTHING, Target(op=">=", target=10), None),
    ],
)
def test_a_goal_is_called_met_or_missed_only_where_the_numbers_say_so(told, goal, met):
    assert meets(told, goal) is met
    assert goal_text(told, goal).endswith({True: "✓", False: "✗", None: goal_text(told, goal)[-1]}[met])
    assert goal_text(told, None) == ""


def test_a_quiet_day_is_one_line():
    assert not has_news(quiet())
    assert has_news(EDITION)
    message = quiet_digest(quiet())
    assert len(message.blocks) == 1
    assert "\n" not in message.text
    assert message.text.startswith(
        "Support, Mon 16 Nov: nothing moved beyond the usual. CSAT 75.0% ▲ 3 pt · New tickets 142 ▲ 15 · Backlog 312 ▲ 28 ✗ · "
    )
    assert "Data as of" in message.text
    assert headline_sentence(quiet()) == "Nothing moved beyond the usual."


def test_a_late_digest_and_missed_ones_are_owned_up_to():
    text = digest(replace(EDITION, late=timedelta(hours=3), missed=("Sat 14 Nov",))).parent.text
    assert "Sent 3 h late." in text
    assert "Not sent: Sat 14 Nov." in text


def test_stale_data_are_said_and_never_posted_as_fresh():
    parent = digest(replace(EDITION, answers=(FRT, stale(WORSE, 9)))).parent
    assert "⚠ Stale: data as of" in parent.text
    assert "⚠ Stale" in str(parent.blocks)


def test_numbers_without_data_are_not_news_and_do_not_break_the_line():
    told = replace(EDITION, answers=(NOTHING, FEW, FRT))
    assert push_line(told) == "First reply 38 min ▼ 9 min ✓ · NPS n/a · CSAT 66.7% (only n=3)"
    assert judged(digest(told).parent) == []


def test_an_edition_without_numbers_says_so():
    told = digest(replace(EDITION, answers=()))
    assert told.parent.text == "Support, Mon 16 Nov: there are no numbers yet."
    assert judged(told.parent) == []


def test_a_detail_has_its_words_its_picture_and_its_receipt():
    message = detail(TEAMS)
    assert [block["type"] for block in message.blocks] == ["section", "image", "context"]
    assert "Billing: 90.0% (n=100)" in message.text
    assert [block["type"] for block in detail(FRT).blocks] == ["section", "context"]


def test_buttons_open_the_saved_questions_and_are_four_at_most():
    parent = digest(replace(EDITION, answers=EDITION.answers * 2)).parent
    assert [(b["action_id"], b["value"]) for b in parent.blocks[-1]["elements"]][:2] == [
        ("show:0", "q-frt"),
        ("show:1", "q-backlog"),
    ]
    assert len(parent.blocks[-1]["elements"]) == 4
    assert digest(replace(EDITION, query_ids={})).parent.blocks[-1]["type"] == "context"


def test_nobody_is_ever_called_by_a_digest():
    loud = "<!channel> <!here>"
    told = digest(replace(EDITION, scope=loud, missed=(loud,)))
    assert judged(told.parent) == []
    assert "<!" not in told.parent.text


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_anybodys_words_leave_the_digest_whole(words):
    told = answer("frt", minutes(*range(10, 60)), filters=(Filter(dimension="category", values=(words,)),))
    edition = replace(EDITION, scope=words, answers=(told, answer("csat", rate(0, 0)), answer("volume", Figure(value=None, n=0))))
    for message in (digest(edition).parent, quiet_digest(edition), detail(told)):
        assert judged(message) == []


def test_the_second_picture_is_of_what_changed_most():
    frt = trend("frt", [3600.0] * 13 + [1800.0])

    assert isinstance(chosen_chart(EDITION), BacklogChart)
    assert isinstance(chosen_chart(replace(EDITION, answers=(FRT, CSAT), trends=TRENDS | {"frt": frt})), Series)
    assert isinstance(chosen_chart(replace(EDITION, answers=(FRT, CSAT))), BacklogChart)
    assert isinstance(chosen_chart(quiet()), BacklogChart)
    assert judged(digest(replace(EDITION, answers=(FRT, CSAT), trends=TRENDS | {"frt": frt})).parent) == []


def test_stale_data_come_before_what_they_say_and_a_stale_quiet_day_claims_nothing():
    old = replace(EDITION, answers=tuple(stale(one, 5) for one in EDITION.answers))
    told = digest(old).parent

    assert told.text.startswith("⚠ Stale · ")
    assert told.blocks[1]["text"]["text"].startswith(":warning: Stale")
    assert judged(told) == []
    quiet_old = quiet_digest(replace(quiet(), answers=tuple(stale(one, 5) for one in quiet().answers)))
    assert "nothing moved" not in quiet_old.text
    assert "stale" in quiet_old.text


def test_a_page_is_one_message_with_one_picture_that_is_told_in_words():
    made = page(EDITION)

    assert judged(made) == []
    (sheet,) = made.charts
    assert len(sheet.parts) >= 2
    assert sheet.alt.startswith(sheet.parts[0].alt[:40])


def test_a_sheet_holds_its_charts_one_under_the_other_and_may_be_a_pdf():
    (sheet,) = page(EDITION).charts
    parts = [Image.open(io.BytesIO(draw(part))) for part in sheet.parts]

    png = draw(sheet)
    whole = Image.open(io.BytesIO(png))
    assert whole.width == parts[0].width
    assert whole.height == sum(part.height for part in parts) + GAP * (len(parts) - 1)
    assert as_pdf(png).startswith(b"%PDF")
