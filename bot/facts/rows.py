"""Facts as rows of the fact tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import SQLModel

from bot.facts.derive import Facts
from bot.facts.history import AgentReply, Solve, Stretch
from bot.facts.sla import SlaInstance
from bot.store.tables import ReplyFact, SlaFact, SolveFact, StatusSpan, TicketFact, TicketTag

if TYPE_CHECKING:
    from bot.facts.refresh import TicketRow

Rows = Mapping[type[SQLModel], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Row ids of teams and agents by external id, and back."""

    team_id: Mapping[str, int]
    agent_id: Mapping[str, int]
    team_of: Mapping[int | None, str]
    agent_of: Mapping[int | None, str]


def fact_rows(ticket: TicketRow, facts: Facts, names: Names, rows: Rows) -> None:
    """Append one ticket's rows to those of its page."""
    history, of = facts.history, ticket.id
    rows[TicketFact].append(_ticket_row(ticket, facts, names))
    rows[TicketTag].extend({"ticket_id": of, "tag": tag} for tag in sorted(set(ticket.tags)))
    rows[StatusSpan].extend(_span_row(of, number, stretch, names) for number, stretch in enumerate(history.stretches))
    replies = zip(history.replies, facts.reply_waits, strict=True)
    rows[ReplyFact].extend(_reply_row(of, reply, waited, names) for reply, waited in replies)
    rows[SolveFact].extend(_solve_row(of, solve, names) for solve in history.solves)
    rows[SlaFact].extend(_sla_row(of, sla, names) for sla in facts.slas)


def _span_row(ticket_id: int, number: int, stretch: Stretch, names: Names) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "seq": number,
        "status": stretch.status.value,
        "team_id": names.team_id.get(stretch.team or ""),
        "agent_id": names.agent_id.get(stretch.agent or ""),
        "priority": stretch.priority,
        "category": stretch.category,
        "started_at": stretch.start,
        "ended_at": stretch.end,
    }


def _reply_row(ticket_id: int, reply: AgentReply, waited: tuple[int, int] | None, names: Names) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "at": reply.at,
        "agent_id": names.agent_id.get(reply.agent or ""),
        "is_first": reply.is_first,
        "waited_s": waited[0] if waited else None,
        "waited_business_s": waited[1] if waited else None,
    }


def _solve_row(ticket_id: int, solve: Solve, names: Names) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "at": solve.at,
        "agent_id": names.agent_id.get(solve.agent or ""),
        "reopened_at": solve.reopened_at,
        "reopened_by": solve.reopened_by.value if solve.reopened_by else None,
    }


def _sla_row(ticket_id: int, sla: SlaInstance, names: Names) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "metric": sla.metric.value,
        "instance": sla.instance,
        "policy": sla.policy,
        "target_s": sla.target_s,
        "business": sla.business,
        "agent_id": names.agent_id.get(sla.agent or ""),
        "started_at": sla.start,
        "due_at": sla.due,
        "fulfilled_at": sla.fulfilled,
        "outcome_at": sla.fulfilled if sla.met else sla.due,
        "met": sla.met,
        "elapsed_s": sla.elapsed_s,
    }


def _ticket_row(ticket: TicketRow, facts: Facts, names: Names) -> dict[str, Any]:
    history, last = facts.history, facts.history.stretches[-1]
    agent = names.agent_id.get
    row: dict[str, Any] = {
        "ticket_id": ticket.id,
        "source": ticket.source,
        "external_id": ticket.external_id,
        "status": facts.status.value,
        "channel": str(ticket.channel),
        "category": facts.category,
        "priority": last.priority,
        "team_id": names.team_id.get(last.team or ""),
        "agent_id": agent(last.agent or ""),
        "customer_id": ticket.customer_id,
        "excluded": facts.excluded,
        "customer_opened": history.customer_opened,
        "created_at": ticket.created_at,
        "first_response_at": facts.first_response.at if facts.first_response else None,
        "first_response_agent_id": agent(facts.first_response.agent or "") if facts.first_response else None,
        "first_resolution_at": facts.first_resolution.at if facts.first_resolution else None,
        "full_resolution_at": facts.full_resolution.at if facts.full_resolution else None,
        "solver_id": agent(facts.full_resolution.agent or "") if facts.full_resolution else None,
        "agent_replies": len(history.replies),
        "customer_replies": len(history.asked),
        "internal_notes": history.notes,
        "reopens": sum(1 for solve in history.solves if solve.reopened_at is not None),
        "reassignments": history.reassignments,
        "assignee_stations": len(set(history.agents)),
        "group_stations": len(set(history.teams)),
        "one_touch": facts.one_touch,
        "first_contact": facts.first_contact,
        "handling_s": facts.handling_s,
        "waiting_since": history.waiting_since,
        "strays": history.strays,
    }
    for name in ("first_response", "first_resolution", "full_resolution"):
        row[f"{name}_s"], row[f"{name}_business_s"] = getattr(facts, f"{name}_s") or (None, None)
    for name in ("requester_wait", "agent_wait", "on_hold", "agent_work"):
        row[f"{name}_s"], row[f"{name}_business_s"] = getattr(facts, name)
    return row
