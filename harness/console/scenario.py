"""`posrig scenario`: writing scenarios of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import click

from protocols.errors import LocalError
from protocols.text import Lang, Text

from .failing import OK, UsageProblem
from .language import current_lang, in_system_lang
from .options import NewFile, ReadableFile, lang_option
from .shape import WIDTH_MAX, LazyGroup, command

THERE = Text(
    "{path} 已经存在；请换一个名字，或先移走它", "{path} is there already; choose another name, or move it away"
)
NOT_TOML = Text("{path} 应以 .toml 结尾", "{path} must end in .toml")
NOT_WRITTEN = Text("写不了 {path}：{why}", "{path} cannot be written: {why}")
NOT_WRITTEN_CURE = Text("检查路径、权限与磁盘空间", "Check path, rights and free space")
WRITTEN = Text("已写 {path}。检查：{check}；运行：{run}", "Wrote {path}.  Check it: {check}; run it: {run}")
GOOD = Text("{path}：写法正确（{id}，{cases} 种情形）", "{path}: well written ({id}, cases: {cases})")
WRAPPED = 100
"""Columns of a comment line with many names."""


@command(
    "new",
    "写一个带注释、可以直接运行的场景文件，供修改。--like 以某个场景为样本。\n\n退出码：0 已写，2 不能写。",
    "Write a commented scenario file that runs as it is, for you to change. --like takes a shipped row as the "
    "pattern.\n\n"
    "Exit status: 0 written, 2 it cannot be.",
    ("posrig scenario new my-scenario.toml", "posrig scenario new late.toml --like A1"),
)
@click.argument("path", metavar="PATH.toml", type=NewFile())
@click.option(
    "--like",
    metavar="ID",
    help=in_system_lang("以这个场景为样本（posrig list）", "take this row for a pattern (posrig list)"),
)
@lang_option()
def new_command(path: Path, like: str | None) -> int:
    if path.suffix != ".toml":
        raise UsageProblem(NOT_TOML.format(path=path))
    name = re.sub(r"[^A-Z0-9]+", "_", path.stem.upper()).strip("_") or "MY_SCENARIO"
    name = name if name[0].isalpha() else f"S_{name}"
    text = _template(name, path, current_lang()) if like is None else _copy_of(like, name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageProblem(THERE.format(path=path)) from None
    except OSError as error:
        raise LocalError(NOT_WRITTEN.format(path=path, why=error.strerror or error), NOT_WRITTEN_CURE) from error
    check, run = f"posrig scenario check {path}", f"posrig run {path}"
    click.echo(WRITTEN.format(path=path, check=check, run=run).in_(current_lang()))
    return OK


@command(
    "check",
    "检查场景文件：每个键和名字都存在，不运行。\n\n退出码：0 写法正确，2 有误（给出文件、行、键和最接近的名字）。",
    "Check scenario files: every key and name exists; nothing is run.\n\n"
    "Exit status: 0 well written, 2 something is wrong (named with file, line, key and the nearest that exists).",
    ("posrig scenario check my-scenario.toml", "posrig scenario check *.toml"),
)
@click.argument("paths", metavar="PATH.toml...", nargs=-1, required=True, type=ReadableFile())
@lang_option()
def check_command(paths: tuple[Path, ...]) -> int:
    from ..scenarios.load import read_scenario

    for path in paths:
        scenario = read_scenario(path)
        click.echo(GOOD.format(path=path, id=scenario.id, cases=len(scenario.case)).in_(current_lang()))
    return OK


def _copy_of(row: str, name: str) -> str:
    """The file of a shipped row under another id.  Raises ScenarioError for a row that is not there."""
    from ..fixtures import fixtures_dir
    from ..scenarios.load import load_scenario

    load_scenario(row)
    text = (fixtures_dir() / "scenarios" / f"{row}.toml").read_text(encoding="utf-8")
    return re.sub(r'(?m)^id = ".*"$', f'id = "{name}"', text, count=1)


def _template(name: str, path: Path, lang: Lang) -> str:
    import jinja2

    from ..fixtures import fixtures_dir

    source = (fixtures_dir() / "templates" / "scenario.toml.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    words = {key: ", ".join(names) for key, names in _names().items()}
    text = environment.from_string(source).render(
        id=name, path=path.as_posix(), w=lambda zh, en: zh if lang == "zh" else en, **words
    )
    return "\n".join(line for long in text.split("\n") for line in _wrapped(long))


def _names() -> dict[str, list[str]]:
    """What exists, from the tables of those who have it."""
    from ..acquirer.behaviours import BEHAVIOURS
    from ..acquirer.control import CONTROL
    from ..acquirer.portal import PORTAL
    from ..bench.world import load_cards
    from ..driver.behaviours import BEHAVIOURS as REGISTER_BEHAVIOURS
    from ..driver.operations import OPERATIONS
    from ..driver.takings import TAKINGS
    from ..fixtures import dialect_names
    from ..links.plan import KINDS
    from ..scenarios.load import step_lists
    from ..scenarios.names import profiles
    from ..scenarios.seen import TRACE_KEYS
    from ..scenarios.steps import STATUSES
    from ..terminal.faults import FAULTS
    from ..terminal.flows import FLOWS

    return {
        "dialects": list(dialect_names()),
        "profiles": profiles(),
        "faults": list(KINDS),
        "host_behaviours": list(BEHAVIOURS),
        "terminal_behaviours": list(FAULTS),
        "register_behaviours": list(REGISTER_BEHAVIOURS),
        "register_ops": [*OPERATIONS, *TAKINGS],
        "operations": list(FLOWS),
        "cards": list(load_cards()),
        "statuses": list(STATUSES),
        "kinds": list(TRACE_KEYS),
        "portal_actions": list(PORTAL),
        "host_controls": list(CONTROL),
        "step_lists": step_lists(),
    }


def _wrapped(line: str) -> list[str]:
    """A comment line that is too long goes on in the next one, at a comma."""
    if len(line) <= WRAPPED or "#" not in line or ", " not in line:
        return [line]
    indent = line[: line.index("#")]
    rows, rest = [], line
    while len(rest) > WRAPPED and (at := rest.rfind(", ", len(indent) + 8, WRAPPED)) > 0:
        rows.append(rest[: at + 1])
        rest = f"#     {rest[at + 2 :]}"
    return [*rows, rest]


scenario_group: LazyGroup = LazyGroup(
    "scenario",
    loaders={
        "new": (in_system_lang("写一个带注释的场景", "write a commented scenario"), lambda: new_command),
        "check": (in_system_lang("检查场景文件", "check scenario files"), lambda: check_command),
    },
    help=in_system_lang(
        "自己写场景：从带注释的样本开始，检查写法。运行用 posrig run。",
        "Scenarios of your own: begin with a commented one, check it. posrig run runs it.",
    ),
    examples=("posrig scenario new my-scenario.toml", "posrig scenario check my-scenario.toml"),
    context_settings={"max_content_width": WIDTH_MAX, "help_option_names": ["--help", "-h"]},
)
