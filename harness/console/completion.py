"""`posrig completion`: the script that teaches a shell our commands and options."""

from __future__ import annotations

import click

from .failing import OK
from .options import OneOf, lang_option
from .shape import command

SHELLS = ("bash", "zsh", "fish")


@command(
    "completion",
    "输出命令行补全脚本。",
    "Print the script for shell completion.",
    (
        'eval "$(posrig completion bash)"                        # in ~/.bashrc',
        'eval "$(posrig completion zsh)"                         # in ~/.zshrc',
        "posrig completion fish > ~/.config/fish/completions/posrig.fish",
    ),
)
@click.argument("shell", type=OneOf("bash|zsh|fish", lambda: SHELLS))
@lang_option()
def completion_command(shell: str) -> int:
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "click knows the three shells"
    click.echo(kind(click.get_current_context().find_root().command, {}, "posrig", "_POSRIG_COMPLETE").source())
    return OK
