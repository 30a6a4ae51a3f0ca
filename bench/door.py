"""What a person waits for who asks in Slack: the production bot of its own process on a million tickets, asked over real sockets,
by one person and then by five at a time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from bench.bench import Bench, Place, share
from bench.clicks import cpu_ms, running_bot
from bench.tickets import build
from bot import clock
from bot.sandbox import people as hands
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.workspace import Message, User
from bot.store.engine import open_store

QUESTIONS = (
    "", "backlog", "backlog by team", "volume", "volume last 30 days", "volume this month by channel",
    "volume last 90 days weekly by channel", "volume last 365 days", "volume last {days} days", "frt",
    "frt last 30 days by channel", "frt p90 last 30 days by team", "frt last 90 days business hours", "frt>4h last 30 days",
    "resolution last 90 days by team", "csat", "csat last 90 days by category", "csat last 30 days vs last year",
    "sla last 30 days by priority", "reopen rate", "categories last 30 days", "peak hours last 90 days",
    "volume priority:urgent last 7 days", "replies last month by team", "why volume last 30 days", "forecast volume",
    "define csat", "help frt", "status", "baklog",
)  # fmt: skip
"""What people type: the first numbers, splits, windows, a few of the other commands, and a slip. `{days}` is another number
each time, so that the picture of the answer was never drawn before."""
ALONE, TOGETHER, PEOPLE = 6, 3, 5
TICKETS = 1_000_000
PATIENCE_S, LOOK_S = 20.0, 0.002
DAYS = 21
"""The first of the numbers of days."""
WARM_S, WARM_MS = 120.0, 150.0
SLOWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: milliseconds to its acknowledgement and to its answer, with its picture where it has one."""

    words: str
    ack_ms: float
    answer_ms: float


@dataclass(slots=True, kw_only=True)
class Door:
    """The workspace, with somebody's questions in flight."""

    sandbox: Sandbox
    seen: list[Asked] = field(default_factory=list)
    days: Iterator[int] = field(default_factory=lambda: count(DAYS))

    def ask(self, *askers: list[str]) -> list[Asked]:
        """So many people at once, each asking one question after the other."""
        self.seen = []
        together = self._all(askers)
        asyncio.run_coroutine_threadsafe(together, self.sandbox._loop).result(600)  # noqa: SLF001 - as bench.clicks
        return self.seen

    async def _all(self, askers: Sequence[list[str]]) -> None:
        await asyncio.gather(*(self._one_after_the_other(place, words) for place, words in enumerate(askers)))

    async def _one_after_the_other(self, place: int, words: list[str]) -> None:
        workspace = self.sandbox._world.workspace  # noqa: SLF001 - see above
        user = workspace.user(f"UQ{place:05}")
        for said in words:
            self.seen.append(await self._one(user, said))

    async def _one(self, user: User, words: str) -> Asked:
        world = self.sandbox._world  # noqa: SLF001 - see above
        channel = next(one for one in world.workspace.channels.values() if one.name == "support")
        before = len(world.workspace.messages)
        begun = time.perf_counter()
        ack = await hands.slash(world, user, channel, f"/cx {words.format(days=next(self.days))}".strip())
        while not self._is_answered(before, user) and time.perf_counter() - begun < PATIENCE_S:
            await asyncio.sleep(LOOK_S)
        took = 1000 * (time.perf_counter() - begun)
        return Asked(words=words, ack_ms=float(ack["ack_ms"]) if ack["state"] == "acked" else 99_999, answer_ms=took)

    def _is_answered(self, before: int, user: User) -> bool:
        messages: list[Message] = self.sandbox._world.workspace.messages  # noqa: SLF001 - see above
        return any(one.ephemeral_to == user.id for one in messages[before:])


def run(place: Place) -> list[str]:
    """One line for one person, one for five, and which questions took longest."""
    url, size = f"sqlite:///{place.folder / 'door.db'}", place.size or TICKETS
    store = open_store(url)
    build(store, size, clock.now())
    store.close()
    with Sandbox.start(seed=_people(), options=Options(limits="off", file_seconds=0.0)) as sandbox:
        door = Door(sandbox=sandbox)
        with running_bot(sandbox, url, place.folder) as bot:
            _warm(door)
            spent = [cpu_ms(bot.pid)]
            alone = door.ask(_shuffled(1) * ALONE)
            spent.append(cpu_ms(bot.pid))
            together = door.ask(*(_shuffled(seed) * TOGETHER for seed in range(PEOPLE)))
            spent.append(cpu_ms(bot.pid))
    head = "| asked | questions | ack p50 ms (promised: 50) | ack p99 | answer p50 ms | answer p99 (promised: 500) "
    return [
        f"{size:,} tickets in SQLite, `cx run` of its own process, the list of questions in `bench/door.py`.",
        "",
        f"{head}| ms of one core a question |",
        "|---|---|---|---|---|---|---|",
        _line("by one person", alone, spent[1] - spent[0]),
        _line(f"by {PEOPLE} at a time", together, spent[2] - spent[1]),
        "",
        f"Longest to answer for one person: {_slowest(alone)}.",
    ]


def _warm(door: Door) -> None:
    """Until the columns are built: then what is asked of all time is answered at once."""
    until = time.perf_counter() + WARM_S
    while door.ask(["frt all time by category"])[0].answer_ms > WARM_MS and time.perf_counter() < until:
        time.sleep(1)
    door.ask(list(QUESTIONS))


def _shuffled(seed: int) -> list[str]:
    words = list(QUESTIONS)
    random.Random(seed).shuffle(words)
    return words


def _line(who: str, seen: list[Asked], spent_ms: float) -> str:
    acks, answers = [one.ack_ms for one in seen], [one.answer_ms for one in seen]
    told = (share(acks, 0.5), share(acks, 0.99), share(answers, 0.5), share(answers, 0.99), spent_ms / len(seen))
    return f"| {who} | {len(seen):,} | {' | '.join(f'{one:.0f}' for one in told)} |"


def _slowest(seen: list[Asked]) -> str:
    longest = {words: max(one.answer_ms for one in seen if one.words == words) for words in QUESTIONS}
    worst = sorted(longest, key=lambda words: -longest[words])[:SLOWEST]
    return ", ".join(f"`{_typed(words)}` {longest[words]:.0f} ms" for words in worst)


def _typed(words: str) -> str:
    return f"/cx {words.format(days=DAYS)}".strip()


def _people() -> list[dict[str, object]]:
    return [
        {"id": f"UQ{n:05}", "name": f"q{n}", "real_name": f"Asker {n}", "email": f"q{n}@x.example", "tz": "UTC"}
        for n in range(PEOPLE)
    ]


DOOR = Bench(slug="door", says="What a person waits for in Slack", run=run)
