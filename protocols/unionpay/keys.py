"""Ciphers, key check values (KCV) and the working keys that a sign-in reply delivers in F62.

Hierarchy: the TMK (终端主密钥, one per terminal) encrypts the working keys PIK (PIN), MAK (MAC) and TDK (track);
they arrive at every sign-in, each followed by its KCV.  Layouts: Chanjet POS V2.0, PAX Transmit, BestPay POSP host.

Keys never appear in a repr, a str or an error text; test that before adding a field here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hmac import compare_digest
from typing import Literal

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from ..errors import LocalError, RemoteError
from ..text import Text
from .dialect import KeyLayout
from .private.f62_keys import KCV_OCTETS, KeySlot, build_working_keys, parse_working_keys
from .private.f62_keys import WorkingKeys as SealedKeys

Algorithm = Literal["des", "3des", "sm4"]

# Four keys per terminal and a few thousand terminals per host; an evicted cipher is only made again.
CIPHER_CACHE_SIZE = 16_384

_KEY_OCTETS: dict[Algorithm, tuple[int, ...]] = {"des": (8,), "3des": (16, 24), "sm4": (16,)}


class KeyFormatError(LocalError):
    """A key or a data length that the cipher cannot take.  The text never shows the key."""


class WorkingKeyError(RemoteError):
    """The F62 of a sign-in reply is no set of working keys (wrong length, filler or key attribute)."""


class KcvMismatch(RemoteError):
    """A delivered key does not have the check value that came with it.  `key_name` is PIK, MAK, TDK or TMK."""

    def __init__(self, key_name: str) -> None:
        super().__init__(
            Text("{k} 校验值（KCV）不符", "the check value (KCV) of the {k} does not match").format(k=key_name),
            Text(
                "请核对终端与主机的上级密钥是否一致，再重新签到或下载密钥",
                "Check that terminal and host hold the same key above it, then sign in or download again",
            ),
        )
        self.key_name = key_name


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
        engine = _Cipher(_algorithm_of(key, algorithm), modes.ECB())
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


def _algorithm_of(key: bytes, algorithm: Algorithm) -> TripleDES | SM4:
    """The library's algorithm object.  `cryptography` has no single DES: 3DES with K|K|K is the same function."""
    if algorithm == "sm4":
        return SM4(key)
    return TripleDES({8: key * 3, 16: key + key[:8], 24: key}[len(key)])


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


def mak_for_3des(mak: bytes) -> bytes:
    """`mak` as a 16-octet 3DES key.  Of a single-length MAK terminals copy the first 8 octets over the last 8."""
    return mak * 2 if len(mak) == 8 else mak


KeyName = Literal["PIK", "MAK", "TDK", "TMK"]

# Order in which the keys stand in F62; Chanjet's blocks put the MAK first and may carry a new TMK.
_ORDER: tuple[KeyName, ...] = ("PIK", "MAK", "TDK", "TMK")
_BLOCK_ORDER: tuple[KeyName, ...] = ("MAK", "PIK", "TDK", "TMK")

# Which clear keys a layout takes, with their octets.
_SHAPES: dict[tuple[tuple[str, int], ...], KeyLayout] = {
    (("PIK", 8), ("MAK", 8)): "pik8-mak8",
    (("PIK", 16), ("MAK", 8)): "pik16-mak8z",
    (("PIK", 16), ("MAK", 16)): "pik16-mak16",
    (("PIK", 16), ("MAK", 8), ("TDK", 16)): "pik16-mak8z-tdk16",
    (("PIK", 16), ("MAK", 16), ("TDK", 16)): "pik16-mak16-tdk16",
}
_SINGLE_MAK_FILLER = bytes(8)
_BLOCK_KEY_OCTETS = 16
_BLOCK_KCV_OCTETS = 8


