"""The register's side of the cable, as a machine: operations out, the terminal's frames in, its host traffic through.

Links: `terminal` (serial frame, dialect B of the Chinese register interface) and `tunnel` (TCP to the host that the
terminal names).  Asks (who = "person"): `sign_in`, `sale {amount_fen}`, `void {stan}`, `preauth {amount_fen}`,
`preauth_void {stan}`, `completion {stan, amount_fen}`, `completion_void {stan}`, `settle`, `last`, `reprint`,
`takings {amount_fen, means}`, `reconcile {cash_fen, qr_fen}`, `drill {responsible, means}`, `bench_check {answers,
figures, by}`; each is answered with one Outcome (docs/design.md).
Every data frame is acknowledged with one octet; a damaged one is answered NAK and comes again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.errors import PosrigError
from protocols.framing import Control, Frame, Item, Noise, SerialFramer
from protocols.mispos import tags
from protocols.mispos.message import MisposMessage, build, message, parse
from protocols.mispos.tags import TransactionType

from ..arguments import Takes
from ..machine import Answer, Ask, Closed, Effect, Event, Json, Note, Opened, Persist, Received, Record, Send, Wake
from .checks import CHECKS_TAKES, RECORD, Checks, noted, outcome_of_check, records_of, standing
from .outcome import PORT_GONE, REGISTER_TIMEOUT, no_answer_outcome, outcome_of
from .settings import FRAME_OCTETS_MAX, RETURNS_MAX, SENDS_MAX, DriverSettings
from .takings import TAKINGS, TAKINGS_TAKES, Takings, carry_out, rebuilt
from .tunnel import Tunnel

ACK, NAK = 0x06, 0x15

OPERATIONS: Mapping[str, TransactionType] = {
    "sign_in": TransactionType.SIGN_IN,
    "sale": TransactionType.SALE,
    "void": TransactionType.VOID,
    "preauth": TransactionType.PRE_AUTHORISATION,
    "preauth_void": TransactionType.PRE_AUTHORISATION_VOID,
    "completion": TransactionType.PRE_AUTHORISATION_COMPLETION,
    "completion_void": TransactionType.PRE_AUTHORISATION_COMPLETION_VOID,
    "download_master_key": TransactionType.DOWNLOAD_KEYS,
    "download_parameters": TransactionType.DOWNLOAD_PARAMETERS,
    "settle": TransactionType.SETTLE,
    "last": TransactionType.LAST_RESULT,
    "reprint": TransactionType.REPRINT,
}

BY_AMOUNT = frozenset(("sale", "preauth", "completion"))
BY_ORIGINAL = frozenset(("void", "preauth_void", "completion", "completion_void"))
TAKES: Mapping[str, Takes] = {
    **{
        op: Takes(
            (*(("amount_fen",) if op in BY_AMOUNT else ()), *(("stan",) if op in BY_ORIGINAL else ())),
            ("account", "order", "channel"),
        )
        for op in OPERATIONS
    },
    **TAKINGS_TAKES,
    **CHECKS_TAKES,
}
"""Arguments by operation; `channel` is the merchant's own note, which only the register's books keep."""

SEEN = ("register",)
AGAIN = BY_AMOUNT | BY_ORIGINAL | {"last"}
"""What is asked again when a port that had vanished is back: the terminal tells an order by its number and gives the
stored result, so nothing is sold twice."""


@dataclass(slots=True)
class _Exchange:
    """The operation under way: one ticket, one request frame, how often it was sent."""

    ticket: int
    op: str
    payload: bytes
    sends: int = 1
    acknowledged: bool = False
    returns: int = 0
    """How often its port has come back."""


class Driver:
    """The machine.  Of transactions it holds nothing durable: the terminal is the one that remembers.  Of takings
    without a card (`takings`) it does."""

    name = "register"

    def __init__(self, settings: DriverSettings | None = None) -> None:
        self.settings: DriverSettings = settings or DriverSettings()
        self._framer = SerialFramer(limit_octets=FRAME_OCTETS_MAX)
        self._exchange: _Exchange | None = None
        self._order = 0
        self.takings: Takings = Takings()
        self.checks: Checks = Checks()
        self._deadline: int | None = None
        self._gap_deadline: int | None = None
        self._last_frame = b""
        self._tunnel = Tunnel(self.settings.tunnel_timeout_us)
        self._port_gone = False

    @property
    def deadline(self) -> int | None:
        due = [at for at in (self._deadline, self._gap_deadline, self._tunnel.deadline) if at is not None]
        return min(due, default=None)

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """Takings and checks are durable."""
        self.takings = rebuilt([record for record in records if record["kind"] != RECORD])
        self.checks = Checks()
        for record in records:
            if record["kind"] == RECORD:
                self.checks.apply(record)
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        match event:
            case Ask():
                return self._ask(event, now)
            case Received(link="terminal", data=data):
                return self._received(data, now)
            case Received(link="tunnel", data=data):
                return self._tunnelled(self._tunnel.received(data), now)
            case Opened(link="tunnel"):
                return self._tunnel.opened()
            case Closed(link="tunnel", reason=reason):
                return self._tunnelled(self._tunnel.closed(reason), now)
            case Opened(link="terminal"):
                return self._port_back(now)
            case Closed(link="terminal"):
                self._port_away(now)
                return []
            case Wake():
                return self._wake(now)
        return []

    # the person at the register

    def _ask(self, ask: Ask, now: int) -> list[Effect]:
        if ask.name not in TAKES:
            known = ", ".join(TAKES)
            return [
                _refuse(
                    ask.ticket, f"没有操作 {ask.name}，可用：{known}", f"no operation {ask.name}; there are: {known}"
                )
            ]
        wrong = TAKES[ask.name].wrong(ask.args)
        if wrong is not None:
            name, why = ask.name, wrong[1]
            return [_refuse(ask.ticket, f"{name} 的参数有误：{why.zh}", f"bad arguments for {name}: {why.en}")]
        if ask.name in TAKINGS:
            return self._take(ask, now)
        if ask.name in CHECKS_TAKES:
            return self._check(ask, now)
        if self._exchange is not None:
            op = self._exchange.op
            return [_refuse(ask.ticket, f"操作 {op} 尚未结束", f"operation {op} is still under way")]
        try:
            request = self._request(ask.name, ask.args, now)
        except (KeyError, TypeError, ValueError) as error:
            return [_refuse(ask.ticket, f"{ask.name} 的参数有误：{error}", f"bad arguments for {ask.name}: {error}")]
        payload = build(request)
        self._exchange = _Exchange(ask.ticket, ask.name, payload)
        self._last_frame = b""
        self._deadline = now + (self.settings.away_timeout_us if self._port_gone else self.settings.ack_timeout_us)
        begin = Note("operation", {"phase": "begin", "op": ask.name, "args": dict(ask.args)}, SEEN)
        return [begin] if self._port_gone else [begin, *self._put(request, payload)]

    def _take(self, ask: Ask, now: int) -> list[Effect]:
        """Takings without a card: also while the terminal is busy."""
        try:
            record, outcome = carry_out(ask.name, ask.args, self.takings, now)
        except ValueError as error:
            return [_refuse(ask.ticket, f"{ask.name} 的参数有误：{error}", f"bad arguments for {ask.name}: {error}")]
        self.takings.apply(record)
        told = {key: value for key, value in record.items() if key != "kind"}
        note = Note("takings", {"what": record["kind"], **told}, SEEN)
        return [Persist((record,)), note, Answer(ask.ticket, outcome)]

    def _check(self, ask: Ask, now: int) -> list[Effect]:
        """What people looked at and measured; without a sheet, where the check stands."""
        items = self.settings.checks
        try:
            records = records_of(items, ask.args, now)
        except ValueError as error:
            return [_refuse(ask.ticket, f"{ask.name} 的参数有误：{error}", f"bad arguments for {ask.name}: {error}")]
        for record in records:
            self.checks.apply(record)
        stands = standing(items, self.checks, now)
        outcome = outcome_of_check(stands)
        notes = [Note("check", data, SEEN) for data in noted(items, records, stands)]
        begin = Note("operation", {"phase": "begin", "op": ask.name, "args": dict(ask.args)}, SEEN)
        end = Note("operation", {"phase": "end", "op": ask.name, "outcome": outcome}, SEEN)
        kept = [Persist(tuple(records))] if records else []
        return [*kept, begin, *notes, end, Answer(ask.ticket, outcome)]

    def _request(self, op: str, args: Mapping[str, Json], now: int) -> MisposMessage:
        self._order += 1
        values: dict[int, str | bytes] = {tags.APPLICATION: self.settings.application}
        if op in BY_AMOUNT:
            amount = int(args["amount_fen"])
            if not 0 <= amount < 10**12:
                raise ValueError(f"amount_fen {amount} is not within 0 to 999999999999")
            values[tags.AMOUNT] = f"{amount:012d}"
        if op in BY_ORIGINAL:
            values[tags.ORIGINAL_STAN] = f"{int(args['stan']):06d}"
        if "account" in args:
            values[tags.MID] = str(args["account"])
        values[tags.TILL] = self.settings.till
        values[tags.ORDER] = str(args.get("order", f"{now}-{self._order}"))  # a restarted register repeats no number
        return message(OPERATIONS[op], values)

    # the cable

    def _port_away(self, now: int) -> None:
        self._framer.expire()
        self._gap_deadline = None
        self._port_gone = True
        if self._exchange is not None:
            self._deadline = now + self.settings.away_timeout_us

    def _port_back(self, now: int) -> list[Effect]:
        """The same device, perhaps under another name.  What was under way is asked again, where that is safe."""
        was_gone, self._port_gone = self._port_gone, False
        exchange = self._exchange
        if exchange is None or not was_gone:
            return []
        exchange.returns += 1
        if exchange.returns > RETURNS_MAX:
            return self._finish(no_answer_outcome(exchange.op, PORT_GONE))
        if exchange.acknowledged and exchange.op not in AGAIN:  # its result is still to come
            self._deadline = now + self.settings.result_timeout_us
            return []
        exchange.acknowledged, exchange.sends, self._last_frame = False, 1, b""
        self._deadline = now + self.settings.ack_timeout_us
        return self._put(parse(exchange.payload), exchange.payload)

    def _put(self, msg: MisposMessage, payload: bytes) -> list[Effect]:
        return [Note("message", _describe(msg, "out"), SEEN), Send("terminal", self._framer.frame(payload))]

    def _received(self, data: bytes, now: int) -> list[Effect]:
        effects = self._items(self._framer.feed(data), now)
        self._gap_deadline = now + self.settings.byte_gap_us if self._framer.pending_octets else None
        return effects

    def _items(self, items: Sequence[Item], now: int) -> list[Effect]:
        effects: list[Effect] = []
        for item in items:
            match item:
                case Control(byte=byte):
                    effects += self._control(byte, now)
                case Noise(data=noise, reason=reason):
                    shown = {"link": "terminal", "hex": noise.hex().upper(), "reason": reason.en}
                    effects += [Note("noise", shown, SEEN), Send("terminal", bytes([NAK]))]
                case Frame(payload=payload):
                    effects += self._frame(payload, now)
        return effects

    def _control(self, byte: int, now: int) -> list[Effect]:
        exchange = self._exchange
        if exchange is None or exchange.acknowledged:
            return []
        if byte == ACK:
            exchange.acknowledged = True
            self._deadline = now + self.settings.result_timeout_us
            return []
        return self._send_again(exchange, now) if byte == NAK else []

    def _send_again(self, exchange: _Exchange, now: int) -> list[Effect]:
        if exchange.sends >= SENDS_MAX:
            return self._finish(no_answer_outcome(exchange.op, REGISTER_TIMEOUT))
        exchange.sends += 1
        self._deadline = now + self.settings.ack_timeout_us
        return self._put(parse(exchange.payload), exchange.payload)

    def _frame(self, payload: bytes, now: int) -> list[Effect]:
        ack = Send("terminal", bytes([ACK]))
        if payload == self._last_frame:  # our ACK was lost: acknowledge again, do not act again
            return [ack]
        self._last_frame = payload
        try:
            msg = parse(payload)
        except PosrigError as error:
            return [ack, Note("noise", {"link": "terminal", "hex": payload.hex().upper(), "reason": str(error)}, SEEN)]
        effects: list[Effect] = [ack, Note("message", _describe(msg, "in"), SEEN)]
        if self._exchange is not None:
            self._exchange.acknowledged = True
            self._deadline = now + self.settings.result_timeout_us
        if msg.type == TransactionType.DATA_SEND:
            return effects + self._tunnelled(self._tunnel.begin(msg, now), now)
        if self._exchange is None or msg.type != OPERATIONS[self._exchange.op]:
            return effects
        return effects + self._finish(outcome_of(self._exchange.op, msg))

    def _tunnelled(self, step: tuple[list[Effect], MisposMessage | None], now: int) -> list[Effect]:
        effects, reply = step
        if reply is None:
            return effects
        self._last_frame = b""  # the terminal may ask for the very same octets again
        return effects + self._put(reply, build(reply))

    def _wake(self, now: int) -> list[Effect]:
        effects: list[Effect] = []
        if self._gap_deadline is not None and now >= self._gap_deadline:
            self._gap_deadline = None
            effects += self._items(self._framer.expire(), now)
        effects += self._tunnelled(self._tunnel.wake(now), now)
        exchange = self._exchange
        if exchange is not None and self._deadline is not None and now >= self._deadline:
            if self._port_gone:
                effects += self._finish(no_answer_outcome(exchange.op, PORT_GONE))
            elif exchange.acknowledged:
                effects += self._finish(no_answer_outcome(exchange.op, REGISTER_TIMEOUT))
            else:
                effects += self._send_again(exchange, now)
        return effects

    def _finish(self, outcome: dict[str, Json]) -> list[Effect]:
        exchange = self._exchange
        assert exchange is not None
        self._exchange = None
        self._deadline = None
        note = Note("operation", {"phase": "end", "op": exchange.op, "outcome": outcome}, SEEN)
        return [note, Answer(exchange.ticket, outcome)]


def _describe(msg: MisposMessage, direction: str) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for tag, value in msg.fields.items():
        binary = tag not in tags.TAGS or tags.TAGS[tag].form == "binary"
        fields[f"{tag:04X}"] = value.hex().upper() if binary else msg.text(tag)
    return {
        "link": "terminal",
        "dir": direction,
        "mti": "",
        "kind": msg.type_name.lower(),
        "fields": fields,
        "mac": "absent",
    }


def _refuse(ticket: int, zh: str, en: str) -> Answer:
    return Answer(ticket, {"error": {"zh": zh, "en": en}}, ok=False)
