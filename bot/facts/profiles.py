"""The definition profiles: each sets the variants of the definitions together, so that numbers match their source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from bot.errors import BadConfig, BadRequest

CUSTOM = "custom"
WRITTEN = re.compile(r"(?P<slug>[\w-]+)(?:\((?P<variants>.*)\))?", re.DOTALL)


def variant(default: Any, says: str, *words: str) -> Any:
    """One variant of the definitions: what holds by default, what it decides, and the words it may be, if only some."""
    return field(default=default, metadata={"says": says, "words": words})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The variants of the definitions, set together so that a number matches the help desk it is compared with.

    Every field but the first two can be set by its name under `custom`."""

    slug: str
    says: str
    count_merged: bool = variant(False, "a merged ticket counts, as a closed one")
    roles: str = variant("now", "whether someone is an agent by the role of today or of the time", "now", "then")
    agent_domains: tuple[str, ...] = variant((), "mail domains whose people are agents, also when they have left")
    bots_respond: bool = variant(False, "replies of all bots count as an agent's")
    seated_bots_respond: bool = variant(False, "replies of listed bots count where the desk takes them for agents")
    agent_opened_respond: bool = variant(False, "tickets an agent opened have a first response too")
    from_handoff: bool = variant(False, "the first response is waited for from the last word of a bot")
    single_schedule: bool = variant(False, "the schedule in force at the end counts for a whole span")
    waits_at_changes: bool = variant(False, "waits are recorded when the status changes, never while it lasts")
    one_touch_without_reply: bool = variant(False, "solved without any reply is one touch")
    closed_once: bool = variant(False, "first contact is one solve by one teammate, whoever wrote last")
    first_contact_days: int = variant(7, "days within which a reopening undoes a first contact")
    handling_estimated: bool = variant(False, "handling time is estimated as business time in new and open")
    sla: str = variant("ours", "targets are judged by the policies, or by the outcomes the desk told", "ours", "desk")
    group_slas: bool = variant(False, "how long one team may hold a ticket is an SLA target like the others")
    headline: str = variant("median", "which statistic of a duration stands first", "median", "mean")
    cohort: str = variant("event", "durations count when they end or when their ticket was created", "event", "created")
    resolution: str = variant(
        "full", "resolution time: to the last solve, to the first, or without pending and hold", "full", "first", "worked"
    )
    resolution_rate: str = variant("cohort", "solved of those created, or all solves by creations", "cohort", "flow")
    per_agent: str = variant("active", "tickets per agent: by those at work, or by all seats", "active", "seats")
    per_agent_of: str = variant("solved", "which tickets per agent: solved, or created and assigned", "solved", "assigned")
    backlog: str = variant("unsolved", "the backlog with or without pending and hold", "unsolved", "active")
    replies: str = variant("agents", "replies per ticket: those of agents, or of both sides", "agents", "both")
    first_reply_of: str = variant("resolved", "first-reply resolution of the resolved or the created", "resolved", "created")
    first_contact_of: str = variant("resolved", "first-contact resolution of the resolved or the created", "resolved", "created")
    reopen: str = variant("flow", "reopen rate: see its definition", "flow", "cohort", "customer", "events")
    csat: str = variant("share", "share of positive answers, or mean score", "share", "mean")
    csat_by: str = variant("answer", "an answer counts when it was given, or when its ticket was solved", "answer", "solve")
    nps: str = variant("window", "all answers of the window, or each customer's latest in 90 days", "window", "relational")
    ces: str = variant("mean", "mean score, mean ease in percent, or share of the top box", "mean", "ease", "top_box")

    def variants(self) -> dict[str, str]:
        """What differs from the default, by name, as it is written in settings."""
        plain = {one.name: one.default for one in fields(self) if one.name in VARIANTS}
        return {name: _written(getattr(self, name)) for name in VARIANTS if getattr(self, name) != plain[name]}

    def sentences(self) -> tuple[str, ...]:
        """What differs from the default, each in words."""
        return tuple(f"{VARIANTS[name]}: {value}" for name, value in self.variants().items())


VARIANTS: Mapping[str, str] = {one.name: one.metadata["says"] for one in fields(Profile) if one.metadata}
"""What each variant decides, by the name it has in settings."""

