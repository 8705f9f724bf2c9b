"""Transbank's POS protocol, from the register.

There are no order numbers: a sale whose answer was lost is never asked for again.  Its ticket is looked for in the last
sale (0250), and an operation number that was told before is another sale with the same ticket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.errors import PosrigError
from protocols.framing import Frame, Item, Noise
from protocols.text import Text
from protocols.transbank import commands as c
from protocols.transbank.message import TransbankMessage, build, compose, framer, parse
from protocols.transbank.quirks import TransbankQuirks
from protocols.transbank.results import APPROVED, BY_CAUSE, CODES, INITIALISED, NO_SALE

from ...acked import AckedLine, Timing
from ...arguments import Takes
from ...machine import SECOND_US, Event, Json
from ..operations import OPERATIONS
from ..outcome import (
    DONE,
    NO_ANSWER,
    NOT_IN_PROTOCOL,
    PORT_GONE,
    REGISTER_TIMEOUT,
    done_outcome,
    no_answer_outcome,
    outcome,
    refused_outcome,
)
from ..talk import Talk

COMMANDS: Mapping[str, str] = {
    "identify": c.POLL,
    "status": c.POLL,
    "load_keys": c.LOAD_KEYS,
    "sign_in": c.LOAD_KEYS,
    "sale": c.SALE,
    "void": c.VOID,
    "settle": c.CLOSE,
    "download": c.INITIALISE,
    "last": c.LAST_SALE,
    "reprint": c.LAST_SALE,
}
"""0250 prints the last sale again and tells it; 0070, which loads the parameters, is an unattended terminal's."""
BUSY, VOIDED = BY_CAUSE["busy"], BY_CAUSE["already_voided"]
ASK_AGAIN_US = 2 * SECOND_US
"""While the terminal is still busy with what is to be learned."""
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

NOT_BOOKED = Text(
    "终端的上笔消费不是这一笔：没有入账，可以重做",
    "The terminal's last sale is another one: nothing was booked, it may be asked for again",
)
NOT_THERE = Text(
    "终端无应答：请检查线缆、端口和波特率", "The terminal does not answer: check cable, port and baud rate"
)
UNKNOWN_CODE = Text("响应码 {code}", "Response code {code}")


@dataclass(slots=True)
class _Exchange:
    """The operation under way.  `ticket` and `amount` of a sale, `number` of the one that is voided; `repeated`: a
    request that may have been carried out before; `learning`: the last sale is asked for instead."""

    op: str
    request: TransbankMessage
    ticket: str = ""
    amount: int = 0
    number: str = ""
    acknowledged: bool = False
    repeated: bool = False
    learning: bool = False


