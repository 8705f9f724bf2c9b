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
            Text("{k} 校验值 (KCV) 不符", "the check value (KCV) of the {k} does not match").format(k=key_name),
            Text(
                "请核对终端与主机的上级密钥是否一致, 再重新签到或下载密钥",
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
                    "DES 用 8 字节, 3DES 用 16 或 24 字节, SM4 用 16 字节", "DES takes 8, 3DES 16 or 24, SM4 16 octets"
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

# Chanjet's key attributes, in the order in which its F62 lists the keys.
BLOCK_ATTRIBUTES: dict[KeyName, int] = {"MAK": 1, "PIK": 2, "TDK": 3, "TMK": 0}


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


@dataclass(frozen=True, slots=True)
class Slot:
    """One key's place in F62: [attribute 1] + ciphertext `key_octets` + zeros `filler_octets` + KCV `kcv_octets`."""

    name: KeyName
    key_octets: int = 16
    filler_octets: int = 0
    kcv_octets: int = 4
    attribute: int | None = None

    @property
    def octets(self) -> int:
        """Length of the whole slot."""
        return (self.attribute is not None) + self.key_octets + self.filler_octets + self.kcv_octets


_SINGLE_MAK = Slot("MAK", key_octets=8, filler_octets=8)

LAYOUTS: dict[KeyLayout, tuple[Slot, ...]] = {
    "pik8-mak8": (Slot("PIK", key_octets=8), Slot("MAK", key_octets=8)),
    "pik16-mak8z": (Slot("PIK"), _SINGLE_MAK),
    "pik16-mak16": (Slot("PIK"), Slot("MAK")),
    "pik16-mak8z-tdk16": (Slot("PIK"), _SINGLE_MAK, Slot("TDK")),
    "pik16-mak16-tdk16": (Slot("PIK"), Slot("MAK"), Slot("TDK")),
}

# Chanjet: each key says by an attribute octet which it is.  The specification gives both "50 or 75" octets and this
# order of four keys (100): all are accepted, in any order; TDK and TMK are sent when there is one.
_BLOCKS = tuple(Slot(name, kcv_octets=8, attribute=attribute) for name, attribute in BLOCK_ATTRIBUTES.items())
_BLOCK_OCTETS = 25

KeyLayouts = KeyLayout | tuple[KeyLayout, ...]


def wrap_working_keys(keys: WorkingKeys, tmk: bytes, layouts: KeyLayouts, algorithm: Algorithm = "3des") -> bytes:
    """F62 of a sign-in reply: `keys` encrypted under `tmk`, each with its KCV.

    `layouts`: a layout or several (`Dialect.key_layouts`), of which the first that these keys fit is taken.
    Raises KeyFormatError when they fit none.
    """
    for layout in _several(layouts):
        slots = _slots_for(keys, layout)
        if all(len(keys.get(slot.name) or b"") == slot.key_octets for slot in slots) and _complete(keys, slots):
            return b"".join(_wrap_slot(slot, keys, tmk, algorithm) for slot in slots)
    lengths = ", ".join(f"{name} {len(keys.get(name) or b'')}" for name in BLOCK_ATTRIBUTES)
    raise KeyFormatError(
        Text("密钥长度 ({n}) 不符合布局 {l}", "keys of these lengths ({n}) do not fit the layout {l}").format(
            n=lengths, l=" / ".join(_several(layouts))
        ),
        Text("请换布局或密钥长度", "Choose another layout, or keys of other lengths"),
    )


def unwrap_working_keys(f62: bytes, tmk: bytes, layouts: KeyLayouts, algorithm: Algorithm = "3des") -> WorkingKeys:
    """The clear working keys in the F62 of a sign-in reply, every KCV checked.

    `layouts`: what is accepted (`Dialect.key_layouts`); length and zero filler tell which one it is.
    Raises WorkingKeyError when `f62` has none of them, KcvMismatch naming the first key that is wrong.
    """
    slots = _slots_of(f62, _several(layouts))
    master = cipher_for(tmk, sized(tmk, algorithm))
    found: dict[KeyName, bytes] = {}
    offset = 0
    for slot in slots:
        found[slot.name] = _unwrap_slot(slot, f62[offset : offset + slot.octets], master, algorithm)
        offset += slot.octets
    return WorkingKeys(found["PIK"], found["MAK"], found.get("TDK"), found.get("TMK"))


def _several(layouts: KeyLayouts) -> tuple[KeyLayout, ...]:
    return (layouts,) if isinstance(layouts, str) else layouts


def _slots_for(keys: WorkingKeys, layout: KeyLayout) -> tuple[Slot, ...]:
    if layout == "blocks25":
        return tuple(slot for slot in _BLOCKS if slot.name in ("MAK", "PIK") or keys.get(slot.name) is not None)
    return LAYOUTS[layout]


def _complete(keys: WorkingKeys, slots: tuple[Slot, ...]) -> bool:
    """No key is left behind: a TDK must not get lost in a layout without one."""
    named = {slot.name for slot in slots}
    return all(name in named or keys.get(name) is None for name in BLOCK_ATTRIBUTES)


def _wrap_slot(slot: Slot, keys: WorkingKeys, tmk: bytes, algorithm: Algorithm) -> bytes:
    key = keys.get(slot.name) or b""
    attribute = b"" if slot.attribute is None else bytes([slot.attribute])
    sealed = cipher_for(tmk, sized(tmk, algorithm)).encrypt(key)
    return attribute + sealed + bytes(slot.filler_octets) + kcv(key, algorithm, slot.kcv_octets)


def _slots_of(f62: bytes, layouts: tuple[KeyLayout, ...]) -> tuple[Slot, ...]:
    """The slots of the layout that `f62` has.  A filler of zeros decides: ciphertext does not end in eight of them."""
    if "blocks25" in layouts and f62 and len(f62) % _BLOCK_OCTETS == 0:
        return _block_slots(f62)
    fitting = [LAYOUTS[name] for name in layouts if name != "blocks25"]
    fitting = [slots for slots in fitting if sum(slot.octets for slot in slots) == len(f62)]
    if not fitting:
        raise WorkingKeyError(
            Text("工作密钥长度错: {n} 字节", "working keys of {n} octets have no known layout").format(n=len(f62)),
            Text("请核对 60.3 与方言的密钥布局 {l}", "Compare F60.3 and the dialect's layouts {l}").format(
                l=" / ".join(layouts)
            ),
        )
    zeroed = [slots for slots in fitting if _SINGLE_MAK in slots and not any(f62[28:36])]
    plain = [slots for slots in fitting if _SINGLE_MAK not in slots]
    if not zeroed and not plain:
        raise WorkingKeyError(
            Text(
                "MAK 应为单倍长, 但其后 8 字节不为零", "the MAK should be single length but is not followed by 8 zeros"
            ),
            Text("请改用 mak16 布局", "Use a layout with mak16"),
        )
    return (zeroed or plain)[0]


def _block_slots(f62: bytes) -> tuple[Slot, ...]:
    by_attribute = {slot.attribute: slot for slot in _BLOCKS}
    attributes = f62[::_BLOCK_OCTETS]
    names = [by_attribute[octet].name for octet in attributes if octet in by_attribute]
    if len(set(names)) != len(attributes) or not {"PIK", "MAK"}.issubset(names):
        raise WorkingKeyError(
            Text("密钥属性 {a} 不符", "the key attributes {a} are wrong").format(a=attributes.hex(" ")),
            Text("应含 01 MAK 与 02 PIK, 不得重复", "They must hold 01 MAK and 02 PIK, none of them twice"),
        )
    return tuple(by_attribute[octet] for octet in attributes)


def _unwrap_slot(slot: Slot, raw: bytes, master: Cipher, algorithm: Algorithm) -> bytes:
    body = raw if slot.attribute is None else raw[1:]
    key = master.decrypt(body[: slot.key_octets])
    if not compare_digest(kcv(key, algorithm, slot.kcv_octets), body[slot.key_octets + slot.filler_octets :]):
        raise KcvMismatch(slot.name)
    return key
