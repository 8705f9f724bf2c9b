"""Dialect B of the Chinese register interface, from the register: 9F tags in the frame with BCD length and LRC.

Every data frame is acknowledged with one octet; a damaged one is answered NAK and comes again.  The terminal tells an
order by its number (9F1F till, 9FFF order) and gives the stored result, so what was asked may be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.errors import PosrigError
from protocols.framing import Frame, Item, Noise
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, build, message, parse
from protocols.mispos.dialect_b.tags import TransactionType
from protocols.mispos.results import LOCAL_RESULTS, SUCCESS
from protocols.text import Text
from protocols.unionpay.responses import response

from ...acked import AckedLine, Timing
from ...arguments import Takes
from ...machine import Closed, Event, Json, Opened, Received
from ..operations import OPERATIONS
from ..outcome import DONE, REGISTER_TIMEOUT, no_answer_outcome, outcome
from ..talk import Talk
from .mispos_tunnel import Tunnel

TYPES: Mapping[str, TransactionType] = {
    "sign_in": TransactionType.SIGN_IN,
    "load_keys": TransactionType.DOWNLOAD_KEYS,
    "download": TransactionType.DOWNLOAD_PARAMETERS,
    "sale": TransactionType.SALE,
    "void": TransactionType.VOID,
    "preauth": TransactionType.PRE_AUTHORISATION,
    "preauth_void": TransactionType.PRE_AUTHORISATION_VOID,
    "completion": TransactionType.PRE_AUTHORISATION_COMPLETION,
    "completion_void": TransactionType.PRE_AUTHORISATION_COMPLETION_VOID,
    "settle": TransactionType.SETTLE,
    "last": TransactionType.LAST_RESULT,
    "reprint": TransactionType.REPRINT,
}
BY_AMOUNT = frozenset(("sale", "preauth", "completion"))
BY_ORIGINAL = frozenset(("void", "preauth_void", "completion", "completion_void"))
AGAIN = BY_AMOUNT | BY_ORIGINAL | {"last"}
"""What is asked again when a port that had vanished is back: the terminal tells an order by its number and gives the
stored result, so nothing is sold twice."""
AMOUNT_END_FEN = 10**12


@dataclass(slots=True)
class _Exchange:
    """The operation under way: one request frame."""

    op: str
    payload: bytes
    acknowledged: bool = False


class MisposB:
    """See the module."""

    takes: Mapping[str, Takes] = {op: OPERATIONS[op].takes for op in TYPES}

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        settings = talk.settings
        self._line = AckedLine(talk.framer, talk.send, Timing(settings.ack_timeout_us, settings.byte_gap_us))
        self._exchange: _Exchange | None = None
        self._order = 0
        self._result_due: int | None = None
        self._last_frame = b""
        self._tunnel = Tunnel(talk)

    @property
    def deadline(self) -> int | None:
        due = (self._result_due, self._line.deadline, self._tunnel.deadline)
        return min((at for at in due if at is not None), default=None)

    def begin(self, op: str, args: Mapping[str, Json]) -> None:
        msg = self._request(op, args)
        self._exchange = _Exchange(op, build(msg))
        self._last_frame = b""
        self._put(msg)

    def _request(self, op: str, args: Mapping[str, Json]) -> MisposMessage:
        self._order += 1
        settings = self._talk.settings
        values: dict[int, str | bytes] = {tags.APPLICATION: settings.application}
        if op in BY_AMOUNT:
            amount = int(args["amount_fen"])
            if not 0 <= amount < AMOUNT_END_FEN:
                raise ValueError(f"amount_fen {amount} is not within 0 to {AMOUNT_END_FEN - 1}")
            values[tags.AMOUNT] = f"{amount:012d}"
        if op in BY_ORIGINAL:
            values[tags.ORIGINAL_STAN] = f"{int(args['stan']):06d}"
        if "account" in args:
            values[tags.MID] = str(args["account"])
        values[tags.TILL] = settings.till
        # A restarted register repeats no number.
        values[tags.ORDER] = str(args.get("order", f"{self._talk.now}-{self._order}"))
        return message(TYPES[op], values)

    def abort(self) -> bool:
        return False

    def give_up(self) -> None:
        self._exchange, self._result_due = None, None
        self._line.clear()

    # the cable

    def away(self) -> None:
        self._line.reset(self._talk.now, resend=False)

    def back(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        if exchange.acknowledged and exchange.op not in AGAIN:  # its result is still to come
            self._result_due = self._talk.now + self._talk.settings.result_timeout_us
            return
        self.give_up()
        self._exchange = _Exchange(exchange.op, exchange.payload)
        self._last_frame = b""
        self._put(parse(exchange.payload))

    def _put(self, msg: MisposMessage) -> None:
        self._talk.message("out", msg.type_name.lower(), shown_fields(msg))
        self._line.send(build(msg), self._talk.now)

    def received(self, data: bytes) -> None:
        self._items(self._line.received(data, self._talk.now))

    def wake(self) -> None:
        now = self._talk.now
        self._items(self._line.wake(now))
        self._tunnelled(self._tunnel.wake())
        if self._result_due is not None and now >= self._result_due:
            self._finish(no_answer_outcome(self._op, REGISTER_TIMEOUT))

    def tunnelled(self, event: Event) -> None:
        match event:
            case Opened():
                self._tunnel.opened()
            case Received(data=data):
                self._tunnelled(self._tunnel.received(data))
            case Closed(reason=reason):
                self._tunnelled(self._tunnel.closed(reason))

    @property
    def _op(self) -> str:
        return self._exchange.op if self._exchange is not None else ""

    def _items(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Noise):
                self._talk.noise(item.data, item.reason.en)
                self._line.nak()
            elif isinstance(item, Frame):
                self._frame(item.payload)
        exchange = self._exchange
        if self._line.take_failed() is not None and exchange is not None and not exchange.acknowledged:
            self._finish(no_answer_outcome(exchange.op, REGISTER_TIMEOUT))
        elif exchange is not None and not exchange.acknowledged and not self._line.busy:
            self._acknowledged(exchange)

    def _acknowledged(self, exchange: _Exchange) -> None:
        exchange.acknowledged = True
        self._result_due = self._talk.now + self._talk.settings.result_timeout_us

    def _frame(self, payload: bytes) -> None:
        self._line.ack()
        if payload == self._last_frame:  # our ACK was lost: acknowledge again, do not act again
            return
        self._last_frame = payload
        try:
            msg = parse(payload)
        except PosrigError as error:
            self._talk.noise(payload, str(error))
            return
        self._talk.message("in", msg.type_name.lower(), shown_fields(msg))
        exchange = self._exchange
        if exchange is not None:  # an answer acknowledges the request, whatever became of its ACK
            self._line.acknowledged(self._talk.now)
            self._acknowledged(exchange)
        if msg.type == TransactionType.DATA_SEND:
            self._tunnelled(self._tunnel.begin(msg))
        elif exchange is not None and msg.type == TYPES[exchange.op]:
            self._finish(outcome_of(exchange.op, msg))

    def _tunnelled(self, reply: MisposMessage | None) -> None:
        if reply is not None:
            self._last_frame = b""  # the terminal may ask for the very same octets again
            self._put(reply)

    def _finish(self, told: dict[str, Json]) -> None:
        self.give_up()
        self._talk.end(told)


def shown_fields(msg: MisposMessage) -> dict[str, Json]:
    """The fields of a message for the trace: text as it is, what is binary as hex."""
    fields: dict[str, Json] = {}
    for tag, value in msg.fields.items():
        binary = tag not in tags.TAGS or tags.TAGS[tag].form == "binary"
        fields[f"{tag:04X}"] = value.hex().upper() if binary else msg.text(tag)
    return fields


def outcome_of(op: str, msg: MisposMessage) -> dict[str, Json]:
    """The Outcome that a result message tells.  A code that no table knows is `declined` with that code."""
    code, shown, amount = msg.text(tags.RESULT), msg.text(tags.ERROR_TEXT), msg.text(tags.AMOUNT)
    values: dict[str, Json] = {
        "stan": msg.text(tags.STAN) or None,
        "batch": msg.text(tags.BATCH) or None,
        "amount_fen": int(amount) if amount.isdigit() else None,
        "rrn": msg.text(tags.RRN) or None,
    }
    if code == SUCCESS:
        return outcome(op, "done", None, DONE, code="00", **values)
    if (local := LOCAL_RESULTS.get(code)) is not None:
        return outcome(op, local.status, local.cause, Text(shown or local.text.zh, local.text.en), **values)
    meaning = response(code).display
    return outcome(op, "declined", f"f39_{code}", Text(shown or meaning.zh, meaning.en), code=code, **values)
