"""How commands look: help in the user's language, its examples kept as they are written, and one way to end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from protocols.text import Text

from .failing import guarded
from .language import help_lang, in_system_lang

HEADINGS = {
    "Options": Text("选项", "Options"),
    "Commands": Text("命令", "Commands"),
    "Usage: ": Text("用法：", "Usage: "),
    "Examples": Text("例子", "Examples"),
    "Operations": Text("操作", "Operations"),
}
SHOW_HELP = Text("显示此帮助", "show this help")
WIDTH_MAX = 110


class Formatter(click.HelpFormatter):
    """Headings in the user's language, and lines that end where a wide character would not fit."""

    def write_text(self, text: str) -> None:
        from .wrapping import wrapped

        indent = " " * self.current_indent
        paragraphs = text.split("\n\n")
        lines = [[indent + line for line in wrapped(one, self.width - len(indent))] for one in paragraphs]
        self.write("\n\n".join("\n".join(one) for one in lines) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        from .wrapping import wrapped

        indent = " " * self.current_indent
        told = list(rows)
        first = min(max((len(name) for name, _ in told), default=0), col_max) + col_spacing
        for name, text in told:
            lines = wrapped(text, max(self.width - self.current_indent - first, 10))
            fits = len(name) <= first - col_spacing
            self.write(f"{indent}{name}{' ' * (first - len(name)) + lines.pop(0) if fits and lines else ''}\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_heading(heading))

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, _heading(prefix or "Usage: "))


def _heading(text: str) -> str:
    return HEADINGS[text].in_(help_lang()) if text in HEADINGS else text


class Context(click.Context):
    formatter_class: type[click.HelpFormatter] = Formatter


class Command(click.Command):
    """A command with examples under its help."""

    context_class: type[click.Context] = Context

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples: Sequence[str] = examples

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _in_our_words(super().get_help_option(ctx))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        sys.exit(guarded(lambda: super(Command, self).main(*args, **kwargs)))


class LazyGroup(click.Group):
    """Commands that are imported when they are named.  `loaders`: name to (one-line help, loader)."""

    context_class: type[click.Context] = Context

    def __init__(
        self,
        *args: Any,
        loaders: dict[str, tuple[str, Callable[[], click.Command]]] | None = None,
        examples: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.loaders: dict[str, tuple[str, Callable[[], click.Command]]] = loaders or {}
        self.examples: Sequence[str] = examples

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.loaders)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.loaders[cmd_name][1]() if cmd_name in self.loaders else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the one-line helps, without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (line, _) in self.loaders.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _in_our_words(super().get_help_option(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        from .failing import NEAREST, NO_COMMAND, UsageProblem

        if args and args[0] not in self.loaders and not args[0].startswith("-"):
            near = get_close_matches(args[0], list(self.loaders), n=1)
            what = NO_COMMAND.format(name=args[0])
            if near:
                hint = NEAREST.format(near=near[0])
                what = Text(f"{what.zh}；{hint.zh}", f"{what.en}. {hint.en}")
            problem = UsageProblem(what)
            problem.ctx = ctx
            raise problem
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        sys.exit(guarded(lambda: super(LazyGroup, self).main(*args, **kwargs)))


def _in_our_words(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = SHOW_HELP.in_(help_lang())
    return option


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """The examples as they are typed, one a line."""
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")


def command(
    name: str, zh: str, en: str, examples: Sequence[str], cls: type[Command] = Command
) -> Callable[[Callable[..., Any]], click.Command]:
    """A decorator for a command with its help in both languages."""
    return click.command(
        name,
        cls=cls,
        help=in_system_lang(zh, en),
        examples=examples,
        context_settings={"max_content_width": WIDTH_MAX, "help_option_names": ["--help", "-h"]},
    )
