"""The help desks we can read from, in the order people see them."""

from __future__ import annotations

from bot.desks.chatwoot import CHATWOOT
from bot.desks.csv import CSV
from bot.desks.demo import DEMO
from bot.desks.desk import Desk
from bot.desks.freshdesk import FRESHDESK
from bot.desks.front import FRONT
from bot.desks.gorgias import GORGIAS
from bot.desks.helpscout import HELPSCOUT
from bot.desks.hubspot import HUBSPOT
from bot.desks.intercom import INTERCOM
from bot.desks.jira import JIRA
from bot.desks.mojo import MOJO
from bot.desks.rt import RT
from bot.desks.zammad import ZAMMAD
from bot.desks.zendesk import ZENDESK

DESKS: tuple[Desk, ...] = (
    DEMO, CSV, MOJO, ZENDESK, FRESHDESK, INTERCOM, HELPSCOUT, HUBSPOT, RT, ZAMMAD, JIRA, CHATWOOT, FRONT, GORGIAS,
)  # fmt: skip
