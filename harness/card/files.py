"""Cards by name: `fixtures/cards/chips/NAME.toml`, personalised when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from protocols.emv.afl import parse_afl
from protocols.emv.afl import records_of as records_in
from protocols.emv.commands import PPSE, PSE
from protocols.emv.cryptograms import AC_TAGS
from protocols.emv.dol import DolEntry, parse_dol
from protocols.emv.records import parse_record
from protocols.emv.rsa import PrivateKey
from protocols.emv.tree import find, parse_tree
from protocols.errors import DecodeError, ScenarioError
from protocols.text import Text
from protocols.tlv import Tlv, build_tlv

from ..fixtures import fixtures_dir, nearest, read_toml
from .issuing import issuer_of
from .personalise import ENTRY, RECORD, Made, digits, directory_fci, personalise, within
from .profile import HOWS, LOG_ENTRY, LOG_FORMAT, Application, Chip, Directory, How, Processing, RecordKey
from .sheet import ApplicationSheet, CardSheet, bad_value, octets, sheet_of

CHIPS_MAX = 64
"""Cards kept in memory."""
FOLDER = ("cards", "chips")
PSE_SFI = 1
ATR_OCTETS = range(2, 34)
WAYS = ("insert", "ecash", "tap")
TAG_AIP, TAG_ATC = 0x82, 0x9F36

NO_CARD = Text("没有芯片卡 {name}；最接近的是 {near}", "there is no chip card {name}; the nearest is {near}")
NO_CARD_CURE = Text("可用：{names}；或给出 .toml 文件的路径", "Known: {names}; or give the path of a .toml file")
EVERY_RECORD = Text("AFL 所列的每条记录", "every record of the AFL")
INCOMPLETE = Text("{file}：{what}", "{file}: {what}")
INCOMPLETE_CURE = Text("写法见 docs/cards.md", "docs/cards.md tells how a card is written")


@lru_cache(maxsize=1)
def chip_names() -> list[str]:
    """The cards that are shipped."""
    return sorted(path.stem for path in fixtures_dir().joinpath(*FOLDER).glob("*.toml"))


def load_chip(name: str) -> Chip:
    """The card of that name, or of a file whose path ends in .toml.  Raises ScenarioError."""
    if name.endswith(".toml"):
        return chip_from(read_toml(Path(name)), Path(name).name)
    names = chip_names()
    if name not in names:
        what = NO_CARD.format(name=name[:40], near=nearest(name[:40], names))
        raise ScenarioError(what, NO_CARD_CURE.format(names=", ".join(names)))
    return _shipped(name)


@lru_cache(maxsize=CHIPS_MAX)
def _shipped(name: str) -> Chip:
    path = fixtures_dir().joinpath(*FOLDER, f"{name}.toml")
    return chip_from(read_toml(path), path.name)


def chip_from(table: Mapping[str, Any], file: str) -> Chip:
    """The card that a file describes; its name is the file's.  Raises ScenarioError that names the file and the key."""
    sheet = sheet_of(table, file)
    try:
        return _chip(sheet, file)
    except DecodeError as error:
        what = INCOMPLETE.format(file=file, what=f"{error.path} @{error.offset}")
        raise ScenarioError(Text(f"{what.zh}：{error.what.zh}", f"{what.en}: {error.what.en}"), error.cure) from error


def _chip(sheet: CardSheet, file: str) -> Chip:
    applications = tuple(_application(one, sheet, file) for one in sheet.applications)
    if len({one.aid for one in applications}) < len(applications):
        raise bad_value(file, "aid", "-", Text("每个应用各有自己的 AID", "one AID for each application"))
    digits(file, "pin", sheet.pin, range(4, 13))
    within(file, "pin_tries", sheet.pin_tries, range(1, 16))
    left = sheet.pin_tries if sheet.pin_tries_left < 0 else min(sheet.pin_tries_left, sheet.pin_tries)
    return Chip(
        name=file.removesuffix(".toml"),
        atr={"insert": _atr(file, "atr", sheet.atr), "tap": _atr(file, "tap_atr", sheet.tap_atr)},
        applications=applications,
        pse=_pse(sheet, applications, file) if sheet.pse else None,
        ppse=_ppse(sheet, applications, file),
        pin=sheet.pin,
        pin_try_limit=sheet.pin_tries,
        pin_tries=left,
        blocked=sheet.blocked == "card",
        contact_life=max(sheet.contact_life, 1),
    )


