"""Typed text, cursors, traffic, tickets: the small parts, each by its rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import typed
from bot.sandbox.clock import Clock
from bot.sandbox.options import Options
from bot.sandbox.paging import page_of
from bot.sandbox.refusal import Refusal, refuse_for
from bot.sandbox.seed import fresh_workspace
from bot.sandbox.tickets import KEPT, ResponseUrl, Tickets
from bot.sandbox.traffic import Traffic, redacted

WORKSPACE = fresh_workspace(Clock())


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("hello", "hello"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("@bo", "<@U0BO>"),
        ("ask @bo, @nobody", "ask <@U0BO>, @nobody"),
        ("mail bo@example.com", "mail bo@example.com"),
        ("in #cx-digest", "in <#C0DIGEST|>"),
        ("issue #4711", "issue #4711"),
        ("<@U0ANA>", "<@U0ANA>"),
        ("<!everyone>", "&lt;!everyone&gt;"),
    ],
)
def test_typed_text_is_sent_like_this(text: str, sent: str) -> None:
    assert typed.as_message(WORKSPACE, text) == sent


def test_escaped_arguments_carry_names() -> None:
    assert typed.as_escaped_arguments(WORKSPACE, "frt @ana #support") == "frt <@U0ANA|ana> <#C0SUPPORT|support>"


@given(st.text(max_size=60))
def test_nobody_types_a_broadcast(text: str) -> None:
    sent = typed.as_message(WORKSPACE, text)
    assert "<!" not in sent


@given(st.lists(st.integers(), max_size=50), st.integers(1, 20))
def test_pages_put_together_are_the_whole(items: list[int], limit: int) -> None:
    seen, cursor = page_of(items, limit, "")
    while cursor:
        page, cursor = page_of(items, limit, cursor)
        assert len(page) <= limit
        seen += page
    assert seen == items


@pytest.mark.parametrize("cursor", ["x", "bmV4dDp4", "cHJldjox", "é"])
def test_a_cursor_nobody_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal, match="invalid_cursor"):
        page_of([1, 2], 1, cursor)


def test_tokens_are_struck_out_wherever_they_stand() -> None:
    said = {"deep": ["xoxb-1-a", {"xapp-1-A-2-b": "and xoxp-9-z!"}], "kept": "xyz-1"}
    assert redacted(said) == {"deep": ["xoxb-***", {"xapp-***": "and xoxp-***!"}], "kept": "xyz-1"}


def test_traffic_is_counted_and_read_from_where_one_left_off() -> None:
    rung: list[int] = []
    traffic = Traffic(clock=Clock(), changed=lambda: rung.append(1))
    first = traffic.note("in", "auth.test")
    first["answered"] = {"ok": True}
    traffic.note("out", "hello")
    assert [entry["name"] for entry in traffic.since(0)] == ["auth.test", "hello"]
    assert traffic.since(0)[0]["answered"] == {"ok": True}
    assert [entry["name"] for entry in traffic.since(1)] == ["hello"]
    assert len(rung) == 2


def test_old_tickets_are_forgotten_and_young_ones_kept() -> None:
    clock = Clock()
    tickets = Tickets(clock=clock)
    for _ in range(KEPT):
        tickets.trigger("U1", Options())
    url = ResponseUrl(kind="commands", channel="C1", user="U1", expires=clock.now() + 1800)
    path = tickets.response_path(url, "T1")
    clock.advance(700)
    young = tickets.trigger("U1", Options())
    assert list(tickets.triggers) == [young]
    assert tickets.use_url(path, Options()) is url


def test_reasons_are_listed_twice_as_slack_does() -> None:
    body = refuse_for("invalid_blocks", ["too long [json-pointer:/blocks/0]"]).body()
    assert body == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["too long [json-pointer:/blocks/0]"],
        "response_metadata": {"messages": ["[ERROR] too long [json-pointer:/blocks/0]"]},
    }


def test_the_cast_is_the_same_every_time() -> None:
    other = fresh_workspace(Clock())
    assert other.users == WORKSPACE.users
    assert [channel.id for channel in other.channels.values()] == [channel.id for channel in WORKSPACE.channels.values()]
    assert WORKSPACE.users["U0CARLA"].email == "carla.customer@example.com"
    assert WORKSPACE.users["U0DEV"].email == "dev.customer@example.com"
    assert [user.name for user in WORKSPACE.users.values() if user.is_stranger] == ["sten"]


def test_people_and_channels_go_by_several_names() -> None:
    for ref in ("U0ANA", "ana", "@ana", "Ana Agent"):
        assert WORKSPACE.user(ref).id == "U0ANA"
    for ref in ("C0SUPPORT", "#support", "support"):
        assert WORKSPACE.channel(ref).id == "C0SUPPORT"
    with pytest.raises(Refusal, match="users_not_found"):
        WORKSPACE.user("nobody")
