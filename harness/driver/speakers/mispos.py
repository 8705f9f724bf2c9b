"""What the register's halves of both dialects of the Chinese register interface have in common.

Every data frame is acknowledged with one octet; a damaged one is answered NAK and comes again.  After a result that
asks for it the register signs the terminal in before it sells again (the public program of dialect A does).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal

from protocols.errors import EncodeError, PosrigError
from protocols.framing import EOT, Frame, Item, Noise
from protocols.mispos.quirks import MisposQuirks
from protocols.mispos.results import LOCAL_RESULTS, REGISTER_ERRORS
from protocols.text import Text

from ...acked import AckedLine, Timing
from ...arguments import Takes
from ...machine import Closed, Event, Json, Opened, Received
from ..operations import OPERATIONS
from ..outcome import REGISTER_TIMEOUT, no_answer_outcome, outcome
from ..talk import Talk
from .mispos_tunnel import Carried, M, Tunnel

BY_AMOUNT = frozenset(("sale", "refund", "preauth", "completion"))
BY_ORIGINAL = frozenset(("void", "preauth_void", "completion", "completion_void"))
MONEY = BY_AMOUNT | BY_ORIGINAL
ASKED_ONLY = frozenset(("last", "status", "identify"))
"""What changes nothing in the terminal."""
AMOUNT_END_FEN = 10**12
NO_RESULT = "no_result"
NO_RESULT_TEXT = Text("应答中没有可用的结果码（{code}）", "The answer has no usable result code ({code})")
SIGNING_IN = Text("先签到", "Signing in first")
NOT_SIGNED_IN = LOCAL_RESULTS["L01"].cause


@dataclass(slots=True)
class Exchange(Generic[M]):
    """The operation under way: one request message, its octets, and what is to be asked when it is done (the operation
    that a sign-in goes before)."""

    op: str
    msg: M
    payload: bytes
    account: str = ""
    acknowledged: bool = False
    then: tuple[str, M] | None = None


class MisposSpeaker(ABC, Generic[M]):
    """A `Speaker`; the dialects say how their messages look."""

    takes: ClassVar[Mapping[str, Takes]]
    signs_in_again: bool = False
    """Whether the register signs in by itself, where its settings do not say."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._quirks: MisposQuirks = talk.quirks
        settings = talk.settings
        self._line = AckedLine(talk.framer, talk.send, Timing(settings.ack_timeout_us, settings.byte_gap_us))
        self._exchange: Exchange[M] | None = None
        self._orders = 0
        self._result_due: int | None = None
        self._last_frame = b""
        self._asked_again = False
        """A NAK has left for what came in last: once, into however many pieces a broken frame falls."""
        self._tunnel: Tunnel[M] = Tunnel(talk, self._quirks.tunnel_prefix)
        self._must_sign_in: set[str] = set()
        """Accounts (MID, "" for the terminal's own) whose result asked for it."""

    # the dialect

    @abstractmethod
    def _request(self, op: str, args: Mapping[str, Json]) -> M:
        """The request of an operation.  Raises ValueError, TypeError or KeyError."""

    @abstractmethod
    def _parse(self, payload: bytes) -> M: ...

    @abstractmethod
    def _build(self, msg: M) -> bytes: ...

    @abstractmethod
    def _told(self, msg: M) -> tuple[str, Mapping[str, str]]:
        """Kind and fields, for the trace."""

    @abstractmethod
    def _arrived(self, msg: M, exchange: Exchange[M] | None) -> None:
        """A message of the terminal's: `_carry` it, `_finish` the operation, or leave it."""

    @abstractmethod
    def _reply(self, carried: Carried[M]) -> M | None:
        """What the terminal is told of a request to its host; None: nothing."""

    @abstractmethod
    def _wants_sign_in(self, msg: M) -> bool:
        """Whether a result says that the terminal must be signed in."""

    def _again(self, op: str) -> bool:
        """Whether an operation may be asked again when a port that had vanished is back."""
        return op not in ("sign_in", "settle", "load_keys", "download", "reprint", "set_communication")

    # what the driver asks

    @property
    def deadline(self) -> int | None:
        due = (self._result_due, self._line.deadline, self._tunnel.deadline)
        return min((at for at in due if at is not None), default=None)

    def begin(self, op: str, args: Mapping[str, Json]) -> None:
        msg = self._request(op, args)
        payload = self._build(msg)
        by_itself = self._talk.settings.signs_in_again
        account = str(args.get("account", ""))
        wanted = account in self._must_sign_in and op in MONEY
        if wanted and (self.signs_in_again if by_itself is None else by_itself):
            first = self._request("sign_in", {"account": account} if account else {})
            self._talk.progress("sign_in", SIGNING_IN)
            self._ask(Exchange("sign_in", first, self._build(first), account, then=(op, msg)))
        else:
            self._ask(Exchange(op, msg, payload, account))

    def _ask(self, exchange: Exchange[M]) -> None:
        self._exchange = exchange
        self._last_frame = b""
        self._put(exchange.msg)

    def abort(self) -> bool:
        if self._exchange is None:
            return False
        self._talk.send(bytes((EOT,)))
        return True

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
        if not self._again(exchange.op) and (exchange.acknowledged or exchange.op in MONEY):
            self._line.clear()
            self._await(exchange)
            return
        self.give_up()
        exchange.acknowledged = False
        self._ask(exchange)

    def _await(self, exchange: Exchange[M]) -> None:
        """The port is back, and the operation must not be asked again: its result is still to come."""
        self._acknowledged(exchange)

    def _put(self, msg: M) -> None:
        kind, fields = self._told(msg)
        self._talk.message("out", kind, dict(fields))
        self._line.send(self._build(msg), self._talk.now)
        if self._quirks.acks == "none":
            self._line.acknowledged(self._talk.now)
            self._settled()

    def received(self, data: bytes) -> None:
        self._asked_again = False
        self._items(self._line.received(data, self._talk.now))

    def wake(self) -> None:
        now = self._talk.now
        self._items(self._line.wake(now))
        for carried in self._tunnel.wake():
            self._hand_over(carried)
        if self._exchange is not None and self._result_due is not None and now >= self._result_due:
            self._finish(no_answer_outcome(self._exchange.op, REGISTER_TIMEOUT))

    def tunnelled(self, event: Event) -> None:
        over: Sequence[Carried[M]] = ()
        match event:
            case Opened():
                self._tunnel.opened()
            case Received(data=data):
                over = self._tunnel.received(data)
            case Closed():
                over = self._tunnel.closed()
        for carried in over:
            self._hand_over(carried)

    def _carry(self, msg: M, address: str, octets: bytes, wait_us: int | None = None) -> None:
        """The terminal wants `octets` carried to its host."""
        self._tunnel.begin(msg, address, octets, wait_us or self._talk.settings.tunnel_timeout_us)

    def _hand_over(self, carried: Carried[M]) -> None:
        msg = self._reply(carried)
        if msg is None:
            return
        try:
            fits = len(self._build(msg)) <= self._quirks.data_octets_max
        except EncodeError:
            fits = False
        if not fits:  # no frame holds the reply
            if carried.ending == "reply":
                self._hand_over(Carried(carried.request, "bad_reply"))
            return
        self._last_frame = b""  # the terminal may ask for the very same octets again
        self._put(msg)

    def _items(self, items: Sequence[Item]) -> None:
        unusable = False
        for item in items:
            if isinstance(item, Noise):
                self._talk.noise(item.data, item.reason.en)
                unusable = True
            elif isinstance(item, Frame):
                unusable = False
                self._frame(item.payload)
        if unusable and not self._asked_again and self._quirks.acks == "both":
            self._asked_again = True
            self._line.nak()
        self._settled()

    def _settled(self) -> None:
        """What became of our frame."""
        exchange = self._exchange
        failed = self._line.take_failed() is not None
        if exchange is None or exchange.acknowledged:
            return
        if failed:
            self._finish(no_answer_outcome(exchange.op, REGISTER_TIMEOUT))
        elif not self._line.busy:
            self._acknowledged(exchange)

    def _acknowledged(self, exchange: Exchange[M]) -> None:
        exchange.acknowledged = True
        self._result_due = self._talk.result_due(exchange.op)

    def _frame(self, payload: bytes) -> None:
        if self._quirks.acks == "both":
            self._line.ack()
        if payload == self._last_frame:  # our ACK was lost: acknowledge again, do not act again
            return
        self._last_frame = payload
        try:
            msg = self._parse(payload)
        except PosrigError as error:
            self._talk.noise(payload, str(error))
            return
        kind, fields = self._told(msg)
        self._talk.message("in", kind, dict(fields))
        exchange = self._exchange
        if exchange is not None:  # an answer acknowledges the request, whatever became of its ACK
            self._line.acknowledged(self._talk.now)
            self._acknowledged(exchange)
        self._arrived(msg, exchange)

    def _ended(self, told: dict[str, Json], msg: M) -> None:
        """A result came for the operation under way."""
        account = self._exchange.account if self._exchange is not None else ""
        if self._wants_sign_in(msg):
            self._must_sign_in.add(account)
        else:
            self._must_sign_in.discard(account)
        self._finish(told)

    def _finish(self, told: dict[str, Json]) -> None:
        exchange = self._exchange
        self.give_up()
        if exchange is not None and exchange.then is not None:
            op, msg = exchange.then
            if told["status"] == "done":
                self._ask(Exchange(op, msg, self._build(msg), exchange.account))
                return
            told = outcome(op, "refused", NOT_SIGNED_IN, Text(**told["text"]))  # nothing was sold
        self._talk.end(told)

    # what requests have in common

    def _amount(self, args: Mapping[str, Json]) -> str:
        """Twelve digits.  Raises ValueError."""
        amount = int(args["amount_fen"])
        if not 0 <= amount < AMOUNT_END_FEN:
            raise ValueError(f"amount_fen {amount} is not within 0 to {AMOUNT_END_FEN - 1}")
        return f"{amount:012d}"

    def _order_number(self, args: Mapping[str, Json]) -> str:
        """The one given, else one of its own: a restarted register repeats none."""
        self._orders += 1
        return str(args.get("order", f"{self._talk.now}-{self._orders}"))


