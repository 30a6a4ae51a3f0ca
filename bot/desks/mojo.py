"""The help desk `mojo`: Mojo Helpdesk by its API v2: tickets with comments, time worked, people, queues and stars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.desks.desk import Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import Feed, follow, follow_live, now_and_then, whole
from bot.desks.fields import Json, Unreadable, name_of, objects, several, text_of
from bot.desks.fields import whole as number_of
from bot.desks.http import Http
from bot.desks.http_limits import Limits
from bot.desks.looks import Look, look_at
from bot.desks.mojo_tickets import Place, events, rating, status_of, ticket
from bot.errors import BadConfig, DeskDenied, DeskMissing, DeskRefused
from bot.store.records import AgentRecord, BadRecord, CustomerRecord, Record, TeamRecord
from bot.store.words import Kind, Role, Status

HOME = "https://app.mojohelpdesk.com"
API = "/api/v2"
LISTED = 100
SEARCHED = 50
AGENT_ROLE, ADMIN_ROLE = 15, 35
RARELY, DAILY = timedelta(hours=1), timedelta(days=1)
KEY_HELP = (
    "In Mojo Helpdesk open My profile, Dev settings, API keys as an admin: make a read-only key, and set CX_MOJO_KEY. "
    "An agent's key sees only that agent's queues."
)
A_MINUTE = {"account": 240.0}
"""Mojo documents no limit: half of this are two requests a second."""


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings: the key goes with every request, in the query. Raises BadConfig."""
    key = settings.get("key", "").strip()
    if not key:
        raise BadConfig("CX_MOJO_KEY is missing.", next_step=KEY_HELP)
    base = (settings.get("url", "").strip() or HOME).rstrip("/").removesuffix(API)
    limits = Limits(documented=A_MINUTE)
    return Http(base, "Mojo Helpdesk", params={"access_key": key}, key_help=KEY_HELP, pace=pace, limits=limits)


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all tickets that are there: who deletes one for good tells nobody."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        for rows in _pages(http, "/tickets", {"sort_by": "id", "sort_order": "asc"}):
            yield [name for row in rows if (name := name_of(row.get("id")))]


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Agents with their teams, queues and types. The cursor keeps what the other streams read tickets with."""
    if not now_and_then(asked, RARELY):
        return
    queues = [row for rows in _pages(http, "/ticket_queues") for row in rows]
    types, techs = list(_list(http, "/ticket_types")), list(_list(http, "/users/techs"))
    teams = _teams(http)
    member_of = {str(agent): f"team-{name_of(each.get('id'))}" for each in teams for agent in several(each.get("agent_ids"))}
    told: list[Record] = [TeamRecord(external_id=name, name=said) for name, said in _names(queues).items()]
    told += [TeamRecord(external_id=f"team-{name}", name=said) for name, said in _names(teams).items()]
    staff = [each for each in techs if (number_of(each.get("role_id")) or 0) >= AGENT_ROLE]
    told += [_agent(each, member_of) for each in staff]
    data = {"staff": sorted(_names(staff)), "types": _names(types), "queues": _names(queues)}
    yield whole(asked, told, data)


def _teams(http: Http) -> list[Json]:
    try:
        return [row for rows in _pages(http, "/teams") for row in rows]
    except (DeskDenied, DeskMissing):
        return []


def _customers(http: Http, asked: Pull) -> Iterator[Page]:
    """Everybody, once a day: Mojo does not tell who changed. Only what we keep is taken: a user holds a key of their own."""
    if not now_and_then(asked, DAILY):
        return
    told: list[Record] = []
    for rows in _pages(http, "/users"):
        told += [_customer(row) for row in rows if (number_of(row.get("role_id")) or 0) < AGENT_ROLE and name_of(row.get("id"))]
    yield whole(asked, told)


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """The chain that loses nothing: from the first change there is to the last, and from there on."""
    yield from follow(_feed(http, asked), asked)


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    yield from follow_live(_feed(http, asked), asked)


def _ratings(http: Http, asked: Pull) -> Iterator[Page]:
    """Stars by when they were given: whether a rating counts as a change of its ticket, nobody says."""
    feed = Feed(rows=_searched(http, "rated_on"), tell=rating, stamp="rated_on", born="created_on", stream="ratings")
    for page in follow(feed, asked):
        yield replace(page, covered_from=None, covered_until=None)


def _feed(http: Http, asked: Pull) -> Feed:
    place = _place(http, asked)
    tell: Callable[[Json], Iterator[Record]] = lambda row: _told(http, row, place)  # noqa: E731
    return Feed(rows=_searched(http, "updated_on"), tell=tell, stamp="updated_on", born="created_on")


def _searched(http: Http, name: str) -> Callable[[datetime, int], Sequence[Json]]:
    def rows(since: datetime, page: int) -> Sequence[Json]:
        query = f"{name}:[{since:%Y-%m-%dT%H:%M:%SZ} TO *]"
        return list(_list(http, "/tickets/search", {"query": query, "sf": name, "r": 0, "per_page": SEARCHED, "page": page}))

    return rows


def _told(http: Http, row: Json, place: Place) -> Iterator[Record]:
    """A ticket with all that its detail tells; a deleted one has no detail any more. Raises Unreadable."""
    external_id = name_of(row.get("id"))
    if external_id is None or status_of(row)[0] is Status.DELETED:
        yield ticket(row, place)
        return
    try:
        detail = http.get(f"{API}/tickets/{external_id}")
    except DeskMissing:
        yield replace(ticket(row, place), status=Status.DELETED, status_raw="Deleted")
        return
    except DeskRefused:
        http.get(f"{API}/ticket_types")  # Mojo says 401 for a ticket out of sight as for a bad key: this tells them apart.
        yield ticket(row, place)
        return
    if not isinstance(detail, dict) or name_of(detail.get("id")) != external_id:
        raise Unreadable("Its detail is of another ticket, or of none.")
    yield ticket(detail, place)
    yield from events(detail, place)


def _place(http: Http, asked: Pull) -> Place:
    data: Mapping[str, Any] = asked.others["people"].data if "people" in asked.others else {}
    return Place(
        base=http.base,
        staff=frozenset(data.get("staff", ())),
        types=data.get("types", {}),
        queues=data.get("queues", {}),
        category=asked.settings.get("category", "type"),
    )


def _list(http: Http, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Json]:
    return objects(http.get(f"{API}{path}", params))


def _pages(http: Http, path: str, params: Mapping[str, Any] | None = None) -> Iterator[list[Json]]:
    """The pages of a list to an empty one; the server may give fewer than it was asked for. The same page twice ends it."""
    before: list[str | None] = []
    for page in range(1, 1_000_000):
        rows = list(_list(http, path, {**(params or {}), "page": page, "per_page": LISTED}))
        names = [name_of(row.get("id")) for row in rows]
        if not rows or names == before:
            return
        yield rows
        if len(rows) < 10:
            return
        before = names


def _names(rows: Sequence[Json]) -> dict[str, str]:
    return {name: text_of(row.get("name")) or name for row in rows if (name := name_of(row.get("id")))}


def _agent(told: Json, member_of: Mapping[str, str]) -> Record:
    external_id = name_of(told.get("id"))
    if external_id is None:
        return BadRecord(stream="agents", external_id="?", reason="It has no id.")
    role = Role.ADMIN if (number_of(told.get("role_id")) or 0) >= ADMIN_ROLE else Role.AGENT
    return AgentRecord(
        external_id=external_id,
        name=_called(told) or external_id,
        email=text_of(told.get("email")) or None,
        role=Role.FORMER if told.get("is_active") is False else role,
        team=member_of.get(external_id),
    )


def _customer(told: Json) -> CustomerRecord:
    external_id = name_of(told.get("id")) or ""
    return CustomerRecord(
        external_id=external_id,
        name=_called(told) or external_id,
        email=text_of(told.get("email")) or None,
        organisation=text_of(told.get("organization_name")) or name_of(told.get("company_id")),
    )


def _called(told: Json) -> str:
    parts = (text_of(told.get(name)) for name in ("first_name", "last_name"))
    return text_of(told.get("full_name")) or " ".join(part for part in parts if part)


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people,
    "live": _live,
    "tickets": _tickets,
    "customers": _customers,
    "ratings": _ratings,
}
SMALLEST = {"per_page": 10, "page": 1}
LOOKS = {
    "people": Look(path=f"{API}/users/techs", grant="a key of an admin"),
    "live": Look(path=f"{API}/tickets/search", params={"sf": "updated_on", **SMALLEST}, grant="a key of an admin"),
    "tickets": Look(path=f"{API}/tickets", params={"sort_by": "id", **SMALLEST}, grant="a key of an admin"),
    "customers": Look(path=f"{API}/users", params=SMALLEST, grant="a key of an admin"),
    "ratings": Look(path=f"{API}/tickets/search", params={"sf": "rated_on", **SMALLEST}, grant="a key of an admin"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


MOJO = Desk(
    slug="mojo",
    name="Mojo Helpdesk",
    says="Mojo Helpdesk: tickets with comments, time worked, queues, people and star ratings; it keeps no SLA policies.",
    knows=frozenset(Fact) - {Fact.SLA, Fact.SCHEDULES},
    pull=pull,
    check=check,
    needs=(Need(key="key", says="A read-only key of an admin: My profile, Dev settings, API keys.", secret=True),),
    takes=("url", "category"),
    streams=tuple(STREAMS),
    live=("live",),
    ids=ids,
    by_difference=frozenset({Kind.TEAM, Kind.PRIORITY, Kind.CATEGORY}),
)