class Transbank:
    """See the module."""

    takes: Mapping[str, Takes] = {op: OPERATIONS[op].takes for op in COMMANDS}

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._quirks: TransbankQuirks = talk.quirks
        self._requests = c.SELF_SERVICE_REQUESTS if self._quirks.self_service else c.REQUESTS
        timing = Timing(talk.settings.ack_timeout_us, talk.settings.byte_gap_us)
        self._line = AckedLine(lambda: framer(lrc_without_etx=self._quirks.lrc_without_etx), talk.send, timing)
        self._exchange: _Exchange | None = None
        self._due: int | None = None
        self._ask_at: int | None = None
        self._last_frame = b""
        self._tickets = 0
        self._told = ""
        """The operation number of the newest sale that was told to the register."""
        self._voidable = ""
        """The same while that sale stands."""

    @property
    def deadline(self) -> int | None:
        due = (self._due, self._ask_at, self._line.deadline)
        return min((at for at in due if at is not None), default=None)

    def begin(self, op: str, args: Mapping[str, Json]) -> None:
        if op == "download" and not self._quirks.self_service:
            self._talk.end(refused_outcome(op, NOT_IN_PROTOCOL))
            return
        exchange = self._request(op, args)
        self._exchange, self._last_frame = exchange, b""
        self._put(exchange.request)

    def _request(self, op: str, args: Mapping[str, Json]) -> _Exchange:
        command = COMMANDS[op]
        if op == "sale":
            return self._sale(args)
        values: dict[str, str] = {"voucher_wanted": "0"} if self._quirks.self_service else {}
        if op == "void":
            number = str(int(args["stan"]))
            if len(number) > 6:
                raise ValueError(f"stan {number} has more than 6 digits")
            if not self._quirks.self_service:
                values["operation"] = number
            elif number != self._voidable.lstrip(
                "0"
            ):  # the request names no sale, so it must be known which one it voids
                raise ValueError(
                    f"this terminal voids its last sale alone, which {number} is not known to be: ask last"
                )
        layout = self._requests[command]
        known = {name: value for name, value in values.items() if name in layout.names}
        voided = str(int(args["stan"])) if op == "void" else ""
        return _Exchange(op, compose(command, layout.names, known, trailing=layout.trailing), number=voided)

    def _sale(self, args: Mapping[str, Json]) -> _Exchange:
        amount = int(args["amount_fen"])
        if not 0 < amount <= c.AMOUNT_MAX:
            raise ValueError(f"amount_fen {amount} is not within 1 to {c.AMOUNT_MAX}")
        unattended = self._quirks.self_service
        limit = c.SELF_SERVICE_TICKET_MAX if unattended or self._quirks.long_ticket else c.TICKET_MAX
        ticket = str(args.get("order", self._next_ticket()))
        if not 0 < len(ticket) <= limit:
            raise ValueError(f"order {ticket!r} must have 1 to {limit} characters")
        padded = self._quirks.zero_padded
        ticket = ticket.zfill(c.TICKET_MAX) if padded else ticket
        values = {"amount": str(amount).zfill(9) if padded else str(amount), "ticket": ticket, "status_wanted": "1"}
        if unattended:
            values["voucher_wanted"] = "0"
        if "account" in args:
            values["child_commerce"] = str(args["account"])[-12:]
        layout = self._requests[c.MULTICODE_SALE if "account" in args else c.SALE]
        request = compose(layout.command, layout.names, values, trailing=layout.trailing)
        return _Exchange("sale", request, ticket, amount)

    def _next_ticket(self) -> str:
        """Six characters that do not come again within 25 days, also after a restart of the register."""
        self._tickets = max(self._tickets + 1, self._talk.now // 1000)
        number, text = self._tickets % len(DIGITS) ** c.TICKET_MAX, ""
        while len(text) < c.TICKET_MAX:
            number, digit = divmod(number, len(DIGITS))
            text = DIGITS[digit] + text
        return text

    def tunnelled(self, event: Event) -> None:
        """The protocol carries no host traffic."""

    def abort(self) -> bool:
        return False

    def give_up(self) -> None:
        self._exchange = self._due = self._ask_at = None
        self._line.clear()

    # the cable

    def away(self) -> None:
        self._line.reset(self._talk.now, resend=False)

    def back(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        if exchange.op == "sale":
            self._learn(exchange)
        elif exchange.op == "void" and self._quirks.self_service:
            self._learn(exchange)  # its void names no sale: asked again, it would take back the sale before
        elif not exchange.acknowledged or exchange.op == "void":
            # A void names its sale, so the terminal cannot carry it out twice.
            exchange.repeated = True
            self._line.clear()
            self._last_frame = b""
            self._put(exchange.request)
        # else: it was taken, and its answer is still to come

    def _learn(self, exchange: _Exchange) -> None:
        exchange.learning, self._ask_at, self._last_frame = True, None, b""
        self._line.clear()
        self._put(self._request("last", {}).request)

    def received(self, data: bytes) -> None:
        self._items(self._line.received(data, self._talk.now))

    def wake(self) -> None:
        now = self._talk.now
        self._items(self._line.wake(now))
        exchange = self._exchange
        if exchange is None:
            return
        if self._due is not None and now >= self._due:
            self._finish(no_answer_outcome(exchange.op, REGISTER_TIMEOUT))
        elif self._ask_at is not None and now >= self._ask_at:
            self._ask_again(exchange)

    def _ask_again(self, exchange: _Exchange) -> None:
        self._ask_at, self._last_frame = None, b""
        if exchange.learning:
            self._learn(exchange)
        else:
            self._put(exchange.request)

    def _items(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Noise):
                self._talk.noise(item.data, item.reason.en)
                self._line.nak()
            elif isinstance(item, Frame):
                self._frame(item.payload)
        exchange = self._exchange
        if self._line.take_failed() is not None and exchange is not None and not exchange.acknowledged:
            self._unheard(exchange)
        elif exchange is not None and not exchange.acknowledged and not self._line.busy:
            self._acknowledged(exchange)

    def _unheard(self, exchange: _Exchange) -> None:
        if exchange.request.command == c.POLL:
            told = NO_ANSWER[REGISTER_TIMEOUT] if exchange.repeated else NOT_THERE
            self._finish(outcome(exchange.op, "no_answer", REGISTER_TIMEOUT, told))
        else:
            self._finish(no_answer_outcome(exchange.op, REGISTER_TIMEOUT))

    def _acknowledged(self, exchange: _Exchange) -> None:
        exchange.acknowledged = True
        if exchange.request.command == c.POLL:
            self._finish(done_outcome(exchange.op))
        elif exchange.request.command == c.INITIALISE:  # how it ends is asked for by another request
            exchange.request, exchange.acknowledged = TransbankMessage(c.INITIALISED), False
            self._put(exchange.request)
        else:
            self._due = self._talk.result_due(exchange.op)

    def _frame(self, payload: bytes) -> None:
        self._line.ack()
        if payload == self._last_frame:  # our ACK was lost: acknowledge again, do not act again
            return
        self._last_frame = payload
        try:
            message = parse(payload)
        except PosrigError as error:
            self._talk.noise(payload, str(error))
            return
        layout = c.layout_of(message, self._quirks.self_service)
        values = c.named(message, self._quirks.self_service)
        self._talk.message("in", layout.text.en if layout else message.command, {"command": message.command, **values})
        exchange = self._exchange
        if exchange is None:
            return
        if message.command == c.INTERMEDIATE:
            self._progress(exchange, values.get("code", ""))
        elif message.command == c.REQUESTS[exchange.request.command].answer:
            self._answered(exchange, values)
        elif exchange.learning and message.command == c.REQUESTS[c.LAST_SALE].answer:
            self._learned(exchange, values)

    def _progress(self, exchange: _Exchange, code: str) -> None:
        self._taken(exchange)
        if code in CODES:
            self._talk.progress(code, CODES[code].text)

    def _taken(self, exchange: _Exchange) -> None:
        """Whatever is heard about it shows that the request arrived, whatever became of its ACK."""
        self._line.acknowledged(self._talk.now)
        if not exchange.acknowledged:
            self._acknowledged(exchange)

    def _answered(self, exchange: _Exchange, values: Mapping[str, str]) -> None:
        self._taken(exchange)
        if exchange.op == "download" and values.get("code") == BUSY:
            self._ask_at = self._talk.now + ASK_AGAIN_US
            return
        if _is_of_another(exchange, values):  # that was given up on; who sent it did not see our ACK
            return
        told = outcome_of(exchange.op, values)
        if exchange.op == "void" and exchange.repeated and values.get("code") == VOIDED:
            told = done_outcome("void")  # by the request whose answer was lost
        if exchange.op in ("last", "reprint"):
            told["of"] = _of_last_sale(values)
        self._finish(told)

    def _learned(self, exchange: _Exchange, values: Mapping[str, str]) -> None:
        """The last sale is told."""
        self._taken(exchange)
        if values.get("code") == BUSY:
            self._ask_at = self._talk.now + ASK_AGAIN_US
            return
        self._finish(_what_became(exchange, values, self._told))

    def _put(self, message: TransbankMessage) -> None:
        layout = c.layout_of(message, self._quirks.self_service)
        name = layout.text.en if layout else message.command
        values = c.named(message, self._quirks.self_service)
        self._talk.message("out", name, {"command": message.command, **values})
        self._line.send(build(message), self._talk.now)

    def _finish(self, told: dict[str, Json]) -> None:
        if self._exchange is not None and self._exchange.ticket:
            told["order"] = self._exchange.ticket
        if told["status"] == "done" and told["stan"]:
            self._voidable = "" if told["op"] == "void" else str(told["stan"])
            self._told = self._voidable or self._told
        self.give_up()
        self._talk.end(told)


def outcome_of(op: str, values: Mapping[str, str]) -> dict[str, Json]:
    """The Outcome that an answer tells.  A code that no table knows is `declined` with that code."""
    code, amount = values.get("code", ""), values.get("amount", "")
    known: dict[str, Json] = {
        "stan": values.get("operation") or None,
        "amount_fen": int(amount) if amount.isdecimal() else None,
    }
    if code == (INITIALISED if op == "download" else APPROVED):
        return outcome(op, "done", None, DONE, code=code, **known)
    meaning = CODES.get(code)
    if meaning is None or not meaning.cause:
        return outcome(op, "declined", f"code_{code}", UNKNOWN_CODE.format(code=code), code=code, **known)
    if op in ("last", "reprint") and code == VOIDED:
        return outcome(op, "done", None, meaning.text, code=code, **known)
    return outcome(op, meaning.status, meaning.cause, meaning.text, code=code, **known)


def _is_of_another(exchange: _Exchange, values: Mapping[str, str]) -> bool:
    """Whether an answer names another sale than the one that was asked for.  A refusal names none."""
    ticket, number = values.get("ticket", ""), values.get("operation", "").lstrip("0")
    if exchange.op == "sale":
        return bool(ticket) and ticket.strip().lstrip("0") != exchange.ticket.lstrip("0")
    return exchange.op == "void" and bool(number) and number != exchange.number


def _of_last_sale(values: Mapping[str, str]) -> Mapping[str, Json] | None:
    """What 0260 belongs to: never a void, so it says of a void only whether the last sale was the one."""
    if not values.get("ticket"):
        return None
    return {"op": "sale", "order": values["ticket"], "sales_only": True, "voided": values.get("code") == VOIDED}


def _what_became(exchange: _Exchange, values: Mapping[str, str], told_before: str) -> dict[str, Json]:
    """Of a sale, or a void, whose answer was lost, by the last sale; `told_before`: the operation number of the newest
    sale that the register had heard of.  What the last sale does not decide stays unknown."""
    code, number, ticket = values.get("code"), values.get("operation", ""), values.get("ticket", "")
    not_booked = outcome(exchange.op, "no_answer", "not_booked", NOT_BOOKED)
    if code == NO_SALE:
        return not_booked
    if code in (APPROVED, VOIDED) and exchange.op == "void":
        if number.lstrip("0") == exchange.number:
            return done_outcome("void") if code == VOIDED else not_booked
    elif code in (APPROVED, VOIDED) and ticket:
        amount = values.get("amount", "").lstrip("0")
        mine = ticket.strip() == exchange.ticket and amount == str(exchange.amount) and number != told_before
        return outcome_of(exchange.op, values) if mine and code == APPROVED else not_booked
    return no_answer_outcome(exchange.op, PORT_GONE)
