"""How a serial line is set: rate, data bits, parity, stop bits, flow control, and what DTR and RTS are at first.

One notation for the command line, bench files and scenarios: `9600`, `9600-8N1`, `115200-8N2-rtscts`,
`9600-7E1-dtr0-rts0` (posrig's choice; the middle part is the usual one).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, cast

from protocols.errors import LocalError
from protocols.text import Text

Parity = Literal["N", "E", "O", "M", "S"]
"""None, even, odd, mark (always 1), space (always 0)."""
Flow = Literal["", "rtscts", "xonxoff", "dsrdtr"]

BAUDS = (50, 4_000_000)
"""The slowest of RS-232's rates, and the fastest that Linux names."""
LINES = ("dtr", "rts")
WORDS = ("rtscts", "xonxoff", "dsrdtr", "dtr0", "dtr1", "rts0", "rts1")
_NOTATION = re.compile(
    r"(?P<baud>[0-9]{1,9})(?:-(?P<data>[5-8])(?P<parity>[NEOMSneoms])(?P<stop>1\.5|1|2))?(?P<rest>(?:-[a-z]\w*)*)"
)

NO_SETTINGS = Text("{value} 不是串口参数", "{value} are no settings of a line")
NO_SETTINGS_CURE = Text(
    "写成 9600-8N1：速率、数据位 5 到 8、校验 N E O M S、停止位 1 1.5 2，之后可加 {words}",
    "Write them as 9600-8N1: rate, 5 to 8 data bits, parity N E O M S, 1 1.5 or 2 stop bits; {words} may follow",
)
NO_WORD = Text("{value}：没有 {word}，最接近的是 {near}", "{value}: there is no {word}, the nearest is {near}")
NO_BAUD = Text("{value}：速率为 {least} 到 {most}", "{value}: a rate is {least} to {most} baud")
ONE_FLOW = Text("{value}：流控只能有一种", "{value}: a line has one flow control")


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`baud` 50 to 4000000; `data_bits` 5 to 8; `stop_bits` 1, 1.5 or 2; `flow` "" for none.

    `dtr`, `rts`: the level set when the port is opened, None for what the system does (both are raised).  Linux raises
    both in any case before a program can lower them, so False is a pulse, not silence.
    """

    baud: int = 9600
    data_bits: int = 8
    parity: Parity = "N"
    stop_bits: float = 1
    flow: Flow = ""
    dtr: bool | None = None
    rts: bool | None = None

    @classmethod
    def parse(cls, value: str) -> LineSettings:
        """From the notation above.  Raises `LocalError` with the value and the way out."""
        found = _NOTATION.fullmatch(value.strip())
        if found is None:
            raise LocalError(NO_SETTINGS.format(value=repr(value)), _cure())
        baud = int(found["baud"])
        if not BAUDS[0] <= baud <= BAUDS[1]:
            raise LocalError(NO_BAUD.format(value=repr(value), least=BAUDS[0], most=BAUDS[1]), _cure())
        flow, levels = _words(value, found["rest"].split("-")[1:])
        return cls(
            baud,
            int(found["data"] or 8),
            cast(Parity, (found["parity"] or "N").upper()),
            float(found["stop"] or 1),
            flow,
            levels.get("dtr"),
            levels.get("rts"),
        )

    def __str__(self) -> str:
        levels = [f"-{name}{int(level)}" for name in LINES if (level := getattr(self, name)) is not None]
        flow = f"-{self.flow}" if self.flow else ""
        return f"{self.baud}-{self.data_bits}{self.parity}{self.stop_bits:g}{flow}{''.join(levels)}"

    @property
    def half_bits(self) -> int:
        """Length of one character on the line, start bit to stop bits, in halves of a bit."""
        return 2 * (1 + self.data_bits + (self.parity != "N")) + int(2 * self.stop_bits)


def parity_bit(octet: int, parity: Parity) -> int:
    """The bit that `parity` puts behind the data bits of `octet` (which has no others set); 0 without parity."""
    return {"N": 0, "E": octet.bit_count() & 1, "O": octet.bit_count() & 1 ^ 1, "M": 1, "S": 0}[parity]


def seven_bit_parity(data: bytes) -> Parity:
    """The parity of a peer with 7 data bits whose octets were read with 8 data bits and no parity: "E", "O", or "N"
    when `data` shows none.

    Such a peer's parity is in bit 7: its STX 02 is read as 82, its EOT 04 as 84, its NAK 15 as 95, while ETX 03, ENQ 05
    and ACK 06, which are even, look as they should.  A few octets prove little; a whole frame is enough.
    """
    parities = {octet.bit_count() & 1 for octet in data}
    if not any(octet & 0x80 for octet in data) or len(parities) != 1:
        return "N"
    return "E" if parities == {0} else "O"


def _words(value: str, words: list[str]) -> tuple[Flow, dict[str, bool]]:
    flow: Flow = ""
    levels: dict[str, bool] = {}
    for word in words:
        if word not in WORDS:
            near = get_close_matches(word, WORDS, n=1, cutoff=0)[0]
            raise LocalError(NO_WORD.format(value=repr(value), word=repr(word), near=near), _cure())
        if word[:3] in LINES and word[3:] in ("0", "1"):
            levels[word[:3]] = word[3:] == "1"
        elif flow:
            raise LocalError(ONE_FLOW.format(value=repr(value)), _cure())
        else:
            flow = cast(Flow, word)
    return flow, levels


def _cure() -> Text:
    return NO_SETTINGS_CURE.format(words=" ".join(f"-{word}" for word in WORDS))
