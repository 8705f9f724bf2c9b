"""What the terminal remembers of itself as a device: self-tests, broken parts, tamper record, changed parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..machine import Json, Record


@dataclass(slots=True)
class Device:
    """`broken`: parts that fail their test (`parts.PARTS`).  `config`: what was changed at the parameter menu
    (`settings.Config`).

    `tamper`: when and why the keys were erased; a repair does not remove the record.
    """

    self_tests: int = 0
    broken: set[str] = field(default_factory=set)
    tamper: dict[str, Json] | None = None
    config: dict[str, Json] = field(default_factory=dict)


def _self_tested(device: Device, record: Record) -> None:
    device.self_tests += 1


def _part(device: Device, record: Record) -> None:
    (device.broken.discard if record["ok"] else device.broken.add)(record["part"])


def _tamper(device: Device, record: Record) -> None:
    device.tamper = {"at_us": record["at_us"], "cause": record["cause"]}


def _configured(device: Device, record: Record) -> None:
    device.config.update(record["values"])


FOLD: Mapping[str, Callable[[Device, Record], None]] = {
    "self_tested": _self_tested,
    "part": _part,
    "tamper": _tamper,
    "configured": _configured,
}
