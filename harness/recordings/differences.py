"""Two frames of the same kind side by side: where they differ, and which differences lie in the nature of things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from protocols.text import Text

from .identity import Identities
from .meaning import WHOLE, Meaning
from .units import CARD, HOST, Spoken, Unit

TIME = Text("时刻随运行而异", "the time of day is that of the run")
COUNTER = Text(
    "流水号、参考号、批次号、订单号取决于之前的交易",
    "trace, reference, batch and order numbers follow from what was before",
)
CHANCE = Text("随机数每次不同", "random numbers are drawn anew")
KEYS = Text("密钥不同，则 MAC、密文、校验值也不同", "other keys give another MAC, cipher text and check value")
SIGNED = Text("签名随随机数而异", "it is signed with a random number in it")
PLACE = Text("地址与端口名由测试台分配", "addresses and port names are the bench's")
MASKED = Text("录制时已屏蔽，无法比较", "masked when it was recorded: cannot be compared")
UNSEEN = Text("只记录了长度与哈希，无法比较", "only length and hash were recorded: cannot be compared")


@dataclass(frozen=True, slots=True)
class Difference:
    """`place`: the part's name ("11", "59.A2.03", "9F0E").  `old`, `new`: None where it is absent.  `why`: why it may
    differ, None for a difference that needs an answer.
    """

    place: str
    old: str | None
    new: str | None
    why: Text | None


_HOST_NATURE: tuple[tuple[str, Text], ...] = (
    (r"TPDU", PLACE),
    (r"11|37|38|60\.2|61\.[12]|62\.batch.*", COUNTER),
    (r"12|13|15|61\.3", TIME),
    (r"59\.A2\.03", CHANCE),
    (r"59\.A2\.04|52|55\.9F(10|26)|62\.(PIK|MAK|TDK|TMK).*|64|46|47|57", KEYS),
    (r"55\.(91|71|72)", KEYS),
    (r"55\.9F37", CHANCE),
    (r"55\.9A|55\.9F21", TIME),
    (r"55\.9F(36|41)", COUNTER),
)
"""Of a host's message: parts whose value lies in the nature of a run.  A part that is there or not is never excused."""
_COUNTED = (
    "批次号|凭证号|原凭证号|参考号|授权码|Batch|Voucher|Original|Reference|Authorisation|Trace|Beleg|Genehmigung|TA"
)
_PRINTED: tuple[tuple[str, Text], ...] = (
    (rf"(9F52|print)\.(?i:{_COUNTED})(-Nr\.?)?", COUNTER),
    (r"(9F52|print)\.(?i:日期|时间|Date|Time|Datum|Uhrzeit)", TIME),
    (r"(9F52|print)\.(TC|ARQC|AAC)", KEYS),
    (r"(9F52|print)\.ATC", COUNTER),
)
"""Of a slip: what stands behind these words."""
_MISPOS_NATURE: tuple[tuple[str, Text], ...] = (
    (r"9F(0D|0E|0F|10|20|FF)", COUNTER),
    (r"9F1[12]", TIME),
    (r"9F1[67]", PLACE),
    (r"DF04", CHANCE),
    *_PRINTED,
)
_ZVT_NATURE: tuple[tuple[str, Text], ...] = (
    (r"bmp(0B|37|87|88|3B)", COUNTER),
    (r"bmp(0C|0D|AA)|date|time", TIME),
    *_PRINTED,
)
_CARD_NATURE: tuple[tuple[str, Text], ...] = (
    (r"9F37|9F4C|challenge", CHANCE),
    (r"9F4B", SIGNED),
    (r"9F(26|10)|91|secured", KEYS),
    (r"9A|9F21", TIME),
    (r"9F(36|13|41)", COUNTER),
)
"""Of what terminal and card say: random numbers of both and what is signed with them, cryptograms and ARPC, day and
time, the counters of both.  All other values are the card's own or follow from the transaction: amounts, TVR, lists,
records, status words."""
NATURE: Mapping[str, tuple[tuple[str, Text], ...]] = {
    HOST: _HOST_NATURE,
    CARD: _CARD_NATURE,
    "mispos-a": (
        (r"DF04", CHANCE),
        (r"(DF06/)?DF(0A|10|18|19|1A|1B|69|90|BE)|ACKACK", COUNTER),
        (r"(DF06/)?DF(11|1C|1D|17|0B)", TIME),
    ),
    "zvt": _ZVT_NATURE,
    "concert": ((r"private", COUNTER),),
    "transbank": ((r"operation|authorisation|ticket", COUNTER), (r"date|time|accounting_date", TIME)),
    "mispos-b": (*_MISPOS_NATURE, *((rf"9F15\.({place})", why) for place, why in _HOST_NATURE)),
}
"""By protocol: a pattern for the whole name of a part, and why it may differ."""


def differences(
    spoken: Spoken, old: tuple[Unit, Meaning], new: tuple[Unit, Meaning], identities: Identities
) -> list[Difference]:
    """Where two units differ, part by part; empty for equal ones.  `identities` has seen both."""
    (old_unit, old_says), (new_unit, new_says) = old, new
    if "hidden" in (old_unit.what, new_unit.what):
        return _of_hidden(old_unit, new_unit)
    if old_unit.raw == new_unit.raw:
        return []
    masked = {*map(_plain, old_unit.masked), *map(_plain, new_unit.masked)}
    found = [
        Difference(name, a, b, _why(spoken, name, a, b, masked, identities))
        for name in dict.fromkeys((*old_says.parts, *new_says.parts))
        for a, b in ((old_says.parts.get(name), new_says.parts.get(name)),)
        if a != b
    ]
    if found or old_unit.payload == new_unit.payload != b"":
        return found
    return [Difference(WHOLE, old_unit.raw.hex().upper(), new_unit.raw.hex().upper(), None)]


def _of_hidden(old: Unit, new: Unit) -> list[Difference]:
    if old.what == new.what and (old.length, old.hash) == (new.length, new.hash):
        return []
    why = UNSEEN if old.length == new.length else None
    return [Difference(WHOLE, _shown(old), _shown(new), why)]


def _shown(unit: Unit) -> str:
    return unit.raw.hex().upper() or f"{unit.length} octets"


def _plain(masked: str) -> str:
    """The name of a masked part ("F2", "9F15/F35") as parts are named."""
    return re.sub(r"(^|/)F(?=[0-9])", r"\1", masked).replace("/", ".")


def _why(
    spoken: Spoken, name: str, old: str | None, new: str | None, masked: set[str], identities: Identities
) -> Text | None:
    if old is None or new is None:
        return None
    if name in masked or any(name.startswith(f"{place}.") for place in masked):
        return MASKED
    if masked and name.rpartition(".")[2] in ("64", "128"):
        return MASKED
    for pattern, why in NATURE.get(spoken.protocol, ()):
        if re.fullmatch(pattern, name.partition("#")[0]):
            return why
    return identities.excuse(name, old, new)
