"""The tables of messages and fields, as the protocols' own tables have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from protocols.emv.tags import TAGS
from protocols.mispos.results import LOCAL_RESULTS, LocalResult
from protocols.text import Text
from protocols.unionpay import activation, header
from protocols.unionpay.dialect import CUP
from protocols.unionpay.fields import FieldSpec, field_table
from protocols.unionpay.kinds import KINDS, Kind
from protocols.unionpay.meanings import CARDS, CONDITIONS, ENTRY_MODES, PIN_ENTRY
from protocols.unionpay.private import f44, f48, f53, f54, f58, f59, f60, f61, f62_batch, f62_lists, f63, serial
from protocols.unionpay.private.layout import Part
from protocols.unionpay.private.parameter_tags import PARAMETER_TAGS

from ..fixtures import dialect_names, load_dialect
from ..trace import Event
from . import guide_words as w
from .runs import RowRun, Runs

Cell = str | Text
FORMATS = {
    "n": Text("n（数字，BCD）", "n (digits, BCD)"),
    "z": Text("z（磁道）", "z (track)"),
    "an": Text("an（字母数字）", "an (letters, digits)"),
    "ans": Text("ans（字符）", "ans (characters)"),
    "b": Text("b（二进制）", "b (octets)"),
}
VARIABLE = {0: "", 1: "LL", 2: "LLL"}


@dataclass(frozen=True, slots=True)
class KindRow:
    """`anchor`: its place in the page.  `rows`: failures in which it is seen between cause and remedy."""

    kind: Kind
    anchor: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Values or sub-fields, and what they mean."""

    id: str
    title: Text
    rows: tuple[tuple[Cell, ...], ...]


def kind_anchor(kind: Kind) -> str:
    """Kinds of one name differ by what they reverse, or by their codes in a dialect."""
    original = f"-{kind.reversal_of.name}" if kind.reversal_of else ""
    base = kind.reversal_of or kind
    code = f"-{base.processing_codes[0]}" if base.profile == "cbc" and base.processing_codes else ""
    return f"{kind.name}{original}{code}".replace("_", "-")


def kinds(runs: Runs) -> dict[str, list[KindRow]]:
    """Every kind by family."""
    seen: dict[tuple[str, str], list[str]] = {}
    for run in runs.rows:
        for name in {(str(e.data.get("mti")), str(e.data.get("kind"))) for e in _messages(run)}:
            seen.setdefault(name, []).append(run.id)
    found: dict[str, list[KindRow]] = {}
    for kind in KINDS:
        rows = () if kind.reversal_of else tuple(seen.get((kind.mti, kind.name), ()))
        found.setdefault(kind.family, []).append(KindRow(kind, kind_anchor(kind), rows))
    return found


def _messages(run: RowRun) -> Iterable[Event]:
    return (event for event in run.failing if event.kind == "message" and event.data.get("mti"))


def fields_of_cup() -> list[FieldSpec]:
    """The field table of the standard dialect."""
    return list(field_table(CUP).values())


def _parts(parts: Iterable[Part]) -> tuple[tuple[Cell, ...], ...]:
    rows: list[tuple[Cell, ...]] = []
    for part in parts:
        rows.append((part.number, part.name, str(part.size)))
        rows += [
            ("", Text(f"{value} = {name.zh}", f"{value} = {name.en}"), "") for value, name in part.meanings.items()
        ]
    return tuple(rows)


def positional() -> list[ValueTable]:
    """Private fields that are cut by position, in the order of their numbers."""
    upload, totals = Text("批上送", "upload"), Text("批结算", "settlement")
    layouts: list[tuple[str, int, Text | None, tuple[Part, ...]]] = [
        ("f44", 44, None, f44.LAYOUT),
        ("f48-totals", 48, totals, f48.TOTALS_LAYOUT),
        ("f48-details", 48, upload, f48.DETAIL_LAYOUT),
        ("f53", 53, None, f53.LAYOUT),
        ("f54", 54, None, f54.LAYOUT),
        ("f59-install", 59, Text("首次装机", "first installation"), f59.INSTALL_LAYOUT),
        ("f60", 60, None, f60.LAYOUT),
        ("f61", 61, None, f61.LAYOUT),
        ("f62-batch", 62, Text("IC 批上送", "chip upload"), f62_batch.LAYOUT),
        ("f62-holder", 62, Text("持卡人", "card holder"), f62_batch.HOLDER_LAYOUT),
        ("f63", 63, None, f63.LAYOUT),
    ]
    return [ValueTable(name, _of_field(number, use), _parts(layout)) for name, number, use, layout in layouts]