@dataclass(frozen=True, slots=True)
class WorkingKeys:
    """Clear working keys of one session, `tdk` only when tracks are encrypted, `tmk` only in Chanjet's long form.

    `mak` has 8 octets when it is single length, whatever slot it came in.
    """

    pik: bytes = field(repr=False)
    mak: bytes = field(repr=False)
    tdk: bytes | None = field(default=None, repr=False)
    tmk: bytes | None = field(default=None, repr=False)

    def get(self, name: KeyName) -> bytes | None:
        """The key of that name."""
        return {"PIK": self.pik, "MAK": self.mak, "TDK": self.tdk, "TMK": self.tmk}[name]


def wrap_working_keys(
    keys: WorkingKeys, tmk: bytes, layouts: tuple[KeyLayout, ...], algorithm: Algorithm = "3des"
) -> bytes:
    """F62 of a sign-in reply: `keys` encrypted under `tmk`, each with its KCV.

    The lengths of the keys choose the layout; it must be one of `layouts` (`Dialect.key_layouts`).  Where "blocks25" is
    among them it is taken.  Raises KeyFormatError when the keys fit none.
    """
    blocks = "blocks25" in layouts
    order = _BLOCK_ORDER if blocks else _ORDER
    present = [(name, key) for name in order if (key := keys.get(name)) is not None]
    shape = tuple((name, len(key)) for name, key in present)
    fits = all(octets == _BLOCK_KEY_OCTETS for _, octets in shape) if blocks else _SHAPES.get(shape) in layouts
    if not fits:
        raise KeyFormatError(
            Text("密钥长度 {s} 不符合布局 {l}", "keys of these lengths {s} do not fit the layout {l}").format(
                s=shape, l=" / ".join(layouts)
            ),
            Text("请换布局或密钥长度", "Choose another layout, or keys of other lengths"),
        )
    master = cipher_for(tmk, sized(tmk, algorithm))
    kcv_octets = _BLOCK_KCV_OCTETS if blocks else KCV_OCTETS
    slots = []
    for name, key in present:
        filler = _SINGLE_MAK_FILLER if name == "MAK" and len(key) < len(keys.pik) else b""
        slots.append(KeySlot(name, master.encrypt(key), kcv(key, algorithm, kcv_octets), filler))
    return build_working_keys(SealedKeys(tuple(slots), blocks))


def unwrap_working_keys(
    f62: bytes, tmk: bytes, layouts: tuple[KeyLayout, ...], algorithm: Algorithm = "3des"
) -> WorkingKeys:
    """The clear working keys in the F62 of a sign-in reply, every KCV checked.

    `layouts`: what is accepted (`Dialect.key_layouts`); length and zero filler tell which one it is.
    Raises WorkingKeyError when `f62` has none of them, KcvMismatch naming the first key that is wrong.
    """
    sealed = parse_working_keys(f62)
    kinds = [slot.kind for slot in sealed.slots] if sealed else []
    if sealed is None or _layout_of(sealed) not in layouts or not {"PIK", "MAK"} <= set(kinds) or _twice(kinds):
        raise WorkingKeyError(
            Text(
                "工作密钥长度错或布局不符: {n} 字节", "{n} octets are no set of working keys in a layout of the dialect"
            ).format(n=len(f62)),
            Text("请核对 60.3 与方言的密钥布局 {l}", "Compare F60.3 and the dialect's layouts {l}").format(
                l=" / ".join(layouts)
            ),
        )
    master = cipher_for(tmk, sized(tmk, algorithm))
    found: dict[str, bytes] = {}
    for slot in sealed.slots:
        key = master.decrypt(slot.cipher)
        if not compare_digest(kcv(key, algorithm, len(slot.kcv)), slot.kcv):
            raise KcvMismatch(slot.kind)
        found[slot.kind] = key
    return WorkingKeys(found["PIK"], found["MAK"], found.get("TDK"), found.get("TMK"))


def _layout_of(sealed: SealedKeys) -> KeyLayout | None:
    if sealed.blocks:
        return "blocks25"
    return _SHAPES.get(tuple((slot.kind, len(slot.cipher)) for slot in sealed.slots))


def _twice(kinds: list[str]) -> bool:
    return len(set(kinds)) != len(kinds)
