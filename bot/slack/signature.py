"""Whether a request comes from Slack, is fresh, and was not seen before."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Mapping

FRESH_S = 300
REMEMBERED_S = 600
TIMESTAMP = re.compile(r"[0-9]{9,11}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class SignatureCheck:
    """Judges requests before anything reads them: hostile headers cost a comparison, not a traceback."""

    def __init__(self, signing_secret: str) -> None:
        self._secret = signing_secret.encode()
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def is_genuine(self, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
        """Signed by Slack within the last five minutes, and seen for the first time; `now_s` in seconds since 1970."""
        timestamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        if not TIMESTAMP.fullmatch(timestamp) or not SIGNATURE.fullmatch(signature):
            return False
        if abs(now_s - int(timestamp)) > FRESH_S:
            return False
        expected = "v0=" + hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, signature) and self._is_new(signature, now_s)

    def _is_new(self, signature: str, now_s: float) -> bool:
        with self._lock:
            while self._seen and next(iter(self._seen.values())) <= now_s:  # They were kept in the order in which they end.
                del self._seen[next(iter(self._seen))]
            if signature in self._seen:
                return False
            self._seen[signature] = now_s + REMEMBERED_S
            return True
