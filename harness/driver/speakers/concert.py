"""Concert V2 / Telium E+, from the register: a sale or a refund at a time, asked with ENQ, answered the same way.

The protocol has no order numbers and no command for the last result, so nothing is ever asked for again: an outcome
that the wire did not tell stays unknown, and its text says how people learn it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.concert.message import (
    AMOUNT_MAX,
    AUTHORISE,
    DEBIT,
    REFUND,
    WAIT,
    ConcertAnswer,
    ConcertMessage,
    ConcertRequest,
    build,
    parse,
    values_of,
)
from protocols.concert.quirks import ConcertQuirks
from protocols.concert.results import DONE, LEARN_AT_TERMINAL, REFUSED, STATUSES
from protocols.errors import PosrigError
from protocols.text import Text

from ...arguments import Takes, takes
from ...handshake import HandshakeLine, Timing
from ...machine import Event, Json
from ..outcome import DONE as DONE_TEXT
from ..outcome import REGISTER_TIMEOUT, done_outcome, outcome
from ..talk import Talk

TYPES: Mapping[str, str] = {"sale": DEBIT, "refund": REFUND}
POLLS = ("identify", "status")
CURRENCY = "156"
"""What posrig's books are in."""
TILL_CHARS, PRIVATE_CHARS = 2, 10

NOT_THERE = Text(
    "终端未应答 ENQ：请检查线缆、端口、波特率与 7E1/8N1；什么都没有发出",
    "The terminal did not answer ENQ: check cable, port, baud rate and 7E1 or 8N1; nothing was sent",
)


@dataclass(slots=True)
class _Exchange:
    """The operation under way.  `delivered`: its request was acknowledged."""

    op: str
    request: ConcertRequest | None = None
    delivered: bool = False


class Concert:
    """See the module."""

    takes: Mapping[str, Takes] = {
        "identify": Takes(),
        "status": Takes(),
        "sale": takes("amount_fen", "order channel"),
        "refund": takes("amount_fen", "order channel"),
    }

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._quirks: ConcertQuirks = talk.quirks
        settings = talk.settings
        timing = Timing(ack_wait_us=settings.ack_timeout_us, byte_gap_us=settings.byte_gap_us)
        self._line = HandshakeLine(
            talk.send, talk.noise, self._is_answer, lambda: False, quirks=self._quirks, timing=timing, yields=False
        )
        self._exchange: _Exchange | None = None
        self._due: int | None = None
        self._number = 0

    @property
    def deadline(self) -> int | None:
        return min((at for at in (self._due, self._line.deadline) if at is not None), default=None)

    def begin(self, op: str, args: Mapping[str, Json]) -> None:
        exchange = _Exchange(op, None if op in POLLS else self._request(op, args))
        text = b"" if exchange.request is None else build(exchange.request)
        self._exchange = exchange
        if exchange.request is not None:
            self._note(exchange.request, "out")
        self._line.send(text, self._talk.now)

    def _request(self, op: str, args: Mapping[str, Json]) -> ConcertRequest:
        amount = int(args["amount_fen"])
        if not 0 < amount <= AMOUNT_MAX:
            raise ValueError(f"amount_fen {amount} is not within 1 to {AMOUNT_MAX}")
        self._number = max(self._number + 1, self._talk.now // 1000)
        order = str(args.get("order", f"{self._number % 10**PRIVATE_CHARS:0{PRIVATE_CHARS}d}"))
        if len(order) > PRIVATE_CHARS:
            raise ValueError(f"order {order!r} has more than {PRIVATE_CHARS} characters")
        till = self._talk.settings.till.rjust(TILL_CHARS, "0")
        return ConcertRequest(
            f"{amount:08d}",
            till,
            type=TYPES[op],
            currency=CURRENCY,
            private=order.ljust(PRIVATE_CHARS),
            delay=WAIT,
            authorisation=AUTHORISE,
        )

    def tunnelled(self, event: Event) -> None:
        """The protocol carries no host traffic."""

    def abort(self) -> bool:
        return False

    def give_up(self) -> None:
        self._exchange = self._due = None
        self._line.clear()

    def away(self) -> None:
        self._arrived(self._line.reset(self._talk.now, resend=False))

    def back(self) -> None:
        """A request that was not delivered goes on with ENQ; of one that may have been, the answer is waited for."""
        self._line.reset(self._talk.now, resend=self._exchange is not None and not self._exchange.delivered)

    def received(self, data: bytes) -> None:
        self._arrived(self._line.received(data, self._talk.now))

    def wake(self) -> None:
        self._arrived(self._line.wake(self._talk.now))
        if self._due is not None and self._talk.now >= self._due and self._exchange is not None:
            self._unknown(self._exchange)

    def _is_answer(self, payload: bytes) -> bool:
        try:
            return isinstance(parse(payload), ConcertAnswer)
        except PosrigError as error:
            self._talk.noise(payload, str(error))
            return False

    def _arrived(self, arrived: list[bytes]) -> None:
        sent, exchange = self._line.take_sent(), self._exchange
        if sent is not None and exchange is not None:
            if not sent.taken:
                self._undelivered(exchange, sent.left)
            elif exchange.request is None:
                self._finish(done_outcome(exchange.op))
            else:
                exchange.delivered = True
                self._due = self._talk.result_due(exchange.op)
        for payload in arrived:
            answer = parse(payload)
            self._note(answer, "in")
            if isinstance(answer, ConcertAnswer):
                self._answered(answer)

    def _undelivered(self, exchange: _Exchange, left: bool) -> None:
        if left:
            self._unknown(exchange)  # its ACK may have been lost
        else:
            self._finish(outcome(exchange.op, "no_answer", REGISTER_TIMEOUT, NOT_THERE))

    def _answered(self, answer: ConcertAnswer) -> None:
        exchange = self._exchange
        if exchange is None or exchange.request is None:
            return
        request = exchange.request
        other = answer.amount != request.amount or answer.pos != request.pos
        if other or (answer.private != request.private and not self._quirks.own_number):
            return  # the answer to another request, which somebody else or we ourselves have given up on
        self._finish(outcome_of(exchange.op, answer, self._quirks))

    def _unknown(self, exchange: _Exchange) -> None:
        self._finish(outcome(exchange.op, "unknown", REGISTER_TIMEOUT, LEARN_AT_TERMINAL))

    def _note(self, message: ConcertMessage, direction: str) -> None:
        self._talk.message(direction, "request" if direction == "out" else "answer", values_of(message))

    def _finish(self, told: dict[str, Json]) -> None:
        if self._exchange is not None and self._exchange.request is not None:
            told["order"] = self._exchange.request.private.strip()
        self.give_up()
        self._talk.end(told)


def outcome_of(op: str, answer: ConcertAnswer, quirks: ConcertQuirks) -> dict[str, Json]:
    """The Outcome that an answer tells.  7 says that nothing was paid and not why; every other status than 0 and 7
    leaves it open."""
    number = answer.private.strip() if quirks.own_number else ""
    stan = f"{int(number):06d}" if number.isdecimal() and int(number) else None
    values: dict[str, Json] = {"code": answer.status, "amount_fen": int(answer.amount), "stan": stan}
    if answer.status == DONE:
        return outcome(op, "done", None, DONE_TEXT, **values)
    if answer.status == REFUSED:
        return outcome(op, "declined", "declined", STATUSES[REFUSED], **values)
    return outcome(op, "unknown", "not_verified", LEARN_AT_TERMINAL, **values)
