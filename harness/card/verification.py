"""What a card tells its issuer of itself: CVR, a part of issuer application data (9F10)."""

from __future__ import annotations

from protocols.emv.commands import AC_REFERENCE, AcKind
from protocols.emv.issuer_data import CVR_LENGTH, Cvr

from .state import ApplicationState

_SCRIPTS_AT, _SCRIPTS_MAX = 4, 15
_FIRST_AT, _SECOND_AT = 20, 22
_NOT_ASKED = 0b10
"""No second GENERATE AC yet."""


def cvr_octets(flags: Cvr, scripts: int, first: AcKind, second: AcKind | None = None) -> bytes:
    """The CVR with its length, 4 octets.  `scripts`: commands with a good MAC in the transaction before."""
    value = int.from_bytes(flags.octets(), "big") | min(scripts, _SCRIPTS_MAX) << _SCRIPTS_AT
    value |= (AC_REFERENCE[first] >> 6) << _FIRST_AT
    value |= (_NOT_ASKED if second is None else AC_REFERENCE[second] >> 6) << _SECOND_AT
    return bytes((CVR_LENGTH,)) + value.to_bytes(Cvr.OCTETS, "big")


def of_before(state: ApplicationState) -> Cvr:
    """What earlier transactions left behind."""
    return joined(
        (state.online_open, Cvr.LAST_ONLINE_NOT_COMPLETED),
        (not state.last_online_atc, Cvr.NEW_CARD),
        (state.authentication_failed, Cvr.LAST_ISSUER_AUTHENTICATION_FAILED),
        (state.not_authenticated, Cvr.ISSUER_AUTHENTICATION_NOT_PERFORMED),
        (state.sda_declined, Cvr.LAST_SDA_FAILED),
        (state.script_failed, Cvr.LAST_SCRIPT_FAILED),
        (state.dda_declined, Cvr.LAST_DDA_FAILED),
    )


def joined(*bits: tuple[bool, Cvr]) -> Cvr:
    """The bits that hold."""
    told = Cvr.none()
    for holds, bit in bits:
        if holds:
            told |= bit
    return told
