"""What the terminal remembers of itself as a device: parts, self-tests, tamper record, parameters, resets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...machine import Json, Record
from .power import FOLD as POWER_FOLD
from .power import FULL, Power

SINCE_USES = "since_uses"
"""Beside the settings of a defect: the uses of the part when it began."""
DUE_MAX = 20
"""Reports (settlement, unresolved) that wait for paper; the oldest goes first."""


@dataclass(slots=True)
class Fitted:
    """One part as it is built in.  `id`, `model`, `lot` "": those that the terminal was made with.

    `uses`: insertions, lines, strokes since it was fitted, what wears it.  `changes`: how often another one was built
    in at this place.  `loaded`: its uses when a supply (paper, ribbon) was put in last.  `defects`: what is wrong with
    it, by name (`defects.DEFECTS`), with the settings of each.
    """

    id: str = ""
    model: str = ""
    lot: str = ""
    uses: int = 0
    changes: int = 0
    loaded: dict[str, int] = field(default_factory=dict)
    defects: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass(slots=True)
class Device:
    """`parts` by name (`parts.PARTS`); one that is not there is as it was made.  `config`: what was changed at the
    parameter menu (`settings.Config`).

    `tamper`: when and why the keys were erased; a repair does not remove the record.
    `reset`: why the next start will have been one, "" when nobody announced it: then the power failed.
    """

    self_tests: int = 0
    parts: dict[str, Fitted] = field(default_factory=dict)
    tamper: dict[str, Json] | None = None
    config: dict[str, Json] = field(default_factory=dict)
    reset: str = ""
    power: Power = field(default_factory=Power)
    chip_failed: bool = False
    """In the last transaction in which a card was read, a chip was not."""
    case_open: bool = False
    due_slips: list[dict[str, Json]] = field(default_factory=list)
    """Reports that did not come out of the printer; receipts that did not are entries that are not `printed`."""

    def part(self, name: str) -> Fitted:
        """The part of that name, as it stands."""
        return self.parts.get(name) or Fitted()

    def defect(self, name: str, what: str) -> dict[str, Json] | None:
        """The settings of a defect of that part, None when it does not have it."""
        return self.part(name).defects.get(what)


def ended(device: Device, what: str = "") -> list[Record]:
    """The records that end the defect `what`, or ("") every one, wherever it is."""
    found = ((part, name) for part, fitted in sorted(device.parts.items()) for name in sorted(fitted.defects))
    return [{"kind": "defect", "part": part, "what": name, "on": False} for part, name in found if what in ("", name)]


def _self_tested(device: Device, record: Record) -> None:
    device.self_tests += 1


def _defect(device: Device, record: Record) -> None:
    part = device.parts.setdefault(record["part"], Fitted())
    if record["on"]:
        part.defects[record["what"]] = {**record["settings"], SINCE_USES: part.uses}
    else:
        part.defects.pop(record["what"], None)


def _fitted(device: Device, record: Record) -> None:
    changes = device.part(record["part"]).changes + 1
    device.parts[record["part"]] = Fitted(record["id"], record["model"], record["lot"], changes=changes)
    if record["part"] == "battery":
        device.power.charge_us = FULL


def _worn(device: Device, record: Record) -> None:
    device.parts.setdefault(record["part"], Fitted()).uses += record["uses"]


def _loaded(device: Device, record: Record) -> None:
    part = device.parts.setdefault(record["part"], Fitted())
    part.loaded[record["supply"]] = part.uses


def _slip_due(device: Device, record: Record) -> None:
    device.due_slips = [*device.due_slips, dict(record["slip"])][-DUE_MAX:]


def _slip_came(device: Device, record: Record) -> None:
    del device.due_slips[:1]


def _case(device: Device, record: Record) -> None:
    device.case_open = record["open"]


def _chip_read(device: Device, record: Record) -> None:
    device.chip_failed = record["failed"]


def _tamper(device: Device, record: Record) -> None:
    device.tamper = {"at_us": record["at_us"], "cause": record["cause"]}


def _configured(device: Device, record: Record) -> None:
    device.config.update(record["values"])


def _reset(device: Device, record: Record) -> None:
    device.reset = record["cause"]


def _of_power(change: Callable[[Power, Record], None]) -> Callable[[Device, Record], None]:
    return lambda device, record: change(device.power, record)


FOLD: Mapping[str, Callable[[Device, Record], None]] = {
    **{kind: _of_power(change) for kind, change in POWER_FOLD.items()},
    "self_tested": _self_tested,
    "defect": _defect,
    "fitted": _fitted,
    "worn": _worn,
    "loaded": _loaded,
    "slip_due": _slip_due,
    "slip_came": _slip_came,
    "chip_read": _chip_read,
    "case": _case,
    "tamper": _tamper,
    "configured": _configured,
    "reset": _reset,
}
