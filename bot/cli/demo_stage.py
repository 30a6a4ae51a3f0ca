"""Sets the stage for the demo: a help desk with two years of history, costs, surveys switched on, a digest due now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, col, select

from bot import clock
from bot.cli.data import bring_in, progress_bar, source_name
from bot.cli.demo_cases import see_to_bad_answers
from bot.cli.house import House
from bot.cli.opening import Opened
from bot.desks import DESKS
from bot.desks.csv import read_file
from bot.desks.demo import DEMO
from bot.desks.mapping import read_mapping
from bot.errors import BadRequest
from bot.sandbox import Options, Sandbox
from bot.settings import Settings, read_settings
from bot.slots import daily
from bot.store.engine import open_store
from bot.store.schema import ensure_schema
from bot.store.subscriptions import cadence_json, subscribe
from bot.store.tables import Cost, Customer, CustomerCount, Invitation, SolveFact, Subscription, SurveyAnswer, TicketFact
from bot.store.words import InvitationState, SurveyKind
from bot.store.workspace import change_setting
from bot.surveys.cases import SETTING as CASES
from bot.surveys.grading import find_survey
from bot.surveys.rules import SETTING
from bot.surveys.wire import hash_token, new_token
from jobs.surveys import invite
from jobs.sync import Reading, sync

ZONE = "Europe/Berlin"
DIGEST_CHANNEL = "C0DIGEST"
LEADS_CHANNEL = "C0LEADS"
CUSTOMERS = {
    SurveyKind.CSAT: "carla.customer@example.com",
    SurveyKind.CES: "dev.customer@example.com",
    SurveyKind.NPS: "emi.customer@example.com",
}
DEMO_USER = "demo"
MADE_UP = {"CX_DEMO_SEED": "cx"}
"""Connects the demo desk, whose tickets go on coming in. Beside a file of one's own they would be strangers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running demo: the workspace, the bot in it, and what it works with."""

    sandbox: Sandbox
    house: House
    cx: Opened


@contextmanager
def staged(*, port: int = 0, data: Path | None = None, mapping: Path | None = None) -> Iterator[Stage]:
    """Start everything on loopback, with made-up tickets or those of a file, and take it down again."""
    if (data is None) != (mapping is None):
        raise BadRequest("A file needs a mapping, and a mapping a file.", next_step="Use make demo DATA=path MAP=path.")
    manifest = manifest_path()
    with (
        TemporaryDirectory(prefix="cx-demo-") as folder,
        Sandbox.start(port=port, manifest=manifest, options=Options()) as sandbox,
    ):
        settings = demo_settings(sandbox, Path(folder), MADE_UP if data is None else {})
        with closing(open_store(settings.database_url.get_secret_value())) as store:
            cx = Opened(settings=settings, store=store, now=clock.now())
            _bring_in(cx, data, mapping)
            with store.writing() as session:
                furnish(session, cx.now)
            house = House(settings=settings, store=store)
            if data is None:
                ask_customers(cx, house)
            house.open()
            try:
                yield Stage(sandbox=sandbox, house=house, cx=cx)
            finally:
                house.close()


def _bring_in(cx: Opened, data: Path | None, mapping: Path | None) -> None:
    """The tickets of a file, or made-up ones."""
    ensure_schema(cx.store)
    if data is not None and mapping is not None:
        with progress_bar(data.name) as watch:
            bring_in(cx, read_file(data, read_mapping(mapping)), source_name(data), watch)
        return
    with progress_bar(DEMO.name) as watch:
        sync(Reading(store=cx.store, desk=DEMO, settings={}, now=cx.now, profile=cx.settings.profile, watch=watch))


def manifest_path() -> Path | None:
    """The manifest in the wheel, or beside the code; its scopes are what the workspace grants."""
    here = Path(__file__).resolve()
    places = (here.parents[1] / "manifest.yml", here.parents[2] / "manifest.yml")
    return next((place for place in places if place.exists() and place.stat().st_size), None)


