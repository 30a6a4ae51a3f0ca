"""What must hold for every command there is, and for whoever adds the next one."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.manifest import usage_hint
from bot.store.engine import Store
from commands import ACTIONS, COMMANDS, dispatch
from commands.command import Action, Command
from tests.commands.conftest import empty, town, town_store
from tests.commands.room import ANA, LENA, READ_ALONG, STRANGER, Room, said, typed
from tests.commands.test_grammar import nonsense
from tests.sampling import pairs, thorough
from tests.slack_validators import view_problems

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.word)
each_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.action)
WRONG = (
    "", " ", "?", "xyzzy", "please do what I mean", "-1", "9" * 50, "x" * 10_000, "by by by", "team:", '"', "'",
    "\\ %s {} $(x)", "<!channel> <@U1> <#C1> <https://a.example|b>", "&lt;script&gt;", "'; DROP TABLE ticket; --",
    "🤷 ﷺ 日本語 עברית", "\u202e\u200b\x00", "for", "for Oct", "remove", "remove for", "daily weekly monthly", "25:99",
    "last 0 days", "30 feb", "vs vs", "as as", "help help",
)  # fmt: skip

__all__ = ["empty", "town", "town_store"]


def named(part: Command | str) -> str:
    return part.word if isinstance(part, Command) else f"{len(part)} {part[:10]!r}"


@each_command
def test_it_says_what_it_is_and_how_to_say_it(command: Command) -> None:
    assert re.fullmatch(r"[a-z]+", command.word)
    assert command.usage.startswith("/cx")
    assert command.says.endswith(".")
    assert command.says[0].isupper()
    assert "\n" not in command.says


@each_command
def test_its_own_word_and_usage_find_it(command: Command) -> None:
    assert dispatch(command.word)[0] is command
    assert dispatch(command.word.upper())[0] is command
    for word in command.also:
        assert dispatch(word)[0] is command
    if command.listed and command.word != "snapshot":
        assert dispatch(command.usage)[0] is command


@pytest.mark.parametrize(("command", "words"), pairs(COMMANDS, WRONG, one_in=4), ids=lambda part: named(part))
def test_wrong_words_are_answered_in_words(town: Room, empty: Room, command: Command, words: str) -> None:
    for room in (empty,) if command.writes else (empty, town):
        for asker in (LENA, ANA):
            reply = room.type(f"{command.word} {words}", asker)
            if reply.modal is not None:
                assert view_problems(reply.modal) == []
                continue
            assert said(reply).strip()
            assert "Traceback" not in said(reply)
            assert "<!channel>" not in said(reply)
            assert len(said(reply)) <= 4_000
            assert not reply.public


@each_command
def test_wrong_words_change_nothing(empty: Room, command: Command) -> None:
    for words in WRONG[1:]:
        if command.word not in ("subscribe", "unsubscribe"):
            empty.type(f"{command.word} {words}")
    assert [row for row in empty.audit() if not row[1].startswith("agents.")] == []


@each_command
def test_strangers_get_help_and_nothing_else(town: Room, command: Command) -> None:
    if command.word in ("help", "define", "optout"):
        return
    for asker in (STRANGER, READ_ALONG):
        reply = town.type(command.word, asker)
        assert re.match("This is for members|This channel is shared", said(reply))
        assert not reply.keeps


@each_command
def test_every_button_it_offers_can_be_pressed(town: Room, command: Command) -> None:
    if command.writes:
        return
    reply = town.type(f"{command.word} xyzzy")
    for offered in typed(reply):
        answer = town.click("run:0", f"v1|run|{offered}")
        assert answer.modal is not None or said(answer)


@each_action
def test_an_action_says_what_it_does(action: Action) -> None:
    assert re.fullmatch(r"[a-z_-]+:?", action.action)
    assert action.says.endswith(".")


def test_no_action_hides_behind_another() -> None:
    names = [action.action for action in ACTIONS]

    assert len(set(names)) == len(names)
    assert not [(one, other) for one in names for other in names if one != other and f"{other}:".startswith(f"{one}:")]


def test_what_only_reads_never_writes(town: Room) -> None:
    """Only an answer leaves something behind: its question."""
    with town.store.reading() as session:
        before = session.connection().exec_driver_sql("PRAGMA data_version").scalar()
    for command in COMMANDS:
        if not command.writes:
            assert said(town.type(f"{command.word} xyzzy"))
    with town.store.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA data_version").scalar() == before


def test_the_manifest_hints_at_commands_that_exist() -> None:
    words = re.findall(r"[a-z]{3,}", usage_hint(COMMANDS))

    assert "help" in words


def test_odd_questions_are_all_answered(town: Room) -> None:
    random = Random(7)
    for _ in range(thorough(1_000, 200)):
        text = nonsense(random)
        if not dispatch(text)[0].writes:
            assert said(town.type(text)).strip(), text


@settings(deadline=None, max_examples=thorough(200, 60))
@given(text=st.text(max_size=400))
def test_any_text_is_answered(town_store: Store, text: str) -> None:
    if not dispatch(text)[0].writes:
        reply = Room(store=town_store).type(text)
        assert reply.modal or said(reply).strip()
