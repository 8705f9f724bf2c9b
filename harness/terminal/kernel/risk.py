"""Terminal risk management: exception file, floor limit, random selection, velocity (EMV Book 3 clause 10.6)."""

from __future__ import annotations

from protocols.emv import commands
from protocols.emv.flags import Aip, Tsi, Tvr
from protocols.unionpay import bins

from ..wants import Step
from .session import Session, command

EXCEPTION_FILE = "bin_blacklist"
"""The card-BIN list that takes the place of an exception file."""


def manage(session: Session) -> Step[None]:
    """Mark TVR.  Where the card does not ask for it, only the exception file is looked at.  Raises Gone."""
    if bins.holds(session.desk.state.bins.get(EXCEPTION_FILE, ()), session.pan):
        session.tvr |= Tvr.ON_EXCEPTION_FILE
    if Aip.TERMINAL_RISK_MANAGEMENT in session.aip:
        _floor_limit(session)
        yield from _velocity(session)
        session.tsi |= Tsi.TERMINAL_RISK_MANAGEMENT
    session.note("risk", ok=Tvr.ON_EXCEPTION_FILE not in session.tvr, tvr=session.tvr.octets().hex().upper())


def _floor_limit(session: Session) -> None:
    """Amounts at or above the limit go online; below it some of them by chance, the more the higher they are."""
    application, amount = session.application, session.terms.amount_fen
    assert application is not None
    limit, threshold = application.floor_limit_fen, application.threshold_fen
    if amount >= limit:
        session.tvr |= Tvr.FLOOR_LIMIT_EXCEEDED
        return
    target = application.target
    if amount >= threshold and limit > threshold:
        target += (application.max_target - target) * (amount - threshold) // (limit - threshold)
    if session.desk.settings.rng.randint(1, 99) <= target:
        session.tvr |= Tvr.SELECTED_RANDOMLY


def _velocity(session: Session) -> Step[None]:
    """Transactions since the card was online last, against the card's own limits, where it has both."""
    data = session.data
    if 0x9F14 not in data or 0x9F23 not in data:
        return
    lower, upper = (int.from_bytes(data[tag], "big") for tag in (0x9F14, 0x9F23))
    atc = yield from _counter(session, 0x9F36)
    last = yield from _counter(session, 0x9F13)
    if last == 0:
        session.tvr |= Tvr.NEW_CARD
    if atc is None or last is None or atc <= last:
        session.tvr |= Tvr.LOWER_LIMIT_EXCEEDED | Tvr.UPPER_LIMIT_EXCEEDED
        return
    if atc - last > lower:
        session.tvr |= Tvr.LOWER_LIMIT_EXCEEDED
    if atc - last > upper:
        session.tvr |= Tvr.UPPER_LIMIT_EXCEEDED


def _counter(session: Session, tag: int) -> Step[int | None]:
    """A counter of the card, two octets; None where it does not tell."""
    answer = yield from command(session, commands.get_data(tag))
    head = tag.to_bytes(2, "big") + b"\x02"
    fits = answer.ok and answer.data[:3] == head and len(answer.data) == 5
    return int.from_bytes(answer.data[3:], "big") if fits else None
