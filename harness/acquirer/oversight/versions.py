"""Which application versions the provider still takes, and the packages that it hands out.

A terminal whose version is older than the one that is wanted hears of it by header requirement 6 in the reply to its
sign-in or activation.  A version below the minimum, or one that is known to be vulnerable, is on hold as a firmware:
the first sells nothing more, the second gets no session any more, so that it goes on until its next sign-in.  Either
may be downloaded from here (`terminals.software`).  58 for both is posrig's choice: no source gives a code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.vendor import FLAWS
from protocols.package import MODEL_LENGTH_MAX, VERSION_LENGTH_MAX, version_number
from protocols.text import Text
from protocols.unionpay.header import Requirement

from .. import holds
from ..asks import Args, Refused, Value, bad_argument, text_of
from ..books.versions import Demand
from ..replies import Outcome
from ..state import Device
from ..turn import Turn
from ..wire import Request

VERSIONS_MAX = 1_000
"""Demands, vulnerable versions and packages, each."""
TOO_OLD, VULNERABLE = "version_too_old", "vulnerable"
HOLDS = (TOO_OLD, VULNERABLE)
OUTDATED = "outdated"
"""Why an update is wanted: older than the one that is wanted, and still taken."""


# what the provider demands


def demand(turn: Turn, args: Args) -> Value:
    """`{wanted, model, minimum}`: terminals of the model (left out: all) with a version before `wanted` must update;
    with one before `minimum` they sell nothing until then.  Raises Refused."""
    wanted, model = _version(turn, args, "wanted"), _label(turn, args, "model", MODEL_LENGTH_MAX)
    minimum = _label(turn, args, "minimum", VERSION_LENGTH_MAX)
    if minimum and version_number(minimum) > version_number(wanted):
        raise bad_argument("minimum", "不能高于 wanted", "must not be newer than wanted")
    book = turn.state.versions
    _room(book.demands, model)
    before = book.demands.get(model)
    turn.record("version_demanded", model=model, wanted=wanted, minimum=minimum)
    turn.changed("version_demand", model or "all", before.wanted if before else "", wanted, minimum)
    _inspect_all(turn)
    return {"wanted": wanted, "minimum": minimum}


def mark_vulnerable(turn: Turn, args: Args) -> Value:
    """`{version, model}`: this version of the model (left out: of all) signs in no more.  Raises Refused."""
    version, model = _version(turn, args, "version"), _label(turn, args, "model", MODEL_LENGTH_MAX)
    firmware = f"{model}/{version}"
    _room(turn.state.versions.vulnerable, firmware)
    turn.record("version_vulnerable", firmware=firmware)
    turn.changed("version_vulnerable", firmware, "", "vulnerable", "")
    _inspect_all(turn)
    return {"firmware": firmware}


def publish(turn: Turn, args: Args) -> Value:
    """`{model, version, flaw}`: terminals may download this package; `flaw`: what is wrong with it (`vendor.FLAWS`).
    Raises Refused."""
    firmware = f"{_label(turn, args, 'model', MODEL_LENGTH_MAX)}/{_version(turn, args, 'version')}"
    flaw = text_of(turn, args, "flaw", "")
    if flaw and flaw not in FLAWS:
        raise bad_argument("flaw", f"可用: {', '.join(FLAWS)}", f"known: {', '.join(FLAWS)}")
    _room(turn.state.versions.published, firmware)
    turn.record("package_published", firmware=firmware, flaw=flaw)
    return {"firmware": firmware}


def _version(turn: Turn, args: Args, name: str) -> str:
    value = _label(turn, args, name, VERSION_LENGTH_MAX)
    if not version_number(value):
        raise bad_argument(name, "应为版本号，如 1.2.0", "must be a version such as 1.2.0")
    return value


def _label(turn: Turn, args: Args, name: str, most: int) -> str:
    value = text_of(turn, args, name, "")
    if len(value) > most or not value.isascii() or "/" in value:
        raise bad_argument(name, f"最多 {most} 个 ASCII 字符", f"must have at most {most} ASCII characters")
    return value


def _room(book: Mapping[str, object] | list[str], key: str) -> None:
    if key not in book and len(book) >= VERSIONS_MAX:
        raise Refused("too_many_versions", Text("版本记录过多", "too many versions"))


# what that means for a device


def why(turn: Turn, device: Device | None) -> str:
    """Why this device has to update: version_too_old, vulnerable, outdated; "" when it has not, or nobody knows its
    version."""
    if device is None or not device.version:
        return ""
    if _is_vulnerable(turn, device.model, device.version):
        return VULNERABLE
    asked, has = _demand_for(turn, device.model), version_number(device.version)
    if asked is None or has >= version_number(asked.wanted):
        return ""
    return TOO_OLD if has < version_number(asked.minimum) else OUTDATED


def offered(turn: Turn, device: Device) -> str:
    """The version that this device is to have: the one that is wanted, else the newest that is published for its model
    and not vulnerable; "" when there is none."""
    asked = _demand_for(turn, device.model)
    if asked is not None and not _is_vulnerable(turn, device.model, asked.wanted):
        return asked.wanted
    firmwares = (firmware.rpartition("/") for firmware in turn.state.versions.published)
    of_model = [version for model, _, version in firmwares if model == device.model]
    good = [version for version in of_model if not _is_vulnerable(turn, device.model, version)]
    return max(good, key=version_number, default="")


def package_for(turn: Turn, device: Device) -> tuple[str, bytes] | None:
    """Version and octets of the package that this device may download, None when there is none for it."""
    version = offered(turn, device)
    flaw = turn.state.versions.published.get(f"{device.model}/{version}")
    if flaw is None:
        return None
    return version, turn.settings.vendor.package(device.model, version, flaw=flaw)


def shown(turn: Turn, device: Device) -> Value:
    """What the status query tells of it."""
    reason = why(turn, device)
    asked = _demand_for(turn, device.model)
    return {
        "required": bool(reason),
        "why": reason,
        "wanted": offered(turn, device) if reason else "",
        "minimum": asked.minimum if asked else "",
        "last": turn.state.versions.results.get(device.sn),
    }


def _demand_for(turn: Turn, model: str) -> Demand | None:
    demands = turn.state.versions.demands
    return demands.get(model) or demands.get("")


def _is_vulnerable(turn: Turn, model: str, version: str) -> bool:
    return any(f"{name}/{version}" in turn.state.versions.vulnerable for name in (model, ""))


def inspect(turn: Turn, device: Device) -> None:
    """Put its firmware on hold, or release it, as its version says."""
    if not device.firmware:
        return
    subject, reason = f"firmware:{device.firmware}", why(turn, device)
    for one in holds.in_force(turn, (subject,)):
        if one.kind in HOLDS and one.kind != reason:
            holds.release(turn, one.case, "version")
    if reason in HOLDS:
        asked = _demand_for(turn, device.model)
        facts = {"wanted": offered(turn, device), "minimum": asked.minimum if asked else ""}
        holds.hold(turn, reason, subject, **facts)


def _inspect_all(turn: Turn) -> None:
    """One device of each firmware that is known."""
    found = {device.firmware: device for device in turn.state.devices.values()}
    for firmware in sorted(found):
        inspect(turn, found[firmware])


def adjust(turn: Turn, request: Request, outcome: Outcome) -> None:
    """The header of a sign-in's reply, and of a refusal by one of the holds, asks for the update."""
    if request.terminal is not None and (request.name == "sign_in" or outcome.cause in HOLDS):
        ask_of(turn, turn.state.devices.get(request.terminal.sn), outcome)


