"""Pre-authorisations at the host: what is held, what a completion books, what each wrong use is answered.

Amounts and codes: UnionPay's rule of 115 % and 30 days, BestPay's 25 and 64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from harness.machine import DAY_US
from protocols.unionpay import pin
from protocols.unionpay.message import Message

from .conftest import MID, PAN, TMK, Bench, Pos

CARD_FEN = 100_000
"""What the test card has."""


def preauth(pos: Pos, amount_fen: int, stan: str | None = None) -> Message:
    fields = pos.sale_fields(amount_fen, stan) | {3: "030000", 25: "06", 60: f"10{pos.batch}0005"}
    return pos.ask("0100", fields, mac=True)


def refer(pos: Pos, mti: str, f3: str, kind: str, original: Message, amount_fen: int, **changes: Any) -> Message:
    """A request that names an original by F37, F38 and F61."""
    fields = pos.sale_fields(amount_fen) | {3: f3, 25: "06", 60: f"{kind}{pos.batch}0005"}
    fields |= {37: original.text(37) or "", 38: original.text(38) or "000000"}
    fields[61] = f"{(original.text(60) or '')[2:8]}{original.text(11)}{original.text(13)}"
    return pos.ask(mti, fields | {int(n[1:]): v for n, v in changes.items()}, mac=True)


def preauth_void(pos: Pos, original: Message, amount_fen: int) -> Message:
    return refer(pos, "0100", "200000", "11", original, amount_fen)


def completion(pos: Pos, original: Message, amount_fen: int, **changes: Any) -> Message:
    return refer(pos, "0200", "000000", "20", original, amount_fen, **changes)


def advice(pos: Pos, original: Message, amount_fen: int) -> Message:
    return refer(pos, "0220", "000000", "24", original, amount_fen)


def completion_void(pos: Pos, original: Message, amount_fen: int) -> Message:
    return refer(pos, "0200", "200000", "21", original, amount_fen)


def reversed_of(pos: Pos, original: Message, f3: str, f60: str, amount_fen: int) -> Message:
    fields = pos.sale_fields(amount_fen, original.text(11)) | {3: f3, 25: "06", 60: f"{f60}{pos.batch}0005"}
    return pos.reverse(fields)


def code(reply: Message) -> str | None:
    return reply.text(39)


def merchant_fen(bench: Bench) -> int:
    snapshot = bench.ask("control", "snapshot")
    assert sum(snapshot["accounts"].values()) == 0
    return int(snapshot["accounts"].get(f"merchant:{MID}", 0))


def balance_fen(pos: Pos) -> int:
    fields = pos.sale_fields(0) | {3: "310000", 60: f"01{pos.batch}0005"}
    del fields[4]
    return int((pos.ask("0200", fields, mac=True).text(54) or "")[8:])


def states(bench: Bench) -> list[str]:
    return [row["state"] for row in bench.ask("control", "snapshot")["preauths"]]


def test_the_amount_is_held_and_nothing_is_booked(bench: Bench, pos: Pos) -> None:
    reply = preauth(pos, 40_000)
    assert (code(reply), reply.mti, len(reply.text(38) or "")) == ("00", "0110", 6)
    assert merchant_fen(bench) == 0 and bench.ask("control", "snapshot")["postings"] == []
    assert balance_fen(pos) == CARD_FEN - 40_000
    assert code(pos.sale(60_001)) == "51" and code(pos.sale(60_000)) == "00"
    settled = pos.settle((60_000, 1))
    assert (settled.text(48) or "")[30] == "1", "a pre-authorisation is in no totals"


@pytest.mark.parametrize("complete", [completion, advice])
@pytest.mark.parametrize("amount_fen", [1, 40_000, 46_000])
def test_a_completion_books_up_to_115_percent_and_frees_the_rest(
    bench: Bench, pos: Pos, amount_fen: int, complete: Callable[[Pos, Message, int], Message]
) -> None:
    granted = preauth(pos, 40_000)
    done = complete(pos, granted, amount_fen)
    assert (code(done), done.text(38)) == ("00", granted.text(38))
    assert merchant_fen(bench) == amount_fen and balance_fen(pos) == CARD_FEN - amount_fen
    assert states(bench) == ["completed"]
    assert code(complete(pos, granted, amount_fen)) == "25", "once"
    assert (pos.settle((amount_fen, 1)).text(48) or "")[30] == "1"


def test_more_than_115_percent_is_64_and_more_than_the_card_has_51(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 40_000)
    assert code(completion(pos, granted, 46_001)) == "64"
    assert code(pos.sale(57_000)) == "00"
    assert code(completion(pos, granted, 43_001)) == "51", "3,000 fen are left beside the 40,000"
    assert code(completion(pos, granted, 43_000)) == "00"
    assert balance_fen(pos) == 0


def test_a_void_frees_the_whole_amount_and_only_that(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 40_000)
    assert code(preauth_void(pos, granted, 39_999)) == "64"
    assert code(preauth_void(pos, granted, 40_000)) == "00"
    assert (balance_fen(pos), states(bench)) == (CARD_FEN, ["voided"])
    assert code(completion(pos, granted, 1)) == "25" and code(preauth_void(pos, granted, 40_000)) == "25"


def test_the_void_of_a_completion_opens_the_pre_authorisation_again(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 40_000)
    done = completion(pos, granted, 46_000)
    undone = completion_void(pos, done, 46_000)
    assert (code(undone), merchant_fen(bench), balance_fen(pos)) == ("00", 0, CARD_FEN - 40_000)
    assert code(reversed_of(pos, undone, "200000", "21", 46_000)) == "00"
    assert (merchant_fen(bench), states(bench)) == (46_000, ["completed"])


def test_kinds_are_not_mixed_up(bench: Bench, pos: Pos) -> None:
    sale, granted = pos.sale(100), preauth(pos, 200)
    done = completion(pos, granted, 200)
    advised = advice(pos, preauth(pos, 300), 300)
    assert code(pos.void(done, 200)) == "25", "消费撤销 of a completion"
    assert code(completion_void(pos, sale, 100)) == "25"
    assert code(completion_void(pos, advised, 300)) == "25", "an advice is refunded, not voided"
    assert code(pos.refund(advised, 300)) == "00"
    assert code(completion(pos, sale, 100)) == "25"


def test_the_authorisation_code_must_be_the_right_one(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 200)
    other = "000000" if granted.text(38) != "000000" else "000001"
    assert code(completion(pos, granted, 200, _38=other)) == "25"


def test_by_card_and_authorisation_code_at_another_terminal(bench: Bench, pos: Pos) -> None:
    """What was held at one desk may be completed at another: F61 is zeros there."""
    granted = preauth(pos, 200)
    fields = pos.sale_fields(150) | {25: "06", 60: f"20{pos.batch}0005", 38: granted.text(38) or ""}
    fields[61] = "0000000000000000"
    assert code(pos.ask("0200", fields, mac=True)) == "00"
    assert states(bench) == ["completed"]


def test_after_thirty_days_nothing_is_held(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 40_000)
    bench.now += 30 * DAY_US - 1
    assert (states(bench), balance_fen(pos)) == (["open"], CARD_FEN - 40_000)
    bench.now += 1
    assert (states(bench), balance_fen(pos)) == (["expired"], CARD_FEN)
    assert code(completion(pos, granted, 40_000)) == "25"


def test_reversals_are_idempotent_and_a_late_original_is_refused(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 500)
    for _ in range(2):
        assert code(reversed_of(pos, granted, "030000", "10", 500)) == "00"
    assert (states(bench), balance_fen(pos)) == (["reversed"], CARD_FEN)
    fields = pos.sale_fields(500) | {3: "030000", 25: "06", 60: f"10{pos.batch}0005"}
    assert code(pos.reverse(fields)) == "25"
    assert code(pos.ask("0100", fields, mac=True)) == "94", "its reversal came before it"
    assert states(bench) == ["reversed"]


def test_the_reversal_of_a_void_holds_the_amount_again(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 500)
    void = preauth_void(pos, granted, 500)
    assert code(reversed_of(pos, void, "200000", "11", 500)) == "00"
    assert (states(bench), balance_fen(pos)) == (["open"], CARD_FEN - 500)
    assert code(reversed_of(pos, granted, "030000", "10", 500)) == "00"


def test_a_repetition_holds_once(bench: Bench, pos: Pos) -> None:
    first, again = preauth(pos, 500, "000777"), preauth(pos, 500, "000777")
    assert (code(again), again.text(38), again.text(37)) == ("00", first.text(38), first.text(37))
    assert states(bench) == ["open"] and code(preauth(pos, 501, "000777")) == "94"


def test_a_reversal_takes_back_only_its_own_kind(bench: Bench, pos: Pos) -> None:
    """F3, F25 and 60.1 of a 0400 are the original's (Q/CUP 009): with others it names something that never came."""
    granted = preauth(pos, 500)
    assert code(pos.reverse(pos.sale_fields(500, granted.text(11)))) == "25", "of a sale"
    assert code(reversed_of(pos, granted, "200000", "11", 500)) == "25", "of a void"
    assert states(bench) == ["open"]
    assert code(reversed_of(pos, granted, "030000", "10", 500)) == "00"


