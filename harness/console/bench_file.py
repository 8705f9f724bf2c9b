"""`posrig bench`: bench files, for terminals that posrig did not start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import LinkError, LocalError
from protocols.text import Lang, Text

from .failing import NOT_AS_IT_MUST_BE, OK, UsageProblem
from .language import current_lang, in_system_lang
from .options import Address, NewFile, OneOf, ReadableFile, lang_option
from .scenario import NOT_TOML, NOT_WRITTEN, NOT_WRITTEN_CURE, THERE
from .shape import LazyGroup, command

if TYPE_CHECKING:
    from ..bench.physical.settings import BenchFile
    from ..bench.register import Cable

USUAL_FILE = "my-bench.toml"
USUAL_PORT, USUAL_LISTEN, USUAL_SN = "/dev/ttyUSB0", "0.0.0.0:8583", "SN00000001"
ASK_PORT = Text("终端接在哪个端口（本机有：{there}）", "Which port is the terminal at (there are: {there})")
ASK_PROBE = Text("现在探测它说什么规程？", "Find out now what it speaks?")
ASK_PROTOCOL = Text("规程", "Protocol")
ASK_LISTEN = Text("主机在哪里监听", "Where does the host listen")
ASK_SN = Text("终端的序列号", "The terminal's serial number")
ASK_LIVE = Text("终端已在用（有终端号与测试密钥）？", "Is the terminal in use already (with numbers and a test key)?")
ASK_PERSON = Text("运行时有人在终端旁？", "Will somebody be at the terminal?")
PROBED = Text("{port} 上是 {protocol}，{line}", "{port} speaks {protocol}, {line}")
NOT_PROBED = Text("没有探测到：{why}", "Not found out: {why}")
WRITTEN = Text("已写 {path}。检查：{check}；运行：{run}", "Wrote {path}.  Check it: {check}; run it: {run}")
GOOD = Text("{path}：写法正确（{name}）", "{path}: well written ({name})")
ROWS = Text(
    "{whole} 个场景可以做，{some} 个有一部分可以做，{none} 个不适用",
    "{whole} rows can be carried out, {some} in part, {none} not at all",
)
NO_ROW = Text(
    '每个场景都从出厂状态开始：文件中允许 allow = ["deliver", "load_master_key"]，或改为 begins = "live"（终端已在用）',
    'Every row begins with a device in its box: allow = ["deliver", "load_master_key"] lets it, or begins = "live" for '
    "one that is in use",
)
"""The file as it is written first is a safe one: nothing destructive is allowed."""
ANSWERS = Text("{port}：终端以 {protocol} 应答", "{port}: the terminal answers in {protocol}")
LISTENS = Text("可以在 {address} 监听", "{address} can be listened at")
LINE_ROW = Text("  {row:5} {what}", "  {row:5} {what}")
PART = Text("除 {cases} 之外可以做", "all but {cases}")


@command(
    "new",
    "写一个带注释的测试台文件：问几个问题，并探测端口上的规程。--yes 不提问，取选项与默认值。\n\n"
    "退出码：0 已写，2 不能写。",
    "Write a commented bench file: a few questions are asked, and the port is probed for its protocol. --yes asks "
    "nothing and takes options and defaults.\n\n"
    "Exit status: 0 written, 2 it cannot be.",
    ("posrig bench new", "posrig bench new counter.toml --yes --port usb:A50285BI --protocol zvt"),
)
@click.argument("path", metavar="[PATH.toml]", type=NewFile(), default=USUAL_FILE)
@click.option("--yes", is_flag=True, help=in_system_lang("不提问", "ask nothing"))
@click.option("--port", metavar="PORT", help=in_system_lang("终端所在的端口", "the port that the terminal is at"))
@click.option(
    "--protocol",
    type=OneOf("mispos-b|zvt|...", lambda: _protocols()),
    help=in_system_lang("规程；不给则探测", "the protocol; probed for when it is not given"),
)
@click.option("--listen", type=Address(), help=in_system_lang("主机监听的地址", "where the host listens"))
@click.option("--sn", metavar="SN", help=in_system_lang("终端的序列号", "the terminal's serial number"))
@lang_option()
def new_command(
    path: Path, yes: bool, port: str | None, protocol: str | None, listen: str | None, sn: str | None
) -> int:
    if path.suffix != ".toml":
        raise UsageProblem(NOT_TOML.format(path=path))
    if path.exists():
        raise UsageProblem(THERE.format(path=path))
    there = _ports()
    port = port or _asked(ASK_PORT.format(there=", ".join(there) or "-"), there[0] if there else USUAL_PORT, yes)
    line = ""
    if protocol is None:
        protocol, line = _probed(port, yes)
    values: dict[str, Any] = {
        "name": re.sub(r"[^\w.-]+", "-", path.stem)[:40],
        "port": port,
        "line": line,
        "protocol": protocol,
        "transport": "tcp" if port.startswith("tcp:") and _framed_over_tcp(protocol) else "serial",
        "listen": listen or _asked(ASK_LISTEN, USUAL_LISTEN, yes),
        "sn": sn or _asked(ASK_SN, USUAL_SN, yes),
        "begins": "live" if not yes and _confirmed(ASK_LIVE, False) else "boxed",
        "there": yes or _confirmed(ASK_PERSON, True),
    }
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(values, path, current_lang()))
    except FileExistsError:
        raise UsageProblem(THERE.format(path=path)) from None
    except OSError as error:
        raise LocalError(NOT_WRITTEN.format(path=path, why=error.strerror or error), NOT_WRITTEN_CURE) from error
    check, run = f"posrig bench check {path}", f"posrig run --bench {path} LIFE"
    click.echo(WRITTEN.format(path=path, check=check, run=run).in_(current_lang()))
    return OK


@command(
    "check",
    "检查测试台文件，说出哪些场景可以做、其余为什么不行；再探测终端是否在端口上以所写的规程应答，主机地址能否监听。\n\n"
    "退出码：0 都好，1 终端不应答或地址不能监听，2 文件有误。",
    "Check a bench file: which rows can be carried out, and why the others cannot; then whether the terminal answers "
    "at the port in the protocol that is written there, and whether the host's address can be had.\n\n"
    "Exit status: 0 all is well, 1 the terminal does not answer or the address cannot be had, 2 the file is wrong.",
    ("posrig bench check my-bench.toml", "posrig bench check my-bench.toml --no-probe"),
)
@click.argument("path", metavar="PATH.toml", type=ReadableFile())
@click.option("--no-probe", is_flag=True, help=in_system_lang("只看文件，不碰端口", "look at the file alone"))
@lang_option()
def check_command(path: Path, no_probe: bool) -> int:
    from ..scenarios.bench_file import read_bench

    lang = current_lang()
    bench = read_bench(path)
    click.echo(GOOD.format(path=path, name=bench.name).in_(lang))
    _say_rows(bench, lang)
    return OK if no_probe else _probe_all(bench, lang)


def _say_rows(bench: BenchFile, lang: Lang) -> None:
    from ..scenarios.load import LIFE, scenario_ids
    from ..scenarios.physical import table_of

    plans = table_of(bench, (LIFE, *scenario_ids()))
    for row, plan in plans.items():
        if plan.left:
            cases = ", ".join(one.case for one in plan.left)
            what = plan.why or PART.format(cases=cases)
            click.echo(f"  {row:5} {what.in_(lang)}")
    whole = sum(not plan.left for plan in plans.values())
    none = sum(plan.scenario is None for plan in plans.values())
    click.echo(ROWS.format(whole=whole, some=len(plans) - whole - none, none=none).in_(lang))
    if none == len(plans):
        click.echo(NO_ROW.in_(lang))


def _probe_all(bench: BenchFile, lang: Lang) -> int:
    """Whether the terminal answers, and the host's address can be had."""
    from ..bench.physical.addresses import check_listening
    from ..bench.probing import probe

    good = True
    try:
        probe(_cable(bench), (bench.protocol,))
        click.echo(ANSWERS.format(port=bench.port.address, protocol=bench.protocol).in_(lang))
    except LinkError as error:
        good = False
        click.echo(f"{error.what.in_(lang)}. {error.cure.in_(lang)}", err=True)
    try:
        check_listening(bench.host.listen)
        click.echo(LISTENS.format(address=bench.host.listen).in_(lang))
    except LinkError as error:
        good = False
        click.echo(f"{error.what.in_(lang)}. {error.cure.in_(lang)}", err=True)
    return OK if good else NOT_AS_IT_MUST_BE


