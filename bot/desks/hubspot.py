"""The help desk `hubspot`: HubSpot's tickets with the history of their properties, e-mails, and feedback: CSAT, CES and NPS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.desks.desk import Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import Feed, follow, follow_live, now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, text_of
from bot.desks.http import Http
from bot.desks.http_limits import Limits
from bot.desks.hubspot_tickets import HISTORY, OWNER, PROPERTIES, Place, events, feedback, said, ticket
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import hubspot_hints
from bot.errors import BadConfig, DeskDenied, DeskMissing
from bot.store.records import AgentRecord, BadRecord, CustomerRecord, Record, TeamRecord
from bot.store.words import Role

HOME = "https://api.hubapi.com"
OBJECTS = "/crm/objects/2026-09"
OWNERS, PIPELINES = "/crm/v3/owners", "/crm/v3/pipelines/tickets"
FOUND = 100
MOST_PAGES = 100
"""Of one search: HubSpot finds 10,000 at most."""
RARELY = timedelta(hours=1)
A_MINUTE = {"account": 1140.0, "search": 240.0}
"""190 requests in ten seconds, of them four searches a second."""
KEY_HELP = "In HubSpot open Settings, Integrations, Private apps: set CX_HUBSPOT_TOKEN to the app's access token."
FEEDBACK = ("hs_survey_type", "hs_value", "hs_submission_timestamp", "hs_content", "hs_sentiment", "hs_survey_channel")
MAILED = ("hs_email_direction", "hs_timestamp", OWNER)


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    token = settings.get("token", "").strip()
    if not token:
        raise BadConfig("CX_HUBSPOT_TOKEN is missing.", next_step=KEY_HELP)
    base = settings.get("url", "").strip().rstrip("/") or HOME
    signed = {"Authorization": f"Bearer {token}"}
    limits = Limits(documented=A_MINUTE)
    return Http(base, "HubSpot", sign=lambda: signed, key_help=KEY_HELP, pace=pace, limits=limits)


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Owners with their teams, and what the stages mean. The cursor keeps what tickets are read with."""
    if not now_and_then(asked, RARELY):
        return
    told: list[Record] = []
    users: dict[str, str] = {}
    for each in _all(http, OWNERS):
        if name := name_of(each.get("id")):
            users |= {user: name} if (user := name_of(each.get("userId"))) else {}
            told += _owner(name, each)
    pipelines = objects(known(http.get(PIPELINES)).get("results"))
    stages = {name_of(stage.get("id")) or "": _stage(stage) for each in pipelines for stage in objects(each.get("stages"))}
    yield whole(asked, list(dict.fromkeys(told)), {"owners": users, "stages": stages})


def _owner(name: str, told: Json) -> Iterator[Record]:
    teams = [each for each in objects(told.get("teams")) if name_of(each.get("id"))]
    main = next((each for each in teams if each.get("primary") is True), next(iter(teams), None))
    for each in teams:
        yield TeamRecord(external_id=name_of(each.get("id")) or "", name=text_of(each.get("name")))
    called = " ".join(part for part in (text_of(told.get("firstName")), text_of(told.get("lastName"))) if part)
    yield AgentRecord(
        external_id=name,
        name=called or text_of(told.get("email")) or name,
        email=text_of(told.get("email")) or None,
        role=Role.FORMER if told.get("archived") is True else Role.AGENT,
        team=name_of(main.get("id")) if main else None,
    )


