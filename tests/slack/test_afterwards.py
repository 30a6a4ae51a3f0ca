"""What follows an acknowledgement lets those go first who still wait for theirs, but not for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.slack import afterwards
from bot.slack.afterwards import Afterwards


@contextmanager
def later(calm: threading.Event) -> Iterator[Afterwards]:
    pool = Afterwards(2, calm)
    try:
        yield pool
    finally:
        calm.set()
        pool.shutdown()


def test_it_happens_at_once_when_nobody_waits() -> None:
    calm = threading.Event()
    calm.set()
    with later(calm) as pool:
        assert pool.submit(lambda word: word, "thanks").result(20) == "thanks"


def test_it_waits_for_the_end_of_a_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "LONGEST_S", 600.0)
    calm, said = threading.Event(), []
    with later(calm) as pool:
        thanks = pool.submit(said.append, "thanks")
        assert not thanks.done()
        said.append("calm")
        calm.set()
        thanks.result(20)
    assert said == ["calm", "thanks"]


def test_a_rush_that_does_not_end_puts_nothing_off_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "LONGEST_S", 0.01)
    with later(threading.Event()) as pool:
        assert pool.submit(lambda: "thanks").result(20) == "thanks"
