"""What comes after a bad answer: a case that somebody claims, sees to and closes, and the customer asked once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from bot.store.tables import Invitation, Setting, SurveyAnswer, SurveyCase, Team, TicketFact
from bot.store.words import Box, CaseState, InvitationState, SurveyKind
from bot.surveys.rules import SETTING as SURVEYS_SETTING
from bot.surveys.rules import read_rules

SETTING = "cases"
RECENT = timedelta(days=3)
ROUND = 100
NEVER_A_CASE = ("anonymous",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRules:
    """Where cases are told, how long they may take, and when after the end the customer is asked again; None is never.

    `channel_id` is empty where nothing was chosen; `teams` are the channels of teams, by name in lower case."""

    on: bool
    channel_id: str
    teams: Mapping[str, str] = field(default_factory=dict)
    due_in: timedelta = timedelta(hours=24)
    ask_again_after: timedelta | None = timedelta(hours=24)


def read_case_rules(session: Session) -> CaseRules:
    """From the `cases` setting: `{"channel": "C1", "teams": {"billing": "C2"}, "due_h": 24, "ask_again_h": 24, "on": true}`.

    Without a channel, cases come to whoever changed the surveys last, as a direct message; on while any survey is."""
    row, asked = session.get(Setting, SETTING), session.get(Setting, SURVEYS_SETTING)
    said: dict[str, Any] = row.value if row is not None and isinstance(row.value, dict) else {}
    fallback = asked.changed_by if asked is not None and asked.changed_by.startswith(("U", "W")) else ""
    channel = str(said.get("channel") or fallback)
    teams = said.get("teams")
    any_on = row is not None or any(rules.on for rules in read_rules(session).values())
    again_h = _hours(said, "ask_again_h", least=0)
    return CaseRules(
        on=said.get("on", any_on) is True and bool(channel),
        channel_id=channel,
        teams={str(name).lower(): str(place) for name, place in teams.items()} if isinstance(teams, dict) else {},
        due_in=timedelta(hours=_hours(said, "due_h", least=1)),
        ask_again_after=timedelta(hours=again_h) if again_h else None,
    )


def open_cases(session: Session, *, now: datetime) -> list[SurveyCase]:
    """Open a case for each bad answer of the last three days that has none. Twice at once opens each once."""
    rules = read_case_rules(session)
    if not rules.on:
        return []
    has_one = exists().where(col(SurveyCase.answer_id) == SurveyAnswer.id)
    bad = (
        SurveyAnswer.box == Box.NEGATIVE,
        col(SurveyAnswer.answered_at) > now - RECENT,
        col(SurveyAnswer.excluded).is_(None),
        col(SurveyAnswer.source).not_in(NEVER_A_CASE),
        ~has_one,
    )
    query = select(SurveyAnswer).where(*bad).order_by(col(SurveyAnswer.id)).limit(ROUND)
    opened = [_opened(session, answer, rules, now) for answer in session.exec(query.with_for_update(skip_locked=True))]
    session.add_all(opened)
    session.flush()
    return opened


def find_case(session: Session, case_id: int) -> SurveyCase | None:
    """A case, to be changed: locked to the end of the transaction where others could change it meanwhile."""
    query = select(SurveyCase).where(SurveyCase.id == case_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one_or_none()


def claim(session: Session, case: SurveyCase, by: str, now: datetime) -> bool:
    """Somebody takes it on; False when somebody else has, or it is over."""
    if case.state is not CaseState.OPEN:
        return False
    case.state, case.claimed_by, case.claimed_at = CaseState.CLAIMED, by, now
    session.add(case)
    return True


def contacted(session: Session, case: SurveyCase, by: str, now: datetime) -> bool:
    """Somebody spoke with the customer, and so has claimed it too; False when that was said before."""
    if case.state in (CaseState.CONTACTED, CaseState.RESOLVED):
        return False
    claim(session, case, by, now)
    case.state, case.contacted_by, case.contacted_at = CaseState.CONTACTED, by, now
    session.add(case)
    return True


def resolve(session: Session, case: SurveyCase, by: str, now: datetime) -> bool:
    """Nothing is left to do; False when it was over before."""
    if case.state is CaseState.RESOLVED:
        return False
    claim(session, case, by, now)
    case.state, case.resolved_by, case.resolved_at = CaseState.RESOLVED, by, now
    session.add(case)
    return True


def overdue(session: Session, *, now: datetime) -> list[SurveyCase]:
    """Cases over their time of which nobody was told yet; they count as told."""
    late = (SurveyCase.state != CaseState.RESOLVED, col(SurveyCase.due_at) <= now, col(SurveyCase.reminded_at).is_(None))
    query = select(SurveyCase).where(*late).order_by(col(SurveyCase.due_at)).limit(ROUND).with_for_update(skip_locked=True)
    found = list(session.exec(query))
    for case in found:
        case.reminded_at = now
        session.add(case)
    return found


def ask_again(session: Session, *, now: datetime) -> int:
    """Ask the customers of cases that ended long enough ago how it is now, once; says how many. Opt-outs hold when sending.

    The rest between two questions does not: this is the same matter."""
    after = read_case_rules(session).ask_again_after
    if after is None:
        return 0
    over = (
        SurveyCase.state == CaseState.RESOLVED,
        col(SurveyCase.asked_again_at).is_(None),
        col(SurveyCase.resolved_at) <= now - after,
    )
    count = 0
    for case in session.exec(select(SurveyCase).where(*over).limit(ROUND).with_for_update(skip_locked=True)):
        case.asked_again_at = now
        first = _first_invitation(session, case)
        if first is not None:
            session.add(_second_invitation(case, first, now))
            count += 1
        session.add(case)
    session.flush()
    return count


def settle_asked_again(session: Session, case_id: int, *, recovered: bool) -> None:
    """What the customer says now decides whether the case was mended."""
    session.execute(update(SurveyCase).where(col(SurveyCase.id) == case_id).values(recovered=recovered))


def _opened(session: Session, answer: SurveyAnswer, rules: CaseRules, now: datetime) -> SurveyCase:
    return SurveyCase(
        answer_id=answer.id or 0,
        survey=SurveyKind(answer.survey),
        ticket_id=answer.ticket_id,
        customer_id=answer.customer_id,
        agent_id=answer.agent_id,
        channel_id=rules.teams.get(_team(session, answer.ticket_id), rules.channel_id),
        opened_at=now,
        due_at=now + rules.due_in,
    )


def _team(session: Session, ticket_id: int | None) -> str:
    query = select(Team.name).join(TicketFact, col(TicketFact.team_id) == Team.id).where(TicketFact.ticket_id == ticket_id)
    return (session.exec(query).first() or "").lower() if ticket_id is not None else ""


def _first_invitation(session: Session, case: SurveyCase) -> Invitation | None:
    answer = session.get(SurveyAnswer, case.answer_id)
    if answer is None:
        return None
    name = answer.external_id
    query = select(Invitation).where((col(Invitation.token_hash) == name) | (col(Invitation.earlier_token_hash) == name))
    return session.exec(query).first()


def _second_invitation(case: SurveyCase, first: Invitation, now: datetime) -> Invitation:
    copied = (
        "survey",
        "scale",
        "ticket_id",
        "resolution",
        "customer_id",
        "agent_id",
        "slack_team_id",
        "slack_user_id",
        "via",
        "zone",
    )
    return Invitation(
        **{name: getattr(first, name) for name in copied},
        again=1,
        case_id=case.id,
        token_hash=f"none|case|{case.id}",
        state=InvitationState.WAITING,
        decided_at=now,
        send_at=now,
    )


def _hours(said: Mapping[str, Any], name: str, *, least: int) -> int:
    hours = said.get(name, 24)
    return hours if isinstance(hours, int) and not isinstance(hours, bool) and least <= hours <= 30 * 24 else 24
