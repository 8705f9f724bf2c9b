"""Application cryptograms (ARQC, TC, AAC), the issuer's answer (ARPC) and the protection of issuer scripts.

`SCHEMES` is the one table of what cards do: which keys, which data, which padding.  Issuer and card use the same
functions with the same card keys.  Sources: EMV Book 2 clauses 8 and 9; PBOC 3.0 part 5 and, for SM4, part 17 (two
published worked examples); for Visa, Mastercard and Interac the published program pyemv 1.5.0, whose author checked
its values against an HSM.

| scheme         | card key | key of the AC   | behind the ten tags | padding | ARPC | script key | script cipher |
|----------------|----------|-----------------|---------------------|---------|------|------------|---------------|
| pboc-01        | A        | PBOC            | CVR                 | 80      | 1    | PBOC       | length, ECB   |
| pboc-17 (SM4)  | SM4      | PBOC, SM4       | CVR                 | 80      | 1    | PBOC, SM4  | length, ECB   |
| visa-10        | A        | the card's      | CVR                 | 00      | 1    | Visa       | length, ECB   |
| visa-18        | B        | common          | 9F10                | 80      | 2    | Visa       | length, ECB   |
| visa-22        | B        | common          | 9F10                | 80      | 2    | common     | length, ECB   |
| interac-133    | A        | SKD             | 9F10                | 80      | 1    | common     | CBC           |
| mastercard-16  | A        | SKD, not ARPC's | CVR                 | 80      | 1    | common     | CBC           |
| mastercard-17  | A        | SKD, not ARPC's | CVR, counters       | 80      | 1    | common     | CBC           |
| mastercard-20  | A        | common          | CVR                 | 80      | 1    | common     | CBC           |
| mastercard-21  | A        | common          | CVR, counters       | 80      | 1    | common     | CBC           |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal

from ..ciphers import Algorithm, CbcMac, Cipher
from ..errors import EncodeError, RemoteError
from ..text import Text
from . import derivation
from .issuer_data import ALGORITHM_SM4

AC_OCTETS = 8
ARC_OCTETS, CSU_OCTETS = 2, 4
PROPRIETARY_OCTETS_MAX = 8

AC_TAGS = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)
"""What every scheme takes first, in this order; all ten are the transaction's, the card's own data follow."""
_OPTIONAL = {0x9F03: bytes(6)}
IAD, ATC, UN = 0x9F10, 0x9F36, 0x9F37

AcKey = Literal["none", "pboc", "common", "skd"]
ScriptKey = Literal["pboc", "visa", "common"]
Tail = Literal["cvr4", "cvr6", "cvr6+counters", "iad"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one family of cards makes its cryptograms; the table above tells the fields.

    `arpc_key`: "none" where the ARPC is made with the card's key instead of the session key.
    `script_chained`: the MAC of a script command covers ATC and AC between header and data.
    """

    name: str
    label: Text
    option: Literal["a", "b"] = "a"
    algorithm: Algorithm = "3des"
    ac_key: AcKey = "common"
    arpc_key: AcKey = "common"
    tail: Tail = "cvr6"
    zero_padding: bool = False
    arpc_method: Literal[1, 2] = 1
    script_key: ScriptKey = "common"
    script_chained: bool = True
    script_mac_octets: int = 8
    script_cipher: Literal["length-ecb", "cbc"] = "cbc"
    pin_block: Literal["vis", "iso2", "vis-to-change"] = "iso2"


def _pboc(name: str, label: Text, algorithm: Algorithm) -> Scheme:
    return Scheme(
        name, label, algorithm=algorithm, ac_key="pboc", arpc_key="pboc", tail="cvr4", script_key="pboc",
        script_mac_octets=4, script_cipher="length-ecb", pin_block="vis",
    )  # fmt: skip


def _visa_b(name: str, script_key: ScriptKey, pin_block: Literal["vis", "vis-to-change"]) -> Scheme:
    return Scheme(
        name, Text(f"Visa CVN {name[-2:]}", f"Visa CVN {name[-2:]}"), option="b", tail="iad", arpc_method=2,
        script_key=script_key, script_cipher="length-ecb", pin_block=pin_block,
    )  # fmt: skip


