"""A register of a few lines at the terminal's cable, which the test plays octet by octet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.machine import Closed, Effect, Opened, Received, Send, Wake

from .scripted import Bench, Host, ready_settings


class CableEnd:
    """What the terminal has sent on its cable, octets as they came; `answers` may say at once what comes back."""

    def __init__(self, protocol: str, **changes: Any) -> None:
        self.bench = Bench(ready_settings(register_protocol=protocol, attendant="debit", **changes), Host())
        self.octets = b""
        self.answers: Callable[[bytes], bytes] = lambda _: b""
        self._others = Bench._one.__get__(self.bench)
        self.bench._one = self._one  # type: ignore[method-assign]  # the cable's effects are ours, the bench has the rest

    def _one(self, effect: Effect) -> None:
        if not isinstance(effect, Send) or effect.link != "register":
            self._others(effect)
            return
        self.octets += effect.data
        if back := self.answers(effect.data):
            self.bench._queue.append(Received("register", back))

    def send(self, octets: bytes) -> bytes:
        """Octets to the terminal; what it has sent since."""
        self.bench.carry(self.bench.terminal.handle(Received("register", octets), self.bench.now))
        return self.taken()

    def plug(self, plugged_in: bool) -> bytes:
        """The cable is plugged in, or pulled out."""
        event = Opened("register") if plugged_in else Closed("register", "gone")
        self.bench.carry(self.bench.terminal.handle(event, self.bench.now))
        return self.taken()

    def wait(self) -> bytes:
        """Time passes until the terminal does something by itself."""
        due = self.bench.terminal.deadline
        assert due is not None
        self.bench.now = max(due, self.bench.now)
        self.bench.carry(self.bench.terminal.handle(Wake(), self.bench.now))
        return self.taken()

    def taken(self) -> bytes:
        """What the terminal has sent since the last time."""
        octets, self.octets = self.octets, b""
        return octets

    @property
    def entries(self) -> list[dict[str, Any]]:
        return list(self.bench.snapshot["entries"])
