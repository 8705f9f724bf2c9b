"""A day of chip sales over real TCP, from the card to the settled batch, the cryptograms checked at the host: once with
cards that are reached directly, and once behind a real pcscd with virtual readers.

Not collected by the README's pytest, for a day takes ten seconds: `.venv/bin/pytest tests/realtime/card_day.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from harness.bench.emulated import EmulatedBench
from harness.bench.fleet import TerminalSpec
from harness.bench.world import World
from harness.cards import listed_pans
from harness.judges import judge

MAKE_READY = ("sign_in", "download_parameters", "download_aids", "download_public_keys")
GOOD = (
    ("debit", "insert", "123456", "051", 1_000),
    ("tap", "tap", "", "072", 1_000),
    ("tap", "tap", "123456", "071", 150_000),
    ("credit", "insert", "", "052", 1_000),
)
"""Card, how, PIN, F22 as UnionPay terminals send it, and the amount: a tap above 1,000 yuan wants the PIN."""
FAULTY: tuple[tuple[str, Mapping[str, Any], tuple[str, ...]], ...] = (
    ("mute", {}, ("card_timeout",)),
    ("garbage_atr", {}, ("card_timeout",)),
    ("pulled_before", {"command": "GENERATE AC"}, ("card_removed_early", "card_error")),
    ("pulled_during", {"command": "GENERATE AC", "number": 2}, ("card_removed", "card_failed")),
    ("hanging", {"command": "READ RECORD"}, ("card_timeout", "card_error")),
    ("wrong_cryptogram", {}, ("declined",)),
    ("issuer_disbelieved", {}, ("card_rejected",)),
)
"""What the card does, and the causes that EMV and UnionPay's rules for the stripe in its place leave for it: nobody
swipes here, so that whoever is asked for the stripe waits in vain.  PC/SC tells of a card that is pulled out under a
command that it gave no answer, before it tells that the card is gone."""
FEN = 1_000


def sold(bench: EmulatedBench, card: str, how: str, pin: str, fen: int = FEN) -> Mapping[str, Any]:
    bench.ask("terminal", "person", "present", card=card, how=how, **({"pin": pin} if pin else {}))
    return bench.ask("terminal", "person", "operate", op="sale", amount_fen=fen)


def messages(bench: EmulatedBench, mti: str) -> Sequence[Mapping[str, Any]]:
    seen = [e.data for e in bench.events() if (e.party, e.kind) == ("terminal", "message")]
    return [data for data in seen if data["mti"] == mti]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["chip", "pcsc"])
def test_a_day_of_chip_sales(place: str) -> None:
    with EmulatedBench(World(terminals=(TerminalSpec("terminal"),), card=place), 1) as bench:
        for op in MAKE_READY:
            assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
        for card, how, pin, mode, fen in GOOD:
            assert sold(bench, card, how, pin, fen)["status"] == "done"
            assert messages(bench, "0200")[-1]["fields"]["22"] == mode
        for behaviour, settings, causes in FAULTY:
            bench.ask("card", "control", "cause", behaviour=behaviour, card="debit", **settings)
            outcome = sold(bench, "debit", "insert", "123456")
            assert outcome["status"] != "done" and outcome["cause"] in causes, (behaviour, outcome)
            bench.ask("card", "control", "heal", behaviour=behaviour)
            assert sold(bench, "credit", "insert", "")["status"] == "done", behaviour
        bench.crash("card")
        bench.restart("card")
        assert sold(bench, "debit", "insert", "123456")["status"] == "done"
        assert bench.ask("terminal", "person", "operate", op="settle")["status"] == "done"
        trace = bench.finish()
    checked = [e.data for e in trace.events if e.party == "host" and e.kind == "chip" and e.data["what"] == "arqc"]
    assert [data["ok"] for data in checked].count(False) == 1  # the wrong cryptogram, and no other
    verdicts = judge(trace.events, listed_pans())
    assert verdicts and not [verdict for verdict in verdicts if verdict.ok is not True]
