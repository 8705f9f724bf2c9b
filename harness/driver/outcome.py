"""From the terminal's result message to the Outcome of an operation (docs/design.md)."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.mispos import tags
from protocols.mispos.message import MisposMessage
from protocols.mispos.results import LOCAL_RESULTS, SUCCESS
from protocols.text import Text
from protocols.unionpay.responses import response

from ..machine import Json


def outcome_of(op: str, msg: MisposMessage) -> dict[str, Json]:
    """The Outcome that a result message tells.  A code that no table knows is `declined` with that code."""
    code = msg.text(tags.RESULT)
    shown = msg.text(tags.ERROR_TEXT)
    amount = msg.text(tags.AMOUNT)
    outcome: dict[str, Json] = {
        "op": op,
        "status": "done",
        "code": code if code != SUCCESS else "00",
        "cause": None,
        "stan": msg.text(tags.STAN) or None,
        "batch": msg.text(tags.BATCH) or None,
        "amount_fen": int(amount) if amount.isdigit() else None,
        "rrn": msg.text(tags.RRN) or None,
    }
    if code == SUCCESS:
        outcome["text"] = {"zh": "成功", "en": "Done"}
    elif (local := LOCAL_RESULTS.get(code)) is not None:
        outcome |= {
            "status": local.status,
            "code": None,
            "cause": local.cause,
            "text": _text(local.text.zh, local.text.en),
        }
        if shown:
            outcome["text"]["zh"] = shown
    else:
        meaning = response(code)
        outcome |= {
            "status": "declined",
            "cause": f"f39_{code}",
            "text": _text(shown or meaning.display.zh, meaning.display.en),
        }
    return outcome


REGISTER_TIMEOUT, PORT_GONE = "register_timeout", "port_gone"
NO_ANSWER: Mapping[str, Text] = {
    REGISTER_TIMEOUT: Text(
        "终端无应答，请用查询上笔交易确认结果",
        "The terminal does not answer; ask for the last result to learn the outcome",
    ),
    PORT_GONE: Text(
        "终端的串口已消失，请检查线缆与 USB 口并重新插好，再用查询上笔交易确认结果",
        "The terminal's port is gone: check cable and USB socket, plug it in again, then ask for the last result",
    ),
}
"""Causes of an operation whose outcome the register does not know."""


def no_answer_outcome(op: str, cause: str) -> dict[str, Json]:
    """The terminal did not answer the register: what it did is not known here; `last` asks it."""
    text = _text(NO_ANSWER[cause].zh, NO_ANSWER[cause].en)
    empty = {"code": None, "stan": None, "batch": None, "amount_fen": None, "rrn": None}
    return {"op": op, "status": "unknown", "cause": cause, "text": text, **empty}


def _text(zh: str, en: str) -> dict[str, Json]:
    return {"zh": zh, "en": en}
