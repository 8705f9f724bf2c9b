"""The evidence code: what a check found, in one line that a telephone reads from the page's QR code.

    POSRIG1 id=… sn=N900A17 tid=10000001 mid=104… t=2026-11-22T10:32+08:00 v=F s=1 c=PPPF-N x=paper_out
        f=answer_p95:40 n=merchant h=0123456789abcdef

`id` the record, `sn` `tid` `mid` the terminal, `t` when it ended, `v` the whole (P passed, F failed, I incomplete),
`s` the exit status, `c` a character for each check in the order of `codes.CODES` (P, F, N not possible, - not in the
record; those at the end are left out), `x` the faults that were found, `f` figures, `n` who must act, `h` the first 16
hexadecimal digits of the SHA-256 of the record.  `+N` at the end of `x` or `f`: so many more did not fit.  What is not
known is left out; what is no letter, no digit and none of `._:/-` stands as %XX of its UTF-8.  (All posrig's choice.)

It is at most TEXT_MAX characters: as a QR code of level M that is 73 modules, 0.43 mm each on 35 mm of paper.  It
proves that page and record belong together, and shows a change of either; it is no signature.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from protocols.errors import ScenarioError
from protocols.text import Text

from ..model import ACTORS
from ..model import VERDICTS as VERDICT_WORDS
from .codes import CODES
from .document import fingerprint

MAGIC = "POSRIG1"
TEXT_MAX = 350
"""Characters of a code that is made; a QR code of version 14 at level M holds 362 (ISO/IEC 18004, table 7)."""
READ_MAX = 1_000
"""Characters of a code that is read."""
WORD_MAX = 36
"""Characters of the spelling of one number or name; longer ones are cut."""
WHOLES = {"passed": "P", "failed": "F", "incomplete": "I"}
VERDICTS = {"pass": "P", "fail": "F", "not_possible": "N"}
ABSENT = "-"
SAFE, SAFE_ID = "._:/-", "._/-"
"""What stands for itself besides letters and digits, in numbers and in ids (a colon ends those)."""

BAD = Text("证据码有误，位置 {place}：{why}", "The evidence code is wrong at {place}: {why}")
BAD_CURE = Text(
    "请整行复制二维码的文字，从 POSRIG1 开始，一个字符都不能少",
    "Copy the whole text of the QR code, from POSRIG1 on, with no character missing",
)
NO_MAGIC = Text("不是以 POSRIG1 开头", "it does not begin with POSRIG1")
TOO_LONG = Text("超过 {most} 个字符", "it is longer than {most} characters")
NO_PAIR = Text("{value} 不是“名=值”", "{value} is no name=value")
UNKNOWN = Text("没有叫 {value} 的项", "nothing is called {value}")
TWICE = Text("出现了两次", "it stands there twice")
LACKING = Text("缺少此项", "it is missing")
BAD_VALUE = Text("值 {value} 不对", "the value {value} is not possible")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a code says.  Texts are "" where they are not known; `time` ISO 8601 to the minute; `verdicts` the letters
    of `c`; `figures` ids and values; `more_faults`, `more_figures`: how many did not fit."""

    id: str = ""
    sn: str = ""
    tid: str = ""
    mid: str = ""
    time: str = ""
    whole: str = "I"
    status: int = 0
    verdicts: str = ""
    faults: tuple[str, ...] = ()
    more_faults: int = 0
    figures: tuple[tuple[str, float], ...] = ()
    more_figures: int = 0
    actor: str = ""
    digest: str = ""

    @property
    def text(self) -> str:
        """The code as it is printed."""
        faults = _listed([quote(one, SAFE_ID) for one in self.faults], self.more_faults)
        figures = _listed([f"{quote(id_, SAFE_ID)}:{value:.6g}" for id_, value in self.figures], self.more_figures)
        parts = {
            **{name: quote(getattr(self, name), SAFE) for name in _WORDS},
            "t": self.time,
            "v": self.whole,
            "s": str(self.status),
            "c": self.verdicts,
            "x": faults,
            "f": figures,
            "n": self.actor,
            "h": self.digest,
        }
        return " ".join([MAGIC, *(f"{key}={value}" for key, value in parts.items() if value)])


_WORDS = ("id", "sn", "tid", "mid")


