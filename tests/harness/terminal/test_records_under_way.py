"""Storage that is lost while the terminal runs: between two sales, with something pending, in a settlement."""

from __future__ import annotations

import pytest

from harness.machine import Ask
from protocols.unionpay.message import Message

from .scripted import BATCH, Bench
from .test_records import listed, lose, sold, stans


def wipe(bench: Bench, what: str = "all") -> None:
    """The storage is lost, and nobody starts the terminal anew."""
    bench.carry(
        bench.terminal.handle(Ask("control", "cause", {"behaviour": "storage_wiped", "what": what}, 900), bench.now)
    )


@pytest.mark.parametrize("what", ["batch", "all"])
def test_the_next_transaction_notices_and_no_trace_number_comes_twice(what: str) -> None:
    """The host would answer the same sale under the same number from its store: a receipt that nobody paid for."""
    bench = sold(100)
    wipe(bench, what)
    if what == "all":
        bench.get_ready()
    before = len(bench.sent)
    assert bench.sell(100)["cause"] == "storage_fault"
    assert len(bench.sent) == before


def test_a_trace_number_that_only_a_declined_sale_had_is_not_used_again() -> None:
    bench = sold(100)
    medium, first = bench.do("backup")["medium"], stans(bench)[0]
    bench.host.change = lambda request, reply: reply.replacing({39: "51"}) if request.mti == "0200" else reply
    declined = bench.sell(200)["stan"]
    bench.host.change = None
    lose(bench, what="all")
    bench.get_ready()
    assert bench.do("restore", medium=medium)["missing"] == 0
    assert bench.sell(300)["cause"] == "storage_fault", "only the host knows which number was the last"
    assert bench.do("host_list", listed=listed((first, "sale", 100), last=int(declined)))["supplied"] == 0
    sale = bench.sell(300)
    assert (sale["status"], sale["stan"] > declined) == ("done", True)


def test_what_is_still_pending_is_not_supplied_but_reversed() -> None:
    bench = sold(100)
    first = stans(bench)[0]
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    assert bench.sell(200)["status"] == "unknown"
    pending = bench.snapshot["pending_reversal"]["stan"]
    bench.host.change = None
    lose(bench)
    told = listed((first, "sale", 100), (pending, "sale", 200), last=int(pending))
    outcome = bench.do("host_list", listed=told)
    assert (outcome["supplied"], outcome["difference_fen"]) == (1, 200)
    assert bench.sell(300)["status"] == "done"
    assert bench.host.ledger[BATCH, pending] == 0
    assert pending not in stans(bench)


def test_what_a_pending_void_would_end_is_supplied_as_it_was_before() -> None:
    """The host has the void, and will take it back: then the sale stands."""
    bench = sold(100)
    sale = stans(bench)[0]
    bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    assert bench.do("void", stan=sale)["status"] == "unknown"
    void = bench.snapshot["pending_reversal"]["stan"]
    bench.host.change = None
    lose(bench)
    told = listed((sale, "sale", 100), (void, "void", 100), last=int(void))
    told["postings"][0]["status"] = "voided"
    told["postings"][1] |= {"original": sale, "original_batch": BATCH}
    assert bench.do("host_list", listed=told)["supplied"] == 1
    assert bench.sell(300)["status"] == "done"
    first = bench.snapshot["entries"][0]
    assert (first["stan"], first["status"]) == (sale, "approved")


def test_an_advice_that_is_still_pending_is_booked_once() -> None:
    bench = sold(100)
    first = stans(bench)[0]
    bench.host.change = lambda request, reply: None if request.mti == "0220" else reply
    bench.ask("person", "present", card="debit", how="swipe")
    assert bench.do("completion_advice", auth="654321", date="1121", amount_fen=500)["status"] == "unknown"
    pending = bench.snapshot["pending_advice"]["stan"]
    bench.host.change = None
    lose(bench)
    told = listed((first, "sale", 100), (pending, "completion_advice", 500), last=int(pending))
    assert bench.do("host_list", listed=told)["supplied"] == 1
    assert bench.sell(300)["status"] == "done"
    assert stans(bench).count(pending) == 1


def test_a_storage_that_is_lost_in_a_settlement_ends_it_unbalanced() -> None:
    """The host has closed the batch: the end says that the upload lacks what is lost, so that the host names it."""
    bench = sold(100, 200)

    def change(request: Message, reply: Message) -> Message:
        if request.mti == "0500":
            wipe(bench)
        return reply

    bench.host.change = change
    assert bench.do("settle")["status"] == "done"
    assert str(bench.host.seen[-1].get(60))[8:11] == "202"
    bench.host.change = None
    bench.get_ready()
    assert bench.sell(100)["cause"] == "storage_fault"
