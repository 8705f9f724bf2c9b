"""`posrig terminal`: the emulated terminal behind a pty, a serial port or a TCP port."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import LocalError
from protocols.text import Text

from .failing import UsageProblem, complain, shown
from .host import interfaces_of
from .language import current_lang, in_system_lang
from .options import SEED_MAX, Address, NewFolder, OneOf, ReadableFile, SerialLine, Whole, lang_option, steering_options
from .shape import command

if TYPE_CHECKING:
    from protocols.registers import Transport

    from ..bench.process import Interfaces
    from ..bench.terminal_start import Start

NOBODY, DEFAULT_CARD = "none", "debit"

BOTH = Text(
    "--serial 与 --tcp 只能给出一个：去掉其中一个", "--serial and --tcp cannot both be given: leave one of them out"
)

NO_LIBRARY = Text("--screen 需要库 textual（{why}）", "--screen needs the library textual ({why})")
NO_LIBRARY_CURE = Text(
    "重新安装 posrig，它列出了所需的库", "Install posrig again; it names the libraries that it needs"
)


def _profiles() -> Sequence[str]:
    from ..fixtures import fixtures_dir

    return sorted(path.stem for path in (fixtures_dir() / "devices").glob("*.toml"))


def _protocols() -> Sequence[str]:
    from protocols.registers import REGISTER_PROTOCOLS

    return tuple(REGISTER_PROTOCOLS)


def _transports() -> Sequence[str]:
    return ("serial", "tcp")


def _quirks() -> Sequence[str]:
    from ..quirks import quirk_names

    return quirk_names()


def _cards() -> Sequence[str]:
    from ..bench.world import load_cards

    return (*load_cards(), NOBODY)


def _states() -> Sequence[str]:
    from ..terminal.lifecycle import STATES

    return tuple(STATES)


@command(
    "terminal",
    "运行仿真终端。就绪后标准输出只有一行：ready on /dev/pts/N（或串口、地址）。Ctrl-C 或 SIGTERM 停止。\n\n"
    "收银机发起交易后，终端请人出示卡片；默认有人出示测试卡 debit 并输入其密码，--card none 则无人，"
    "由控制接口的 present 与 press 代劳。\n\n"
    "--fault 用场景的写法：链路故障 drop:stream=upstream,frame=3、latency:latency=500，或终端自身的行为 tamper、"
    "paper_out、battery_worn:percent=30 等；可给多次，就绪后开始，链路故障作用于去主机的线路，帧从就绪后数起。\n\n"
    "--screen 在控制台中显示终端，用键盘和鼠标操作；所做的事可存为场景。此时标准输出上没有那一行。\n\n"
    "退出码：0 正常停止，2 用法或文件有错，3 终端自身出错。",
    "Run the emulated terminal. When it serves, standard output is one line: ready on /dev/pts/N (or the port, or the "
    "address). Ctrl-C or SIGTERM stops it.\n\n"
    "When the register orders a sale, the terminal asks for a card. By default somebody is there who presents the test "
    "card debit and types its PIN; with --card none nobody is, and present and press of the control interface act.\n\n"
    "--fault takes the notation of scenarios: a link fault such as drop:stream=upstream,frame=3 or "
    "latency:latency=500 on the way to the host, or a behaviour of the terminal such as tamper, paper_out or "
    "battery_worn:percent=30; it may be given several times. Faults begin when the terminal is ready, frames are "
    "counted from then on.\n\n"
    "--screen shows the terminal in the console, with keyboard and mouse; what is done there can be saved as a "
    "scenario. Standard output then has no such line.\n\n"
    "Exit status: 0 stopped in order, 2 usage or a bad file, 3 the terminal itself is broken.",
    (
        "posrig terminal --screen",
        "posrig terminal --ready",
        "posrig terminal --serial /dev/ttyUSB0 --host 127.0.0.1:8583 --terminal shop.toml --ready",
        "posrig terminal --tcp 127.0.0.1:0 --at signed_off --state ./terminal-1",
        "posrig terminal --ready --cable 9600-8N1 --cable unplug:after=5000,away=2000 --by-id ./ports",
        "posrig terminal --host pay.example:8583 --terminal shop.toml --tls-ca ca.pem",
        "posrig terminal --ready --fault drop:stream=downstream,frame=2 --fault slicer",
    ),
)
@click.option(
    "--profile",
    type=OneOf("NAME", _profiles),
    default="countertop",
    help=in_system_lang("机型；默认 countertop", "the device model; default countertop"),
)
@click.option(
    "--protocol",
    type=OneOf("mispos-b|zvt|...", _protocols),
    default="mispos-b",
    help=in_system_lang("收银机一侧的规程；默认 mispos-b", "the register's protocol; default mispos-b"),
)
@click.option(
    "--transport",
    type=OneOf("serial|tcp", _transports),
    help=in_system_lang(
        "规程的成帧方式；默认 --tcp 时为 tcp，否则为 serial",
        "how the protocol is framed; default tcp with --tcp, else serial",
    ),
)
@click.option(
    "--quirk",
    "quirks",
    type=OneOf("NAME", _quirks),
    multiple=True,
    help=in_system_lang(
        "厂商与规程不同之处（fixtures/quirks），可给多次",
        "what a vendor does otherwise (fixtures/quirks); may be given several times",
    ),
)
@click.option(
    "--serial",
    metavar="pty|PORT",
    help=in_system_lang(
        "收银机一侧的串口，或 usb:序列号（换了端口名也找得到）；默认 pty",
        "the register's side on a serial port, or usb:NUMBER, its device's serial number, which finds it under any "
        "name; default pty",
    ),
)
@click.option(
    "--line",
    "--baud",
    "line",
    type=SerialLine(),
    help=in_system_lang(
        "真实串口的速率与格式，如 9600、9600-8N2、9600-7E1；默认依规程而定",
        "speed and format of a real serial port, as 9600, 9600-8N2 or 9600-7E1; default: as the protocol has it",
    ),
)
@click.option(
    "--cable",
    metavar="SPEC",
    multiple=True,
    help=in_system_lang(
        "让收银机线缆像真实串口一样：9600-8N1（两端一致，有真实的节奏）、9600-7E1,terminal=9600-8N1（两端不一致）、"
        "asked,terminal=115200-8N1（收银机一端取其程序所设的速率）、9600,noise_ppm=2000；"
        "也可用链路故障，如 unplug:after=5000,away=2000；可给多次",
        "make the register's cable a real line: 9600-8N1 (both ends agree, at its true pace), "
        "9600-7E1,terminal=9600-8N1 (they do not), asked,terminal=115200-8N1 (the register's end at the rate that its "
        "program sets), 9600,noise_ppm=2000; or a link fault, as unplug:after=5000,away=2000; may be given several "
        "times",
    ),
)
@click.option(
    "--by-id",
    type=NewFolder(),
    help=in_system_lang(
        "在此目录中保留一个以序列号命名、指向当前伪终端的链接",
        "keep a link to the current pty in this folder, named by the terminal's serial number",
    ),
)
@click.option(
    "--tcp",
    type=Address(),
    help=in_system_lang("收银机一侧改用 TCP，监听此地址", "the register's side on TCP instead, listening here"),
)
@click.option(
    "--host", type=Address(dial=True), help=in_system_lang("收单主机的地址", "where the acquirer host listens")
)
@click.option(
    "--ready",
    is_flag=True,
    help=in_system_lang(
        "启动即已签到并完成下载；未给 --host 时自带主机",
        "start signed in, with its downloads done; against a host of its own without --host",
    ),
)
@click.option(
    "--card",
    type=OneOf("NAME|none", _cards),
    help=in_system_lang(
        "终端请人出示卡片时出示的测试卡；none 表示无人；默认 debit，--screen 时为 none",
        "the test card that is presented when the terminal asks; none: nobody is there; default debit, --screen none",
    ),
)
@click.option(
    "--reader",
    metavar="NAME",
    help=in_system_lang(
        "插卡与挥卡用本机的 PC/SC 读卡器（名称、其一部分或序列号）中的真实卡片；"
        "此时默认无人出示测试卡；PIN 由 --screen 或控制接口的 press 输入",
        "insertions and taps are real cards in a PC/SC reader of this computer: its name, part of it, or its serial "
        "number; then nobody presents a test card by default, and a PIN is typed at --screen or by the control "
        "interface's press",
    ),
)
@click.option(
    "--terminal",
    "terminal_file",
    type=ReadableFile(),
    help=in_system_lang(
        "终端身份与密钥的 TOML 文件（同主机的登记文件）", "its identity and keys, a file as the host's --provision"
    ),
)
@click.option(
    "--at",
    type=OneOf("STATE", _states),
    help=in_system_lang(
        "从生命周期的此状态开始；需要签到的状态会先签到",
        "the life-cycle state to start in; it signs in first where the state needs that",
    ),
)
@click.option(
    "--state",
    type=NewFolder(),
    help=in_system_lang("非易失存储的目录；默认不保存", "folder of its non-volatile storage; by default none"),
)
@click.option(
    "--dialect",
    type=OneOf("cup|cup-cbc|...", lambda: _dialects()),
    help=in_system_lang("主机报文的方言", "the dialect towards the host"),
)
@click.option(
    "--fault",
    "faults",
    metavar="SPEC",
    multiple=True,
    help=in_system_lang("故障，可给多次", "a fault; may be given several times"),
)
@click.option(
    "--tls-ca",
    type=ReadableFile(),
    help=in_system_lang(
        "以 TLS 连接主机，只信任此 CA（PEM）；不退回明文",
        "reach the host by TLS, trusting this authority alone (PEM); never in the clear",
    ),
)
@click.option(
    "--tls-name",
    metavar="NAME",
    help=in_system_lang(
        "主机证书上的名字；默认为 --host 中的主机", "the name in the host's certificate; default is that of --host"
    ),
)
@click.option(
    "--tls-cert",
    type=ReadableFile(),
    help=in_system_lang(
        "终端自己的证书（PEM），主机要求时出示；与 --tls-key 一起给出",
        "the terminal's own certificate (PEM), for a host that asks for one; together with --tls-key",
    ),
)
@click.option(
    "--tls-key", type=ReadableFile(), help=in_system_lang("终端证书的私钥（PEM）", "the certificate's key (PEM)")
)
@click.option(
    "--screen",
    is_flag=True,
    help=in_system_lang(
        "在此控制台中操作终端：显示屏、键盘、卡片、纸、部件；未给 --host 时自带主机",
        "operate the terminal in this console: display, keypad, cards, paper, parts; against a host of its own without "
        "--host",
    ),
)
@steering_options
@click.option(
    "--seed",
    type=Whole(0, SEED_MAX),
    help=in_system_lang("种子；给出后随机数可重现", "makes its random numbers repeatable"),
)
@lang_option()
def terminal_command(serial: str | None, tcp: str | None, screen: bool, **options: Any) -> int:
    from ..bench.card_way import CardWay
    from ..bench.fleet import RegisterSpec
    from ..bench.terminal_start import Start

    if serial is not None and tcp is not None:
        raise UsageProblem(BOTH)
    state: Path | None = options["state"]
    transport: Transport = options["transport"] or ("tcp" if tcp else "serial")
    reader: str | None = options["reader"]
    if reader:
        _look_for(reader)
    card = options["card"] or (NOBODY if screen or reader else DEFAULT_CARD)
    start = Start(
        profile=options["profile"],
        register=RegisterSpec(options["protocol"], transport, options["quirks"]),
        serial="" if tcp else serial or "pty",
        tcp=tcp or "",
        host=options["host"] or "",
        ready=options["ready"],
        terminal_file=options["terminal_file"],
        at=options["at"] or "",
        state=state,
        faults=options["faults"],
        dialect=options["dialect"] or "",
        line=options["line"],
        cable=options["cable"],
        by_id=options["by_id"],
        seed=options["seed"],
        card="" if card == NOBODY else card,
        chip=not reader,
        card_way=CardWay(readers={"": reader}) if reader else None,
        tls_ca=options["tls_ca"],
        tls_name=options["tls_name"] or "",
        tls_own=(options["tls_cert"], options["tls_key"]),
    )
    if screen:
        return _at_screen(start, interfaces_of(options))
    from ..bench.terminal_process import run_terminal

    return run_terminal(start, interfaces_of(options))


def _look_for(reader: str) -> None:
    """Say now what is wrong with the reader; it may be plugged in, and its service be started, while the terminal runs.
    Raises CardLinkError for what is missing until the program is started anew."""
    from ..links.pcsc import CardLinkError, choose, readers

    try:
        choose(readers(), reader)
    except CardLinkError as error:
        if error.trouble in ("no-extra", "no-library"):
            raise
        if error.trouble != "several-readers":  # an insertion takes the contact one, a tap the other
            complain(shown(error, current_lang()))


def _at_screen(start: Start, interfaces: Interfaces) -> int:
    try:
        from .screen.run import run_screen
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise LocalError(NO_LIBRARY.format(why=error), NO_LIBRARY_CURE) from error
    return run_screen(start, interfaces, current_lang())


def _dialects() -> Sequence[str]:
    from ..fixtures import dialect_names

    return dialect_names()
