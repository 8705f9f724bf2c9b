"""Which port the terminal is at, and whether it can be had."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocols.errors import LinkError, LocalError
from protocols.text import Text

from ..model import Check, Finding, Question, failed, passed
from ..visit import Visit

if TYPE_CHECKING:
    from harness.links.port_checks import Checked
    from harness.links.port_info import PortInfo
    from harness.links.serial_troubles import Trouble

ID = "port"
ROOT = Path("/")
TCP = "tcp:"
NOT_IN_THE_WAY = frozenset(("modem_manager",))
"""What is grave for a register that stands there day and night, and is over in seconds for a check."""
FAULT_OF: Mapping[str, str] = {
    "held": "port_held",
    "no_rights": "port_no_rights",
    "no_driver": "port_no_driver",
    "brltty": "port_no_driver",
    "taken_from_driver": "port_no_driver",
    "code_10": "port_no_driver",
    "no_port": "no_such_port",
}
"""By trouble (`links.serial_troubles`); any other one is `port_unusable`."""
WHICH = Question(
    "port.which",
    Text("终端接在哪个端口？", "Which port is the terminal at?"),
    where=Text("拔下数据线再插上，看哪个端口消失又出现", "Unplug the cable and see which port goes and comes back"),
)
LOOKS = 2
"""How often it is looked: once more after somebody has plugged the cable in."""
SOMEBODY = Text("占用者未知", "nobody knows which")

NO_USB = Text(
    "没有发现 USB 数据线；电脑自带的串口（{there}）要用 --port 指明",
    "no USB cable is seen; a port that is built into the computer ({there}) must be named with --port",
)
NO_CABLE = Text("都不是：插好数据线，再找一次", "none: plug the cable in and look again")
NOT_NEEDED = Text("-", "-")
NONE_THERE = Text("没有发现串口", "there is no serial port")
SEVERAL = Text("有 {count} 个串口", "there are {count} serial ports")
SHUT = Text("{port}：{what}", "{port}: {what}")
HELD = Text("{port} 被占用：{holder}", "{port} is held: {holder}")
TAKEN = Text("{port}", "{port}")
LOOKING = Text("正在寻找串口……", "looking for serial ports ...")
OPENING = Text("正在打开 {port}……", "opening {port} ...")
CHIP, DRIVER, NUMBER = (
    Text("芯片 {name}", "chip {name}"),
    Text("驱动 {name}", "driver {name}"),
    Text("编号 {name}", "no. {name}"),
)


def find_port(visit: Visit, root: Path = ROOT) -> Finding:
    """Choose the port and open it."""
    chosen = choose(visit, root)
    return chosen if isinstance(chosen, Finding) else open_port(visit, *chosen, root)


def choose(visit: Visit, root: Path = ROOT) -> tuple[str, PortInfo | None] | Finding:
    """The port that was named, else the only USB port, else the one that a person names.  A port that is built into the
    computer is never taken unasked: with the cable out it is all that there is."""
    named = visit.settings.port
    if named:
        return named, _info(named)
    checked: Sequence[Checked] = ()
    for _ in range(LOOKS):
        visit.tell(LOOKING)
        checked = _ports(root)
        found = _usb(visit, checked) if any(one.port.is_usb for one in checked) else _built_in(visit, checked)
        if found is not None:
            return found
    return failed(ID, "no_port", NO_USB.format(there=_names(checked)) if checked else NONE_THERE)


def _usb(visit: Visit, checked: Sequence[Checked]) -> tuple[str, PortInfo | None] | Finding:
    usb = [one for one in checked if one.port.is_usb]
    good = [one for one in usb if not _grave(one)]
    if not good:
        return _unusable(visit, usb[0])
    one = good[0] if len(good) == 1 else _chosen(visit, good)
    if one is None:
        there = "; ".join(_words(each.port).in_(visit.settings.lang) for each in good)
        return failed(ID, "several_ports", SEVERAL.format(count=len(good)), values={"there": there})
    return one.address, one.port


def _built_in(visit: Visit, checked: Sequence[Checked]) -> tuple[str, PortInfo | None] | Finding | None:
    """None: none of them is the terminal's, or nobody says so."""
    good = [one for one in checked if not _grave(one)]
    if checked and not good:
        return _unusable(visit, checked[0])
    one = _chosen(visit, good, {"none": NO_CABLE}) if good else None
    return None if one is None else (one.address, one.port)


def open_port(visit: Visit, address: str, port: PortInfo | None, root: Path = ROOT) -> Finding:
    """Open it to see that it can be had; nothing is sent."""
    from harness.bench.register import Cable, open_register
    from harness.links.holders import PTYS, pty_users
    from harness.links.serial_troubles import PortError

    visit.tell(OPENING.format(port=address))
    visit.hang_up()
    if address.startswith(TCP):
        return _dialled(visit, address)
    real = Path(address).resolve() if address.startswith("/") else Path(address)
    others = pty_users(str(real), root) if real.parent == PTYS else ()
    if others:
        return _held(visit, address, ", ".join(map(str, others)))
    try:
        open_register(Cable(address)).close()
    except PortError as error:
        return _refused(visit, address, error)
    except LinkError as error:  # a number or a place at which there is nothing, or more than one thing
        return _failed(visit, "no_such_port", address, error.what, error.cure)
    device = _device(port)
    visit.learn(port=address, cable_device=device)
    return passed(ID, TAKEN.format(port=address) if port is None else _words(port), **device)


