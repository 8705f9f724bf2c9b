"""Raw RSA with the keys of chip cards (EMV Book 2 annex B2.1): no padding, the plain text is as long as the modulus.

`PrivateKey` exists because posrig issues test cards of its own; those keys protect nothing, and nothing here resists
timing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd

from ..errors import EncodeError
from ..text import Text

EXPONENTS = (3, 65537)
"""The only ones that EMV allows."""

MODULUS_OCTETS_MAX = 248


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`modulus` as it is stored, its first octet not 00; `exponent` 3 or 65537."""

    modulus: bytes
    exponent: int

    @property
    def octets(self) -> int:
        """Length of the modulus, and of all that is signed or enciphered with it."""
        return len(self.modulus)

    @property
    def exponent_octets(self) -> bytes:
        """The exponent as tags 9F32, 9F47 and 9F2E hold it."""
        return self.exponent.to_bytes(1 if self.exponent == EXPONENTS[0] else 3, "big")

    def apply(self, data: bytes) -> bytes:
        """The public operation: recovers what was signed, or enciphers.  `data`: as long as the modulus."""
        _sized(data, self.octets)
        value = pow(int.from_bytes(data, "big"), self.exponent, int.from_bytes(self.modulus, "big"))
        return value.to_bytes(self.octets, "big")


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key of a test CA, issuer or card by its primes.

    Raises EncodeError where they do not fit the exponent, or the first bit of their product is not set: what is signed
    begins with 6A and must be below the modulus.
    """

    p: int = field(repr=False)
    q: int = field(repr=False)
    exponent: int

    def __post_init__(self) -> None:
        fits = self.p != self.q and gcd(self.exponent, (self.p - 1) * (self.q - 1)) == 1
        if self.exponent not in EXPONENTS or not fits or (self.p * self.q).bit_length() % 8:
            raise EncodeError(
                Text("RSA 质数与指数不符", "The RSA primes do not fit the exponent"),
                Text("指数用 3 或 65537，并重新生成密钥", "Use exponent 3 or 65537 and make the key again"),
                path="rsa",
                value=self.exponent,
            )

    @property
    def public(self) -> PublicKey:
        """The public half."""
        modulus = self.p * self.q
        return PublicKey(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"), self.exponent)

    def apply(self, data: bytes) -> bytes:
        """The private operation: signs, or deciphers.  `data`: as long as the modulus and below it."""
        octets = self.public.octets
        _sized(data, octets)
        value = int.from_bytes(data, "big")
        # By the Chinese remainder theorem, four times as fast as one power: a card signs in every transaction.
        at_p, at_q = (pow(value, pow(self.exponent, -1, prime - 1), prime) for prime in (self.p, self.q))
        return (at_q + (at_p - at_q) * pow(self.q, -1, self.p) % self.p * self.q).to_bytes(octets, "big")


def _sized(data: bytes, octets: int) -> None:
    if len(data) != octets:
        raise EncodeError(
            Text("RSA 数据应为 {n} 字节", "RSA takes {n} octets with this key").format(n=octets),
            Text("请核对模长", "Check the length of the modulus"),
            path="rsa",
            value=len(data),
        )
