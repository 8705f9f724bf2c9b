"""Issuer scripts: commands that the issuer sends to its card through host and terminal (EMV Book 3 clause 10.10).

Template 71 is for before the second GENERATE AC, 72 for behind it; in it an identifier (9F18) and commands (86).
Each command ends with a MAC that the card checks; what is secret in it is enciphered (EMV Book 2 clause 9; PBOC 3.0
part 5; Visa, Mastercard and Interac as pyemv 1.5.0 computes them).  Where a published rule for SM4 is missing, posrig
takes that of 3DES with blocks of 16.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal

from ..ciphers import Cipher
from ..errors import DecodeError, EncodeError, RemoteError
from ..text import Text
from ..tlv import Tlv, build_tlv, parse_tlv
from . import pin as pins
from .apdu import Command
from .cryptograms import KeySet, Scheme, script_mac, script_session_key

BEFORE_AC, BEHIND_AC = 0x71, 0x72
TAG_IDENTIFIER, TAG_COMMAND = 0x9F18, 0x86
IDENTIFIER_OCTETS = 4
RESULT_OCTETS = 5
COMMANDS_MAX = 64
"""More than any issuer sends; EMV only asks terminals for 128 octets of script."""

Outcome = Literal["not_performed", "failed", "done"]
_OUTCOMES: tuple[Outcome, ...] = ("not_performed", "failed", "done")
_SECURE, _SECURE_ISO = 0x84, 0x04


class ScriptRefused(RemoteError):
    """The card's refusal of a command whose MAC, or what it enciphers, is wrong.  `reason`: the check that failed."""

    def __init__(self, reason: Literal["mac", "length", "padding"]) -> None:
        what = {
            "mac": Text("脚本命令 MAC 不符", "The MAC of the script command is wrong"),
            "length": Text("脚本命令过短，没有 MAC", "The script command is too short for a MAC"),
            "padding": Text("脚本命令解密后格式不符", "What the script command enciphers has no proper form"),
        }[reason]
        super().__init__(what, Text("请核对发卡行主密钥", "Compare the issuer's master keys"))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Script:
    """One template: `tag` 71 or 72, `identifier` 4 octets or none, `commands` as C-APDUs in order."""

    tag: int
    commands: tuple[bytes, ...]
    identifier: bytes = b""

    def build(self) -> bytes:
        """Tag, length and value.  Raises EncodeError for more than 65535 octets."""
        head = [Tlv(TAG_IDENTIFIER, self.identifier)] if self.identifier else []
        return build_tlv([Tlv(self.tag, build_tlv([*head, *(Tlv(TAG_COMMAND, c) for c in self.commands)]))])


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What became of a script (tags 9F5B and, in field 55, DF31; EMV Book 4 annex A5).

    `command`: of a failed script the number of its failing command, 1 to 14, 15 for all behind; else 0.
    """

    outcome: Outcome
    command: int = 0
    identifier: bytes = b""

    def build(self) -> bytes:
        """Five octets."""
        first = _OUTCOMES.index(self.outcome) << 4 | min(self.command, 15)
        return bytes([first]) + self.identifier.ljust(IDENTIFIER_OCTETS, b"\0")[:IDENTIFIER_OCTETS]


def scripts_in(objects: Iterable[Tlv], path: str = "F55") -> tuple[Script, ...]:
    """The scripts among an issuer's data objects, in order.  Raises DecodeError for one that is no list of commands."""
    return tuple(_script(item, path) for item in objects if item.tag in (BEFORE_AC, BEHIND_AC))


def parse_results(octets: bytes, path: str = "9F5B") -> tuple[ScriptResult, ...]:
    """The results of tag 9F5B or DF31.  Raises DecodeError for a length that is no multiple of 5, or a code above 2."""
    results = []
    for at in range(0, len(octets), RESULT_OCTETS):
        part = octets[at : at + RESULT_OCTETS]
        if len(part) != RESULT_OCTETS or part[0] >> 4 >= len(_OUTCOMES):
            raise DecodeError(
                Text("发卡行脚本结果应为每条 5 字节，首字节高位 0 至 2", "A script result has 5 octets, code 0 to 2"),
                Text("请核对终端的脚本结果", "Check what the terminal built"),
                path=path,
                offset=at,
                raw=part,
            )
        results.append(ScriptResult(_OUTCOMES[part[0] >> 4], part[0] & 0x0F, part[1:].strip(b"\0") and part[1:]))
    return tuple(results)


