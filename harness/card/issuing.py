"""Who issued a card: the keys of `fixtures/issuers/NAME.toml` that concern cards.  The host reads them with code of
its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from protocols.emv.cryptograms import SCHEMES, KeySet, Scheme, card_keys
from protocols.emv.rsa import PrivateKey
from protocols.errors import ScenarioError
from protocols.text import Text

from ..fixtures import fixtures_dir, nearest, read_toml

SHIPPED = "test"
KEYS = ("ac", "smi", "smc")

NO_ISSUER = Text("没有发卡行 {name}；最接近的是 {near}", "there is no issuer {name}; the nearest is {near}")
NO_ISSUER_CURE = Text("可用：{names}", "Known: {names}")
NOT_TEST = Text("{file}：不是测试密钥", "{file}: these are no test keys")
NOT_TEST_CURE = Text("测试密钥文件应写 test_keys = true", "A file of test keys says test_keys = true")
INCOMPLETE = Text("{file}：{name} 缺少 {key}，或其值不对", "{file}: {name} has no {key}, or not a proper one")
INCOMPLETE_CURE = Text("写法见该文件开头", "The head of that file tells how it is written")


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: `rid` 5 octets, `index` one; `expiry` MMYY."""

    rid: bytes
    index: bytes
    expiry: str
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issuer:
    """`dki`: one octet.  `authority`, `key`: None where cards come with certificates of their own."""

    name: str
    scheme: Scheme
    dki: bytes
    derived: bool
    keys: KeySet = field(repr=False)
    authority: Authority | None
    key: PrivateKey | None = field(repr=False)

    def card_keys(self, pan: str, psn: str) -> KeySet:
        """The keys of one card."""
        return self.keys if self.derived else card_keys(self.scheme, self.keys, pan, psn)


@lru_cache(maxsize=8)
def _table(file: str) -> Mapping[str, Any]:
    path = fixtures_dir() / "issuers" / f"{file}.toml"
    table = read_toml(path)
    if table.get("test_keys") is not True:
        raise ScenarioError(NOT_TEST.format(file=path.name), NOT_TEST_CURE)
    return table


@lru_cache(maxsize=64)
def issuer_of(name: str, file: str = SHIPPED) -> Issuer:
    """The issuer of that name.  Raises ScenarioError."""
    known = _table(file).get("issuer", {})
    if name not in known:
        what = NO_ISSUER.format(name=name, near=nearest(name, list(known)))
        raise ScenarioError(what, NO_ISSUER_CURE.format(names=", ".join(known)))
    row = known[name]
    derived = "icc_mk_ac" in row
    prefix = "icc_mk" if derived else "imk"
    keys = KeySet(*(_octets(file, name, row, f"{prefix}_{key}", 16) for key in KEYS))
    scheme = SCHEMES.get(row.get("scheme", ""))
    if scheme is None:
        raise _incomplete(file, name, "scheme")
    authority = _authority(file, row["authority"]) if "authority" in row else None
    key = rsa_key(row["rsa"], file) if "rsa" in row else None
    return Issuer(name, scheme, _octets(file, name, row, "dki", 1), derived, keys, authority, key)


@lru_cache(maxsize=16)
def rsa_key(name: str, file: str = SHIPPED) -> PrivateKey:
    """An RSA key by its name.  Raises ScenarioError."""
    row = _table(file).get("rsa", {}).get(name)
    if row is None:
        raise _incomplete(file, "rsa", name)
    p, q, exponent = (int.from_bytes(_octets(file, name, row, key, 0), "big") for key in ("p", "q", "exponent"))
    return PrivateKey(p, q, exponent)


def _authority(file: str, name: str) -> Authority:
    row = _table(file).get("authority", {}).get(name)
    if row is None:
        raise _incomplete(file, "authority", name)
    rid, index = _octets(file, name, row, "rid", 5), _octets(file, name, row, "index", 1)
    return Authority(rid, index, str(row["expiry"]), rsa_key(row["rsa"], file))


def _octets(file: str, name: str, row: Mapping[str, Any], key: str, size: int) -> bytes:
    """The octets of a hex value; `size` 0: any number of them."""
    try:
        value = bytes.fromhex("".join(str(row[key]).split()))
    except (KeyError, ValueError):
        raise _incomplete(file, name, key) from None
    if size and len(value) != size:
        raise _incomplete(file, name, key)
    return value


def _incomplete(file: str, name: str, key: str) -> ScenarioError:
    return ScenarioError(INCOMPLETE.format(file=f"{file}.toml", name=name, key=key), INCOMPLETE_CURE)
