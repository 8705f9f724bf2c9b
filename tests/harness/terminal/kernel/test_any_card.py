"""Whatever a card says at whatever command: the kernel comes to an end, and calls nothing approved that has no TC."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.world import kernel_downloads
from harness.card.card import Card
from harness.card.settings import CardSettings
from harness.machine import Opened, Received, Send
from harness.terminal.desk import Desk
from harness.terminal.kernel import course
from harness.terminal.kernel.session import COMMANDS_MAX, Ended, Session, Terms

from .driving import Answer, desk_with, run

CAUSES = {
    "card_blocked", "application_blocked", "no_application", "card_error", "card_data_missing", "card_declined",
    "card_expired", "use_insert", "card_removed_early",
}  # fmt: skip
AFTER = {"", "card_rejected", "card_removed", "card_failed"}
TC, KIND = 0x40, 0xC0
STATUS_WORDS = tuple(bytes.fromhex(sw) for sw in ("6283", "6985", "6A81", "63C0", "6F00"))
KEYS = ("1234", "123456", "1234", "123456", "", "", "")
ISSUER = bytes.fromhex("910A0102030405060708303072098607042000800000")

octets = st.binary(min_size=2, max_size=40)
damage = st.one_of(
    st.just(("gone", b"")),
    st.tuples(st.just("instead"), st.one_of(octets, st.sampled_from(STATUS_WORDS))),
    st.tuples(st.sampled_from(("cut", "flipped")), st.binary(min_size=2, max_size=2)),
)
faults = st.dictionaries(st.integers(0, 20), damage, min_size=1, max_size=3)


def damaged(answer: bytes, kind: str, value: bytes) -> bytes | None:
    """The answer as a bad card gives it, at least two octets; None: none."""
    at = int.from_bytes(value, "big") % (8 * len(answer))
    match kind:
        case "gone":
            return None
        case "instead":
            return value
        case "cut":
            return answer[: at // 8][:-2] + answer[-2:]
        case _:
            flipped = bytearray(answer)
            flipped[at // 8] ^= 1 << at % 8
            return bytes(flipped)


def plays(card: str, how: str, wrong: dict[int, tuple[str, bytes]]) -> Answer:
    """A card of ours, some of whose answers are damaged; by the number of the command."""
    machine = Card(CardSettings(rng=Random(1)))
    machine.start((), 0)
    machine.handle(Opened("c1", f"{card}/{how}"), 0)
    count = 0

    def answer(command: bytes) -> bytes | None:
        nonlocal count
        at, count = count, count + 1
        (said,) = [one.data for one in machine.handle(Received("c1", command), 0) if isinstance(one, Send)]
        return damaged(said, *wrong[at]) if at in wrong else said

    return answer


def asked(desk: Desk, card: Answer, name: str, how: Any) -> Session | str:
    """Up to the first cryptogram, or the cause why there is none."""
    try:
        session, _ = run(course.begin(desk, Terms(how, 100, 0x00), name), card, *KEYS)
        run(course.decide(session), card, *KEYS)
    except Ended as ended:
        return ended.cause
    assert isinstance(session, Session)
    return session


@settings(max_examples=60)
@given(
    st.sampled_from([("debit", "insert"), ("cda", "insert"), ("enciphered-pin", "insert"), ("tap", "tap")]),
    faults,
    st.booleans(),
    st.one_of(octets, st.just(ISSUER)),
)
def test_any_card(which: tuple[str, Any], wrong: dict[int, Any], approved: bool, reply: bytes) -> None:
    name, how = which
    downloads = kernel_downloads()
    desk = desk_with(*downloads["aids"], public_keys=downloads["public_keys"])
    card = plays(name, how, wrong)
    session = asked(desk, card, name, how)
    if isinstance(session, str):
        assert session in CAUSES
        return
    assert len(session.data[0x9F26]) == 8 and session.pan.isdigit()
    assert session.data[0x9F02] == bytes.fromhex("000000000100") and session.commands <= COMMANDS_MAX
    if how == "insert":
        cause, _ = run(course.complete(session, approved, "00" if approved else "51", reply), card)
        assert cause in AFTER
        assert cause or (approved and session.data[0x9F27][0] & KIND == TC)
        assert session.commands <= COMMANDS_MAX
