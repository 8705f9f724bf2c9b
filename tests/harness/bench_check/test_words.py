"""The words of the bench check are for a reader who knows no protocol: plain, short, told in both languages alike, and
every fault has its place in the tables.

What is measured here can be measured: placeholders, lengths, words that nobody at a counter knows, terms of the Chinese
acquiring trade.  Codes for the support line may stand in brackets.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any

import harness.bench_check as room
from harness.bench_check.checks import CHECKS
from harness.bench_check.faults import FAULTS, TABLES
from harness.bench_check.model import ACTORS, GROUPS, Question
from harness.bench_check.settings import Settings
from harness.diagnosis.causes import CAUSES
from protocols.text import Text

FOLDER = Path(room.__file__).parent
FOR_OTHERS = ("harness.bench_check.reader", "harness.bench_check.option_words")
"""`posrig reader check` is for those who know cards, and who types options reads the help."""
EN_SENTENCE_MAX, ZH_SENTENCE_MAX = 120, 60

JARGON = re.compile(
    r"\b(ACK|NAK|EOT|STX|ETX|LRC|CRC|F39|F55|MTI|STAN|RRN|TPDU|MAC|TMK|PIK|MAK|TDK|KCV|DNS|TLS|TCP|HTTP|APDU|ATR|"
    r"AIDs?|CAPKs?|TVR|TSI|CVM|ARQC|GPO|DDOL|SELECT|ISO 8583|octets?|frames?|stdin|handshake|checksum|time-?out|"
    r"ledger)\b"
)
JARGON_ZH = re.compile(r"报文|数据帧|字节|套接字|握手|校验和|位图|域[0-9]|超时重传|台账记录")
_TERMS = {
    "收单机构": "收单行 收单方 服务商",
    "终端": "POS机",
    "商户号": "商户编号",
    "终端号": "终端编号",
    "流水号": "交易号",
    "签到": "签入 登陆",
    "激活码": "注册码",
    "密钥": "秘钥",
    "批结算": "结帐",
}
OTHER_TERMS = {other: term for term, others in _TERMS.items() for other in others.split()}
"""One word for one thing, as China's acquirers say it."""
NO_VERB = frozenset(
    ("A", "An", "The", "It", "This", "That", "There", "If", "When", "You", "Your", "Is", "Are", "Please", "No")
)
NO_VERB_ZH = ("终端", "商户", "收单机构", "技术员", "因为", "如果", "这", "它", "可能")


