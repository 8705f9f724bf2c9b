"""An evidence code in words, for whoever holds the page and no program of ours made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from protocols.text import Lang, Text

from ..faults import FAULTS
from ..model import ACTORS, VERDICTS
from . import evidence as codes
from .codes import CODES
from .document import UNKNOWN_VALUE
from .evidence import Evidence, matches

WHOLES = {
    "P": Text("通过", "passed"),
    "F": Text("不通过", "failed"),
    "I": Text("检查不完整", "incomplete"),
}
LINE = Text("{name}：{value}", "{name}: {value}")
FAULT = Text("故障 {id}：{cause}。处理（{actor}）：{action}", "Fault {id}: {cause}. To do ({actor}): {action}")
UNKNOWN_FAULT = Text("故障 {id}（本程序不认识，请用新版）", "Fault {id} (not known to this program: use a newer one)")
MORE = Text("另有 {count} 项故障未列入证据码", "{count} more faults are not in the code")
MORE_FIGURES = Text("另有 {count} 个测量值未列入证据码", "{count} more figures are not in the code")
UNKNOWN_CHECK = Text("第 {number} 项检查（本程序不认识）", "check {number} (not known to this program)")
SAME = Text(
    "记录文件就是打印这页时的那一份，没有改动", "The record file is the very one that the page was printed from"
)
OTHER = Text(
    "记录文件不是打印这页时的那一份，或者后来被改动：",
    "The record file is not the one that the page was printed from, or it was changed since:",
)
_PLAIN = ("id", "sn", "tid", "mid", "time")
_BY_LETTER = {codes.VERDICTS[verdict]: words for verdict, words in VERDICTS.items()}


def explained(evidence: Evidence, lang: Lang) -> Iterator[str]:
    """What the code says, a line each."""
    for name in _PLAIN:
        if value := getattr(evidence, name):
            yield _line(codes.NAMES[name], value, lang)
    yield _line(codes.NAMES["whole"], WHOLES[evidence.whole].in_(lang), lang)
    titles = _titles()
    for number, letter in enumerate(evidence.verdicts):
        if letter != codes.ABSENT:
            known = titles.get(CODES[number]) if number < len(CODES) else None
            title = known or UNKNOWN_CHECK.format(number=number + 1)
            yield f"  {_line(title, _BY_LETTER[letter].in_(lang), lang)}"
    for id_ in evidence.faults:
        yield _fault(id_, lang)
    if evidence.more_faults:
        yield MORE.in_(lang).format(count=evidence.more_faults)
    for id_, value in evidence.figures:
        yield f"  {id_} = {value:.6g}"
    if evidence.more_figures:
        yield MORE_FIGURES.in_(lang).format(count=evidence.more_figures)
    for actor, words in ACTORS.items():
        if actor == evidence.actor:
            yield _line(codes.NAMES["actor"], words.in_(lang), lang)
    yield _line(codes.NAMES["digest"], evidence.digest, lang)


def compared(evidence: Evidence, document: Mapping[str, Any], lang: Lang) -> tuple[bool, list[str]]:
    """Whether `document` is the record of the code, and what to say about it."""
    differences = matches(evidence, document)
    if not differences:
        return True, [SAME.in_(lang)]
    return False, [OTHER.in_(lang), *(f"  {one.in_(lang)}" for one in differences)]


def _line(name: Text, value: str, lang: Lang) -> str:
    return LINE.in_(lang).format(name=name.in_(lang), value=value)


def _fault(id_: str, lang: Lang) -> str:
    fault = FAULTS.get(id_)
    if fault is None:
        return UNKNOWN_FAULT.in_(lang).format(id=id_)
    blanks = _Blanks()
    cause, action = fault.cause.in_(lang).format_map(blanks), fault.action.in_(lang).format_map(blanks)
    return FAULT.in_(lang).format(id=id_, cause=cause, actor=ACTORS[fault.actor].in_(lang), action=action)


class _Blanks(dict[str, str]):
    """The code has no room for what filled the words of a fault."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN_VALUE


def _titles() -> dict[str, Text]:
    from ..checks import CHECKS

    return {check.id: check.title for check in CHECKS}
