"""Which fault an Outcome means that is about activation, keys, parameters, the host's answer or the way to it.

`outcomes` has those of the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BY_STATE: Mapping[str, str] = {
    "no_application": "no_application",
    "draft": "application_draft",
    "incomplete": "documents_missing",
    "in_review": "review_pending",
    "queued": "review_queued",
    "rejected": "review_rejected",
    "not_shipped": "device_in_transit",
    "in_transit": "device_in_transit",
    "code_wrong": "code_wrong",
    "code_expired": "code_expired",
    "code_used": "code_locked",
    "locked": "code_locked",
    "suspended": "suspended",
    "closed": "merchant_closed",
    "withdrawn": "withdrawn",
    "unknown_serial": "not_registered",
    "unbound": "not_bound",
    "lost": "reported_lost",
    "stolen": "reported_stolen",
    "model_not_certified": "not_certified",
    "model_suspended": "model_suspended",
    "update_required": "old_software",
    "already_activated": "already_activated",
}
"""Fault by the state that an activation is told (`protocols.unionpay.activation.State`), and by the causes of Outcomes
that have the same names."""

BY_CAUSE: Mapping[str, str] = {
    **BY_STATE,
    "review_pending": "review_pending",
    "application_incomplete": "documents_missing",
    "not_self_tested": "self_test_missing",
    "not_connected": "not_connected",
    "not_activated": "not_activated",
    "no_tmk": "key_missing",
    "kcv_mismatch": "key_wrong",
    "bad_keys": "key_wrong",
    "mac_error": "keys_out_of_step",
    "pin_error": "keys_out_of_step",
    "bad_reply_mac": "keys_out_of_step",
    "not_signed_in": "not_signed_in",
    "must_sign_in": "not_signed_in",
    "no_parameters": "no_parameters",
    "no_aids": "no_aids",
    "no_public_keys": "no_public_keys",
    **dict.fromkeys(("no_operator", "idle_locked", "no_right"), "operator_needed"),
    **dict.fromkeys(
        (
            "no_connection", "connection_refused", "network_unreachable", "name_not_found", "connect_timeout",
            "no_line", "connect_reset", "tls_unknown_ca", "tls_expired", "tls_not_yet_valid", "tls_wrong_name",
            "tls_not_tls", "tls_handshake",
        ),
        "host_unreachable",
    ),
    **dict.fromkeys(("no_answer", "reversed", "connection_lost", "bad_reply"), "host_silent"),
    **dict.fromkeys(("register_silent", "wrong_random"), "host_silent"),
}  # fmt: skip
"""Fault by the cause of an Outcome, where it is about activation, keys, parameters or the way to the host."""

_CARD = (
    "01 02 04 05 07 14 15 19 20 21 33 34 35 36 37 38 39 41 42 43 44 51 52 53 54 55 56 57 59 60 62 63 66 67 75 76 78 "
    "93 C0 ZB"
)
BY_CODE: Mapping[str, str] = {
    "03": "merchant_refused",
    "09": "host_busy",
    "12": "message_refused",
    "22": "not_signed_in",
    "30": "message_refused",
    "31": "licence",
    "40": "function_refused",
    "45": "fallback_refused",
    "58": "terminal_refused",
    "61": "over_limit",
    "65": "too_often",
    "77": "not_signed_in",
    "89": "keys_out_of_step",
    "90": "host_busy",
    "91": "bank_unreachable",
    "92": "bank_unreachable",
    "96": "host_busy",
    "97": "not_registered",
    "98": "bank_unreachable",
    "99": "keys_out_of_step",
    "A0": "keys_out_of_step",
    "A7": "keys_out_of_step",
    "XH": "keys_out_of_step",
    "C1": "withdrawn",
    "C2": "merchant_closed",
    "D6": "not_opened",
    **dict.fromkeys(_CARD.split(), "card_refused"),
}
"""Fault by the host's answer code (F39); `host_refused` for all others that are no approval."""

BY_ACTIVATION_CODE: Mapping[str, str] = {
    "03": "no_application",
    "09": "review_queued",
    "40": "already_activated",
    "97": "not_bound",
    "C1": "withdrawn",
    "C2": "merchant_closed",
    "D6": "not_opened",
}
"""The same of an activation whose reason nobody tells: what the likeliest state is answered with (posrig's own profile,
after Chanjet's first installation and the activation-code platforms)."""


def host_fault(outcome: Mapping[str, Any]) -> str | None:
    """The id of the fault that an Outcome means, as the host or the state of the activation explains it; None where it
    was done, or is none of these."""
    if outcome["status"] == "done":
        return None
    cause = str(outcome.get("cause") or "")
    if outcome["status"] != "declined":
        return BY_CAUSE.get(cause)
    code = str(outcome.get("code") or "")
    if code in ("", "00"):  # approved, and the terminal could not use it
        return BY_CAUSE.get(cause)
    if outcome.get("op") == "activate":
        return BY_CAUSE.get(cause) or BY_ACTIVATION_CODE.get(code, "not_activated")
    return BY_CODE.get(code, "host_refused")
