"""The definition profiles: each sets the variants of the definitions together, so that numbers match their source."""

from __future__ import annotations

from difflib import get_close_matches

from bot.errors import BadRequest
from bot.facts.life import Profile

ARTICLES = Profile(
    slug="articles", says="Definitions of the articles: humans only, customer-opened tickets, every schedule in force."
)
ZENDESK = Profile(
    slug="zendesk",
    says="As Zendesk counts: merged tickets are closed ones, bots on an agent's seat are agents, agent-opened tickets have a "
    "first response, solved without a reply is one touch, one schedule counts for a whole span.",
    count_merged=True,
    seated_bots_respond=True,
    agent_opened_respond=True,
    one_touch_without_reply=True,
    single_schedule=True,
)
INTERCOM = Profile(
    slug="intercom", says="As Intercom counts: teammates only, closed once by one teammate is first contact.", closed_once=True
)
MOJO = Profile(slug="mojo", says="As Mojo Helpdesk counts: humans only, ratings on five stars.")

PROFILES = (ARTICLES, ZENDESK, INTERCOM, MOJO)


def profile_of(slug: str) -> Profile:
    """The profile of that name. Raises BadRequest naming the nearest."""
    found = next((p for p in PROFILES if p.slug == slug), None)
    if found:
        return found
    slugs = [p.slug for p in PROFILES]
    near = get_close_matches(slug, slugs, 1) or slugs[:1]
    raise BadRequest(
        f"There is no definition profile {slug!r}.", next_step=f"Did you mean {near[0]}? There are: {', '.join(slugs)}."
    )
