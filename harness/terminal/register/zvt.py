"""The terminal's side of ZVT: what a command of the register meets with, and what needs no operation of the terminal.

Source: ZVT application protocol PA00P015 rev 13.08, transport protocol PA00P016 rev 04; choices of posrig's are said
where they are made.
"""

from __future__ import annotations

from protocols.text import Text
from protocols.zvt import bitmaps as bmp
from protocols.zvt import codes, tags
from protocols.zvt import commands as c
from protocols.zvt.charset import decode_text
from protocols.zvt.codes import result_text
from protocols.zvt.message import Value, ZvtMessage, message
from protocols.zvt.quirks import ZvtQuirks

from ...machine import SECOND_US
from ..desk import Desk
from ..flows.settle import totals
from ..outcome import Outcome
from ..slips import account_lines, yuan
from ..texts import OPERATIONS
from ..wants import Confirm, Order, Want
from .side import Operating
from .zvt_carry import Modem
from .zvt_commands import (
    ACTIVATIONS,
    ALWAYS,
    COMMANDS,
    OPEN_RESERVATIONS,
    WITHOUT_REGISTRATION,
    NotPossible,
    open_reservations,
    with_source,
)
from .zvt_information import enquired, of_totals, receipt_of, registered
from .zvt_job import Jobs
from .zvt_link import Link
from .zvt_receipts import printed
from .zvt_registration import registration_of
from .zvt_results import standing
from .zvt_talk import Talk

OWN_CURRENCY = "0156"
"""What the terminal books; every other currency is the register's name for the same minor units."""
ANY_PASSWORD = "000000"
"""Where the terminal's password is this one, it takes any (posrig's choice: registers come with their own)."""
WANTS_TLV = 0x04
"""Service byte of a status enquiry (ecrterm)."""
SILENT_US, MAINTAINED_US = 30 * SECOND_US, 60 * SECOND_US
"""Remote maintenance after an end of day: so long nothing is answered, and so long it says that it is at it (posrig's
choice; card complete names no times)."""
DISPLAY_LINES = range(0xF1, 0xF9)


