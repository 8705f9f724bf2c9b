"""The gate: what the terminal refuses by itself, in the order of PAX's transPreDeal, and what leaves when it is off."""

from __future__ import annotations

from typing import Any

import pytest

from harness.terminal.settings import Profile

from .scripted import Bench, Host, box_settings, ready_settings

SELL: dict[str, Any] = {"amount_fen": 100}
OF_MONEY = ("sale", "void", "refund", "reversal")
LEGAL_PATH = ("self_test", "connect", "activate", "load_master_key", "sign_in")


@pytest.mark.parametrize(
    ("op", "cause"),
    [
        ("connect", "not_self_tested"),
        ("activate", "not_connected"),
        ("load_master_key", "not_activated"),
        ("sign_in", "not_activated"),
        ("download_parameters", "not_activated"),
        ("sale", "not_signed_in"),
        ("void", "not_signed_in"),
        ("refund", "not_signed_in"),
        ("settle", "not_signed_in"),
        ("batch_upload", "not_signed_in"),
        ("sign_off", "not_signed_in"),
        ("reversal", "nothing_to_reverse"),
        ("update_software", "not_connected"),
    ],
)
def test_an_unboxed_terminal_refuses_without_a_frame(op: str, cause: str) -> None:
    bench = Bench(box_settings())
    before = list(bench.records)
    outcome = bench.do(op, **(SELL if op in OF_MONEY else {}))
    assert (outcome["status"], outcome["cause"]) == ("refused", cause)
    assert bench.sent == [] and bench.records == before
    assert outcome["text"]["zh"] in bench.shown()


def test_sign_in_needs_a_master_key() -> None:
    bench = Bench(ready_settings(start_at="activated"))
    assert bench.do("sign_in")["cause"] == "no_tmk"


def test_forced_downloads_are_asked_for_one_by_one() -> None:
    """Chanjet POS V2.0: a terminal without any AID or CAPK must be forced to download before transacting."""
    bench = Bench()
    bench.do("sign_in")
    for op, cause in (
        ("download_parameters", "no_parameters"),
        ("download_aids", "no_aids"),
        ("download_public_keys", "no_public_keys"),
    ):
        assert bench.do("sale", **SELL)["cause"] == cause
        assert bench.do(op)["status"] == "done"
    assert bench.sell(100)["status"] == "done"


def test_a_profile_may_download_by_itself() -> None:
    bench = Bench(ready_settings(profile=Profile(auto_download=True)))
    bench.do("sign_in")
    assert bench.sell(100)["status"] == "done"
    assert bench.terminal.status()["downloaded"] == ["aids", "parameters", "public_keys"]


def test_a_second_activation_is_refused_here_and_by_the_host() -> None:
    bench = Bench()
    assert bench.do("activate")["cause"] == "already_activated"
    bench.ask("control", "settings", gate=False)
    bench.host.change = lambda request, reply: reply.replacing({39: "40", 41: None, 42: None})
    outcome = bench.do("activate")
    assert (outcome["status"], outcome["code"], outcome["cause"]) == ("declined", "40", "already_activated")


def test_the_batch_limits() -> None:
    """500 reminds, 510 refuses (PAX: max and max + 10); here with 2 and 1."""
    profile = Profile(batch_warning_count=2, batch_grace_count=1)
    bench = Bench(ready_settings(profile=profile))
    bench.get_ready()
    bench.sell(100)
    assert "交易笔数接近上限，请尽快结算" not in bench.shown()
    bench.sell(100)
    assert "交易笔数接近上限，请尽快结算" in bench.shown()
    assert bench.sell(100)["status"] == "done"
    assert bench.terminal.status()["life_cycle"] == "must_settle"
    assert bench.sell(100)["cause"] == "must_settle"
    assert bench.do("settle")["status"] == "done"


def test_the_default_limits_are_paxs() -> None:
    assert (Profile().batch_warning_count, Profile().batch_grace_count) == (500, 10)


def test_a_transaction_that_is_not_enabled() -> None:
    bench = Bench(ready_settings(profile=Profile(transactions=("sale", "void"))))
    bench.get_ready()
    assert bench.do("refund", amount_fen=1, rrn="1")["cause"] == "not_enabled"


def test_without_the_gate_the_frame_leaves_and_has_no_mac() -> None:
    bench = Bench(ready_settings(gate=False), Host(change=lambda request, reply: reply.replacing({39: "77", 64: None})))
    outcome = bench.sell(100)
    assert (outcome["status"], outcome["code"], outcome["cause"]) == ("declined", "77", "not_signed_in")
    assert bench.sent == ["0200"]
    assert bench.host.seen[0].get(64) is None and bench.host.seen[0].get(52) is None
    assert bench.snapshot["entries"] == [] and bench.snapshot["pending_reversal"] is None


@pytest.mark.parametrize(
    "op", ["sale", "void", "refund", "reversal", "settle", "batch_upload", "sign_off", "sign_in", "activate"]
)
def test_without_the_gate_every_operation_sends(op: str) -> None:
    bench = Bench(
        box_settings(gate=False), Host(change=lambda request, reply: reply.replacing({39: "97", 64: None, 48: None}))
    )
    if op == "refund":
        bench.ask("person", "present", card="debit", how="swipe")
    outcome = bench.sell(100) if op == "sale" else bench.do(op, **(SELL if op in OF_MONEY else {}))
    assert (outcome["status"], outcome["code"]) == ("declined", "97")
    assert len(bench.sent) == 1


def test_only_one_operation_at_a_time() -> None:
    from harness.machine import Ask

    bench = Bench()
    bench.get_ready()
    first = bench.terminal.handle(Ask("person", "operate", {"op": "sale", "amount_fen": 1}, 90), bench.now)
    bench.carry(first)
    second = bench.terminal.handle(Ask("person", "operate", {"op": "echo"}, 91), bench.now)
    bench.carry(second)
    assert bench.answers[91].value["cause"] == "busy"
    assert 90 not in bench.answers


def test_suspended_and_tampered() -> None:
    bench = Bench()
    bench.get_ready()
    bench.ask("control", "cause", behaviour="suspend")
    assert bench.do("sale", **SELL)["cause"] == "suspended"
    bench.ask("control", "heal", behaviour="suspend")
    bench.ask("control", "cause", behaviour="tamper")
    assert bench.do("sign_in")["cause"] == "tampered"
    assert bench.do("self_test")["cause"] == "tampered"


def test_illegal_asks_are_answered_as_such() -> None:
    bench = Bench()
    for who, name, args in (
        ("person", "operate", {"op": "dance"}),
        ("person", "press", {"keys": "A"}),
        ("person", "present", {"card": "debit", "how": "throw"}),
        ("control", "settings", {"gate": "yes"}),
        ("control", "cause", {"behaviour": "unknown"}),
        ("control", "nothing", {}),
        ("portal", "apply", {}),
    ):
        answer = bench.ask(who, name, **args)
        assert not answer.ok and set(answer.value["error"]) == {"zh", "en"}


def test_only_what_the_profile_enables() -> None:
    bench = Bench(ready_settings(profile=Profile(transactions=("sale", "preauth"))))
    bench.get_ready()
    for op in ("preauth_void", "completion", "completion_advice", "completion_void", "refund"):
        assert bench.do(op, stan="000001", amount_fen=100)["cause"] == "not_enabled"
    assert bench.do("preauth", amount_fen=0)["cause"] == "bad_request"
