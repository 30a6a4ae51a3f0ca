"""A hundred thousand deliveries, half on each database, honest and hostile, shuffled and at once, leave no wrong score and no
word that is not its owner's."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

import pytest
from sqlmodel import Session, col, func, select

from bot.store.engine import Store
from bot.store.ledger import first_deliveries
from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer
from bot.store.words import InvitationState, SurveyKind
from bot.store.workspace import Workspace
from bot.surveys import anonymous
from bot.surveys.wire import Pressed, hash_token, write
from bot.views.survey import RATE, SAID, WORDS
from commands.command import Asker, Click, Reply
from commands.rate import rate_all, said
from tests.hard.conftest import Tell
from tests.hard.scale import scaled
from tests.surveys.cast import DAY, NOW, TEAM, token

DELIVERIES = scaled(50_000)
INVITATIONS = max(50, DELIVERIES // 20)
THREADS = 16
WITHDRAWN_EVERY = 50
USED = 20
"""Anonymous questions that were answered before: their buttons are used up."""
MARKUP = "<!channel> <script>alert(1)</script> *_~`<@U1>`~_* & <https://evil.example|here> \u202e" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery. `honest` ones may count; all others must leave no trace."""

    number: int
    value: str
    pressed: int
    kind: str = "honest"
    score: int = 0
    user_id: str
    team_id: str = TEAM
    now: datetime = NOW
    words: str = ""

    @property
    def honest(self) -> bool:
        return self.kind == "honest"