def demo_settings(sandbox: Sandbox, folder: Path, desks: Mapping[str, str]) -> Settings:
    """The settings a real installation would have, those of its help desks included, pointing at the sandbox."""
    env = {
        "CX_SLACK_BOT_TOKEN": sandbox.bot_token,
        "CX_SLACK_APP_TOKEN": sandbox.app_token,
        "CX_SLACK_API_URL": sandbox.api_url,
        "CX_SLACK_CONNECTIONS": "1",
        "CX_HOME": str(folder),
        "CX_ZONE": ZONE,
        "CX_HTTP_PORT": "0",
        **desks,
    }
    return read_settings(env, None, [desk.slug for desk in DESKS])


def furnish(session: Session, now: datetime) -> None:
    """Everything a team would have set up: money, customers, surveys, and a digest that is due a moment ago."""
    see_to_bad_answers(session, now)
    for first, last in _months(now, 13):
        session.add(Cost(first_day=first, last_day=last, amount_cents=4_200_000, currency="USD", label="support"))
    start = 1_180
    for first, last in _months(now, 13)[:-1]:
        joined, lost = 38 + first.month, 24 + first.month % 5
        session.add(CustomerCount(first_day=first, last_day=last, at_start=start, joined=joined, lost=lost))
        start += joined - lost
    due = now - timedelta(minutes=1)
    at = due.astimezone(clock.zone(ZONE)).time().replace(second=0, microsecond=0)
    subscribe(
        session,
        Subscription(
            kind="digest",
            channel_id=DIGEST_CHANNEL,
            spec={"always": True},
            cadence=cadence_json(daily(at)),
            zone=ZONE,
            owner="U0LENA",
            created_at=now,
            seen_until=now - timedelta(minutes=5),
        ),
    )


def ask_customers(cx: Opened, house: House) -> None:
    """Ask a customer each for CSAT, CES and NPS, so that there is something to press; the rules decide about others."""
    with cx.store.writing() as session:
        for survey, email in CUSTOMERS.items():
            _invite(session, survey, email, cx.now)
        change_setting(session, SETTING, {"csat": {"on": True, "delay_s": 0, "hours": None}}, now=cx.now, by=DEMO_USER)
    invite(cx.store, house.slack.user_by_email, now=cx.now)
    with cx.store.writing() as session:
        on = {kind.value: {"on": True, "delay_s": 0, "hours": None} for kind in SurveyKind}
        change_setting(session, SETTING, on, now=cx.now, by=DEMO_USER)
        change_setting(session, CASES, {"channel": LEADS_CHANNEL}, now=cx.now, by=DEMO_USER)


def _invite(session: Session, survey: SurveyKind, email: str, now: datetime) -> None:
    """Ask a customer about the ticket solved last of those nobody rated yet: of two answers about one ticket one counts."""
    rated = select(SurveyAnswer.id).where(SurveyAnswer.ticket_id == TicketFact.ticket_id, SurveyAnswer.survey == survey)
    query = (
        select(TicketFact.ticket_id, TicketFact.customer_id, SolveFact.agent_id)
        .join(SolveFact, col(SolveFact.ticket_id) == col(TicketFact.ticket_id))
        .join(Customer, col(Customer.id) == col(TicketFact.customer_id))
        .where(col(Customer.email) == email, ~rated.exists())
        .order_by(col(SolveFact.at).desc())
        .limit(1)
    )
    solved = session.exec(query).first()
    if solved is None:
        return
    session.add(
        Invitation(
            survey=survey,
            scale=find_survey(survey).default.slug,
            ticket_id=solved[0] if find_survey(survey).after_solve else None,
            customer_id=solved[1],
            agent_id=solved[2],
            slack_user_id=f"U0{email.partition('.')[0].upper()}",
            slack_team_id="T0SANDBOX",
            token_hash=hash_token(new_token()),
            state=InvitationState.WAITING,
            decided_at=now,
            send_at=now,
        )
    )


def _months(now: datetime, count: int) -> list[tuple[date, date]]:
    """The last so many calendar months, oldest first, the running one included: first and last day of each."""
    first = now.date().replace(day=1)
    found = []
    for _ in range(count):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found.append((first, last))
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]
