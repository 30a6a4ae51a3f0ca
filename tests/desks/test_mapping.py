"""The mapping file: everything wrong with it is said at once, with the word that was probably meant."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desks.mapping import ISO, REFUSE, UNCHANGED, FileMapping, Order, Rows, parse_mapping, read_mapping
from bot.errors import BadConfig, BadInput
from bot.store.words import Metric, Status, SurveyKind

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
LEAST = """
rows = "ticket"
[columns]
id = "Id"
created_at = "Opened"
"""


def refusal(text: str) -> str:
    with pytest.raises(BadConfig) as caught:
        parse_mapping(text, "map.toml")
    assert caught.value.next_step
    return caught.value.sentence()


def test_two_columns_are_enough() -> None:
    mapping = parse_mapping(LEAST, "map.toml")
    assert mapping.rows is Rows.TICKET
    assert mapping.columns == {"id": ("Id",), "created_at": ("Opened",)}
    assert (mapping.dates, mapping.zone, mapping.order) == ((ISO,), None, Order.TIME)


def test_without_a_word_map_the_file_must_speak_our_words() -> None:
    mapping = parse_mapping(LEAST, "map.toml")
    assert mapping.status.values["solved"] == Status.SOLVED
    assert mapping.priority.values == {"1": "1", "2": "2", "3": "3", "4": "4"}
    assert mapping.status.default == mapping.priority.default == mapping.channel.default == REFUSE


def test_with_a_word_map_only_its_words_count() -> None:
    mapping = parse_mapping(LEAST + '[status]\ndefault = "open"\n[status.values]\n" Fertig " = "solved"\n', "map.toml")
    assert mapping.status.values == {"fertig": "solved"}
    assert mapping.status.default == "open"


def test_a_priority_may_be_written_as_a_number() -> None:
    assert parse_mapping(LEAST + '[priority.values]\n"P1" = 1\n"P4" = "4"\n', "m").priority.values == {"p1": "1", "p4": "4"}


@pytest.mark.parametrize(("name", "rows"), [("uci-servicenow.toml", Rows.EVENT), ("tickets.toml", Rows.TICKET)])
def test_the_examples_are_right(name: str, rows: Rows) -> None:
    assert read_mapping(EXAMPLES / name).rows is rows


def test_the_example_for_servicenow_reads_its_second_category_and_its_own_order() -> None:
    mapping = read_mapping(EXAMPLES / "uci-servicenow.toml")
    assert mapping.columns["tags"] == ("category.2",)
    assert mapping.status.values["-100"] == UNCHANGED
    assert mapping.zone == ZoneInfo("UTC")
    assert mapping.order is Order.FILE
    assert mapping.sla
    assert mapping.sla.metric is Metric.RESOLUTION
    assert {"resolved_at", "closed_at"}.isdisjoint(mapping.wanted())


def test_all_mistakes_are_named_at_once() -> None:
    told = refusal("""
        rows = "tickets"
        zone = "Europe/Berlinn"
        delimeter = ";"
        url = "https://desk.example.com/"
        nulls = [1]
        encoding = "klingon"
        [columns]
        idd = "Id"
        created_at = 7
        [status.values]
        "New" = "opened"
        [priority.values]
        "P1" = 5
        [sla]
        column = "ok"
        [[rating]]
        scale = "stars-5"
        score = "Stars"
        [names]
        teem = "Team {id}"
        agent = "Somebody"
        """)
    for part in (
        "did you mean ticket?", "Europe/Berlin", "did you mean delimiter?", "url must hold {id}",
        "nulls must be a text or a list of texts",
        "encoding is 'klingon'", "did you mean id?", "columns.created_at must be a text", "did you mean open?",
        "priority.values.P1 is 5", "sla.kept is missing", "sla.broken is missing", "it begins with csat-, ces- or nps-",
        "names.teem is no key", "names.agent must hold {id}", "columns.id is missing",
    ):  # fmt: skip
        assert part in told, part
    assert "has 17 mistakes" in told


def test_one_mistake_is_one() -> None:
    assert "has 1 mistake:" in refusal(LEAST + "subject = 3\n")


def test_a_log_needs_the_instant_and_the_state_of_each_row() -> None:
    told = refusal(LEAST.replace('"ticket"', '"event"'))
    assert "columns.updated_at is missing" in told
    assert "columns.status is missing" in told


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        ("handled_seconds = 's'\nhandled_minutes = 'm'\n", "cannot both be given"),
        ("sequence = 'n'\n", "columns.sequence is no key"),
        ("[status.values]\nx = 'unchanged'\n", "status.values.x is 'unchanged'"),
        ("[status.values]\nx = true\n", "status.values.x is True"),
        ("[status]\nwhatever = 1\n", "status.whatever is no key"),
        ("[status]\nvalues = 3\n", "status.values must be a table"),
        ("[rating]\nscale = 'csat-1-5'\n", "rating.score is missing"),
        ("[rating]\nscale = 'csat-1-5'\nscore = 's'\nvalues = {good = 'x'}\n", "rating.values.good must be a whole number"),
        ("[facts]\nreopens = 4\n", "facts.reopens must be a text"),
        ("[sla]\ncolumn = 'ok'\nkept = ['y']\nbroken = ['n']\nmetric = 'resolutoin'\n", "did you mean resolution?"),
    ],
)  # fmt: skip
def test_each_rule_is_said(extra: str, part: str) -> None:
    assert part in refusal(LEAST + extra)


@pytest.mark.parametrize("text", ["order = 'file'\n", "delimiter = ';;'\n", "columns = 4\nrows = 'ticket'\n"])
def test_rules_of_the_top(text: str) -> None:
    body = text if "columns" in text else text + LEAST
    assert "has 1 mistake" in refusal(body) or "columns must be a table" in refusal(body)


def test_ratings_may_be_one_or_several() -> None:
    one = parse_mapping(LEAST + "[rating]\nscale = 'nps-0-10'\nscore = 'Likely'\n", "m")
    two = parse_mapping(
        LEAST + "[[rating]]\nscale = 'csat-good-bad'\nscore = 'S'\nvalues = {Good = 1, bad = 0}\n"
        "[[rating]]\nscale = 'ces-1-7'\nscore = 'E'\n",
        "m",
    )
    assert [rating.survey for rating in one.ratings] == [SurveyKind.NPS]
    assert [rating.survey for rating in two.ratings] == [SurveyKind.CSAT, SurveyKind.CES]
    assert two.ratings[0].values == {"good": 1, "bad": 0}


def test_the_fingerprint_ignores_comments_and_changes_with_meaning() -> None:
    first = parse_mapping(LEAST, "m").fingerprint
    assert parse_mapping("# a comment\n" + LEAST, "other").fingerprint == first
    assert parse_mapping(LEAST.replace("Opened", "Created"), "m").fingerprint != first


@pytest.mark.parametrize("content", [b"rows = ", b'rows = "ticket"\nrows = "event"\n', b"\xff\xfe\x00", b"\0"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(content)
    with pytest.raises(BadConfig, match=r"map\.toml"):
        read_mapping(path)


def test_a_missing_mapping_and_a_folder_are_bad_input_too(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            read_mapping(path)


def test_a_mark_at_the_start_of_the_file_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(LEAST, "utf-8-sig")
    assert read_mapping(path) == parse_mapping(LEAST, "map.toml")


def test_every_wanted_column_is_named_once() -> None:
    mapping = parse_mapping(
        LEAST
        + "agent = 'A'\nagent_email = 'A'\ntags = ['T', 'A']\n[facts]\nreopens = 'R'\n[rating]\nscale='csat-1-5'\nscore='S'\n",
        "m",
    )
    assert isinstance(mapping, FileMapping)
    assert sorted(mapping.wanted()) == ["A", "Id", "Opened", "R", "S", "T"]