def hostile(random: Random, number: int, pressed: int) -> Sent:
    """Something that must not count."""
    good = Pressed(survey=SurveyKind.CSAT, token=token(number), score=random.randint(1, 5))
    withdrawn = WITHDRAWN_EVERY * random.randint(1, INVITATIONS // WITHDRAWN_EVERY)
    kinds: dict[str, dict[str, object]] = {
        "forged": {"value": write(Pressed(survey=SurveyKind.CSAT, token=f"{random.getrandbits(80):022x}"[:22], score=5))},
        "malformed": {
            "value": random.choice(("", "v1|csat", "v9|csat|x|5", "\x00" * 50, "5", "v1|csat|" + "A" * 22 + "|5 ", "😀" * 999))
        },
        "off scale": {"value": write(Pressed(survey=SurveyKind.CSAT, token=token(number), score=random.choice((0, 6, -1, 999))))},
        "someone else's": {"user_id": "U-MALLORY"},
        "another workspace": {"team_id": "T-OTHERS"},
        "expired": {"now": NOW + 8 * DAY},
        "withdrawn": {"number": withdrawn, "user_id": f"U-{withdrawn}", "value": write(replace(good, token=token(withdrawn)))},
        "used": {"user_id": "U-USED", "value": write(replace(good, token=token(-random.randint(1, USED))))},
        "someone else's words": {"user_id": "U-MALLORY", "words": MARKUP[:3000], "value": write(replace(good, score=None))},
    }
    kind = random.choice(list(kinds))
    facts = {"number": number, "value": write(good), "pressed": pressed, "user_id": f"U-{number}", "kind": kind}
    return Sent(**(facts | kinds[kind]))  # type: ignore[arg-type]


def plan(random: Random) -> list[Sent]:
    """Every person presses a few times; most presses come more than once, and more than every fourth delivery is hostile."""
    found: list[Sent] = []
    while len(found) < DELIVERIES:
        number, pressed = random.randint(1, INVITATIONS), random.randint(0, 50)
        if random.random() < 0.4:
            found.append(hostile(random, number, pressed))
            continue
        score = 1 + (number * 7 + pressed * 13) % 5  # One press has one score, however often it is delivered.
        value = write(Pressed(survey=SurveyKind.CSAT, token=token(number), score=score))
        one = Sent(number=number, value=value, pressed=pressed, score=score, user_id=f"U-{number}")
        found += [one] * random.choice((1, 1, 2, 3))
    random.shuffle(found)
    return found[:DELIVERIES]


def deliver(store: Store, sent: Sent) -> None:
    """As the app does it: known deliveries are done with, and what comes at once is committed at once."""
    store.all_together(sent, keep)


def keep(session: Session, sent: Sequence[Sent]) -> list[Reply | None]:
    keys = [f"press:{stamp(one)}:{RATE}{one.score}:{one.user_id}:{hash(one)}" for one in sent]
    fresh = [one for one, first in zip(sent, first_deliveries(session, keys, NOW), strict=True) if first]
    presses = [one for one in fresh if not one.words]
    told = dict(zip(presses, rate_all([click(session, one) for one in presses]), strict=True)) if presses else {}
    told |= {one: said(click(session, one)) for one in fresh if one.words}
    return [told.get(one) for one in sent]


def click(session: Session, sent: Sent) -> Click:
    asker = Asker(user_id=sent.user_id, team_id=sent.team_id, channel_id="D1", is_outsider=True)
    action, state = (SAID, {WORDS: {WORDS: {"value": sent.words}}}) if sent.words else (f"{RATE}{sent.score}", {})
    facts = {
        "value": sent.value,
        "metadata": sent.value,
        "now": sent.now,
        "asker": asker,
        "action_ts": stamp(sent),
        "state": state,
    }
    return Click(action=action, session=session, workspace=Workspace(), **facts)  # type: ignore[arg-type]


def stamp(sent: Sent) -> str:
    return f"{NOW.timestamp() + sent.pressed:.6f}"


def ask_everyone(store: Store) -> None:
    numbers = range(1, INVITATIONS + 1)
    with store.writing() as session:
        session.add_all(asked(number) for number in numbers if number % WITHDRAWN_EVERY)
        session.add_all(asked(number, state=InvitationState.WITHDRAWN) for number in numbers if not number % WITHDRAWN_EVERY)
        used = [asked(-number, anonymous=True, slack_user_id="U-USED") for number in range(1, USED + 1)]
        session.add_all(used)
        session.flush()
        for one in used:
            anonymous.keep(session, one, 1, now=NOW)


def asked(number: int, **changes: object) -> Invitation:
    facts = {"slack_user_id": f"U-{number}", "state": InvitationState.SENT, "token_hash": hash_token(token(number))}
    times = {"decided_at": NOW, "sent_at": NOW, "expires_at": NOW + 7 * DAY}
    return Invitation(survey=SurveyKind.CSAT, scale="csat-1-5", slack_team_id=TEAM, **(facts | times | changes))  # type: ignore[arg-type]


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
        answers = session.exec(select(SurveyAnswer)).all()
        kept = session.exec(select(func.count()).select_from(AnswerHistory)).one()
        taken_back = session.exec(select(Invitation).where(col(Invitation.state) == InvitationState.WITHDRAWN)).all()
    stands = {row.external_id: row.score for row in answers if row.source != anonymous.SOURCE}
    honest = {(one.number, one.pressed) for one in sent if one.honest and one.number % WITHDRAWN_EVERY}
    wrong = {name for name in stands.keys() | wanted.keys() if stands.get(name) != wanted.get(name)}
    kinds = Counter(one.kind for one in sent)
    tell(
        f"hostile deliveries, {database}", deliveries=len(sent), invitations=INVITATIONS, threads=THREADS,
        hostile=len(sent) - kinds["honest"], of_kinds=len(kinds) - 1, a_second=round(rate_s), wrong_final_scores=len(wrong),
        seed=seed,
    )  # fmt: skip
    assert wrong == set()
    assert kept == len(honest)
    assert len(kinds) == 10
    assert [row.score for row in answers if row.source == anonymous.SOURCE] == [1] * USED
    assert [row.comment for row in answers if row.comment] == []
    assert len(taken_back) == INVITATIONS // WITHDRAWN_EVERY
