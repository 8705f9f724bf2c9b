"""What to tell the support line: the data that they will ask for, ready to be read out or copied.

It says nothing that the record does not hold, and that holds nothing secret (`record.clean`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from protocols.text import Lang, Text

from .model import ACTORS, VERDICTS

LINES_MAX = 15
"""What is read out over the telephone, and fits beside the causes on one sheet."""
LINE_CHARS_MAX = 160
FAILED_MAX = 3
"""Failed checks that are told one by one; the record has them all."""
MINUTE = slice(16)
"""`2026-11-22T10:32` of a time in ISO 8601, which is the laptop's local one."""
JOINT, NEXT_ONE = Text("、", ", "), Text("；", "; ")
TRIED_MAX = 8
NONE = Text("无", "none")
NOT_KNOWN = Text("未知", "not known")

MERCHANT = Text("商户：{name}，商户号 {mid}", "Merchant: {name}, merchant number {mid}")
TERMINAL = Text("终端：终端号 {tid}，序列号 {sn}", "Terminal: terminal number {tid}, serial number {sn}")
MODEL = Text("机型：{model}，软件版本 {version}", "Model: {model}, software version {version}")
WHEN = Text("检测时间：{when}，技术员：{who}", "Checked: {when}, technician: {who}")
RESULT = Text("结论：{whole}{rows}", "Result: {whole}{rows}")
WHOLES: Mapping[str, Text] = {
    "passed": Text("通过", "passed"),
    "failed": Text("不通过", "failed"),
    "incomplete": Text("检查不完整", "incomplete"),
}
ROWS = Text("；原因代号 {rows}", "; causes {rows}")
FAILED = Text("不通过：{title}：{found}", "Failed: {title}: {found}")
MORE = Text("另有 {count} 项不通过，见记录", "{count} more failed, see the record")
CODES = Text("代码：{codes}", "Codes: {codes}")
CODE_NAMES: Mapping[str, Text] = {
    "code": Text("应答码 {value}", "response code {value}"),
    "cause": Text("状态 {value}", "state {value}"),
    "stan": Text("流水号 {value}", "trace number {value}"),
    "rrn": Text("参考号 {value}", "reference number {value}"),
    "case": Text("案件号 {value}", "case number {value}"),
    "application": Text("申请单号 {value}", "application {value}"),
}
"""What a finding's detail, an Outcome and the portal's answer hold that the support line can look up."""
CODES_MAX = 8
TRIED = Text("已试过并正常：{titles}", "Tried and fine: {titles}")
LINE = Text("连接：{protocol} {line}，端口 {port}", "Connection: {protocol} {line}, port {port}")
NETWORK = Text("网络：{found}", "Network: {found}")
BOOKS = Text("账目：{found}", "Books: {found}")
ONE = Text("{title} {verdict}（{found}）", "{title} {verdict} ({found})")
TO_DO = Text("下一步：{what}（{who}）", "Next: {what} ({who})")
RECORD = Text(
    "记录编号：{id}（纸质记录二维码内同号），程序 posrig {version}",
    "Record: {id} (the same in the QR code of the printed page), program posrig {version}",
)


def support_lines(document: Mapping[str, Any], lang: Lang) -> list[str]:
    """At most `LINES_MAX` lines from a record (`record.document`), each of at most `LINE_CHARS_MAX` characters."""
    lines = [*_who(document, lang), *_what(document, lang), *_around(document, lang)]
    return [_cut(line) for line in (*lines[: LINES_MAX - 1], _reference(document, lang))]


def _cut(line: str) -> str:
    return line if len(line) <= LINE_CHARS_MAX else line[: LINE_CHARS_MAX - 1] + "…"


