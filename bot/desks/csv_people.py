"""The teams, agents and customers that rows name, each introduced once, before the first ticket that needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.desks.csv_cells import Row
from bot.desks.mapping import FileMapping
from bot.store.records import AgentRecord, CustomerRecord, Record, TeamRecord
from bot.store.words import Role


@dataclass(slots=True)
class People:
    """Who was introduced already."""

    mapping: FileMapping
    _known: set[tuple[str, str]] = field(default_factory=set)

    def introduce(self, row: Row) -> Iterator[Record]:
        """Records for those in the row who were not met before."""
        texts = row.texts
        if (team := texts.get("team")) and self._is_new("team", team):
            yield TeamRecord(external_id=team, name=self._name("team", team, texts.get("team_name")))
        if (agent := texts.get("agent")) and self._is_new("agent", agent):
            yield AgentRecord(
                external_id=agent,
                name=self._name("agent", agent, texts.get("agent_name")),
                email=texts.get("agent_email"),
                role=Role.BOT if agent in self.mapping.bots else Role.AGENT,
            )
        if (customer := texts.get("customer")) and self._is_new("customer", customer):
            yield CustomerRecord(
                external_id=customer,
                name=self._name("customer", customer, texts.get("customer_name")),
                email=texts.get("customer_email"),
                organisation=texts.get("organisation"),
                language=texts.get("language"),
            )

    def _is_new(self, kind: str, external_id: str) -> bool:
        before = len(self._known)
        self._known.add((kind, external_id))
        return len(self._known) > before

    def _name(self, kind: str, external_id: str, name: str | None) -> str:
        template = self.mapping.names.get(kind)
        return name or (template.replace("{id}", external_id) if template else external_id)
