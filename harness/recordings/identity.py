"""Whose numbers stand in a message: another device or merchant has others, and then the same ones everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from protocols.text import Text

OTHER_NUMBERS = Text(
    "设备与商户的编号不同，且处处一致",
    "the device and its merchant have other numbers, and the same ones everywhere",
)
_PARTS = re.compile(
    r"(9F15\.)?(41|42|43|59\.A2\.02|62\.serial)"
    r"|9F0[345]|(DF06/)?DF(12|13|44|45)|(9F52|print)\.(商户名称|商户号|终端号|Merchant|MID|TID)"
    r"|bmp(29|2A)|terminal|commerce"
)
"""Terminal and merchant number, merchant name and serial number, in all protocols."""


class Identities:
    """What stands for what in another recording: one for one, or it is no other device but a mistake."""

    def __init__(self) -> None:
        self._new: dict[str, set[str]] = {}
        self._old: dict[str, set[str]] = {}

    def see(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Two messages that are the same step of a conversation."""
        for name in old.keys() & new.keys():
            if _PARTS.fullmatch(name.partition("#")[0]):
                a, b = old[name].strip(), new[name].strip()
                self._new.setdefault(a, set()).add(b)
                self._old.setdefault(b, set()).add(a)

    def excuse(self, name: str, old: str, new: str) -> Text | None:
        """Why the part differs, None where it is no number of a device or stands for another one elsewhere."""
        if not _PARTS.fullmatch(name.partition("#")[0]):
            return None
        a, b = old.strip(), new.strip()
        return OTHER_NUMBERS if self._new.get(a) == {b} and self._old.get(b) == {a} else None
