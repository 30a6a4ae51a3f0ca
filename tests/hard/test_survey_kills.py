"""A click that was acknowledged is kept: the process is killed the moment the acknowledgement left, hundreds of times."""

from __future__ import annotations

import os
import select as waiting
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select

from bot.store.engine import Store
from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer
from bot.store.words import InvitationState
from bot.surveys.wire import hash_token
from tests.hard.conftest import Tell
from tests.hard.forking import Forks
from tests.hard.scale import scaled
from tests.surveys.cast import CARLA, DAY, NOW, TEAM, token

KILLS = scaled(500)
A_LIFE = 4
"""So many clicks wait for a worker; it is killed after the first acknowledgements, and some are never taken."""


def asked(store: Store, count: int) -> None:
    with store.writing() as session:
        session.add_all(
            Invitation(
                survey="csat",
                scale="csat-1-5",
                slack_team_id=TEAM,
                slack_user_id=CARLA.user_id,
                token_hash=hash_token(token(number)),
                state=InvitationState.SENT,
                decided_at=NOW,
                sent_at=NOW,
                expires_at=NOW + 7 * DAY,
            )
            for number in range(1, count + 1)
        )  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_no_acknowledged_click_is_lost(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, seed: int, tell: Tell
) -> None:
    store: Store = request.getfixturevalue(f"{database}_store")
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    random, kills = Random(seed), KILLS // 2
    asked(store, kills)
    pipe = tmp_path / "acks"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR)  # Held open for writing too, or there would be an end of it between two workers.
    acked: list[tuple[int, int, float]] = []
    with Forks("tests.hard.survey_worker", tmp_path / "log") as forks:
        for number in range(1, kills + 1):
            clicks = [[number, random.randint(1, 5), number * 10 + place] for place in range(A_LIFE)]
            pid = forks.start("take", url=url, acks=str(pipe), clicks=clicks)
            wanted = random.randint(1, A_LIFE)
            got = b""
            while got.count(b"\n") < wanted:
                assert waiting.select([reader], [], [], 60)[0], (tmp_path / "log").read_text()
                got += os.read(reader, 4096)
            forks.kill(pid)
            acked += [_parsed(line) for line in (got + _rest(reader)).decode().splitlines()]
    os.close(reader)
    lost = [one for one in acked if not _kept(store, one)]
    wrong = _wrong(store, acked)
    tell(
        f"kill -9 right after the ack of a click, {database}",
        kills=kills,
        acks=len(acked),
        lost=len(lost),
        wrong=len(wrong),
        seed=seed,
    )
    assert len(acked) >= kills
    assert (lost, wrong) == ([], [])


def _rest(reader: int) -> bytes:
    """What it still said before the kill came."""
    return os.read(reader, 4096) if waiting.select([reader], [], [], 0.02)[0] else b""


def _parsed(line: str) -> tuple[int, int, float]:
    number, score, pressed = line.split()
    return int(number), int(score), float(pressed)


def _kept(store: Store, one: tuple[int, int, float]) -> bool:
    number, score, pressed = one
    key = f"{int(NOW.timestamp() + pressed):010d}.000000"
    with store.reading() as session:
        query = select(AnswerHistory.score).where(
            AnswerHistory.external_id == hash_token(token(number)), AnswerHistory.order_key == key
        )
        return session.exec(query).first() == score


def _wrong(store: Store, acked: list[tuple[int, int, float]]) -> list[int]:
    """Invitations whose score is older than one that was acknowledged."""
    newest = {number: max(pressed for other, _, pressed in acked if other == number) for number, _, _ in acked}
    with store.reading() as session:
        stands = {row.external_id: row.order_key for row in session.exec(select(SurveyAnswer))}
    keys = {number: f"{int(NOW.timestamp() + pressed):010d}.000000" for number, pressed in newest.items()}
    return [number for number, key in keys.items() if stands.get(hash_token(token(number)), "") < key]
