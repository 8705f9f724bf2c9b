"""What registers and terminals say to each other in each protocol, as the protocols' own tables have it."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.concert import results as concert
from protocols.mispos.dialect_a import commands as dialect_a
from protocols.mispos.dialect_a import tags as tags_a
from protocols.mispos.dialect_b.tags import TAGS, TYPE_NAMES
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Text
from protocols.transbank import commands as transbank
from protocols.transbank.results import CODES
from protocols.zvt import commands as zvt
from protocols.zvt.codes import RESULTS, STATUS
from protocols.zvt.intermediate import INTERMEDIATE

from ..driver.operations import OPERATIONS
from ..driver.speakers import operations_of
from ..quirks import profile_of, quirk_names
from ..reports.words import PARTIES
from . import guide_words as w
from .tables import Cell, ValueTable, values

Heads = tuple[Text, ...]
Group = tuple[str, Text, tuple[tuple[ValueTable, Heads], ...]]
"""A protocol's name and title, its tables with their heads."""

CODED: Heads = (w.VALUE, w.MEANING)


def overview() -> tuple[tuple[ValueTable, Heads], ...]:
    """What holds of all of them: how they are spoken, what they can, how vendors deviate."""
    return (
        (_protocols(), (w.PROTOCOL, w.NAME, w.LINE)),
        (_operations(), (w.OPERATION, w.MEANING, w.PROTOCOL)),
        (_quirks(), (w.QUIRK, w.NAME, w.PROTOCOL, w.SETTINGS, w.SOURCE)),
    )


def _protocols() -> ValueTable:
    rows = (
        (row.name, row.text, f"{', '.join(map(str, row.baudrates))} · {row.line}")
        for row in REGISTER_PROTOCOLS.values()
    )
    return ValueTable("protocols", w.PROTOCOLS, tuple(rows))


def _operations() -> ValueTable:
    rows: list[tuple[Cell, ...]] = []
    for name, operation in OPERATIONS.items():
        able = [protocol for protocol in REGISTER_PROTOCOLS if name in operations_of(protocol)]
        rows.append((name.replace("_", "-"), operation.text, ", ".join(able)))
    return ValueTable("operations", w.OPERATIONS, tuple(rows))


def _quirks() -> ValueTable:
    rows: list[tuple[Cell, ...]] = []
    for name in quirk_names():
        profile = profile_of(name)
        settings = ", ".join(f"{key} = {_shown(value)}" for key, value in profile["quirks"].items())
        rows.append((name, Text(profile["zh"], profile["en"]), profile["protocol"], settings, profile["source"]))
    return ValueTable("quirks", w.QUIRKS, tuple(rows))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def groups() -> tuple[Group, ...]:
    """The tables of each protocol, dialect B first; its result codes stand by themselves, for they lead to failures."""
    tables = {
        "mispos-b": (
            (values("types", w.TYPE, _hex(TYPE_NAMES.items())), CODED),
            (_tags("tags", ((tag, one.name, one.form) for tag, one in TAGS.items())), (w.TAG, w.NAME, w.FORMAT)),
        ),
        "mispos-a": (
            (_commands_a(), (w.VALUE, w.MEANING, w.BASIS)),
            (_tags("tags-a", ((t, one.name, one.form) for t, one in tags_a.TAGS.items())), (w.TAG, w.NAME, w.FORMAT)),
            (values("packets-a", w.PACKETS, tags_a.PACKET_TYPES), CODED),
        ),
        "zvt": _zvt(),
        "transbank": (
            (_transbank(), (w.VALUE, w.MEANING, w.SENDER)),
            (values("transbank-codes", w.RESULT, {code: one.text for code, one in CODES.items()}), CODED),
        ),
        "concert": tuple(
            (values(f"concert-{name}", concert.NAMES[name], table), CODED) for name, table in concert.MEANINGS.items()
        ),
    }
    return tuple((name, REGISTER_PROTOCOLS[name].text, found) for name, found in tables.items())


def _zvt() -> tuple[tuple[ValueTable, Heads], ...]:
    statuses = tuple((f"{one.code:02X}", one.text, one.cure.value if one.locks else "") for one in STATUS.values())
    return (
        (values("zvt-commands", w.COMMANDS, {f"{c >> 8:02X} {c & 0xFF:02X}": t for c, t in zvt.NAMES.items()}), CODED),
        (ValueTable("zvt-status", w.STATES_OF_TERMINAL, statuses), (w.VALUE, w.MEANING, w.LOCK_CURE)),
        (values("zvt-results", w.RESULT, _hex(RESULTS.items())), CODED),
        (values("zvt-intermediate", w.INTERMEDIATE, _hex(INTERMEDIATE.items())), CODED),
    )


def _commands_a() -> ValueTable:
    rows = ((info.code, info.text, w.BASES[info.basis]) for info in dialect_a.COMMANDS.values())
    return ValueTable("commands-a", w.COMMANDS, tuple(rows))


def _transbank() -> ValueTable:
    both = (*transbank.REQUESTS.values(), *transbank.ANSWERS.values())
    return ValueTable("transbank-commands", w.COMMANDS, tuple((o.command, o.text, PARTIES[o.side]) for o in both))


def _tags(name: str, rows: Iterable[tuple[int, Text, str]]) -> ValueTable:
    return ValueTable(name, w.TAG, tuple((f"{tag:04X}", text, form) for tag, text, form in rows))


def _hex(table: Iterable[tuple[int, Text]]) -> dict[str, Text]:
    return {f"{code:02X}": text for code, text in table}
