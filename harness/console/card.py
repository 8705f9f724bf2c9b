"""`posrig card`: the emulated chip cards, and one of them in a virtual reader for any PC/SC program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from protocols.text import Text

from .failing import OK, UsageProblem
from .host import interfaces_of
from .language import current_lang, in_system_lang
from .options import SEED_MAX, Address, NewFile, OneOf, Whole, lang_option, steering_options
from .shape import LazyGroup, command

DEFAULT_CARD = "debit"
SERVE = "serve"
PROTOCOLS: Mapping[str, int | None] = {"t0": 0, "t1": 1, "card": None}
BOTH = Text(
    "--vpcd 与 --private 只能给出一个：去掉其中一个", "--vpcd and --private cannot both be given: leave one of them out"
)
TWICE = Text("卡名给了两次：去掉 --card", "the card is named twice: leave --card out")
CARDS, FAULTS = Text("卡片", "Cards"), Text("故障（--fault、cause）", "Faults (--fault, cause)")
KEYS = {
    "atr": Text("ATR", "ATR"),
    "pin_tries": Text("PIN 余次", "PIN tries"),
    "directories": Text("目录", "directories"),
    "aid": Text("AID", "AID"),
    "label": Text("标签", "label"),
    "priority": Text("优先级", "priority"),
    "pan": Text("卡号", "PAN"),
    "scheme": Text("密文算法", "cryptograms"),
    "ways": Text("应用交互特征与文件", "AIP and AFL"),
    "records": Text("记录", "records"),
}


@command(
    "list",
    "列出随附的仿真芯片卡，以及卡片可能有的故障。",
    "List the emulated chip cards that are shipped, and what can be wrong with a card.",
    ("posrig card list", "posrig card list --json"),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def list_command(as_json: bool) -> int:
    from ..card.behaviours import BEHAVIOURS
    from ..card.files import chip_names

    cards = {name: _told(name) for name in chip_names()}
    if as_json:
        faults = {
            name: {"zh": one.text.zh, "en": one.text.en, "settings": dict(one.settings)}
            for name, one in BEHAVIOURS.items()
        }
        told = {"cards": {name: {"zh": text.zh, "en": text.en} for name, text in cards.items()}, "faults": faults}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return OK
    lang = current_lang()
    click.echo(f"{CARDS.in_(lang)}\n")
    for name, text in cards.items():
        click.echo(f"  {name:20} {text.in_(lang)}")
    click.echo(f"\n{FAULTS.in_(lang)}\n")
    for name, one in BEHAVIOURS.items():
        settings = ",".join(f"{key}={'...' if value in (None, '') else value}" for key, value in one.settings.items())
        click.echo(f"  {name:20} {one.text.in_(lang)}{f'  ({settings})' if settings else ''}")
    return OK


@command(
    "show",
    "显示一张仿真芯片卡里有什么：ATR、应用、记录。NAME 为 posrig card list 中的名称，或卡片文件 FILE.toml。",
    "Show what is on an emulated chip card: ATR, applications, records. NAME is one of posrig card list, or a card's "
    "file "
    "FILE.toml.",
    ("posrig card show debit", "posrig card show pboc-test --json"),
)
@click.argument("name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def show_command(name: str, as_json: bool) -> int:
    content = _content(name)
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return OK
    click.echo(f"{content['name']}  {content[current_lang()]}")
    _show({key: content[key] for key in ("atr", "directories", "pin_tries")}, "  ")
    for application in content["applications"]:
        click.echo("")
        _show(application, "  ")
    return OK


@command(
    "serve",
    "把一张仿真芯片卡放进虚拟读卡器（vsmartcard-vpcd），本机任何 PC/SC 程序都看得到它。"
    "--vpcd 用系统 pcscd 的虚拟读卡器；--private 自带一个 pcscd，并先打印其他程序要设的 PCSCLITE_CSOCK_NAME，不需要 "
    "root。\n\n"
    "运行中从标准输入接受命令：insert [卡]、tap [卡]、pull、cause 故障[:设置=值,...]、heal [故障]、status、quit。\n\n"
    "退出码：0 正常停止，2 用法、文件有错或没有读卡器，3 自身出错。",
    "Put an emulated chip card into a virtual reader (vsmartcard-vpcd), where every PC/SC program of this computer "
    "sees "
    "it. --vpcd takes the virtual reader of the system's pcscd; --private brings a pcscd of its own and first prints "
    "the "
    "PCSCLITE_CSOCK_NAME that other programs must have, and needs no root.\n\n"
    "While it runs it takes commands on standard input: insert [CARD], tap [CARD], pull, "
    "cause FAULT[:SETTING=VALUE,...], heal [FAULT], status, quit.\n\n"
    "Exit status: 0 stopped in order, 2 usage, a bad file, or no reader, 3 it is broken itself.",
    (
        "posrig card --vpcd",
        "posrig card serve credit --vpcd --tap",
        "posrig card serve my-card.toml --private --fault 'pulled_during:command=GENERATE AC'",
        "posrig card serve debit --private --trace card.jsonl",
    ),
)
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--card", metavar="NAME", help=in_system_lang("哪张卡，或其 .toml 文件；默认 debit", "which; default debit")
)
@click.option(
    "--vpcd",
    type=Address(dial=True),
    is_flag=False,
    flag_value="127.0.0.1:35963",
    metavar="[ADDR:PORT]",
    help=in_system_lang(
        "系统的虚拟读卡器；默认，地址默认 127.0.0.1:35963",
        "the system's virtual reader; this is the default, at 127.0.0.1:35963",
    ),
)
@click.option(
    "--private",
    is_flag=True,
    help=in_system_lang("自带 pcscd 与虚拟读卡器", "a pcscd and virtual readers of its own"),
)
@click.option(
    "--protocol",
    type=OneOf("t0|t1|card", lambda: tuple(PROTOCOLS)),
    default="t0",
    help=in_system_lang(
        "接触式卡片提供的协议；card 依卡片文件；默认 t0，旧程序只认它",
        "what a contact card offers; card: as its file says; default t0, which every program knows",
    ),
)
@click.option("--tap", is_flag=True, help=in_system_lang("以非接触方式出示", "present it contactless"))
@click.option(
    "--fault",
    "faults",
    metavar="SPEC",
    multiple=True,
    help=in_system_lang("卡片的故障，可给多次", "what is wrong with it; may be given several times"),
)
@click.option(
    "--state",
    type=NewFile(),
    help=in_system_lang(
        "保存卡片所计之数（ATC、PIN 余次等）的文件；默认不保存",
        "the file in which the card keeps what it counts (ATC, PIN tries ...); by default it forgets",
    ),
)
@steering_options
@click.option(
    "--seed",
    type=Whole(0, SEED_MAX),
    help=in_system_lang("种子；给出后随机数可重现", "makes its random numbers repeatable"),
)
@lang_option()
def serve_command(name: str | None, card: str | None, vpcd: str | None, private: bool, **options: Any) -> int:
    from ..bench.card_process import VPCD, CardStart, run_card

    if vpcd and private:
        raise UsageProblem(BOTH)
    if name and card:
        raise UsageProblem(TWICE)
    start = CardStart(
        card=name or card or DEFAULT_CARD,
        how="tap" if options["tap"] else "insert",
        vpcd="" if private else vpcd or VPCD,
        t=PROTOCOLS[options["protocol"]],
        faults=options["faults"],
        state=options["state"],
        seed=options["seed"],
    )
    return run_card(start, interfaces_of(options))


class CardGroup(LazyGroup):
    """`posrig card --vpcd` is short for `posrig card serve --vpcd`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What begins with an option of `serve` is meant for it."""
        own = {name for option in serve_command.params for name in option.opts if isinstance(option, click.Option)}
        if args and args[0].partition("=")[0] in own - {"--lang"}:
            args = [SERVE, *args]
        return super().parse_args(ctx, args)


card_group: LazyGroup = CardGroup(
    "card",
    loaders={
        "list": (in_system_lang("列出仿真卡与故障", "list cards and faults"), lambda: list_command),
        "show": (in_system_lang("一张卡里有什么", "what is on a card"), lambda: show_command),
        SERVE: (in_system_lang("把卡放进虚拟读卡器", "put a card into a virtual reader"), lambda: serve_command),
    },
    help=in_system_lang(
        "仿真芯片卡：本机任何 PC/SC 程序都能像读真卡一样读它。posrig card --vpcd 即 posrig card serve --vpcd。",
        "Emulated chip cards, which every PC/SC program of this computer reads as it reads a real one. posrig card "
        "--vpcd "
        "is posrig card serve --vpcd.",
    ),
    examples=("posrig card list", "posrig card --vpcd", "posrig card serve credit --private"),
)


def _told(name: str) -> Text:
    """What a card is, as its file says."""
    from ..card.files import FOLDER
    from ..fixtures import fixtures_dir, read_toml

    path = Path(name) if name.endswith(".toml") else fixtures_dir().joinpath(*FOLDER, f"{name}.toml")
    row = read_toml(path)
    return Text(row.get("zh") or path.stem, row.get("en") or path.stem)


def _content(name: str) -> dict[str, Any]:
    from ..card.files import load_chip

    chip, text = load_chip(name), _told(name)
    return {
        "name": chip.name,
        "zh": text.zh,
        "en": text.en,
        "atr": {how: atr.hex().upper() for how, atr in chip.atr.items()},
        "directories": [one.name.decode() for one in (chip.pse, chip.ppse) if one is not None],
        "pin_tries": chip.pin_tries,
        "applications": [
            {
                "aid": one.aid.hex().upper(),
                "label": one.label,
                "priority": one.priority,
                "pan": one.pan,
                "scheme": one.scheme_name,
                "ways": {how: f"{way.aip.hex().upper()} {way.afl.hex().upper()}" for how, way in one.ways.items()},
                "records": {
                    f"{sfi:02d}.{number}": record.hex().upper() for (sfi, number), record in sorted(one.records.items())
                },
            }
            for one in chip.applications
        ],
    }


def _show(content: dict[str, Any], indent: str) -> None:
    lang = current_lang()
    colon = "：" if lang == "zh" else ": "
    for key, value in content.items():
        head = f"{indent}{KEYS[key].in_(lang)}{colon}"
        if isinstance(value, dict):
            click.echo(head.rstrip())
            for name, one in value.items():
                click.echo(f"{indent}  {name}{colon}{one}")
        else:
            click.echo(head + (_joined(value) if isinstance(value, list) else str(value)))


def _joined(values: Sequence[str]) -> str:
    return " ".join(values) or "-"
