"""HTTP mode: the same payloads as signed requests to the app's request URL."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

from bot.sandbox.deliveries import Delivery
from bot.sandbox.world import World

FORM = "application/x-www-form-urlencoded"
REASONS = {"timeout": "http_timeout"}


def signed_request(world: World, delivery: Delivery) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one delivery; signed with v0 at the machine's time, since the app checks its own clock."""
    body, content_type = _encoded(delivery)
    stamp = str(int(world.clock.machine()))
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(world.signing_secret, stamp, body),
    }
    if delivery.attempt:
        headers |= {
            "X-Slack-Retry-Num": str(delivery.attempt),
            "X-Slack-Retry-Reason": REASONS.get(delivery.retry_reason, delivery.retry_reason),
        }
    return body, headers


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Slack's v0 signature over the timestamp and the raw body."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def _encoded(delivery: Delivery) -> tuple[bytes, str]:
    if delivery.type == "slash_commands":
        return urlencode(delivery.payload).encode(), FORM
    if delivery.type == "interactive":
        return urlencode({"payload": json.dumps(delivery.payload)}).encode(), FORM
    return json.dumps(delivery.payload).encode(), "application/json"
