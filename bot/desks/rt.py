"""The help desk `rt`: Request Tracker 5 by its REST 2 interface, from its complete list of transactions."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.desks.desk import Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import now_and_then, shown, whole
from bot.desks.fields import name_of, objects, text_of
from bot.desks.http import Http
from bot.desks.looks import Look, look_at
from bot.desks.rt_walk import API, Walk, agent_of
from bot.desks.rt_words import statuses
from bot.desks.webhooks import by_secret, plain_names
from bot.errors import BadConfig
from bot.store.records import Record, TeamRecord

LISTED = 100
RARELY = timedelta(hours=1)
KEY_HELP = (
    "In Request Tracker open Logged in as, Settings, Auth Tokens: create a token for an account that may SeeQueue, ShowTicket, "
    "ShowTicketComments and SeeCustomField, and set CX_RT_TOKEN."
)


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of a Request Tracker. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings: a token, or a name with its password. Raises BadConfig."""
    url, token = settings.get("url", "").strip(), settings.get("token", "").strip()
    user, password = settings.get("user", "").strip(), settings.get("password", "")
    if not url:
        raise BadConfig("CX_RT_URL is missing.", next_step="Set it to the address of your Request Tracker.")
    if not token and not (user and password):
        raise BadConfig("CX_RT_TOKEN is missing.", next_step=KEY_HELP)
    statuses(settings)
    proof = f"token {token}" if token else f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    base = url.rstrip("/").removesuffix(API)
    return Http(base, "Request Tracker", sign=lambda: {"Authorization": proof}, key_help=KEY_HELP, pace=pace)


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Queues, and those on a seat whom the tickets named before, as they are called now."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = []
    for page in range(1, 1000):
        body = http.get(f"{API}/queues/all", {"fields": "Name", "per_page": LISTED, "page": page})
        rows = list(objects(body.get("items") if isinstance(body, dict) else None))
        told += [TeamRecord(external_id=name, name=text_of(row.get("Name")) or name) for row in rows if (name := _id(row))]
        if len(rows) < LISTED:
            break
    met = asked.others["tickets"].data.get("staff", ()) if "tickets" in asked.others else ()
    told += [agent for login in met if (agent := agent_of(http, login)) is not None]
    yield whole(asked, told)


def _id(row: Mapping[str, Any]) -> str | None:
    return name_of(row.get("id"))


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """Every transaction from the first to the newest, and from there on."""
    yield from Walk.of(http, asked).pages()


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    """While those are still being read: what happens from the first asking on. It stands in for nothing."""
    if "tickets" in asked.finished:
        return
    for page in Walk.of(http, asked, from_now=asked.cursor is None).pages():
        yield Page(records=page.records, cursor=page.cursor, more=page.more)


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The tickets that webhooks named, with all that happened to them; the walk over the transactions knows who acted."""
    walk = Walk.of(http, replace(asked, cursor=asked.others.get("tickets")))
    yield from shown(asked, walk.look)


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "hints": _hints, "live": _live, "tickets": _tickets,
}  # fmt: skip
TRANSACTIONS = Look(
    path=f"{API}/transactions",
    params={"query": "ObjectType='RT::Ticket' AND id > 0", "per_page": 1},
    grant="SeeQueue, ShowTicket, ShowTicketComments and SeeCustomField to its account",
)
LOOKS = {
    "people": Look(path=f"{API}/queues/all", params={"per_page": 1}, grant="SeeQueue to its account"),
    "hints": TRANSACTIONS,
    "live": TRANSACTIONS,
    "tickets": TRANSACTIONS,
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


RT = Desk(
    slug="rt",
    name="Request Tracker",
    says="Request Tracker 5: tickets with their whole history, replies, time worked, due dates and ratings in a custom field.",
    knows=frozenset(Fact) - {Fact.SCHEDULES},
    pull=pull,
    check=check,
    needs=(
        Need(key="url", says="The address of your Request Tracker, such as https://rt.example.com."),
        Need(key="token", says="From Settings, Auth Tokens, of an account that may see queues and tickets.", secret=True),
    ),
    takes=("user", "password", "statuses", "category_field", "channel_field", "rating_field", "webhook_secret"),
    streams=tuple(STREAMS),
    live=("live",),
    hints=by_secret("rt", plain_names),
)