def _cable(bench: BenchFile) -> Cable:
    from ..bench.register import Cable
    from ..links.line_settings import LineSettings

    line = LineSettings.parse(bench.port.line) if bench.port.line else None
    return Cable(bench.port.address, bench.register, line)


def _protocols() -> tuple[str, ...]:
    from protocols.registers import REGISTER_PROTOCOLS

    return tuple(REGISTER_PROTOCOLS)


def _framed_over_tcp(protocol: str) -> bool:
    return protocol == "zvt"


def _ports() -> list[str]:
    """The ports of this computer, by the names that last."""
    from ..links.port_info import address_of, serial_ports

    ports = [port for port in serial_ports() if port.name and not port.phantom]
    return [address_of(port, ports) for port in ports]


def _probed(port: str, yes: bool) -> tuple[str, str]:
    """Protocol and line settings of the terminal at `port`, as it answers; else as the person says."""
    from protocols.registers import DEFAULT_PROTOCOL

    from ..bench.probing import probe
    from ..bench.register import Cable

    lang = current_lang()
    if yes or _confirmed(ASK_PROBE, True):
        try:
            found = probe(Cable(port))
        except LinkError as error:
            click.echo(NOT_PROBED.format(why=error.what.in_(lang)).in_(lang), err=True)
        else:
            line = "" if found.line is None else str(found.line)
            protocol = found.spoken.protocol
            click.echo(PROBED.format(port=port, protocol=protocol, line=line or "TCP").in_(lang), err=True)
            return protocol, line
    known = ", ".join(_protocols())
    asked = Text(f"{ASK_PROTOCOL.zh}（{known}）", f"{ASK_PROTOCOL.en} ({known})")
    return _asked(asked, DEFAULT_PROTOCOL, yes), ""


