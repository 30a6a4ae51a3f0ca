"""From the cells of a row to typed values: instants, words of our own, numbers; every cell that cannot be read says why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.desks.csv_rows import Cells
from bot.desks.csv_stamps import BadStamp, Stamps
from bot.desks.mapping import NONE, REFUSE, UNCHANGED, FileMapping, RatingColumns, Words
from bot.store.words import Channel, Status

LONGEST_ID = 200
MOST_REMEMBERED = 50_000
ABSENT = -1


class Unreadable(ValueError):
    """A cell that is not what the mapping says; the text names it and what was expected."""


class Score(NamedTuple):
    """A rating as it stands in a row."""

    rating: RatingColumns
    score: int
    comment: str | None
    answered_at: datetime | None


class Row(NamedTuple):
    """One row, typed. `at` is the instant of an event row, else when the ticket was last changed, where that is known."""

    line: int
    ticket: str
    created_at: datetime
    at: datetime | None
    status: Status | None
    status_raw: str | None
    priority: int | None
    channel: Channel
    category: str | None
    tags: tuple[str, ...]
    texts: Mapping[str, str]
    handled_s: int | None
    kept: bool | None
    sequence: float | None
    instants: Mapping[str, datetime]
    scores: tuple[Score, ...]
    facts: Mapping[str, str]


TEXTS = (
    "subject", "url", "team", "team_name", "agent", "agent_name", "agent_email",
    "customer", "customer_name", "customer_email", "organisation", "language",
)  # fmt: skip
INSTANTS = ("first_reply_at", "solved_at", "closed_at")


class RowReader:
    """Reads rows by one mapping, and counts the words nobody mapped. What a word means is looked up once."""

    def __init__(self, mapping: FileMapping, stamps: Stamps | None = None) -> None:
        self.mapping = mapping
        self.stamps = stamps or Stamps(mapping.dates, mapping.zone)
        self.unmapped: dict[str, Counter[str]] = {}
        self._nulls = mapping.nulls | {""}
        self._places = {name: place for place, name in enumerate(mapping.wanted())}
        columns = {key: self._places[names[0]] for key, names in mapping.columns.items()}
        self._columns = columns
        self._id, self._created, self._updated = columns["id"], columns["created_at"], columns.get("updated_at", ABSENT)
        self._status_at, self._priority_at = columns.get("status", ABSENT), columns.get("priority", ABSENT)
        self._channel_at, self._category_at = columns.get("channel", ABSENT), columns.get("category", ABSENT)
        self._texts = tuple((key, columns[key]) for key in TEXTS if key in columns)
        self._instants = tuple((key, columns[key]) for key in INSTANTS if key in columns)
        self._tags = tuple(self._places[name] for name in mapping.columns.get("tags", ()))
        self._facts = tuple((key, self._places[column]) for key, column in mapping.facts.items())
        self._kept_at = self._places[mapping.sla.column] if mapping.sla else ABSENT
        self._meant: dict[tuple[str, str], str] = {}
        self._tagged: dict[tuple[str | None, ...], tuple[str, ...]] = {}

    def row(self, line: int, cells: Cells) -> Row:
        """Raises Unreadable for the first cell that cannot be read."""
        nulls = self._nulls
        got = [None if cell is None or (bare := cell.strip()) in nulls else bare for cell in cells]
        got.append(None)  # where columns the mapping does not name are looked up
        created_at, status_raw = self._instant(got[self._created], "created_at"), got[self._status_at]
        if created_at is None:
            raise Unreadable(f"{self.mapping.columns['created_at'][0]} is empty")
        category = got[self._category_at]
        return Row(
            line=line,
            ticket=_id(got[self._id]),
            created_at=created_at,
            at=self._instant(got[self._updated], "updated_at"),
            status=self._status(status_raw),
            status_raw=status_raw,
            priority=self._priority(got[self._priority_at]),
            channel=self._channel(got[self._channel_at]),
            category=None if category is None else self._named("category", category),
            tags=self._tags_of(got) if self._tags else (),
            texts={key: text for key, place in self._texts if (text := got[place]) is not None},
            handled_s=self._handled(got),
            kept=self._kept(got[self._kept_at]),
            sequence=self._number(got, "sequence"),
            instants={key: at for key, place in self._instants if (at := self._instant(got[place], key))},
            scores=self._scores(got) if self.mapping.ratings else (),
            facts={key: cell for key, place in self._facts if (cell := got[place]) is not None},
        )

    def _instant(self, text: str | None, key: str) -> datetime | None:
        return None if text is None else self._stamp(text, self.mapping.columns[key][0])

    def _stamp(self, text: str, column: str) -> datetime:
        try:
            return self.stamps.read(text)
        except BadStamp as error:
            raise Unreadable(f"{column} is {_shown(text)}, {error}") from error

    def _status(self, text: str | None) -> Status | None:
        word = None if text is None else self._word("status", text, self.mapping.status)
        return None if word is None or word == UNCHANGED else STATUSES[word]

    def _priority(self, text: str | None) -> int | None:
        word = None if text is None else self._word("priority", text, self.mapping.priority)
        return None if word is None or word == NONE else int(word)

    def _channel(self, text: str | None) -> Channel:
        return Channel.OTHER if text is None else CHANNELS[self._word("channel", text, self.mapping.channel)]

    def _word(self, key: str, text: str, words: Words) -> str:
        meant = self._meant.get((key, text))
        return meant if meant is not None else self._look_up(key, text, words)

    def _look_up(self, key: str, text: str, words: Words) -> str:
        """Raises Unreadable for a word that is not mapped where there is no default. Unmapped words are counted, each time."""
        word = words.values.get(text.casefold())
        if word is None and words.default == REFUSE:
            raise Unreadable(f"{self.mapping.columns[key][0]} is {_shown(text)}, which [{key}] does not map")
        if word is None or word == UNCHANGED:
            self.unmapped.setdefault(key, Counter())[text] += 1
            return word or words.default
        self._meant[key, text] = word
        return word

    def _named(self, key: str, text: str) -> str:
        template = self.mapping.names.get(key)
        return text if template is None else template.replace("{id}", text)

    def _tags_of(self, got: Sequence[str | None]) -> tuple[str, ...]:
        cells = tuple([got[place] for place in self._tags])
        tags = self._tagged.get(cells)
        if tags is None:
            separator = self.mapping.tags_separator
            parts = [part.strip() for cell in cells if cell for part in (cell.split(separator) if separator else [cell])]
            tags = tuple(dict.fromkeys(self._named("tag", part) for part in parts if part))
            if len(self._tagged) >= MOST_REMEMBERED:
                self._tagged.clear()
            self._tagged[cells] = tags
        return tags

    def _handled(self, got: Sequence[str | None]) -> int | None:
        seconds, minutes = self._number(got, "handled_seconds"), self._number(got, "handled_minutes")
        worked = seconds if minutes is None else minutes * 60
        if worked is None:
            return None
        if not 0 <= worked < 1 << 31:
            raise Unreadable("the time handled is negative or absurd")
        return round(worked)

    def _number(self, got: Sequence[str | None], key: str) -> float | None:
        text = got[self._columns.get(key, ABSENT)]
        return None if text is None else _number(text, self.mapping.columns[key][0])

    def _kept(self, text: str | None) -> bool | None:
        sla = self.mapping.sla
        if sla is None or text is None:
            return None
        word = text.casefold()
        if word not in sla.kept and word not in sla.broken:
            raise Unreadable(f"{sla.column} is {_shown(text)}, which is neither in sla.kept nor in sla.broken")
        return word in sla.kept

    def _scores(self, got: Sequence[str | None]) -> tuple[Score, ...]:
        return tuple(self._scored(got, rating) for rating in self.mapping.ratings if got[self._places[rating.score]] is not None)

    def _scored(self, got: Sequence[str | None], rating: RatingColumns) -> Score:
        score, comment, at = (
            got[self._places[name]] if name else None for name in (rating.score, rating.comment, rating.answered_at)
        )
        answered_at = self._stamp(at, rating.answered_at or "") if at else None
        return Score(rating, _score(score or "", rating), comment, answered_at)


STATUSES = {status.value: status for status in Status}
CHANNELS = {channel.value: channel for channel in Channel}


def _id(text: str | None) -> str:
    if text is None:
        raise Unreadable("the id is empty")
    if len(text) > LONGEST_ID:
        raise Unreadable(f"the id is longer than {LONGEST_ID} characters")
    return text


def _number(text: str, column: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e15:
        raise Unreadable(f"{column} is {_shown(text)}, no number")
    return number


def _score(text: str, rating: RatingColumns) -> int:
    if rating.values:
        if text.casefold() not in rating.values:
            raise Unreadable(f"{rating.score} is {_shown(text)}, which rating.values does not map")
        return rating.values[text.casefold()]
    score = _number(text, rating.score)
    bounds = re.search(r"-(\d+)-(\d+)$", rating.scale)
    if score != int(score) or (bounds and not int(bounds[1]) <= score <= int(bounds[2])):
        raise Unreadable(f"{rating.score} is {_shown(text)}, no score of {rating.scale}")
    return int(score)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
