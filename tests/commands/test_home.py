"""The Home tab shows each person what is theirs, and its buttons and forms change what they say, for those who may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from bot.store.tables import Agent, Alert, DeskCursor, Goal, Run, Setting, Subscription, Team
from bot.store.words import RunState
from bot.store.workspace import Workspace, read_workspace
from bot.views.form import FIELD
from bot.views.home import SURVEY_OFF
from commands import home
from commands.command import Ask, Asker, Click, Reply
from commands.keeping import keep
from commands.settings import LEADS_SAVED, SAVED
from commands.subscribe_form import SAVED as DIGEST_SAVED
from tests.commands.room import ANA, LENA, NOW, ZONE, Room, action_of, said
from tests.kpis.town import build_town
from tests.slack_validators import view_problems

MEMBER = replace(ANA, user_id="U0MEMBER")


def shown(room: Room, by: Asker = LENA, **changes: Any) -> Mapping[str, Any]:
    """Somebody's Home tab, which all judges must take."""
    with room.store.reading() as session:
        workspace = replace(read_workspace(session, room.workspace), **changes)
        view = home(Ask(text="", now=room.now, session=session, workspace=workspace, asker=by))
    assert view_problems(view) == []
    return view


def words(view: Mapping[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def doors(view: Mapping[str, Any]) -> list[str]:
    return [e["action_id"] for block in view["blocks"] if block["type"] == "actions" for e in block["elements"]]


def agent(room: Room, name: str) -> int:
    with room.store.reading() as session:
        found = session.exec(select(Agent.id).where(Agent.name == name)).first()
    assert found is not None
    return found


def click(room: Room, action_id: str, by: Asker = LENA, *, value: str = "", state: Any = None, metadata: str = "") -> Reply:
    """A press on the Home tab or a submitted form."""
    action = action_of(action_id)
    with (room.store.writing if action.writes else room.store.reading)() as session:
        workspace = read_workspace(session, room.workspace)
        given = Click(
            action=action_id, value=value, now=room.now, session=session, workspace=workspace,
            asker=by, state=state or {}, metadata=metadata,
        )  # fmt: skip
        return action.run(given)


def filled(**fields: Any) -> dict[str, Any]:
    """The state of a form: words, or a dictionary as Slack says a choice."""
    return {name: {FIELD: value if isinstance(value, dict) else {"value": value}} for name, value in fields.items()}


def chosen(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


def digests(room: Room) -> list[Subscription]:
    with room.store.reading() as session:
        rows = list(session.exec(select(Subscription).order_by(Subscription.id)))  # type: ignore[arg-type]
        session.expunge_all()
    return rows


def order(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "rhythm": chosen("weekdays"), "at": {"selected_time": "08:30"}, "zone": "Europe/Berlin",
        "place": {"selected_conversation": None}, "more": "csat", "also": {"selected_options": []},
    }  # fmt: skip
    return filled(**{**given, **changes})


def test_an_empty_store_shows_an_admin_what_to_set_up(empty: Room) -> None:
    view = shown(empty)

    assert "Set up: 0 of 7 done" in words(view)
    assert "No help desk has been synced yet." in words(view)
    assert {"home_settings", "home_leads", "home_digest_new", "home_leads:setup", "home_survey:setup"} <= set(doors(view))


def test_the_list_of_what_to_set_up_goes_when_all_is_done(empty: Room) -> None:
    with empty.store.writing() as session:
        session.add(DeskCursor(source="demo", stream="tickets", synced_at=NOW, finished_at=NOW))
        session.add(Goal(kpi="frt", op="<=", target=60, created_at=NOW, created_by="U0LENA"))
        session.merge(Setting(key="leads", value={"Billing": ["U0LENA"]}, changed_at=NOW, changed_by="U0LENA"))
        session.merge(Setting(key="surveys", value={"csat": {"on": True}}, changed_at=NOW, changed_by="U0LENA"))
    assert "Set up: 5 of 7 done" in words(shown(empty))

    empty.type("subscribe daily")
    with empty.store.writing() as session:
        session.add(Run(subscription_id=1, slot="s", due_at=NOW, state=RunState.POSTED, at=NOW))

    assert "Set up" not in words(shown(empty))


def test_members_see_no_switches_of_admins_and_all_of_support(town: Room) -> None:
    view = shown(town, MEMBER)

    assert "All of support" in words(view)
    assert "At risk" not in words(view)
    assert not {"home_settings", "home_leads"} & set(doors(view))
    assert "Set up" not in words(view)


def test_an_agent_sees_their_own_numbers_and_their_teams(town: Room) -> None:
    view = shown(town, replace(ANA, agent_id=agent(town, "Ana")))

    assert "My numbers" in words(view)
    assert "My team: Billing" in words(view)
    assert "At risk, mine" in words(view)
    assert "Bo" not in [b["text"]["text"] for b in view["blocks"] if b["type"] == "header"]


def test_a_works_council_keeps_even_ones_own_numbers(town: Room) -> None:
    view = shown(town, replace(ANA, agent_id=agent(town, "Ana")), works_council=True, smallest_group=2)

    assert "works council" in words(view)
    assert "Resolved" not in [f["text"] for b in view["blocks"] for f in b.get("fields", ())]


def test_a_lead_sees_the_team_they_lead(town: Room) -> None:
    view = shown(town, replace(MEMBER, leads=("Billing",)))

    assert "My team: Billing" in words(view)
    assert "At risk, my team" in words(view)


def test_digests_stand_with_edit_pause_send_and_end(empty: Room) -> None:
    empty.type("subscribe daily 09:00 me csat", ANA)

    view = shown(empty, ANA)

    assert "daily 09:00" in words(view)
    assert {"home_digest_edit:1", "home_digest_pause:1", "home_digest_send:1", "home_digest_end:1"} <= set(doors(view))
    assert "home_digest_edit:1" not in doors(shown(empty, MEMBER))


def test_pausing_and_waking_misses_nothing_and_is_in_the_audit(empty: Room) -> None:
    empty.type("subscribe daily 09:00 me", ANA)

    click(empty, "home_digest_pause:1", ANA, value="1")
    assert [(row.enabled, row.paused_reason) for row in digests(empty)] == [(False, "Paused by hand.")]
    assert "paused" in words(shown(empty, ANA))
    click(replace(empty, now=NOW.replace(day=8)), "home_digest_pause:1", ANA, value="1")

    assert [(row.enabled, row.paused_reason, row.seen_until.day) for row in digests(empty)] == [(True, None, 8)]
    assert [action for _, action, _ in empty.audit()][-2:] == ["subscription.paused", "subscription.resumed"]


def test_send_now_leaves_a_note_for_the_clock(empty: Room) -> None:
    empty.type("subscribe daily 09:00 me", ANA)

    click(empty, "home_digest_send:1", ANA, value="1")

    assert digests(empty)[0].spec == {"now": "2026-04-06T09:00:00Z"}


@pytest.mark.parametrize("button", ["home_digest_edit", "home_digest_pause", "home_digest_send", "home_digest_end"])
@pytest.mark.parametrize("value", ["1", "2", "x", "", "9" * 30, "-1"])
def test_somebody_elses_digest_and_one_that_is_gone_are_left_alone(empty: Room, button: str, value: str) -> None:
    empty.type("subscribe daily 09:00 me", ANA)

    reply = click(empty, button, MEMBER, value=value)

    assert reply.modal is None
    assert reply.message is not None
    assert [(row.enabled, row.spec) for row in digests(empty)] == [(True, {})]


def test_a_digest_is_ordered_by_form_in_the_words_of_the_command(empty: Room) -> None:
    asked = click(empty, "home_digest_new", ANA, value="v1")
    assert asked.modal is not None
    assert view_problems(asked.modal) == []

    reply = click(empty, DIGEST_SAVED, ANA, state=order())

    assert (reply.errors, reply.shows_home) == ({}, True)
    (row,) = digests(empty)
    assert (row.channel_id, row.owner, row.spec, row.cadence["at"], row.zone) == (
        "U0ANA", "U0ANA", {"kpis": ["csat"]}, "08:30", "Europe/Berlin",
    )  # fmt: skip


def test_an_edited_digest_stays_one_row_with_its_place_and_owner(empty: Room) -> None:
    empty.type("subscribe weekly tuesday 09:00 me csat", ANA)
    form = click(empty, "home_digest_edit:1", LENA, value="1").modal
    assert form is not None
    assert view_problems(form) == []
    assert "weekly Tuesday (as it is)" in json.dumps(form)

    reply = click(empty, DIGEST_SAVED, LENA, state=order(rhythm=chosen("monthly"), more="frt"), metadata="1")

    assert reply.errors == {}
    (row,) = digests(empty)
    assert (row.id, row.channel_id, row.owner, row.spec_key) == (1, "U0ANA", "U0ANA", "monthly:frt")
    assert row.cadence["month_day"] == 1


def test_what_cannot_be_is_said_beside_its_field(empty: Room) -> None:
    empty.type("subscribe daily 09:00 me", ANA)
    empty.type("subscribe weekly monday 09:00 me", ANA)

    wrong = click(empty, DIGEST_SAVED, ANA, state=order(more="xyzzy"))
    elsewhere = click(empty, DIGEST_SAVED, ANA, state=order(place={"selected_conversation": "C0OTHER"}))
    twice = click(empty, DIGEST_SAVED, ANA, state=order(rhythm=chosen("weekly"), more=""), metadata="1")

    assert list(wrong.errors) == ["more"]
    assert list(elsewhere.errors) == ["place"]
    assert "already" in twice.errors["more"]
    assert [row.spec_key for row in digests(empty)] == ["", "weekly"]


def settled(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "zone": "Europe/Paris", "week_start": chosen("6"), "clock": chosen("calendar"), "profile": chosen("zendesk"),
        "currency": "eur", "admins": {"selected_users": ["U0BO"]}, "council": {"selected_options": [{"value": "works_council"}]},
        "smallest_group": "6", "named_channels": {"selected_conversations": ["C0LEADS"]}, "quiet_hours": "20 - 7",
    }  # fmt: skip
    return filled(**{**given, **changes})


def test_every_setting_is_in_the_form_and_kept_with_who_changed_it(empty: Room) -> None:
    form = empty.type("settings").modal
    assert form is not None
    assert view_problems(form) == []

    reply = click(empty, SAVED, state=settled())

    assert reply.errors == {}
    with empty.store.reading() as session:
        now = read_workspace(session, Workspace(zone=ZONE))
    assert (now.zone, now.week_start, now.clock, now.profile, now.currency) == ("Europe/Paris", 6, "calendar", "zendesk", "EUR")
    assert now.quiet_hours == "20:00-07:00"
    assert (now.admins, now.works_council, now.smallest_group, now.named_channels) == (("U0BO",), True, 6, ("C0LEADS",))
    assert {detail["key"] for actor, action, detail in empty.audit() if (actor, action) == ("U0LENA", "setting.changed")} == {
        "zone", "week_start", "clock", "profile", "currency", "admins", "works_council", "smallest_group", "named_channels",
        "quiet_hours",
    }  # fmt: skip
    again = click(empty, SAVED, state=settled())
    assert again.modal is not None
    assert "Nothing was changed." in json.dumps(again.modal)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Europe/Berlinn"),
        ("currency", "euros"),
        ("smallest_group", "1"),
        ("smallest_group", "x"),
        ("zone", ""),
        ("clock", ""),
    ],
)
def test_a_setting_that_cannot_be_changes_nothing(empty: Room, field: str, value: str) -> None:
    reply = click(empty, SAVED, state=settled(**{field: value}))

    assert list(reply.errors) == [field]
    assert empty.audit() == []


def test_settings_are_for_admins(empty: Room) -> None:
    assert empty.type("settings", ANA).modal is None
    for button in ("home_settings", "home_leads", "home_survey:csat"):
        assert click(empty, button, ANA, value="csat").modal is None
    click(empty, SAVED, ANA, state=settled())
    click(empty, LEADS_SAVED, ANA, state={})
    click(empty, SURVEY_OFF, ANA, value="csat")

    assert empty.audit() == []


def test_teams_get_their_leads_by_a_form(empty: Room) -> None:
    assert "first sync" in json.dumps(click(empty, "home_leads").modal)
    with empty.store.writing() as session:
        session.add(Team(source="demo", external_id="b", name="Billing"))
    form = click(empty, "home_leads").modal
    assert form is not None
    assert view_problems(form) == []

    click(empty, LEADS_SAVED, state=filled(**{"team-1": {"selected_users": ["U0BO", "U0ANA"]}}))

    with empty.store.reading() as session:
        assert read_workspace(session, Workspace()).leads == {"Billing": ("U0BO", "U0ANA")}


def test_a_survey_is_switched_on_by_its_form_and_off_by_a_button(empty: Room) -> None:
    assert click(empty, "home_survey:csat", value="csat").modal is not None
    with empty.store.writing() as session:
        session.merge(Setting(key="surveys", value={"csat": {"on": True}}, changed_at=NOW, changed_by="U0LENA"))
    assert "home_survey_off:csat" in doors(shown(empty))

    click(empty, "home_survey_off:csat", value="csat")

    assert "home_survey_off:csat" not in doors(shown(empty))
    assert click(empty, "home_survey_off:csat", value="xyzzy").message is not None


def test_a_goal_is_set_by_form_and_stands_there_in_the_words_of_the_command(empty: Room) -> None:
    build_town(empty.store)
    assert "home_goal_new" not in doors(shown(empty, ANA))
    asked = click(empty, "home_goal_new", LENA, value="v1")
    assert asked.modal is not None
    assert view_problems(asked.modal) == []

    for wrong, says in (
        ("csat", "Where should it be?"),
        ("csat >= 850%", "lies between"),
        ("csta >= 85%", "Did you mean goal csat"),
    ):
        assert says in click(empty, "home_goal_kept", LENA, state=filled(goal=wrong)).errors["goal"]
    assert "Only admins" in click(empty, "home_goal_kept", ANA, state=filled(goal="csat >= 85%")).errors["goal"]
    reply = click(empty, "home_goal_kept", LENA, state=filled(goal="csat >= 85% team:Billing"))

    assert (reply.errors, reply.shows_home) == ({}, True)
    assert "csat &gt;= 85.0% team:Billing a month*: " in words(shown(empty))
    assert "this month: " in words(shown(empty))


def test_an_alert_is_tried_out_and_switched_on_by_form_for_oneself(empty: Room) -> None:
    build_town(empty.store)
    at_home = replace(ANA, channel_id="")
    asked = click(empty, "home_alert_new", at_home, value="v1")
    assert asked.modal is not None
    assert view_problems(asked.modal) == []

    def rule(said: str) -> dict[str, Any]:
        return {"rule": {"rule": {"value": said}}}

    assert "I don't know" in click(empty, "alert-edited", at_home, state=rule("baklgo > 3")).errors["rule"]
    tried = click(empty, "alert-edited", at_home, state=rule("backlog > 3 for 30m"))
    assert tried.modal is not None
    assert view_problems(tried.modal) == []
    assert "told to you alone" in json.dumps(tried.modal)
    with empty.store.writing() as session:
        keep(session, tried, at_home, NOW)
    told = click(empty, "alert-on", at_home, metadata=tried.modal["private_metadata"])

    assert told.shows_home
    assert "Watching: Backlog over 3" in said(told)
    with empty.store.reading() as session:
        (row,) = session.exec(select(Alert))
        assert (row.channel_id, row.owner, row.text) == ("U0ANA", "U0ANA", "backlog > 3 for 30m")
    assert "backlog &gt; 3 for 30m" in words(shown(empty, at_home))
