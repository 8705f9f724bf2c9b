"""A ZVT message said to people: every positional value, bitmap, tag and code with its name in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from ..text import Text
from . import bitmaps as bmp
from .bitmaps import BITMAPS, CARD_BITMAPS, RESULT_CODE, SECRET_BITMAPS
from .charset import Charset, decode_text
from .codes import result_text, status_text
from .commands import (
    ABORT,
    BAUD_RATES,
    CHANGE_BAUD_RATE,
    COMPLETION,
    INTERMEDIATE_STATUS,
    NEGATIVE_CLASS,
    PRINT_LINE,
    REGISTRATION,
    STATUS_ENQUIRY,
    name_of,
)
from .intermediate import intermediate_text
from .message import Bitmap, Value, ZvtMessage, parse
from .tags import COMMAND, DEVICE_PASSWORD, LINE_ATTRIBUTE, TAGS, tag_meaning, tag_name
from .tlv import ZvtTlv

Row = tuple[str, Text, str, Text | None]
"""Path (`22`, `06/24/07`), name, value as text, meaning where the value has one."""

VALUE_NAMES: dict[str, Text] = {
    "password": Text("密码", "password"),
    "config": Text("配置字节", "config byte"),
    "currency": Text("币种", "currency code"),
    "status": Text("状态", "status"),
    "timeout_min": Text("超时（分钟）", "time-out in minutes"),
    "timeout_s": Text("超时（秒）", "time-out in seconds"),
    "code": Text("结果码", "result code"),
    "attribute": Text("打印属性", "attribute"),
    "text": Text("文本", "text"),
    "version": Text("软件版本", "software version"),
    "rate": Text("波特率代码", "code of the baud rate"),
    "activation": Text("启用", "activation"),
    "data": Text("数据", "data"),
}

CONFIG_BITS: tuple[tuple[int, Text], ...] = (
    (0x02, Text("收银机打印支付凭证", "the register prints payment receipts")),
    (0x04, Text("收银机打印管理凭证", "the register prints administration receipts")),
    (0x08, Text("需要中间状态", "intermediate status wanted")),
    (0x10, Text("终端不输入金额", "no amount entry on the terminal")),
    (0x20, Text("终端不做管理操作", "no administration on the terminal")),
    (0x80, Text("按行打印", "print by lines")),
)
SERVICE_BITS: tuple[tuple[int, Text], ...] = (
    (0x01, Text("功能键不进服务菜单", "no service menu on the function key")),
    (0x02, Text("大写字母显示", "texts in capitals")),
)
COMPLETION_BITS: tuple[tuple[int, Text], ...] = (
    (0x01, Text("需要初始化", "initialisation necessary")),
    (0x02, Text("需要诊断", "diagnosis necessary")),
    (0x04, Text("需要 OPT 操作", "OPT action necessary")),
    (0x08, Text("加油站模式", "filling station mode")),
    (0x10, Text("自动售货模式", "vending mode")),
)
LINE_BITS: tuple[tuple[int, Text], ...] = (
    (0x80, Text("末行", "last line")),
    (0x40, Text("居中", "centred")),
    (0x20, Text("双宽", "double width")),
    (0x10, Text("双高", "double height")),
)
NONE_SET = Text("无", "none")
TOTALS_NAMES: tuple[Text, ...] = tuple(
    Text(zh, en)
    for zh, en in (
        ("ec 卡", "ec card"),
        ("JCB", "JCB"),
        ("Eurocard", "Eurocard"),
        ("Amex", "Amex"),
        ("Visa", "Visa"),
        ("Diners", "Diners"),
        ("其他", "others"),
    )
)
TOTALS_HEAD_OCTETS, TOTALS_ROW_OCTETS = 4, 7
RECEIPTS = Text("凭证号范围", "receipt numbers")
COUNT_AND_TOTAL = Text("{name}：笔数、合计", "{name}: number, total")
MASKED = Text("E 为掩码数字", "E is a masked digit")
CURRENCIES = {"0978": Text("欧元", "EUR"), "0756": Text("瑞士法郎", "CHF"), "0826": Text("英镑", "GBP")}


def explain(apdu: bytes, pending: int = 0, charset: Charset = "cp437") -> list[Row]:
    """All that is in one bare APDU, row by row.  Raises DecodeError as `message.parse` does."""
    return rows_of(parse(apdu, pending), charset, pending)


def rows_of(msg: ZvtMessage, charset: Charset = "cp437", pending: int = 0) -> list[Row]:
    """The rows of a message that has been read; texts are in `charset`."""
    rows: list[Row] = []
    if msg.control >> 8 == NEGATIVE_CLASS and msg.control & 0xFF:
        code = msg.control & 0xFF
        rows.append(("84", VALUE_NAMES["code"], f"{code:02X}", result_text(code)))
    for name, value in msg.values.items():
        shown = value_text(value, charset if name in ("text", "version") else None)
        rows.append((name, VALUE_NAMES[name], shown, positional_meaning(msg.control, name, value)))
    for bitmap in msg.bitmaps:
        rows += _bitmap_rows(msg, bitmap, charset, pending)
    return rows


def value_text(value: Value, charset: Charset | None = None) -> str:
    """A value as text: octets in hex where they are no text."""
    if isinstance(value, int):
        return f"{value:02X}"
    if isinstance(value, str):
        return value
    return value.hex().upper() if charset is None else decode_text(value, charset)


def bits_text(value: int, bits: tuple[tuple[int, Text], ...]) -> Text:
    """The names of the bits that are set."""
    found = [text for bit, text in bits if value & bit] or [NONE_SET]
    return Text("、".join(text.zh for text in found), ", ".join(text.en for text in found))


def positional_meaning(control: int, name: str, value: Value) -> Text | None:
    """What a positional value means, where it is a code."""
    if name == "currency" and isinstance(value, str):
        return CURRENCIES.get(value)
    if not isinstance(value, int):
        return None
    if name == "status":
        return intermediate_text(value) if control == INTERMEDIATE_STATUS else status_text(value)
    if name == "code" and control == ABORT:
        return result_text(value)
    if name == "config" and control == REGISTRATION:
        return bits_text(value, CONFIG_BITS)
    if name == "attribute" and control == PRINT_LINE:
        return bits_text(value, LINE_BITS)
    if name == "rate" and control == CHANGE_BAUD_RATE and value in BAUD_RATES:
        return Text(str(BAUD_RATES[value]), f"{BAUD_RATES[value]} bit/s")
    return None


def _bitmap_rows(msg: ZvtMessage, bitmap: Bitmap, charset: Charset, pending: int) -> Iterator[Row]:
    info = BITMAPS[bitmap.number]
    path = f"{bitmap.number:02X}"
    if isinstance(bitmap.value, tuple):
        yield path, info.name, "", None
        yield from _tlv_rows(bitmap.value, path, charset)
        return
    text = charset if info.shape == "text" else None
    yield path, info.name, value_text(bitmap.value, text), _bitmap_meaning(msg, bitmap, pending)
    if bitmap.number == bmp.TOTALS and isinstance(bitmap.value, bytes):
        yield from _totals_rows(bitmap.value)


def _bitmap_meaning(msg: ZvtMessage, bitmap: Bitmap, pending: int) -> Text | None:
    number, value = bitmap.number, bitmap.value
    if isinstance(value, int):
        if number == RESULT_CODE:
            return result_text(value)
        if number == bmp.SERVICE_BYTE and msg.control in (REGISTRATION, STATUS_ENQUIRY):
            return bits_text(value, SERVICE_BITS)
        if number == bmp.STATUS_BYTE and msg.control == COMPLETION and pending in (0, REGISTRATION):
            return bits_text(value, COMPLETION_BITS)
        return None
    if not isinstance(value, str):
        return None
    if number == bmp.AMOUNT and value.isdigit():
        return Text(f"{int(value)} 最小单位", f"{int(value)} minor units")
    if number == bmp.CURRENCY:
        return CURRENCIES.get(value)
    return MASKED if number in CARD_BITMAPS and "E" in value else None


def _totals_rows(octets: bytes) -> Iterator[Row]:
    """BMP 60 of an end of day: first and last receipt, then number and total of each kind of card."""
    if len(octets) != TOTALS_HEAD_OCTETS + len(TOTALS_NAMES) * TOTALS_ROW_OCTETS:
        return
    digits = octets.hex().upper()
    yield "60/receipts", RECEIPTS, f"{digits[:4]}-{digits[4:8]}", None
    for index, name in enumerate(TOTALS_NAMES):
        row = octets[TOTALS_HEAD_OCTETS + index * TOTALS_ROW_OCTETS :][:TOTALS_ROW_OCTETS]
        yield f"60/{index + 1}", COUNT_AND_TOTAL.format(name=name), f"{row[0]}, {row[1:].hex()}", None


def _tlv_rows(items: tuple[ZvtTlv, ...], path: str, charset: Charset) -> Iterator[Row]:
    for item in items:
        here = f"{path}/{item.tag_hex}"
        yield here, tag_name(item.tag), tag_text(item, charset), _tag_meaning(item)
        yield from _tlv_rows(item.children, here, charset)


def tag_text(item: ZvtTlv, charset: Charset = "cp437") -> str:
    """A tag's value as text; "" of a template."""
    if not isinstance(item.value, bytes):
        return ""
    form = TAGS[item.tag].form if item.tag in TAGS else "octets"
    if form == "text":
        return decode_text(item.value, charset)
    if form == "ascii":
        return decode_text(item.value, "ascii")
    return str(int.from_bytes(item.value, "big")) if form == "number" else item.value.hex().upper()


