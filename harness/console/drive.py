"""`posrig drive`: the register's side of any terminal on the cable."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import LinkError
from protocols.text import Text

from .failing import BROKEN, NOT_AS_IT_MUST_BE, OK, BadValue, UsageProblem, complain, shown
from .language import current_lang, help_lang, in_system_lang
from .options import Address, Kind, NewFile, OneOf, Whole, lang_option
from .shape import Command, command

if TYPE_CHECKING:
    from protocols.registers import Transport

    from ..bench.register import Cable
    from .driving.orders import Typed
    from .driving.session import Session
    from .driving.show import Screen

AUTO = "auto"
SECONDS_MAX = 3600
QUIT = ("quit", "exit", "q")
ONE_AMOUNT = Text("--amount 与 --amount-fen 只能给一个", "give --amount or --amount-fen, not both")
QUIRK_OF = Text("--quirk 需要 --protocol", "--quirk needs --protocol")
PROMPT_HELP = Text(
    "输入操作，例如 sale 12.34；help 列出全部，quit 退出",
    "type an operation, for example sale 12.34; help lists them, quit leaves",
)


class Amount(Kind):
    """An amount in major units, as fen."""

    name = "12.34"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from .driving.orders import fen_of

        try:
            return fen_of(str(value))
        except UsageProblem as problem:
            error = BadValue(problem.what)
            error.param, error.ctx = param, ctx
            raise error from None


class DriveCommand(Command):
    """Its help lists the operations."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from .driving.orders import operation_rows

        with formatter.section("Operations"):
            formatter.write_dl([(typed, text.in_(help_lang())) for typed, text in operation_rows()])
        super().format_options(ctx, formatter)


def _protocols() -> Sequence[str]:
    from ..driver.speakers import SPEAKERS

    return (AUTO, *SPEAKERS)


def _quirks() -> Sequence[str]:
    from ..quirks import quirk_names

    return quirk_names()