def test_a_trace_number_that_was_used_for_another_kind_is_94(bench: Bench, pos: Pos) -> None:
    """Amount, card and F3 of two kinds may be the same; the answer to the one is none to the other."""
    sale, granted = pos.sale(500), preauth(pos, 500)
    refunded = pos.sale(500)
    assert code(pos.void(sale, 500, "000900")) == "00"
    again = pos.sale_fields(500, "000900") | {3: "200000", 60: f"25{pos.batch}0005", 37: refunded.text(37) or ""}
    assert code(pos.ask("0220", again, mac=True)) == "94"
    assert code(refer(pos, "0100", "200000", "11", granted, 500, _11="000900")) == "94"
    assert (merchant_fen(bench), states(bench)) == (500, ["open"])


def test_the_original_of_another_terminal_is_found_although_one_of_this_has_its_numbers(bench: Bench, pos: Pos) -> None:
    """Each terminal counts batches and trace numbers for itself; F38 and the card say which of the two is meant."""
    more = {"tid": "52010011", "sn": "SN3", "tmk": TMK, "test_key": True}
    bench.ask("control", "provision", merchant=[{"mid": MID, "name": "测试商户", "terminal": [more]}])
    other = Pos(bench, tid="52010011")
    other.sign_in()
    granted, own = preauth(other, 300, "000900"), preauth(pos, 300, "000900")
    assert other.batch == pos.batch and granted.text(38) != own.text(38)
    assert code(refer(pos, "0200", "000000", "20", granted, 300, _37="000000000000")) == "00"
    assert states(bench) == ["completed", "open"]


