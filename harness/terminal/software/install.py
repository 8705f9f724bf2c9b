"""Writing an image into the standby slot, checking it, starting from it, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.errors import DecodeError
from protocols.package import Package, parse_package, version_number
from protocols.text import Text

from ...machine import Json, Record
from ..hardware import processor
from ..hardware.defect import Defect
from ..hardware.processor import Interruption
from ..texts import ROLLED_BACK, VERSION_NOW
from .slots import ARMED, TRIAL_STARTS_MAX, UPDATE, Slot

if TYPE_CHECKING:
    from ..desk import Desk

STARTS = b"\x00"
"""First octet of the payload of an application that comes up (posrig's choice, it stands for the code in it)."""
PACKAGE_CAUSES = (
    "package_truncated",
    "package_damaged",
    "package_signature",
    "package_model",
    "package_version",
)
"""Why an image is refused, in the order in which it is asked."""
REQUIREMENT = 6
"""Header requirement that asks for another application."""
SERVED: Record = {"kind": "requirement_served", "code": REQUIREMENT}
RESULT_CODES = {"": "00"} | {cause: f"{number:02d}" for number, cause in enumerate(PACKAGE_CAUSES, 1)}
"""What the host is told of it (`protocols.unionpay.software.RESULTS`)."""

POWER_CUT = "power_cut_at_byte"
DEFECTS = {
    POWER_CUT: Defect(
        "storage",
        Text("写入升级包第 byte 字节时断电", "The power fails while octet `byte` of an update is written"),
        self_test=False,
        settings={"byte": None},
    )
}


def begin(desk: Desk, version: str, length: int, identity: str) -> None:
    """Have the standby slot ready for this package: what is there of it stays, anything else goes."""
    slot = desk.state.software.standby
    if (slot.state, slot.identity, slot.length) != ("writing", identity, length):
        desk.save({"kind": "slot_begin", "version": version, "length": length, "identity": identity})


def write(desk: Desk, octets: bytes) -> None:
    """Append octets to the standby slot.  Raises Interruption when the power fails among them; what was written by then
    is there."""
    written = desk.state.software.standby.written
    cut = desk.state.device.defect(DEFECTS[POWER_CUT].part, POWER_CUT)
    at = None if cut is None or not isinstance(cut["byte"], int) else cut["byte"] - written
    if at is None or not 0 <= at < len(octets):
        desk.save(_block(octets))
        return
    over: Record = {"kind": "defect", "part": DEFECTS[POWER_CUT].part, "what": POWER_CUT, "on": False}
    desk.save(_block(octets[:at]), over)
    raise Interruption(processor.POWER_CUT, "writing")


def _block(octets: bytes) -> Record:
    return {"kind": "slot_block", "octets": octets.hex()}


def check(desk: Desk) -> str:
    """Whether the image may run, once it is whole: "" and the next start is of it, else why not and it is bad.

    One Persist makes all of it durable: what the host asked for is done when the next start will be of the new version,
    and not before.
    """
    slot = desk.state.software.standby
    offered = slot.version
    try:
        package: Package | None = parse_package(bytes.fromhex(slot.image))
    except DecodeError:
        package = None
    cause = "package_truncated" if package is None else _wrong(desk, package)
    if package is None or cause:
        bad = {"state": "bad", "version": offered, "dialect": "", "minimum": "", "starts": False}
        desk.save({"kind": "slot_checked", **bad}, ended(desk, offered, cause))
        return cause
    good = {"state": "verified", "version": package.version, "minimum": package.minimum}
    good["dialect"] = package.dialect or desk.state.software.active.dialect
    checked = {"kind": "slot_checked", **good, "starts": package.payload[:1] == STARTS}
    installed = [{"kind": "slot_armed", "why": UPDATE}, SERVED, ended(desk, package.version, "to_be_confirmed")]
    desk.save(checked, *installed, *processor.reinstalled(desk))
    return ""


def _wrong(desk: Desk, package: Package) -> str:
    """Length and form are right by now.  The digest is looked at before the signature that covers it: what arrived
    damaged is no forgery."""
    if not package.is_whole:
        return "package_damaged"
    if not package.is_signed_by(desk.settings.vendor_key):
        return "package_signature"
    if package.model != desk.profile.model:
        return "package_model"
    if package.dialect and package.dialect not in desk.settings.dialects:
        return "package_version"
    running = desk.state.software.active
    too_old = version_number(desk.version) < version_number(package.minimum)
    barred = version_number(package.version) < version_number(running.minimum)
    return "package_version" if too_old or barred else ""


def boot(desk: Desk) -> None:
    """What the start does about versions, before anything else runs."""
    software = desk.state.software
    if software.armed:
        before, why = desk.version, software.armed
        desk.save({"kind": "slot_switched"})
        _changed(desk, before, why)
    if not software.trial:
        return
    if not software.active.starts:
        roll_back(desk, "start_failed")
    elif software.trial_starts >= TRIAL_STARTS_MAX:
        roll_back(desk, "not_confirmed")
    else:
        desk.save({"kind": "slot_started"})


def roll_back(desk: Desk, why: str) -> None:
    """The version that ran before runs again.  `why`: start_failed, not_confirmed."""
    before = desk.version
    desk.save({"kind": "slot_rolled_back"}, ended(desk, before, why))
    _changed(desk, before, why)


def confirm(desk: Desk) -> None:
    """The running version has shown that it works: there is no way back by itself any more."""
    if desk.state.software.trial:
        desk.save({"kind": "slot_confirmed"}, ended(desk, desk.version, "installed"))


def ended(desk: Desk, version: str, result: str) -> Record:
    """The record of how an update ended."""
    update: dict[str, Json] = {"version": version, "result": result, "at_us": desk.now}
    return {"kind": "update_ended", "update": update}


def _changed(desk: Desk, before: str, why: str) -> None:
    told: dict[str, Json] = {"from": before, "to": desk.version, "slot": desk.state.software.running, "why": why}
    desk.note("version", told, shown=True)
    desk.show((VERSION_NOW if why in ARMED else ROLLED_BACK).format(version=desk.version))


def shown(desk: Desk) -> dict[str, Json]:
    """What the terminal's status tells of its software."""
    software = desk.state.software
    return {
        "running": software.running,
        "confirmed": not software.trial,
        "slots": {name: _slot(desk, name, slot) for name, slot in software.slots.items()},
        "last_update": software.last,
    }


def _slot(desk: Desk, name: str, slot: Slot) -> dict[str, Json]:
    made_with = desk.settings.application_version if slot.state == "verified" else ""
    return {
        "version": slot.version or made_with,
        "state": slot.state,
        "written": slot.written,
        "length": slot.length,
    }