def _dialled(visit: Visit, address: str) -> Finding:
    """A terminal that its register reaches by TCP."""
    from harness.links.reaching import reach
    from harness.terminal.texts import LINK_REASONS

    try:
        reason = reach(address.removeprefix(TCP), tls=False).reason
    except LocalError as error:
        return _failed(visit, "no_such_port", address, error.what, error.cure)
    if reason:
        what = LINK_REASONS.get(reason, LINK_REASONS["unreachable"])
        return _failed(visit, "terminal_not_reached", address.removeprefix(TCP), what, NOT_NEEDED)
    visit.learn(port=address, cable_device={})
    return passed(ID, TAKEN.format(port=address))


def _ports(root: Path) -> Sequence[Checked]:
    """Names without a circuit behind them are no ports."""
    from harness.links.holders import this_user
    from harness.links.port_checks import check_ports
    from harness.links.port_info import serial_ports

    checked = check_ports(serial_ports(root), root, this_user() if sys.platform == "linux" else None)
    return [one for one in checked if not one.port.phantom]


def _info(address: str) -> PortInfo | None:
    """What is known of a port that was named; None of a pty, a URL, TCP, or where there is none."""
    from harness.links.port_info import serial_ports
    from harness.links.ports import port_of

    if address.startswith(TCP) or "://" in address:
        return None
    try:
        name = port_of(address)
    except LinkError:
        return None
    real = str(Path(name).resolve()) if name.startswith("/") else name.upper()
    return next((port for port in serial_ports() if port.name and port.name in (name, real)), None)


def _grave(one: Checked) -> list[tuple[str, Trouble]]:
    return [(name, each) for name, each in one.troubles.items() if each.grave and name not in NOT_IN_THE_WAY]


def _chosen(visit: Visit, good: Sequence[Checked], first: Mapping[str, Text] | None = None) -> Checked | None:
    """The one that a person names, the port of the last visit first."""
    from dataclasses import replace

    last = remembered(visit, "port")
    ordered = sorted(good, key=lambda one: one.address != last)
    choices = {**(first or {}), **{one.address: _words(one.port) for one in ordered}}
    answer = visit.ask(replace(WHICH, choices=choices))
    return next((one for one in ordered if answer and one.address == answer[0]), None)


def remembered(visit: Visit, fact: str) -> str:
    """What the newest visit knew that was made to the terminal which is expected here; "" where none is, or none
    knew."""
    sn = str(visit.facts.get("sn") or visit.settings.sn)
    told_then = (one.get("facts", {}) for one in (visit.earlier_of(sn) if sn else ()))
    return next((str(one[fact]) for one in told_then if one.get(fact)), "")


def _unusable(visit: Visit, one: Checked) -> Finding:
    """What is wrong with it."""
    name, trouble = _grave(one)[0]
    address = one.address or one.port.place
    if name == "held":
        return _held(visit, address, ", ".join(map(str, one.holders)))
    return _failed(visit, FAULT_OF.get(name, "port_unusable"), address, trouble.what, trouble.cure)


def _refused(visit: Visit, address: str, error: Any) -> Finding:
    from harness.links.serial_troubles import TROUBLES

    if error.trouble == "held":
        return _held(visit, address, ", ".join(map(str, error.holders)))
    known = TROUBLES.get(error.trouble)  # what the system said besides is for whoever knows systems
    what = error.what if known is None else known.what
    return _failed(visit, FAULT_OF.get(error.trouble, "port_unusable"), address, what, error.cure)


def _held(visit: Visit, address: str, holder: str) -> Finding:
    told = Text(holder, holder) if holder else SOMEBODY
    found = Text(HELD.zh.format(port=address, holder=told.zh), HELD.en.format(port=address, holder=told.en))
    return failed(ID, "port_held", found, values={"port": address, "holder": told.in_(visit.settings.lang)})


def _failed(visit: Visit, fault: str, address: str, what: Text, cure: Text) -> Finding:
    lang = visit.settings.lang
    found = Text(SHUT.zh.format(port=address, what=what.zh), SHUT.en.format(port=address, what=what.en))
    values = {"port": address, "what": what.in_(lang), "cure": cure.in_(lang), "there": _there(visit)}
    return failed(ID, fault, found, values=values)


def _there(visit: Visit) -> str:
    """The ports that there are, for whoever wrote a wrong name."""
    return _names(_ports(ROOT))


def _names(some: Sequence[Checked]) -> str:
    return ", ".join(one.port.name or one.port.place for one in some) or "-"


def _words(port: PortInfo) -> Text:
    """`COM5, chip CH340, driver ch341, no. 1234`."""
    told = [(CHIP, port.chip), (DRIVER, port.driver), (NUMBER, port.serial_number)]
    known = [(form, value) for form, value in told if value]
    more = [port.product] if port.product and not port.chip else []
    zh = [port.name, *more, *(form.zh.format(name=value) for form, value in known)]
    return Text("，".join(zh), ", ".join([port.name, *more, *(form.en.format(name=value) for form, value in known)]))


def _device(port: PortInfo | None) -> dict[str, str]:
    """The fact `cable_device`."""
    if port is None:
        return {}
    kind = "" if port.vid is None or port.pid is None else f"{port.vid:04X}:{port.pid:04X}"
    known = {
        "name": port.name, "chip": port.chip, "driver": port.driver, "number": port.serial_number,
        "place": port.place, "usb": kind, "product": port.product,
    }  # fmt: skip
    return {name: value for name, value in known.items() if value}


PORT = Check(
    ID,
    "bench",
    Text("串口", "port"),
    Text(
        "找到终端所接的端口，看驱动、权限，以及是否被别的程序占用",
        "finds the terminal's port, its driver, whether it may be used, and who has it",
    ),
    find_port,
    questions=(WHICH,),
)
