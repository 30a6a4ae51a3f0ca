"""The help desk `freshdesk`: Freshdesk by its API v2: tickets, conversations, times, hours, promises and ratings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from bot.desks.desk import Cursor, Desk, Fact, Need, Pace, Page, Pull, StreamCheck, opened
from bot.desks.feed import Feed, follow, follow_live, now_and_then, shown, whole
from bot.desks.fields import Json, Unreadable, known, name_of, objects, several, text_of
from bot.desks.fields import whole as number_of
from bot.desks.freshdesk_rules import policy, schedule
from bot.desks.freshdesk_tickets import Place, events, rating, said, ticket, worked
from bot.desks.http import Http
from bot.desks.http_limits import Limits
from bot.desks.looks import Look, look_at
from bot.desks.webhooks import by_secret, freshdesk_names
from bot.errors import BadConfig, DeskDenied, DeskMissing
from bot.store.records import AgentRecord, BadRecord, OnlyPolicies, Record, SlaPolicyRecord, TeamRecord
from bot.store.words import Kind, Role

API = "/api/v2"
LISTED, MOST_PAGES = 100, 300
RARELY = timedelta(hours=1)
RECENT = timedelta(days=7)
"""While the history is still being read, only tickets that changed within this bring their conversations at once."""
LOOK_BACK = timedelta(days=2)
KEY_HELP = "In Freshdesk open Profile settings as an admin, View API key, and set CX_FRESHDESK_KEY."
A_MINUTE = {"account": 100.0, "list": 20.0}
"""Requests a minute of the smallest paid plan; what the answers say corrects them."""


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as http:
        yield from STREAMS[asked.stream](http, asked)


def open_door(settings: Mapping[str, str], pace: Pace) -> Http:
    """The way in for these settings. Raises BadConfig."""
    key, base = settings.get("key", "").strip(), settings.get("url", "").strip().rstrip("/").removesuffix(API)
    if not base:
        raise BadConfig("CX_FRESHDESK_URL is missing.", next_step="Set it to https://your-name.freshdesk.com.")
    if not key:
        raise BadConfig("CX_FRESHDESK_KEY is missing.", next_step=KEY_HELP)
    base = base if "://" in base else f"https://{base if '.' in base else f'{base}.freshdesk.com'}"
    limits = Limits(documented=A_MINUTE if (urlsplit(base).hostname or "").endswith(".freshdesk.com") else {})
    signed = {"Authorization": f"Basic {b64encode(f'{key}:X'.encode()).decode()}"}
    return Http(base, "Freshdesk", sign=lambda: signed, key_help=KEY_HELP, pace=pace, limits=limits)


def _people(http: Http, asked: Pull) -> Iterator[Page]:
    """Agents, groups, and what the account calls its statuses. The cursor keeps what the other streams read by."""
    if not now_and_then(asked, RARELY):
        return
    groups = list(_all(http, "/groups"))
    agents = [each for each in _all(http, "/agents") if name_of(each.get("id"))]
    member_of = {str(agent): name_of(each.get("id")) for each in groups for agent in several(each.get("agent_ids"))}
    told: list[Record] = [_team(each) for each in groups]
    told += [_agent(each, member_of) for each in agents]
    data = {"staff": sorted(name for each in agents if (name := name_of(each.get("id")))), "statuses": _statuses(http)}
    yield whole(asked, told, data)


def _statuses(http: Http) -> dict[str, str]:
    """The account's own names of its statuses; without the right to see fields, Freshdesk's own."""
    try:
        fields = list(objects(http.get(f"{API}/ticket_fields", {"type": "default_status"})))
    except (DeskDenied, DeskMissing):
        return {}
    field = next((each for each in fields if text_of(each.get("type")) == "default_status"), {})
    return {
        number: text_of(words[0] if isinstance(words, list) and words else words)
        for number, words in known(field.get("choices")).items()
    }


def _schedules(http: Http, asked: Pull) -> Iterator[Page]:
    if now_and_then(asked, RARELY):
        yield whole(asked, [schedule(each, asked.now.year) for each in _all(http, "/business_hours")])


def _sla(http: Http, asked: Pull) -> Iterator[Page]:
    if now_and_then(asked, RARELY):
        told = [each for each in _all(http, "/sla_policies") if each.get("active") is not False]
        records = [policy(each, place) for place, each in enumerate(told, 1)]
        kept = tuple(each.external_id for each in records if isinstance(each, SlaPolicyRecord))
        yield whole(asked, [*records, OnlyPolicies(external_ids=kept)])


def _tickets(http: Http, asked: Pull) -> Iterator[Page]:
    """The chain that loses nothing, from the first change there is to the last, and from there on."""
    done, place = "tickets" in asked.finished, _place(http, asked)

    def tell(row: Json) -> Iterator[Record]:
        yield from _row(row, place)
        if done or (_changed(row) or asked.now) >= asked.now - RECENT:
            yield from _said(http, row, place)

    yield from follow(Feed(rows=partial(_rows, http), tell=tell), asked)


def _live(http: Http, asked: Pull) -> Iterator[Page]:
    place = _place(http, asked)
    tell: Callable[[Json], Iterator[Record]] = lambda row: iter([*_row(row, place), *_said(http, row, place)])  # noqa: E731
    yield from follow_live(Feed(rows=partial(_rows, http), tell=tell), asked)


def _hints(http: Http, asked: Pull) -> Iterator[Page]:
    """The tickets that webhooks named, as they are now."""
    place = _place(http, asked)

    def look(name: str) -> Iterator[Record]:
        try:
            row = known(http.get(f"{API}/tickets/{name}", {"include": "stats,requester"}))
        except (DeskDenied, DeskMissing):
            return
        yield from _kept(row, lambda told: iter([*_row(told, place), *_said(http, told, place)]), "tickets")

    yield from shown(asked, look)


def _replies(http: Http, asked: Pull) -> Iterator[Page]:
    """The conversations of what is older: one request a ticket, so tickets come first and these after them, once."""
    if "replies" in asked.finished:
        return
    place = _place(http, asked)

    def tell(row: Json) -> Iterator[Record]:
        if (_changed(row) or asked.now) < asked.now - RECENT:
            yield from _row(row, place)
            yield from _said(http, row, place)

    for page in follow(Feed(rows=partial(_rows, http), tell=tell, stream="replies"), asked):
        yield Page(records=page.records, cursor=page.cursor, more=page.more)


def _gone(http: Http, asked: Pull) -> Iterator[Page]:
    """What was deleted or marked as spam vanishes from the list: it is listed apart."""
    place = _place(http, asked)
    for word in ("deleted", "spam"):
        told = [{**row, word: True} for row in _since_last(http, asked, "/tickets", {"filter": word}, "updated_since")]
        yield _more(asked, [record for row in told for record in _kept(row, lambda told: iter([ticket(told, place)]), "tickets")])
    yield _told_until(asked)


def _times(http: Http, asked: Pull) -> Iterator[Page]:
    """Time entries of the whole account."""
    rows = _since_last(http, asked, "/time_entries", {}, "executed_after")
    yield _more(asked, [record for row in rows for record in _kept(row, worked, "events")])
    yield _told_until(asked)


def _ratings(http: Http, asked: Pull) -> Iterator[Page]:
    """Ratings, each on the scale of its survey."""
    surveys = _surveys(http)
    rows = _since_last(http, asked, "/surveys/satisfaction_ratings", {}, "created_since")
    yield _more(asked, [record for row in rows for record in _kept(row, lambda told: iter([rating(told, surveys)]), "ratings")])
    yield _told_until(asked)


def _surveys(http: Http) -> dict[str, Sequence[int]]:
    """The steps of each survey's first question."""
    try:
        told = list(objects(http.get(f"{API}/surveys")))
    except (DeskDenied, DeskMissing):
        return {}
    found: dict[str, Sequence[int]] = {}
    for each in told:
        question: Json = next((one for one in objects(each.get("questions")) if one.get("id") == "default_question"), {})
        steps = [step for value in several(question.get("accepted_ratings")) if (step := number_of(value)) is not None]
        found[name_of(each.get("id")) or ""] = steps
    return found


