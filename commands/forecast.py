"""`/cx forecast volume` and `/cx forecast staffing 1h`: what the next days will probably bring, and who it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.clock import HOUR
from bot.errors import BadRequest, CxError
from bot.kpis import kpi_of
from bot.kpis.forecast import AHEAD, forecast
from bot.kpis.query import Query
from bot.kpis.speed import FIRST_RESPONSE
from bot.kpis.staffing import UnknownHandling, Wanted, staffing
from bot.kpis.staffing_target import first_response_target
from bot.views.forecast import forecast_message, staffing_message
from commands.alert_reading import AMOUNT, amount_of_kpi
from commands.answering import noted
from commands.command import Ask, Click, Command, Reply, Retold
from commands.grammar import read
from commands.hints import hint, refused
from commands.keeping import asked_before, kept, kept_beside
from commands.mending import mended_in
from commands.rights import about_agents, admit, permitted
from commands.tokens import plain

STAFFING = re.compile(r"\b(?:staffing|staff)\b|^agents\b", re.I)
COUNTED = r"(?P<count>\d{1,4}) ?(?P<unit>d|days?|w|weeks?|months?)|(?P<one>week|month)"
NEXT = re.compile(rf"\b(?:for |in |over )?(?:the )?(?:next|coming|following) (?:{COUNTED})\b|\b(?P<tomorrow>tomorrow)\b", re.I)
FURTHEST = 28
TARGET = re.compile(rf"(?:\b(?:frt|first response|answer|within|in|for)\b\s*|<=?\s*)*(?P<amount>{AMOUNT})(?!\s*%)", re.I)
HANDLING = re.compile(
    rf"\b(?:and |with |at |, )*(?:handling(?: time)?|aht|handle time)\b\s*(?:of |is |[:=] ?)?(?P<amount>{AMOUNT})", re.I
)
SHARE = re.compile(r"\b(\d{2})\s?%")
USUAL_GOAL, EXAMPLE_HANDLING = 0.8, "15m"


def foretell(ask: Ask) -> Reply:
    """The next 14 days of a count, or the agents that a target for the first response takes."""
    try:
        admit(ask.asker)
        said = plain(ask.text).strip()
        if not said:
            return hint("Foretell what?", "Counts can be foretold.", ("forecast volume", "forecast solved", "staffing"))
        if STAFFING.search(said) is not None:
            return _staffed(ask, STAFFING.sub("", said, count=1))
        ahead, said = _ahead(said)
        query = permitted(ask.session, _query(ask, said.strip() or "volume"), ask.asker)
        return _foretold(ask, query, ahead)
    except CxError as error:
        return refused(error)


def foretell_again(click: Click) -> Retold:
    """What was foretold, from today on, to be shared. Raises as the question does."""
    query, beside = _asked_before(click)
    ahead = int(beside.get("ahead") or AHEAD)
    typed = " ".join(["forecast", query.kpi, _scope(query), *([f"next {ahead - 1} days"] if ahead != AHEAD else [])])
    return Retold(reply=replace(_foretold(click, query, ahead), notes=noted(query, "shared")), typed=" ".join(typed.split()))


def staff_again(click: Click) -> Retold:
    """The agents it takes, to be shared. Raises as the question does."""
    query, beside = _asked_before(click)
    target, goal = float(beside.get("target_s") or HOUR.total_seconds()), float(beside.get("goal") or USUAL_GOAL)
    handling = float(beside["handling_s"]) if beside.get("handling_s") else None
    wanted = Wanted(target_s=target, share=goal, handling_s=handling, source=str(beside.get("source") or ""))
    said = [f"handling {round(handling)}s"] if handling is not None else []
    typed = " ".join([f"forecast staffing {round(target / 60)}m {round(100 * goal)}%", *said, _scope(query)]).strip()
    return Retold(reply=replace(_answered_in_time(click, query, wanted), notes=noted(query, "shared")), typed=typed)


def _asked_before(click: Click) -> tuple[Query, Mapping[str, Any]]:
    admit(click.asker)
    _, query = asked_before(click.session, click.value)
    _admit_whole(query)
    return query, kept_beside(click.session, click.value)


def _foretold(door: Ask | Click, query: Query, ahead: int) -> Reply:
    kpi, zone = kpi_of(query.kpi), door.workspace.zone
    told = forecast(door.session, kpi, query, workspace=door.workspace, now=door.now, ahead=ahead)
    remembered = kept(query, ahead=ahead)
    message = forecast_message(kpi, told, _scope(query), zone, remembered.query_id)
    return Reply(message=message, keeps=(remembered,), notes=noted(query, "foretold"))


def _answered_in_time(door: Ask | Click, query: Query, wanted: Wanted) -> Reply:
    told = staffing(door.session, query, wanted, workspace=door.workspace, now=door.now)
    beside = {"target_s": wanted.target_s, "goal": wanted.share, "handling_s": wanted.handling_s, "source": wanted.source}
    remembered = kept(query, **beside)
    message = staffing_message(told, _scope(query), door.workspace.zone, remembered.query_id)
    return Reply(message=message, keeps=(remembered,), notes=noted(query, "staffed"))


def _ahead(said: str) -> tuple[int, str]:
    """How many days, today included, and the words without them. Raises BadRequest for more than four weeks."""
    found = NEXT.search(said)
    if found is None:
        return AHEAD, said
    rest = f"{said[: found.start()]} {said[found.end() :]}"
    if found["tomorrow"]:
        return 2, rest
    size = {"d": 1, "w": 7, "m": 31}[(found["unit"] or found["one"])[0].lower()]
    days = 1 + int(found["count"] or 1) * size
    if found["one"]:
        days = AHEAD if size < AHEAD else days
    if days > FURTHEST + 1:
        raise BadRequest(
            "I foretell four weeks at most.",
            next_step="Further away nothing but the weekday is known.",
            offers=(f"forecast {' '.join(rest.split())} next {FURTHEST} days",),
        )
    return days, rest


def staff(ask: Ask) -> Reply:
    """The agents it takes, from whatever of target, share and agent time a ticket was said; what was not is assumed, and said."""
    try:
        admit(ask.asker)
        return _staffed(ask, plain(ask.text).strip())
    except CxError as error:
        return refused(error)


def _staffed(ask: Ask, said: str) -> Reply:
    share, rest = _cut(SHARE, said)
    worked, rest = _cut(HANDLING, rest)
    found, rest = _cut(TARGET, rest)
    query = permitted(ask.session, _query(ask, f"volume {rest}"), ask.asker)
    within = first_response_target(ask.session, query.filters)
    target = amount_of_kpi(FIRST_RESPONSE, found["amount"]) if found is not None else within.target_s
    handling = amount_of_kpi(FIRST_RESPONSE, worked["amount"]) if worked is not None else None
    if target is None or target <= 0 or (worked is not None and not handling):
        raise BadRequest("Within which time, and how long does one take?", next_step="Such as `/cx staffing 1h handling 15m`.")
    wanted = Wanted(
        target_s=target,
        share=int(share[1]) / 100 if share is not None else USUAL_GOAL,
        handling_s=handling,
        source=within.source if found is None else "",
    )
    try:
        return _answered_in_time(ask, query, wanted)
    except UnknownHandling as missing:
        offer = " ".join(f"staffing {said} handling {EXAMPLE_HANDLING}".split())
        raise BadRequest(missing.what, next_step=missing.next_step, offers=(offer,)) from missing


def _cut(pattern: re.Pattern[str], said: str) -> tuple[re.Match[str] | None, str]:
    """What a pattern finds in words, and the words without it."""
    found = pattern.search(said)
    return found, said if found is None else f"{said[: found.start()]} {said[found.end() :]}"


def _query(ask: Ask, text: str) -> Query:
    found = read(text, now=ask.now, workspace=ask.workspace, session=ask.session)
    if found.query is None or found.kpi is None:
        mended = mended_in(plain(ask.text), found.text, found.suggestions[0]) if found.healed else ""
        step = f"Did you mean *forecast {mended}*?" if mended else "Counts can be foretold."
        raise BadRequest(found.says, next_step=step, offers=(f"forecast {mended or 'volume'}",))
    if found.query.splits not in ((), (found.kpi.split,)):
        says = "The whole is foretold, not its parts."
        raise BadRequest(
            says, next_step="Narrow it down instead, such as *team:billing*.", offers=(f"forecast {found.kpi.slug}",)
        )
    _admit_whole(found.query)
    return found.query


def _admit_whole(query: Query) -> None:
    if about_agents(query):
        raise BadRequest("Single agents are not foretold.", next_step="Ask for a team, with *team:*.")


def _scope(query: Query) -> str:
    return " ".join(str(one) for one in query.filters)


FORECAST = Command(
    word="forecast",
    usage="/cx forecast volume",
    says="Foretells counts for two weeks, and with `staffing 1h` the agents a first response in time takes.",
    run=foretell,
)
STAFFING_COMMAND = Command(
    word="staffing",
    usage="/cx staffing [1h] [80%] [handling 15m] [team:x]",
    says="Tells the agents it takes to answer in time; what you leave out comes from your goals, policies and logged time.",
    run=staff,
)
