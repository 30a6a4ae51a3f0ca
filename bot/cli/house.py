"""The composition root: builds the store, Slack, the app, its doors and the clockwork, and takes them down in order."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from prometheus_client import CollectorRegistry

from bot import clock
from bot.app.build import build_app
from bot.app.wiring import Wiring
from bot.columns.mirror import Mirror
from bot.errors import BadConfig, StoreError
from bot.metrics import Readings, latency
from bot.settings import Settings
from bot.slack.afterwards import Afterwards
from bot.slack.dispatch import Dispatcher
from bot.slack.http import Health, HttpDoor
from bot.slack.loop import LoopThread
from bot.slack.port import Slack
from bot.slack.signature import SignatureCheck
from bot.slack.socket import SocketDoor
from bot.store.engine import Store, reachable
from bot.store.ledger import replicas
from bot.store.room import room_word
from bot.views.render import Renderer
from bot.web.hints import HintDoor
from bot.web.surveys import SurveyDoor
from commands import ACTIONS, COMMANDS, dispatch, home
from jobs import JOBS
from jobs.clockwork import Clockwork

LISTENERS = 16
WATCHERS = 2
OPEN_S = 15
FINISH_S = 7.0
SHARED = 8
"""Of the ten Socket Mode connections that Slack allows an app, two are left for those that are just being replaced."""
ALIVE = timedelta(seconds=60)

log = logging.getLogger("cx.run")


@dataclass(slots=True, kw_only=True)
class House:
    """The running bot. Nothing is reached for before `open`; after `close`, what was begun is finished.

    Deliveries, what follows an acknowledgement, and whoever asks how we are each have threads of their own."""

    settings: Settings
    store: Store
    now: Callable[[], datetime] = clock.now
    renderer: Renderer = field(default_factory=Renderer)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(LISTENERS, "cx-listener"))
    later: ThreadPoolExecutor = field(init=False)
    watchers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WATCHERS, "cx-watcher"))
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    doors: LoopThread = field(init=False)
    slack: Slack = field(init=False)
    clockwork: Clockwork = field(init=False)
    http: HttpDoor = field(init=False)
    socket: SocketDoor | None = field(init=False, default=None)
    mirror: Mirror = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        if settings.slack_bot_token is None:
            raise BadConfig("CX_SLACK_BOT_TOKEN is missing.", next_step="Take it from OAuth & Permissions of your Slack app.")
        self.slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self.clockwork = Clockwork(
            jobs=JOBS,
            store=self.store,
            settings=settings,
            slack=self.slack,
            now=self.now,
            clock=clock.monotonic,
            instance=f"{socket.gethostname()}-{uuid4().hex[:8]}",
            draw=self.renderer.render,
        )
        calm = threading.Event()
        self.later = Afterwards(LISTENERS, calm)
        app = build_app(self._wiring())
        dispatcher = Dispatcher(app=app.dispatch, pool=self.pool, observe=latency(self.registry), calm=calm)
        self.socket = self._socket(dispatcher) if settings.slack_door == "socket" else None
        self.http = self._http(dispatcher)
        self.registry.register(self._readings(dispatcher))
        self.mirror = Mirror(store=self.store)
        self.doors = LoopThread()  # Last: it opens a loop, which a missing token above would leave open.

    def open(self) -> None:
        """Open the doors and start the clock, where the store may be written. Raises BadConfig when the port is taken."""
        self.doors.start()
        try:
            self.doors.run(self.http.open(), OPEN_S)
        except OSError as error:
            self.doors.stop()
            raise BadConfig(
                f"Port {self.settings.http_port} on {self.settings.http_host} cannot be used: {error.strerror}.",
                next_step="Set CX_HTTP_PORT to a free one, or 0 for any, and CX_HTTP_HOST to an address of this machine.",
            ) from error
        if self.socket is not None:
            self.doors.run(self.socket.open(), OPEN_S)
        if self.store.refusal is None:
            self.clockwork.start()
            self.mirror.start()

    def share_sockets(self) -> None:
        """Hold our part of the connections that Slack allows an app. A store that does not answer changes nothing."""
        if self.socket is None or self.store.dialect == "sqlite":
            return
        try:
            with self.store.reading() as session:
                others = replicas(session, self.clockwork.time() - ALIVE)
        except StoreError as error:
            log.warning("the replicas cannot be counted", exc_info=error)
            return
        mine = max(1, min(self.settings.slack_connections, SHARED // max(1, others)))
        self.doors.run(self.socket.want(mine), OPEN_S)

    def close(self, *, within_s: float = FINISH_S) -> bool:
        """Take nothing more in and finish what was begun; whether all of it ended in time. What did not is safe to cut:
        every unit of work is kept whole or not at all."""
        until = clock.monotonic() + within_s
        self.clockwork.stopping.set()
        self.doors.run(self._shut_doors(), OPEN_S)
        ended = self.clockwork.stop(within_s=_left(until))
        for finish in (self.later.shutdown, self.pool.shutdown, self.watchers.shutdown, self.renderer.close):
            ended = _ends(finish, _left(until)) and ended
        self.doors.stop()
        self.mirror.close()
        return ended

    async def _shut_doors(self) -> None:
        await asyncio.gather(self.http.close(), *([self.socket.close()] if self.socket is not None else []))

    def _readings(self, dispatcher: Dispatcher) -> Readings:
        return Readings(
            store=self.store,
            clockwork=self.clockwork,
            slack=self.slack,
            dispatcher=dispatcher,
            socket=self.socket,
            now=self.clockwork.time,
        )

    def _wiring(self) -> Wiring:
        return Wiring(
            commands=COMMANDS,
            actions=ACTIONS,
            dispatch=dispatch,
            store=self.store,
            settings=self.settings,
            slack=self.slack,
            now=self.clockwork.time,
            later=self.later,
            sleep=time.sleep,
            draw=self.renderer.render,
            home=home,
        )

    def _socket(self, dispatcher: Dispatcher) -> SocketDoor:
        token, settings = self.settings.slack_app_token, self.settings
        if token is None:
            raise BadConfig("CX_SLACK_APP_TOKEN is missing.", next_step="Take it from Basic Information, App-Level Tokens.")
        connections = settings.slack_connections
        return SocketDoor(
            dispatcher, token.get_secret_value(), settings.slack_api_url, clock=clock.monotonic, connections=connections
        )

    def _http(self, dispatcher: Dispatcher) -> HttpDoor:
        settings = self.settings
        secret, over_http = settings.slack_signing_secret, settings.slack_door == "http"
        if over_http and secret is None:
            raise BadConfig("CX_SLACK_SIGNING_SECRET is missing.", next_step="Take it from Basic Information of your Slack app.")
        return HttpDoor(
            host=self.settings.http_host,
            port=self.settings.http_port,
            pool=self.watchers,
            alive=self._alive,
            ready=self._ready,
            registry=self.registry,
            now_s=lambda: self.now().timestamp(),
            dispatcher=dispatcher if over_http else None,
            signatures=SignatureCheck(secret.get_secret_value()) if over_http and secret else None,
            routes=[
                *SurveyDoor(store=self.store, pool=self.pool, now=self.clockwork.time).routes(),
                *HintDoor(store=self.store, settings=settings, pool=self.pool, now=self.clockwork.time).routes(),
            ],
        )

    def _alive(self) -> Health:
        beating = self.clockwork.is_alive()
        if self.store.refusal is not None:
            return Health(ok=True, parts={"clock": "stopped: the database is damaged"})  # To start again would not mend it.
        return Health(ok=beating, parts={"clock": "beating" if beating else "stopped"})

    def _ready(self) -> Health:
        store, refused = reachable(self.store), self.slack.refused
        hears = self.socket is None or self.socket.hearing() > 0
        room = room_word(self.store)
        slack = refused or ("ok" if hears else "not connected")
        damaged = self.store.refusal is not None or self.store.broken
        parts = {"store": "damaged" if damaged else "ok" if store else "unreachable", "disk": room, "slack": slack}
        return Health(ok=store and not damaged and room != "full" and hears and refused is None, parts=parts)


def _left(until: float) -> float:
    """Seconds left; a moment at least, for what has nothing to do ends at once."""
    return max(0.1, until - clock.monotonic())


def _ends(finish: Callable[[], None], within_s: float) -> bool:
    """Whether it comes to its end in time; who waits for it does not hang with it."""
    waiting = threading.Thread(target=finish, name="cx-finish", daemon=True)
    waiting.start()
    waiting.join(within_s)
    return not waiting.is_alive()
