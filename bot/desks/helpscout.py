"""The help desk `helpscout`: conversations by when they changed, each with its threads, and happiness ratings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.desks.desk import Cursor, Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import Feed, follow, now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, text_of
from bot.desks.fields import whole as number_of
from bot.desks.helpscout_talks import Place, customer, events, ratings, stamped, ticket
from bot.desks.http import Http
from bot.desks.http_limits import Limits
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import helpscout_hints
from bot.errors import BadConfig, DeskDenied, DeskMissing, DeskRefused
from bot.store.records import AgentRecord, BadRecord, Record, TeamRecord
from bot.store.words import Kind, Role

CLOUD = "https://api.helpscout.net"
API = "/v2"
RARELY = timedelta(hours=1)
FIRST_RATINGS = datetime(2011, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=30)
AGAIN = timedelta(days=1)
"""The report of ratings has no cursor: its last day is read again."""
EARLY_S = 300.0
USUAL_LIFE_S = 172_800
EVERY = {"status": "all", "sortField": "modifiedAt", "sortOrder": "asc", "embed": "threads"}
KEY_HELP = (
    "In Help Scout open Your profile, My apps, as an administrator: create an app, and set CX_HELPSCOUT_APP_ID and "
    "CX_HELPSCOUT_APP_SECRET."
)


@dataclass(slots=True)
class Token:
    """An access token for two days, got anew by the app's own id and secret: that spends nothing, so it may be asked again."""

    http: Http
    app: str
    secret: str
    access: str | None = None
    runs_out: float = 0.0
    asking: bool = False

    def headers(self) -> Mapping[str, str]:
        if self.asking:
            return {}
        if self.access is None or self.http.pace.clock() >= self.runs_out:
            self._get()
        return {"Authorization": f"Bearer {self.access}"}

    def _get(self) -> None:
        grant = {"grant_type": "client_credentials", "client_id": self.app, "client_secret": self.secret}
        self.asking = True
        try:
            told = known(self.http.search(f"{API}/oauth2/token", grant))
        finally:
            self.asking = False
        self.access = name_of(told.get("access_token"))
        if self.access is None:
            raise DeskRefused("Help Scout handed out no access token.", next_step=KEY_HELP)
        life = number_of(told.get("expires_in")) or USUAL_LIFE_S
        self.runs_out = self.http.pace.clock() + max(life - EARLY_S, life / 2)

    def forget(self) -> bool:
        self.access = None
        return True


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    app, secret = settings.get("app_id", "").strip(), settings.get("app_secret", "").strip()
    if not app or not secret:
        raise BadConfig("CX_HELPSCOUT_APP_ID or CX_HELPSCOUT_APP_SECRET is missing.", next_step=KEY_HELP)
    base = (settings.get("url", "").strip() or CLOUD).rstrip("/").removesuffix(API)
    http = Http(base, "Help Scout", key_help=KEY_HELP, pace=pace, limits=Limits())
    token = Token(http, app, secret)
    http.sign, http.renew = token.headers, token.forget
    return http


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all conversations that are there: one deleted or merged away is simply gone."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        for rows in _listed(http, "/conversations", "conversations", {"status": "all"}):
            yield [name for row in rows if (name := name_of(row.get("id")))]


def _listed(http: Http, path: str, name: str, params: Mapping[str, str] | None = None) -> Iterator[list[Json]]:
    number = 1
    while True:
        page = known(http.get(f"{API}{path}", {**(params or {}), "page": number}))
        rows = list(objects(known(page.get("_embedded")).get(name)))
        yield rows
        if not rows or number >= (number_of(known(page.get("page")).get("totalPages")) or 0):
            return
        number += 1


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Inboxes as teams, and users."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = [
        TeamRecord(external_id=name, name=text_of(row.get("name")) or name)
        for rows in _listed(http, "/mailboxes", "mailboxes")
        for row in rows
        if (name := name_of(row.get("id")))
    ]
    told += [
        AgentRecord(
            external_id=name,
            name=f"{text_of(row.get('firstName'))} {text_of(row.get('lastName'))}".strip() or name,
            email=text_of(row.get("email")) or None,
            role=Role.ADMIN if text_of(row.get("role")).lower() in ("owner", "admin") else Role.AGENT,
        )
        for rows in _listed(http, "/users", "users")
        for row in rows
        if (name := name_of(row.get("id")))
    ]
    yield whole(asked, told)


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """From the first change there is to the last, and from there on."""
    place = Place(category=asked.settings.get("category", ""))

    def rows(since: datetime, number: int) -> list[Json]:
        page = known(http.get(f"{API}/conversations", {**EVERY, "modifiedSince": f"{since:%Y-%m-%dT%H:%M:%SZ}", "page": number}))
        return [stamped(row) for row in objects(known(page.get("_embedded")).get("conversations"))]

    yield from follow(Feed(rows=rows, tell=lambda row: _told(http, row, place), stamp="changed_at", born="createdAt"), asked)


