"""Card numbers among digits: which may be shown, what takes the place of the others, and where they hide.

What replaces a number has the same length, begins with 99 (no issuer has that), fails the Luhn check, and is made from
the number with a key that is in no trace: the same card gives the same digits, and nobody can go back.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from hashlib import sha256

PAN_MIN_DIGITS, PAN_MAX_DIGITS = 13, 19
CODE_MAX_DIGITS = 24
"""A wallet's payment code (付款码) is hidden like a card number, and may be longer."""

FINGERPRINT_HEX = 16
"""64 bits: no two cards of a bench share one by chance."""

SEEN_MAX = 10_000
"""Hidden numbers that are remembered, so that they are found where nobody expects them; the oldest are forgotten."""

_RUN = re.compile(r"[0-9]{13,}")
_ISSUER = re.compile(r"62|4|5[1-5]|2[2-7]|3[0-9]|6011|64|65|60|9")
"""First digits of the card schemes that a Chinese terminal takes; tells a card number from an order number."""


def luhn_sum(digits: str) -> int:
    """0 when the last digit is the check digit of those before (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        if place & 1:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10


class Numbers:
    """Decides about card numbers.  `test_pans` stay whole; `key` makes replacements and fingerprints."""

    def __init__(self, test_pans: Collection[str], key: bytes) -> None:
        self.test_pans: frozenset[str] = frozenset(test_pans)
        self._key = key
        self._seen: dict[str, None] = {}
        self._tests = re.compile("|".join(sorted(map(re.escape, self.test_pans), key=len, reverse=True)) or "(?!)")

    def is_test(self, pan: str) -> bool:
        return pan in self.test_pans

    def fingerprint(self, value: str | bytes) -> str:
        """Keyed hash, 16 hex digits."""
        octets = value.encode("latin-1", "replace") if isinstance(value, str) else value
        return hmac.new(self._key, octets, sha256).hexdigest()[:FINGERPRINT_HEX].upper()

    def replacement(self, pan: str) -> str:
        """As many digits as `pan` has."""
        made = int.from_bytes(hmac.new(self._key, b"pan" + pan.encode("ascii"), sha256).digest(), "big")
        body = "99" + str(made)[-(len(pan) - 3) :] if len(pan) > 3 else "9" * (len(pan) - 1)
        check = luhn_sum(body + "0")
        wrong = (10 - check) % 10
        return body + str((wrong + 1) % 10)

    def hide(self, pan: str) -> str:
        """The number that takes the place of `pan`, which is remembered.  A test card stays."""
        if not pan or self.is_test(pan):
            return pan
        if len(pan) >= PAN_MIN_DIGITS:
            self._seen.pop(pan, None)
            self._seen[pan] = None
            if len(self._seen) > SEEN_MAX:
                del self._seen[next(iter(self._seen))]
        return self.replacement(pan)

    def hide_text(self, text: str, *, any_issuer: bool = True) -> str:
        """`text` with every card number in it replaced: runs of 13 to 19 digits that pass the Luhn check, and every
        number that was hidden before, wherever it stands.  `any_issuer` False: only what begins like a card's."""
        if not _RUN.search(text):
            return text
        return _RUN.sub(lambda found: self._hide_run(found.group(), any_issuer), text)

    def _hide_run(self, run: str, any_issuer: bool) -> str:
        if len(run) <= PAN_MAX_DIGITS and run[0] != "0" and luhn_sum(run) == 0:
            return self.hide(run) if any_issuer or _ISSUER.match(run) else self._hide_seen(run)
        return self._hide_seen(run)

    def _hide_seen(self, run: str) -> str:
        for size in range(CODE_MAX_DIGITS, PAN_MIN_DIGITS - 1, -1):
            for start in range(len(run) - size + 1):
                pan = run[start : start + size]
                if pan in self._seen:
                    run = run[:start] + self.replacement(pan) + run[start + size :]
        return run

    def is_risky(self, octets: bytes) -> bool:
        """True when digits, BCD or ASCII, could hold a card number that is no test card's: 13 to 19 digits in a row
        that do not begin with 0 and pass the Luhn check, or a number that was hidden before."""
        return self._has_pan(octets.hex()) or self._has_pan(octets.decode("latin-1"))

    def is_risky_text(self, octets: bytes) -> bool:
        """The same of octets that are known to be text."""
        return self._has_pan(octets.decode("latin-1"))

    def has_hidden(self, octets: bytes) -> bool:
        """True when a number that was hidden before is in it, BCD or ASCII."""
        return self._has_pan(octets.hex(), False) or self._has_pan(octets.decode("latin-1"), False)

    def _has_pan(self, text: str, by_check_digit: bool = True) -> bool:
        for found in _RUN.finditer(text):
            for run in self._tests.split(found.group()):
                for start in range(len(run) - PAN_MIN_DIGITS + 1):
                    for size in range(PAN_MIN_DIGITS, min(CODE_MAX_DIGITS, len(run) - start) + 1):
                        pan = run[start : start + size]
                        fits = by_check_digit and size <= PAN_MAX_DIGITS and pan[0] != "0"
                        if pan in self._seen or (fits and luhn_sum(pan) == 0):
                            return True
        return False
