"""The command `posrig`.  Each command lives in `harness.console` and is imported when it is named."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

import click

from .console.language import in_system_lang
from .console.options import lang_option
from .console.shape import WIDTH_MAX, LazyGroup


def _loader(module: str, name: str) -> Callable[[], click.Command]:
    """Imports `harness.console.MODULE` and takes the command NAME from it."""
    return lambda: cast(click.Command, getattr(import_module(f"harness.console.{module}"), name))


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from .trace import program_version

        click.echo(f"posrig {program_version()}")
        ctx.exit()


LOADERS = {
    "run": (
        in_system_lang("运行终端的一生与故障场景", "run the life of a terminal and the failure scenarios"),
        _loader("run", "run_command"),
    ),
    "list": (in_system_lang("列出场景", "list the scenarios"), _loader("listing", "list_command")),
    "scenario": (
        in_system_lang("自己写场景", "write scenarios of your own"),
        _loader("scenario", "scenario_group"),
    ),
    "bench": (
        in_system_lang("实物测试台：posrig 没有启动的终端", "physical benches: terminals that posrig did not start"),
        _loader("bench_file", "bench_group"),
    ),
    "decode": (in_system_lang("解析一条报文", "take a message apart"), _loader("decode", "decode_command")),
    "diagnose": (
        in_system_lang("从轨迹找出原因", "find the cause in a trace"),
        _loader("traces", "diagnose_command"),
    ),
    "judge": (
        in_system_lang("判定轨迹中必须成立的事", "check what must hold over a trace"),
        _loader("traces", "judge_command"),
    ),
    "coverage": (
        in_system_lang("哪些故障在哪里试过", "which faults were tried where"),
        _loader("coverage", "coverage_command"),
    ),
    "replay": (
        in_system_lang("照轨迹重跑并比对", "run a trace again and compare"),
        _loader("replay", "replay_command"),
    ),
    "play": (
        in_system_lang("播放录制的一侧", "play one side of a recording"),
        _loader("play", "play_command"),
    ),
    "export": (
        in_system_lang("把轨迹转成 Wireshark 的格式", "turn a recording into Wireshark's format"),
        _loader("export", "export_command"),
    ),
    "fidelity": (
        in_system_lang("比对两个测试台的轨迹", "compare the recordings of two benches"),
        _loader("fidelity", "fidelity_command"),
    ),
    "guide": (
        in_system_lang("生成指南：报文、应答码、状态、每种故障", "build the guide: messages, codes, states, failures"),
        _loader("guide", "guide_command"),
    ),
    "host": (in_system_lang("模拟收单主机", "the simulated acquirer host"), _loader("host", "host_command")),
    "terminal": (in_system_lang("仿真终端", "the emulated terminal"), _loader("terminal", "terminal_command")),
    "ports": (
        in_system_lang("列出串口，及其问题与办法", "list the serial ports, what is wrong with them, and the cure"),
        _loader("ports", "ports_command"),
    ),
    "card": (
        in_system_lang("仿真芯片卡，供任何 PC/SC 程序读取", "emulated chip cards, for every PC/SC program to read"),
        _loader("card", "card_group"),
    ),
    "reader": (
        in_system_lang("读卡器（PC/SC）：列出、检查、观察", "card readers (PC/SC): list, check, watch"),
        _loader("reader", "reader_group"),
    ),
    "endurance": (
        in_system_lang("连续做几千笔交易", "thousands of sales in a row"),
        _loader("endurance", "endurance_command"),
    ),
    "drive": (
        in_system_lang("像收银机一样操作终端", "operate a terminal as its register does"),
        _loader("drive", "drive_command"),
    ),
    "completion": (
        in_system_lang("命令行补全脚本", "the script for shell completion"),
        _loader("completion", "completion_command"),
    ),
}


@click.group(
    cls=LazyGroup,
    loaders=LOADERS,
    help=in_system_lang(
        "支付终端的开放测试台：让终端的开通以文档所载的每种方式失败，并说出原因。\n\n"
        "退出码：0 一切如文档所述，1 有事不符，2 用法错误，3 测试台自身出错。",
        "The open test rig for payment terminals: makes a terminal's activation fail in every documented way, and "
        "names the cause.\n\n"
        "Exit status: 0 as documented, 1 something was not as it must be, 2 usage, 3 the bench itself is broken.",
    ),
    examples=("posrig run", "posrig list", "posrig decode 0800...", "posrig COMMAND --help"),
    context_settings={"max_content_width": WIDTH_MAX, "help_option_names": ["--help", "-h"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help=in_system_lang("显示版本", "show the version"),
)
@lang_option()
def main() -> None:
    pass


if __name__ == "__main__":
    main()
