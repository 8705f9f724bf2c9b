"""Dialect B of the Chinese register interface, from the register: 9F tags in the frame with BCD length and LRC.

The terminal tells an order by its number (9F1F till, 9FFF order) and gives the stored result, so what was asked may be
asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, build, message, parse, without_length
from protocols.mispos.dialect_b.tags import MANAGER, TransactionType
from protocols.mispos.quirks import MisposBQuirks
from protocols.mispos.results import (
    HOST_TEXTS,
    LOCAL_RESULTS,
    SUCCESS,
    TUNNEL_BAD_REPLY,
    TUNNEL_OPEN_FAILED,
    TUNNEL_TIMED_OUT,
)
from protocols.text import Text
from protocols.unionpay.responses import response

from ...arguments import Takes
from ...machine import SECOND_US, Json
from ..outcome import DONE, outcome
from ..talk import Talk
from .mispos import BY_AMOUNT, BY_ORIGINAL, Exchange, MisposSpeaker, address_parts, takes_of, undecided, whole
from .mispos_tunnel import Carried, Ending

CODE_CHARS = 2
"""Of a host's F39."""
TYPES: Mapping[str, TransactionType] = {
    "identify": TransactionType.FIND_PORT,
    "status": TransactionType.SET_UP,
    "load_keys": TransactionType.DOWNLOAD_KEYS,
    "sign_in": TransactionType.SIGN_IN,
    "download": TransactionType.DOWNLOAD_PARAMETERS,
    "set_communication": TransactionType.SET_COMMUNICATION,
    "sale": TransactionType.SALE,
    "void": TransactionType.VOID,
    "refund": TransactionType.REFUND,
    "preauth": TransactionType.PRE_AUTHORISATION,
    "preauth_void": TransactionType.PRE_AUTHORISATION_VOID,
    "completion": TransactionType.PRE_AUTHORISATION_COMPLETION,
    "completion_void": TransactionType.PRE_AUTHORISATION_COMPLETION_VOID,
    "balance": TransactionType.BALANCE,
    "last": TransactionType.LAST_RESULT,
    "reprint": TransactionType.REPRINT,
    "settle": TransactionType.SETTLE,
}
OPS: Mapping[int, str] = {kind: op for op, kind in TYPES.items()}
OF_ANOTHER = frozenset(("last", "reprint"))
"""Their result may have the type of the transaction that it tells of (the public client expects that)."""
ENDINGS: Mapping[Ending, str] = {
    "reply": SUCCESS,
    "not_opened": TUNNEL_OPEN_FAILED,
    "no_reply": TUNNEL_TIMED_OUT,
    "bad_reply": TUNNEL_BAD_REPLY,
}
SIGN_IN_AGAIN = frozenset(("77", "L01"))


class MisposB(MisposSpeaker[MisposMessage]):
    """See the module."""

    takes: ClassVar[Mapping[str, Takes]] = takes_of((*TYPES, "abort"), without=("payment_code",))

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._b_quirks: MisposBQuirks = talk.quirks

    def _request(self, op: str, args: Mapping[str, Json]) -> MisposMessage:
        settings = self._talk.settings
        values: dict[int, str | bytes] = {tags.APPLICATION: settings.application}
        if op == "identify" and self._b_quirks.find_port_by_manager:
            return message(TransactionType.PRE_AUTHORISATION_VOID, {tags.APPLICATION: MANAGER})
        if op == "set_communication":
            values[tags.ADDRESS], values[tags.PORT] = address_parts(args)
        if op in BY_AMOUNT:
            values[tags.AMOUNT] = self._amount(args)
        if op in BY_ORIGINAL or "stan" in args:
            values[tags.ORIGINAL_STAN] = f"{int(args['stan']):06d}"
        for name, tag in (("rrn", tags.RRN), ("date", tags.DATE), ("account", tags.MID)):
            if name in args:
                values[tag] = str(args[name])
        values[tags.TILL] = settings.till
        values[tags.ORDER] = self._order_number(args)
        return message(TYPES[op], values)

    def _parse(self, payload: bytes) -> MisposMessage:
        return parse(payload)

    def _build(self, msg: MisposMessage) -> bytes:
        return build(msg)

    def _told(self, msg: MisposMessage) -> tuple[str, Mapping[str, str]]:
        return msg.kind, msg.shown()

    def _wants_sign_in(self, msg: MisposMessage) -> bool:
        return msg.text(tags.RESULT) in SIGN_IN_AGAIN

    def _arrived(self, msg: MisposMessage, exchange: Exchange[MisposMessage] | None) -> None:
        if msg.type == TransactionType.DATA_SEND:
            host, port, limit = msg.text(tags.ADDRESS), msg.text(tags.PORT), msg.text(tags.TIME_LIMIT)
            wait_us = int(limit) * SECOND_US if limit.isascii() and limit.isdigit() else None
            # A terminal that names no host leaves the choice to whoever set the register up.
            address = f"{host}:{port}" if host or port else ""
            self._carry(msg, address, without_length(msg.octets(tags.CONTENT)), wait_us)
        elif exchange is not None and (msg.type == exchange.msg.type or exchange.op in OF_ANOTHER):
            self._ended(outcome_of(exchange.op, msg), msg)

    def _reply(self, carried: Carried[MisposMessage]) -> MisposMessage:
        values: dict[int, str | bytes] = {tags.RESULT: ENDINGS[carried.ending]}
        if carried.content:
            head = len(carried.content).to_bytes(2, "big") if self._b_quirks.length_in_content else b""
            values[tags.CONTENT] = head + carried.content
        return message(TransactionType.DATA_SEND, values)


def outcome_of(op: str, msg: MisposMessage) -> dict[str, Json]:
    """The Outcome that a result message tells.  Two characters that no table knows are `declined` with that code."""
    code, shown, amount = msg.text(tags.RESULT).strip(" \0"), msg.text(tags.ERROR_TEXT), msg.text(tags.AMOUNT)
    values = whole(stan=msg.text(tags.STAN), batch=msg.text(tags.BATCH), rrn=msg.text(tags.RRN))
    values["amount_fen"] = int(amount) if amount.isdigit() else None
    if code == SUCCESS:
        return outcome(op, "done", None, DONE, code="00", **values, **_more(op, msg))
    if (local := LOCAL_RESULTS.get(code)) is not None:
        return outcome(op, local.status, local.cause, Text(shown or local.text.zh, local.text.en), **values)
    if len(code) != CODE_CHARS:
        return undecided(op, code, values)
    meaning = HOST_TEXTS.get(code) or response(code).display
    return outcome(op, "declined", f"f39_{code}", Text(shown or meaning.zh, meaning.en), code=code, **values)


def _more(op: str, msg: MisposMessage) -> dict[str, Json]:
    """What some operations tell besides."""
    balance = msg.text(tags.BALANCE)
    if op == "balance" and balance.isdigit():
        return {"balance_fen": int(balance)}
    if op in ("identify", "status"):
        return whole(tid=msg.text(tags.TID), mid=msg.text(tags.MID), address=_address(msg))
    if op == "last":
        told = OPS.get(msg.type, "")
        return {"of": whole(op="" if told == op else told, order=msg.text(tags.ORDER))}
    return {}


def _address(msg: MisposMessage) -> str:
    host, port = msg.text(tags.ADDRESS), msg.text(tags.PORT)
    return f"{host}:{port}" if host or port else ""
