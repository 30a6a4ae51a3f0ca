"""`/cx subscribe`, `/cx unsubscribe` and `/cx list`: the digests that channels and people get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select

from bot.errors import CxError, NotAllowed
from bot.kpis.council import forbid
from bot.kpis.dimensions import dimension, keys_of
from bot.kpis.query import Filter, filters_json, filters_of
from bot.kpis.quiet_hours import muted_until
from bot.slots import next_slot
from bot.store.ledger import write_audit
from bot.store.subscriptions import cadence_json, cadence_of, in_force, subscribe, unsubscribe
from bot.store.tables import Subscription
from bot.views.blocks import TEXT, Block, clip_mrkdwn, escape, header, one_line, section
from bot.views.message import Message
from bot.views.say import instant_text
from bot.views.subscribed import reason_words, rhythm_words
from commands.cadences import EXAMPLE, Wish, read_wish
from commands.command import Ask, Asker, Click, Command, Place, Reply
from commands.grammar import scoped
from commands.hints import hint, refused
from commands.rights import about_agents, admit, permitted
from commands.subscribe_meeting import meeting

KIND = "digest"
MOST = 20


def add(ask: Ask) -> Reply:
    """Keep a subscription. Asking twice changes nothing but the time."""
    try:
        admit(ask.asker)
        if not ask.text.strip():
            return hint("Say when, and where if not here.", f"Such as `/cx {EXAMPLE}`; *list* shows what there is.", ("list",))
        wish = wished(ask, ask.text)
        admit_posting(ask.asker, wish)
    except CxError as error:
        return refused(error)
    row, is_new = subscribe(ask.session, row_of(ask, wish))
    write_audit(ask.session, ask.asker.user_id, "subscription.added", _detail(row), ask.now)
    first = next_slot(in_force(ask.session, row), ZoneInfo(row.zone), after=ask.now)
    when = f" The first comes {instant_text(first.due_at, row.zone)}." if first is not None else ""
    done = "Done" if is_new else "Changed"
    others = meeting(ask.session, row, wish, _where(ask, wish), ask.now)
    ends = f"`/cx unsubscribe {_undo(ask, wish)}` ends it."
    return _said(f"{done}: {words_of(row)}.{escape(when)}{_invitation(ask, wish)}\n{ends}{others}{_narrower(ask, wish)}")


def _invitation(ask: Ask, wish: Wish) -> str:
    """Better said now than found out when the first one is due."""
    if wish.channel_id == ask.asker.channel_id:
        where, absent = "this channel", not ask.asker.bot_is_here
    else:
        where, absent = _place(wish.channel_id), not ask.asker.places.get(wish.channel_id, Place()).bot_is_there
    return f"\n:warning: I am not in {where}: type `/invite @cx` there, or nothing can be posted." if absent else ""


def _narrower(ask: Ask, wish: Wish) -> str:
    """How who leads a team gets that alone, and an agent their own numbers, where they asked for themselves."""
    if wish.channel_id != ask.asker.user_id or wish.filters or wish.page:
        return ""
    if ask.asker.leads:
        whose, scope = "your team", str(Filter(dimension="team", values=ask.asker.leads[:1]))
    elif ask.asker.agent_id is not None and not ask.workspace.works_council:
        whose, scope = "your own numbers", "agent:me"
    else:
        return ""
    return f"\nFor {whose} alone: `/cx subscribe {wish.rhythm or 'daily'} {wish.cadence.at:%H:%M} me {escape(scope)}`."


def remove(ask: Ask) -> Reply:
    """End what the same words began; without a rhythm, every digest of the place."""
    try:
        admit(ask.asker)
        wish = wished(ask, ask.text)
    except CxError as error:
        return refused(error)
    narrow = wish.rhythm is not None or bool(wish.kpis or wish.filters)
    count = _remove_one(ask, wish) if narrow else unsubscribe(ask.session, KIND, wish.channel_id)
    if not count:
        return hint("There is no such digest here.", "*list* shows what there is.", ("list",))
    detail = {"channel": wish.channel_id, "key": wish.key if narrow else None, "count": count}
    write_audit(ask.session, ask.asker.user_id, "subscription.removed", detail, ask.now)
    return _said(f"Done: {count} {'digest' if count == 1 else 'digests'} ended in {_place(wish.channel_id)}.")


def wished(ask: Ask | Click, text: str, *, place: str = "") -> Wish:
    """A schedule in words, with what it is narrowed to as the store spells it; `place` is where it is now, if anywhere.

    Raises BadRequest, and NotAllowed where the place or the numbers are not the asker's."""
    wish = read_wish(text, ask.asker)
    if place and (wish.channel_id == place or (wish.channel_id == ask.asker.user_id and is_person(place))):
        wish = replace(wish, channel_id=place)
    else:
        _admit_place(ask.asker, wish)
    return replace(wish, filters=_narrowed(ask, wish))


