"""The rows behind a number are exactly those that were counted: no more, no fewer, each once, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest

from bot.errors import BadRequest
from bot.kpis import KPIS, kpi_of
from bot.kpis.answer import Answer
from bot.kpis.kpi import Balance, Counted, Duration, Kpi, Mean, Quotient, Ratio, Stock
from bot.kpis.listing import MOST, Listed, Listing, listed
from bot.kpis.measure import Asked, measure
from bot.kpis.query import Filter, Query
from bot.store.engine import Store
from bot.store.words import Kind, Status
from bot.store.workspace import Workspace
from tests.kpis.office import DATABASES, between, fresh_store, keep
from tests.kpis.town import FIRST, LAST, build_town
from tests.sampling import pairs
from tests.world import MONDAY, NOW, event, minute, ticket

WHOLE = between(FIRST - timedelta(days=1), LAST, "Europe/Berlin")
WEEK = between(FIRST + timedelta(days=7), FIRST + timedelta(days=14), "Europe/Berlin")
ALL = 1_000_000
LISTED = [kpi for kpi in KPIS if not isinstance(kpi.measure, Counted)]
each = pytest.mark.parametrize("kpi", LISTED, ids=lambda kpi: kpi.slug)
FILTERS: tuple[tuple[Filter, ...], ...] = (
    (),
    (Filter(dimension="team", values=("Billing",)),),
    (Filter(dimension="channel", values=("email", "chat"), negated=True),),
    (Filter(dimension="tag", values=("vip",)), Filter(dimension="source", values=("desk",))),
    (Filter(dimension="category", values=("none",)),),
)


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Store]]:
    """A busy month on both databases."""
    with fresh_store(request, "sqlite") as here, fresh_store(request, "postgresql") as there:
        stores = dict(zip(DATABASES, (here, there), strict=True))
        for store in stores.values():
            build_town(store)
        yield stores


def both(store: Store, kpi: Kpi, query: Query, clock: str = "business", limit: int = MOST) -> tuple[Answer, Listing]:
    """A number and its rows, from the same snapshot."""
    workspace = Workspace(clock=clock)
    with store.reading() as session:
        answer = measure(session, kpi, query, workspace=workspace, now=LAST)
        asked = Asked(session=session, kpi=kpi, query=query, workspace=workspace, now=LAST)
        return answer, listed(asked, limit=limit)


def counted(kpi: Kpi, answer: Answer) -> int:
    """How many rows a number rests on: n; of tickets by agents, the tickets."""
    if isinstance(kpi.measure, Quotient) and kpi.slug == "per-agent":
        return int(answer.figure.parts["top"] or 0)
    return answer.figure.n


@pytest.mark.parametrize(("kpi", "database"), pairs(LISTED, DATABASES, one_in=2), ids=lambda part: getattr(part, "slug", part))
def test_there_are_as_many_rows_as_were_counted(town: Mapping[str, Store], kpi: Kpi, database: str) -> None:
    for filters in FILTERS:
        for window in (WHOLE, WEEK):
            answer, listing = both(town[database], kpi, Query(kpi=kpi.slug, window=window, filters=filters, versus=None))
            rows = [row for row in listing.rows if row.in_denominator]
            assert len(rows) == counted(kpi, answer), (filters, window)
            assert len(listing.rows) == listing.total


@each
def test_both_databases_list_the_same_rows_in_the_same_order(town: Mapping[str, Store], kpi: Kpi) -> None:
    query = Query(kpi=kpi.slug, window=WHOLE, versus=None)
    here, there = (both(town[name], kpi, query)[1] for name in DATABASES)

    assert [(row.source, row.number, row.at, row.value, row.hit) for row in here.rows] == [
        (row.source, row.number, row.at, row.value, row.hit) for row in there.rows
    ]


@each
def test_pages_join_up_to_the_whole(town: Mapping[str, Store], kpi: Kpi) -> None:
    query = Query(kpi=kpi.slug, window=WHOLE, versus=None)
    store, pages = town["sqlite"], []
    _, whole = both(store, kpi, query)
    with store.reading() as session:
        asked = Asked(session=session, kpi=kpi, query=query, workspace=Workspace(), now=LAST)
        for offset in range(0, whole.total + 7, 7):
            pages += listed(asked, offset=offset, limit=7).rows
        assert listed(asked, offset=whole.total + 1).rows == ()
        assert listed(asked, offset=-5, limit=3).rows == whole.rows[:3]

    assert tuple(pages) == whole.rows


@each
def test_a_split_changes_nothing_in_the_rows(town: Mapping[str, Store], kpi: Kpi) -> None:
    query = Query(kpi=kpi.slug, window=WHOLE, versus=None)
    split = replace(query, splits=("tag",) if "tag" in kpi.splits else kpi.splits[:1])

    assert both(town["sqlite"], kpi, split)[1] == both(town["sqlite"], kpi, query)[1]


@each
def test_the_rows_add_up_to_the_value(town: Mapping[str, Store], kpi: Kpi) -> None:
    for clock in ("business", "calendar"):
        query = Query(kpi=kpi.slug, window=WHOLE, versus=None)
        answer, listing = both(town["sqlite"], kpi, query, clock)
        whole = answer.figure.parts["top"] if kpi.slug == "per-agent" else answer.figure.value
        assert readded(kpi, listing.rows) == (None if whole is None else pytest.approx(whole))


def readded(kpi: Kpi, rows: tuple[Listed, ...]) -> float | None:
    """The value computed again from the rows alone."""
    below = [row for row in rows if row.in_denominator]
    match kpi.measure:
        case Duration():
            return median(row.value for row in rows if row.value is not None)
        case Mean() if kpi.slug == "ces":
            return sum(row.score or 0 for row in rows) / len(rows) if len({row.out_of for row in rows}) == 1 else None
        case Mean():
            return sum(row.value or 0 for row in rows) / len(rows)
        case Ratio():
            return 100 * sum(row.hit is True for row in rows) / len(rows)
        case Quotient(scale=100):
            return 100 * sum(row.hit is True for row in rows) / len(below)
        case Balance():
            scores = [row.score or 0 for row in rows]
            return 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / len(scores)
        case _:
            return float(len(rows))


@each
def test_what_needs_attention_comes_first(town: Mapping[str, Store], kpi: Kpi) -> None:
    rows = both(town["sqlite"], kpi, Query(kpi=kpi.slug, window=WHOLE, versus=None))[1].rows

    match kpi.measure:
        case Stock():
            assert [row.at for row in rows] == sorted(row.at for row in rows)
        case Duration():
            values = [row.value or 0 for row in rows]
            assert values == sorted(values, reverse=True)
        case Ratio():
            hits = [bool(row.hit) for row in rows]
            assert hits == sorted(hits, reverse=kpi.good != "up")
        case Quotient(scale=100):
            hits = [bool(row.hit) for row in rows]
            assert hits == sorted(hits, reverse=True)


def test_a_page_is_never_endless(town: Mapping[str, Store]) -> None:
    query = Query(kpi="volume", window=WHOLE, versus=None)

    assert len(both(town["sqlite"], kpi_of("volume"), query, limit=ALL)[1].rows) <= MOST
    assert both(town["sqlite"], kpi_of("volume"), query, limit=-1)[1].rows == ()


def test_answers_without_a_ticket_are_rows_too(town: Mapping[str, Store]) -> None:
    rows = both(town["sqlite"], kpi_of("response-rate"), Query(kpi="response-rate", window=WHOLE, versus=None))[1].rows
    loose = [row for row in rows if row.ticket_id is None]

    assert loose
    assert {(row.number, row.subject, row.status, row.created_at) for row in loose} == {("", "", "", None)}


@pytest.mark.parametrize("slug", ["churn", "retention"])
def test_numbers_that_were_entered_have_no_rows(town: Mapping[str, Store], slug: str) -> None:
    with pytest.raises(BadRequest, match="entered"):
        both(town["sqlite"], kpi_of(slug), Query(kpi=slug, window=WHOLE, versus=None))


def test_the_cost_of_tickets_is_that_of_the_tickets_counted(town: Mapping[str, Store]) -> None:
    answer, listing = both(town["sqlite"], kpi_of("cost-per-ticket"), Query(kpi="cost-per-ticket", window=WHOLE, versus=None))

    assert listing.total == answer.figure.n


def test_a_ticket_solved_before_the_window_and_reopened_in_it_is_on_one_side_only(store: Store) -> None:
    solved, reopened = minute(10), minute(60 * 24)
    keep(
        store,
        ticket(status=Status.OPEN),
        event(Kind.CREATED),
        event(Kind.STATUS, solved, old="open", new="solved"),
        event(Kind.STATUS, reopened, old="solved", new="open"),
    )
    window = between(MONDAY + timedelta(hours=12), NOW)
    with store.reading() as session:
        asked = Asked(
            session=session,
            kpi=kpi_of("reopen-rate"),
            query=Query(kpi="reopen-rate", window=window),
            workspace=Workspace(),
            now=NOW,
        )
        (row,) = listed(asked).rows

    assert (row.hit, row.in_denominator, row.number, row.subject) == (True, False, "1", "Charged twice")
    assert row.at == reopened


def test_a_ticket_solved_twice_is_listed_once_at_its_latest(store: Store) -> None:
    times = [minute(10), minute(20), minute(30)]
    keep(
        store,
        ticket(status=Status.SOLVED, url="https://desk.example/1"),
        event(Kind.CREATED),
        event(Kind.STATUS, times[0], old="open", new="solved"),
        event(Kind.STATUS, times[1], old="solved", new="open"),
        event(Kind.STATUS, times[2], old="open", new="solved"),
    )
    with store.reading() as session:
        query = Query(kpi="solved", window=between(MONDAY, NOW))
        asked = Asked(session=session, kpi=kpi_of("solved"), query=query, workspace=Workspace(), now=NOW)
        listing = listed(asked)

    assert listing.total == 1
    assert (listing.rows[0].at, listing.rows[0].url, listing.rows[0].status) == (times[2], "https://desk.example/1", "solved")
