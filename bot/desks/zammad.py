"""The help desk `zammad`: tickets by when they changed, each with its articles and its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.desks.desk import Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import Feed, follow, follow_live, now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, text_of
from bot.desks.http import Http
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import by_hub, plain_names
from bot.desks.zammad_tickets import NOBODY, Place, events, merged_into, ticket
from bot.errors import BadConfig, DeskDenied, DeskMissing
from bot.store.records import AgentRecord, BadRecord, CustomerRecord, Record, TeamRecord
from bot.store.words import Role, Status

API = "/api/v1"
LISTED = 100
RARELY = timedelta(hours=1)
KEY_HELP = (
    "In Zammad open Profile, Token Access: create a token with the permissions ticket.agent and admin.user of an agent who may "
    "read every group, and set CX_ZAMMAD_TOKEN."
)
STAFF = frozenset({"Agent", "Admin"})


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    url, token = settings.get("url", "").strip(), settings.get("token", "").strip()
    if not url:
        raise BadConfig("CX_ZAMMAD_URL is missing.", next_step="Set it to the address of your Zammad.")
    if not token:
        raise BadConfig("CX_ZAMMAD_TOKEN is missing.", next_step=KEY_HELP)
    proof = {"Authorization": f"Token token={token}"}
    return Http(url.rstrip("/").removesuffix(API), "Zammad", sign=lambda: proof, key_help=KEY_HELP, pace=pace)


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all tickets that are there: a deleted one is simply gone."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        for rows in _pages(http, "/tickets"):
            yield [name for row in rows if (name := name_of(row.get("id")))]


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Groups and users. The cursor keeps who is staff, and what the states are."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = [
        TeamRecord(external_id=name, name=text_of(row.get("name")) or name)
        for rows in _pages(http, "/groups")
        for row in rows
        if (name := name_of(row.get("id")))
    ]
    staff: list[str] = []
    for rows in _pages(http, "/users"):
        people = [record for row in rows if (record := _person(row)) is not None]
        staff += [each.external_id for each in people if isinstance(each, AgentRecord)]
        told += people
    states = {text_of(row.get("name")): text_of(row.get("state_type")) for rows in _pages(http, "/ticket_states") for row in rows}
    yield whole(asked, told, {"staff": sorted(staff), "states": {name: kind for name, kind in states.items() if name and kind}})


def _person(row: Json) -> AgentRecord | CustomerRecord | None:
    external_id = name_of(row.get("id"))
    if external_id is None or external_id == NOBODY:
        return None
    name = f"{text_of(row.get('firstname'))} {text_of(row.get('lastname'))}".strip() or text_of(row.get("login")) or external_id
    email, roles = text_of(row.get("email")) or None, {role for role in row.get("roles") or () if isinstance(role, str)}
    if roles & STAFF:
        role = Role.FORMER if row.get("active") is False else Role.ADMIN if "Admin" in roles else Role.AGENT
        return AgentRecord(external_id=external_id, name=name, email=email, role=role)
    return CustomerRecord(external_id=external_id, name=name, email=email, organisation=text_of(row.get("organization")) or None)


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """The chain that loses nothing: from the first change there is to the last, and from there on."""
    yield from follow(_feed(http, asked), asked)


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    yield from follow_live(_feed(http, asked), asked)


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The tickets that webhooks named, as they are now."""
    place = _place(http, asked)

    def look(name: str) -> Iterator[Record]:
        try:
            yield from [*_told(http, known(http.get(f"{API}/tickets/{name}", {"expand": "true"})), place)]
        except (DeskDenied, DeskMissing):
            return
        except Unreadable as reason:
            yield BadRecord(stream="tickets", external_id=name, reason=str(reason))

    yield from shown(asked, look)


def _place(http: Http, asked: Pull) -> Place:
    data: Mapping[str, Any] = asked.others["people"].data if "people" in asked.others else {}
    return Place(
        base=http.base,
        states=data.get("states", {}),
        staff=frozenset(data.get("staff", ())),
        category=asked.settings.get("category") or "category",
    )


def _feed(http: Http, asked: Pull) -> Feed:
    place = _place(http, asked)

    def rows(since: datetime, page: int) -> Sequence[Json]:
        query = f"updated_at:[{since:%Y-%m-%dT%H:%M:%SZ} TO *]"
        order = {"sort_by": "updated_at", "order_by": "asc", "expand": "true", "per_page": LISTED, "page": page}
        return list(objects(http.get(f"{API}/tickets/search", {"query": query, **order})))

    return Feed(rows=rows, tell=lambda row: _told(http, row, place))


def _told(http: Http, row: Json, place: Place) -> Iterator[Record]:
    """A ticket with its articles and its history, where they may be read. Raises Unreadable."""
    record = ticket(row, place)
    try:
        articles = http.get(f"{API}/ticket_articles/by_ticket/{record.external_id}")
        history = http.get(f"{API}/ticket_history/{record.external_id}")
    except DeskMissing:
        yield replace(record, status=Status.DELETED, status_raw="removed")
        return
    except DeskDenied:
        raise Unreadable("Its articles or its history may not be read.") from None
    into = merged_into(history) if record.status is Status.MERGED else None
    yield replace(record, merged_into=into)
    yield from events(record, articles, history, place)


def _pages(http: Http, path: str) -> Iterator[list[Json]]:
    """The pages of a list to an empty one: the server may give fewer than it was asked for. The same page twice ends it."""
    before: list[str | None] = []
    for page in range(1, 1_000_000):
        rows = list(objects(http.get(f"{API}{path}", {"expand": "true", "per_page": LISTED, "page": page})))
        names = [name_of(row.get("id")) for row in rows]
        if not rows or names == before:
            return
        yield rows
        before = names


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "hints": _hints, "live": _live, "tickets": _tickets,
}  # fmt: skip
ONE = {"per_page": 1, "page": 1}
LOOKS = {
    "people": Look(path=f"{API}/users", params=ONE, grant="the permission admin.user"),
    "hints": Look(path=f"{API}/tickets", params=ONE, grant="the permission ticket.agent"),
    "live": Look(path=f"{API}/tickets/search", params={"query": "*", **ONE}, grant="the permission ticket.agent"),
    "tickets": Look(path=f"{API}/tickets", params=ONE, grant="the permission ticket.agent"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


ZAMMAD = Desk(
    slug="zammad",
    name="Zammad",
    says="Zammad: tickets with their articles, accounted time and history, people and groups; it keeps no ratings.",
    knows=frozenset(Fact) - {Fact.SLA, Fact.SCHEDULES, Fact.RATINGS},
    pull=pull,
    check=check,
    needs=(
        Need(key="url", says="The address of your Zammad, such as https://help.example.com."),
        Need(key="token", says="From Profile, Token Access, of an agent who may read every group.", secret=True),
    ),
    takes=("category", "webhook_secret"),
    streams=tuple(STREAMS),
    live=("live",),
    ids=ids,
    hints=by_hub("zammad", "sha1", plain_names),
)
