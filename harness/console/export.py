"""`posrig export`: a recording for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from protocols.text import Text

from .failing import OK, UsageProblem
from .language import current_lang, in_system_lang
from .options import UNWRITABLE, NewFile, ReadableFile, lang_option
from .shape import command

NO_FORM = Text("请用 --pcapng FILE 说明写到哪里", "Say where to write with --pcapng FILE")
DONE = Text("{file}：{sessions} 段会话，{packets} 个包", "{file}: {sessions} sessions, {packets} packets")
NOTHING = Text(
    "录制中没有这一方的会话；有会话的是：{there}", "There is no such session; the recording has those of: {there}"
)
OPEN_WITH = Text("用 Wireshark 或 tshark 打开：", "Open it with Wireshark or tshark:")
ZVT_DLT = """-o 'uat:user_dlts:"User 0 (DLT=147)","zvt","0","","0",""'"""
"""What tells Wireshark that the first private link type is ZVT."""
CARD_DLT = """-o 'uat:user_dlts:"User 1 (DLT=148)","iso7816","0","","0",""'"""
"""And the second, that it is what terminal and card say."""
OPTIONS = {
    "iso8583": "-d tcp.port==8583,iso8583",
    "zvt-tcp": "-d tcp.port==20007,zvt",
    "zvt-serial": ZVT_DLT,
    "iso7816": CARD_DLT,
}
AS_ON_THE_WIRE = ("zvt-tcp", "iso7816")
"""What is dissected even where all octets are as they were."""


@command(
    "export",
    "把轨迹转换成其他程序能读的格式。--pcapng 写出 Wireshark 能打开的文件：主机报文按其 ISO 8583 分析器的写法给出，"
    "ZVT 串口帧去掉重复的 DLE，卡片的 APDU 按 ISO 7816；各包注释说明谁对谁说了什么。输出中给出打开它所需的选项。\n\n"
    "退出码：0 已写出，2 用法或文件有错。",
    "Turn a recording into what other programs read. --pcapng writes a file for Wireshark: a host's messages in the "
    "spelling of its ISO 8583 dissector, ZVT's serial frames without doubled DLEs, a card's APDUs as ISO 7816, and in "
    "the comment of each packet who says what to whom. The options that it is to be opened with are printed.\n\n"
    "Exit status: 0 written, 2 usage or a bad file.",
    (
        "posrig export report/F5.trace.jsonl --pcapng F5.pcapng",
        "posrig export report/F5.trace.jsonl --pcapng host.pcapng --party host --wire",
    ),
)
@click.argument("recording", metavar="RECORDING", type=ReadableFile())
@click.option("--pcapng", type=NewFile(), help=in_system_lang("写到此文件", "write this file"))
@click.option(
    "--party",
    metavar="NAME",
    default="",
    help=in_system_lang(
        "只要这一方看到的；默认每段会话一次，取离终端最近的一端",
        "what this party saw; by default each session once, at the end nearest to the terminal",
    ),
)
@click.option(
    "--wire", is_flag=True, help=in_system_lang("字节原样，分析器多半读不懂", "all octets as they were on the wire")
)
@lang_option()
def export_command(recording: Path, pcapng: Path | None, party: str, wire: bool) -> int:
    from ..recordings.export import export
    from ..recordings.sessions import sessions_of
    from ..trace import read_trace

    if pcapng is None:
        raise UsageProblem(NO_FORM)
    lang = current_lang()
    trace = read_trace(recording, cut_ok=True)
    exported = export(trace.events, trace.header.dialect, lang, wire=wire, party=party)
    if not exported.sessions:
        there = sorted({session.party for session in sessions_of(trace.events)})
        raise UsageProblem(NOTHING.format(there=", ".join(there) or "-"))
    try:
        pcapng.write_bytes(exported.octets)
    except OSError as error:
        raise UsageProblem(UNWRITABLE.format(value=pcapng, why=error.strerror)) from error
    click.echo(DONE.format(file=pcapng, sessions=exported.sessions, packets=exported.packets).in_(lang))
    options = [OPTIONS[name] for name in OPTIONS if name in exported.protocols and (not wire or name in AS_ON_THE_WIRE)]
    if options:
        click.echo(OPEN_WITH.in_(lang))
        click.echo(f"  tshark -r {pcapng} {' '.join(options)}")
    return OK
