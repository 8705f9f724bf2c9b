"""What is wrong on the way to the provider's host, seen from this computer and from the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

from ..model import Fault

HERE = (
    Fault(
        "here_offline",
        Text("这台电脑没有连上任何网络", "this computer is in no network"),
        "technician",
        True,
        Text(
            "连上店里的网络或手机热点再查；不影响对终端的检查",
            "Join the shop's network or a telephone's hotspot and check again; the terminal's check goes on without it",
        ),
        blame="bench",
    ),
    Fault(
        "here_name",
        Text("从电脑上查不到主机名 {host}", "this computer cannot find the host's name {host}"),
        "technician",
        True,
        Text(
            "核对主机名是否写对；店里的网络若不能上网，请商户联系宽带公司",
            "Check the spelling of the name; if the shop's network has no internet the merchant calls its provider",
        ),
        rows=("F1",),
    ),
    Fault(
        "here_no_route",
        Text("从电脑上没有通往主机 {host} 的线路", "there is no route from this computer to the host {host}"),
        "technician",
        True,
        Text(
            "检查路由器和网线；请商户联系宽带公司",
            "Check router and network cable; the merchant calls the internet provider",
        ),
        rows=("F1",),
    ),
    Fault(
        "here_refused",
        Text("主机 {host} 拒绝从电脑来的连接", "the host {host} refuses a connection from this computer"),
        "acquirer",
        True,
        Text(
            "核对端口号；没错就问收单机构：主机是否在维护，是否只许专线连接",
            "Check the port number; if it is right ask the acquirer: is the host down, does it take private lines only",
        ),
        rows=("G3", "G1", "F1"),
    ),
    Fault(
        "here_timeout",
        Text("主机 {host} 没有应答电脑的连接", "the host {host} does not answer a connection from this computer"),
        "technician",
        True,
        Text(
            "换手机热点再试：热点能通则店里的网络拦住了它；都不通就问收单机构",
            "Try a telephone's hotspot: if that works the shop's network blocks it; if neither does, ask the acquirer",
        ),
        rows=("F1", "G3"),
    ),
    Fault(
        "here_certificate",
        Text("主机 {host} 的安全证书不对：{reason}", "the security certificate of {host} is not right: {reason}"),
        "acquirer",
        False,
        Text(
            "先核对电脑日期和主机名；都对就请收单机构更换证书",
            "Check this computer's date and the host's name; if both are right the acquirer must renew the certificate",
        ),
        rows=("F1",),
    ),
    Fault(
        "here_slow",
        Text("连接主机很慢：{ms} 毫秒", "connecting to the host is slow: {ms} ms"),
        "merchant",
        True,
        Text(
            "停掉占用网络的下载和视频；终端改用网线；常年如此请换宽带",
            "Stop downloads and videos, give the terminal a wired line; if it is always so take a faster line",
        ),
        rows=("F3",),
    ),
)
BY_REASON: Mapping[str, str] = {
    "name-not-found": "here_name",
    "unreachable": "here_no_route",
    "no-line": "here_no_route",
    "refused": "here_refused",
    "reset": "here_refused",
    "eof": "here_refused",
    "timeout": "here_timeout",
}
"""Fault by the reason of a dial from this computer; any other one is about the certificate."""

TERMINAL = (
    Fault(
        "terminal_line",
        Text(
            "电脑连得上主机，终端连不上（{reason}）：是终端的网络或设置",
            "this computer reaches the host and the terminal does not ({reason}): its line or its settings",
        ),
        "technician",
        True,
        Text(
            "检查终端的网线、WiFi 密码、SIM 卡和信号，核对终端里的主机地址和端口；再签到一次",
            "Check the terminal's network cable, WiFi password, SIM card and signal, and the host's address and port "
            "in its settings; then sign in again",
        ),
        rows=("F1",),
    ),
    Fault(
        "line_or_host",
        Text(
            "电脑和终端都连不上主机（{reason}）：店里的线路不通，或主机停机",
            "neither this computer nor the terminal reaches the host ({reason}): the shop's line, or the host",
        ),
        "technician",
        True,
        Text(
            "用手机热点试一次：通了是店里的线路，请商户联系宽带公司；仍不通问收单机构主机是否在维护",
            "Try a telephone's hotspot: if that works it is the shop's line, and the merchant calls the internet "
            "provider; if not, ask the acquirer whether the host is down",
        ),
        rows=("F1", "G3", "G1"),
    ),
    Fault(
        "host_refuses",
        Text(
            "线路是通的，但主机拒绝电脑和终端的连接（{reason}）：主机停机或在维护",
            "the line is good and the host refuses computer and terminal alike ({reason}): it is down, or under "
            "maintenance",
        ),
        "acquirer",
        True,
        Text(
            "问收单机构主机何时恢复，之后再签到；期间收现金或用其他方式",
            "Ask the acquirer when the host is back and sign in then; meanwhile take other payments",
        ),
        rows=("G3", "G1"),
    ),
    Fault(
        "terminal_no_line",
        Text("终端没有网络（{reason}）", "the terminal has no network ({reason})"),
        "technician",
        True,
        Text(
            "看终端的信号图标；插好网线或重连 WiFi；SIM 卡重新插好，核对 APN；再签到一次",
            "Look at its signal sign, plug in its network cable or join the WiFi again, seat the SIM card and check "
            "the APN; then sign in again",
        ),
        rows=("F1",),
    ),
    Fault(
        "terminal_name",
        Text("终端查不到主机的域名（{reason}）", "the terminal cannot find the host's name ({reason})"),
        "technician",
        False,
        Text(
            "核对终端里的主机名称和域名服务器设置（DNS），改正后再签到一次",
            "Check the host's name and the name server (DNS) in the terminal's settings, then sign in again",
        ),
        rows=("F1",),
    ),
    Fault(
        "terminal_certificate",
        Text("终端不接受主机的安全证书（{reason}）", "the terminal does not accept the host's certificate ({reason})"),
        "technician",
        False,
        Text(
            "先把终端的日期时间调准；仍不行，请收单机构重新下发证书",
            "Set the terminal's date and time right; if that is not it, the acquirer must send it new certificates",
        ),
        rows=("F1",),
    ),
    Fault(
        "terminal_offline_said",
        Text("终端的联网测试没有通过", "the terminal's own test of its line failed"),
        "technician",
        True,
        Text(
            "检查终端的网线、WiFi、SIM 卡和主机地址，再测一次",
            "Check its network cable, WiFi, SIM card and host address and test it again",
        ),
        rows=("F1", "G3"),
    ),
)
BY_CAUSE: Mapping[str, str] = {
    "no_line": "terminal_no_line",
    "network_unreachable": "terminal_no_line",
    "name_not_found": "terminal_name",
    **dict.fromkeys(
        ("tls_unknown_ca", "tls_expired", "tls_not_yet_valid", "tls_wrong_name", "tls_not_tls", "tls_handshake"),
        "terminal_certificate",
    ),
}
"""Fault by the cause of an Outcome of the terminal, where it needs nothing else to be told."""

NETWORK = (*HERE, *TERMINAL)
