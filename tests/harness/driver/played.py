"""The driver of a small protocol, and the terminal's end of its cable, which the test plays octet by octet."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Any

from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import Answer, Ask, Closed, Note, Opened, Received, Send, Wake


def frame(text: str) -> bytes:
    """STX, ASCII, ETX, and the LRC over all behind STX."""
    body = text.encode("ascii") + b"\x03"
    return b"\x02" + body + bytes((reduce(xor, body),))


class PlayedTerminal:
    """What the driver sends comes back from each call; `outcome` is how its operation ended."""

    def __init__(self, settings: DriverSettings) -> None:
        self.driver = Driver(settings)
        self.driver.start([], 0)
        self.now = 0
        self.outcome: dict[str, Any] = {}
        self.progress: list[str] = []

    def _sent(self, effects: list[Any]) -> bytes:
        for effect in effects:
            if isinstance(effect, Answer):
                assert not self.outcome
                self.outcome = dict(effect.value)
            elif isinstance(effect, Note) and effect.kind == "progress":
                self.progress.append(effect.data["state"])
        return b"".join(effect.data for effect in effects if isinstance(effect, Send))

    def ask(self, op: str, **args: Any) -> bytes:
        self.outcome = {}
        return self._sent(self.driver.handle(Ask("person", op, args, 7), self.now))

    def say(self, octets: bytes) -> bytes:
        return self._sent(self.driver.handle(Received("terminal", octets), self.now))

    def wait(self) -> bytes:
        assert self.driver.deadline is not None
        self.now = max(self.now, self.driver.deadline)
        return self._sent(self.driver.handle(Wake(), self.now))

    def plug(self, plugged_in: bool) -> bytes:
        return self._sent(
            self.driver.handle(Opened("terminal") if plugged_in else Closed("terminal", "gone"), self.now)
        )

    def ended(self, **expected: Any) -> bool:
        return expected.items() <= self.outcome.items()