@command(
    "drive",
    "像收银机一样操作线缆那端的终端（真机，或 posrig terminal 仿真的），不论它用哪种规程。\n\n"
    "先写操作，后写它必需的值；可以一次写几个操作，前一个未成功就停下。金额以元为单位（12.34）；流水号见每笔交易的结果。"
    "不写操作则出现提示符，逐行输入。规程与速率未给出时自动探测，只提问，不动钱。\n\n"
    "其他参数写作 名=值：order 订单号，account 多商户终端上的商户号，channel 备注；退货另有 rrn、date（月日）、stan；"
    "激活另有 code、tid。并非每种规程都有全部操作：没有的，发送之前就拒绝。\n\n"
    "Ctrl-C 请终端中止当前操作并等它结束；再按一次则不再等待。交易结果不明时，自动用 last 查询。\n\n"
    "退出码：0 全部成功，1 被终端或主机拒绝、取消、无应答或结果未知，2 用法错误，3 连不上终端或测试台自身出错。",
    "Do what a cash register does, with the terminal at the other end of the cable: a device, or one that posrig "
    "terminal emulates, whatever protocol it speaks.\n\n"
    "Write an operation and the values that it must have. Several operations may follow each other, and the first "
    "that is not done ends the list. Amounts are in major units (12.34); a trace number stands in the result of each "
    "payment. Without an operation there is a prompt. Where protocol and rate are not given, they are found by asking "
    "harmless questions, which move no money.\n\n"
    "Further arguments are written NAME=VALUE: order (the till's own number for it), account (which merchant, where a "
    "terminal has several), channel (a note); for refund also rrn, date (MMDD) and stan; for activate code and tid. "
    "Not every protocol has every operation: one that it lacks is refused before anything is sent.\n\n"
    "Ctrl-C asks the terminal to abort what is under way and waits for how it ends; pressed again, it leaves. Where "
    "the outcome of a payment is unknown, the terminal is asked for its newest result at once.\n\n"
    "Exit status: 0 all done, 1 refused, declined, cancelled, no answer or unknown, 2 usage, 3 the terminal cannot be "
    "reached, or posrig itself is broken.",
    (
        "posrig terminal --ready                              # --> ready on /dev/pts/5",
        "posrig drive sale 12.34 --port /dev/pts/5",
        "posrig drive last --port /dev/pts/5 --json",
        "posrig drive sign-in sale 12.34 order=A17 settle --port usb:A50285BI --baud 115200",
        "posrig drive status --port tcp:192.168.1.30:20007 --protocol zvt",
        "posrig drive                                         # > sale 12.34",
    ),
    cls=DriveCommand,
)
@click.argument("words", metavar="[OPERATION [VALUE]...]...", nargs=-1)
@click.option(
    "--port",
    metavar="PORT",
    help=in_system_lang(
        "端口名、usb:序列号、place:USB位置、hwgrep://、rfc2217://、socket://，或 tcp:地址:端口；默认唯一的串口",
        "a port's name, usb:NUMBER, place:SOCKET, hwgrep://, rfc2217://, socket://, or tcp:ADDR:PORT; default: the "
        "only serial port there is",
    ),
)
@click.option(
    "--protocol",
    type=OneOf("NAME", _protocols),
    default=AUTO,
    help=in_system_lang(
        "规程：mispos-a、mispos-b、zvt、transbank、concert；默认 auto，逐一询问",
        "what the terminal speaks: mispos-a, mispos-b, zvt, transbank or concert; default auto, which asks each one",
    ),
)
@click.option(
    "--baud", metavar="RATE[-8N1]", help=in_system_lang("速率；默认探测", "line speed; by default it is found")
)
@click.option(
    "--line",
    metavar="8N1",
    help=in_system_lang("数据位、校验、停止位；默认依规程", "data bits, parity, stop bits; default: the protocol's"),
)
@click.option(
    "--transport",
    type=OneOf("serial|tcp", lambda: ("serial", "tcp")),
    help=in_system_lang(
        "成帧方式；tcp: 端口默认 tcp，其余 serial", "how the protocol is framed; default tcp for tcp:, else serial"
    ),
)
@click.option(
    "--quirk",
    "quirks",
    type=OneOf("NAME", _quirks),
    multiple=True,
    help=in_system_lang(
        "厂商与规程不同之处（fixtures/quirks），须与 --protocol 同用，可给多次",
        "what the vendor does otherwise (fixtures/quirks); needs --protocol; may be given several times",
    ),
)
@click.option(
    "--amount",
    type=Amount(),
    help=in_system_lang("没有写金额的操作用此金额，元", "the amount of the operations that have none, in major units"),
)
@click.option("--amount-fen", type=Whole(0, 10**12 - 1), help=in_system_lang("同上，单位分", "the same in fen (cents)"))
@click.option(
    "--host-address",
    type=Address(dial=True),
    help=in_system_lang(
        "终端借收银机连接主机而未指明地址时连到这里",
        "where the terminal's host traffic goes when it goes through the register and names no address",
    ),
)
@click.option(
    "--till",
    metavar="NAME",
    help=in_system_lang("告诉终端的收银台号；默认 01", "the number of this till that the terminal is told; default 01"),
)
@click.option(
    "--timeout",
    type=Whole(1, SECONDS_MAX),
    metavar="SECONDS",
    help=in_system_lang(
        "一项操作最多等多久，之后结果为未知；默认 420",
        "how long an operation may take before its outcome counts as unknown; default 420",
    ),
)
@click.option(
    "--no-learn",
    is_flag=True,
    help=in_system_lang("结果未知时不自动查询", "do not ask for the newest result when an outcome is unknown"),
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help=in_system_lang("每项操作输出一行 JSON", "print one JSON line for each operation"),
)
@click.option(
    "--trace",
    type=NewFile(),
    help=in_system_lang(
        "把每个字节（已掩码）录到此文件，供 posrig play、export、fidelity 使用",
        "record every octet (masked) in this file, for posrig play, export and fidelity",
    ),
)
@lang_option()
def drive_command(words: tuple[str, ...], amount: int | None, amount_fen: int | None, **options: Any) -> int:
    from .driving.orders import typed

    if amount is not None and amount_fen is not None:
        raise UsageProblem(ONE_AMOUNT)
    fen = amount if amount is not None else amount_fen
    orders = typed(words, {} if fen is None else {"amount_fen": fen})
    try:
        return _drive(orders, options)
    except LinkError as error:
        complain(shown(error, current_lang()))
        return BROKEN


