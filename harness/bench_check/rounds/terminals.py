"""The list of a round: a CSV as people make it, with Excel or without, in China or elsewhere.

UTF-8 with or without a mark, UTF-16 with one, or GB 18030 (what Excel in China writes); commas, semicolons or tabs; the
first line has the names of the columns in Chinese or English, in any order.  A line is one terminal: a serial number,
or a terminal number.  Whatever is wrong is told by its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocols.errors import ScenarioError
from protocols.text import Text

LIST_OCTETS_MAX = 4 * 1024 * 1024
ENTRIES_MAX = 2_000
CELL_CHARS_MAX = 200
COLUMNS_MAX = 60

COLUMNS: Mapping[str, Text] = {
    "sn": Text("序列号", "Serial number"),
    "merchant": Text("商户", "Merchant"),
    "address": Text("地址", "Address"),
    "tid": Text("终端号", "TID"),
    "mid": Text("商户号", "MID"),
    "contact": Text("联系人", "Contact"),
    "phone": Text("电话", "Phone"),
    "due": Text("期限", "Due"),
    "port": Text("端口", "Port"),
    "note": Text("备注", "Note"),
}
"""What a round reads, with the names that an exported list has."""
SPELLINGS: Mapping[str, str] = {
    "sn": "sn 序列号 机身号 机身序列号 终端序列号 设备序列号 serialnumber serial serialno s/n",
    "merchant": "merchant 商户 商户名称 商户名 商家 店名 门店 merchantname shop store",
    "address": "address 地址 商户地址 装机地址 安装地址 location",
    "tid": "tid 终端号 终端编号 终端代码 terminalid terminalnumber terminal",
    "mid": "mid 商户号 商户编号 商户代码 merchantid merchantnumber",
    "contact": "contact 联系人 负责人 contactperson",
    "phone": "phone 电话 联系电话 手机 手机号 telephone tel mobile",
    "due": "due 期限 截止 截止日期 截止日 计划日期 巡检日期 duedate deadline date",
    "port": "port 端口 串口 serialport",
    "note": "note 备注 说明 remark remarks notes comment",
}
NAMES: Mapping[str, str] = {one: name for name, spelled in SPELLINGS.items() for one in spelled.split()}

UNREADABLE = Text("读不了清单 {path}：{why}", "cannot read the list {path}: {why}")
WORKBOOK = Text("这是 Excel 工作簿，不是 CSV", "this is an Excel workbook and no CSV")
WORKBOOK_CURE = Text(
    "在 Excel 中“另存为 → CSV UTF-8（逗号分隔）”，再用那个文件",
    "In Excel choose Save as, CSV UTF-8 (comma delimited), and use that file",
)
CURE = Text("改正后再运行", "Put it right and run it again")
HEADER_CURE = Text(
    "第一行写列名，至少要有“序列号”或“终端号”",
    "The first line names the columns; there must be `sn` or `tid` among them",
)
NO_CODE = Text("既不是 UTF-8 也不是 GBK", "it is neither UTF-8 nor GBK")
TOO_BIG = Text("文件太大（超过 {most} 字节）", "it is too big (more than {most} octets)")
TOO_MANY = Text("超过 {most} 台终端", "it has more than {most} terminals")
EMPTY = Text("没有一台终端", "it has no terminal")
NO_KEY = Text("没有“序列号”或“终端号”这一列", "no column has serial numbers (`sn`) or terminal numbers (`tid`)")
TWICE_NAMED = Text("有两列是“{name}”", "two columns are {name}")
AT = Text("{path} 第 {line} 行，第 {column} 列（{name}）：{why}", "{path} line {line}, column {column} ({name}): {why}")
AT_LINE = Text("{path} 第 {line} 行：{why}", "{path} line {line}: {why}")
NOBODY = Text("既没有序列号也没有终端号", "there is neither a serial number nor a terminal number")
DUPLICATE = Text("{key} 在第 {line} 行已有", "{key} was on line {line} already")
TOO_LONG = Text("超过 {most} 个字", "it has more than {most} characters")
ROUNDED = Text(
    "{said} 是 Excel 改写过的数字；请把该列设为“文本”再重新填写",
    "{said} is a number that Excel has rounded: format the column as text and enter it again",
)
NO_DATE = Text("{said} 不是日期，应写成 2026-11-30", "{said} is no date; write it as 2026-11-30")
BROKEN = Text("引号不成对：{why}", "the quotes are wrong: {why}")
LEFT_OUT = Text("不认识的列，已忽略：{names}", "columns that are not known were left out: {names}")

_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]0?0:00(?::00)?)?")
_SHORT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True, slots=True)
class RoundEntry:
    """One terminal of a list; "" for what the list does not say.  `number` counts from 1, `due` is ISO 8601."""

    number: int
    sn: str = ""
    merchant: str = ""
    address: str = ""
    tid: str = ""
    mid: str = ""
    contact: str = ""
    phone: str = ""
    due: str = ""
    port: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other one: the serial number, else terminal and merchant number."""
        return f"sn {self.sn}" if self.sn else f"tid {self.tid} {self.mid}".rstrip()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.sn or self.tid


@dataclass(frozen=True, slots=True)
class RoundList:
    """A list that was read; `octets` is the file as it was, `notes` what was left out."""

    name: str
    entries: tuple[RoundEntry, ...]
    octets: bytes
    notes: tuple[Text, ...] = ()


