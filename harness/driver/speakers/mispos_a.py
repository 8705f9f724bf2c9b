"""Dialect A of the Chinese register interface, from the register: DF tags, a random number in each frame that the
answer repeats, results nested in DF06.

After 00010014 (keys not downloaded) or DF0C the terminal is signed in before the next sale, as the public register
program does.  Where there is no order number (`MisposAQuirks.order_number`) nothing that moves money is asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.amounts import amount_fen
from protocols.mispos.dialect_a.commands import Command, codes_with
from protocols.mispos.dialect_a.message import MisposAMessage, Notice, build, message, parse
from protocols.mispos.dialect_a.results import APPROVED, SIGN_IN_AGAIN, TERMINAL_ERROR, TERMINAL_ERRORS
from protocols.mispos.quirks import MisposAQuirks
from protocols.text import Text
from protocols.unionpay.responses import response

from ...arguments import Takes
from ...machine import Json
from ..outcome import DONE, outcome
from ..talk import Talk
from .mispos import ASKED_ONLY, BY_AMOUNT, BY_ORIGINAL, MONEY, Exchange, MisposSpeaker, address_parts, takes_of, whole
from .mispos_tunnel import Carried

COMMANDS: Mapping[str, Command] = {
    "identify": Command.STATUS,
    "status": Command.STATUS,
    "load_keys": Command.LOAD_KEYS,
    "sign_in": Command.SIGN_IN,
    "download": Command.DOWNLOAD,
    "set_communication": Command.SET_COMMUNICATION,
    "sale": Command.SALE,
    "void": Command.VOID,
    "refund": Command.REFUND,
    "preauth": Command.PREAUTH,
    "preauth_void": Command.PREAUTH_VOID,
    "completion": Command.COMPLETION,
    "completion_void": Command.COMPLETION_VOID,
    "balance": Command.BALANCE,
    "last": Command.LIST,
    "reprint": Command.REPRINT,
    "settle": Command.SETTLE,
}
FIXED = ("5555", "3004")
"""DF08 and DF09 of every request of the public program, which does not say what they are."""
RANDOM_FIRST, RANDOM_COUNT, RANDOM_STEP = 1000, 9000, 7
"""Of four digits, as in the public program.  They tell answers apart and are no secret: they are counted, so that a run
can be repeated."""
PACKETS_MAX = 300
"""Of one list; the public program keeps 3000 transactions."""
CARD_NOT_CHOSEN = "1"
NOT_BOOKED = Text(
    "终端的最近一笔不是这一笔：没有入账，可以重做",
    "The terminal's newest transaction is another one: nothing was booked, it may be asked for again",
)
UNKNOWN_ERROR = Text("终端错误 {code}", "Terminal error {code}")


class MisposA(MisposSpeaker[MisposAMessage | Notice]):
    """See the module."""

    takes: ClassVar[Mapping[str, Takes]] = takes_of((*COMMANDS, "abort"))
    signs_in_again = True

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._a_quirks: MisposAQuirks = talk.quirks
        self._codes: Mapping[Command, str] = codes_with(self._a_quirks.commands)
        self._commands: Mapping[str, Command] = {code: command for command, code in self._codes.items()}
        self._randoms = 0
        self._random = ""
        """That of our newest frame."""
        self._newest: dict[str, Json] | None = None
        """The first entry of a list whose other packets are still to come."""
        self._packets = 0
        self._doubtful: Exchange[MisposAMessage | Notice] | None = None
        """An operation that must not be asked twice: the list is asked for instead, to learn what came of it."""
        self._known = ""
        """The trace number of the newest transaction that a result told of."""

    def _fresh_random(self) -> str:
        """Never that of the frame before."""
        self._randoms += RANDOM_STEP
        number = RANDOM_FIRST + (self._talk.now // 1000 + self._randoms) % RANDOM_COUNT
        return str(number if str(number) != self._random else number - 1)

    # requests

    def _request(self, op: str, args: Mapping[str, Json]) -> MisposAMessage:
        settings = self._talk.settings
        first, second = FIXED
        values: dict[int, str | bytes] = {tags.RANDOM: self._fresh_random(), tags.COMMAND: self._codes[COMMANDS[op]]}
        values[tags.FIXED_1] = first
        if op in BY_AMOUNT:
            values[tags.AMOUNT] = self._amount(args)
        if op in BY_ORIGINAL or (op == "reprint" and "stan" in args):
            values[tags.ORIGINAL_INVOICE] = f"{int(args['stan']):06d}"
        if op == "refund":
            values |= _original(args)
        values[tags.FIXED_2] = second
        if op == "set_communication":
            values |= _host(args)
        if op in ("settle", "last"):
            values[tags.HOST] = tags.HOST_IDS[0]
        if "account" in args:
            values[tags.MID] = str(args["account"])
        values |= {tags.CARD_KIND: CARD_NOT_CHOSEN} if op in BY_AMOUNT or op == "balance" else {}
        values[tags.DESK] = settings.till
        if "payment_code" in args:
            values[tags.BARCODE] = str(args["payment_code"])
        number = self._order_number(args)
        if self._a_quirks.order_number:
            values[tags.ORDER] = number
        return message(tags.NORMAL, values)

    def _ask(self, exchange: Exchange[MisposAMessage | Notice]) -> None:
        assert isinstance(exchange.msg, MisposAMessage)
        self._random = exchange.msg.text(tags.RANDOM)
        self._newest, self._packets = None, 0
        super()._ask(exchange)

    def _again(self, op: str) -> bool:
        return op in ASKED_ONLY or (self._a_quirks.order_number and op in MONEY)

    def _parse(self, payload: bytes) -> MisposAMessage | Notice:
        return parse(payload)

    def _build(self, msg: MisposAMessage | Notice) -> bytes:
        return build(msg)

    def _told(self, msg: MisposAMessage | Notice) -> tuple[str, Mapping[str, str]]:
        return ("notice" if isinstance(msg, Notice) else msg.kind(self._commands)), msg.shown()

    # an operation whose cable was pulled, without an order number

    def _await(self, exchange: Exchange[MisposAMessage | Notice]) -> None:
        """Its newest transaction is asked for first; where the terminal is still busy with it, its result comes."""
        super()._await(exchange)
        if exchange.op not in MONEY or exchange.then is not None:
            return
        self._doubtful = exchange
        msg = self._request("last", {})
        self._ask(Exchange("last", msg, self._build(msg), exchange.account))

    def back(self) -> None:
        if self._doubtful is not None:
            self._exchange = self._doubtful
        super().back()

    def give_up(self) -> None:
        super().give_up()
        self._doubtful = None

    def _ended(self, told: dict[str, Json], msg: MisposAMessage | Notice) -> None:
        if self._doubtful is None:
            super()._ended(told, msg)
        else:
            self._learned(told, self._doubtful)

    def _finish(self, told: dict[str, Json]) -> None:
        if told["status"] == "unknown" and told["op"] in MONEY:
            self._known = ""  # whatever is newest now may be this one, and must not be taken for the next
        super()._finish(told if self._doubtful is None else {**told, "op": self._doubtful.op})

    def _learned(self, listed: dict[str, Json], doubtful: Exchange[MisposAMessage | Notice]) -> None:
        """The list has come, or the terminal says why not."""
        assert isinstance(doubtful.msg, MisposAMessage)
        asked = doubtful.msg.text(tags.AMOUNT)
        newest, of = str(listed["stan"] or ""), (listed.get("of") or {}).get("op")
        mine = of == doubtful.op and (not asked or listed["amount_fen"] == int(asked))
        if listed["status"] == "done" and mine and self._known and newest != self._known:
            self._known = newest
            self._finish({key: value for key, value in listed.items() if key != "of"})
        elif listed["cause"] == "no_original" or (listed["status"] == "done" and (newest == self._known or not mine)):
            self._finish(outcome(doubtful.op, "no_answer", "not_booked", NOT_BOOKED))
        else:  # it is under way still, or looks like an earlier one: its result comes, or nobody knows
            self._exchange, self._doubtful = doubtful, None
            self._random = doubtful.msg.text(tags.RANDOM)
            self._acknowledged(doubtful)

    # what the terminal sends

    def _arrived(self, msg: MisposAMessage | Notice, exchange: Exchange[MisposAMessage | Notice] | None) -> None:
        if isinstance(msg, Notice):  # a text packet: the result comes by itself
            return
        random = msg.text(tags.RANDOM)
        doubtful = self._doubtful
        if (
            doubtful is not None
            and isinstance(doubtful.msg, MisposAMessage)
            and random == doubtful.msg.text(tags.RANDOM)
            and msg.text(tags.COMMAND) in ("", doubtful.msg.text(tags.COMMAND))
        ):
            self._exchange, self._doubtful, self._random = doubtful, None, random  # it speaks of it by itself
            exchange = doubtful
        if random and random != self._random and exchange is not None:  # at its keypad it chooses its own
            self._talk.noise(b"", f"random number {random} instead of {self._random}")
        elif msg.packet == tags.PASS_THROUGH:
            self._carry(msg, self._host_address(msg), msg.octets(tags.RESULTS))
        elif exchange is not None and msg.text(tags.RESULT):
            self._result(msg, exchange)

    def _host_address(self, msg: MisposAMessage) -> str:
        """Where the terminal wants to go: the address that it names, else the host of that number, "" for the one that
        the register was set up with."""
        host, port = msg.text(tags.HOST_ADDRESS), msg.text(tags.HOST_PORT)
        if host or port:
            return f"{host}:{port}"
        return self._talk.settings.hosts.get(msg.text(tags.HOST), "")

    def _reply(self, carried: Carried[MisposAMessage | Notice]) -> MisposAMessage | None:
        """The host's reply; where there is none the terminal is told nothing: dialect A has no word for it, and the
        public program ends without one."""
        if carried.ending != "reply":
            return None
        assert isinstance(carried.request, MisposAMessage)
        number = carried.request.text(tags.RANDOM)
        if self._a_quirks.fresh_random:
            number = self._random = self._fresh_random()
        elif "wrong_random" in self._talk.behaviours:
            number = f"{(int(number) + 1) % 10_000:04d}" if number.isdigit() else "0000"
        return message(tags.PASS_THROUGH, {tags.RANDOM: number, tags.RESULTS: carried.content})

    def _result(self, msg: MisposAMessage, exchange: Exchange[MisposAMessage | Notice]) -> None:
        told = outcome_of(exchange.op, msg, self._commands)
        if told["status"] == "done" and told["stan"] and exchange.op != "reprint":
            found = self._newest is None and self._doubtful is None
            self._known = str(told["stan"]) if found else self._known
        if exchange.op != "last" or told["status"] != "done":
            self._ended(told, msg)
            return
        self._newest = self._newest or told
        self._packets += 1
        if _is_more(msg) and self._packets < PACKETS_MAX:
            self._next_packet(exchange)
        else:
            self._ended(self._newest, msg)

    def _next_packet(self, exchange: Exchange[MisposAMessage | Notice]) -> None:
        """The same command again, with a number of its own."""
        newest, packets, doubtful = self._newest, self._packets, self._doubtful
        msg = self._request(exchange.op, {})
        self.give_up()
        self._doubtful = doubtful
        self._ask(Exchange(exchange.op, msg, self._build(msg), exchange.account, then=exchange.then))
        self._newest, self._packets = newest, packets

    def _wants_sign_in(self, msg: MisposAMessage | Notice) -> bool:
        if isinstance(msg, Notice):
            return False
        return msg.text(tags.SIGN_IN_NEEDED) == "01" or msg.text(tags.RESULT) in SIGN_IN_AGAIN


def _is_more(msg: MisposAMessage) -> bool:
    return "01" in (msg.text(tags.MORE), msg.told_text(tags.MORE))


def _original(args: Mapping[str, Json]) -> dict[int, str | bytes]:
    """What a refund says of its sale.  Raises ValueError."""
    values: dict[int, str | bytes] = {}
    if "stan" in args:
        values[tags.ORIGINAL_TRACE] = f"{int(args['stan']):06d}"
    if "date" in args:
        values[tags.DATE] = f"{int(args['date']):04d}"
    if "rrn" in args:
        values[tags.RRN] = str(args["rrn"])
    return values


def _host(args: Mapping[str, Json]) -> dict[int, str | bytes]:
    """The host by its number, or by address.  Raises ValueError."""
    if args["address"] in tags.HOST_IDS:
        return {tags.HOST: str(args["address"])}
    host, port = address_parts(args)
    return {tags.HOST_ADDRESS: host, tags.HOST_PORT: port}


def outcome_of(op: str, msg: MisposAMessage, commands: Mapping[str, Command]) -> dict[str, Json]:
    """The Outcome that a result tells; of a list, its first entry."""
    code = msg.text(tags.RESULT).strip(" \0")
    amount = amount_fen(msg.told_text(tags.AMOUNT) or msg.text(tags.AMOUNT))
    stan = msg.told_text(tags.INVOICE) or msg.told_text(tags.TRACE) or msg.text(tags.TRACE)
    batch = msg.told_text(tags.BATCH) or msg.text(tags.BATCH)
    values = whole(stan=stan, batch=batch, rrn=msg.told_text(tags.RRN).strip())
    values["amount_fen"] = None if amount is None else abs(amount)
    if code in APPROVED:
        return outcome(op, "done", None, DONE, code="00", **values, **_more(op, msg, commands))
    if (local := TERMINAL_ERRORS.get(code)) is not None:
        return outcome(op, local.status, local.cause, local.text, **values)
    if len(code) != 2:
        return outcome(op, "refused", TERMINAL_ERROR, UNKNOWN_ERROR.format(code=code), code=code, **values)
    return outcome(op, "declined", f"f39_{code}", response(code).display, code=code, **values)


def _more(op: str, msg: MisposAMessage, commands: Mapping[str, Command]) -> dict[str, Json]:
    """What some operations tell besides."""
    balance = msg.told_text(tags.BALANCE)
    if op == "balance" and balance.isdigit():
        return {"balance_fen": int(balance)}
    if op in ("identify", "status"):
        signed_in = msg.text(tags.SIGN_IN_NEEDED) != "01"
        return {**whole(tid=msg.told_text(tags.TID), mid=msg.told_text(tags.MID)), "signed_in": signed_in}
    if op == "last":
        command = commands.get(msg.told_text(tags.COMMAND))
        told = next((name for name, one in COMMANDS.items() if one is command), "")
        return {"of": whole(op=told, order=msg.told_text(tags.ORDER))}
    return {}
