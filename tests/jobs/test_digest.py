"""A digest is posted once a slot: never lost, never twice, whatever crashes; and it owns up to what went wrong."""

from __future__ import annotations

import base64
import io
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlmodel import col, select

from bot.clock import iso
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.slots import business_days, daily, monthly
from bot.store.engine import Store
from bot.store.records import Record
from bot.store.subscriptions import cadence_json, subscribe
from bot.store.tables import DeskCursor, Outbox, Published, Run, SavedQuery, Schedule, Subscription
from bot.store.words import Actor, Kind, RunState, Status
from bot.store.workspace import change_setting
from jobs import digest
from jobs.digest import DIGEST, post_due_digests
from jobs.job import Draw, Tick, nothing_drawn
from tests.kpis.office import keep
from tests.slack_validators import problems
from tests.world import CAST, event, ticket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = datetime(2026, 11, 18, 8, tzinfo=UTC)
"""Wednesday, nine in the morning in Berlin."""

PIXEL = b"\x89PNG a picture"


def history() -> list[Record]:
    """Two weeks: two tickets a day, answered and solved within the hour, and sixty on Tuesday, the day before the digest."""
    records: list[Record] = [*CAST]
    for day in range(14):
        noon = datetime(2026, 11, 4, 12, tzinfo=UTC) + day * DAY
        for number in range(60 if day == 13 else 2):
            records += solved(f"{day}-{number}", noon + number * timedelta(minutes=1))
    return records


def solved(name: str, at: datetime) -> list[Record]:
    replied, done = at + timedelta(minutes=10), at + timedelta(minutes=50)
    return [
        ticket(name, created_at=at, updated_at=done, status=Status.SOLVED),
        event(Kind.CREATED, at, of=name, actor="carla", actor_kind=Actor.CUSTOMER, new="new"),
        event(Kind.REPLY, replied, of=name, actor="ana", actor_kind=Actor.AGENT),
        event(Kind.STATUS, done, of=name, actor="ana", actor_kind=Actor.AGENT, old="new", new="solved"),
    ]


@pytest.fixture
def busy(store: Store) -> Store:
    keep(store, *history())
    return store


@pytest.fixture
def busy_sqlite(sqlite_store: Store) -> Store:
    keep(sqlite_store, *history())
    return sqlite_store


def order(store: Store, channel: str = "C0DIGEST", **changes: Any) -> int:
    """A subscription to nine o'clock in Berlin, looked at last an hour before it is due; its id."""
    facts: dict[str, Any] = {
        "kind": "digest",
        "channel_id": channel,
        "cadence": cadence_json(daily(time(9))),
        "zone": "Europe/Berlin",
        "owner": "U0LENA",
        "created_at": DUE - DAY,
        "seen_until": DUE - HOUR,
    }
    with store.writing() as session:
        row, _ = subscribe(session, Subscription(**(facts | changes)))
        assert row.id is not None
        return row.id


def beat(store: Store, now: datetime = DUE, draw: Draw = nothing_drawn) -> int:
    """One beat of the clock; how many digests were posted."""
    slack = Slack("xoxb-1", "http://127.0.0.1:9/api/")
    return post_due_digests(Tick(now=now, store=store, settings=read_settings({}), slack=slack, draw=draw))


def letters(store: Store, kind: str = "digest") -> list[Outbox]:
    """What waits to be sent, parents first."""
    with store.reading() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == kind).order_by(col(Outbox.dedupe_key))).all()
        session.expunge_all()
    return list(rows)


def parents(store: Store) -> list[Outbox]:
    return [row for row in letters(store) if row.parent_id is None]


def runs(store: Store) -> list[tuple[str, RunState, str | None]]:
    with store.reading() as session:
        return [(run.slot, run.state, run.reason) for run in session.exec(select(Run).order_by(col(Run.due_at), col(Run.id)))]


