"""Outcomes: what every operation answers (JSON)."""

from __future__ import annotations

from protocols.text import Text
from protocols.unionpay.responses import response

from ..machine import TLS_REASONS, Json
from .texts import CAUSES
from .wants import NoReply

Outcome = dict[str, Json]

CODE_CAUSES: dict[str, str] = {
    "09": "queued",
    "25": "no_original",
    "40": "not_supported",
    "55": "wrong_pin",
    "77": "not_signed_in",
    "94": "duplicate",
    "97": "not_bound",
    "99": "pin_error",
    "A0": "mac_error",
}
"""Causes that F39 alone tells."""

FAILURES: dict[str, str] = {
    "not_sent": "no_connection",
    "timeout": "no_answer",
    "closed": "connection_lost",
    "bad_mac": "bad_reply_mac",
    "mismatch": "no_answer",
    "unreadable": "bad_reply",
}


DIAL_FAILURES: dict[str, str] = {
    "refused": "connection_refused",
    "unreachable": "network_unreachable",
    "name-not-found": "name_not_found",
    "timeout": "connect_timeout",
    "no-line": "no_line",
    "reset": "connect_reset",
    "eof": "connect_reset",
    **{reason: reason.replace("-", "_") for reason in TLS_REASONS},
}
"""Causes of a request that never left, by the link's reason."""


REGISTER_FAILURES: dict[str, str] = {"register-silent": "register_silent", "wrong-random": "wrong_random"}
"""Causes of a reply that did not come through the register, by what is known of it."""


def cause_of(failure: NoReply) -> str:
    """Why there is no reply, as an Outcome's cause."""
    told = {"not_sent": DIAL_FAILURES, "timeout": REGISTER_FAILURES}.get(failure.why, {}).get(failure.link_reason)
    return told or FAILURES[failure.why]


def outcome(
    op: str,
    status: str,
    cause: str = "",
    *,
    code: str = "",
    text: Text | None = None,
    stan: str = "",
    batch: str = "",
    amount_fen: int = 0,
    rrn: str = "",
) -> Outcome:
    """One Outcome; without `text` the cause's own.  What does not apply is null."""
    shown = text or CAUSES[cause or "done"]
    return {
        "op": op,
        "status": status,
        "code": code or None,
        "cause": cause or None,
        "text": {"zh": shown.zh, "en": shown.en},
        "stan": stan or None,
        "batch": batch or None,
        "amount_fen": amount_fen or None,
        "rrn": rrn or None,
    }


def done(op: str, **values: Json) -> Outcome:
    """It worked."""
    return outcome(op, "done", code="00", **values)


def refused(op: str, cause: str, **values: Json) -> Outcome:
    """The terminal refused; no frame left."""
    return outcome(op, "refused", cause, **values)


def declined(op: str, code: str, cause: str = "", **values: Json) -> Outcome:
    """The host answered with a code that is no approval, or approved what the terminal could not use (`cause`)."""
    text = CAUSES[cause] if cause and code == "00" else response(code).display
    return outcome(op, "declined", cause or CODE_CAUSES.get(code, "declined"), code=code, text=text, **values)


def no_answer(op: str, failure: NoReply, **values: Json) -> Outcome:
    """No usable answer, and nothing of the terminal's hangs on it."""
    return outcome(op, "no_answer", cause_of(failure), **values)
