"""Jira's issues, comments, changelogs and service-level cycles as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.desks.fields import Json, Unreadable, instant, known, name_of, needed_instant, objects, several, text_of
from bot.desks.fields import whole as number_of
from bot.store.records import AgentRecord, CustomerRecord, EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import Actor, Kind, Metric, Status, SurveyKind

CATEGORIES = {"new": Status.NEW, "undefined": Status.NEW, "indeterminate": Status.OPEN, "done": Status.SOLVED}
NAMED = {
    "waiting for customer": Status.PENDING, "pending": Status.PENDING, "awaiting approval": Status.HOLD,
    "on hold": Status.HOLD, "waiting for approval": Status.HOLD, "closed": Status.CLOSED,
}  # fmt: skip
"""Statuses of the usual workflows of which the category does not say enough."""
PRIORITIES = {"highest": 1, "blocker": 1, "critical": 1, "high": 2, "major": 2, "medium": 3, "low": 4, "minor": 4, "lowest": 4}
ACTORS = {"app": Actor.BOT, "customer": Actor.CUSTOMER, "atlassian": Actor.AGENT}
METRICS = {"time to first response": Metric.FIRST_REPLY, "time to resolution": Metric.RESOLUTION}
LARGEST_SEQ = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What issues are read with; `statuses` maps a status's id to its name and the key of its category."""

    base: str
    statuses: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def status(self, external_id: str | None, name: str, category: str = "") -> Status:
        """What a status means, by its name where that says more than its category. Raises Unreadable."""
        told_name, told_category = self.statuses.get(external_id or "", (name, category))
        found = NAMED.get(told_name.lower()) or CATEGORIES.get(told_category)
        if found is None:
            raise Unreadable("Its status is in no category that Jira documents.")
        return found


def ticket(told: Json, place: Place) -> TicketRecord:
    """An issue as it stands. Raises Unreadable."""
    fields, external_id = known(told.get("fields")), name_of(told.get("id")) or "?"
    created = needed_instant(fields.get("created"), "Its time of creation")
    updated = max(instant(fields.get("updated"), "Its time of change") or created, created)
    status = known(fields.get("status"))
    name, category = text_of(status.get("name")), text_of(known(status.get("statusCategory")).get("key"))
    spent = number_of(fields.get("timespent"))
    return TicketRecord(
        external_id=external_id,
        created_at=created,
        updated_at=updated,
        version=int(updated.timestamp()),
        status=place.status(None, name, category),
        status_raw=name,
        subject=text_of(fields.get("summary")),
        url=f"{place.base}/browse/{text_of(told.get('key')) or external_id}",
        priority=PRIORITIES.get(text_of(known(fields.get("priority")).get("name")).lower()),
        category=text_of(known(fields.get("issuetype")).get("name")) or None,
        tags=tuple(label for label in several(fields.get("labels")) if isinstance(label, str)),
        team=name_of(known(fields.get("project")).get("id")),
        agent=account(fields.get("assignee")),
        customer=account(fields.get("reporter")),
        handled_s=spent if spent and spent > 0 else None,
    )


def people(told: Json) -> Iterator[Record]:
    """Who asked, and everybody on a seat who is assigned or commented."""
    fields = known(told.get("fields"))
    reporter, seen = account(fields.get("reporter")), set()
    if reporter is not None:
        yield CustomerRecord(external_id=reporter, name=_called(fields["reporter"]) or reporter, email=_mail(fields["reporter"]))
    authors = [each.get("author") for each in objects(known(fields.get("comment")).get("comments"))]
    for person in (fields.get("assignee"), *authors):
        login = account(person)
        if (
            login
            and login not in seen
            and (login != reporter or person is fields.get("assignee"))
            and _kind(person) is Actor.AGENT
        ):
            seen.add(login)
            yield AgentRecord(external_id=login, name=_called(person) or login, email=_mail(person))


def events(told: Json, histories: list[Json], record: TicketRecord, place: Place) -> Iterator[EventRecord]:
    """An issue's life: creation, comments, and what its changelog says. Raises Unreadable."""
    fields = known(told.get("fields"))
    opener = fields.get("creator") or fields.get("reporter")
    yield EventRecord(
        ticket=record.external_id, key="created", at=record.created_at, kind=Kind.CREATED, actor=account(opener),
        actor_kind=_who(opener, record),
    )  # fmt: skip
    for each in objects(known(fields.get("comment")).get("comments")):
        yield _comment(each, record)
    for history in histories:
        for index, item in enumerate(objects(history.get("items"))):
            change = _change(item, place)
            if change is not None and change[1] != change[2]:
                yield _moved(history, index, change, record)


def promises(told: Any, record: TicketRecord) -> Iterator[EventRecord]:
    """Outcomes of service-level cycles: finished ones, and the running one if it is late. Raises Unreadable."""
    for each in objects(known(told).get("values")):
        metric = METRICS.get(text_of(each.get("name")).lower())
        if metric is None:
            continue
        running = known(each.get("ongoingCycle"))
        for cycle in [*objects(each.get("completedCycles")), *([running] if running else [])]:
            yield from _cycle(cycle, metric, text_of(each.get("name")), record)


