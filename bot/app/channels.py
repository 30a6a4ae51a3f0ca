"""What events say about channels, kept: a closed one pauses what is posted there, a moved one takes everything along."""

from __future__ import annotations

from bot.app.payloads import Where
from bot.app.wiring import Wiring
from bot.store.channels import move_channel
from bot.store.ledger import first_delivery
from jobs.losses import close_channel

REASONS = {"archive": "is_archived", "deleted": "channel_not_found", "left": "not_in_channel"}


def closed(wiring: Wiring, where: Where, event: str) -> None:
    """Nothing more is posted to a channel; the event may come twice and tells once."""
    wiring.slack.forget(where.channel_id)
    reason = REASONS[event.rpartition("_")[2]]
    with wiring.store.writing() as session:
        if first_delivery(session, where.once, wiring.now()):
            close_channel(session, where.channel_id, reason, where.once, wiring.now())


def moved(wiring: Wiring, old: str, new: str) -> None:
    """Everything that names the old id names the new one; doing it twice does it once."""
    wiring.slack.forget(old)
    wiring.slack.forget(new)
    with wiring.store.writing() as session:
        move_channel(session, old, new)
