"""`posrig fidelity`: the same scenario, recorded on two benches, laid side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.text import Lang, Text

from .failing import NOT_AS_IT_MUST_BE, OK
from .language import current_lang, in_system_lang
from .options import ReadableFile, lang_option
from .shape import command

if TYPE_CHECKING:
    from ..recordings.fidelity import Fidelity, Finding

LISTED_SHOWN_MAX = 200
"""On the screen; --json has more of them."""

HEAD = Text(
    "{old}：{old_sessions} 段会话；{new}：{new_sessions} 段会话；比对了 {compared} 步，{same} 步完全相同",
    "{old}: {old_sessions} sessions; {new}: {new_sessions} sessions; {compared} steps compared, {same} the same in all",
)
NOTHING = Text("没有可比对的会话", "There are no sessions to compare")
EXPLAINED = Text("可解释的不同：{count}", "Differences that are explained: {count}")
LISTED = Text("未能解释的不同：{count}", "Differences that nothing explains: {count}")
NONE_LISTED = Text("没有未能解释的不同", "No difference is left unexplained")
UNHEARD = Text(
    "只有一份录制中有 {ends} 的记录，未在该端比对",
    "Only one of the recordings has anything of {ends}: not compared there",
)
MORE = Text("另有 {count} 条", "{count} more")
WAYS = {
    "octets": Text("字节", "octets"),
    "order": Text("次序", "order"),
    "timing": Text("时间", "timing"),
    "end": Text("结束", "end"),
}
EVENTS = Text("事件 {old} / {new}", "events {old} / {new}")


@command(
    "fidelity",
    "比对同一场景在两个测试台上的轨迹：字节、次序、时间。每处不同或有解释（时刻、随机数、密钥、端口名、节奏等），"
    "或被列出。\n\n"
    "退出码：0 相同或都有解释，1 有未能解释的不同，2 不是可读的轨迹。",
    "Compare the recordings of one scenario from two benches in octets, order and timing. Each difference is explained "
    "(times of day, random numbers, keys, port names, pacing ...) or it is listed.\n\n"
    "Exit status: 0 the same, or all explained; 1 a difference is listed; 2 no readable trace.",
    (
        "posrig fidelity simulated/F5.trace.jsonl emulated/F5.trace.jsonl",
        "posrig fidelity --json emulated/F5.trace.jsonl physical/F5.trace.jsonl",
    ),
)
@click.argument("old", metavar="A", type=ReadableFile())
@click.argument("new", metavar="B", type=ReadableFile())
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def fidelity_command(old: Path, new: Path, as_json: bool) -> int:
    from ..recordings.fidelity import compare
    from ..trace import read_trace

    found = compare(read_trace(old, cut_ok=True), read_trace(new, cut_ok=True))
    if as_json:
        click.echo(json.dumps(to_json(found), ensure_ascii=False, indent=2))
    else:
        for line in fidelity_lines(found, str(old), str(new), current_lang()):
            click.echo(line)
    return OK if found.ok else NOT_AS_IT_MUST_BE


def fidelity_lines(found: Fidelity, old: str, new: str, lang: Lang) -> list[str]:
    """The summary, what was explained by reason, and what was not one by one."""
    if not any(found.sessions):
        return [NOTHING.in_(lang)]
    head = HEAD.format(
        old=old,
        new=new,
        old_sessions=found.sessions[0],
        new_sessions=found.sessions[1],
        compared=found.compared,
        same=found.same,
    )
    lines = [head.in_(lang)]
    if found.unheard:
        lines.append(UNHEARD.format(ends=", ".join(found.unheard)).in_(lang))
    if found.explained:
        lines.append(EXPLAINED.format(count=found.explained).in_(lang))
        often = sorted(found.reasons.items(), key=lambda one: -one[1])
        lines += [f"  {count:6}  {WAYS[way].in_(lang)}: {why.in_(lang)}" for (way, why), count in often]
    listed = [one for one in found.findings if one.why is None]
    if not found.listed:
        return [*lines, NONE_LISTED.in_(lang)]
    lines.append(LISTED.format(count=found.listed).in_(lang))
    lines += [_listed(one, lang) for one in listed[:LISTED_SHOWN_MAX]]
    if found.listed > LISTED_SHOWN_MAX:
        lines.append("  " + MORE.format(count=found.listed - LISTED_SHOWN_MAX).in_(lang))
    return lines


def _listed(one: Finding, lang: Lang) -> str:
    events = EVENTS.format(old=one.old or "-", new=one.new or "-").in_(lang)
    return f"  {WAYS[one.way].in_(lang)}  {one.place} {one.what.in_(lang)} [{events}]"


def to_json(found: Fidelity) -> dict[str, Any]:
    """The object of --json."""
    return {
        "ok": found.ok,
        "sessions": list(found.sessions),
        "unheard": list(found.unheard),
        "compared": found.compared,
        "same": found.same,
        "explained": found.explained,
        "listed": found.listed,
        "findings": [
            {
                "way": one.way,
                "place": one.place,
                "what": _both(one.what),
                "why": _both(one.why) if one.why else None,
                "events": [one.old, one.new],
            }
            for one in found.findings
        ],
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
