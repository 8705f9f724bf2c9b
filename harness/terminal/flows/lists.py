"""Contactless parameters (394, 395) and card-BIN lists (390, 396, 398 and their ends), and what a tap makes of them.

Sources: Q/CUP 009 F62 and PAX `blackDl` (a list is asked for from the entry on that is still missing, until the reply
says that it was the last part); how entries are divided: `protocols.unionpay.bins`.
"""

from __future__ import annotations

from protocols.unionpay import bins
from protocols.unionpay.message import Value
from protocols.unionpay.private import f62_lists

from ..desk import Desk
from ..outcome import Outcome, done
from ..wants import Order, Reply, Step
from .common import ask, failure

PAGES_MAX = 100
"""Parts of a BIN list: its entries are numbered with three digits, and hosts send ten or so in each."""
LISTS = {"bin_blacklist": 7, "qps_bin_b": 11, "qps_bin_c": 12}
"""Kinds of BIN lists, and the header requirement that asks for each."""
CONTACTLESS_REQUIREMENT = 9

QPS_SWITCH, QPS_LIMIT, BIN_TABLE_B = "FF8054", "FF8058", "FF8056"
ON = "1"


def download_contactless(desk: Desk, order: Order) -> Step[Outcome]:
    """0800 / 394, then 395."""
    answered = yield from ask(desk, "contactless_parameters", stan=False)
    bad = failure(order.op, answered)
    if bad is not None:
        return bad
    assert isinstance(answered, Reply)
    listed = f62_lists.parse_contactless(answered.message.octets(62) or b"")
    items = {item.code: item.value.decode("latin-1") for item in listed.items}
    ended = yield from ask(desk, "contactless_parameters_end", stan=False)
    bad = failure(order.op, ended)
    if bad is None:
        serves = [CONTACTLESS_REQUIREMENT]
        desk.save({"kind": "downloaded", "what": "contactless", "items": items, "serves": serves})
    return bad or done(order.op)


def download_bins(desk: Desk, order: Order) -> Step[Outcome]:
    """All three lists, one after the other."""
    for kind in LISTS:
        result = yield from download_list(desk, order, kind)
        if result["status"] != "done":
            return result
    return done(order.op)


def download_list(desk: Desk, order: Order, kind: str) -> Step[Outcome]:
    """One of `LISTS`, part by part, then its end."""
    got: list[str] = []
    start = 0
    for _ in range(PAGES_MAX):
        query: dict[int, Value] = {62: f62_lists.build_bins(f62_lists.BinQuery(start))}
        answered = yield from ask(desk, kind, query, stan=False)
        bad = failure(order.op, answered)
        if bad is not None:
            return bad
        assert isinstance(answered, Reply)
        part = f62_lists.parse_bins(answered.message.octets(62) or b"0")
        got += bins.split_bins(part.bins)
        if part.more != "2" or part.last is None or part.last < start or part.last >= f62_lists.BIN_NUMBER_MAX:
            break
        start = part.last + 1
    ended = yield from ask(desk, f"{kind}_end", stan=False)
    bad = failure(order.op, ended)
    if bad is None:
        desk.save({"kind": "downloaded", "what": kind, "items": got, "serves": [LISTS[kind]]})
    return bad or done(order.op)


def needs_no_pin(desk: Desk, pan: str, amount_fen: int) -> bool:
    """Whether a tap of this card for this amount goes without a PIN (小额免密).

    By the host's parameters where they were downloaded (switch, limit, table B; never a card of table C or of the
    blacklist), else by the profile's limit.
    """
    parameters, tables = desk.state.contactless, desk.state.bins
    if not parameters:
        return amount_fen <= desk.profile.no_pin_limit_fen
    limit = parameters.get(QPS_LIMIT, "")
    if parameters.get(QPS_SWITCH) != ON or not limit.isdigit() or amount_fen > int(limit):
        return False
    if any(bins.holds(tables.get(name, ()), pan) for name in ("bin_blacklist", "qps_bin_c")):
        return False
    return parameters.get(BIN_TABLE_B) != ON or bins.holds(tables.get("qps_bin_b", ()), pan)
