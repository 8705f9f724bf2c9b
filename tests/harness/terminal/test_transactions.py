"""Replies of every kind, reversals, PIN tries, header requirements (PAX Transmit, transPreDeal; Chanjet POS V2.0)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.machine import Closed, Opened, Received, Wake
from protocols.framing import TcpFramer
from protocols.unionpay.dialect import CUP
from protocols.unionpay.message import Message

from .scripted import Bench, Host, ready_settings, with_requirement


def ready(host: Host | None = None, **settings: Any) -> Bench:
    bench = Bench(ready_settings(**settings), host)
    bench.get_ready()
    bench.host.seen.clear()
    return bench


def only(mti: str, change: Any) -> Any:
    """A change that touches the replies to one MTI alone."""
    return lambda request, reply: change(request, reply) if request.mti == mti else reply


def silent(request: Message, reply: Message) -> None:
    return None


def test_no_answer_keeps_the_reversal_and_98_goes_before_the_next_sale() -> None:
    bench = ready()
    bench.host.change = only("0200", silent)
    start = bench.now
    lost = bench.sell(1234)
    assert bench.now - start == CUP.t1_us
    assert (lost["status"], lost["cause"]) == ("unknown", "no_answer")
    assert bench.snapshot["pending_reversal"]["amount_fen"] == 1234
    bench.host.change = None
    assert bench.sell(500)["status"] == "done"
    assert bench.sent == ["0200", "0400", "0200"]
    sale, reversal, second = bench.host.seen
    assert reversal.get(39) == "98"
    for number in (2, 3, 4, 11, 41, 42, 60):
        assert reversal.get(number) == sale.get(number), number
    assert not {35, 36, 37, 52, 59} & set(reversal.fields)
    assert int(str(second.get(11))) == int(str(sale.get(11))) + 1, "a reversal takes no STAN"
    assert bench.host.ledger == {("000042", lost["stan"]): 0, ("000042", str(second.get(11))): 500}
    assert [e["amount_fen"] for e in bench.snapshot["entries"]] == [500]


@pytest.mark.parametrize("code", ["00", "12", "25"])
def test_these_answers_close_a_reversal(code: str) -> None:
    bench = ready()
    bench.host.change = only("0200", silent)
    bench.sell()
    bench.host.change = only("0400", lambda request, reply: reply.replacing({39: code}))
    assert bench.do("reversal")["status"] == "done"
    assert bench.snapshot["pending_reversal"] is None


@pytest.mark.parametrize("code", ["91", "96", "98", "05", "XX"])
def test_other_answers_keep_it_after_three_tries_and_no_sale_leaves(code: str) -> None:
    bench = ready()
    bench.host.change = only("0200", silent)
    bench.sell()
    bench.host.change = only("0400", lambda request, reply: reply.replacing({39: code, 64: None}))
    outcome = bench.sell()
    assert (outcome["cause"], outcome["code"]) == ("pending_reversal", code)
    assert bench.sent == ["0200", "0400", "0400", "0400"]
    assert bench.do("settle")["cause"] == "pending_reversal"
    assert "0500" not in bench.sent
    assert bench.snapshot["pending_reversal"] is not None


def test_a_wrong_mac_on_the_reversals_answer_stops_the_tries() -> None:
    bench = ready()
    bench.host.change = only("0200", silent)
    bench.sell()
    bench.host.change = only("0400", lambda request, reply: reply.replacing({64: b"00000000"}))
    bench.sell()
    assert bench.sent == ["0200", "0400"]


@pytest.mark.parametrize("f64", [None, b"00000000"])
def test_an_approval_without_a_good_mac_is_reversed_with_a0(f64: bytes | None) -> None:
    bench = ready()
    bench.host.change = only("0200", lambda request, reply: reply.replacing({64: f64}))
    outcome = bench.sell()
    assert (outcome["status"], outcome["cause"]) == ("unknown", "bad_reply_mac")
    assert bench.snapshot["entries"] == [] and bench.slips() == []
    bench.host.change = None
    bench.do("reversal")
    assert bench.host.seen[-1].get(39) == "A0"


@pytest.mark.parametrize("number", [3, 4, 11, 41, 42])
def test_a_reply_that_does_not_match_is_ignored_and_t1_runs_on(number: int) -> None:
    bench = ready()

    def other(request: Message, reply: Message) -> Message:
        value = str(reply.get(number))
        return reply.replacing({number: str(9 - int(value[0])) + value[1:]})

    bench.host.change = only("0200", other)
    start = bench.now
    assert bench.sell()["status"] == "unknown"
    assert bench.now - start == CUP.t1_us
    assert bench.snapshot["pending_reversal"] is not None
    assert any(note.kind == "noise" and note.data["reason"] == "no match" for note in bench.notes)


def test_a_reply_of_another_kind_is_ignored() -> None:
    bench = ready()
    bench.host.change = only("0200", lambda request, reply: replace(reply, mti="0230"))
    assert bench.sell()["status"] == "unknown"


def test_the_mismatch_switch_deletes_the_reversal() -> None:
    """PAX and Topwise: BCTC requires no reversal then."""
    bench = ready(dialect=replace(CUP, reversal_deleted_on_mismatch=True))
    bench.host.change = only("0200", lambda request, reply: reply.replacing({4: "000000000001"}))
    assert bench.sell()["status"] == "no_answer"
    assert bench.snapshot["pending_reversal"] is None


def test_good_reply_behind_a_stale_one_and_in_pieces() -> None:
    bench = ready()
    kept: list[bytes] = []

    def keep(request: Message, reply: Message) -> None:
        kept.append(bench.host.sealed(reply.replacing({11: "999999"})))
        kept.append(bench.host.sealed(reply))

    bench.host.change = only("0200", keep)
    bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    from harness.machine import Ask

    bench.carry(bench.terminal.handle(Ask("person", "operate", {"op": "sale", "amount_fen": 5}, 70), bench.now))
    stream = b"".join(TcpFramer().frame(octets) for octets in kept)
    for octet in stream:
        bench.carry(bench.terminal.handle(Received("host", bytes([octet])), bench.now))
    assert bench.answers[70].value["status"] == "done"


def test_a_decline_clears_the_reversal_and_books_nothing() -> None:
    bench = ready()
    bench.host.change = only("0200", lambda request, reply: reply.replacing({39: "51", 64: None}))
    outcome = bench.sell()
    assert (outcome["status"], outcome["code"]) == ("declined", "51")
    assert bench.snapshot["pending_reversal"] is None and bench.snapshot["entries"] == [] and bench.slips() == []


def test_a_reply_without_f39_proves_nothing() -> None:
    bench = ready()
    bench.host.change = only("0200", lambda request, reply: reply.replacing({39: None}))
    assert bench.sell()["status"] == "unknown"
    assert bench.snapshot["pending_reversal"] is not None


@pytest.mark.parametrize("kept", [True, False])
def test_after_a_failed_dial_the_dialect_decides(kept: bool) -> None:
    bench = ready(dialect=replace(CUP, reversal_after_send_failure=kept))
    bench.reachable = False
    dials = len([e for e in bench.log if type(e).__name__ == "Connect"])
    outcome = bench.sell()
    assert len([e for e in bench.log if type(e).__name__ == "Connect"]) - dials == CUP.connect_tries
    assert outcome["status"] == ("unknown" if kept else "no_answer")
    assert outcome["cause"] == "connection_refused"
    assert (bench.snapshot["pending_reversal"] is not None) == kept
    assert "主机拒绝连接" in bench.shown()


def test_the_line_breaks_inside_the_reply() -> None:
    from harness.machine import Ask

    bench = ready()
    bench.host.change = only("0200", silent)
    bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    bench.carry(bench.terminal.handle(Ask("person", "operate", {"op": "sale", "amount_fen": 5}, 70), bench.now))
    bench.carry(bench.terminal.handle(Received("host", b"\x00\x50\x60\x00"), bench.now))
    bench.carry(bench.terminal.handle(Closed("host", "reset"), bench.now))
    assert bench.answers[70].value["cause"] == "connection_lost"
    bench.host.change = None
    bench.do("send_reversal")
    assert bench.host.seen[-1].get(39) == "98"


def test_a_wrong_pin_is_asked_again_with_a_new_stan_three_times_at_most() -> None:
    bench = ready()
    bench.host.change = only("0200", lambda request, reply: reply.replacing({39: "55", 64: None}))
    bench.ask("person", "present", card="debit", how="swipe", pin="111111")
    bench.ask("person", "press", keys="222222 ENTER 333333 ENTER 444444 ENTER")
    outcome = bench.do("sale", amount_fen=100)
    assert outcome["code"] == "55"
    assert bench.sent == ["0200"] * 3
    stans = [int(str(message.get(11))) for message in bench.host.seen]
    assert stans == [stans[0], stans[0] + 1, stans[0] + 2]
    assert len({message.get(52) for message in bench.host.seen}) == 3


def test_pin_keys_are_never_shown() -> None:
    bench = ready()
    bench.ask("person", "present", card="debit", how="swipe", pin="908172")
    bench.do("sale", amount_fen=100)
    keys = [note.data["keys"] for note in bench.notes if note.kind == "key"]
    assert keys == ["******", "ENTER"]
    assert "908172" not in str(bench.log) and "908172" not in str(bench.records)


def test_cancel_and_waiting_too_long() -> None:
    bench = ready()
    assert bench.do("sale", amount_fen=1)["cause"] == "card_timeout"
    bench.ask("person", "present", card="debit", how="swipe")
    bench.ask("person", "press", keys="CANCEL")
    assert bench.do("sale", amount_fen=1)["status"] == "cancelled"
    assert bench.sent == []


@pytest.mark.parametrize(
    ("requirement", "kinds"), [(1, ["360", "361"]), (4, ["372", "370", "371"]), (5, ["382", "380", "381"])]
)
def test_header_requirements_are_served_before_the_next_transaction(requirement: int, kinds: list[str]) -> None:
    bench = ready()
    bench.host.change = only("0200", lambda request, reply: with_requirement(reply, requirement))
    assert bench.sell()["status"] == "done"
    bench.host.change = None
    bench.host.seen.clear()
    bench.boot()
    assert bench.sell()["status"] == "done"
    assert [str(message.get(60))[8:11] for message in bench.host.seen] == [*kinds, "000"]
    bench.host.seen.clear()
    bench.sell()
    assert bench.sent == ["0200"]


def test_header_requirement_3_and_77_end_the_session() -> None:
    for change in (
        lambda request, reply: with_requirement(reply, 3),
        lambda request, reply: reply.replacing({39: "77", 64: None}),
    ):
        bench = ready()
        bench.host.change = only("0200", change)
        bench.sell()
        assert bench.terminal.status()["life_cycle"] == "must_sign_in"
        assert bench.do("sale", amount_fen=1)["cause"] == "not_signed_in"
        bench.host.change = None
        bench.do("sign_in")
        assert bench.sell()["status"] == "done"


def test_the_reversal_keeps_its_batch_over_a_sign_in() -> None:
    bench = ready()
    bench.host.change = only("0200", silent)
    bench.sell()
    bench.host.change = lambda request, reply: reply.replacing({60: "00000043003"}) if request.mti == "0800" else reply
    assert bench.do("sign_in")["batch"] == "000043"
    bench.do("reversal")
    assert str(bench.host.seen[-1].get(60))[2:8] == "000042"


def test_the_stan_wraps_after_999999() -> None:
    bench = ready()
    bench.records.append({"kind": "stan", "next": 999_999})
    bench.boot()
    assert bench.sell()["stan"] == "999999"
    assert bench.sell()["stan"] == "000001"


def test_void_books_both_and_only_once() -> None:
    bench = ready()
    stan = bench.sell(700)["stan"]
    assert bench.do("void", stan="000999")["cause"] == "no_original"
    void = bench.do("void", stan=stan)
    assert void["status"] == "done"
    assert bench.host.seen[-1].get(61) == "000042" + stan
    assert [(e["kind"], e["status"]) for e in bench.snapshot["entries"]] == [("sale", "voided"), ("void", "approved")]
    assert bench.do("void", stan=stan)["cause"] == "already_voided"
    bench.do("settle")
    bench.do("sign_in")
    assert bench.do("void", stan=stan)["cause"] == "original_settled"


def test_refund_of_a_settled_sale() -> None:
    bench = ready()
    sale = bench.sell(700)
    bench.do("settle")
    bench.do("sign_in")
    outcome = bench.do("refund", stan=sale["stan"], amount_fen=300)
    assert outcome["status"] == "done"
    request = bench.host.seen[-1]
    assert (request.mti, request.get(4), request.get(37)) == ("0220", "000000000300", sale["rrn"])
    assert request.get(61) == "000042" + sale["stan"] + "1121"


def test_a_refund_without_an_answer_is_with_people_until_the_host_has_answered() -> None:
    """It is never reversed, so nobody knows whether it was paid: never "no answer", which says that nothing was."""
    bench = ready()
    sale = bench.sell(700)
    bench.host.change = only("0220", silent)
    lost = bench.do("refund", stan=sale["stan"], amount_fen=300)
    assert (lost["status"], lost["amount_fen"]) == ("unknown", 300)
    assert bench.do("last")["status"] == "unknown", "the sale before it is not the newest"
    (item,) = bench.snapshot["unresolved"]
    assert (item["stan"], item["amount_fen"], item["reason"]) == (lost["stan"], 300, "refund")
    bench.host.change = None
    good = bench.do("refund", stan=sale["stan"], amount_fen=200)
    assert good["status"] == bench.do("last")["status"] == "done"
    assert bench.snapshot["unresolved"] == [item], "what was answered is with nobody"


def test_balance_raises_no_reversal() -> None:
    bench = ready()
    bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    assert bench.do("balance")["balance_fen"] == 12345
    bench.host.change = only("0200", silent)
    bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    assert bench.do("balance")["status"] == "no_answer"
    assert bench.snapshot["pending_reversal"] is None


def test_mark_unresolved_needs_the_supervisor_and_leaves_its_traces() -> None:
    bench = ready()
    bench.host.change = only("0200", silent)
    lost = bench.sell(1234)
    bench.host.change = None
    assert bench.do("mark_unresolved", password="0000")["cause"] == "wrong_password"
    bench.ask("person", "press", keys="12345678 ENTER")
    assert bench.do("mark_unresolved")["status"] == "done"
    snapshot = bench.snapshot
    assert snapshot["pending_reversal"] is None and snapshot["unresolved"][0]["stan"] == lost["stan"]
    assert bench.slips()[-1].data["kind"] == "unresolved"
    bench.sell(10)
    bench.do("settle")
    assert any(lost["stan"] in line["zh"] for line in bench.slips()[-1].data["lines"])


@pytest.mark.parametrize("how", ["insert", "tap", "swipe"])
def test_entry_modes(how: str) -> None:
    bench = ready()
    bench.sell(100, how)
    request = bench.host.seen[-1]
    expected = {"insert": "051", "tap": "072", "swipe": "021"}
    assert request.get(22) == expected[how]
    assert (request.get(55) is not None) == (how != "swipe")
    assert (request.get(23) == "001") == (how != "swipe")


def test_a_dial_that_hangs_is_given_up() -> None:
    from harness.machine import Ask

    bench = ready()
    bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    effects = bench.terminal.handle(Ask("person", "operate", {"op": "sale", "amount_fen": 5}, 70), 0)
    dials = 0
    while not any(type(e).__name__ == "Answer" for e in effects):
        dials += sum(type(e).__name__ == "Connect" for e in effects)
        due = bench.terminal.deadline
        assert due is not None
        effects = bench.terminal.handle(Wake(), due)
    assert dials == CUP.connect_tries
    assert bench.terminal.handle(Opened("host"), 99 * 10**6) == [], "too late to matter"
