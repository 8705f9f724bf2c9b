"""The issuer's side of a chip transaction: whether the cryptogram is right and new, and what card and terminal tell.

Asked of every financial request before card, PIN and funds, and only for cards whose issuer the host knows
(`HostSettings.issuers`).  F39 is posrig's choice where no source has it: 59 for a cryptogram that is wrong or was used
(newer tables: card check failed; older ones: suspected fraud), 30 for F55 that cannot be read or contradicts a field,
62 for a blocked card, 45 for a stripe in place of a chip, and what `findings` says.
"""

from __future__ import annotations

from harness.machine import Json
from protocols.emv.cryptograms import verify_cryptogram
from protocols.errors import PosrigError
from protocols.text import Text

from .. import behaviours
from ..books.chips import ChipCard
from ..checks import falls_back
from ..replies import Outcome
from ..state import State
from ..turn import Turn, shown_card
from ..wire import Request
from . import chip_data, findings
from .chip_data import AC, IAD, TVR, ChipData, Wrong
from .issuers import Issuer, issuer_of

ONLINE = frozenset({"sale", "bill_payment", "balance", "preauth"})
"""Kinds for which a chip card makes an ARQC; the others may do without F55 (Q/CUP 009 F55)."""
CONTACT, CONTACTLESS = ("05", "95"), ("07", "98")
CHIP_MODES = (*CONTACT, *CONTACTLESS)
WRONG_CRYPTOGRAMS = "wrong_cryptograms"
"""Why a card is blocked."""
HOST_KEYS = "host_keys"
"""Why a cryptogram is refused that may be right (behaviour `arqc_refused`)."""


def objection(turn: Turn, request: Request) -> Outcome | None:
    """What the issuer has against the card, None for nothing.  A cryptogram that is right is used up by this."""
    issuer = issuer_of(turn.settings.issuers, request.pan)
    octets = request.message.octets(55)
    if issuer is None:
        if octets is not None and turn.settings.issuers:
            tell(turn, request, "arqc", None, why="issuer_unknown")
        return None
    refused = _refused_by_policy(turn, request, issuer)
    if refused is not None:
        return refused
    if octets is None:
        if request.text(22)[:2] in CHIP_MODES and request.name in ONLINE:
            return _refuse("30", "chip_missing", "F55", Text("缺少域 55", "F55 of a chip card is missing"))
        return _blocked(turn, request)
    chip = chip_data.read(octets)
    wrong = chip if isinstance(chip, Wrong) else _unfit(request, chip)
    if isinstance(wrong, Wrong):
        return _refuse("30", "chip_data_wrong", wrong.place, wrong.text)
    assert isinstance(chip, ChipData)
    if request.name not in ONLINE:
        _in_passing(turn, request, issuer, chip)
        return _blocked(turn, request)
    return (
        _cryptogram(turn, request, issuer, chip)
        or _blocked(turn, request)
        or _told_by_card(turn, request, issuer, chip)
        or _holder(turn, request, chip)
        or _limits(request, issuer)
    )


def tell(turn: Turn, request: Request, what: str, ok: bool | None, **data: Json) -> None:
    """The event `chip`: one thing that the issuer looked at.  `ok` None: it could not tell."""
    turn.note("chip", {"what": what, "ok": ok, "stan": request.text(11), "tid": request.text(41), **data})


def card_of(state: State, card: str) -> ChipCard | None:
    """What is known of a chip card, by `turn.card_hash`."""
    return state.chips.cards.get(card)


def named(turn: Turn, request: Request, issuer: Issuer) -> dict[str, Json]:
    """How records name a card."""
    return {"card": turn.card_hash(request.pan), "shown": shown_card(request.pan), "issuer": issuer.name}


def is_right(turn: Turn, request: Request, chip: ChipData) -> bool:
    """Whether the cryptogram of this request was found right, in this turn or before."""
    known = card_of(turn.state, turn.card_hash(request.pan))
    return known is not None and (known.atc, known.ac) == (chip.atc, chip.values.get(AC, b"").hex())


def _refuse(code: str, cause: str, check: str, text: Text, **facts: Json) -> Outcome:
    return Outcome(code, cause, text, check, facts=facts)


