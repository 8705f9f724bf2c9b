"""What goes wrong with serial ports, told by the texts that operating systems and libraries have for it.

`TROUBLES`: what it is and what to do about it, by an id.  `SIGNS`: patterns over the text of an exception, the first
that is found counts.  The texts are those of pyserial 3.5 on Linux, macOS and Windows, of serialx, of termios and of
the kernel; pyserial reports one and the same thing as `SerialException`, as `OSError` or as `termios.error`, so the
text decides and not the class.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.errors import LinkError
from protocols.text import Text

from .holders import MODEM_MANAGER, Holder


@dataclass(frozen=True, slots=True)
class Trouble:
    """`grave`: the port cannot be used, or not safely; else it is worth knowing."""

    what: Text
    cure: Text
    grave: bool = True


TROUBLES: Mapping[str, Trouble] = {
    "held": Trouble(
        Text("串口正被另一个程序占用", "another program has the port"),
        Text(
            "请先关闭占用该端口的程序；posrig ports 会列出它",
            "Close the program that holds the port; posrig ports names it",
        ),
    ),
    "no_rights": Trouble(
        Text("没有读写该串口的权限", "you may not use the port"),
        Text(
            "把用户加入 {group} 组后重新登录：sudo usermod -aG {group} $USER",
            "Add your user to the group {group}, then log in again: sudo usermod -aG {group} $USER",
        ),
    ),
    "no_port": Trouble(
        Text("没有这个串口", "there is no such port"),
        Text(
            "请检查接线与端口名；posrig ports 列出现有端口，usb:序列号 不随插拔改变（/dev/serial/by-id）",
            "Check cable and name; posrig ports lists those that there are, and usb:NUMBER stays whatever is plugged "
            "where (/dev/serial/by-id)",
        ),
    ),
    "gone": Trouble(
        Text("串口设备已拔出，或有两个程序在读同一端口", "the device was unplugged, or two programs read one port"),
        Text(
            "插回设备后重新打开端口（拔出后旧句柄不再可用，is_open 仍为真也不算数）；若设备还在，请关闭另一个程序",
            "Plug it in and open the port anew: the old handle stays dead, although is_open stays true; if it is in, "
            "close the other program",
        ),
    ),
    "no_modem_lines": Trouble(
        Text(
            "这个端口没有 DTR、RTS、CTS 等控制线（例如伪终端）",
            "this port has no modem lines (a pseudo-terminal has none)",
        ),
        Text(
            "不要设置或读取控制线；需要时用真实串口或 tty0tty",
            "Leave them alone; where they matter take a real port, or tty0tty",
        ),
    ),
    "seven_bits": Trouble(
        Text(
            "这个端口不支持该字符格式（伪终端只有 8 位）",
            "this port cannot have that format (a pseudo-terminal has 8 bits only)",
        ),
        Text(
            "伪终端请用 8N1；要试 7E1，请在对端用 --cable 9600-7E1 仿真线路",
            "Take 8N1 on a pseudo-terminal; to try 7E1 have the other end emulate the line with --cable 9600-7E1",
        ),
    ),
    "low_latency": Trouble(
        Text("这个端口不能设为低延迟", "this port has no low-latency mode"),
        Text(
            "不用理会；只有 FTDI 等芯片才有延迟计时器", "Leave it: only FTDI chips and few others have a latency timer"
        ),
        grave=False,
    ),
    "latency": Trouble(
        Text(
            "FTDI 延迟计时器为 {ms} 毫秒：每次短应答都要多等",
            "FTDI's latency timer is {ms} ms: every short answer waits for it",
        ),
        Text(
            "posrig 打开端口时会请求低延迟；手动：echo 1 | sudo tee /sys/bus/usb-serial/devices/{tty}/latency_timer",
            "posrig asks for low latency when it opens the port; by hand: "
            "echo 1 | sudo tee /sys/bus/usb-serial/devices/{tty}/latency_timer",
        ),
        grave=False,
    ),
    "write_timeout": Trouble(
        Text("对端不取数据，写超时", "nobody takes what is written"),
        Text(
            "检查对端是否在读；开了硬件流控（rtscts）而线缆只有三根线时也会如此",
            "See whether the other end reads; hardware flow control (rtscts) on a cable of three wires does it, too",
        ),
    ),
    "rfc2217_control": Trouble(
        Text("远端串口服务器不确认控制线设置（RFC 2217）", "the port server does not confirm modem lines (RFC 2217)"),
        Text("在地址后加 ?ign_set_control&timeout=3", "Add ?ign_set_control&timeout=3 to the address"),
    ),
    "rfc2217_modem_state": Trouble(
        Text("远端串口服务器不报告控制线状态（RFC 2217）", "the port server does not tell modem lines (RFC 2217)"),
        Text("不要读取 CTS、DSR、DCD", "Do not read CTS, DSR and DCD there"),
    ),
    "no_rfc2217": Trouble(
        Text("对端不支持 RFC 2217", "the other end speaks no RFC 2217"),
        Text("纯 TCP 服务请改用 socket://主机:端口", "For a plain TCP service take socket://HOST:PORT"),
    ),
    "no_server": Trouble(
        Text("串口服务器没有应答", "no port server answers there"),
        Text("检查主机与端口，ser2net 是否在运行", "Check host and port, and that ser2net runs"),
    ),
    "code_10": Trouble(
        Text(
            "Windows 驱动拒绝这块芯片（代码 10）：旧版或仿冒的 PL2303",
            "the Windows driver refuses the chip (code 10): an old PL2303, or a clone",
        ),
        Text(
            "安装支持该芯片的旧版驱动，或换用 CP210x、FTDI；Linux 可直接使用",
            "Install the older driver that takes it, or use a CP210x or FTDI adapter; Linux takes it as it is",
        ),
    ),
    "brltty": Trouble(
        Text(
            "盲文程序 brltty 抢走了转换器（CH340、CP210x），因此没有串口",
            "brltty, for braille displays, has taken the adapter (CH340, CP210x), so there is no port",
        ),
        Text(
            "卸载 brltty（sudo apt remove brltty）或升级到 6.5 以上，再重新插拔",
            "Remove it (sudo apt remove brltty) or take 6.5 or later, then plug the adapter in again",
        ),
    ),
    "modem_manager": Trouble(
        Text(
            "ModemManager 会在插入后 10 到 20 秒内向该端口发送 AT 命令",
            "ModemManager sends AT commands to this port for 10 to 20 s after it is plugged in",
        ),
        Text(
            'udev 规则 ATTRS{{idVendor}}=="{vid}", ENV{{ID_MM_DEVICE_IGNORE}}="1"（其 strict 策略不看它），'
            "或 sudo systemctl stop ModemManager",
            'Add the udev rule ATTRS{{idVendor}}=="{vid}", ENV{{ID_MM_DEVICE_IGNORE}}="1" (its strict policy does not '
            "look at it), or sudo systemctl stop ModemManager",
        ),
    ),
    "taken_from_driver": Trouble(
        Text(
            "有程序绕过驱动占用了转换器，因此没有串口",
            "a program has taken the adapter from its driver, so there is no port",
        ),
        Text(
            "结束该程序（虚拟机、usbip 等），再重新插拔",
            "End it (a virtual machine, usbip ...), then plug the adapter in again",
        ),
    ),
    "no_driver": Trouble(
        Text("转换器已插入，但没有驱动接管", "the adapter is plugged in, and no driver has taken it"),
        Text(
            "sudo modprobe {driver}；容器里请把设备交给容器",
            "sudo modprobe {driver}; in a container hand the device over to it",
        ),
    ),
    "no_node": Trouble(
        Text("内核有这个串口，但没有设备文件", "the kernel has this port, and there is no file for it"),
        Text("容器请加 --device {name}；否则检查 udev", "In a container add --device {name}; else look at udev"),
    ),
    "no_number": Trouble(
        Text(
            "转换器没有序列号：两个相同的无法按编号区分", "the adapter has no serial number: two of a kind look alike"
        ),
        Text("按位置指定：{address}", "Name it by its place: {address}"),
        grave=False,
    ),
    "no_terminal": Trouble(
        Text("这不是串口", "this is no serial port"),
        Text(
            "请给出串口设备；posrig ports 列出现有端口", "Name a serial device; posrig ports lists those that there are"
        ),
    ),
    "phantom": Trouble(
        Text("这个名字后面没有串口电路", "there is no circuit behind this name"),
        Text(
            "主板没有这个串口；posrig ports 列出现有端口",
            "The board has no such port; posrig ports lists those there are",
        ),
    ),
    "bad_rate": Trouble(
        Text(
            "端口不接受这组参数（速率、位数、校验、停止位）",
            "the port does not take these settings (rate, bits, parity, stop bits)",
        ),
        Text("先试 9600-8N1，或芯片支持的速率", "Try 9600-8N1, or a rate that the chip has"),
    ),
    "bad_address": Trouble(
        Text("地址的写法 pyserial 不认识", "pyserial does not know this kind of address"),
        Text(
            "可用：端口名、usb:序列号、place:1-2.3、hwgrep://、rfc2217://、socket://、loop://",
            "There are: a port's name, usb:NUMBER, place:1-2.3, hwgrep://, rfc2217://, socket://, loop://",
        ),
    ),
}

UNKNOWN = Trouble(
    Text("串口出错", "the port failed"),
    Text(
        "请检查接线与端口名；posrig ports 列出现有端口",
        "Check cable and name; posrig ports lists the ports that there are",
    ),
)

SIGNS: tuple[tuple[str, str], ...] = (
    (r"configure port: \(5,|Errno 6\] No such device or address", "phantom"),
    (r"exclusively lock|\[Errno 16\]|[Rr]esource busy|[Rr]esource temporarily unavailable", "held"),
    # Windows tells it in the user's language; what stays is its number at the end (winerror.h).
    (r"(could not open|Cannot configure) port.*\(.*, None, 31\)", "code_10"),  # ERROR_GEN_FAILURE
    (r"could not open port.*PermissionError\(13, .*, None, (5|32)\)", "held"),  # ACCESS_DENIED, SHARING_VIOLATION
    (r"could not open port.*\(.*, None, (433|1167)\)", "gone"),  # NO_SUCH_DEVICE, DEVICE_NOT_CONNECTED
    (r"ClearCommError failed|WriteFile failed|ReadFile failed|GetOverlappedResult failed", "gone"),
    (r"readiness to read but returned no data|[Dd]evice disconnected|socket disconnected|reader thread died", "gone"),
    (r"Errno 5\]|\(5, 'Input/output error'|Errno 6\]|Device not configured|Errno 19\]|No such device\b", "gone"),
    (r"claimed by \w+ while 'brltty'", "brltty"),
    (r"cannot start.*\(?Code 10\)?", "code_10"),
    (r"Errno 13\]|Permission denied", "no_rights"),
    (r"option 'control'", "rfc2217_control"),
    (r"NOTIFY_MODEMSTATE", "rfc2217_modem_state"),
    (r"not seem to support RFC2217", "no_rfc2217"),
    (r"WinError 100(60|61|65)\]|Errno 11001\]", "no_server"),
    (r"Errno 111\]|Errno 61\]|Connection refused|Name or service not known|No route to host", "no_server"),
    (r"Errno 2\]|FileNotFoundError\(2", "no_port"),
    (r"ASYNC_LOW_LATENCY", "low_latency"),
    (r"Write timeout", "write_timeout"),
    (r"configure port.*Inappropriate ioctl|Not a typewriter|Errno 21\]", "no_terminal"),
    (r"Errno 25\]|Inappropriate ioctl", "no_modem_lines"),
    (r"\(22, 'Invalid argument'\)|Errno 22\]", "seven_bits"),
    (r"Cannot configure port|baud ?rate|Remote does not accept parameter|rejected value", "bad_rate"),
    (r"protocol '.*' not known|unknown option|expected a string in the form|not in range 0\.\.\.65535", "bad_address"),
)

CANNOT_OPEN = Text("无法打开串口 {address}：{what}（{why}）", "cannot open serial port {address}: {what} ({why})")
FAILED = Text("串口 {address} 出错：{what}（{why}）", "serial port {address} failed: {what} ({why})")
GROUP = "dialout"
"""The group that owns serial ports on Debian and its kin; Arch has uucp."""


class PortError(LinkError):
    """`trouble`: which of `TROUBLES` it is, "" for one that is not known; `holders`: who has the port."""

    def __init__(self, what: Text, cure: Text, trouble: str = "", holders: Sequence[Holder] = ()) -> None:
        super().__init__(what, cure)
        self.trouble = trouble
        self.holders: tuple[Holder, ...] = tuple(holders)


def trouble_id(text: str) -> str:
    """Which trouble the text of an exception tells of, "" for one that is not known."""
    return next((name for pattern, name in SIGNS if re.search(pattern, text)), "")


def explain(
    error: Exception, address: str, *, opening: bool, group: str = "", holders: Sequence[Holder] = ()
) -> PortError:
    """The error as ours, with the way out.  `group`: the one that owns the port; `holders`: who has it."""
    why = str(error) or type(error).__name__
    name = trouble_id(why)
    trouble = TROUBLES.get(name, UNKNOWN)
    what, cure = trouble.what, trouble.cure.format(group=group or GROUP)
    if holders:
        names = ", ".join(map(str, holders))
        what = Text(f"{what.zh}：{names}", f"{what.en}: {names}")
    if MODEM_MANAGER in [holder.name for holder in holders]:
        cure = TROUBLES["modem_manager"].cure.format(vid="....")
    form = CANNOT_OPEN if opening else FAILED
    told = Text(
        form.zh.format(address=address, what=what.zh, why=why), form.en.format(address=address, what=what.en, why=why)
    )
    return PortError(told, cure, name, holders)