def modules() -> list[ModuleType]:
    names = [found.name for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    return [importlib.import_module(name) for name in names if not name.startswith(FOR_OTHERS)]


def own_names(module: ModuleType) -> set[str]:
    """What a module gives a name itself; what it imports is told where it is made."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    targets = [one for node in tree.body if isinstance(node, ast.Assign) for one in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    named = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    return {one.id for one in named if hasattr(module, one.id)}


def texts_in(value: Any, depth: int = 0) -> Iterator[Text]:
    """Every Text in a table."""
    if isinstance(value, Text):
        yield value
    elif depth < 6 and isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item, depth + 1)
    elif depth < 6 and isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item, depth + 1)
    elif depth < 6 and dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            yield from texts_in(getattr(value, one.name, None), depth + 1)


def all_texts() -> list[tuple[str, Text]]:
    """Every Text that stands in a module of the bench check, with the name of its place, each once."""
    found = dict.fromkeys(texts_in(CAUSES), "")  # the catalogue's words are those of its documents
    for module in modules():
        for name in sorted(own_names(module)):
            for text in texts_in(getattr(module, name)):
                found.setdefault(text, f"{module.__name__.removeprefix('harness.bench_check.')}.{name}")
    return [(place, text) for text, place in found.items() if place]


TEXTS = all_texts()


def gaps(text: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(text) if name is not None}


def outside_brackets(text: str) -> str:
    return re.sub(r"[(（][^()（）]*[)）]|`[^`]*`|[{][^}]*[}]", "", text)


def sentences(text: str) -> list[str]:
    """What is read in one breath; what is filled in counts as two characters."""
    filled = re.sub(r"[{][^}]*[}]", "XX", text)
    return [one.strip() for one in re.split(r"[。；：！？\n]|[.;:!?](?:\s|$)", filled) if one.strip()]


def complain(found: list[str]) -> None:
    assert not found, "\n".join(found)


def test_both_halves_have_the_same_placeholders() -> None:
    complain([f"{at}: {t}" for at, t in TEXTS if gaps(t.zh) != gaps(t.en)])


def test_the_chinese_half_is_chinese_and_the_english_half_is_not() -> None:
    cjk = re.compile("[\u4e00-\u9fff]")
    wordy = re.compile("[A-Za-z]{4}")
    complain([f"{at}: {t}" for at, t in TEXTS if cjk.search(t.en)])
    plain = [(at, t, outside_brackets(t.en)) for at, t in TEXTS]
    complain([f"{at}: {t}" for at, t, en in plain if t.zh == t.en and len(wordy.findall(en)) > 2])


def test_no_sentence_is_too_long_to_be_read_at_a_counter() -> None:
    found = [
        f"{at} ({len(one)}): {one}"
        for at, text in TEXTS
        for one, most in [
            *((one, EN_SENTENCE_MAX) for one in sentences(text.en)),
            *((one, ZH_SENTENCE_MAX) for one in sentences(text.zh)),
        ]
        if len(one) > most
    ]
    complain(found)


def test_no_word_that_only_programmers_know() -> None:
    found = []
    for at, text in TEXTS:
        for hit in (JARGON.search(outside_brackets(text.en)), JARGON_ZH.search(outside_brackets(text.zh))):
            if hit:
                found.append(f"{at}: {hit[0]}: {text}")
    complain(found)


def test_one_word_for_one_thing() -> None:
    complain([f"{at}: {bad} -> {good}: {t.zh}" for at, t in TEXTS for bad, good in OTHER_TERMS.items() if bad in t.zh])


def test_an_action_is_told_as_one() -> None:
    found = []
    for fault in FAULTS.values():
        zh, en = fault.action.zh, fault.action.en
        begins = en.split()[0].strip(",.:;")
        if begins in NO_VERB or not (begins[0].isupper() or begins.startswith("{")) or zh.startswith(NO_VERB_ZH):
            found.append(f"{fault.id}: no verb at the beginning: {fault.action}")
        if zh.rstrip().endswith(("?", "？", "。", ".")) or en.rstrip().endswith(("?", ".")):
            found.append(f"{fault.id}: a line of a list has no full stop: {fault.action}")
        if fault.actor not in ACTORS:
            found.append(f"{fault.id}: {fault.actor}")
    complain(found)


def test_a_fault_that_the_bench_is_to_blame_for_is_the_technicians() -> None:
    complain([one.id for one in FAULTS.values() if one.blame == "bench" and one.actor != "technician"])


def test_every_id_is_there_once() -> None:
    ids = [fault.id for table in TABLES for fault in table]
    assert len(ids) == len(set(ids))
    checks = [check.id for check in CHECKS]
    assert len(checks) == len(set(checks))


def test_rows_are_the_catalogues() -> None:
    rows = {cause.row for cause in CAUSES}
    complain([f"{one.id}: {row}" for one in FAULTS.values() for row in one.rows if row not in rows])


def test_checks_come_in_the_order_of_their_groups_and_after_what_they_need() -> None:
    groups = [list(GROUPS).index(check.group) for check in CHECKS]
    assert groups == sorted(groups)
    seen: set[str] = set()
    for check in CHECKS:
        assert set(check.needs) <= seen, f"{check.id} needs a later one"
        seen.add(check.id)


def questions() -> list[Question]:
    return list({question.id: question for check in CHECKS for question in check.questions}.values())


def test_a_question_is_one_and_its_choices_are_told() -> None:
    for question in questions():
        assert question.words.en.rstrip().endswith(("?", ".", ":")) or question.unit, question.id
        assert len(question.words.en) <= EN_SENTENCE_MAX * 2, question.id
    ids = [question.id for check in CHECKS for question in check.questions]
    complain([one for one in set(ids) if not re.fullmatch(r"[a-z_]+\.[a-z0-9_.]+|resume", one)])


def _trees() -> dict[str, ast.Module]:
    paths = [path for path in FOLDER.rglob("*.py") if not {"drill", "reader"} & set(path.parts)]
    return {str(path.relative_to(FOLDER)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


TREES = _trees()


def _is_fault(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fault"


def _named(tree: ast.Module) -> set[str]:
    """Faults whose ids stand in a module, whole or as a pattern (`f"damaged_{part}"`)."""
    nodes = list(ast.walk(tree))
    defined = {id(node.args[0]) for node in nodes if _is_fault(node) and isinstance(node, ast.Call)}
    words = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in defined]
    said = {node.value for node in words if isinstance(node.value, str)} & FAULTS.keys()
    joined = [node.values for node in nodes if isinstance(node, ast.JoinedStr)]
    patterns = [
        "".join(re.escape(str(one.value)) if isinstance(one, ast.Constant) else "[a-z0-9_]+" for one in values)
        for values in joined
        if isinstance(values[0], ast.Constant) and re.fullmatch("[a-z_]+", str(values[0].value))
    ]
    return said | {one for pattern in patterns for one in FAULTS if re.fullmatch(pattern, one)}


NAMED = {at: _named(tree) for at, tree in TREES.items()}


def test_every_fault_is_told_by_something() -> None:
    complain(sorted(set(FAULTS) - set().union(*NAMED.values())))


def test_every_check_can_fail() -> None:
    found = []
    for check in CHECKS:
        run = getattr(check.run, "func", check.run)
        at = str(Path(*run.__module__.removeprefix("harness.bench_check.").split("."))) + ".py"
        shared = {node.module or "" for node in ast.walk(TREES[at]) if isinstance(node, ast.ImportFrom)}
        if not NAMED[at] and not any("outcomes" in one or "faults" in one for one in shared):
            found.append(f"{check.id}: no fault in {at}")
    complain(found)


def test_what_is_failed_fills_every_placeholder() -> None:
    """Where a fault is named outright, its values are looked at."""
    found = []
    for at, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failed":
                fault = node.args[1] if len(node.args) > 1 else None
                if isinstance(fault, ast.Constant) and str(fault.value) in FAULTS:
                    named = FAULTS[str(fault.value)]
                    wanted = gaps(named.cause.en) | gaps(named.action.en)
                    given = next((one.value for one in node.keywords if one.arg == "values"), None)
                    keys = _keys(given)
                    if keys is not None and not wanted <= keys:
                        found.append(f"{at}:{node.lineno} {named.id}: {sorted(wanted - keys)}")
                elif isinstance(fault, ast.Constant):
                    found.append(f"{at}:{node.lineno} there is no fault {fault.value!r}")
    complain(found)


def _keys(given: ast.expr | None) -> set[str] | None:
    """The names of a dict that is written out; None for one that is made elsewhere."""
    if given is None:
        return set()
    if isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys):
        return {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}
    return None


def test_the_page_shows_settings_and_answers_that_there_are() -> None:
    page = (FOLDER.parents[1] / "docs" / "bench-check.md").read_text(encoding="utf-8")
    keys = {one.name for one in dataclasses.fields(Settings)} - {"lang"}
    listed = re.search(r"Keys are the fields of [^:]+: ([^.]+)\.", page)
    assert listed is not None
    assert set(re.findall(r"`([a-z_]+)`", listed[1])) == keys
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", page, re.MULTILINE)
    given = [tomllib.loads(textwrap.dedent(block)) for block in blocks if " = " in block]
    shown = {key for block in given for key in block}
    assert {"look", "identity", "expected"} <= shown, "the example of answers, and that of settings"
    asked = {question.id for question in questions()}
    answers = next(block for block in given if "identity" in block)
    assert {f"{group}.{name}" for group, names in answers.items() for name in names} <= asked
    assert set(next(block for block in given if "expected" in block)) <= keys
