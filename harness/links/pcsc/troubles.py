"""What goes wrong with readers and cards: what PC/SC reports, what it is, and what to do about it.

`CODES` are the return codes of PC/SC (pcsc-lite 1.9.9 to 2.3.3 on Linux; Windows and macOS have the same numbers).
Which of them stands for what was seen on a real pcscd: it reports a mute card as 80100067, where Windows says 80100066.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.errors import LinkError
from protocols.text import Text

COMPUTER = Text("本机管理员", "whoever looks after this computer")
READER = Text("读卡器的使用者或供应商", "whoever uses or supplies the reader")
CARD = Text("持卡人或发卡方", "the card's holder or issuer")
CALLER = Text("使用 posrig 的人", "whoever runs posrig")


@dataclass(frozen=True, slots=True)
class Trouble:
    """`reason`: for a card's link (`harness.machine.CARD_REASONS`).  `who` must act."""

    reason: str
    what: Text
    cure: Text
    who: Text


TROUBLES: Mapping[str, Trouble] = {
    "no-extra": Trouble(
        "no-service",
        Text("缺少读卡器支持（Python 包 pyscard）", "card reader support is missing (the Python package pyscard)"),
        Text(
            "先 sudo apt-get install libpcsclite-dev gcc，再 pip install 'posrig[pcsc]'；"
            "不要安装名为 smartcard 的包，那是另一个项目",
            "sudo apt-get install libpcsclite-dev gcc, then pip install 'posrig[pcsc]'; the package named smartcard is "
            "another project, do not install it",
        ),
        COMPUTER,
    ),
    "no-library": Trouble(
        "no-service",
        Text("缺少系统库 libpcsclite.so.1", "the system library libpcsclite.so.1 is missing"),
        Text("安装：sudo apt-get install libpcsclite1 pcscd", "Install it: sudo apt-get install libpcsclite1 pcscd"),
        COMPUTER,
    ),
    "no-service": Trouble(
        "no-service",
        Text("PC/SC 服务没有运行", "the PC/SC service does not run"),
        Text(
            "启动它：sudo systemctl start pcscd（没有 systemd：sudo pcscd）；未安装则 sudo apt-get install pcscd；"
            "若设置了 PCSCLITE_CSOCK_NAME，请核对它指的套接字",
            "Start it: sudo systemctl start pcscd (without systemd: sudo pcscd), after sudo apt-get install pcscd; "
            "where PCSCLITE_CSOCK_NAME is set, check the socket that it names",
        ),
        COMPUTER,
    ),
    "refused": Trouble(
        "no-service",
        Text("PC/SC 服务拒绝了本用户（polkit）", "the PC/SC service refuses this user (polkit)"),
        Text(
            "为该用户添加 polkit 规则 org.debian.pcsc-lite.access_pcsc 与 access_card，"
            "或以 --disable-polkit 启动 pcscd",
            "Give the user the polkit actions org.debian.pcsc-lite.access_pcsc and access_card, or start pcscd with "
            "--disable-polkit",
        ),
        COMPUTER,
    ),
    "other-version": Trouble(
        "no-service",
        Text(
            "客户端库与 PC/SC 服务版本不符，或服务正在停止",
            "client library and PC/SC service are of different versions, or the service is ending",
        ),
        Text(
            "让两者来自同一系统版本：容器里的 libpcsclite1 须与宿主机的 pcscd 同版，然后重启服务",
            "Take both from one release of the system: in a container libpcsclite1 must be of the host's pcscd; then "
            "start the service anew",
        ),
        COMPUTER,
    ),
    "no-reader": Trouble(
        "no-reader",
        Text("没有读卡器", "there is no reader"),
        Text(
            "插上读卡器；lsusb 有而此处没有时，装驱动 libccid 并重启 pcscd；读卡器刚拔出则重新插好",
            "Plug one in; where lsusb shows it, install its driver (libccid) and start pcscd anew; one that was just "
            "pulled out must be plugged in again",
        ),
        READER,
    ),
    "unknown-reader": Trouble(
        "no-reader",
        Text("没有名为 {wanted} 的读卡器；现有：{known}", "there is no reader {wanted}; there are: {known}"),
        Text("posrig reader list 列出名称与序列号", "posrig reader list shows names and serial numbers"),
        CALLER,
    ),
    "several-readers": Trouble(
        "no-reader",
        Text("{wanted} 可指多个读卡器：{known}", "{wanted} may be several readers: {known}"),
        Text("请给出完整名称或序列号", "Give the whole name, or the serial number"),
        CALLER,
    ),
    "no-card": Trouble(
        "no-card",
        Text("读卡器里没有卡", "there is no card in the reader"),
        Text("插入或贴近卡片后重试", "Put a card in, or hold it against the reader, and try again"),
        CARD,
    ),
    "mute": Trouble(
        "mute",
        Text("卡片没有应答（无 ATR）", "the card is mute (no ATR)"),
        Text(
            "擦净触点、检查插入方向；再换一张卡试：只有这张哑则芯片已坏或为存储卡，都哑则读卡器供电或触点有问题",
            "Clean its contacts and see that it is the right way round; then try another card: where only this one is "
            "mute its chip is dead or it is a memory card, where all are the reader's power or contacts are at fault",
        ),
        CARD,
    ),
    "bad-atr": Trouble(
        "bad-atr",
        Text(
            "ATR 无法解读，或卡片不支持所要的协议",
            "the ATR makes no sense, or the card does not have the protocol that was asked for",
        ),
        Text(
            "换一张卡；若其他卡也如此，换读卡器。指定了 T=0 或 T=1 时改为任意",
            "Try another card, and another reader where others fail as well; where T=0 or T=1 was asked for, allow "
            "both",
        ),
        CARD,
    ),
    "removed": Trouble(
        "removed",
        Text("卡片被拔出", "the card was pulled out"),
        Text("重新插卡，从头开始这笔操作", "Put it in again and begin the operation anew"),
        CARD,
    ),
    "reset": Trouble(
        "reset",
        Text("另一个程序复位了卡片", "another program has reset the card"),
        Text("关闭其他使用读卡器的程序，从头开始这笔操作", "Close other programs that use readers and begin anew"),
        CALLER,
    ),
    "in-use": Trouble(
        "in-use",
        Text("另一个程序正在使用这张卡", "another program uses the card"),
        Text(
            "关闭它（常见的有 scdaemon、浏览器、pcsc_scan、另一个 posrig）后重试",
            "Close it (often scdaemon, a browser, pcsc_scan or another posrig) and try again",
        ),
        CALLER,
    ),
    "no-answer": Trouble(
        "timeout",
        Text("卡片在 {limit_s} 秒内没有回答", "the card did not answer within {limit_s} s"),
        Text(
            "拔出卡片再插入；PC/SC 自身没有超时，在卡片离开之前读卡器一直被占用",
            "Pull the card out and put it in again: PC/SC has no time-out of its own, and the reader stays taken until "
            "the card is gone",
        ),
        CARD,
    ),
    "card-error": Trouble(
        "card-error",
        Text("与卡片的通信失败", "the communication with the card failed"),
        Text(
            "擦净触点，换一张卡再试；换卡仍失败则是读卡器触点磨损",
            "Clean the contacts and try another card; where that fails as well the reader's contacts are worn",
        ),
        READER,
    ),
}