def _rows(http: Http, since: datetime, page: int) -> Sequence[Json]:
    params = {"updated_since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "order_by": "updated_at", "order_type": "asc"}
    params |= {"include": "stats,requester", "per_page": str(LISTED), "page": str(page)}
    return list(objects(http.get(f"{API}/tickets", params, kind="list")))


def _row(row: Json, place: Place) -> Iterator[Record]:
    yield ticket(row, place)
    yield from events(row, place)


def _said(http: Http, row: Json, place: Place) -> Iterator[Record]:
    """A ticket's conversations; one that may not be read, or is gone by now, stops nothing."""
    external_id = name_of(row.get("id")) or "?"
    try:
        yield from [said(each, external_id, place) for each in _all(http, f"/tickets/{external_id}/conversations")]
    except (DeskDenied, DeskMissing):
        return


def _kept(row: Json, tell: Callable[[Json], Iterator[Record]], stream: str) -> Iterator[Record]:
    try:
        yield from list(tell(row))
    except Unreadable as reason:
        yield BadRecord(stream=stream, external_id=name_of(row.get("id")) or "?", reason=str(reason))


def _changed(row: Json) -> datetime | None:
    try:
        return ticket(row, Place(base="")).updated_at
    except Unreadable:
        return None


def _since_last(http: Http, asked: Pull, path: str, params: Mapping[str, Any], name: str) -> Iterator[Json]:
    """A list from two days before it was last read; the first time, from its beginning."""
    told = asked.cursor.data.get("until") if asked.cursor else None
    since = datetime.fromtimestamp(told, UTC) - LOOK_BACK if told else datetime(2000, 1, 1, tzinfo=UTC)
    yield from _all(http, path, {**params, name: f"{since:%Y-%m-%dT%H:%M:%SZ}"})


def _more(asked: Pull, records: Sequence[Record]) -> Page:
    return Page(records=tuple(records), cursor=asked.cursor or Cursor(data={"until": 0}), more=True)


def _told_until(asked: Pull) -> Page:
    return Page(records=(), cursor=Cursor(data={"until": int(asked.now.timestamp())}), more=False)


def _all(http: Http, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Json]:
    """The rows of all pages of a list, to an empty or a short one; page 301 is refused."""
    for page in range(1, MOST_PAGES + 1):
        rows = list(objects(http.get(f"{API}{path}", {**(params or {}), "page": page, "per_page": LISTED})))
        yield from rows
        if len(rows) < 10:
            return


def _place(http: Http, asked: Pull) -> Place:
    data: Mapping[str, Any] = asked.others["people"].data if "people" in asked.others else {}
    return Place(base=http.base, statuses=data.get("statuses", {}), staff=frozenset(data.get("staff", ())))


def _team(told: Json) -> Record:
    external_id = name_of(told.get("id")) or "?"
    hours = name_of(told.get("business_hour_id"))
    return TeamRecord(external_id=external_id, name=text_of(told.get("name")) or external_id, schedule=hours)


def _agent(told: Json, member_of: Mapping[str, str | None]) -> Record:
    external_id, contact = name_of(told.get("id")) or "?", known(told.get("contact"))
    return AgentRecord(
        external_id=external_id,
        name=text_of(contact.get("name")) or external_id,
        email=text_of(contact.get("email")) or None,
        role=Role.AGENT if contact.get("active") is not False else Role.FORMER,
        team=member_of.get(external_id),
    )


STREAMS: dict[str, Callable[[Http, Pull], Iterator[Page]]] = {
    "people": _people, "schedules": _schedules, "sla": _sla, "hints": _hints, "live": _live, "tickets": _tickets, "gone": _gone,
    "times": _times, "ratings": _ratings, "replies": _replies,
}  # fmt: skip
ONE = {"per_page": 1}
LOOKS = {
    "people": Look(path=f"{API}/agents", params=ONE, grant="the role of an admin"),
    "schedules": Look(path=f"{API}/business_hours", params=ONE, grant="the role of an admin"),
    "sla": Look(path=f"{API}/sla_policies", params=ONE, grant="the role of an admin"),
    "hints": Look(path=f"{API}/tickets", params=ONE, grant="a key that sees all tickets"),
    "live": Look(path=f"{API}/tickets", params={**ONE, "order_by": "updated_at"}, grant="a key that sees all tickets"),
    "tickets": Look(path=f"{API}/tickets", params=ONE, grant="a key that sees all tickets"),
    "gone": Look(path=f"{API}/tickets", params={**ONE, "filter": "deleted"}, grant="a key that sees all tickets"),
    "times": Look(path=f"{API}/time_entries", params=ONE, grant="a plan with time tracking"),
    "ratings": Look(path=f"{API}/surveys/satisfaction_ratings", params=ONE, grant="a plan with satisfaction surveys"),
    "replies": Look(path=f"{API}/tickets", params=ONE, grant="a key that sees all tickets"),
}


def check(settings: Mapping[str, str]) -> tuple[StreamCheck, ...]:
    """What `cx doctor` says of each stream."""
    return look_at(settings, open_door, LOOKS)


FRESHDESK = Desk(
    slug="freshdesk",
    name="Freshdesk",
    says="Freshdesk: tickets with conversations, time entries, business hours, SLA policies and ratings; history as it is seen.",
    knows=frozenset(Fact),
    pull=pull,
    check=check,
    needs=(
        Need(key="url", says="The address of your account, such as https://example.freshdesk.com."),
        Need(key="key", says="An admin's key: Profile settings, View API key.", secret=True),
    ),
    takes=("webhook_secret",),
    streams=tuple(STREAMS),
    live=("live",),
    hints=by_secret("freshdesk", freshdesk_names),
    by_difference=frozenset({Kind.TEAM, Kind.ASSIGNED, Kind.PRIORITY, Kind.CATEGORY}),
)
