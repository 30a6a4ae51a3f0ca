"""`/cx cost 50000 EUR for Oct` and `/cx customers 100 joined 15 lost 10 for Q3`: what no help desk knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlmodel import col, select

from bot.errors import BadRequest, CxError
from bot.store.ledger import write_audit
from bot.store.tables import Cost, CustomerCount
from bot.views.blocks import Block
from bot.views.entry_form import ENTER_COST, ENTER_CUSTOMERS, door
from bot.views.say import money_text
from bot.windows import dates
from commands.command import Ask, Command, Reply
from commands.entering import Counts, Entry, read_cents, read_channel, read_counts, read_entry
from commands.hints import hint, hint_message, refused
from commands.rights import admit_admin

COST_EXAMPLE = "cost 50000 for Oct"
CUSTOMERS_EXAMPLE = "customers 100 joined 15 lost 10 for Q3"
SHOWN = 6


def enter_cost(ask: Ask) -> Reply:
    """Keep what support cost over some days, or replace or remove what was entered for the same days."""
    try:
        admit_admin(ask.asker)
        return keep_cost(ask) if ask.text.strip() else _last_costs(ask)
    except CxError as error:
        return refused(error)


def keep_cost(ask: Ask) -> Reply:
    """Keep what is said of costs; whoever asks may. Raises BadRequest and BadPeriod."""
    entry = read_entry(ask, COST_EXAMPLE)
    channel, said = read_channel(entry.said)
    touching = (col(Cost.channel) == channel, col(Cost.last_day) >= entry.first, col(Cost.first_day) <= entry.last)
    rows = ask.session.exec(select(Cost).where(*touching).order_by(col(Cost.first_day))).all()
    if entry.removes:
        return _remove(ask, "cost", entry, rows)
    cents = read_cents(said, ask.workspace.currency, COST_EXAMPLE)
    _same_days(entry, rows)
    row = rows[0] if rows else Cost(first_day=entry.first, last_day=entry.last, channel=channel, amount_cents=cents)
    before = _cost_words(row) if rows else ""
    row.amount_cents, row.currency = cents, ask.workspace.currency
    ask.session.add(row)
    _audit(ask, "cost.entered", entry, {"cents": cents, "currency": row.currency, "channel": channel})
    return _kept(f"Cost of {entry.days}: {_cost_words(row)}", before, f"cost-per-ticket {entry.first} to {entry.last}")


def enter_customers(ask: Ask) -> Reply:
    """Keep how many customers there were, who joined and who left; or replace or remove that."""
    try:
        admit_admin(ask.asker)
        return keep_customers(ask) if ask.text.strip() else _last_customers(ask)
    except CxError as error:
        return refused(error)


def keep_customers(ask: Ask) -> Reply:
    """Keep what is said of customers; whoever asks may. Raises BadRequest and BadPeriod."""
    entry = read_entry(ask, CUSTOMERS_EXAMPLE)
    touching = select(CustomerCount).where(col(CustomerCount.last_day) >= entry.first, col(CustomerCount.first_day) <= entry.last)
    rows = ask.session.exec(touching.order_by(col(CustomerCount.first_day))).all()
    if entry.removes:
        return _remove(ask, "customers", entry, rows)
    counts = read_counts(entry.said, CUSTOMERS_EXAMPLE)
    _same_days(entry, rows)
    before = _count_words(rows[0]) if rows else ""
    row = rows[0] if rows else _count_row(entry, counts)
    row.at_start, row.joined, row.lost = counts.at_start, counts.joined, counts.lost
    ask.session.add(row)
    _audit(ask, "customers.entered", entry, {"at_start": row.at_start, "joined": row.joined, "lost": row.lost})
    return _kept(f"Customers of {entry.days}: {_count_words(row)}", before, f"churn {entry.first} to {entry.last}")


def _count_row(entry: Entry, counts: Counts) -> CustomerCount:
    return CustomerCount(
        first_day=entry.first, last_day=entry.last, at_start=counts.at_start, joined=counts.joined, lost=counts.lost
    )


def _same_days(entry: Entry, rows: Sequence[Cost | CustomerCount]) -> None:
    """Two entries that share a day would count it twice. Raises BadRequest."""
    other = next((row for row in rows if (row.first_day, row.last_day) != (entry.first, entry.last)), None)
    if other is not None:
        raise BadRequest(
            f"There is an entry for {dates(other.first_day, other.last_day)} already, which shares days with {entry.days}.",
            next_step="Enter the same days to replace it, or *remove* it first.",
        )


def _remove(ask: Ask, what: str, entry: Entry, rows: Sequence[Cost | CustomerCount]) -> Reply:
    exact = [row for row in rows if (row.first_day, row.last_day) == (entry.first, entry.last)]
    if not exact:
        return hint(f"Nothing is entered for {entry.days}.", f"`/cx {what}` shows the last entries.")
    for row in exact:
        ask.session.delete(row)
    _audit(ask, f"{what}.removed", entry, {"entries": len(exact)})
    return hint(f"Removed: {what} of {entry.days}.")


def _audit(ask: Ask, action: str, entry: Entry, detail: Mapping[str, object]) -> None:
    days = {"first": entry.first.isoformat(), "last": entry.last.isoformat()}
    write_audit(ask.session, ask.asker.user_id, action, {**days, **detail}, ask.now)


def _kept(says: str, before: str, try_this: str) -> Reply:
    return hint(f"{says}.", f"It was {before}." if before else "", (try_this,))


def _last_costs(ask: Ask) -> Reply:
    rows = ask.session.exec(select(Cost).order_by(col(Cost.first_day).desc()).limit(SHOWN)).all()
    told = [f"{dates(row.first_day, row.last_day)}: {_cost_words(row)}" for row in rows]
    return _last(told, "costs", COST_EXAMPLE, door(ENTER_COST, "Enter costs"))


def _last_customers(ask: Ask) -> Reply:
    rows = ask.session.exec(select(CustomerCount).order_by(col(CustomerCount.first_day).desc()).limit(SHOWN)).all()
    told = [f"{dates(row.first_day, row.last_day)}: {_count_words(row)}" for row in rows]
    return _last(told, "customer counts", CUSTOMERS_EXAMPLE, door(ENTER_CUSTOMERS, "Enter customers"))


def _last(told: Sequence[str], what: str, example: str, form: Block) -> Reply:
    says = [f"The last {what}:", *told] if told else [f"No {what} are entered yet."]
    ways = f"Enter them: `/cx {example}`, or with the button. Remove them: `/cx {example.split()[0]} remove Oct`."
    message = hint_message("\n".join([*says, ways]))
    return Reply(message=replace(message, blocks=(*message.blocks, form)))


def _cost_words(row: Cost) -> str:
    return f"{money_text(row.amount_cents / 100, row.currency)}{f' for {row.channel}' if row.channel else ''}"


def _count_words(row: CustomerCount) -> str:
    return f"{row.at_start:,} at the start, {row.joined:,} joined, {row.lost:,} lost"


COST = Command(
    word="cost",
    usage="/cx cost 50000 for Oct",
    says="Keeps what support cost, for the cost per ticket; admins only.",
    run=enter_cost,
    also=("costs",),
    writes=True,
)
CUSTOMERS = Command(
    word="customers",
    usage="/cx customers 100 joined 15 lost 10 for Q3",
    says="Keeps customer counts, for churn and retention; admins only.",
    run=enter_customers,
    writes=True,
)
