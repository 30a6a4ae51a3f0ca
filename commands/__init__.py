"""Everything a person can say and press, in the order people see it."""

from __future__ import annotations

from commands.alert import ACTIONS as ALERT_ACTIONS
from commands.alert import ALERT
from commands.alerts import ACTIONS as ALERTS_ACTIONS
from commands.alerts import ALERTS
from commands.audit import AUDIT
from commands.case import ACTIONS as CASE_ACTIONS
from commands.case import CASES
from commands.command import Action, Command
from commands.comments import COMMENTS
from commands.csv_export import CSV_ACTION
from commands.define import DEFINE
from commands.doubt import ACTIONS as DOUBT_ACTIONS
from commands.drill import TICKETS_ACTION
from commands.forecast import FORECAST, STAFFING_COMMAND
from commands.goal import ACTIONS as GOAL_ACTIONS
from commands.goal import GOAL
from commands.goal_form import ACTIONS as GOAL_FORM_ACTIONS
from commands.help import help_command
from commands.home import ACTIONS as HOME_ACTIONS
from commands.home import home
from commands.kpi import kpi_command
from commands.money import COST, CUSTOMERS
from commands.money_form import ACTIONS as MONEY_ACTIONS
from commands.mute import MUTE, UNMUTE
from commands.rate import ACTIONS as SURVEY_ACTIONS
from commands.run import run_action
from commands.settings import ACTIONS as SETTINGS_ACTIONS
from commands.settings import SETTINGS_COMMAND
from commands.share import COMPARE_ACTION, RECEIPT_ACTION, SHARE_ACTION, SHOW_ACTION
from commands.snapshot import SNAPSHOT
from commands.spoken import Dispatch, by_word
from commands.status import STATUS
from commands.subscribe import LIST, SUBSCRIBE, UNSUBSCRIBE
from commands.subscribe_form import ACTIONS as DIGEST_ACTIONS
from commands.survey import OPT_OUT, SURVEY, SURVEY_CHANGE, changes
from commands.survey_rules import ACTIONS as RULES_ACTIONS
from commands.sync import SYNC_STATUS
from commands.ticket import TICKET
from commands.why import WHY, WHY_ACTION

KPI_COMMAND = kpi_command(lambda: verbs())
HELP = help_command(lambda: COMMANDS)

COMMANDS: tuple[Command, ...] = (
    KPI_COMMAND,
    SNAPSHOT,
    HELP,
    DEFINE,
    SUBSCRIBE,
    UNSUBSCRIBE,
    LIST,
    ALERT,
    ALERTS,
    MUTE,
    UNMUTE,
    GOAL,
    WHY,
    FORECAST,
    STAFFING_COMMAND,
    TICKET,
    COST,
    CUSTOMERS,
    CASES,
    SURVEY,
    COMMENTS,
    STATUS,
    SYNC_STATUS,
    SETTINGS_COMMAND,
    AUDIT,
    OPT_OUT,
)


def dispatch(text: str) -> tuple[Command, str]:
    """The command for what was typed and the words left for it: bare is the snapshot, what is no verb is about a KPI."""
    command, rest = by_word(text, COMMANDS, bare=SNAPSHOT, other=KPI_COMMAND)
    return (SURVEY_CHANGE, rest) if command is SURVEY and changes(rest) else (command, rest)


def verbs() -> tuple[str, ...]:
    """The words of all commands."""
    return tuple(command.word for command in COMMANDS)


ACTIONS: tuple[Action, ...] = (
    SHARE_ACTION,
    TICKETS_ACTION,
    COMPARE_ACTION,
    CSV_ACTION,
    WHY_ACTION,
    RECEIPT_ACTION,
    SHOW_ACTION,
    run_action(dispatch),
    *SURVEY_ACTIONS,
    *CASE_ACTIONS,
    *ALERT_ACTIONS,
    *ALERTS_ACTIONS,
    *GOAL_ACTIONS,
    *GOAL_FORM_ACTIONS,
    *RULES_ACTIONS,
    *MONEY_ACTIONS,
    *HOME_ACTIONS,
    *DIGEST_ACTIONS,
    *SETTINGS_ACTIONS,
    *DOUBT_ACTIONS,
)

__all__ = ["ACTIONS", "COMMANDS", "Dispatch", "dispatch", "home"]