def evidence_of(document: Mapping[str, Any]) -> Evidence:
    """The code of a record; faults and figures as far as they fit, figures beyond their limits first."""
    conclusion, checks = document["conclusion"], document["checks"]
    facts = document["facts"]
    verdicts = {check["id"]: VERDICTS[check["verdict"]] for check in checks}
    faults = list(dict.fromkeys(check["fault"]["id"] for check in checks if check["fault"]))
    measured = [one for check in checks for one in check["figures"] if isinstance(one["value"], int | float)]
    measured.sort(key=lambda one: one["good"])  # stable: within each half the order of the record
    figures = list({one["id"]: float(f"{one['value']:.6g}") for one in reversed(measured)}.items())[::-1]
    bare = Evidence(
        id=_word(document["id"]),
        sn=_word(facts.get("sn")),
        tid=_word(facts.get("tid")),
        mid=_word(facts.get("mid")),
        time=_minute(document["ended"]),
        whole=WHOLES[conclusion["whole"]],
        status=conclusion["status"],
        verdicts="".join(verdicts.get(code, ABSENT) for code in CODES).rstrip(ABSENT),
        more_figures=len(figures),  # room for saying so is kept
        actor=conclusion["actor"] or "",
        digest=fingerprint(document),
    )
    told = _fitting(faults, lambda taken, more: replace(bare, faults=tuple(taken), more_faults=more))
    return _fitting(figures, lambda taken, more: replace(told, figures=tuple(taken), more_figures=more))


def parse_evidence(text: str) -> Evidence:
    """The code that a telephone read.  Line breaks that came in between do not matter.  Raises ScenarioError that names
    place and value."""
    if len(text) > READ_MAX:
        raise _bad("end", TOO_LONG.format(most=READ_MAX))
    words = text.split()
    if not words or words[0] != MAGIC:
        raise _bad("POSRIG1", NO_MAGIC)
    told: dict[str, str] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals or not value:
            raise _bad(key[:WORD_MAX], NO_PAIR.format(value=repr(word[:WORD_MAX])))
        if key not in _READERS:
            raise _bad(key[:WORD_MAX], UNKNOWN.format(value=repr(key[:WORD_MAX])))
        if key in told:
            raise _bad(key, TWICE)
        told[key] = value
    for key in ("v", "h"):
        if key not in told:
            raise _bad(key, LACKING)
    read: dict[str, Any] = {}
    for key, value in told.items():
        try:
            read |= _READERS[key](value)
        except ValueError as error:
            raise _bad(key, BAD_VALUE.format(value=repr(value[:WORD_MAX]))) from error
    return Evidence(**read)


def _fitting(items: Sequence[Any], made: Callable[[Sequence[Any], int], Evidence]) -> Evidence:
    """The evidence with as many items as fit."""
    for taken in range(len(items), 0, -1):
        evidence = made(items[:taken], len(items) - taken)
        if len(evidence.text) <= TEXT_MAX:
            return evidence
    return made((), len(items))


def _word(value: object) -> str:
    """A number or name, cut so that its spelling has at most WORD_MAX characters."""
    word = "" if value is None else str(value).strip()
    while len(quote(word, SAFE)) > WORD_MAX:
        word = word[:-1] if len(word) <= WORD_MAX else word[:WORD_MAX]
    return word


def _minute(stamp: str) -> str:
    try:
        return datetime.fromisoformat(stamp).isoformat(timespec="minutes")
    except ValueError:
        return ""


def _listed(items: Sequence[str], more: int) -> str:
    return ",".join([*items, *([f"+{more}"] if more else [])])


def _unlisted(value: str) -> tuple[list[str], int]:
    items = value.split(",")
    if not items[-1].startswith("+"):
        return items, 0
    return items[:-1], _counted(items[-1][1:])


