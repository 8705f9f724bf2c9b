"""Whether anything is under way between the parties of an emulated bench, and when the next thing is due.

Nothing is under way when two looks, a little apart in real time, show the same counters; when what was sent on each
path has arrived at its other end; and when no party has a commit, a dial or a deadline due.  Octets that a killed
process or a cut connection took with it never arrive: a difference that stands still for long enough is accepted as
lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from harness.clock import monotonic_s

from .fleet import CARD, REGISTER, is_host

NEVER_US = 1 << 62
LOOKS_APART_S = 0.03
LOST_S = 0.5
"""Octets that left and did not arrive for so long are lost."""


class Counted(Protocol):
    """A process of the bench, or the bench's own side."""

    @property
    def up(self) -> bool: ...

    def status(self) -> dict[str, Any]: ...


class Stillness:
    """Real time comes from `clock_s`."""

    def __init__(
        self,
        children: Mapping[str, Counted],
        local: Counted,
        clock_s: Callable[[], float] = monotonic_s,
    ) -> None:
        self.quiet: bool = False
        self.why: str = ""
        """What is under way, in English, for errors."""
        self._children = children
        self._local = local
        self._clock_s = clock_s
        self._lost: dict[str, int] = {}
        self._last: object = None
        self._since = 0.0
        self._status: dict[str, dict[str, Any]] = {}

    def forget(self) -> None:
        """Something was done: start looking anew."""
        self._last = None
        self.quiet = False

    def look(self) -> bool:
        """Look once; True when all is quiet.  Raises `BenchBroken` when a process is gone."""
        self._status = {name: child.status() for name, child in self._children.items() if child.up}
        self._status["register"] = self._local.status()
        if CARD in self._status["register"]:
            self._status[CARD] = self._status["register"].pop(CARD)
        now = self._clock_s()
        counters = _counters(self._status)
        if counters != self._last:
            self._last, self._since = counters, now
            self.quiet, self.why = False, "counters still move"
            return False
        self.why = self._under_way(now)
        self.quiet = not self.why and now - self._since >= LOOKS_APART_S
        return self.quiet

    def earliest_due(self) -> int | None:
        """When the next thing happens by itself, as of the last look."""
        due = min((self.deadline_of(name) for name in self._status), default=NEVER_US)
        return None if due == NEVER_US else due

    def due_if_quiet(self) -> int | None:
        """Look; when all is quiet, when the next thing is due."""
        return self.earliest_due() if self.look() else None

    def deadline_of(self, name: str) -> int:
        """When `name` has something due, NEVER_US for never; the proxy's and the line's belong to "register"."""
        status = self._status.get(name, {})
        due = [status.get("deadline_us"), status.get("next_due_us")]
        return min((at for at in due if at is not None), default=NEVER_US)

    def _under_way(self, now: float) -> str:
        for name, status in self._status.items():
            if self.deadline_of(name) <= status["now_us"]:
                return f"{name} has a deadline that is due"
            if any(status.get(key) for key in ("pending_commits", "held_effects", "dials", "dialling", "settling")):
                return f"{name} commits, dials or settles"
        differences = {path: sent - got for path, (sent, got) in self._paths().items()}
        if differences != {path: self._lost.get(path, 0) for path in differences}:
            if now - self._since < LOST_S:
                return f"octets are on their way: {differences}"
            self._lost = differences
        return ""

    def _paths(self) -> dict[str, tuple[int, int]]:
        """Octets sent and received, by leg, over all terminals and hosts together: what one lacks no other makes up
        for."""
        register = self._status["register"]
        proxy, line = register["proxy"], register["line"]
        cable, dialled, accepted, slot, card = _Sum(), _Sum(), _Sum(), _Sum(), _Sum()
        for name, status in self._status.items():
            for link, counted in status.get("links", {}).items():
                if name == CARD:
                    card.add(counted)
                elif is_host(name):
                    accepted.add(counted)
                elif link == CARD:
                    slot.add(counted)
                elif link != ("terminal" if name == REGISTER else "register"):
                    dialled.add(counted)
                elif name != REGISTER:
                    cable.add(counted)
        return {
            "dialler to proxy": (dialled.sent, proxy["client_in"]),
            "proxy to dialler": (proxy["client_out"], dialled.got),
            "proxy to host": (proxy["server_out"], accepted.got),
            "host to proxy": (accepted.sent, proxy["server_in"]),
            "register to terminal": (line["out"], cable.got),
            "terminal to register": (cable.sent, line["in"]),
            "terminal to card": (slot.sent, card.got),
            "card to terminal": (card.sent, slot.got),
        }


class _Sum:
    """Octets of several links."""

    def __init__(self) -> None:
        self.sent = self.got = 0

    def add(self, counted: Mapping[str, int]) -> None:
        self.sent += counted["out"]
        self.got += counted["in"]


def _counters(status: Mapping[str, Mapping[str, Any]]) -> object:
    """What changes when anything happens; times do not count."""
    return {name: {key: value for key, value in one.items() if key != "now_us"} for name, one in status.items()}