def rating(told: Any, record: TicketRecord) -> Iterator[RatingRecord]:
    """The stars given for a request, dated by its last change: Jira does not say when they were given. Raises Unreadable."""
    stars = number_of(known(told).get("rating"))
    if stars is None:
        return
    if not 1 <= stars <= 5:
        raise Unreadable("Its rating is no number of stars.")
    yield RatingRecord(
        external_id=f"rating-{record.external_id}", survey=SurveyKind.CSAT, scale="csat-1-5", score=stars,
        answered_at=record.updated_at, ticket=record.external_id, customer=record.customer, agent=record.agent,
        comment=text_of(known(known(told).get("comment")).get("body")) or None,
    )  # fmt: skip


def account(person: Any) -> str | None:
    """Somebody's account id."""
    return name_of(known(person).get("accountId"))


def _called(person: Any) -> str:
    return text_of(known(person).get("displayName"))


def _mail(person: Any) -> str | None:
    return text_of(known(person).get("emailAddress")) or None


def _kind(person: Any) -> Actor | None:
    return ACTORS.get(text_of(known(person).get("accountType")))


def _who(person: Any, record: TicketRecord) -> Actor | None:
    """What somebody is on this issue: who asked is its customer, whatever seat they have."""
    login = account(person)
    if login is None:
        return Actor.SYSTEM
    return Actor.CUSTOMER if login == record.customer else _kind(person)


def _comment(each: Json, record: TicketRecord) -> EventRecord:
    """A comment that customers see is a reply; in projects without a portal nothing says that it is internal."""
    number = number_of(each.get("id")) or 0
    return EventRecord(
        ticket=record.external_id,
        key=f"comment-{number}",
        at=max(needed_instant(each.get("created"), "The time of a comment"), record.created_at),
        seq=number % LARGEST_SEQ,
        kind=Kind.NOTE if each.get("jsdPublic") is False else Kind.REPLY,
        actor=account(each.get("author")),
        actor_kind=_who(each.get("author"), record),
    )


def _change(item: Json, place: Place) -> tuple[Kind, str | None, str | None] | None:
    old, new = name_of(item.get("from")), name_of(item.get("to"))
    old_name, new_name = text_of(item.get("fromString")), text_of(item.get("toString"))
    match text_of(item.get("field")).lower():
        case "status":
            return Kind.STATUS, place.status(old, old_name).value, place.status(new, new_name).value
        case "assignee":
            return Kind.ASSIGNED, old, new
        case "project":
            return Kind.TEAM, old, new
        case "priority":
            return Kind.PRIORITY, _rank(old_name), _rank(new_name)
        case "issuetype":
            return Kind.CATEGORY, old_name or None, new_name or None
    return None


def _rank(name: str) -> str | None:
    rank = PRIORITIES.get(name.lower())
    return str(rank) if rank else None


def _moved(history: Json, index: int, change: tuple[Kind, str | None, str | None], record: TicketRecord) -> EventRecord:
    kind, old, new = change
    number = number_of(history.get("id")) or 0
    return EventRecord(
        ticket=record.external_id,
        key=f"change-{number}-{index}",
        at=max(instant_of(history.get("created"), "The time of a change"), record.created_at),
        seq=number % LARGEST_SEQ,
        kind=kind,
        actor=account(history.get("author")),
        actor_kind=_who(history.get("author"), record),
        old=old,
        new=new,
    )


def instant_of(value: Any, what: str) -> Any:
    """An instant written as text, as an object, or in milliseconds since 1970. Raises Unreadable."""
    told = known(value).get("epochMillis", value)
    number = number_of(told)
    return needed_instant(number // 1000 if number is not None else told, what)


def _cycle(cycle: Json, metric: Metric, name: str, record: TicketRecord) -> Iterator[EventRecord]:
    began = instant_of(cycle.get("startTime"), "The beginning of a cycle")
    key, new = f"sla-{metric.value}-{int(began.timestamp())}", f"{metric.value}:{name}"
    if cycle.get("breached") is True:
        late = instant_of(cycle.get("breachTime") or cycle.get("stopTime"), "The breach of a cycle")
        yield _outcome(f"{key}-breached", late, Kind.SLA_BREACHED, new, record)
    if cycle.get("stopTime") is not None:
        stopped = instant_of(cycle.get("stopTime"), "The end of a cycle")
        yield _outcome(f"{key}-achieved", stopped, Kind.SLA_ACHIEVED, new, record)


def _outcome(key: str, at: Any, kind: Kind, new: str, record: TicketRecord) -> EventRecord:
    at = max(at, record.created_at)
    return EventRecord(ticket=record.external_id, key=key, at=at, kind=kind, actor_kind=Actor.SYSTEM, new=new)
