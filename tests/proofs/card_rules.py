"""What may come of one fault of a card in a sale: by EMV, PBOC and the acceptance rules of UnionPay, not by our code.

`names` are the commands of a healthy sale in their order; a fault strikes at one of them, or is of the whole card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.card.behaviours import BEHAVIOURS
from harness.machine import SECOND_US

HANGS_US = 60 * SECOND_US
"""Longer than any terminal waits for a card."""

AT_COMMAND: tuple[tuple[str, Mapping[str, Any]], ...] = (
    *((name, {}) for name in ("pulled_before", "pulled_during", "pulled_after", "hanging", "damaged_tlv", "slow")),
    ("slow", {"us": HANGS_US}),
    *(("wrong_status", {"sw": sw}) for sw in (0x6283, 0x6300, 0x63C0, 0x6700, 0x6983, 0x6985, 0x6A81, 0x6A82, 0x6F00)),
)
OF_CARD: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("mute", {}),
    ("mute_on_reset", {}),
    *(("garbage_atr", {"atr": atr}) for atr in ("3BFF00", "0000")),
    ("wrong_cryptogram", {}),
    ("wrong_unpredictable", {}),
    *(("wrong_certificate", {"which": which}) for which in ("issuer", "icc", "static", "dynamic")),
    ("issuer_disbelieved", {}),
    ("atc_back", {"by": 1}),
    *(("worn", {"insertions": count}) for count in (10_500, 12_000, 14_000)),
)

APPROVED, STRIPE, NOTHING, DECLINED, REVERSED = "approved", "stripe", "nothing", "declined", "reversed"
ANY = frozenset((APPROVED, STRIPE, NOTHING, DECLINED, REVERSED))
BY_ISSUER = frozenset((APPROVED, DECLINED, NOTHING))
"""The fault stands in the TVR: action codes and the issuer decide (EMV Book 3 clause 10.7)."""
GONE = ("pulled_before", "pulled_during", "pulled_after")


def place(names: Sequence[str], settings: Mapping[str, Any]) -> int:
    """The index of the command at which a fault strikes; past the end: at none."""
    name, number = settings.get("command", ""), settings.get("number", 1)
    places = [at for at, one in enumerate(names) if name in ("", one)]
    return places[number - 1] if 0 < number <= len(places) else len(names)


def endings(names: Sequence[str], fault: str, settings: Mapping[str, Any]) -> frozenset[str]:
    """What may come of one fault, by the rules.  `settings` name the command for faults that strike at one."""
    if fault not in dict(AT_COMMAND):
        return _of_whole_card(names, fault)
    at = place(names, settings)
    if at == len(names) or (fault == "slow" and settings.get("us") != HANGS_US):
        return frozenset((APPROVED,))
    hangs = fault in ("hanging", "slow")
    after = at + 1 if fault == "pulled_after" else at
    if fault in GONE or hangs:
        return _silent(names, after, hangs)
    if fault == "damaged_tlv":
        return _unreadable(names, at)
    return _refused(names, at, int(settings["sw"]))


def _of_whole_card(names: Sequence[str], fault: str) -> frozenset[str]:
    tap = is_tap(names)
    if fault in ("mute", "garbage_atr"):
        # No sign of life: the stripe may stand in (UnionPay's acceptance rules); a tap is asked to be inserted.
        return frozenset((NOTHING,)) if tap else frozenset((STRIPE,))
    if fault in ("wrong_cryptogram", "wrong_unpredictable", "atc_back"):
        # The issuer finds a wrong or old cryptogram; with CDA the terminal sees the wrong number before.
        return frozenset((DECLINED,)) if tap or "INTERNAL AUTHENTICATE" in names else frozenset((DECLINED, NOTHING))
    if fault == "wrong_certificate":
        return frozenset((APPROVED,)) if tap else BY_ISSUER
    if fault == "issuer_disbelieved":
        # A card that does not believe its issuer may refuse (EMV Book 3 clause 10.9); a tapped one is gone.
        return frozenset((APPROVED,)) if tap else frozenset((APPROVED, REVERSED))
    if fault == "worn":
        return frozenset((APPROVED,)) if tap else ANY
    return frozenset((APPROVED,))


def is_tap(names: Sequence[str]) -> bool:
    """A tapped card gives its cryptogram with the processing options."""
    return "GENERATE AC" not in names


def _phase(names: Sequence[str], at: int) -> str:
    """`selecting`, `begun` (from GPO up to the request's cryptogram), `answered` (by the host), `over`."""
    first_ac = "GET PROCESSING OPTIONS" if is_tap(names) else "GENERATE AC"
    if at >= len(names):
        return "over"
    if at < names.index("GET PROCESSING OPTIONS"):
        return "selecting"
    return "begun" if at <= names.index(first_ac) else "answered"


def _silent(names: Sequence[str], at: int, hangs: bool) -> frozenset[str]:
    """No answer to command `at`: a card that is pulled out or hangs."""
    match _phase(names, at):
        case "selecting":
            # Whoever pulls the card out breaks off; a chip that says nothing leaves it to the stripe.
            return frozenset((STRIPE,)) if hangs and not is_tap(names) else frozenset((NOTHING,))
        case "begun":
            # No stripe once the application has begun (UnionPay, EMV Book 4 clause 12): nothing was sent.
            return frozenset((NOTHING,))
        case "answered":
            # Approved and not completed at the card: taken back at once (F39 of the 0400 is 96).
            return frozenset((REVERSED,))
    return frozenset((APPROVED,))


def _unreadable(names: Sequence[str], at: int) -> frozenset[str]:
    """A data object of the answer is longer than the answer: a mandatory object that cannot be read ends it (EMV Book
    3 clause 7.5); in the directory the list of AIDs is tried (Book 1 clause 12.3.2)."""
    name, phase = names[at], _phase(names, at)
    if phase == "selecting":
        if name == "SELECT" and "SELECT" not in names[at + 1 :]:
            return frozenset((NOTHING, STRIPE))
        return frozenset((NOTHING,)) if is_tap(names) else frozenset((APPROVED,))
    if name in ("VERIFY", "EXTERNAL AUTHENTICATE"):
        return frozenset((APPROVED,))  # it has no data
    if name in ("INTERNAL AUTHENTICATE", "GET DATA", "GET CHALLENGE"):
        return BY_ISSUER
    return frozenset((NOTHING,)) if phase == "begun" else frozenset((REVERSED,))


def _refused(names: Sequence[str], at: int, sw: int) -> frozenset[str]:
    """Another status word than 9000."""
    name, phase = names[at], _phase(names, at)
    if phase == "selecting":
        last = name == "SELECT" and "SELECT" not in names[at + 1 :]
        if at == 0 and sw == 0x6A81:
            return frozenset((NOTHING,))  # the card is blocked, or has no SELECT: it ends (Book 1 clause 12.3.2)
        if last:  # the only candidate refuses; a blocked application is taken no other way
            return frozenset((NOTHING,)) if sw == 0x6283 or is_tap(names) else frozenset((NOTHING, STRIPE))
        return frozenset((NOTHING,)) if is_tap(names) else frozenset((APPROVED,))  # the list of AIDs
    match name:
        case "GET PROCESSING OPTIONS" if sw == 0x6985:
            return frozenset((NOTHING, STRIPE))  # another application, and there is none (Book 3 clause 6.5.8.5)
        case "INTERNAL AUTHENTICATE" | "GET DATA" | "GET CHALLENGE" | "VERIFY":
            return BY_ISSUER
        case "EXTERNAL AUTHENTICATE":
            return frozenset((APPROVED, REVERSED))  # TVR says so, the second GENERATE AC follows (Book 3 clause 10.9)
    return frozenset((NOTHING,)) if phase == "begun" else frozenset((REVERSED,))


assert {name for name, _ in (*AT_COMMAND, *OF_CARD)} == set(BEHAVIOURS), "a behaviour of the card that nobody tries"
