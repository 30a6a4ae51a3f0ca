"""Five hundred clicks within a second, from two hundred people, on a bot of its own process: when it acknowledges, what it keeps,
and what each click costs the processor. The clicks come from the sandbox's own loop, so that few others compete for it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import func, select

from bench.bench import share
from bot import clock
from bot.sandbox import people as hands
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.workspace import Message
from bot.slack.port import Slack
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from bot.store.tables import Customer, Invitation, SurveyAnswer, Ticket
from bot.store.words import Channel, InvitationState, Status
from bot.surveys import CSAT
from bot.surveys.sending import Invited
from bot.surveys.wire import hash_token
from bot.views.survey import RATE, invitation_message
from tests.postgres import installed, running_postgres

CLICKERS, CLICKS = 200, 500
TEAM = "T0SANDBOX"
UP_S, THANKED_S = 120, 120
TICKS = os.sysconf("SC_CLK_TCK")


def bursts(folder: Path) -> list[str]:
    """A table: one line a database. PostgreSQL is the one of the tests, which does not wait for its disk."""
    lines = [
        f"| {CLICKS} clicks by {CLICKERS} people | in s | ack p50 ms | p99 | slowest (promised: under 1,000) | in the store "
        "| thanked after s | ms of one core a click: cx | the sandbox |",
        "|---|---|---|---|---|---|---|---|---|",
        burst("SQLite", f"sqlite:///{folder / 'burst.db'}", folder),
    ]
    tree = installed()
    if tree is not None:
        with running_postgres(tree) as server:
            server.create("burst")
            lines.append(burst("PostgreSQL, fsync off", server.url("burst"), folder))
    return lines


def burst(database: str, url: str, folder: Path) -> str:
    """One line of the table."""
    with Sandbox.start(seed=_people(), options=Options(limits="off")) as sandbox:
        store = open_store(url)
        ensure_schema(store)
        tokens = asked(store, sandbox, clock.now())
        with running_bot(sandbox, url, folder) as bot:
            seen = Rush(sandbox=sandbox, pid=bot.pid, tokens=tokens)
            seen.happen()
        with store.reading() as session:
            kept = session.exec(select(func.count()).select_from(SurveyAnswer)).one()
        store.close()
    acks = seen.acks
    found = (
        database,
        f"{seen.made_s:.2f}",
        f"{share(acks, 0.5):.0f}",
        f"{share(acks, 0.99):.0f}",
        f"{max(acks):.0f}",
        f"{kept} of {CLICKS}",
        f"{seen.thanked_s:.1f}",
        f"{seen.bot_ms / CLICKS:.1f}",
        f"{seen.own_ms / CLICKS:.1f}",
    )
    return f"| {' | '.join(found)} |"


@dataclass(slots=True, kw_only=True)
class Rush:
    """The clicks, and what was seen: milliseconds of each acknowledgement (99,999 for none), and of both processes."""

    sandbox: Sandbox
    pid: int
    tokens: dict[str, str]
    acks: list[float] = field(default_factory=list)
    made_s: float = 0.0
    thanked_s: float = 0.0
    bot_ms: float = 0.0
    own_ms: float = 0.0

    def happen(self) -> None:
        bot, own, begun = cpu_ms(self.pid), 1000 * time.process_time(), time.perf_counter()
        loop = self.sandbox._loop  # noqa: SLF001 - five hundred requests of our own would be another bench
        self.acks = asyncio.run_coroutine_threadsafe(self._all(), loop).result(60)
        until = time.perf_counter() + THANKED_S
        while self._open() and time.perf_counter() < until:
            time.sleep(0.1)
        self.thanked_s = time.perf_counter() - begun
        self.bot_ms, self.own_ms = cpu_ms(self.pid) - bot, 1000 * time.process_time() - own

    async def _all(self) -> list[float]:
        begun = time.perf_counter()
        clicks = [self._one(number, name, begun) for number, name in enumerate(self.tokens)]
        return list(await asyncio.gather(*clicks))

    async def _one(self, number: int, name: str, begun: float) -> float:
        await asyncio.sleep(number / CLICKS)
        world = self.sandbox._world  # noqa: SLF001 - see above
        message = next(one for one in self._messages() if one.ts == name)
        self.made_s = max(self.made_s, time.perf_counter() - begun)
        user = world.workspace.user(self.tokens[name])
        ack = await hands.click(world, user, message, hands.Pick(action_id=f"{RATE}{1 + number % 5}"))
        return float(ack["ack_ms"] if ack["state"] == "acked" else 99_999)

    def _open(self) -> bool:
        return any("survey:question" in str(one.data.get("blocks")) for one in self._messages())

    def _messages(self) -> list[Message]:
        return self.sandbox._world.workspace.messages  # noqa: SLF001 - see above


@contextmanager
def running_bot(sandbox: Sandbox, url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`cx run`, connected, until the end of the block."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    env |= {"CX_SLACK_BOT_TOKEN": sandbox.bot_token, "CX_SLACK_APP_TOKEN": sandbox.app_token, "CX_HTTP_PORT": "0"}
    env |= {"CX_SLACK_API_URL": sandbox.api_url, "CX_DATABASE_URL": url, "CX_HOME": str(folder)}
    env |= {"PYTHONPATH": str(Path(__file__).parents[1])}
    with (folder / "log").open("w") as log:
        bot = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=env, cwd=folder, stdout=log, stderr=log)
    try:
        sandbox.control.wait_for(lambda: len(sandbox.control.connections()) >= 2, UP_S)
        time.sleep(3)
        yield bot
    finally:
        bot.terminate()
        bot.wait(60)


def asked(store: Store, sandbox: Sandbox, now: datetime) -> dict[str, str]:
    """Two or three open questions a person, each about a ticket, as if asked over months: who got them, by message."""
    slack = Slack(sandbox.bot_token, sandbox.api_url)
    with store.writing() as session:
        session.add_all(
            Customer(id=n + 1, source="bench", external_id=str(n), name=f"P{n}", language="de") for n in range(CLICKERS)
        )
        session.add_all(_ticket(n, now) for n in range(CLICKS))
        session.flush()
        session.add_all(_question(n, now) for n in range(CLICKS))
    posted = {}
    for n in range(CLICKS):
        user = f"UP{n % CLICKERS:05}"
        message = invitation_message(
            Invited(invitation_id=n, user_id=user, survey=CSAT, scale=CSAT.default, token=_token(n), language="de", subject=None)
        )
        body = {"channel": user, "text": message.text, "blocks": list(message.blocks)}
        posted[str(slack.post("chat.postMessage", body).body["ts"])] = user
    return posted


def _customer(n: int) -> Customer:
    return Customer(id=n + 1, source="bench", external_id=str(n), name=f"P{n}", language="de")


def _ticket(n: int, now: datetime) -> Ticket:
    about = {
        "source": "bench",
        "external_id": str(n),
        "status": Status.SOLVED,
        "channel": Channel.EMAIL,
        "customer_id": n % CLICKERS + 1,
    }
    return Ticket(id=n + 1, **about, created_at=now - timedelta(days=2), updated_at=now - timedelta(days=1))


def _question(n: int, now: datetime) -> Invitation:
    whom = {"slack_team_id": TEAM, "slack_user_id": f"UP{n % CLICKERS:05}", "customer_id": n % CLICKERS + 1, "ticket_id": n + 1}
    open_ = {"state": InvitationState.SENT, "decided_at": now, "sent_at": now, "expires_at": now + timedelta(days=7)}
    return Invitation(survey="csat", scale=CSAT.default.slug, **whom, **open_, token_hash=hash_token(_token(n)))


def _token(number: int) -> str:
    return f"{number:022d}"


def _people() -> list[dict[str, str]]:
    return [
        {"id": f"UP{n:05}", "name": f"p{n}", "real_name": f"Person {n}", "email": f"p{n}@x.example", "tz": "UTC"}
        for n in range(CLICKERS)
    ]


def cpu_ms(pid: int) -> float:
    """What a process and its children that ended have cost; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return 1000 * sum(int(field) for field in fields[11:13]) / TICKS
