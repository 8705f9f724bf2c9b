"""What the terminal downloaded for its kernel: the applications that it takes, with their action codes and limits, and
the CA public keys (tags of downloads 380 and 370, Q/CUP 009 F62)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.emv.capk import Capk, read_capk
from protocols.errors import PosrigError
from protocols.tlv import Tlv, find_tlv, parse_tlv

AID, VERSION, FLOOR_LIMIT = 0x9F06, 0x9F08, 0x9F1B
SELECTION, TAC_DEFAULT, TAC_ONLINE, TAC_DENIAL, DDOL = 0xDF01, 0xDF11, 0xDF12, 0xDF13, 0xDF14
THRESHOLD, MAX_TARGET, TARGET = 0xDF15, 0xDF16, 0xDF17
CONTACTLESS_FLOOR, CONTACTLESS_LIMIT, CONTACTLESS_CVM = 0xDF19, 0xDF20, 0xDF21
INDEX = 0x9F22

EXACT = b"\x01"
NO_CODE = bytes(5)
"""Where an action code was not downloaded, no bit of it is set (EMV Book 3 clause 10.7)."""
AID_OCTETS_MIN, AID_OCTETS_MAX = 5, 16
USUAL_DDOL = bytes.fromhex("9F3704")


@dataclass(frozen=True, slots=True)
class Application:
    """One application that this terminal takes.

    `exact`: the card's name must be this AID and no longer one.  Amounts in fen; None: no such limit was downloaded.
    `max_target` and `target`: percentages of the random selection, 0 to 99.
    """

    aid: bytes
    exact: bool = False
    version: bytes = b""
    tac_default: bytes = NO_CODE
    tac_online: bytes = NO_CODE
    tac_denial: bytes = NO_CODE
    ddol: bytes = USUAL_DDOL
    floor_limit_fen: int = 0
    threshold_fen: int = 0
    max_target: int = 0
    target: int = 0
    contactless_floor_fen: int | None = None
    contactless_limit_fen: int | None = None
    contactless_cvm_fen: int | None = None

    def takes(self, name: bytes) -> bool:
        """Whether a card's application of this name is taken by this one (partial selection: it begins so)."""
        return name == self.aid if self.exact else name.startswith(self.aid)


def applications(items: Sequence[str]) -> tuple[Application, ...]:
    """The applications in the order of the download; an item (hex) that is none is passed over."""
    found = (_application(_objects(item)) for item in items)
    return tuple(one for one in found if AID_OCTETS_MIN <= len(one.aid) <= AID_OCTETS_MAX)


def public_key(items: Sequence[str], rid: bytes, index: bytes) -> Capk | None:
    """The CA public key `index` (one octet) of the scheme `rid`, None where it was not downloaded.

    Raises CapkError for one that is damaged.
    """
    for item in items:
        objects = _objects(item)
        if (find_tlv(objects, AID), find_tlv(objects, INDEX)) == (rid, index):
            return read_capk(objects)
    return None


def _objects(item: str) -> tuple[Tlv, ...]:
    try:
        return parse_tlv(bytes.fromhex(item), "downloaded")
    except (PosrigError, ValueError):
        return ()


def _application(objects: tuple[Tlv, ...]) -> Application:
    values = {one.tag: one.value for one in reversed(objects)}

    def amount(tag: int) -> int | None:
        return digits(values[tag]) if tag in values else None

    def code(tag: int) -> bytes:
        return values.get(tag, NO_CODE).ljust(5, b"\0")[:5]

    return Application(
        values.get(AID, b""),
        values.get(SELECTION) == EXACT,
        values.get(VERSION, b""),
        tac_default=code(TAC_DEFAULT),
        tac_online=code(TAC_ONLINE),
        tac_denial=code(TAC_DENIAL),
        ddol=values.get(DDOL) or USUAL_DDOL,
        floor_limit_fen=int.from_bytes(values.get(FLOOR_LIMIT, b"")),
        threshold_fen=int.from_bytes(values.get(THRESHOLD, b"")),
        max_target=min(digits(values.get(MAX_TARGET, b"")), 99),
        target=min(digits(values.get(TARGET, b"")), 99),
        contactless_floor_fen=amount(CONTACTLESS_FLOOR),
        contactless_limit_fen=amount(CONTACTLESS_LIMIT),
        contactless_cvm_fen=amount(CONTACTLESS_CVM),
    )


def digits(value: bytes) -> int:
    """A value of format n as a number; 0 for one that is none."""
    text = value.hex()
    return int(text) if text.isdigit() else 0
