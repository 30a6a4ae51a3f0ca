"""Runs the real `cx` against the server and says where it differs from the law: the column, both values, the ticket's life."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.hard.oracle.counts import ANSWERS, Asked, Looked, backlog, by_channel, counted
from tests.hard.oracle.law import fact_row
from tests.hard.oracle.lives import Life
from tests.hard.oracle.promises import Instance, instances
from tests.hard.oracle.render import stamp
from tests.hard.oracle.server import CLIENT, EMAIL, SECRET, TOKEN, Zendesk

ROOT = Path(__file__).parents[3]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One cell in which product and law disagree."""

    where: str
    column: str
    expected: object
    got: object
    life: Life | None = None

    def told(self) -> str:
        story = "" if self.life is None else f"\n{self.life.told()}"
        return f"{self.where}: {self.column}: expected {self.expected!r}, got {self.got!r}{story}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cx:
    """The command line as a stranger runs it: a database, a profile, a server."""

    database: Path
    profile: str
    zendesk: Zendesk
    oauth: bool = False

    def run(self, *words: str) -> str:
        """What the command printed; raises with its complaint when it failed."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
        env |= {
            "CX_DATABASE_URL": f"sqlite:///{self.database}",
            "CX_ZENDESK_URL": self.zendesk.url,
            "CX_HOME": str(self.database.parent),
        }
        env |= {} if self.profile == "articles" else {"CX_PROFILE": self.profile}
        if self.oauth:
            env |= {"CX_ZENDESK_CLIENT_ID": CLIENT, "CX_ZENDESK_CLIENT_SECRET": SECRET}
        else:
            env |= {"CX_ZENDESK_EMAIL": EMAIL, "CX_ZENDESK_TOKEN": TOKEN}
        command = [sys.executable, "-m", "bot", *words]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise AssertionError(
                f"cx {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def table(self, *words: str) -> list[Row]:
        return list(csv.DictReader(io.StringIO(self.run(*words))))


def fact_differences(rows: Sequence[Row], lives: Sequence[Life], profile: str, now: datetime) -> list[Difference]:
    """Ticket by ticket and column by column; of a ticket that is left out only that and why."""
    got, found = {row["external_id"]: row for row in rows}, []
    known = [life for life in (life.until(now) for life in lives) if life is not None]
    if set(got) != {str(life.id) for life in known}:
        odd = set(got) ^ {str(life.id) for life in known}
        found.append(Difference(where="facts", column="external_id", expected=len(known), got=sorted(odd)))
    for life in known:
        expected, told = fact_row(life, profile, now), got.get(str(life.id))
        if told is None:
            continue
        names = ("source", "external_id", "created_at", "excluded") if expected["excluded"] else tuple(expected)
        found += [
            Difference(
                where=f"facts {profile} ticket {life.id}", column=name, expected=expected[name], got=told.get(name), life=life
            )
            for name in names
            if not _same(expected[name], told.get(name))
        ]
    return found


def _same(expected: object, got: str | None) -> bool:
    if got is None:
        return False
    if expected is None or expected is False:
        return got in ("", "0", "false", "False")
    if expected is True:
        return got in ("1", "true", "True")
    if isinstance(expected, datetime):
        return bool(got) and datetime.fromisoformat(got) == expected
    if isinstance(expected, set):
        return {word for word in got.replace(",", " ").replace(";", " ").split() if word} == expected
    return got == str(expected)


def promise_differences(rows: Sequence[Row], lives: Sequence[Life], profile: str, now: datetime) -> list[Difference]:
    """Instance by instance, for tickets that count; what was promised and kept within one second is passed over."""
    got: dict[str, dict[tuple[str, datetime, int], Row]] = {}
    for row in (row for row in rows if row["started_at"] != row["outcome_at"]):
        of_ticket = got.setdefault(row["external_id"], {})
        of_ticket[_key(of_ticket, _metric(row["metric"]), datetime.fromisoformat(row["started_at"]))] = row
    found: list[Difference] = []
    for life in (life.until(now) for life in lives):
        if life is None or fact_row(life, profile, now)["excluded"]:
            continue
        expected: dict[tuple[str, datetime, int], Instance] = {}
        for instance in instances(life, profile, now):
            if not _open_question(life) and instance.outcome_at != instance.start:
                expected[_key(expected, _metric(instance.metric), instance.start)] = instance
        told = {} if _open_question(life) else got.get(str(life.id), {})
        for key in sorted(expected.keys() ^ told.keys()):
            found.append(_about(life, profile, f"{key}", expected.get(key), told.get(key)))
        for key in sorted(expected.keys() & told.keys()):
            found += _instance_differences(life, profile, expected[key], told[key])
    return found


def _key(seen: Mapping[tuple[str, datetime, int], object], metric: str, start: datetime) -> tuple[str, datetime, int]:
    """Metric and start name an instance; those begun in the same second are told apart by their order."""
    return metric, start, len([key for key in seen if key[:2] == (metric, start)])


def _metric(word: str) -> str:
    return word.removesuffix("_time").replace("response", "reply")


def _open_question(life: Life) -> bool:
    """The law does not say what is promised to a ticket born solved, or whether a clock runs while it is deleted."""
    statuses = [str(status) for _, status in life.values("status")]
    return statuses[0] == "solved" or "deleted" in statuses


def _instance_differences(life: Life, profile: str, expected: Instance, told: Row) -> list[Difference]:
    cells: dict[str, tuple[object, bool]] = {
        "instance": (expected.number, told["instance"] == str(expected.number)),
        "policy": (expected.policy, told["policy"] == expected.policy),
        "target_s": (expected.target, told["target_s"] == str(expected.target)),
        "business": (expected.business, _same(expected.business, told["business"])),
        "started_at": (expected.start, _same(expected.start, told["started_at"])),
        "outcome": (expected.outcome, told["outcome"] == expected.outcome),
        "outcome_at": (expected.outcome_at, _near(expected.outcome_at, told["outcome_at"])),
        "elapsed_s": (expected.elapsed, _elapsed(expected, told["elapsed_s"])),
    }
    key = f"{expected.metric} {expected.number}"
    return [_about(life, profile, f"{key} {name}", value, told.get(name)) for name, (value, same) in cells.items() if not same]


def _near(expected: datetime | None, got: str) -> bool:
    """A breach may be dated when the clock reaches the target or a second later, when it has passed it."""
    if expected is None or not got:
        return expected is None and not got
    return abs(datetime.fromisoformat(got) - expected) <= timedelta(seconds=1)


def _elapsed(expected: Instance, got: str) -> bool:
    if expected.outcome == "breached":
        return got in {str(expected.elapsed), str(expected.target), str(expected.target + 1)}
    return got == str(expected.elapsed)


def _about(life: Life, profile: str, column: str, expected: object, got: object) -> Difference:
    return Difference(where=f"sla {profile} ticket {life.id}", column=column, expected=expected, got=got, life=life)


def backlog_differences(rows: Iterable[Row], expected: Counter[tuple[str, str]], where: str) -> list[Difference]:
    """Cell by cell; a cell that is not told is zero."""
    got = {(row["date"], row["status"]): int(row["tickets"]) for row in rows}
    return [
        Difference(where=where, column=f"{key}", expected=expected.get(key, 0), got=got.get(key, 0))
        for key in sorted({*expected, *got})
        if expected.get(key, 0) != got.get(key, 0)
    ]


def answer_differences(cx: Cx, tickets: Sequence[Looked], now: datetime, window: str, names: Iterable[str]) -> list[Difference]:
    """The value of each answer over the window that the answer itself names."""
    found = []
    for name in names:
        answer = json.loads(cx.run("ask", f"{name} {window}", "--json", "--as-of", stamp(now)))
        asked = _asked(answer)
        expected = ANSWERS[name](tickets, asked)
        if not _close(expected, answer["value"]):
            where = f"ask {cx.profile} {name} {window} at {stamp(now)}"
            got = (answer["value"], answer["n"], answer.get("window"), answer.get("parts"))
            found.append(Difference(where=where, column="value", expected=expected, got=got))
    return found


def split_differences(cx: Cx, tickets: Sequence[Looked], now: datetime, window: str) -> list[Difference]:
    answer = json.loads(cx.run("ask", f"volume by channel {window}", "--json", "--as-of", stamp(now)))
    got = Counter({str(row["labels"]["channel"]): row["value"] for row in answer["rows"]})
    expected = by_channel(tickets, _asked(answer))
    return (
        []
        if got == expected
        else [Difference(where="ask volume by channel", column="rows", expected=expected, got=answer["rows"])]
    )


def _asked(answer: Mapping[str, Any]) -> Asked:
    window = answer["window"]
    return Asked(
        start=datetime.fromisoformat(window["start"]),
        end=datetime.fromisoformat(window["end"]),
        business=answer["clock"] == "business",
    )


def _close(expected: float | None, got: float | None) -> bool:
    if expected is None or got is None:
        return expected is None and got is None
    return abs(expected - got) < 1e-6 * max(1.0, abs(expected))


def everything(cx: Cx, lives: Sequence[Life], now: datetime, days: tuple[Any, Any], zone: str) -> list[Difference]:
    """Facts, promises and backlog of one synced store at one instant."""
    at = ("--as-of", stamp(now))
    span = ("--from", days[0].isoformat(), "--to", days[1].isoformat(), "--zone", zone)
    found = fact_differences(cx.table("export", "facts", "--csv", *at), lives, cx.profile, now)
    found += promise_differences(cx.table("export", "sla", "--csv", *at), lives, cx.profile, now)
    cells = backlog(lives, cx.profile, now, days, zone)
    return found + backlog_differences(cx.table("export", "backlog", "--csv", *span), cells, f"backlog {cx.profile} {zone}")


def seen_at(lives: Sequence[Life], profile: str, now: datetime) -> list[Looked]:
    return counted(lives, profile, now)
