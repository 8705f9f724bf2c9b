"""VERIFY, GET CHALLENGE, INTERNAL AUTHENTICATE: the holder's PIN and the card's signature.

EMV Book 3 clauses 6.5.12, 6.5.6 and 6.5.9; enciphered PIN: EMV Book 2 clause 7.2.
"""

from __future__ import annotations

from protocols.emv.apdu import Command, Response
from protocols.emv.dol import dol_length
from protocols.emv.flags import Aip
from protocols.emv.gpo import FORMAT_1
from protocols.emv.pin import BLOCK_OCTETS, CHALLENGE_OCTETS, PinDataError, decipher, plain_block
from protocols.tlv import Tlv, build_tlv

from .cryptogram import DYNAMIC_NUMBER_OCTETS, dynamic_signature
from .risk import Action, default_action
from .session import NO_INSTRUCTION, NOT_NOW, OK, WRONG_LENGTH, WRONG_P1P2, Transaction, Turn, status

PLAIN, ENCIPHERED = 0x80, 0x88
PIN_BLOCKED = status(0x6983)
PIN_UNREADABLE = status(0x6984)
"""What was enciphered is no PIN block, or not for this card's challenge: nothing was compared, no try is used up."""


def verify(turn: Turn, command: Command) -> Response:
    """Compares a PIN, plain or enciphered.  The try is counted, durably, before the card says a word."""
    if command.p1 or command.p2 not in (PLAIN, ENCIPHERED):
        return WRONG_P1P2
    transaction = turn.session.transaction
    if transaction is None or transaction.stage not in ("selected", "started"):
        return NOT_NOW
    key = transaction.application.pin_key or transaction.application.icc_key
    if command.p2 == ENCIPHERED and key is None:
        return WRONG_P1P2
    wanted = BLOCK_OCTETS if command.p2 == PLAIN or key is None else key.public.octets
    if len(command.data) != wanted:
        return WRONG_LENGTH
    if not turn.pin_tries:
        return PIN_BLOCKED
    block = command.data
    if command.p2 == ENCIPHERED and key is not None:
        if turn.challenge is None or block >= key.public.modulus:
            return PIN_UNREADABLE
        try:
            block = decipher(key, block, turn.challenge)
        except PinDataError:
            return PIN_UNREADABLE
    return _compared(turn, transaction, block)


def _compared(turn: Turn, transaction: Transaction, block: bytes) -> Response:
    if block == plain_block(turn.pin):
        transaction.pin_verified = True
        if turn.pin_tries != turn.session.chip.pin_try_limit:
            turn.record("pin", tries=turn.session.chip.pin_try_limit)
        return OK
    transaction.pin_verified = False
    turn.record("pin", tries=turn.pin_tries - 1)
    if not turn.pin_tries:
        turn.changed("chip_pin", "usable", "blocked", "wrong_pin")
        if Action.PIN_EXCEEDED_BLOCKS in default_action(turn, transaction):
            turn.change(transaction.application, blocked=True)
            turn.changed("chip_application", "usable", "blocked", "wrong_pin")
    return status(0x63C0 | turn.pin_tries)


def get_challenge(turn: Turn, command: Command) -> Response:
    """Eight octets that nobody foretells, good for the command behind this one."""
    if command.p1 or command.p2:
        return WRONG_P1P2
    if turn.session.transaction is None:
        return NOT_NOW
    turn.session.challenge = turn.rng.randbytes(CHALLENGE_OCTETS)
    return Response(turn.session.challenge, 0x9000)


def internal_authenticate(turn: Turn, command: Command) -> Response:
    """The card signs what the terminal sends (DDA), as long as no cryptogram was asked for."""
    if command.p1 or command.p2:
        return WRONG_P1P2
    transaction = turn.session.transaction
    if transaction is None or transaction.stage != "started":
        return NOT_NOW
    application = transaction.application
    if not Aip.of(application.ways[transaction.way].aip) & (Aip.DDA | Aip.CDA):
        return NO_INSTRUCTION
    if len(command.data) != dol_length(application.ddol):
        return WRONG_LENGTH
    number = turn.rng.randbytes(DYNAMIC_NUMBER_OCTETS)
    signature = dynamic_signature(turn, transaction, number, command.data)
    return NO_INSTRUCTION if signature is None else Response(build_tlv((Tlv(FORMAT_1, signature),)), 0x9000)