def _mastercard(cvn: int, ac_key: AcKey, arpc_key: AcKey, tail: Tail) -> Scheme:
    label = Text(f"万事达 CVN {cvn}", f"Mastercard CVN {cvn}")
    return Scheme(f"mastercard-{cvn}", label, ac_key=ac_key, arpc_key=arpc_key, tail=tail)


_ALL = (
    _pboc("pboc-01", Text("PBOC 3DES（密文版本 01）", "PBOC 3DES (CVN 01)"), "3des"),
    _pboc("pboc-17", Text("PBOC 国密 SM4（密文版本 17）", "PBOC SM4 (CVN 17)"), "sm4"),
    Scheme(
        "visa-10", Text("Visa CVN 10", "Visa CVN 10"), ac_key="none", arpc_key="none", tail="cvr4", zero_padding=True,
        script_key="visa", script_cipher="length-ecb", pin_block="vis",
    ),
    _visa_b("visa-18", "visa", "vis"),
    _visa_b("visa-22", "common", "vis-to-change"),
    Scheme(
        "interac-133", Text("Interac CVN 133", "Interac CVN 133"), ac_key="skd", arpc_key="skd", tail="iad",
        script_chained=False,
    ),
    _mastercard(16, "skd", "none", "cvr6"),
    _mastercard(17, "skd", "none", "cvr6+counters"),
    _mastercard(20, "common", "common", "cvr6"),
    _mastercard(21, "common", "common", "cvr6+counters"),
)  # fmt: skip
SCHEMES: Mapping[str, Scheme] = {scheme.name: scheme for scheme in _ALL}

_RIDS = {
    bytes.fromhex("A000000333"): "pboc",
    bytes.fromhex("A000000003"): "visa",
    bytes.fromhex("A000000004"): "mastercard",
    bytes.fromhex("A000000277"): "interac",
}
_VISA = {0x0A: "visa-10", 0x12: "visa-18", 0x16: "visa-22", 0x22: "visa-22"}
_MASTERCARD = {0x10: "mastercard-16", 0x11: "mastercard-17", 0x14: "mastercard-20", 0x15: "mastercard-21"}
_SM4_CVN, _INTERAC_CVN = 0x17, 0x85
_IAD_OCTETS_MIN = 7
"""Key index, version and CVR with what precedes them; Mastercard's CVR is longer."""


class IncompleteData(RemoteError):
    """What a cryptogram is computed from is not all there.  `tags`: the missing ones."""

    def __init__(self, tags: tuple[int, ...]) -> None:
        names = " ".join(f"{tag:02X}" for tag in tags)
        super().__init__(
            Text("计算应用密文缺少数据: {t}", "Data for the application cryptogram are missing: {t}").format(t=names),
            Text("请核对 55 域和卡片数据", "Check field 55 and the card's data"),
        )
        self.tags = tags


@dataclass(frozen=True, slots=True)
class KeySet:
    """Three keys of 16 octets, an issuer's or a card's: cryptograms, script integrity (MAC), script confidentiality."""

    ac: bytes = field(repr=False)
    smi: bytes = field(repr=False)
    smc: bytes = field(repr=False)


def scheme_of(iad: bytes, aid: bytes = b"") -> Scheme | None:
    """Which scheme made the cryptogram, by issuer application data (tag 9F10); None for one that posrig does not know.

    `aid`: tag 84 or 9F06, or the RID alone; without it the octets must tell, and Mastercard's could be anybody's.
    PBOC: 07 DKI CVN CVR(4) algorithm; Visa: 06 DKI CVN CVR(4), or 1F CVN DKI; Mastercard, without a length in front:
    DKI CVN CVR(6).
    """
    if len(iad) < _IAD_OCTETS_MIN:
        return None
    family = _RIDS.get(aid[:5], "") if aid else _family_of(iad)
    if family == "pboc":
        return SCHEMES["pboc-17" if ALGORITHM_SM4 in iad[7:8] or iad[2] == _SM4_CVN else "pboc-01"]
    if family == "visa":
        return SCHEMES.get(_VISA.get(iad[1] if iad[0] == 0x1F else iad[2], ""))
    if family == "mastercard" and len(iad) > _IAD_OCTETS_MIN:
        return SCHEMES.get(_MASTERCARD.get(iad[1], ""))
    if family == "interac" and iad[2] == _INTERAC_CVN:
        return SCHEMES["interac-133"]
    return None


