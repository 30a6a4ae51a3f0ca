"""What goes wrong on request: each fault names what it hits, how, and how many times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CALL_FAULTS = {
    "ratelimited": "429 with Retry-After (`seconds`, default 1); not done",
    "server_error": "HTTP `status` (default 503), not JSON; not done",
    "error": "`code` as an ordinary refusal; not done",
    "garbled": "HTTP 200 that is not JSON; done",
    "lost_reply": "done, then the connection drops before the answer",
    "drop": "the connection drops; not done",
    "slow": "done and answered, the answer `seconds` late (default 1)",
    "hang": "nothing for `seconds` (default 30), then the connection drops; not done",
    "fatal_error": "done, and yet the answer is `fatal_error`",
    "internal_error": "not done, `internal_error` with HTTP 200",
    "share_nothing": "files.completeUploadExternal says ok and shares nothing",
}
DELIVERY_FAULTS = {
    "duplicate": "the next deliveries of kind `method` come twice",
    "delay": "the next deliveries of kind `method` come `seconds` late",
    "reorder": "the next deliveries wait for each other and come in the opposite order",
    "vanish": "the next deliveries of kind `method` are never sent, as if lost on the way",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One planned fault. `method` is a Web API method, `response_url`, `upload`, an envelope type, or `*`."""

    kind: str
    method: str = "*"
    times: int = 1
    fields: dict[str, Any] = field(default_factory=dict)

    def hits(self, method: str) -> bool:
        return self.times > 0 and self.method in ("*", method)


@dataclass(slots=True, kw_only=True)
class Faults:
    """The faults still to come, taken in the order they were planned."""

    planned: list[Fault] = field(default_factory=list)

    def plan(self, kind: str, *, method: str = "*", times: int = 1, **fields: Any) -> None:
        """Plan a fault. Raises ValueError for a kind that does not exist, naming those that do."""
        known = CALL_FAULTS | DELIVERY_FAULTS
        if kind not in known:
            raise ValueError(f"no fault called {kind!r}; there are {', '.join(sorted(known))}")
        self.planned.append(Fault(kind=kind, method=method, times=times, fields=fields))

    def take_call(self, method: str) -> Fault | None:
        """The next fault for this Web API method, used up by one."""
        return self._take(method, CALL_FAULTS)

    def take_delivery(self, envelope_type: str) -> Fault | None:
        """The next fault for this kind of envelope, used up by one."""
        return self._take(envelope_type, DELIVERY_FAULTS)

    def clear(self) -> None:
        """Nothing more goes wrong."""
        self.planned.clear()

    def _take(self, method: str, kinds: dict[str, str]) -> Fault | None:
        for fault in self.planned:
            if fault.kind in kinds and fault.hits(method):
                fault.times -= 1
                return fault
        return None
