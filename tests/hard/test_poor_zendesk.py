"""A Zendesk-like server that leaves things out is read to the same facts, promises and backlog, in each way by itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.hard.oracle.cast import END
from tests.hard.oracle.compare import Cx, everything
from tests.hard.oracle.fates import made_up
from tests.hard.oracle.odd import odd_lives
from tests.hard.oracle.poor import WAYS, Poor
from tests.hard.oracle.render import stamp

LIVES = [*made_up(5, 40), *odd_lives()]
DAYS = (date(2026, 1, 4), date(2026, 3, 14))


@pytest.mark.parametrize("way", WAYS)
def test_what_a_server_leaves_out_changes_no_figure(way: str, tmp_path: Path) -> None:
    with Poor(lives=LIVES, now=END, page=30, way=way).running() as server:
        cx = Cx(database=tmp_path / "cx.db", profile="articles", zendesk=server)
        cx.run("sync", "zendesk", "--once", "--as-of", stamp(END))
        found = everything(cx, LIVES, END, DAYS, "America/New_York")
    if way == "no events":  # Audits are read one by one then, and those of a deleted ticket may not be.
        found = [difference for difference in found if not difference.where.startswith("backlog")]
    assert not found, "\n".join(difference.told() for difference in found[:3])
