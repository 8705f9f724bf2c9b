"""The gate: what must hold before an operation starts, in the order in which it is asked.

The middle part is the order of PAX's `transPreDeal` (signed in, settlement needed, unfinished batch upload, enabled in
the parameters, forced downloads); sign-in, sign-off, downloads and settlement are exempt from it there, and here.
What stands before and after it is the life cycle's own order (CardInfoLink Smart-POS documents) and posrig's choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .hardware.parts import foreign_part
from .settings import Profile
from .software import install
from .state import State

PREAUTHS = frozenset(("preauth", "preauth_void", "completion", "completion_advice", "completion_void"))
SALES = frozenset(("sale", "sale_qr", "void", "refund", "balance")) | PREAUTHS
LISTS = frozenset(("download_contactless", "download_bins"))
DOWNLOADS = frozenset(("download_parameters", "download_aids", "download_public_keys")) | LISTS
NOT_YET_ACTIVATED = ("unboxed", "self_tested", "connected")
KEYS_AND_LINE = frozenset(("load_master_key", "download_master_key", "sign_in", "echo"))
REVERSALS = frozenset(("reversal", "send_reversal", "mark_unresolved"))
RECORDS = frozenset(("restore", "host_list", "query_order"))
"""They ask which batch is open, or what is booked in it, and that is what the host says."""
EVERYTHING = (
    SALES
    | DOWNLOADS
    | REVERSALS
    | frozenset(
        (
            "connect",
            "activate",
            "load_master_key",
            "download_master_key",
            "sign_in",
            "settle",
            "batch_upload",
            "sign_off",
            "update_software",
            "echo",
        )
    )
)


class Rule(NamedTuple):
    """One question: `cause` is the refusal when `blocks` is true for one of `operations`."""

    cause: str
    operations: frozenset[str]
    blocks: Callable[[str, State, Profile], bool]


def _must_settle(op: str, state: State, profile: Profile) -> bool:
    """The batch is full, or a 0500 went out and nobody knows whether the host closed the batch."""
    asked = state.settlement is not None and state.settlement["stage"] == "totals"
    full = len(state.open_entries) >= profile.batch_warning_count + profile.batch_grace_count
    return full or asked or state.life_cycle == "must_settle"


def _not_signed_in(op: str, state: State, profile: Profile) -> bool:
    """A further account signs in by itself at its first sale (`flows.sales`): the operator's sign-in is the first's."""
    return not state.signed_in and not (state.number > 1 and op in SALES)


def _lacks(what: str) -> Callable[[str, State, Profile], bool]:
    return lambda op, state, profile: not profile.auto_download and what not in state.downloaded


def _at(*states: str) -> Callable[[str, State, Profile], bool]:
    return lambda op, state, profile: state.life_cycle in states


def _nothing_pending(op: str, state: State, profile: Profile) -> bool:
    """An advice that nobody answers can be handed to people, too; it cannot be reversed."""
    return state.reversal is None and not (op == "mark_unresolved" and state.advice is not None)


GATE: tuple[Rule, ...] = (
    Rule("no_function", frozenset(("sale_qr",)), lambda op, state, profile: "scan" not in profile.reads),
    Rule("tampered", EVERYTHING, _at("tampered")),
    Rule("suspended", SALES, _at("suspended")),
    Rule("wrong_part", SALES, lambda op, state, profile: bool(foreign_part(state.device, profile.model))),
    Rule("update_required", SALES, lambda op, state, profile: install.REQUIREMENT in state.requirements),
    Rule("storage_fault", SALES, lambda op, state, profile: state.storage_fault is not None),
    Rule("not_self_tested", frozenset(("connect",)), _at("unboxed")),
    Rule("not_connected", frozenset(("activate", "update_software")), _at("unboxed", "self_tested")),
    Rule(
        "already_activated",
        frozenset(("activate",)),  # a repaired terminal knows its number and starts from the box
        lambda op, state, profile: bool(state.tid) and not state.disowned and state.life_cycle not in NOT_YET_ACTIVATED,
    ),
    Rule(
        "not_activated",
        DOWNLOADS | KEYS_AND_LINE,
        lambda op, state, profile: not state.tid,
    ),
    Rule("no_tmk", frozenset(("sign_in",)), lambda op, state, profile: not state.tmk),
    Rule("nothing_to_reverse", REVERSALS, _nothing_pending),
    # PAX transPreDeal, 1 to 5
    Rule("not_signed_in", SALES | {"settle", "batch_upload", "sign_off"} | RECORDS, _not_signed_in),
    Rule("must_settle", SALES, _must_settle),
    Rule("batch_upload_pending", SALES | RECORDS, lambda op, state, profile: state.settlement is not None),
    Rule("not_enabled", SALES, lambda op, state, profile: op not in profile.transactions),
    Rule("no_parameters", SALES, _lacks("parameters")),
    Rule("no_aids", SALES, _lacks("aids")),
    Rule("no_public_keys", SALES, _lacks("public_keys")),
    # after it
    Rule("not_settling", frozenset(("batch_upload",)), lambda op, state, profile: state.settlement is None),
)


def refusal(operation: str, state: State, profile: Profile) -> str | None:
    """The cause of the first rule that blocks `operation`, None when the gate is open."""
    for rule in GATE:
        if operation in rule.operations and rule.blocks(operation, state, profile):
            return rule.cause
    return None