def _asked(question: Text, usual: str, yes: bool) -> str:
    return usual if yes else str(click.prompt(question.in_(current_lang()), default=usual))


def _confirmed(question: Text, usual: bool) -> bool:
    return bool(click.confirm(question.in_(current_lang()), default=usual))


def _text(values: dict[str, Any], path: Path, lang: Lang) -> str:
    import jinja2

    from ..bench.physical.safety import DESTRUCTIVE
    from ..fixtures import dialect_names, fixtures_dir
    from ..quirks import quirk_names
    from ..scenarios.names import profiles

    source = (fixtures_dir() / "templates" / "bench.toml.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    known = {
        "protocols": _protocols(),
        "quirks": quirk_names(values["protocol"]) or ("-",),
        "destructive": tuple(DESTRUCTIVE),
        "dialects": tuple(dialect_names()),
        "profiles": tuple(profiles()),
    }
    words = {key: ", ".join(names) for key, names in known.items()}
    given = {key: value.replace("\\", "\\\\") if isinstance(value, str) else value for key, value in values.items()}
    return environment.from_string(source).render(
        path=path.as_posix(), w=lambda zh, en: zh if lang == "zh" else en, **given, **words
    )


bench_group: LazyGroup = LazyGroup(
    "bench",
    loaders={
        "new": (in_system_lang("写一个带注释的测试台文件", "write a commented bench file"), lambda: new_command),
        "check": (in_system_lang("检查测试台文件并探测", "check a bench file, and probe"), lambda: check_command),
    },
    help=in_system_lang(
        "实物测试台：posrig 没有启动的终端。先写测试台文件，检查，再用 posrig run --bench FILE.toml 运行。",
        "Physical benches: terminals that posrig did not start. Write a bench file, check it, then posrig run --bench "
        "FILE.toml.",
    ),
    examples=("posrig bench new", "posrig bench check my-bench.toml", "posrig run --bench my-bench.toml LIFE D9"),
)
