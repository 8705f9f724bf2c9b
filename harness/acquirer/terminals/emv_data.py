"""What the host hands out in downloads, and the cards that its issuer knows: data in `fixtures/emv` and
`fixtures/cards`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.fixtures import fixtures_dir, read_toml
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


def _objects(row: Mapping[str, Any]) -> tuple[Tlv, ...]:
    return parse_tlv(bytes.fromhex("".join(str(row["tlv"]).split())), "tlv")


@lru_cache(maxsize=1)
def shipped_emv() -> EmvData:
    """The test keys and AIDs of `fixtures/emv`.  Raises ScenarioError when the installation has none."""
    folder = fixtures_dir() / "emv"
    capks = read_toml(folder / "capks.toml")["capk"]
    aids = read_toml(folder / "aids.toml")["aid"]
    return EmvData(tuple(map(_objects, capks)), tuple(map(_objects, aids)))


@lru_cache(maxsize=1)
def shipped_parameters() -> Mapping[str, str]:
    """The terminal parameters of `fixtures/emv/parameters.toml`."""
    return dict(sorted(read_toml(fixtures_dir() / "emv" / "parameters.toml")["parameters"].items()))


@lru_cache(maxsize=1)
def shipped_contactless() -> Mapping[str, str]:
    """The contactless parameters of `fixtures/emv/contactless.toml`, in the order of the file."""
    return dict(read_toml(fixtures_dir() / "emv" / "contactless.toml")["contactless"])


@lru_cache(maxsize=1)
def shipped_bins() -> Mapping[str, tuple[str, ...]]:
    """The card-BIN lists of `fixtures/emv/bins.toml`, by the name of their download."""
    return {name: tuple(bins) for name, bins in read_toml(fixtures_dir() / "emv" / "bins.toml")["bins"].items()}


@lru_cache(maxsize=1)
def shipped_cards() -> Mapping[str, Mapping[str, Any]]:
    """The test cards of `fixtures/cards`, by PAN."""
    rows = [row for path in sorted((fixtures_dir() / "cards").glob("*.toml")) for row in read_toml(path).values()]
    return {row["pan"]: row for row in rows if isinstance(row, dict) and "pan" in row}
