"""Ratings from elsewhere count in the same KPIs on their own scale; mixed scales are shown side by side, never averaged."""

from __future__ import annotations

from bot.kpis.query import Filter
from bot.store.engine import Store
from bot.store.tables import Invitation
from bot.store.words import SurveyKind
from tests.kpis.office import ask, by, days, keep
from tests.world import CAST, MONDAY, minute, rating, ticket


def test_a_share_over_two_scales_says_so_and_how_each_came_out(store: Store) -> None:
    tickets = [ticket(str(number)) for number in range(5)]
    keep(store, *CAST, *tickets)
    keep(store, *(rating(score, minute(score), of=str(score % 5)) for score in (5, 4, 1)))
    keep(store, rating(1, MONDAY, of="2", scale="csat-good-bad"), rating(0, MONDAY, of="3", scale="csat-good-bad"))
    answer = ask(store, "csat", days(MONDAY.replace(hour=0), 7))
    assert (answer.figure.n, answer.figure.value) == (5, 60.0)
    (note,) = [one for one in answer.notes if "scales" in one]
    assert "2 scales, never averaged" in note
    assert "csat-1-5 2 of 3, csat-good-bad 1 of 2" in note
    rows = by(ask(store, "csat", days(MONDAY.replace(hour=0), 7), splits=("scale",)))
    assert {name: row.value for name, row in rows.items()} == {"csat-1-5": 200 / 3, "csat-good-bad": 50.0}


def test_a_mean_over_two_scales_is_no_number(store: Store) -> None:
    keep(store, *CAST, *(ticket(str(number)) for number in range(2)))
    ces = {"survey": SurveyKind.CES}
    keep(store, rating(6, of="0", scale="ces-1-7", **ces), rating(10, of="1", scale="ces-faces", **ces))
    answer = ask(store, "ces", days(MONDAY.replace(hour=0), 7))
    assert (answer.figure.n, answer.figure.value) == (2, None)
    assert any("no common mean" in note for note in answer.notes)


def test_one_scale_needs_no_note(store: Store) -> None:
    keep(store, *CAST, ticket(), rating(5))
    answer = ask(store, "csat", days(MONDAY.replace(hour=0), 7))
    assert not [note for note in answer.notes if "scales" in note]


def test_a_score_says_how_many_of_those_who_were_asked_answered(store: Store) -> None:
    keep(store, *CAST, *(ticket(str(number)) for number in range(3)))
    keep(store, rating(5, minute(5), of="1"))
    week = days(MONDAY.replace(hour=0), 7)
    assert not [one for one in ask(store, "csat", week).notes if "Response rate" in one], "nobody was asked by us"
    with store.writing() as session:
        for number, (kind, state) in enumerate((("csat", "answered"), ("csat", "sent"), ("csat", "expired"), ("nps", "sent"))):
            asked = {"survey": kind, "scale": f"{kind}-1-5", "state": state, "token_hash": str(number), "resolution": number}
            session.add(Invitation(**asked, decided_at=MONDAY, sent_at=MONDAY, expires_at=MONDAY))
    assert "Response rate: 33% (1 of the 3 that cx asked in this window)." in ask(store, "csat", week).notes
    assert not [one for one in ask(store, "csat", week, filters=scale("csat-1-5")).notes if "Response rate" in one]


def scale(name: str) -> tuple[Filter, ...]:
    return (Filter(dimension="scale", values=(name,)),)
