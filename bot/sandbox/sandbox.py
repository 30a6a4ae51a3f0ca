"""A running sandbox: a thread with its own event loop, and the handles others hold it by."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.errors import BadConfig
from bot.sandbox.control import Control
from bot.sandbox.manifest import load_manifest
from bot.sandbox.options import Options
from bot.sandbox.server import serve
from bot.sandbox.transcript import transcript_html
from bot.sandbox.world import World, new_world

START_SECONDS = 10.0


class Sandbox:
    """A Slack workspace on 127.0.0.1. Use `with Sandbox.start() as sandbox:` or call `stop()` yourself."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop, stop: asyncio.Event, thread: threading.Thread) -> None:
        self._world = world
        self._loop = loop
        self._stop = stop
        self._thread = thread
        self.url = world.url
        """The page."""
        self.api_url = f"{world.url}/api/"
        """What SLACK_API_URL should be."""
        self.bot_token = world.bot_token
        self.app_token = world.app_token
        self.signing_secret = world.signing_secret
        self.control = Control(world.url)

    @classmethod
    def start(
        cls,
        *,
        port: int = 0,
        manifest: str | Path | Mapping[str, Any] | None = None,
        seed: Iterable[Mapping[str, Any]] = (),
        options: Options | None = None,
        starts_at: datetime | None = None,
    ) -> Sandbox:
        """Start listening on loopback and return once it does.

        `manifest` decides scopes, commands and events (none: everything is allowed); `seed` are extra users, each a mapping of
        id, name, real_name, email, tz, ...; `starts_at` is the workspace's time at the start. Raises BadConfig for an unreadable
        manifest or a port that is taken.
        """
        starting = _Starting(port)
        loaded, chosen = load_manifest(manifest), options or Options()
        starting.make = lambda: new_world(manifest=loaded, options=chosen, starts_at=starts_at, extra_users=seed)
        thread = threading.Thread(target=starting.run, name="sandbox", daemon=True)
        thread.start()
        if not starting.settled.wait(START_SECONDS) or starting.problem is not None or starting.loop is None:
            reason = starting.problem or "no answer in time"
            raise BadConfig(f"The sandbox cannot listen on port {port}: {reason}.", next_step="Choose another port.")
        return cls(starting.world, starting.loop, starting.stop, thread)

    def stop(self) -> None:
        """Close every connection and end the thread. Calling it twice is fine."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(START_SECONDS)

    def export_html(self, path: Path | str, *, title: str = "Transcript", tz: str = "UTC") -> None:
        """Write one self-contained page with everything said so far, ephemerals included, each marked for whom."""
        state = self.control.state()
        said = sorted([*state["messages"], *state["ephemerals"]], key=lambda message: float(message["ts"]))
        pictures = {file["id"]: self.control.picture(file["id"]) for file in state["files"]}
        page = transcript_html(said, pictures, state["users"], state["channels"], title=title, tz=tz)
        Path(path).write_text(page, encoding="utf-8")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Starting:
    """What the starting thread and the waiting caller tell each other."""

    world: World
    stop: asyncio.Event

    def __init__(self, port: int) -> None:
        self.port = port
        self.make: Any = None
        self.settled = threading.Event()
        self.problem: OSError | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as problem:
            self.problem = problem
        finally:
            self.settled.set()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.stop = asyncio.Event()
        self.world = self.make()
        await serve(self.world, self.port, lambda url: self.settled.set(), self.stop)
