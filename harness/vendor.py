"""The vendor of the emulated terminals: it makes and signs application packages, with its test key.

Neither the terminal's nor the provider's: a terminal knows the public key alone, and who has a package ready (a service
technician's medium, the provider's download) got it here.  What can be wrong with one is a setting (`FLAWS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256

from protocols.package import Package, build_package, sign_package
from protocols.text import Text

from .fixtures import fixtures_dir, read_toml

PAYLOAD_OCTETS = 700
"""Of the packages that it makes: a few blocks of a download, so that one may break off inside."""
STARTS, FAILS_AT_START = b"\x00", b"\x01"
"""First octet of a payload: whether the application comes up.  posrig's choice, it stands for the code in it."""
OTHER_MODEL = "OTHER-1"

FLAWS: Mapping[str, Text] = {
    "wrong_model": Text("其他机型的软件包", "the package of another model"),
    "bad_signature": Text("签名不对", "the signature is wrong"),
    "damaged": Text("内容损坏", "the payload is not the one that was signed"),
    "truncated": Text("软件包不完整", "the package ends early"),
    "fails_at_start": Text("新版本无法启动", "the new version does not start"),
}
"""What can be wrong with a package."""


@dataclass(frozen=True)
class Vendor:
    """`public_key`, `private_key`: Ed25519, 32 octets each."""

    public_key: bytes
    private_key: bytes = field(repr=False)

    def package(self, model: str, version: str, minimum: str = "", dialect: str = "", flaw: str = "") -> bytes:
        """The package of that version, the same octets every time.  `flaw`: one of `FLAWS`, "" a good one.

        Raises EncodeError for texts that a package cannot hold, KeyError for a flaw that does not exist.
        """
        if flaw:
            FLAWS[flaw]
        starts = FAILS_AT_START if flaw == "fails_at_start" else STARTS
        made_for = OTHER_MODEL if flaw == "wrong_model" else model
        good = Package(made_for, version, minimum, dialect, starts + _filling(f"{made_for}/{version}"))
        package = sign_package(good, self.private_key)
        if flaw == "bad_signature":
            package = replace(package, signature=bytes([package.signature[0] ^ 1]) + package.signature[1:])
        if flaw == "damaged":
            package = replace(package, payload=package.payload[:-1] + bytes([package.payload[-1] ^ 1]))
        octets = build_package(package)
        return octets[: len(octets) // 2] if flaw == "truncated" else octets


@lru_cache(maxsize=64)
def _filling(name: str) -> bytes:
    """Octets that stand for the code of an application."""
    blocks = (sha256(f"{name}/{count}".encode()).digest() for count in range(PAYLOAD_OCTETS // 32 + 1))
    return b"".join(blocks)[: PAYLOAD_OCTETS - 1]


@lru_cache(maxsize=1)
def shipped_vendor() -> Vendor:
    """The test key of `fixtures/keys/vendor.toml`.  Raises ScenarioError when the installation has none."""
    row = read_toml(fixtures_dir() / "keys" / "vendor.toml")
    return Vendor(bytes.fromhex(row["public"]), bytes.fromhex(row["private"]))