def ask_of(turn: Turn, device: Device | None, outcome: Outcome) -> None:
    """Have the reply ask this device for the update, if it has to make one.  That comes before all downloads that wait:
    another application may want other parameters (posrig's choice)."""
    if why(turn, device):
        outcome.requirement = Requirement.DOWNLOAD_TMS


def report(turn: Turn, args: Args) -> Value:
    """`{model} -> {versions: [{model, version, devices, stopped}]}`: how many devices run it, and how many of those
    are stopped or have to update; without `model` of all models."""
    wanted = text_of(turn, args, "model", "")
    found: dict[tuple[str, str], list[bool]] = {}
    for device in turn.state.devices.values():
        if device.firmware and device.terminal and wanted in ("", device.model):
            found.setdefault((device.model, device.version), []).append(_stopped(turn, device))
    rows = [
        {"model": model, "version": version, "devices": len(states), "stopped": sum(states)}
        for (model, version), states in sorted(found.items(), key=lambda one: (one[0][0], version_number(one[0][1])))
    ]
    return {"versions": rows}


def _stopped(turn: Turn, device: Device) -> bool:
    terminal = turn.state.terminals[device.terminal]
    return bool(why(turn, device) or holds.in_force(turn, holds.subjects_of(turn, terminal)))


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"versions": report}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "demand_version": demand,
    "mark_vulnerable": mark_vulnerable,
    "publish": publish,
}
