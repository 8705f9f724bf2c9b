"""PIN blocks: ISO 9564 format 0 / ANSI X9.8 in 8 octets (DES, 3DES) and the 16-octet form of SM4.

Clear block = (0 | length | PIN | F...) XOR (0... | 12 rightmost PAN digits without the check digit); "without PAN"
(F53 digit 1 = 1) is the first half alone.  The length is one hex nibble as in ISO 9564, so 10 to 12 are A to C.
Sources: Chanjet POS V2.0 appendix A; a real UnionPay test host
(PAN 6212142000000000012, PIN 123456 -> 06121456FFFFFFFE).

No PIN ever stands in a repr or an error text.
"""

from __future__ import annotations

from ..ciphers import Algorithm, cipher_for, sized
from ..errors import EncodeError, RemoteError
from ..text import Text

MIN_PIN_DIGITS = 4
MAX_PIN_DIGITS = 12
MAX_PAN_DIGITS = 19


class PinBlockError(RemoteError):
    """A decrypted PIN block that is no PIN block: another PIK, another PAN, or a damaged F52 (F39 = 99)."""

    def __init__(self, what: Text) -> None:
        super().__init__(
            Text(f"PIN 密文格式错: {what.zh}", f"not a PIN block: {what.en}"),
            Text("请重新签到后再输入密码", "Sign in again, then enter the PIN again"),
        )


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _pan_part(pan: str | None) -> int:
    if pan is None:
        return 0
    if not _is_digits(pan) or not 2 <= len(pan) <= MAX_PAN_DIGITS:
        raise EncodeError(
            Text("主账号不是 2 至 19 位数字", "the PAN is not 2 to 19 digits"),
            Text("请给出完整主账号", "Give the whole PAN"),
            path="F52/PAN",
            value=len(pan),
        )
    return int(pan[:-1][-12:], 16)


def clear_block(pin: str, pan: str | None, algorithm: Algorithm = "3des") -> bytes:
    """The clear PIN block: 8 octets, 16 for "sm4".  `pan` None: the form without PAN.

    Raises EncodeError when `pin` is not 4 to 12 digits or `pan` not 2 to 19.
    """
    if not _is_digits(pin) or not MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS:
        raise EncodeError(
            Text("密码不是 4 至 12 位数字", "the PIN is not 4 to 12 digits"),
            Text("请重新输入密码", "Enter the PIN again"),
            path="F52/PIN",
            value=len(pin),
        )
    octets = 16 if algorithm == "sm4" else 8
    plain = int(f"0{len(pin):X}{pin}".ljust(2 * octets, "F"), 16)
    return (plain ^ _pan_part(pan)).to_bytes(octets, "big")


def encrypt(pin: str, pan: str | None, pik: bytes, algorithm: Algorithm = "3des") -> bytes:
    """The encrypted PIN block of F52: 8 octets, 16 for "sm4".  Raises as `clear_block`."""
    return cipher_for(pik, sized(pik, algorithm)).encrypt(clear_block(pin, pan, algorithm))


def decrypt(block: bytes, pan: str | None, pik: bytes, algorithm: Algorithm = "3des") -> str:
    """The PIN in an encrypted block.  Raises PinBlockError when what comes out is no PIN block for this PAN."""
    octets = 16 if algorithm == "sm4" else 8
    if len(block) != octets:
        raise PinBlockError(Text(f"{len(block)} 字节，应为 {octets}", f"{len(block)} octets instead of {octets}"))
    clear = cipher_for(pik, sized(pik, algorithm)).decrypt(block)
    return parse_clear_block(clear, pan)


def parse_clear_block(clear: bytes, pan: str | None) -> str:
    """The PIN in a clear block of 8 or 16 octets.  Raises PinBlockError: format, length, digits or filler wrong."""
    text = (int.from_bytes(clear, "big") ^ _pan_part(pan)).to_bytes(len(clear), "big").hex()
    length = int(text[1], 16)
    if text[0] != "0":
        raise PinBlockError(Text("格式号不是 0", "the format is not 0"))
    if not MIN_PIN_DIGITS <= length <= MAX_PIN_DIGITS:
        raise PinBlockError(Text("密码长度不在 4 至 12 之间", "the PIN length is not 4 to 12"))
    pin, filler = text[2 : 2 + length], text[2 + length :]
    if not _is_digits(pin):
        raise PinBlockError(Text("密码位不是数字", "a PIN position is no digit"))
    if filler.strip("f"):
        raise PinBlockError(Text("填充位不是 F", "the filler is not F"))
    return pin