def _counted(digits: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", digits, re.ASCII):
        raise ValueError(digits)
    return int(digits)


def _read_word(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {name: _unquoted(value, SAFE)}


def _unquoted(value: str, safe: str) -> str:
    word = unquote(value, errors="strict")
    if quote(word, safe) != value:  # one spelling for each word, or two codes could mean the same
        raise ValueError(value)
    return word


def _read_time(value: str) -> dict[str, Any]:
    if _minute(value) != value:
        raise ValueError(value)
    return {"time": value}


def _read_faults(value: str) -> dict[str, Any]:
    items, more = _unlisted(value)
    return {"faults": tuple(_name(one) for one in items), "more_faults": more}


def _read_figures(value: str) -> dict[str, Any]:
    items, more = _unlisted(value)
    return {"figures": tuple(_figure(one) for one in items), "more_figures": more}


def _figure(item: str) -> tuple[str, float]:
    id_, colon, number = item.rpartition(":")
    if not colon or not math.isfinite(float(number)) or f"{float(number):.6g}" != number:
        raise ValueError(item)
    return _name(id_), float(number)


def _name(word: str) -> str:
    if not word:
        raise ValueError(word)
    return _unquoted(word, SAFE_ID)


def _among(name: str, letters: str) -> Callable[[str], dict[str, Any]]:
    def read(value: str) -> dict[str, Any]:
        if not re.fullmatch(letters, value, re.ASCII):
            raise ValueError(value)
        return {name: int(value) if name == "status" else value}

    return read


_READERS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    **{name: _read_word(name) for name in _WORDS},
    "t": _read_time,
    "v": _among("whole", "[PFI]"),
    "s": _among("status", r"0|[1-9]\d{0,2}"),
    "c": _among("verdicts", r"[PFN-]*[PFN]"),
    "x": _read_faults,
    "f": _read_figures,
    "n": _among("actor", "|".join(ACTORS)),
    "h": _among("digest", "[0-9a-f]{16}"),
}


def _bad(place: str, why: Text) -> ScenarioError:
    return ScenarioError(Text(BAD.zh.format(place=place, why=why.zh), BAD.en.format(place=place, why=why.en)), BAD_CURE)


# What a code says, in words, and whether a record is the one ---------------------------------------------------------

NAMES: Mapping[str, Text] = {
    "id": Text("记录编号", "record"),
    "sn": Text("序列号", "serial number"),
    "tid": Text("终端号", "terminal number"),
    "mid": Text("商户号", "merchant number"),
    "time": Text("检测时间", "checked at"),
    "whole": Text("结论", "result"),
    "status": Text("退出码", "exit status"),
    "verdicts": Text("各项检查", "checks"),
    "faults": Text("故障", "faults"),
    "more_faults": Text("未列出的故障数", "further faults"),
    "figures": Text("测量值", "figures"),
    "more_figures": Text("未列出的测量值数", "further figures"),
    "actor": Text("由谁处理", "who must act"),
    "digest": Text("记录指纹", "fingerprint of the record"),
}
DIFFERS = Text("{name}：证据码为 {code}，文件为 {file}", "{name}: the code says {code}, the file {file}")
NOTHING = Text("（无）", "(none)")


def matches(evidence: Evidence, document: Mapping[str, Any]) -> list[Text]:
    """In what a code and a record differ; nothing where the page was printed from this very record."""
    own = evidence_of(document)
    found = []
    for one in fields(Evidence):
        said, there = getattr(evidence, one.name), getattr(own, one.name)
        if said != there:
            differ = _differing(said, there, document) if one.name == "verdicts" else []
            found += differ or [_difference(NAMES[one.name], _shown(said), _shown(there))]
    return found


def _difference(name: Text, code: Text, file: Text) -> Text:
    return Text(
        DIFFERS.zh.format(name=name.zh, code=code.zh, file=file.zh),
        DIFFERS.en.format(name=name.en, code=code.en, file=file.en),
    )


def _differing(said: str, there: str, document: Mapping[str, Any]) -> list[Text]:
    """Check by check, by the titles that the record has."""
    titles = {check["id"]: Text(**check["title"]) for check in document["checks"]}
    words = {VERDICTS[verdict]: text for verdict, text in VERDICT_WORDS.items()}
    return [
        _difference(titles.get(id_, Text(id_, id_)), words.get(one, NOTHING), words.get(other, NOTHING))
        for id_, one, other in zip(CODES, said.ljust(len(CODES), ABSENT), there.ljust(len(CODES), ABSENT), strict=False)
        if one != other
    ]


def _shown(value: object) -> Text:
    if value in ("", ()):
        return NOTHING
    if isinstance(value, tuple):
        plain = ", ".join(f"{one[0]} {one[1]:.6g}" if isinstance(one, tuple) else str(one) for one in value)
    else:
        plain = str(value)
    return Text(plain, plain)
