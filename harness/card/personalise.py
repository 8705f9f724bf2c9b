"""Personalisation: from the few keys of a card's file to the records, certificates and templates that stand in a
chip.

The layout of files and records is posrig's choice; what is in them follows PBOC 3.0 part 5 and the published PBOC
test card.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from typing import NamedTuple

from protocols.emv import certificates, oda
from protocols.emv.afl import AflEntry, build_afl
from protocols.emv.cvm import CONTINUE_BIT, CvmCondition, CvmList, CvmMethod, CvmRule
from protocols.emv.flags import Aip
from protocols.emv.records import signed_octets
from protocols.emv.rsa import PrivateKey
from protocols.text import Text
from protocols.tlv import Tlv, build_tlv

from .issuing import Issuer, rsa_key
from .profile import Processing, RecordKey
from .sheet import ApplicationSheet, bad_value, octets

RECORD, FCI, FCI_PROPRIETARY, FCI_DISCRETIONARY, ENTRY = 0x70, 0x6F, 0xA5, 0xBF0C, 0x61
CURRENCY = COUNTRY = bytes.fromhex("0156")
SERIAL = bytes.fromhex("000001")
DATA_AUTHENTICATION_CODE = bytes.fromhex("DAC1")
LOG_SFI, LOG_RECORDS = 11, 10
LANGUAGE = b"zhen"
LABEL_MAX = 16
EC_MAX_FEN = 100_000
"""The most that electronic cash holds: 1,000 yuan."""

CDOL1 = bytes.fromhex("9F02069F03069F1A0295055F2A029A039F21039C019F3704")
CDOL2_HEAD = bytes.fromhex("8A02")
CDOL2_ARPC: Mapping[int, bytes] = {1: bytes.fromhex("910A"), 2: bytes.fromhex("9108")}
"""By the method of the ARPC: a terminal fills up what is shorter, and the card could not tell."""
TAP_PDOL = bytes.fromhex("9F66049F02069F03069F1A0295055F2A029A039C019F3704")
DDOL = bytes.fromhex("9F3704")
LOG_FORMAT = bytes.fromhex("9A039F21039F02069F03069F1A025F2A029F4E149C019F3602")
"""As in the published PBOC test card."""

ACTION_CODES: Mapping[int, bytes] = {
    0x9F0D: bytes.fromhex("D84000A800"),
    0x9F0E: bytes.fromhex("0010000000"),
    0x9F0F: bytes.fromhex("D84004F800"),
}
"""Default, denial (service not allowed), online: the values that acquirers hand out for UnionPay's AIDs as well."""

METHODS: Mapping[str, CvmMethod] = {one.name.lower(): one for one in CvmMethod if one is not CvmMethod.NOT_PERFORMED}
"""CVM list, tag 8E: methods by name."""

CVNS: Mapping[str, int] = {"pboc-01": 0x01, "pboc-17": 0x17, "visa-10": 0x0A, "visa-18": 0x12, "visa-22": 0x16}
"""Cryptogram version numbers of the schemes that these cards can have."""


class KindRow(NamedTuple):
    """What a kind of card stands for where its file does not say otherwise."""

    aid: str
    label: str
    version: str
    cvm: tuple[str, ...]


KINDS: Mapping[str, KindRow] = {
    "debit": KindRow("A000000333010101", "UnionPay Debit", "0020", ("online_pin", "signature", "no_cvm")),
    "credit": KindRow("A000000333010102", "UnionPay Credit", "0020", ("signature", "no_cvm")),
    "quasi_credit": KindRow("A000000333010103", "UnionPay Quasi", "0020", ("online_pin", "signature", "no_cvm")),
    "foreign": KindRow("A0000000031010", "VISA CREDIT", "0140", ("signature", "no_cvm")),
}


class Made(NamedTuple):
    """What personalisation makes of a sheet."""

    aid: bytes
    label: str
    fci: Mapping[str, bytes]
    ways: Mapping[str, Processing]
    records: Mapping[RecordKey, bytes]
    data: Mapping[int, bytes]
    iad: bytes
    icc_key: PrivateKey | None
    pin_key: PrivateKey | None


