"""What a result code means for whoever asked: the Outcome's status and cause, by code and back.

The specification says what a code is called, not what became of the operation; that reading is posrig's.  The causes
are those of the other register protocols, so that one diagnosis fits all.
"""

from __future__ import annotations

from typing import Literal

Status = Literal["done", "refused", "declined", "no_answer", "unknown", "cancelled"]

HOST_CODES = range(1, 100)
"""What comes from the host, 01 to 63 in hex: the number is the host's F39 (chapter 10)."""

_ROWS: tuple[tuple[int, Status, str], ...] = (
    (0x64, "cancelled", "card_misread"),
    (0x65, "cancelled", "card_misread"),
    (0x6B, "refused", "not_registered"),
    (0x6C, "cancelled", "cancelled"),
    (0x6F, "refused", "wrong_currency"),
    (0x72, "cancelled", "card_removed"),
    (0x7A, "refused", "unknown_card"),
    (0x7B, "refused", "use_chip"),
    (0x7C, "refused", "use_chip"),
    (0x7D, "no_answer", "no_connection"),
    (0x77, "refused", "not_settling"),
    (0x83, "refused", "not_supported"),
    (0x85, "refused", "no_tmk"),
    (0x9A, "refused", "bad_request"),
    (0x9B, "no_answer", "no_connection"),
    (0x9C, "refused", "busy"),
    (0xA0, "no_answer", "no_connection"),
    (0xA1, "no_answer", "no_answer"),
    (0xA3, "no_answer", "no_connection"),
    (0xB1, "refused", "must_settle"),
    (0xB2, "refused", "must_settle"),
    (0xB4, "refused", "already_voided"),
    (0xB5, "refused", "no_original"),
    (0xB8, "refused", "no_original"),
    (0xBF, "refused", "battery_low"),
    (0xC0, "refused", "tampered"),
    (0xC1, "refused", "no_operator"),
    (0xC2, "refused", "no_parameters"),
    (0xC4, "refused", "no_aids"),
    (0xC6, "refused", "wrong_currency"),
    (0xCC, "refused", "printer_fault"),
    (0xDF, "refused", "suspended"),
    (0xE0, "refused", "update_required"),
    (0xE2, "refused", "reader_failed"),
    (0xE4, "refused", "not_activated"),
    (0xF0, "refused", "must_settle"),
    (0xFA, "refused", "pending_reversal"),
    (0xFB, "refused", "storage_fault"),
    (0xFC, "refused", "wrong_part"),
    (0xFF, "unknown", "reversal_pending"),
)

VERDICTS: dict[int, tuple[Status, str]] = {code: (status, cause) for code, status, cause in _ROWS}
"""By result code: status and cause."""

LOCKS: dict[int, str] = {
    0x51: "not_signed_in",
    0x62: "no_parameters",
    **{code: cause for code, (_, cause) in VERDICTS.items() if code >= 0x64},
}
"""Cause by terminal status.  51 and 62 are locks when nothing was sent to the host before, and the host's own codes
else."""


def verdict(code: int, asked_host: bool = True) -> tuple[Status, str]:
    """Status and cause of a result code; `asked_host`: the terminal has told a result of the host's before.

    A code that is not listed is `refused` with `zvt_XX`, one of the host's `declined` with `f39_NN`.
    """
    if not asked_host and code in LOCKS:
        return VERDICTS.get(code, ("refused", LOCKS[code]))
    if code in HOST_CODES:
        return "declined", f"f39_{code:02d}"
    return VERDICTS.get(code, ("refused", f"zvt_{code:02X}"))
