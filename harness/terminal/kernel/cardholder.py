"""Cardholder verification by the card's list (EMV Book 3 clause 10.5, Book 4 clause 6.3.4; method 20: PBOC 3.0).

A PIN for the host is only taken here; the flows encipher it.  ENTER alone at a PIN is a bypass: TVR says so, and no PIN
is asked for again in this transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.emv import certificates, commands, pin
from protocols.emv import status_words as sw
from protocols.emv.cvm import (
    METHOD_MASK,
    CvmCondition,
    CvmList,
    CvmMethod,
    CvmResult,
    CvmResults,
    CvmRule,
    parse_cvm_list,
)
from protocols.emv.flags import Aip, TerminalCapabilities, Tsi, Tvr
from protocols.emv.rsa import PublicKey
from protocols.emv.status_words import tries_left
from protocols.errors import DecodeError, PosrigError

from ..texts import CARD_PIN_BLOCKED, ENTER_PIN, PIN_WRONG, TRIES_LEFT
from ..wants import GaveUp, Keys, Prompt, Step
from .authentication import issuer_key_of
from .session import CURRENCY, Ended, Session, command

LIST, RESULTS, APPLICATION_CURRENCY = 0x8E, 0x9F34, 0x9F42
OFFLINE_PIN = (
    CvmMethod.PLAIN_PIN,
    CvmMethod.PLAIN_PIN_AND_SIGNATURE,
    CvmMethod.ENCIPHERED_PIN,
    CvmMethod.ENCIPHERED_PIN_AND_SIGNATURE,
)
ENCIPHERED = OFFLINE_PIN[2:]
SIGNED = (CvmMethod.PLAIN_PIN_AND_SIGNATURE, CvmMethod.ENCIPHERED_PIN_AND_SIGNATURE)
NOT_PERFORMED = CvmResults(CvmMethod.NOT_PERFORMED, 0, CvmResult.UNKNOWN)
NOTHING_APPLIED = CvmResults(CvmMethod.NOT_PERFORMED, 0, CvmResult.FAILED)
PIN_TRIES_MAX = 15
PIN_DIGITS = range(4, 13)


def verify(session: Session) -> Step[None]:
    """Go through the list until a rule decides.  Raises Ended where the cardholder cancels, Gone."""
    session.data[RESULTS] = NOT_PERFORMED.build()
    if Aip.CARDHOLDER_VERIFICATION not in session.aip:
        return
    try:
        listed = parse_cvm_list(session.data.get(LIST, b""))
    except DecodeError:
        listed = CvmList(0, 0, ())
    if not listed.rules:
        session.tvr |= Tvr.ICC_DATA_MISSING
        session.note("cvm", ok=False, method="", why="no_list")
        return
    result = NOTHING_APPLIED
    for rule in listed.rules:
        if not _applies(session, rule, listed):
            continue
        result = CvmResults(rule.code, rule.condition, (yield from _carried_out(session, rule)))
        if result.result != CvmResult.FAILED or not rule.continues:
            break
    session.data[RESULTS] = result.build()
    session.tsi |= Tsi.CARDHOLDER_VERIFICATION
    ok = result.result != CvmResult.FAILED
    if not ok:
        session.tvr |= Tvr.CVM_FAILED
    session.note("cvm", ok=ok, method=f"{result.code & METHOD_MASK:02X}", result=result.build().hex().upper())


def _applies(session: Session, rule: CvmRule, listed: CvmList) -> bool:
    """Whether the rule's condition is met; a till is no cash dispenser and gives no cash back."""
    amount, own_currency = session.terms.amount_fen, session.data.get(APPLICATION_CURRENCY) == CURRENCY
    match rule.condition:
        case CvmCondition.ALWAYS | CvmCondition.NEITHER_CASH_NOR_CASHBACK:
            return True
        case CvmCondition.SUPPORTED:
            return _supported(session, rule.method)
        case CvmCondition.UNDER_X:
            return own_currency and amount < listed.amount_x
        case CvmCondition.OVER_X:
            return own_currency and amount > listed.amount_x
        case CvmCondition.UNDER_Y:
            return own_currency and amount < listed.amount_y
        case CvmCondition.OVER_Y:
            return own_currency and amount > listed.amount_y
        case _:
            return False


_NEEDS: Mapping[int, TerminalCapabilities] = {
    CvmMethod.FAIL: TerminalCapabilities.none(),
    CvmMethod.PLAIN_PIN: TerminalCapabilities.OFFLINE_PLAINTEXT_PIN,
    CvmMethod.ONLINE_PIN: TerminalCapabilities.ONLINE_PIN,
    CvmMethod.PLAIN_PIN_AND_SIGNATURE: TerminalCapabilities.OFFLINE_PLAINTEXT_PIN | TerminalCapabilities.SIGNATURE,
    CvmMethod.ENCIPHERED_PIN: TerminalCapabilities.OFFLINE_ENCIPHERED_PIN,
    CvmMethod.ENCIPHERED_PIN_AND_SIGNATURE: TerminalCapabilities.OFFLINE_ENCIPHERED_PIN
    | TerminalCapabilities.SIGNATURE,
    CvmMethod.SIGNATURE: TerminalCapabilities.SIGNATURE,
    CvmMethod.NO_CVM: TerminalCapabilities.NO_CVM,
    CvmMethod.DOCUMENT: TerminalCapabilities.DOCUMENT_OR_ECC_PIN,
}
"""What a method takes; a method that is not here is one that this terminal does not know."""


