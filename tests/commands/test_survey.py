"""`/cx survey`, `/cx comments`, `/cx cases`, `/cx optout`: the form tries rules on the past, and only those who may see see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from bot.sandbox.blocks import check_view
from bot.store.engine import Store
from bot.store.tables import Agent, Invitation, OptOut, Setting, Team
from bot.store.words import InvitationState, SurveyKind
from bot.store.workspace import Workspace
from bot.surveys.admitting import Holder
from bot.surveys.answering import Recorded, record_click, record_comment
from bot.surveys.rules import read_rules
from bot.views.survey_rules import FIELD, SET, TRY, read_values
from commands import dispatch
from commands.command import Asker, Click, Reply
from tests.commands.room import ANA, LENA, STRANGER, Room, action_of, said, typed
from tests.surveys.cast import CARLA, DAY, HOUR, NOW, action_ts, add_customer, add_invitation, add_ticket, switch_on, token


@pytest.fixture
def room(sqlite_store: Store) -> Room:
    return Room(store=sqlite_store, now=NOW, workspace=Workspace(zone="UTC", public_url="https://cx.example"))


def modal(reply: Reply) -> Mapping[str, Any]:
    assert reply.modal is not None
    assert check_view(reply.modal) == []
    return reply.modal


def tried(reply: Reply) -> str:
    return str(modal(reply)["blocks"][0]["text"]["text"])


def state(view: Mapping[str, Any], **changes: str) -> dict[str, Any]:
    """The form as a person leaves it, some fields filled in anew."""
    found: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        chosen = element.get("initial_option")
        found[name] = {FIELD: {"type": element["type"]}}
        if chosen is not None:
            found[name][FIELD]["selected_option"] = chosen
        if "initial_value" in element or name in changes:
            found[name][FIELD]["value"] = changes.get(name, element.get("initial_value"))
        if element["type"] == "checkboxes":
            found[name][FIELD]["selected_options"] = [{"value": one} for one in changes.get(name, "").split(",") if one]
        if element["type"] == "conversations_select":
            found[name][FIELD]["selected_conversation"] = changes.get(name)
    return found


def submit(room: Room, action_id: str, kind: str, fields: Mapping[str, Any], by: Asker = LENA) -> Reply:
    action = action_of(action_id)
    with (room.store.writing if action.writes else room.store.reading)() as session:
        return action.run(
            Click(
                action=action_id,
                value=kind,
                now=room.now,
                session=session,
                workspace=room.workspace,
                asker=by,
                state=fields,
                metadata=kind,
            )
        )


def rules(room: Room) -> Any:
    with room.store.reading() as session:
        return read_rules(session)[SurveyKind.CSAT]


def test_switching_on_opens_a_form_that_says_what_would_have_been(room: Room) -> None:
    customer_id = add_customer(room.store)
    for number in range(3):
        add_ticket(room.store, customer_id, str(number), solved=(NOW - (number + 1) * DAY,))
    reply = room.type("survey csat on")
    assert "of 3 solved tickets" in tried(reply)
    assert "would have asked *once*; 2 throttled" in tried(reply)
    assert not rules(room).on


def test_rules_can_be_tried_and_nothing_is_saved_by_it(room: Room) -> None:
    customer_id = add_customer(room.store)
    for number in range(4):
        add_ticket(
            room.store, customer_id, str(number), solved=(NOW - (number * 20 + 1) * DAY,), channel="phone" if number else "email"
        )
    view = modal(room.type("survey csat on"))
    reply = submit(room, TRY, "csat", state(view, filters="-channel:phone", rest_days="10"))
    assert "asked *once*; 3 left out by rules" in tried(reply)
    again = state(modal(reply))
    assert read_values(again)["filters"] == "-channel:phone"
    assert "asked *4 times*" in tried(submit(room, TRY, "csat", state(view, rest_days="10")))
    assert room.audit() == []


def test_saving_switches_on_with_the_rules_that_were_typed(room: Room) -> None:
    view = modal(room.type("survey csat on"))
    fields = state(
        view, filters='team:billing -tag:"v i p"', sample="25 %", rest_days="45", also="anonymous,by_mail", channel="C0LEADS"
    )
    assert "CSAT is on" in str(modal(submit(room, SET, "csat", fields)))
    now = rules(room)
    assert (now.on, now.sample, now.rest.days, now.anonymous, now.by_mail) == (True, 25, 45, True, True)
    assert (list(map(str, now.only)), list(map(str, now.never))) == (["team:billing"], ['tag:"v i p"'])
    with room.store.reading() as session:
        assert session.get_one(Setting, "cases").value == {"channel": "C0LEADS"}
    assert [action for _, action, _ in room.audit()] == ["survey.on", "cases.channel"]
    assert "*CSAT* is on" in said(room.type("survey"))


@pytest.mark.parametrize(
    ("field", "typed"),
    [("sample", "0"), ("sample", "101"), ("sample", "x"), ("rest_days", ""), ("filters", "colour:red"), ("filters", '"')],
)
def test_a_field_that_cannot_be_is_marked_and_nothing_is_saved(room: Room, field: str, typed: str) -> None:
    view = modal(room.type("survey csat on"))
    reply = submit(room, SET, "csat", state(view, **{field: typed}))
    assert list(reply.errors) == [field]
    assert not rules(room).on
    assert modal(submit(room, TRY, "csat", state(view, **{field: typed})))


@pytest.mark.parametrize(
    "fields", [{}, {"sample": None}, {"sample": {FIELD: None}}, {"also": {FIELD: {"selected_options": [7]}}}]
)
def test_a_misshapen_form_is_no_crash(room: Room, fields: Mapping[str, Any]) -> None:
    assert submit(room, SET, "csat", fields).errors
    assert submit(room, SET, "nonsense", fields).modal is not None
    assert said(submit(room, TRY, "nonsense", fields))


def test_only_admins_set_what_is_asked(room: Room) -> None:
    for text in ("survey csat on", "survey csat off", "survey cases here", "survey bias"):
        assert "Only admins" in said(room.type(text, ANA))
    assert "Only admins" in str(submit(room, SET, "csat", {}, ANA).modal)
    assert "admins" in said(room.type("survey funnel by agent", ANA))
    assert "Nothing was decided" in said(room.type("survey funnel by channel", ANA))


def test_off_means_nothing_more_is_sent(room: Room) -> None:
    switch_on(room.store, "csat", sample=10)
    assert "CSAT is off" in said(room.type("survey csat off"))
    assert (rules(room).on, rules(room).sample) == (False, 10)


def test_what_changes_runs_in_a_transaction_that_is_kept_and_what_looks_does_not() -> None:
    for text in ("survey skip 1", "survey csat off", "survey link 1", "survey cases here", "SURVEY  Skip 1"):
        assert dispatch(text)[0].writes, text
    for text in ("survey", "survey csat on", "survey why 1", "survey funnel", "survey bias", "surveys", "survey nonsense off"):
        assert not dispatch(text)[0].writes, text


def test_a_ticket_can_be_skipped_and_says_so(room: Room) -> None:
    switch_on(room.store, "csat")
    add_ticket(room.store, add_customer(room.store), "4711")
    assert "4711" in said(room.type("survey skip #4711", ANA))
    assert "skipped by U0ANA" in said(room.type("survey why 4711", ANA))
    assert [action for _, action, _ in room.audit()] == ["survey.skipped"]


@pytest.mark.parametrize(
    "text", ["skip", "why", "link", "skip 99", "why " + "9" * 300, "why <!channel>", "skip \x00", "cases <@U1>", "csat maybe"]
)
def test_what_names_nothing_is_answered_with_the_next_step(room: Room, text: str) -> None:
    words = said(room.type(f"survey {text}"))
    assert "<!channel>" not in words
    assert len(words) < 600


def test_a_link_for_the_help_desk_answers_once_and_is_refused_where_it_must_be(room: Room) -> None:
    add_ticket(room.store, add_customer(room.store), "4711")
    assert "No survey is switched on" in said(room.type("survey link 4711"))
    switch_on(room.store, "csat")
    words = said(room.type("survey link 4711"))
    link = words.rpartition(" ")[2]
    assert link.startswith("https://cx.example/s/")
    with room.store.writing() as session:
        outcome = record_click(session, link.rpartition("/")[2], 4, by=Holder(), action_ts="1.0", now=NOW)
        assert isinstance(outcome, Recorded)
    assert "already" in said(room.type("survey link 4711"))
    add_ticket(room.store, add_customer(room.store, "dev"), "12", solved=())
    assert "not solved" in said(room.type("survey link 12"))
    bare = replace(room, workspace=Workspace(zone="UTC"))
    assert "CX_PUBLIC_URL" in said(bare.type("survey link 4711"))


def commented(room: Room) -> None:
    with room.store.writing() as session:
        session.add(Agent(id=7, source="desk", external_id="ana", name="Ana"))
    for number, (score, words) in enumerate(
        ((1, "Refund was <b>slow</b> & <!channel>"), (2, "never again"), (5, "great refund")), 1
    ):
        customer_id = add_customer(room.store, f"c{number}")
        channel = "phone" if number == 2 else "email"
        ticket_id = add_ticket(room.store, customer_id, str(number), channel=channel)
        add_invitation(room.store, number, ticket_id=ticket_id, customer_id=customer_id, agent_id=7 if number != 2 else 8)
        with room.store.writing() as session:
            at = NOW - number * HOUR
            record_click(session, token(number), score, by=CARLA, action_ts=action_ts(number), now=at)
            record_comment(session, token(number), words, by=CARLA, now=at)


@pytest.mark.parametrize(
    ("text", "count"),
    [("comments", 3), ("comments csat<3 last 30 days including today", 2), ("comments csat>=5", 1), ("comments bad", 2),
     ("comments refund", 2), ("comments csat<3 refund", 1), ("comments channel:phone", 1), ("comments -channel:phone", 2),
     ("comments csat = 5", 1)],
)  # fmt: skip
def test_comments_are_found_by_score_time_rules_and_words(room: Room, text: str, count: int) -> None:
    commented(room)
    words = said(room.type(text))
    assert words.startswith(f"{count} comment") if count else "No comment fits" in words
    assert "<!channel>" not in words
    assert "<b>" not in words


def test_comments_are_for_admins_and_an_agents_own(room: Room) -> None:
    commented(room)
    assert said(room.type("comments", replace(ANA, agent_id=7))).startswith("2 comments")
    assert "admins" in said(room.type("comments", ANA))
    assert [(actor, action) for actor, action, _ in room.audit()] == [("U0ANA", "comments.read")]
    assert "slow" not in str(room.audit())


def test_a_works_council_keeps_the_comments_of_small_teams_and_single_agents_together(room: Room) -> None:
    commented(room)
    with room.store.writing() as session:
        session.add(Team(source="desk", external_id="duo", name="Duo"))
    council = replace(room, workspace=replace(room.workspace, works_council=True))
    for asked in ("comments team:duo", "comments -team:duo", "comments agent:ana", "comments csat<3 -agent:ana"):
        assert "works council" in said(council.type(asked)), asked
    assert said(council.type("comments")).startswith("3 comments")


def test_where_no_comment_fits_the_same_is_offered_for_longer(room: Room) -> None:
    commented(room)
    assert typed(room.type("comments csat<3 xyzzy last 2 days")) == [
        "comments csat<3 xyzzy last 90 days",
        "comments last 90 days",
    ]


def test_an_anonymous_answer_held_back_is_not_shown(room: Room) -> None:
    add_invitation(room.store, anonymous=True)
    with room.store.writing() as session:
        outcome = record_click(session, token(), 1, by=CARLA, action_ts=action_ts(1), now=NOW - HOUR)
        assert isinstance(outcome, Recorded)
        record_comment(session, outcome.token or "", "who am I", by=CARLA, now=NOW)
    assert "No comment fits" in said(room.type("comments"))


def test_whoever_types_optout_is_never_asked_again_even_a_stranger(room: Room) -> None:
    add_invitation(room.store, slack_user_id=STRANGER.user_id, slack_team_id=STRANGER.team_id)
    assert "not ask you again" in said(room.type("optout", STRANGER))
    with room.store.reading() as session:
        assert session.exec(select(OptOut.person)).all() == [STRANGER.user_id]
        assert session.exec(select(Invitation.state)).one() is InvitationState.OPTED_OUT


def test_cases_are_listed_without_the_customers_words(room: Room) -> None:
    assert said(room.type("cases")) == "No case is open."
    assert "<#C0SUPPORT>" in said(room.type("survey cases here"))
    assert "<#C0LEADS>" in said(room.type("survey cases <#C0LEADS|leads>"))
