"""A story of the demo desk as records: the ticket as it stands at an instant, and what happened to it until then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.desks.demo_hours import moment
from bot.desks.demo_story import Step, Story
from bot.store.records import EventRecord, RatingRecord, Record, TicketRecord
from bot.store.words import GONE, RESOLVED, Kind, Status

URL = "https://desk.example.com/tickets/"


@dataclass(slots=True, kw_only=True)
class Standing:
    """What a ticket's steps so far add up to."""

    status: Status = Status.NEW
    team: str | None = None
    agent: str | None = None
    priority: int = 3
    category: str | None = None
    reopens: int = 0
    replies: int = 0


def records(story: Story, *, after: int, until: int) -> Iterator[Record]:
    """The ticket, its events in `(after, until]` and its ratings given then; nothing when nothing happened."""
    ticket = str(story.arrival.number)
    done = [step for step in story.steps if step.at <= until]
    if done and done[-1].at > after:
        yield _ticket(story, ticket, done)
        for place, step in enumerate(done):
            if step.at > after:
                yield _event(ticket, place, step)
    for stars in story.ratings:
        if after < stars.at <= until:
            yield RatingRecord(
                external_id=f"{ticket}-{stars.survey}",
                survey=stars.survey,
                scale=stars.scale,
                score=stars.score,
                answered_at=moment(stars.at),
                ticket=ticket,
                customer=story.customer,
                agent=stars.agent,
                comment=stars.comment,
            )


def _ticket(story: Story, ticket: str, done: list[Step]) -> TicketRecord:
    arrival, standing = story.arrival, _standing(story, done)
    return TicketRecord(
        external_id=ticket,
        created_at=moment(arrival.at),
        updated_at=moment(done[-1].at),
        version=len(done),
        status=standing.status,
        status_raw=standing.status.value.title(),
        subject=arrival.subject,
        url=URL + ticket,
        priority=standing.priority,
        channel=arrival.channel,
        category=standing.category,
        tags=arrival.tags,
        team=standing.team,
        agent=standing.agent,
        customer=story.customer,
        merged_into=str(arrival.merged_into) if standing.status is Status.MERGED else None,
        desk_facts={"reopens": standing.reopens, "replies": standing.replies},
    )


def _event(ticket: str, place: int, step: Step) -> EventRecord:
    return EventRecord(
        ticket=ticket,
        key=str(place),
        at=moment(step.at),
        kind=step.kind,
        seq=place,
        actor=step.actor,
        actor_kind=step.actor_kind,
        old=step.old,
        new=step.new,
        worked_s=step.worked_s,
    )


def _standing(story: Story, done: list[Step]) -> Standing:
    standing = Standing(priority=story.arrival.priority, category=story.arrival.category)
    for step in done:
        match step.kind:
            case Kind.STATUS:
                new = Status(step.new or standing.status)
                standing.reopens += standing.status in RESOLVED and new not in RESOLVED + GONE
                standing.status = new
            case Kind.TEAM:
                standing.team = step.new
            case Kind.ASSIGNED:
                standing.agent = step.new
            case Kind.PRIORITY:
                standing.priority = int(step.new or standing.priority)
            case Kind.CATEGORY:
                standing.category = step.new
            case Kind.REPLY:
                standing.replies += step.actor_kind == "agent"
    return standing
