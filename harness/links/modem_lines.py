"""DTR and RTS of the two ends of a serial cable, and what each end sees of the other's.

A pseudo-terminal has none of them (`ENOTTY`), so they are state of the model.  A null-modem cable leads DTR to the
other end's DSR and DCD, RTS to its CTS; a cable of three wires (TXD, RXD, ground) leads none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .line_settings import Flow

Side = Literal["register", "terminal"]
SIDES: tuple[Side, Side] = ("register", "terminal")
Wiring = Literal["null-modem", "three-wire"]
WIRINGS: tuple[Wiring, Wiring] = ("null-modem", "three-wire")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an end sees: clear to send, data set ready, carrier detected.  (No cable between two devices leads RI.)"""

    cts: bool = False
    dsr: bool = False
    dcd: bool = False


class ModemLines:
    """Both ends; an end that was opened raises DTR and RTS, as every operating system does."""

    def __init__(self, wiring: Wiring = "null-modem") -> None:
        self.wiring: Wiring = wiring
        self.plugged: bool = True
        self._dtr: dict[Side, bool] = dict.fromkeys(SIDES, False)
        self._rts: dict[Side, bool] = dict.fromkeys(SIDES, False)

    def set(self, side: Side, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """What `side` puts on its lines; None leaves one as it is."""
        if dtr is not None:
            self._dtr[side] = dtr
        if rts is not None:
            self._rts[side] = rts

    def seen_by(self, side: Side) -> Seen:
        """What the cable brings to `side`."""
        other: Side = "terminal" if side == "register" else "register"
        if not self.plugged or self.wiring == "three-wire":
            return Seen()
        return Seen(self._rts[other], self._dtr[other], self._dtr[other])

    def may_send(self, side: Side, flow: Flow) -> bool:
        """Whether the flow control of `side` lets it send."""
        seen = self.seen_by(side)
        return {"rtscts": seen.cts, "dsrdtr": seen.dsr}.get(flow, True)
