"""The form of a digest, and what its buttons on the Home tab do: edit, pause, send now, end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from bot.clock import iso
from bot.errors import BadRequest, CxError, NotAllowed
from bot.kpis.query import filters_of
from bot.slots import BUSINESS_DAYS, EVERY_DAY
from bot.store.ledger import write_audit
from bot.store.subscriptions import cadence_of, subscribe
from bot.store.tables import Subscription
from bot.views import form
from bot.views.buttons import ADD_TO_DIGEST
from bot.views.home import EDIT_DIGEST, END_DIGEST, NEW_DIGEST, PAUSE_DIGEST, SEND_DIGEST
from bot.views.subscribed import rhythm_words
from commands.cadences import SCOPES, Wish
from commands.command import Action, Asker, Click, Place, Reply
from commands.hints import refused
from commands.keeping import asked_before
from commands.rights import admit
from commands.subscribe import admit_posting, row_of, wished

SAVED, TITLE = "digest_saved", "Digest"
RHYTHMS = {
    "daily": "Every day", "weekdays": "Monday to Friday", "weekly": "Every Monday", "monthly": "On the first of the month",
}  # fmt: skip
ALSO = {"always": "Post the whole page even when nothing changed", "page": "As one picture to pass on"}
BY_HAND = "Paused by hand."


def open_new(click: Click) -> Reply:
    """An empty form: weekdays at nine, to oneself."""
    try:
        admit(click.asker)
    except CxError as error:
        return refused(error)
    return Reply(modal=_form({"rhythm": "weekdays", "at": "09:00"}, ""))


def open_edit(click: Click) -> Reply:
    """The form of a digest as it is."""
    try:
        row = _own(click, click.value)
    except CxError as error:
        return refused(error)
    return Reply(modal=_form(_values(row), str(row.id)))


def open_with(click: Click) -> Reply:
    """The form of a new digest with the number of an answer in it, for the tickets it was about."""
    try:
        admit(click.asker)
        kpi, query = asked_before(click.session, click.value)
    except CxError as error:
        return refused(error)
    scope = (str(one) for one in query.filters if not one.op and one.dimension in SCOPES)
    return Reply(modal=_form({"rhythm": "weekdays", "at": "09:00", "more": " ".join((kpi.slug, *scope))}, ""))


def save(click: Click) -> Reply:
    """Keep a submitted digest by the same rules as what is typed; a field that cannot be is marked."""
    given = form.entered(click.state)
    try:
        row = _own(click, click.metadata) if click.metadata else None
        place = row.channel_id if row is not None else ""
        wish = wished(click, _said(given), place=place)
        if wish.channel_id != place:
            _admit_place(click.asker, wish)
        wanted = row_of(click, wish)
        _replace(click, row, wanted)
    except NotAllowed as error:
        return Reply(errors={"place": error.sentence()})
    except CxError as error:
        return Reply(errors={"more": error.sentence()})
    kept, _ = subscribe(click.session, wanted)
    detail = {"channel": kept.channel_id, "key": kept.spec_key, "cadence": dict(kept.cadence), "spec": dict(kept.spec)}
    write_audit(click.session, click.asker.user_id, "subscription.changed" if row else "subscription.added", detail, click.now)
    return Reply(shows_home=True)


def _admit_place(asker: Asker, wish: Wish) -> None:
    """Raises NotAllowed where nothing can be posted, also while we are not there: a form says it at its field or never."""
    admit_posting(asker, wish)
    if not asker.places.get(wish.channel_id, Place()).bot_is_there:
        raise NotAllowed("I am not in that channel.", next_step="Type /invite @cx there, then save again.")


def pause(click: Click) -> Reply:
    """Pause a digest, or wake it; what fell due meanwhile was not missed."""
    try:
        row = _own(click, click.value)
    except CxError as error:
        return refused(error)
    row.enabled = not row.enabled
    row.paused_reason = None if row.enabled else BY_HAND
    row.seen_until = max(row.seen_until, click.now) if row.enabled else row.seen_until
    click.session.add(row)
    _noted(click, row, "subscription.resumed" if row.enabled else "subscription.paused")
    return Reply(shows_home=True)


def send_now(click: Click) -> Reply:
    """Have a digest made at once, beside its rhythm; the clock's next beat does it."""
    try:
        row = _own(click, click.value)
    except CxError as error:
        return refused(error)
    row.spec = {**row.spec, "now": iso(click.now)}
    click.session.add(row)
    _noted(click, row, "subscription.sent")
    return Reply(shows_home=True)


def end(click: Click) -> Reply:
    """Remove a digest."""
    try:
        row = _own(click, click.value)
    except CxError as error:
        return refused(error)
    _noted(click, row, "subscription.removed")
    click.session.delete(row)
    return Reply(shows_home=True)


