"""The Outcome of an operation as the register tells it (docs/design.md): done, refused by the terminal or by the
driver, declined by the host, cancelled, no answer, unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from protocols.text import Text

from ..machine import Json

Status = Literal["done", "refused", "declined", "no_answer", "unknown", "cancelled"]
DONE = Text("成功", "Done")

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

NOT_IN_PROTOCOL = "not_in_protocol"
REFUSED: Mapping[str, Text] = {
    NOT_IN_PROTOCOL: Text("该规程没有这项操作", "The protocol has no such operation"),
    PORT_GONE: Text(
        "终端的串口不在，没有发出任何请求：请检查线缆与 USB 口并重新插好",
        "The terminal's port is gone and nothing was sent: check cable and USB socket, and plug it in again",
    ),
    "nothing_to_abort": Text("没有正在进行的操作", "No operation is under way"),
}
"""Causes for which the driver itself refuses; no frame has left."""


def outcome(
    op: str,
    status: Status,
    cause: str | None,
    text: Text,
    *,
    code: str | None = None,
    stan: str | None = None,
    batch: str | None = None,
    amount_fen: int | None = None,
    rrn: str | None = None,
    **more: Json,
) -> dict[str, Json]:
    """An Outcome.  `code`: the host's F39, or the protocol's own result code where the host has given none."""
    told = {"op": op, "status": status, "code": code, "cause": cause, "stan": stan, "batch": batch}
    return {**told, "amount_fen": amount_fen, "rrn": rrn, "text": {"zh": text.zh, "en": text.en}, **more}


OTHER_AMOUNT = "other_amount"
OTHER_AMOUNT_TEXT = Text(
    "终端入账的金额是 {told} 分，要求的是 {asked} 分：请核对签购单，必要时撤销",
    "The terminal booked {told} minor units where {asked} were ordered: compare the receipt, and void it if need be",
)


def with_amount_compared(told: dict[str, Json], args: Mapping[str, Json]) -> dict[str, Json]:
    """`told`; what was done for another amount than `args` name stays done, with the cause `other_amount`."""
    asked, booked = args.get("amount_fen"), told["amount_fen"]
    if told["status"] != "done" or None in (asked, booked) or asked == booked:
        return told
    text = OTHER_AMOUNT_TEXT.format(told=booked, asked=asked)
    return {**told, "cause": OTHER_AMOUNT, "text": {"zh": text.zh, "en": text.en}}


def done_outcome(op: str) -> dict[str, Json]:
    """Done, and nothing more to say."""
    return outcome(op, "done", None, DONE)


def refused_outcome(op: str, cause: str) -> dict[str, Json]:
    """The driver refuses by itself (`REFUSED`)."""
    return outcome(op, "refused", cause, REFUSED[cause])


def no_answer_outcome(op: str, cause: str) -> dict[str, Json]:
    """The terminal did not answer the register: what it did is not known here; `last` asks it."""
    return outcome(op, "unknown", cause, NO_ANSWER[cause])
