"""Rights: who has to stand at the keypad for an operation.  Asked beside the gate, and only where the terminal is
protected.

The levels are those of the UnionPay terminals (操作员, 主管操作员): the cashier sells and settles, the supervisor takes
money back and changes what the terminal is.  Which operation needs which level is posrig's choice where vendors differ.
Whoever makes a terminal ready (self-test to master key) proves himself with activation code and key components instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .settings import Operator
from .state import State

Level = Literal["cashier", "supervisor"]

RIGHTS: Mapping[str, Level] = {
    "sale": "cashier",
    "sale_qr": "cashier",
    "balance": "cashier",
    "sign_in": "cashier",
    "sign_off": "cashier",
    "settle": "cashier",
    "batch_upload": "cashier",
    "reversal": "cashier",
    "send_reversal": "cashier",
    "query_order": "cashier",
    "reprint": "cashier",
    "last": "cashier",
    "download_parameters": "cashier",
    "download_aids": "cashier",
    "download_public_keys": "cashier",
    "preauth": "cashier",
    "completion": "cashier",
    "completion_advice": "cashier",
    "download_contactless": "cashier",
    "download_bins": "cashier",
    "preauth_void": "supervisor",
    "completion_void": "supervisor",
    "void": "supervisor",
    "refund": "supervisor",
    "mark_unresolved": "supervisor",
    "parameter_menu": "supervisor",
    "set_password": "supervisor",
    "backup": "supervisor",
    "restore": "supervisor",
    "host_list": "supervisor",
    "update_software": "supervisor",
    "clear_log": "supervisor",
}
"""The lowest level that may; what is not named here needs nobody."""


def operator_named(operators: tuple[Operator, ...], number: str) -> Operator | None:
    """The operator with that number."""
    return next((one for one in operators if one.number == number), None)


def refusal(op: str, state: State, operators: tuple[Operator, ...]) -> str | None:
    """Why the person at the keypad may not: `no_operator`, `idle_locked`, `no_right`; None when he may.

    A tampered terminal says so to everybody.
    """
    needed = RIGHTS.get(op)
    if needed is None or state.life_cycle == "tampered":
        return None
    on_duty = operator_named(operators, state.people.on_duty)
    if on_duty is None:
        return "no_operator"
    if state.people.locked:
        return "idle_locked"
    return "no_right" if needed == "supervisor" and on_duty.level != "supervisor" else None
