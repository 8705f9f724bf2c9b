"""Which fault an Outcome means: what a terminal says of itself as the reason why it did not do what was asked.

One table for every check that asks the terminal for something, because a printer without paper is told by whatever
was going to print.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_THE_DEVICE: Mapping[str, str] = {
    "printer_fault": "printer_stopped",
    "faint_print": "print_faint",
    "code_differs": "display_bad",
    "keypad_bad": "keypad_bad",
    "pinpad_fault": "keypad_bad",
    "reader_failed": "reader_dirty",
    "no_reader": "reader_mute",
    "card_misread": "card_not_read",
    "unknown_card": "card_not_read",
    "card_error": "card_not_read",
    "storage_fault": "storage_fault",
    "battery_low": "battery_low",
    "tampered": "tampered",
    "wrong_part": "wrong_part",
    "self_test_failed": "self_test_failed",
    "update_required": "old_software",
}
OF_THE_BATCH: Mapping[str, str] = {
    "must_settle": "batch_full",
    "batch_full": "batch_full",
    "storage_full": "batch_full",
    "batch_upload_pending": "settlement_unfinished",
    "pending_reversal": "pending_reversal",
    "pending_advice": "pending_reversal",
    "reversal_pending": "pending_reversal",
}
BY_CAUSE: Mapping[str, str] = {**OF_THE_DEVICE, **OF_THE_BATCH}
"""Fault by the Outcome's `cause` (of any protocol)."""
BY_ZVT_CODE: Mapping[str, str] = {"E2": "reader_mute", "FC": "self_test_failed"}
"""Where ZVT has one code for several causes: FC is "necessary device not present or defective" (PA00P015, chapter
10)."""


def fault_of(outcome: Mapping[str, Any]) -> str | None:
    """The id of the fault in `faults.FAULTS` that an Outcome means, None where it means none of these; of a status
    that was asked for, too, whose cause is why the terminal is locked."""
    told = outcome.get("terminal_status") or (outcome.get("code") if outcome.get("status") == "refused" else "")
    by_code = BY_ZVT_CODE.get(str(told))
    return by_code or BY_CAUSE.get(str(outcome.get("cause") or ""))
