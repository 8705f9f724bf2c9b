"""A backup of the books: one sealed piece of octets, as text, that a person may carry away on a medium.

`PRBK`, format version (1 octet), length of the head (2), the head (JSON, readable by everybody: whose it is and of
when), nonce (12), then the compressed books under AES-256-GCM (NIST SP 800-38D), which also guards the head.  The key
is the device's own (`vault.Vault.backup_key`): whoever finds the medium can do nothing with it, and another device
neither; what a dead device took with it comes from the host's list.  No source gives a form of backup: all of this is
posrig's choice.

The books hold what slips, voids and settlements need, so card numbers; no key, PIN or track 2 is among it, and the
objects of a chip that repeat them are left out.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from binascii import Error as BadText
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocols.errors import DecodeError
from protocols.tlv import build_tlv, parse_tlv

from ..machine import Json
from .account import Account, Entry

MAGIC = b"PRBK"
FORMAT = 1
HEAD_FROM = 7
NONCE_OCTETS = 12
CLEAR = bytes(NONCE_OCTETS)
"""The nonce of a backup that was never enciphered: a leak, which no terminal that is set up rightly writes or takes."""
MEDIUM_CHARACTERS_MAX = 4 * 1024 * 1024
BOOKS_OCTETS_MAX = 16 * 1024 * 1024
"""Some ten thousand entries; more is no backup of a terminal."""
CARD_TAGS = frozenset((0x57, 0x5A, 0x56, 0x9F6B, 0x9F20, 0x9F1F))
"""Track 2, number, track 1 and what else of a chip's objects repeats them (EMV 4.3, book 3, annex A)."""


class Unfit(Exception):
    """The backup cannot be taken.  `cause`: `backup_damaged`, `backup_format`, `backup_foreign`, `backup_old` or
    `backup_clear`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Head:
    """Whose backup it is, and of when.  `batches`: the open batch of each merchant account, by `MID/TID`."""

    serial: str
    version: str
    at_us: int
    batches: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Books:
    """What of one account is kept: entries, settled batches, items that people settle, the next trace number."""

    mid: str
    tid: str
    next_stan: int
    entries: tuple[Entry, ...]
    settled: tuple[Mapping[str, Json], ...]
    unresolved: tuple[Mapping[str, Json], ...]


def books_of(account: Account) -> Books:
    """The books of an account as they stand, without what is damaged."""
    entries = tuple(_without_card_data(entry) for entry in account.entries if entry.is_sound)
    return Books(
        account.mid, account.tid, account.next_stan, entries, tuple(account.settled), tuple(account.unresolved)
    )


def _without_card_data(entry: Entry) -> Entry:
    if not entry.chip:
        return entry
    try:
        kept = [item for item in parse_tlv(bytes.fromhex(entry.chip), "F55") if item.tag not in CARD_TAGS]
    except DecodeError:
        return replace(entry, chip="")
    return replace(entry, chip=build_tlv(kept).hex().upper())


def pack(head: Head, books: Sequence[Books], key: bytes, nonce: bytes, clear: bool = False) -> str:
    """The backup as text (base64).  `nonce` 12 octets, never the same twice under one key.  `clear`: not enciphered."""
    front = json.dumps(asdict(head), sort_keys=True, separators=(",", ":")).encode()
    front = MAGIC + bytes((FORMAT,)) + len(front).to_bytes(2, "big") + front
    content = json.dumps([asdict(one) for one in books], sort_keys=True).encode()
    tail = CLEAR + content if clear else nonce + AESGCM(key).encrypt(nonce, zlib.compress(content), front)
    return b64encode(front + tail).decode("ascii")


def head_of(medium: str) -> Head:
    """Whose backup this is, by its head alone, which anybody may have written.  Raises Unfit."""
    return _parts(medium)[0]


def unpack(medium: str, key: bytes) -> list[Books]:
    """The books in a backup of this device.  Raises Unfit: damaged, another format, or not enciphered."""
    front, tail = _parts(medium)[1:]
    nonce, sealed = tail[:NONCE_OCTETS], tail[NONCE_OCTETS:]
    if nonce == CLEAR:
        raise Unfit("backup_clear")
    try:
        return _books(AESGCM(key).decrypt(nonce, sealed, front))
    except (InvalidTag, ValueError):
        raise Unfit("backup_damaged") from None


def _parts(medium: str) -> tuple[Head, bytes, bytes]:
    if len(medium) > MEDIUM_CHARACTERS_MAX:
        raise Unfit("backup_damaged")
    try:
        octets = b64decode(medium, validate=True)
    except (BadText, ValueError):
        raise Unfit("backup_damaged") from None
    if octets[:4] != MAGIC or len(octets) < HEAD_FROM:
        raise Unfit("backup_damaged")
    if octets[4] != FORMAT:
        raise Unfit("backup_format")
    end = HEAD_FROM + int.from_bytes(octets[5:HEAD_FROM], "big")
    try:
        head = Head(**json.loads(octets[HEAD_FROM:end]))
    except (ValueError, TypeError):
        raise Unfit("backup_damaged") from None
    if not isinstance(head.batches, dict) or len(octets) < end + NONCE_OCTETS:
        raise Unfit("backup_damaged")
    return head, octets[:end], octets[end:]


def _books(content: bytes) -> list[Books]:
    """What stands behind a good seal was written by this program; its form is not examined again."""
    rows = json.loads(_inflated(content))
    for row in rows:
        row["entries"] = tuple(Entry(**entry) for entry in row["entries"])
        row["settled"], row["unresolved"] = tuple(row["settled"]), tuple(row["unresolved"])
    return [Books(**row) for row in rows]


def _inflated(content: bytes) -> bytes:
    box = zlib.decompressobj()
    try:
        octets = box.decompress(content, BOOKS_OCTETS_MAX)
    except zlib.error:
        raise Unfit("backup_damaged") from None
    if box.unconsumed_tail:
        raise Unfit("backup_damaged")
    return octets
