"""Which operations of the terminal a register's command means, and which commands clear a locked condition.

Of a pre-authorisation 06 24 books the named amount, 06 23 takes the named amount out of it and books the rest, 06 25
releases it.  Receipt numbers are the last four digits of trace numbers; the newest transaction counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from protocols.zvt import bitmaps as bmp
from protocols.zvt import codes, tags
from protocols.zvt import commands as c
from protocols.zvt.configuration import ACTIVATION_CODE, configured
from protocols.zvt.message import ZvtMessage

from ...machine import Json
from ..desk import Desk
from ..flows.session import DOWNLOADS
from ..state import Entry
from ..wants import Order
from .zvt_information import RECEIPTS

OPEN_RESERVATIONS = "FFFF"
"""Receipt number of 06 23 with which a register asks which pre-authorisations are open."""
VOID_OF: Mapping[str, str] = {"sale": "void", "preauth": "preauth_void", "completion": "completion_void"}
SOURCE_OCTETS_MAX = 32
LINE, EXTENDED, CONFIGURATION, EMV = 1, 2, 3, 4
"""Kinds of diagnosis (tag 1B)."""


class NotPossible(ValueError):
    """The command means nothing that this terminal could do now; `code` of the abort."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:02X}")
        self.code = code


Kind = Literal["payment", "repeat", "settlement", "service", "update", "reset"]
Plan = Callable[[ZvtMessage, Desk], Sequence[Order]]


@dataclass(frozen=True, slots=True)
class Command:
    """`plan` gives the operations, one after the other; it raises NotPossible, or ValueError for what is no request.

    `kind`: how it ends.  `clears`: terminal status that it clears, so that it is carried out then.
    """

    kind: Kind
    plan: Plan
    clears: tuple[int, ...] = ()


def source_of(msg: ZvtMessage) -> str:
    """The order number of a payment: the octets of its double-booking protection, "" without one."""
    told = msg.tag(tags.DOUBLE_BOOKING) or b""
    return f"zvt/{told[:SOURCE_OCTETS_MAX].hex()}" if told else ""


def _amount(msg: ZvtMessage) -> dict[str, Json]:
    amount = msg.nibbles(bmp.AMOUNT)
    return {"amount_fen": int(amount)} if amount else {}


