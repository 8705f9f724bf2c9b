"""The power fails between any two effects of a sale, a void, a settlement; the terminal is rebuilt from its records.

What must hold afterwards: what the host kept = the batch = the receipts, each sale at most once, every slip printed.
"""

from __future__ import annotations

from typing import Any

import pytest

from protocols.unionpay.message import Message

from .scripted import Bench, Host, PowerCut, ready_settings

EFFECTS_MAX = 200
"""More than any of these operations has; reaching it means that an operation never ends."""


def books(bench: Bench) -> tuple[dict[Any, int], dict[Any, int]]:
    """Fen kept at the host, and fen in the terminal's batch, by (batch, STAN)."""
    host = {key: amount for key, amount in bench.host.ledger.items() if amount}
    sign = {"sale": 1, "void": -1, "refund": -1}
    batch = {(e["batch"], e["stan"]): sign[e["kind"]] * e["amount_fen"] for e in bench.snapshot["entries"]}
    return host, batch


def recover(bench: Bench) -> None:
    """Power on; then one good sale, which has to bring everything in order first."""
    bench.boot()
    if bench.terminal.status()["session"] != "signed_in":
        bench.get_ready()
    if bench.terminal.status()["settling"]:
        assert bench.do("settle")["status"] == "done"
        bench.get_ready()
    assert bench.sell(77)["status"] == "done"


def check(bench: Bench) -> None:
    host, batch = books(bench)
    assert host == batch
    snapshot = bench.snapshot
    assert [(r["batch"], r["stan"]) for r in snapshot["receipts"]] == list(batch)
    assert snapshot["pending_reversal"] is None
    printed = {(n.data["batch"], n.data["stan"]) for n in bench.slips() if n.data["kind"] in ("sale", "void", "refund")}
    assert printed == set(batch)
    assert not any(
        secret in str(bench.records) for secret in ("1111111111111111", "0123456789ABCDEF", "'123456'", "D30121")
    )


def cut_everywhere(prepare: Any, act: Any, host_change: Any = None) -> int:
    """Run `act` with the power failing after 0, 1, 2 ... effects, until it runs through.  How many cuts there were."""
    for after in range(EFFECTS_MAX):
        bench = Bench(ready_settings(), Host())
        bench.get_ready()
        prepare(bench)
        bench.host.change = host_change
        bench.cut_after = after
        try:
            act(bench)
        except PowerCut:
            bench.host.change = None
            recover(bench)
            check(bench)
            continue
        return after
    raise AssertionError("the operation has no end")


def nothing(bench: Bench) -> None:
    return None


def test_power_cut_at_every_effect_of_a_sale() -> None:
    assert cut_everywhere(nothing, lambda bench: bench.sell(1234)) > 10


def test_power_cut_at_every_effect_of_a_sale_without_answer_and_its_reversal() -> None:
    def silent(request: Message, reply: Message) -> Message | None:
        return None if request.mti == "0200" else reply

    def act(bench: Bench) -> None:
        bench.sell(1234)
        bench.do("reversal")

    assert cut_everywhere(nothing, act, silent) > 15


def test_power_cut_at_every_effect_of_a_void() -> None:
    def act(bench: Bench) -> None:
        assert bench.do("void", stan="000010")["status"] == "done"

    assert cut_everywhere(lambda bench: bench.sell(500), act) > 10


def test_power_cut_at_every_effect_of_a_settlement() -> None:
    def act(bench: Bench) -> None:
        assert bench.do("settle")["status"] == "done"

    def prepare(bench: Bench) -> None:
        bench.sell(500)
        bench.sell(600, "insert")

    assert cut_everywhere(prepare, act) > 10


@pytest.mark.parametrize("bug", ["reversal_after_send", "slip_before_commit"])
def test_the_seeded_bugs_are_found(bug: str) -> None:
    """The same proof goes red when the order of effects is wrong."""
    found = False
    for after in range(EFFECTS_MAX):
        bench = Bench(ready_settings(faults=frozenset((bug,))), Host())
        bench.get_ready()
        bench.cut_after = after
        try:
            bench.sell(1234)
        except PowerCut:
            recover(bench)
            try:
                check(bench)
            except AssertionError:
                found = True
            continue
        break
    assert found


def test_giving_up_silently_is_found() -> None:
    bench = Bench(ready_settings(faults=frozenset(("give_up_silently",))), Host())
    bench.get_ready()

    def lose(request: Message, reply: Message) -> Message | None:
        return None if request.mti in ("0200", "0400") else reply

    def lose_reversals(request: Message, reply: Message) -> Message | None:
        if request.mti == "0400":
            bench.host.ledger[("000042", "000010")] = 1234  # it never got there
            return None
        return reply

    bench.host.change = lose
    bench.sell(1234)
    bench.host.change = lose_reversals
    assert bench.sell(77)["status"] == "done", "it went on as if nothing had been"
    with pytest.raises(AssertionError):
        check(bench)


def test_a_rebuilt_terminal_knows_what_it_persisted_and_nothing_else() -> None:
    bench = Bench()
    bench.get_ready()
    bench.sell(100)
    bench.sell(200, "insert")
    before = bench.snapshot, bench.terminal.status()
    bench.boot()
    now = {**bench.terminal.status(), "reset_cause": before[1]["reset_cause"]}  # another start has another cause
    assert (bench.snapshot, now) == before


def sell_and_pull(bench: Bench) -> dict[str, Any]:
    bench.ask("person", "present", card="debit", how="insert", pin="123456", pulled=True)
    return dict(bench.do("sale", amount_fen=1234))


def test_power_cut_at_every_effect_of_a_sale_whose_card_is_pulled_too_early() -> None:
    assert cut_everywhere(nothing, sell_and_pull) > 20


def test_a_card_pulled_too_early_is_reversed_at_once_with_96() -> None:
    """PAX: the terminal failed after the approval, reason 96; nothing is booked and no slip comes out."""
    bench = Bench(ready_settings(), Host())
    bench.get_ready()
    result = sell_and_pull(bench)
    assert (result["status"], result["cause"]) == ("cancelled", "card_removed")
    reversal = bench.host.seen[-1]
    assert (reversal.mti, reversal.text(39), reversal.text(4)) == ("0400", "96", "000000001234")
    assert books(bench) == ({}, {})
    assert bench.slips() == []
    assert bench.snapshot["pending_reversal"] is None


def test_a_card_pulled_too_early_stays_owed_while_the_host_is_silent() -> None:
    bench = Bench(ready_settings(), Host())
    bench.get_ready()
    bench.host.change = lambda request, reply: None if request.mti == "0400" else reply
    result = sell_and_pull(bench)
    assert (result["status"], result["cause"], bench.sent.count("0400")) == ("unknown", "card_removed", 3)
    bench.host.change = None
    bench.boot()
    assert bench.do("reversal")["status"] == "done"
    assert bench.host.seen[-1].text(39) == "96"
    assert books(bench) == ({}, {})


def test_a_card_pulled_too_early_under_a_refusal_owes_nothing() -> None:
    bench = Bench(ready_settings(), Host())
    bench.get_ready()
    bench.host.change = lambda request, reply: reply.replacing({39: "51", 64: None}) if request.mti == "0200" else reply
    result = sell_and_pull(bench)
    assert (result["status"], result["code"], bench.sent.count("0400")) == ("declined", "51", 0)