def _who(document: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    facts = _mapping(document.get("facts"))
    named = {name: _said(facts.get(name), lang) for name in ("mid", "tid", "sn")}
    merchant = _said(document.get("merchant") or facts.get("merchant"), lang)
    yield MERCHANT.in_(lang).format(name=merchant, mid=named["mid"])
    yield TERMINAL.in_(lang).format(tid=named["tid"], sn=named["sn"])
    version = _said(facts.get("software_version"), lang)
    yield MODEL.in_(lang).format(model=_said(facts.get("model"), lang), version=version)
    when = str(document.get("ended") or NOT_KNOWN.in_(lang))[MINUTE].replace("T", " ")
    yield WHEN.in_(lang).format(when=when, who=_said(document.get("technician"), lang))


def _what(document: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    conclusion = _mapping(document.get("conclusion"))
    rows = dict.fromkeys(str(cause["row"]) for cause in conclusion.get("causes", ()) if cause.get("row"))
    told = ROWS.in_(lang).format(rows=" ".join(rows)) if rows else ""
    whole = WHOLES.get(str(conclusion.get("whole")), NOT_KNOWN).in_(lang)
    yield RESULT.in_(lang).format(whole=whole, rows=told)
    failed = [check for check in _checks(document) if check.get("verdict") == "fail"]
    for check in failed[:FAILED_MAX]:
        found = _words(check.get("found"), lang)
        yield FAILED.in_(lang).format(title=_words(check.get("title"), lang), found=found)
    if len(failed) > FAILED_MAX:
        yield MORE.in_(lang).format(count=len(failed) - FAILED_MAX)
    if codes := list(dict.fromkeys(_codes(document, failed, lang)))[:CODES_MAX]:
        yield CODES.in_(lang).format(codes=JOINT.in_(lang).join(codes))


def _codes(document: Mapping[str, Any], failed: Sequence[Mapping[str, Any]], lang: Lang) -> Iterator[str]:
    """What can be looked up, from the failed checks, the sign-in and the portal."""
    facts = _mapping(document.get("facts"))
    portal = _mapping(facts.get("portal"))
    sources = [_mapping(check.get("detail")) for check in failed]
    sources += [_mapping(one.get("outcome")) for one in sources]
    sources += [_mapping(facts.get("sign_in")), _mapping(facts.get("test_sale"))]
    for told in (portal, _mapping(portal.get("status")), _mapping(portal.get("progress"))):
        sources += [told, *(_mapping(one) for one in told.get("holds") or ())]
    for source in (one for one in sources if one.get("status") != "done"):
        for key, words in CODE_NAMES.items():
            if isinstance(value := source.get(key), str | int) and value != "":
                yield words.in_(lang).format(value=str(value))


def _around(document: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    facts = _mapping(document.get("facts"))
    fine = [_words(check.get("title"), lang) for check in _checks(document) if check.get("verdict") == "pass"]
    more = f" +{len(fine) - TRIED_MAX}" if len(fine) > TRIED_MAX else ""
    yield TRIED.in_(lang).format(titles=JOINT.in_(lang).join(fine[:TRIED_MAX]) + more if fine else NONE.in_(lang))
    told = {name: str(facts.get(name) or "") for name in ("protocol", "line", "port")}
    if any(told.values()):
        yield LINE.in_(lang).format(**{name: value or "-" for name, value in told.items()})
    for words, group in ((NETWORK, "network"), (BOOKS, "books")):
        made = [one for one in _checks(document) if one.get("group") == group and one.get("verdict") != "not_possible"]
        if found := [_one(check, lang) for check in made]:
            yield words.in_(lang).format(found=NEXT_ONE.in_(lang).join(found))
    conclusion = _mapping(document.get("conclusion"))
    if conclusion.get("next") and conclusion.get("actor") in ACTORS:
        who = ACTORS[conclusion["actor"]].in_(lang)
        yield TO_DO.in_(lang).format(what=_words(conclusion["next"], lang), who=who)


def _one(check: Mapping[str, Any], lang: Lang) -> str:
    verdict = VERDICTS.get(check.get("verdict", "not_possible"), NOT_KNOWN)
    found = _words(check.get("found"), lang)
    return ONE.in_(lang).format(title=_words(check.get("title"), lang), verdict=verdict.in_(lang), found=found)


def _reference(document: Mapping[str, Any], lang: Lang) -> str:
    record, version = document.get("id"), document.get("program")
    return RECORD.in_(lang).format(id=_said(record, lang), version=_said(version, lang))


def _checks(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_mapping(check) for check in document.get("checks") or ()]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _words(value: Any, lang: Lang) -> str:
    """A text of both languages as JSON has it, on one line."""
    return " ".join(str(_mapping(value).get(lang) or "").split())


def _said(value: Any, lang: Lang) -> str:
    return " ".join(str(value).split()) if value not in (None, "") else NOT_KNOWN.in_(lang)
