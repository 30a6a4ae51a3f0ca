"""Whatever somebody writes is only ever read: no mention, link, formula or path comes out of anybody's words."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.app.trouble import escaped
from bot.cli.data import source_name
from bot.store.engine import Store
from bot.store.records import AgentRecord, CustomerRecord, Record, TeamRecord
from bot.store.tables import Ticket
from bot.store.words import Kind, Role, Status
from bot.store.workspace import Workspace
from bot.views.answer_csv import cell, table_csv
from bot.views.answer_text import answer_text
from bot.views.message import Message
from commands.command import Reply
from tests.commands.room import LENA, Room, action_of, buttons
from tests.kpis.office import fresh_store, keep, say
from tests.payloads import ALL, FORMULAS, MARKUP, PATHS
from tests.world import MONDAY, NOW, event, minute, rating, ticket

ENTITY = re.compile(r"<([^<>]*)>")
OURS = re.compile(r"!date\^\d+\^[{}a-z_ :]+\|[^|<>^]*|@U0LENA|#C0SUPPORT|https://desk\.example/\d+(\|[^<>]*)?")
RUN = re.compile(r"[\s\u0000-\u0020\u00a0\u200b-\u200f\ufeff]*[=+\-@＝＋－＠]")
SPLITS = ("category", "team", "agent", "customer", "tag", "source", "status")


@pytest.fixture(scope="module")
def hostile(request: pytest.FixtureRequest) -> Iterator[Room]:
    """A store in which every word that somebody could write is a payload: each in every slot of a ticket of its own."""
    with fresh_store(request, "sqlite") as store:
        keep(store, *records(), source="desk")
        yield Room(store=store, now=NOW, workspace=Workspace(zone="UTC", clock="calendar"))


def records() -> Iterator[Record]:
    yield from (TeamRecord(external_id=f"t{number}", name=bad) for number, bad in enumerate(storable()))
    for number, bad in enumerate(storable()):
        yield AgentRecord(external_id=f"a{number}", name=bad, email=bad, team=f"t{number}", role=Role.AGENT)
        yield CustomerRecord(external_id=f"c{number}", name=bad, email=bad, organisation=bad)
    for number, bad in enumerate(storable()):
        name, at = str(number), MONDAY + timedelta(minutes=number)
        who = {"team": f"t{number}", "agent": f"a{number}", "customer": f"c{number}"}
        yield ticket(
            name,
            subject=bad,
            category=bad,
            tags=(bad,),
            status_raw=bad,
            url=bad,
            created_at=at,
            updated_at=at,
            status=Status.SOLVED,
            **who,
        )
        yield event(Kind.CREATED, at, of=name, actor=f"c{number}", new="new")
        yield event(Kind.STATUS, at + timedelta(minutes=30), of=name, actor=f"a{number}", old="new", new="solved")
        yield rating(1, minute(60), of=name, customer=f"c{number}", agent=f"a{number}", comment=bad)


def storable() -> list[str]:
    """A lone surrogate and NUL are no text for a database; desks drop them when they read a page."""
    return [one.replace("\x00", "").encode("utf-8", "ignore").decode() for one in ALL]


def faults(message: Message | Mapping[str, Any] | Any) -> list[str]:
    """Everything in a message that Slack would take for markup and that is not our own."""
    told = [message.text, *_marked(list(message.blocks))] if isinstance(message, Message) else list(_marked(message))
    return [fault for text in told for fault in _faults(text)]


def _faults(text: str) -> Iterator[str]:
    for inside in ENTITY.findall(text):
        if not OURS.fullmatch(inside):
            yield f"<{inside}>"
    if set("<>") & set(ENTITY.sub("", text)):
        yield f"a bracket in {text[:80]!r}"


def _marked(value: Any) -> Iterator[str]:
    """Every text that Slack reads for markup, and every address it would open."""
    if isinstance(value, Mapping):
        if value.get("type") == "mrkdwn":
            yield str(value["text"])
        for key in ("url", "image_url"):
            if key in value and not str(value[key]).startswith("https://desk.example/"):
                yield f"<{value[key]}>"
        for inner in value.values():
            yield from _marked(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _marked(inner)


def shown(reply: Reply) -> Iterator[str]:
    """The faults of all that a reply shows."""
    if reply.message is not None:
        yield from faults(reply.message)
        for chart in reply.message.charts:
            assert "\x1b" not in repr(chart)
    if reply.modal is not None:
        yield from faults(dict(reply.modal))


def test_the_corpus_is_large_and_the_judge_knows_what_is_bad() -> None:
    assert len(ALL) > 200
    assert (len(MARKUP) > 100, len(FORMULAS) > 50, len(PATHS) >= 30) == (True, True, True)
    found = [bad for bad in MARKUP if faults(Message(text=bad))]
    assert len(found) > 100, "a judge that finds nothing would always be content"
    assert faults(Message(text="", blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}},)))
    assert not faults(Message(text="", blocks=({"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}},)))
    assert faults({"type": "link", "url": "https://evil.example"})
    assert RUN.match(" =1+1")
    assert not RUN.match("'=1+1")


@pytest.mark.parametrize("split", SPLITS)
def test_no_answer_by_anything_lets_words_of_others_act(hostile: Room, split: str) -> None:
    for words in (f"volume all time by {split}", f"backlog by {split} as table", f"csat all time by {split}"):
        reply = hostile.type(words)
        assert reply.message is not None
        assert list(shown(reply)) == []
        for button in buttons(reply):
            pressed = str(button["action_id"])
            if "value" in button and not action_of(pressed).writes:
                assert list(shown(hostile.click(pressed, str(button["value"])))) == [], pressed


def test_every_page_of_tickets_and_every_comment_is_only_read(hostile: Room) -> None:
    seen = 0
    reply = hostile.type("volume all time")
    [query_id] = {str(one["value"]) for one in buttons(reply) if str(one["action_id"]).split(":")[0] == "tickets"}
    page = hostile.press(reply, "tickets")
    while seen < 60:
        assert list(shown(page)) == []
        further = [one for one in buttons(page) if "next" in str(one["action_id"]) or str(one["text"]["text"]).startswith("Next")]
        if not further:
            break
        seen += 1
        page = hostile.click(str(further[0]["action_id"]), str(further[0]["value"]))
    assert query_id
    assert seen >= 5
    assert list(shown(hostile.type("comments csat all time"))) == []


def test_what_somebody_types_comes_back_only_as_words(hostile: Room) -> None:
    verbs = ("", "define", "comments", "status", "help", "csat by", "volume category:")
    for number, bad in enumerate(ALL):
        reply = hostile.type(f"{verbs[number % len(verbs)]} {bad}"[:3_000])
        assert list(shown(reply)) == [], bad


def test_what_an_error_quotes_is_escaped() -> None:
    for bad in ALL:
        assert not set("<>") & set(escaped(bad))
        assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", escaped(bad), re.DOTALL)


def test_no_cell_of_a_spreadsheet_is_run() -> None:
    for bad in ALL:
        assert not RUN.match(cell(bad)), bad
    assert [cell(number) for number in (-5, 5.5, "-5", "+1.5e3")] == ["-5", "5.5", "-5", "+1.5e3"], "a number is a number"


def test_a_table_reads_back_with_every_word_in_its_own_cell() -> None:
    words = [bad for bad in ALL if "\r" not in bad and "\n" not in bad]
    read = list(
        csv.reader(io.StringIO(table_csv(["word", "n"], [[bad, number] for number, bad in enumerate(words)]), newline=""))
    )

    assert [row[1] for row in read[1:]] == [str(number) for number in range(len(words))]
    assert all(len(row) == 2 for row in read)


@pytest.mark.parametrize("split", SPLITS)
def test_a_terminal_is_not_told_what_to_do(hostile: Room, split: str) -> None:
    told = answer_text(say(hostile.store, f"volume all time by {split}"))

    assert [char for char in told if unicodedata.category(char) == "Cc" and char != "\n"] == []


def test_the_name_of_a_source_is_made_of_plain_letters() -> None:
    for bad in ALL:
        cleaned = bad.replace("\x00", "").encode("utf-8", "ignore").decode()
        assert re.fullmatch(r"[a-z0-9]+", source_name(Path(cleaned)))


def test_nothing_that_is_asked_writes_a_file(hostile: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for bad in PATHS:
        hostile.type(f"volume category:{bad} as csv", LENA)

    assert list(tmp_path.iterdir()) == []


def test_the_store_keeps_what_was_written_as_it_was(hostile: Room) -> None:
    """Escaping belongs to where something is shown: in the store it would be wrong for all others."""
    assert ticket_subjects(hostile.store) >= {bad for bad in storable() if bad.isprintable() and len(bad) < 200}


def ticket_subjects(store: Store) -> set[str]:
    with store.reading() as session:
        return set(session.exec(select(Ticket.subject)))
