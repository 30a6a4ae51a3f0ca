"""The help desk `gorgias`: tickets, newest change first, each with its messages and events, and satisfaction surveys."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.desks.desk import Cursor, Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, seconds_of, text_of
from bot.desks.gorgias_tickets import Place, customer, events, rating, ticket
from bot.desks.http import Http
from bot.desks.http_limits import Limits
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import by_secret, plain_names
from bot.errors import BadConfig, DeskDenied, DeskMissing, DeskRefused
from bot.store.records import AgentRecord, BadRecord, Record, TeamRecord
from bot.store.words import Kind, Role

API = "/api"
LISTED = 100
OVERLAP_S = 300
RARELY = timedelta(hours=1)
DOCUMENTED = {"account": 120.0}
"""Forty requests in twenty seconds."""
KEY_HELP = (
    "In Gorgias open Settings, REST API as an admin: copy the address, the user and the API key into CX_GORGIAS_URL, "
    "CX_GORGIAS_EMAIL and CX_GORGIAS_KEY."
)


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    url, email, key = (settings.get(name, "").strip() for name in ("url", "email", "key"))
    if not url:
        raise BadConfig("CX_GORGIAS_URL is missing.", next_step="Set it to https://your-name.gorgias.com.")
    if not email or not key:
        raise BadConfig("CX_GORGIAS_EMAIL or CX_GORGIAS_KEY is missing.", next_step=KEY_HELP)
    proof = {"Authorization": f"Basic {b64encode(f'{email}:{key}'.encode()).decode()}"}
    near = (urlsplit(url).hostname or "").endswith("gorgias.com")
    limits = Limits(documented=DOCUMENTED if near else {})
    return Http(url.rstrip("/").removesuffix(API), "Gorgias", sign=lambda: proof, key_help=KEY_HELP, pace=pace, limits=limits)


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all tickets that are there: one deleted for good is simply gone."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        for rows in _listed(http, "/tickets", {"order_by": "created_datetime:asc"}):
            yield [name for row in rows if (name := name_of(row.get("id")))]


def _listed(http: Http, path: str, params: Mapping[str, Any] | None = None) -> Iterator[list[Json]]:
    """The pages of a list. Its cursors run out, so none of them is ever kept."""
    asked: dict[str, Any] = {"limit": LISTED, **(params or {})}
    met: set[str] = set()
    while True:
        page = known(http.get(f"{API}{path}", asked))
        yield list(objects(page.get("data")))
        cursor = name_of(known(page.get("meta")).get("next_cursor"))
        if cursor is None or cursor in met:
            return
        met.add(cursor)
        asked = {**asked, "cursor": cursor}


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Teams and users."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = [
        TeamRecord(external_id=name, name=text_of(row.get("name")) or name)
        for rows in _listed(http, "/teams")
        for row in rows
        if (name := name_of(row.get("id")))
    ]
    told += [_agent(row, name) for rows in _listed(http, "/users") for row in rows if (name := name_of(row.get("id")))]
    yield whole(asked, told)


def _agent(row: Json, name: str) -> AgentRecord:
    called = text_of(row.get("name")) or f"{text_of(row.get('firstname'))} {text_of(row.get('lastname'))}".strip()
    word = text_of(known(row.get("role")).get("name")).lower()
    role = Role.BOT if word in ("bot", "gorgias-agent") else Role.ADMIN if word == "admin" else Role.AGENT
    role = Role.FORMER if row.get("active") is False or row.get("deactivated_datetime") else role
    return AgentRecord(external_id=name, name=called or name, email=text_of(row.get("email")) or None, role=role)


@dataclass(slots=True, kw_only=True)
class Stand:
    """Where a walk from the newest change back stands, in seconds since 1970: all before `since` was told by earlier walks, and
    all from `low` to `top` by this one before it broke off."""

    since: int = 0
    top: int = 0
    low: int = 0
    oldest: int | None = None

    def cursor(self) -> Cursor:
        return Cursor(data={"since": self.since, "top": self.top, "low": self.low, "oldest": self.oldest})

    def is_told(self, at: int) -> bool:
        return self.low < at < self.top


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """From the newest change back to where the last walk began. A ticket that changes meanwhile moves to the front, where the
    next walk meets it. A walk that broke off begins at the front again, and asks no more for what it had told."""
    told = asked.cursor.data if asked.cursor else {}
    stand = Stand(since=told.get("since", 0), top=told.get("top", 0), low=told.get("low", 0), oldest=told.get("oldest"))
    place = Place(web=http.base, category=asked.settings.get("category", ""))
    front, resumed = 0, stand.top
    for rows in _listed(http, "/tickets", {"order_by": "updated_datetime:desc"}):
        changed = [seconds_of(row.get("updated_datetime")) for row in rows]
        front = front or max(changed, default=0)
        fresh = [row for row, at in zip(rows, changed, strict=True) if not at or at >= stand.since - OVERLAP_S]
        asked_for = [row for row in fresh if not stand.is_told(seconds_of(row.get("updated_datetime")))]
        records = tuple(record for row in asked_for for record in _told(http, row, place))
        born = [at for row in rows if (at := seconds_of(row.get("created_datetime")))]
        stand.oldest = min([*born, *([stand.oldest] if stand.oldest else [])], default=None)
        lowest = min((at for at in changed if at), default=stand.low or front)
        if not resumed or lowest <= stand.low:
            stand.top, stand.low, resumed = front, lowest, 0
        if len(fresh) < len(rows):
            break
        yield Page(records=records, cursor=stand.cursor(), more=True)
        records = ()
    else:
        records = ()
    since = max(stand.since, front)
    last = Stand(since=since, oldest=stand.oldest)
    began = datetime.fromtimestamp(stand.oldest, UTC) if stand.oldest else None
    yield Page(records=records, cursor=last.cursor(), more=False, covered_from=began, covered_until=asked.now)


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The tickets that webhooks named, as they are now."""
    place = Place(web=http.base, category=asked.settings.get("category", ""))

    def look(name: str) -> Iterator[Record]:
        try:
            yield from _told(http, known(http.get(f"{API}/tickets/{name}")), place)
        except (DeskDenied, DeskMissing, DeskRefused):
            return  # Deleted, or merged: then Gorgias sends us on to the other ticket, which tells of itself.

    yield from shown(asked, look)


