"""The register's side of the terminal: dialect B of the Chinese register interface.

A register that asks twice for one order (9F1F till, 9FFF order) gets the stored result, never a second sale.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, build, message, parse, without_length
from protocols.mispos.dialect_b.tags import MANAGER, TransactionType
from protocols.mispos.quirks import MisposBQuirks
from protocols.mispos.results import NOT_OPENED, SUCCESS

from ...machine import Json
from ..desk import Desk
from ..outcome import Outcome, done, refused
from ..slips import masked, slip_lines
from ..wants import NoReply, Order
from .cable import Dialect
from .mispos import BY_AMOUNT, BY_ORIGINAL, MisposSide, address_from, told_code
from .orders import MONEY
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
    TransactionType.SET_COMMUNICATION: "parameter_menu",
    TransactionType.DOWNLOAD_KEYS: "download_master_key",
    TransactionType.SET_KEYS: "download_master_key",
    TransactionType.DOWNLOAD_PARAMETERS: "download_parameters",
    TransactionType.SET_PARAMETERS: "download_parameters",
    TransactionType.SET_IC_PARAMETERS: "download_aids",
    TransactionType.PRE_AUTHORISATION: "preauth",
    TransactionType.PRE_AUTHORISATION_VOID: "preauth_void",
    TransactionType.PRE_AUTHORISATION_COMPLETION: "completion",
    TransactionType.PRE_AUTHORISATION_COMPLETION_VOID: "completion_void",
}
"""The public client names types 128 to 130 (parameters, keys, IC parameters) beside 48 and 49 and says nothing of them;
posrig has them do the same, and 130 the download of the AIDs."""
TOLD_AT_ONCE = (TransactionType.FIND_PORT, TransactionType.SET_UP)
"""Answered from what the terminal knows: that it is there, and how it is set up (posrig's choice for 21)."""

DIALECT = Dialect(parse, build, lambda msg: (msg.kind, msg.shown()))


class MisposB(MisposSide[MisposMessage]):
    """See the module."""

    def __init__(self, desk: Desk, terminal: Operating) -> None:
        self._quirks: MisposBQuirks = desk.settings.quirks or MisposBQuirks()
        super().__init__(desk, terminal, DIALECT, self._quirks)

    # the way to the host

    def _to_carry(self, address: str, octets: bytes, limit_s: int) -> MisposMessage:
        """Type 17, DATASEND."""
        host, _, port = address.rpartition(":")
        limit = str(limit_s)
        values: dict[int, str | bytes] = {tags.ADDRESS: host, tags.PORT: port, tags.TIME_LIMIT: limit}
        head = len(octets).to_bytes(2, "big") if self._quirks.length_in_content else b""
        return message(TransactionType.DATA_SEND, {**values, tags.CONTENT: head + octets})

    def _is_carried(self, msg: MisposMessage) -> bool:
        return msg.type == TransactionType.DATA_SEND

    def _carried(self, msg: MisposMessage) -> bytes | NoReply:
        """The register tells whether it could not open the connection (nothing was sent), or opened it and no reply
        came."""
        code = msg.text(tags.RESULT)
        if code == SUCCESS:
            return without_length(msg.octets(tags.CONTENT))
        return NoReply("not_sent" if code in NOT_OPENED else "timeout")

    # requests

    def _asked(self, payload: bytes, msg: MisposMessage) -> None:
        searched = msg.text(tags.APPLICATION) == MANAGER and msg.type == TransactionType.PRE_AUTHORISATION_VOID
        if searched or msg.type in TOLD_AT_ONCE:
            self.cable.send(self._set_up(msg.type))
            return
        op = OPERATIONS.get(msg.type)
        if op is None:
            self.cable.send(self._answer(msg.type, refused("", "not_supported")))
            return
        self._run(payload, op, lambda: _order(op, msg), lambda result: self._answer(msg.type, result))

    def _set_up(self, kind: int) -> MisposMessage:
        """How the terminal is set up."""
        desk = self._desk
        host, _, port = (desk.config.host_address or desk.settings.host_address).rpartition(":")
        told = self._answer(kind, done(""))
        return MisposMessage(
            {**told.fields, **message(kind, {tags.BATCH: desk.state.batch, tags.ADDRESS: host, tags.PORT: port}).fields}
        )

    def _answer(self, kind: int, result: Outcome) -> MisposMessage:
        code, local = told_code(result)
        values: dict[int, str | bytes] = {tags.RESULT: code if local is None else local.code}
        state = self._desk.state
        if result["status"] == "done":
            values |= {tags.MID: state.mid, tags.TID: state.tid}
        else:
            values[tags.ERROR_TEXT] = result["text"]["zh"]
        if "balance_fen" in result:
            values[tags.BALANCE] = f"{max(0, result['balance_fen']):012d}"
        if result["amount_fen"]:
            values[tags.AMOUNT] = f"{result['amount_fen']:012d}"
        for tag, name in ((tags.BATCH, "batch"), (tags.STAN, "stan"), (tags.RRN, "rrn")):
            if result[name]:
                values[tag] = str(result[name])
        booked = self._booked(result) if result["status"] == "done" else {}
        whole = message(kind, {**values, **booked})
        if self.cable.fits(whole):
            return whole
        return message(kind, {**values, **{tag: value for tag, value in booked.items() if tag != tags.PRINT}})

    def _booked(self, result: Outcome) -> dict[int, str | bytes]:
        """Card, date, order and print content of the entry that the result speaks of."""
        entry = self._desk.state.entry(result["stan"], result["batch"]) if result["stan"] else None
        if entry is None:
            return {}
        lines = "\n".join(line.zh for line in slip_lines(entry, self._desk.state, "merchant"))
        booked: dict[int, str | bytes] = {tags.CARD: masked(entry.pan), tags.DATE: entry.date, tags.TIME: entry.time}
        till, _, number = entry.source.partition("/")
        order: dict[int, str | bytes] = {tags.TILL: till, tags.ORDER: number} if number else {}
        return {**booked, tags.AUTH: entry.auth, **order, tags.PRINT: lines}


def _order(op: str, msg: MisposMessage) -> Order:
    """What the register asks for.  Raises ValueError."""
    args: dict[str, Json] = {}
    if op == "parameter_menu":
        return Order(op, {"host_address": address_from(msg.text(tags.ADDRESS), msg.text(tags.PORT))})
    amount, stan = msg.text(tags.AMOUNT), msg.text(tags.ORIGINAL_STAN)
    if op in BY_AMOUNT:
        args["amount_fen"] = int(amount)
    if stan and (op in BY_ORIGINAL or op == "reprint"):
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