def read_list(path: Path) -> RoundList:
    """The list in a file.  Raises ScenarioError that names the line and column."""
    try:
        with path.open("rb") as file:
            octets = file.read(LIST_OCTETS_MAX + 1)
    except OSError as error:
        raise _unreadable(path, Text(str(error.strerror), str(error.strerror))) from error
    return parse_list(octets, path.name)


def parse_list(octets: bytes, name: str) -> RoundList:
    """The list in the octets of a file called `name`.  Raises ScenarioError."""
    path = Path(name)
    if len(octets) > LIST_OCTETS_MAX:
        raise _unreadable(path, TOO_BIG.format(most=LIST_OCTETS_MAX))
    if octets.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _unreadable(path, WORKBOOK, WORKBOOK_CURE)
    rows = _rows(path, _text(path, octets))
    line, header = next(rows, (1, []))
    columns, unknown = _columns(path, line, header)
    entries: dict[str, tuple[int, RoundEntry]] = {}
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        entry = _entry(path, line, row, columns, header, len(entries) + 1)
        if entry.key in entries:
            at = "sn" if entry.sn else "tid"
            why = DUPLICATE.format(key=entry.name, line=entries[entry.key][0])
            raise _at(path, line, columns[at], header, why)
        if len(entries) == ENTRIES_MAX:
            raise _unreadable(path, TOO_MANY.format(most=ENTRIES_MAX))
        entries[entry.key] = (line, entry)
    if not entries:
        raise _unreadable(path, EMPTY)
    notes = (LEFT_OUT.format(names=", ".join(unknown)),) if unknown else ()
    return RoundList(path.stem, tuple(entry for _, entry in entries.values()), octets, notes)


def _text(path: Path, octets: bytes) -> str:
    codes = ("utf-16",) if octets.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for code in codes:
        try:
            text = octets.decode(code)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable(path, NO_CODE)


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its first line."""
    import csv
    from io import StringIO

    first, _, rest = text.partition("\n")
    before = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:  # Excel's own first line
        separator, text, before = first.strip()[-1], rest, 1
    else:
        separator = max(",;\t", key=lambda one: sum(_plain(cell) in NAMES for cell in first.split(one)))
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    at = before + 1
    try:
        for row in reader:
            yield at, row
            at = before + reader.line_num + 1
    except csv.Error as error:
        raise ScenarioError(
            _told(AT_LINE, path=path, line=before + reader.line_num, why=_told(BROKEN, why=str(error))), CURE
        ) from error


def _columns(path: Path, line: int, header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """The place of each column that is known, and the names of the others."""
    columns: dict[str, int] = {}
    unknown = []
    for place, said in enumerate(header[:COLUMNS_MAX]):
        name = NAMES.get(_plain(said))
        if name is None:
            if said.strip():
                unknown.append(said.strip()[:CELL_CHARS_MAX])
        elif name in columns:
            raise _at(path, line, place, header, _told(TWICE_NAMED, name=COLUMNS[name]))
        else:
            columns[name] = place
    if "sn" not in columns and "tid" not in columns:
        raise _unreadable(path, NO_KEY, HEADER_CURE)
    return columns, unknown


def _plain(said: str) -> str:
    """The name of a column without what people put around it: `Serial No. ` and `序列号（SN）`."""
    said = re.sub(r"[(（\[【].*", "", said.strip().strip('"').lower())
    return re.sub(r"[\s_.:：*#-]", "", said)


def _entry(
    path: Path, line: int, row: Sequence[str], columns: Mapping[str, int], header: Sequence[str], number: int
) -> RoundEntry:
    from ..checks.identity import clean_sn

    said = {name: _cell(row[place]) for name, place in columns.items() if place < len(row)}
    for name, value in said.items():
        if len(value) > CELL_CHARS_MAX:
            raise _at(path, line, columns[name], header, TOO_LONG.format(most=CELL_CHARS_MAX))
        if name in ("sn", "tid", "mid") and _ROUNDED.fullmatch(value):
            raise _at(path, line, columns[name], header, ROUNDED.format(said=value))
    if said.get("due"):
        due = date_of(said["due"])
        if due is None:
            raise _at(path, line, columns["due"], header, NO_DATE.format(said=repr(said["due"])))
        said["due"] = due
    said["sn"] = clean_sn(said.get("sn", ""))
    if not said["sn"] and not said.get("tid"):
        raise ScenarioError(_told(AT_LINE, path=path, line=line, why=NOBODY), CURE)
    return RoundEntry(number, **said)


def _cell(said: str) -> str:
    """A cell on one line; the apostrophe by which people keep Excel from counting with a number goes."""
    return " ".join("".join(one if one.isprintable() else " " for one in said).split()).removeprefix("'")


def date_of(said: str) -> str | None:
    """A date as people in China or machines write it, as ISO 8601; None for anything else, such as 3/4/26."""
    from datetime import date

    found = _DATE.fullmatch(said) or _SHORT_DATE.fullmatch(said)
    try:
        return None if found is None else date(*(int(one) for one in found.groups())).isoformat()
    except ValueError:
        return None


def _at(path: Path, line: int, place: int, header: Sequence[str], why: Text) -> ScenarioError:
    name = header[place].strip()[:CELL_CHARS_MAX]
    return ScenarioError(_told(AT, path=path, line=line, column=place + 1, name=name, why=why), CURE)


def _unreadable(path: Path, why: Text, cure: Text = CURE) -> ScenarioError:
    return ScenarioError(_told(UNREADABLE, path=path, why=why), cure)


def _told(pattern: Text, **values: object) -> Text:
    from ..reader.words import filled

    return filled(pattern, **values)
