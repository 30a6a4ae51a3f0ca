"""The list of questions: in our words, in hand-written SQL over the same facts, and in a data frame."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.tickets import NOW

DAY_S = 86_400
END = int(NOW.timestamp()) // DAY_S * DAY_S
"""Midnight of the day, in UTC as the workspace of the bench: windows are whole days before it."""
LONG = (30, 365, 0)

Frames = dict[str, Any]
Connection = sqlite3.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question three times over. `sql` and `frame` return what `ours` calls n, so that all are seen to answer alike.

    `days` is the length of the window, 0 for all time."""

    words: str
    days: int
    sql: Callable[[Connection], int]
    frame: Callable[[Frames], int]
    grain: bool = False
    versus: bool = False


def questions() -> Iterator[Question]:
    """Every question of the list."""
    yield from (_volume_by_day(90), _open_now(), _backlog_series(90))
    yield from (_first_response(days, "") for days in (7, *LONG))
    yield from (_first_response(days, by) for by in ("channel", "agent") for days in LONG)
    yield from (_csat(days, by) for by in ("", "agent") for days in LONG)
    yield from (ask(days) for ask in (_sla, _reopen, _category) for days in LONG)
    yield from (_comparison(days) for days in (7, 30, 365))
    yield from (ask(days) for ask in (_heat, _customers) for days in (30, 0))


def said(days: int) -> str:
    """A window in words; today is none of its days."""
    return f"last {days} days" if days else "all time"


def edges(days: int) -> tuple[int, int]:
    """The window in seconds since 1970; all time ends now."""
    return (END - days * DAY_S, END) if days else (0, int(NOW.timestamp()))


def _within(frame: Any, column: str, days: int) -> Any:
    start, end = edges(days)
    return frame[(frame[column] >= start) & (frame[column] < end) & frame["excluded"].isna()]


