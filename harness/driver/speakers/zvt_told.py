"""What a ZVT terminal tells in the course of an operation, and the Outcome that it adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.text import Text
from protocols.unionpay.responses import response
from protocols.zvt import bitmaps as bmp
from protocols.zvt import codes, tags
from protocols.zvt.charset import Charset, decode_text
from protocols.zvt.codes import result_text, status_text
from protocols.zvt.message import ZvtMessage
from protocols.zvt.outcomes import HOST_CODES, LOCKS, verdict
from protocols.zvt.tlv import ZvtTlv

from ...machine import Json
from ..outcome import DONE, outcome

ABORTED = Text("终端中止了操作，没有给出原因", "The terminal aborted the operation and gave no reason")
NOT_BOOKED = Text(
    "终端的最近一笔交易不是这一笔：没有入账，可以重做",
    "The terminal's newest transaction is another one: nothing was booked, it may be asked for again",
)
LINES_MAX = 1_000
"""Printed lines that are kept of one operation."""


@dataclass(slots=True)
class Told:
    """So far: the newest status information, the printed lines, the status of a status enquiry."""

    result: ZvtMessage | None = None
    lines: list[str] = field(default_factory=list)
    status: int | None = None
    device: dict[str, Json] = field(default_factory=dict)
    flags: int = 0
    """Status byte of a registration's completion: what is necessary first."""

    @property
    def code(self) -> int | None:
        """Result code of the status information."""
        return (
            None if self.result is None or not self.result.has(bmp.RESULT_CODE) else self.result.octet(bmp.RESULT_CODE)
        )

    def line(self, text: str) -> None:
        """Keep a printed line."""
        if len(self.lines) < LINES_MAX:
            self.lines.append(text)

    def block(self, items: tuple[ZvtTlv, ...], charset: Charset) -> None:
        """Keep the lines of a text block, in their order."""
        for item in items:
            if item.tag == tags.TEXT_LINE:
                self.line(decode_text(item.octets, charset))
            self.block(item.children, charset)

    def completed(self, msg: ZvtMessage, charset: Charset) -> None:
        """A completion: the terminal says of itself what its layout has."""
        if "status" in msg.values:
            self.status = msg.octet("status")
            self.device["terminal_status"] = f"{self.status:02X}"
        if version := msg.octets("version"):
            self.device["version"] = decode_text(version, charset)
        if tid := msg.nibbles(bmp.TID) or (msg.tag(tags.TERMINAL_ID) or b"").hex():
            self.device["tid"] = tid
        if name := msg.tag(tags.DEVICE, tags.DEVICE_NAME):
            self.device["model"] = decode_text(name, "ascii")
        if serial := msg.tag(tags.DEVICE, tags.SERIAL_NUMBER):
            self.device["sn"] = serial.hex().upper()


@dataclass(slots=True)
class Running:
    """The operation under way: its commands, the one that it is at, and what the terminal has told."""

    op: str
    args: Mapping[str, Json]
    steps: list[ZvtMessage]
    at: int = 0
    told: Told = field(default_factory=Told)
    accepted: bool = False
    """The command was answered 80 00, or by what follows it."""
    quiet: bool = False
    """The port is back; the terminal may go on by itself before it is asked."""
    learning: bool = False
    """The newest receipt is asked for, in the place of the command."""
    registered_again: bool = False
    interrupted: bool = False
    """It is registered again because the newest receipt is to be asked for."""
    aborting: bool = False
    repeated: bool = False
    """The command went out again, with the number that it had."""
    sent: bytes = b""
    """The newest command, as it went out."""
    until: int = 0
    """When it is no longer tried to learn the outcome."""

    @property
    def step(self) -> ZvtMessage:
        return self.steps[self.at]


def transaction(told: Told) -> dict[str, Json]:
    """The values of an Outcome that the status information gives."""
    result = told.result
    if result is None:
        return {}
    amount = result.nibbles(bmp.AMOUNT)
    return {
        "stan": result.nibbles(bmp.TRACE) or None,
        "amount_fen": int(amount) if amount.isdecimal() else None,
        "receipt": result.nibbles(bmp.RECEIPT) or None,
    }


def done(op: str, told: Told) -> dict[str, Json]:
    """The operation ended with its last completion."""
    if told.status:
        # Asked for the status: that was done, and the lock has its cause and cure.
        cause = LOCKS.get(told.status) or f"zvt_{told.status:02X}"
        return outcome(op, "done", cause, status_text(told.status), **told.device)
    more: dict[str, Json] = {**told.device, **({"printed": list(told.lines)} if told.lines else {})}
    code = "00" if told.code == codes.OK else None
    return outcome(op, "done", None, DONE, code=code, **transaction(told), **more)


def failed(op: str, code: int | None, told: Told, msg: ZvtMessage | None, charset: Charset) -> dict[str, Json]:
    """The terminal refused (84 xx) or aborted (06 1E); a status information before says best why."""
    asked_host = told.code not in (None, codes.OK)
    known = told.code if asked_host else code
    if known is None:
        return outcome(op, "cancelled", "aborted", ABORTED)
    status, cause = verdict(known, asked_host)
    host = told.result.octet(bmp.RESULT_CODE_AS, codes.OK) if told.result is not None else codes.OK
    if known in HOST_CODES and asked_host and host != codes.OK:  # the host's code as its two digits
        status, cause = "declined", f"f39_{host:02X}"
    text = _text(known, asked_host, cause)
    said = _said(told, msg, charset)
    shown = Text(f"{text.zh}（{said}）", f"{text.en} ({said})") if said not in ("", text.zh, text.en) else text
    printed: dict[str, Json] = {"printed": list(told.lines)} if told.lines else {}
    code_told = cause.removeprefix("f39_") if cause.startswith("f39_") else f"{known:02X}"
    return outcome(op, status, cause, shown, code=code_told, **transaction(told), **printed)


def not_booked(op: str) -> dict[str, Json]:
    """The newest transaction is another one."""
    return outcome(op, "no_answer", "not_booked", NOT_BOOKED)


def _text(code: int, asked_host: bool, cause: str) -> Text:
    if cause.startswith("f39_"):
        return response(cause.removeprefix("f39_")).display
    if not asked_host and code in codes.STATUS:
        return status_text(code)
    return result_text(code)


def _said(told: Told, msg: ZvtMessage | None, charset: Charset) -> str:
    """Words of the terminal's own: additional text, or those of an extended error."""
    if msg is not None and (extended := msg.tag(tags.EXTENDED_TEXT)):
        return decode_text(extended, charset)
    return decode_text(told.result.octets(bmp.ADDITIONAL_TEXT), charset) if told.result is not None else ""


def of_last(told: Told) -> Mapping[str, Json] | None:
    """What the newest result belongs to, as far as a status information tells: a reversal names its original."""
    if told.result is None:
        return None
    return {"op": "void" if told.result.has(bmp.ORIGINAL_TRACE) else None, "order": None}