def _of_field(number: int, use: Text | None) -> Text:
    parts = w.PARTS.format(number=number)
    return Text(f"{parts.zh}（{use.zh}）", f"{parts.en} ({use.en})") if use else parts


def valued() -> list[ValueTable]:
    """Fields that are lists of tags, and fields whose values have meanings."""
    return [
        values("f22", Text("域 22：输入方式", "F22: entry mode"), ENTRY_MODES),
        values("f22-pin", Text("域 22：PIN", "F22: PIN"), PIN_ENTRY),
        values("f25", Text("域 25：服务点条件", "F25: condition"), CONDITIONS),
        values("f27", Text("域 27：卡种", "F27: card"), CARDS),
        values("f55", w.CHIP_TAGS, {f"{tag:02X}": info.name for tag, info in TAGS.items()}),
        values("f58", Text("域 58 的用法", "Usages of F58"), f58.USAGES),
        values("f59", w.USAGES, f59.USAGE_NAMES),
        values("f59-a2", w.DEVICE_ITEMS, {serial.F59_TAGS[key]: name for key, name in serial.SUB_NAMES.items()}),
        values("f62-parameters", w.PARAMETERS, f62_lists.PARAMETER_NAMES),
        values("f62-tags", w.DOWNLOAD_TAGS, {f"{tag:02X}": name for tag, name in PARAMETER_TAGS.items()}),
        values("f62-contactless", Text("域 62：非接参数", "F62: contactless"), f62_lists.CONTACTLESS_NAMES),
    ]


def activations() -> list[ValueTable]:
    """The activation profile, and what the header of a reply may ask for."""
    return [
        values("activation", w.ACTIVATION, {f"{tag:06X}": name for tag, name in activation.TAG_NAMES.items()}),
        values("activation-states", w.ACTIVATION_STATES, {one.value: t for one, t in activation.STATE_TEXTS.items()}),
        values("stages", w.STAGES, {one.value: text for one, text in activation.STAGE_TEXTS.items()}),
        values("header", w.HEADER, {f"{int(n):X}": text for n, text in header.REQUIREMENT_NAMES.items()}),
    ]


def values(name: str, title: Text, table: Mapping[str, Text]) -> ValueTable:
    """Codes and what they mean."""
    return ValueTable(name, title, tuple((value, meaning) for value, meaning in table.items()))


def dialects() -> ValueTable:
    """What each dialect has otherwise than the standard one."""
    rows: list[tuple[Cell, ...]] = []
    for name in dialect_names():
        dialect = load_dialect(name)
        other = [
            f.name for f in fields(dialect) if f.name != "name" and getattr(dialect, f.name) != getattr(CUP, f.name)
        ]
        rows.append((name, ", ".join(f"{key} = {getattr(dialect, key)}" for key in other) or "-"))
    return ValueTable("dialects", w.DIALECTS, tuple(rows))


def register_results(runs: Runs) -> list[tuple[LocalResult, tuple[str, ...]]]:
    """What the terminal itself decides in the Chinese dialects, each with the failures in which it is seen."""
    seen: dict[str, list[str]] = {}
    for run in runs.rows:
        ends = (e.data.get("outcome") or {} for e in run.failing if e.kind == "operation")
        for cause in {str(outcome.get("cause")) for outcome in ends}:
            seen.setdefault(cause, []).append(run.id)
    return [(result, tuple(seen.get(result.cause, ()))) for result in LOCAL_RESULTS.values()]
