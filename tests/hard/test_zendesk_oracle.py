"""A made-up Zendesk account synced by the real command, held ticket by ticket against the definitions worked out apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.hard.oracle.cast import END, PAST
from tests.hard.oracle.compare import Cx, Difference, answer_differences, everything, seen_at, split_differences
from tests.hard.oracle.counts import ANSWERS
from tests.hard.oracle.fates import made_up
from tests.hard.oracle.odd import odd_lives
from tests.hard.oracle.render import stamp
from tests.hard.oracle.server import Zendesk

LIVES = [*made_up(7, 120), *odd_lives()]
DAYS = (date(2026, 1, 4), date(2026, 3, 14))
WINDOW = "2026-02-01..2026-02-28"


@pytest.fixture(scope="module")
def zendesk() -> Iterator[Zendesk]:
    with Zendesk(lives=LIVES, now=END, rough=True).running() as server:
        yield server


@pytest.fixture(scope="module")
def synced(zendesk: Zendesk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cx]:
    """One store a profile, each filled by the command from nothing."""
    found = {}
    for profile, oauth in (("articles", False), ("zendesk", True)):
        cx = Cx(database=tmp_path_factory.mktemp(profile) / "cx.db", profile=profile, zendesk=zendesk, oauth=oauth)
        cx.run("sync", "zendesk", "--once", "--as-of", stamp(END))
        found[profile] = cx
    return found


def none(found: list[Difference]) -> None:
    """Fail with the first few differences, each with its ticket's life, and how many there are."""
    if found:
        pytest.fail(f"{len(found)} differences\n" + "\n".join(difference.told() for difference in found[:8]), pytrace=False)


@pytest.mark.parametrize("profile", ["articles", "zendesk"])
@pytest.mark.parametrize("now", [PAST, END])
def test_every_ticket_promise_and_backlog_cell_is_what_the_definitions_say(
    synced: dict[str, Cx], profile: str, now: object
) -> None:
    assert now in (PAST, END)
    instant = PAST if now == PAST else END
    none(everything(synced[profile], LIVES, instant, DAYS, "America/New_York"))


@pytest.mark.parametrize("profile", ["articles", "zendesk"])
def test_a_dozen_answers_are_what_the_definitions_say(synced: dict[str, Cx], profile: str) -> None:
    tickets = seen_at(LIVES, profile, PAST)
    names = [*ANSWERS] if profile == "articles" else [*ANSWERS][:5]
    none(answer_differences(synced[profile], tickets, PAST, WINDOW, names))
    none(split_differences(synced[profile], tickets, PAST, WINDOW))


def test_a_store_synced_at_a_past_instant_tells_what_was_known_then(zendesk: Zendesk, tmp_path: Path) -> None:
    cx = Cx(database=tmp_path / "past.db", profile="articles", zendesk=zendesk)
    cx.run("sync", "zendesk", "--once", "--as-of", stamp(PAST))
    none(everything(cx, LIVES, PAST, DAYS, "UTC"))
