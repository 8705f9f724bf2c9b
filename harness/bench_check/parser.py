"""The command line of `bench-check` as argparse reads it; nothing else is imported, so that --help is there at once."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any, NoReturn

from protocols.errors import ScenarioError
from protocols.text import Lang, Text

from .option_words import EPILOG, GROUP_WORDS, HELP, ROWS, USAGE_WORDS, Row

PROGRAM = "bench-check"
NARROWEST, NO_CONSOLE, MARGIN = 40, 80, 2
"""Columns.  A few consoles say 0; the last column stays free, where some of Windows begin a line of their own."""
BAD_LINE = Text("命令行有误：{why}", "The command line is wrong: {why}")
SEE_HELP = Text("见 bench-check --help", "See bench-check --help")
LACKING = Text("{option} 后面缺少值", "{option} lacks its value")


class BadLine(ScenarioError):
    """A wrong command line."""

    def __init__(self, why: Text) -> None:
        super().__init__(Text(BAD_LINE.zh.format(why=why.zh), BAD_LINE.en.format(why=why.en)), SEE_HELP)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        lacking = re.fullmatch(r"argument (\S+?)(?:/\S+)?: expected .*argument.*", message)
        raise BadLine(LACKING.format(option=lacking[1]) if lacking else Text(message, message))


def parser_of(lang: Lang) -> argparse.ArgumentParser:
    """The command line, its help in `lang`."""

    class Formatter(argparse.RawDescriptionHelpFormatter):
        def __init__(self, prog: str) -> None:
            super().__init__(prog, width=_width())

        def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
            super().add_usage(usage, actions, groups, prefix or USAGE_WORDS.in_(lang))

    parser = _Parser(
        PROGRAM, description=HELP.in_(lang), epilog=EPILOG.in_(lang), formatter_class=Formatter, add_help=False,
        allow_abbrev=False, usage=f"{PROGRAM} [...]",
    )  # fmt: skip
    for name, words in GROUP_WORDS.items():
        group = parser.add_argument_group(words.in_(lang))
        for row in ROWS[name]:
            _add(group, row, lang)
    return parser


def _width() -> int:
    """Columns for the help.  argparse would import `shutil` to ask, and with it every kind of compression."""
    try:
        return max(NARROWEST, os.get_terminal_size().columns) - MARGIN
    except OSError:  # no console
        return NO_CONSOLE - MARGIN


def _add(group: Any, row: Row, lang: Lang) -> None:
    kind: dict[str, Any] = {"help": row.words.in_(lang).replace("%", "%%")}
    match row.kind:
        case "flag":
            kind["action"] = "store_true"
        case "optional":
            kind |= {"nargs": "?", "const": "", "metavar": row.metavar}
        case "many":
            kind |= {"action": "append", "metavar": row.metavar}
        case _:
            kind |= {"metavar": row.metavar}
    group.add_argument(*row.options, dest=row.dest, **kind)
