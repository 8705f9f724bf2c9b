"""Kinds of values that options take.  Each refuses a wrong one with the option, the value and the way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import LocalError
from protocols.text import Lang, Text

from .failing import BadValue
from .language import choose_lang, in_system_lang

PORTS = range(65_536)
SEED_MAX = 2**63 - 1
"""Fits into every database and file that a seed may stand in."""

NOT_NUMBER = Text("{value} 不是 {least} 到 {most} 的整数", "{value} is no integer from {least} to {most}")
NOT_CHOICE = Text("没有 {value}，可用：{known}", "there is no {value}; there are: {known}")
NOT_CHOICE_NEAR = Text(
    "没有 {value}，最接近的是 {near}；可用：{known}", "there is no {value}, the nearest is {near}; there are: {known}"
)
NOT_ADDRESS = Text(
    "{value} 不是 地址:端口，应形如 127.0.0.1:8583（端口 0 到 65535，0 表示任意）",
    "{value} is no ADDR:PORT; write it as 127.0.0.1:8583 (ports 0 to 65535, 0 is any free one)",
)
NO_PORT_0 = Text("{value}：要连接的端口为 1 到 65535", "{value}: a port to connect to is 1 to 65535")
NO_FILE = Text("没有文件 {value}，请检查路径", "there is no file {value}; check the path")
IS_FOLDER = Text("{value} 是目录，请给出文件", "{value} is a folder; name a file")
IS_FILE = Text("{value} 是文件，请给出目录", "{value} is a file; name a folder")
UNREADABLE = Text("读不了 {value}（{why}），请检查权限", "{value} cannot be read ({why}); check its rights")
NO_PLACE = Text("目录 {value} 不存在，请先建立", "the folder {value} does not exist; make it first")
UNWRITABLE = Text("写不了 {value}（{why}），请换一个路径", "{value} cannot be written ({why}); choose another path")


if TYPE_CHECKING:
    from ..links.line_settings import LineSettings
if TYPE_CHECKING:  # generic in the newest click only, which is the one that types are checked with
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType


class Kind(ParamType):
    """The base of our kinds."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """As it is typed: click would write it in capitals."""
        return self.name


class Whole(Kind):
    """An integer within bounds."""

    name = "N"

    def __init__(self, least: int, most: int) -> None:
        self.least: int = least
        self.most: int = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip()
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and self.least <= int(text) <= self.most):
            raise _at(NOT_NUMBER.format(value=repr(value), least=self.least, most=self.most), param, ctx)
        return int(text)


class OneOf(Kind):
    """One of some names; `known` is asked when a value is there, so that lists from files cost nothing before."""

    def __init__(self, metavar: str, known: Callable[[], Sequence[str]]) -> None:
        self.name = metavar
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = list(self.known())
        if value in known:
            return str(value)
        near = get_close_matches(str(value), known, n=1, cutoff=0.5)
        what = (NOT_CHOICE_NEAR if near else NOT_CHOICE).format(
            value=repr(value), known=", ".join(known), near=near[0] if near else ""
        )
        raise _at(what, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self.known() if name.startswith(incomplete)]


class Address(Kind):
    """`ADDR:PORT`.  `dial`: an address to connect to, which has a port other than 0."""

    name = "ADDR:PORT"

    def __init__(self, dial: bool = False) -> None:
        self.dial = dial

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        host, colon, port = str(value).rpartition(":")
        plain = host.removeprefix("[").removesuffix("]")
        number = int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else -1
        if not colon or not plain or any(c.isspace() or c in "/[]" for c in plain) or number not in PORTS:
            raise _at(NOT_ADDRESS.format(value=repr(value)), param, ctx)
        if ":" in plain and not host.startswith("["):
            raise _at(NOT_ADDRESS.format(value=repr(value)), param, ctx)
        if self.dial and number == 0:
            raise _at(NO_PORT_0.format(value=repr(value)), param, ctx)
        return str(value)


class ReadableFile(Kind):
    """A file that is there and can be read."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        try:
            if path.is_dir():
                raise _at(IS_FOLDER.format(value=value), param, ctx)
            with path.open("rb"):
                return path
        except FileNotFoundError:
            raise _at(NO_FILE.format(value=value), param, ctx) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise _at(UNREADABLE.format(value=value, why=why), param, ctx) from None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class NewFile(ReadableFile):
    """A file that will be written; its folder must be there, it need not."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        try:
            if path.is_dir():
                raise _at(IS_FOLDER.format(value=value), param, ctx)
            if not path.parent.is_dir():
                raise _at(NO_PLACE.format(value=path.parent), param, ctx)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise _at(UNWRITABLE.format(value=value, why=why), param, ctx) from None
        return path


class BenchOrFile(Kind):
    """The name of a bench, or a bench file."""

    name = "simulated|emulated|FILE.toml"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from .opening import BENCHES

        if str(value).endswith(".toml"):
            return str(ReadableFile().convert(value, param, ctx))
        return OneOf(self.name, lambda: (*BENCHES, "FILE.toml")).convert(value, param, ctx)


class SerialLine(Kind):
    """How a serial line is set: a rate alone, or with its format (`harness.links.line_settings`)."""

    name = "RATE[-8N1]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> LineSettings:
        from ..links.line_settings import LineSettings

        try:
            return value if isinstance(value, LineSettings) else LineSettings.parse(str(value))
        except LocalError as error:
            what, cure = error.what, error.cure
            raise _at(Text(f"{what.zh}；{cure.zh}", f"{what.en}; {cure.en}"), param, ctx) from error


class NewFolder(Kind):
    """A folder that is made when it is not there."""

    name = "DIR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise _at(IS_FILE.format(value=value), param, ctx) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise _at(UNWRITABLE.format(value=value, why=why), param, ctx) from None
        return path

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir")]


def _at(why: Text, param: click.Parameter | None, ctx: click.Context | None) -> BadValue:
    error = BadValue(why)
    error.param, error.ctx = param, ctx
    return error


def _keep_lang(_ctx: click.Context, _: click.Parameter, value: Lang | None) -> None:
    if value:
        choose_lang(value)


def steering_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--control`, `--token-file` and `--trace`, which host and terminal share."""
    options = (
        click.option(
            "--control",
            type=Address(),
            help=in_system_lang("控制接口（HTTP）的地址", "where the control interface (HTTP) listens"),
        ),
        click.option(
            "--token-file",
            type=NewFile(),
            help=in_system_lang(
                "控制接口的令牌文件；没有则生成", "the control interface's token; made when the file is not there"
            ),
        ),
        click.option(
            "--trace", type=NewFile(), help=in_system_lang("把轨迹写到此文件", "record the trace in this file")
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def lang_option() -> Callable[[Any], Any]:
    """`--lang zh|en`, read before the other options, so that their errors come in that language; before a command and
    after it."""
    return click.option(
        "--lang",
        type=OneOf("zh|en", lambda: ("zh", "en")),
        expose_value=False,
        is_eager=True,
        callback=_keep_lang,
        help=in_system_lang("界面语言；默认按系统语言", "language; by default the system's"),
    )
