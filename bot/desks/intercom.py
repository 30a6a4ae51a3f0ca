"""The help desk `intercom`: Intercom by its API 2.15: conversations with all their parts, people, teams and ratings."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desks.desk import Cursor, Delivery, Desk, Fact, Hint, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, text_of
from bot.desks.fields import whole as number_of
from bot.desks.http import Http, RefusedRequest
from bot.desks.http_limits import Limits, Quota
from bot.desks.intercom_conversations import Place, events, ticket
from bot.desks.looks import Look, look_at
from bot.errors import BadConfig, DeskDenied, DeskMissing, DeskUnavailable
from bot.store.records import AgentRecord, BadRecord, EventRecord, Record, TeamRecord
from bot.store.words import Actor, Kind, Role, Status

HOME = "https://api.intercom.io"
VERSION = "2.15"
SEARCH = "/conversations/search"
PAGE = 50
OVERLAP_S = 300
RARELY = timedelta(hours=1)
AHEAD_S = 3600
TEN_SECONDS = 10_000 / 6
SIGNATURE = "x-hub-signature"
KEY_HELP = "In Intercom's Developer Hub open your app, Configure, Authentication: set CX_INTERCOM_TOKEN to its access token."


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of a workspace. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    token = settings.get("token", "").strip()
    if not token:
        raise BadConfig("CX_INTERCOM_TOKEN is missing.", next_step=KEY_HELP)
    base = settings.get("url", "").strip().rstrip("/") or HOME
    signed = {"Authorization": f"Bearer {token}", "Intercom-Version": VERSION}
    limits = Limits(quotas={"account": Quota(TEN_SECONDS, window_s=10.0)})
    return Http(base, "Intercom", sign=lambda: signed, key_help=KEY_HELP, pace=pace, limits=limits)


@dataclass(slots=True, kw_only=True)
class Run:
    """One walk over what changed since an instant, in seconds since 1970: rows move under the reader, so the next walk
    begins where this one began. `near` are the rows that the next one meets again."""

    since: int
    began: int
    after: str | None = None
    near: dict[str, str] = field(default_factory=dict)
    oldest: int | None = None
    told: int = 0

    @classmethod
    def of(cls, asked: Pull, first: int) -> Run:
        """The walk a cursor stands in, or the next one."""
        now = int(asked.now.timestamp())
        if asked.cursor is None:
            return cls(since=first, began=now)
        data = asked.cursor.data
        return cls(
            since=data["since"],
            began=data["began"] if data.get("after") else now,
            after=data.get("after"),
            near=dict(data.get("near", {})),
            oldest=data.get("oldest"),
            told=data.get("told", 0),
        )

    def cursor(self, *, ended: bool) -> Cursor:
        since = self.began if ended else self.since
        near = {name: stamp for name, stamp in self.near.items() if not ended or int(stamp) >= self.began - 2 * OVERLAP_S}
        data = {"since": since, "began": self.began, "after": None if ended else self.after, "near": near}
        return Cursor(data={**data, "oldest": self.oldest, "told": self.told})


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = []
    for team in objects(known(http.get("/teams")).get("teams")):
        if name := name_of(team.get("id")):
            told.append(TeamRecord(external_id=name, name=text_of(team.get("name")) or name))
    for admin in objects(known(http.get("/admins")).get("admins")):
        if name := name_of(admin.get("id")):
            told.append(_admin(name, admin))
    yield whole(asked, told)


def _admin(name: str, told: Json) -> AgentRecord:
    teams = told.get("team_ids")
    email = text_of(told.get("email")) or None
    return AgentRecord(
        external_id=name,
        name=text_of(told.get("name")) or name,
        email=email,
        role=Role.BOT if email and email.startswith("operator+") else Role.AGENT,
        team=name_of(teams[0]) if isinstance(teams, list) and teams else None,
    )


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The conversations that webhooks named; one that is gone by now was deleted, which nothing else tells."""
    place = _place(asked)

    def look(name: str) -> Iterator[Record]:
        try:
            yield from _detail(known(http.get(f"/conversations/{name}")), name, place)
        except DeskDenied:
            return
        except DeskMissing:
            yield _deleted(name, asked.now)

    yield from shown(asked, look)


def _deleted(name: str, at: datetime) -> EventRecord:
    """It went somewhen before this look; no event of its own says when."""
    return EventRecord(
        ticket=name,
        key="deleted",
        at=at,
        kind=Kind.STATUS,
        actor_kind=Actor.SYSTEM,
        new=Status.DELETED.value,
        derived=True,
    )


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """All that changed since the last walk began, each with its parts."""
    run, place = Run.of(asked, 0), _place(asked)
    again = True
    while True:
        try:
            body = _searched(http, run)
        except RefusedRequest:
            if run.after is None or not again:
                raise
            run.after, again = None, False  # A place in a search that is not kept any more: the walk begins anew.
            continue
        records = tuple(record for row in objects(body.get("conversations")) for record in _told(http, row, run, place, asked))
        after = name_of(known(known(body.get("pages")).get("next")).get("starting_after"))
        ended = after is None or after == run.after
        run.after = after
        yield _page(records, run, asked, body, ended=ended)
        if ended:
            return


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    """While the first walk is on its way: what changed since we were first asked. It stands in for nothing."""
    if "tickets" in asked.finished:
        return
    run, place = Run.of(asked, int(asked.now.timestamp())), _place(asked)
    body = _searched(http, run)
    records = [record for row in objects(body.get("conversations")) for record in _told(http, row, run, place, asked)]
    yield Page(records=tuple(records), cursor=run.cursor(ended=True), more=False)


