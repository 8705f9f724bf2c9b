"""CA public keys and AID parameters that the host hands out.

Data: `fixtures/emv/*.toml`; this module only reads their text.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from protocols.tlv import Tlv, find_tlv, parse_tlv

TAG_AID = 0x9F06
TAG_INDEX = 0x9F22
TAG_EXPIRY = 0xDF05


@dataclass(frozen=True)
class EmvData:
    """`capks` and `aids`: the data objects of one key or AID each, in the order of the lists."""

    capks: tuple[tuple[Tlv, ...], ...] = ()
    aids: tuple[tuple[Tlv, ...], ...] = ()

    def capk(self, rid: bytes | None, index: bytes | None) -> tuple[Tlv, ...] | None:
        """The key with that RID and index."""
        return next((k for k in self.capks if (find_tlv(k, TAG_AID), find_tlv(k, TAG_INDEX)) == (rid, index)), None)

    def aid(self, aid: bytes | None) -> tuple[Tlv, ...] | None:
        """The parameters of that AID."""
        return next((a for a in self.aids if find_tlv(a, TAG_AID) == aid), None)


def parse_emv(text: str) -> EmvData:
    """Read `[[capk]]` and `[[aid]]` tables whose `tlv` is the hex of their data objects.

    Raises tomllib.TOMLDecodeError, KeyError, ValueError or DecodeError: the files are our own.
    """
    tables = tomllib.loads(text)

    def read(name: str) -> tuple[tuple[Tlv, ...], ...]:
        return tuple(parse_tlv(bytes.fromhex(row["tlv"]), name) for row in tables.get(name, ()))

    return EmvData(read("capk"), read("aid"))
