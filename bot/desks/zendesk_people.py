"""Zendesk's users and groups as our agents, customers and teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.desks.fields import Json, name_of, text_of
from bot.store.records import AgentRecord, BadRecord, CustomerRecord, Record, TeamRecord
from bot.store.words import Role

STAFF = ("agent", "admin")


def people(users: Iterable[Json], organisations: Mapping[str, str] | None = None) -> Iterator[Record]:
    """A record for each user; `organisations` gives names by id."""
    for user in users:
        external_id = name_of(user.get("id"))
        if external_id is None:
            yield BadRecord(stream="people", external_id="?", reason="A user without an id.")
        elif is_staff(user):
            yield _agent(user, external_id)
        else:
            yield _customer(user, external_id, organisations or {})


def is_staff(user: Json) -> bool:
    """Whether a user works on tickets: agents of any kind, light ones too, and admins."""
    return text_of(user.get("role")).lower() in STAFF


def role_of(user: Json) -> Role:
    """What an agent or admin is today; deactivated or suspended, they have left."""
    if user.get("active") is False or user.get("suspended") is True:
        return Role.FORMER
    return Role.ADMIN if text_of(user.get("role")).lower() == "admin" else Role.AGENT


def teams(groups: Iterable[Json]) -> Iterator[Record]:
    """A record for each group, also those deleted since: their tickets keep their name."""
    for group in groups:
        external_id = name_of(group.get("id"))
        if external_id is not None:
            yield TeamRecord(external_id=external_id, name=text_of(group.get("name")) or external_id)


def _agent(user: Json, external_id: str) -> AgentRecord:
    return AgentRecord(
        external_id=external_id,
        name=text_of(user.get("name")) or external_id,
        email=text_of(user.get("email")) or None,
        role=role_of(user),
        team=name_of(user.get("default_group_id")),
    )


def _customer(user: Json, external_id: str, organisations: Mapping[str, str]) -> CustomerRecord:
    organisation = name_of(user.get("organization_id"))
    return CustomerRecord(
        external_id=external_id,
        name=text_of(user.get("name")) or external_id,
        email=text_of(user.get("email")) or None,
        organisation=organisations.get(organisation, organisation) if organisation else None,
        language=_language(text_of(user.get("locale"))),
    )


def _language(locale: str) -> str | None:
    match = re.match(r"[A-Za-z]{2}(?![A-Za-z])", locale)
    return match.group().lower() if match else None
