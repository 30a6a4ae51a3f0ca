"""How this Slack says no: an error code and what comes with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """`{"ok": false, "error": code}` plus whatever fields Slack adds to that code."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    def body(self) -> Json:
        """The JSON answer."""
        return {"ok": False, "error": self.code, **self.fields}


class RateLimited(Refusal):
    """HTTP 429 with a Retry-After header, in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


def refuse_for(code: str, problems: Iterable[str]) -> Refusal:
    """A refusal that lists its reasons the way Slack does: plainly in `errors`, marked in `response_metadata`."""
    reasons = list(problems)
    return Refusal(code, errors=reasons, response_metadata={"messages": [f"[ERROR] {reason}" for reason in reasons]})
