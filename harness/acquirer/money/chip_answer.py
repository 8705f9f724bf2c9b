"""F55 of the reply: the counter, issuer authentication data (91) and issuer scripts (71, 72).

Order and content: Q/CUP 009 F55, Chanjet POS V2.0 ("9F36 if the host answers").  A refusal is authenticated, too: its
ARPC covers the code that stands in F39.
"""

from __future__ import annotations

from protocols.emv.cryptograms import arpc_session_key, issuer_authentication_data
from protocols.emv.scripts import SecureMessaging
from protocols.tlv import Tlv, build_tlv
from protocols.unionpay.message import Value
from protocols.unionpay.responses import is_approval

from .. import behaviours
from ..replies import Outcome
from ..turn import Turn
from ..wire import Request
from . import chip, chip_data, issuer_scripts
from .chip_data import AC, ATC, UN, ChipData
from .issuers import Issuer, issuer_of

ISSUER_AUTHENTICATION = 0x91
CSU_APPROVED, CSU_DECLINED = bytes.fromhex("00800000"), bytes(4)
"""Card status update of ARPC method 2: bit 8 of its second octet approves (EMV Book 3, CCD 10.2.1.1)."""
PIN_WRONG = "55"
F55_OCTETS_MAX = 255


def reply_fields(turn: Turn, request: Request, outcome: Outcome) -> dict[int, Value]:
    """F55 of the reply to a financial request that was just decided; none for a card whose issuer is not known."""
    issuer = issuer_of(turn.settings.issuers, request.pan)
    octets = request.message.octets(55)
    data = chip_data.read(octets) if issuer is not None and octets is not None else None
    if issuer is None or not isinstance(data, ChipData) or data.missing:
        return {}
    items = [Tlv(ATC, data.values[ATC])]
    if chip.is_right(turn, request, data):
        if outcome.code == PIN_WRONG:  # the customer tries again, with the same cryptogram (PAX)
            turn.record("chip_changed", **chip.named(turn, request, issuer), again=True)
        items += _authentication(turn, request, issuer, data, outcome.code)
    octets = build_tlv(items)
    script = _script(turn, request, issuer, data, F55_OCTETS_MAX - len(octets))
    return {55: octets + script} if script or len(items) > 1 or is_approval(outcome.code) else {}


def _authentication(turn: Turn, request: Request, issuer: Issuer, data: ChipData, code: str) -> list[Tlv]:
    if behaviours.takes(turn, "no_arpc", request) is not None:
        return []
    scheme, values = issuer.scheme, data.values
    keys = issuer.card_keys(request.pan, chip_data.psn_of(request, data))
    key = arpc_session_key(scheme, keys.ac, values[ATC], values[UN])
    response = code.encode("ascii", "replace")[:2].ljust(2)
    if scheme.arpc_method == 2:
        response = CSU_APPROVED if is_approval(code) else CSU_DECLINED
    value = issuer_authentication_data(scheme, key, values[AC], response)
    spoilt = behaviours.takes(turn, "wrong_arpc", request) is not None
    if spoilt:
        value = bytes([value[0] ^ 0xFF]) + value[1:]
    chip.tell(turn, request, "arpc", not spoilt, issuer=issuer.name, method=scheme.arpc_method, code=code)
    return [Tlv(ISSUER_AUTHENTICATION, value)]


def _script(turn: Turn, request: Request, issuer: Issuer, data: ChipData, room: int) -> bytes:
    """The script that is due to this card: one that was asked for, else the block of a blocked card."""
    card = chip.card_of(turn.state, turn.card_hash(request.pan))
    wanted = turn.state.behaviours.get("script")
    mine = wanted is not None and wanted.settings.get("pan", request.pan) == request.pan
    asked = behaviours.takes(turn, "script", request) if mine else None
    if asked is None and card is not None and card.blocked:
        asked = issuer_scripts.BLOCK
    if asked is None or card is None:
        return b""
    keys = issuer.card_keys(request.pan, chip_data.psn_of(request, data))
    secure = SecureMessaging(issuer.scheme, keys, data.values[ATC], data.values[AC])
    spoil = behaviours.takes(turn, "wrong_script_mac", request) is not None
    octets = issuer_scripts.script_for(turn, card, asked, secure, request.trace, room=room, spoil=spoil)
    told = {"commands": [str(text).split()[0] for text in asked["commands"]], "template": asked["template"]}
    script_id = card.scripts[-1].id if octets else ""
    chip.tell(turn, request, "script", bool(octets) and not spoil, issuer=issuer.name, id=script_id, **told)
    return octets
