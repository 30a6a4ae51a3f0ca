"""The render worker: a process of its own, one picture at a time, replaced when it fails."""

import io
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.views.chart import draw
from bot.views.pipe import receive, send
from bot.views.render import Renderer
from tests.views.charts import BARS, KPI

SAYS_READY = "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\5ready'); sys.stdout.flush(); sys.stdin.buffer.read()"
DEAF = (sys.executable, "-c", SAYS_READY)
ABSENT = (sys.executable, "-c", "pass")


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


def test_the_worker_draws_the_same_bytes_as_this_process(renderer: Renderer) -> None:
    assert renderer.render(BARS, "dark") == draw(BARS, "dark")


def test_asking_leaves_matplotlib_out_of_the_process() -> None:
    code = (
        "import sys; from bot.views.render import Renderer; from bot.views.chart_spec import Bar, Bars; r = Renderer();"
        "p = r.render(Bars(title='t', name='n', rows=(Bar(label='a', value=1),))); r.close();"
        "sys.exit(0 if p and 'matplotlib' not in sys.modules and 'numpy' not in sys.modules else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_an_equal_chart_is_drawn_once(renderer: Renderer) -> None:
    assert renderer.render(BARS) is renderer.render(replace(BARS))


def test_many_threads_share_the_worker(renderer: Renderer) -> None:
    specs = [replace(BARS, title=f"Chart {i}") for i in range(6)]
    found: dict[int, bytes | None] = {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: renderer.render(specs[i % 6])})) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(12)] == [draw(specs[i % 6]) for i in range(12)]


def test_the_oldest_pictures_are_forgotten(renderer: Renderer) -> None:
    small = Renderer(kept=1)
    first = small.render(BARS)
    small.render(replace(BARS, title="another"))
    assert small.render(BARS) == first
    assert len(small._pictures) == 1
    small.close()


def test_a_worker_killed_in_its_sleep_is_replaced(renderer: Renderer) -> None:
    renderer.render(BARS)
    assert renderer._worker is not None
    os.kill(renderer._worker.pid, signal.SIGKILL)
    renderer._worker.wait()
    assert renderer.render(replace(BARS, title="after the kill")) is not None


def test_what_cannot_be_drawn_is_none_and_the_next_chart_is_drawn(capfd: pytest.CaptureFixture[str]) -> None:
    renderer = Renderer()
    broken = replace(KPI, title="secret words", rows=(replace(KPI.rows[0], name=7),))  # type: ignore[arg-type]
    assert renderer.render(broken) is None
    said = capfd.readouterr().err
    assert "chart worker: TypeError at" in said
    assert "secret" not in said
    assert renderer.render(BARS) is not None
    renderer.close()


def test_a_worker_that_takes_too_long_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    slow = Renderer(deadline=0.2, command=DEAF)
    with caplog.at_level(logging.WARNING):
        assert slow.render(BARS) is None
    assert slow._worker is None
    assert "took over" in caplog.text
    assert BARS.title not in caplog.text


def test_a_worker_that_does_not_start_costs_a_picture_not_the_bot(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Renderer(command=ABSENT).render(BARS) is None
    assert "did not start" in caplog.text


def test_the_worker_ends_with_its_parent() -> None:
    code = (
        "import os; from bot.views.render import Renderer; from bot.views.chart_spec import Bar, Bars; r = Renderer();"
        "r.render(Bars(title='t', name='n', rows=(Bar(label='a', value=1),))); print(r._worker.pid, flush=True); os._exit(9)"
    )
    # The worker holds the same error pipe: a worker that lived on would keep this call waiting until its timeout.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60, text=True)
    assert (done.returncode, done.stdout.strip().isdigit()) == (9, True)


def test_closing_twice_does_no_harm() -> None:
    renderer = Renderer()
    renderer.close()
    renderer.close()


def test_messages_come_back_as_they_were_sent() -> None:
    stream = io.BytesIO()
    for message in (b"", b"a", b"x" * 100_000):
        send(stream, message)
    stream.seek(0)
    assert [receive(stream) for _ in range(4)] == [b"", b"a", b"x" * 100_000, None]


def test_a_message_cut_short_is_none() -> None:
    assert receive(io.BytesIO(b"\0\0\0\x05abc")) is None
    assert receive(io.BytesIO(b"\0\0")) is None
