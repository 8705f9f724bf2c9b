"""Reads the units of a recording."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.errors import PosrigError

from ..fixtures import dialect_names, load_dialect
from .card_meaning import card_meaning
from .meaning import WHOLE, Meaning, host_meaning
from .register_meaning import READERS
from .units import CARD, HOST, Spoken, Unit

CONTROL_WORDS: Mapping[int, str] = {0x04: "EOT", 0x05: "ENQ", 0x06: "ACK", 0x15: "NAK"}


class Reader:
    """Reads the frames of one recording; what was read once is remembered."""

    REMEMBERED_MAX = 4_096
    """Frames; both ends of a link see each."""

    def __init__(self, dialect: str = "cup") -> None:
        """`dialect`: of the recording, tried first."""
        names = sorted(dialect_names(), key=lambda name: name != dialect)
        self._dialects = tuple(load_dialect(name) for name in names)
        self._known: dict[tuple[str, bytes], Meaning] = {}

    def read(self, spoken: Spoken, unit: Unit) -> Meaning:
        """What `unit` says; of what cannot be read its octets are the one part."""
        if spoken.protocol == CARD and unit.what != "hidden":
            return card_meaning(unit)
        if unit.what != "frame":
            name = CONTROL_WORDS.get(unit.raw[0], "") if unit.what == "control" else ""
            return Meaning(name or unit.what, {WHOLE: unit.raw.hex().upper()})
        key = (spoken.protocol, unit.payload)
        if key not in self._known:
            if len(self._known) >= self.REMEMBERED_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = self._frame(*key)
        return self._known[key]

    def _frame(self, protocol: str, payload: bytes) -> Meaning:
        read = host_meaning if protocol == HOST else READERS.get(protocol)
        try:
            meaning = read(payload, self._dialects) if read is not None else None
        except PosrigError:
            meaning = None
        return meaning or Meaning("frame", {WHOLE: payload.hex().upper()})
