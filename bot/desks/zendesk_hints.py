"""Zendesk's webhooks: proved by their signature, read for nothing but which ticket to look at."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.desks.desk import Delivery, Hint
from bot.desks.fields import Json, Unreadable, instant, known, name_of, text_of

SIGNATURE, STAMP = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
INVOCATION = "x-zendesk-webhook-invocation-id"
WINDOW = timedelta(minutes=5)
TICKET = "zen:ticket:"


def hints(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a delivery hints at; None when it was not signed with CX_ZENDESK_WEBHOOK_SECRET within the last five minutes."""
    secret = settings.get("webhook_secret", "")
    if not secret or not _genuine(secret, delivery):
        return None
    key = delivery.headers.get(INVOCATION) or delivery.headers[SIGNATURE]
    ticket = _ticket(_document(delivery.body))
    return Hint(key=f"zendesk:{key}"[:200], tickets=(ticket,) if ticket else ())


def _genuine(secret: str, delivery: Delivery) -> bool:
    stamp, told = delivery.headers.get(STAMP, ""), delivery.headers.get(SIGNATURE, "")
    signed = hmac.new(secret.encode(), stamp.encode(errors="replace") + delivery.body, hashlib.sha256).digest()
    if not hmac.compare_digest(b64encode(signed), told.encode(errors="replace")):
        return False
    try:
        at = instant(stamp)
    except Unreadable:
        return False
    return at is not None and abs(delivery.now - at) <= WINDOW


def _document(body: bytes) -> Json:
    try:
        return known(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _ticket(told: Json) -> str | None:
    """The ticket of an event, or of a message that an admin made by hand with {"ticket_id": "{{ticket.id}}"}."""
    subject = text_of(told.get("subject"))
    if subject.startswith(TICKET):
        return _number(subject.removeprefix(TICKET))
    inner = known(told.get("ticket"))
    names = (told.get("ticket_id"), inner.get("id"), known(told.get("detail")).get("id"))
    return next((number for each in names if (number := _number(each))), None)


def _number(value: Any) -> str | None:
    name = name_of(value)
    return name if name and name.isascii() and name.isdigit() and len(name) < 20 else None
