"""What each operation is in ZVT: the commands, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from protocols.zvt import commands as c
from protocols.zvt import tags
from protocols.zvt.bitmaps import AMOUNT, CURRENCY, RECEIPT, SERVICE_BYTE, TID, TLV
from protocols.zvt.configuration import ACTIVATION_CODE, configuration
from protocols.zvt.message import Bitmap, Value, ZvtMessage, message
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv

from ...arguments import Takes, takes
from ...machine import Json
from ..operations import OPERATIONS

CONFIG = 0xBE
"""The register prints every receipt, by lines, is told the intermediate status, and alone starts payments."""
WANTS_TLV = 0x04
"""Service byte of a status enquiry (ecrterm)."""
AMOUNT_END = 10**12
RECEIPTS = 10_000
DIAGNOSIS_LINE, DIAGNOSIS_CONFIGURATION, DIAGNOSIS_EMV = b"\x01", b"\x03", b"\x04"
NO_SEQUENCE = b"\0\0\0"

_PLAIN = takes("", "order channel")
_MONEY: Mapping[str, Takes] = {
    "sale": takes("amount_fen", "order channel"),
    "void": takes("stan", "order channel"),
    "refund": takes("amount_fen", "order channel stan"),
    "preauth": takes("amount_fen", "order channel"),
    "preauth_void": takes("stan", "order channel"),
    "completion": takes("stan amount_fen", "order channel"),
    "completion_void": takes("stan", "order channel"),
}
TAKES: Mapping[str, Takes] = {
    **{
        op: OPERATIONS[op].takes
        for op in (
            "identify",
            "status",
            "self_test",
            "activate",
            "load_keys",
            "sign_in",
            "download",
            "sign_off",
            "abort",
        )
    },
    **_MONEY,
    "last": _PLAIN,
    "reprint": _PLAIN,
    "settle": _PLAIN,
}
"""There are no accounts and no order numbers: `order` is the register's own."""

MONEY: Mapping[str, int] = {
    "sale": c.AUTHORISATION,
    "void": c.REVERSAL,
    "refund": c.REFUND,
    "preauth": c.PRE_AUTHORISATION,
    "preauth_void": c.PRE_AUTHORISATION_REVERSAL,
    "completion": c.BOOK_TOTAL,
    "completion_void": c.REVERSAL,
}
VOIDS = ("void", "preauth_void", "completion_void")
WITHOUT_COMPLETION = frozenset((c.LOG_OFF, c.ABORT_COMMAND, c.CHANGE_BAUD_RATE, c.ACTIVATE_CARD_READER))
"""Commands that 80 00 ends."""
TAKEN = frozenset(
    (
        c.INTERMEDIATE_STATUS,
        c.STATUS_INFORMATION,
        c.PRINT_LINE,
        c.PRINT_TEXT_BLOCK,
        c.COMPLETION,
        c.ABORT,
        c.SET_DATE_TIME,
    )
)
"""What a terminal says as master, besides host traffic; anything else is answered 84 83."""
HARMLESS = frozenset((c.REGISTRATION, c.STATUS_ENQUIRY, c.DIAGNOSIS, c.REPEAT_RECEIPT, c.LOG_OFF))
"""Commands that may come twice."""
WITHOUT_REGISTRATION = frozenset(("status", "sign_off"))


def registration(quirks: ZvtQuirks) -> ZvtMessage:
    """06 00.  A TLV container, even an empty one, is what allows the terminal to send TLV."""
    container: list[ZvtTlv] = []
    if quirks.text_blocks:
        command = ZvtTlv(tags.COMMAND, c.PRINT_TEXT_BLOCK.to_bytes(2, "big"))
        container.append(ZvtTlv(tags.PERMITTED_COMMANDS, (command,)))
    if quirks.sequence_ids:
        container.append(ZvtTlv(tags.SEQUENCE_ID, NO_SEQUENCE))
    values: dict[str, Value] = {"password": quirks.password, "config": CONFIG, "currency": quirks.currency}
    return message(c.REGISTRATION, values, tlv=container)


def status_enquiry(quirks: ZvtQuirks, tlv: bool = False) -> ZvtMessage:
    """05 01; with `tlv` the terminal is asked to say more of itself."""
    if not tlv:
        return message(c.STATUS_ENQUIRY)
    return message(c.STATUS_ENQUIRY, {"password": quirks.password}, {SERVICE_BYTE: WANTS_TLV})