def _refused_by_policy(turn: Turn, request: Request, issuer: Issuer) -> Outcome | None:
    """What has nothing to do with the cryptogram: an issuer that takes no cards here, a stripe in place of a chip."""
    behaviour = turn.state.behaviours.get("issuer_refuses")
    if behaviour is not None and behaviour.settings.get("issuer", issuer.name) == issuer.name:
        asked = behaviours.takes(turn, "issuer_refuses", request)
        if asked is not None:
            code = str(asked.get("code", "05"))
            return _refuse(code, "issuer_refuses", "issuer", Text("发卡行拒绝芯片卡", "the issuer refuses its cards"))
    if not falls_back(request):
        return None
    known = card_of(turn.state, turn.card_hash(request.pan))
    why = "chip_worked" if known is not None and known.atc >= 0 else ""
    tell(turn, request, "fallback", issuer.rules.fallback, issuer=issuer.name, why=why)
    if not issuer.rules.fallback:
        text = Text("发卡行不接受降级交易", "the issuer takes no stripe in place of a chip")
        return _refuse("45", "fallback_forbidden", "fallback", text)
    return None


def _blocked(turn: Turn, request: Request) -> Outcome | None:
    known = card_of(turn.state, turn.card_hash(request.pan))
    if known is None or not known.blocked:
        return None
    return _refuse("62", "card_blocked", "card", Text("卡片已锁定", "the card is blocked"), why=known.blocked)


def _unfit(request: Request, chip: ChipData) -> Wrong | None:
    """F55 that cannot be worked with: something is missing that this kind has to have, or it contradicts a field."""
    if request.name not in ONLINE:
        return None
    if chip.missing:
        lacking = " ".join(chip.missing)
        return Wrong(f"F55/{chip.missing[0]}", Text(f"F55 缺少 {lacking}", f"F55 lacks {lacking}"))
    return chip_data.contradiction(request, chip)


def _in_passing(turn: Turn, request: Request, issuer: Issuer, chip: ChipData) -> None:
    """Void, refund, completion: what the card gave is looked at and refused for nothing (posrig's choice).

    They need no cryptogram, some have an AAC, and programs send once more what the card gave for the original.
    """
    why = "no_cryptogram" if chip.missing else _fault(turn, request, issuer, chip)
    tell(turn, request, "arqc", None if chip.missing else not why, issuer=issuer.name, atc=chip.atc, why=why)
    known = card_of(turn.state, turn.card_hash(request.pan))
    if not why and chip.atc > (known.atc if known else -1):
        _use(turn, request, issuer, chip)


def _cryptogram(turn: Turn, request: Request, issuer: Issuer, chip: ChipData) -> Outcome | None:
    if chip.kind != "ARQC":
        tell(turn, request, "arqc", False, issuer=issuer.name, why=chip.kind)
        text = Text(f"卡片给出 {chip.kind}，不是 ARQC", f"the card gave a {chip.kind} and no ARQC")
        return _refuse("05", "no_arqc", "ARQC", text)
    if behaviours.takes(turn, "arqc_unchecked", request) is not None:
        tell(turn, request, "arqc", None, issuer=issuer.name, why="unchecked")
        _use(turn, request, issuer, chip)
        return None
    why = _fault(turn, request, issuer, chip)
    atc = chip.atc
    tell(turn, request, "arqc", not why, issuer=issuer.name, scheme=issuer.scheme.name, atc=atc, why=why)
    if why:
        return _wrong_cryptogram(turn, request, issuer, why)
    known = card_of(turn.state, turn.card_hash(request.pan)) or ChipCard("", "", "")
    ac = chip.values[AC].hex()
    replayed = (atc, ac) == (known.atc, known.ac)
    pin_again = replayed and known.again and 52 in request.message.fields
    if atc <= known.atc and not pin_again:
        cause = "arqc_replayed" if replayed else "atc_back"
        tell(turn, request, "atc", False, issuer=issuer.name, atc=atc, last=known.atc, why=cause)
        used = Text("该密文已用过", "this cryptogram was used before")
        back = Text(f"交易计数器倒退: {atc}，上次 {known.atc}", f"the counter ran back: {atc} after {known.atc}")
        return _refuse("59", cause, "ATC", used if replayed else back, atc=atc, last=known.atc)
    gap = atc - known.atc if known.atc >= 0 else 0
    wide = gap > issuer.rules.atc_gap_max
    tell(turn, request, "atc", True, issuer=issuer.name, atc=atc, last=known.atc, **({"gap": gap} if wide else {}))
    _use(turn, request, issuer, chip)
    return None


