"""The mapping file: which column of an export means what, in TOML, with everything wrong in it named at once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import zone
from bot.desks.mapping_faults import Faults
from bot.errors import BadConfig, UnknownZone
from bot.store.words import Channel, Metric, Status, SurveyKind

ISO = "iso"
REFUSE = "refuse"
UNCHANGED = "unchanged"
NONE = "none"

TOP_KEYS = (
    "rows", "order", "zone", "dates", "nulls", "url", "encoding", "delimiter", "tags_separator", "bots",
    "columns", "names", "status", "priority", "channel", "sla", "rating", "facts",
)  # fmt: skip
COLUMNS = (
    "id", "created_at", "updated_at", "status", "priority", "channel", "category", "subject", "tags", "url",
    "team", "team_name", "agent", "agent_name", "agent_email",
    "customer", "customer_name", "customer_email", "organisation", "language", "handled_seconds", "handled_minutes",
)  # fmt: skip
ONLY_TICKETS = ("first_reply_at", "solved_at", "closed_at")
ONLY_EVENTS = ("sequence",)


class Rows(StrEnum):
    """What one row of the file is."""

    TICKET = "ticket"
    EVENT = "event"


class Order(StrEnum):
    """Which of a ticket's rows comes first: the one with the earlier instant, or the one that stands higher in the file."""

    TIME = "time"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the words of a column mean; keys are casefolded. `default` holds for all others, or refuses them."""

    values: Mapping[str, str]
    default: str = REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaColumn:
    """A flag that says whether a promise was kept."""

    column: str
    kept: frozenset[str]
    broken: frozenset[str]
    metric: Metric = Metric.RESOLUTION


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingColumns:
    """A rating in a row: on which scale, and where score, comment and instant stand."""

    survey: SurveyKind
    scale: str
    score: str
    comment: str | None = None
    answered_at: str | None = None
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """How to read a file. `columns` maps our fields to header names, `#5` to the fifth column; `names` are templates such
    as "Group {id}" for people who are only numbers; `facts` are columns kept beside a ticket for cross-checks."""

    rows: Rows
    columns: Mapping[str, tuple[str, ...]]
    order: Order = Order.TIME
    zone: ZoneInfo | None = None
    dates: tuple[str, ...] = (ISO,)
    nulls: frozenset[str] = frozenset()
    url: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    tags_separator: str | None = None
    bots: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    status: Words
    priority: Words
    channel: Words
    sla: SlaColumn | None = None
    ratings: tuple[RatingColumns, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    def wanted(self) -> tuple[str, ...]:
        """Every column the mapping names, each once."""
        named = [name for names in self.columns.values() for name in names]
        named += [self.sla.column] if self.sla else []
        for rating in self.ratings:
            named += [name for name in (rating.score, rating.comment, rating.answered_at) if name]
        return tuple(dict.fromkeys([*named, *self.facts.values()]))


def read_mapping(path: Path) -> FileMapping:
    """The mapping in a TOML file. Raises BadConfig naming everything that is wrong with it."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            f"The mapping file {path.name} cannot be read: {_reason(error)}.",
            next_step="Give the path of a TOML file in UTF-8; docs/examples holds some to start from.",
        ) from error
    return parse_mapping(text, path.name)


