"""A Slack workspace on loopback, for demos and tests: Web API, Socket Mode, people, faults and a page to look at."""

from __future__ import annotations

from bot.sandbox.control import Control, ControlRefused
from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.transcript import transcript_html

__all__ = ["Control", "ControlRefused", "Options", "Sandbox", "transcript_html"]
