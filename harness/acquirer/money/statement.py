"""The merchant's statement of fees (费用明细): what came in by each means of payment, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from ..asks import Args, Refused, Value, text_of
from ..turn import Turn
from . import billing, fees
from .ledger import Posting
from .means import MEANS


def fee_statement(turn: Turn, args: Args) -> Value:
    """`{mid, date} -> {mid, date, prices, rows, total}`; `date` YYYY-MM-DD, left out: all there is.

    A row is `{means, text, sales, sales_fen, back, back_fen, fee_fen, net_fen, rate}`: what was taken (debits), what
    was given back (voids and refunds), fees after what of them came back, and what is left of it all.  What was
    reversed is in none.  `rate` is today's: parts {per_million, cap_fen} (0: no cap).  Raises Refused.
    """
    mid, date = text_of(turn, args, "mid"), text_of(turn, args, "date", "")
    if mid not in turn.state.merchants:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    ledger, schedule = turn.state.ledger, billing.schedule_of(turn, mid)
    kept = (ledger.postings[key] for key in ledger.by_merchant.get(mid, ()))
    found: dict[str, list[Posting]] = {}
    for posting in kept:
        if not posting.reversed and date in ("", posting.date):
            found.setdefault(posting.means, []).append(posting)
    rows = [_row(means, found[means], schedule.rate(means)) for means in MEANS if means in found]
    sums = ("sales", "sales_fen", "back", "back_fen", "fee_fen", "net_fen")
    contract = turn.state.billing.contracts.get(mid)
    return {
        "mid": mid,
        "date": date,
        "prices": contract.prices if contract else "",
        "rows": rows,
        "total": {name: sum(row[name] for row in rows) for name in sums},
    }


def _row(means: str, postings: list[Posting], rate: fees.Rate) -> Value:
    sales = [posting.amount_fen for posting in postings if posting.side == "debit"]
    back = [posting.amount_fen for posting in postings if posting.side == "credit"]
    fee_fen = sum(fees.of_posting(posting) for posting in postings)
    return {
        "means": means,
        "text": {"zh": MEANS[means].zh, "en": MEANS[means].en},
        "sales": len(sales),
        "sales_fen": sum(sales),
        "back": len(back),
        "back_fen": sum(back),
        "fee_fen": fee_fen,
        "net_fen": sum(sales) - sum(back) - fee_fen,
        "rate": [{"per_million": per_million, "cap_fen": cap_fen} for per_million, cap_fen in rate],
    }


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"fee_statement": fee_statement}
