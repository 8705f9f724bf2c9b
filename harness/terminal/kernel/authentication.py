"""Offline data authentication: static, dynamic or combined, the best that card and terminal both have (EMV Book 3
clause 10.3, Book 2 clauses 5 and 6)."""

from __future__ import annotations

from protocols.emv import certificates, commands, oda
from protocols.emv.certificates import CertificateError
from protocols.emv.dol import fill_dol, parse_dol
from protocols.emv.flags import Aip, TerminalCapabilities, Tsi, Tvr
from protocols.emv.gpo import parse_signature
from protocols.emv.rsa import PublicKey
from protocols.errors import PosrigError

from ..wants import Step
from . import parameters
from .application import DOL_OCTETS_MAX
from .restrictions import day
from .session import Session, command

RID_OCTETS = 5


class _Failed(Exception):
    """Why authentication does not hold, where no certificate says it; a code for the trace.  `detail`: about what."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail


def authenticate(session: Session) -> Step[None]:
    """Mark TVR and TSI by what authentication finds.  With CDA the signature comes with the cryptogram
    (`combined_holds`).  A failure ends nothing here: the action codes decide about it.  Raises Gone."""
    has = TerminalCapabilities.of(session.data[0x9F33])
    both = session.aip
    try:
        if Aip.CDA in both and TerminalCapabilities.CDA in has:
            session.cda = True
            session.icc_key = _icc_key(session)
            session.note("oda", method="CDA", ok=True)
        elif Aip.DDA in both and TerminalCapabilities.DDA in has:
            session.icc_key = _icc_key(session)
            yield from _dynamic(session, session.icc_key)
            _performed(session, "DDA")
        elif Aip.SDA in both and TerminalCapabilities.SDA in has:
            session.tvr |= Tvr.SDA_SELECTED
            code = oda.verify_sda(_issuer_key(session), session.data.get(0x93, b""), _static(session, "ssad"))
            session.data[0x9F45] = code
            _performed(session, "SDA")
        else:
            session.tvr |= Tvr.ODA_NOT_PERFORMED
            session.note("oda", method="none", ok=False)
    except (_Failed, PosrigError) as error:
        _failed(session, both, has, error)


def combined_holds(session: Session, signed: bytes, transaction: bytes, cid: int) -> bytes | None:
    """The cryptogram inside a CDA signature that holds; None marks TVR where it does not."""
    assert session.icc_key is not None
    try:
        combined = oda.verify_cda(session.icc_key, signed, session.data[0x9F37], transaction, cid)
    except PosrigError as error:
        session.tvr |= Tvr.CDA_FAILED
        session.tsi |= Tsi.ODA
        session.note("oda", method="CDA", ok=False, why=_code(error))
        return None
    session.data[0x9F4C] = combined.number
    session.tsi |= Tsi.ODA
    return combined.ac


def issuer_key_of(session: Session) -> PublicKey:
    """The issuer's key, for enciphered PINs.  Raises PosrigError."""
    try:
        return _issuer_key(session)
    except _Failed as failed:
        raise CertificateError("issuer", "missing") from failed


def _performed(session: Session, method: str) -> None:
    session.tsi |= Tsi.ODA
    session.note("oda", method=method, ok=True)


def _failed(session: Session, both: Aip, has: TerminalCapabilities, error: Exception) -> None:
    """The bit of the method that was tried; data that are missing are told besides (EMV Book 3 clause 10.3)."""
    if session.cda:
        method, bit = "CDA", Tvr.CDA_FAILED
        session.cda = False
    elif Aip.DDA in both and TerminalCapabilities.DDA in has:
        method, bit = "DDA", Tvr.DDA_FAILED
    else:
        method, bit = "SDA", Tvr.SDA_FAILED
    session.tvr |= bit
    missing = isinstance(error, _Failed) and error.why == "capk_unnamed"
    if missing or (isinstance(error, CertificateError) and error.reason == "missing"):
        session.tvr |= Tvr.ICC_DATA_MISSING
    session.tsi |= Tsi.ODA
    detail = error.detail if isinstance(error, _Failed) else ""
    session.note("oda", method=method, ok=False, why=_code(error), detail=detail)


def _code(error: Exception) -> str:
    """`hash of the certificate` as `icc.hash`; what no certificate tells as it is called here."""
    if isinstance(error, CertificateError):
        return f"{error.kind}.{error.reason}"
    return error.why if isinstance(error, _Failed) else "unreadable"


def _dynamic(session: Session, key: PublicKey) -> Step[None]:
    """DDA: the card signs what its DDOL, else the terminal's, asks for; that must hold the unpredictable number."""
    application = session.application
    assert application is not None
    wanted = parse_dol(session.data.get(0x9F49) or application.ddol, "DDOL")
    if all(entry.tag != 0x9F37 for entry in wanted):
        raise _Failed("ddol")
    data = fill_dol(wanted, session.told())
    if len(data) > DOL_OCTETS_MAX:
        raise _Failed("ddol")
    answer = yield from command(session, commands.internal_authenticate(data))
    if not answer.ok:
        raise _Failed("status", f"{answer.sw:04X}")
    session.data[0x9F4C] = oda.verify_dda(key, parse_signature(answer.data), data)


def _icc_key(session: Session) -> PublicKey:
    data = session.data
    issuer = _issuer_key(session)
    if not data.get(0x9F46):
        raise CertificateError("icc", "missing")
    parts = (data[0x9F46], data.get(0x9F48, b""), data.get(0x9F47, b""))
    return certificates.icc_key(issuer, *parts, _static(session, "icc"), session.pan, data[0x9A])


def _issuer_key(session: Session) -> PublicKey:
    data = session.data
    rid, index = data.get(0x84, b"")[:RID_OCTETS], data.get(0x8F)
    if not index:
        raise _Failed("capk_unnamed")
    found = parameters.public_key(session.desk.state.public_keys, rid, index)
    if found is None:
        raise _Failed("capk_missing", f"{rid.hex().upper()}/{index.hex().upper()}")
    if found.expiry.isdigit() and found.expiry < day(data[0x9A]):
        raise _Failed("capk_expired", found.name)
    if not data.get(0x90):
        raise CertificateError("issuer", "missing")
    parts = (data[0x90], data.get(0x92, b""), data.get(0x9F32, b""))
    return certificates.issuer_key(found.key, *parts, session.pan, data[0x9A])


def _static(session: Session, kind: certificates.Kind) -> bytes:
    if not session.oda_sound:
        raise _Failed("record")
    return oda.static_data(kind, session.oda_records, session.data.get(0x9F4A), session.data[0x82])
