"""What is wrong with the technician's computer, and between it and the terminal."""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

COMPUTER = (
    Fault(
        "computer_clock",
        Text("电脑的日期不对：{date}", "this computer has a wrong date: {date}"),
        "technician",
        False,
        Text(
            "把电脑的日期和时间调准，再做一次检查",
            "Set the date and time of the computer right and run the check again",
        ),
        blame="bench",
    ),
    Fault(
        "computer_disk",
        Text("记录无法保存在这台电脑上：{what}", "this computer cannot keep the record: {what}"),
        "technician",
        False,
        Text(
            "清理磁盘，或用 --data 另选一个能写入的文件夹",
            "Free some space on the disk, or choose a folder that can be written with --data",
        ),
        blame="bench",
    ),
)

PORT = (
    Fault(
        "no_port",
        Text("电脑没有发现终端的串口", "this computer sees no port with a terminal"),
        "technician",
        True,
        Text(
            "把数据线两端插紧，换一个 USB 口，或换一根能传数据的线（只充电的线不行）；Windows "
            "请看“设备管理器”里有没有带感叹号的设备，有就安装驱动；终端接网线的，用 --port tcp:地址:端口",
            "Plug both ends of the cable in firmly, try another USB socket, or another cable (one that only charges "
            "will not do); on Windows look for a device with an exclamation mark in the Device Manager and install its "
            "driver; a terminal on the network: --port tcp:ADDRESS:PORT",
        ),
        blame="bench",
        ends=True,
    ),
    Fault(
        "no_such_port",
        Text("这台电脑没有端口 {port}", "this computer has no port {port}"),
        "technician",
        True,
        Text(
            "检查数据线是否插好、端口名是否写对；现有端口：{there}。不写 --port 就自动寻找",
            "See that the cable is in and the name is right; there are: {there}. Without --port it is looked for",
        ),
        blame="bench",
        ends=True,
    ),
    Fault(
        "several_ports",
        Text("有几个端口，不知道终端接在哪一个：{there}", "there are several ports, and nobody says which: {there}"),
        "technician",
        True,
        Text("用 --port 指明终端所接的端口", "Name the terminal's port with --port"),
        blame="bench",
        ends=True,
    ),
    Fault(
        "port_held",
        Text("端口 {port} 正被另一个程序占用：{holder}", "another program has the port {port}: {holder}"),
        "technician",
        True,
        Text(
            "关闭占用端口的程序（收银软件、串口调试工具、另一个 bench-check），再做一次检查；不知道是哪个就重启电脑",
            "Close the program that has it (the till's software, a serial monitor, another bench-check) and run the "
            "check again; if you do not know which, restart the computer",
        ),
        blame="bench",
        ends=True,
    ),
    Fault(
        "port_no_rights",
        Text("没有使用端口 {port} 的权限", "you may not use the port {port}"),
        "technician",
        False,
        Text("{cure}", "{cure}"),
        blame="bench",
        ends=True,
    ),
    Fault(
        "port_no_driver",
        Text("转换线插上了，但驱动不正常：{what}", "the adapter is plugged in, but its driver does not work: {what}"),
        "technician",
        False,
        Text("{cure}", "{cure}"),
        blame="bench",
        ends=True,
    ),
    Fault(
        "port_unusable",
        Text("端口打不开：{what}", "the port does not open: {what}"),
        "technician",
        True,
        Text("{cure}", "{cure}"),
        blame="bench",
        ends=True,
    ),
    Fault(
        "terminal_not_reached",
        Text("连不上终端的网络地址 {port}：{what}", "the terminal at {port} cannot be reached: {what}"),
        "technician",
        True,
        Text(
            "检查终端是否开机、与电脑是否在同一网络、地址和端口是否写对、终端是否设为用网络连接收银机",
            "See that the terminal is on and in the same network as this computer, and that address and port are "
            "right; its menu must be set to reach the till by network",
        ),
        ends=True,
    ),
)