CODES: Mapping[int, str] = {
    0x8010000A: "no-card",  # the wait for a card has timed out
    0x8010000B: "in-use",
    0x8010000C: "no-card",
    0x8010000F: "bad-atr",
    0x80100009: "no-reader",
    0x80100013: "no-service",  # between library and service, where it ended while we waited for it
    0x80100015: "bad-atr",
    0x80100017: "no-reader",
    0x8010001D: "no-service",
    0x8010001E: "other-version",
    0x8010002E: "no-reader",
    0x80100065: "bad-atr",
    0x80100066: "mute",
    0x80100067: "mute",
    0x80100068: "reset",
    0x80100069: "removed",
    0x8010006A: "refused",
}
"""Codes that are not here (80100016, 8010002F ...) are "card-error"."""


class CardLinkError(LinkError):
    """`trouble` of `TROUBLES`; `code`: what PC/SC returned, 0 where it had nothing to say."""

    def __init__(self, trouble: str, code: int = 0, **values: object) -> None:
        known = TROUBLES[trouble]
        what = known.what.format(**values)
        if code and trouble == "card-error":
            what = Text(f"{what.zh}（{code:08X}）", f"{what.en} ({code:08X})")
        super().__init__(what, known.cure)
        self.trouble = trouble
        self.code = code
        self.reason: str = known.reason
        self.who: Text = known.who


def error_of(code: int) -> CardLinkError:
    """The error that a return code of PC/SC stands for.  Some systems give it as a negative number."""
    plain = code & 0xFFFFFFFF
    return CardLinkError(CODES.get(plain, "card-error"), plain)
