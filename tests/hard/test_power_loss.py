"""A power cut at any byte leaves a store that is whole, and a slot with its message or neither."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select

from bot.store.engine import Store, damage, open_store
from bot.store.ledger import claim_slot
from bot.store.outbox import Letter, claim_ready, enqueue, settle_sent
from bot.store.tables import Outbox, Run, Subscription
from tests.hard.conftest import Tell
from tests.world import NOW

SLOTS = 24
WAL_HEADER, FRAME_HEADER = 32, 24


@dataclass(frozen=True)
class Left:
    """What a machine had on its disk before the cut: the file, its log, and the file as a checkpoint would leave it."""

    file: bytes
    log: bytes
    after_checkpoint: bytes
    page: int

    @property
    def frames(self) -> range:
        return range(WAL_HEADER, len(self.log) + 1, FRAME_HEADER + self.page)


@pytest.fixture
def left(sqlite_store: Store, tmp_path: Path) -> Left:
    """Slots claimed, their messages kept and some sent, each in a transaction of its own, none of it checkpointed."""
    path = Path(str(sqlite_store.engine.url.database))
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
        page = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    with sqlite_store.writing() as session:
        session.add(subscription())
    for number in range(SLOTS):
        at = NOW + timedelta(days=number)
        with sqlite_store.writing() as session:
            assert claim_slot(session, 1, f"slot {number:02}", at, at)
            enqueue(session, Letter(dedupe_key=f"{number:02}", kind="digest", channel_id="C1", payload={"text": "x" * 900}), at)
        if number % 3 == 0:
            with sqlite_store.writing() as session:
                for claim in claim_ready(session, at, limit=1):
                    settle_sent(session, claim, ts=f"{number}.0", channel="C1", now=at)
    file, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    copy = tmp_path / "checkpointed.db"
    copy.write_bytes(file)
    Path(f"{copy}-wal").write_bytes(log)
    open_and_close(copy)
    return Left(file=file, log=log, after_checkpoint=copy.read_bytes(), page=page)


def subscription() -> Subscription:
    cadence = {"at": "09:00"}
    return Subscription(
        id=1, kind="digest", channel_id="C1", cadence=cadence, zone="UTC", owner="U1", created_at=NOW, seen_until=NOW
    )


def open_and_close(path: Path) -> None:
    open_store(f"sqlite:///{path}").close()


def recovered(tmp_path: Path, file: bytes, log: bytes) -> int:
    """Start over what was left; how many slots are there. Whatever is, is whole."""
    folder = tmp_path / "case"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "cx.db").write_bytes(file)
    (folder / "cx.db-wal").write_bytes(log)
    store = open_store(f"sqlite:///{folder / 'cx.db'}")
    try:
        assert damage(store) is None
        with store.reading() as session:
            slots = sorted(session.exec(select(Run.slot)))
            letters = sorted(session.exec(select(Outbox.dedupe_key)))
        assert slots == [f"slot {key}" for key in letters], "a slot without its message is a digest lost, the reverse one twice"
        assert slots == [f"slot {number:02}" for number in range(len(slots))], "no hole"
        with store.writing() as session:
            session.add(Subscription(**subscription().model_dump(exclude={"id"}) | {"spec_key": "after"}))
        return len(slots)
    finally:
        store.close()


def test_a_log_cut_at_every_frame_keeps_every_transaction_before_the_cut(left: Left, tmp_path: Path, tell: Tell) -> None:
    kept = [recovered(tmp_path, left.file, left.log[:cut]) for cut in left.frames]

    tell("power cut between two frames of the log", cuts=len(kept), damaged=0, slots_without_their_message=0)
    assert kept == sorted(kept)
    assert kept[-1] == SLOTS
    assert len(set(kept)) == SLOTS + 1, "each transaction is there as soon as its last frame is"


def torn(left: Left, random: Random) -> Iterator[bytes]:
    """A frame half written, its end never written, written as rubbish, or with one bit turned."""
    for start in left.frames[:-1:2]:
        end = start + FRAME_HEADER + left.page
        half = random.randrange(start + 1, end)
        yield left.log[:half]
        yield left.log[:half] + b"\0" * (end - half)
        yield left.log[:half] + random.randbytes(end - half)
        turned = bytearray(left.log)
        turned[half] ^= 1 << random.randrange(8)
        yield bytes(turned)


def test_a_frame_torn_anywhere_loses_nothing_before_it(left: Left, tmp_path: Path, tell: Tell) -> None:
    found = [recovered(tmp_path, left.file, log) for log in torn(left, Random(7))]

    tell("power cut inside a frame of the log", cuts=len(found), damaged=0, slots_without_their_message=0)
    assert len(found) > 200
    assert max(found) < SLOTS + 1


def test_a_cut_in_the_middle_of_a_checkpoint_loses_nothing_at_all(left: Left, tmp_path: Path, tell: Tell) -> None:
    """Any part of the pages had reached the file; the log is still there, because it is let go of only afterwards."""
    random = Random(11)
    pages = len(left.after_checkpoint) // left.page
    for _ in range(100):
        mixed = bytearray(left.file.ljust(len(left.after_checkpoint), b"\0"))
        for page in random.sample(range(pages), random.randrange(pages + 1)):
            mixed[page * left.page : (page + 1) * left.page] = left.after_checkpoint[page * left.page : (page + 1) * left.page]
        assert recovered(tmp_path, bytes(mixed), left.log) == SLOTS
    tell("power cut in the middle of a checkpoint", cuts=100, damaged=0, rows_lost=0)
