"""`/cx cases`, and what can be pressed on a case: claim it, say that the customer was contacted, say that it is resolved."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.errors import CxError
from bot.store.ledger import write_audit
from bot.store.tables import SurveyCase
from bot.store.words import CaseState
from bot.surveys import cases
from bot.surveys.case_file import read_case
from bot.surveys.case_letters import keep_history, keep_told
from bot.views import case as view
from bot.views.case import case_payload, cases_message, history_payload
from commands.command import Action, Ask, Click, Command, Reply
from commands.hints import hint, refused
from commands.rights import admit

Step = Callable[[Session, SurveyCase, str, datetime], bool]
CASE_ID = re.compile("[0-9]{1,9}", re.ASCII)
GONE = "This case is not there any more."


def show_cases(ask: Ask) -> Reply:
    """The cases that are not resolved, the most urgent first. The customers' words stay in the cases' own messages."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    if ask.text.strip():
        return hint("*cases* takes no words.", "It shows what is open.", ("cases",))
    is_open = SurveyCase.state != CaseState.RESOLVED
    rows = ask.session.exec(select(SurveyCase).where(is_open).order_by(col(SurveyCase.due_at)).limit(view.LINES)).all()
    total = ask.session.execute(select(func.count()).select_from(SurveyCase).where(col(SurveyCase.state) != CaseState.RESOLVED))
    files = [file for file in (read_case(ask.session, row) for row in rows) if file is not None]
    return Reply(message=cases_message(files, int(total.scalar_one()), ask.workspace.zone), names_people=True)


def claim(click: Click) -> Reply:
    """Take a case on."""
    return _step(click, cases.claim, "claimed", "<@{by}> claimed this.")


def contacted(click: Click) -> Reply:
    """Say that the customer was spoken with."""
    return _step(click, cases.contacted, "contacted", "<@{by}> contacted the customer.")


def resolved(click: Click) -> Reply:
    """Say that nothing is left to do."""
    return _step(click, cases.resolve, "resolved", "<@{by}> resolved this.")


def _step(click: Click, step: Step, what: str, says: str) -> Reply:
    """Change the case, its message and its thread in one unit of work. Who comes second is told who was first."""
    try:
        admit(click.asker)
    except CxError as error:
        return refused(error)
    case = cases.find_case(click.session, int(click.value)) if CASE_ID.fullmatch(click.value) else None
    if case is None:
        return hint(GONE, "*cases* shows what is open.", ("cases",))
    by = click.asker.user_id
    if not step(click.session, case, by, click.now):
        who = {"claimed": case.claimed_by, "contacted": case.contacted_by}.get(what) or case.resolved_by or case.claimed_by
        return hint(
            f"That was said before{'' if who == by else ' by somebody else'}.", "The message of the case shows how it stands."
        )
    write_audit(click.session, by, f"case.{what}", {"case": case.id}, click.now)
    file = read_case(click.session, case)
    if file is not None:
        keep_told(click.session, case, case_payload(file, click.workspace.zone), click.now)
        keep_history(click.session, case, what, history_payload(says.format(by=by)), click.now)
    return Reply()


CASES = Command(
    word="cases", usage="/cx cases", says="Shows bad answers that somebody must still see to.", run=show_cases, also=("case",)
)
ACTIONS: tuple[Action, ...] = (
    Action(action=view.CLAIM, says="Takes on a bad answer.", run=claim, writes=True),
    Action(action=view.CONTACTED, says="Says that an unhappy customer was contacted.", run=contacted, writes=True),
    Action(action=view.RESOLVED, says="Says that a bad answer was seen to.", run=resolved, writes=True),
)