def in_threads(count: int, act: Any) -> list[Any]:
    """The same thing at once, from so many threads."""
    gate = threading.Barrier(count)

    def run(_: int) -> Any:
        gate.wait(10)
        return act()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_at_nine_a_digest_waits_to_be_sent_and_before_nine_none(busy: Store) -> None:
    order(busy)

    assert beat(busy, DUE - timedelta(seconds=1)) == 0
    assert letters(busy) == []
    assert beat(busy) == 1
    assert runs(busy) == [("2026-11-18T09:00", RunState.POSTED, None)]
    assert [row.channel_id for row in parents(busy)] == ["C0DIGEST"]


def test_six_threads_post_one_digest(busy: Store) -> None:
    order(busy)

    posted = in_threads(6, lambda: beat(busy))

    assert sum(posted) == 1
    assert len(parents(busy)) == 1
    assert len({row.dedupe_key for row in letters(busy)}) == len(letters(busy))
    assert [state for _, state, _ in runs(busy)] == [RunState.POSTED]


def test_it_is_posted_once_however_often_the_clock_beats(busy_sqlite: Store) -> None:
    order(busy_sqlite)

    assert [beat(busy_sqlite, DUE + timedelta(seconds=15 * n)) for n in range(5)] == [1, 0, 0, 0, 0]


