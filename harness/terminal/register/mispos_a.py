"""The register's side of the terminal: dialect A of the Chinese register interface.

Each frame carries a random number (DF04) that the answer repeats.  Where the register has an order number (DFBE) an
order that comes again gets the stored result.  A list of transactions comes in packets, newest first, as long as DF24
says that more follow: the register asks for each of them with the same command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.amounts import told_amount
from protocols.mispos.dialect_a.commands import Command, codes_with
from protocols.mispos.dialect_a.message import MisposAMessage, Notice, build, message, parse
from protocols.mispos.dialect_a.results import APPROVED, NOT_SIGNED_IN, code_of
from protocols.mispos.quirks import MisposAQuirks

from ...machine import SECOND_US, Json
from ..account import Entry
from ..desk import Desk
from ..flows.sales import in_doubt
from ..flows.settle import SETTLED, totals
from ..outcome import Outcome, done, refused
from ..slips import masked
from ..wants import NoReply, Order
from .cable import Dialect
from .mispos import BY_AMOUNT, BY_ORIGINAL, MisposSide, address_from, told_code
from .orders import MONEY
from .side import Operating

OPERATIONS: Mapping[Command, str] = {
    Command.SIGN_IN: "sign_in",
    Command.SALE: "sale",
    Command.VOID: "void",
    Command.REFUND: "refund",
    Command.BALANCE: "balance",
    Command.PREAUTH: "preauth",
    Command.PREAUTH_VOID: "preauth_void",
    Command.COMPLETION: "completion",
    Command.COMPLETION_VOID: "completion_void",
    Command.DOWNLOAD: "download_parameters",
    Command.SETTLE: "settle",
    Command.REPRINT: "reprint",
    Command.LOAD_KEYS: "download_master_key",
    Command.SET_COMMUNICATION: "parameter_menu",
}
KINDS: Mapping[str, Command] = {op: command for command, op in OPERATIONS.items() if op in MONEY}
"""The command that led to an entry."""
FIRST_HOST = "01"
YES = "01"
TAKEN_BACK = ("void", "refund", "preauth_void", "completion_void")
"""What is told with a minus in front."""
LIST_WAIT_US = 30 * SECOND_US
"""So long the next packet of a list may be asked for; then the list begins anew (posrig's choice)."""
DESK_DIGITS = 10
"""Desk and operator are padded with blanks to so many characters, as in the public capture."""

Value = tuple[int, str | bytes]


class MisposA(MisposSide[MisposAMessage | Notice]):
    """See the module."""

    def __init__(self, desk: Desk, terminal: Operating) -> None:
        self._quirks: MisposAQuirks = desk.settings.quirks or MisposAQuirks()
        self._codes: Mapping[Command, str] = codes_with(self._quirks.commands)
        self._commands: Mapping[str, Command] = {code: command for command, code in self._codes.items()}
        super().__init__(desk, terminal, Dialect(parse, build, self._told), self._quirks)
        self._random = "0000"
        """That of the register's newest frame."""
        self._asked_of_host = ""
        """That of our pass-through request."""
        self._list: list[Entry] = []
        """What is still to be told of a list."""
        self._list_until = 0

    def _told(self, msg: MisposAMessage | Notice) -> tuple[str, dict[str, str]]:
        return ("notice" if isinstance(msg, Notice) else msg.kind(self._commands)), msg.shown()

    # the way to the host

    def _to_carry(self, address: str, octets: bytes, limit_s: int) -> MisposAMessage:
        """The host by its number (DF05): where the terminal is set to "01" to "04", that; an address goes out besides,
        for the register whose table has none."""
        numbered = address in tags.HOST_IDS
        host, _, port = ("" if numbered else address).rpartition(":")
        self._asked_of_host = self._random
        values: dict[int, str | bytes] = {tags.RANDOM: self._random, tags.HOST: address if numbered else FIRST_HOST}
        if host:
            values |= {tags.HOST_ADDRESS: host, tags.HOST_PORT: port}
        return message(tags.PASS_THROUGH, {**values, tags.RESULTS: octets})

    def _is_carried(self, msg: MisposAMessage | Notice) -> bool:
        return isinstance(msg, MisposAMessage) and msg.packet == tags.PASS_THROUGH

    def _carried(self, msg: MisposAMessage | Notice) -> bytes | NoReply:
        assert isinstance(msg, MisposAMessage)
        random = msg.text(tags.RANDOM)
        if self._quirks.fresh_random:
            self._random = random or self._random
        elif random != self._asked_of_host:
            self.cable.noise(b"", f"random number {random} instead of {self._asked_of_host}")
            return NoReply("mismatch", "wrong-random")
        return msg.octets(tags.RESULTS)

    # requests

    def _asked(self, payload: bytes, msg: MisposAMessage | Notice) -> None:
        if isinstance(msg, Notice):
            return
        command = self._commands.get(msg.text(tags.COMMAND))
        if command is not Command.LIST or self._desk.now >= self._list_until:
            self._list = []
        if self._terminal.idle:
            self._random = msg.text(tags.RANDOM)
        op = OPERATIONS.get(command) if command is not None else None
        if op == "sale" and msg.octets(tags.BARCODE):
            op = "sale_qr"
        if op is not None:
            self._run(payload, op, lambda: self._order(op, msg), lambda result: self._answer(msg, result))
        elif not self._terminal.idle:
            self.cable.send(self._answer(msg, refused("", "busy")))
        elif command is Command.LIST:
            self._listed(msg)
        elif command is Command.STATUS:
            self.cable.send(self._answer(msg, done("")))
        elif command is Command.TOTALS:
            self.cable.send(self._answer(msg, done(""), self._open_totals()))
        else:
            self.cable.send(self._answer(msg, refused("", "not_supported")))

    def _order(self, op: str, msg: MisposAMessage) -> Order:
        """What the register asks for.  Raises ValueError."""
        if op == "parameter_menu":
            return Order(op, {"host_address": self._address(msg)})
        args: dict[str, Json] = {}
        if op == "sale_qr":
            args["payment_code"] = msg.text(tags.BARCODE)
        elif msg.octets(tags.BARCODE):
            raise ValueError(tags.BARCODE)  # nothing else is paid by a code that the register has scanned
        stan = msg.text(tags.ORIGINAL_INVOICE) or msg.text(tags.ORIGINAL_TRACE)
        auth, amount = msg.text(tags.AUTH).strip(), msg.text(tags.AMOUNT)
        if op in BY_AMOUNT:
            args["amount_fen"] = int(amount)
        if stan and (op in BY_ORIGINAL or op == "reprint"):
            args["stan"] = str(int(stan))
        elif op in BY_ORIGINAL and auth:
            args |= {"auth": auth, "date": msg.text(tags.DATE)}
            if amount:
                args["amount_fen"] = int(amount)
        if op == "refund" and msg.text(tags.RRN):
            args |= {"rrn": msg.text(tags.RRN), "date": msg.text(tags.DATE)}
        if msg.text(tags.MID):
            args["account"] = msg.text(tags.MID)
        number = msg.text(tags.ORDER) if self._quirks.order_number else ""
        source = f"{msg.text(tags.DESK).strip()}/{number}" if number and op in MONEY else ""
        return Order(op, args, source)

    def _address(self, msg: MisposAMessage) -> str:
        if msg.text(tags.HOST) in tags.HOST_IDS:
            return msg.text(tags.HOST)
        return address_from(msg.text(tags.HOST_ADDRESS), msg.text(tags.HOST_PORT))

    # results

    def _answer(self, msg: MisposAMessage, result: Outcome, more: list[Value] | None = None) -> MisposAMessage:
        code, local = told_code(result)
        command = msg.text(tags.COMMAND)
        head: dict[int, str | bytes] = {tags.COMMAND: command, tags.RANDOM: self._echo(msg, result)}
        tail: dict[int, str | bytes] = {tags.RESULT: code if local is None else code_of(local.cause)}
        if not self._desk.state.signed_in or tail[tags.RESULT] == NOT_SIGNED_IN:
            tail[tags.SIGN_IN_NEEDED] = YES
        if code not in APPROVED:
            # Never within DF06: the public program takes a nested transaction code for success.
            return message(tags.TOLD, {**head, **_failed(result), **tail})
        told = [(tags.COMMAND, command), *self._whose(msg), *self._of(result), *(more or ())]
        return message(tags.TOLD, {**head, tags.RESULTS: b"", **tail}, told)

    def _echo(self, msg: MisposAMessage, result: Outcome) -> str:
        """The number that a result repeats: the newest, where the register draws a fresh one for each frame.  Who asks
        in the midst of an operation gets his own back, or he would take the refusal for that operation's result."""
        newest = self._quirks.fresh_random and self._current and result["cause"] != "busy"
        return self._random if newest else msg.text(tags.RANDOM)

    def _whose(self, msg: MisposAMessage) -> list[Value]:
        state = self._desk.state
        told: list[Value] = [
            (tag, msg.octets(tag).ljust(DESK_DIGITS)) for tag in (tags.DESK, tags.OPERATOR) if msg.octets(tag)
        ]
        told += [(tags.BATCH, state.batch), (tags.TID, state.tid), (tags.MID, state.mid)]
        return [*told, *([(tags.MERCHANT_ZH, state.merchant_name)] if state.merchant_name else ())]

    def _of(self, result: Outcome) -> list[Value]:
        """What a result tells besides."""
        desk = self._desk
        told: list[Value] = []
        if "balance_fen" in result:
            told.append((tags.BALANCE, f"{max(0, result['balance_fen']):012d}"))
        if result["op"] == "settle" and desk.state.settled:
            told += batch_totals(desk.state.settled[-1])
        entry = desk.state.entry(result["stan"], result["batch"]) if result["stan"] else None
        if entry is not None:
            return [*told, *self._entry(entry)]
        return [*told, (tags.AMOUNT, told_amount(result["amount_fen"]))] if result["amount_fen"] else told

    def _entry(self, entry: Entry) -> Iterator[Value]:
        yield tags.AMOUNT, told_amount(-entry.amount_fen if entry.kind in TAKEN_BACK else entry.amount_fen)
        yield tags.TRACE, entry.stan
        yield tags.INVOICE, entry.stan  # 票据号 and 流水号 are one number in this terminal
        if entry.original:
            yield tags.ORIGINAL_INVOICE, entry.original
        yield tags.RRN, entry.rrn
        yield tags.RESULT_AUTH, entry.auth.ljust(6)
        yield tags.RESULT_DATE, entry.date
        yield tags.RESULT_TIME, entry.time
        yield tags.CARD, masked(entry.pan)
        yield tags.EXPIRY, "*" * 5
        yield tags.ENTRY_MODE, entry.mode.zfill(4)
        if self._quirks.order_number and entry.source:
            yield tags.ORDER, entry.source.partition("/")[2]

    def _open_totals(self) -> list[Value]:
        """统计: what the open batch comes to, as its settlement would tell it."""
        open_ones = [entry for entry in self._desk.state.entries if not entry.settled and entry.kind in SETTLED]
        return batch_totals(totals(self._desk, open_ones))

    def _finished(self, result: Outcome) -> None:
        if self._quirks.finish_notice and result["status"] == "done" and result["op"] in MONEY:
            self.cable.send(Notice("ACKACK", result["stan"].encode("ascii")))

    def _listed(self, msg: MisposAMessage) -> None:
        """The next packet of the list of transactions."""
        doubt = None if self._list else in_doubt(self._desk, "")
        if doubt is not None:  # the register learns from the first entry how its operation ended
            self.cable.send(self._answer(msg, doubt))
            return
        if not self._list:
            self._list = list(reversed(self._desk.state.entries))
        if not self._list:
            self.cable.send(self._answer(msg, refused("", "no_original")))
            return
        count = len(self._list)
        while count > 1 and not self.cable.fits(self._packet(msg, count)):
            count = max(1, count * 2 // 3)
        self.cable.send(self._packet(msg, count))
        del self._list[:count]
        self._list_until = self._desk.now + LIST_WAIT_US

    def _packet(self, msg: MisposAMessage, count: int) -> MisposAMessage:
        """The next `count` entries; the order number ends each, as the public program expects."""
        told: list[Value] = []
        for entry in self._list[:count]:
            told.append((tags.COMMAND, self._codes[KINDS.get(entry.kind, Command.SALE)]))
            told += [value for value in self._entry(entry) if value[0] != tags.ORDER]
            told.append((tags.ORDER, entry.source.partition("/")[2] if self._quirks.order_number else b""))
        values: dict[int, str | bytes] = {tags.COMMAND: msg.text(tags.COMMAND), tags.RANDOM: msg.text(tags.RANDOM)}
        values |= {tags.RESULTS: b"", tags.RESULT: "00", tags.MORE: YES if count < len(self._list) else "00"}
        return message(tags.TOLD, values, told)


def _failed(result: Outcome) -> dict[int, str | bytes]:
    """Which transaction failed, or is in doubt."""
    values: dict[int, str | bytes] = {tags.AMOUNT: f"{result['amount_fen']:012d}"} if result["amount_fen"] else {}
    if result["stan"]:
        values |= {tags.TRACE: str(result["stan"]), tags.BATCH: str(result["batch"] or "")}
    return values


def batch_totals(batch: Mapping[str, Json]) -> list[Value]:
    """Sums of twelve digits, counts of four (posrig's choice)."""
    sums = ((tags.DEBIT_SUM, "debit_fen", 12), (tags.DEBIT_COUNT, "debit_count", 4))
    more = ((tags.CREDIT_SUM, "credit_fen", 12), (tags.CREDIT_COUNT, "credit_count", 4))
    return [(tag, f"{batch[name]:0{digits}d}") for tag, name, digits in (*sums, *more)]
