"""One declaration, three engines: SQLite, PostgreSQL and the columns give the same answer to whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.clock import Grain
from bot.columns.beside import columns_beside
from bot.columns.mirror import Mirror
from bot.errors import BadRequest
from bot.kpis import KPIS
from bot.kpis.answer import Answer
from bot.kpis.asked import Asked
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Counted, Duration, Kpi, Mean
from bot.kpis.listing import MOST, listed
from bot.kpis.measure import measure
from bot.kpis.query import Filter, Query
from bot.store.engine import Store
from bot.store.tables import SlaFact, StatusSpan, TicketFact
from bot.store.words import UNSOLVED, Metric
from bot.store.workspace import Workspace
from bot.windows import Window
from commands.grammar import read
from tests.kpis.office import fresh_store
from tests.kpis.town import FIRST, LAST, build_town
from tests.sampling import thorough

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/Santiago", "Australia/Lord_Howe")
VALUES = {
    "team": ("billing", "tech", "none"),
    "agent": ("ana", "bo", "none"),
    "channel": ("email", "chat"),
    "category": ("refund", "none"),
    "priority": ("urgent", "none"),
    "source": ("other desk",),
    "customer": ("carla", "none"),
    "tag": ("vip", "none"),
    "status": ("closed", "open"),
    "weekday": ("sat", "sunday", "mon"),
    "hour": ("09:00", "23:00"),
}
AMOUNTS = (
    ("frt", ">", "1h"), ("replies", "<=", "2"), ("csat", "<", "4"), ("unanswered", ">", "0s"), ("unanswered", "<=", "2d"),
    ("overdue", ">", "0s"), ("overdue", ">=", "3d"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A store, and whether its columns are to answer."""

    store: Store
    columns: bool = False

    def answer(self, kpi: Kpi, query: Query, workspace: Workspace) -> Answer | str:
        with self.store.reading() as session:
            if not self.columns:
                session.info.clear()
            try:
                found = measure(session, kpi, query, workspace=workspace, now=LAST)
            except BadRequest as refused:
                return str(refused)
            assert (columns_beside(session) is not None) is self.columns
            return found


@pytest.fixture(scope="module")
def engines(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Engine]]:
    with ExitStack() as until:
        stores = {name: until.enter_context(fresh_store(request, name)) for name in ("sqlite", "postgresql")}
        for store in stores.values():
            build_town(store)
            mirror = Mirror(store=store)
            until.callback(mirror.close)
            mirror.build()
            store.accompany = mirror.accompany
        plain = {name: Engine(store=store) for name, store in stores.items()}
        yield {
            **plain,
            "columns": Engine(store=stores["sqlite"], columns=True),
            "theirs": Engine(store=stores["postgresql"], columns=True),
        }


@st.composite
def questions(draw: st.DrawFn) -> tuple[Kpi, Query, Workspace]:
    """Any KPI over any window, by whatever it may be split, filtered, in whatever pieces and statistic."""
    kpi = draw(st.sampled_from(KPIS))
    start = draw(st.integers(-10 * 86_400, 35 * 86_400).map(lambda s: FIRST + timedelta(seconds=s)))
    hours = draw(st.integers(1, 1_000))
    window = Window(
        start=start,
        end=start + timedelta(hours=hours),
        zone=draw(st.sampled_from(ZONES)),
        text="",
        label="",
        open=False,
    )
    grains = [
        grain
        for grain, most in ((Grain.HOUR, 300), (Grain.DAY, 1_000), (Grain.WEEK, 1_000), (Grain.MONTH, 1_000))
        if hours < most
    ]
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True))
    filters = [_filter(draw, name) for name in names]
    if draw(st.integers(0, 4)) == 0:
        name, op, amount = draw(st.sampled_from(AMOUNTS))
        filters.append(Filter(dimension=name, values=(amount,), op=op, negated=draw(st.booleans())))
    timed = isinstance(kpi.measure, Duration) or (isinstance(kpi.measure, Mean) and kpi.measure.scale is None)
    query = Query(
        kpi=kpi.slug,
        window=window,
        splits=tuple(draw(st.lists(st.sampled_from(kpi.splits), max_size=2, unique=True))) if kpi.splits else (),
        filters=tuple(filters) if not isinstance(kpi.measure, Counted) else (),
        statistic=draw(st.sampled_from((None, *STATISTICS))) if timed else None,
        versus=draw(st.sampled_from((None, "previous"))),
        grain=draw(st.sampled_from((None, *grains))),
        show=draw(st.sampled_from((None, None, None, "distribution"))),
    )
    return kpi, query, Workspace(clock=draw(st.sampled_from(("calendar", "business"))))


def _filter(draw: st.DrawFn, name: str) -> Filter:
    values = draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, unique=True))
    return Filter(dimension=name, values=tuple(values), negated=draw(st.booleans()))


