"""What the buttons under an answer do, also when what they carry is old, forged or somebody else's."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlmodel import col, select

from bot.kpis import KPIS
from bot.kpis.kpi import Counted, Kpi
from bot.store.tables import Published, SavedQuery
from bot.store.words import Metric
from bot.views.buttons import ACTION_IDS
from commands import ACTIONS
from commands.csv_page import BLOCK, MOST_BLOCKS
from commands.rate import ACTIONS as SURVEY_ACTIONS
from tests.commands.room import ANA, LENA, Room, action_of, buttons, said
from tests.sampling import thorough
from tests.slack_validators import view_problems

MARCH = "1 Mar 2026 to 5 Apr 2026"
FORGED = (
    "", " ", "nonsense", "v1|run|", "v1|run", "v9|run|backlog", "v1|tickets||0", "v1|tickets|abc|-1", "v1|tickets|abc|9" * 9,
    "v1|tickets|abc|\u0661", "../../etc", "' OR 1=1 --", "x" * 2_000, "\x00", "🤷", "null", "{}",
)  # fmt: skip


def test_sharing_asks_again_and_says_who_shared(town: Room) -> None:
    answer = town.type(f"volume {MARCH}")
    shared = town.press(answer, "share", ANA)

    assert shared.public
    assert "Shared by <@U0ANA>" in said(shared)
    assert said(shared).splitlines()[0] == said(answer).splitlines()[0]


def test_what_is_shared_of_days_that_are_over_is_kept_with_its_rows_for_restatements(town: Room) -> None:
    with town.store.reading() as session:
        before = len(session.exec(select(Published)).all())
    for asked in ("volume 3 Mar 2026", "volume 3 Mar 2026", "volume this week"):
        town.press(town.type(asked), "share", ANA)
    with town.store.reading() as session:
        (kept,) = session.exec(select(Published).order_by(col(Published.id))).all()[before:]
    assert (kept.kpi, kept.place, kept.rows is not None) == ("volume", "channel C0SUPPORT", True)


def test_what_is_shared_works_for_whoever_sees_it(town: Room) -> None:
    shared = town.press(town.type(f"volume {MARCH}"), "share")

    assert said(town.press(shared, "tickets", ANA)).startswith("Tickets behind")


def test_comparing_turns_to_a_year_ago_and_back(town: Room) -> None:
    answer = town.type(f"volume {MARCH}")
    year = town.press(answer, "compare")
    back = town.press(year, "compare")

    assert "vs last year" in said(year)
    assert "vs last year" not in said(back)
    assert said(back) == said(answer)
    assert year.keeps
    assert not year.public


def test_how_it_is_counted_shows_the_parts(town: Room) -> None:
    why = said(town.press(town.type(f"csat {MARCH}"), "why_number"))

    assert why.startswith("How ")
    assert "Formula: positive ÷" in why
    assert "Parts: top" in why


def test_why_splits_the_change_of_the_answer_above_it_as_the_command_does(town: Room) -> None:
    answer = town.type(f"volume {MARCH}")
    why = town.press(answer, "why")

    assert said(why) == said(town.type(f"why volume {MARCH}"))
    assert said(why).startswith("Ticket volume: 0 → 1")
    assert said(town.press(why, "why_number")).startswith(f"How {said(answer).split()[0]}")
    assert "Tickets" in said(town.press(why, "tickets"))


def test_what_has_no_window_before_it_has_no_why(town: Room) -> None:
    assert "why" not in [one["action_id"] for one in buttons(town.type(f"volume {MARCH} vs nothing"))]


def test_where_nobody_reads_along_sharing_says_how_to_show_it_to_a_channel(town: Room) -> None:
    alone = replace(LENA, user_id="U0LINA", channel_id="D0LINA")
    told = town.press(town.type(f"volume {MARCH} by team", alone), "share", alone)

    assert not told.public
    assert said(told).endswith("type there: `@cx volume by team 2026-03-01 to 2026-04-05`")


def test_tickets_are_paged_in_their_place(town: Room) -> None:
    first = town.press(town.type(f"volume {MARCH}"), "tickets")
    second = town.press(first, "tickets:next")
    again = town.press(second, "tickets:back")

    assert not first.replaces
    assert second.replaces
    assert "1-10 of" in said(first)
    assert "11-20 of" in said(second)
    assert said(again) == said(first)


def test_each_target_behind_a_compliance_says_what_it_promised(town: Room) -> None:
    """A ticket has several: without it two rows of one ticket look alike."""
    for number in ("sla", "breaches"):
        page = said(town.press(town.type(f"{number} {MARCH}"), "tickets"))
        lines = [line for line in page.splitlines() if line.startswith("#")]
        assert lines
        promised = {line.removesuffix(" · ✓").split(" · ")[-1] for line in lines}
        assert promised <= {metric.value.replace("_", " ") for metric in Metric}, promised


def test_all_pages_together_hold_exactly_the_tickets_counted(town: Room) -> None:
    answer = town.type(f"solved {MARCH}")
    counted = int(re.findall(r"n=([\d,]+)", said(answer))[0].replace(",", ""))
    page, seen = town.press(answer, "tickets"), []
    while True:
        seen += re.findall(r"^#(\S+)", said(page), re.MULTILINE)
        if not any(one["action_id"] == "tickets:next" for one in buttons(page)):
            break
        page = town.press(page, "tickets:next")

    assert len(seen) == counted


@pytest.mark.parametrize("kpi", KPIS[::2], ids=lambda kpi: kpi.slug)
def test_every_button_of_any_number_answers(town: Room, kpi: Kpi) -> None:
    answer = town.type(f"{kpi.slug} Mar 2026")

    offered = buttons(answer)
    for one in offered[KPIS.index(kpi) % thorough(1, 3) :: thorough(1, 3)]:  # each kind under a third of the numbers
        reply = town.click(str(one["action_id"]), str(one["value"]))
        if reply.modal is not None:
            assert view_problems(reply.modal) == []
        else:
            assert said(reply)
    entered = isinstance(kpi.measure, Counted)
    assert any(one["action_id"] == "tickets" for one in offered) is not entered


@pytest.mark.parametrize("action", ACTION_IDS)
@pytest.mark.parametrize("value", FORGED, ids=lambda value: f"{len(value)} {value[-8:]!r}")
def test_what_we_never_wrote_is_answered_in_words(town: Room, action: str, value: str) -> None:
    reply = town.click(f"{action}:0", value)

    assert any(word in said(reply) for word in ("button", "form", "case"))
    assert not reply.public
    assert reply.keeps == ()


@pytest.mark.parametrize("action", [one.action for one in ACTIONS if one not in SURVEY_ACTIONS])
def test_forged_values_change_nothing_and_break_nothing(empty: Room, action: str) -> None:
    for value in FORGED:
        reply = empty.click(f"{action}:0", value, ANA)

        assert not reply.public
        assert reply.keeps == ()
    assert empty.audit() == []


def test_a_question_about_a_number_that_is_gone_is_said(town: Room) -> None:
    answer = town.type("volume last 7 days")
    with town.store.writing() as session:
        row = session.get(SavedQuery, answer.keeps[0].query_id)
        assert row is not None
        row.query = {**row.query, "kpi": "no-longer-there"}

    assert "no longer know the question" in said(town.press(answer, "share"))


def test_a_button_changes_no_settings(town: Room) -> None:
    reply = town.click("run:0", "v1|run|subscribe daily 09:00 here")

    assert "A button does not change settings." in said(reply)


def test_an_action_is_found_by_the_beginning_of_its_id() -> None:
    assert action_of("tickets:next").action == "tickets"
    assert action_of("run:wider").action == "run"
    assert action_of("show:3").action == "show"


def test_csv_holds_whole_lines_and_says_what_it_leaves_out(town: Room) -> None:
    small = town.press(town.type(f"volume by channel {MARCH}"), "csv")
    large = town.press(town.type("volume hourly last 15 days"), "csv")

    assert "found no room" not in said(small)
    assert 'cx ask "volume by channel 2026-03-01 to 2026-04-05" --csv' in said(small)
    # One of the fifteen days is an hour short: clocks were set forward in it.
    assert re.search(r"The last \d+ found no room here. 359 rows.", said(large))
    assert large.message is not None
    shown = [block["elements"][0]["elements"][0]["text"] for block in large.message.blocks if block["type"] == "rich_text"]
    assert len(shown) == MOST_BLOCKS
    assert all(len(page) <= BLOCK for page in shown)
    columns = {line.count(",") for page in shown for line in page.splitlines()}
    assert len(columns) == 1


def test_the_csv_adds_up_to_the_number(town: Room) -> None:
    answer = town.type(f"volume by team {MARCH}")
    number = int(re.findall(r"n=([\d,]+)", said(answer))[0].replace(",", ""))
    csv = town.press(answer, "csv")
    assert csv.message is not None
    lines = next(b for b in csv.message.blocks if b["type"] == "rich_text")["elements"][0]["elements"][0]["text"].splitlines()

    assert sum(int(line.split(",")[4]) for line in lines[1:]) == number


def test_what_was_asked_of_agents_is_noted_whatever_is_pressed(empty: Room) -> None:
    answer = empty.type("frt by agent", LENA)
    for button in ("share", "tickets", "compare", "csv", "why_number"):
        empty.press(answer, button, LENA)

    assert [action for _, action, _ in empty.audit()] == [
        "agents.asked", "agents.shared", "agents.listed", "agents.asked", "agents.exported", "agents.explained",
    ]  # fmt: skip


def test_a_number_is_added_to_a_digest_with_the_tickets_it_was_about(town: Room) -> None:
    form = town.press(town.type(f"frt {MARCH} team:Billing frt>4h"), "add_to_digest").modal

    assert form is not None
    assert view_problems(form) == []
    assert "frt team:Billing" in str(form)
    assert "frt>4h" not in str(form)


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        (f"volume {MARCH}", "alert volume > "),
        (f"frt p90 {MARCH} team:Billing", "alert frt p90 > "),
        (f"csat {MARCH}", "alert csat < "),
    ],
)
def test_an_answer_offers_an_alert_for_when_it_gets_worse(town: Room, question: str, offered: str) -> None:
    answer = town.type(question)
    (button,) = [one for one in buttons(answer) if one["action_id"] == "run:alert"]

    assert str(button["value"]).startswith(f"v1|run|{offered}")
    assert "90 days" in said(town.press(answer, "run:alert"))