def test_what_it_says_is_kept_for_restatements_with_the_slot_it_was_said_in(busy_sqlite: Store) -> None:
    order(busy_sqlite)
    beat(busy_sqlite)
    with busy_sqlite.reading() as session:
        kept = session.exec(select(Published)).all()
    assert {"backlog", "volume"} <= {row.kpi for row in kept}
    assert {row.place for row in kept} == {"digest 1 of 2026-11-18T09:00 in C0DIGEST"}


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_beat_posts(busy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    order(busy)
    with monkeypatch.context() as patch:
        patch.setattr(digest, "enqueue", _lightning)
        assert beat(busy) == 0

    assert (letters(busy), runs(busy)) == ([], [])
    assert beat(busy, DUE + timedelta(seconds=15)) == 1


def _lightning(*_: Any) -> None:
    raise MemoryError("lightning")


def test_one_channel_that_fails_stops_no_other_and_has_its_next_turn(busy: Store, caplog: pytest.LogCaptureFixture) -> None:
    broken = order(busy, "C0BROKEN", zone="Mars/Olympus")
    order(busy)

    with caplog.at_level(logging.ERROR):
        assert beat(busy) == 1
    assert [row.channel_id for row in parents(busy)] == ["C0DIGEST"]
    assert "digest: one failed and will have its next turn" in caplog.text

    with busy.writing() as session:
        row = session.get(Subscription, broken)
        assert row is not None
        row.zone = "Europe/Berlin"
        session.add(row)
    assert beat(busy, DUE + HOUR) == 1
    assert {row.channel_id for row in parents(busy)} == {"C0BROKEN", "C0DIGEST"}


def test_an_edition_that_cannot_be_made_stops_no_other(busy_sqlite: Store) -> None:
    order(busy_sqlite, "C0ODD", spec={"kpis": ["no such number"]})
    order(busy_sqlite)

    assert beat(busy_sqlite) == 1
    assert [row.channel_id for row in parents(busy_sqlite)] == ["C0DIGEST"]


def test_a_paused_digest_is_not_posted(busy_sqlite: Store) -> None:
    order(busy_sqlite, enabled=False)

    assert beat(busy_sqlite) == 0
    assert runs(busy_sqlite) == []


def test_who_is_late_says_so(busy_sqlite: Store) -> None:
    order(busy_sqlite)

    assert beat(busy_sqlite, DUE + 3 * HOUR) == 1
    assert "Sent 3 h late." in str(parents(busy_sqlite)[0].payload)


def test_a_few_minutes_are_not_called_late(busy_sqlite: Store) -> None:
    order(busy_sqlite)

    assert beat(busy_sqlite, DUE + timedelta(minutes=9)) == 1
    assert "late" not in str(parents(busy_sqlite)[0].payload)


def test_past_its_grace_nothing_is_posted_and_the_next_one_names_it(busy: Store) -> None:
    order(busy)

    assert beat(busy, DUE + 7 * HOUR) == 0
    [(slot, state, reason)] = runs(busy)
    assert (slot, state, reason) == ("2026-11-18T09:00", RunState.SKIPPED, "420 min late, past its grace")
    assert letters(busy) == []

    assert beat(busy, DUE + DAY) == 1
    assert "Not sent: 2026-11-18 09:00." in parents(busy)[0].payload["text"]
    assert beat(busy, DUE + 2 * DAY) == 1
    assert "Not sent" not in parents(busy)[1].payload["text"]


def test_missed_slots_are_kept_with_their_reason_and_named(busy: Store) -> None:
    order(busy, seen_until=DUE - 3 * DAY)

    assert beat(busy, DUE + HOUR) == 1
    *missed, (slot, state, _) = runs(busy)
    assert [(key, how) for key, how, _ in missed] == [(f"2026-11-{day}T09:00", RunState.SKIPPED) for day in (16, 17)]
    assert all("cx was not running" in str(reason) for _, _, reason in missed)
    assert (slot, state) == ("2026-11-18T09:00", RunState.POSTED)
    assert "Not sent: 2026-11-16 09:00, 2026-11-17 09:00." in parents(busy)[0].payload["text"]


def test_of_a_long_absence_only_the_last_days_are_named(busy_sqlite: Store) -> None:
    order(busy_sqlite, seen_until=DUE - 30 * DAY - HOUR)

    beat(busy_sqlite)

    named = "Not sent: 24 earlier ones, 2026-11-13 09:00, 2026-11-14 09:00, 2026-11-15 09:00, 2026-11-16 09:00, 2026-11-17 09:00."
    assert named in parents(busy_sqlite)[0].payload["text"]
    assert problems(parents(busy_sqlite)[0].payload) == []


NIGHTS = {
    "the hour that comes twice": (date(2026, 10, 25), time(2, 30), "2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    "the hour that never comes": (date(2026, 3, 29), time(2, 30), "2026-03-29T02:30", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
}


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS.keys())
def test_a_night_of_changing_clocks_has_one_digest(sqlite_store: Store, night: tuple[date, time, str, datetime]) -> None:
    day, at, key, due_at = night
    midnight = datetime.combine(day, time(), UTC) - 2 * HOUR
    order(sqlite_store, cadence=cadence_json(daily(at)), seen_until=midnight)

    posted = [now for n in range(6 * 12) if beat(sqlite_store, now := midnight + n * timedelta(minutes=5))]

    assert posted == [due_at]
    assert [slot for slot, _, _ in runs(sqlite_store)] == [key]


def test_mondays_digest_of_a_working_week_covers_friday_to_sunday(busy_sqlite: Store) -> None:
    monday = datetime(2026, 11, 16, 8, tzinfo=UTC)
    order(busy_sqlite, cadence=cadence_json(business_days(time(9))), seen_until=monday - HOUR, spec={"always": True})

    beat(busy_sqlite, monday)

    text = parents(busy_sqlite)[0].payload["text"]
    assert "Fri 13 - Sun 15 Nov 2026" in text
    assert "6 tickets created" in text


def test_a_quiet_day_is_one_line(busy_sqlite: Store) -> None:
    tuesday = DUE - DAY
    order(busy_sqlite, seen_until=tuesday - HOUR)

    assert beat(busy_sqlite, tuesday) == 1

    [only] = letters(busy_sqlite)
    assert "nothing moved beyond the usual" in only.payload["text"]
    assert len(only.payload["blocks"]) == 1
    assert only.files == []


def test_a_muted_channel_gets_none_and_is_told_of_it_in_the_next(busy_sqlite: Store) -> None:
    order(busy_sqlite, seen_until=DUE - DAY - HOUR)
    with busy_sqlite.writing() as session:
        change_setting(session, "mutes", {"C0DIGEST": iso(DUE - HOUR)}, now=DUE - DAY, by="U0LENA")

    assert beat(busy_sqlite, DUE - DAY) == 0
    assert letters(busy_sqlite) == []
    assert beat(busy_sqlite, DUE) == 1

    assert f"Not sent: {DUE - DAY:%Y-%m-%d}" in parents(busy_sqlite)[0].payload["text"]


def read_until(store: Store, at: datetime, name: str = "zendesk") -> None:
    """A help desk was read for the last time then."""
    with store.writing() as session:
        session.merge(DeskCursor(source=name, stream="tickets", synced_at=at, covered_from=DUE - 30 * DAY))


def test_after_a_start_it_waits_for_the_help_desk_to_be_read(busy: Store) -> None:
    """cx was off since Monday: what Tuesday was like it knows as soon as the first reading is done."""
    order(busy)
    read_until(busy, DUE - 40 * HOUR)
    late = DUE + HOUR
    assert (beat(busy, late), beat(busy, late + timedelta(minutes=14))) == (0, 0)
    assert letters(busy) == []

    read_until(busy, late + timedelta(minutes=14))
    assert beat(busy, late + timedelta(minutes=14, seconds=15)) == 1
    assert "60 ▲" in parents(busy)[0].payload["text"][:40]


def test_it_waits_a_quarter_of_an_hour_and_then_says_that_nothing_is_known(busy: Store) -> None:
    number = order(busy)
    read_until(busy, DUE - 40 * HOUR)
    assert [beat(busy, DUE + n * timedelta(minutes=5)) for n in range(4)] == [0, 0, 0, 1]

    [only] = letters(busy)
    assert "nothing new is known, for the data are stale" in only.payload["text"]
    assert "60" not in only.payload["text"].split("⚠")[0]
    with busy.reading() as session:
        row = session.get(Subscription, number)
        assert row is not None
        assert row.spec == {}
    assert beat(busy, DUE + timedelta(minutes=20)) == 0


def test_who_wants_one_now_does_not_wait(busy_sqlite: Store) -> None:
    order(busy_sqlite, spec={"now": "2026-11-18T06:00:00Z"})
    read_until(busy_sqlite, DUE - 40 * HOUR)

    assert beat(busy_sqlite) == 1


def test_one_help_desk_of_two_that_is_down_holds_nothing_up_and_forbids_to_compare(busy_sqlite: Store) -> None:
    order(busy_sqlite, spec={"always": True})
    read_until(busy_sqlite, DUE - 40 * HOUR)
    read_until(busy_sqlite, DUE, "jira")

    assert beat(busy_sqlite) == 1
    text = parents(busy_sqlite)[0].payload["text"]
    assert "60 tickets created" in text
    assert "▲" not in text
    assert text.startswith("⚠ Stale")


def test_who_always_wants_the_page_gets_it_on_a_quiet_day(busy_sqlite: Store) -> None:
    order(busy_sqlite, seen_until=DUE - DAY - HOUR, spec={"always": True})

    beat(busy_sqlite, DUE - DAY)

    assert len(letters(busy_sqlite)) > 1
    assert "header" in [block["type"] for block in parents(busy_sqlite)[0].payload["blocks"]]


def test_before_the_first_ticket_it_says_so(store: Store) -> None:
    order(store)

    assert beat(store) == 1
    [only] = letters(store)
    assert only.payload["text"] == "Support, Wed 18 Nov: there are no numbers yet."


def test_one_message_for_the_channel_and_the_rest_in_its_thread(busy_sqlite: Store) -> None:
    order(busy_sqlite)
    beat(busy_sqlite)

    first, *rest = sorted(letters(busy_sqlite), key=lambda row: row.dedupe_key)

    assert first.parent_id is None
    assert rest
    assert {row.parent_id for row in rest} == {first.id}


def test_news_stands_in_the_first_forty_characters(busy_sqlite: Store) -> None:
    """Sixty tickets came on Tuesday, two on the Tuesday before."""
    order(busy_sqlite)
    beat(busy_sqlite)

    assert "60 ▲" in parents(busy_sqlite)[0].payload["text"][:40]


def test_everything_in_the_outbox_can_be_posted(busy_sqlite: Store) -> None:
    order(busy_sqlite)
    beat(busy_sqlite, draw=lambda _: PIXEL)

    for row in letters(busy_sqlite):
        assert problems(row.payload) == []
        assert len(row.payload["blocks"]) <= 8
        assert "<!" not in str(row.payload)


def test_each_picture_lies_with_its_message(busy_sqlite: Store) -> None:
    order(busy_sqlite)
    beat(busy_sqlite, draw=lambda _: PIXEL)

    for row in letters(busy_sqlite):
        assert [file["slot"] for file in row.files] == _placeholders(row.payload["blocks"])
        assert all(file["alt"] for file in row.files)
    assert parents(busy_sqlite)[0].files


def _placeholders(blocks: Sequence[Any]) -> list[str]:
    return [block["slack_file"]["id"] for block in blocks if block["type"] == "image"]


def test_a_picture_that_cannot_be_drawn_costs_no_digest(busy_sqlite: Store) -> None:
    order(busy_sqlite)

    assert beat(busy_sqlite, draw=nothing_drawn) == 1
    assert [row.files for row in letters(busy_sqlite)] == [[]] * len(letters(busy_sqlite))


def test_pictures_are_drawn_while_others_may_write(busy_sqlite: Store) -> None:
    """SQLite has one writer: drawing inside the transaction would hold up every click for seconds."""
    order(busy_sqlite)
    waited: list[bool] = []

    def drawing(_: Any) -> bytes:
        writer = threading.Thread(target=_write, args=(busy_sqlite,))
        writer.start()
        writer.join(5)
        waited.append(writer.is_alive())
        return PIXEL

    assert beat(busy_sqlite, draw=drawing) == 1
    assert waited
    assert not any(waited)


def _write(store: Store) -> None:
    with store.writing() as session:
        session.add(SavedQuery(id=uuid4().hex, query={}, asked_by="U0", channel_id="C0", at=DUE))


def test_its_buttons_ask_the_questions_that_were_kept_with_it(busy_sqlite: Store) -> None:
    order(busy_sqlite)
    beat(busy_sqlite)

    buttons = next(b["elements"] for b in parents(busy_sqlite)[0].payload["blocks"] if b["type"] == "actions")
    with busy_sqlite.reading() as session:
        kept = {row.id: row for row in session.exec(select(SavedQuery))}
    assert {button["value"] for button in buttons} <= set(kept)
    assert {(row.asked_by, row.channel_id) for row in kept.values()} == {("U0LENA", "C0DIGEST")}


def test_who_leaves_while_the_digest_is_drawn_gets_none_and_nothing_failed(busy: Store, caplog: pytest.LogCaptureFixture) -> None:
    row_id = order(busy)

    def leaving(_: Any) -> bytes:
        with busy.writing() as session:
            row = session.get(Subscription, row_id)
            if row is not None:
                session.delete(row)
        return PIXEL

    assert beat(busy, draw=leaving) == 0
    assert letters(busy) == []
    assert caplog.records == []


def test_the_job_looks_every_few_seconds() -> None:
    assert DIGEST.run is post_due_digests
    assert timedelta(seconds=5) <= DIGEST.every <= timedelta(seconds=30)


def test_who_wants_one_now_gets_it_once_beside_the_rhythm(busy_sqlite: Store) -> None:
    number = order(busy_sqlite, spec={"now": "2026-11-18T06:00:00Z"})
    early = DUE - 2 * HOUR

    assert (beat(busy_sqlite, early), beat(busy_sqlite, early)) == (1, 0)
    assert beat(busy_sqlite) == 1

    assert [slot for slot, _, _ in runs(busy_sqlite)] == ["now 2026-11-18T06:00:00Z", "2026-11-18T09:00"]
    with busy_sqlite.reading() as session:
        row = session.get(Subscription, number)
        assert row is not None
        assert row.spec == {}


def test_a_digest_for_a_team_says_its_numbers_and_its_name(busy_sqlite: Store) -> None:
    order(busy_sqlite, spec={"filters": [{"dimension": "team", "values": ["Billing"], "negated": False}], "always": True})

    beat(busy_sqlite)

    (parent,) = parents(busy_sqlite)
    assert parent.payload["blocks"][0]["text"]["text"].startswith("Billing · Wed 18 Nov")
    with busy_sqlite.reading() as session:
        assert {one.query["filters"][0]["values"][0] for one in session.exec(select(SavedQuery))} == {"Billing"}


def test_a_digest_for_an_agent_says_their_own_numbers_alone(busy_sqlite: Store) -> None:
    ana = [{"dimension": "agent", "values": ["Ana"], "negated": False}]
    order(busy_sqlite, "U0ANA", spec={"filters": ana, "always": True})
    order(busy_sqlite, "U0BO", spec={"filters": [{**ana[0], "values": ["Bo"]}], "always": True})

    beat(busy_sqlite)

    own, other = sorted(parents(busy_sqlite), key=lambda row: row.channel_id)
    assert "60 tickets" in own.payload["text"]
    assert "60 tickets" not in other.payload["text"]
    assert "created" not in own.payload["text"]


def test_names_of_agents_are_not_posted_to_a_channel_that_is_not_on_the_list(busy_sqlite: Store) -> None:
    order(busy_sqlite, spec={"filters": [{"dimension": "agent", "values": ["Ana"], "negated": False}], "always": True})

    beat(busy_sqlite)

    with busy_sqlite.reading() as session:
        (told,) = session.exec(select(Outbox))
        assert "names of agents may not be said there" in told.payload["text"]
        assert session.exec(select(Subscription)).one().enabled is False


def test_on_a_holiday_no_working_day_is_due_and_the_next_covers_it(busy_sqlite: Store) -> None:
    with busy_sqlite.writing() as session:
        session.add(Schedule(source="desk", external_id="o", name="Office", zone="Europe/Berlin", week=[[540, 1020]],
                             holidays=["2026-11-17"], is_default=True))  # fmt: skip
    order(busy_sqlite, cadence=cadence_json(business_days(time(9))), seen_until=DUE - 30 * HOUR, spec={"always": True})

    assert beat(busy_sqlite, DUE - DAY + HOUR) == 0
    assert beat(busy_sqlite) == 1

    assert runs(busy_sqlite) == [("2026-11-18T09:00", RunState.POSTED, None)]
    assert "Mon 16 - Tue 17 Nov" in parents(busy_sqlite)[0].payload["text"]


def test_a_month_on_one_page_is_one_message_with_one_picture_of_all(busy_sqlite: Store) -> None:
    order(busy_sqlite, cadence=cadence_json(monthly(time(9), 18)), spec={"page": True})

    beat(busy_sqlite, draw=lambda _: square())

    (letter,) = letters(busy_sqlite)
    assert problems(letter.payload) == []
    assert [block["type"] for block in letter.payload["blocks"]] == ["header", "section", "image", "context"]
    (file,) = letter.files
    picture = Image.open(io.BytesIO(base64.b64decode(file["png"])))
    assert picture.size == (8, 8)
    assert file["slot"] == "chart:0"
    assert "18 Oct to 17 Nov" in letter.payload["blocks"][0]["text"]["text"] or "Nov" in letter.payload["text"]


def test_a_page_that_cannot_be_drawn_still_says_its_numbers(busy_sqlite: Store) -> None:
    order(busy_sqlite, cadence=cadence_json(monthly(time(9), 18)), spec={"page": True})

    assert beat(busy_sqlite) == 1
    assert letters(busy_sqlite)[0].files == []


def square() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()
