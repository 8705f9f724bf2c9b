"""The host's RSA key pair for the remote download of master keys: data in `fixtures/keys`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from harness.fixtures import fixtures_dir, read_toml
from protocols.unionpay.download import RsaKey, RsaPrivateKey


@dataclass(frozen=True)
class HostRsa:
    """The host's key pair; the private half is never shown."""

    public: RsaKey
    private: RsaPrivateKey = field(repr=False)


@lru_cache(maxsize=1)
def shipped_rsa() -> HostRsa:
    """The test key of `fixtures/keys/host-rsa.toml`.  Raises ScenarioError when the installation has none."""
    row = read_toml(fixtures_dir() / "keys" / "host-rsa.toml")
    p, q, e = (int("".join(str(row[name]).split()), 16) for name in ("p", "q", "exponent"))
    modulus = (p * q).to_bytes(-(-(p * q).bit_length() // 8), "big")
    public = RsaKey(bytes.fromhex(row["rid"]), bytes.fromhex(row["index"]), modulus, bytes.fromhex(row["exponent"]))
    return HostRsa(public, RsaPrivateKey(p * q, pow(e, -1, (p - 1) * (q - 1))))
