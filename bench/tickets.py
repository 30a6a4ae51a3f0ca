"""Made-up tickets as facts, three years of them: the same for the same number, drawn in columns and written in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlmodel import SQLModel

from bot.store.engine import Store
from bot.store.schema import ensure_schema
from bot.store.tables import (
    Agent,
    Customer,
    ReplyFact,
    SlaFact,
    SolveFact,
    StatusSpan,
    SurveyAnswer,
    Team,
    TicketFact,
    TicketTag,
    table_of,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
YEARS_S = 3 * 365 * 86_400
CHANNELS = ("email", "chat", "web", "phone", "social")
CATEGORIES = ("login", "billing", "refund", "delivery", "wi-fi", "printer", "account", "bug", "how-to", "api", "mobile", "other")
TEAMS, AGENTS, CUSTOMERS = 8, 120, 20_000
TARGET_S = 14_400
ROWS = 50_000

Numbers = NDArray[np.int64]
Columns = Mapping[str, NDArray[np.generic]]
Table = tuple[type[SQLModel], Columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The tickets of one draw: what the rows of every table are made of. -1 is no data."""

    ids: Numbers
    created: Numbers
    answered_s: Numbers
    solved_s: Numbers
    agent: Numbers
    team: Numbers
    priority: Numbers
    customer: Numbers
    reopened: NDArray[np.bool_]
    rated: NDArray[np.bool_]
    score: Numbers


def build(store: Store, size: int, until: datetime = NOW) -> None:
    """Fill a new SQLite store with so many tickets as facts, up to an instant, and with the people they are of."""
    ensure_schema(store)
    raw = store.engine.raw_connection()
    try:
        cursor = raw.cursor()
        # Facts alone: the tickets they point to are never asked for here.
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("BEGIN")
        for model, drawn in (*people(), *facts(size, until)):
            columns = _whole(model, drawn)
            names = ", ".join(columns)
            marks = ", ".join("?" for _ in columns)
            lists = [_plain(values) for values in columns.values()]
            cursor.executemany(f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})", list(zip(*lists, strict=True)))
        cursor.execute("COMMIT")
        cursor.execute("PRAGMA optimize")
        cursor.close()
    finally:
        raw.invalidate()


def people() -> Iterator[Table]:
    """Teams, agents and customers by number."""
    for model, name, count in ((Team, "Team", TEAMS), (Agent, "Agent", AGENTS), (Customer, "Customer", CUSTOMERS)):
        ids = np.arange(1, count + 1)
        named = {"id": ids, "source": _same("bench", count), "external_id": ids.astype(str), "name": _numbered(name, ids)}
        yield model, named | ({"role": _same("agent", count)} if model is Agent else {})


def facts(size: int, until: datetime) -> Iterator[Table]:
    """The rows of every fact table, some tens of thousands of tickets at a time."""
    for first in range(0, size, ROWS):
        drawn = _draw(first, min(ROWS, size - first), size, int(until.timestamp()))
        yield TicketFact, _tickets(drawn)
        yield TicketTag, _tags(drawn)
        yield StatusSpan, _spans(drawn)
        yield ReplyFact, _replies(drawn)
        yield SolveFact, _solves(drawn)
        yield SlaFact, _slas(drawn)
        yield SurveyAnswer, _answers(drawn)