def test_a_pin_is_looked_at_wherever_there_is_one(bench: Bench, pos: Pos) -> None:
    """BestPay's host checks F52 before it looks for an original: 55 and 99 also of voids and completions."""
    sale, granted = pos.sale(500), preauth(pos, 300)
    wrong = pin.encrypt("000000", PAN, pos.keys.pik if pos.keys else b"", "3des")
    for block, told in ((bytes(8), "99"), (wrong, "55")):
        more: dict[str, Any] = {"_22": "051", "_26": "12", "_52": block, "_53": "2600000000000000"}
        assert code(refer(pos, "0200", "000000", "20", granted, 300, **more)) == told
        assert code(refer(pos, "0100", "200000", "11", granted, 300, **more)) == told
        assert code(refer(pos, "0200", "200000", "23", sale, 500, _25="00", **more)) == told
    assert (merchant_fen(bench), states(bench)) == (500, ["open"])


class HotelDesk(RuleBasedStateMachine):
    """Any order of the five and their reversals against a ledger kept by hand: [(held, completed with)] per guest."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench.made()
        self.pos = Pos(self.bench)
        assert code(self.pos.sign_in()) == "00"
        self.guests: list[dict[str, Any]] = []

    @rule(amount=st.integers(1, 30_000))
    def arrive(self, amount: int) -> None:
        left = CARD_FEN - sum(self.used(guest) for guest in self.guests)
        reply = preauth(self.pos, amount)
        assert code(reply) == ("00" if amount <= left else "51")
        if code(reply) == "00":
            self.guests.append({"held": amount, "state": "open", "granted": reply})

    @rule(at=st.integers(0, 9), percent=st.integers(1, 130))
    def leave(self, at: int, percent: int) -> None:
        guest = self.guest(at)
        if guest is None:
            return
        amount = max(1, guest["held"] * percent // 100)
        left = CARD_FEN - sum(self.used(other) for other in self.guests)
        reply = completion(self.pos, guest["granted"], amount)
        if guest["state"] != "open":
            assert code(reply) == "25"
        elif amount * 100 > guest["held"] * 115:
            assert code(reply) == "64"
        elif amount - guest["held"] > left:
            assert code(reply) == "51"
        else:
            assert code(reply) == "00"
            guest |= {"state": "completed", "paid": amount, "completion": reply}

    @rule(at=st.integers(0, 9))
    def cancel(self, at: int) -> None:
        guest = self.guest(at)
        if guest is not None:
            reply = preauth_void(self.pos, guest["granted"], guest["held"])
            assert code(reply) == ("00" if guest["state"] == "open" else "25")
            guest["state"] = "voided" if guest["state"] == "open" else guest["state"]

    @rule(at=st.integers(0, 9))
    def correct(self, at: int) -> None:
        guest = self.guest(at)
        if guest is not None and guest["state"] == "completed":
            assert code(completion_void(self.pos, guest["completion"], guest["paid"])) == "00"
            guest["state"] = "open"

    def guest(self, at: int) -> dict[str, Any] | None:
        return self.guests[at % len(self.guests)] if self.guests else None

    @staticmethod
    def used(guest: dict[str, Any]) -> int:
        return int({"open": guest["held"], "completed": guest.get("paid", 0)}.get(guest["state"], 0))

    @invariant()
    def books_agree(self) -> None:
        assert balance_fen(self.pos) == CARD_FEN - sum(self.used(guest) for guest in self.guests)
        assert merchant_fen(self.bench) == sum(g["paid"] for g in self.guests if g["state"] == "completed")
        assert states(self.bench) == [guest["state"] for guest in self.guests]

    def teardown(self) -> None:
        """A restarted host knows the same."""
        assert self.bench.restarted().state == self.bench.host.state


TestHotelDesk = HotelDesk.TestCase
TestHotelDesk.settings = hypothesis_settings(max_examples=40, stateful_step_count=20, deadline=None)
