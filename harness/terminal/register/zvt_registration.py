"""What a register agreed on with the terminal in its registration (06 00), PA00P015 chapter 2.1."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.errors import EncodeError
from protocols.zvt import bitmaps as bmp
from protocols.zvt import tags
from protocols.zvt.charset import BY_TAG_14, Charset, encode_text
from protocols.zvt.commands import PRINT_TEXT_BLOCK, SET_DATE_TIME
from protocols.zvt.message import ZvtMessage
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv

PAYMENT_RECEIPTS, ADMINISTRATION_RECEIPTS, INTERMEDIATE, NO_AMOUNT_ENTRY, PRINT_COMMANDS = 0x02, 0x04, 0x08, 0x10, 0x80
CONFIG_LOGGED_OFF = 0x86
"""The config byte that counts until a register has registered, and after its log-off."""
LINE_MIN, LINE_MAX = 8, 255


@dataclass(frozen=True, slots=True)
class Registration:
    """`on`: there is one.  `tlv`: the register may be sent containers; `currency` four digits.

    `line_width` characters of its printer, 0: it did not say; `apdu_max` octets that it takes in one APDU, 0 likewise.
    `charset_tag`: octet of tag 14 that it asked for and posrig speaks, -1: none; `in_list`: it stood in tag 27.
    `sequence`: it wants message sequence ids.
    """

    on: bool = False
    config: int = CONFIG_LOGGED_OFF
    currency: str = "0978"
    tlv: bool = False
    blocks: bool = False
    clock: bool = False
    line_width: int = 0
    apdu_max: int = 0
    charset_tag: int = -1
    in_list: bool = False
    sequence: bool = False

    @property
    def wants_intermediate(self) -> bool:
        """04 FF are sent."""
        return bool(self.config & INTERMEDIATE)

    @property
    def prints_payment(self) -> bool:
        """The register prints the receipts of payments, from our commands or from the data."""
        return bool(self.config & PAYMENT_RECEIPTS)

    @property
    def prints_administration(self) -> bool:
        """The register prints the reports."""
        return bool(self.config & ADMINISTRATION_RECEIPTS)

    @property
    def gets_lines(self) -> bool:
        """What it prints is sent to it; False: it makes its receipts from the data."""
        return bool(self.config & PRINT_COMMANDS)

    def charset(self, quirks: ZvtQuirks) -> Charset:
        """The set of all texts to it."""
        return quirks.text_charset(BY_TAG_14.get(self.charset_tag, "cp437"))

    def encoded(self, text: str, quirks: ZvtQuirks) -> bytes:
        """`text` in that set, "?" for what it does not have."""
        charset = self.charset(quirks)
        return b"".join(_one(character, charset) for character in text)

    def echoed(self) -> list[ZvtTlv]:
        """What the completion repeats of it: only what is repeated counts."""
        items: list[ZvtTlv] = []
        if self.blocks:
            printed = ZvtTlv(tags.COMMAND, PRINT_TEXT_BLOCK.to_bytes(2, "big"))
            items.append(ZvtTlv(tags.PERMITTED_COMMANDS, (printed,)))
        if self.charset_tag >= 0:
            chosen = ZvtTlv(tags.CHARACTER_SET, bytes((self.charset_tag,)))
            items.append(ZvtTlv(tags.CHARACTER_SETS, (chosen,)) if self.in_list else chosen)
        if self.sequence:
            items.append(ZvtTlv(tags.SEQUENCE_ID, bytes(3)))
        return items


def _one(character: str, charset: Charset) -> bytes:
    if not character.isprintable():
        return b" "
    try:
        return encode_text(character, charset)
    except EncodeError:
        return b"?"


def registration_of(msg: ZvtMessage, quirks: ZvtQuirks) -> Registration:
    """What 06 00 says.  The currency is the register's, whether or not the terminal has it."""
    asked, in_list = _charset(msg)
    commands = _commands(msg)
    return Registration(
        True,
        msg.octet("config", CONFIG_LOGGED_OFF),
        msg.nibbles("currency") or quirks.currency,
        msg.has(bmp.TLV) or quirks.tlv_unasked,
        PRINT_TEXT_BLOCK in commands and quirks.text_blocks,
        SET_DATE_TIME in commands,
        _line_width(msg),
        int.from_bytes(msg.tag(tags.APDU_LENGTH_MAX) or b"", "big"),
        asked,
        in_list,
        quirks.sequence_ids and msg.tag(tags.SEQUENCE_ID) is not None,
    )


def _commands(msg: ZvtMessage) -> set[int]:
    """The commands of the terminal that the register permits (tag 26)."""
    listed = [item for item in msg.tlv if item.tag == tags.PERMITTED_COMMANDS]
    found = (one.value for item in listed for one in item.children if one.tag == tags.COMMAND)
    return {int.from_bytes(value, "big") for value in found if isinstance(value, bytes)}


def _charset(msg: ZvtMessage) -> tuple[int, bool]:
    """The first character set that the register names and posrig speaks."""
    own = [(item, False) for item in msg.tlv if item.tag == tags.CHARACTER_SET]
    lists = (item for item in msg.tlv if item.tag == tags.CHARACTER_SETS)
    listed = [(one, True) for item in lists for one in item.children if one.tag == tags.CHARACTER_SET]
    for item, in_list in own + listed:
        if isinstance(item.value, bytes) and len(item.value) == 1 and item.value[0] in BY_TAG_14:
            return item.value[0], in_list
    return -1, False


def _line_width(msg: ZvtMessage) -> int:
    told = msg.tag(tags.LINE_WIDTH)
    width = int.from_bytes(told, "big") if told else 0
    return min(max(width, LINE_MIN), LINE_MAX) if width else 0