def _of_card(op: str) -> Plan:
    """A payment with the card that is presented."""

    def plan(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
        return (Order(op, _amount(msg), source_of(msg)),)

    return plan


def _named(msg: ZvtMessage, desk: Desk, kinds: Sequence[str], code: int) -> Entry:
    """The newest transaction with the receipt number, or trace number, of the command; raises NotPossible."""
    receipt, trace = msg.nibbles(bmp.RECEIPT), msg.nibbles(bmp.TRACE)
    wanted = int(trace) if trace else int(receipt) if receipt else None
    for entry in reversed(desk.state.entries):
        same = wanted is None or wanted in ((int(entry.stan),) if trace else (int(entry.stan) % RECEIPTS,))
        if same and entry.kind in kinds:
            return entry
    raise NotPossible(code)


def _reversal(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    """06 30: of the named transaction, else of the last one."""
    entry = _named(msg, desk, tuple(VOID_OF), codes.REVERSAL_IMPOSSIBLE)
    return (Order(VOID_OF[entry.kind], {"stan": entry.stan}, source_of(msg)),)


def _refund(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    """06 31: to the card of the named sale; to one that is presented the host wants the sale's reference, which this
    protocol does not have."""
    args = _amount(msg)
    if msg.has(bmp.RECEIPT) or msg.has(bmp.TRACE):
        entry = _named(msg, desk, ("sale", "completion"), codes.REVERSAL_IMPOSSIBLE)
        args |= {"stan": entry.stan, "batch": entry.batch}
    return (Order("refund", args, source_of(msg)),)


def _preauth(msg: ZvtMessage, desk: Desk) -> Entry:
    if not msg.has(bmp.RECEIPT) and not msg.has(bmp.TRACE):
        raise NotPossible(codes.PRE_AUTHORISATIONS_OPEN)
    return _named(msg, desk, ("preauth",), codes.PRE_AUTHORISATIONS_OPEN)


def _book_total(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    entry = _preauth(msg, desk)
    return (Order("completion", {"stan": entry.stan, "batch": entry.batch, **_amount(msg)}, source_of(msg)),)


def _book_part(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    entry = _preauth(msg, desk)
    released = int(msg.nibbles(bmp.AMOUNT) or "0")
    if released >= entry.amount_fen:
        raise NotPossible(codes.PRE_AUTHORISATION_WRONG)
    args = {"stan": entry.stan, "batch": entry.batch, "amount_fen": entry.amount_fen - released}
    return (Order("completion", args, source_of(msg)),)


def _release(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    entry = _preauth(msg, desk)
    return (Order("preauth_void", {"stan": entry.stan, "batch": entry.batch}, source_of(msg)),)


def _activation(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    """Whatever is missing up to the activation: self-test, line, activation.  Nothing for one that is activated."""
    code = configured(msg.tlv).get(ACTIVATION_CODE, "")
    asked = Order("activate", {"code": code} if code else {})
    missing = {"unboxed": ("self_test", "connect"), "self_tested": ("connect",), "connected": ()}
    state = desk.state.life_cycle
    return [*map(Order, missing[state]), asked] if state in missing else []


def _set_terminal_id(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    """06 1B: with turnover in the storage never; the number itself is the host's to give."""
    if desk.state.open_entries:
        raise NotPossible(codes.RECONCILIATION_REQUIRED)
    asked = msg.nibbles(bmp.TID)
    if desk.state.tid and asked and asked != desk.state.tid:
        raise NotPossible(codes.NOT_POSSIBLE)
    return _activation(msg, desk)


def _initialisation(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    """06 93: the keys, where there are none, and the sign-in."""
    return [Order("sign_in")] if desk.state.tmk else [Order("download_master_key"), Order("sign_in")]


def _diagnosis(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    """06 70 by its kind: the line alone, parameters, EMV data, or all of it."""
    kind = int.from_bytes(msg.tag(tags.DIAGNOSIS_TYPE) or bytes((EXTENDED,)), "big")
    parameters, *emv = (Order(f"download_{what}") for what in DOWNLOADS)
    found = {LINE: [Order("echo")], CONFIGURATION: [parameters], EMV: emv, EXTENDED: [parameters, *emv]}
    if kind not in found:
        raise NotPossible(codes.NOT_POSSIBLE)
    return found[kind]


def _plain(op: str, **args: Json) -> Plan:
    return lambda msg, desk: (Order(op, args),)


def _cannot(msg: ZvtMessage, desk: Desk) -> Sequence[Order]:
    raise NotPossible(codes.NOT_POSSIBLE)


# A session may be renewed also where a diagnosis is required, and the day ended wherever the terminal itself can: money
# that was taken is not locked in (posrig's choice).
_FULL = (codes.MEMORY_FULL, codes.RECONCILIATION_REQUIRED)
_STILL_SETTLES = (codes.DIAGNOSIS_REQUIRED, codes.REMOTE_MAINTENANCE, codes.VOLTAGE, codes.OUT_OF_ORDER, 0xFB, 0xFC)
_PARAMETERS = (codes.DIAGNOSIS_REQUIRED, codes.MERCHANT_LOCKED, codes.DATE_WRONG, codes.CARD_PROFILE)
_ACTIVATION = (codes.ACTIVATION_REQUIRED, codes.INITIALISATION_REQUIRED)

COMMANDS: Mapping[int, Command] = {
    c.AUTHORISATION: Command("payment", _of_card("sale")),
    c.PRE_AUTHORISATION: Command("payment", _of_card("preauth")),
    c.PARTIAL_REVERSAL: Command("payment", _book_part),
    c.BOOK_TOTAL: Command("payment", _book_total),
    c.PRE_AUTHORISATION_REVERSAL: Command("payment", _release),
    c.REVERSAL: Command("payment", _reversal),
    c.REFUND: Command("payment", _refund),
    c.REPEAT_RECEIPT: Command("repeat", _plain("reprint")),
    c.END_OF_DAY: Command("settlement", _plain("settle"), _FULL + _STILL_SETTLES),
    c.DIAGNOSIS: Command("service", _diagnosis, _PARAMETERS),
    c.INITIALISATION: Command("service", _initialisation, (codes.INITIALISATION_REQUIRED, *_PARAMETERS)),
    c.CHANGE_CONFIGURATION: Command("service", _activation, _ACTIVATION),
    c.SET_TERMINAL_ID: Command("service", _set_terminal_id, _ACTIVATION),
    c.OPT_PRE_INITIALISATION: Command("service", _activation, _ACTIVATION),
    c.SOFTWARE_UPDATE: Command("update", _plain("update_software", source="host")),
    c.DELETE_FILE: Command("service", _plain("clear_log"), (codes.JOURNAL_FULL,)),
    c.SERVICE_MODE: Command("service", _plain("local_status")),
    c.READ_CARD: Command("service", _plain("read_card")),
    c.RESET: Command("reset", _plain("restart")),
    **dict.fromkeys(
        (
            c.READ_FILE,
            c.WRITE_FILE,
            c.OPT_ACTION,
            c.OPT_TIME,
            c.OPT_OUTPUT,
            c.OPT_OUT_OF_ORDER,
            c.DISPLAY_TEXT_KEY,
            c.DISPLAY_TEXT_NUMBER,
            c.PIN_VERIFICATION,
        ),
        Command("service", _cannot),
    ),
}
"""By control field.  What this terminal has no function for is known all the same, and aborted with 83; 08 50, which
80 00 would end, is answered 84 83."""

ALWAYS = frozenset(
    (
        c.STATUS_ENQUIRY,
        c.DISPLAY_TEXT,
        c.DISPLAY_TEXT_KEY,
        c.DISPLAY_TEXT_NUMBER,
        c.PIN_VERIFICATION,
        c.SERVICE_MODE,
        c.SOFTWARE_UPDATE,
        c.REGISTRATION,
        c.LOG_OFF,
        c.READ_CARD,
        c.ABORT_COMMAND,
        c.REPEAT_RECEIPT,
    )
)
"""Carried out in a locked condition, whichever it is (PA00P015 chapter 7.1).  That the last receipt is among them is
posrig's choice: a register whose answer was lost learns in no other way what became of its payment."""
ACTIVATIONS: Mapping[str, int] = {
    "08 13": c.CHANGE_CONFIGURATION,
    "06 1B": c.SET_TERMINAL_ID,
    "08 22": c.OPT_PRE_INITIALISATION,
}
WITHOUT_REGISTRATION = frozenset((c.REGISTRATION, c.LOG_OFF, c.STATUS_ENQUIRY, c.ABORT_COMMAND))


def open_reservations(desk: Desk) -> list[Entry]:
    """Pre-authorisations that wait for their end, the oldest first."""
    return [entry for entry in desk.state.entries if entry.kind == "preauth" and entry.status == "approved"]


def with_source(order: Order, source: str) -> Order:
    """The order of a message sequence id, where it has no number of its own."""
    return order if order.source or not source else replace(order, source=source)
