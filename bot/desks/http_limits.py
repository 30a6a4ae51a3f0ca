"""How fast a help desk may be asked: a share of each quota, corrected by what its answers say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.desks.desk import Pace

USUAL_SHARE = 0.5
"""Of a customer's quota: other apps live on it too."""
MINUTE_S = 60.0
FIELDS = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Quota:
    """What is known of one class of requests: how many a window, and how many are left until it ends."""

    total: float
    window_s: float = MINUTE_S
    left: float = 0.0
    ends_at: float = 0.0

    def take(self, now: float, share: float) -> float:
        """Seconds to wait before the next request; it is counted as made then."""
        if now >= self.ends_at:
            self.left, self.ends_at = self.total, now + self.window_s
        if self.left > self.total * (1.0 - share):
            self.left -= 1.0
            return 0.0
        wait = self.ends_at - now
        self.left, self.ends_at = self.total - 1.0, self.ends_at + self.window_s
        return wait


@dataclass(slots=True)
class Limits:
    """The quotas of one help desk by class of requests. Without a quota, told or documented, nothing waits.

    `documented` gives requests a minute by class; `headers` maps a class to the header `name: total=; remaining=; resets=`
    that tells of it. The usual `ratelimit-*` and `x-rate-limit*` headers tell of the class `account`."""

    share: float = USUAL_SHARE
    documented: Mapping[str, float] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)

    def wait(self, kind: str, pace: Pace) -> None:
        """Let time pass until one more request of this class is within our share; every request counts for the account."""
        for each in dict.fromkeys((kind, "account")):
            quota = self.quotas.get(each)
            if quota is None and each in self.documented:
                quota = self.quotas[each] = Quota(self.documented[each])
            if quota is not None and (wait := quota.take(pace.clock(), self.share)) > 0:
                pace.sleep(wait)

    def learn(self, kind: str, headers: Mapping[str, str], now: float) -> None:
        """Correct what is known by what an answer tells."""
        total, left = _number(headers, TOTALS), _number(headers, LEFT)
        if total and left is not None:
            self._correct("account", total, left, _number(headers, RESETS), now)
        told = headers.get(self.headers.get(kind, ""))
        if told:
            found = {name.lower(): float(value) for name, value in FIELDS.findall(told)}
            if found.get("total") and "remaining" in found:
                self._correct(kind, found["total"], found["remaining"], found.get("resets"), now)

    def _correct(self, kind: str, total: float, left: float, resets_s: float | None, now: float) -> None:
        quota = self.quotas.setdefault(kind, Quota(total, ends_at=now + MINUTE_S))
        quota.total, quota.left = total, left
        if resets_s is not None and resets_s <= 2 * quota.window_s:
            quota.ends_at = now + resets_s


TOTALS = ("x-rate-limit", "ratelimit-limit", "x-ratelimit-total", "x-ratelimit-limit")
LEFT = ("x-rate-limit-remaining", "ratelimit-remaining", "x-ratelimit-remaining")
RESETS = ("ratelimit-reset",)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as a desk asks for, given as a number or as a date (then counted from its own `Date`)."""
    told = next((headers[name] for name in ("retry-after", "x-ratelimit-retry-after") if headers.get(name)), None)
    if told is None:
        return None
    if re.fullmatch(r"\d{1,6}(\.\d+)?", told.strip()):
        return float(told)
    until, since = told_date(told), told_date(headers.get("date", ""))
    return max((until - since).total_seconds(), 0.0) if until and since else None


def told_date(text: str) -> datetime | None:
    """An instant as HTTP writes it; None for anything else."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _number(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    for name in names:
        told = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}", told):
            return float(told)
    return None
