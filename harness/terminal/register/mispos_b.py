"""The register's side of the terminal: dialect B of the Chinese register interface (types 1, 2, 3, 14 to 18).

A register that asks twice for one order (9F1F till, 9FFF order) gets the stored result, never a second sale.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, message
from protocols.mispos.dialect_b.tags import TransactionType
from protocols.mispos.results import LOCAL_BY_CAUSE, SUCCESS, TUNNEL_OPEN_FAILED

from ...machine import Json
from ..desk import Desk
from ..outcome import Outcome, refused
from ..slips import masked, slip_lines
from ..wants import Confirm, NoReply, Order, Want
from .cable import Cable
from .orders import MONEY, known_result
from .side import Operating

OPERATIONS: Mapping[int, str] = {
    TransactionType.SIGN_IN: "sign_in",
    TransactionType.SALE: "sale",
    TransactionType.VOID: "void",
    TransactionType.REFUND: "refund",
    TransactionType.SETTLE: "settle",
    TransactionType.LAST_RESULT: "last",
    TransactionType.REPRINT: "reprint",
    TransactionType.BALANCE: "balance",
    TransactionType.DOWNLOAD_KEYS: "download_master_key",
    TransactionType.DOWNLOAD_PARAMETERS: "download_parameters",
    TransactionType.PRE_AUTHORISATION: "preauth",
    TransactionType.PRE_AUTHORISATION_VOID: "preauth_void",
    TransactionType.PRE_AUTHORISATION_COMPLETION: "completion",
    TransactionType.PRE_AUTHORISATION_COMPLETION_VOID: "completion_void",
}
BY_AMOUNT = ("sale", "refund", "preauth", "completion")
BY_ORIGINAL = ("void", "refund", "preauth_void", "completion", "completion_void")
UNLISTED = {"no_answer": "no_answer", "unknown": "reversal_pending", "cancelled": "cancelled"}
"""Result for a cause that the register interface has no code for, by status."""


class MisposB:
    """Takes requests from the cable, starts operations, sends results."""

    def __init__(self, desk: Desk, terminal: Operating) -> None:
        self._desk = desk
        self._terminal = terminal
        self.cable: Cable = Cable(desk)
        self._current = b""
        """The request that is being carried out, or whose result is not acknowledged."""
        self._result: MisposMessage | None = None

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return self.cable.deadline

    def received(self, data: bytes) -> None:
        """Octets from the register."""
        self._arrived(self.cable.received(data))

    def wake(self) -> None:
        """Time has passed."""
        self._arrived(self.cable.wake())

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out; what waits for its acknowledgement goes out anew."""
        self.cable.reset(plugged_in)

    def waits(self, want: Want) -> None:
        """The interface tells nothing between request and result."""

    def confirm(self, want: Confirm) -> bool:
        """What was approved is final; a register that lost the result asks for the last one."""
        return False

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """串口透传 (type 17, DATASEND): the register dials, and what it reports is told apart: it could not open the
        connection (nothing was sent), or it opened it and no reply came."""
        host, _, port = address.rpartition(":")
        limit = str(limit_s)
        values: dict[int, str | bytes] = {tags.ADDRESS: host, tags.PORT: port, tags.TIME_LIMIT: limit}
        values[tags.CONTENT] = octets
        self.cable.send(message(TransactionType.DATA_SEND, values))

    def _arrived(self, arrived: list[tuple[bytes, MisposMessage]]) -> None:
        if self.cable.take_failed() is not None and not self._terminal.idle:
            self._terminal.carried(NoReply("closed", "gone"))  # the cable is out, or nobody is there
        if not self.cable.busy and self._result is not None:
            self._current, self._result = b"", None
        for payload, msg in arrived:
            if msg.type == TransactionType.DATA_SEND:
                self.cable.acknowledged()  # an answer acknowledges the request, whatever became of the ACK
                self._terminal.carried(_carried(msg))
            elif payload != self._current:
                self._request(payload, msg)
            # else the same frame again: its ACK was lost.  It was acknowledged anew; the result is still to come.

    def _request(self, payload: bytes, msg: MisposMessage) -> None:
        op = OPERATIONS.get(msg.type)
        if op is None:
            self._send(msg.type, refused("", "not_supported"))
            return
        if not self._terminal.idle:
            self._send(msg.type, refused(op, "busy"))
            return
        try:
            order = self._order(op, msg)
        except ValueError:
            self._send(msg.type, refused(op, "bad_request"))
            return
        known = known_result(self._desk, order)
        if known is not None:
            self._send(msg.type, known)
            return
        self._current = payload

        def heard(result: Outcome) -> None:
            self._result = self._send(msg.type, result)

        self._terminal.operate(order, None, heard)

    def _order(self, op: str, msg: MisposMessage) -> Order:
        args: dict[str, Json] = {}
        amount, stan = msg.text(tags.AMOUNT), msg.text(tags.ORIGINAL_STAN)
        if op in BY_AMOUNT:
            args["amount_fen"] = int(amount)
        if op in BY_ORIGINAL and stan:
            args["stan"] = str(int(stan))
        elif op in BY_ORIGINAL and msg.text(tags.AUTH):
            args |= {"auth": msg.text(tags.AUTH), "date": msg.text(tags.DATE)[-4:]}
            if amount:
                args["amount_fen"] = int(amount)
        if op == "refund" and msg.text(tags.RRN):
            args |= {"rrn": msg.text(tags.RRN), "date": msg.text(tags.DATE)[-4:]}
        if msg.text(tags.MID):
            args["account"] = msg.text(tags.MID)
        number = msg.text(tags.ORDER)
        source = f"{msg.text(tags.TILL)}/{number}" if number and op in MONEY else ""
        return Order(op, args, source)

    def _send(self, kind: int, result: Outcome) -> MisposMessage:
        values: dict[int, str | bytes] = {tags.RESULT: _code(result)}
        state = self._desk.state
        if result["status"] == "done":
            values |= {tags.MID: state.mid, tags.TID: state.tid, **self._booked(result)}
        else:
            values[tags.ERROR_TEXT] = result["text"]["zh"]
        if "balance_fen" in result:
            values[tags.BALANCE] = f"{max(0, result['balance_fen']):012d}"
        if result["amount_fen"]:
            values[tags.AMOUNT] = f"{result['amount_fen']:012d}"
        for tag, name in ((tags.BATCH, "batch"), (tags.STAN, "stan"), (tags.RRN, "rrn")):
            if result[name]:
                values[tag] = str(result[name])
        msg = message(kind, values)
        self.cable.send(msg)
        return msg

    def _booked(self, result: Outcome) -> dict[int, str | bytes]:
        """Card, date and print content of the entry that the result speaks of."""
        entry = self._desk.state.entry(result["stan"], result["batch"]) if result["stan"] else None
        if entry is None:
            return {}
        lines = "\n".join(line.zh for line in slip_lines(entry, self._desk.state, "merchant"))
        booked: dict[int, str | bytes] = {tags.CARD: masked(entry.pan), tags.DATE: entry.date, tags.TIME: entry.time}
        return {**booked, tags.AUTH: entry.auth, tags.PRINT: lines}


def _code(result: Outcome) -> str:
    """9F14: the host's F39, or posrig's code of a local refusal."""
    if result["status"] == "done":
        return SUCCESS
    if result["status"] == "declined" and result["code"] and result["code"] != SUCCESS:
        return str(result["code"])
    cause = UNLISTED["unknown"] if result["status"] == "unknown" else str(result["cause"])
    local = LOCAL_BY_CAUSE.get(cause) or LOCAL_BY_CAUSE[UNLISTED.get(result["status"], "wrong_order")]
    return local.code


def _carried(msg: MisposMessage) -> bytes | NoReply:
    code = msg.text(tags.RESULT)
    if code == SUCCESS:
        return msg.octets(tags.CONTENT)
    return NoReply("not_sent" if code == TUNNEL_OPEN_FAILED else "timeout")
