"""Webhooks of help desks: proved by a signature, or by a secret in the address or a header; read for nothing but names."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.desks.desk import Delivery, Hint
from bot.desks.fields import Json, known, name_of, objects, text_of, whole

HINTS = "hints"
SECRET_HEADER = "x-webhook-secret"  # noqa: S105 (the name of a header)
HUBSPOT_SIGNATURE, HUBSPOT_STAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
HELPSCOUT_SIGNATURE = "x-helpscout-signature"
HUB_SIGNATURE = "x-hub-signature"
CHATWOOT_SIGNATURE, CHATWOOT_STAMP = "x-chatwoot-signature", "x-chatwoot-timestamp"
FRONT_SIGNATURE, FRONT_STAMP, FRONT_CHALLENGE = "x-front-signature", "x-front-request-timestamp", "x-front-challenge"
CONVERSATION = re.compile(r"cnv_[0-9a-z]{1,26}", re.ASCII)
WINDOW = timedelta(minutes=5)
LONGEST, CHALLENGE = 30, 200
MOST = 100
"""HubSpot sends as many events at once."""
Read = Callable[[Mapping[str, str], Delivery], Hint | None]


def by_secret(slug: str, names: Callable[[Json], Iterable[Any]]) -> Read:
    """For a help desk that signs nothing: CX_<DESK>_WEBHOOK_SECRET must end the address, or come in a header: of its own, or as
    the password of `Authorization`. `names` finds what may be a ticket's id in the body."""

    def read(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
        secret = settings.get("webhook_secret", "")
        if not secret or not any(_same(secret, told) for told in _secrets(delivery)):
            return None
        return Hint(key=_key(slug, delivery), tickets=_tickets(names(known(_document(delivery.body)))))

    return read


def helpscout_hints(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a webhook of Help Scout hints at: signed with the secret that its maker chose."""
    secret = settings.get("webhook_secret", "")
    signed = b64encode(hmac.new(secret.encode(), delivery.body, hashlib.sha1).digest()).decode()  # It knows no other.
    if not secret or not _same(signed, delivery.headers.get(HELPSCOUT_SIGNATURE, "")):
        return None
    return Hint(key=_key("helpscout", delivery), tickets=_tickets([known(_document(delivery.body)).get("id")]))


def hubspot_hints(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a webhook of HubSpot hints at: signed by the app's client secret together with the address as HubSpot knows it, which
    CX_HUBSPOT_WEBHOOK_URL tells: behind a proxy nothing else does."""
    secret, address = settings.get("webhook_secret", ""), settings.get("webhook_url", "").strip()
    stamp = delivery.headers.get(HUBSPOT_STAMP, "")
    signed = hmac.new(
        secret.encode(), b"POST" + address.encode() + delivery.body + stamp.encode(errors="replace"), hashlib.sha256
    )
    if not secret or not address or not _same(b64encode(signed.digest()).decode(), delivery.headers.get(HUBSPOT_SIGNATURE, "")):
        return None
    if not _is_recent(stamp, delivery, per_second=1000):
        return None
    told = _document(delivery.body)
    events = list(objects(told if isinstance(told, list) else [told]))[:MOST]
    about = [each.get("objectId") for each in events if text_of(each.get("subscriptionType")).startswith("ticket.")]
    return Hint(key=_key("hubspot", delivery), tickets=_tickets(about))


def by_hub(slug: str, method: str, names: Callable[[Json], Iterable[Any]]) -> Read:
    """For a help desk that signs the body as WebSub does, by a `method` such as sha256: `X-Hub-Signature: sha256=...`."""

    def read(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
        secret = settings.get("webhook_secret", "")
        signed = f"{method}={hmac.new(secret.encode(), delivery.body, method).hexdigest()}"
        if not secret or not _same(signed, delivery.headers.get(HUB_SIGNATURE, "")):
            return None
        return Hint(key=_key(slug, delivery), tickets=_tickets(names(known(_document(delivery.body)))))

    return read


def chatwoot_hints(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a webhook of Chatwoot hints at: newer releases sign it, to older ones the secret is given in the address."""
    signature, stamp = delivery.headers.get(CHATWOOT_SIGNATURE), delivery.headers.get(CHATWOOT_STAMP, "")
    if signature is None:
        return by_secret("chatwoot", _chatwoot_names)(settings, delivery)
    secret = settings.get("webhook_secret", "")
    signed = hmac.new(secret.encode(), f"{stamp}.".encode(errors="replace") + delivery.body, hashlib.sha256).hexdigest()
    if not secret or not _same(f"sha256={signed}", signature) or not _is_recent(stamp, delivery):
        return None
    return Hint(key=_key("chatwoot", delivery), tickets=_tickets(_chatwoot_names(known(_document(delivery.body)))))


def _chatwoot_names(told: Json) -> Iterable[Any]:
    """The conversation a message is in, or the one that the event is about."""
    own = told.get("id") if text_of(told.get("event")).startswith("conversation_") else None
    return (known(told.get("conversation")).get("id"), own, told.get("ticket_id"))


def front_hints(settings: Mapping[str, str], delivery: Delivery) -> Hint | None:
    """What a webhook of Front hints at: an app's, signed with the instant, or a rule's, signed without one. Front wants its
    challenge back before it sends anything to an address."""
    secret, told = settings.get("webhook_secret", ""), delivery.headers.get(FRONT_SIGNATURE, "")
    stamp = delivery.headers.get(FRONT_STAMP)
    if stamp is None:
        signed = hmac.new(secret.encode(), delivery.body, hashlib.sha1)  # A rule's webhook knows no other.
    else:
        signed = hmac.new(secret.encode(), f"{stamp}:".encode(errors="replace") + delivery.body, hashlib.sha256)
    if not secret or not _same(b64encode(signed.digest()).decode(), told):
        return None
    if stamp is not None and not _is_recent(stamp, delivery, per_second=1000):
        return None
    document = known(_document(delivery.body))
    event = known(document.get("payload")) or document
    name = text_of(known(event.get("conversation")).get("id"))
    reply = delivery.headers.get(FRONT_CHALLENGE, "")[:CHALLENGE]
    return Hint(key=_key("front", delivery), tickets=(name,) if CONVERSATION.fullmatch(name) else (), reply=reply)


def jira_names(told: Json) -> Iterable[Any]:
    """Jira names the issue by number and key; ours is the number."""
    return (known(told.get("issue")).get("id"),)


def freshdesk_names(told: Json) -> Iterable[Any]:
    """Freshdesk wraps what an automation sends; an admin may write a body of their own."""
    return (known(told.get("freshdesk_webhook")).get("ticket_id"), told.get("ticket_id"), known(told.get("ticket")).get("id"))


def plain_names(told: Json) -> Iterable[Any]:
    """Where others keep a ticket's id."""
    return (told.get("ticket_id"), known(told.get("ticket")).get("id"), known(told.get("object")).get("id"), told.get("id"))


def _secrets(delivery: Delivery) -> Iterable[str]:
    yield delivery.secret
    yield delivery.headers.get(SECRET_HEADER, "")
    kind, _, proof = delivery.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        yield proof
    elif kind.lower() == "basic":
        try:
            yield b64decode(proof.encode(errors="replace"), validate=True).decode(errors="replace").partition(":")[2]
        except ValueError:
            return


def _is_recent(stamp: str, delivery: Delivery, *, per_second: int = 1) -> bool:
    """Whether a signed instant since 1970 lies within five minutes of now: what was signed once is not good for ever."""
    at = whole(stamp)
    return at is not None and abs(delivery.now.timestamp() - at / per_second) <= WINDOW.total_seconds()


def _same(wanted: str, told: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(wanted.encode(), told.encode(errors="replace"))


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return {}


def _key(slug: str, delivery: Delivery) -> str:
    """The same body twice within a minute is one delivery: none of these sends a name of its own with each."""
    return f"{slug}:{hashlib.sha256(delivery.body).hexdigest()[:40]}:{int(delivery.now.timestamp()) // 60}"


def _tickets(names: Iterable[Any]) -> tuple[str, ...]:
    found = (name for each in names if (name := name_of(each)) and name.isascii() and name.isdigit() and len(name) <= LONGEST)
    return tuple(dict.fromkeys(found))
