"""The help desk `jira`: Jira Service Management by JQL, with changelogs in bulk, service-level cycles and ratings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Any

from bot.clock import zone
from bot.desks.desk import Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import Feed, follow, follow_live, now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, instant, known, name_of, objects, text_of
from bot.desks.fields import whole as number_of
from bot.desks.http import Http
from bot.desks.jira_issues import Place, events, people, promises, rating, ticket
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import by_hub, jira_names
from bot.errors import BadConfig, DeskDenied, DeskMissing, UnknownZone
from bot.store.records import BadRecord, Record, TeamRecord
from bot.store.words import RESOLVED

API, PORTAL = "/rest/api/3", "/rest/servicedeskapi"
SEARCH, CHANGES = f"{API}/search/jql", f"{API}/changelog/bulkfetch"
LISTED = 100
RARELY = timedelta(hours=1)
FIELDS = [
    "summary", "status", "priority", "issuetype", "labels", "project", "assignee", "reporter", "creator", "created", "updated",
    "timespent", "comment",
]  # fmt: skip
"""Without a list of fields Jira gives numbers only."""
CHANGED = ["status", "assignee", "priority", "issuetype", "project"]
KEY_HELP = (
    "Make an API token in the security settings of an Atlassian account that may browse the service projects, and set "
    "CX_JIRA_EMAIL and CX_JIRA_TOKEN."
)


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of a site. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    missing = [name for name in ("url", "email", "token") if not settings.get(name, "").strip()]
    if missing:
        raise BadConfig(f"CX_JIRA_{missing[0].upper()} is missing.", next_step=KEY_HELP)
    pair = b64encode(f"{settings['email'].strip()}:{settings['token'].strip()}".encode()).decode()
    base = settings["url"].strip().rstrip("/").removesuffix(API)
    return Http(base, "Jira", sign=lambda: {"Authorization": f"Basic {pair}"}, key_help=KEY_HELP, pace=pace)


def ids(asked: Pull) -> Iterator[Sequence[str]]:
    """The ids of all issues that are there: Jira tells of no deletion."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        for rows in _found(http, f"{_scope(asked.settings)} order by id asc", ["id"]):
            yield [name for row in rows if (name := name_of(row.get("id")))]


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Projects, as our teams. The cursor keeps what each status means, and in which zone Jira reads our dates."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = []
    start = 0
    while rows := list(objects(known(http.get(f"{API}/project/search", {"startAt": start, "maxResults": 50})).get("values"))):
        told += [TeamRecord(external_id=name, name=text_of(row.get("name")) or name) for row in rows if (name := _id(row))]
        start += len(rows)
    statuses = {
        name: [text_of(row.get("name")), text_of(known(row.get("statusCategory")).get("key"))]
        for row in objects(http.get(f"{API}/status"))
        if (name := _id(row))
    }
    own = text_of(known(http.get(f"{API}/myself")).get("timeZone"))
    yield whole(asked, told, {"statuses": statuses, "zone": own})


