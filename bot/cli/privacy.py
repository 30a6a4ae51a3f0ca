"""`cx privacy export` and `cx privacy erase`: what is known of a person, and forgetting it for good."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from bot.cli.opening import Opened, opened
from bot.errors import BadRequest, SlackRefused
from bot.slack.port import Slack
from bot.store.ledger import write_audit
from bot.surveys.privacy import erase, export
from bot.views.case import erased_payload

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
PRIVACY = typer.Typer(name="privacy", help="Tell or forget what is known of a person.", no_args_is_help=True)


@PRIVACY.command("export")
def export_person(email: Annotated[str, typer.Argument(metavar="EMAIL")]) -> None:
    """Print everything kept about the person with this e-mail address, as JSON."""
    address = _address(email)
    with opened() as cx, cx.store.reading() as session:
        known = export(session, address, _members(cx, address))
        typer.echo(json.dumps(known, indent=2, ensure_ascii=False, default=str))


@PRIVACY.command("erase")
def erase_person(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask whether you are sure")] = False,
) -> None:
    """Forget the person with this e-mail address: scores stay, without the person, also when the help desk is read again."""
    address = _address(email)
    if not yes and not typer.confirm(f"Forget {address} for good?"):
        raise BadRequest("Nothing was changed.")
    with opened() as cx:
        members = _members(cx, address)
        with cx.store.writing() as session:
            counts = erase(session, address, told_instead=erased_payload(), now=cx.now, members=members)
            write_audit(session, "cx privacy", "person.erased", counts, cx.now)
        cx.store.compact()
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    typer.echo(f"Forgotten: {said}. Backups made before still hold the person; delete them, or let them age.")


def _members(cx: Opened, address: str) -> list[str]:
    """The Slack user with this address, who may be one of our own: the audit knows people by their Slack ids alone."""
    token = cx.settings.slack_bot_token
    if token is None:
        return []
    try:
        found = Slack(token.get_secret_value(), cx.settings.slack_api_url).user_by_email(address)
    except SlackRefused as refusal:
        typer.echo(f"{refusal.sentence()} Slack was not asked who that is: what they asked here is left out.", err=True)
        return []
    return [found.id] if found is not None else []


def _address(email: str) -> str:
    if not ADDRESS.fullmatch(email.strip()):
        raise BadRequest(f"{email[:60]!r} is no e-mail address.", next_step="Name the person by the address in the help desk.")
    return email.strip()