def _tag_meaning(item: ZvtTlv) -> Text | None:
    if not isinstance(item.value, bytes):
        return None
    if item.tag == COMMAND and len(item.value) == 2:
        return name_of(int.from_bytes(item.value, "big"))
    if item.tag == LINE_ATTRIBUTE and len(item.value) == 1:
        return bits_text(item.value[0], LINE_BITS)
    return tag_meaning(item.tag, item.value)


def tlv_tree(items: tuple[ZvtTlv, ...], charset: Charset = "cp437") -> dict[str, object]:
    """Tags to values as text, templates to trees; a tag that comes more than once, to a list."""
    tree: dict[str, object] = {}
    for item in items:
        value: object = tlv_tree(item.children, charset) if item.children else tag_text(item, charset)
        key = item.tag_hex
        if key not in tree:
            tree[key] = value
        elif isinstance(known := tree[key], list):
            known.append(value)
        else:
            tree[key] = [known, value]
    return tree


SECRET_TAG = f"/{DEVICE_PASSWORD:04X}"
CARD_KEYS = {bmp.PAN: "pan", bmp.TRACK1: "track1", bmp.TRACK2: "track2", bmp.TRACK3: "track3"}


def trace_fields(msg: ZvtMessage, charset: Charset = "cp437") -> dict[str, str]:
    """A message for the trace: positional values by name, bitmaps as `bmp04`, card data as `pan`, `track2` ..., tags as
    `tlv/60/43`; of host traffic its length alone, as `data_octets`, and of what no record keeps as many asterisks."""
    fields: dict[str, str] = {}
    for name, value in msg.values.items():
        if name == "data" and isinstance(value, bytes):
            fields["data_octets"] = str(len(value))
        else:
            fields[name] = value_text(value, charset if name in ("text", "version") else None)
    for bitmap in msg.bitmaps:
        if isinstance(bitmap.value, tuple):
            rows = _tlv_rows(bitmap.value, "tlv", charset)
            for path, _, shown, _ in rows:
                if shown:
                    fields[_free(fields, path)] = "*" * len(shown) if path.endswith(SECRET_TAG) else shown
            continue
        text = charset if BITMAPS[bitmap.number].shape == "text" else None
        key = CARD_KEYS.get(bitmap.number, f"bmp{bitmap.number:02X}")
        shown = value_text(bitmap.value, text)
        fields[_free(fields, key)] = "*" * len(shown) if bitmap.number in SECRET_BITMAPS else shown
    return fields


def _free(fields: dict[str, str], key: str) -> str:
    """`key`, or `key#2` and so on where it stands already."""
    number, name = 1, key
    while name in fields:
        number += 1
        name = f"{key}#{number}"
    return name
