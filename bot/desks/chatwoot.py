"""The help desk `chatwoot`: conversations, newest activity first, each with its messages and reporting events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desks.chatwoot_talks import Place, customer, events, listed, ratings, ticket
from bot.desks.desk import Cursor, Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, text_of
from bot.desks.fields import whole as number_of
from bot.desks.http import Http
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import chatwoot_hints
from bot.errors import BadConfig, DeskDenied, DeskMissing
from bot.store.records import AgentRecord, BadRecord, Record, TeamRecord
from bot.store.words import Kind, Role

CLOUD = "https://app.chatwoot.com"
OVERLAP_S = 300
RARELY = timedelta(hours=1)
KEY_HELP = "In Chatwoot open Profile settings as an administrator, copy the access token, and set CX_CHATWOOT_TOKEN."
EVERY = {"status": "all", "assignee_type": "all"}


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in to one account. Raises BadConfig."""
    account, token = settings.get("account", "").strip(), settings.get("token", "").strip()
    if not token:
        raise BadConfig("CX_CHATWOOT_TOKEN is missing.", next_step=KEY_HELP)
    if not account.isdigit():
        raise BadConfig("CX_CHATWOOT_ACCOUNT is missing.", next_step="It is the number in the address after /accounts/.")
    base = (settings.get("url", "").strip() or CLOUD).rstrip("/")
    proof = {"api_access_token": token}
    return Http(f"{base}/api/v1/accounts/{account}", "Chatwoot", sign=lambda: proof, key_help=KEY_HELP, pace=pace)


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all conversations that are there: Chatwoot tells of a deletion by webhook only."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        page = 1
        while rows := listed(http.get("/conversations", {**EVERY, "page": page})):
            yield [name for row in rows if (name := name_of(row.get("id")))]
            page += 1


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Agents, teams and inboxes. The cursor keeps what kind of channel each inbox is."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = [
        TeamRecord(external_id=name, name=text_of(row.get("name")) or name)
        for row in listed(http.get("/teams"))
        if (name := name_of(row.get("id")))
    ]
    told += [_agent(row, name) for row in listed(http.get("/agents")) if (name := name_of(row.get("id")))]
    inboxes = {name: text_of(row.get("channel_type")) for row in listed(http.get("/inboxes")) if (name := name_of(row.get("id")))}
    yield whole(asked, told, {"inboxes": inboxes})


def _agent(row: Json, name: str) -> AgentRecord:
    role = Role.ADMIN if text_of(row.get("role")) == "administrator" else Role.AGENT
    return AgentRecord(
        external_id=name, name=text_of(row.get("name")) or name, email=text_of(row.get("email")) or None, role=role
    )