def personalise(sheet: ApplicationSheet, issuer: Issuer, contactless: bool, file: str) -> Made:
    """Everything that the chip needs.  Raises ScenarioError for a value that cannot be."""
    row = KINDS[sheet.kind]
    aid, label = octets(file, "aid", sheet.aid or row.aid), sheet.label or row.label
    if not 5 <= len(aid) <= 16:
        raise bad_value(file, "aid", sheet.aid, Text("5 .. 16 字节", "5 .. 16 octets"))
    if not 1 <= len(label) <= LABEL_MAX or not label.isascii():
        raise bad_value(file, "label", label, f"1 .. {LABEL_MAX} ASCII")
    within(file, "ecash_fen", sheet.ecash_fen, range(EC_MAX_FEN + 1))
    dynamic = sheet.oda in ("dda", "cda")
    cvm = sheet.cvm or row.cvm
    icc = rsa_key("icc") if dynamic else None
    pin = rsa_key("icc_pin") if any("enciphered" in one for one in cvm) else None
    aip = _aip(sheet)
    records = {(1, 1): _record(_front(sheet, file)), (3, 1): _record(_signed(sheet, row, cvm, file))}
    records[4, 1] = _record({0x8C: CDOL1, 0x8D: _cdol2(sheet, issuer), 0x9F42: CURRENCY})
    static = oda.static_data("icc", [signed_octets(3, records[3, 1])], bytes((oda.TAG_AIP,)), aip)
    for number, objects in enumerate(_authentication(sheet, issuer, icc, pin, static, file), 1):
        records[2, number] = _record(objects)
    afl = _afl(records)
    ways = {"insert": Processing(aip, afl)}
    fci = {"insert": _fci(aid, label, sheet, octets(file, "pdol", sheet.pdol))}
    if contactless:
        ways["tap"] = Processing(aip, afl)
        fci["tap"] = _fci(aid, label, sheet, TAP_PDOL)
    return Made(aid, label, fci, ways, records, _data(sheet), _iad(issuer, file), icc, pin)


def digits(file: str, key: str, value: str, sizes: range) -> str:
    """A value of digits.  Raises ScenarioError."""
    if not (value.isascii() and value.isdecimal()) or len(value) not in sizes:
        span = f"{sizes.start} .. {sizes.stop - 1}"
        raise bad_value(file, key, value if key != "pan" else "...", Text(f"{span} 位数字", f"{span} digits"))
    return value


def within(file: str, key: str, value: int, wanted: range) -> int:
    """A number in its range.  Raises ScenarioError."""
    if value not in wanted:
        raise bad_value(file, key, value, f"{wanted.start} .. {wanted.stop - 1}")
    return value


def compact(value: str) -> bytes:
    """Format cn: digits (D in track 2), filled up with F on the right."""
    return bytes.fromhex(value + "F" * (len(value) % 2))


def _aip(sheet: ApplicationSheet) -> bytes:
    aip = Aip.CARDHOLDER_VERIFICATION | Aip.TERMINAL_RISK_MANAGEMENT
    if sheet.arpc == "external_authenticate":
        aip |= Aip.ISSUER_AUTHENTICATION
    for method, bit in (("sda", Aip.SDA), ("dda", Aip.DDA), ("cda", Aip.DDA), ("cda", Aip.CDA)):
        if sheet.oda == method:
            aip |= bit
    return aip.octets()


def _cdol2(sheet: ApplicationSheet, issuer: Issuer) -> bytes:
    told = CDOL2_ARPC[issuer.scheme.arpc_method] if sheet.arpc == "second_ac" else b""
    return CDOL2_HEAD + told + CDOL1


def _front(sheet: ApplicationSheet, file: str) -> dict[int, bytes]:
    track2 = f"{sheet.pan}D{sheet.expiry}{sheet.service_code}{sheet.discretionary}"
    digits(file, "service_code", sheet.service_code, range(3, 4))
    digits(file, "discretionary", sheet.discretionary, range(1, 17))
    if len(track2) > 37:
        raise bad_value(file, "discretionary", sheet.discretionary, f"<= {37 - len(track2) + len(sheet.discretionary)}")
    if not 2 <= len(sheet.holder) <= 26 or not sheet.holder.isascii():
        raise bad_value(file, "holder", sheet.holder, "2 .. 26 ASCII")
    return {0x57: compact(track2), 0x5F20: sheet.holder.encode("ascii")}


def _signed(sheet: ApplicationSheet, row: KindRow, cvm: tuple[str, ...], file: str) -> dict[int, bytes]:
    """What nobody may change: it stands under the certificate, or the signature."""
    digits(file, "expiry", sheet.expiry, range(4, 5))
    year, month = 2000 + int(sheet.expiry[:2]), int(sheet.expiry[2:])
    if not 1 <= month <= 12:
        raise bad_value(file, "expiry", sheet.expiry, "YYMM")
    return {
        0x5A: compact(sheet.pan),
        0x5F34: bytes.fromhex(sheet.sequence[-2:]),
        0x5F24: bytes.fromhex(f"{sheet.expiry}{monthrange(year, month)[1]}"),
        0x5F25: bytes.fromhex(digits(file, "effective", sheet.effective, range(6, 7))),
        0x5F28: COUNTRY,
        0x5F30: bytes.fromhex(sheet.service_code.zfill(4)),
        0x9F07: bytes.fromhex("FF00"),
        0x9F08: bytes.fromhex(row.version),
        0x8E: cvm_list(cvm, file),
        **ACTION_CODES,
    }


