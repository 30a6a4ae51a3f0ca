"""The help desk `front`: its feed of events, which bring the conversations with them, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.desks.desk import Cursor, Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, text_of
from bot.desks.front_events import Place, is_bot, records
from bot.desks.http import Http
from bot.desks.http_limits import Limits
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import front_hints
from bot.errors import BadConfig, DeskDenied, DeskMissing
from bot.store.records import AgentRecord, BadRecord, Record, TicketRecord
from bot.store.words import Role

CLOUD = "https://api2.frontapp.com"
OVERLAP_S = 300
RARELY = timedelta(hours=1)
LISTED = 100
DOCUMENTED = {"account": 50.0}
"""Requests a minute of the smallest plan; what the answers say corrects it."""
KEY_HELP = (
    "In Front open Settings, Developers, API tokens as an admin: create a token with the scope shared:*, and set CX_FRONT_TOKEN."
)


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    token = settings.get("token", "").strip()
    if not token:
        raise BadConfig("CX_FRONT_TOKEN is missing.", next_step=KEY_HELP)
    base = (settings.get("url", "").strip() or CLOUD).rstrip("/")
    proof = {"Authorization": f"Bearer {token}"}
    near = (urlsplit(base).hostname or "").endswith("frontapp.com")
    limits = Limits(documented=DOCUMENTED if near else {})
    return Http(base, "Front", sign=lambda: proof, key_help=KEY_HELP, pace=pace, limits=limits)


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all conversations that are there, without those in the trash: what is deleted for good tells nothing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        for rows in _listed(http, "/conversations", {}):
            yield [name for row in rows if (name := name_of(row.get("id")))]


def _listed(http: Http, path: str, params: Mapping[str, Any]) -> Iterator[list[Json]]:
    asked: dict[str, Any] = {"limit": LISTED, **params}
    while True:
        page = known(http.get(path, asked))
        yield list(objects(page.get("_results")))
        token = _next(page)
        if token is None or token == asked.get("page_token"):
            return
        asked = {"limit": LISTED, **params, "page_token": token}


def _next(page: Json) -> str | None:
    """The mark of the next page, out of its link: the link itself may lead elsewhere."""
    link = text_of(known(page.get("_pagination")).get("next"))
    return dict(parse_qsl(urlsplit(link).query)).get("page_token")


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Teammates, and what an account's own statuses mean."""
    if not now_and_then(asked, RARELY):
        return
    told = [
        AgentRecord(
            external_id=name,
            name=f"{text_of(row.get('first_name'))} {text_of(row.get('last_name'))}".strip() or name,
            email=text_of(row.get("email")) or None,
            role=_role(row),
        )
        for rows in _listed(http, "/teammates", {})
        for row in rows
        if (name := name_of(row.get("id")))
    ]
    yield whole(asked, told)


def _role(row: Json) -> Role:
    if is_bot(row):
        return Role.BOT
    return Role.FORMER if row.get("is_blocked") is True else Role.ADMIN if row.get("is_admin") is True else Role.AGENT


@dataclass(slots=True, kw_only=True)
class Stand:
    """Where a walk stands: everything up to `since` is told, and of what the overlap brings again, these events."""

    since: float
    near: dict[str, float]
    oldest: int | None = None
    seen: int = 0

    def cursor(self) -> Cursor:
        return Cursor(data={"since": self.since, "near": dict(self.near), "oldest": self.oldest, "seen": self.seen})


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """Events from the oldest there is to the newest. A page's mark is never kept: it goes stale."""
    told = asked.cursor.data if asked.cursor else {}
    stand = Stand(
        since=told.get("since", 0.0), near=dict(told.get("near", {})), oldest=told.get("oldest"), seen=told.get("seen", 0)
    )
    params: dict[str, Any] = {"sort_by": "created_at", "sort_order": "asc"}
    if stand.since:
        params["q[after]"] = f"{max(stand.since - OVERLAP_S, 0):.3f}"
    pages = _listed(http, "/events", params)
    rows = next(pages, [])
    while True:
        found = _take(rows, stand, asked)
        following = next(pages, None)
        ended = following is None
        yield _page(found, stand, asked, ended=ended)
        if following is None:
            return
        rows = following


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The conversations that webhooks named: all that happened to each, as it stands now."""

    def look(name: str) -> Iterator[Record]:
        try:
            rows = [row for some in _listed(http, f"/conversations/{name}/events", {}) for row in some]
        except (DeskDenied, DeskMissing):
            return
        rows.sort(key=lambda row: at if isinstance(at := row.get("emitted_at"), int | float) else 0)
        yield from _latest([record for row in rows for record in _told(row)])

    yield from shown(asked, look)


def _take(rows: Sequence[Json], stand: Stand, asked: Pull) -> tuple[Record, ...]:
    found: list[Record] = []
    for row in rows:
        name, at = name_of(row.get("id")) or "?", row.get("emitted_at")
        if name in stand.near:
            continue
        stand.seen += 1
        if isinstance(at, int | float) and at <= asked.now.timestamp() + OVERLAP_S:
            stand.since, stand.near[name] = max(stand.since, float(at)), float(at)
        told = _told(row)
        found += told
        born = [int(each.created_at.timestamp()) for each in told if isinstance(each, TicketRecord)]
        stand.oldest = min([*born, *([stand.oldest] if stand.oldest else [])], default=None)
    stand.near = {name: at for name, at in stand.near.items() if at >= stand.since - 2 * OVERLAP_S}
    return tuple(_latest(found))


def _told(row: Json) -> list[Record]:
    try:
        return list(records(row, Place()))
    except Unreadable as reason:
        name = name_of(known(row.get("conversation")).get("id")) or name_of(row.get("id")) or "?"
        return [BadRecord(stream="tickets", external_id=name, reason=str(reason))]


def _latest(found: list[Record]) -> Iterator[Record]:
    """Of each conversation the newest telling only: every event of it brings it whole."""
    newest = {each.external_id: number for number, each in enumerate(found) if isinstance(each, TicketRecord)}
    for number, each in enumerate(found):
        if not isinstance(each, TicketRecord) or newest[each.external_id] == number:
            yield each


def _page(found: tuple[Record, ...], stand: Stand, asked: Pull, *, ended: bool) -> Page:
    began = datetime.fromtimestamp(stand.oldest, UTC) if ended and stand.oldest else None
    return Page(
        records=found, cursor=stand.cursor(), more=not ended, covered_from=began, covered_until=asked.now if ended else None,
        seen=stand.seen,
    )  # fmt: skip


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {"people": _people, "hints": _hints, "tickets": _tickets}
LOOKS = {
    "people": Look(path="/teammates", params={"limit": 1}, grant="a token with the scope shared:*"),
    "hints": Look(path="/events", params={"limit": 1}, grant="a token with the scope shared:*"),
    "tickets": Look(path="/events", params={"limit": 1}, grant="a token with the scope shared:*"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


FRONT = Desk(
    slug="front",
    name="Front",
    says="Front: conversations and everything that happened to them; it logs no time worked and asks no customers here.",
    knows=frozenset(Fact) - {Fact.HANDLING, Fact.SLA, Fact.SCHEDULES, Fact.RATINGS, Fact.CATEGORY},
    pull=pull,
    check=check,
    needs=(Need(key="token", says="From Settings, Developers, API tokens, as an admin.", secret=True),),
    takes=("url", "webhook_secret"),
    streams=tuple(STREAMS),
    ids=ids,
    hints=front_hints,
)
