"""The reader test: a test card is read so many times that the share of errors is known with its bounds."""

from __future__ import annotations

from protocols.emv import commands
from protocols.text import Text

from ...machine import Json, Record
from ..desk import Desk
from ..hardware.bounds import rate_permille, wilson_permille
from ..hardware.parts import PARTS, part_number
from ..hardware.readers import READERS, failure
from ..kernel import course
from ..kernel.session import Gone
from ..outcome import Outcome, done, outcome, refused
from ..texts import CAUSES, PRESENT_CARD, READ_ERRORS
from ..wants import CardAnswer, CardGone, CardRead, GaveUp, Order, PowerOff, Prompt, Step, Transmit
from .chip import read_through_link

READS = 100
"""Reads of a test where nobody says how many."""
READS_TEST_MAX = 1_000
LIMIT_PERMILLE = 20
"""A reader fails its test when even the lower bound of its error rate is above this (posrig's choice)."""


def reader_test(desk: Desk, order: Order) -> Step[Outcome]:
    """`interface` (swipe, insert or tap; none: all), `reads` 1 to 1000: reads a test card so often, which wears, too.

    A chip that is read through its link is presented once, then powered and selected so often: ATR and SELECT count.
    No frame.  The Outcome has `reading`: by interface part, reads, errors, permille, low_permille, high_permille.
    """
    interface, reads = str(order.args.get("interface", "")), order.args.get("reads", READS)
    there = [how for how in READERS if how in desk.profile.reads]
    if not isinstance(reads, int) or isinstance(reads, bool) or not 1 <= reads <= READS_TEST_MAX:
        return refused(order.op, "bad_request")
    if interface not in ("", *there):
        return refused(order.op, "bad_request")
    found: dict[str, dict[str, Json]] = {}
    for how in (how for how in there if interface in ("", how)):
        errors = yield from _errors(desk, how, reads)
        if isinstance(errors, str):
            return outcome(order.op, "cancelled", errors)
        found[how] = _tested(desk, READERS[how], reads, errors)
    worn: list[Record] = [{"kind": "worn", "part": READERS[how], "uses": reads} for how in found]
    desk.save(*worn)
    bad = [PARTS[str(result["part"])].text for result in found.values() if not result["ok"]]
    reading: dict[str, Json] = dict(found)
    if not bad:
        return {**done(order.op), "reading": reading}
    said = CAUSES["reader_failed"]
    zh, en = "、".join(name.zh for name in bad), ", ".join(name.en for name in bad)
    return {
        **refused(order.op, "reader_failed"),
        "text": {"zh": f"{said.zh}：{zh}", "en": f"{said.en}: {en}"},
        "reading": reading,
    }


def _errors(desk: Desk, how: str, reads: int) -> Step[int | str]:
    """How many of so many reads fail; the cause why nobody knows."""
    part = READERS[how]
    before = desk.state.device.part(part).uses
    numbers = range(before + 1, before + reads + 1)
    if not read_through_link(desk, how):
        return sum(failure(desk, part, number) != "" for number in numbers)
    read: CardRead | GaveUp = yield Prompt("card", PRESENT_CARD)
    if isinstance(read, GaveUp):
        return read.why
    errors = 0
    for number in numbers:
        good = failure(desk, part, number) == "" and (yield from _answers(read.card, how))
        errors += not good
    return errors


def _answers(card: str, how: str) -> Step[bool]:
    """Whether a card gives an ATR and takes a SELECT, whatever it says to that."""
    try:
        yield from course.power(how, card)
    except Gone:
        return False
    name = commands.PPSE if how == "tap" else commands.PSE
    answer: CardAnswer | CardGone = yield Transmit(commands.select(name).build())
    yield PowerOff()
    return isinstance(answer, CardAnswer)


def _tested(desk: Desk, part: str, reads: int, errors: int) -> dict[str, Json]:
    """One reader's figures, as an event and on the display; rates in parts per thousand, bounds at 95 %."""
    before = desk.state.device.part(part).uses
    low, high = wilson_permille(errors, reads)
    rate = rate_permille(errors, reads)
    told: dict[str, Json] = {"part": part, "ok": low <= LIMIT_PERMILLE, "reads": reads, "errors": errors}
    told |= {"permille": rate, "low_permille": low, "high_permille": high}
    number = part_number(desk, part)
    desk.note("part", {**told, "what": "read_test", "id": number, "count": before + reads}, shown=True)
    name = PARTS[part].text
    figures = {"reads": reads, "errors": errors, "low": _percent(low), "high": _percent(high)}
    zh, en = READ_ERRORS.zh.format(name=name.zh, **figures), READ_ERRORS.en.format(name=name.en, **figures)
    desk.show(Text(zh, en))
    return told


def _percent(permille: int) -> str:
    return f"{permille // 10}.{permille % 10}"
