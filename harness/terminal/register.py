"""The register's side of the terminal: dialect B of the Chinese register interface (types 1, 2, 3, 14 to 18).

A register that asks twice for one order (9F1F till, 9FFF order) gets the stored result, never a second sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from protocols.mispos import tags
from protocols.mispos.message import MisposMessage, message
from protocols.mispos.results import LOCAL_BY_CAUSE, SUCCESS
from protocols.mispos.tags import TransactionType

from ..machine import Json
from .cable import Cable
from .desk import Desk
from .flows.accounts import asked_for
from .flows.sales import last_of
from .outcome import Outcome, refused
from .outcome import outcome as outcome_of
from .slips import masked, slip_lines
from .wants import Order

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
MONEY = ("sale", "void", "refund", "preauth", "preauth_void", "completion", "completion_void")
BY_AMOUNT = ("sale", "refund", "preauth", "completion")
BY_ORIGINAL = ("void", "refund", "preauth_void", "completion", "completion_void")
UNLISTED = {"no_answer": "no_answer", "unknown": "reversal_pending", "cancelled": "cancelled"}
"""Result for a cause that the register interface has no code for, by status."""


class Operating(Protocol):
    """What this side needs of the terminal."""

    @property
    def idle(self) -> bool: ...

    def operate(
        self, order: Order, ticket: int | None, heard: Callable[[Outcome], None] | None = None
    ) -> Outcome | None: ...

    def tunnelled(self, msg: MisposMessage | None) -> None: ...


class Register:
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

    def _arrived(self, arrived: list[tuple[bytes, MisposMessage]]) -> None:
        if self.cable.take_failed() is not None and not self._terminal.idle:
            self._terminal.tunnelled(None)
        if not self.cable.busy and self._result is not None:
            self._current, self._result = b"", None
        for payload, msg in arrived:
            if msg.type == TransactionType.DATA_SEND:
                self.cable.acknowledged()  # an answer acknowledges the request, whatever became of the ACK
                self._terminal.tunnelled(msg)
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
        known = self._known(order)
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

    def _known(self, order: Order) -> Outcome | None:
        """The stored result of an order that was asked for before; None when it is new (or was declined)."""
        if not order.source:
            return None
        state = self._desk.state
        for account in state.accounts:
            pending = state.reversal if state.reversal and state.reversal["account"] == account.number else {}
            left = [item for item in account.unresolved if item["batch"] == account.batch]
            for item in (pending, *left):
                if item.get("source") == order.source:
                    self._desk.use(account.number)
                    values = {name: item[name] for name in ("stan", "batch", "amount_fen")}
                    return outcome_of(order.op, "unknown", "reversal_pending", **values)
        account, entry = state.by_source(order.source)
        if entry is None or (entry.settled and entry is not account.entries[-1]):
            return None  # a till may count from 1 again after a settlement; only its newest order is asked for again
        if account.number != asked_for(self._desk, order):
            return refused(order.op, "bad_request")
        self._desk.use(account.number)
        if entry.kind != order.op or order.args.get("amount_fen", entry.amount_fen) != entry.amount_fen:
            return refused(order.op, "bad_request")
        return last_of(order.op, entry)

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