class Zvt:
    """Takes commands from the link, starts operations, tells what becomes of them."""

    def __init__(self, desk: Desk, terminal: Operating) -> None:
        self._desk = desk
        self._terminal = terminal
        self._quirks: ZvtQuirks = desk.settings.quirks or ZvtQuirks()
        self._link = Link(desk, self._quirks, self._heard)
        self._talk = Talk(desk, self._quirks, self._link)
        self._jobs = Jobs(desk, terminal, self._talk, self._ended)
        self._modem = Modem(desk, self._link, terminal.carried)
        self._silent_until = self._maintained_until = 0
        self._failed = False
        """The last initialisation did not succeed."""

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return min((at for at in (self._link.deadline, self._jobs.deadline) if at is not None), default=None)

    def received(self, data: bytes) -> None:
        """Octets from the register.  While the terminal does something by itself nobody answers (chapter 7.2)."""
        if self._desk.now >= self._silent_until and not self._terminal.by_itself:
            self._link.received(data)

    def wake(self) -> None:
        """Time has passed."""
        self._link.wake()
        self._jobs.wake()

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out.  The registration outlives it: registers come and go by TCP."""
        self._link.reset(plugged_in)

    def waits(self, want: Want) -> None:
        """As `RegisterSide.waits`."""
        self._jobs.waits(want)

    def confirm(self, want: Confirm) -> bool:
        """As `RegisterSide.confirm`."""
        return self._jobs.confirm(want)

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """As `RegisterSide.carry`."""
        self._modem.carry(address, octets, limit_s)

    # what a command meets with

    def _heard(self, msg: ZvtMessage | None, payload: bytes) -> None:
        if msg is None:
            self._talk.negative(codes.NOT_POSSIBLE)
            return
        self._talk.heard(msg)
        control = msg.control
        if control == c.ABORT_COMMAND:
            self._talk.positive()
            self._jobs.abort()
        elif payload == self._jobs.payload:
            self._talk.positive()  # it comes again, for what it was answered got lost
        elif not self._terminal.idle or self._jobs.payload:
            self._talk.negative(codes.WAIT)
        elif control not in COMMANDS and control not in _IMMEDIATE:
            self._talk.negative(codes.NOT_POSSIBLE)
        elif self._unregistered(control):
            self._talk.negative(codes.NOT_REGISTERED)
        elif lock := self._lock(control):
            self._talk.positive()
            self._talk.abort(lock, control, codes.status_text(lock).en)
        elif control in _IMMEDIATE:
            _IMMEDIATE[control](self, msg)
        elif control == c.PARTIAL_REVERSAL and msg.nibbles(bmp.RECEIPT) == OPEN_RESERVATIONS:
            self._reservations(control)
        else:
            self._carry_out(msg, payload)

    def _unregistered(self, control: int) -> bool:
        strict = self._quirks.strict_registration and not self._talk.registration.on
        return strict and control not in WITHOUT_REGISTRATION

    def _lock(self, control: int) -> int:
        """The status that keeps the terminal from this command; 0 when none does."""
        if control in ALWAYS:
            return 0
        now = standing(self._desk)
        clears = control in COMMANDS and now.code in COMMANDS[control].clears
        if clears and now.code == codes.ACTIVATION_REQUIRED:
            clears = control == ACTIVATIONS[self._quirks.activation]
        return now.code if now.locks and not clears else 0

    def _carry_out(self, msg: ZvtMessage, payload: bytes) -> None:
        control, command = msg.control, COMMANDS[msg.control]
        registration = self._talk.registration
        self._talk.positive()
        currency = msg.nibbles(bmp.CURRENCY)
        if currency not in ("", registration.currency) and self._quirks.wrong_currency == "refused":
            self._talk.abort(codes.WRONG_CURRENCY, control, currency=registration.currency)
            return
        try:
            orders = [*command.plan(msg, self._desk)]
        except NotPossible as reason:
            self._talk.abort(reason.code, control, result_text(reason.code).en)
            return
        except ValueError:
            self._talk.abort(codes.PROTOCOL_ERROR, control, result_text(codes.PROTOCOL_ERROR).en)
            return
        if command.kind == "repeat" and registration.prints_payment:
            orders = [Order("last")]
        if command.kind == "payment":
            orders = [with_source(orders[0], self._talk.order_number())]
        if command.kind == "reset":
            self._talk.complete(control, None, lambda answer: self._restart(orders[0]))
            return
        self._jobs.begin(msg, payload, command, orders)

    def _restart(self, order: Order) -> None:
        if self._terminal.idle:
            self._terminal.operate(order, None)

    def _ended(self, msg: ZvtMessage, result: Outcome) -> None:
        """A command of the services is over, and its completion has been answered, or never was."""
        if msg.control == c.INITIALISATION:
            self._failed = result["status"] != "done"
        if msg.control == c.END_OF_DAY and self._quirks.maintenance_after_settle:
            self._silent_until = self._desk.now + SILENT_US
            self._maintained_until = self._desk.now + MAINTAINED_US

    # what needs no operation

    def _register(self, msg: ZvtMessage) -> None:
        """06 00."""
        registration, quirks = registration_of(msg, self._quirks), self._quirks
        known = registration.currency in (quirks.currency, OWN_CURRENCY)
        if not known and quirks.wrong_currency == "silent":
            return
        self._talk.positive()
        if quirks.password not in (ANY_PASSWORD, msg.nibbles("password")):
            self._talk.abort(REGISTER_UNKNOWN, c.REGISTRATION, result_text(REGISTER_UNKNOWN).en)
            return
        if not known and quirks.wrong_currency == "refused":
            self._talk.abort(codes.WRONG_CURRENCY, c.REGISTRATION, currency=quirks.currency)
            return
        self._talk.register(registration, msg)
        self._talk.heard(msg)
        self._talk.complete(c.REGISTRATION, registered(self._desk, registration, self._failed))

    def _log_off(self, msg: ZvtMessage) -> None:
        """06 02."""
        self._talk.positive()
        self._talk.register(self._talk.logged_off(), None)

    def _enquired(self, msg: ZvtMessage) -> None:
        """05 01."""
        code = standing(self._desk).code
        if self._desk.now < self._maintained_until:
            code = codes.REMOTE_MAINTENANCE
        service = msg.octet(bmp.SERVICE_BYTE, -1)
        objects = self._talk.registration.tlv or (service >= 0 and bool(service & WANTS_TLV)) or msg.has(bmp.TLV)
        told = enquired(self._desk, code, service >= 0, objects and service >= 0, self._failed)
        self._talk.positive()
        self._talk.complete(c.STATUS_ENQUIRY, told)

    def _display(self, msg: ZvtMessage) -> None:
        """06 E0: up to eight lines; 80 00 is all that it is answered."""
        lines = (decode_text(msg.octets(line), "zvt-7bit") for line in DISPLAY_LINES if msg.has(line))
        shown = " ".join("".join(filter(str.isprintable, line)).strip() for line in lines)
        if shown.strip():
            self._desk.show(Text(shown, shown))
        self._talk.positive()

    def _baud_rate(self, msg: ZvtMessage) -> None:
        """08 40: the line keeps its rate, for the port is not the terminal's."""
        known = msg.octet("rate") in c.BAUD_RATES
        self._talk.negative(codes.BAUD_RATE_CANNOT if known else codes.BAUD_RATE_UNSUPPORTED)

    def _configuration(self, msg: ZvtMessage) -> None:
        """06 1A."""
        state, settings = self._desk.state, self._desk.settings
        values = (settings.serial, self._desk.version, state.tid or "-", state.mid or "-")
        names = (("序列号", "Serial"), ("应用版本", "Version"), ("终端号", "TID"), ("商户号", "MID"))
        lines = [Text(f"{zh} {value}", f"{en} {value}") for (zh, en), value in zip(names, values, strict=True)]
        self._report(c.PRINT_CONFIGURATION, lines)

    def _totals(self, msg: ZvtMessage) -> None:
        """06 10: the open batch, which stays open."""
        entries = self._desk.state.open_entries
        sums = totals(self._desk, entries)
        self._talk.positive()
        self._talk.tell(of_totals(entries, dict(sums), self._desk, self._talk.registration), msg.control)
        self._talk.complete(msg.control)

    def _turnover(self, msg: ZvtMessage) -> None:
        """06 12: the transactions of the open batch."""
        lines = account_lines(self._desk.state)
        for entry in self._desk.state.open_entries:
            what = OPERATIONS[entry.kind]
            zh, en = f"{entry.stan} {what.zh} RMB {yuan(entry.amount_fen)}", f"{entry.stan} {what.en}"
            lines.append(Text(zh, f"{en} RMB {yuan(entry.amount_fen)}"))
        self._report(msg.control, lines or [Text("无交易", "No transactions")])

    def _report(self, control: int, lines: list[Text]) -> None:
        """At the register's printer, or at the terminal's own."""
        registration = self._talk.registration
        self._talk.positive()
        if registration.prints_administration and registration.gets_lines:
            for msg in printed(lines, tags.ADMINISTRATION_RECEIPT, registration, self._quirks):
                self._talk.tell(msg, control)
        elif not registration.prints_administration:
            self._desk.slip("report", "", self._desk.state.batch, 0, "", "merchant", lines)
        self._talk.complete(control)

    def _reservations(self, control: int) -> None:
        """06 23 for receipt FFFF: an abort names the oldest open one, FFFF when there is none."""
        found = open_reservations(self._desk)
        receipt: dict[int, Value] = {bmp.RECEIPT: receipt_of(found[0].stan) if found else OPEN_RESERVATIONS}
        self._talk.positive()
        self._talk.tell(message(c.ABORT, {"code": codes.PRE_AUTHORISATIONS_OPEN}, receipt), control)


REGISTER_UNKNOWN = 0xFE
_IMMEDIATE = {
    c.REGISTRATION: Zvt._register,
    c.LOG_OFF: Zvt._log_off,
    c.STATUS_ENQUIRY: Zvt._enquired,
    c.DISPLAY_TEXT: Zvt._display,
    c.CHANGE_BAUD_RATE: Zvt._baud_rate,
    c.PRINT_CONFIGURATION: Zvt._configuration,
    c.SEND_TURNOVER_TOTALS: Zvt._totals,
    c.PRINT_TURNOVER_RECEIPTS: Zvt._turnover,
}
"""Answered at once, without an operation of the terminal."""
