"""Processing restrictions: version, usage control, dates (EMV Book 3 clause 10.4).  They end nothing; the action codes
decide."""

from __future__ import annotations

from protocols.emv.flags import Auc, Tvr

from .session import COUNTRY, Session

PURCHASES = (0x00, 0x09, 0x20)
"""9C of goods and services, and what gives them back."""


def restrict(session: Session) -> None:
    """Mark TVR by what the card says of itself."""
    data = session.data
    marks = Tvr.none()
    version = data.get(0x9F08)
    if version is not None and version != data.get(0x9F09):
        marks |= Tvr.DIFFERENT_VERSIONS
    if not _usage_allowed(session):
        marks |= Tvr.SERVICE_NOT_ALLOWED
    today = day(data[0x9A])
    if day(data.get(0x5F25, data[0x9A])) > today:
        marks |= Tvr.NOT_YET_EFFECTIVE
    if day(data[0x5F24]) < today:
        marks |= Tvr.EXPIRED_APPLICATION
    session.tvr |= marks
    session.note("restrictions", ok=not marks, tvr=marks.octets().hex().upper())


def day(value: bytes) -> str:
    """YYYYMMDD of YYMMDD: from 50 on it is the last century (EMV Book 4 clause 6.7.3)."""
    text = value.hex()
    return ("19" if text[:2] >= "50" else "20") + text


def _usage_allowed(session: Session) -> bool:
    """What the card's usage control has against this transaction here; without one, everything is allowed."""
    octets = session.data.get(0x9F07)
    if octets is None or len(octets) != Auc.OCTETS:
        return True
    allowed = Auc.of(octets)
    if Auc.NOT_AT_ATM not in allowed:
        return False
    country = session.data.get(0x5F28)
    if country is None or session.terms.transaction_type not in PURCHASES:
        return True
    if country == COUNTRY:
        return bool(allowed & (Auc.DOMESTIC_GOODS | Auc.DOMESTIC_SERVICES))
    return bool(allowed & (Auc.INTERNATIONAL_GOODS | Auc.INTERNATIONAL_SERVICES))