def _family_of(iad: bytes) -> str:
    if iad[0] in (0x06, 0x07, 0x1F):
        return "pboc" if iad[0] == 0x07 else "visa"
    return "interac" if iad[2] == _INTERAC_CVN else "mastercard"


def card_keys(scheme: Scheme, issuer: KeySet, pan: str, psn: str | None = None) -> KeySet:
    """The card's keys from the issuer's.  Raises EncodeError as `derivation.icc_key_a`."""
    derive = {"a": derivation.icc_key_a, "b": derivation.icc_key_b}[scheme.option]
    if scheme.algorithm == "sm4":
        derive = derivation.icc_key_sm4
    return KeySet(derive(issuer.ac, pan, psn), derive(issuer.smi, pan, psn), derive(issuer.smc, pan, psn))


def ac_session_key(scheme: Scheme, card_key: bytes, atc: bytes, un: bytes = b"") -> bytes:
    """The key of the application cryptogram.  `atc`: 2 octets; `un`: the unpredictable number (4), for "skd" alone."""
    return _session_key(scheme.ac_key, scheme, card_key, atc, un)


def arpc_session_key(scheme: Scheme, card_key: bytes, atc: bytes, un: bytes = b"") -> bytes:
    """The key of the ARPC; that of the cryptogram but for Mastercard CVN 16 and 17.  As `ac_session_key`."""
    return _session_key(scheme.arpc_key, scheme, card_key, atc, un)


def script_session_key(scheme: Scheme, card_key: bytes, atc: bytes, ac: bytes) -> bytes:
    """The key of an issuer script, from the card's SMI or SMC key.  `atc`: 2 octets; `ac`: the ARQC, 8 octets."""
    if scheme.script_key == "common":
        return derivation.session_key_common(card_key, ac)
    if scheme.script_key == "visa":
        return derivation.session_key_visa(card_key, atc)
    return derivation.session_key_pboc(card_key, atc, scheme.algorithm)


def ac_input(scheme: Scheme, values: Mapping[int, bytes]) -> bytes:
    """The octets that the cryptogram covers, without padding.  `values`: by tag; 9F03 may be missing and counts as 0.

    Raises IncompleteData.
    """
    missing = tuple(tag for tag in (*AC_TAGS, IAD) if tag not in values and tag not in _OPTIONAL)
    if missing:
        raise IncompleteData(missing)
    return b"".join(values.get(tag, _OPTIONAL.get(tag, b"")) for tag in AC_TAGS) + _tail(scheme.tail, values[IAD])


def application_cryptogram(scheme: Scheme, session_key: bytes, values: Mapping[int, bytes]) -> bytes:
    """ARQC, TC or AAC, 8 octets (tag 9F26).  `session_key`: of `ac_session_key`.  Raises IncompleteData."""
    return _mac(scheme, session_key, ac_input(scheme, values), zero_padding=scheme.zero_padding)


def verify_cryptogram(scheme: Scheme, card_key: bytes, values: Mapping[int, bytes], ac: bytes) -> bool:
    """Whether `ac` is the cryptogram over `values` under the card's own key.  Raises IncompleteData, EncodeError."""
    missing = tuple(tag for tag in (ATC, UN) if tag not in values)
    if missing:
        raise IncompleteData(missing)
    key = ac_session_key(scheme, card_key, values[ATC], values[UN])
    return compare_digest(application_cryptogram(scheme, key, values), ac)


