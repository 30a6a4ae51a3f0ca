"""What `cx doctor` looks at, from the inside out: settings, store, help desks, Slack, fonts."""

from __future__ import annotations

from collections.abc import Iterator

from bot import clock
from bot.cli.check import Check
from bot.cli.checks_slack import slack_checks
from bot.cli.checks_store import store_checks
from bot.cli.opening import settings_here
from bot.desks.cross_check import cross_check
from bot.desks.desk import Desk, StreamState
from bot.errors import BadConfig, CxError
from bot.settings import Settings
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from jobs.sync import configured, settings_of

SKEW_S = 60
SCRIPTS = "漢字かな한국어عربية"


def checks() -> list[Check]:
    """Everything that can be checked from here; a broken part hides only what depends on it."""
    try:
        settings = settings_here()
    except BadConfig as error:
        return [Check(name="settings", ok=False, says=error.sentence())]
    found = [Check(name="settings", ok=True, says=f"zone {settings.zone}, profile {settings.profile}")]
    try:
        store = open_store(settings.database_url.get_secret_value())
    except CxError as error:
        return [*found, Check(name="store", ok=False, says=error.sentence()), *_around(settings, None)]
    try:
        well = _well(store)
        found += store_checks(store, settings) if well is None else [well]
        return [*found, *_around(settings, store if well is None else None)]
    except CxError as error:
        return [*found, Check(name="store", ok=False, says=error.sentence()), *_around(settings, None)]
    finally:
        store.close()


def _well(store: Store) -> Check | None:
    """None where the store can be asked; else what is wrong with it."""
    try:
        ensure_schema(store)
    except CxError as error:
        return Check(name="store", ok=False, says=error.sentence())
    return None


def _around(settings: Settings, store: Store | None) -> Iterator[Check]:
    for desk in configured(settings.desks):
        yield from _desk(desk, settings)
        if store is not None:
            yield from _compared(desk, store)
    yield from slack_checks(settings, store)
    yield _fonts()


def _desk(desk: Desk, settings: Settings) -> Iterator[Check]:
    found = desk.check(settings_of(settings, desk.slug))
    for stream in found:
        yield Check(name=f"{desk.name}, {stream.stream}", ok=stream.state is StreamState.OK, says=stream.says)
    told = next((stream.at for stream in found if stream.at is not None), None)
    if told is not None:
        apart = round(abs((clock.now() - told).total_seconds()))
        says = f"{apart} s apart from ours" + ("" if apart <= SKEW_S else ": set this machine's clock by NTP")
        yield Check(name=f"{desk.name}, clock", ok=apart <= SKEW_S, says=says)


def _compared(desk: Desk, store: Store) -> Iterator[Check]:
    """Advice, not a failure: our definitions may differ from the desk's on purpose."""
    with store.reading() as session:
        for compared in cross_check(session, desk.slug):
            yield Check(name=f"{desk.name}, cross-check", ok=True, says=compared.sentence())


def _fonts() -> Check:
    """Well in either case: what no font here can draw is shown as a question mark, and the text says it in full."""
    # Fonts are matplotlib's to know, which takes half a second and 40 MB; the bot, which is started from here too, never pays.
    from bot.views.chart.fonts import CJK_PACKAGE, others, own

    every = all(ord(char) in own() or ord(char) in others() for char in SCRIPTS)
    says = "all scripts can be drawn" if every else f"Chinese, Japanese or Korean is drawn as '?': apt-get install {CJK_PACKAGE}"
    return Check(name="fonts", ok=True, says=says)