def _drive(orders: Sequence[Typed], options: dict[str, Any]) -> int:
    """Raises LinkError where the terminal cannot be reached."""
    from ..bench.base import AskRefused
    from ..bench.recording import record
    from ..bench.register import open_register
    from .driving.session import Session, Tap
    from .driving.show import Screen

    as_json = bool(options["as_json"])
    screen = Screen(current_lang(), quiet=as_json)
    with ExitStack() as stack:
        file = None if options["trace"] is None else record(options["trace"], physical=True)
        if file is not None:
            stack.callback(file.close)
        cable = _cable(options, screen)
        tap = Tap(file)
        register = stack.enter_context(open_register(cable, tap=tap))
        tap.take()
        screen.head(cable)
        again = f"posrig drive --port {shlex.quote(cable.port)} --protocol {cable.spoken.protocol}"
        session = Session(register, tap, screen, learn=not options["no_learn"], again=again)
        try:
            return _told(session, orders, as_json) if orders else _prompt(session, screen, as_json)
        except AskRefused as error:
            raise UsageProblem(error.what) from error


def _cable(options: dict[str, Any], screen: Screen) -> Cable:
    """Where the terminal is and what it speaks, found out where that was not said.  Raises LinkError."""
    from ..bench.fleet import RegisterSpec
    from ..bench.probing import probe
    from ..bench.register import Cable, usual_line
    from ..driver.probing import protocols_probed
    from ..links.line_settings import LineSettings
    from ..machine import SECOND_US
    from .driving.place import line_of, the_port

    port: str = options["port"] or the_port()
    named = options["protocol"] != AUTO
    if options["quirks"] and not named:
        raise UsageProblem(QUIRK_OF)
    protocol: str = options["protocol"] if named else protocols_probed()[0]
    more: dict[str, Any] = {} if options["till"] is None else {"till": options["till"]}
    if options["timeout"] is not None:
        more["result_timeout_us"] = options["timeout"] * SECOND_US
    cable = Cable(port, host_address=options["host_address"] or "", more=more)
    transport: Transport = options["transport"] or ("tcp" if cable.tcp else "serial")
    cable = replace(cable, spoken=RegisterSpec(protocol, transport, tuple(options["quirks"])))
    baud, bits = line_of(*(options[name] for name in ("baud", "line") if options[name] is not None))
    if named:
        usual = usual_line(protocol, cable.spoken.quirks)
        bits = bits or str(usual).partition("-")[2]
        if cable.tcp or baud is not None:
            return replace(cable, line=LineSettings.parse(f"{baud or usual.baud}-{bits}"))
    return probe(cable, (protocol,) if named else (), baud=baud, bits=bits, told=screen.in_vain)


def _told(session: Session, orders: Sequence[Typed], as_json: bool) -> int:
    """Carry them out; the exit status."""
    done = 0
    for result in session.run(orders):
        if as_json:
            click.echo(json.dumps(result.to_json(), ensure_ascii=False, sort_keys=True))
        done += result.done
    return OK if done == len(orders) else NOT_AS_IT_MUST_BE


def _prompt(session: Session, screen: Screen, as_json: bool) -> int:
    """Lines from standard input until its end; the gravest status of all."""
    from .driving.orders import typed

    worst = OK
    asks = sys.stdin.isatty()
    if asks:
        with suppress(ImportError):  # lines can be edited where the system has it
            import_module("readline")
        screen.say(PROMPT_HELP)
    while True:
        try:
            words = shlex.split(input("> ") if asks else sys.stdin.readline() or QUIT[0])
            if words[:1] == ["help"]:
                screen.operations(session.operations)
            elif words and words[0] in QUIT:
                return worst
            else:
                worst = max(worst, _told(session, typed(words), as_json))
        except EOFError:
            return worst
        except (UsageProblem, ValueError) as error:
            complain(error.what.in_(current_lang()) if isinstance(error, UsageProblem) else str(error))
            worst = max(worst, NOT_AS_IT_MUST_BE)
