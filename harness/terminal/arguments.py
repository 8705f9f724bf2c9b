"""The arguments of every operation and of every request of control; the functions say what they mean.

None of an operation's is required: what is not given is typed, or the operation is refused as the state table says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from ..arguments import Takes, takes
from .faults import FAULTS
from .flows import FLOWS
from .hardware.maintain import ACTS
from .settings import Config

SETTINGS: Mapping[str, type] = {"gate": bool, "activation_code": str}
"""What `settings` may change while the terminal runs, besides the parameters of its menu (`settings.Config`)."""
CONFIG = tuple(item.name for item in fields(Config))

_ORIGINAL = "stan batch auth date amount_fen"
_OWN: Mapping[str, str] = {
    "connect": "address",
    "activate": "code",
    "load_master_key": "components kcv",
    "sale": "amount_fen",
    "sale_qr": "amount_fen payment_code",
    "void": "stan amount_fen",
    "refund": "stan batch rrn date amount_fen voucher",
    "reversal": "stan amount_fen",
    "send_reversal": "stan amount_fen",
    "update_software": "dialect version source flaw",
    "preauth": "amount_fen",
    "preauth_void": _ORIGINAL,
    "completion": _ORIGINAL,
    "completion_advice": _ORIGINAL,
    "completion_void": "stan amount_fen",
    "reprint": "stan",
    "print_test": "read",
    "display_test": "read",
    "mark_unresolved": "password",
    "query_order": "stan",
    "operator_sign_on": "operator password",
    "set_password": "operator new",
    "restore": "medium",
    "host_list": "listed",
    "reader_test": "interface reads",
}
OPERATION_TAKES: Mapping[str, Takes] = {
    op: Takes((), CONFIG) if op == "parameter_menu" else takes("", f"{_OWN.get(op, '')} account") for op in FLOWS
}
CONTROL_TAKES: Mapping[str, Takes] = {
    "inject_tmk": takes("components", "kcv"),
    "settings": Takes((), (*SETTINGS, *CONFIG)),
    "cause": Takes(("behaviour",), tuple(dict.fromkeys(key for fault in FAULTS.values() for key in fault.settings))),
    "heal": takes("behaviour"),
    "maintain": Takes(("act",), tuple(dict.fromkeys(key for act in ACTS.values() for key in act.takes.names))),
    "service": takes(),
    "examine": takes(),
    "status": takes(),
    "snapshot": takes(),
}