def _told(http: Http, row: Json, place: Place) -> Iterator[Record]:
    """A ticket with its messages and events; what cannot be read is set aside."""
    external_id = name_of(row.get("id")) or "?"
    try:
        record = ticket(row, place)
        messages = [each for rows in _listed(http, "/messages", {"ticket_id": external_id}) for each in rows]
        happened = [
            each for rows in _listed(http, "/events", {"object_type": "Ticket", "object_id": external_id}) for each in rows
        ]
        told: list[Record] = [*customer(row), record, *events(record, messages, happened)]
    except Unreadable as reason:
        yield BadRecord(stream="tickets", external_id=external_id, reason=str(reason))
        return
    yield from told


def _ratings(http: Http, asked: Pull) -> Iterator[Page]:
    """All answered surveys: the list can be asked for nothing less, and it is short beside the tickets."""
    if not now_and_then(asked, RARELY):
        return
    found: list[Record] = []
    for rows in _listed(http, "/satisfaction-surveys"):
        for row in rows:
            try:
                record = rating(row)
            except Unreadable as reason:
                found.append(BadRecord(stream="ratings", external_id=name_of(row.get("id")) or "?", reason=str(reason)))
            else:
                found += [record] if record else []
    yield whole(asked, found)


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "hints": _hints, "tickets": _tickets, "ratings": _ratings,
}  # fmt: skip
LOOKS = {
    "people": Look(path=f"{API}/users", params={"limit": 1}, grant="the key of an admin"),
    "hints": Look(path=f"{API}/tickets", params={"limit": 1}, grant="the key of an admin"),
    "tickets": Look(path=f"{API}/tickets", params={"limit": 1}, grant="the key of an admin"),
    "ratings": Look(path=f"{API}/satisfaction-surveys", params={"limit": 1}, grant="the key of an admin"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


GORGIAS = Desk(
    slug="gorgias",
    name="Gorgias",
    says="Gorgias: tickets with their messages and events, teams, tags and satisfaction surveys; it logs no time worked.",
    knows=frozenset(Fact) - {Fact.HANDLING, Fact.SLA, Fact.SCHEDULES},
    pull=pull,
    check=check,
    needs=(
        Need(key="url", says="The address of your account, such as https://example.gorgias.com."),
        Need(key="email", says="The user of Settings, REST API."),
        Need(key="key", says="The API key beside it.", secret=True),
    ),
    takes=("category", "webhook_secret"),
    streams=tuple(STREAMS),
    ids=ids,
    hints=by_secret("gorgias", plain_names),
    by_difference=frozenset({Kind.PRIORITY, Kind.CATEGORY}),
)