@dataclass(frozen=True, slots=True)
class SecureMessaging:
    """The protection of script commands in one transaction.

    `keys`: the card's own; `atc`: 2 octets; `ac`: the ARQC of the transaction, 8 octets.
    """

    scheme: Scheme
    keys: KeySet = field(repr=False)
    atc: bytes
    ac: bytes

    def protect(self, cla: int, ins: int, p1: int, p2: int, data: bytes = b"") -> Command:
        """A command with its MAC behind `data`."""
        return Command(cla, ins, p1, p2, data + self._mac(bytes((cla, ins, p1, p2)), data))

    def check(self, command: Command) -> bytes:
        """The card's side: the data before the MAC.  Raises ScriptRefused."""
        size = self.scheme.script_mac_octets
        if len(command.data) < size:
            raise ScriptRefused("length")
        data, mac = command.data[:-size], command.data[-size:]
        if not compare_digest(self._mac(command.header, data), mac):
            raise ScriptRefused("mac")
        return data

    def application_block(self) -> Command:
        """APPLICATION BLOCK: the selected application answers with AAC alone from now on."""
        return self.protect(_SECURE, 0x1E, 0, 0)

    def application_unblock(self) -> Command:
        """APPLICATION UNBLOCK."""
        return self.protect(_SECURE, 0x18, 0, 0)

    def card_block(self) -> Command:
        """CARD BLOCK: no application of the card can be selected any more, for good."""
        return self.protect(_SECURE, 0x16, 0, 0)

    def pin_unblock(self) -> Command:
        """PIN CHANGE/UNBLOCK that only gives the PIN its tries back."""
        return self.protect(_SECURE, 0x24, 0, 0)

    def pin_change(self, pin: str, current_pin: str | None = None) -> Command:
        """PIN CHANGE/UNBLOCK with a new PIN of 4 to 12 digits; with the current one where the holder gave it.

        Raises EncodeError where the scheme has no form with the current PIN (Mastercard, Interac).
        """
        if current_pin is not None and self.scheme.pin_block == "iso2":
            raise EncodeError(
                Text("该密文版本的改密不使用原密码", "This scheme changes a PIN without the current one"),
                Text("请去掉原密码", "Leave the current PIN away"),
                path="8424",
                value=self.scheme.name,
            )
        masked = self._masked(current_pin)
        block = pins.script_block(pin, self.keys.ac, current_pin) if masked else pins.plain_block(pin)
        return self.protect(_SECURE, 0x24, 0, 2 if current_pin is None else 1, self.encipher(block))

    def new_pin(self, command: Command, current_pin: str) -> str:
        """The card's side of `pin_change`: the new PIN.  Raises ScriptRefused, PinDataError."""
        current = current_pin if command.p2 == 1 else None
        block = self.decipher(self.check(command), pins.BLOCK_OCTETS)
        return pins.pin_of_script(block, self.keys.ac, current) if self._masked(current) else pins.pin_of(block)

    def put_data(self, tag: int, value: bytes) -> Command:
        """PUT DATA of one data object of the card, in clear (limits and counters)."""
        return self.protect(_SECURE_ISO, 0xDA, tag >> 8, tag & 0xFF, value)

    def update_record(self, sfi: int, record: int, data: bytes) -> Command:
        """UPDATE RECORD `record` of the file `sfi`, in clear."""
        return self.protect(_SECURE_ISO, 0xDC, record, sfi << 3 | 0x04, data)

    def encipher(self, data: bytes) -> bytes:
        """Secret data of a command.  Length in front, 80 behind, ECB; with "cbc" 80 only where it does not fit."""
        cipher = self._cipher()
        if self.scheme.script_cipher == "length-ecb":
            return cipher.encrypt(_padded(bytes([len(data)]) + data, cipher.block_octets))
        blocks = data if len(data) % cipher.block_octets == 0 else _padded(data, cipher.block_octets)
        return _cbc(cipher, blocks)

    def decipher(self, data: bytes, octets: int) -> bytes:
        """The card's side: `octets` of clear data.  Raises ScriptRefused ("padding") for any other form."""
        cipher = self._cipher()
        if not data or len(data) % cipher.block_octets:
            raise ScriptRefused("padding")
        if self.scheme.script_cipher == "length-ecb":
            plain = cipher.decrypt(data)
            wanted = _padded(plain[: 1 + octets], cipher.block_octets)
            if plain[0] != octets or plain != wanted:
                raise ScriptRefused("padding")
            return plain[1 : 1 + octets]
        plain = _xor(cipher.decrypt(data), bytes(cipher.block_octets) + data[: -cipher.block_octets])
        clear = plain[:octets]
        if len(clear) != octets or plain != (
            clear if octets % cipher.block_octets == 0 else _padded(clear, cipher.block_octets)
        ):
            raise ScriptRefused("padding")
        return clear

    def _masked(self, current_pin: str | None) -> bool:
        """Whether the PIN block is hidden under the card's key."""
        return self.scheme.pin_block == "vis" or (self.scheme.pin_block == "vis-to-change" and current_pin is not None)

    def _mac(self, header: bytes, data: bytes) -> bytes:
        key = script_session_key(self.scheme, self.keys.smi, self.atc, self.ac)
        lc = bytes([len(data) + self.scheme.script_mac_octets & 0xFF])
        return script_mac(self.scheme, key, header + lc, self.atc, self.ac, data)

    def _cipher(self) -> Cipher:
        key = script_session_key(self.scheme, self.keys.smc, self.atc, self.ac)
        return Cipher(key, self.scheme.algorithm)


def _script(item: Tlv, path: str) -> Script:
    where = f"{path}/{item.tag_hex}"
    objects = parse_tlv(item.value, where, limit=COMMANDS_MAX)
    identifiers = [o.value for o in objects if o.tag == TAG_IDENTIFIER]
    if len(identifiers) > 1 or any(o.tag not in (TAG_IDENTIFIER, TAG_COMMAND) for o in objects):
        raise DecodeError(
            Text("发卡行脚本只含一个 9F18 和若干 86", "A script has at most one 9F18, and commands 86"),
            Text("请发卡行核对脚本", "Have the issuer check the script"),
            path=where,
            offset=0,
            raw=item.value[:16],
        )
    commands = tuple(o.value for o in objects if o.tag == TAG_COMMAND)
    return Script(item.tag, commands, identifiers[0] if identifiers else b"")


def _padded(data: bytes, block: int) -> bytes:
    data += b"\x80"
    return data.ljust(-(-len(data) // block) * block, b"\0")


def _cbc(cipher: Cipher, data: bytes) -> bytes:
    last, blocks = bytes(cipher.block_octets), []
    for at in range(0, len(data), cipher.block_octets):
        last = cipher.encrypt(_xor(last, data[at : at + cipher.block_octets]))
        blocks.append(last)
    return b"".join(blocks)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
