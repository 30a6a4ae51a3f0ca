"""The disk under the store is full in the middle of posting: nothing is lost, nothing comes twice, and all is posted when there
is room again."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlmodel import col, func, select

import jobs.digest
from bot.errors import StoreError
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.slack.sender import Sender
from bot.store.engine import Store, damage
from bot.store.tables import Outbox
from bot.views.digest_words import Edition
from jobs.digest import post_due_digests
from jobs.edition import Order
from jobs.job import Tick
from jobs.losses import mourn
from tests.hard.conftest import Tell
from tests.hard.digest_worker import bare
from tests.hard.faulty import Chance
from tests.hard.lapse import Lapse
from tests.hard.test_crash_points import subscribe_one
from tests.hard.test_digest_kills import CHANNEL

AT_ONCE, FILLS = 8, 16
SETTLED_S = 60
Stage = Callable[[Store, Slack, Lapse], None]
NO_LIMIT = 1_000_000
FRAME = 4096 + 24


def test_a_disk_that_is_full_at_any_page_of_a_digest_costs_only_time(
    sqlite_store: Store, busy_slack: tuple[Sandbox, Lapse, Chance], monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    sandbox, lapse, chance = busy_slack
    chance.share = 0.0
    monkeypatch.setattr(jobs.digest, "edition", wordy)
    pragma(sqlite_store, "wal_autocheckpoint = 0")
    slack = lapse.port(sandbox.bot_token, sandbox.api_url)
    slots, refused = 0, Counter[str]()
    for pages in range(FILLS):
        for _ in range(AT_ONCE):
            subscribe_one(sqlite_store, lapse, slots)
            slots += 1
        refused["to keep"] += squeezed(post, sqlite_store, slack, lapse, small_file(sqlite_store, pages=pages))
        post(sqlite_store, slack, lapse)
        refused["to send"] += squeezed(send, sqlite_store, slack, lapse, small_log(sqlite_store, frames=2 * pages))
    until = time.monotonic() + SETTLED_S
    while waits(sqlite_store, slots):
        assert time.monotonic() < until, "not settled"
        post(sqlite_store, slack, lapse)
        send(sqlite_store, slack, lapse)
        lapse.sleep(1.0)

    posted = Counter(message["text"].split(",")[0] for message in sandbox.control.messages(CHANNEL))
    tell("disk full in the middle of a digest", times=FILLS, refused=refused.total(), slots=slots, posted_once=len(posted))
    assert min(refused.values()) > 0, f"the disk was hardly ever full: {refused}"
    assert posted == Counter(f"slot-{number}" for number in range(slots))
    assert damage(sqlite_store) is None


def wordy(session: object, order: Order, workspace: object) -> Edition:
    """An edition that needs a page of its own."""
    short = bare(session, order, workspace)
    return replace(short, scope=f"{short.scope}, {'x' * 2500}")


def post(store: Store, slack: Slack, lapse: Lapse) -> None:
    post_due_digests(Tick(now=lapse.now(), store=store, settings=read_settings({}), slack=slack))


def send(store: Store, slack: Slack, lapse: Lapse) -> None:
    Sender(store=store, slack=slack, started=lapse.now(), sleep=lapse.sleep, mourn=mourn).run()


def squeezed(stage: Stage, store: Store, slack: Slack, lapse: Lapse, room: AbstractContextManager[None]) -> int:
    """Let it happen with little room; how often there was none. Whatever it had begun is left as it stands then."""
    found: list[str] = []

    def note(context: ExceptionContext) -> None:
        found.append(str(getattr(context.original_exception, "sqlite_errorname", "")))

    event.listen(store.engine, "handle_error", note)
    with room, suppress(StoreError):
        stage(store, slack, lapse)
    event.remove(store.engine, "handle_error", note)
    assert set(found) <= {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}
    return len(found)


@contextmanager
def small_file(store: Store, *, pages: int) -> Iterator[None]:
    """So many more pages fit into the file of the database, and not one more."""
    now = pragma(store, "page_count") - pragma(store, "freelist_count")
    pragma(store, f"max_page_count = {now + pages}")
    try:
        yield
    finally:
        pragma(store, f"max_page_count = {NO_LIMIT}")


@contextmanager
def small_log(store: Store, *, frames: int) -> Iterator[None]:
    """So many more pages fit into the log beside it; the system then refuses as it does for a file that is too long."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(f"{store.engine.url.database}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + frames * FRAME, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pragma(store: Store, words: str) -> int:
    with store.engine.connect() as connection:
        found = int(connection.exec_driver_sql(f"PRAGMA {words}").scalar_one())
        connection.rollback()
        return found


def waits(store: Store, slots: int) -> bool:
    """Whether a slot has no message yet, or a message was not settled and looked at twice."""
    with store.reading() as session:
        kept = session.exec(select(func.count()).select_from(Outbox)).one()
        open_ = session.exec(select(func.count()).where((Outbox.state != "sent") | col(Outbox.verify_at).is_not(None))).one()
    return kept < slots or open_ > 0
