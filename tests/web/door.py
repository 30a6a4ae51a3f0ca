"""The HTTP door as the house opens it, with the survey pages behind it and nothing else."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from prometheus_client import CollectorRegistry

from bot.slack.http import Health, HttpDoor
from bot.slack.loop import LoopThread
from bot.store.engine import Store
from bot.store.words import Via
from bot.web.surveys import SurveyDoor
from tests.surveys.cast import HOUR, NOW, add_customer, add_invitation, add_ticket, switch_on, token


@dataclass(slots=True)
class Site:
    """A running door; `now` is what its clock says, a second later at each look."""

    store: Store
    port: int = 0
    now: datetime = field(default=NOW + HOUR)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], str]:
        """One request as a program makes it: redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        response = connection.getresponse()
        told = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
        connection.close()
        return told


@contextmanager
def opened_site(store: Store) -> Iterator[Site]:
    site = Site(store)
    with ThreadPoolExecutor(4) as pool:
        loop = LoopThread()
        loop.start()
        door = HttpDoor(
            host="127.0.0.1",
            port=0,
            pool=pool,
            alive=lambda: Health(ok=True),
            ready=lambda: Health(ok=True),
            registry=CollectorRegistry(),
            now_s=lambda: 0.0,
            routes=SurveyDoor(store=store, pool=pool, now=site.tick).routes(),
        )
        loop.run(door.open(), 10)
        site.port = door.port
        yield site
        loop.run(door.close(), 10)
        loop.stop()


def sent_by_mail(store: Store, number: int = 1, **changes: object) -> int:
    """A question that went to Carla as a link, about a ticket of hers."""
    switch_on(store, str(changes.get("survey", "csat")), by_mail=True)
    customer_id = add_customer(store, f"carla{number}", language=changes.pop("language", None))
    ticket_id = add_ticket(store, customer_id, str(number))
    facts = {"via": Via.MAIL, "slack_user_id": None, "slack_team_id": None, "customer_id": customer_id, "ticket_id": ticket_id}
    return add_invitation(store, number, **(facts | changes))


def path(number: int = 1) -> str:
    return f"/s/{token(number)}"