def _searched(http: Http, run: Run) -> Json:
    """A page of what changed; an inclusive beginning takes two conditions."""
    since = max(run.since - OVERLAP_S, 0)
    either = [{"field": "updated_at", "operator": sign, "value": since} for sign in (">", "=")]
    paging: dict[str, Any] = {"per_page": PAGE} | ({"starting_after": run.after} if run.after else {})
    body = known(http.search(SEARCH, {"query": {"operator": "OR", "value": either}, "pagination": paging}))
    if not isinstance(body.get("conversations"), list):
        raise DeskUnavailable("Intercom answered without conversations.", next_step="The next sync asks again.")
    return body


def _told(http: Http, row: Json, run: Run, place: Place, asked: Pull) -> Iterator[Record]:
    """A conversation that changed since it was last met, with its parts; what cannot be read is set aside."""
    name, stamp = name_of(row.get("id")) or "?", number_of(row.get("updated_at")) or 0
    if run.near.get(name) == str(stamp):
        return
    run.told += 1
    try:
        if stamp > asked.now.timestamp() + AHEAD_S:
            raise Unreadable("It changed in the future.")
        yield from _detail(_detailed(http, name, row), name, place)
    except Unreadable as reason:
        yield BadRecord(stream="tickets", external_id=name, reason=str(reason))
    else:
        if stamp >= run.began - 2 * OVERLAP_S:
            run.near[name] = str(stamp)
        born = number_of(row.get("created_at"))
        run.oldest = min(born, run.oldest or born) if born and born > 0 else run.oldest


def _detailed(http: Http, name: str, row: Json) -> Json:
    """With its parts; a conversation out of sight or gone is what its row says."""
    try:
        return known(http.get(f"/conversations/{name}"))
    except (DeskDenied, DeskMissing):
        return row


def _detail(told: Json, name: str, place: Place) -> Iterator[Record]:
    if name_of(told.get("id")) != name:
        raise Unreadable("Its detail is of another conversation, or of none.")
    yield from [ticket(told, place), *events(told, place)]


def _page(records: tuple[Record, ...], run: Run, asked: Pull, body: Json, *, ended: bool) -> Page:
    first = run.since == 0
    total = number_of(body.get("total_count"))
    return Page(
        records=records,
        cursor=run.cursor(ended=ended),
        more=not ended,
        covered_from=datetime.fromtimestamp(run.oldest, UTC) if ended and run.oldest else None,
        covered_until=asked.now if ended else None,
        seen=run.told,
        estimated_total=max(total, run.told) if first and total else None,
    )


def _place(asked: Pull) -> Place:
    return Place(category=asked.settings.get("category", ""))


def hints(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a webhook hints at; None when it was not signed with CX_INTERCOM_WEBHOOK_SECRET, the app's client secret."""
    secret = settings.get("webhook_secret", "")
    signed = f"sha1={hmac.new(secret.encode(), delivery.body, hashlib.sha1).hexdigest()}"  # Intercom knows no other.
    told = delivery.headers.get(SIGNATURE, "")
    if not secret or not hmac.compare_digest(signed.encode(), told.encode(errors="replace")):
        return None
    try:
        document = known(json.loads(delivery.body))
    except (ValueError, RecursionError):
        document = {}
    item = known(known(document.get("data")).get("item"))
    name = name_of(item.get("id")) if text_of(item.get("type")) == "conversation" else None
    fits = name is not None and name.isdigit() and len(name) <= 30
    key = text_of(document.get("id")) or told
    return Hint(key=f"intercom:{key}"[:200], tickets=(name,) if fits and name else ())


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people,
    "hints": _hints,
    "live": _live,
    "tickets": _tickets,
}
CHANGED = {"query": {"field": "updated_at", "operator": ">", "value": 0}, "pagination": {"per_page": 1}}
LOOKS = {
    "people": Look(path="/admins", grant="the permission to read admins"),
    "hints": Look(path=SEARCH, document=CHANGED, grant="the permission to read conversations"),
    "live": Look(path=SEARCH, document=CHANGED, grant="the permission to read conversations"),
    "tickets": Look(path=SEARCH, document=CHANGED, grant="the permission to read conversations"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


INTERCOM = Desk(
    slug="intercom",
    name="Intercom",
    says="Intercom: conversations with their whole history, replies, assignments, handling time, people and ratings.",
    knows=frozenset(Fact) - {Fact.SLA, Fact.SCHEDULES, Fact.DELETIONS},
    pull=pull,
    check=check,
    needs=(Need(key="token", says="The access token of an app: Developer Hub, Configure, Authentication.", secret=True),),
    takes=("url", "category", "webhook_secret"),
    streams=tuple(STREAMS),
    live=("live",),
    hints=hints,
    by_difference=frozenset({Kind.PRIORITY, Kind.CATEGORY}),
)
