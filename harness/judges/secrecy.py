"""I9: no card data, PIN or key where it must not be: what the leak detector found, reversals, slips, displays, and the
recording itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from ..machine import Json
from ..trace import LEAK, Event
from .verdict import Verdict, failed, messages, passed

NOT_IN_A_REVERSAL = ("35", "36", "52")
"""Track 2, track 3 and PIN block are stripped from a reversal (public terminals do so before they store it)."""

SHOWN_TO_PEOPLE = ("slip", "display")
_CRYPTOGRAM = re.compile(r"(TC|ARQC|AAC) [0-9A-F]{16}")
"""A line of a chip's slip: one cryptogram in two thousand has no letter, one of ten of those a card's check digit."""
_PAN = re.compile(r"(?<!\d)\d{13,19}(?!\d)")


def judge_secrecy(events: Sequence[Event], test_pans: Collection[str]) -> list[Verdict]:
    """Verdict I9.  `test_pans`: the listed test cards, which may stand in the recording whole."""
    wrong: list[tuple[int, str]] = []
    merchants = {str(event.data.get("fields", {}).get("42")) for event in messages(events, "terminal")}
    for event in messages(events, "terminal"):
        if event.data["mti"] == "0400":
            held = [number for number in NOT_IN_A_REVERSAL if number in event.data["fields"]]
            wrong += [(event.seq, f"F{number} in a reversal") for number in held]
    for event in events:
        if event.kind in SHOWN_TO_PEOPLE:
            shown = (text for text in _strings(event.data) if _shows_pan(text, merchants))
            wrong += [(event.seq, f"whole PAN on a {event.kind}") for _ in shown]
        elif event.kind == LEAK:
            wrong.append((event.seq, f"{event.data['what']}: {event.data['message']} {event.data['field']}"))
        elif event.kind == "message":
            pan = str(event.data.get("fields", {}).get("2", ""))
            if pan and luhn_valid(pan) and pan not in test_pans:
                wrong.append((event.seq, "a PAN that is no listed test card"))
    if not wrong:
        return [passed("I9", "没有泄露卡号、磁道、PIN 或密钥", "no PAN, track, PIN or key where it must not be")]
    text = "; ".join(f"#{seq} {what}" for seq, what in wrong[:8])
    return [failed("I9", f"敏感数据泄露：{text}", f"sensitive data leaked: {text}", events=[seq for seq, _ in wrong])]


def luhn_valid(digits: str) -> bool:
    """True when the last digit is the check digit of the others (ISO/IEC 7812-1 annex B)."""
    doubled = [int(d) for d in reversed(digits)]
    total = sum(d if at % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for at, d in enumerate(doubled))
    return total % 10 == 0


def _shows_pan(text: str, merchants: Collection[str]) -> bool:
    """A merchant number has 15 digits, and one in ten of them the check digit of a card."""
    if _CRYPTOGRAM.fullmatch(text):
        return False
    return any(luhn_valid(found) for found in _PAN.findall(text) if found not in merchants)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
