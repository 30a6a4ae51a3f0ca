"""`cx digest` writes a day's digest into a folder, as it would be posted."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from sqlmodel import func, select

from bot.store.engine import Store
from bot.store.tables import Outbox, Run, SavedQuery, Subscription
from tests.cli.conftest import Terminal
from tests.slack_validators import problems
from tests.world import NOW

WIDTH = 1120


def written(folder: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def test_a_digest_is_one_message_and_its_thread(lived: Terminal) -> None:
    out = lived.folder / "out"

    ran = lived("digest", "--date", "2026-11-17", "--out", out)

    assert (ran.code, ran.err) == (0, "")
    messages = written(out)
    assert next(iter(messages)) == "digest-0.json"
    assert len(messages) > 1
    assert ran.out.rstrip("\n") == messages["digest-0.json"]["text"]
    assert "12 tickets created" in ran.out
    assert "Mon 16 Nov 2026" in ran.out


def test_every_message_can_be_posted(lived: Terminal) -> None:
    lived("digest", "--date", "2026-11-17", "--out", lived.folder / "out")

    for name, message in written(lived.folder / "out").items():
        assert problems(message) == [], name
    assert len(written(lived.folder / "out")["digest-0.json"]["blocks"]) <= 8


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_picture_is_a_png_for_a_phone(lived: Terminal, theme: str) -> None:
    out = lived.folder / "out"

    lived("digest", "--date", "2026-11-17", "--out", out, "--theme", theme)

    pictures = [Image.open(io.BytesIO(path.read_bytes())) for path in sorted(out.glob("*.png"))]
    assert len(pictures) >= 2
    assert {picture.format for picture in pictures} == {"PNG"}
    assert {picture.width for picture in pictures} == {WIDTH}
    assert (ImageStat.Stat(pictures[0].convert("L")).mean[0] > 127) is (theme == "light")


def test_each_placeholder_has_its_picture(lived: Terminal) -> None:
    out = lived.folder / "out"
    lived("digest", "--date", "2026-11-17", "--out", out)

    for name, message in written(out).items():
        wanted = [block["slack_file"]["id"] for block in message["blocks"] if block["type"] == "image"]
        assert wanted == [f"chart:{place}" for place in range(len(wanted))]
        assert all((out / f"{Path(name).stem}-chart-{place}.png").exists() for place in range(len(wanted)))


def test_the_same_day_is_the_same_digest(lived: Terminal) -> None:
    first, second = lived.folder / "first", lived.folder / "second"

    lived("digest", "--date", "2026-11-17", "--out", first)
    lived("digest", "--date", "2026-11-17", "--out", second)

    assert {path.name: path.read_bytes() for path in first.iterdir()} == {p.name: p.read_bytes() for p in second.iterdir()}


def test_an_empty_store_has_no_numbers_and_no_pictures(cx: Terminal) -> None:
    ran = cx("digest", "--date", "2026-11-17", "--out", cx.folder / "out")

    assert ran.code == 0
    assert "no numbers yet" in ran.out
    assert [path.name for path in (cx.folder / "out").iterdir()] == ["digest-0.json"]


def test_writing_a_digest_posts_and_claims_nothing(lived: Terminal, store: Store) -> None:
    lived("digest", "--date", "2026-11-17", "--out", lived.folder / "out")

    with store.reading() as session:
        kept = [session.exec(select(func.count()).select_from(table)).one() for table in (Outbox, Run, SavedQuery)]
    assert kept == [0, 0, 0]


def test_a_rehearsal_says_what_each_subscription_would_post_and_posts_nothing(lived: Terminal, store: Store) -> None:
    assert "No digest is on" in lived("digest", "--dry-run").out
    with store.writing() as session:
        session.add(
            Subscription(kind="digest", channel_id="C0DIGEST", cadence={"at": "09:00"}, zone="Europe/Berlin", owner="U0LENA",
                         spec={"always": True}, created_at=NOW, seen_until=NOW)
        )  # fmt: skip

    ran = lived("digest", "--dry-run")

    assert ran.code == 0
    assert "digest 1 in C0DIGEST, next 20" in ran.out
    assert "Backlog" in ran.out
    with store.reading() as session:
        assert session.exec(select(func.count()).select_from(Outbox)).one() == 0
        assert session.exec(select(func.count()).select_from(Run)).one() == 0


def test_a_rehearsal_says_which_of_two_leads_and_which_goes_into_its_thread(lived: Terminal, store: Store) -> None:
    high = {"filters": [{"dimension": "priority", "values": ["high"], "negated": False}]}
    with store.writing() as session:
        for key, spec in (("weekly:priority:high", high), ("weekly", {})):
            session.add(
                Subscription(kind="digest", channel_id="C0DIGEST", cadence={"at": "09:00", "weekdays": [0]}, zone="UTC",
                             owner="U0LENA", spec_key=key, spec=spec | {"always": True}, created_at=NOW, seen_until=NOW)
            )  # fmt: skip

    said = lived("digest", "--dry-run").out

    assert "\nIn the thread, weekly high: " in said
    assert said.startswith("digest 2 in C0DIGEST, next 20")
    assert "09:00 UTC, in the thread of digest 2; now it would say:" in said.partition("digest 1 in C0DIGEST")[2]


@pytest.mark.parametrize(("name", "begins"), [("page.pdf", b"%PDF"), ("page.png", b"\x89PNG")])
def test_a_month_is_written_as_one_page(lived: Terminal, name: str, begins: bytes) -> None:
    ran = lived("digest", "--date", "2026-11-18", "--page", lived.folder / name)

    assert (ran.code, ran.err) == (0, "")
    assert (lived.folder / name).read_bytes().startswith(begins)


@pytest.mark.parametrize("words", [("digest",), ("digest", "--page", "page.docx"), ("digest", "--page", "page")])
def test_a_digest_needs_a_place_that_can_hold_it(lived: Terminal, words: tuple[str, ...]) -> None:
    ran = lived(*words)

    assert ran.code == 2
    assert ".pdf" in ran.err or "--out" in ran.err
