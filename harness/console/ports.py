"""`posrig ports`: the serial ports of this computer, what each is, who has it and what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.text import Lang, Text

from .failing import NOT_AS_IT_MUST_BE, OK
from .language import current_lang, in_system_lang
from .options import lang_option
from .shape import command

if TYPE_CHECKING:
    from ..links.port_checks import Checked

NONE = Text("没有串口", "There is no serial port")
NONE_CURE = Text(
    "检查：线缆是否带数据线（不只供电），lsusb 是否列出设备，dmesg | tail 说了什么；"
    "在虚拟机或容器里，把 USB 设备交给它。伪终端（/dev/pts）不在此列",
    "Check that the cable has data wires and does not only charge, that lsusb lists the device, and what "
    "dmesg | tail says; a virtual machine or a container must be given the USB device. Pseudo-terminals (/dev/pts) are "
    "not listed",
)
HIDDEN = Text(
    "另有 {count} 个没有电路的名字，--all 列出", "{count} more names have no circuit behind them; --all lists them"
)
NO_PORT = Text("（没有端口）", "(no port)")
FINE = Text("可用", "fine")
NAMES = {
    "use": Text("用法", "use as"),
    "chip": Text("芯片", "chip"),
    "driver": Text("驱动", "driver"),
    "number": Text("序列号", "serial number"),
    "place": Text("位置", "place"),
    "holder": Text("占用者", "held by"),
    "by_id": Text("固定名", "stable name"),
}
GRAVE, HINT = Text("问题", "wrong"), Text("提示", "note")
CURE = Text("办法", "cure")


@command(
    "ports",
    "列出本机串口：端口名、芯片、驱动、序列号、位置、占用者，以及每个端口的问题和办法。不打开任何端口，也不发送任何数据。\n\n"
    "“用法”一行的名字插拔之后仍指同一设备，可用于 --serial 等选项。\n\n"
    "退出码：0 列出的端口都可用，1 有端口有问题，或一个端口也没有，2 用法错误。",
    "List the serial ports of this computer: name, chip, driver, serial number, place, who has it, and what is wrong "
    "with each and the cure. No port is opened and nothing is sent.\n\n"
    "What stands at `use as` still means the same device after plugging; --serial and its like take it.\n\n"
    "Exit status: 0 all ports listed can be used, 1 one has a fault, or there is none at all, 2 usage.",
    ("posrig ports", "posrig ports --all", "posrig ports --json", "posrig terminal --serial usb:A50285BI"),
)
@click.option(
    "--all",
    "with_phantoms",
    is_flag=True,
    help=in_system_lang("也列出没有电路的名字（ttyS1 等）", "also names without a circuit behind them (ttyS1 ...)"),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def ports_command(with_phantoms: bool, as_json: bool) -> int:
    return show_ports(Path("/"), with_phantoms, as_json)


def show_ports(root: Path, with_phantoms: bool, as_json: bool) -> int:
    """Print the ports that stand under `root`; returns the exit status."""
    from ..links.holders import this_user
    from ..links.port_checks import check_ports
    from ..links.port_info import serial_ports

    checked = check_ports(serial_ports(root), root, this_user() if sys.platform == "linux" else None)
    shown = [one for one in checked if with_phantoms or not one.port.phantom]
    if as_json:
        click.echo(json.dumps([_row(one) for one in shown], ensure_ascii=False, indent=2))
    else:
        click.echo(_page(shown, len(checked) - len(shown), current_lang()))
    usable = [one for one in shown if not one.port.phantom]
    return OK if usable and all(one.is_fine for one in usable) else NOT_AS_IT_MUST_BE


def _row(one: Checked) -> dict[str, Any]:
    port = one.port
    return {
        "name": port.name or None,
        "address": one.address or None,
        "vid": None if port.vid is None else f"{port.vid:04X}",
        "pid": None if port.pid is None else f"{port.pid:04X}",
        "chip": port.chip or None,
        "driver": port.driver or None,
        "serial_number": port.serial_number or None,
        "place": port.place or None,
        "interface": port.interface or None,
        "product": port.product or None,
        "by_id": port.by_id or None,
        "by_path": port.by_path or None,
        "latency_ms": port.latency_ms,
        "holders": [{"pid": holder.pid, "name": holder.name} for holder in one.holders],
        "troubles": [
            {
                "id": name,
                "grave": trouble.grave,
                "what": {"zh": trouble.what.zh, "en": trouble.what.en},
                "cure": {"zh": trouble.cure.zh, "en": trouble.cure.en},
            }
            for name, trouble in one.troubles.items()
        ],
    }


def _page(shown: Sequence[Checked], hidden: int, lang: Lang) -> str:
    lines: list[str] = []
    for one in shown:
        lines += _lines(one, lang)
    if not shown:
        lines += [NONE.in_(lang), NONE_CURE.in_(lang)]
    if hidden:
        lines.append(HIDDEN.format(count=hidden).in_(lang))
    return "\n".join(lines)


def _lines(one: Checked, lang: Lang) -> list[str]:
    port = one.port
    ids = "" if port.vid is None else f"{port.vid:04X}:{port.pid:04X}"
    told = {
        "use": one.address,
        "chip": " ".join(filter(None, (port.chip, ids, port.product))),
        "driver": port.driver,
        "number": port.serial_number,
        "place": port.place,
        "by_id": port.by_id,
        "holder": ", ".join(map(str, one.holders)),
    }
    colon, head = ("：", port.name or NO_PORT.zh) if lang == "zh" else (": ", port.name or NO_PORT.en)
    lines = [f"{head}  {FINE.in_(lang)}" if one.is_fine else head]
    lines += [f"  {NAMES[name].in_(lang)}{colon}{value}" for name, value in told.items() if value]
    for trouble in one.troubles.values():
        sort = (GRAVE if trouble.grave else HINT).in_(lang)
        lines += [f"  {sort}{colon}{trouble.what.in_(lang)}", f"    {CURE.in_(lang)}{colon}{trouble.cure.in_(lang)}"]
    return lines
