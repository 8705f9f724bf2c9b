"""What a payment card tells without being asked to pay: directory, application, records, counters.

SELECT, GET PROCESSING OPTIONS, READ RECORD and GET DATA, in the order of EMV Book 1 clause 12 and Book 3 clause 10.
The card's transaction counter goes up by one, as each time that a terminal looks at it; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from protocols.emv.afl import AflEntry, records_of
from protocols.emv.apdu import Command, Response
from protocols.emv.commands import (
    PPSE,
    PSE,
    generate_ac,
    get_data,
    get_processing_options,
    instruction_of,
    read_record,
    select,
)
from protocols.emv.dol import fill_dol, parse_dol
from protocols.emv.gpo import parse_ac, parse_gpo
from protocols.emv.records import parse_record
from protocols.emv.status_words import FUNCTION_NOT_SUPPORTED, OK, SELECTED_FILE_INVALIDATED, meaning
from protocols.emv.tree import Node, find, parse_tree, walk
from protocols.errors import DecodeError
from protocols.text import Text

from .words import filled

KNOWN_AIDS = tuple(
    bytes.fromhex(aid)
    for aid in (
        "A000000333010101", "A000000333010102", "A000000333010103", "A000000333010106",  # UnionPay
        "A0000000031010", "A0000000041010", "A0000000043060", "A0000000651010", "A000000025", "A0000001523010",
    )
)  # fmt: skip
"""Tried one by one where a card has no directory: the four of UnionPay, Visa, Mastercard, Maestro, JCB, American
Express, Discover."""
DIRECTORY_RECORDS_MAX = 10
ENTRY, AID, LABEL, PRIORITY, SFI, PDOL, CDOL1 = 0x61, 0x4F, 0x50, 0x87, 0x88, 0x9F38, 0x8C
PAN, TRACK2, EXPIRY = 0x5A, 0x57, 0x5F24
COUNTERS: Mapping[str, int] = {"atc": 0x9F36, "last_online_atc": 0x9F13, "pin_tries": 0x9F17}
VALUES: Mapping[int, bytes] = {
    0x9F02: bytes.fromhex("000000000100"),
    0x9F1A: bytes.fromhex("0156"),
    0x5F2A: bytes.fromhex("0156"),
    0x9F37: bytes.fromhex("00000001"),
    0x9F66: bytes.fromhex("26000080"),
}
"""A terminal in China asks for 1.00 yuan; contactless it reaches its host, and does EMV and online PIN.  Everything
else is zeros."""
NOT_EMV = Text("不是金融 IC 卡：没有已知应用", "no payment card: it has no application that is known")
BLOCKED = Text("整张卡被发卡行锁定（6A81）", "the whole card was blocked by its issuer (6A81)")
REFUSED = Text("{command} 被拒绝：{sw} {meaning}", "{command} was refused: {sw} {meaning}")
NO_PAN = Text("读不到卡号或有效期", "there is no card number or no expiry date to be read")

Send = Callable[[Command], Response]


class NotAsEmv(Exception):
    """The card is none for payments, or damaged: `what`."""

    def __init__(self, what: Text) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class CardRead:
    """What was read.  `expiry`: YYMM.  `counters`: those of `COUNTERS` that the card tells."""

    directory: str
    aids: tuple[bytes, ...]
    label: str
    pan: str
    expiry: str
    records: int
    counters: Mapping[str, int]
    blocked: bool
    cdol1: bytes


def read_card(send: Send, contactless: bool) -> CardRead:
    """Raises NotAsEmv; and CardLinkError as `send` does."""
    try:
        return _read(send, contactless)
    except DecodeError as error:
        raise NotAsEmv(Text(f"{error.path}：{error.what.zh}", f"{error.path}: {error.what.en}")) from error


def ask_refusal(send: Send, card: CardRead) -> str:
    """Ask the card for a cryptogram that says no (AAC), which moves no money; the kind that it gives, in hex of 9F27.

    Raises NotAsEmv; and CardLinkError as `send` does.
    """
    try:
        command = generate_ac("AAC", fill_dol(parse_dol(card.cdol1, "8C"), VALUES))
        return f"{parse_ac(_done(send, command)).cid:02X}"
    except DecodeError as error:
        raise NotAsEmv(Text(f"{error.path}：{error.what.zh}", f"{error.path}: {error.what.en}")) from error


def _read(send: Send, contactless: bool) -> CardRead:
    directory, entries = _directory(send, contactless)
    aids = entries or tuple(aid for aid in KNOWN_AIDS if send(select(aid)).sw in (OK, SELECTED_FILE_INVALIDATED))
    if not aids:
        raise NotAsEmv(NOT_EMV)
    selected = send(select(aids[0]))
    blocked = selected.sw == SELECTED_FILE_INVALIDATED
    if selected.sw != OK and not blocked:
        raise _refused(select(aids[0]), selected.sw)
    fci = parse_tree(selected.data, "FCI")
    pdol = parse_dol(find(fci, PDOL) or b"", "9F38")
    options = parse_gpo(_done(send, get_processing_options(fill_dol(pdol, VALUES))))
    told = [Node(item.tag, item.value) for item in options.items]
    records = list(_records(send, options.afl))
    nodes = [*told, *(node for record in records for node in record)]
    pan, expiry = _number(nodes)
    counters = {name: value for name, tag in COUNTERS.items() if (value := _counter(send, tag)) is not None}
    label = (find(fci, LABEL) or b"").decode("latin-1")
    cdol1 = find(nodes, CDOL1) or b""
    return CardRead(directory, tuple(aids), label, pan, expiry, len(records), counters, blocked, cdol1)


def _directory(send: Send, contactless: bool) -> tuple[str, tuple[bytes, ...]]:
    """The directory's name, "" for none, and its applications, the card's favourite first."""
    name = PPSE if contactless else PSE
    answer = send(select(name))
    if answer.sw == FUNCTION_NOT_SUPPORTED and not contactless:  # EMV Book 1, 12.3.2: the card is blocked
        raise NotAsEmv(BLOCKED)
    if answer.sw != OK:
        return "", ()
    fci = parse_tree(answer.data, name.decode())
    nodes = list(fci)
    if not contactless:
        sfi = find(fci, SFI) or b"\x00"
        for number in range(1, DIRECTORY_RECORDS_MAX + 1):
            record = send(read_record(sfi[0], number))
            if record.sw != OK:
                break
            nodes += parse_record(record.data)
    found = [
        ((find(entry.children, PRIORITY) or b"\x0f")[0] & 0x0F or 0x0F, aid)
        for entry in walk(nodes)
        if entry.tag == ENTRY and (aid := find(entry.children, AID)) is not None
    ]
    return name.decode(), tuple(aid for _, aid in sorted(found, key=lambda one: one[0]))


def _records(send: Send, afl: tuple[AflEntry, ...]) -> Iterator[tuple[Node, ...]]:
    for at in records_of(afl):
        yield parse_record(_done(send, read_record(at.sfi, at.record)), f"{at.sfi}.{at.record}")


def _number(nodes: list[Node]) -> tuple[str, str]:
    """PAN and expiry (YYMM).  Raises NotAsEmv."""
    track2 = (find(nodes, TRACK2) or b"").hex().upper().partition("D")
    pan = (find(nodes, PAN) or b"").hex().upper().rstrip("F") or track2[0]
    expiry = (find(nodes, EXPIRY) or b"").hex()[:4] or track2[2][:4]
    if not (pan.isdecimal() and expiry.isdecimal() and len(expiry) == 4):
        raise NotAsEmv(NO_PAN)
    return pan, expiry


def _counter(send: Send, tag: int) -> int | None:
    answer = send(get_data(tag))
    value = find(parse_tree(answer.data, f"{tag:04X}"), tag) if answer.sw == OK else None
    return None if value is None else int.from_bytes(value, "big")


def _done(send: Send, command: Command) -> bytes:
    answer = send(command)
    if answer.sw != OK:
        raise _refused(command, answer.sw)
    return answer.data


def _refused(command: Command, sw: int) -> NotAsEmv:
    return NotAsEmv(filled(REFUSED, command=instruction_of(command).code, sw=f"{sw:04X}", meaning=meaning(sw)))
