"""What terminals tell of a chip transaction afterwards: script results, the card's last cryptogram, reversals.

The script notice is 0620 (60.3 = 951), the uploads are 0320 (203 and 205 approved, 204 and 206 failed), the reversal
is 0400; all carry F55 (Q/CUP 009 F55).  None of it is refused: what happened at the card has happened.  It is accounted
for once, however often it is told.
"""

from __future__ import annotations

from protocols.emv.cryptograms import verify_cryptogram
from protocols.emv.scripts import ScriptResult, parse_results
from protocols.errors import DecodeError, PosrigError
from protocols.unionpay.private.f61 import parse_f61

from ..books.chips import ChipCard, SentScript
from ..replies import Outcome
from ..turn import Turn
from ..wire import Request
from . import chip_data
from .chip import card_of, tell
from .chip_data import AC, SCRIPT_RESULT, TVR, ChipData
from .issuer_scripts import BLOCKS, UNBLOCKS
from .issuers import issuer_of

APPROVED_UPLOAD = "batch_upload_tc"
AUTHENTICATION_FAILED, SCRIPT_FAILED = 0x40, 0x30
"""Of the fifth octet of the TVR."""


def script_notice(turn: Turn, request: Request) -> Outcome:
    """0620: always 00, or the terminal tells it for ever."""
    data = _data(request)
    if data is not None:
        _results(turn, request, data)
    return Outcome()


def uploaded(turn: Turn, request: Request) -> None:
    """0320 of a chip transaction: its cryptogram is checked, a wrong one is noted for people."""
    data, issuer = _data(request), issuer_of(turn.settings.issuers, request.pan)
    if data is None or issuer is None:
        return
    _results(turn, request, data)
    _authentication(turn, request, data)
    if data.missing:
        tell(turn, request, "tc", None, issuer=issuer.name, why="no_cryptogram")
        return
    why = ""
    if chip_data.contradiction(request, data) is not None:
        why = "data"
    elif request.name == APPROVED_UPLOAD and data.kind == "AAC":
        why = "declined_by_card"
    else:
        try:
            keys = issuer.card_keys(request.pan, chip_data.psn_of(request, data))
            why = "" if verify_cryptogram(issuer.scheme, keys.ac, data.values, data.values[AC]) else "cryptogram"
        except PosrigError:
            why = "data"
    tell(turn, request, "tc", not why, issuer=issuer.name, kind=data.kind, atc=data.atc, why=why)
    if why and turn.state.chips.tc_wrong.get(request.trace) != why:
        turn.record("tc_wrong", trace=request.trace, why=why)


def reversed_chip(turn: Turn, request: Request) -> None:
    """0400: why the card did not go along, and scripts that it carried out before."""
    data = _data(request)
    if data is None or not turn.settings.issuers:
        return
    _results(turn, request, data)
    _authentication(turn, request, data)


def _data(request: Request) -> ChipData | None:
    octets = request.message.octets(55)
    data = chip_data.read(octets) if octets is not None else None
    return data if isinstance(data, ChipData) else None


def _authentication(turn: Turn, request: Request, data: ChipData) -> None:
    """The TVR after the answer: whether the card took the ARPC, whether a script failed."""
    told = data.values.get(TVR, bytes(5))[4]
    if told & AUTHENTICATION_FAILED:
        tell(turn, request, "issuer_authentication", False, atc=data.atc)
    if told & SCRIPT_FAILED:
        tell(turn, request, "script_result", False, atc=data.atc, why="tvr")


def _results(turn: Turn, request: Request, data: ChipData) -> None:
    octets = data.values.get(SCRIPT_RESULT)
    card = card_of(turn.state, _card_hash(turn, request))
    if octets is None or card is None:
        return
    try:
        results = parse_results(octets, "F55/DF31")
    except DecodeError as error:
        tell(turn, request, "script_result", None, atc=data.atc, why=error.what.en)
        return
    for result in results:
        script = _script_of(card, result, data.atc)
        if script is None:
            tell(turn, request, "script_result", None, atc=data.atc, why="no such script")
        else:
            _account(turn, request, card, script, result)


def _account(turn: Turn, request: Request, card: ChipCard, script: SentScript, result: ScriptResult) -> None:
    octets = result.build().hex().upper()
    if (script.state, script.result) == (result.outcome, octets):
        return
    done, blocked = result.outcome == "done", card.blocked
    if done and BLOCKS.intersection(script.commands):
        blocked = blocked or "script"
    if done and UNBLOCKS.intersection(script.commands):
        blocked = ""
    turn.record("script_result", card=card.card, id=script.id, state=result.outcome, result=octets, blocked=blocked)
    told = {"commands": script.commands, "command": result.command}
    tell(turn, request, "script_result", done, id=script.id, why=result.outcome, **told)


def _script_of(card: ChipCard, result: ScriptResult, atc: int) -> SentScript | None:
    """The one with that identifier; of a terminal that gives none, the one of that transaction that is not accounted
    for.
    """
    named = [script for script in card.scripts if script.id == result.identifier.hex().upper()]
    open_ones = [script for script in card.scripts if script.state == "sent" and atc in (-1, script.atc)]
    nameless = not result.identifier.strip(b"\0")
    return next(iter(named or (open_ones if nameless else [])), None)


def _card_hash(turn: Turn, request: Request) -> str:
    """Of F2 or F35, else of the original that F61 names."""
    if request.pan:
        return turn.card_hash(request.pan)
    try:
        original = parse_f61(request.message.get(61) or "", request.dialect)
    except DecodeError:
        return ""
    place = f"{request.text(42)}/{request.text(41)}/{original.batch}/{original.stan}"
    posting = turn.state.ledger.postings.get(turn.state.ledger.latest.get(place, ""))
    return posting.card if posting else ""