def _told(http: Http, row: Json, place: Place) -> Iterator[Record]:
    record = ticket(row, place)
    told: list[Record] = [*customer(row), record, *events(record, _in_full(http, row))]
    yield from told


def _in_full(http: Http, row: Json) -> Json:
    """A list of conversations cuts the threads of a chat short: they are asked for by themselves."""
    if text_of(row.get("type")).lower() != "chat":
        return row
    try:
        threads = [each for rows in _listed(http, f"/conversations/{name_of(row.get('id'))}/threads", "threads") for each in rows]
    except (DeskDenied, DeskMissing, DeskRefused):
        return row  # Deleted or merged since it was listed.
    return {**row, "_embedded": {"threads": threads}} if threads else row


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The conversations that webhooks named, as they are now."""
    place = Place(category=asked.settings.get("category", ""))

    def look(name: str) -> Iterator[Record]:
        try:
            yield from _told(http, stamped(known(http.get(f"{API}/conversations/{name}", {"embed": "threads"}))), place)
        except (DeskDenied, DeskMissing, DeskRefused):
            return  # Deleted, or moved into another by a merge: the nightly list tells.
        except Unreadable as reason:
            yield BadRecord(stream="tickets", external_id=name, reason=str(reason))

    yield from shown(asked, look)


def _ratings(http: Http, asked: Pull) -> Iterator[Page]:
    """The report of happiness, a month at a time."""
    told = asked.cursor.data.get("until") if asked.cursor else None
    start = datetime.fromtimestamp(told, UTC) - AGAIN if isinstance(told, int) else _first(asked)
    while True:
        end = min(start + SPAN, asked.now)
        records: list[Record] = []
        for each in _report(http, start, end):
            try:
                records += ratings([each])
            except Unreadable as reason:
                records.append(BadRecord(stream="ratings", external_id=name_of(each.get("threadid")) or "?", reason=str(reason)))
        more = end < asked.now
        yield Page(records=tuple(records), cursor=Cursor(data={"until": int(end.timestamp())}), more=more)
        if not more:
            return
        start = end


def _first(asked: Pull) -> datetime:
    """Nobody rates before the first conversation there is."""
    oldest = asked.others["tickets"].data.get("oldest") if "tickets" in asked.others else None
    return datetime.fromtimestamp(oldest, UTC) if isinstance(oldest, int) else FIRST_RATINGS


def _report(http: Http, start: datetime, end: datetime) -> Iterator[Json]:
    number = 1
    while True:
        span = {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}", "rating": "all", "page": number}
        page = known(http.get(f"{API}/reports/happiness/ratings", span))
        rows = list(objects(page.get("results")))
        yield from rows
        if not rows or number >= (number_of(page.get("pages")) or 0):
            return
        number += 1


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "hints": _hints, "tickets": _tickets, "ratings": _ratings,
}  # fmt: skip
LOOKS = {
    "people": Look(path=f"{API}/users", grant="an app of an administrator"),
    "hints": Look(path=f"{API}/conversations", params={"status": "all"}, grant="an app of an administrator"),
    "tickets": Look(path=f"{API}/conversations", params={"status": "all"}, grant="an app of an administrator"),
    "ratings": Look(
        path=f"{API}/reports/happiness/ratings",
        params={"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z", "rating": "all"},
        grant="an app of somebody who may see reports, and a plan with reports",
    ),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


HELPSCOUT = Desk(
    slug="helpscout",
    name="Help Scout",
    says="Help Scout: conversations with their threads, inboxes and happiness ratings; it knows no priorities and no SLA.",
    knows=frozenset(Fact) - {Fact.HANDLING, Fact.SLA, Fact.SCHEDULES},
    pull=pull,
    check=check,
    needs=(
        Need(key="app_id", says="From Your profile, My apps, of an administrator."),
        Need(key="app_secret", says="Beside the id of the app.", secret=True),
    ),
    takes=("url", "category", "webhook_secret"),
    streams=tuple(STREAMS),
    ids=ids,
    hints=helpscout_hints,
    by_difference=frozenset({Kind.TEAM, Kind.CATEGORY}),
)
