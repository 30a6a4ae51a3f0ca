"""The help desk `zendesk`: tickets, their whole history, people, hours, promises and ratings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bot.desks.desk import Cursor, Desk, Fact, Need, Page, Pull, opened
from bot.desks.feed import now_and_then
from bot.desks.fields import Json, name_of, objects, text_of
from bot.desks.http import RefusedRequest
from bot.desks.zendesk_checks import check
from bot.desks.zendesk_door import Door, after, open_door
from bot.desks.zendesk_export import Export, shown, stand_of
from bot.desks.zendesk_hints import hints
from bot.desks.zendesk_people import is_staff, people, teams
from bot.desks.zendesk_ratings import rating, survey_response
from bot.desks.zendesk_rules import by_position, default_of, group_policy, policy, schedule
from bot.desks.zendesk_traits import asked_of
from bot.errors import DeskDenied, DeskMissing, DeskUnavailable
from bot.store.records import OnlyPolicies, RatingRecord, Record, SlaPolicyRecord

LOOKAHEAD_S = 120
"""Zendesk refuses to export what is younger than a minute."""
RATINGS_OVERLAP_S = 3600
DAILY = timedelta(days=1)
SHOWN = 100
SPARED = frozenset({"schedules", "sla", "customers", "ratings"})
"""What tickets can be read without for a while."""
RATINGS = "/satisfaction_ratings"
RATED: tuple[tuple[str, str, Callable[[Json], Record | None]], ...] = (
    (RATINGS, "satisfaction_ratings", rating),
    ("/guide/survey_responses", "survey_responses", survey_response),
)
SPENT_TITLES = {"time spent last update (sec)", "time spent last update"}
TOTAL_TITLES = {"total time spent (sec)", "total time spent"}


def pull(asked: Pull) -> Iterator[Page]:
    """One stream of an account. Raises DeskError, and BadConfig where a setting is missing.

    What a server stumbles over costs that part and no other: a look-alike may have nothing but tickets."""
    with opened(asked, lambda: open_door(asked.settings, asked.pace)) as door:
        try:
            yield from STREAMS[asked.stream](door, asked)
        except DeskUnavailable as error:
            if asked.stream not in SPARED:
                raise
            raise DeskMissing(error.what, still_true=error.still_true, next_step=error.next_step) from None


def _people(door: Door, _: Pull) -> Iterator[Page]:
    """Groups, and everybody on a seat. The cursor remembers who they are, for the streams that follow."""
    groups = door.items_or_none("/groups", "groups") or []
    staff = [each for each in _staff(door) if is_staff(each)]
    told: tuple[Record, ...] = (*teams(groups), *people(staff))
    ids = sorted(name for each in staff if (name := name_of(each.get("id"))))
    yield _whole(told, {"staff": ids, "groups": [name for each in groups if (name := name_of(each.get("id")))]})


def _staff(door: Door) -> Iterator[Json]:
    try:
        yield from door.items("/users", "users", params={"role[]": ["agent", "admin"]})
    except (DeskMissing, RefusedRequest):
        for page in _exported_users(door, {"start_time": 0}):
            yield from objects(page.get("users"))


def _customers(door: Door, asked: Pull) -> Iterator[Page]:
    """Everybody who changed, customers above all: their names, addresses and languages."""
    last = asked.cursor.data.get("after") if asked.cursor else None
    where = {"cursor": last} if last else {"start_time": 0}
    for page in _exported_users(door, where):
        last = after(page) or last
        names = {name_of(each.get("id")) or "": text_of(each.get("name")) for each in objects(page.get("organizations"))}
        records = tuple(people(objects(page.get("users")), names))
        yield Page(records=records, cursor=Cursor(data={"after": last}), more=page.get("end_of_stream") is not True)


def _exported_users(door: Door, where: Mapping[str, Any]) -> Iterator[Json]:
    """The pages of the users' export; a page may be empty before the end, and a cursor that stands still ends it."""
    while True:
        page = _user_page(door, {**where, "per_page": 1000})
        behind = after(page)
        ended = page.get("end_of_stream") is True or behind is None or behind == where.get("cursor")
        yield {**page, "end_of_stream": ended}
        if ended:
            return
        where = {"cursor": behind}


def _user_page(door: Door, params: Mapping[str, Any]) -> Json:
    try:
        return door.get("/incremental/users/cursor", {**params, "include": "organizations"}, kind="incremental")
    except RefusedRequest:
        return door.get("/incremental/users/cursor", params, kind="incremental")


def _fields(door: Door, asked: Pull) -> Iterator[Page]:
    """What the account's own statuses and fields mean. Nothing of it is a record: other streams read by it."""
    statuses = asked.cursor.data.get("statuses", {}) if asked.cursor else {}
    with suppress(DeskUnavailable):  # A status has a category of Zendesk's own beside its name.
        statuses = {
            name: [text_of(each.get("status_category")), text_of(each.get("agent_label"))]
            for each in door.items_or_none("/custom_statuses", "custom_statuses") or []
            if (name := name_of(each.get("id")))
        }
    fields = {
        name: text_of(each.get("title")).lower()
        for each in door.items_or_none("/ticket_fields", "ticket_fields") or []
        if (name := name_of(each.get("id")))
    }
    worked = sorted(name for name, title in fields.items() if title in SPENT_TITLES)
    handled = next((name for name, title in sorted(fields.items()) if title in TOTAL_TITLES), None)
    yield _whole((), {"statuses": statuses, "worked": worked, "handled": handled})


def _schedules(door: Door, _: Pull) -> Iterator[Page]:
    told = list(door.items("/business_hours/schedules", "schedules"))
    default = default_of(told)
    records = []
    for each in told:
        own = name_of(each.get("id"))
        holidays = [*objects(each.get("holidays"))]
        if own is not None and not holidays:
            holidays = door.items_or_none(f"/business_hours/schedules/{own}/holidays", "holidays") or []
        records.append(schedule(each, holidays, is_default=own == default))
    yield _whole(tuple(records), {})