def takes_of(ops: Sequence[str], without: Sequence[str] = ()) -> Mapping[str, Takes]:
    """The arguments of operations, as in any protocol, `without` those that this one has no place for."""
    every = ((op, OPERATIONS[op].takes) for op in ops)
    return {op: Takes(told.required, tuple(n for n in told.optional if n not in without)) for op, told in every}


def address_parts(args: Mapping[str, Json]) -> tuple[str, str]:
    """Host and port of `address`, "" and "" for an empty one.  Raises ValueError."""
    host, _, port = str(args["address"]).rpartition(":")
    if args["address"] and (not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 1 << 16):
        raise ValueError(f"address {args['address']!r} is not host:port")
    return host, port


def undecided(op: str, code: str, values: Mapping[str, Any]) -> dict[str, Json]:
    """The Outcome of an answer that says neither yes nor no: without a code, or with one of the register's own side."""
    text = REGISTER_ERRORS.get(code) or NO_RESULT_TEXT.format(code=code or "-")
    status: Literal["unknown", "refused"] = "unknown" if op in MONEY else "refused"
    return outcome(op, status, NO_RESULT, text, code=code or None, **values)


def whole(**values: Any) -> dict[str, Any]:
    """Values of an Outcome, "" as null."""
    return {name: value or None for name, value in values.items()}