def _atr(file: str, key: str, text: str) -> bytes:
    """Whatever the file says, as long as a reader can carry it: a card may well have a wrong one."""
    atr = octets(file, key, text)
    if len(atr) not in ATR_OCTETS:
        span = f"{ATR_OCTETS.start} .. {ATR_OCTETS.stop - 1}"
        raise bad_value(file, key, text, Text(f"{span} 字节", f"{span} octets"))
    return atr


def _application(sheet: ApplicationSheet, card: CardSheet, file: str) -> Application:
    digits(file, "pan", sheet.pan, range(13, 20))
    digits(file, "sequence", sheet.sequence, range(2, 4))
    within(file, "priority", sheet.priority, range(16))
    issuer = issuer_of(sheet.issuer)
    if sheet.kind == "whole":
        made = _whole(sheet, file)
    else:
        made = personalise(sheet, issuer, card.contactless, file)
    records = {**made.records, **_records(sheet.records, file)}
    data = {**made.data, **{_tag(file, tag): octets(file, f"data.{tag}", one) for tag, one in sheet.data.items()}}
    fci: dict[How, bytes] = {how: made.fci[how] for how in HOWS if how in made.fci}
    pdol: dict[How, tuple[DolEntry, ...]] = {how: _pdol(value) for how, value in fci.items()}
    objects = {tag: _object(records, tag) for tag in (0x57, 0x8C, 0x8D, 0x9F49)}
    log_sfi, log_records = _log(fci)
    application = Application(
        aid=made.aid,
        label=made.label,
        priority=sheet.priority,
        fci=fci,
        pdol=pdol,
        ways=made.ways,
        records=records,
        data=data,
        pan=sheet.pan,
        psn=sheet.sequence[-2:],
        track2=objects[0x57],
        scheme_name=issuer.scheme.name,
        keys=issuer.card_keys(sheet.pan, sheet.sequence[-2:]),
        iad=made.iad,
        cdol1=parse_dol(objects[0x8C], "8C"),
        cdol2=parse_dol(objects[0x8D], "8D"),
        ddol=parse_dol(objects[0x9F49], "9F49"),
        icc_key=made.icc_key,
        pin_key=made.pin_key,
        tap_cvm=sheet.tap_cvm,
        blocked=card.blocked == "application",
        log_format=parse_dol(data.get(LOG_FORMAT, b""), "9F4F"),
        log_sfi=log_sfi,
        log_records=log_records,
    )
    _check(application, file)
    return application


def _whole(sheet: ApplicationSheet, file: str) -> Made:
    """A card whose every octet the file has."""
    key = {name: int.from_bytes(octets(file, f"icc_key.{name}", value), "big") for name, value in sheet.icc_key.items()}
    if key and set(key) != {"p", "q", "exponent"}:
        raise bad_value(file, "icc_key", ", ".join(key), "p, q, exponent")
    ways = {}
    for name, row in sheet.processing.items():
        if name not in WAYS or not isinstance(row, dict) or set(row) != {"aip", "afl"}:
            raise bad_value(file, f"processing.{name}", row, f"{' | '.join(WAYS)}: aip, afl")
        ways[name] = Processing(octets(file, name, str(row["aip"])), octets(file, name, str(row["afl"])))
    for how in sheet.fci:
        if how not in HOWS or how not in ways:
            raise bad_value(file, f"fci.{how}", "...", " | ".join(HOWS))
    return Made(
        aid=octets(file, "aid", sheet.aid),
        label=sheet.label,
        fci={how: octets(file, f"fci.{how}", value) for how, value in sheet.fci.items()},
        ways=ways,
        records={},
        data={},
        iad=octets(file, "iad", sheet.iad),
        icc_key=PrivateKey(**key) if key else None,
        pin_key=None,
    )


