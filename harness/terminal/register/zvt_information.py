"""Status information (04 0F) and completions (06 0F): what a terminal says of payments, settlements and itself."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.errors import DecodeError
from protocols.tlv import parse_tlv
from protocols.zvt import bitmaps as bmp
from protocols.zvt import codes, commands, tags
from protocols.zvt.message import Value, ZvtMessage, message
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv

from ...machine import Json
from ..account import masked
from ..desk import Desk
from ..outcome import Outcome
from ..state import Entry, State
from .zvt_registration import Registration
from .zvt_results import standing

RECEIPTS = 10_000
AMOUNT_END = 10**12
COUNT_MAX = 255
KINDS_OF_CARD = 7
"""Rows of BMP 60; the last is for all cards that no other row names, and so for ours."""
PAID_BY_PIN, PAID_BY_SIGNATURE = 0x70, 0x40
TECHNOLOGY = {"02": b"\x00", "90": b"\x00", "05": b"\x01", "95": b"\x01", "07": b"\x02", "98": b"\x02"}
"""Tag 1F12 by the first digits of F22."""
VOIDS = ("void", "preauth_void", "completion_void")
CARD_NAME = b"UnionPay\0"
AID_TAGS = (0x84, 0x4F, 0x9F06)
MODEL_TEXT_MAX = 99


def receipt_of(stan: str) -> str:
    """The receipt number of a trace number: its last four digits (posrig's choice)."""
    return f"{int(stan) % RECEIPTS:04d}"


def tid_of(state: State) -> str:
    """BMP 29 takes eight digits; zeros where the number is none, or there is none."""
    return state.tid if len(state.tid) == 8 and state.tid.isascii() and state.tid.isdigit() else "00000000"


def pan_shown(pan: str) -> str:
    """A card number as BMP 22: E for what is masked, padded with F."""
    digits = masked(pan).replace("*", "E") if pan.isascii() and pan.isalnum() and pan.isdigit() else ""
    return digits + "F" * (len(digits) % 2)


def of_entry(entry: Entry, desk: Desk, registration: Registration) -> ZvtMessage:
    """The status information of an approved transaction."""
    state = desk.state
    known: dict[int, Value] = {
        bmp.RESULT_CODE: codes.OK,
        bmp.AMOUNT: f"{entry.amount_fen % AMOUNT_END:012d}",
        bmp.CURRENCY: registration.currency,
        bmp.TRACE: entry.stan,
    }
    if entry.kind in VOIDS and entry.original:
        known[bmp.ORIGINAL_TRACE] = entry.original
    for number, value, digits in ((bmp.TIME, entry.time, 6), (bmp.DATE, entry.date, 4), (bmp.EXPIRY, entry.expiry, 4)):
        if len(value) == digits and value.isdigit():
            known[number] = value
    if entry.sequence.isdigit():
        known[bmp.CARD_SEQUENCE] = f"{int(entry.sequence):04d}"
    known[bmp.STATUS_BYTE] = PAID_BY_PIN if entry.mode[2:3] == "1" else PAID_BY_SIGNATURE
    if pan := pan_shown(entry.pan):
        known[bmp.PAN] = pan
    known |= {bmp.TID: tid_of(state), bmp.VU_NUMBER: _vu_number(state)}
    if entry.auth:
        known[bmp.AID_ATTRIBUTE] = entry.auth.encode("ascii", "replace")[:8].ljust(8, b"\0")
    known |= {bmp.RECEIPT: receipt_of(entry.stan), bmp.TURNOVER: entry.stan, bmp.CARD_NAME: CARD_NAME}
    return message(commands.STATUS_INFORMATION, None, known, _card_objects(entry) if registration.tlv else None)


def _vu_number(state: State) -> bytes:
    return state.mid.encode("ascii", "replace")[:15].ljust(15)


def _card_objects(entry: Entry) -> list[ZvtTlv]:
    items = [ZvtTlv(tags.ONLINE, b"\x01")]
    if entry.mode[:2] in TECHNOLOGY:
        items.append(ZvtTlv(tags.CARD_TECHNOLOGY, TECHNOLOGY[entry.mode[:2]]))
    if aid := _aid(entry):
        items.append(ZvtTlv(tags.AID, aid))
    return items


def _aid(entry: Entry) -> bytes:
    try:
        chip = parse_tlv(bytes.fromhex(entry.chip), "55")
    except DecodeError:
        return b""
    return next((item.value for item in chip if item.tag in AID_TAGS), b"")


def of_card(card: dict[str, Json]) -> ZvtMessage:
    """The status information that answers 06 C0: the number masked, and no track."""
    digits = str(card["pan"]).replace("*", "E")
    number = digits + "F" * (len(digits) % 2)
    return message(commands.STATUS_INFORMATION, None, {bmp.RESULT_CODE: codes.OK, bmp.PAN: number})


def of_failure(outcome: Outcome, code: int, desk: Desk, registration: Registration, quirks: ZvtQuirks) -> ZvtMessage:
    """The status information of what did not come to a payment."""
    known: dict[int, Value] = {bmp.RESULT_CODE: code}
    if outcome["amount_fen"]:
        known[bmp.AMOUNT] = f"{int(outcome['amount_fen']) % AMOUNT_END:012d}"
    if outcome["stan"]:
        known[bmp.TRACE] = str(outcome["stan"])
    known[bmp.TID] = tid_of(desk.state)
    known[bmp.ADDITIONAL_TEXT] = registration.encoded(outcome["text"]["en"], quirks)[:MODEL_TEXT_MAX]
    host = str(outcome["code"] or "")
    if outcome["status"] == "declined" and len(host) == 2 and set(host) <= set("0123456789ABCDEF"):
        known[bmp.RESULT_CODE_AS] = int(host, 16)
    return message(commands.STATUS_INFORMATION, None, known)


def of_totals(entries: Sequence[Entry], sums: dict[str, Json], desk: Desk, registration: Registration) -> ZvtMessage:
    """The status information of an end of day: amount, and BMP 60 with the receipts' range and the totals."""
    net = max(0, int(sums["debit_fen"]) - int(sums["credit_fen"]))
    count = int(sums["debit_count"]) + int(sums["credit_count"])
    stans = [entry.stan for entry in entries] or ["0"]
    octets = bytes.fromhex(receipt_of(stans[0]) + receipt_of(stans[-1]))
    octets += bytes(7 * (KINDS_OF_CARD - 1)) + bytes((min(count, COUNT_MAX),))
    octets += bytes.fromhex(f"{net % AMOUNT_END:012d}")
    state = desk.state
    known: dict[int, Value] = {
        bmp.RESULT_CODE: codes.OK,
        bmp.AMOUNT: f"{net % AMOUNT_END:012d}",
        bmp.CURRENCY: registration.currency,
        bmp.TRACE: f"{int(stans[-1]):06d}",
        bmp.TIME: state.time,
        bmp.DATE: state.date,
        bmp.TID: tid_of(state),
        bmp.TOTALS: octets,
    }
    return message(commands.STATUS_INFORMATION, None, known)


def registered(desk: Desk, registration: Registration, failed: bool) -> ZvtMessage:
    """The completion of a registration: what is necessary first, terminal number, currency, what was agreed on."""
    code = standing(desk).code
    necessary = 0
    if code in (codes.INITIALISATION_REQUIRED, codes.ACTIVATION_REQUIRED):
        necessary = 0x01
    elif code in (codes.DIAGNOSIS_REQUIRED, codes.DATE_WRONG):
        necessary = 0x02
    known: dict[int, Value] = {bmp.STATUS_BYTE: necessary, bmp.TID: tid_of(desk.state)}
    known[bmp.CURRENCY] = registration.currency
    items = [*registration.echoed(), *_state_tag(code, failed)] if registration.tlv else None
    return message(commands.COMPLETION, None, known, items)


def _state_tag(code: int, failed: bool) -> list[ZvtTlv]:
    """1F55, where there is something to say: activation required, or the initialisation failed."""
    if code == codes.ACTIVATION_REQUIRED:
        return [ZvtTlv(tags.TERMINAL_STATE, tags.STATE_ACTIVATION)]
    if code == codes.INITIALISATION_REQUIRED and failed:
        return [ZvtTlv(tags.TERMINAL_STATE, tags.STATE_INITIALISATION_FAILED)]
    return []


def enquired(desk: Desk, code: int, version: bool, tlv: bool, failed: bool) -> ZvtMessage:
    """The completion of a status enquiry: status, with version and description of the device where they are wanted."""
    values: dict[str, Value] = {}
    if version:
        values["version"] = f"{desk.settings.serial};{desk.version}".encode("ascii", "replace")
    values["status"] = code
    if not tlv:
        return message(commands.COMPLETION, values)
    device = (
        ZvtTlv(tags.DEVICE_NAME, desk.profile.model.encode("ascii", "replace")),
        ZvtTlv(tags.SOFTWARE_VERSION, desk.version.encode("ascii", "replace")),
        ZvtTlv(tags.SERIAL_NUMBER, desk.settings.serial.encode("ascii", "replace")),
    )
    items = [ZvtTlv(tags.TERMINAL_ID, bytes.fromhex(tid_of(desk.state))), ZvtTlv(tags.DEVICE, device)]
    return message(commands.COMPLETION, values, None, [*items, *_state_tag(code, failed)])


def clock(desk: Desk) -> dict[int, Value]:
    """Time, and date as YYMMDD."""
    state = desk.state
    return {bmp.TIME: state.time, bmp.DATE_YYMMDD: f"{desk.settings.year % 100:02d}{state.date}"}
