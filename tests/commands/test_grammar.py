"""The language: any words in any order, what they come to, and a way on where they come to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import Grain
from bot.kpis import KPIS
from bot.kpis.dimensions import DIMENSIONS
from bot.kpis.figures import STATISTICS
from bot.kpis.kpi import Kpi
from bot.kpis.quantities import OPS, QUANTITIES, Quantity, read_amount
from bot.kpis.query import Filter, Query, from_json, to_json
from bot.store.engine import Store
from bot.store.workspace import Workspace
from commands import verbs
from commands.grammar import default_query, read, whole_second
from commands.question import Understood, begins_with_kpi
from commands.tokens import plain, values
from commands.vocabulary import FILLERS, GENERIC, as_name, grammar_words, kpi_names
from tests.commands.room import Room

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
BERLIN = Workspace(zone="Europe/Berlin")


def understood(text: str, *, now: datetime = NOW, workspace: Workspace = BERLIN) -> Understood:
    """What is understood without a store."""
    return read(text, now=now, workspace=workspace, verbs=verbs())


def query(text: str) -> Query:
    """The query of a question that is understood."""
    found = understood(text)
    assert found.query is not None, found
    return found.query


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("backlog", "backlog last 14 days including today"),
        ("BACKLOG?", "backlog last 14 days including today"),
        ("open tickets by team", "backlog by team last 14 days including today"),
        ("frt", "frt last 7 days"),
        ("first response time", "frt last 7 days"),
        ('"first response time"', "frt last 7 days"),
        ("frt last 30 days by channel", "frt by channel last 30 days"),
        ("last 30 days by channel frt", "frt by channel last 30 days"),
        ("by channel, last 30 days: frt", "frt by channel last 30 days"),
        ("channel:email frt p90 yesterday", "frt p90 yesterday channel:email"),
        ("average resolution time last month", "resolution mean last month"),
        ("average frt", "frt mean last 7 days"),
        ("average handling time", "handling last 7 days"),
        ("ces average", "ces last 30 days including today"),
        ("csat", "csat last 30 days including today"),
        ("csat score in October", "csat Oct 2026"),
        ("cost per ticket", "cost-per-ticket last month"),
        ("volume by team and priority", "volume by team and priority last 7 days"),
        ("volume by team,priority", "volume by team and priority last 7 days"),
        ("volume by team by priority", "volume by team and priority last 7 days"),
        ("volume per team", "volume by team last 7 days"),
        ("volume split by queue", "volume by team last 7 days"),
        ("volume by day last month", "volume last month"),
        ("volume by week last month", "volume last month weekly"),
        ("volume hourly last 7 days", "volume last 7 days hourly"),
        ("volume by week and channel last 90 days", "volume by channel last 90 days weekly"),
        ("volume by hour", "volume by hour last 7 days"),
        ("frt vs last year", "frt last 7 days vs last year"),
        ("frt vs ly", "frt last 7 days vs last year"),
        ("frt compared to a year ago", "frt last 7 days vs last year"),
        ("frt vs previous period", "frt last 7 days"),
        ("frt vs nothing", "frt last 7 days vs nothing"),
        ("frt vs the same weekday", "frt last 7 days"),
        ("volume this week vs last week", "volume this week"),
        ("frt team:billing team:tech", "frt last 7 days team:billing,tech"),
        ("frt tag:vip tag:refund -team:a -team:b", "frt last 7 days tag:vip tag:refund -team:a -team:b"),
        ("frt team:billing,tech -channel:phone", "frt last 7 days team:billing,tech -channel:phone"),
        ('frt team:"VIP desk"', 'frt last 7 days team:"VIP desk"'),
        ("frt team: billing", "frt last 7 days team:billing"),
        ("frt team=billing", "frt last 7 days team:billing"),
        ("frt last week – by team", "frt by team last week"),
        ("frt | last week", "frt last week"),
        ("frt for channel:email?", "frt last 7 days channel:email"),
        ("frt for channel email", "frt last 7 days channel:email"),
        ("frt email", "frt last 7 days channel:email"),
        ("frt for urgent tickets", "frt last 7 days priority:urgent"),
        ("frt without email", "frt last 7 days -channel:email"),
        ("frt not channel:email", "frt last 7 days -channel:email"),
        ("backlog pending", "backlog last 14 days including today status:pending"),
        ("frt business hours", "frt last 7 days business hours"),
        ("frt calendar time", "frt last 7 days calendar hours"),
        ("frt as table", "frt last 7 days as table"),
        ("frt as a chart", "frt last 7 days as chart"),
        ("chart of backlog", "backlog last 14 days including today as chart"),
        ("frt csv", "frt last 7 days as csv"),
        ("tickets by category last week", "volume by category last week"),
        ("how many tickets were created yesterday?", "volume yesterday"),
        ("tickets solved last week", "solved last week"),
        ("tickets per agent", "per-agent last 7 days"),
        ("what's the backlog right now", "backlog last 14 days including today"),
        ("show me our frt, please!", "frt last 7 days"),
        ("channels", "channels by channel last 7 days"),
        ("categories by team", "categories by team last 7 days"),
        ("volume 1–15 Oct", "volume 2026-10-01 to 2026-10-15"),
        ("volume between 1 and 15 Oct", "volume 2026-10-01 to 2026-10-15"),
        ("volume between 2026-10-01 and 2026-10-15 by team", "volume by team 2026-10-01 to 2026-10-15"),
        ("how many tickets between oct 1 and oct 15?", "volume 2026-10-01 to 2026-10-15"),
        ("frt from 1 Oct to 15 Oct", "frt 2026-10-01 to 2026-10-15"),
        ("oct 1 - oct 15 csat", "csat 2026-10-01 to 2026-10-15"),
        ("volume last weekend", "volume last weekend"),
        ("tickets on the weekend", "volume weekend"),
        ("volume weekends", "volume last 7 days weekday:Sat,Sun"),
        ("tickets on weekends last 30 days", "volume last 30 days weekday:Sat,Sun"),
        ("frt weekdays last month", "frt last month weekday:Mon,Tue,Wed,Thu,Fri"),
        ("solved on mondays and fridays", "solved last 7 days weekday:Mon,Fri"),
        ("volume not weekends", "volume last 7 days -weekday:Sat,Sun"),
        ("volume weekday:saturday", "volume last 7 days weekday:saturday"),
        ("frt vs weekdays", "frt last 7 days"),
        ("volume by weekdays", "volume by weekday last 7 days"),
        ("unanswered", "backlog last 14 days including today unanswered"),
        ("unanswered tickets by team", "backlog by team last 14 days including today unanswered"),
        ("backlog unanswered>4h", "backlog last 14 days including today unanswered>4h"),
        ("backlog without first response", "backlog last 14 days including today unanswered"),
        ("how many tickets are not answered?", "backlog last 14 days including today unanswered"),
        ("overdue", "backlog last 14 days including today overdue"),
        ("backlog overdue by priority", "backlog by priority last 14 days including today overdue"),
        ("tickets past due", "backlog last 14 days including today overdue"),
        ("backlog -overdue", "backlog last 14 days including today -overdue"),
        ("backlog not overdue", "backlog last 14 days including today -overdue"),
        ("overdue longer than 2 days", "backlog last 14 days including today overdue>2d"),
        ("unassigned", "backlog last 14 days including today agent:none"),
        ("backlog unassigned by team", "backlog by team last 14 days including today agent:none"),
        ("unassigned urgent tickets", "backlog last 14 days including today agent:none priority:urgent"),
        ("oldest", "backlog last 14 days including today as tickets"),
        ("the oldest tickets", "backlog last 14 days including today as tickets"),
        ("oldest open tickets overdue", "backlog last 14 days including today overdue as tickets"),
        ("frt as tickets", "frt last 7 days as tickets"),
        ("my team csat", "csat last 30 days including today team:mine"),
        ("my team's backlog by agent", "backlog by agent last 14 days including today team:mine"),
        ("my tickets", "backlog last 14 days including today agent:me"),
        ("my tickets last week", "volume last week agent:me"),
        ("my open tickets", "backlog last 14 days including today agent:me"),
        ("my backlog", "backlog last 14 days including today agent:me"),
        ("what's in my queue", "backlog last 14 days including today agent:me"),
        ("my overdue tickets", "backlog last 14 days including today agent:me overdue"),
        ("volume since monday", "volume since Monday"),
        ("volume <#C1|general> <!here>", "volume last 7 days"),
        ("“backlog”", "backlog last 14 days including today"),
        ("ｂａｃｋｌｏｇ", "backlog last 14 days including today"),
        ("*backlog* _today_", "backlog today"),
        ("frt source:zen\u200bdesk", "frt last 7 days source:zendesk"),
        ("reopen_rate last 7 days", "reopen-rate last 7 days"),
        ("first contact resolution", "fcr last 7 days"),
        ("frt agent:me", "frt last 7 days agent:me"),
        ("my csat last week", "csat last week agent:me"),
        ("show me my solved tickets", "solved last 7 days agent:me"),
        ("busiest day", "volume by weekday and hour last 4 weeks"),
        ("volume Oct vs Sep", "volume Oct 2026 vs Sep 2026"),
        ("volume this month vs last month", "volume this month vs last month"),
        ("volume this week compared to last week", "volume this week"),
        ("volume yesterday vs last week", "volume yesterday"),
        ("frt Oct vs Oct 2025", "frt Oct 2026 vs Oct 2025"),
        ("frt vs the previous month", "frt last 7 days vs last month"),
        ("volume frt>4h csat<3", "volume last 7 days frt>4h csat<3"),
        ("frt>4h csat<3", "volume last 7 days frt>4h csat<3"),
        ("csat<3 frt>4h tickets last week by team", "volume by team last week csat<3 frt>4h"),
        ("backlog age > 7 days", "backlog last 14 days including today age>7d"),
        ("tickets older than 3 days", "backlog last 14 days including today age>3d"),
        ("only unresolved tickets, thanks", "backlog last 14 days including today"),
        ("older than 2 weeks", "backlog last 14 days including today age>14d"),
        ("backlog older than 2 weeks", "backlog last 14 days including today age>14d"),
        ("backlog -age>=1d", "backlog last 14 days including today -age>=1d"),
        ("solved not age<1d", "solved last 7 days -age<1d"),
        ("csat first response time >= 90 min", "csat last 30 days including today frt>=90m"),
        ("csat frt&gt;1.5h", "csat last 30 days including today frt>90m"),
        ("csat next-reply≥1h", "csat last 30 days including today next-reply>=1h"),
        ("csat resolution longer than 2 days", "csat last 30 days including today resolution>2d"),
        ("csat resolution at most 2 days", "csat last 30 days including today resolution<=2d"),
        ("csat replies=1", "csat last 30 days including today replies=1"),
        ("frt distribution", "frt last 7 days as distribution"),
        ("histogram of resolution time last month", "resolution last month as distribution"),
        ("peak hours", "volume by weekday and hour last 4 weeks"),
        ("heat map of frt last 30 days", "frt by weekday and hour last 30 days"),
        ("replies p90", "replies p90 last 7 days"),
        ("breaches by target and policy", "breaches by target and policy last 7 days"),
        ("backlog by age", "backlog by age last 14 days including today"),
    ],
)
def test_many_ways_of_asking_come_to_one(typed: str, canonical: str) -> None:
    assert query(typed).text() == canonical


@pytest.mark.parametrize(
    ("typed", "says", "offered"),
    [
        ("baklog", "I don't know *baklog*.", "backlog"),
        ("csta last week", "I don't know *csta*.", "csat last week"),
        ("baklog by taem last wek", "I don't know *baklog*, *taem*, *wek*.", "backlog by team last week"),
        ("frt by chanel", "I don't know *chanel*.", "frt by channel"),
        ("frt chanel:email", "I don't know *chanel:email*.", "frt channel:email"),
        ("frt -chanel:email", "I don't know *-chanel:email*.", "frt -channel:email"),
        ("frt emial", "I don't know *emial*.", "frt email"),
        ("hlep", "I don't know *hlep*.", "help"),
        ("hlep frt", "I don't know *hlep*.", "help frt"),
        ("frt lst week", "I don't know *lst*.", "frt last week"),
        ("breaches by metric last month", "I don't know *metric*.", "breaches last month"),
        ("#868413", "That looks like a ticket.", "ticket 868413"),
        ("<https://desk.example.com/tickets/720401>", "That looks like a ticket.", "ticket 720401"),
        ("2026-13-45", "No calendar from 1970 on has", "backlog"),
        ('"', "I see no number to look up in that.", "backlog"),
        ("frist response time", "I don't know *frist*.", "first response time"),
        ("how did csat drop", "I don't know *drop*.", "csat"),
        ("frt by", "By what?", "frt by team"),
        ("frt team:", "Which team?", "frt by team"),
        ("backlog team", "What about *team*?", "backlog by team"),
        ("my channel csat", "What about *channel*?", "by channel csat"),
        ("backlog weekends", "Backlog is taken at an instant, so it has no days of the week.", "backlog last weekend"),
        ("volume weekends vs weekdays", "I compare windows, not days of the week.", "volume by weekday"),
        ("volume last weekend vs weekdays", "I compare windows, not days of the week.", "volume last weekend by weekday"),
        ("frt next weekend", "The window 'next weekend' lies in the future.", "frt"),
        ("unasigned by team", "I don't know *unasigned*.", "unassigned by team"),
        ("backlog overdu", "I don't know *overdu*.", "backlog overdue"),
        ("my team", "I see no number to look up in that.", "backlog my team"),
        ("overdue>4", "I see no amount of time past a service-level target in *overdue>4*.", "overdue>4h"),
        ("frt open", "One number at a time: *frt* or *backlog*?", "frt status:open"),
        ("csat nps", "One number at a time: *csat* or *nps*?", "csat"),
        ("frt last week this month", "Two periods: *last week* and *this month*.", "frt last week"),
        ("volume Oct vs Oct", "I compare with the window before", "volume Oct vs previous"),
        ("volume Oct vs frt", "I compare with the window before", "volume Oct vs previous"),
        ("frt>4", "I see no amount of first response time in *frt>4*.", "frt>4h"),
        ("volume csat<many", "I see no amount of CSAT score as given in *csat<many*.", "volume csat<3"),
        ("volume ftr>4h", "I don't know *ftr>4h*.", "volume frt>4h"),
        ("volume by team by channel by priority", "I split by 2 things at most.", "volume by team and channel"),
        ("frt 30 feb", "No calendar from 1970 on has '30 feb'.", "frt"),
        ("30 feb", "No calendar from 1970 on has '30 feb'.", "backlog"),
        ("frt next week", "The window 'next week' lies in the future.", "frt"),
        ("last 30 days", "I see no number to look up in that.", "backlog last 30 days"),
        ("hello", "I see no number to look up in that.", "backlog"),
        ("", "Ask for a number.", "backlog"),
        ("asdf qwer", "I don't know *asdf*, *qwer*.", "backlog"),
        ("<script>alert(1)</script>", "I don't know *<script>alert(1)</script>*.", "backlog"),
    ],
)
def test_what_is_not_understood_has_a_way_on(typed: str, says: str, offered: str) -> None:
    found = understood(typed)

    assert found.query is None
    assert found.says.startswith(says)
    assert found.next_step
    assert found.suggestions[0].startswith(offered)


def test_only_mended_spelling_counts_as_healed() -> None:
    assert understood("baklog").healed
    assert understood("baklog").next_step == "Did you mean *backlog*?"
    assert not understood("how did csat drop").healed
    assert understood("how did csat drop").next_step == "I can show *csat*."
    assert not understood("asdf").healed


def test_the_words_of_a_verb_are_left_to_it() -> None:
    found = understood("Subscribe daily 09:00 “here”")

    assert (found.verb, found.rest) == ("subscribe", 'daily 09:00 "here"')
    assert understood("help").verb == "help"
    assert read("help", now=NOW, workspace=BERLIN).verb is None


def test_a_number_whose_name_begins_with_a_verb_is_a_number() -> None:
    assert query("cost per ticket last month").kpi == "cost-per-ticket"
    assert begins_with_kpi("cost per ticket")
    assert begins_with_kpi("Customer churn, please")
    assert not begins_with_kpi("cost 50000 for Oct")
    assert not begins_with_kpi("")


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_name_of_a_kpi_asks_for_it(kpi: Kpi) -> None:
    for name in (kpi.slug, kpi.slug.upper(), kpi.name, *kpi.also):
        claimed = kpi_names()[as_name(name)]
        assert understood(name).kpi is claimed
    assert understood(kpi.slug).kpi is kpi
    assert understood(kpi.name).kpi is kpi


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_split_of_a_kpi_is_understood_and_reads_back(kpi: Kpi) -> None:
    for split in kpi.splits:
        found = query(f"{kpi.slug} by {split}")
        assert found.splits == (split,)
        assert query(found.text()) == found


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_the_name_alone_asks_the_default(kpi: Kpi) -> None:
    assert default_query(kpi, now=NOW, workspace=BERLIN) == query(kpi.slug)


def test_a_word_that_means_something_is_no_filler() -> None:
    assert not FILLERS & set(kpi_names())
    assert not FILLERS & {word for dimension in DIMENSIONS for word in (dimension.slug, *dimension.also)}
    assert not FILLERS & set(STATISTICS)
    assert GENERIC in kpi_names()


@pytest.mark.parametrize(
    ("typed", "grain"),
    [
        ("volume yesterday", Grain.HOUR),
        ("volume last 45 days", Grain.DAY),
        ("volume last 60 days", Grain.WEEK),
        ("volume last 365 days", Grain.MONTH),
        ("volume by team last 45 days", None),
        ("cost per ticket last month", None),
        ("cost per ticket last quarter", Grain.MONTH),
        ("churn last quarter", None),
    ],
)
def test_a_chart_is_cut_into_pieces_that_can_be_read(typed: str, grain: Grain | None) -> None:
    assert query(typed).grain is grain
    assert query(query(typed).text()) == query(typed)


def test_what_happens_in_this_second_is_within_today() -> None:
    clicked = NOW + timedelta(milliseconds=400)

    assert whole_second(clicked) == NOW + timedelta(seconds=1)
    assert whole_second(NOW) == NOW
    found = read("csat", now=clicked, workspace=BERLIN).query
    assert found is not None
    assert found.window.end == NOW + timedelta(seconds=1)


def test_windows_are_those_of_the_workspace() -> None:
    monday, sunday = (
        read("volume this week", now=NOW, workspace=Workspace(zone="America/New_York", week_start=d)) for d in (0, 6)
    )

    assert monday.query is not None
    assert sunday.query is not None
    assert monday.query.window.zone == "America/New_York"
    assert monday.query.window.start - sunday.query.window.start == timedelta(days=1)
    assert monday.query.window.start.astimezone(ZoneInfo("America/New_York")).hour == 0


def test_a_stored_question_is_the_same_question() -> None:
    asked = query('frt p90 by team last 30 days vs last year -channel:email customer:"a ""b"", c" business hours weekly as table')

    assert from_json(to_json(asked)) == asked
    assert query(asked.text()) == asked


def filters() -> st.SearchStrategy[Filter]:
    """Filters on anything a person can type: the words of a value are plain, as they are after reading."""
    value = st.text(max_size=30).map(plain).map(str.strip).filter(bool)
    slugs = st.sampled_from([dimension.slug for dimension in DIMENSIONS])
    several = st.lists(value, min_size=1, max_size=3).map(tuple)
    return st.builds(Filter, dimension=slugs, values=several, negated=st.booleans()) | thresholds()


def thresholds() -> st.SearchStrategy[Filter]:
    """Any quantity, compared in any way, with an amount as it is said canonically."""

    def built(quantity: Quantity, op: str, amount: int, negated: bool) -> Filter:
        value = read_amount(quantity, f"{amount}{'s' if quantity.timed else ''}") or ""
        return Filter(dimension=quantity.slug, values=(value,), op=op, negated=negated)

    return st.builds(built, st.sampled_from(QUANTITIES), st.sampled_from(list(OPS)), st.integers(0, 10**6), st.booleans())


def either(wanted: list[Filter]) -> tuple[Filter, ...]:
    """Two filters that ask for values of what a ticket has one of ask for one of the values."""
    found: list[Filter] = []
    for one in wanted:
        alike = [other for other in found if other.dimension == one.dimension and not (other.op or other.negated)]
        if one.op or one.negated or one.dimension == "tag" or not alike:
            found.append(one)
        else:
            first = found.index(alike[0])
            found[first] = replace(alike[0], values=tuple(dict.fromkeys((*alike[0].values, *one.values))))
    return tuple(found)


WINDOWS = (
    "today", "yesterday", "last week", "this quarter", "last 24 hours", "last 3 months", "since 2026-10-01", "Q3", "Oct 2025",
    "2026-W42", "2025", "1-15 Oct", "1 Oct to 3 Nov", "last monday", "H1", "all time", "last 30 days including today",
    "this month", "last weekend", "weekend", "between 1 and 15 Oct", "from 1 Oct to 15 Oct", "oct 1 - oct 15",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    kpi=st.sampled_from(KPIS),
    window=st.sampled_from(WINDOWS),
    splits=st.lists(st.sampled_from([dimension.slug for dimension in DIMENSIONS]), max_size=2, unique=True),
    wanted=st.lists(filters(), max_size=3),
    rest=st.tuples(
        st.sampled_from(["", *STATISTICS]),
        st.sampled_from(["", "vs last year", "vs nothing", "vs previous", "vs Sep 2026", "vs last month"]),
        st.sampled_from(["", "business hours", "calendar hours"]),
        st.sampled_from(["", "hourly", "daily", "weekly", "monthly"]),
        st.sampled_from(["", "as chart", "as table", "as csv", "as text", "as distribution"]),
    ),
    order=st.randoms(use_true_random=False),
)
def test_in_any_order_it_is_one_question_and_its_words_ask_it_again(
    kpi: Kpi, window: str, splits: list[str], wanted: list[Filter], rest: tuple[str, ...], order: Random
) -> None:
    parts = [kpi.slug, window, f"by {' and '.join(splits)}" if splits else "", *rest]
    order.shuffle(parts)
    found = query(" ".join([*parts, *map(str, wanted)]))

    assert found.kpi == kpi.slug
    assert found.filters == either(wanted)
    assert found.splits == (tuple(splits) or ((kpi.split,) if kpi.split else ()))
    assert query(found.text()) == found
    assert query(found.text()).text() == found.text()


@settings(deadline=None)
@given(st.lists(st.text(max_size=20).map(plain).map(str.strip).filter(bool), min_size=1, max_size=4).map(tuple))
def test_any_value_can_be_typed(found: tuple[str, ...]) -> None:
    typed = str(Filter(dimension="tag", values=found))

    assert values(typed.removeprefix("tag:")) == found


PIECES = (
    *kpi_names(), *grammar_words(), *verbs(), *WINDOWS, "by", "vs", "-", ":", "team:", 'team:"', "-tag:x", "last 0 days",
    "30 feb", "next week", "\u202e", "\u200b", "🤷", "<@U1|x>", "&lt;", "**", "```",
    "weekends", "weekdays", "mondays", "unanswered", "-overdue", "overdue>2d", "unassigned", "not assigned", "oldest",
    "my team", "my tickets", "my queue", "for ana", "from", "assigned to me", "by ana", "between", "this weekend", "as tickets",
    "weekends vs weekdays", "past due", "staffing 1h handling 15m",
    "frt>4h", "csat<3", "-age>=7d", "older than", ">", "<=", "frt >", "9" * 30 + "h", "peak hours", "as distribution",
    "%s", "{}", "NaN", "-1", "9" * 40, "١٢", "ﷺ", "\x00",
    "by by by", "and", "vs vs", "as", "1-1-1-1", "..", "'; DROP TABLE ticket; --", "$(x)", "\ud800", "A" * 300,
)  # fmt: skip


def nonsense(random: Random) -> str:
    """A text of what people type, what they mistype, and what nobody should."""
    made: list[str] = []
    for _ in range(random.randint(0, 9)):
        piece = (
            random.choice(PIECES) if random.random() < 0.8 else chr(random.choice((random.randint(1, 0x2FF), 0x1F600, 0x4E00)))
        )
        if random.random() < 0.25 and len(piece) > 2:
            at = random.randrange(len(piece) - 1)
            piece = piece[:at] + piece[at + 1] + piece[at] + piece[at + 2 :]
        made.append(piece)
    return random.choice((" ", " ", " ", "", ", ")).join(made)


def answer_to(text: str) -> float:
    """Seconds of processor time in which a text is answered: it is understood, or there is a way on."""
    before = process_time()
    found = understood(text)
    took = process_time() - before
    assert (found.query is None) == (found.kpi is None or bool(found.says)), text
    assert found.query is not None or found.verb is not None or (found.says and found.next_step and found.suggestions), text
    return took


def test_no_text_is_too_much_for_it() -> None:
    """A few; `make hard` tries millions."""
    random = Random(1118)
    times = sorted(answer_to(nonsense(random)) for _ in range(1_500))
    assert times[len(times) // 2] < 0.005


def test_every_suggestion_would_be_understood() -> None:
    random = Random(42)
    for _ in range(300):
        for offered in understood(nonsense(random)).suggestions:
            again = understood(offered)
            assert again.query is not None or again.verb is not None, offered


@settings(deadline=None)
@given(st.text(max_size=2_000))
def test_any_unicode_is_answered(text: str) -> None:
    found = understood(text)

    assert found.query is not None or found.verb is not None or (found.says and found.suggestions)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "x " * 5_000,
        "baklgo " * 1_400,
        "by " * 3_300,
        '"' * 10_000,
        "team:" * 2_000,
        "1-" * 5_000,
        "1..2 " * 2_000,
        "last " * 2_000,
        "last 30 days of " * 600,
        "between 1 oct and " * 500,
        "&amp;" * 2_000,
        "<@U1|" * 2_000,
        "<https://" * 1_200,
        "\u0301" * 10_000,
        "".join(map(chr, range(0x300, 0x370))) * 90,
        "ﷺ" * 10_000,
        "🤷" * 10_000,
        "frt " + "-tag:a," * 1_400,
        "backlog chanel:" + "x" * 9_000,
        " ".join(f"wrod{n}" for n in range(2_000)),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_ten_thousand_characters_take_less_than_a_tenth_of_a_second(text: str) -> None:
    def seconds() -> float:
        before = process_time()
        assert understood(text).text is not None
        return process_time() - before

    understood("warm up")
    assert min(seconds() for _ in range(3)) < 0.1


def in_town(room: Room, text: str) -> Understood:
    """What is understood where there are teams and categories."""
    with room.store.reading() as session:
        return read(text, now=room.now, workspace=room.workspace, session=session, verbs=verbs())


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("frt billing", "team:Billing"),
        ("frt for the Billing team", "team:Billing"),
        ("frt team tech", "team:Tech"),
        ("frt source:desk", "source:desk"),
        ("frt urgent priority", "priority:urgent"),
        ("frt not billing", "-team:Billing"),
    ],
)
def test_names_of_the_store_stand_for_themselves(town: Room, typed: str, wanted: str) -> None:
    found = in_town(town, typed).query

    assert found is not None, in_town(town, typed)
    assert [str(one) for one in found.filters] == [wanted]
    again = in_town(town, found.text()).query
    assert again == found


def test_a_typo_in_a_name_of_the_store_is_mended(town: Room) -> None:
    assert in_town(town, "frt bilingl").suggestions[0] == "frt billing"


def test_a_name_that_two_dimensions_share_is_offered_as_both(sqlite_store: Store) -> None:
    from bot.store.tables import Team

    with sqlite_store.writing() as session:
        session.add(Team(source="desk", external_id="1", name="Chat"))
        session.add(Team(source="desk", external_id="2", name="ＶＩＰ\u00a0desk"))
    room = Room(store=sqlite_store)
    found = in_town(room, "frt chat last week")

    assert found.query is None
    assert set(found.suggestions[:2]) == {"frt channel:chat last week", "frt team:Chat last week"}
    assert found.says == "*chat* can be a channel or a team."


def test_a_name_nobody_can_type_is_found_by_what_people_type(sqlite_store: Store) -> None:
    from bot.store.tables import Team

    with sqlite_store.writing() as session:
        session.add(Team(source="desk", external_id="2", name="カスタマー\u3000サポート"))
    found = in_town(Room(store=sqlite_store), 'frt team:"カスタマー サポート"').query

    assert found is not None
    assert found.filters[0].values == ("カスタマー\u3000サポート",)


def test_a_person_who_is_mentioned_is_the_agent_of_the_help_desk(sqlite_store: Store) -> None:
    from bot.store.tables import Agent

    with sqlite_store.writing() as session:
        session.add(Agent(source="desk", external_id="1", name="Ana Lima", slack_user_id="U0ANA"))
    room = Room(store=sqlite_store)

    for typed in ("frt <@U0ANA|ana>", "frt agent:<@U0ANA|ana>"):
        found = in_town(room, typed).query
        assert found is not None
        assert found.filters == (Filter(dimension="agent", values=("Ana Lima",)),)

    for typed in ("frt <@U0BO|bo>", "<@U0BO> frt last week"):
        nobody = in_town(room, typed)
        assert nobody.query is None, "everybody's number would be taken for one person's"
        assert nobody.says == "Who you mention is no agent I know."
        assert nobody.suggestions[0].startswith("frt")