ARTICLES = Profile(
    slug="articles", says="Definitions of the articles: humans only, customer-opened tickets, every schedule in force."
)
ZENDESK = Profile(
    slug="zendesk",
    says="As Zendesk counts: merged tickets are closed ones, bots on an agent's seat are agents, agent-opened tickets have a "
    "first response, solved without a reply is one touch, one schedule counts for a whole span, waits are recorded when the "
    "status changes.",
    count_merged=True,
    seated_bots_respond=True,
    agent_opened_respond=True,
    one_touch_without_reply=True,
    single_schedule=True,
    waits_at_changes=True,
)
INTERCOM = Profile(
    slug="intercom",
    says="As Intercom counts: teammates only, durations by when the conversation began, closed once by one teammate is first "
    "contact.",
    closed_once=True,
    cohort="created",
)
MOJO = Profile(slug="mojo", says="As Mojo Helpdesk counts: humans only, the mean of five stars.", csat="mean")

PROFILES = (ARTICLES, ZENDESK, INTERCOM, MOJO)
SLUGS = (*(profile.slug for profile in PROFILES), CUSTOM)


def profile_of(written: str) -> Profile:
    """The profile as it is written: its name, for custom with its variants, `custom(base=zendesk, first_contact_days=14)`.

    Raises BadRequest naming the nearest profile, and BadConfig naming every variant that cannot be."""
    found = WRITTEN.fullmatch(written)
    slug = found["slug"] if found else written
    if slug == CUSTOM and found is not None:
        return _custom(_pairs(found["variants"] or ""))
    base = next((p for p in PROFILES if p.slug == slug), None)
    if base is not None and found is not None and found["variants"] is None:
        return base
    near = get_close_matches(slug, SLUGS, 1) or SLUGS[:1]
    raise BadRequest(
        f"There is no definition profile {written!r}.", next_step=f"Did you mean {near[0]}? There are: {', '.join(SLUGS)}."
    )


def custom_profile(variants: Mapping[str, str]) -> str:
    """How a profile of one's own is written: with what it says about each variant, in the order of their names."""
    told = ", ".join(f"{name}={variants[name]}" for name in sorted(variants))
    return f"{CUSTOM}({told})"


def _pairs(text: str) -> dict[str, str]:
    return {name.strip(): value.strip() for name, _, value in (pair.partition("=") for pair in text.split(", ")) if name.strip()}


def _custom(variants: Mapping[str, str]) -> Profile:
    problems: list[str] = []
    own = {name: value for name, value in variants.items() if name != "base"}
    base = next((p for p in PROFILES if p.slug == variants.get("base", ARTICLES.slug)), None)
    if base is None:
        problems.append(f"base is {variants['base']!r}, not one of {', '.join(SLUGS[:-1])}")
    read = {name: _read(name, value, problems) for name, value in own.items()}
    if problems or base is None:
        raise BadConfig(
            f"The definitions cannot be used: {'; '.join(problems)}.",
            next_step="Mend [definitions] in cx.toml or CX_DEFINITIONS_… in the environment.",
        )
    return replace(base, slug=CUSTOM, says=f"Definitions of your own, from {base.slug}.", **read)


def _read(name: str, value: str, problems: list[str]) -> Any:
    known = {one.name: one for one in fields(Profile) if one.metadata}
    if name not in known:
        near = get_close_matches(name, [*known, "base"], 1)
        problems.append(f"{name} is no variant of the definitions" + (f" (did you mean {near[0]}?)" if near else ""))
        return None
    default, words = known[name].default, known[name].metadata["words"]
    found: Any = None
    match default:
        case bool():
            found, words = BOOLEANS.get(value.lower()), ("yes", "no")
        case int():
            found, words = int(value) if re.fullmatch(r"\d{1,4}", value) else None, ("a number of days",)
        case tuple():
            found = tuple(re.findall(r"[^\s;,@]+", value.lower()))
        case _:
            found = value if value in words else None
    if found is None:
        problems.append(f"{name} is {value!r}, not {' or '.join(words)}")
    return found


BOOLEANS = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}


def _written(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ";".join(value)
        case _:
            return str(value)
