"""Who issued a card, as the host knows it: which PANs, which keys, and what this issuer accepts.

The files are `fixtures/issuers/NAME.toml`; their head tells the keys of a table.  The emulated card reads the same
files with code of its own.  What is the CA's business (`authority`, `rsa`) concerns cards alone: passed over here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from harness.fixtures import BAD_VALUE, BAD_VALUE_CURE, KEY_CURE, UNKNOWN_KEY, fixtures_dir, nearest, read_toml
from protocols.emv import cryptograms
from protocols.emv.cryptograms import SCHEMES, KeySet, Scheme
from protocols.errors import ScenarioError
from protocols.text import Text

from .findings import DECLINED, FINDINGS, REVIEWED

PAN_DIGITS_MAX = 19
ISSUERS_MAX = 256
"""More than any bench has; a file cannot make the search for an issuer slow."""
KEY_KINDS = ("ac", "smi", "smc")
OF_CARDS = ("authority", "rsa")
TOP_KEYS = ("test_keys", "issuer", "rules", *OF_CARDS)
CARDS_KEYS = frozenset(
    ("bins", "scheme", "dki", *OF_CARDS, *(f"{o}_{k}" for o in ("imk", "icc_mk") for k in KEY_KINDS))
)

NO_TEST_KEYS = Text(
    "{file}：没有 test_keys = true；posrig 只用测试密钥",
    "{file}: test_keys = true is missing; posrig takes test keys only",
)
NO_TEST_KEYS_CURE = Text("确认是测试密钥后加上该行", "Add the line when they are test keys")
NO_ISSUERS = Text(
    "没有名为 {name} 的发卡行文件；最接近的是 {near}", "There is no issuers' file {name}; the nearest is {near}"
)
NO_ISSUERS_CURE = Text(
    "给出 fixtures/issuers 中的名字，或文件路径", "Name one of fixtures/issuers, or a file by its path"
)


@dataclass(frozen=True)
class IssuerRules:
    """What an issuer accepts.  Amounts in fen, None: no limit.

    `decline` and `review`: names of `findings.FINDINGS`; what is reviewed is approved and noted.
    """

    amount_max_fen: int | None = None
    contactless_max_fen: int | None = None
    no_pin_max_fen: int | None = 100_000
    """Of a tap without PIN: UnionPay's 小额免密 ends at 1,000 yuan."""
    atc_gap_max: int = 500
    """A counter that runs ahead by more is approved and noted: the card was used where this host did not see it."""
    wrong_max: int = 3
    """So many wrong cryptograms in a row, and the card is blocked (posrig's choice)."""
    fallback: bool = True
    """A stripe may stand in for a chip."""
    decline: tuple[str, ...] = DECLINED
    review: tuple[str, ...] = REVIEWED


@dataclass(frozen=True)
class Issuer:
    """One issuer.  `keys` are its master keys, or the keys of its only card where `derived` says so.

    `bins`: beginnings of PANs; `dki`: the derivation key index of 9F10 for which it has keys.
    """

    name: str
    bins: tuple[str, ...]
    scheme: Scheme
    dki: int
    keys: KeySet = field(repr=False)
    derived: bool = False
    rules: IssuerRules = IssuerRules()

    def card_keys(self, pan: str, psn: str) -> KeySet:
        """The keys of one card; `psn` two digits.  Raises EncodeError for a PAN that is none."""
        return self.keys if self.derived else cryptograms.card_keys(self.scheme, self.keys, pan, psn)


