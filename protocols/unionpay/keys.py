"""The working keys that a sign-in reply delivers in F62, each with its key check value (KCV).

Hierarchy: the TMK (终端主密钥, one per terminal) encrypts the working keys PIK (PIN), MAK (MAC) and TDK (track);
they arrive at every sign-in, each followed by its KCV.  Layouts: Chanjet POS V2.0, PAX Transmit, BestPay POSP host.

Keys never appear in a repr, a str or an error text; test that before adding a field here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal

from ..ciphers import Algorithm, KeyFormatError, cipher_for, kcv, sized
from ..errors import RemoteError
from ..text import Text
from .dialect import KeyLayout
from .private.f62_keys import KCV_OCTETS, KeySlot, build_working_keys, parse_working_keys
from .private.f62_keys import WorkingKeys as SealedKeys


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