def _volume_by_day(days: int) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT (created_at - ?) / 86400, count(*) FROM ticket_fact"
            " WHERE created_at >= ? AND created_at < ? AND excluded IS NULL GROUP BY 1"
        )
        return sum(n for _, n in connection.execute(query, (edges(days)[0], *edges(days))))

    def frame(frames: Frames) -> int:
        rows = _within(frames["ticket_fact"], "created_at", days)
        return int(rows.groupby(rows["created_at"] // DAY_S).size().sum())

    return Question(words=f"volume {said(days)} daily", days=days, sql=sql, frame=frame, grain=True)


def _open_now() -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT f.channel, s.priority, count(*) FROM status_span s JOIN ticket_fact f USING (ticket_id)"
            " WHERE s.started_at < ? AND (s.ended_at IS NULL OR s.ended_at >= ?)"
            " AND s.status IN ('new', 'open', 'pending', 'hold')"
            " AND (f.excluded IS NULL OR f.excluded = 'deleted') GROUP BY 1, 2"
        )
        now = int(NOW.timestamp())
        return sum(n for *_, n in connection.execute(query, (now, now)))

    def frame(frames: Frames) -> int:
        spans, now = frames["status_span"], int(NOW.timestamp())
        held = spans[(spans["started_at"] < now) & (spans["ended_at"].isna() | (spans["ended_at"] >= now))]
        held = held[held["status"].isin(["new", "open", "pending", "hold"])]
        tickets = frames["ticket_fact"][["ticket_id", "channel", "excluded"]]
        joined = held.merge(tickets, on="ticket_id")
        return int(
            joined[joined["excluded"].isna() | (joined["excluded"] == "deleted")].groupby(["channel", "priority"]).size().sum()
        )

    return Question(words="backlog now by channel and priority", days=1, sql=sql, frame=frame)


def _backlog_series(days: int) -> Question:
    def sql(connection: Connection) -> int:
        """Those there at the first midnight, then who came and who left: a join of spans with days takes minutes."""
        start, end = edges(days)
        held = (
            "FROM status_span s JOIN ticket_fact f USING (ticket_id) WHERE s.status IN ('new', 'open', 'pending', 'hold')"
            " AND (f.excluded IS NULL OR f.excluded = 'deleted') AND "
        )
        at = f"SELECT count(*) {held} s.started_at < ? AND (s.ended_at IS NULL OR s.ended_at >= ?)"
        moved = f"SELECT (s.{{0}} - ?) / 86400, count(*) {held} s.{{0}} >= ? AND s.{{0}} < ? GROUP BY 1"
        standing = int(connection.execute(at, (start, start)).fetchone()[0])
        came = sum(n for _, n in connection.execute(moved.format("started_at"), (start, start, end)))
        left = sum(n for _, n in connection.execute(moved.format("ended_at"), (start, start, end)))
        return int(standing + came - left)

    def frame(frames: Frames) -> int:
        start, end = edges(days)
        spans = frames["status_span"].merge(frames["ticket_fact"][["ticket_id", "excluded"]], on="ticket_id")
        spans = spans[
            spans["status"].isin(["new", "open", "pending", "hold"])
            & (spans["excluded"].isna() | (spans["excluded"] == "deleted"))
        ]
        standing = ((spans["started_at"] < start) & (spans["ended_at"].isna() | (spans["ended_at"] >= start))).sum()
        came = spans[(spans["started_at"] >= start) & (spans["started_at"] < end)]
        left = spans[(spans["ended_at"] >= start) & (spans["ended_at"] < end)]
        flow = came.groupby(came["started_at"] // DAY_S).size().sub(left.groupby(left["ended_at"] // DAY_S).size(), fill_value=0)
        return int(standing + flow.sum())

    return Question(words=f"backlog {said(days)} daily", days=days, sql=sql, frame=frame, grain=True)


def _first_response(days: int, by: str) -> Question:
    column = {"": "0", "channel": "channel", "agent": "first_response_agent_id"}[by]

    def sql(connection: Connection) -> int:
        """In SQLite percentiles by window functions take three times as long as sorted rows do."""
        query = (
            f"SELECT {column}, first_response_business_s FROM ticket_fact WHERE first_response_at >= ? AND first_response_at < ?"
            " AND excluded IS NULL AND first_response_s IS NOT NULL ORDER BY 1, 2"
        )
        groups: dict[Any, list[int]] = {}
        for key, value in connection.execute(query, edges(days)):
            groups.setdefault(key, []).append(value)
        told = [(sum(v) / len(v), v[len(v) // 2], v[len(v) * 9 // 10]) for v in groups.values()]
        return sum(map(len, groups.values())) if told else 0

    def frame(frames: Frames) -> int:
        rows = _within(frames["ticket_fact"], "first_response_at", days)
        values = (rows.groupby(column) if by else rows)["first_response_business_s"]
        told = (values.mean(), values.quantile([0.5, 0.9]))
        return int(values.count().sum()) if len(told) else 0

    return Question(words=f"frt {said(days)}{f' by {by}' if by else ''}", days=days, sql=sql, frame=frame)


def _csat(days: int, by: str) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT {}, count(*), sum(a.box = 'positive') FROM survey_answer a LEFT JOIN ticket_fact f USING (ticket_id)"
            " WHERE a.survey = 'csat' AND NOT a.superseded AND a.excluded IS NULL AND f.excluded IS NULL"
            " AND a.answered_at >= ? AND a.answered_at < ? GROUP BY 1"
        )
        return sum(n for _, n, _ in connection.execute(query.format("a.agent_id" if by else "0"), edges(days)))

    def frame(frames: Frames) -> int:
        answers = _within(frames["survey_answer"], "answered_at", days)
        rows = answers.merge(frames["ticket_fact"][["ticket_id", "excluded"]], on="ticket_id", how="left", suffixes=("", "_of"))
        rows = rows[rows["excluded_of"].isna() & (rows["survey"] == "csat") & (rows["superseded"] == 0)]
        good = rows["box"] == "positive"
        told = good.groupby(rows["agent_id"]).mean() if by else good.mean()
        return len(rows) if told is not None else 0

    return Question(words=f"csat {said(days)}{f' by {by}' if by else ''}", days=days, sql=sql, frame=frame)


def _sla(days: int) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT count(*), sum(NOT s.met) FROM sla_fact s JOIN ticket_fact f USING (ticket_id)"
            " WHERE s.outcome_at >= ? AND s.outcome_at < ? AND f.excluded IS NULL"
        )
        return int(connection.execute(query, edges(days)).fetchone()[0])

    def frame(frames: Frames) -> int:
        start, end = edges(days)
        rows = frames["sla_fact"]
        rows = rows[(rows["outcome_at"] >= start) & (rows["outcome_at"] < end)]
        rows = rows.merge(frames["ticket_fact"][["ticket_id", "excluded"]], on="ticket_id")
        rows = rows[rows["excluded"].isna()]
        return len(rows) if rows["met"].mean() <= 1 else 0

    return Question(words=f"sla {said(days)}", days=days, sql=sql, frame=frame)


def _reopen(days: int) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT count(DISTINCT s.ticket_id) FROM solve_fact s JOIN ticket_fact f USING (ticket_id)"
            " WHERE s.{0} >= ? AND s.{0} < ? AND f.excluded IS NULL"
        )
        connection.execute(query.format("reopened_at"), edges(days)).fetchone()
        return int(connection.execute(query.format("at"), edges(days)).fetchone()[0])

    def frame(frames: Frames) -> int:
        start, end = edges(days)
        rows = frames["solve_fact"].merge(frames["ticket_fact"][["ticket_id", "excluded"]], on="ticket_id")
        rows = rows[rows["excluded"].isna()]
        rows[(rows["reopened_at"] >= start) & (rows["reopened_at"] < end)]["ticket_id"].nunique()
        return int(rows[(rows["at"] >= start) & (rows["at"] < end)]["ticket_id"].nunique())

    return Question(words=f"reopen-rate {said(days)}", days=days, sql=sql, frame=frame)


def _category(days: int) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT category, count(*) FROM ticket_fact WHERE created_at >= ? AND created_at < ? AND excluded IS NULL"
            " AND channel = 'email' AND priority = 2 GROUP BY 1"
        )
        return sum(n for _, n in connection.execute(query, edges(days)))

    def frame(frames: Frames) -> int:
        rows = _within(frames["ticket_fact"], "created_at", days)
        rows = rows[(rows["channel"] == "email") & (rows["priority"] == 2)]
        return int(rows.groupby("category").size().sum())

    return Question(words=f"categories {said(days)} channel:email priority:high", days=days, sql=sql, frame=frame)


def _comparison(days: int) -> Question:
    start, end = edges(days)
    both = ((start, end), (start - days * DAY_S, start))

    def sql(connection: Connection) -> int:
        query = "SELECT count(*) FROM ticket_fact WHERE created_at >= ? AND created_at < ? AND excluded IS NULL"
        now, _ = [int(connection.execute(query, span).fetchone()[0]) for span in both]
        return now

    def frame(frames: Frames) -> int:
        at = frames["ticket_fact"][frames["ticket_fact"]["excluded"].isna()]["created_at"]
        now, _ = [int(((at >= begin) & (at < until)).sum()) for begin, until in both]
        return now

    return Question(words=f"volume {said(days)} vs previous", days=days, sql=sql, frame=frame, versus=True)


def _heat(days: int) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT created_at / 3600 % 24, (created_at / 86400 + 3) % 7, count(*) FROM ticket_fact"
            " WHERE created_at >= ? AND created_at < ? AND excluded IS NULL GROUP BY 1, 2"
        )
        return sum(n for *_, n in connection.execute(query, edges(days)))

    def frame(frames: Frames) -> int:
        rows = _within(frames["ticket_fact"], "created_at", days)
        at = rows["created_at"]
        return int(rows.groupby([at // 3600 % 24, (at // DAY_S + 3) % 7]).size().sum())

    return Question(words=f"volume {said(days)} by hour and weekday", days=days, sql=sql, frame=frame)


def _customers(days: int) -> Question:
    def sql(connection: Connection) -> int:
        query = (
            "SELECT c.name, count(*) AS n FROM ticket_fact f JOIN customer c ON c.id = f.customer_id"
            " WHERE f.created_at >= ? AND f.created_at < ? AND f.excluded IS NULL GROUP BY c.id ORDER BY n DESC"
        )
        return sum(n for _, n in connection.execute(query, edges(days)))

    def frame(frames: Frames) -> int:
        rows = _within(frames["ticket_fact"], "created_at", days)
        counts = rows.groupby("customer_id").size().rename("n").reset_index()
        named = counts.merge(frames["customer"], left_on="customer_id", right_on="id").sort_values("n", ascending=False)
        return int(named["n"].sum())

    return Question(words=f"volume {said(days)} by customer", days=days, sql=sql, frame=frame)
