"""Feeds one door for so many seconds, steered by coverage or by chance, and leaves a count; fails on the first error of ours."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bot.desks.csv import dry_run
from bot.desks.mapping import read_mapping
from bot.errors import CxError
from bot.slack.dispatch import kind_of, who
from bot.slack.http import body_fields
from bot.slack.signature import SignatureCheck
from bot.store.workspace import Workspace
from commands.grammar import read

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NASTY = (b"", b"\x00", b'"', b"\xff\xfe", b"9" * 40, b"%00", "\u202e".encode(), "“".encode(), b"\xed\xa0\x80", b"\r\n")
SEEDS: dict[str, tuple[bytes, ...]] = {
    "parser": (b"frt last 30 days by agent", b"csat for Billing vs last month", b"goal csat >= 85%", b"cost add 1,2 EUR"),
    "csv": (b"id;created;status\n1;2026-11-16 09:00;open\n", b'\xef\xbb\xbfid,created\n"1",2026-11-16\n', b"\x41"),
    "webhook": (
        b"payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%7D",
        b'{"type":"event_callback","event":{"type":"app_mention","user":"U1"}}',
        b"command=%2Fcx&text=help&user_id=U1",
    ),
}
Feed = Callable[[bytes], None]


def parser(_folder: Path) -> Feed:
    """What is typed after `/cx`."""
    workspace = Workspace(zone="Europe/Berlin")

    def feed(raw: bytes) -> None:
        read(raw.decode("utf-8", "surrogateescape"), now=NOW, workspace=workspace)

    return feed


def csv(folder: Path) -> Feed:
    """A file somebody exported, or a good one with something in its middle."""
    mapping, path = read_mapping(EXAMPLES / "tickets.toml"), folder / "tickets.csv"
    good = (EXAMPLES / "tickets.csv").read_bytes()[:4000]

    def feed(raw: bytes) -> None:
        at = len(raw) * 37 % len(good)
        path.write_bytes(good[:at] + raw + good[at:] if len(raw) % 2 else raw)
        with suppress(CxError):
            dry_run(path, mapping)

    return feed


def webhook(_folder: Path) -> Feed:
    """A request from anybody, with any headers and any body."""
    check = SignatureCheck("secret")

    def feed(raw: bytes) -> None:
        said = raw[: len(raw) // 2].decode("latin-1")
        assert not check.is_genuine({"X-Slack-Request-Timestamp": "1795424400", "X-Slack-Signature": said}, raw, 1_795_424_400.0)
        assert not check.is_genuine({"X-Slack-Request-Timestamp": said}, raw, 1_795_424_400.0)
        text = raw.decode("utf-8", "replace")
        for fields in (body_fields(text, "application/x-www-form-urlencoded"), _object(text)):
            kind_of(fields), who(fields)

    return feed


def _object(text: str) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {}


DOORS: dict[str, Callable[[Path], Feed]] = {"parser": parser, "csv": csv, "webhook": webhook}


@dataclass(slots=True)
class Count:
    """Feeds, counts and ends the process when the time is over: neither way of feeding ends by itself."""

    feed: Feed
    until: float
    told: Path
    inputs: int = 0
    longest_s: float = 0.0

    def __call__(self, raw: bytes) -> None:
        begun = time.perf_counter()
        self.feed(raw)
        self.inputs += 1
        self.longest_s = max(self.longest_s, time.perf_counter() - begun)
        if time.monotonic() > self.until:
            self.told.write_text(json.dumps({"inputs": self.inputs, "longest_ms": round(1000 * self.longest_s)}))
            os._exit(0)


def main(door: str, seconds: str, folder: str, by: str) -> None:
    """Feed a door; `found.json` in the folder says how much."""
    told = Path(folder) / "found.json"
    told.write_text(json.dumps({"inputs": 0}))
    count = Count(feed=DOORS[door](Path(folder)), until=time.monotonic() + float(seconds), told=told)
    (_steer if by == "atheris" else _mangle)(count, SEEDS[door], Path(folder))


def _steer(count: Count, seeds: tuple[bytes, ...], folder: Path) -> None:
    import atheris

    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], str(corpus), "-max_len=2000", "-verbosity=0"], count)
    atheris.Fuzz()


def _mangle(count: Count, seeds: tuple[bytes, ...], _folder: Path) -> None:
    """Seeds with some bytes of theirs cut, doubled or replaced by what often breaks things."""
    random = Random(os.environ.get("CX_SEED", "cx"))
    while True:
        raw = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 8)):
            at, until = sorted(random.randrange(len(raw) + 1) for _ in range(2))
            raw[at:until] = random.choice((raw[at:until] * 3, random.randbytes(4), *NASTY))
        count(bytes(raw))


if __name__ == "__main__":
    main(*sys.argv[1:])
