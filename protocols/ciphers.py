"""Block ciphers of payment: DES, 3DES and SM4 in ECB, CBC chains with IV 0, and key check values (KCV).

Keys never appear in a repr, a str or an error text; test that before adding a field here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from .errors import LocalError
from .text import Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher

Algorithm = Literal["des", "3des", "sm4"]

# Four keys per terminal and a few thousand terminals per host; an evicted cipher is only made again.
CIPHER_CACHE_SIZE = 16_384

_KEY_OCTETS: dict[Algorithm, tuple[int, ...]] = {"des": (8,), "3des": (16, 24), "sm4": (16,)}


class KeyFormatError(LocalError):
    """A key or a data length that the cipher cannot take.  The text never shows the key."""


class Cipher:
    """One ECB encryptor and one decryptor of one key, made once and used for ever.

    Making the objects costs ten times one block; ECB has no state between blocks, so they are never finalized.
    `algorithm`: "des" (8-octet key), "3des" (16 or 24), "sm4" (16).  Raises KeyFormatError for another key length.
    Not for use by several threads at once.
    """

    __slots__ = ("_decrypt", "_encrypt", "algorithm", "block_octets")

    def __init__(self, key: bytes, algorithm: Algorithm) -> None:
        if len(key) not in _KEY_OCTETS[algorithm]:
            raise KeyFormatError(
                Text("密钥长度 {n} 字节不适用于 {a}", "a key of {n} octets does not fit {a}").format(
                    n=len(key), a=algorithm
                ),
                Text(
                    "DES 用 8 字节，3DES 用 16 或 24 字节，SM4 用 16 字节", "DES takes 8, 3DES 16 or 24, SM4 16 octets"
                ),
            )
        engine = _cipher_of(key, algorithm)
        self.algorithm: Algorithm = algorithm
        self.block_octets = 16 if algorithm == "sm4" else 8
        self._encrypt = engine.encryptor().update
        self._decrypt = engine.decryptor().update

    def encrypt(self, data: bytes) -> bytes:
        """ECB ciphertext of `data`, whose length is a multiple of the block (8 octets, SM4 16)."""
        if len(data) % self.block_octets:
            raise _unaligned(len(data), self.block_octets)
        return self._encrypt(data)

    def decrypt(self, data: bytes) -> bytes:
        """ECB clear text of `data`, whose length is a multiple of the block (8 octets, SM4 16)."""
        if len(data) % self.block_octets:
            raise _unaligned(len(data), self.block_octets)
        return self._decrypt(data)

    def __repr__(self) -> str:
        return f"Cipher({self.algorithm})"


def _cipher_of(key: bytes, algorithm: Algorithm, iv: bytes = b"") -> _Cipher[Any]:
    """The library's object, ECB without an `iv`.  `cryptography` has no single DES: 3DES with K|K|K is the same
    function.

    The library is imported here because it is a native part: where that cannot be loaded, whatever has no key works.
    """
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher as LibraryCipher
    from cryptography.hazmat.primitives.ciphers import modes
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4

    made = SM4(key) if algorithm == "sm4" else TripleDES({8: key * 3, 16: key + key[:8], 24: key}[len(key)])
    return LibraryCipher(made, modes.CBC(iv) if iv else modes.ECB())


def _unaligned(length: int, block: int) -> KeyFormatError:
    # Refused before the context sees it: a half block would stay inside and shift every later answer.
    return KeyFormatError(
        Text("数据长度 {n} 不是 {b} 的倍数", "{n} octets are no multiple of the block of {b}").format(
            n=length, b=block
        ),
        Text("请先补位", "Pad the data first"),
    )


@lru_cache(maxsize=CIPHER_CACHE_SIZE)
def cipher_for(key: bytes, algorithm: Algorithm) -> Cipher:
    """The one `Cipher` of this key, from a bounded cache."""
    return Cipher(key, algorithm)


def sized(key: bytes, algorithm: Algorithm) -> Algorithm:
    """`algorithm`, but single DES for an 8-octet key in a 3DES scheme (a single-length MAK)."""
    return "des" if algorithm == "3des" and len(key) == 8 else algorithm


def kcv(key: bytes, algorithm: Algorithm, length_octets: int = 4) -> bytes:
    """Key check value: the first `length_octets` of one block of zeros encrypted with `key`.

    An 8-octet key is checked with single DES.  UnionPay F62 carries 4 octets, Chanjet 8, key components often 2 or 3.
    """
    cipher = cipher_for(key, sized(key, algorithm))
    return cipher.encrypt(bytes(cipher.block_octets))[:length_octets]


def combine_components(*components: bytes) -> bytes:
    """XOR of two or more key components of equal length.  Raises KeyFormatError otherwise."""
    if len(components) < 2 or len({len(part) for part in components}) != 1:
        raise KeyFormatError(
            Text("密钥分量数量或长度不符", "key components must be two or more of equal length"),
            Text("请提供两个或以上等长的分量", "Give two or more components of the same length"),
        )
    value = 0
    for part in components:
        value ^= int.from_bytes(part, "big")
    return value.to_bytes(len(components[0]), "big")


class CbcChain:
    """CBC with IV 0 over one key, in one context that is never made again.

    The context chains on from message to message, so the first block of the next message takes the last result with
    it and the two cancel: the chain starts from zero again.
    """

    __slots__ = ("_block_octets", "_cipher", "_last", "_update")

    def __init__(self, key: bytes, algorithm: Algorithm) -> None:
        self._block_octets = 16 if algorithm == "sm4" else 8
        self._cipher = _cipher_of(key, algorithm, bytes(self._block_octets))
        self._update: Callable[[bytes], bytes] | None = None
        self._last = 0

    def last_block(self, data: bytes) -> int:
        """The last cipher block of `data` (a multiple of the block, not empty) as a big-endian integer."""
        block = self._block_octets
        update, self._update = self._update, None  # an interrupted call leaves no half-known context behind
        if update is None:
            update, self._last = self._cipher.encryptor().update, 0
        first = int.from_bytes(data[:block], "big") ^ self._last
        self._last = int.from_bytes(update(first.to_bytes(block, "big") + data[block:])[-block:], "big")
        self._update = update
        return self._last


class CbcMac:
    """ISO/IEC 9797-1 MAC: a CBC chain over all blocks but the last, which `final` enciphers; zeros fill the last block.

    `chain_key` as long as the key of `final`: algorithm 1.  Its first half under a 3DES `final`: algorithm 3, the
    retail MAC of ANSI X9.19.
    """

    __slots__ = ("_block_octets", "_chain", "_final")

    def __init__(self, chain_key: bytes, final: Cipher) -> None:
        self._block_octets = final.block_octets
        self._chain = CbcChain(chain_key, sized(chain_key, final.algorithm))
        self._final = final

    def mac(self, data: bytes) -> bytes:
        """One block of MAC over `data`, padded with zeros to the block; an empty input counts as one block."""
        block = self._block_octets
        padded = data.ljust(block * max(1, -(-len(data) // block)), b"\0")
        chain = self._chain.last_block(padded[:-block]) if len(padded) > block else 0
        # With K1|K2 the final 3DES is E(K1) D(K2) E(K1): exactly X9.19's ending, the first E being the chain's own.
        return self._final.encrypt((chain ^ int.from_bytes(padded[-block:], "big")).to_bytes(block, "big"))