def _own(click: Click, number: str) -> Subscription:
    """The digest of a button. Raises BadRequest when it is gone, NotAllowed when it is somebody else's."""
    admit(click.asker)
    known = number.isascii() and number.isdigit() and len(number) < 19
    row = click.session.get(Subscription, int(number)) if known else None
    if row is None or row.kind != "digest":
        raise BadRequest("This digest has been ended.", next_step="`/cx list` shows those that there are.")
    if not click.asker.is_admin and click.asker.user_id not in (row.owner, row.channel_id):
        raise NotAllowed("This digest is somebody else's.", next_step="Ask its owner, or an admin.")
    return row


def _said(given: Mapping[str, str]) -> str:
    """The form in the words that `/cx subscribe` takes."""
    also, rhythm = form.several(given.get("also", "")), given.get("rhythm", "")
    if not rhythm or not given.get("at"):
        raise BadRequest("Say when.", next_step="Choose a rhythm and a time.")
    every = {"weekdays": "daily weekdays", "weekly": "weekly monday"}.get(rhythm, rhythm)
    channel = given.get("place", "")
    where = f"<#{channel}>" if channel.startswith(("C", "G")) else "me"
    return " ".join(
        part for part in (every, given.get("at", ""), where, given.get("zone", ""), given.get("more", ""), *also) if part
    )


def _replace(click: Click, row: Subscription | None, wanted: Subscription) -> None:
    """Make room for a changed digest: its row goes on under its new key, so that nothing is posted twice for the change."""
    if row is None:
        return
    same = (col(Subscription.channel_id) == wanted.channel_id, col(Subscription.spec_key) == wanted.spec_key)
    other = click.session.exec(select(Subscription.id).where(col(Subscription.kind) == row.kind, *same)).first()
    if other is not None and other != row.id:
        raise BadRequest("There is such a digest in that place already.", next_step="Edit that one, or choose other numbers.")
    row.channel_id, row.spec_key = wanted.channel_id, wanted.spec_key
    row.seen_until = max(row.seen_until, click.now)
    click.session.add(row)
    click.session.flush()


def _values(row: Subscription) -> dict[str, str]:
    cadence = cadence_of(row.cadence)
    words = rhythm_words(cadence)
    rhythm = {EVERY_DAY: "daily", BUSINESS_DAYS: "weekdays", frozenset({0}): "weekly"}.get(cadence.weekdays, "")
    rhythm = ("monthly" if cadence.month_day == 1 else "") if cadence.month_day is not None else rhythm
    plain = " ".join(part for part in words.split() if ":" not in part)
    more = [*map(str, row.spec.get("kpis") or ()), *map(str, filters_of(row.spec.get("filters") or ()))]
    return {
        "rhythm": rhythm or plain,
        "at": row.cadence["at"],
        "place": row.channel_id if row.channel_id.startswith(("C", "G")) else "",
        "zone": row.zone,
        "more": " ".join(more),
        "also": ",".join(name for name in ALSO if row.spec.get(name)),
    }


def _form(told: Mapping[str, str], number: str) -> dict[str, Any]:
    blocks = (
        form.choice("rhythm", "When", RHYTHMS, told.get("rhythm", "")),
        form.clock("at", "At", told.get("at", "09:00")),
        form.typed("zone", "Time zone", told.get("zone", ""), example="Europe/Berlin", optional=True),
        form.place("place", "Where", told.get("place", ""), hint="Nowhere chosen: to you alone."),
        form.typed(
            "more", "Numbers and scope", told.get("more", ""), example="backlog frt csat team:billing", optional=True,
            hint="Empty: the usual numbers of all of support. agent:me for your own.",
        ),
        form.ticks("also", "Also", ALSO, form.several(told.get("also", ""))),
    )  # fmt: skip
    return form.form(SAVED, TITLE, blocks, submit="Save" if number else "Subscribe", metadata=number)


def _noted(click: Click, row: Subscription, action: str) -> None:
    detail = {"channel": row.channel_id, "key": row.spec_key}
    write_audit(click.session, click.asker.user_id, action, detail, click.now)


ACTIONS: tuple[Action, ...] = (
    Action(action=NEW_DIGEST, says="Opens the form of a new digest.", run=open_new),
    Action(action=ADD_TO_DIGEST, says="Opens the form of a digest with a number.", run=open_with),
    Action(action=EDIT_DIGEST, says="Opens the form of a digest.", run=open_edit),
    Action(action=SAVED, says="Keeps a digest.", run=save, writes=True),
    Action(action=PAUSE_DIGEST, says="Pauses a digest, or wakes it.", run=pause, writes=True),
    Action(action=SEND_DIGEST, says="Sends a digest now.", run=send_now, writes=True),
    Action(action=END_DIGEST, says="Ends a digest.", run=end, writes=True),
)