def _asked(slug: str, *splits: str, filters: tuple[Filter, ...] = (), days: int = 35) -> tuple[Kpi, Query, Workspace]:
    window = Window(start=FIRST, end=FIRST + timedelta(days=days), zone="UTC", text="", label="", open=False)
    kpi = next(one for one in KPIS if one.slug == slug)
    return kpi, Query(kpi=slug, window=window, splits=splits, filters=filters), Workspace()


@settings(max_examples=thorough(400, 15), deadline=None, suppress_health_check=list(HealthCheck))
@given(question=questions())
@example(question=_asked("response-rate", "tag", filters=(Filter(dimension="agent", values=("ana",)),), days=5))
def test_any_question_has_one_answer(engines: Mapping[str, Engine], question: tuple[Kpi, Query, Workspace]) -> None:
    answers = {name: engine.answer(*question) for name, engine in engines.items()}
    assert answers["postgresql"] == answers["sqlite"]
    assert answers["columns"] == answers["sqlite"]
    assert answers["theirs"] == answers["sqlite"]


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_kpi_is_answered_from_columns(engines: Mapping[str, Engine], kpi: Kpi) -> None:
    window = Window(start=FIRST, end=LAST, zone="Europe/Berlin", text="", label="", open=False)
    query = Query(kpi=kpi.slug, window=window, splits=kpi.splits[:1], grain=Grain.DAY)
    told = engines["columns"].answer(kpi, query, Workspace())
    assert told == engines["sqlite"].answer(kpi, query, Workspace())


def test_what_is_about_no_ticket_has_no_tags_on_any_engine(engines: Mapping[str, Engine]) -> None:
    """A third of the invitations ask about the relation, not about a ticket: they count, but under no tag of any ticket."""
    rate, query, workspace = _asked("response-rate", "tag")
    told = engines["sqlite"].answer(rate, query, workspace)
    assert isinstance(told, Answer)
    assert sum(row.figure.n for row in told.rows) > 0
    for name in ("postgresql", "columns", "theirs"):
        assert engines[name].answer(rate, query, workspace) == told, name


STANDING = ("unanswered", "overdue", "unanswered>2d", "overdue>=3d", "-unanswered", "-overdue", "unanswered overdue")


@pytest.mark.parametrize("typed", STANDING)
def test_what_waits_is_counted_alike_on_every_engine_each_day_and_by_team(engines: Mapping[str, Engine], typed: str) -> None:
    with engines["sqlite"].store.reading() as session:
        words = f"backlog 2026-03-10 to 2026-03-25 {typed} by team daily"
        query = read(words, now=LAST, workspace=Workspace(), session=session).query
    assert query is not None
    backlog = next(one for one in KPIS if one.slug == "backlog")
    told = {name: engine.answer(backlog, query, Workspace()) for name, engine in engines.items()}
    first = told["sqlite"]
    assert isinstance(first, Answer)
    assert first.figure.n > 0
    assert sum(row.figure.n for row in first.rows) == first.figure.n
    for name, answer in told.items():
        assert answer == first, name


@pytest.mark.parametrize("day", [datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC), LAST])
def test_what_waits_is_what_the_facts_of_each_ticket_say(engines: Mapping[str, Engine], day: datetime) -> None:
    """Counted once more, ticket by ticket, from the facts alone."""
    with engines["sqlite"].store.reading() as session:
        facts = {one.ticket_id: one for one in session.exec(select(TicketFact)) if one.excluded in (None, "deleted")}
        open_at = {
            span.ticket_id
            for span in session.exec(select(StatusSpan))
            if span.status in UNSOLVED and span.started_at < day and (span.ended_at is None or span.ended_at >= day)
        }
        unanswered = {
            key
            for key in open_at & facts.keys()
            if facts[key].customer_opened and ((answered := facts[key].first_response_at) is None or answered >= day)
        }
        overdue = {
            sla.ticket_id
            for sla in session.exec(select(SlaFact))
            if sla.ticket_id in open_at & facts.keys() and sla.metric is not Metric.GROUP_OWNERSHIP and not sla.met
            if sla.outcome_at is not None and sla.outcome_at < day and (sla.fulfilled_at is None or sla.fulfilled_at >= day)
        }  # fmt: skip
        window = Window(start=FIRST, end=day, zone="UTC", text="", label="", open=False)
        backlog = next(one for one in KPIS if one.slug == "backlog")
        for wanted, found in (("unanswered", unanswered), ("overdue", overdue)):
            only = Filter(dimension=wanted, values=("0s",), op=">")
            query = Query(kpi="backlog", window=window, filters=(only,), versus=None)
            told = measure(session, backlog, query, workspace=Workspace(), now=LAST)
            asked = Asked(session=session, kpi=backlog, query=query, workspace=Workspace(), now=LAST)
            behind = [row.ticket_id for row in listed(asked, limit=MOST).rows]

            assert found, "a day on which nothing waits shows nothing"
            assert told.figure.n == len(found)
            assert sorted(behind, key=str) == sorted(found, key=str), "the tickets listed are the very tickets counted"
