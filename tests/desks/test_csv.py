"""Any CSV or JSON file becomes tickets, or nothing does: each way a file can be broken is told by its line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desks.csv import CSV, FileReading, dry_run, pages, read_file
from bot.desks.csv_stamps import BadStamp, Stamps
from bot.desks.desk import Cursor, Page, Pull, StreamState
from bot.desks.mapping import FileMapping, parse_mapping
from bot.errors import BadConfig, BadInput
from bot.store.records import AgentRecord, CustomerRecord, EventRecord, RatingRecord, Record, TeamRecord, TicketRecord
from bot.store.words import Actor, Channel, Kind, Role, Status, SurveyKind

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"

TICKETS = """
rows = "ticket"
zone = "UTC"
[columns]
id = "Id"
created_at = "Opened"
solved_at = "Solved"
subject = "Subject"
"""
LOG = """
rows = "event"
zone = "UTC"
[columns]
id = "Id"
created_at = "Opened"
updated_at = "At"
status = "State"
agent = "Agent"
team = "Team"
priority = "Priority"
category = "Topic"
"""
HEADER = "Id,Opened,Solved,Subject\n"
GOOD = "1,2026-11-02 08:00,2026-11-02 09:00,Hello\n"
LOG_HEADER = "Id,Opened,At,State,Agent,Team,Priority,Topic\n"


def mapped(text: str = TICKETS) -> FileMapping:
    return parse_mapping(text, "map.toml")


def read(folder: Path, content: str | bytes, mapping: str = TICKETS, name: str = "export.csv") -> FileReading:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, mapped(mapping))


def refusal(folder: Path, content: str | bytes, mapping: str = TICKETS) -> str:
    with pytest.raises(BadInput) as caught:
        read(folder, content, mapping)
    assert "Nothing was imported" in caught.value.still_true
    assert caught.value.next_step
    return caught.value.sentence()


def tickets(reading: FileReading) -> dict[str, TicketRecord]:
    return {record.external_id: record for record in reading.records() if isinstance(record, TicketRecord)}


def events(reading: FileReading, ticket: str = "1") -> list[EventRecord]:
    return [record for record in reading.records() if isinstance(record, EventRecord) and record.ticket == ticket]


def told(reading: FileReading, ticket: str = "1") -> list[tuple[str, str, str | None, str | None]]:
    return [(f"{event.at:%d %H:%M}", event.kind.value, event.old, event.new) for event in events(reading, ticket)]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class TestOneRowATicket:
    """A row shows a ticket as it stands; its own instants tell what happened."""

    def test_the_example_reads_as_it_says(self) -> None:
        reading = read_file(EXAMPLES / "tickets.csv", mapped((EXAMPLES / "tickets.toml").read_text()))
        found = tickets(reading)
        assert list(found) == ["1001", "1002", "1003", "1004", "1005"]
        first = found["1001"]
        assert (first.created_at, first.status, first.priority, first.channel) == (at(2, 7, 55), Status.SOLVED, 2, Channel.EMAIL)
        assert (first.tags, first.handled_s, first.url) == (("vip", "mobile"), 720, "https://desk.example.com/tickets/1001")
        assert found["1002"].subject == "Invoice shows\ntwo lines"
        assert found["1004"].subject == "<!channel> *please* help"
        assert [ticket.status for ticket in found.values()][2:] == [Status.PENDING, Status.NEW, Status.HOLD]
        ratings = [record for record in reading.records() if isinstance(record, RatingRecord)]
        assert [(rating.ticket, rating.survey, rating.score) for rating in ratings] == [
            ("1001", SurveyKind.CSAT, 5),
            ("1002", SurveyKind.CSAT, 2),
        ]
        assert ratings[0].comment == "Quick and kind; thank you!"

    def test_its_people_come_before_it_and_once(self) -> None:
        reading = read_file(EXAMPLES / "tickets.csv", mapped((EXAMPLES / "tickets.toml").read_text()))
        people: list[Record] = [one for one in reading.records() if isinstance(one, TeamRecord | AgentRecord | CustomerRecord)]
        assert len({(type(one), one.external_id) for one in people}) == len(people) == 8  # type: ignore[union-attr]
        assert isinstance(next(iter(reading.records())), TeamRecord)

    def test_a_reply_and_a_solve_are_told_by_their_instants(self) -> None:
        reading = read_file(EXAMPLES / "tickets.csv", mapped((EXAMPLES / "tickets.toml").read_text()))
        assert told(reading, "1001") == [
            ("02 07:55", "created", None, "new"),
            ("02 08:20", "reply", None, None),
            ("02 09:05", "status", "new", "solved"),
        ]
        reply, solve = events(reading, "1001")[1:]
        assert (reply.actor, reply.actor_kind) == (solve.actor, solve.actor_kind) == ("ana@example.com", Actor.AGENT)
        assert (reply.derived, events(reading, "1001")[0].derived) == (True, False)

    def test_without_a_state_the_instants_say_what_it_is(self, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADER + GOOD + "2,2026-11-02 08:00,,Open\n")
        assert [ticket.status for ticket in tickets(reading).values()] == [Status.SOLVED, Status.NEW]

    def test_solved_once_but_open_now_means_opened_again(self, tmp_path: Path) -> None:
        mapping = TICKETS + 'status = "State"\nupdated_at = "Changed"\n'
        content = "Id,Opened,Solved,Subject,State,Changed\n1,2026-11-02 08:00,2026-11-02 09:00,x,open,2026-11-03 10:00\n"
        assert told(read(tmp_path, content, mapping)) == [
            ("02 08:00", "created", None, "new"),
            ("02 09:00", "status", "new", "solved"),
            ("03 10:00", "status", "solved", "open"),
        ]

    def test_solved_and_closed_are_two_steps(self, tmp_path: Path) -> None:
        content = HEADER.replace("Subject", "Subject,Closed") + "1,2026-11-02 08:00,2026-11-02 09:00,x,2026-11-06 09:00\n"
        assert told(read(tmp_path, content, TICKETS + 'closed_at = "Closed"\n'))[1:] == [
            ("02 09:00", "status", "new", "solved"),
            ("06 09:00", "status", "solved", "closed"),
        ]

    def test_solved_without_any_instant_is_a_bad_line(self, tmp_path: Path) -> None:
        content = "Id,Opened,Solved,Subject,State\n1,2026-11-02 08:00,,x,solved\n"
        assert "line 2: the ticket is solved and no column says since when" in refusal(
            tmp_path, content, TICKETS + 'status = "State"\n'
        )

    def test_solved_before_it_was_created_counts_at_the_creation_and_is_noted(self, tmp_path: Path) -> None:
        reading = read(tmp_path, HEADER + "1,2026-11-02 08:00,2026-11-02 07:00,x\n")
        assert told(reading)[1] == ("02 08:00", "status", "new", "solved")
        assert any("before their ticket was created" in note for note in reading.notes)

    def test_the_same_id_twice_is_a_bad_line(self, tmp_path: Path) -> None:
        assert "line 3: the id '1' stands in another line already" in refusal(tmp_path, HEADER + GOOD + GOOD)

    @pytest.mark.parametrize(
        ("flag", "kind"), [("yes", Kind.SLA_ACHIEVED), ("NO", Kind.SLA_BREACHED), ("", None)], ids=["kept", "broken", "unsaid"]
    )
    def test_a_promise_kept_or_broken(self, tmp_path: Path, flag: str, kind: Kind | None) -> None:
        mapping = TICKETS + '[sla]\ncolumn = "Ok"\nkept = ["yes"]\nbroken = ["no"]\nmetric = "first_reply"\n'
        reading = read(tmp_path, f"Id,Opened,Solved,Subject,Ok\n1,2026-11-02 08:00,2026-11-02 09:00,x,{flag}\n", mapping)
        outcomes = [(event.kind, event.new, event.at) for event in events(reading) if event.kind.value.startswith("sla")]
        assert outcomes == ([(kind, "first_reply:desk", at(2, 9))] if kind else [])

    def test_a_rating_may_be_a_word_and_have_its_own_instant(self, tmp_path: Path) -> None:
        mapping = TICKETS + "[rating]\nscale='csat-good-bad'\nscore='Stars'\nanswered_at='When'\nvalues={Good=1,Bad=0}\n"
        content = "Id,Opened,Solved,Subject,Stars,When\n1,2026-11-02 08:00,2026-11-02 09:00,x,GOOD,2026-11-04 09:00\n"
        (rating,) = [record for record in read(tmp_path, content, mapping).records() if isinstance(record, RatingRecord)]
        assert (rating.score, rating.answered_at, rating.external_id) == (1, at(4, 9), "1-csat-good-bad")

    @pytest.mark.parametrize("score", ["6", "0", "4.5", "five", "nan", "inf", "1e400"])
    def test_a_score_off_its_scale_is_a_bad_line(self, tmp_path: Path, score: str) -> None:
        content = f"Id,Opened,Solved,Subject,Stars\n1,2026-11-02 08:00,,x,{score}\n"
        assert "line 2: Stars is" in refusal(tmp_path, content, TICKETS + "[rating]\nscale='csat-1-5'\nscore='Stars'\n")

    def test_bots_and_bare_numbers_get_names(self, tmp_path: Path) -> None:
        mapping = TICKETS.replace("[columns]", 'bots = ["7"]\n[names]\nagent = "Agent {id}"\ncategory = "No. {id}"\n[columns]')
        content = "Id,Opened,Solved,Subject,A,T\n1,2026-11-02 08:00,,x,7,42\n"
        reading = read(tmp_path, content, mapping + 'agent = "A"\ncategory = "T"\n')
        (agent,) = [record for record in reading.records() if isinstance(record, AgentRecord)]
        assert (agent.name, agent.role) == ("Agent 7", Role.BOT)
        assert tickets(reading)["1"].category == "No. 42"


class TestOneRowAnEvent:
    """A row shows a ticket after one change; what changed is the difference to the row before."""

    def test_changes_are_told_at_their_own_instants(self, tmp_path: Path) -> None:
        reading = read(
            tmp_path,
            LOG_HEADER + "1,2026-11-02 08:00,2026-11-02 08:05,new,,Desk,3,Login\n"
            "1,2026-11-02 08:00,2026-11-02 09:00,open,Ana,Desk,3,Login\n"
            "1,2026-11-02 08:00,2026-11-02 10:00,pending,Bo,Tech,2,Bug\n"
            "1,2026-11-02 08:00,2026-11-02 11:00,solved,Bo,Tech,2,Bug\n"
            "1,2026-11-02 08:00,2026-11-02 12:00,open,,Tech,2,Bug\n",
            LOG,
        )
        assert told(reading) == [
            ("02 08:00", "created", None, "new"),
            ("02 08:05", "team", None, "Desk"),
            ("02 09:00", "assigned", None, "Ana"),
            ("02 09:00", "status", "new", "open"),
            ("02 10:00", "team", "Desk", "Tech"),
            ("02 10:00", "assigned", "Ana", "Bo"),
            ("02 10:00", "priority", "3", "2"),
            ("02 10:00", "category", "Login", "Bug"),
            ("02 10:00", "status", "open", "pending"),
            ("02 11:00", "status", "pending", "solved"),
            ("02 12:00", "assigned", "Bo", None),
            ("02 12:00", "status", "solved", "open"),
        ]
        ticket = tickets(reading)["1"]
        assert (ticket.status, ticket.team, ticket.agent, ticket.priority, ticket.updated_at) == (
            Status.OPEN,
            "Tech",
            None,
            2,
            at(2, 12),
        )

    def test_a_history_that_begins_late_was_new_until_then(self, tmp_path: Path) -> None:
        reading = read(tmp_path, LOG_HEADER + "1,2026-11-02 08:00,2026-11-04 08:00,solved,,,,\n", LOG)
        assert told(reading) == [("02 08:00", "created", None, "new"), ("04 08:00", "status", "new", "solved")]

    def test_keys_are_the_same_when_the_log_grows(self, tmp_path: Path) -> None:
        rows = [
            f"1,2026-11-02 08:00,2026-11-02 09:{minute:02},{state},,,,\n"
            for minute, state in ((1, "open"), (1, "pending"), (2, "open"))
        ]
        short = events(read(tmp_path, LOG_HEADER + "".join(rows[:2]), LOG))
        grown = events(read(tmp_path, LOG_HEADER + "".join(rows), LOG))
        assert grown[: len(short)] == short
        assert len({event.key for event in grown}) == len(grown) == 4

    def test_an_unknown_state_changes_nothing_and_is_counted(self, tmp_path: Path) -> None:
        mapping = LOG + '[status.values]\n"Neu" = "new"\n"Fertig" = "solved"\n"-100" = "unchanged"\n'
        rows = ["Neu", "-100", "Fertig", "-100"]
        content = LOG_HEADER + "".join(
            f"1,2026-11-02 08:00,2026-11-02 {8 + n:02}:30,{state},,,,\n" for n, state in enumerate(rows)
        )
        reading = read(tmp_path, content, mapping)
        assert told(reading)[1:] == [("02 10:30", "status", "new", "solved")]
        assert reading.unmapped == {"status": {"-100": 2}}
        assert tickets(reading)["1"].status is Status.SOLVED

    def test_a_word_that_is_not_mapped_refuses_the_file_unless_there_is_a_default(self, tmp_path: Path) -> None:
        content = LOG_HEADER + "1,2026-11-02 08:00,2026-11-02 09:00,weird,,,,\n"
        assert "line 2: State is 'weird', which [status] does not map" in refusal(tmp_path, content, LOG)
        assert told(read(tmp_path, content, LOG + '[status]\ndefault = "hold"\n'))[1] == ("02 09:00", "status", "new", "hold")

    def test_rows_come_by_time_then_sequence_then_place(self, tmp_path: Path) -> None:
        mapping = LOG + 'sequence = "N"\n'
        header = LOG_HEADER.replace("\n", ",N\n")
        rows = ["1,2026-11-02 08:00,2026-11-02 11:00,solved,,,,,9\n", "1,2026-11-02 08:00,2026-11-02 09:00,pending,,,,,10\n"]
        rows += ["1,2026-11-02 08:00,2026-11-02 09:00,open,,,,,2\n"]
        states = [new for _, kind, _, new in told(read(tmp_path, header + "".join(rows), mapping)) if kind == "status"]
        assert states == ["open", "pending", "solved"]

    def test_in_the_files_own_order_time_never_goes_back(self, tmp_path: Path) -> None:
        mapping = LOG.replace("[columns]", 'order = "file"\n[columns]')
        rows = ["1,2026-11-02 08:00,2026-11-02 11:00,open,,,,\n", "1,2026-11-02 08:00,2026-11-02 09:00,solved,,,,\n"]
        reading = read(tmp_path, LOG_HEADER + "".join(rows), mapping)
        assert told(reading)[1:] == [("02 11:00", "status", "new", "open"), ("02 11:00", "status", "open", "solved")]
        assert any("dated before the row above" in note for note in reading.notes)

    def test_a_broken_promise_counts_at_the_first_row_that_says_so(self, tmp_path: Path) -> None:
        mapping = LOG + '[sla]\ncolumn = "Ok"\nkept = ["true"]\nbroken = ["false"]\n'
        rows = [("08:10", "open", "true"), ("09:00", "open", "false"), ("10:00", "solved", "false")]
        content = LOG_HEADER.replace("\n", ",Ok\n") + "".join(
            f"1,2026-11-02 08:00,2026-11-02 {t},{s},,,,,{ok}\n" for t, s, ok in rows
        )
        assert ("02 09:00", "sla_breached", None, "resolution:desk") in told(read(tmp_path, content, mapping))

    def test_a_kept_promise_counts_at_the_last_solve_and_not_before_there_is_one(self, tmp_path: Path) -> None:
        mapping = LOG + '[sla]\ncolumn = "Ok"\nkept = ["true"]\nbroken = ["false"]\n'
        rows = [("08:10", "open"), ("09:00", "solved"), ("10:00", "open"), ("11:00", "solved"), ("12:00", "closed")]
        lines = [f"1,2026-11-02 08:00,2026-11-02 {t},{s},,,,,true\n" for t, s in rows]
        header = LOG_HEADER.replace("\n", ",Ok\n")
        achieved = ("02 11:00", "sla_achieved", None, "resolution:desk")
        assert told(read(tmp_path, header + "".join(lines), mapping)).count(achieved) == 1
        assert not any(kind == "sla_achieved" for _, kind, _, _ in told(read(tmp_path, header + "".join(lines[:3]), mapping)))

    def test_scattered_rows_are_gathered(self, tmp_path: Path) -> None:
        rows = [
            f"{ticket},2026-11-02 08:00,2026-11-02 {9 + n:02}:00,{state},,,,\n"
            for ticket in range(30)
            for n, state in enumerate(STATES)
        ]
        together = read(tmp_path, LOG_HEADER + "".join(rows), LOG)
        random.Random(4).shuffle(rows)
        scattered = read(tmp_path, LOG_HEADER + "".join(rows), LOG, "scattered.csv")
        assert tickets(scattered) == tickets(together)
        for ticket in tickets(together):
            assert events(scattered, ticket) == events(together, ticket)

    def test_a_row_without_its_instant_is_a_bad_line(self, tmp_path: Path) -> None:
        assert "line 2: At is empty" in refusal(tmp_path, LOG_HEADER + "1,2026-11-02 08:00,,new,,,,\n", LOG)


STATES = ("open", "pending", "open", "solved")


class TestLetters:
    """The same table in whatever letters and wrapping."""

    TABLE = HEADER + "1,2026-11-02 08:00,,Größe – ¿qué? ✓\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_unicode_is_found(self, tmp_path: Path, encoding: str) -> None:
        reading = read(tmp_path, self.TABLE.encode(encoding))
        assert tickets(reading)["1"].subject == "Größe – ¿qué? ✓"

    def test_windows_1252_is_found_and_said(self, tmp_path: Path) -> None:
        reading = read(tmp_path, (HEADER + "1,2026-11-02 08:00,,Größe – €\n").encode("cp1252"))
        assert tickets(reading)["1"].subject == "Größe – €"
        assert "Windows-1252" in reading.notes[0]

    def test_a_wrong_letter_in_the_last_megabyte_is_found_too(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},2026-11-02 08:00,,{'x' * 200}\n" for n in range(8000))
        reading = read(tmp_path, (HEADER + rows + "9999,2026-11-02 08:00,,Größe\n").encode("cp1252"))
        assert tickets(reading)["9999"].subject == "Größe"

    def test_latin_1_is_the_last_resort(self, tmp_path: Path) -> None:
        assert "Latin-1" in read(tmp_path, HEADER.encode() + b"1,2026-11-02 08:00,,Gr\xf6\x81\n").notes[0]

    def test_a_named_encoding_holds_and_a_wrong_one_is_refused(self, tmp_path: Path) -> None:
        mapping = TICKETS.replace("[columns]", 'encoding = "cp1250"\n[columns]')
        assert tickets(read(tmp_path, (HEADER + "1,2026-11-02 08:00,,Łódź\n").encode("cp1250"), mapping))["1"].subject == "Łódź"
        wrong = TICKETS.replace("[columns]", 'encoding = "utf-8"\n[columns]')
        assert "is not in utf-8" in refusal(tmp_path, (HEADER + "1,2026-11-02 08:00,,Łódź\n").encode("cp1250"), wrong)

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, tmp_path: Path, delimiter: str) -> None:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(
            [["Id", "Opened", "Solved", "Subject", "A,b;c|d\te"], ["1", "2026-11-02 08:00", "", "a,b;c", "x"]]
        )
        assert tickets(read(tmp_path, out.getvalue()))["1"].subject == "a,b;c"

    @pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
    def test_any_line_end_and_blank_lines(self, tmp_path: Path, ends: str) -> None:
        reading = read(tmp_path, (HEADER + GOOD + "\n" + GOOD.replace("1", "2", 1) + "\n\n").replace("\n", ends))
        assert list(tickets(reading)) == ["1", "2"]
        assert reading.rows == 2

    def test_gzip_and_zip_are_opened_by_their_content(self, tmp_path: Path) -> None:
        plain = read(tmp_path, self.TABLE, name="plain.csv")
        assert list(read(tmp_path, gzip.compress(self.TABLE.encode())).records()) == list(plain.records())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr("export/", "")
            bundle.writestr("__MACOSX/._data.csv", "junk")
            bundle.writestr("export/data.csv", self.TABLE)
        zipped = read(tmp_path, packed.getvalue())
        assert (list(zipped.records()), zipped.name, zipped.key) == (list(plain.records()), "data.csv", plain.key)

    @pytest.mark.parametrize("form", ["array", "lines"])
    def test_json_reads_like_csv(self, tmp_path: Path, form: str) -> None:
        items = [
            {"Id": n, "Opened": "2026-11-02T08:00:00Z", "Solved": None, "Subject": "Größe 🚀 " + "x" * 500, "more": {"deep": [1]}}
            for n in range(400)
        ]
        text = (
            json.dumps(items, indent=1) if form == "array" else "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
        )
        reading = read(tmp_path, text, name="export.json")
        assert (reading.rows, reading.ticket_count) == (400, 400)
        assert tickets(reading)["399"].subject.startswith("Größe 🚀")

    def test_json_keys_may_lie_deep_and_tags_may_be_a_list(self, tmp_path: Path) -> None:
        mapping = (
            TICKETS.replace("[columns]", 'tags_separator = ","\n[columns]') + 'tags = ["labels"]\ncustomer_email = "who.mail"\n'
        )
        mapping += 'customer = "who.mail"\n'
        item = {"Id": "1", "Opened": "2026-11-02T08:00Z", "labels": ["a", "b", None], "who": {"mail": "x@example.com"}}
        reading = read(tmp_path, json.dumps([item]), mapping)
        assert tickets(reading)["1"].tags == ("a", "b")
        assert tickets(reading)["1"].customer == "x@example.com"


class TestBadFiles:
    """Whatever is wrong with a file, it is one sentence with the line, and nothing is imported."""

    @pytest.mark.parametrize(
        ("rows", "part"),
        [
            ('1,2026-11-02 08:00,,"never closed\n2,x\n', "line 2: a quote is opened here and never closed"),
            ('1,2026-11-02 08:00,,"a"b\n', "line 2: its quotes are not as they should be"),
            (f"1,2026-11-02 08:00,,{'x' * 140_000}\n", "line 2: a cell is longer than 131,072 characters"),
            ("1,2026-11-02 08:00,,a,b\n", "line 2: it has 5 cells, the header has 4"),
            ("1,2026-11-02 08:00\n", "line 2: it has 2 cells, the header has 4"),
            ("1,2026-11-02 08:00,,a\0b\n", "line 2: it holds a NUL character"),
            (",2026-11-02 08:00,,a\n", "line 2: the id is empty"),
            (f"{'9' * 201},2026-11-02 08:00,,a\n", "line 2: the id is longer than 200"),
            ("1,,,a\n", "line 2: Opened is empty"),
            ("1,20260308,,a\n", "line 2: Opened is '20260308', no date as in iso"),
            ("1,2026-W10-7,,a\n", "line 2: Opened is '2026-W10-7'"),
            ("1,2026-02-30,,a\n", "line 2: Opened is '2026-02-30'"),
            ("1,0202-02-03,,a\n", "but the year 202 cannot be right"),
            ("1,9999-12-31T23:59:59-14:00,,a\n", "but the year 9999 cannot be right"),
        ],
        ids=lambda value: None if "line" in value or "year" in value else value[:20].encode("unicode_escape").decode(),
    )  # fmt: skip
    def test_a_bad_line_is_named_by_its_number(self, tmp_path: Path, rows: str, part: str) -> None:
        assert part in refusal(tmp_path, HEADER + rows)

    def test_a_quoted_cell_over_several_lines_keeps_the_count(self, tmp_path: Path) -> None:
        assert "line 5: it has 1 cells" in refusal(tmp_path, HEADER + '1,2026-11-02 08:00,,"a\nb\nc"\nbad\n')

    def test_five_bad_lines_are_shown_and_the_rest_counted(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},{'2026-11-02 08:00' if n % 2 else 'soon'},,x\n" for n in range(1, 41))
        message = refusal(tmp_path, HEADER + rows)
        assert "export.csv has 20 bad lines in 40" in message
        assert [f"line {n}:" in message for n in (3, 5, 7, 9, 11, 13)] == [True] * 5 + [False]
        assert "and 15 more" in message

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ('[{"Id": 1}, {"Id": 2,]', "line 2: the array is not JSON from here on"),
            ('[{"Id": 1}', "line 1: the array is not JSON from here on"),
            ('[{"Id": "1", "Opened": "2026-11-02T08:00Z"}] tail', "line 2: there is more after the end of the array"),
            ('[3, "x"]', "line 1: it is no JSON object"),
            ('{"Id": 1\n{"Id": 2}', "line 1: it is not JSON"),
            ('{"Id": NaN}', "line 1: it is not JSON (NaN is no JSON number)"),
            ('{"Id": 1, "Id": 2}', "an object holds the same key twice"),
            ('{"Id": {"deep": 1}}', "a mapped key holds an object"),
            ('{"Id": "\\ud800"}', "half a character"),
            ('{"Id": "a\\u0000b"}', "it holds a NUL character"),
            ('[' * 100_000, "nested too deeply"),
            ('[]', "has no rows"),
        ],
        ids=lambda value: value[:24],
    )  # fmt: skip
    def test_bad_json_is_named_by_its_place(self, tmp_path: Path, text: str, part: str) -> None:
        assert part in refusal(tmp_path, text)

    @pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", b"\xff\xfe"])
    def test_an_empty_file(self, tmp_path: Path, content: bytes) -> None:
        assert "is empty" in refusal(tmp_path, content)

    def test_a_header_alone_has_no_rows(self, tmp_path: Path) -> None:
        assert "has no rows" in refusal(tmp_path, HEADER)

    def test_missing_columns_are_all_named_with_the_nearest(self, tmp_path: Path) -> None:
        message = refusal(tmp_path, "ID;Openned;Solved;Titel\n1;2;3;4\n")
        assert "has no column 'Id' (did you mean 'ID'?), 'Opened' (did you mean 'Openned'?), 'Subject'" in message
        assert "Its columns are: ID, Openned, Solved, Titel" in message

    @pytest.mark.parametrize(
        ("make", "part"),
        [
            (lambda path: None, "There is no file"),
            (lambda path: path.mkdir(), "is a folder"),
            (lambda path: path.write_bytes(b"PK\x03\x04 and then nothing"), "is damaged or no archive"),
            (lambda path: path.write_bytes(gzip.compress(random.Random(1).randbytes(5000))[:3000]), "is damaged or no archive"),
            (lambda path: path.write_bytes(zipped("a.csv", "b.csv")), "holds 2 files, not one"),
            (lambda path: path.write_bytes(zipped()), "holds 0 files, not one"),
        ],
        ids=["missing", "folder", "no zip", "half a gzip", "two files", "none"],
    )  # fmt: skip
    def test_a_file_that_does_not_open(self, tmp_path: Path, make: object, part: str) -> None:
        path = tmp_path / "export.csv"
        make(path)  # type: ignore[operator]
        with pytest.raises(BadInput, match=part):
            read_file(path, mapped())

    def test_a_damaged_member_of_a_zip(self, tmp_path: Path) -> None:
        content = bytearray(zipped("a.csv"))
        content[40] ^= 0xFF
        assert "damaged" in refusal(tmp_path, bytes(content))

    @given(st.binary(max_size=400))
    def test_any_bytes_are_tickets_or_a_sentence(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        path = tmp_path_factory.getbasetemp() / "any.csv"
        for body in (content, HEADER.encode() + content, b"[" + content, b"{" + content):
            path.write_bytes(body)
            with suppress(BadInput):
                list(read_file(path, mapped()).records())


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for name in names:
            bundle.writestr(name, HEADER + GOOD)
    return out.getvalue()


class TestColumns:
    """Columns are found by name, by place, or by the how-manieth of a name."""

    def test_doubled_headers_are_told_apart(self, tmp_path: Path) -> None:
        mapping = TICKETS + 'category = "Topic"\ntags = ["Topic.2", "#7"]\n'
        content = "Id,Opened,Solved,Subject,Topic,Topic,\n1,2026-11-02 08:00,,x,first,second,third\n"
        ticket = tickets(read(tmp_path, content, mapping))["1"]
        assert (ticket.category, ticket.tags) == ("first", ("second", "third"))

    def test_null_words_are_null_everywhere(self, tmp_path: Path) -> None:
        mapping = TICKETS.replace("[columns]", 'nulls = ["?", "n/a"]\n[columns]')
        ticket = tickets(read(tmp_path, HEADER + "1,2026-11-02 08:00,?, n/a \n", mapping))["1"]
        assert (ticket.subject, ticket.status) == ("", Status.NEW)

    def test_ids_stay_as_they_are_written(self, tmp_path: Path) -> None:
        assert list(tickets(read(tmp_path, HEADER + "0000045,2026-11-02 08:00,,x\n"))) == ["0000045"]

    def test_facts_are_kept_beside_the_ticket(self, tmp_path: Path) -> None:
        content = "Id,Opened,Solved,Subject,R,S\n1,2026-11-02 08:00,,x,3,a lot\n"
        reading = read(tmp_path, content, TICKETS + '[facts]\nreopens = "R"\nsize = "S"\n')
        assert tickets(reading)["1"].desk_facts == {"reopens": 3, "size": "a lot"}

    @pytest.mark.parametrize(("column", "expected"), [("handled_minutes", 90), ("handled_seconds", 2)])
    def test_time_handled_has_its_unit(self, tmp_path: Path, column: str, expected: int) -> None:
        content = "Id,Opened,Solved,Subject,Spent\n1,2026-11-02 08:00,,x,1.5\n"
        assert tickets(read(tmp_path, content, TICKETS + f'{column} = "Spent"\n'))["1"].handled_s == expected

    @pytest.mark.parametrize("spent", ["-1", "1e12", "soon"])
    def test_absurd_time_handled_is_a_bad_line(self, tmp_path: Path, spent: str) -> None:
        content = f"Id,Opened,Solved,Subject,Spent\n1,2026-11-02 08:00,,x,{spent}\n"
        assert "line 2:" in refusal(tmp_path, content, TICKETS + 'handled_seconds = "Spent"\n')


class TestStamps:
    """A stamp means one instant, or it is refused."""

    @pytest.mark.parametrize(
        ("text", "form", "zone", "expected"),
        [
            ("2026-11-02T08:00:00Z", "iso", None, at(2, 8)),
            ("2026-11-02 08:00+05:30", "iso", None, at(2, 2, 30)),
            ("2026-11-02", "iso", "Europe/Berlin", at(1, 23)),
            ("2/11/2026 08:00", "%d/%m/%Y %H:%M", "UTC", at(2, 8)),
            ("11/02/2026 08:00 PM", "%m/%d/%Y %I:%M %p", "UTC", at(2, 20)),
            ("02 Nov 2026 08:00 +0100", "%d %b %Y %H:%M %z", None, at(2, 7)),
            ("20261102080000", "%Y%m%d%H%M%S", "UTC", at(2, 8)),
            ("2026-11-02T08:00", "iso", "America/New_York", at(2, 13)),
        ],
        ids=str,
    )  # fmt: skip
    def test_forms_and_zones(self, text: str, form: str, zone: str | None, expected: datetime) -> None:
        assert stamps(form, zone=zone).read(text) == expected

    def test_forms_are_tried_in_turn(self) -> None:
        both = stamps("%d.%m.%Y %H:%M", "iso")
        assert both.read("02.11.2026 08:00") == both.read("2026-11-02T08:00") == at(2, 8)

    def test_a_stamp_without_a_zone_is_refused_when_none_is_named(self) -> None:
        with pytest.raises(BadStamp, match="set `zone`"):
            stamps("iso", zone=None).read("2026-11-02 08:00")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
            ("2026-03-29 02:30", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ],
        ids=["shown twice", "never shown"],
    )  # fmt: skip
    def test_hours_when_clocks_change_take_the_first_instant_and_are_counted(self, text: str, expected: datetime) -> None:
        berlin = stamps("iso", zone="Europe/Berlin")
        assert berlin.read(text) == expected
        assert berlin.uncertain == {text}
        assert not stamps("iso").uncertain

    @given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 12, 30)))  # noqa: DTZ001
    def test_plain_digits_mean_what_strptime_says(self, wall: datetime) -> None:
        form = "%d/%m/%Y %H:%M:%S"
        text = wall.strftime("%d/%m/") + f"{wall.year:04}" + wall.strftime(" %H:%M:%S")
        assert stamps(form).read(text) == datetime.strptime(text, form).replace(tzinfo=UTC)

    @pytest.mark.parametrize("text", ["31/02/2026 10:00", "1/1/26 10:00", "01/01/2026 24:00", "1/1/2026", "١/١/٢٠٢٦ 10:00"])
    def test_what_is_no_date_is_refused(self, text: str) -> None:
        with pytest.raises(BadStamp, match="no date as in"):
            stamps("%d/%m/%Y %H:%M").read(text)


def stamps(*forms: str, zone: str | None = "UTC") -> Stamps:
    return Stamps(forms, ZoneInfo(zone) if zone else None)


class TestImporting:
    """The same file again changes nothing; a pull broken off goes on."""

    def ask(self, path: Path, cursor: Cursor | None = None) -> list[Page]:
        settings = {"path": str(path), "map": str(path.with_suffix(".toml"))}
        return list(CSV.pull(Pull(settings=settings, stream="tickets", cursor=cursor, now=NOW)))

    def big(self, folder: Path, count: int = 2500) -> Path:
        rows = "".join(f"{n},{at(2, 8) + timedelta(minutes=n):%Y-%m-%d %H:%M},,Hello\n" for n in range(count))
        (folder / "big.csv").write_text(HEADER + rows)
        (folder / "big.toml").write_text(TICKETS)
        return folder / "big.csv"

    def test_pages_add_up_and_only_the_last_one_is_the_end(self, tmp_path: Path) -> None:
        told = self.ask(self.big(tmp_path))
        assert [page.more for page in told] == [True, True, False]
        assert sum(len(page.records) for page in told) == 5000
        assert [page.covered_until is None for page in told] == [True, True, False]

    def test_the_same_file_again_is_one_empty_page(self, tmp_path: Path) -> None:
        path = self.big(tmp_path)
        last = self.ask(path)[-1]
        (again,) = self.ask(path, last.cursor)
        assert (again.records, again.more, again.cursor) == ((), False, last.cursor)

    def test_a_pull_broken_off_goes_on_with_the_next_ticket(self, tmp_path: Path) -> None:
        path = self.big(tmp_path)
        whole = self.ask(path)
        rest = self.ask(path, whole[0].cursor)
        assert records(rest) == records(whole[1:])

    def test_a_changed_file_or_mapping_is_read_from_its_start(self, tmp_path: Path) -> None:
        path = self.big(tmp_path)
        last = self.ask(path)[-1]
        (tmp_path / "big.toml").write_text(TICKETS + 'url = "Subject"\n')
        assert len(records(self.ask(path, last.cursor))) == 5000
        self.big(tmp_path, 10)
        assert len(records(self.ask(path, last.cursor))) == 20

    def test_a_bad_line_at_the_end_stops_the_first_page(self, tmp_path: Path) -> None:
        path = self.big(tmp_path)
        path.write_text(path.read_text() + "broken\n")
        with pytest.raises(BadInput, match="line 2502"):
            self.ask(path)

    def test_settings_that_are_missing_are_named(self) -> None:
        with pytest.raises(BadConfig, match="path and map"):
            list(CSV.pull(Pull(settings={}, stream="tickets", cursor=None, now=NOW)))

    def test_check_says_what_is_wrong_before_anyone_pulls(self, tmp_path: Path) -> None:
        path = self.big(tmp_path)
        settings = {"path": str(path), "map": str(path.with_suffix(".toml"))}
        assert CSV.check(settings)[0].state is StreamState.OK
        path.write_text("Other\n1\n")
        assert CSV.check(settings)[0].state is StreamState.MISSING
        assert "no column 'Id'" in CSV.check(settings)[0].says
        assert CSV.check({})[0].state is StreamState.MISSING

    def test_a_file_that_changes_under_the_reader_is_refused(self, tmp_path: Path) -> None:
        path = self.big(tmp_path)
        reading = read_file(path, mapped())
        path.write_text(HEADER + "not what was checked\n")
        with pytest.raises(BadInput, match="was changed while it was read"):
            list(reading.records())

    def test_a_file_that_is_gone_is_refused(self, tmp_path: Path) -> None:
        reading = read_file(self.big(tmp_path), mapped())
        (tmp_path / "big.csv").unlink()
        with pytest.raises(BadInput, match="was changed"):
            list(reading.records())

    def test_the_records_can_be_read_twice(self, tmp_path: Path) -> None:
        reading = read_file(self.big(tmp_path), mapped())
        assert list(reading.records()) == list(reading.records())
        assert records(list(pages(reading))) == list(reading.records())


def records(told: Sequence[Page]) -> list[Record]:
    return [record for page in told for record in page.records]


class TestDryRun:
    """A dry run says what an import would do, bad lines and all."""

    def test_it_reports_instead_of_refusing(self, tmp_path: Path) -> None:
        path = tmp_path / "export.csv"
        path.write_bytes((HEADER.replace(",", ";") + GOOD.replace(",", ";") + "2;soon;;Größe\n" * 7).encode("cp1252"))
        report = dry_run(path, mapped())
        text = "\n".join(report.lines())
        assert (report.rows, report.ticket_count, report.bad_lines, len(report.problems)) == (8, 1, 7, 5)
        assert "export.csv: CSV, cp1252, 4 columns separated by semicolons." in text
        assert "8 rows, 1 tickets, 2026-11-02 to 2026-11-02." in text
        assert "Bad: line 3: Opened is 'soon', no date as in iso." in text
        assert "And 2 more bad lines." in text
        assert "Windows-1252" in text

    def test_it_counts_what_is_not_mapped(self, tmp_path: Path) -> None:
        path = tmp_path / "export.csv"
        path.write_text("Id,Opened,Solved,Subject,Via\n1,2026-11-02 08:00,,x,pigeon\n2,2026-11-02 08:00,,x,pigeon\n")
        report = dry_run(path, mapped(TICKETS + 'channel = "Via"\n[channel]\ndefault = "other"\n'))
        assert "channel: 2 cells not mapped (pigeon)." in report.lines()

    def test_a_customers_words_are_not_repeated(self, tmp_path: Path) -> None:
        path = tmp_path / "export.csv"
        path.write_text(HEADER + "1,soon,,my secret is hunter2\n")
        assert "hunter2" not in "\n".join(dry_run(path, mapped()).lines())
