"""What the terminal remembers of itself as a device: parts, self-tests, tamper record, parameters, resets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...machine import Json, Record


@dataclass(slots=True)
class Fitted:
    """One part as it is built in.  `id`, `model`, `lot` "": those that the terminal was made with.

    `uses`: insertions, lines, strokes since it was fitted, what wears it.  `changes`: how often another one was built
    in at this place.  `defects`: what is wrong with it, by name
    (`defects.DEFECTS`), with the settings of each.
    """

    id: str = ""
    model: str = ""
    lot: str = ""
    uses: int = 0
    changes: int = 0
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
    case_open: bool = False

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
        part.defects[record["what"]] = dict(record["settings"])
    else:
        part.defects.pop(record["what"], None)


def _fitted(device: Device, record: Record) -> None:
    changes = device.part(record["part"]).changes + 1
    device.parts[record["part"]] = Fitted(record["id"], record["model"], record["lot"], changes=changes)


def _worn(device: Device, record: Record) -> None:
    device.parts.setdefault(record["part"], Fitted()).uses += record["uses"]


def _case(device: Device, record: Record) -> None:
    device.case_open = record["open"]


def _tamper(device: Device, record: Record) -> None:
    device.tamper = {"at_us": record["at_us"], "cause": record["cause"]}


def _configured(device: Device, record: Record) -> None:
    device.config.update(record["values"])


def _reset(device: Device, record: Record) -> None:
    device.reset = record["cause"]


FOLD: Mapping[str, Callable[[Device, Record], None]] = {
    "self_tested": _self_tested,
    "defect": _defect,
    "fitted": _fitted,
    "worn": _worn,
    "case": _case,
    "tamper": _tamper,
    "configured": _configured,
    "reset": _reset,
}