def _narrowed(ask: Ask | Click, wish: Wish) -> tuple[Filter, ...]:
    for one in wish.filters:
        if set(one.values) & {"me", "myself"}:
            continue
        for value in one.values:
            keys_of(ask.session, dimension(one.dimension), value)
    forbid(ask.workspace, (), wish.filters)
    query = permitted(ask.session, scoped(wish.filters, ask.now, ask.workspace), ask.asker)
    if about_agents(query) and wish.channel_id not in (ask.asker.user_id, *ask.workspace.named_channels):
        step = "Say *me* to get them yourself."
        raise NotAllowed("Numbers of single agents are not posted to this channel.", next_step=step)
    return query.filters


def show_list(ask: Ask) -> Reply:
    """The digests of this place and the asker's own; all of them for an admin."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    if ask.text.strip():
        return hint("*list* takes no words.", "It shows the digests here and your own.", ("list",))
    mine = or_(
        col(Subscription.channel_id).in_((ask.asker.channel_id, ask.asker.user_id)), col(Subscription.owner) == ask.asker.user_id
    )
    query = select(Subscription).order_by(col(Subscription.channel_id), col(Subscription.id))
    rows = ask.session.exec(query if ask.asker.is_admin else query.where(mine)).all()
    if not rows:
        return hint("There is no digest here yet.", f"Get one: `/cx {EXAMPLE}`.")
    return _listed(ask, rows)


def _listed(ask: Ask, rows: Sequence[Subscription]) -> Reply:
    lines = [f"{words_of(row)}{_next(ask, row)}" for row in rows[:MOST]]
    more = [f"and {len(rows) - MOST} more"] if len(rows) > MOST else []
    until = muted_until(ask.workspace.mutes, ask.asker.channel_id, ask.now)
    muted = [f"Muted here until {escape(instant_text(until, ask.workspace.zone))}; `/cx unmute` ends it."] if until else []
    text = clip_mrkdwn("\n".join([*muted, *lines, *more]), 2_900)
    blocks: tuple[Block, ...] = (header("Digests", "list:title"), section(text, "list:lines"))
    return Reply(message=Message(text=clip_mrkdwn(f"Digests\n{text}", TEXT), blocks=blocks))


def _next(ask: Ask, row: Subscription) -> str:
    if not row.enabled:
        why = reason_words(row.paused_reason)
        return f", paused{f': {escape(one_line(why, 100))}' if why else ''}"
    slot = next_slot(in_force(ask.session, row), ZoneInfo(row.zone), after=ask.now)
    return f", next {instant_text(slot.due_at, row.zone)}" if slot is not None else ""


def _admit_place(asker: Asker, wish: Wish) -> None:
    """Another channel is not everybody's business."""
    if wish.channel_id not in (asker.channel_id, asker.user_id) and not asker.is_admin:
        raise NotAllowed("Only admins can do this for another channel.", next_step="Type the command there, with *here*.")