def _id(row: Json) -> str | None:
    return name_of(row.get("id"))


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """The chain that loses nothing: from the first change there is to the last, and from there on."""
    yield from follow(Issues.of(http, asked).feed(), asked)


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    yield from follow_live(Issues.of(http, asked).feed(), asked)


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The issues that webhooks named, as they are now, if they are of our projects."""
    issues = Issues.of(http, asked)

    def look(name: str) -> Iterator[Record]:
        for row in issues.found(f"{issues.scope} and id = {name}"):
            try:
                yield from [*issues.tell(row)]
            except Unreadable as reason:
                yield BadRecord(stream="tickets", external_id=name, reason=str(reason))

    yield from shown(asked, look)


@dataclass(slots=True, kw_only=True)
class Issues:
    """The issues of a site by when they changed. `changes` holds the changelogs of the page in hand; `portal` ends with the
    first refusal: a site without Service Management has neither cycles nor ratings."""

    http: Http
    place: Place
    scope: str
    zone: str
    portal: bool = True
    changes: dict[str, list[Json]] = field(default_factory=dict)

    @classmethod
    def of(cls, http: Http, asked: Pull) -> Issues:
        data: Mapping[str, Any] = asked.others["people"].data if "people" in asked.others else {}
        statuses = {key: (value[0], value[1]) for key, value in known(data.get("statuses")).items()}
        place = Place(base=http.base, statuses=statuses)
        return cls(http=http, place=place, scope=_scope(asked.settings), zone=_zone(text_of(data.get("zone"))))

    def feed(self) -> Feed:
        return Feed(rows=self.rows, tell=self.tell, stamp="updated", born="created")

    def rows(self, since: datetime, page: int) -> Sequence[Json]:
        """What changed since then, with its last change beside its id; JQL knows minutes of the account's own zone only, so a
        page ends beyond the minute it begins in, however many changed in that."""
        if page > 1:
            return []
        at, beyond = since.astimezone(zone(self.zone)), (since + timedelta(minutes=2)).timestamp()
        return self.found(f'{self.scope} and updated >= "{at:%Y/%m/%d %H:%M}" order by updated asc', beyond)

    def found(self, jql: str, beyond: float = inf) -> Sequence[Json]:
        """What a search finds, to the end of a page that ends beyond an instant in seconds since 1970."""
        found: list[Json] = []
        self.changes = {}
        for rows in _found(self.http, jql, FIELDS):
            found += [{**row, **{name: known(row.get("fields")).get(name) for name in ("updated", "created")}} for row in rows]
            self.changes |= self._changes([name for row in rows if (name := _id(row))])
            if len(found) >= LISTED and _changed(found[-1]) > beyond:
                break
        return found

    def tell(self, row: Json) -> Iterator[Record]:
        """An issue with all that is told of it. Raises Unreadable."""
        record = ticket(row, self.place)
        row = self._with_comments(row, record.external_id)
        yield from people(row)
        yield record
        yield from events(row, self.changes.get(record.external_id, []), record, self.place)
        yield from promises(self._of_portal(f"{record.external_id}/sla"), record)
        if record.status in RESOLVED:
            yield from rating(self._of_portal(f"{record.external_id}/feedback"), record)

    def _with_comments(self, row: Json, name: str) -> Json:
        """The issue with all its comments: a search brings only the first of many."""
        told = known(known(row.get("fields")).get("comment"))
        found, total = list(objects(told.get("comments"))), number_of(told.get("total")) or 0
        while len(found) < total:
            params = {"startAt": len(found), "maxResults": LISTED}
            more = list(objects(known(self.http.get(f"{API}/issue/{name}/comment", params)).get("comments")))
            if not more:
                break
            found += more
        return {**row, "fields": {**known(row.get("fields")), "comment": {"comments": found}}}

    def _of_portal(self, path: str) -> Any:
        """What Service Management tells of a request; an issue that is none has nothing there."""
        if not self.portal:
            return None
        try:
            return self.http.get(f"{PORTAL}/request/{path}")
        except DeskMissing:
            return None
        except DeskDenied:
            self.portal = False
            return None

    def _changes(self, names: list[str]) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        token: str | None = None
        while names:
            document = {"issueIdsOrKeys": names, "fieldIds": CHANGED, "maxResults": 1000}
            told = known(self.http.search(CHANGES, {**document, **({"nextPageToken": token} if token else {})}))
            for each in objects(told.get("issueChangeLogs")):
                found.setdefault(name_of(each.get("issueId")) or "?", []).extend(objects(each.get("changeHistories")))
            before, token = token, name_of(told.get("nextPageToken"))
            if token is None or token == before:
                break
        return found


def _changed(row: Json) -> float:
    try:
        at = instant(row.get("updated"))
    except Unreadable:
        return 0.0
    return at.timestamp() if at else 0.0


def _found(http: Http, jql: str, fields: list[str]) -> Iterator[list[Json]]:
    """The pages of a search; a token that comes again ends it."""
    token: str | None = None
    while True:
        document = {"jql": jql, "fields": fields, "maxResults": LISTED, **({"nextPageToken": token} if token else {})}
        told = known(http.search(SEARCH, document))
        yield list(objects(told.get("issues")))
        before, token = token, name_of(told.get("nextPageToken"))
        if token is None or token == before:
            return


def _scope(settings: Mapping[str, str]) -> str:
    """Which projects: those of the settings, else every service project that may be seen. Raises BadConfig."""
    keys = [key.strip() for key in settings.get("projects", "").split(",") if key.strip()]
    if not all(key.isidentifier() for key in keys):
        raise BadConfig("CX_JIRA_PROJECTS holds something that is no key.", next_step="Write keys such as HELP, IT.")
    return f"project in ({', '.join(keys)})" if keys else "projectType = service_desk"


def _zone(name: str) -> str:
    try:
        return zone(name or "UTC").key
    except UnknownZone:
        return "UTC"


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "hints": _hints, "live": _live, "tickets": _tickets,
}  # fmt: skip
ONE = Look(
    path=SEARCH, document={"jql": "updated >= -1d", "fields": ["id"], "maxResults": 1}, grant="Browse Projects to its account"
)
LOOKS = {"people": Look(path=f"{API}/status", grant="Browse Projects to its account"), "hints": ONE, "live": ONE, "tickets": ONE}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


JIRA = Desk(
    slug="jira",
    name="Jira",
    says="Jira Service Management: requests with their changelog, comments, logged time, service-level cycles and ratings.",
    knows=frozenset(Fact) - {Fact.SCHEDULES, Fact.CHANNEL},
    pull=pull,
    check=check,
    needs=(
        Need(key="url", says="The address of your site, such as https://example.atlassian.net."),
        Need(key="email", says="The address of the account that the token belongs to."),
        Need(key="token", says="An API token from that account's security settings.", secret=True),
    ),
    takes=("projects", "webhook_secret"),
    streams=tuple(STREAMS),
    live=("live",),
    ids=ids,
    hints=by_hub("jira", "sha256", jira_names),
)