def _sla(door: Door, asked_for: Pull) -> Iterator[Page]:
    """Policies, and what they ask of a ticket: it is kept of each ticket read from then on. Those on how long a group may hold
    one, which few accounts have, are looked for once a day: the cursor remembers them until then."""
    told = by_position(list(door.items("/slas/policies", "sla_policies")))
    records = tuple(policy(each, place) for place, each in enumerate(told, 1))
    before = asked_for.cursor.data if asked_for.cursor else {}
    due = now_and_then(asked_for, DAILY)
    groups = _group_slas(door) if due else None
    of_groups = tuple(group_policy(each, place) for place, each in enumerate(groups or (), 1))
    data = {name: before.get(name) for name in ("read_at", "groups", "asked_of_groups")}
    data |= {"read_at": int(asked_for.now.timestamp())} if due else {}
    if groups is not None:
        data["groups"], data["asked_of_groups"] = _kept(of_groups)
    names, asked = _kept(records)
    only = OnlyPolicies(external_ids=(*names, *(data["groups"] or ())))
    asked = sorted({*asked, *(data["asked_of_groups"] or ())})
    yield _whole((*records, *of_groups, only), {"policies": len(told), "asked": asked, **data})


def _kept(records: Sequence[Record]) -> tuple[list[str], list[str]]:
    """The names of the policies that can be judged, and what they ask of a ticket."""
    kept = [record for record in records if isinstance(record, SlaPolicyRecord)]
    return [record.external_id for record in kept], asked_of(record.matches for record in kept)


def _group_slas(door: Door) -> list[Json] | None:
    """The group SLAs of an account that has any; whatever goes wrong with them, the other policies count."""
    try:
        return by_position(door.items_or_none("/group_slas/policies", "group_sla_policies") or [])
    except (RefusedRequest, DeskUnavailable):
        return None


def _hints(door: Door, asked: Pull) -> Iterator[Page]:
    """The tickets that webhooks named, as they are now: the export leaves out the last minute."""
    waiting = list(asked.cursor.data.get("tickets", ())) if asked.cursor else []
    while waiting:
        some, waiting = waiting[:SHOWN], waiting[SHOWN:]
        yield Page(records=shown(door, asked, some), cursor=Cursor(data={"tickets": waiting}), more=bool(waiting))


def _tickets(door: Door, asked: Pull) -> Iterator[Page]:
    """The chain that loses nothing: from the beginning of the account to now, and from there on."""
    yield from Export(door, asked, stand_of(asked.cursor, 0)).pages()


def _live(door: Door, asked: Pull) -> Iterator[Page]:
    """While the chain is still on its way: what has changed since we were first asked. It stands in for nothing."""
    if "tickets" in asked.finished:
        return
    start = int(asked.now.timestamp()) - LOOKAHEAD_S
    try:
        yield from Export(door, asked, stand_of(asked.cursor, start)).pages()
    except RefusedRequest:
        return  # A server whose clock is behind: to it, our instant has not come yet.


def _ratings(door: Door, asked: Pull) -> Iterator[Page]:
    """Good and bad, and the newer surveys: an account has one of them, or none. Raises DeskMissing without either."""
    since = asked.cursor.data.get("since", 0) if asked.cursor else 0
    start, newest, found = max(since - RATINGS_OVERLAP_S, 0), since, False
    for path, name, read in RATED:
        try:
            for page in door.walk(path, params=_since(path, start, asked)):
                found = True
                records = tuple(record for told in objects(page.get(name)) if (record := read(told)) is not None)
                newest = max([newest, *(int(each.answered_at.timestamp()) for each in records if isinstance(each, RatingRecord))])
                yield Page(records=records, cursor=Cursor(data={"since": since}), more=True)
        except (DeskDenied, DeskMissing):
            continue
    if not found:
        raise DeskMissing("Zendesk has no customer satisfaction for this account or key.")
    yield _whole((), {"since": newest})


def _since(path: str, start: int, asked: Pull) -> dict[str, Any]:
    """Survey answers are asked for by a span in milliseconds, of which Zendesk wants both ends."""
    if not start:
        return {}
    if path == RATINGS:
        return {"start_time": start}
    return {"filter[created_at_start]": start * 1000, "filter[created_at_end]": int(asked.now.timestamp()) * 1000}


def _whole(records: tuple[Record, ...], data: Mapping[str, Any]) -> Page:
    return Page(records=records, cursor=Cursor(data=data), more=False)


STREAMS: dict[str, Callable[[Door, Pull], Iterator[Page]]] = {
    "people": _people,
    "fields": _fields,
    "schedules": _schedules,
    "sla": _sla,
    "hints": _hints,
    "live": _live,
    "tickets": _tickets,
    "customers": _customers,
    "ratings": _ratings,
}

ZENDESK = Desk(
    slug="zendesk",
    name="Zendesk",
    says="Zendesk Support: tickets with their whole history, replies, business hours, SLA policies and ratings.",
    knows=frozenset(Fact),
    pull=pull,
    check=lambda settings: check(settings, tuple(STREAMS)),
    needs=(
        Need(key="url", says="The address of your account, such as https://example.zendesk.com."),
        Need(key="client_id", says="From Admin Center, Apps and integrations, APIs, OAuth clients."),
        Need(key="client_secret", says="Shown once when the OAuth client is made.", secret=True),
    ),
    takes=("email", "token", "refresh_token", "scope", "share", "time_field", "category", "webhook_secret"),
    streams=tuple(STREAMS),
    live=("live",),
    hints=hints,
)
