"""`/cx settings` and its forms: what numbers mean here, who leads whom, and who may see what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from bot.calendars import WEEKDAYS
from bot.clock import zone
from bot.errors import BadRequest, CxError
from bot.facts.profiles import PROFILES, profile_of
from bot.kpis.quiet_hours import hours_text
from bot.store.ledger import write_audit
from bot.store.tables import Team
from bot.store.workspace import Workspace, change_setting
from bot.views import form
from bot.views.blocks import Block
from bot.views.home import LEADS, SETTINGS
from commands.command import Action, Ask, Click, Command, Reply
from commands.hints import hint, refused
from commands.rights import admit_admin

SAVED, LEADS_SAVED = "settings_saved", "leads_saved"
CLOCKS = {"business": "Business hours", "calendar": "Around the clock"}
COUNCIL = "works_council"
QUIET = "Only service-level targets are told in them; the rest waits until they are over."
TITLE, LEADS_TITLE = "Settings", "Team leads"
MOST_TEAMS = 40
SMALLEST, LARGEST = 2, 100


def open_typed(ask: Ask) -> Reply:
    """The form of all settings, for admins."""
    try:
        admit_admin(ask.asker)
    except CxError as error:
        return refused(error)
    if ask.text.strip():
        return hint("*settings* takes no words.", "It opens a form with all of them.", ("settings",))
    return Reply(modal=settings_form(ask.workspace))


def open_pressed(click: Click) -> Reply:
    """The same by a button."""
    try:
        admit_admin(click.asker)
    except CxError as error:
        return refused(error)
    return Reply(modal=settings_form(click.workspace))


def settings_form(now: Workspace) -> dict[str, Any]:
    """Every setting of the workspace, as it is in force."""
    profiles = {one.slug: one.slug.title() for one in PROFILES}
    days = {str(number): name for number, name in enumerate(WEEKDAYS)}
    council = {COUNCIL: "Works council: no numbers of single people, for nobody"}
    blocks = (
        form.typed("zone", "Time zone", now.zone, example="Europe/Berlin"),
        form.choice("week_start", "A week begins on", days, str(now.week_start)),
        form.choice("clock", "Count time in", CLOCKS, now.clock),
        form.choice("profile", "Definitions of", profiles, now.profile, hint="A change restates every number at the next sync."),
        form.typed("currency", "Currency", now.currency, example="EUR"),
        form.typed("quiet_hours", "Quiet hours of alerts", now.quiet_hours, example="20:00-07:00", hint=QUIET, optional=True),
        form.people("admins", "Admins besides those of the workspace", now.admins),
        form.ticks("council", "People's numbers", council, (COUNCIL,) if now.works_council else ()),
        form.typed("smallest_group", "Smallest team shown under a works council", str(now.smallest_group)),
        form.places(
            "named_channels",
            "Names, subjects and comments may be said in",
            now.named_channels,
            hint="Elsewhere only the asker sees them.",
        ),
    )
    return form.form(SAVED, TITLE, blocks)


def save(click: Click) -> Reply:
    """Keep what was changed, each with a line in the audit; fields that cannot be are marked."""
    try:
        admit_admin(click.asker)
    except CxError as error:
        return Reply(modal=form.notice(TITLE, error.sentence()))
    given = form.entered(click.state)
    wanted, errors = _read(given)
    if errors:
        return Reply(errors=errors)
    changed = {key: value for key, value in wanted.items() if value != _standing(click.workspace, key)}
    for key, value in changed.items():
        change_setting(click.session, key, value, now=click.now, by=click.asker.user_id)
        write_audit(click.session, click.asker.user_id, "setting.changed", {"key": key, "value": value}, click.now)
    told = f"Kept: {', '.join(key.replace('_', ' ') for key in changed)}." if changed else "Nothing was changed."
    return Reply(modal=form.notice(TITLE, told), shows_home=bool(changed))


def _read(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    wanted: dict[str, Any] = {
        "clock": given.get("clock", ""),
        "admins": list(form.several(given.get("admins", ""))),
        "works_council": given.get("council", "") == COUNCIL,
        "named_channels": list(form.several(given.get("named_channels", ""))),
    }
    for key, read in (
        ("zone", _zone), ("week_start", _weekday), ("profile", _profile), ("currency", _currency), ("smallest_group", _size),
        ("quiet_hours", hours_text),
    ):  # fmt: skip
        try:
            wanted[key] = read(given.get(key, ""))
        except CxError as error:
            errors[key] = error.sentence()
    if wanted["clock"] not in CLOCKS:
        errors["clock"] = "Choose one."
    return wanted, errors


def _zone(text: str) -> str:
    return zone(text.strip()).key


def _weekday(text: str) -> int:
    if text not in map(str, range(7)):
        raise BadRequest("Choose a day.")
    return int(text)


def _profile(text: str) -> str:
    profile_of(text)
    return text


def _currency(text: str) -> str:
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise BadRequest("Write the three letters of a currency, such as EUR.")
    return code


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and SMALLEST <= int(text) <= LARGEST):
        raise BadRequest(f"Write a whole number from {SMALLEST} to {LARGEST}.")
    return int(text)


def _standing(now: Workspace, key: str) -> Any:
    value = getattr(now, key)
    return list(value) if isinstance(value, tuple) else value


def open_leads(click: Click) -> Reply:
    """The form in which each team gets its leads."""
    try:
        admit_admin(click.asker)
    except CxError as error:
        return refused(error)
    fields = _lead_fields(click)
    if not fields:
        return Reply(modal=form.notice(LEADS_TITLE, "No help desk has told us of a team yet. Run a first sync, then try again."))
    return Reply(modal=form.form(LEADS_SAVED, LEADS_TITLE, fields))


def _lead_fields(click: Click) -> list[Block]:
    hint = "They may see the numbers of the team's agents."
    return [
        form.people(f"team-{key}", name, click.workspace.leads.get(name, ()), hint=hint if place == 0 else "")
        for place, (key, name) in enumerate(_teams(click))
    ]


def _teams(click: Click) -> list[tuple[int, str]]:
    """The teams by name; those of two help desks with one name are one to lead."""
    rows = click.session.exec(select(Team.id, Team.name).order_by(col(Team.name), col(Team.id))).all()
    named: dict[str, int] = {}
    for key, name in rows:
        named.setdefault(name, key or 0)
    return [(key, name) for name, key in named.items()][:MOST_TEAMS]


def save_leads(click: Click) -> Reply:
    """Keep who leads which team."""
    try:
        admit_admin(click.asker)
    except CxError as error:
        return Reply(modal=form.notice(LEADS_TITLE, error.sentence()))
    given = form.entered(click.state)
    told = {name: form.several(given.get(f"team-{key}", "")) for key, name in _teams(click)}
    shown = {name: list(people) for name, people in told.items() if people}
    kept = {name: list(people) for name, people in click.workspace.leads.items() if name not in told}
    leads = kept | shown
    if leads != {name: list(people) for name, people in click.workspace.leads.items()}:
        change_setting(click.session, "leads", leads, now=click.now, by=click.asker.user_id)
        write_audit(click.session, click.asker.user_id, "setting.changed", {"key": "leads", "value": leads}, click.now)
    return Reply(
        modal=form.notice(LEADS_TITLE, f"Kept: {len(leads)} {'team has' if len(leads) == 1 else 'teams have'} a lead."),
        shows_home=True,
    )


SETTINGS_COMMAND = Command(
    word="settings", usage="/cx settings", says="Opens every setting, for admins.", run=open_typed, also=("setup", "config")
)
ACTIONS: tuple[Action, ...] = (
    Action(action=SETTINGS, says="Opens every setting.", run=open_pressed),
    Action(action=SAVED, says="Keeps the settings.", run=save, writes=True),
    Action(action=LEADS, says="Opens who leads which team.", run=open_leads),
    Action(action=LEADS_SAVED, says="Keeps who leads which team.", run=save_leads, writes=True),
)
