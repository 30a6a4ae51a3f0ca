"""Keeps ratings given in the help desk as survey answers, each on the scale it was given on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Update, and_, bindparam, exists, or_, update

from bot.errors import BadInput
from bot.store.changes import Row, add_missing, chunks, keyed, stored_rows, write
from bot.store.columns import seconds
from bot.store.people import People
from bot.store.records import RatingRecord
from bot.store.sifting import Sifted, newest, tidy_or_none
from bot.store.tables import AnswerHistory, SurveyAnswer
from bot.store.words import Box

ANSWERS = keyed(SurveyAnswer, "source", "external_id", ours=("superseded",))
HISTORY = keyed(AnswerHistory, "source", "external_id", "order_key")
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The range and direction of the scale an answer was given on, and the box its score falls in."""

    scale_min: int
    scale_max: int
    direction: str
    box: Box


def _latest() -> Update:
    answer, later = ANSWERS.plain.c, ANSWERS.plain.alias("later")
    after = or_(later.c.answered_at > answer.answered_at, and_(later.c.answered_at == answer.answered_at, later.c.id > answer.id))
    same = and_(later.c.ticket_id == answer.ticket_id, later.c.survey == answer.survey, later.c.excluded.is_(None))
    overtaken = exists().where(same, after)
    these = answer.ticket_id.in_(bindparam("tickets", expanding=True))
    of_these = and_(these, answer.excluded.is_(None), answer.superseded != overtaken)
    return update(ANSWERS.plain).where(of_these).values(superseded=overtaken)


LATEST = _latest()


Grader = Callable[[str, int], Grade]
"""From a scale's slug and a score to its grade; raises BadInput for a scale or score that does not exist."""


def store_ratings(
    connection: Connection, source: str, page: Sifted, people: People, ticket_ids: Mapping[str, int], grade: Grader
) -> None:
    """Store the page's ratings. A rating told with an earlier time than the stored one never wins.

    `answered_at` stays that of the first answer, because it decides in which window the rating counts."""
    page.sift_again(RatingRecord, partial(_ungraded, grade))
    rows = [_row(source, one, grade(one.scale, one.score), people, ticket_ids) for one in page.of(RatingRecord)]
    latest = newest(rows, lambda row: row["external_id"], lambda row: row["order_key"])
    stored = stored_rows(connection, ANSWERS, source, latest)
    merged = {name: _after(stored.get(name), row) for name, row in latest.items()}
    changed = [row for name, row in merged.items() if ANSWERS.differs(row, stored.get(name))]
    add_missing(connection, HISTORY, [_history(row) for row in rows])
    write(connection, ANSWERS, [{**row, "superseded": False} for row in changed], newer=("order_key",))
    let_latest_count(connection, {row["ticket_id"] for row in changed} | {stored[n]["ticket_id"] for n in stored})


def let_latest_count(connection: Connection, ticket_ids: Iterable[int | None]) -> None:
    """Of several answers to one survey about one ticket only the one first given last counts."""
    for some in chunks(each for each in ticket_ids if each is not None):
        connection.execute(LATEST, {"tickets": some})


def _ungraded(grade: Grader, rating: RatingRecord) -> str | None:
    try:
        grade(rating.scale, rating.score)
    except BadInput as unknown:
        return unknown.what
    return None


def _row(source: str, rating: RatingRecord, told: Grade, people: People, ticket_ids: Mapping[str, int]) -> Row:
    at = seconds(rating.answered_at)
    return {
        "source": source,
        "external_id": rating.external_id,
        "survey": rating.survey.value,
        "scale": rating.scale,
        "scale_min": told.scale_min,
        "scale_max": told.scale_max,
        "direction": told.direction,
        "score": rating.score,
        "box": told.box.value,
        "ticket_id": ticket_ids.get(rating.ticket or ""),
        "customer_id": people.customers.get(rating.customer or ""),
        "agent_id": people.agents.get(rating.agent or ""),
        "answered_at": at,
        "changed_at": None,
        "order_key": f"{at:012d}",
        "comment": tidy_or_none(rating.comment),
        "excluded": CANCELLED if rating.cancelled else None,
    }


def _after(stored: Row | None, row: Row) -> Row:
    """The row as it shall stand after what is stored; the database refuses it when it is older."""
    if stored is None:
        return row
    first, now = min(stored["answered_at"], row["answered_at"]), row["answered_at"]
    return {**row, "answered_at": first, "changed_at": now if now > first else None}


def _history(row: Row) -> Row:
    names = ("source", "external_id", "order_key", "score")
    return {**{name: row[name] for name in names}, "at": row["answered_at"]}
