"""What we ask customers: every survey there is, in the order people see them."""

from __future__ import annotations

from bot.surveys.ces import CES
from bot.surveys.csat import CSAT
from bot.surveys.nps import NPS
from bot.surveys.survey import Survey

SURVEYS: tuple[Survey, ...] = (CSAT, CES, NPS)

__all__ = ["CES", "CSAT", "NPS", "SURVEYS"]
