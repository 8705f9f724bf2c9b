"""What the terminal says to a register that has registered: its registration, and the ids of the messages.

Message sequence ids (tag 1F73, PA00P015 chapter 5.1) are one count for both ends: an answer repeats the id of its
command, and each command has the next one.
"""

from __future__ import annotations

from dataclasses import replace

from protocols.zvt import bitmaps as bmp
from protocols.zvt import commands, tags
from protocols.zvt.message import Bitmap, Value, ZvtMessage, build, message, parse
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv

from ...machine import Json, Record
from ..desk import Desk
from .zvt_link import T3_US, Answered, Link
from .zvt_registration import Registration, registration_of

NO_PASSWORD = "000000"
ID_DIGITS = 6
ID_END = 10**ID_DIGITS
WITHOUT_OBJECTS = (commands.DIAL_UP, commands.TRANSMIT, commands.RECEIVE, commands.TRANSPARENT)
"""Commands whose data ends in octets of the host's."""


class Talk:
    """One per terminal.  `link` carries the messages."""

    def __init__(self, desk: Desk, quirks: ZvtQuirks, link: Link) -> None:
        self._desk = desk
        self.quirks: ZvtQuirks = quirks
        self.link: Link = link
        self._registration: Registration | None = None
        self._id = 0
        """Of the newest message of either end."""
        self._heard_id = 0

    @property
    def registration(self) -> Registration:
        """What holds now; after a start the stored one, where this vendor's terminals keep it."""
        if self._registration is None:
            stored = self._desk.state.registration.get("apdu", "") if self.quirks.keeps_registration else ""
            kept = registration_of(parse(bytes.fromhex(stored)), self.quirks) if stored else self.logged_off()
            self._registration = kept
        return self._registration

    def logged_off(self) -> Registration:
        """What holds without a registration."""
        return Registration(currency=self.quirks.currency, tlv=self.quirks.tlv_unasked)

    def register(self, registration: Registration, msg: ZvtMessage | None) -> None:
        """A registration (`msg`), or the end of one (None).  It becomes durable where something hangs on that."""
        self._registration = registration
        self._id = self._heard_id = 0
        before = self._desk.state.registration
        if not self.quirks.keeps_registration and not registration.sequence:
            return
        apdu = ""
        if msg is not None:
            apdu = build(replace(msg, values={**msg.values, "password": NO_PASSWORD})).hex()
        if registration.sequence or apdu != before.get("apdu", ""):
            kept: dict[str, Json] = {"apdu": apdu, "number": int(before.get("number", 0)) + 1}
            record: Record = {"kind": "registration", "registration": kept}
            self._desk.save(record)

    def heard(self, msg: ZvtMessage) -> None:
        """A command of the register's."""
        digits = (msg.tag(tags.SEQUENCE_ID) or b"").hex()
        self._heard_id = int(digits) if len(digits) == ID_DIGITS and digits.isdigit() else 0
        self._id = max(self._id, self._heard_id)

    def order_number(self) -> str:
        """What stands for the order of the command that was just heard; "" without ids."""
        if not self.registration.sequence or not self._heard_id:
            return ""
        return f"zvt/{self._desk.state.registration.get('number', 0)}/{self._heard_id}"

    def positive(self) -> None:
        """80 00."""
        objects = [_id_object(self._heard_id)] if self.registration.sequence and self._heard_id else []
        self.link.answer(_with(message(commands.POSITIVE), objects))

    def negative(self, code: int) -> None:
        """84 xx."""
        self.link.answer(message(commands.NEGATIVE_CLASS << 8 | code))

    def tell(self, msg: ZvtMessage, pending: int = 0, heard: Answered | None = None, wait_us: int = T3_US) -> None:
        """A command of the terminal; `pending`: the register's command that it belongs to."""
        if self.registration.sequence and self._heard_id and msg.control not in WITHOUT_OBJECTS:
            self._id = (self._id + 1) % ID_END
            msg = _with(msg, [_id_object(self._id)])
        self.link.tell(msg, pending, heard or _nobody, wait_us)

    def complete(self, pending: int, msg: ZvtMessage | None = None, heard: Answered | None = None) -> None:
        """06 0F; `msg`: with what it tells."""
        self.tell(msg or message(commands.COMPLETION), pending, heard)

    def abort(self, code: int, pending: int, words: str = "", currency: str = "") -> None:
        """06 1E with its code, and `words` where the register takes TLV."""
        if not self.quirks.abort_code:
            self.tell(message(commands.ABORT), pending)
            return
        objects = [ZvtTlv(tags.EXTENDED_TEXT, self.text(words))] if words and self.registration.tlv else None
        values: dict[str, Value] = {"code": code, "currency": currency} if currency else {"code": code}
        self.tell(message(commands.ABORT, values, None, objects), pending)

    def text(self, words: str) -> bytes:
        """`words` in the register's character set."""
        return self.registration.encoded(words, self.quirks)


def _nobody(answer: ZvtMessage | None) -> None:
    """What the register says to it changes nothing."""


def _id_object(number: int) -> ZvtTlv:
    return ZvtTlv(tags.SEQUENCE_ID, bytes.fromhex(f"{number:0{ID_DIGITS}d}"))


def _with(msg: ZvtMessage, objects: list[ZvtTlv]) -> ZvtMessage:
    """`msg` with `objects` at the end of its container."""
    if not objects:
        return msg
    others = tuple(bitmap for bitmap in msg.bitmaps if bitmap.number != bmp.TLV)
    return replace(msg, bitmaps=(*others, Bitmap(bmp.TLV, (*msg.tlv, *objects))))
