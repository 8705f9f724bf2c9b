"""Which of the next dials fail, by the dial faults of a plan."""

from __future__ import annotations

from collections.abc import Iterable

from ..machine import Json
from .faults.base import Fault
from .faults.dial import DialFault


class Dials:
    """Counts dials down: each fault answers `times` of them, then the next one; then all come through."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._left = [(fault, fault.times) for fault in faults if isinstance(fault, DialFault)]

    def next(self) -> str:
        """The reason for which the next dial fails, "" when it comes through."""
        if not self._left:
            return ""
        fault, left = self._left.pop(0)
        if left > 1:
            self._left.insert(0, (fault, left - 1))
        return fault.reason

    def left(self) -> list[dict[str, Json]]:
        """What has not struck yet, as entries of a plan."""
        return [{"fault": fault.name, "times": times} for fault, times in self._left]

    @property
    def spent(self) -> bool:
        """No dial will fail any more."""
        return not self._left