def arpc(scheme: Scheme, session_key: bytes, ac: bytes, response: bytes, proprietary: bytes = b"") -> bytes:
    """The authorisation response cryptogram, with the key of `arpc_session_key`.

    Method 1: `response` is the response code (ARC, 2 octets); 8 octets come.  Method 2: `response` is the card status
    update (CSU, 4 octets), `proprietary` up to 8 octets; 4 octets come.  Raises EncodeError for other lengths.
    """
    first = scheme.arpc_method == 1
    wanted = ARC_OCTETS if first else CSU_OCTETS
    if len(ac) != AC_OCTETS or len(response) != wanted or len(proprietary) > (0 if first else PROPRIETARY_OCTETS_MAX):
        raise EncodeError(
            Text("ARPC 的输入长度不符", "The input of the ARPC has a wrong length"),
            Text(
                "密文 8 字节；方法 1 用 2 字节授权响应码，方法 2 用 4 字节 CSU 和至多 8 字节专有数据",
                "AC: 8 octets; method 1 takes 2 octets of ARC, method 2 takes 4 of CSU and up to 8 proprietary ones",
            ),
            path="91",
            value=(len(ac), len(response), len(proprietary)),
        )
    if not first:
        return _mac(scheme, session_key, ac + response + proprietary)[:4]
    cipher = Cipher(session_key, scheme.algorithm)
    mixed = bytes(a ^ b for a, b in zip(ac, response.ljust(AC_OCTETS, b"\0"), strict=True))
    return cipher.encrypt(mixed.ljust(cipher.block_octets, b"\0"))[:AC_OCTETS]


def issuer_authentication_data(
    scheme: Scheme, session_key: bytes, ac: bytes, response: bytes, proprietary: bytes = b""
) -> bytes:
    """The value of tag 91: ARPC and what it covers besides the cryptogram.  As `arpc`."""
    return arpc(scheme, session_key, ac, response, proprietary) + response + proprietary


def issuer_authenticated(scheme: Scheme, session_key: bytes, ac: bytes, tag_91: bytes) -> bool:
    """The card's check of tag 91.  False for a wrong length as well."""
    at, size = (8, ARC_OCTETS) if scheme.arpc_method == 1 else (4, CSU_OCTETS)
    response, proprietary = tag_91[at : at + size], tag_91[at + size :]
    # Tag 91 has 8 to 16 octets, so data may follow the code of method 1, too; that ARPC does not cover them.
    covered = b"" if scheme.arpc_method == 1 else proprietary
    if len(response) != size or len(proprietary) > PROPRIETARY_OCTETS_MAX:
        return False
    return compare_digest(arpc(scheme, session_key, ac, response, covered), tag_91[:at])


def script_mac(scheme: Scheme, session_key: bytes, header: bytes, atc: bytes, ac: bytes, data: bytes = b"") -> bytes:
    """The MAC at the end of a script command: 8 octets, PBOC 4.

    `header`: CLA INS P1 P2 Lc, Lc counting the MAC; `data`: what stands before the MAC, as it is sent.
    """
    covered = atc + ac if scheme.script_chained else b""
    return _mac(scheme, session_key, header + covered + data)[: scheme.script_mac_octets]


def _session_key(rule: AcKey, scheme: Scheme, card_key: bytes, atc: bytes, un: bytes) -> bytes:
    if rule == "none":
        return card_key
    if rule == "pboc":
        return derivation.session_key_pboc(card_key, atc, scheme.algorithm)
    return derivation.session_key_common(card_key, atc + (bytes(2) + un if rule == "skd" else bytes(6)))


def _tail(tail: Tail, iad: bytes) -> bytes:
    if tail == "iad":
        return iad
    if tail == "cvr4":
        return iad[3:7]
    # CVR of six octets; behind two octets of DAC or dynamic number stand 8 or 16 octets of counters.
    return iad[2:8] + (iad[10:26] if tail == "cvr6+counters" else b"")


def _mac(scheme: Scheme, key: bytes, data: bytes, *, zero_padding: bool = False) -> bytes:
    """8 octets: the retail MAC, under SM4 the left half of its CBC-MAC."""
    chain_key = key if scheme.algorithm == "sm4" else key[:8]
    chain = CbcMac(chain_key, Cipher(key, scheme.algorithm))
    return chain.mac(data if zero_padding else data + b"\x80")[:AC_OCTETS]