def parse_mapping(text: str, name: str) -> FileMapping:
    """The mapping in a TOML text. Raises BadConfig naming everything that is wrong with it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"The mapping file {name} is not TOML: {error}.", next_step="Mend that line and try again.") from error
    faults = Faults()
    mapping = _mapping(table, faults)
    if faults.found or mapping is None:
        count = len(faults.found)
        raise BadConfig(
            f"The mapping file {name} has {count} mistake{'s' if count > 1 else ''}: " + "; ".join(faults.found) + ".",
            next_step="Mend them and try again; docs/examples holds mappings to start from.",
        )
    return mapping


def _mapping(table: Mapping[str, Any], faults: Faults) -> FileMapping | None:
    faults.keys(table, TOP_KEYS, "")
    rows = faults.word(table, "rows", tuple(Rows), "", required=True)
    columns = _columns(faults.table(table, "columns", required=True), rows, faults)
    order = faults.word(table, "order", tuple(Order), "") or Order.TIME
    delimiter = faults.text(table, "delimiter", "")
    if delimiter is not None and len(delimiter) != 1:
        faults.add("delimiter must be one character")
    found = FileMapping(
        rows=Rows(rows or Rows.TICKET),
        columns=columns,
        order=Order(order),
        zone=_zone(faults.text(table, "zone", ""), faults),
        dates=faults.texts(table, "dates", "") or (ISO,),
        nulls=frozenset(faults.texts(table, "nulls", "")),
        url=_template(faults.text(table, "url", ""), "url", faults),
        encoding=_encoding(faults.text(table, "encoding", ""), faults),
        delimiter=delimiter,
        tags_separator=faults.text(table, "tags_separator", ""),
        bots=frozenset(faults.texts(table, "bots", "")),
        names=_names(faults.table(table, "names"), faults),
        status=_words(table, "status", {status: status for status in Status}, (UNCHANGED,) if rows == Rows.EVENT else (), faults),
        priority=_words(table, "priority", {str(rank): str(rank) for rank in range(1, 5)}, (NONE,), faults),
        channel=_words(table, "channel", {channel: channel for channel in Channel}, (), faults),
        sla=_sla(faults.table(table, "sla"), faults),
        ratings=_ratings(table, faults),
        facts=faults.texts_by_key(faults.table(table, "facts"), "facts"),
        fingerprint=sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest(),
    )
    _needed(found, faults)
    return None if faults.found else found


def _columns(table: Mapping[str, Any], rows: str | None, faults: Faults) -> dict[str, tuple[str, ...]]:
    only = {Rows.TICKET: ONLY_TICKETS, Rows.EVENT: ONLY_EVENTS}
    allowed = (*COLUMNS, *(only[Rows(rows)] if rows else (*ONLY_TICKETS, *ONLY_EVENTS)))
    faults.keys(table, allowed, "columns")
    found: dict[str, tuple[str, ...]] = {}
    for key in allowed:
        if key == "tags":
            found[key] = faults.texts(table, key, "columns")
        elif (name := faults.text(table, key, "columns")) is not None:
            found[key] = (name,)
    return {key: names for key, names in found.items() if names}


def _needed(mapping: FileMapping, faults: Faults) -> None:
    needed = ["id", "created_at"] + (["updated_at", "status"] if mapping.rows is Rows.EVENT else [])
    for key in needed:
        if key not in mapping.columns:
            faults.add(f"columns.{key} is missing: say which column holds it")
    if "handled_seconds" in mapping.columns and "handled_minutes" in mapping.columns:
        faults.add("columns.handled_seconds and columns.handled_minutes cannot both be given")
    if mapping.rows is Rows.EVENT and mapping.ratings:
        faults.add('rating needs rows = "ticket": a log would tell the same rating many times')
    if mapping.rows is Rows.TICKET and mapping.order is Order.FILE:
        faults.add('order needs rows = "event"')


def _words(table: Mapping[str, Any], key: str, own: Mapping[str, str], special: tuple[str, ...], faults: Faults) -> Words:
    """The words of one section; without one, the column must hold our own words."""
    section = faults.table(table, key)
    faults.keys(section, ("values", "default"), key)
    allowed = (*own.values(), *special)
    values = {**{word.casefold(): meaning for word, meaning in own.items()}} if not section else {}
    for word, meaning in faults.table(section, "values", f"{key}.").items():
        if str(meaning) in allowed and not isinstance(meaning, bool):
            values[word.strip().casefold()] = str(meaning)
        else:
            faults.add(f"{key}.values.{word} is {meaning!r}{faults.nearest(str(meaning), allowed)}")
    return Words(values=values, default=faults.word(section, "default", (*allowed, REFUSE), key) or REFUSE)


def _sla(table: Mapping[str, Any], faults: Faults) -> SlaColumn | None:
    if not table:
        return None
    faults.keys(table, ("column", "kept", "broken", "metric"), "sla")
    column = faults.text(table, "column", "sla", required=True)
    kept, broken = faults.texts(table, "kept", "sla", required=True), faults.texts(table, "broken", "sla", required=True)
    metric = faults.word(table, "metric", tuple(Metric), "sla") or Metric.RESOLUTION
    return SlaColumn(
        column=column or "",
        kept=frozenset(word.casefold() for word in kept),
        broken=frozenset(word.casefold() for word in broken),
        metric=Metric(metric),
    )


def _ratings(table: Mapping[str, Any], faults: Faults) -> tuple[RatingColumns, ...]:
    found = []
    for section in faults.tables(table, "rating"):
        faults.keys(section, ("scale", "score", "comment", "answered_at", "values"), "rating")
        scale, score = (faults.text(section, key, "rating", required=True) or "" for key in ("scale", "score"))
        survey = scale.partition("-")[0]
        if scale and survey not in tuple(SurveyKind):
            faults.add(f"rating.scale is {scale!r}; it begins with csat-, ces- or nps-, such as csat-1-5")
            continue
        values = faults.table(section, "values", "rating.")
        for word in [word for word, worth in values.items() if type(worth) is not int]:
            faults.add(f"rating.values.{word} must be a whole number")
        found.append(
            RatingColumns(
                survey=SurveyKind(survey or "csat"),
                scale=scale,
                score=score,
                comment=faults.text(section, "comment", "rating"),
                answered_at=faults.text(section, "answered_at", "rating"),
                values={word.casefold(): worth for word, worth in values.items() if type(worth) is int},
            )
        )
    return tuple(found)


def _names(table: Mapping[str, Any], faults: Faults) -> dict[str, str]:
    faults.keys(table, ("team", "agent", "customer", "category", "tag"), "names")
    named = faults.texts_by_key(table, "names")
    return {key: template for key, template in named.items() if _template(template, f"names.{key}", faults)}


def _template(template: str | None, key: str, faults: Faults) -> str | None:
    if template is not None and "{id}" not in template:
        faults.add(f"{key} must hold {{id}} where the cell's text goes")
    return template


def _zone(name: str | None, faults: Faults) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return zone(name)
    except UnknownZone as error:
        faults.add(f"zone: {error.sentence()}")
        return None


def _encoding(name: str | None, faults: Faults) -> str | None:
    try:
        "".encode(name or "utf-8")
    except LookupError:
        faults.add(f"encoding is {name!r}, which is none; try utf-8, cp1252 or utf-16")
    return name


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "it does not open" if isinstance(error, OSError) else "it is not UTF-8"
