"""Terminal action analysis: what the card is asked for (EMV Book 3 clause 10.7).

This terminal approves nothing offline: what could be approved so is asked for online (posrig's choice, as UnionPay's
tills are set up for debit and credit).
"""

from __future__ import annotations

from protocols.emv.commands import AcKind
from protocols.emv.flags import Tvr

from .session import Session

IAC_DENIAL, IAC_ONLINE = 0x9F0E, 0x9F0F
ALL, NONE = b"\xff" * 5, bytes(5)


def decide(session: Session) -> AcKind:
    """AAC where TVR has a bit of a denial code, else ARQC."""
    application = session.application
    assert application is not None
    denied = meets(session, application.tac_denial, session.data.get(IAC_DENIAL, NONE))
    online = meets(session, application.tac_online, session.data.get(IAC_ONLINE, ALL))
    tvr = session.tvr.octets().hex().upper()
    session.note("action", ok=not denied, asked="AAC" if denied else "ARQC", wanted_online=online, tvr=tvr)
    return "AAC" if denied else "ARQC"


def meets(session: Session, terminal_code: bytes, card_code: bytes) -> bool:
    """Whether TVR has a bit of either action code."""
    octets = Tvr.OCTETS
    return bool(session.tvr & (Tvr.of(terminal_code) | Tvr.of(card_code[:octets].ljust(octets, b"\0"))))
