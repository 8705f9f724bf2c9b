"""Which merchant account (商户) an operation is for: named in the order, chosen at the menu, or the terminal's own.

The menu comes before the card, as merchants with two accounts know it; it is there only when the application has the
function and the provider offers more than one account.  posrig's choice: whoever names no account away from the menu
means the terminal's own; "last" and "reprint" mean the account of the newest entry, a reversal that of its original.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from protocols.package import version_number
from protocols.text import Text
from protocols.unionpay.private.f62_lists import parse_account

from ...machine import Json, Record
from ..account import ACCOUNTS_MAX, Account
from ..desk import Desk
from ..gate import REVERSALS, SALES
from ..hardware.stops import refused_now
from ..outcome import Outcome, outcome, refused
from ..texts import CHOOSE_ACCOUNT
from ..wants import GaveUp, Keys, Order, Prompt, Step

NEWEST = frozenset(("last", "reprint"))

Flow = Callable[[Desk, Order], Step[Outcome]]


def has_function(desk: Desk) -> bool:
    """Whether the running application has the multi-merchant function."""
    first = desk.profile.multi_merchant_version
    return bool(first) and version_number(desk.version) >= version_number(first)


def offered(desk: Desk) -> list[Account]:
    """The menu."""
    return [a for a in desk.state.accounts if a.number == 1 or (a.listed and has_function(desk))]


def asked_for(desk: Desk, order: Order) -> int | str:
    """The number of the account that `order` is for, or the cause why there is no such account.

    `account` in its arguments is a number of the menu, or an MID (15 characters).
    """
    named = order.args.get("account")
    state = desk.state
    if named is None:
        if order.op in REVERSALS and state.reversal is not None:
            return int(state.reversal["account"])
        if order.op in REVERSALS and state.advice is not None:
            return int(state.advice["account"])
        return state.last_account if order.op in NEWEST else 1
    text = str(named)
    found = next((a.number for a in offered(desk) if text in (str(a.number), a.mid)), None)
    if found is not None:
        return found
    return "no_account" if has_function(desk) else "no_account_menu"


def must_ask(desk: Desk, order: Order) -> bool:
    """Somebody at the keypad has to choose first."""
    return order.op in SALES and "account" not in order.args and len(offered(desk)) > 1


def after_choice(flow: Flow) -> Flow:
    """`flow` behind the menu; the gate is asked once the account is known."""

    def chosen(desk: Desk, order: Order) -> Step[Outcome]:
        menu = offered(desk)
        typed: Keys | GaveUp = yield Prompt("keys", _menu(menu))
        if isinstance(typed, GaveUp):
            return outcome(order.op, "cancelled", typed.why)
        number = next((a.number for a in menu if str(a.number) == (typed.typed or "1")), None)
        if number is None:
            return refused(order.op, "no_account")
        desk.use(number)
        cause = refused_now(desk, order.op) if desk.settings.gate else None
        return refused(order.op, cause) if cause else (yield from flow(desk, order))

    return chosen


def _menu(menu: Sequence[Account]) -> Text:
    rows = "; ".join(f"{a.number} {a.merchant_name or a.mid}" for a in menu)
    return CHOOSE_ACCOUNT.format(rows=rows)


def told(desk: Desk, values: Sequence[bytes]) -> list[Record]:
    """The record of the accounts that a parameter download lists (item 31), where anything is new in it.

    An application without the function does not look at them.  What does not fit is left out.
    """
    if not has_function(desk) or not (values or desk.state.parked):
        return []
    rows: list[dict[str, Json]] = []
    for value in values[: ACCOUNTS_MAX - 1]:
        mid, tid, name = parse_account(value)
        rows.append({"mid": mid, "tid": tid, "merchant_name": name})
    known = len(desk.state.accounts)
    new = [row for row in rows if (row["mid"], row["tid"]) not in {(a.mid, a.tid) for a in desk.state.accounts}]
    kept = new[: max(0, ACCOUNTS_MAX - known)]
    return [{"kind": "accounts", "listed": [row for row in rows if row not in new or row in kept]}]
