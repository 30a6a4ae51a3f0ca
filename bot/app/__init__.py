"""The app: what Slack delivers becomes a question or a press, and the reply finds its way back."""

from bot.app.build import build_app
from bot.app.wiring import Wiring

__all__ = ["Wiring", "build_app"]