@dataclass(slots=True, kw_only=True)
class Stand:
    """Where a walk stands: it reads what was active since `since`; begun at `top`, it is at `page` of the list."""

    since: int = 0
    top: int = 0
    page: int = 1
    oldest: int | None = None

    def cursor(self) -> Cursor:
        return Cursor(data={"since": self.since, "top": self.top, "page": self.page, "oldest": self.oldest})


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """From the newest activity back to where the last walk began. What becomes active meanwhile moves to the front, where the
    next walk meets it, and pushes others back: a row may be told twice, and only a deletion
    meanwhile can hide one until it is active again."""
    told = asked.cursor.data if asked.cursor else {}
    stand = Stand(
        since=told.get("since", 0), top=told.get("top", 0), page=max(told.get("page", 1) - 1, 1), oldest=told.get("oldest")
    )
    place = _place(http, asked)
    while True:
        rows = listed(http.get("/conversations", {**EVERY, "page": stand.page}))
        active = [number_of(row.get("last_activity_at")) or 0 for row in rows]
        stand.top = max(stand.top, *active) if stand.page == 1 and active else stand.top
        fresh = [row for row, at in zip(rows, active, strict=True) if at >= stand.since - OVERLAP_S]
        records = tuple(record for row in fresh for record in _told(http, row, place))
        born = [at for row in rows if (at := number_of(row.get("created_at")))]
        stand.oldest = min([*born, *([stand.oldest] if stand.oldest else [])], default=None)
        ended = len(fresh) < len(rows) or not rows
        stand = Stand(since=stand.top, top=stand.top, oldest=stand.oldest) if ended else stand
        stand.page = 1 if ended else stand.page + 1
        yield _page(records, stand, asked, ended=ended)
        if ended:
            return


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The conversations that webhooks named, as they are now."""
    place = _place(http, asked)

    def look(name: str) -> Iterator[Record]:
        try:
            yield from _told(http, known(http.get(f"/conversations/{name}")), place)
        except (DeskDenied, DeskMissing):
            return

    yield from shown(asked, look)


def _page(records: tuple[Record, ...], stand: Stand, asked: Pull, *, ended: bool) -> Page:
    began = datetime.fromtimestamp(stand.oldest, UTC) if ended and stand.oldest else None
    return Page(
        records=records, cursor=stand.cursor(), more=not ended, covered_from=began, covered_until=asked.now if ended else None
    )


def _place(http: Http, asked: Pull) -> Place:
    data: Mapping[str, Any] = asked.others["people"].data if "people" in asked.others else {}
    base, _, account = http.base.partition("/api/v1/accounts/")
    return Place(base=base, account=account, inboxes=data.get("inboxes", {}))


def _told(http: Http, row: Json, place: Place) -> Iterator[Record]:
    """A conversation with its messages; what cannot be read is set aside."""
    external_id = name_of(row.get("id")) or "?"
    try:
        record = ticket(row, place)
        messages = _messages(http, external_id)
        told: list[Record] = [
            *customer(row),
            record,
            *events(record, messages, _reports(http, external_id)),
            *ratings(record, messages),
        ]
    except Unreadable as reason:
        yield BadRecord(stream="tickets", external_id=external_id, reason=str(reason))
        return
    yield from told


def _messages(http: Http, name: str) -> list[Json]:
    """All messages, oldest first: the newest come at once, those before them when asked for."""
    found: dict[int, Json] = {}
    before: int | None = None
    while True:
        rows = listed(http.get(f"/conversations/{name}/messages", {"before": before} if before else None))
        fresh = {number: row for row in rows if (number := number_of(row.get("id"))) is not None and number not in found}
        if not fresh:
            return [found[number] for number in sorted(found)]
        found |= fresh
        before = min(fresh)


def _reports(http: Http, name: str) -> list[Json]:
    """When it was resolved, as administrators may see it in newer releases."""
    try:
        return listed(http.get(f"/conversations/{name}/reporting_events"))
    except (DeskDenied, DeskMissing):
        return []


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {"people": _people, "hints": _hints, "tickets": _tickets}
LOOKS = {
    "people": Look(path="/agents", grant="the token of an administrator"),
    "hints": Look(path="/conversations", params={**EVERY, "page": 1}, grant="the token of an administrator"),
    "tickets": Look(path="/conversations", params={**EVERY, "page": 1}, grant="the token of an administrator"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


CHATWOOT = Desk(
    slug="chatwoot",
    name="Chatwoot",
    says="Chatwoot: conversations with their messages, inboxes, teams, labels and survey answers; it logs no time worked.",
    knows=frozenset(Fact) - {Fact.HANDLING, Fact.SLA, Fact.SCHEDULES, Fact.CATEGORY},
    pull=pull,
    check=check,
    needs=(
        Need(key="account", says="The number in the address after /accounts/."),
        Need(key="token", says="From Profile settings of an administrator, Access token.", secret=True),
    ),
    takes=("url", "webhook_secret"),
    streams=tuple(STREAMS),
    ids=ids,
    hints=chatwoot_hints,
    by_difference=frozenset({Kind.TEAM, Kind.ASSIGNED, Kind.PRIORITY}),
)