def cvm_list(methods: tuple[str, ...], file: str) -> bytes:
    """Tag 8E: each method where the terminal supports it, the next one where it fails; "no_cvm" and "fail" always."""
    rules = []
    for number, name in enumerate(methods, 1):
        if name not in METHODS:
            raise bad_value(file, "cvm", name, " | ".join(METHODS))
        at_once = METHODS[name] in (CvmMethod.NO_CVM, CvmMethod.FAIL)
        condition = CvmCondition.ALWAYS if at_once else CvmCondition.SUPPORTED
        rules.append(CvmRule(METHODS[name] | (CONTINUE_BIT if number < len(methods) else 0), condition))
    return CvmList(0, 0, tuple(rules)).build()


def _authentication(
    sheet: ApplicationSheet, issuer: Issuer, icc: PrivateKey | None, pin: PrivateKey | None, static: bytes, file: str
) -> list[dict[int, bytes]]:
    """The certificates, a record for each; none for a card without offline data authentication."""
    if sheet.oda == "none":
        return []
    authority, key = issuer.authority, issuer.key
    if authority is None or key is None:
        raise bad_value(file, "oda", sheet.oda, f"'none' ({issuer.name}: no rsa)")
    expiry = authority.expiry
    issued = certificates.issue_issuer(authority.key, key.public, sheet.pan[:6], expiry, SERIAL)
    first = {0x8F: authority.index, 0x90: issued.certificate, 0x92: issued.remainder, 0x9F32: issued.exponent}
    rows = [first]
    tag_list = {0x9F4A: bytes((oda.TAG_AIP,))}
    if icc is None:
        rows.append({0x93: oda.sign_sda(key, DATA_AUTHENTICATION_CODE, static), **tag_list})
    else:
        made = certificates.issue_icc(key, icc.public, sheet.pan, expiry, SERIAL, static)
        tags = {0x9F46: made.certificate, 0x9F48: made.remainder, 0x9F47: made.exponent, 0x9F49: DDOL}
        rows.append({**tags, **tag_list})
    if pin is not None:
        made = certificates.issue_pin(key, pin.public, sheet.pan, expiry, SERIAL)
        rows.append({0x9F2D: made.certificate, 0x9F2F: made.remainder, 0x9F2E: made.exponent})
    return rows


def _record(objects: Mapping[int, bytes]) -> bytes:
    inside = build_tlv(Tlv(tag, value) for tag, value in objects.items() if value)
    return build_tlv((Tlv(RECORD, inside),))


def _afl(records: Mapping[RecordKey, bytes]) -> bytes:
    """File after file; the first record of file 3 is signed."""
    files: dict[int, int] = {}
    for sfi, number in sorted(records):
        files[sfi] = max(files.get(sfi, 0), number)
    return build_afl(AflEntry(sfi, 1, last, 1 if sfi == 3 else 0) for sfi, last in sorted(files.items()))


def _fci(aid: bytes, label: str, sheet: ApplicationSheet, pdol: bytes) -> bytes:
    inside = [Tlv(0x50, label.encode("ascii")), Tlv(0x87, bytes((sheet.priority,)))]
    if pdol:
        inside.append(Tlv(0x9F38, pdol))
    log = build_tlv((Tlv(0x9F4D, bytes((LOG_SFI, LOG_RECORDS))),))
    inside += [Tlv(0x5F2D, LANGUAGE), Tlv(FCI_DISCRETIONARY, log)]
    return directory_fci(aid, build_tlv(inside))


def directory_fci(name: bytes, proprietary: bytes) -> bytes:
    """The answer to SELECT."""
    return build_tlv((Tlv(FCI, build_tlv((Tlv(0x84, name), Tlv(FCI_PROPRIETARY, proprietary)))),))


def _data(sheet: ApplicationSheet) -> dict[int, bytes]:
    """What GET DATA and PUT DATA reach; electronic cash where there is some."""
    data = {
        0x9F4F: LOG_FORMAT,
        0x9F51: CURRENCY,
        0x9F52: bytes.fromhex(
            "C200"
        ),  # online when new; after an issuer that failed: decline, and online the next time
        0x9F56: bytes.fromhex("80"),
        0x9F57: COUNTRY,
        0x9F58: bytes.fromhex("03"),
        0x9F59: bytes.fromhex("07"),
        0x9F6C: bytes(2),
    }
    if sheet.ecash_fen:
        data |= {0x9F77: _amount(EC_MAX_FEN), 0x9F78: _amount(EC_MAX_FEN), 0x9F79: _amount(sheet.ecash_fen)}
    return data


def _amount(fen: int) -> bytes:
    return bytes.fromhex(f"{fen:012d}")


def _iad(issuer: Issuer, file: str) -> bytes:
    """Tag 9F10 with an empty CVR."""
    name = issuer.scheme.name
    if name not in CVNS:
        raise bad_value(file, "scheme", name, " | ".join(CVNS))
    head = issuer.dki + bytes((CVNS[name],)) + bytes.fromhex("03000000")
    if name.startswith("pboc"):
        return b"\x07" + head + (b"\x04" if issuer.scheme.algorithm == "sm4" else b"\x01")
    return b"\x06" + head
