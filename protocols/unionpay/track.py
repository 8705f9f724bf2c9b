"""Track encryption (sign-in 60.3 = 004 or 006, F53 digit 3 = 1): one block inside the packed track, in place.

The block (TDB2 in F35, TDB3 in F36) ends at the second octet from the end, so the last octet stays clear, be it two
digits or one digit and a pad.  8 octets under 3DES, 16 under SM4.  Source: Chanjet POS V2.0
appendix C; BestPay POSP host.

Tracks are z text: digits, `D` for the separator, upper-case hex for the other nibbles, which ciphertext may hold.
"""

from __future__ import annotations

from typing import Final

from ..ciphers import Algorithm, cipher_for
from ..errors import EncodeError, RemoteError
from ..text import Text

MAX_TRACK_DIGITS = 104  # track 3; track 2 has at most 37

_NIBBLES: Final = frozenset("0123456789ABCDEF")
_CLEAR: Final = frozenset("0123456789D")


class TrackError(RemoteError):
    """A track that cannot hold an encrypted block, or is no track after decryption (another TDK, or not encrypted)."""


def _span(track: str, octets: int) -> tuple[int, int]:
    """First and last+1 digit of the block: all nibbles of `octets` packed octets, the last packed octet left out."""
    end = 2 * ((len(track) + 1) // 2 - 1)
    return end - 2 * octets, end


def _octets(algorithm: Algorithm) -> int:
    return 16 if algorithm == "sm4" else 8


def data_block(track: str | None, algorithm: Algorithm = "3des") -> bytes:
    """TDB: the octets of `track` (z text) that are encrypted; all FF when there is no such track.

    Raises EncodeError when the track is too short (3DES 17 digits, SM4 33), too long, or not z text.
    """
    octets = _octets(algorithm)
    if track is None:
        return b"\xff" * octets
    start, end = _span(track, octets)
    if start < 0 or len(track) > MAX_TRACK_DIGITS or not _NIBBLES.issuperset(track):
        raise EncodeError(
            Text("磁道数据不能加密: {n} 位", "a track of {n} digits cannot be encrypted").format(n=len(track)),
            Text(
                "需要 {w} 至 {m} 位数字，分隔符写作 D",
                "It needs {w} to {m} digits, the separator written as D",
            ).format(w=2 * octets + 1, m=MAX_TRACK_DIGITS),
            path="TDB",
            value=len(track),
        )
    return bytes.fromhex(track[start:end])


def encrypt(track: str, tdk: bytes, algorithm: Algorithm = "3des") -> str:
    """`track` (z text) with its data block encrypted in place; same length.  Raises EncodeError as `data_block`."""
    start, end = _span(track, _octets(algorithm))
    block = data_block(track, algorithm)
    return track[:start] + cipher_for(tdk, algorithm).encrypt(block).hex().upper() + track[end:]


def decrypt(track: str, tdk: bytes, algorithm: Algorithm = "3des") -> str:
    """`track` (z text) with its data block decrypted in place; same length.

    Raises TrackError when the track is too short or the result holds nibbles that no track has.
    """
    try:
        block = data_block(track, algorithm)
    except EncodeError as error:
        raise TrackError(error.what, error.cure) from None
    start, end = _span(track, _octets(algorithm))
    clear = track[:start] + cipher_for(tdk, algorithm).decrypt(block).hex().upper() + track[end:]
    if not _CLEAR.issuperset(clear):
        raise TrackError(
            Text("解密后的磁道数据不合法", "the decrypted track is no track"),
            Text("请核对 TDK 与 F53 第 3 位，重新签到", "Check the TDK and digit 3 of F53, then sign in again"),
        )
    return clear


CHIP_SERVICE_CODES = ("2", "6")
"""First digit of the service code of a card that has a chip (ISO 7813)."""
_SERVICE_CODE_AT = 4
"""Of what follows the separator in track 2: the expiry YYMM stands before the service code."""


def has_chip(track2: str) -> bool:
    """Whether a track 2 in the clear (z text) says that its card has a chip, too; "" says nothing."""
    return track2.partition("D")[2][_SERVICE_CODE_AT : _SERVICE_CODE_AT + 1] in CHIP_SERVICE_CODES