def issuer_of(issuers: tuple[Issuer, ...], pan: str) -> Issuer | None:
    """The issuer with the longest beginning of `pan`; None when nobody is known who issued it."""
    found = [(len(start), issuer) for issuer in issuers for start in issuer.bins if pan.startswith(start)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def load_issuers(name: str) -> tuple[Issuer, ...]:
    """The issuers of `fixtures/issuers/NAME.toml`, or of the file at the path `name`.  Raises ScenarioError."""
    folder = fixtures_dir() / "issuers"
    names = sorted(path.stem for path in folder.glob("*.toml"))
    path = folder / f"{name}.toml" if name in names else Path(name)
    if not path.is_file():
        raise ScenarioError(NO_ISSUERS.format(name=name, near=nearest(name, names)), NO_ISSUERS_CURE)
    return issuers_from(read_toml(path), path.name)


def issuers_from(data: Mapping[str, Any], file: str) -> tuple[Issuer, ...]:
    """The issuers of a file's content; `file` names it in errors.  Raises ScenarioError."""
    _known(data, TOP_KEYS, file)
    if data.get("test_keys") is not True:
        raise ScenarioError(NO_TEST_KEYS.format(file=file), NO_TEST_KEYS_CURE)
    rows = _table(data, "issuer", file)
    rules = _table(data, "rules", file)
    _known(rules, tuple(rows), f"{file} [rules]")
    if len(rows) > ISSUERS_MAX:
        raise _bad(file, "issuer", len(rows), f"<= {ISSUERS_MAX}")
    return tuple(_issuer(name, row, rules.get(name, {}), f"{file} [issuer.{name}]") for name, row in rows.items())


def _issuer(name: str, row: Any, rules: Any, place: str) -> Issuer:
    if not isinstance(row, dict):
        raise _bad(place, name, row, "a table")
    _known(row, tuple(sorted(CARDS_KEYS)), place)
    bins = row.get("bins")
    digits = isinstance(bins, list) and bins and all(isinstance(b, str) and _is_pan_start(b) for b in bins)
    if not isinstance(bins, list) or not digits:
        raise _bad(place, "bins", bins, 'a list of digits, like ["621214"]')
    scheme = SCHEMES.get(str(row.get("scheme")))
    if scheme is None:
        raise _bad(place, "scheme", row.get("scheme"), " | ".join(SCHEMES))
    derived = "icc_mk_ac" in row
    start = "icc_mk" if derived else "imk"
    keys = KeySet(*(_octets(row, f"{start}_{kind}", 16, place) for kind in KEY_KINDS))
    dki = _octets(row, "dki", 1, place)[0]
    return Issuer(name, tuple(bins), scheme, dki, keys, derived, _rules(rules, place.replace("[issuer.", "[rules.")))


def _rules(row: Any, place: str) -> IssuerRules:
    if not isinstance(row, dict):
        raise _bad(place, "rules", row, "a table")
    known = {item.name: get_type_hints(IssuerRules)[item.name] for item in fields(IssuerRules)}
    _known(row, tuple(known), place)
    values: dict[str, Any] = {}
    for key, value in row.items():
        if key in ("decline", "review"):
            if not isinstance(value, list) or not set(map(str, value)) <= set(FINDINGS):
                raise _bad(place, key, value, " | ".join(FINDINGS))
            values[key] = tuple(value)
            continue
        wanted = bool if known[key] is bool else int
        if type(value) is not wanted or (wanted is int and value < 0):
            raise _bad(place, key, value, "true | false" if wanted is bool else ">= 0")
        values[key] = value
    return IssuerRules(**values)


def _is_pan_start(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= PAN_DIGITS_MAX


def _octets(row: Mapping[str, Any], key: str, octets: int, place: str) -> bytes:
    """Hex.  The error names the key and never its value."""
    value = row.get(key)
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != octets:
        raise _bad(place, key, "***", f"{2 * octets} hex digits")
    return found


def _table(data: Mapping[str, Any], key: str, file: str) -> Mapping[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise _bad(file, key, value, "a table")
    return value


def _known(row: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in row:
        if key not in known:
            raise ScenarioError(UNKNOWN_KEY.format(file=place, key=key, near=nearest(key, list(known))), KEY_CURE)


def _bad(place: str, key: str, value: object, wanted: str) -> ScenarioError:
    return ScenarioError(BAD_VALUE.format(file=place, key=key, value=value, wanted=wanted), BAD_VALUE_CURE)