def _supported(session: Session, method: int) -> bool:
    """Whether the terminal can carry a method out."""
    needs = _NEEDS.get(method)
    return needs is not None and needs & TerminalCapabilities.of(session.data[0x9F33]) == needs


def _carried_out(session: Session, rule: CvmRule) -> Step[CvmResult]:
    """One method: what the third octet of 9F34 says of it."""
    method = rule.method
    if method not in _NEEDS:
        session.tvr |= Tvr.UNKNOWN_CVM
        return CvmResult.FAILED
    pin_method = method == CvmMethod.ONLINE_PIN or method in OFFLINE_PIN
    if not _supported(session, method):
        if pin_method:
            session.tvr |= Tvr.PIN_PAD_MISSING
        return CvmResult.FAILED
    if method == CvmMethod.ONLINE_PIN:
        return (yield from _online(session))
    if pin_method:
        return (yield from _offline(session, method))
    if method == CvmMethod.FAIL:
        return CvmResult.FAILED
    return CvmResult.UNKNOWN if method == CvmMethod.SIGNATURE else CvmResult.SUCCESSFUL


def _online(session: Session) -> Step[CvmResult]:
    if Tvr.PIN_NOT_ENTERED in session.tvr:
        return CvmResult.FAILED
    typed = session.terms.pin
    if typed is None:
        typed = yield from _asked(session, wrong=False)
    if not typed:
        session.tvr |= Tvr.PIN_NOT_ENTERED
        return CvmResult.FAILED
    session.pin = typed
    session.tvr |= Tvr.ONLINE_CVM
    return CvmResult.UNKNOWN


def _asked(session: Session, wrong: bool) -> Step[str]:
    """The PIN that the cardholder types, "" for a bypass.  Raises Ended where he cancels."""
    while True:
        typed: Keys | GaveUp = yield Prompt("keys", PIN_WRONG if wrong else ENTER_PIN, secret=True)
        if isinstance(typed, GaveUp):
            raise Ended(typed.why)
        if not typed.typed or len(typed.typed) in PIN_DIGITS:
            return typed.typed


def _offline(session: Session, method: int) -> Step[CvmResult]:
    """The card looks at the PIN, as often as it has tries left."""
    if Tvr.PIN_NOT_ENTERED in session.tvr:
        return CvmResult.FAILED
    left = yield from _tries(session)
    if left == 0:
        return _exceeded(session)
    key = _pin_key(session) if method in ENCIPHERED else None
    if method in ENCIPHERED and key is None:
        return CvmResult.FAILED
    for number in range(PIN_TRIES_MAX):
        if left is not None and (number or left == 1):
            session.desk.show(TRIES_LEFT.format(count=left))
        typed = yield from _asked(session, wrong=number > 0)
        if not typed:
            session.tvr |= Tvr.PIN_NOT_ENTERED
            return CvmResult.FAILED
        block = pin.plain_block(typed)
        if key is not None:
            enciphered = yield from _enciphered(session, key, block)
            if enciphered is None:
                return CvmResult.FAILED
            block = enciphered
        answer = yield from command(session, commands.verify(block, enciphered=key is not None))
        if answer.ok:
            return CvmResult.UNKNOWN if method in SIGNED else CvmResult.SUCCESSFUL
        left = tries_left(answer.sw)
        if left == 0 or answer.sw in (sw.METHOD_BLOCKED, sw.DATA_INVALIDATED):
            return _exceeded(session)
        if left is None:  # neither right nor wrong: it cannot be done
            return CvmResult.FAILED
    return CvmResult.FAILED


def _tries(session: Session) -> Step[int | None]:
    """The PIN try counter; None for a card that does not tell."""
    answer = yield from command(session, commands.get_data(0x9F17))
    return answer.data[3] if answer.ok and answer.data[:3] == b"\x9f\x17\x01" and len(answer.data) == 4 else None


def _exceeded(session: Session) -> CvmResult:
    session.tvr |= Tvr.PIN_TRIES_EXCEEDED
    session.desk.show(CARD_PIN_BLOCKED)
    return CvmResult.FAILED


def _pin_key(session: Session) -> PublicKey | None:
    """The key for enciphered PINs: one of its own, else the card's (EMV Book 2 clause 7.1); None: neither holds."""
    data = session.data
    if 0x9F2D not in data:
        return session.icc_key
    try:
        parts = (data[0x9F2D], data.get(0x9F2F, b""), data.get(0x9F2E, b""))
        return certificates.pin_key(issuer_key_of(session), *parts, session.pan, data[0x9A])
    except PosrigError:
        session.note("cvm", ok=False, method="04", why="pin_key")
        return None


def _enciphered(session: Session, key: PublicKey, block: bytes) -> Step[bytes | None]:
    answer = yield from command(session, commands.get_challenge())
    if not answer.ok or len(answer.data) != pin.CHALLENGE_OCTETS:
        return None
    return pin.encipher(key, block, answer.data, session.desk.settings.rng.randbytes(pin.padding_octets(key)))
