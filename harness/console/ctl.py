"""`posrig host ctl`: steers a host that runs, through its control interface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from protocols.text import Text

from .failing import NOT_AS_IT_MUST_BE, OK, UsageProblem, complain
from .language import current_lang, in_system_lang
from .options import Address, OneOf, ReadableFile, lang_option
from .shape import command

NAMES = frozenset(("application", "code", "mid", "order", "pan", "parcel", "rrn", "sn", "stan", "tid"))
"""Arguments that are numbers in name only: text, also where they look like JSON."""

NO_PAIR = Text(
    "{value} 不是 键=值，应形如 behaviour=review_held", "{value} is no key=value; write it as behaviour=review_held"
)
TWICE = Text("{key} 给了两次，请只给一次", "{key} is given twice; give it once")
REFUSED = Text("{name} 被拒绝：{why}", "{name} was refused: {why}")


@command(
    "ctl",
    "向运行中的主机（或终端）的控制接口发出一个请求，并打印其回答（JSON）。\n\n"
    "NAME：cause、heal、hold、release、review、issue_tmk、provision、report（机具报失）、merchant、snapshot 等，"
    "写错时列出全部；status 与 stop 问进程本身。值若是 JSON 则按 JSON 理解，否则为文本；"
    "号码（mid、tid、sn、code 等）总是文本。名称以 _us 结尾的时间可写作 3d，或从现在起算的 +3d"
    "（us、ms、s、min、h、d）。\n\n"
    "终端的 NAME：cause、heal、maintain、settings、status 等；收银员的操作用 --as person operate op=sale。\n\n"
    "退出码：0 已照办，1 被拒绝，2 用法错误或连不上。",
    "Send one request to the control interface of a host, or of a terminal, that runs, and print its answer (JSON).\n\n"
    "NAME: cause, heal, hold, release, review, issue_tmk, provision, report (a device is lost or stolen), merchant, "
    "snapshot and others, all of which a wrong name is answered with; status and stop ask the process itself. A value "
    "that is JSON counts as JSON, any other as text; numbers that name something (mid, tid, sn, code ...) are always "
    "text. A time, whose name ends in _us, may be written 3d, or +3d from now on (us, ms, s, min, h, d).\n\n"
    "Of a terminal: cause, heal, maintain, settings, status and others; what is done at its keypad by --as person "
    "operate op=sale.\n\n"
    "Exit status: 0 done, 1 refused, 2 usage or no connection.",
    (
        "posrig host ctl snapshot --control 127.0.0.1:9583 --token-file token",
        "posrig host ctl cause behaviour=review_held --control 127.0.0.1:9583 --token-file token",
        "posrig host ctl issue_tmk sn=POSRIG01000001 --control 127.0.0.1:9583 --token-file token",
        "posrig host ctl announce kind=cut_over from_us=+1h until_us=+2h --control 127.0.0.1:9583 --token-file token",
        "posrig host ctl hold kind=suspended subject=merchant:M1 --control 127.0.0.1:9583 --token-file token",
        "posrig host ctl maintain act=clear_jam --control 127.0.0.1:9683 --token-file terminal.token",
    ),
)
@click.argument("name", metavar="NAME")
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option(
    "--control",
    type=Address(dial=True),
    required=True,
    help=in_system_lang("控制接口的地址", "where the control interface listens"),
)
@click.option(
    "--token-file", type=ReadableFile(), required=True, help=in_system_lang("令牌文件", "the file with its token")
)
@click.option(
    "--as",
    "who",
    type=OneOf("control|portal|person", lambda: ("control", "portal", "person")),
    default="control",
    help=in_system_lang("以谁的身份；默认 control", "who asks; default control"),
)
@lang_option()
def ctl_command(name: str, pairs: tuple[str, ...], control: str, token_file: Path, who: str) -> int:
    from ..bench.control_client import ControlClient, token_of
    from ..scenarios.values import filled

    arguments = arguments_of(pairs)
    client = ControlClient(control, token_of(token_file))
    if name == "stop":
        client.stop()
        return OK
    if name == "status" and who == "control":
        return _print(client.status())
    asks_the_time = any(isinstance(value, str) and value.startswith("+") for value in arguments.values())
    now_us = client.status()["now_us"] if asks_the_time else 0
    ok, value = client.ask(who, name, filled(arguments, {}, now_us))
    if ok:
        return _print(value)
    error = value.get("error") or {}
    why = Text(str(error.get("zh") or "被拒绝"), str(error.get("en") or "refused"))
    complain(
        Text(REFUSED.zh.format(name=name, why=why.zh), REFUSED.en.format(name=name, why=why.en)).in_(current_lang())
    )
    return NOT_AS_IT_MUST_BE


def _print(value: Any) -> int:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
    return OK


def arguments_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`key=value` as arguments; dots are part of the key.  Raises UsageProblem."""
    arguments: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageProblem(NO_PAIR.format(value=repr(pair)))
        if key in arguments:
            raise UsageProblem(TWICE.format(key=key))
        arguments[key] = value if key in NAMES and not value.startswith('"') else _value(value)
    return arguments


def _value(text: str) -> Any:
    """JSON where it is JSON.  Codes with leading zeros (`00000123`) are none and stay text; so do fractions."""
    try:
        return json.loads(text, parse_float=_refused, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text


def _refused(text: str) -> Any:
    raise ValueError(text)
