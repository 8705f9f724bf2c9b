"""What an event of each kind holds, so that a `see` that asks for something else is told and does not stay silent."""

from __future__ import annotations

from collections.abc import Mapping

TRACE_KEYS: Mapping[str, tuple[str, ...]] = {
    "bytes": ("link", "dir", "hex", "masked", "fingerprints", "length", "hash"),
    "link": ("link", "what", "reason", "peer", "tls", "port", "device", "lost", "protocol", "transport"),
    "message": ("link", "dir", "mti", "kind", "fields", "mac", "requirement", "masked"),
    "noise": ("link", "hex", "reason", "length", "hash"),
    "state": ("machine", "subject", "from", "to", "why"),
    "display": ("zh", "en"),
    "key": ("keys",),
    "card": ("what", "how", "pan"),
    "slip": ("kind", "tid", "stan", "batch", "amount_fen", "rrn", "copy", "lines", "complete"),
    "image": ("copy", "stan", "contrast_percent", "blank_columns", "legible"),
    "operation": ("phase", "op", "args", "state", "outcome", "by"),
    "decision": ("kind", "check", "code", "cause", "detail", "stan", "tid", "facts"),
    "persist": ("kinds",),
    "boot": ("reset_cause", "records", "pending_reversal", "battery"),
    "portal": ("action", "request", "answer"),
    "self_test": ("part", "ok", "found", "blind", "id", "model", "lot", "first", "serial"),
    "leak": ("where", "message", "field", "what"),
    "part": ("part", "what", "ok", "detail", "count", "percent", "id", "model", "lot", "reads",
             "errors", "permille", "low_permille", "high_permille"),
    "version": ("from", "to", "slot", "why"),
    "maintenance": ("act", "args"),
    "audit": (
        "what", "at_us", "operator", "names", "tries_left", "level", "unlocked", "cause", "op", "of",
        "percent", "count", "authorised", "part", "id", "was", "pan",
    ),
    "check": (
        "what", "item", "of", "part", "answer", "figure", "unit", "low", "high", "at_us", "by", "result", "parts",
        "failed", "missing", "expired", "electrical",
    ),
    "local_status": (
        "tid", "mid", "life_cycle", "session", "session_age_us", "batch", "open_entries", "settling",
        "pending_reversal", "downloaded", "sn", "accounts", "version", "software", "operator",
        "protected", "locked", "tamper", "storage", "keys", "parts", "capabilities", "due_slips", "audit", "uptime_us",
        "own_time_us", "reset_cause", "battery", "plugged", "off", "log_entries", "crashes",
    ),
    "takings": ("what", "amount_fen", "means", "at_us", "count", "cash_fen", "qr_fen", "difference_fen", "responsible"),
    "chip": (
        "what", "ok", "stan", "tid", "issuer", "scheme", "atc", "last", "gap", "why", "tvr", "declined", "reviewed",
        "method", "code", "id", "commands", "command", "template", "kind", "aid", "label", "aip", "records", "atr",
        "result", "asked", "given", "wanted_online", "instead", "detail",
        "since_power_us",
    ),
    "apdu": ("link", "name", "ins", "p1", "p2", "sw", "meaning"),
    "snapshot": (
        "postings", "preauths", "accounts", "batches", "unresolved", "applications", "number", "tid", "mid", "batch",
        "next_stan", "entries", "receipts", "pending_reversal", "pending_advice", "settled", "cards",
    ),
}  # fmt: skip
"""By kind: what a party notes (docs/design.md); what only the bench knows cannot be seen."""

MASKED = ("masked", "fingerprints")
"""What an event of any kind says when something in it was replaced."""
FIELDS = tuple(str(number) for number in range(2, 129))
"""Of a message to or from the host (ISO 8583:1987); those of the register's cable are tags."""


def strange_keys(kind: str, data: Mapping[str, object]) -> list[str]:
    """The keys of an event's data that the table does not know; none for what only the bench notes."""
    known = TRACE_KEYS.get(kind)
    return [] if known is None else [key for key in data if key not in known and key not in MASKED]
