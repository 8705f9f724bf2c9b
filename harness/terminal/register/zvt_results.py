"""Where the terminal stands and what became of an operation, in ZVT's codes (PA00P015 chapters 10 and 11).

The mapping of a Chinese terminal's life cycle on ZVT's locked conditions follows what the two mean (CCV OPM-C60 manual
for their order): not activated E4; without keys, or signed off, 51; parameters, AIDs or public keys missing C2; batch
full B1; a settlement that was begun F0; an update that was demanded E0.  Where no code says it, the nearest was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from protocols.zvt import codes, commands

from ..desk import Desk
from ..gate import NOT_YET_ACTIVATED, refusal
from ..hardware import battery, printer
from ..hardware.parts import own_test
from ..outcome import Outcome

CARD_UNREADABLE, BLOCKED_FALLBACK, CHIP, UNKNOWN_CARD = 0x64, 0x7B, 0x72, 0x7A
PIN_PAD, PIN_PROCESSING, DATA_SET, DEVICE, CLEARING = 0x89, 0xEC, 0xFB, 0xFC, 0xFA
HOST_CODE_MAX = 99
"""F39 up to this goes out as a number, 01 to 63 in hex (chapter 10); as its two digits it stands in BMP A0."""
NO_HONOUR = 0x05

STATUS_BY_CAUSE: Mapping[str, int] = {
    "tampered": codes.LOCKED,
    "suspended": codes.OUT_OF_ORDER,
    "wrong_part": DEVICE,
    "update_required": codes.REMOTE_MAINTENANCE,
    "storage_fault": DATA_SET,
    "not_signed_in": codes.INITIALISATION_REQUIRED,
    "must_settle": codes.MEMORY_FULL,
    "batch_upload_pending": codes.RECONCILIATION_REQUIRED,
    "no_parameters": codes.DIAGNOSIS_REQUIRED,
    "no_aids": codes.DIAGNOSIS_REQUIRED,
    "no_public_keys": codes.DIAGNOSIS_REQUIRED,
}
"""The locked condition of a terminal whose gate refuses a sale for this cause."""

RESULT_BY_CAUSE: Mapping[str, int] = {
    **STATUS_BY_CAUSE,
    **dict.fromkeys(("not_activated", "not_connected", "not_self_tested", "not_bound"), codes.ACTIVATION_REQUIRED),
    **dict.fromkeys(("review_pending", "application_incomplete", "queued"), codes.ACTIVATION_REQUIRED),
    **dict.fromkeys(("no_tmk", "kcv_mismatch", "no_components", "bad_keys", "mac_error"), codes.KEY_MISSING),
    "busy": codes.WAIT,
    **dict.fromkeys(
        (
            "already_activated",
            "no_function",
            "not_enabled",
            "not_supported",
            "no_account",
            "no_account_menu",
            "portal_only",
            "no_previous_version",
            "nothing_to_print",
            "nothing_to_query",
            "wrong_order",
        ),
        codes.NOT_POSSIBLE,
    ),
    "not_settling": codes.END_OF_DAY_NOT_POSSIBLE,
    **dict.fromkeys(("pending_reversal", "pending_advice"), CLEARING),
    **dict.fromkeys(("reversal_pending", "order_open", "interrupted", "no_reaction"), codes.SYSTEM_ERROR),
    **dict.fromkeys(
        ("no_original", "original_settled", "nothing_to_reverse", "no_card_data"), codes.REVERSAL_IMPOSSIBLE
    ),
    "already_voided": codes.ALREADY_REVERSED,
    "already_completed": codes.PRE_AUTHORISATIONS_OPEN,
    **dict.fromkeys(
        ("package_truncated", "package_damaged", "package_signature", "package_model", "package_version"), DATA_SET
    ),
    **dict.fromkeys(("cancelled", "card_timeout", "amount_not_confirmed"), codes.ABORTED),
    **dict.fromkeys(("bad_request", "not_taken"), codes.PROTOCOL_ERROR),
    **dict.fromkeys(("card_removed", "card_removed_early", "card_failed", "card_rejected", "card_declined"), CHIP),
    **dict.fromkeys(("card_error", "card_data_missing", "no_application", "use_insert"), CHIP),
    **dict.fromkeys(("card_blocked", "application_blocked", "card_expired", "other_card"), CHIP),
    **dict.fromkeys(("no_reader", "reader_in_use"), codes.CARD_READER),
    "card_misread": CARD_UNREADABLE,
    "unknown_card": UNKNOWN_CARD,
    "use_chip": BLOCKED_FALLBACK,
    "reader_failed": codes.CARD_READER,
    **dict.fromkeys(
        ("no_operator", "idle_locked", "no_right", "wrong_operator", "wrong_password", "locked_out"),
        codes.MERCHANT_LOCKED,
    ),
    **dict.fromkeys(("printer_fault", "no_printer", "faint_print"), codes.PRINTER),
    **dict.fromkeys(("code_differs", "keypad_bad"), PIN_PAD),
    **dict.fromkeys(("pin_error", "wrong_pin"), PIN_PROCESSING),
    "self_test_failed": DEVICE,
    "storage_full": codes.MEMORY_FULL,
    **dict.fromkeys(
        (
            "backup_damaged",
            "backup_format",
            "backup_foreign",
            "backup_old",
            "backup_clear",
            "list_foreign",
            "list_old",
        ),
        DATA_SET,
    ),
    "battery_low": codes.VOLTAGE,
    **dict.fromkeys(("connection_refused", "network_unreachable", "name_not_found"), codes.NO_CONNECTION),
    **dict.fromkeys(("no_connection", "connect_timeout", "connect_reset"), codes.NO_CONNECTION),
    **dict.fromkeys(("tls_unknown_ca", "tls_expired", "tls_not_yet_valid"), codes.NO_CONNECTION),
    **dict.fromkeys(("tls_wrong_name", "tls_not_tls", "tls_handshake"), codes.NO_CONNECTION),
    "no_line": codes.DIAL_UP,
    "register_silent": codes.RECEIVER_NOT_READY,
    **dict.fromkeys(("no_answer", "reversed"), codes.NO_ANSWER),
    **dict.fromkeys(("connection_lost", "bad_reply", "bad_reply_mac", "wrong_random"), codes.COMMUNICATION),
    **dict.fromkeys(("declined", "duplicate", "order_not_paid"), NO_HONOUR),
}
"""Result code of every cause that an Outcome may have; of what the host declined with digits, those count."""

BY_STATUS: Mapping[str, int] = {
    "cancelled": codes.ABORTED,
    "no_answer": codes.NO_ANSWER,
    "declined": NO_HONOUR,
    "refused": codes.NOT_POSSIBLE,
}


class Standing(NamedTuple):
    """Terminal status, and whether it locks: every command that does not clear it is answered with an abort."""

    code: int
    locks: bool


def standing(desk: Desk) -> Standing:
    """Where the terminal stands, the gravest first."""
    lock = _lock(desk) if desk.settings.gate else 0
    if lock:
        return Standing(lock, True)
    if printer.state(desk):
        return Standing(codes.PRINTER, desk.settings.gate and desk.config.printer_required)
    readers = ("magnetic_reader", "chip_reader", "contactless_reader")
    if any(own_test(desk, part) for part in readers if part in desk.profile.parts):
        return Standing(codes.CARD_READER, False)
    if own_test(desk, "clock"):
        return Standing(codes.DATE_WRONG, False)
    return Standing(codes.OK, False)


def _lock(desk: Desk) -> int:
    state = desk.state
    cause = refusal("sale", state, desk.profile)
    if cause in ("tampered", "suspended"):
        return STATUS_BY_CAUSE[cause]
    if not state.tid or state.life_cycle in NOT_YET_ACTIVATED:
        return codes.ACTIVATION_REQUIRED
    if cause == "not_signed_in" or not state.tmk:
        return codes.INITIALISATION_REQUIRED
    if state.settlement is not None and cause == "must_settle":
        return codes.RECONCILIATION_REQUIRED
    if cause is not None and cause in STATUS_BY_CAUSE:
        return STATUS_BY_CAUSE[cause]
    return codes.VOLTAGE if battery.refusal(desk) else 0


def is_hosts(outcome: Outcome) -> bool:
    """The host declined with a number that goes out; one that locks the terminal is told as that lock."""
    code = str(outcome["code"] or "")
    if RESULT_BY_CAUSE.get(str(outcome["cause"] or "")) in codes.STATUS:
        return False
    return outcome["status"] == "declined" and code.isascii() and code.isdigit() and 0 < int(code) <= HOST_CODE_MAX


def is_own_lock(outcome: Outcome) -> bool:
    """The result is a locked condition that a status information would tell as the host's 81 or 98."""
    return result_code(outcome) in (codes.INITIALISATION_REQUIRED, codes.DATE_WRONG) and not is_hosts(outcome)


def result_code(outcome: Outcome, control: int = 0) -> int:
    """BMP 27, and the octet of 06 1E; 00 for what is done.  `control`: the command, for initialisation and diagnosis
    say 7D to whatever kept the terminal from its host (CCV OPM-C60 manual)."""
    status, cause = outcome["status"], str(outcome["cause"] or "")
    if status == "done":
        return codes.OK
    if status == "unknown":
        return codes.SYSTEM_ERROR
    if status == "no_answer" and control in (commands.INITIALISATION, commands.DIAGNOSIS):
        return codes.COMMUNICATION
    if is_hosts(outcome):
        return int(str(outcome["code"]))
    return RESULT_BY_CAUSE.get(cause) or BY_STATUS.get(status, codes.SYSTEM_ERROR)
