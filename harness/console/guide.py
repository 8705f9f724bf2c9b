"""`posrig guide`: the guide as static pages, made from the definitions and from a run of every scenario."""

from __future__ import annotations

from pathlib import Path

import click

from protocols.text import Text

from .failing import OK
from .language import current_lang, in_system_lang
from .opening import JOBS_MAX
from .options import NewFolder, Whole, lang_option
from .shape import command

RUNNING = Text("运行每个场景一次……", "Running every scenario once ...")
WRITTEN = Text(
    "{page}：中英文各 {pages} 页，其中 {failures} 种故障；链接均有效",
    "{page}: {pages} pages in Chinese and as many in English, {failures} failures among them; no link is dead",
)


@command(
    "guide",
    "生成指南：静态网页，中英文，可搜索，无需网络。内容取自程序的定义与每个场景的一次实际运行：报文与域、"
    "应答码及其原因、状态图、每种故障一页（怎样造成、各方看到什么、怎样区分、由谁处理、怎样恢复）。\n\n"
    "目录须是新的、空的，或先前生成的指南；同一程序生成的内容逐字节相同。"
    "放在报告旁边的指南，posrig run --report 会链接到它。\n\n"
    "退出码：0 已生成，2 用法错误，3 某个场景没有按其所述运行，或有失效链接。",
    "Build the guide: static pages in Chinese and English, with search, offline. They are made from the program's "
    "definitions and from a run of every scenario: messages and fields, response codes with their causes, state "
    "diagrams, and one page for each failure (how it is caused, what each side sees, how it is told apart, "
    "who must act, the remedy).\n\n"
    "The folder must be new, empty, or an earlier guide; the same program writes the same octets. posrig run --report "
    "links to a guide beside the report.\n\n"
    "Exit status: 0 built, 2 usage, 3 a scenario did not run as it says, or a link leads nowhere.",
    ("posrig guide", "posrig guide --output public/posrig-guide", "posrig guide && posrig run F5 --report report/"),
)
@click.option(
    "--output",
    type=NewFolder(),
    default="posrig-guide",
    help=in_system_lang("写入的目录，默认 posrig-guide", "the folder to write to; default posrig-guide"),
)
@click.option(
    "--jobs",
    type=Whole(1, JOBS_MAX),
    help=in_system_lang(
        "同时运行几个场景；默认为处理器数",
        "how many scenarios run at a time; by default the number of processors",
    ),
)
@lang_option()
def guide_command(output: Path, jobs: int | None) -> int:
    from ..guide.build import build
    from ..guide.folder import check_ours

    check_ours(output)
    click.echo(RUNNING.in_(current_lang()), err=True)
    built = build(output, jobs=jobs)
    click.echo(WRITTEN.format(page=built.page, pages=built.pages, failures=built.failures).in_(current_lang()))
    return OK
