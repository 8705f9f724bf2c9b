"""Issuer scripts: what a reply carries for the card, and the 0620 that tells how it went.

The notice goes before everything else at the next transaction (Chanjet POS V2.0: before the reversal).
"""

from __future__ import annotations

from typing import Any

from protocols.errors import DecodeError
from protocols.tlv import Tlv, build_tlv, parse_tlv
from protocols.unionpay.message import Message, Value

from ...machine import Record
from .. import requests
from ..desk import Desk
from ..wants import Reply, Step
from .common import ask

SCRIPTS = (0x71, 0x72)
TOLD = (0x9F33, 0x95, 0x9F37, 0x9F1E, 0x9F10, 0x9F26, 0x9F36, 0x82, 0x9F1A, 0x9A)
"""F55 of the notice, besides DF31 (Chanjet POS V2.0)."""
RESULT_TAG, RESULT_DONE = 0xDF31, bytes.fromhex("2000000000")
"""The script's result: 2 = carried out, then its number (none given)."""
KEPT = (2, 3, 22, 23, 25, 32, 37, 38, 49)


def script_record(request: Message, reply: Message, batch: str, account: int) -> list[Record]:
    """The record of a notice that is due, when the reply to a chip transaction carries a script that no card sees."""
    told, asked = reply.octets(55), request.octets(55)
    if told is None or asked is None:
        return []
    try:
        tags = {item.tag for item in parse_tlv(told, "F55")}
    except DecodeError:  # a script that cannot be read is not carried out; the approval stands
        return []
    if not tags.intersection(SCRIPTS):
        return []
    chip = [item for item in parse_tlv(asked, "F55") if item.tag in TOLD]
    return notice_record(request, reply, batch, account, build_tlv([*chip, Tlv(RESULT_TAG, RESULT_DONE)]))


def notice_record(request: Message, reply: Message, batch: str, account: int, octets: bytes) -> list[Record]:
    """The same where a real card says how it went: `octets` are F55 of the notice."""
    fields: dict[str, Any] = {str(n): request.get(n) or reply.get(n) for n in KEPT if request.get(n) or reply.get(n)}
    original = {"batch": batch, "stan": request.text(11), "date": reply.text(13) or "0000"}
    return [
        {"kind": "script", "script": {"fields": fields, "chip": octets.hex(), "original": original, "account": account}}
    ]


def tell_result(desk: Desk) -> Step[None]:
    """Send the notice that is due; without an answer it stays for the next time."""
    script = desk.state.script
    if script is None:
        return
    fields: dict[int, Value] = {int(n): value for n, value in script["fields"].items()}
    fields[55] = bytes.fromhex(script["chip"])
    before = desk.use(int(script["account"]))
    fields[61] = requests.original(desk, **script["original"])
    answered = yield from ask(desk, "script_result", fields)
    if isinstance(answered, Reply):
        desk.save({"kind": "script", "script": None})
    desk.use(before)
