"""Loose octets of the card's side taken apart for people: what `posrig decode` shows of them.

A kind is found out by strict readings (`kind_of`), or given: `c-apdu`, `r-apdu`, `atr`, `tlv`, a name of VALUE_KINDS
(`tvr`, `dol`, `afl` ...), or any tag of the dictionary in hex (`9F10`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ..errors import DecodeError, LocalError, decode_error
from ..explained import Explained, Row
from ..text import Text
from .apdu import Command, case_of, parse_command, parse_response
from .atr import Atr, parse_atr
from .atr_rules import emv_findings, storage_card
from .commands import AC_REFERENCE, CDA_WANTED, INSTRUCTIONS, PPSE, PSE, instruction_of
from .gpo import FORMAT_1, FORMAT_2, parse_ac, parse_gpo
from .meanings import meanings_of, strict_meanings
from .status_words import category, meaning
from .tags import TAGS, tag_name
from .tree import Node, parse_tree, walk

Kind = Literal["c-apdu", "r-apdu", "atr", "tlv"]

VALUE_KINDS: Mapping[str, int] = {
    "tvr": 0x95, "tsi": 0x9B, "aip": 0x82, "afl": 0x94, "auc": 0x9F07, "cvm-list": 0x8E, "cvm-results": 0x9F34,
    "cid": 0x9F27, "term-caps": 0x9F33, "add-term-caps": 0x9F40, "term-type": 0x9F35, "ttq": 0x9F66, "ctq": 0x9F6C,
    "issuer-app-data": 0x9F10, "service-code": 0x5F30, "dol": 0x9F38, "tac": 0x9F0D,
}  # fmt: skip
"""Names for the value of one data object, and the tag that tells how it is read."""
KINDS: tuple[str, ...] = ("c-apdu", "r-apdu", "atr", "tlv", *VALUE_KINDS)

_NAMES: Mapping[Kind, Text] = {
    "c-apdu": Text("命令 APDU", "command APDU"),
    "r-apdu": Text("应答 APDU", "response APDU"),
    "atr": Text("复位应答", "answer to reset"),
    "tlv": Text("TLV 数据", "TLV data"),
}
_CLASSES = frozenset((0x00, 0x04, 0x0C, 0x80, 0x84, 0x8C, 0x90, 0xFF))
_ANSWERS = frozenset((0x61, 0x6F, 0x70, 0x77, 0x80))
_UNKNOWN_KIND = Text("没有 {kind} 这种数据", "There is no kind of data called {kind}")
_UNKNOWN_CURE = Text("可用：{kinds}，或标签如 9F10", "Known: {kinds}, or a tag, as 9F10")
_NOT_CARD = Text("不是卡片侧的数据", "These are no octets of the card's side")
_NOT_CARD_CURE = Text("用 --as 给出种类", "Name the kind with --as")


def kind_of(data: bytes) -> Kind | None:
    """What `data` can only be; None where it is something else, or not told by its octets.

    An ATR by TS, lengths and TCK; a response by a status word behind nothing or one template; TLV by known tags whose
    lengths fit, to the last octet; a command by a known instruction whose Lc and Le fit.
    """
    readings: tuple[tuple[Kind, Any], ...] = (
        ("atr", _is_atr), ("r-apdu", _is_response), ("tlv", _is_tlv), ("c-apdu", _is_command),
    )  # fmt: skip
    for kind, fits in readings:
        try:
            if fits(data):
                return kind
        except DecodeError:
            continue
    return None


def explain(data: bytes, kind: str = "auto", answers: str = "") -> Explained:
    """`data` as `kind` (`auto`, one of KINDS, or a tag in hex) in words.

    `answers`: the command that a response answers, in hex (`80A8` will do); it tells what format 80 holds.  Raises
    DecodeError; LocalError for a kind that there is not.
    """
    found: str | None = kind_of(data) if kind == "auto" else kind
    match found:
        case None:
            raise decode_error(_NOT_CARD, _NOT_CARD_CURE, path="card", offset=0, data=data)
        case "c-apdu":
            return _command(data)
        case "r-apdu":
            return _response(data, answers)
        case "atr":
            return _atr(parse_atr(data))
        case "tlv":
            nodes = parse_tree(data, "tlv")
            return Explained("tlv", _NAMES["tlv"], {"objects": objects(nodes)}, tuple(rows_of(nodes)))
        case _:
            return _value(found, data)


def rows_of(nodes: Iterable[Node], above: str = "") -> list[Row]:
    """A row for each object, indented by its depth, and one below it for each bit, rule or entry of its value."""
    rows: list[Row] = []
    for node in nodes:
        path = f"{above}{node.tag:02X}"
        if node.constructed:
            rows.append((path, tag_name(node.tag), "", None))
            rows += rows_of(node.children, f"  {above}")
        else:
            rows += value_rows(path, node.tag, node.value)
    return rows


def value_rows(path: str, tag: int, value: bytes) -> list[Row]:
    """A row for a value, and one below it for each bit, rule or entry."""
    said = meanings_of(tag, value)
    octets = value.hex().upper()
    if len(said) == 1 and not said[0][0]:
        return [(path, tag_name(tag), octets, said[0][1])]
    return [(path, tag_name(tag), octets, None), *((f"  {path}.{place}", text, "", None) for place, text in said)]


def objects(nodes: Iterable[Node]) -> list[Any]:
    """The objects as lists `[tag, value in hex]`, a template `[tag, [objects]]`."""
    return [
        [f"{node.tag:02X}", objects(node.children) if node.constructed else node.value.hex().upper()] for node in nodes
    ]


def _is_atr(data: bytes) -> bool:
    parse_atr(data)
    return len(data) > 3


def _is_response(data: bytes) -> bool:
    response = parse_response(data)
    if category(response.sw) == "unknown":
        return False
    if not response.data:
        return True
    nodes = parse_tree(response.data, "data")
    return len(nodes) == 1 and nodes[0].tag in (TAGS if response.ok else _ANSWERS)


def _is_tlv(data: bytes) -> bool:
    if not data or data[0] == 0:
        return False
    nodes = tuple(walk(parse_tree(data, "data")))
    return all(node.tag in TAGS and len(node.value) <= TAGS[node.tag].most for node in nodes)


def _is_command(data: bytes) -> bool:
    command = parse_command(data)
    return command.cla in _CLASSES and command.ins in INSTRUCTIONS and len(data) > 4


def _command(data: bytes) -> Explained:
    command = parse_command(data)
    known = instruction_of(command)
    rows: list[Row] = [
        ("CLA", Text("类别", "class"), f"{command.cla:02X}", None),
        (
            "INS",
            Text("指令", "instruction"),
            f"{command.ins:02X}",
            Text(f"{known.code} {known.name.zh}", f"{known.code}: {known.name.en}"),
        ),
        ("P1", Text("参数 1", "parameter 1"), f"{command.p1:02X}", _p1(command)),
        ("P2", Text("参数 2", "parameter 2"), f"{command.p2:02X}", _p2(command)),
    ]
    if command.data:
        rows.append(("Lc", Text("数据长度", "length of the data"), str(len(command.data)), None))
        rows.append(("data", Text("数据", "data"), command.data.hex().upper(), _data(command)))
    if command.le is not None:
        rows.append(("Le", Text("期望的应答长度", "octets wanted at most"), str(command.le), None))
    fields = {path: value for path, _, value, _ in rows}
    return Explained("c-apdu", _with(_NAMES["c-apdu"], known.code), fields, tuple(rows), {"case": case_of(data)})


def _p1(command: Command) -> Text | None:
    if command.ins == 0xAE:
        wanted = next((kind for kind, octet in AC_REFERENCE.items() if octet == command.p1 & 0xC0), "RFU")
        cda = " + CDA" if command.p1 & CDA_WANTED else ""
        return Text(f"{wanted}{cda}", f"{wanted}{cda}")
    if command.ins == 0xB2:
        return Text(f"记录 {command.p1}", f"record {command.p1}")
    if command.ins == 0xCA and command.cla != 0xFF:
        return tag_name(command.p1 << 8 | command.p2)
    return Text("按名称", "by name") if command.ins == 0xA4 and command.p1 == 0x04 else None


def _p2(command: Command) -> Text | None:
    if command.ins == 0xB2:
        return Text(f"SFI {command.p2 >> 3}", f"SFI {command.p2 >> 3}")
    if command.ins == 0xA4:
        first, following = Text("第一个或唯一一个", "first or only one"), Text("下一个", "next one")
        return {0x00: first, 0x02: following}.get(command.p2)
    if command.ins == 0x20:
        plain, hidden = Text("明文 PIN", "plain PIN"), Text("加密 PIN", "enciphered PIN")
        return {0x80: plain, 0x88: hidden}.get(command.p2)
    return None


def _data(command: Command) -> Text | None:
    if command.ins == 0xA4 and command.data in (PSE, PPSE):
        name = command.data.decode("ascii")
        return Text(name, name)
    return None


def _response(data: bytes, answers: str) -> Explained:
    response = parse_response(data)
    rows: list[Row] = []
    shown: list[Any] = []
    if response.data:
        nodes = _opened(response.data, answers)
        rows = rows_of(nodes) if nodes else [("data", Text("数据", "data"), response.data.hex().upper(), None)]
        shown = objects(nodes)
    rows.append(("SW", Text("状态字", "status word"), f"{response.sw:04X}", meaning(response.sw)))
    fields = {"data": response.data.hex().upper(), "objects": shown, "SW": f"{response.sw:04X}"}
    return Explained("r-apdu", _NAMES["r-apdu"], fields, tuple(rows))


def _opened(data: bytes, answers: str) -> tuple[Node, ...]:
    """The objects of an answer; format 80 as what it stands for where the command is known; none where it is no TLV."""
    instruction = answers.replace(" ", "")[2:4].upper()
    if data[:1] in (bytes((FORMAT_1,)), bytes((FORMAT_2,))) and instruction in ("A8", "AE"):
        items = parse_gpo(data).items if instruction == "A8" else parse_ac(data).items
        return tuple(Node(item.tag, item.value) for item in items)
    try:
        return parse_tree(data, "data")
    except DecodeError:
        if data[0] in _ANSWERS:
            raise
        return ()


def _atr(atr: Atr) -> Explained:
    rows: list[Row] = [("TS", Text("初始字符", "initial character"), f"{atr.ts:02X}", _convention(atr))]
    for index, group in enumerate(atr.groups, 1):
        if group.protocol is not None:
            protocol = Text("协议", "protocol")
            rows.append((f"TD{index - 1}", protocol, f"T={group.protocol}", None))
        for letter, value in (("A", group.ta), ("B", group.tb), ("C", group.tc)):
            if value is not None:
                name = Text("接口字符", "interface character")
                rows.append((f"T{letter}{index}", name, f"{value:02X}", _interface(atr, letter, index)))
    if atr.historical:
        text = atr.historical.decode("latin-1")
        said = Text(text, text) if text.isascii() and text.isprintable() and text.strip() else storage_card(atr)
        rows.append(("T1", Text("历史字节", "historical bytes"), atr.historical.hex().upper(), said))
    if atr.tck is not None:
        rows.append(("TCK", Text("校验字符", "check character"), f"{atr.tck:02X}", Text("正确", "good")))
    findings = emv_findings(atr)
    rows += [("EMV", text, "", None) for text in findings]
    fields: dict[str, Any] = {path: value for path, _, value, _ in rows if path != "EMV"}
    fields["protocols"] = [f"T={protocol}" for protocol in atr.protocols]
    fields["emv"] = not findings
    return Explained("atr", _NAMES["atr"], fields, tuple(rows), {"emv": "yes" if not findings else "no"})


def _convention(atr: Atr) -> Text:
    return Text("正向约定", "direct convention") if atr.ts == 0x3B else Text("反向约定", "inverse convention")


def _interface(atr: Atr, letter: str, index: int) -> Text | None:
    if (letter, index) == ("A", 1):
        rate = f"F={atr.fi or '?'}, D={atr.di or '?'}"
        top = f"{rate}, {atr.baud_max} bit/s" if atr.baud_max else rate
        return Text(top, top)
    value = atr.character(letter, index)
    if index > 2 and atr.groups[index - 1].protocol == 15 and letter == "A" and atr.voltage_classes:
        return Text(f"电压等级 {atr.voltage_classes}", f"voltage class {atr.voltage_classes}")
    if index > 2 and atr.groups[index - 1].protocol == 1 and value is not None:
        ifsc = Text(f"IFSC {value}", f"IFSC {value}")
        waiting = Text(f"BWI {value >> 4}，CWI {value & 15}", f"BWI {value >> 4}, CWI {value & 15}")
        return {"A": ifsc, "B": waiting}.get(letter)
    return None


def _value(kind: str, data: bytes) -> Explained:
    tag = VALUE_KINDS.get(kind.lower())
    if tag is None:
        try:
            tag = int(kind, 16)
        except ValueError:
            tag = -1
        if tag not in TAGS:
            known = ", ".join(KINDS)
            raise LocalError(_UNKNOWN_KIND.format(kind=kind), _UNKNOWN_CURE.format(kinds=known))
    said = strict_meanings(tag, data)
    rows = value_rows(f"{tag:02X}", tag, data)
    texts = [{"place": place, "zh": text.zh, "en": text.en} for place, text in said]
    return Explained(
        kind, tag_name(tag), {"tag": f"{tag:02X}", "value": data.hex().upper(), "says": texts}, tuple(rows)
    )


def _with(name: Text, code: str) -> Text:
    return Text(f"{name.zh} {code}", f"{name.en} {code}")
