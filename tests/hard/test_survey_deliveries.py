"""A hundred thousand deliveries, half on each database, honest and hostile, shuffled and at once, leave no wrong score."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from random import Random

import pytest
from sqlmodel import Session, func, select

from bot.store.engine import Store
from bot.store.ledger import first_delivery
from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer
from bot.store.words import InvitationState, SurveyKind
from bot.store.workspace import Workspace
from bot.surveys.wire import Pressed, hash_token, write
from bot.views.survey import RATE
from commands.command import Asker, Click
from commands.rate import rate
from tests.hard.conftest import Tell
from tests.hard.scale import scaled
from tests.surveys.cast import DAY, NOW, TEAM, token

DELIVERIES = scaled(50_000)
INVITATIONS = max(50, DELIVERIES // 20)
THREADS = 16
WITHDRAWN_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery. `honest` ones may count; all others must leave no trace."""

    number: int
    value: str
    pressed: int
    score: int = 0
    user_id: str
    team_id: str = TEAM
    now: datetime = NOW
    honest: bool = False


def hostile(random: Random, number: int, pressed: int) -> Sent:
    """Something that must not count."""
    good = Pressed(survey=SurveyKind.CSAT, token=token(number), score=random.randint(1, 5))
    kinds = {
        "forged": {"value": write(Pressed(survey=SurveyKind.CSAT, token=f"{random.getrandbits(80):022x}"[:22], score=5))},
        "malformed": {
            "value": random.choice(("", "v1|csat", "v9|csat|x|5", "\x00" * 50, "5", "v1|csat|" + "A" * 22 + "|5 ", "😀" * 999))
        },
        "off scale": {"value": write(Pressed(survey=SurveyKind.CSAT, token=token(number), score=random.choice((0, 6, -1, 999))))},
        "someone else's": {"user_id": "U-MALLORY"},
        "another workspace": {"team_id": "T-OTHERS"},
        "expired": {"now": NOW + 8 * DAY},
    }
    facts = {"number": number, "value": write(good), "pressed": pressed, "user_id": f"U-{number}"}
    return Sent(**(facts | random.choice(list(kinds.values()))))  # type: ignore[arg-type]


def plan(random: Random) -> list[Sent]:
    """Every person presses a few times; most presses come more than once, and nearly half of all is hostile."""
    found: list[Sent] = []
    while len(found) < DELIVERIES:
        number, pressed = random.randint(1, INVITATIONS), random.randint(0, 50)
        if random.random() < 0.4:
            found.append(hostile(random, number, pressed))
            continue
        score = 1 + (number * 7 + pressed * 13) % 5  # One press has one score, however often it is delivered.
        value = write(Pressed(survey=SurveyKind.CSAT, token=token(number), score=score))
        one = Sent(number=number, value=value, pressed=pressed, score=score, user_id=f"U-{number}", honest=True)
        found += [one] * random.choice((1, 1, 2, 3))
    random.shuffle(found)
    return found[:DELIVERIES]


def deliver(store: Store, sent: Sent) -> None:
    """As the app does it: known deliveries are done with, and what comes at once is committed at once."""
    stamp = f"{NOW.timestamp() + sent.pressed:.6f}"
    asker = Asker(user_id=sent.user_id, team_id=sent.team_id, channel_id="D1", is_outsider=True)

    def run(session: Session) -> None:
        if first_delivery(session, f"press:{stamp}:{RATE}{sent.score}:{sent.user_id}:{hash(sent)}", NOW):
            facts = {"value": sent.value, "now": sent.now, "asker": asker, "action_ts": stamp, "workspace": Workspace()}
            rate(Click(action=f"{RATE}{sent.score}", session=session, **facts))  # type: ignore[arg-type]

    store.together(run)


def ask_everyone(store: Store) -> None:
    with store.writing() as session:
        session.add_all(
            Invitation(
                survey="csat", scale="csat-1-5", slack_team_id=TEAM, slack_user_id=f"U-{number}",
                token_hash=hash_token(token(number)),
                state=InvitationState.WITHDRAWN if number % WITHDRAWN_EVERY == 0 else InvitationState.SENT,
                decided_at=NOW, sent_at=NOW, expires_at=NOW + 7 * DAY,
            )
            for number in range(1, INVITATIONS + 1)
        )  # fmt: skip


def expected(sent: Sequence[Sent]) -> dict[str, int]:
    """The last honest press of each invitation that is open, by its hash."""
    newest: dict[int, Sent] = {}
    for one in sent:
        if one.honest and one.number % WITHDRAWN_EVERY and one.pressed >= newest.get(one.number, one).pressed:
            newest[one.number] = one
    return {hash_token(token(number)): one.score for number, one in newest.items()}


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_no_wrong_final_score(request: pytest.FixtureRequest, database: str, seed: int, tell: Tell) -> None:
    logging.disable(logging.CRITICAL)
    store: Store = request.getfixturevalue(f"{database}_store")
    sent = plan(Random(seed))
    ask_everyone(store)
    begun = time.monotonic()
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(lambda one: deliver(store, one), sent):
            pass
    rate_s = len(sent) / (time.monotonic() - begun)
    wanted = expected(sent)
    with store.reading() as session:
        stands = {row.external_id: row.score for row in session.exec(select(SurveyAnswer))}
        kept = session.exec(select(func.count()).select_from(AnswerHistory)).one()
    honest = {(one.number, one.pressed) for one in sent if one.honest and one.number % WITHDRAWN_EVERY}
    wrong = {name for name in stands.keys() | wanted.keys() if stands.get(name) != wanted.get(name)}
    tell(
        f"hostile deliveries, {database}", deliveries=len(sent), invitations=INVITATIONS, threads=THREADS,
        hostile=Counter(one.honest for one in sent)[False], a_second=round(rate_s), wrong_final_scores=len(wrong), seed=seed,
    )  # fmt: skip
    assert wrong == set()
    assert kept == len(honest)