LINE = (
    Fault(
        "silent",
        Text("终端没有任何应答", "the terminal does not answer at all"),
        "technician",
        True,
        Text(
            "看终端是否开机并停在待机画面；数据线是否插在终端的收银机口（不是充电口）；"
            "终端菜单里是否启用了连接收银机；都对就换一根数据线",
            "See that the terminal is on and shows its idle screen; that the cable is in its till socket (not the "
            "charging one); that its menu has the link to a till switched on; if so try another cable",
        ),
        ends=True,
        rows=("D9", "E2", "D8"),
    ),
    Fault(
        "wrong_baud",
        Text(
            "终端的串口速率是 {found}，应为 {expected}，收银机会连不上",
            "the terminal's serial rate is {found} and should be {expected}: the till cannot reach it",
        ),
        "technician",
        False,
        Text(
            "在终端菜单的串口设置里改成 {expected}，或把收银机改成 {found}；本次检查按 {found} 继续",
            "Set {expected} in the terminal's serial menu, or the till to {found}; this check goes on at {found}",
        ),
    ),
    Fault(
        "unknown_protocol",
        Text("终端有反应，但听不懂：收到 {heard}", "the terminal says something that cannot be understood: {heard}"),
        "technician",
        False,
        Text(
            "先查终端菜单里的串口速率（试过 {tried}）和收银接口类型，用 --baud、--protocol 指明；仍不行换一根数据线，"
            "再不行把本记录交给收单机构",
            "Look up the serial rate (tried: {tried}) and the register interface in the terminal's menu and name them "
            "with --baud and --protocol; else try another cable, then hand this record to the acquirer",
        ),
        ends=True,
        rows=("D9",),
    ),
    Fault(
        "noise",
        Text(
            "数据线传输有错：问 {trials} 次，有 {errors} 次数据损坏",
            "the cable damages data: {errors} of {trials} questions were disturbed",
        ),
        "technician",
        False,
        Text(
            "换一根数据线，插紧两端，避开电源和电机，再做一次检查；换线仍如此则终端的接口有问题，送修",
            "Take another cable, plug both ends in firmly, keep it away from power supplies and motors and run the "
            "check again; if that changes nothing the terminal's socket is to blame: to the repair shop",
        ),
        blame="bench",
        ends=True,
        rows=("D9",),
    ),
    Fault(
        "loose_cable",
        Text("数据线接触不良：检查途中断开过 {times} 次", "the cable is loose: it came out {times} times meanwhile"),
        "technician",
        False,
        Text(
            "换一根数据线，并检查终端和电脑的插口是否松动", "Replace the cable, and see whether either socket is loose"
        ),
        blame="bench",
        rows=("D9",),
    ),
    Fault(
        "slow_answers",
        Text("终端应答很慢：一般 {median} 毫秒", "the terminal answers slowly: {median} ms as a rule"),
        "technician",
        False,
        Text(
            "重启终端，结算并清理已结算的交易，再做一次检查；仍慢请送修",
            "Restart the terminal, settle and clear what was settled, and run the check again; if it stays slow, to "
            "the repair shop",
        ),
        rows=("D14",),
    ),
    Fault(
        "unplugged",
        Text("检查途中数据线断开：{what}", "the data cable came out during the check: {what}"),
        "technician",
        True,
        Text("插紧数据线两端，再做一次检查", "Plug both ends of the data cable in firmly and run the check again"),
        blame="bench",
        ends=True,
        rows=("D9",),
    ),
    Fault(
        "stopped_answering",
        Text("检查途中终端不再应答：{what}", "the terminal stopped answering during the check: {what}"),
        "technician",
        True,
        Text(
            "看终端是否死机或关机，重启后再做一次检查；反复如此送修",
            "See whether the terminal hangs or is off, restart it and run the check again; if it happens again, to "
            "the repair shop",
        ),
        ends=True,
        rows=("E2", "D8"),
    ),
)

IDENTITY = (
    Fault(
        "other_device",
        Text(
            "这不是要检查的那台终端：{found}，应为 {expected}",
            "this is not the terminal that was meant: {found}, expected {expected}",
        ),
        "technician",
        False,
        Text(
            "核对商户、柜台和机身标签；终端换过机，请让收单机构确认新机已绑定",
            "Compare shop, counter and label; if the device was exchanged, have the acquirer confirm that the new one "
            "is bound",
        ),
    ),
)

CABLE = (*COMPUTER, *PORT, *LINE, *IDENTITY)
