"""The cardholder's PIN on its way to the card: plain, under the card's RSA key, and in an issuer's script.

Plain block (8 octets): 2 | length | PIN | F... (EMV Book 3 clause 6.5.12, ISO 9564-1 format 2).
Enciphered (as long as the key): 7F | plain block | the card's challenge (8) | random octets (EMV Book 2 clause 7.2).
In a script (8 octets): 0 | length | PIN | F..., XOR four octets of the card's own key, XOR the current PIN where the
holder knows it (Visa, also PBOC; as pyemv 1.5.0 computes it).

No PIN ever stands in a repr or an error text.
"""

from __future__ import annotations

from ..errors import EncodeError, RemoteError
from ..text import Text
from .rsa import PrivateKey, PublicKey

BLOCK_OCTETS, CHALLENGE_OCTETS = 8, 8
PIN_DIGITS_MIN, PIN_DIGITS_MAX = 4, 12
ENCIPHERED_HEADER = 0x7F
_FRAME_OCTETS = 1 + BLOCK_OCTETS + CHALLENGE_OCTETS


class PinDataError(RemoteError):
    """What came is no PIN block, or not one for this card."""

    def __init__(self, what: Text) -> None:
        super().__init__(
            Text(f"不是 PIN 数据块: {what.zh}", f"Not a PIN block: {what.en}"),
            Text("请核对密钥和 PIN 加密公钥证书", "Compare the keys and the certificate of the PIN key"),
        )


def plain_block(pin: str) -> bytes:
    """The block of a plain VERIFY, 8 octets.  Raises EncodeError when `pin` is not 4 to 12 digits."""
    return _block(0x2, pin)


def pin_of(block: bytes) -> str:
    """The PIN in a plain block.  Raises PinDataError."""
    return _pin(0x2, block)


def encipher(key: PublicKey, block: bytes, challenge: bytes, padding: bytes) -> bytes:
    """A plain block under the card's key.  `challenge`: 8 octets of GET CHALLENGE; `padding`: 17 less than the key.

    Raises EncodeError for other lengths.
    """
    if len(block) != BLOCK_OCTETS or len(challenge) != CHALLENGE_OCTETS or len(padding) != padding_octets(key):
        raise EncodeError(
            Text("加密 PIN 的数据长度不符", "The data of an enciphered PIN have wrong lengths"),
            Text("数据块 8 字节，随机数 8 字节，其余填充", "8 octets of block, 8 of challenge, the rest padding"),
            path="PIN",
            value=(len(block), len(challenge), len(padding)),
        )
    return key.apply(bytes([ENCIPHERED_HEADER]) + block + challenge + padding)


def padding_octets(key: PublicKey) -> int:
    """How many random octets stand behind block and challenge."""
    return key.octets - _FRAME_OCTETS


def decipher(key: PrivateKey, data: bytes, challenge: bytes) -> bytes:
    """The card's side: the plain block.  Raises PinDataError: length, header 7F or challenge wrong."""
    if len(data) != key.public.octets:
        raise PinDataError(Text("长度与模长不等", "its length is not that of the key"))
    plain = key.apply(data)
    if plain[0] != ENCIPHERED_HEADER:
        raise PinDataError(Text("首字节不是 7F", "its first octet is not 7F"))
    if plain[1 + BLOCK_OCTETS : _FRAME_OCTETS] != challenge:
        raise PinDataError(Text("随机数不符", "another challenge than the card's"))
    return plain[1 : 1 + BLOCK_OCTETS]


def script_block(pin: str, card_key: bytes, current_pin: str | None = None) -> bytes:
    """The block of PIN CHANGE.  `card_key`: the card's key for cryptograms; `current_pin`: only for P2 = 01."""
    return _script_mask(_block(0x0, pin), card_key, current_pin)


def pin_of_script(block: bytes, card_key: bytes, current_pin: str | None = None) -> str:
    """The new PIN of PIN CHANGE.  Raises PinDataError."""
    return _pin(0x0, _script_mask(block, card_key, current_pin))


def _script_mask(block: bytes, card_key: bytes, current_pin: str | None) -> bytes:
    mask = int.from_bytes(card_key[4:8], "big")
    if current_pin is not None:
        mask ^= int(_digits(current_pin).ljust(16, "0"), 16)
    return (int.from_bytes(block, "big") ^ mask).to_bytes(len(block), "big")


def _block(control: int, pin: str) -> bytes:
    return bytes.fromhex(f"{control:X}{len(_digits(pin)):X}{pin}".ljust(2 * BLOCK_OCTETS, "F"))


def _digits(pin: str) -> str:
    if not (pin.isascii() and pin.isdigit() and PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX):
        raise EncodeError(
            Text("密码不是 4 至 12 位数字", "the PIN is not 4 to 12 digits"),
            Text("请重新输入密码", "Enter the PIN again"),
            path="PIN",
            value=len(pin),
        )
    return pin


def _pin(control: int, block: bytes) -> str:
    text = block.hex()
    if len(block) != BLOCK_OCTETS:
        raise PinDataError(Text("长度不是 8 字节", "it is not 8 octets"))
    size = int(text[1], 16)
    if text[0] != f"{control:x}" or not PIN_DIGITS_MIN <= size <= PIN_DIGITS_MAX:
        raise PinDataError(Text("格式号或长度不符", "its format or length digit is wrong"))
    pin, filler = text[2 : 2 + size], text[2 + size :]
    if not pin.isdigit() or filler.strip("f"):
        raise PinDataError(Text("密码位或填充位不符", "its digits or its filler are wrong"))
    return pin