def admit_posting(asker: Asker, wish: Wish) -> None:
    """Another channel may be archived, or others may read along. Raises NotAllowed where nothing may ever be posted."""
    place = asker.places.get(wish.channel_id, Place())
    if place.missing:
        step = "If it is private, type `/invite @cx` in it first, then this again."
        raise NotAllowed("I cannot see that channel, so nothing can be posted there.", next_step=step)
    if not place.known:
        raise NotAllowed("Slack does not say now who reads along in that channel.", next_step="Try again in a minute.")
    if place.archived:
        raise NotAllowed("That channel is archived, so nothing can be posted there.", next_step="Choose another channel.")
    if place.shared:
        raise NotAllowed(
            "That channel is shared with another company, so no numbers are posted there.",
            next_step="Choose a channel of your own.",
        )


def _remove_one(ask: Ask, wish: Wish) -> int:
    where = (
        col(Subscription.kind) == KIND,
        col(Subscription.channel_id) == wish.channel_id,
        col(Subscription.spec_key) == wish.key,
    )
    rows = ask.session.exec(select(Subscription).where(*where)).all()
    for row in rows:
        ask.session.delete(row)
    return len(rows)


def row_of(ask: Ask | Click, wish: Wish) -> Subscription:
    """A subscription in the zone that was named, else, for oneself, one's own, else the workspace's."""
    own = ask.asker.zone if wish.channel_id == ask.asker.user_id else ""
    spec: dict[str, Any] = {
        "kpis": list(wish.kpis), "always": wish.always, "filters": filters_json(wish.filters), "page": wish.page,
    }  # fmt: skip
    return Subscription(
        kind=KIND,
        channel_id=wish.channel_id,
        spec_key=wish.key,
        spec={name: value for name, value in spec.items() if value},
        cadence=cadence_json(wish.cadence),
        zone=wish.zone or own or ask.workspace.zone,
        owner=ask.asker.user_id,
        created_at=ask.now,
        seen_until=ask.now,
    )


def _detail(row: Subscription) -> dict[str, object]:
    return {"channel": row.channel_id, "key": row.spec_key, "cadence": dict(row.cadence), "spec": dict(row.spec)}


def _undo(ask: Ask, wish: Wish) -> str:
    page = "page" if wish.page else ""
    return " ".join(
        part for part in (wish.rhythm or "daily", *wish.kpis, *map(str, wish.filters), page, _where(ask, wish)) if part
    )


def _where(ask: Ask, wish: Wish) -> str:
    return {ask.asker.channel_id: "here", ask.asker.user_id: "me"}.get(wish.channel_id, f"<#{wish.channel_id}>")


def words_of(row: Subscription) -> str:
    """`daily 09:00 on weekdays, Europe/Berlin, in #support`, as mrkdwn."""
    kpis, narrowed = row.spec.get("kpis"), " ".join(map(str, filters_of(row.spec.get("filters") or ())))
    only = f" with {', '.join(map(str, kpis))}" if kpis else ""
    more = f"{only}{f' for {narrowed}' if narrowed else ''}{' as one page' if row.spec.get('page') else ''}"
    return f"*{row.kind}* {rhythm_words(cadence_of(row.cadence))}, {escape(row.zone)}, {_place(row.channel_id)}{escape(more)}"


def _place(channel_id: str) -> str:
    return f"<@{channel_id}>" if is_person(channel_id) else f"<#{channel_id}>"


def is_person(channel_id: str) -> bool:
    """Whether a digest goes to a person, and not to a channel."""
    return channel_id.startswith(("U", "W"))


def _said(text: str) -> Reply:
    return Reply(message=Message(text=text, blocks=(section(text, "subscription:done"),)))


SUBSCRIBE = Command(
    word="subscribe",
    usage="/cx subscribe daily 09:00 [here|#channel|me] [weekdays] [numbers] [team:x]",
    says="Posts a digest regularly; weekly and monthly too.",
    run=add,
    writes=True,
)
UNSUBSCRIBE = Command(
    word="unsubscribe",
    usage="/cx unsubscribe daily [here|#channel|me]",
    says="Ends a digest.",
    run=remove,
    writes=True,
)
LIST = Command(word="list", usage="/cx list", says="Shows the digests here and your own.", run=show_list, also=("subscriptions",))
