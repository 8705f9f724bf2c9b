"""Published chains of certificates, and posrig's own test keys."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.fixtures import fixtures_dir, read_toml
from protocols.emv import certificates
from protocols.emv.rsa import PrivateKey, PublicKey

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "emv.json").read_text(encoding="utf-8"))
CHAINS: dict[str, dict[str, Any]] = {chain["id"]: chain for chain in VECTORS["oda"]}
CAPKS: dict[str, dict[str, Any]] = {capk["id"]: capk for capk in VECTORS["capk"]}
CARD = VECTORS["card_profile"][0]
RSA_CRT = CARD["rsa_icc_crt"]
PBOC = CHAINS["pboc-full-functional-dda"]

TODAY = bytes.fromhex("261122")
PAN, EXPIRY, SERIAL = "6212142000000000012", "1228", b"\x00\x00\x01"
STATIC = bytes.fromhex("5A0A6212142000000000012F5F2403281231")
UN = bytes.fromhex("12345678")


def octets(chain: str, name: str) -> bytes:
    """A value of a chain."""
    return bytes.fromhex(CHAINS[chain][name])


def icc_tags(chain: str) -> tuple[bytes, bytes, bytes]:
    """The card's certificate, remainder and exponent."""
    return octets(chain, "9F46"), octets(chain, "9F48"), octets(chain, "9F47")


def ca(chain: str) -> PublicKey:
    """The CA's key above a chain."""
    capk = CAPKS[CHAINS[chain]["capk"]]
    return PublicKey(bytes.fromhex(capk["modulus"]), int(capk["exponent"], 16))


def issuer(chain: str, pan: str, today: bytes = TODAY) -> PublicKey:
    """The issuer's key of a chain."""
    certificate, remainder, exponent = (octets(chain, tag) for tag in ("90", "92", "9F32"))
    return certificates.issuer_key(ca(chain), certificate, remainder, exponent, pan, today)


@lru_cache(maxsize=1)
def keys() -> dict[str, PrivateKey]:
    """posrig's own test keys: CA, issuer, card, PIN key."""
    rows = read_toml(fixtures_dir() / "issuers" / "test.toml")["rsa"]
    return {
        name: PrivateKey(*(int("".join(row[part].split()), 16) for part in ("p", "q", "exponent")))
        for name, row in rows.items()
    }


def flipped(data: bytes, place: int, bit: int) -> bytes:
    """`data` with one bit changed; `place` counts on from its end."""
    at = place % len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