def _stage(told: Json) -> list[str]:
    state = text_of(known(told.get("metadata")).get("ticketState")).upper()
    return [state or "OPEN", text_of(told.get("label"))]


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """The chain that loses nothing: from the first change there is to the last, and from there on."""
    yield from follow(_feed(http, asked), asked)


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    yield from follow_live(_feed(http, asked), asked)


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The tickets that webhooks named, as they are now."""
    place, met = _place(http, asked), set[str]()

    def look(name: str) -> Iterator[Record]:
        row = _object(http, "tickets", name, {}, PROPERTIES)
        try:
            yield from list(_told(http, row, place, met)) if row else ()
        except Unreadable as reason:
            yield BadRecord(stream="tickets", external_id=name, reason=str(reason))

    yield from shown(asked, look)


def _feed(http: Http, asked: Pull) -> Feed:
    place, met = _place(http, asked), set[str]()
    tell: Callable[[Json], Iterator[Record]] = lambda row: _told(http, row, place, met)  # noqa: E731
    return Feed(
        rows=partial(_changed, http, "tickets", PROPERTIES), tell=tell, stamp="updatedAt", born="createdAt", most_pages=MOST_PAGES
    )


def _feedback(http: Http, asked: Pull) -> Iterator[Page]:
    """What people answered; to which ticket, each submission is asked by itself."""

    def tell(row: Json) -> Iterator[Record]:
        name = name_of(row.get("id")) or "?"
        yield from feedback(_object(http, "feedback_submissions", name, {"associations": "tickets,contacts"}, FEEDBACK) or row)

    rows = partial(_changed, http, "feedback_submissions", FEEDBACK)
    for page in follow(Feed(rows=rows, tell=tell, stamp="updatedAt", born="createdAt", stream="ratings"), asked):
        yield replace(page, covered_from=None, covered_until=None)


def _archived(http: Http, asked: Pull) -> Iterator[Page]:
    """Tickets that were deleted: they are listed apart."""
    if not now_and_then(asked, RARELY):
        return
    place = _place(http, asked)
    told: list[Record] = []
    for row in _all(http, f"{OBJECTS}/tickets", {"archived": "true", "properties": ",".join(PROPERTIES)}):
        try:
            told.append(ticket({**row, "archived": True}, place))
        except Unreadable as reason:
            told.append(BadRecord(stream="tickets", external_id=name_of(row.get("id")) or "?", reason=str(reason)))
    yield whole(asked, told)


def _changed(http: Http, kind: str, properties: Sequence[str], since: datetime, page: int) -> Sequence[Json]:
    """A page of what changed at or after an instant, oldest change first; HubSpot finds 10,000 at most, so it is asked anew."""
    after = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(int(since.timestamp() * 1000))}
    document = {
        "filterGroups": [{"filters": [after]}],
        "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
        "properties": list(properties),
        "limit": FOUND,
        "after": str((page - 1) * FOUND),
    }
    found = http.search(f"{OBJECTS}/{kind}/search", document, kind="search")
    return list(objects(known(found).get("results")))


def _told(http: Http, row: Json, place: Place, met: set[str]) -> Iterator[Record]:
    """A ticket with its history, its customer and its e-mails; one that may not be read is what its row says."""
    name = name_of(row.get("id")) or "?"
    more = {"associations": "contacts", "propertiesWithHistory": ",".join(HISTORY)}
    detail = _object(http, "tickets", name, more, PROPERTIES) or row
    record = ticket(detail, place)
    yield record
    yield from list(events(detail, place))
    if record.customer and record.customer not in met:
        met.add(record.customer)
        yield from _contact(http, record.customer)
    yield from [event for mail in list(_mails(http, name)) for event in said(mail, name)]


def _mails(http: Http, name: str) -> Iterator[Json]:
    belongs = {"propertyName": "associations.ticket", "operator": "EQ", "value": name}
    document = {"filterGroups": [{"filters": [belongs]}], "sorts": [], "properties": list(MAILED), "limit": FOUND}
    for page in range(MOST_PAGES):
        try:
            found = known(http.search(f"{OBJECTS}/emails/search", {**document, "after": str(page * FOUND)}, kind="search"))
        except (DeskDenied, DeskMissing):
            return
        yield from objects(found.get("results"))
        if not known(found.get("paging")).get("next"):
            return


def _contact(http: Http, name: str) -> Iterator[CustomerRecord]:
    told = known((_object(http, "contacts", name, {}, ("firstname", "lastname", "email")) or {}).get("properties"))
    called = " ".join(part for part in (text_of(told.get("firstname")), text_of(told.get("lastname"))) if part)
    yield CustomerRecord(external_id=name, name=called or name, email=text_of(told.get("email")) or None)


def _object(http: Http, kind: str, name: str, more: Mapping[str, str], properties: Sequence[str]) -> Json | None:
    try:
        return known(http.get(f"{OBJECTS}/{kind}/{name}", {"properties": ",".join(properties), **more}))
    except (DeskDenied, DeskMissing):
        return None


def _all(http: Http, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Json]:
    """The objects of all pages of a list; a place that stands still ends it."""
    after: str | None = None
    while True:
        page = known(http.get(path, {"limit": FOUND, **(params or {}), **({"after": after} if after else {})}))
        yield from objects(page.get("results"))
        following = name_of(known(known(page.get("paging")).get("next")).get("after"))
        if following is None or following == after:
            return
        after = following


def _place(http: Http, asked: Pull) -> Place:
    data: Mapping[str, Any] = asked.others["people"].data if "people" in asked.others else {}
    stages = {name: (told[0], told[1]) for name, told in dict(data.get("stages", {})).items()}
    return Place(base=http.base, stages=stages, owners=data.get("owners", {}))


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "hints": _hints, "live": _live, "tickets": _tickets, "archived": _archived, "ratings": _feedback,
}  # fmt: skip
SMALLEST: dict[str, object] = {"filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0"}
LOOKS = {
    "people": Look(path=OWNERS, params={"limit": 1}, grant="the scopes crm.objects.owners.read and tickets"),
    "hints": Look(path=f"{OBJECTS}/tickets/search", document=SMALLEST, grant="the scope tickets"),
    "live": Look(path=f"{OBJECTS}/tickets/search", document=SMALLEST, grant="the scope tickets"),
    "tickets": Look(path=f"{OBJECTS}/tickets/search", document=SMALLEST, grant="the scope tickets"),
    "archived": Look(path=f"{OBJECTS}/tickets", params={"limit": 1, "archived": "true"}, grant="the scope tickets"),
    "ratings": Look(
        path=f"{OBJECTS}/feedback_submissions/search", document=SMALLEST, grant="the scope crm.objects.feedback_submissions.read"
    ),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


HUBSPOT = Desk(
    slug="hubspot",
    name="HubSpot",
    says="HubSpot: tickets with the history of their properties, e-mails, people, and feedback for CSAT, CES and NPS.",
    knows=frozenset(Fact) - {Fact.NOTES, Fact.HANDLING, Fact.SLA, Fact.SCHEDULES},
    pull=pull,
    check=check,
    needs=(Need(key="token", says="The access token of a private app: Settings, Integrations, Private apps.", secret=True),),
    takes=("url", "webhook_secret", "webhook_url"),
    streams=tuple(STREAMS),
    live=("live",),
    hints=hubspot_hints,
)