def _records(given: Mapping[str, str], file: str) -> dict[RecordKey, bytes]:
    """Records by "SFI/record"."""
    records = {}
    for place, value in given.items():
        sfi, _, number = place.partition("/")
        if not (sfi.isdecimal() and number.isdecimal() and 1 <= int(sfi) <= 30 and 1 <= int(number) <= 255):
            raise bad_value(file, f"records.{place}", "...", '"SFI/record", 1 .. 30 / 1 .. 255')
        records[int(sfi), int(number)] = octets(file, f"records.{place}", value)
    return records


def _tag(file: str, text: str) -> int:
    """A tag of two octets at most: what GET DATA can name."""
    try:
        tag = bytes.fromhex(text)
    except ValueError:
        tag = b""
    if not 1 <= len(tag) <= 2:
        raise bad_value(file, f"data.{text}", "...", Text("标签（如 9F58）", "a tag (9F58)"))
    return int.from_bytes(tag, "big")


def _object(records: Mapping[RecordKey, bytes], tag: int) -> bytes:
    """The first object with this tag in the records, in the order of files."""
    found = (find(parse_record(value), tag) for _, value in sorted(records.items()))
    return next((value for value in found if value is not None), b"")


def _pdol(fci: bytes) -> tuple[DolEntry, ...]:
    return parse_dol(find(parse_tree(fci, "6F"), 0x9F38) or b"", "9F38")


def _log(fci: Mapping[How, bytes]) -> tuple[int, int]:
    """File and number of records of the card's log, (0, 0) where it has none."""
    entries: Iterable[bytes | None] = (find(parse_tree(value, "6F"), LOG_ENTRY) for value in fci.values())
    found = next((value for value in entries if value is not None and len(value) == 2), bytes(2))
    return found[0], found[1]


def _check(application: Application, file: str) -> None:
    """What would fail in the middle of a transaction fails here."""
    needed = {tag for tag in AC_TAGS if tag not in (TAG_AIP, TAG_ATC, 0x9F03)}
    for name, told in (("8C", application.cdol1), ("9F38", application.pdol.get("tap"))):
        lacking = needed - {entry.tag for entry in told} if told is not None else set()
        if lacking:
            listed = " ".join(f"{tag:X}" for tag in sorted(lacking))
            raise bad_value(file, name, "...", f"+ {listed}")
    for way in application.ways.values():
        for place in records_in(parse_afl(way.afl)):
            if (place.sfi, place.record) not in application.records:
                raise bad_value(file, "records", f"{place.sfi}/{place.record}", EVERY_RECORD)
        if len(way.aip) != 2:
            raise bad_value(file, "processing", way.aip.hex(), Text("aip：2 字节", "aip: 2 octets"))
    if len(application.iad) < 7:
        raise bad_value(file, "iad", application.iad.hex(), Text("至少 7 字节", "7 octets or more"))


def _entries(applications: tuple[Application, ...], how: How) -> list[Tlv]:
    """Directory entries in the order of their priority."""
    rows = []
    for one in sorted((one for one in applications if how in one.fci), key=lambda one: one.priority & 0x0F):
        inside = (Tlv(0x4F, one.aid), Tlv(0x50, one.label.encode("ascii")), Tlv(0x87, bytes((one.priority,))))
        rows.append(Tlv(ENTRY, build_tlv(inside)))
    return rows


def _pse(card: CardSheet, applications: tuple[Application, ...], file: str) -> Directory:
    made = build_tlv((Tlv(0x88, bytes((PSE_SFI,))), Tlv(0x5F2D, b"zhen"), Tlv(0x9F11, b"\x01")))
    fci = octets(file, "pse_fci", card.pse_fci) or directory_fci(PSE, made)
    if card.pse_record:
        return Directory(PSE, fci, {(PSE_SFI, 1): octets(file, "pse_record", card.pse_record)})
    rows = (build_tlv((Tlv(RECORD, build_tlv((entry,))),)) for entry in _entries(applications, "insert"))
    return Directory(PSE, fci, {(PSE_SFI, number): row for number, row in enumerate(rows, 1)})


def _ppse(card: CardSheet, applications: tuple[Application, ...], file: str) -> Directory | None:
    """None for a card that cannot be tapped."""
    entries = _entries(applications, "tap")
    if not entries:
        return None
    inside = build_tlv((Tlv(0xBF0C, build_tlv(entries)),))
    return Directory(PPSE, octets(file, "ppse_fci", card.ppse_fci) or directory_fci(PPSE, inside), {})
