"""Brings a reply back: in the acknowledgement, through the response URL, as a modal, or as a message that must arrive."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.app.payloads import Press, Where
from bot.app.wiring import Wiring
from bot.slack.no_charts import owned_up, tell_admins
from bot.slack.outcomes import Outcome, OutcomeKind
from bot.slack.pictures import UNPROCESSED_WAITS_S, has_new, shows_pictures, simpler, with_pictures
from bot.store.outbox import Letter, enqueue
from bot.store.workspace import read_workspace
from bot.views.message import Message, pictured
from commands.command import Reply

log = logging.getLogger("cx.app")

# A response URL takes five calls in all: one, two waits for a picture, and the two simplest forms.
WAITS_S = (1.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to one person: one call of it, what it says of content it does not take, and how long a picture is waited for."""

    send: Callable[[Mapping[str, Any]], Outcome]
    refused: frozenset[str]
    waits_s: Sequence[float]


def words(message: Message) -> dict[str, Any]:
    """A message as a payload, its pictures still placeholders."""
    return {"text": message.text, "blocks": list(message.blocks)} if message.blocks else {"text": message.text}


def letter(wiring: Wiring, message: Message, *, key: str, channel_id: str, thread_ts: str | None = None) -> Letter:
    """A reply that everybody may read, as a row of the outbox, with its charts drawn."""
    thread = {"thread_ts": thread_ts} if thread_ts else {}
    message = pictured(message) if wiring.slack.tolerance.refuses else message
    return Letter(
        dedupe_key=key, kind="reply", channel_id=channel_id, payload=words(message) | thread, files=tuple(_drawn(wiring, message))
    )


def post(wiring: Wiring, message: Message, where: Where, *, channel_id: str = "") -> None:
    """Keep a message for posting where the deed was done, or to one person; the sender does the rest."""
    kept = letter(
        wiring, message, key=f"reply:{where.once}", channel_id=channel_id or where.channel_id, thread_ts=where.thread_ts
    )
    with wiring.store.writing() as session:
        enqueue(session, kept, wiring.now())


def whisper(wiring: Wiring, where: Where, message: Message, *, replaces: bool = False) -> None:
    """Show a message to one person: through the response URL, else as an ephemeral message, else in private.

    Runs after the acknowledgement, so that drawing and uploading keep nobody waiting."""
    message = pictured(message) if wiring.slack.tolerance.refuses else message
    manner = {"replace_original": True} if replaces else {"response_type": "ephemeral", "replace_original": False}
    payload = with_pictures(words(message), _uploaded(wiring, message))
    if where.response_url:
        way = Way(
            send=lambda form: wiring.slack.respond(where.response_url, form),
            refused=frozenset({"response_url_400", "response_url_500"}),
            waits_s=WAITS_S,
        )
        outcome = _tell(wiring, where, payload | manner, lambda: _with_ours(wiring, message) | manner, way)
        if outcome.kind in (OutcomeKind.POSTED, OutcomeKind.UNKNOWN):
            return
    _tell_otherwise(wiring, where, message, payload)


def open_modal(wiring: Wiring, pressed: Press, view: Mapping[str, Any]) -> Outcome:
    """Show a view: in the place of the modal that was pressed, or as a new one."""
    if pressed.view_type == "modal" and pressed.view_id:
        return wiring.slack.post("views.update", {"view_id": pressed.view_id, "view": view})
    return wiring.slack.open_view(pressed.where.trigger_id, view)


def dismiss(wiring: Wiring, where: Where) -> None:
    """Take the message away that was pressed."""
    wiring.slack.respond(where.response_url, {"delete_original": True})


def is_plain(reply: Reply) -> bool:
    """Whether the reply fits into an acknowledgement: seen by the asker alone, nothing to upload."""
    return reply.message is not None and not reply.public and not reply.message.charts and reply.modal is None


def _with_ours(wiring: Wiring, message: Message) -> dict[str, Any]:
    """The message with pictures of ours in the place of Slack's charts; the same message where it has none."""
    ours = pictured(message)
    return with_pictures(words(ours), _uploaded(wiring, ours))


def _tell(wiring: Wiring, where: Where, payload: Mapping[str, Any], ours: Callable[[], dict[str, Any]], way: Way) -> Outcome:
    """Slack's own charts give way to `ours`, and a picture it has not looked at yet is waited for, then left out."""
    whole = payload = wiring.slack.tolerance.fit(payload)
    outcome = way.send(payload)
    if outcome.error in way.refused and has_new(payload) and not shows_pictures(payload):
        payload = ours()
        outcome = way.send(payload)
    waits = iter(way.waits_s if shows_pictures(payload) else ())
    forms = iter(list(simpler(payload))[-2 if payload is whole else -1 :])
    while outcome.error in way.refused:
        wait = next(waits, None)
        if wait is not None:
            wiring.sleep(wait)
        elif (form := next(forms, None)) is not None:
            payload = form
        else:
            break
        outcome = way.send(payload)
    if outcome.ok and wiring.slack.tolerance.learn(whole, payload):
        _tell_admins(wiring, where)
    return outcome


def _tell_admins(wiring: Wiring, where: Where) -> None:
    """Where no admin is known, whoever asked hears it."""
    with wiring.store.writing() as session:
        admins = {*read_workspace(session, wiring.workspace()).admins, *wiring.settings.admins}
        tell_admins(session, admins or {where.user_id}, wiring.now())


def _tell_otherwise(wiring: Wiring, where: Where, message: Message, payload: dict[str, Any]) -> None:
    """The same message with its chart, where the response URL has run out or takes nothing."""
    if where.channel_id:
        to = {"channel": where.channel_id, "user": where.user_id}
        charted = bool(message.charts or message.instead)
        way = Way(
            send=lambda form: wiring.slack.post("chat.postEphemeral", (owned_up(form) if charted else dict(form)) | to),
            refused=frozenset({"invalid_blocks", "invalid_attachments"}),
            waits_s=UNPROCESSED_WAITS_S,
        )
        if _tell(wiring, where, payload, lambda: _with_ours(wiring, message), way).ok:
            return
    log.info("answering in private", extra={"user": where.user_id})
    post(wiring, message, where, channel_id=where.user_id)


def _drawn(wiring: Wiring, message: Message) -> Iterable[dict[str, Any]]:
    for number, chart in enumerate(message.charts):
        png = wiring.draw(chart)
        if png is not None:
            name = f"chart-{number + 1}.png"
            yield {
                "slot": f"chart:{number}",
                "name": name,
                "alt": chart.alt,
                "png": base64.b64encode(png).decode(),
                "file_id": "",
            }


def _uploaded(wiring: Wiring, message: Message) -> dict[str, str]:
    """The ids of the uploaded charts; a chart that cannot be drawn or uploaded is missing, its numbers stand in the text."""
    found: dict[str, str] = {}
    for file in _drawn(wiring, message):
        uploaded = wiring.slack.upload(name=file["name"], alt=file["alt"], png=base64.b64decode(file["png"]))
        if uploaded.ok:
            found[file["slot"]] = str(uploaded.body["file"]["id"])
    return found
