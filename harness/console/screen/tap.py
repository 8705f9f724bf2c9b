"""Where the events of a terminal at the screen go: masked to whoever looks, and whole into the trace file."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence

from ...machine import Json
from ...mask import Masker
from ...trace import Event, Recorder

UNSHOWN = ("bytes", "persist", "snapshot")
"""Nobody at a terminal sees them."""
KEY_OCTETS = 32


class ScreenTap:
    """A recorder that shows what it is given.  `file` gets everything, and masks by itself."""

    def __init__(self, file: Recorder | None = None) -> None:
        self._file = file
        self._masker = Masker(key=secrets.token_bytes(KEY_OCTETS))
        self._numbers = itertools.count(1)
        self._watchers: list[Callable[[Event], None]] = []

    def watch(self, see: Callable[[Event], None]) -> None:
        """`see` gets each event from now on."""
        self._watchers.append(see)

    def unwatch(self, see: Callable[[Event], None]) -> None:
        """`see` gets no more."""
        self._watchers.remove(see)

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None:
        """As `Recorder.append`."""
        if self._file is not None:
            self._file.append(party, kind, data, seen_by, t_us)
        if kind not in UNSHOWN:
            seq = next(self._numbers)
            event = Event(seq, t_us, party, kind, self._masker.enter(seq, party, kind, data), tuple(seen_by))
            for see in self._watchers:
                see(event)
