"""Decides whether a press on a survey's button may count: the right person, a question of ours, and in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.store.tables import Customer, Invitation
from bot.store.words import InvitationState, Via
from bot.surveys.wire import hash_token

TAKEN_BACK = frozenset({InvitationState.WITHDRAWN, InvitationState.OPTED_OUT, InvitationState.SKIPPED})
HANDED_OUT = frozenset({InvitationState.SENT, InvitationState.ANSWERED})


class Why(StrEnum):
    """Why a click or comment was not recorded."""

    FORGED = "forged"
    ELSEWHERE = "elsewhere"
    SOMEONE_ELSE = "someone else"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OFF_SCALE = "off scale"
    UNREADABLE = "unreadable"
    UNANSWERED = "unanswered"
    USED = "used"


# Put together once: a press in a rush of them has two milliseconds, and writing this down anew took a tenth of that.
BY_TOKEN = select(Invitation).where(
    or_(col(Invitation.token_hash) == bindparam("hashed"), col(Invitation.earlier_token_hash) == bindparam("hashed"))
)
LANGUAGE = select(Customer.language).where(Customer.id == bindparam("customer"))
TO_CHANGE = BY_TOKEN.with_for_update().execution_options(populate_existing=True)
# In order of their ids, so that two who lock several of them never wait for each other.
ALL_TO_CHANGE = (
    select(Invitation, Customer.language)
    .join(Customer, col(Customer.id) == Invitation.customer_id, isouter=True)
    .where(
        or_(
            col(Invitation.token_hash).in_(bindparam("hashed", expanding=True)),
            col(Invitation.earlier_token_hash).in_(bindparam("hashed", expanding=True)),
        )
    )
    .order_by(col(Invitation.id))
    .with_for_update(of=Invitation)
    .execution_options(populate_existing=True)
)

REASONS = {
    Why.FORGED: "This button belongs to no question of ours, so nothing was recorded.",
    Why.ELSEWHERE: "This question was asked in another workspace, so nothing was recorded.",
    Why.SOMEONE_ELSE: "This question was for someone else, so nothing was recorded.",
    Why.WITHDRAWN: "This question was taken back, so nothing was recorded.",
    Why.EXPIRED: "The time to answer this question is over. What was answered before still counts.",
    Why.OFF_SCALE: "This question has no such score, so nothing was recorded.",
    Why.UNREADABLE: "Slack did not say when this button was pressed, so nothing was recorded. Please press it again.",
    Why.USED: "This question was answered, and the answer stands apart from it: it cannot be found again to be changed here.",
    Why.UNANSWERED: "There is no answer to this question yet. Please press one of its buttons first.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicker:
    """Who pressed: Slack's ids of the person and of the person's own workspace."""

    user_id: str
    team_id: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds a link: the token alone admits, and only where the question was sent as a link."""


By = Clicker | Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was recorded, and why; `language` is known only where the right person pressed."""

    why: Why
    language: str | None = None

    @property
    def reason(self) -> str:
        """What to tell the person, in English."""
        return REASONS[self.why]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An invitation that this person may still answer, and the language the customer speaks."""

    invitation: Invitation
    language: str | None


def admit(session: Session, token: str, *, by: By, now: datetime) -> Invitation | Refused:
    """The invitation a token belongs to, if this person may still answer it. Needs a writing session.

    On PostgreSQL its row stays locked to the end of the transaction, so that clicks on it take turns; on SQLite all
    writers do."""
    return _in_time(session, _owned(_found(session, TO_CHANGE, token), by), now)


def admit_all(session: Session, presses: Sequence[tuple[str, By, datetime]]) -> list[Admitted | None]:
    """The same for many at once, each with its token, by whom and when, by one look; None for whom `admit` refuses."""
    hashed = [hash_token(token) for token, _, _ in presses]
    found: dict[str | None, Admitted] = {}
    for invitation, language in session.exec(ALL_TO_CHANGE, params={"hashed": hashed}):
        admitted = Admitted(invitation, language)
        found |= {invitation.earlier_token_hash: admitted, invitation.token_hash: admitted}
    return [_if_open(found.get(name), by, now) for name, (_, by, now) in zip(hashed, presses, strict=True)]


def admit_reader(session: Session, token: str, *, by: By, now: datetime) -> Invitation | Refused:
    """The same verdict for looking only: nothing is locked."""
    return _in_time(session, admit_owner(session, token, by=by), now)


def admit_owner(session: Session, token: str, *, by: By) -> Invitation | Refused:
    """The invitation a token belongs to, if it was sent to this person; however old or settled it is."""
    return _owned(_found(session, BY_TOKEN, token), by)


def language_of(session: Session, invitation: Invitation) -> str | None:
    """The language the customer is known to speak, as an ISO 639-1 code."""
    if invitation.customer_id is None:
        return None
    return session.exec(LANGUAGE, params={"customer": invitation.customer_id}).first()


def _found(session: Session, query: SelectOfScalar[Invitation], token: str) -> Invitation | None:
    return session.exec(query, params={"hashed": hash_token(token)}).one_or_none()


def _if_open(admitted: Admitted | None, by: By, now: datetime) -> Admitted | None:
    owned = _owned(None if admitted is None else admitted.invitation, by)
    return None if isinstance(owned, Refused) or _over(owned, now) is not None else admitted


def _owned(invitation: Invitation | None, by: By) -> Invitation | Refused:
    if invitation is None:
        return Refused(why=Why.FORGED)
    if isinstance(by, Holder):
        return Refused(why=Why.FORGED) if invitation.via is Via.SLACK else invitation
    if invitation.via is not Via.SLACK:
        return Refused(why=Why.FORGED)
    if invitation.slack_team_id != by.team_id:
        return Refused(why=Why.ELSEWHERE)
    return invitation if invitation.slack_user_id == by.user_id else Refused(why=Why.SOMEONE_ELSE)


def _in_time(session: Session, invitation: Invitation | Refused, now: datetime) -> Invitation | Refused:
    if isinstance(invitation, Refused):
        return invitation
    over = _over(invitation, now)
    return invitation if over is None else Refused(why=over, language=language_of(session, invitation))


def _over(invitation: Invitation, now: datetime) -> Why | None:
    if invitation.state in TAKEN_BACK:
        return Why.WITHDRAWN
    if invitation.state is InvitationState.EXPIRED:
        return Why.EXPIRED
    if invitation.state not in HANDED_OUT or invitation.expires_at is None:
        return Why.FORGED
    return Why.EXPIRED if now >= invitation.expires_at else None
