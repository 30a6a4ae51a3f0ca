"""Digests are asked for in plain words, kept once, listed, and ended by the same words."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.errors import BadRequest
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.slots import BUSINESS_DAYS, Cadence
from bot.store.engine import Store
from bot.store.subscriptions import cadence_json, cadence_of
from bot.store.tables import Agent, Run, Subscription
from bot.store.words import RunState
from bot.views.form import FIELD
from bot.views.subscribed import rhythm_words
from commands import ACTIONS, COMMANDS, dispatch, home
from commands.cadences import read_wish
from commands.command import Ask, Asker, Place
from commands.subscribe import row_of, wished
from tests.commands.room import ANA, LENA, NOW, STRANGER, ZONE, Room, said
from tests.slack.running import running

NINE = time(9)


def rows(room: Room) -> list[Subscription]:
    with room.store.reading() as session:
        found = list(session.exec(select(Subscription).order_by(Subscription.id)))  # type: ignore[arg-type]
        session.expunge_all()
        return found


@pytest.mark.parametrize(
    ("words", "cadence", "channel"),
    [
        ("daily 09:00 here weekdays", Cadence(at=NINE, weekdays=BUSINESS_DAYS), "C0SUPPORT"),
        ("weekdays here at 9am daily", Cadence(at=NINE, weekdays=BUSINESS_DAYS), "C0SUPPORT"),
        ("daily", Cadence(at=NINE), "C0SUPPORT"),
        ("every day at 17:30", Cadence(at=time(17, 30)), "C0SUPPORT"),
        ("daily 5:30 pm", Cadence(at=time(17, 30)), "C0SUPPORT"),
        ("daily 12am", Cadence(at=time(0)), "C0SUPPORT"),
        ("daily 12pm", Cadence(at=time(12)), "C0SUPPORT"),
        ("daily 8", Cadence(at=time(8)), "C0SUPPORT"),
        ("me 08:15", Cadence(at=time(8, 15)), "U0ANA"),
        ("weekly", Cadence(at=NINE, weekdays=frozenset({0})), "C0SUPPORT"),
        ("weekly friday 16:00", Cadence(at=time(16), weekdays=frozenset({4})), "C0SUPPORT"),
        ("mondays and thursdays 10:00", Cadence(at=time(10), weekdays=frozenset({0, 3})), "C0SUPPORT"),
        ("monthly", Cadence(at=NINE, month_day=1), "C0SUPPORT"),
        ("monthly 15th 07:00", Cadence(at=time(7), month_day=15), "C0SUPPORT"),
        ("monthly 07:00 on day 31", Cadence(at=time(7), month_day=31), "C0SUPPORT"),
        ("digest daily 09:00 <#C0OTHER|other>", Cadence(at=NINE), "C0OTHER"),
        ("", Cadence(at=NINE), "C0SUPPORT"),
    ],
)
def test_when_and_where_in_any_order(words: str, cadence: Cadence, channel: str) -> None:
    wish = read_wish(words, ANA)

    assert wish.cadence == cadence
    assert wish.channel_id == channel


def test_numbers_may_be_chosen() -> None:
    wish = read_wish("weekly monday 8am frt first contact resolution csat frt", ANA)

    assert wish.kpis == ("frt", "fcr", "csat")
    assert wish.key == "weekly:frt,fcr,csat"


@pytest.mark.parametrize(
    ("words", "says", "step"),
    [
        ("dialy", "I don't know *dialy*.", "*daily*"),
        ("daily 25:00", "I don't know *25:00*.", "daily 09:00"),
        ("daily 9:99", "I don't know *9:99*.", ""),
        ("daily #general", "I cannot see a channel called #general.", "Slack's list"),
        ("monthly 32nd", "The day of a month is 1 to 31.", ""),
        ("daily 13pm", "I don't know *13pm*.", ""),
        ("daily " + "x" * 5_000, "I don't know *xxx", ""),
    ],
)
def test_what_is_no_schedule_is_said_with_an_example(words: str, says: str, step: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_wish(words, ANA)

    assert refused.value.what.startswith(says)
    assert step in refused.value.next_step


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_words_are_a_schedule_or_a_sentence(text: str) -> None:
    refused: BadRequest | None = None
    try:
        assert read_wish(text, ANA).channel_id
    except BadRequest as error:
        refused = error
    assert refused is None or (refused.what and refused.next_step)


@settings(deadline=None)
@given(
    st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.none() | st.integers(1, 31),
)
def test_a_cadence_is_said_in_words_that_mean_it(at: time, weekdays: frozenset[int], month_day: int | None) -> None:
    cadence = Cadence(at=at, month_day=month_day) if month_day else Cadence(at=at, weekdays=weekdays)

    assert read_wish(rhythm_words(cadence), ANA).cadence == cadence


def test_a_subscription_is_a_row_that_the_digest_reads(empty: Room) -> None:
    told = said(empty.type("subscribe daily 08:30 here weekdays csat", ANA))

    (row,) = rows(empty)
    assert (row.kind, row.channel_id, row.owner, row.zone) == ("digest", "C0SUPPORT", "U0ANA", ZONE)
    assert cadence_of(row.cadence) == Cadence(at=time(8, 30), weekdays=BUSINESS_DAYS)
    assert row.cadence == cadence_json(Cadence(at=time(8, 30), weekdays=BUSINESS_DAYS))
    assert row.spec == {"kpis": ["csat"]}
    assert row.seen_until == NOW
    assert "daily 08:30 weekdays, Europe/Berlin, <#C0SUPPORT> with csat" in told
    assert "The first comes Tue 7 Apr 2026, 08:30." in told
    assert "/cx unsubscribe daily csat here" in told
    assert [(who, what) for who, what, _ in empty.audit()] == [("U0ANA", "subscription.added")]


def test_asking_twice_changes_only_the_time(empty: Room) -> None:
    empty.type("subscribe daily 09:00")
    again = said(empty.type("subscribe daily 10:00 weekdays"))

    (row,) = rows(empty)
    assert again.startswith("Changed:")
    assert cadence_of(row.cadence) == Cadence(at=time(10), weekdays=BUSINESS_DAYS)


def test_a_daily_and_a_weekly_one_stand_side_by_side(empty: Room) -> None:
    empty.type("subscribe daily")
    empty.type("subscribe weekly")

    assert len(rows(empty)) == 2


def test_the_same_words_end_it(empty: Room) -> None:
    empty.type("subscribe daily 09:00 here")
    empty.type("subscribe weekly here")
    empty.type("subscribe daily me")

    assert said(empty.type("unsubscribe weekly here")) == "Done: 1 digest ended in <#C0SUPPORT>."
    assert {(row.channel_id, row.spec_key) for row in rows(empty)} == {("C0SUPPORT", ""), ("U0LENA", "")}
    assert "1 digest ended" in said(empty.type("unsubscribe"))
    assert [row.channel_id for row in rows(empty)] == ["U0LENA"]
    assert "no such digest" in said(empty.type("unsubscribe"))


def test_a_subscription_that_has_run_can_be_ended(empty: Room) -> None:
    empty.type("subscribe daily")
    with empty.store.writing() as session:
        row_id = session.exec(select(Subscription.id)).one()
        assert row_id is not None
        session.add(Run(subscription_id=row_id, slot="2026-04-06T09:00", due_at=NOW, state=RunState.POSTED, at=NOW))

    assert "1 digest ended" in said(empty.type("unsubscribe daily"))
    assert rows(empty) == []


def test_only_admins_reach_into_another_channel(empty: Room) -> None:
    for text in ("subscribe daily <#C0OTHER|other>", "unsubscribe daily <#C0OTHER|other>", "subscribe daily <#C0OTHER>"):
        assert said(empty.type(text, ANA)).startswith("Only admins can do this for another channel.")
    assert rows(empty) == []

    empty.type("subscribe daily <#C0OTHER|other>", LENA)
    assert [row.channel_id for row in rows(empty)] == ["C0OTHER"]


def test_the_list_shows_the_place_and_ones_own_and_all_to_admins(empty: Room) -> None:
    empty.type("subscribe daily 07:00 <#C0OTHER>", LENA)
    empty.type("subscribe daily 08:00 here", LENA)
    empty.type("subscribe daily 09:00 me", ANA)

    assert said(empty.type("list", ANA)).count("*digest*") == 2
    assert "C0OTHER" not in said(empty.type("list", ANA))
    assert said(empty.type("list", LENA)).count("*digest*") == 3
    assert "next Tue 7 Apr 2026, 08:00" in said(empty.type("list", ANA))


def test_a_paused_one_says_why(empty: Room) -> None:
    empty.type("subscribe daily")
    with empty.store.writing() as session:
        row = session.exec(select(Subscription)).one()
        row.enabled, row.paused_reason = False, "I was removed from <#C0SUPPORT>"

    assert "paused: I was removed from &lt;#C0SUPPORT&gt;" in said(empty.type("list"))


def test_a_long_list_is_cut(empty: Room) -> None:
    for number in range(40):
        empty.type("subscribe daily", replace(LENA, channel_id=f"C0CHANNEL{number:02}"))

    assert "and 20 more" in said(empty.type("list"))


def test_nobody_subscribes_where_strangers_read(empty: Room) -> None:
    for asker in (STRANGER, replace(LENA, shared_channel=True)):
        empty.type("subscribe daily here", asker)
        empty.type("unsubscribe", asker)
    assert rows(empty) == []


def test_an_empty_list_says_how_to_begin(empty: Room) -> None:
    assert "There is no digest here yet. Get one: `/cx subscribe daily 09:00 here weekdays`." in said(empty.type("list"))
    assert "Say when, and where if not here." in said(empty.type("subscribe"))


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("daily 09:00 here team:Billing", "team:Billing"),
        ("weekly csat team:Billing here", "weekly:csat:team:Billing"),
        ("page", "monthly:page"),
        ("executive monthly here", "monthly:page"),
        ("daily here channel:email,chat -team:tech", "channel:email,chat -team:tech"),
    ],
)
def test_a_digest_may_be_narrowed_and_be_one_page(words: str, key: str) -> None:
    assert read_wish(words, ANA).key == key


def test_a_zone_may_be_named_and_ones_own_counts_in_private(town: Room) -> None:
    assert read_wish("daily 09:00 here America/New_York", ANA).zone == "America/New_York"
    tokyo = replace(ANA, zone="Asia/Tokyo")
    with town.store.reading() as session:
        ask = Ask(text="", now=NOW, session=session, workspace=town.workspace, asker=tokyo)
        zones = [row_of(ask, wished(ask, words)).zone for words in ("daily me", "daily here", "daily me utc")]

    assert zones == ["Asia/Tokyo", ZONE, "UTC"]


def test_a_scope_is_one_that_there_is_and_that_the_asker_may_have(town: Room) -> None:
    def wish(words: str, by: Asker, **settings: Any) -> str:
        workspace = replace(town.workspace, **settings)
        with town.store.reading() as session:
            ask = Ask(text="", now=NOW, session=session, workspace=workspace, asker=by)
            try:
                return row_of(ask, wished(ask, words)).spec_key
            except BadRequest as error:
                return error.what

    with town.store.reading() as session:
        bo = session.exec(select(Agent.id).where(Agent.name == "Bo")).first()
    own = replace(ANA, agent_id=bo)
    assert wish("daily here team:billing", ANA) == "team:billing"
    assert wish("daily here team:nonsense", ANA).startswith("I don't know a team")
    assert wish("daily me agent:me", ANA).startswith("I do not know which agent")
    assert wish("daily me agent:lena", own).startswith("Numbers of single agents are shown")
    assert wish("daily here agent:bo", LENA).startswith("Numbers of single agents are not posted")
    assert wish("daily here agent:bo", LENA, named_channels=("C0SUPPORT",)) == "agent:bo"
    assert wish("daily me agent:bo", LENA, works_council=True).startswith("Numbers of single people")


def test_a_lead_and_an_agent_are_told_how_to_get_what_is_theirs(empty: Room) -> None:
    lead, agent = replace(ANA, leads=("Billing desk",)), replace(ANA, agent_id=7)

    assert '`/cx subscribe daily 09:00 me team:"Billing desk"`' in said(empty.type("subscribe daily 09:00 me", lead))
    assert "`/cx subscribe weekly 08:00 me agent:me`" in said(empty.type("subscribe weekly 8am me", agent))
    for by, words in ((agent, "subscribe daily here"), (ANA, "subscribe daily me"), (agent, "subscribe page me")):
        assert "alone" not in said(empty.type(words, by))


def test_where_the_bot_is_not_it_says_so_at_once(empty: Room) -> None:
    absent = replace(ANA, bot_is_here=False)

    assert "I am not in this channel: type `/invite @cx` there" in said(empty.type("subscribe daily 09:00 here", absent))
    assert "invite" not in said(empty.type("subscribe daily 09:00 me", absent))
    assert "invite" not in said(empty.type("subscribe daily 09:00 here", ANA))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Place(missing=True, shared=True, bot_is_there=False), "I cannot see that channel"),
        (Place(known=False, shared=True, bot_is_there=False), "Slack does not say now who reads along"),
        (Place(archived=True), "That channel is archived"),
        (Place(shared=True), "That channel is shared with another company"),
    ],
)
def test_what_can_never_be_posted_is_refused_at_once_and_can_still_be_ended(empty: Room, place: Place, says: str) -> None:
    there = replace(LENA, places={"C0OTHER": place})
    empty.type("subscribe weekly <#C0OTHER>", LENA)

    assert said(empty.type("subscribe daily <#C0OTHER|other>", there)).startswith(says)
    assert len(rows(empty)) == 1
    assert said(empty.type("unsubscribe weekly <#C0OTHER|other>", there)).startswith("Done: 1 digest ended")


def test_a_named_channel_is_asked_about_in_slack_when_it_is_named(sqlite_store: Store) -> None:
    """Otherwise whoever subscribed hears of it when the first digest is due."""
    with (
        Sandbox.start(options=Options(limits="off", ack_seconds=60, trigger_seconds=60)) as sandbox,
        running(
            sqlite_store, sandbox, commands=COMMANDS, actions=ACTIONS, dispatch=dispatch, home=home, env={"CX_ADMINS": "U0LENA"}
        ) as bot,
    ):
        channels = {one["name"]: one["id"] for one in bot.control.state()["channels"] if "name" in one}
        bot.control.change_channel("#leads", is_archived=True)
        named = [f"<#{channels[name]}|{name}>" for name in ("leads", "acme-shared", "finance", "random", "cx-digest")]
        told = [bot.control.slash(f"/cx subscribe daily 09:00 {one}", user="lena")["answer"]["text"] for one in named]

        bot.control.open_home("lena")
        bot.control.wait_for(lambda: bot.control.home("lena") is not None)
        view = bot.control.home("lena") or {}
        bot.control.click_view("home_digest_new", user="lena", view_id=view["id"])
        marked = bot.control.submit({"place": {FIELD: channels["random"]}}, user="lena")["answer"]

    for says, expected in zip(told, ("archived", "another company", "I cannot see that channel"), strict=False):
        assert expected in says
    assert "I am not in <#" in told[3]
    assert "`/invite @cx`" in told[3]
    assert "invite" not in told[4]
    with sqlite_store.reading() as session:
        assert {row.channel_id for row in session.exec(select(Subscription))} == {channels["random"], channels["cx-digest"]}
    assert marked["errors"] == {"place": "I am not in that channel. Type /invite @cx there, then save again."}
