"""Webhooks that a real help desk sends by itself: unsigned, so a secret ends their address; a forged one changes nothing."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from aiohttp import web

from bot import clock
from bot.logs import set_up_logs
from bot.settings import read_settings
from bot.store.engine import Store
from bot.store.tables import DeskCursor
from bot.web.hints import HintDoor
from tests.rt.django_helpdesk import VENV, DjangoHelpdesk

SECRET = "webhook-canary-4711"


@contextmanager
def opened(store: Store, home: Path) -> Iterator[str]:
    """The address of the hints' door, served as the bot serves it. Its desk names tickets as django-helpdesk does."""
    environ = {"CX_HOME": str(home), "CX_GORGIAS_URL": "https://x.example", "CX_GORGIAS_WEBHOOK_SECRET": SECRET}
    settings = read_settings(environ, home / "cx.toml", ["gorgias"])
    loop, pool = asyncio.new_event_loop(), ThreadPoolExecutor(1)
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> web.AppRunner:
        app = web.Application()
        app.add_routes(HintDoor(store=store, settings=settings, pool=pool, now=clock.now).routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/desks/gorgias/hint"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        pool.shutdown()
        loop.close()


def waiting(store: Store) -> list[str]:
    with store.reading() as session:
        row = session.get(DeskCursor, ("gorgias", "hints"))
        return list(row.data["tickets"]) if row else []


def test_what_a_real_help_desk_sends_is_noted_and_its_secret_is_in_no_log(sqlite_store: Store, tmp_path: Path) -> None:
    if not (VENV / "bin" / "python").exists():
        pytest.fail("django-helpdesk is not on this machine. `make test-rt` installs it.")
    stream = io.StringIO()
    handler = set_up_logs("DEBUG", stream=stream)
    try:
        with opened(sqlite_store, tmp_path) as door, DjangoHelpdesk(folder=tmp_path, webhook=f"{door}/{SECRET}") as desk:
            ticket = {"queue": 1, "description": "words", "submitter_email": "c@example.com", "priority": 3}
            names = [str(desk.post("tickets", title=f"Help {number}", **ticket)["id"]) for number in range(3)]
            assert waiting(sqlite_store) == names
            desk.post("followups", ticket=names[1], title="Answer", comment="words", public=True)
            desk.post("followups", ticket=names[1], title="Solved", comment="words", public=True, new_status=3)
            assert waiting(sqlite_store) == names
            forged = [httpx2.post(f"{door}{end}", json={"ticket": {"id": 99}}, trust_env=False).status_code for end in ("", "/x")]
        assert forged == [401, 401]
        assert waiting(sqlite_store) == names
    finally:
        logging.getLogger().removeHandler(handler)
    assert SECRET not in stream.getvalue()
