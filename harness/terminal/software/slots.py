"""Two slots for applications: one runs, into the other an update is written octet by octet.

Nothing that happens to the standby slot touches the one that runs, so that the terminal starts from the old version
until the new one is whole, checked, and has been started once.  Two slots with a trial and a way back are what Android
and U-Boot document for updates (A/B); names and figures are posrig's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...machine import Json, Record

SLOTS = ("A", "B")
UPDATE, ROLL_BACK = ARMED = ("update", "roll_back")
"""Why somebody had the other slot started."""
TRIAL_STARTS_MAX = 3
"""Starts of a new version that nothing confirmed; the next one is of the old version again (posrig's choice)."""


@dataclass(slots=True)
class Slot:
    """`state`: empty, writing, verified (may run), bad (was refused, or did not start).

    `version` "": the one that the terminal was made with; of an image that is being written, the one that was offered.
    `dialect`: what the application speaks, "" for that of the terminal's settings; `minimum`: the oldest version that
    may take its place.  `length`: octets of the whole package, `image` those that are there, hex, kept until they were
    checked.  `identity`: which package, so that an interrupted one can go on.  `starts`: the application comes up.
    """

    state: str = "empty"
    version: str = ""
    dialect: str = ""
    minimum: str = ""
    length: int = 0
    image: str = ""
    identity: str = ""
    starts: bool = True

    @property
    def written(self) -> int:
        """Octets of the package that are in the slot."""
        return len(self.image) // 2 if self.state == "writing" else self.length

    @property
    def is_whole(self) -> bool:
        """Every octet of an image is there, and nobody has checked it yet."""
        return self.state == "writing" and self.written == self.length


@dataclass(slots=True)
class Software:
    """`running`: the slot that the terminal starts from.  `armed`: why the next start is of the other one
    (update, roll_back), "" when it is not.

    `trial`: the running version was not confirmed yet; `trial_starts`: how often it was started so far.
    `last`: the last update, `{version, result, at_us}`, None when there was none; result "installed", or the cause why
    not.
    """

    running: str = SLOTS[0]
    slots: dict[str, Slot] = field(default_factory=lambda: {"A": Slot("verified"), "B": Slot()})
    armed: str = ""
    trial: bool = False
    trial_starts: int = 0
    last: dict[str, Json] | None = None

    @property
    def other(self) -> str:
        """The name of the standby slot."""
        return SLOTS[1 - SLOTS.index(self.running)]

    @property
    def active(self) -> Slot:
        """The slot that runs."""
        return self.slots[self.running]

    @property
    def standby(self) -> Slot:
        """The slot that an update is written into; before that it holds the version that ran before."""
        return self.slots[self.other]


def _begin(software: Software, record: Record) -> None:
    slot = Slot("writing", record["version"], length=record["length"], identity=record["identity"])
    software.slots[software.other] = slot
    software.armed = ""


def _block(software: Software, record: Record) -> None:
    software.standby.image += record["octets"]


def _checked(software: Software, record: Record) -> None:
    slot = software.standby
    slot.state, slot.image = record["state"], ""
    slot.version, slot.dialect, slot.minimum = record["version"], record["dialect"], record["minimum"]
    slot.starts = record["starts"]


def _armed(software: Software, record: Record) -> None:
    software.armed = record["why"]


def _switched(software: Software, record: Record) -> None:
    """Only a new version is on trial: the one before was confirmed when it came."""
    software.trial, software.trial_starts = software.armed == UPDATE, 0
    software.running, software.armed = software.other, ""


def _started(software: Software, record: Record) -> None:
    software.trial_starts += 1


def _confirmed(software: Software, record: Record) -> None:
    software.trial = False


def _rolled_back(software: Software, record: Record) -> None:
    """The version that failed stays where it is, and is not started again."""
    software.active.state = "bad"
    software.running = software.other
    software.armed, software.trial = "", False


def _ended(software: Software, record: Record) -> None:
    software.last = dict(record["update"])


FOLD: Mapping[str, Callable[[Software, Record], None]] = {
    "slot_begin": _begin,
    "slot_block": _block,
    "slot_checked": _checked,
    "slot_armed": _armed,
    "slot_switched": _switched,
    "slot_started": _started,
    "slot_confirmed": _confirmed,
    "slot_rolled_back": _rolled_back,
    "update_ended": _ended,
}
