"""How a command ends when something is wrong: one message that says what and what to do, and an exit status."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from protocols.errors import PosrigError
from protocols.text import Lang, Text

from .language import choose_lang, current_lang

OK, NOT_AS_IT_MUST_BE, USAGE, BROKEN = 0, 1, 2, 3
STOPPED = 130
"""As shells report a program that Ctrl-C ended."""
DEBUG_VARIABLE = "POSRIG_DEBUG"

UNEXPECTED = Text(
    "posrig 自身出错：{what}（设 {variable}=1 再运行可看到调用栈）",
    "posrig itself failed: {what} (run again with {variable}=1 to see where)",
)
NO_OPTION = Text("没有选项 {name}", "There is no option {name}")
NO_COMMAND = Text("没有命令 {name}", "There is no command {name}")
NEAREST = Text("最接近的是 {near}", "The nearest is {near}")
MISSING = Text("缺少 {name}", "{name} is missing")
BAD_VALUE = Text("{name}：{why}", "{name}: {why}")
SEE_HELP = Text("见 {command} --help", "See {command} --help")
STOPPED_TEXT = Text("已停止", "Stopped")


class UsageProblem(click.UsageError):
    """A wrong command line, in both languages."""

    def __init__(self, what: Text) -> None:
        super().__init__(what.en)
        self.what = what


class BadValue(click.BadParameter):
    """A value that an option cannot take, in both languages; `why` ends with the way out."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def complain(message: str) -> None:
    """To standard error."""
    click.echo(message, err=True)


def status_of(error: PosrigError) -> int:
    """2 for what the user gave us, 3 for what is our own fault."""
    from protocols.errors import LinkError, LocalError, RemoteError, ScenarioError

    return USAGE if isinstance(error, LocalError | RemoteError | LinkError | ScenarioError) else BROKEN


def shown(error: PosrigError, lang: Lang) -> str:
    """What is wrong and what to do next."""
    stop = "。" if lang == "zh" else "."
    what, cure = (text.in_(lang).rstrip(" .。") for text in (error.what, error.cure))
    return f"{what}{stop}{'' if lang == 'zh' else ' '}{cure}{stop}"


def guarded(command: Callable[[], Any]) -> int:
    """Run `command` and return the exit status; whatever goes wrong ends as one message on standard error."""
    choose_lang(None)
    lang = current_lang
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal or pipe without Chinese shows escapes, as stderr does
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = command()
        if sys.stdout is not None:  # None: the command was started with it closed
            sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except click.UsageError as error:
        complain(usage_message(error, lang()))
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        complain(STOPPED_TEXT.in_(lang()))
        return STOPPED
    except PosrigError as error:
        complain(shown(error, lang()))
        return status_of(error)
    except BrokenPipeError:
        _close_broken_pipe()
        return OK
    except Exception as error:  # the last line of defence: status 3 instead of a traceback
        if os.environ.get(DEBUG_VARIABLE):
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        complain(UNEXPECTED.format(what=what, variable=DEBUG_VARIABLE).in_(lang()))
        return BROKEN


def _close_broken_pipe() -> None:
    """`posrig list | head -1`: nobody reads on, and Python shall not complain when it flushes at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # standard output was replaced by something without a descriptor
        pass


def usage_message(error: click.UsageError, lang: Lang) -> str:
    """click's usage errors in the user's language; those that it has no class for stay as click words them."""
    name = _parameter(error)
    near = ""
    match error:
        case click.exceptions.NoArgsIsHelpError():  # the help itself: it tells all
            return error.format_message()
        case UsageProblem():
            what = error.what.in_(lang)
        case click.NoSuchOption():
            what = NO_OPTION.format(name=error.option_name).in_(lang)
            near = (error.possibilities or [""])[0]
        case click.exceptions.MissingParameter():
            what = MISSING.format(name=name).in_(lang)
        case BadValue():
            what = BAD_VALUE.format(name=name, why=error.why.in_(lang)).in_(lang)
        case click.BadParameter():
            what = BAD_VALUE.format(name=name, why=error.message).in_(lang)
        case _:
            what = error.format_message()
    stop = "。" if lang == "zh" else ". "
    parts = [what.rstrip(" .。"), NEAREST.format(near=near).in_(lang) if near else "", _see_help(error, lang)]
    return stop.join(part for part in parts if part) + stop.strip()


def _parameter(error: click.UsageError) -> str:
    if not isinstance(error, click.BadParameter):
        return ""
    if error.param_hint:
        return error.param_hint if isinstance(error.param_hint, str) else " ".join(error.param_hint)
    parameter = error.param
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.make_metavar(error.ctx) if parameter and error.ctx else ""


def _see_help(error: click.UsageError, lang: Lang) -> str:
    return SEE_HELP.format(command=error.ctx.command_path if error.ctx else "posrig").in_(lang)