def _use(turn: Turn, request: Request, issuer: Issuer, chip: ChipData) -> None:
    known = card_of(turn.state, turn.card_hash(request.pan))
    atc = max(chip.atc, known.atc if known else chip.atc)
    turn.record("chip_seen", **named(turn, request, issuer), atc=atc, ac=chip.values[AC].hex())


def _fault(turn: Turn, request: Request, issuer: Issuer, chip: ChipData) -> str:
    """Why the cryptogram is not right; "" when it is."""
    if behaviours.takes(turn, "arqc_refused", request) is not None:
        return HOST_KEYS
    if chip.dki != issuer.dki:
        return "key_index"
    try:
        keys = issuer.card_keys(request.pan, chip_data.psn_of(request, chip))
        right = verify_cryptogram(issuer.scheme, keys.ac, chip.values, chip.values[AC])
    except PosrigError:
        return "data"
    return "" if right else "cryptogram"


def _wrong_cryptogram(turn: Turn, request: Request, issuer: Issuer, why: str) -> Outcome:
    """Refused, and counted; where the host's own keys are what is wrong no card is blocked for it."""
    name, text = named(turn, request, issuer), Text("应用密文 (ARQC) 错", "the cryptogram (ARQC) is wrong")
    if why == HOST_KEYS:
        return _refuse("59", "arqc_wrong", "ARQC", text, why=why)
    turn.record("chip_wrong", **name)
    known = turn.state.chips.cards[turn.card_hash(request.pan)]
    if known.wrong >= issuer.rules.wrong_max and not known.blocked:
        turn.record("chip_changed", **name, blocked=WRONG_CRYPTOGRAMS)
        turn.changed("chip", known.shown, "", "blocked", WRONG_CRYPTOGRAMS)
    return _refuse("59", "arqc_wrong", "ARQC", text, why=why, wrong=known.wrong)


def _told_by_card(turn: Turn, request: Request, issuer: Issuer, chip: ChipData) -> Outcome | None:
    """By the TVR and the CVR: the first finding that this issuer refuses."""
    rules = issuer.rules
    names = list(findings.found(chip.values[TVR], chip.values[IAD]))
    declined = [name for name in names if name in rules.decline]
    told: dict[str, Json] = {"tvr": chip.values[TVR].hex().upper(), "declined": declined}
    told["reviewed"] = [name for name in names if name in rules.review and name not in declined]
    if names:
        tell(turn, request, "tvr", not declined, issuer=issuer.name, **told)
    if not declined:
        return None
    first = findings.FINDINGS[declined[0]]
    return _refuse(first.code, "tvr_refused", "TVR", first.text, **told)


def _holder(turn: Turn, request: Request, chip: ChipData) -> Outcome | None:
    """The method that card and terminal agreed on (9F34), and whether F52 goes with it.

    A PIN that nobody asked for is only noted: terminals ask for one by rules of their own (posrig's choice).
    """
    online, given = chip_data.online_pin(chip), 52 in request.message.fields
    if online is None or online == given:
        return None
    tell(turn, request, "cvm", not online, why="pin_missing" if online else "pin_unasked")
    if not online:
        return None
    text = Text("验证方法为联机密码，但缺少域 52", "9F34 says PIN online, and F52 is missing")
    return _refuse("30", "pin_block_missing", "CVM", text)


def _limits(request: Request, issuer: Issuer) -> Outcome | None:
    rules, amount = issuer.rules, int(request.text(4) or "0")
    tapped = request.text(22)[:2] in CONTACTLESS
    if amount > _fen(rules.amount_max_fen):
        return _refuse("61", "over_issuer_limit", "limit", Text("超出发卡行限额", "over the issuer's limit"))
    if tapped and amount > _fen(rules.contactless_max_fen):
        text = Text("超出非接限额，请插卡", "over the contactless limit: insert the card")
        return _refuse("65", "over_contactless_limit", "limit", text)
    if tapped and 52 not in request.message.fields and amount > _fen(rules.no_pin_max_fen):
        text = Text("超出免密限额，请输入密码", "over the limit without PIN: enter the PIN")
        return _refuse("55", "pin_wanted", "limit", text)
    return None


def _fen(limit: int | None) -> float:
    return float("inf") if limit is None else limit
