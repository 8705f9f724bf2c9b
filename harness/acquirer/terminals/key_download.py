"""Remote download of the TMK: RSA key (60.3 = 352), TMK (350), its activation (351).

The terminal gets the very TMK that the key-loading room would hand out.  Order and contents: PAX TransTmkDownload,
CardInfoLink's client.  F39: A7 for what is wrong with keys (Chanjet host); 12 for an activation of what was not
downloaded is posrig's choice.  An unbound, withdrawn or unactivated terminal is refused by the common checks.
"""

from __future__ import annotations

from protocols.errors import DecodeError, PosrigError
from protocols.unionpay import download

from ..replies import Outcome, refuse
from ..turn import Turn
from ..wire import Request
from .keys import TMK_OCTETS


def rsa_key(turn: Turn, request: Request) -> Outcome:
    """352: the public key under which the transport key is to be sent."""
    rsa = turn.settings.rsa
    return Outcome(fields={62: download.build_rsa_key(rsa.public)}) if rsa else _unsupported()


def tmk(turn: Turn, request: Request) -> Outcome:
    """350: the terminal's TMK under the transport key that it chose.  Asked again it is given again."""
    terminal, rsa = request.terminal, turn.settings.rsa
    assert terminal is not None
    if rsa is None:
        return _unsupported()
    value = bytes.fromhex(terminal.tmk)
    if len(value) != TMK_OCTETS:
        return refuse("A7", "no_tmk", "TMK", "主密钥未下发", "no master key of double length was issued")
    try:
        asked = download.parse_tmk_request(request.message.octets(62) or b"")
    except DecodeError as error:
        return refuse("30", "format_error", "F62", "域 62 错", error.what.en)
    if (asked.rid, asked.index) != (rsa.public.rid, rsa.public.index):
        return refuse("A7", "rsa_key_unknown", "RSA", "没有该 RSA 公钥", "there is no such RSA key")
    algorithm = request.dialect.key_algorithm
    try:
        transport = download.open_transport_key(asked, rsa.private, algorithm)
    except PosrigError as error:
        return refuse("A7", "transport_key", "RSA", error.what.zh, error.what.en)
    if not terminal.tmk_offered:
        turn.record("terminal_changed", terminal=terminal.key, tmk_offered=True)
    return Outcome(fields={62: download.build_tmk_reply(download.seal_tmk(value, transport, algorithm))})


def activate(turn: Turn, request: Request) -> Outcome:
    """351: the terminal has loaded it.  Its working keys, if it had any, are void: it signs in next."""
    terminal = request.terminal
    assert terminal is not None
    if not terminal.tmk_offered:
        return refuse("12", "no_tmk_download", "TMK", "未下载主密钥", "no master key was downloaded")
    turn.record("terminal_changed", terminal=terminal.key, tmk_offered=False, session="off")
    turn.changed("device", terminal.sn, "activated", "keyed", "tmk_download")
    return Outcome()


def _unsupported() -> Outcome:
    """As the CardInfoLink gateway answered in its published exchange."""
    return refuse("40", "function_unsupported", "function", "不支持该功能", "the function is not supported")
