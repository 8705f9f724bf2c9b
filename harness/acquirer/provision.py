"""Provisioning: merchants and terminals that are live from the start, so that any third-party client can be tried
against the host.

    [[merchant]]
    mid = "898520154110004"
    name = "Test merchant"
    [[merchant.terminal]]
    tid = "52010009"
    sn = "SN00000001"
    model = "CT-100"                          # optional
    dialect = "cup-cbc"                       # default "cup"
    tmk = "159D86C7C1F779EA29F77A6858E0DA2A"  # or two components, ["...", "..."], combined by XOR
    kcv = "12AB"                              # optional, 4 to 16 hex digits
    test_key = true                           # keys that are not marked as test keys are refused

A file is taken as a whole or not at all.  No error ever shows a key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from harness.fixtures import nearest
from harness.toml_place import line_of
from protocols.ciphers import Algorithm, combine_components, kcv
from protocols.errors import ScenarioError
from protocols.text import Text

Place = tuple[str | int, ...]
Fail = Callable[[Place, str, str], NoReturn]

KEYS_TOP = ("merchant",)
KEYS_MERCHANT = ("mid", "name", "terminal")
KEYS_TERMINAL = ("tid", "sn", "model", "dialect", "tmk", "kcv", "test_key")
MERCHANTS_MAX = 10_000
_CURE = Text("改正后再启动主机", "Correct it, then start the host again")
_MID = re.compile(r"[\x20-\x7e]{15}")
_TID = re.compile(r"[\x20-\x7e]{8}")
_MODEL = re.compile(r"[\x21-\x7e]{1,40}")
_SN = re.compile(r"[\x21-\x7e]{1,50}")
_HEX_KEY = re.compile(r"(?:[0-9A-Fa-f]{16}){1,3}")
_KCV = re.compile(r"(?:[0-9A-Fa-f]{2}){2,8}")


@dataclass(frozen=True)
class ProvisionedTerminal:
    """A terminal with its TMK (hex).  `model` "" when it was not said."""

    mid: str
    tid: str
    sn: str
    dialect: str
    tmk: str = field(repr=False)
    model: str = ""


@dataclass(frozen=True)
class Provision:
    """Merchants (MID to name) and their terminals."""

    merchants: Mapping[str, str]
    terminals: tuple[ProvisionedTerminal, ...]


def parse_provision(text: str, filename: str, dialects: Collection[str] | None = None) -> Provision:
    """Read a provisioning file.  `dialects`: the names that may be used, None: any that is shipped.

    Raises ScenarioError that names file, line and key, and for an unknown key the nearest known one.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(
            Text(f"{filename}: 不是有效的 TOML: {error}", f"{filename}: not valid TOML: {error}"), _CURE
        ) from None

    def fail(place: Place, zh: str, en: str) -> NoReturn:
        where = ".".join(str(part) for part in place if isinstance(part, str))
        line = line_of(text, place)
        raise ScenarioError(
            Text(f"{filename} 第 {line} 行，{where}: {zh}", f"{filename}, line {line}, {where}: {en}"), _CURE
        ) from None

    return check_provision(data, fail, dialects)


def provision_from(data: Mapping[str, Any], dialects: Collection[str] | None = None) -> Provision:
    """The same from JSON, as the control interface gives it.  Raises ScenarioError that names the key."""

    def fail(place: Place, zh: str, en: str) -> NoReturn:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
        raise ScenarioError(Text(f"{where}: {zh}", f"{where}: {en}"), _CURE)

    return check_provision(data, fail, dialects)


def check_provision(data: Mapping[str, Any], fail: Fail, dialects: Collection[str] | None) -> Provision:
    """All rules; `fail` words an error for its source."""
    if dialects is None:
        from harness.fixtures import dialect_names

        dialects = dialect_names()
    _known(data, KEYS_TOP, (), fail)
    rows = data.get("merchant")
    if not isinstance(rows, list) or not rows or len(rows) > MERCHANTS_MAX:
        fail(("merchant",), "至少需要一个 [[merchant]]", "at least one [[merchant]] is needed")
    merchants: dict[str, str] = {}
    terminals: dict[tuple[str, str], ProvisionedTerminal] = {}
    serials: set[str] = set()
    for i, row in enumerate(rows):
        at: Place = ("merchant", i)
        if not isinstance(row, dict):
            fail(at, "应为表", "must be a table")
        _known(row, KEYS_MERCHANT, at, fail)
        mid = _text(row, "mid", _MID, "15 个可见字符", "15 printable characters", at, fail)
        if mid in merchants:
            fail((*at, "mid"), "商户号重复", "this merchant number occurs twice")
        name = row.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > 200:
            fail((*at, "name"), "应为商户名称", "must be the merchant's name")
        merchants[mid] = name
        listed = row.get("terminal", [])
        if not isinstance(listed, list) or not listed:
            fail(
                (*at, "terminal"), "至少需要一个 [[merchant.terminal]]", "at least one [[merchant.terminal]] is needed"
            )
        for j, item in enumerate(listed):
            place = (*at, "terminal", j)
            terminal = _terminal(item, mid, place, fail, dialects)
            if (mid, terminal.tid) in terminals:
                fail((*place, "tid"), "终端号重复", "this terminal number occurs twice")
            if terminal.sn in serials:
                fail((*place, "sn"), "序列号重复", "this serial number occurs twice")
            serials.add(terminal.sn)
            terminals[mid, terminal.tid] = terminal
    return Provision(merchants, tuple(terminals.values()))


