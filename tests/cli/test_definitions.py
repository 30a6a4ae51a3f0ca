"""A profile, a variant or a bot that was changed counts at the next command, and every receipt names what holds."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import Session

from bot.cli.opening import settle
from bot.facts.refresh import are_current
from bot.settings import read_settings
from bot.store.engine import Store, open_store
from bot.store.words import Actor, Kind, Status
from bot.store.workspace import change_setting
from tests.cli.conftest import Terminal
from tests.kpis.office import keep
from tests.world import NOW, event, minute

MONDAY = "2026-11-16"
ASKED = ("ask", f"volume from {MONDAY} to {MONDAY}", "--json")


def fact(cx: Terminal, of: str, name: str, *more: str) -> str:
    lines = csv.DictReader(io.StringIO(cx("export", "facts", "--csv", *more).out))
    return next(line[name] for line in lines if line["external_id"] == of)


@pytest.fixture
def merged(lived: Terminal, store: Store) -> Terminal:
    """One of the twelve tickets was merged away, which came in on Monday."""
    keep(store, event(Kind.STATUS, minute(131), of="1", old=Status.SOLVED, new=Status.MERGED, actor="ana"))
    return lived


def test_a_changed_profile_counts_at_once_and_is_named(merged: Terminal) -> None:
    told = [merged(*ASKED, CX_PROFILE=profile).json() for profile in ("articles", "zendesk", "articles")]
    assert [(each["profile"], each["value"]) for each in told] == [("articles", 11), ("zendesk", 12), ("articles", 11)]
    assert told[0]["exclusions"] == {"merged": 1}


def test_as_of_an_instant_it_holds_too(merged: Terminal) -> None:
    at = ("--as-of", "2026-11-17T00:00:00Z")
    assert fact(merged, "1", "excluded", *at) == "merged"
    merged.patch.setenv("CX_PROFILE", "zendesk")
    assert (fact(merged, "1", "excluded", *at), fact(merged, "1", "status", *at)) == ("", "closed")


def test_definitions_of_ones_own_are_named_in_the_receipt_with_each_variant(merged: Terminal) -> None:
    (merged.folder / "cx.toml").write_text("[definitions]\ncount_merged = true\n")
    told = merged(*ASKED).json()
    assert (told["profile"], told["value"]) == ("custom(count_merged=yes)", 12)
    assert "merged" in told["definition"]


def test_what_the_workspace_decided_outranks_the_settings_in_facts_and_receipt_alike(merged: Terminal, store: Store) -> None:
    with store.writing() as session:
        change_setting(session, "profile", "zendesk", now=NOW, by="U1")
    told = merged(*ASKED).json()
    assert (told["profile"], told["value"]) == ("zendesk", 12)
    assert fact(merged, "1", "excluded") == ""


def test_variants_that_cannot_be_are_refused_before_anything_is_counted(merged: Terminal) -> None:
    found = merged(*ASKED, CX_DEFINITIONS_FIRST_CONTACT_DAY="3")
    assert found.code == 78
    assert "did you mean first_contact_days?" in found.err


@pytest.mark.parametrize("name", ["ana", "ANA@example.com", "Ana"])
def test_an_agent_that_is_named_a_bot_answers_nobody_until_it_is_taken_from_the_list(lived: Terminal, name: str) -> None:
    assert fact(lived, "1", "first_response_s") == "600"
    lived.patch.setenv("CX_BOTS", name)
    assert fact(lived, "1", "first_response_s") == ""
    lived.patch.setenv("CX_PROFILE", "zendesk")
    assert fact(lived, "1", "first_response_s") == "600", "an account on an agent's seat counts there"
    lived.patch.setenv("CX_PROFILE", "articles")
    lived.patch.setenv("CX_BOTS", "somebody else")
    assert fact(lived, "1", "first_response_s") == "600"


def test_somebody_who_left_is_known_by_the_domain_of_their_mail(lived: Terminal, store: Store) -> None:
    """Carla asks; Dev, of the customers, answers her: a colleague of ours once, who left."""
    keep(store, event(Kind.REPLY, minute(31), of="1", actor="dev", actor_kind=Actor.CUSTOMER))
    assert fact(lived, "1", "agent_replies") == "1"
    (lived.folder / "cx.toml").write_text('[definitions]\nagent_domains = ["customer.example"]\n')
    assert (fact(lived, "1", "agent_replies"), fact(lived, "1", "first_response_s")) == ("2", "60")


def test_what_is_dated_before_its_ticket_is_counted_by_the_doctor(lived: Terminal, store: Store) -> None:
    keep(store, event(Kind.REPLY, minute(1), of="1", actor="ana"))
    assert fact(lived, "1", "first_response_s") == "600"
    assert "1 comments and logged times are dated before their ticket's creation" in lived("doctor").out


def test_of_several_that_start_at_once_one_counts_anew(lived: Terminal, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two replicas started together, and one ended with a traceback about a key that was there already."""
    together = Barrier(3)

    def none_was_first(session: Session, **asked: Any) -> bool:
        current = are_current(session, **asked)
        together.wait(20)
        return current

    def start(_: int) -> None:
        mine = open_store(store.engine.url.render_as_string(hide_password=False))
        try:
            settle(mine, read_settings({"CX_BOTS": "robo"}), NOW)
        finally:
            mine.close()

    monkeypatch.setattr("bot.cli.opening.are_current", none_was_first)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(start, range(3)))

    with store.reading() as session:
        assert are_current(session, profile="articles", bots=("robo",))
