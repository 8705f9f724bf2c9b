"""The register's side of the terminal: Transbank's POS protocol, attended and unattended.

*Load keys* is the sign-in of the terminal's life cycle, with the download of the master key before it where there is
none; a sale before it is refused with 26.  *Close* settles, then renews the keys, as Transbank's does.  The protocol
has no order numbers: what the register learns after a lost answer is the last sale (0250), never a second one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from protocols.errors import PosrigError
from protocols.framing import Frame, Item, Noise
from protocols.transbank import commands as c
from protocols.transbank.message import TransbankMessage, build, compose, framer, parse
from protocols.transbank.quirks import TransbankQuirks
from protocols.transbank.results import CONFIRM_AMOUNT, INITIALISED, NO_SALE, PIN_ENTRY, READ_CARD, TO_HOST, code_for

from ...acked import AckedLine, Timing
from ...machine import Json, Send
from ..account import Entry
from ..desk import Desk
from ..flows.accounts import offered
from ..outcome import Outcome
from ..slips import settlement_lines, slip_lines
from ..wants import Confirm, Dial, Exchange, NoReply, Order, Prompt, Want
from .side import LINK, Operating
from .transbank_fields import COMMERCE_CHARS, authorisation, detail, last_result, sale_fields, voucher

Heard = Callable[[Outcome], None]
SALES = ("sale", "sale_qr")
BAD_TICKET, BAD_AMOUNT, BAD_ENTRY, NOTHING_TO_VOID, UNSUPPORTED = "70", "72", "68", "05", "12"
BUSY = code_for("refused", "busy")
INITIALISE = ("download_parameters", "download_aids", "download_public_keys")


class Transbank:
    """Takes requests from the cable, starts operations, sends answers."""

    def __init__(self, desk: Desk, terminal: Operating) -> None:
        self._desk = desk
        self._terminal = terminal
        self._quirks: TransbankQuirks = desk.settings.quirks or TransbankQuirks()
        unattended = self._quirks.self_service
        self._requests = c.SELF_SERVICE_REQUESTS if unattended else c.REQUESTS
        self._answers = c.SELF_SERVICE_ANSWERS if unattended else c.ANSWERS
        self._line = AckedLine(
            lambda: framer(lrc_without_etx=self._quirks.lrc_without_etx),
            lambda data: desk.effects.append(Send(LINK, data)),
            Timing(),
        )
        self._current = b""
        """The request that is being carried out, or whose answer is not acknowledged."""
        self._answered = False
        self._tells: bool = False
        """The register wants intermediate messages of the operation under way."""
        self._queue: deque[TransbankMessage] = deque()
        """Sales of the details that are still to be sent."""
        self._normal = False
        """The register has switched the terminal to normal mode (0300): it is deaf until its cable is plugged in anew,
        which stands for "Conectar Caja" in its menu (posrig's choice), or it restarts."""
        self._initialised = code_for("refused", "no_parameters")
        self._refuse_carry_at: int | None = None

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return min((at for at in (self._line.deadline, self._refuse_carry_at) if at is not None), default=None)

    def received(self, data: bytes) -> None:
        """Octets from the register."""
        if not self._normal:
            self._items(self._line.received(data, self._desk.now))

    def wake(self) -> None:
        """Time has passed."""
        self._items(self._line.wake(self._desk.now))
        if self._refuse_carry_at is not None and self._desk.now >= self._refuse_carry_at:
            self._refuse_carry_at = None
            self._terminal.carried(NoReply("not_sent", "no-line"))

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out; what waits for its acknowledgement goes out anew."""
        self._normal = self._normal and not plugged_in
        self._line.reset(self._desk.now, resend=plugged_in)

    def waits(self, want: Want) -> None:
        """0900, where the register asked for it."""
        if not self._tells:
            return
        code = ""
        match want:
            case Prompt(what="card"):
                code = READ_CARD
            case Prompt(secret=True):
                code = PIN_ENTRY
            case Prompt():
                code = CONFIRM_AMOUNT
            case Exchange() | Dial():
                code = TO_HOST
        if code:
            self._send(c.INTERMEDIATE, {"code": code})

    def confirm(self, want: Confirm) -> bool:
        """What was approved is final; a register that lost the answer asks for the last sale."""
        return False

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """The protocol carries no host traffic; the terminal learns it in a turn of its own."""
        self._refuse_carry_at = self._desk.now

    # the cable

    def _items(self, items: Sequence[Item]) -> None:
        if self._line.take_failed() is not None:  # the register will ask for the last sale
            self._queue.clear()
        self._go_on()  # an ACK may have come together with the next request
        for item in items:
            match item:
                case Noise(data=noise, reason=reason):
                    self._noise(noise, reason.en)
                    self._line.nak()
                case Frame(payload=payload):
                    self._frame(payload)

    def _go_on(self) -> None:
        """What was sent last is acknowledged: the next of the details, or the request is over."""
        if not self._line.busy and self._queue:
            self._put(self._queue.popleft())
        if not self._line.busy and self._answered:
            self._current, self._answered = b"", False

    def _frame(self, payload: bytes) -> None:
        try:
            message = parse(payload)
        except PosrigError as error:  # with an ACK the register would wait for an answer that never comes
            self._noise(payload, str(error))
            self._line.nak()
            return
        if payload == self._current:  # its ACK was lost; the answer is still to come
            self._line.ack()
            return
        self._note(message, "in")
        acknowledged_only = message.command in (c.POLL, c.NORMAL_MODE)
        known = acknowledged_only or message.command in self._handlers()
        if not known or (acknowledged_only and not self._terminal.idle):
            self._line.nak()  # posrig's choice: a terminal that is busy is not ready for commands
            return
        self._line.ack()
        if not self._terminal.idle:  # the request under way stays what it is
            self._put(self._message(message.command, {"code": BUSY}))
            return
        self._line.clear()  # whoever asks anew has given up on the answer before
        self._queue.clear()
        self._current, self._answered = b"", False
        if message.command == c.NORMAL_MODE:
            self._normal = True
        elif message.command != c.POLL:
            self._current = payload
            self._handlers()[message.command](message)

    def _handlers(self) -> Mapping[str, Callable[[TransbankMessage], None]]:
        attended = {
            "0200": self._sale,
            "0250": self._last_sale,
            "0260": self._details,
            "0270": self._sale,
            "0280": self._last_sale,
            "0290": self._details,
            "0500": self._close,
            "0700": self._totals,
            "0800": self._load_keys,
            "1200": self._void,
        }
        if not self._quirks.self_service:
            return attended
        return {**attended, "0070": self._initialise, "0080": self._told_initialised}

    # requests

    def _sale(self, message: TransbankMessage) -> None:
        multicode = message.command == "0270"
        values = self._named(message)
        amount, ticket = values["amount"], values["ticket"]
        limit = c.SELF_SERVICE_TICKET_MAX if self._quirks.self_service or self._quirks.long_ticket else c.TICKET_MAX
        if not amount.isdecimal() or not amount.isascii() or len(amount) > len(str(c.AMOUNT_MAX)):
            self._answer(message.command, {"code": BAD_ENTRY})
        elif not int(amount):
            self._answer(message.command, {"code": BAD_AMOUNT})
        elif len(ticket) > limit:
            self._answer(message.command, {"code": BAD_TICKET})
        else:
            args: dict[str, Json] = {"amount_fen": int(amount)}
            if multicode and values["child_commerce"].strip("0 "):
                args["account"] = self._account(values["child_commerce"])
            self._tells = values["status_wanted"] == "1"
            self._terminal.operate(Order("sale", args, ticket), None, lambda told: self._sold(message, told))

    def _sold(self, message: TransbankMessage, told: Outcome) -> None:
        self._tells = False
        code = code_for(told["status"], told["cause"])
        entry = self._entry(told) if told["status"] == "done" else None
        self._answer(message.command, {"code": code, **(self._booked(message, entry) if entry else {})})

    def _booked(self, message: TransbankMessage, entry: Entry) -> dict[str, str]:
        """The texts of an answer that tells a sale, with its voucher where that is wanted."""
        wanted = self._named(message).get("voucher_wanted") == "1"
        slip = voucher(slip_lines(entry, self._desk.state, "customer")) if wanted else ""
        return {**sale_fields(self._desk, entry), "voucher": slip}

    def _last_sale(self, message: TransbankMessage) -> None:
        self._desk.use(self._desk.state.last_account)
        entry = next((one for one in reversed(self._desk.state.entries) if one.kind in SALES), None)
        if entry is None:
            self._answer(message.command, {"code": NO_SALE})
            return
        self._answer(message.command, {"code": last_result(entry), **self._booked(message, entry)})

    def _details(self, message: TransbankMessage) -> None:
        """One message for each sale, then one without an authorisation code, which ends the list for public clients."""
        if message.text(0) == "1":
            self._queue.extend(
                self._message(message.command, {"code": "00", **detail(self._desk, entry)}) for entry in self._sales()
            )
        ending = {"code": "00" if self._sales() else NO_SALE}
        self._queue.append(self._message(message.command, ending))
        self._put(self._queue.popleft())
        self._answered = True

    def _totals(self, message: TransbankMessage) -> None:
        sales = self._sales()
        total = sum(entry.amount_fen for entry in sales)
        self._answer(message.command, {"code": "00", "count": str(len(sales)), "total": str(total)})

    def _sales(self) -> list[Entry]:
        """Those of the open batch that stand."""
        return [one for one in self._desk.state.open_entries if one.kind in SALES and one.status == "approved"]

    def _void(self, message: TransbankMessage) -> None:
        number = message.text(0)
        if self._quirks.self_service and not number:
            number = next((one.stan for one in reversed(self._sales())), "")
        if not number.isdecimal() or not number.isascii():
            self._answer(message.command, {"code": NOTHING_TO_VOID})
            return
        stan = f"{int(number):06d}"

        def voided(told: Outcome) -> None:
            entry = self._entry(told) if told["status"] == "done" else None
            values = {"authorisation": authorisation(entry) if entry else "", "operation": stan}
            self._answer(message.command, {"code": code_for(told["status"], told["cause"]), **values})

        self._terminal.operate(Order("void", {"stan": stan}), None, voided)

    def _close(self, message: TransbankMessage) -> None:
        def closed(told: Outcome) -> None:
            if told["status"] == "done":  # the answer tells of the settlement, whatever becomes of the new keys
                self._terminal.operate(Order("sign_in"), None, lambda _: self._closed(message, told))
            else:
                self._plain(message, told)

        self._terminal.operate(Order("settle"), None, closed)

    def _closed(self, message: TransbankMessage, told: Outcome) -> None:
        wanted = self._named(message).get("voucher_wanted") == "1" and self._desk.state.settled
        report = voucher(settlement_lines(self._desk.state.settled[-1], [])) if wanted else ""
        self._answer(message.command, {"code": code_for(told["status"], told["cause"]), "voucher": report})

    def _load_keys(self, message: TransbankMessage) -> None:
        state = self._desk.state
        first = ("download_master_key",) if state.tid and not state.tmk else ()
        self._chain((*first, "sign_in"), lambda told: self._plain(message, told))

    def _initialise(self, message: TransbankMessage) -> None:
        self._current = b""  # its acknowledgement is its answer

        def initialised(told: Outcome) -> None:
            self._initialised = INITIALISED if told["status"] == "done" else code_for(told["status"], told["cause"])

        self._chain(INITIALISE, initialised)

    def _told_initialised(self, message: TransbankMessage) -> None:
        self._answer(message.command, {"code": self._initialised})

    def _chain(self, ops: Sequence[str], heard: Heard) -> None:
        """One operation after the other while each is done; `heard` is told of the last."""

        def ended(told: Outcome) -> None:
            if told["status"] == "done" and len(ops) > 1:
                self._chain(ops[1:], heard)
            else:
                heard(told)

        self._terminal.operate(Order(ops[0]), None, ended)

    # answers

    def _plain(self, message: TransbankMessage, told: Outcome) -> None:
        self._answer(message.command, {"code": code_for(told["status"], told["cause"])})

    def _answer(self, command: str, values: Mapping[str, str]) -> None:
        self._put(self._message(command, values))
        self._answered = True

    def _message(self, command: str, values: Mapping[str, str]) -> TransbankMessage:
        layout = self._answers[self._requests[command].answer]
        state = self._desk.state
        who = {"commerce": state.mid[-COMMERCE_CHARS:], "terminal": state.tid}
        known = {name: value for name, value in (who | dict(values)).items() if name in layout.names}
        return compose(layout.command, layout.names, known, trailing=layout.trailing)

    def _send(self, command: str, values: Mapping[str, str]) -> None:
        layout = c.ANSWERS[command]
        self._put(compose(command, layout.names, values, trailing=layout.trailing))

    def _put(self, message: TransbankMessage) -> None:
        self._note(message, "out")
        self._line.send(build(message), self._desk.now)

    def _named(self, message: TransbankMessage) -> dict[str, str]:
        names = self._requests[message.command].names
        return {name: message.text(place) for place, name in enumerate(names)}

    def _account(self, commerce: str) -> str:
        """The merchant whose number ends so; what nobody has is refused by the operation itself."""
        return next((one.mid for one in offered(self._desk) if one.mid[-COMMERCE_CHARS:] == commerce), commerce)

    def _entry(self, told: Outcome) -> Entry | None:
        return self._desk.state.entry(told["stan"], told["batch"]) if told["stan"] else None

    def _noise(self, data: bytes, reason: str) -> None:
        self._desk.note("noise", {"link": LINK, "hex": data.hex().upper(), "reason": reason})

    def _note(self, message: TransbankMessage, direction: str) -> None:
        layout = c.layout_of(message, self._quirks.self_service)
        kind = layout.text.en if layout else message.command
        fields = {"command": message.command, **c.named(message, self._quirks.self_service)}
        data = {"link": LINK, "dir": direction, "mti": "", "kind": kind, "fields": fields, "mac": "absent"}
        self._desk.note("message", data)
