"""The form in which surveys are switched on: opened, tried out on the past, and saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.errors import BadRequest, CxError
from bot.store.ledger import write_audit
from bot.store.tables import Setting
from bot.store.words import SurveyKind
from bot.store.workspace import change_setting
from bot.surveys.back_test import back_test
from bot.surveys.cases import SETTING as CASES
from bot.surveys.cases import read_case_rules
from bot.surveys.conditions import typed_conditions
from bot.surveys.grading import find_survey
from bot.surveys.rules import SETTING, read_rules, rules_of
from bot.views import survey_rules as view
from bot.views.blocks import VIEW_WORD, plain, plain_section
from commands.command import Action, Ask, Click, Reply
from commands.hints import refused
from commands.rights import admit_admin

SAMPLES, RESTS = range(1, 101), range(1, 3_651)


def open_form(ask: Ask, kind: SurveyKind) -> Reply:
    """The form of a survey, with what its rules would have done."""
    rules = read_rules(ask.session)[kind]
    tried = back_test(ask.session, rules, now=ask.now)
    return Reply(modal=view.rules_modal(rules, read_case_rules(ask.session), tried, zone=ask.workspace.zone))


def switch_off(ask: Ask, kind: SurveyKind) -> None:
    """Ask nothing more of this kind; what waits is not sent."""
    _save(ask.session, kind, {"on": False}, ask.asker.user_id, ask.now)


def try_out(click: Click) -> Reply:
    """The form again as it was filled in, with what those rules would have done; nothing is saved."""
    try:
        admit_admin(click.asker)
        kind = SurveyKind(click.value if click.value in set(SurveyKind) else click.metadata)
    except (CxError, ValueError) as error:
        return refused(error if isinstance(error, CxError) else BadRequest("This form is from an older version."))
    values = view.read_values(click.state)
    said, errors = _said(values)
    standing = read_rules(click.session)[kind]
    cases = read_case_rules(click.session)
    if errors:
        modal = view.rules_modal(
            standing, cases, back_test(click.session, standing, now=click.now), zone=click.workspace.zone, values=values
        )
        return Reply(modal=_with_trouble(modal, errors))
    rules = replace(rules_of(find_survey(kind), said), on=standing.on)
    tried = back_test(click.session, rules, now=click.now)
    return Reply(modal=view.rules_modal(rules, cases, tried, zone=click.workspace.zone, values=values))


def save(click: Click) -> Reply:
    """Keep the rules and switch the survey on; fields that cannot be are marked."""
    try:
        admit_admin(click.asker)
        kind = SurveyKind(click.metadata)
    except (CxError, ValueError) as error:
        return Reply(modal=_sentence(error.sentence() if isinstance(error, CxError) else "This form is from an older version."))
    values = view.read_values(click.state)
    said, errors = _said(values)
    if errors:
        return Reply(errors=errors)
    _save(click.session, kind, {**said, "on": True}, click.asker.user_id, click.now)
    if values.get("channel"):
        tell_cases_in(click.session, values["channel"], click.asker.user_id, click.now)
    return Reply(modal=_sentence(f"{find_survey(kind).name} is on. Type /cx survey to see what becomes of it."))


def tell_cases_in(session: Session, channel_id: str, by: str, now: datetime) -> None:
    """Tell bad answers in this channel from now on."""
    row = session.get(Setting, CASES)
    said: dict[str, Any] = dict(row.value) if row is not None and isinstance(row.value, dict) else {}
    change_setting(session, CASES, {**said, "channel": channel_id}, now=now, by=by)
    write_audit(session, by, "cases.channel", {"channel": channel_id}, now)


def _save(session: Session, kind: SurveyKind, changes: Mapping[str, Any], by: str, now: datetime) -> None:
    row = session.get(Setting, SETTING)
    said: dict[str, Any] = dict(row.value) if row is not None and isinstance(row.value, dict) else {}
    before = said.get(kind.value)
    own = {**(before if isinstance(before, dict) else {}), **changes}
    change_setting(session, SETTING, {**said, kind.value: own}, now=now, by=by)
    write_audit(session, by, f"survey.{'on' if own.get('on') else 'off'}", {"survey": kind.value, "rules": own}, now)


def _said(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The setting that the fields stand for, and what is wrong with them, by block."""
    errors: dict[str, str] = {}
    said: dict[str, Any] = {
        "scale": values.get("scale", ""),
        "delay_s": _number(values, "delay_s"),
        "remind_days": _number(values, "remind_days"),
        "hours": _hours(values.get("hours", "")),
        "by_mail": "by_mail" in values.get("also", "").split(","),
        "anonymous": "anonymous" in values.get("also", "").split(","),
    }
    for name, allowed in (("sample", SAMPLES), ("rest_days", RESTS)):
        said[name] = _number(values, name)
        if said[name] not in allowed:
            errors[name] = f"Write a whole number from {allowed[0]:,} to {allowed[-1]:,}."
    try:
        only, never = typed_conditions(values.get("filters", ""))
    except BadRequest as error:
        errors["filters"] = error.sentence()
    else:
        said |= {"only": [str(one) for one in only], "never": [str(one) for one in never]}
    return said, errors


def _number(values: Mapping[str, str], name: str) -> int | None:
    text = values.get(name, "").strip().removesuffix("%").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _hours(text: str) -> list[int] | None:
    first, _, last = text.partition("-")
    return [int(first), int(last)] if first.isdigit() and last.isdigit() else None


def _with_trouble(modal: dict[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    blocks = [plain_section(" ".join(errors.values()), "tried"), *modal["blocks"][1:]]
    return {**modal, "blocks": blocks}


def _sentence(sentence: str) -> dict[str, Any]:
    title, close = plain("Surveys", VIEW_WORD), plain("Close", VIEW_WORD)
    return {"type": "modal", "title": title, "close": close, "blocks": [plain_section(sentence, "said")]}


ACTIONS: tuple[Action, ...] = (
    Action(action=view.TRY, says="Tries the rules of a survey on the last 90 days.", run=try_out),
    Action(action=view.SET, says="Switches a survey on with its rules.", run=save, writes=True),
)