def _draw(first: int, count: int, size: int, until: int) -> Drawn:
    """Evenly over three years, busy by day; long tails of waiting; few agents and customers with much, many with little."""
    random = np.random.default_rng((20_261_101, first))
    place = (first + np.sort(random.random(count)) * count) / size
    day, second = np.divmod((place * YEARS_S).astype(np.int64), 86_400)
    created = until - YEARS_S + day * 86_400 + np.clip(8 * 3600 + second // 2, 0, 86_399)
    created = np.minimum(np.sort(created), until - 60)
    answered = np.exp(random.normal(8.2, 1.6, count)).astype(np.int64) + 30
    solved = answered + np.exp(random.normal(10.5, 1.4, count)).astype(np.int64)
    age = until - created
    answered = np.where((answered < age) & (random.random(count) > 0.04), answered, -1)
    agent = np.minimum(random.zipf(1.3, count), 10**6) % AGENTS + 1
    return Drawn(
        ids=np.arange(first + 1, first + count + 1),
        created=created,
        answered_s=answered,
        solved_s=np.where((answered > 0) & (solved < age) & (random.random(count) > 0.01), solved, -1),
        agent=agent,
        team=agent % TEAMS + 1,
        priority=random.choice((1, 2, 3, 4), count, p=(0.05, 0.2, 0.6, 0.15)),
        customer=np.minimum(random.zipf(1.2, count), 10**9) % CUSTOMERS + 1,
        reopened=random.random(count) < 0.07,
        rated=random.random(count) < 0.3,
        score=random.choice((1, 2, 3, 4, 5), count, p=(0.06, 0.05, 0.09, 0.3, 0.5)),
    )


def _tickets(d: Drawn) -> Columns:
    count = len(d.ids)
    answered, solved = _from(d.created, d.answered_s), _from(d.created, d.solved_s)
    named = {"source": _same("bench", count), "external_id": d.ids.astype(str)}
    waits = {f"{name}_s": np.maximum(d.solved_s, 0) for name in ("requester_wait", "agent_wait", "agent_work")}
    return {
        "ticket_id": d.ids,
        **named,
        "status": np.where(d.solved_s > 0, "closed", np.where(d.answered_s > 0, "open", "new")),
        "channel": np.array(CHANNELS)[d.ids * 7919 % 11 % 5],
        "category": np.array(CATEGORIES)[d.ids * 104_729 % 31 % 12],
        "priority": d.priority,
        "team_id": d.team,
        "agent_id": d.agent,
        "customer_id": d.customer,
        "excluded": np.where(d.ids % 50 == 0, "spam", ""),
        "customer_opened": np.ones(count, np.int64),
        "created_at": d.created,
        "first_response_at": answered,
        "first_response_s": d.answered_s,
        "first_response_business_s": _business(d.answered_s),
        "first_response_agent_id": np.where(d.answered_s > 0, d.agent, -1),
        "first_resolution_at": solved,
        "first_resolution_s": d.solved_s,
        "first_resolution_business_s": _business(d.solved_s),
        "full_resolution_at": solved,
        "full_resolution_s": d.solved_s,
        "full_resolution_business_s": _business(d.solved_s),
        "solver_id": np.where(d.solved_s > 0, d.agent, -1),
        **waits,
        **{name.replace("_s", "_business_s"): _business(values) for name, values in waits.items()},
        **{name: np.zeros(count, np.int64) for name in ("on_hold_s", "on_hold_business_s", "internal_notes")},
        "agent_replies": np.where(d.answered_s > 0, 1 + d.ids % 3, 0),
        "customer_replies": 1 + d.ids % 2,
        "reopens": d.reopened.astype(np.int64),
        "reassignments": (d.ids % 5 == 0).astype(np.int64),
        **{name: np.ones(count, np.int64) for name in ("assignee_stations", "group_stations")},
        "one_touch": np.where(d.solved_s > 0, (d.ids % 3 == 0).astype(np.int64), -1),
        "first_contact": np.where(d.solved_s > 0, (d.ids % 4 == 0).astype(np.int64), -1),
    }


def _tags(d: Drawn) -> Columns:
    some = d.ids[d.ids % 5 == 0]
    return {"ticket_id": some, "tag": np.array(("vip", "eu", "beta", "outage"))[some // 5 % 4]}


def _spans(d: Drawn) -> Columns:
    """New until the first response, open until solved, and solved; none of the last two where it never came so far."""
    answered, solved = d.answered_s > 0, d.solved_s > 0
    starts = (d.created, (d.created + d.answered_s)[answered], (d.created + d.solved_s)[solved])
    ends = (_from(d.created, d.answered_s), _from(d.created, d.solved_s)[answered], np.full(int(solved.sum()), -1))
    kept = (np.ones(len(d.ids), bool), answered, solved)
    return {
        "ticket_id": np.concatenate([d.ids[k] for k in kept]),
        "seq": np.concatenate([np.full(len(s), number) for number, s in enumerate(starts)]),
        "status": np.concatenate([_same(word, len(s)) for word, s in zip(("new", "open", "closed"), starts, strict=True)]),
        "team_id": np.concatenate([d.team[k] for k in kept]),
        "agent_id": np.concatenate([d.agent[k] for k in kept]),
        "priority": np.concatenate([d.priority[k] for k in kept]),
        "started_at": np.concatenate(starts),
        "ended_at": np.concatenate(ends),
    }


def _replies(d: Drawn) -> Columns:
    first, later = d.answered_s > 0, (d.answered_s > 0) & (d.ids % 3 > 0)
    kept, number = (first, later), (int(first.sum()), int(later.sum()))
    waited = np.concatenate((d.answered_s[first], d.answered_s[later] // 2))
    return {
        "ticket_id": np.concatenate([d.ids[k] for k in kept]),
        "at": np.concatenate(((d.created + d.answered_s)[first], (d.created + d.answered_s * 2)[later])),
        "agent_id": np.concatenate([d.agent[k] for k in kept]),
        "is_first": np.concatenate((np.ones(number[0], np.int64), np.zeros(number[1], np.int64))),
        "waited_s": waited,
        "waited_business_s": _business(waited),
    }


def _solves(d: Drawn) -> Columns:
    solved = d.solved_s > 0
    at = (d.created + d.solved_s)[solved]
    reopened = d.reopened[solved]
    return {
        "ticket_id": d.ids[solved],
        "at": at,
        "agent_id": d.agent[solved],
        "reopened_at": np.where(reopened, at + 7_200, -1),
        "reopened_by": np.where(reopened, "customer", ""),
    }


def _slas(d: Drawn) -> Columns:
    met = (d.answered_s > 0) & (d.answered_s <= TARGET_S)
    due, count = d.created + TARGET_S, len(d.ids)
    return {
        "ticket_id": d.ids,
        "metric": _same("first_reply", count),
        "instance": np.zeros(count, np.int64),
        "policy": _same("all", count),
        "target_s": np.full(count, TARGET_S),
        "business": np.zeros(count, np.int64),
        "agent_id": d.agent,
        "started_at": d.created,
        "due_at": due,
        "fulfilled_at": _from(d.created, d.answered_s),
        "outcome_at": np.where(met, d.created + d.answered_s, due),
        "met": met.astype(np.int64),
        "elapsed_s": np.where(d.answered_s > 0, d.answered_s, TARGET_S),
    }


def _answers(d: Drawn) -> Columns:
    some = d.rated & (d.solved_s > 0)
    count, score = int(some.sum()), d.score[some]
    words = {"source": "bench", "survey": "csat", "scale": "csat-1-5", "direction": "up", "order_key": "1"}
    return {
        **{name: _same(word, count) for name, word in words.items()},
        "external_id": d.ids[some].astype(str),
        "scale_min": np.ones(count, np.int64),
        "scale_max": np.full(count, 5),
        "score": score,
        "box": np.where(score >= 4, "positive", np.where(score == 3, "neutral", "negative")),
        "ticket_id": d.ids[some],
        "customer_id": d.customer[some],
        "agent_id": d.agent[some],
        "answered_at": (d.created + d.solved_s)[some] + 3_600,
        "superseded": np.zeros(count, np.int64),
    }


def _whole(model: type[SQLModel], drawn: Columns) -> Columns:
    """With a 0 for whatever number a table must have and no question here is about."""
    count = len(next(iter(drawn.values())))
    missing = [c.name for c in table_of(model).columns if not c.nullable and not c.primary_key and c.name not in drawn]
    return {**drawn, **{name: np.zeros(count, np.int64) for name in missing}}


def _business(durations: Numbers) -> Numbers:
    return np.where(durations > 0, durations // 3, durations)


def _from(start: Numbers, after: Numbers) -> Numbers:
    return np.where(after > 0, start + after, -1)


def _same(word: str, count: int) -> NDArray[np.str_]:
    return np.full(count, word)


def _numbered(name: str, ids: Numbers) -> NDArray[np.str_]:
    return np.array([f"{name} {number}" for number in ids])


def _plain(values: NDArray[np.generic]) -> list[object]:
    """As the database takes them; what is less than 0, or empty, is no data."""
    return [None if value in (-1, "") else value for value in values.tolist()]
