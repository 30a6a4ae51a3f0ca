"""Whatever is in KPIS says what it is, is right on its worked examples, and answers alike on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session, col, select

from bot.desks.desk import Fact
from bot.errors import BadRequest
from bot.kpis import KPIS, kpi_of
from bot.kpis.answer import Answer
from bot.kpis.dimensions import DIMENSIONS, dimension, known_values
from bot.kpis.kpi import Balance, Count, Counted, Duration, Example, Flow, Kpi, Mean, Quotient, Ratio, Stock, Unit
from bot.kpis.measure import population
from bot.kpis.query import Filter
from bot.store.engine import Store
from bot.store.records import EventRecord, RatingRecord, Record, TicketRecord
from bot.store.tables import METADATA, Cost, CustomerCount, Invitation, SlaFact, SurveyAnswer, SurveyCase, TicketFact
from bot.store.words import Actor, Box, Channel, InvitationState, Kind, Metric, Status, SurveyKind
from bot.views.say import value_text
from bot.windows import Window
from tests.kpis.office import DATABASES, ask, by, days, fresh_store, keep
from tests.kpis.town import FIRST, LAST, build_town
from tests.sampling import thorough
from tests.world import CAST, MONDAY, NOW

EXAMPLES = [(kpi, example) for kpi in KPIS for example in kpi.examples]
MIDNIGHT = MONDAY.replace(hour=0)
WEEKS = {id(example): MIDNIGHT - timedelta(weeks=place + 1) for place, (_, example) in enumerate(EXAMPLES)}
SURVEYS = {"csat": "csat-1-5", "nps": "nps-0-10", "ces": "ces-1-7"}
WHOLE = days(FIRST, (LAST - FIRST).days)


def every(kpis: tuple[Kpi, ...] = KPIS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kpi", kpis, ids=lambda kpi: kpi.slug)


@pytest.fixture(scope="module")
def worked(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Store]]:
    """Every worked example in a week of its own, on both databases."""
    with fresh_store(request, "sqlite") as here, fresh_store(request, "postgresql") as there:
        for store in (here, there):
            keep(store, *CAST, *(record for _, example in EXAMPLES for record in records_of(example)))
            with store.writing() as session:
                for _, example in EXAMPLES:
                    enter(session, example)
        yield {"sqlite": here, "postgresql": there}


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Store]]:
    """One busy month with everything in it, on both databases."""
    with fresh_store(request, "sqlite") as here, fresh_store(request, "postgresql") as there:
        for store in (here, there):
            build_town(store)
        yield {"sqlite": here, "postgresql": there}


@pytest.fixture(scope="module", params=DATABASES)
def empty(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_store(request, request.param) as store:
        yield store


@every()
def test_it_says_what_it_is_in_sentences(kpi: Kpi) -> None:
    assert kpi.slug == kpi.slug.lower()
    assert " " not in kpi.slug
    for sentence in (kpi.says, kpi.definition):
        assert sentence[0].isupper()
        assert sentence[-1] in ".?"
        assert "  " not in sentence
    assert not kpi.name.endswith(".")
    assert 1 < len(kpi.name) < 40


def test_no_two_share_a_name() -> None:
    names = Counter(name for kpi in KPIS for name in {kpi.slug, kpi.slug.replace("-", " "), kpi.name.lower(), *kpi.also})
    assert [name for name, times in names.items() if times > 1] == []


@every()
def test_its_synonyms_are_in_lower_case_and_told_once(kpi: Kpi) -> None:
    assert all(name == name.lower() for name in kpi.also)
    assert len(set(kpi.also)) == len(kpi.also)


@every()
def test_its_splits_and_needs_exist(kpi: Kpi) -> None:
    assert len(set(kpi.splits)) == len(kpi.splits)
    assert all(dimension(word).slug == word for word in kpi.splits)
    assert kpi.split is None or kpi.split in kpi.splits
    assert kpi.needs <= set(Fact)
    assert all(benchmark.op in ("<=", ">=") and benchmark.source for benchmark in kpi.benchmarks)


@every()
def test_its_instant_is_indexed(kpi: Kpi) -> None:
    """So that the cost of an answer grows with its window, not with the store."""
    for flow in flows_of(kpi):
        for column in flow.when.base_columns:
            assert any(next(iter(index.columns)).name == column.name for index in METADATA.tables[column.table.name].indexes), (
                column
            )


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(
    ("kpi", "example"), EXAMPLES, ids=lambda part: getattr(part, "slug", None) or getattr(part, "says", None)
)
def test_its_worked_examples_come_out(worked: Mapping[str, Store], database: str, kpi: Kpi, example: Example) -> None:
    answer = ask(worked[database], kpi.slug, days(WEEKS[id(example)], 7))
    value = answer.figure.value
    if isinstance(kpi.measure, Stock):  # What stood there before the week is not the example's.
        value = (value or 0) - (
            ask(worked[database], kpi.slug, days(WEEKS[id(example)] - timedelta(days=7), 7)).figure.value or 0
        )
    assert value == example.value
    assert value_text(kpi, value, answer.currency, answer.clock) == example.shown


@every()
def test_it_has_a_worked_example(kpi: Kpi) -> None:
    assert kpi.examples
    assert all(example.says and example.source and example.shown for example in kpi.examples)


@every()
def test_of_an_empty_store_there_is_no_data(empty: Store, kpi: Kpi) -> None:
    answer = ask(empty, kpi.slug, days(MONDAY, 7), splits=kpi.splits[:1], grain=None, versus="previous")
    assert (answer.figure.value, answer.previous, answer.rows) == (None, None, ())
    assert value_text(kpi, answer.figure.value) == "n/a"


@every()
def test_of_a_quiet_day_counts_are_nought_and_everything_else_has_no_data(town: Mapping[str, Store], kpi: Kpi) -> None:
    quiet = FIRST - timedelta(days=400)
    answer = ask(town["sqlite"], kpi.slug, days(quiet), versus="previous", grain="day")
    nought = 0.0 if isinstance(kpi.measure, Count | Stock) else None
    assert answer.figure.value == nought
    assert [step.figure.value for step in answer.series] == [nought]
    assert answer.previous is not None
    assert answer.previous.change is None


@every()
def test_both_databases_answer_alike(town: Mapping[str, Store], kpi: Kpi) -> None:
    for clock in ("business", "calendar"):
        here, there = (ask(town[name], kpi.slug, WHOLE, clock=clock, grain="day", versus="previous") for name in DATABASES)
        assert told(here) == told(there)
    assert here.figure.value is not None
    assert here.figure.n > 0


@every()
def test_every_split_answers_alike_on_both_databases(town: Mapping[str, Store], kpi: Kpi) -> None:
    for word in kpi.splits:
        here, there = (ask(town[name], kpi.slug, WHOLE, splits=(word,)) for name in DATABASES)
        assert told(here) == told(there)
        assert here.rows, word
        assert len({row.keys for row in here.rows}) == len(here.rows)


@every(tuple(kpi for kpi in KPIS if kpi.splits))
def test_any_two_splits_answer_alike_on_both_databases(town: Mapping[str, Store], kpi: Kpi) -> None:
    words = (*kpi.splits, kpi.splits[0])
    for pair in pairwise(words):
        here, there = (ask(town[name], kpi.slug, WHOLE, splits=pair) for name in DATABASES)
        assert told(here) == told(there), pair


@every(tuple(kpi for kpi in KPIS if not isinstance(kpi.measure, Counted)))
def test_the_rows_of_a_split_add_up_to_the_whole(town: Mapping[str, Store], kpi: Kpi) -> None:
    whole = ask(town["sqlite"], kpi.slug, WHOLE).figure
    for word in kpi.splits:
        if not additive(kpi) or word == "tag":
            continue
        rows = ask(town["sqlite"], kpi.slug, WHOLE, splits=(word,)).rows
        assert sum(row.figure.n for row in rows) == whole.n, word
        if isinstance(kpi.measure, Ratio | Mean | Balance):
            for part in whole.parts:
                assert sum(row.figure.parts[part] or 0 for row in rows) == whole.parts[part], (word, part)
        if kpi.unit is Unit.TICKETS:
            assert sum(row.share or 0 for row in rows) == pytest.approx(100)


@every(tuple(kpi for kpi in KPIS if not isinstance(kpi.measure, Counted)))
def test_the_days_of_a_window_add_up_to_it(town: Mapping[str, Store], kpi: Kpi) -> None:
    if not additive(kpi) or isinstance(kpi.measure, Stock):
        return
    answer = ask(town["postgresql"], kpi.slug, WHOLE, grain="day")
    assert sum(step.figure.n for step in answer.series) == answer.figure.n
    assert [step.start for step in answer.series][1:] == [step.end for step in answer.series][:-1]


@every(tuple(kpi for kpi in KPIS if kpi.splits)[:: thorough(1, 2)])
def test_a_filter_keeps_what_its_row_shows_and_its_opposite_the_rest(town: Mapping[str, Store], kpi: Kpi) -> None:
    for word in kpi.splits:
        if word in ("hour", "weekday"):
            continue
        rows = ask(town["sqlite"], kpi.slug, WHOLE, splits=(word,)).rows
        label = next(row.labels[0] for row in rows if sum(row.labels == other.labels for other in rows) == 1)
        wanted = by(ask(town["sqlite"], kpi.slug, WHOLE, splits=(word,)))[label]
        for database in DATABASES:
            kept = ask(town[database], kpi.slug, WHOLE, filters=(Filter(dimension=word, values=(label,)),)).figure
            assert (kept.value, kept.n) == (wanted.value, wanted.n), (word, label)
        if additive(kpi):
            whole = ask(town["sqlite"], kpi.slug, WHOLE).figure
            rest = ask(town["sqlite"], kpi.slug, WHOLE, filters=(Filter(dimension=word, values=(label,), negated=True),)).figure
            assert kept.n + rest.n == whole.n, (word, label)


@every(tuple(kpi for kpi in KPIS if kpi.splits))
def test_what_has_no_value_is_a_row_that_can_be_asked_for(town: Mapping[str, Store], kpi: Kpi) -> None:
    for word in set(kpi.splits) & {"team", "agent", "category", "priority", "customer"}:
        rows = by(ask(town["sqlite"], kpi.slug, WHOLE, splits=(word,)))
        none = rows.get("none")
        if none is not None:
            kept = ask(town["sqlite"], kpi.slug, WHOLE, filters=(Filter(dimension=word, values=("none",)),)).figure
            assert (kept.n, kept.value) == (none.n, none.value), word


@every()
def test_a_split_or_filter_it_does_not_have_is_refused_with_those_it_has(town: Mapping[str, Store], kpi: Kpi) -> None:
    foreign = next(dim.slug for dim in DIMENSIONS if dim.slug not in kpi.splits)
    with pytest.raises(BadRequest, match=r"split|hour of the day"):
        ask(town["sqlite"], kpi.slug, WHOLE, splits=(foreign,))
    with pytest.raises(BadRequest) as refused:
        ask(town["sqlite"], kpi.slug, WHOLE, filters=(Filter(dimension="scale", values=("colour",)),))
    assert refused.value.next_step


@every()
def test_an_unknown_value_is_refused_with_the_nearest(town: Mapping[str, Store], kpi: Kpi) -> None:
    for word in set(kpi.splits) - {"hour", "weekday"}:
        with town["sqlite"].reading() as session:
            known = known_values(session, dimension(word))
        assert known, word
        with pytest.raises(BadRequest) as refused:
            ask(town["sqlite"], kpi.slug, WHOLE, filters=(Filter(dimension=word, values=(f"{known[0][1]}x",)),))
        assert "Did you mean" in refused.value.next_step


@every()
def test_every_figure_keeps_within_its_bounds(town: Mapping[str, Store], kpi: Kpi) -> None:
    answers = [ask(town["sqlite"], kpi.slug, WHOLE, splits=(word,)) for word in kpi.splits] or [
        ask(town["sqlite"], kpi.slug, WHOLE)
    ]
    for figure in (f for answer in answers for f in (answer.figure, *(row.figure for row in answer.rows))):
        if figure.value is None:
            continue
        if kpi.unit is Unit.PERCENT and not kpi.may_pass_100:
            assert 0 <= figure.value <= 100
        if figure.interval is not None:
            low, high = figure.interval
            assert low <= figure.value <= high or kpi.unit is Unit.POINTS
        if isinstance(kpi.measure, Duration):
            ordered = [figure.parts[name] or 0 for name in ("median", "p90", "p95", "max")]
            assert ordered == sorted(ordered)
            assert figure.value == figure.parts["median"]


@every()
def test_a_statistic_is_for_what_each_row_has_an_amount_of(town: Mapping[str, Store], kpi: Kpi) -> None:
    if isinstance(kpi.measure, Duration):
        assert (
            ask(town["sqlite"], kpi.slug, WHOLE, statistic="p90").figure.value
            == (ask(town["sqlite"], kpi.slug, WHOLE).figure.parts["p90"])
        )
    elif isinstance(kpi.measure, Mean) and kpi.measure.scale is None:
        plain, mean, p90 = (ask(town["sqlite"], kpi.slug, WHOLE, statistic=name).figure for name in (None, "mean", "p90"))
        assert mean.value == pytest.approx(plain.value)
        assert p90.value == mean.parts["p90"]
        assert p90.n == plain.n
    else:
        with pytest.raises(BadRequest, match="p90"):
            ask(town["sqlite"], kpi.slug, WHOLE, statistic="p90")


@every()
def test_it_counts_at_its_own_instant_in_a_half_open_window(town: Mapping[str, Store], kpi: Kpi) -> None:
    """Two adjacent windows share no row and lose none."""
    if not additive(kpi) or isinstance(kpi.measure, Stock):
        return
    middle = FIRST + timedelta(days=13, hours=11, minutes=7)
    parts = [replace(WHOLE, end=middle), replace(WHOLE, start=middle)]
    assert sum(ask(town["sqlite"], kpi.slug, part).figure.n for part in parts) == ask(town["sqlite"], kpi.slug, WHOLE).figure.n


def additive(kpi: Kpi) -> bool:
    """Whether each row belongs to one group only: different tickets solved on two days are one in the window."""
    kind = kpi.measure
    return isinstance(kind, Ratio | Mean | Duration | Balance | Stock) or (isinstance(kind, Count) and kind.distinct is None)


def flows_of(kpi: Kpi) -> list[Flow]:
    match kpi.measure:
        case Quotient(top=top, bottom=bottom):
            return [top.flow, bottom.flow]
        case Duration(flow=flow, pending=pending):
            return [flow, pending] if pending else [flow]
        case Counted(bottom=Count(flow=flow)):
            return [flow]
        case Stock() | Counted():
            return []
        case _:
            found = population(kpi)
            assert isinstance(found, Flow)
            return [found]


def told(answer: Answer) -> Any:
    """Everything of an answer that two databases must agree on."""
    rows = [(row.labels, row.figure, row.share) for row in answer.rows]
    series = [(step.start, step.end, step.figure, step.partial) for step in answer.series]
    return (
        answer.figure,
        answer.previous,
        rows,
        series,
        dict(answer.exclusions),
        answer.pending,
        answer.oldest_pending,
        answer.notes,
    )


def records_of(example: Example) -> Iterator[Record]:
    """The tickets, events and ratings of a worked example, in the week that belongs to it."""
    start, given = WEEKS[id(example)], example.given
    numbers = iter(range(10_000))
    agents = [f"agent-{n}" for n in range(given.get("agents", 1))]

    def one(**changes: Any) -> TicketRecord:
        number = next(numbers)
        facts = {"status": Status.NEW, "customer": "carla", "agent": agents[number % len(agents)]}
        return TicketRecord(external_id=f"{start:%Y-%m-%d}-{number}", created_at=start, updated_at=start, **{**facts, **changes})

    for category, times in given.get("categories", {}).items():
        yield from (one(category=category) for _ in range(times))
    yield from (one() for _ in range(given.get("open", 0) + given.get("unanswered", 0)))
    for channel, times in given.get("channels", {}).items():
        yield from (one(channel=Channel(channel)) for _ in range(times))
    yield from (one() for _ in range(sum(given.get("promises", ()))))
    for minutes in given.get("next_reply_min", ()):
        ticket = one()
        first, asked = start + timedelta(hours=1), start + timedelta(hours=2)
        yield from (ticket, reply(ticket, first), event(ticket, Kind.REPLY, asked, actor="carla"))
        yield reply(ticket, asked + timedelta(minutes=minutes))
    for times in given.get("reassigned", ()):
        ticket, *solve = resolved(one(), start)
        turns = ("bo", "lena", "bo")
        yield from (ticket, *solve, event(ticket, Kind.ASSIGNED, start, old=None, new=turns[0]))
        for place in range(times):
            at = start + timedelta(minutes=place + 1)
            yield event(ticket, Kind.ASSIGNED, at, old=turns[place], new=turns[place + 1])
    for _ in range(given.get("resolved", 0)):
        yield from resolved(one(), start)
    for _ in range(given.get("reopened", 0)):
        ticket, *solve = resolved(one(), start)
        again = event(ticket, Kind.STATUS, start + timedelta(hours=3), old=Status.SOLVED, new=Status.OPEN, actor="carla")
        yield from (ticket, *solve, again)
    for minutes in given.get("first_response_min", ()):
        ticket = one()
        yield from (ticket, reply(ticket, start + timedelta(minutes=minutes)))
    for minutes in given.get("resolution_min", ()):
        yield from resolved(one(), start, minutes)
    for minutes in given.get("handling_min", ()):
        ticket, *solve = resolved(one(), start)
        yield from (ticket, *solve, event(ticket, Kind.WORKED, start, worked_s=minutes * 60))
    for replies in given.get("replies", ()):
        ticket, *solve = resolved(one(), start)
        yield from (ticket, *solve, *(reply(ticket, start + timedelta(minutes=n + 1)) for n in range(replies)))
    for survey in SURVEYS:
        scores = [score for score, times in given.get(survey, {}).items() for _ in range(times)]
        for number, score in enumerate(scores):
            yield RatingRecord(
                external_id=f"{start:%Y-%m-%d}-{survey}-{number}",
                survey=SurveyKind(survey),
                scale=given.get("scale", SURVEYS[survey]),
                score=score,
                answered_at=start + timedelta(hours=1),
            )


def resolved(ticket: TicketRecord, start: datetime, minutes: int = 120) -> list[Any]:
    solve = event(ticket, Kind.STATUS, start + timedelta(minutes=minutes), old=Status.NEW, new=Status.SOLVED, actor=ticket.agent)
    return [ticket, solve]


def reply(ticket: TicketRecord, at: datetime) -> EventRecord:
    return event(ticket, Kind.REPLY, at, actor=ticket.agent)


def event(ticket: TicketRecord, kind: Kind, at: datetime, actor: str | None = None, **changes: Any) -> EventRecord:
    who = Actor.AGENT if actor == ticket.agent else None
    return EventRecord(
        ticket=ticket.external_id, key=f"{kind}-{at:%H:%M}", at=at, kind=kind, actor=actor, actor_kind=who, **changes
    )


def enter(session: Session, example: Example) -> None:
    """The costs and customer counts of a worked example."""
    first = WEEKS[id(example)].date()
    last = first + timedelta(days=6)
    if "cost" in example.given:
        session.add(Cost(first_day=first, last_day=last, amount_cents=example.given["cost"] * 100))
    if "promises" in example.given:
        promise(session, example)
    if "asked" in example.given:
        invite(session, example)
    if "customers" in example.given:
        at_start, joined, lost = example.given["customers"]
        session.add(CustomerCount(first_day=first, last_day=last, at_start=at_start, joined=joined, lost=lost))
    for number, recovered in enumerate(example.given.get("cases", ())):
        open_case(session, f"{first}-{number}", WEEKS[id(example)], recovered)


def open_case(session: Session, name: str, at: datetime, recovered: bool | None) -> None:
    """A bad answer that became a case."""
    scale = {"scale": "csat-1-5", "scale_min": 1, "scale_max": 5, "score": 1, "box": Box.NEGATIVE}
    answer = SurveyAnswer(source="slack", external_id=name, survey=SurveyKind.CSAT, answered_at=at, **scale)
    session.add(answer)
    session.flush()
    due = at + timedelta(days=1)
    session.add(
        SurveyCase(
            answer_id=answer.id or 0, survey=SurveyKind.CSAT, channel_id="C1", opened_at=at, due_at=due, recovered=recovered
        )
    )


def promise(session: Session, example: Example) -> None:
    """One target for each ticket of the week: so many achieved, the others breached."""
    start, (met, _) = WEEKS[id(example)], example.given["promises"]
    tickets = session.exec(select(TicketFact.ticket_id).where(col(TicketFact.external_id).startswith(f"{start:%Y-%m-%d}-"))).all()
    for place, ticket in enumerate(tickets):
        at, kept = start + timedelta(hours=1), place < met
        facts = {"metric": Metric.FIRST_REPLY, "policy": "All", "target_s": 3_600, "started_at": start, "due_at": at}
        session.add(SlaFact(ticket_id=ticket, **facts, fulfilled_at=at if kept else None, outcome_at=at, met=kept))


def invite(session: Session, example: Example) -> None:
    """So many asked, some of whom answered."""
    start, (answered, asked) = WEEKS[id(example)], example.given["asked"]
    for place in range(asked):
        session.add(
            Invitation(
                survey=SurveyKind.CSAT,
                scale="csat-1-5",
                token_hash=f"worked-{place}",
                state=InvitationState.ANSWERED if place < answered else InvitationState.EXPIRED,
                decided_at=start,
                sent_at=start,
            )
        )


def test_every_kind_of_given_is_one_the_examples_are_built_from() -> None:
    built = {
        "categories",
        "open",
        "unanswered",
        "resolved",
        "reopened",
        "agents",
        "scale",
        "cost",
        "customers",
        "cases",
        *SURVEYS,
    }
    built |= {"channels", "promises", "asked", "reassigned"}
    built |= {f"{name}_min" for name in ("first_response", "next_reply", "resolution", "handling")} | {"replies"}
    assert {key for _, example in EXAMPLES for key in example.given} <= built


def test_a_slug_finds_its_kpi_and_no_other() -> None:
    assert [kpi_of(kpi.slug) for kpi in KPIS] == list(KPIS)
    assert date(2026, 11, 16) == MONDAY.date() < NOW.date()
    with pytest.raises(KeyError):
        kpi_of("happiness")


def test_a_window_is_said_in_the_answer(town: Mapping[str, Store]) -> None:
    window = Window(start=FIRST, end=LAST, zone="Europe/Berlin", text="t", label="l", open=False)
    answer = ask(town["sqlite"], "volume", window)
    assert (answer.window, answer.profile, answer.definition) == (window, "articles", kpi_of("volume").definition)