def commands_of(op: str, args: Mapping[str, Json], quirks: ZvtQuirks, receipts: Mapping[str, str]) -> list[ZvtMessage]:
    """The commands of an operation, the registration before them aside.  `receipts`: receipt numbers by trace number.

    Raises ValueError for arguments that cannot be carried out.
    """
    if op in MONEY:
        return [_money(op, args, quirks, receipts)]
    password: dict[str, Value] = {"password": quirks.password}
    initialisation = message(c.INITIALISATION, password)
    plain: Mapping[str, Sequence[ZvtMessage]] = {
        "identify": (status_enquiry(quirks, tlv=True),),
        "status": (status_enquiry(quirks),),
        "self_test": (_diagnosis(DIAGNOSIS_LINE),),
        "load_keys": (initialisation,),
        "sign_in": (initialisation, registration(quirks)),
        "download": (_diagnosis(DIAGNOSIS_CONFIGURATION), _diagnosis(DIAGNOSIS_EMV)),
        "last": (message(c.REPEAT_RECEIPT, password),),
        "reprint": (message(c.REPEAT_RECEIPT, password),),
        "settle": (message(c.END_OF_DAY, password),),
        "sign_off": (message(c.LOG_OFF),),
    }
    return [*plain[op]] if op in plain else [*_activation(args, quirks), initialisation]


def _diagnosis(kind: bytes) -> ZvtMessage:
    return message(c.DIAGNOSIS, tlv=[ZvtTlv(tags.DIAGNOSIS_TYPE, kind)])


def _activation(args: Mapping[str, Json], quirks: ZvtQuirks) -> list[ZvtMessage]:
    """What clears E4, as this vendor has it."""
    code, tid = str(args.get("code") or ""), str(args.get("tid") or "")
    password: dict[str, Value] = {"password": quirks.password}
    if tid and (len(tid) != 8 or not tid.isdecimal() or not tid.isascii()):
        raise ValueError(f"tid {tid!r} must be eight digits")
    if not code.isascii():
        raise ValueError(f"code {code!r} must be ASCII")
    set_tid = [message(c.SET_TERMINAL_ID, password, {TID: tid} if tid else None)]
    if quirks.activation == "06 1B":
        return set_tid
    if quirks.activation == "08 22":
        return [message(c.OPT_PRE_INITIALISATION), *(set_tid if tid else [])]
    items = {ACTIVATION_CODE: code} if code else {}
    return [message(c.CHANGE_CONFIGURATION, password, tlv=configuration(items)), *(set_tid if tid else [])]


def _money(op: str, args: Mapping[str, Json], quirks: ZvtQuirks, receipts: Mapping[str, str]) -> ZvtMessage:
    values: dict[str, Value] = {}
    bitmaps: dict[int, Value] = {}
    if op in ("void", "completion_void", "refund"):
        values["password"] = quirks.password
    if "stan" in args:
        stan = f"{int(args['stan']):06d}"
        bitmaps[RECEIPT] = receipts.get(stan) or f"{int(stan) % RECEIPTS:04d}"
    if "amount_fen" in args:
        amount = int(args["amount_fen"])
        if not 0 <= amount < AMOUNT_END:
            raise ValueError(f"amount_fen {amount} is not within 0 to {AMOUNT_END - 1}")
        bitmaps[AMOUNT] = f"{amount:012d}"
        bitmaps[CURRENCY] = quirks.currency
    return message(MONEY[op], values, bitmaps)


def refused_with(msg: ZvtMessage) -> int | None:
    """The code of a negative answer; 80 00 and 84 00 are positive.  84 1E has its code in its data."""
    code = msg.control & 0xFF
    if msg.control >> 8 != c.NEGATIVE_CLASS or not code:
        return None
    data = msg.octets("data")
    return data[0] if code == c.ABORT & 0xFF and data else code


def with_sequence(msg: ZvtMessage, number: int) -> ZvtMessage:
    """`msg` with message sequence id `number`, in the container that it has or in one of its own."""
    item = ZvtTlv(tags.SEQUENCE_ID, bytes.fromhex(f"{number:06d}"))
    container = (*(one for one in msg.tlv if one.tag != tags.SEQUENCE_ID), item)
    others = tuple(bitmap for bitmap in msg.bitmaps if bitmap.number != TLV)
    return replace(msg, bitmaps=(*others, Bitmap(TLV, container)))