def _known(row: Mapping[str, Any], keys: tuple[str, ...], at: Place, fail: Fail) -> None:
    for key in row:
        if key not in keys:
            near = nearest(str(key), list(keys))
            fail((*at, str(key)), f"未知的键；最接近的是 {near}", f"unknown key; the nearest known one is {near}")


def _text(row: Mapping[str, Any], key: str, form: re.Pattern[str], zh: str, en: str, at: Place, fail: Fail) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not form.fullmatch(value):
        fail((*at, key), f"应为 {zh}", f"must be {en}")
    return value


def _terminal(row: Any, mid: str, at: Place, fail: Fail, dialects: Collection[str]) -> ProvisionedTerminal:
    if not isinstance(row, dict):
        fail(at, "应为表", "must be a table")
    _known(row, KEYS_TERMINAL, at, fail)
    tid = _text(row, "tid", _TID, "8 个可见字符", "8 printable characters", at, fail)
    sn = _text(row, "sn", _SN, "1 至 50 个字符的序列号", "a serial number of 1 to 50 characters", at, fail)
    model = ""
    if "model" in row:
        model = _text(row, "model", _MODEL, "1 至 40 个字符的机型", "a model of 1 to 40 characters", at, fail)
    dialect = row.get("dialect", "cup")
    if not isinstance(dialect, str) or dialect not in dialects:
        near = nearest(str(dialect), sorted(dialects))
        fail((*at, "dialect"), f"未知的方言；最接近的是 {near}", f"unknown dialect; the nearest known one is {near}")
    if row.get("test_key") is not True:
        fail(
            (*at, "test_key"), "只接受标明 test_key = true 的测试密钥", "only keys marked test_key = true are accepted"
        )
    tmk = _tmk(row, at, fail, "sm4" if dialect == "sm4" else "3des")
    return ProvisionedTerminal(mid, tid, sn, dialect, tmk, model)


def _tmk(row: Mapping[str, Any], at: Place, fail: Fail, algorithm: Algorithm) -> str:
    """The whole TMK, hex.  Errors never show any part of it."""
    value = row.get("tmk")
    parts = [value] if isinstance(value, str) else value
    wrong = "应为 16、32 或 48 位十六进制，或两个等长分量"
    if not isinstance(parts, list) or not 1 <= len(parts) <= 2 or (isinstance(value, list) and len(parts) != 2):
        fail((*at, "tmk"), wrong, "must be 16, 32 or 48 hex digits, or two components of equal length")
    if (
        not all(isinstance(part, str) and _HEX_KEY.fullmatch(part) for part in parts)
        or len({len(p) for p in parts}) != 1
    ):
        fail((*at, "tmk"), wrong, "must be 16, 32 or 48 hex digits, or two components of equal length")
    octets = [bytes.fromhex(part) for part in parts]
    key = octets[0] if len(octets) == 1 else combine_components(*octets)
    if algorithm == "sm4" and len(key) != 16:
        fail((*at, "tmk"), "SM4 主密钥应为 32 位十六进制", "an SM4 master key has 32 hex digits")
    given = row.get("kcv")
    if given is not None:
        if not isinstance(given, str) or not _KCV.fullmatch(given):
            fail((*at, "kcv"), "应为 4 至 16 位十六进制", "must be 4 to 16 hex digits")
        wanted = kcv(key, "des" if len(key) == 8 else algorithm, 8)
        if not wanted.hex().upper().startswith(given.upper()):
            fail((*at, "kcv"), "与主密钥不符", "does not belong to this master key")
    return key.hex().upper()
