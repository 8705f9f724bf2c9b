"""The book of production lots: which device is of which lot, what each says of its own state, what was recalled (see
`acquirer.oversight.lots`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LotBook:
    """`of`: serial number to lot.  `faulty`: serial number to the codes of the parts that it last said are broken; one
    that said nothing is not there.  `recalled`: lot to when."""

    of: dict[str, str] = field(default_factory=dict)
    faulty: dict[str, list[str]] = field(default_factory=dict)
    recalled: dict[str, int] = field(default_factory=dict)

    def devices(self, lot: str) -> list[str]:
        """The serial numbers of a lot."""
        return [sn for sn, own in self.of.items() if own == lot]

    def is_recalled(self, sn: str) -> bool:
        """Whether the lot of this device was recalled."""
        return self.of.get(sn, "") in self.recalled


def _produced(book: LotBook, data: dict[str, Any]) -> None:
    book.of.update(dict.fromkeys(data["sns"], data["lot"]))


def _status(book: LotBook, data: dict[str, Any]) -> None:
    book.faulty[data["sn"]] = data["faulty"]


def _recalled(book: LotBook, data: dict[str, Any]) -> None:
    book.recalled[data["lot"]] = data["at_us"]


FOLD: Mapping[str, Callable[[LotBook, dict[str, Any]], None]] = {
    "lot_produced": _produced,
    "device_status": _status,
    "lot_recalled": _recalled,
}
