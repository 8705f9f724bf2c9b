"""The whole life of a terminal, and a settlement that does not agree, under every dialect that is shipped."""

from __future__ import annotations

from typing import Any

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Rig
from harness.fixtures import dialect_names, load_dialect
from harness.scenarios.load import LIFE, load_scenario
from harness.scenarios.model import Setup
from harness.scenarios.run import run_scenario
from harness.scenarios.worlds import world_of

STX, ETX = 0x02, 0x03


def open_bench(setup: Setup, seed: int) -> SimulatedBench:
    return SimulatedBench(world_of(setup), seed)


def rig(dialect: str) -> Rig:
    return Rig(SimulatedBench(World(dialect=dialect), 1))


@pytest.mark.parametrize("profile", ["countertop", "tethered"])
@pytest.mark.parametrize("dialect", dialect_names())
def test_life(dialect: str, profile: str) -> None:
    scenario = load_scenario(LIFE)
    setup = scenario.setup.model_copy(update={"dialect": dialect, "profile": profile})
    result = run_scenario(scenario.model_copy(update={"setup": setup}), open_bench)
    assert result.failures == ()
    assert not [verdict for verdict in result.verdicts if verdict.ok is False]


def test_keys_that_a_dialects_layout_does_not_hold_are_refused() -> None:
    """Chanjet's blocks hold keys of double length; who asks for single ones (F60.3 = 001) is told, and signs in with
    others."""
    shop = rig("chanjet")
    for code, found in (("001", "40"), ("003", "00")):
        assert shop.terminal.operate("parameter_menu", sign_in_code=code).done
        assert shop.terminal.operate("sign_in").code == found


@pytest.mark.parametrize("dialect", dialect_names())
def test_totals_that_differ_lead_to_an_upload_of_every_kind_of_entry(dialect: str) -> None:
    """Of swiped and chip sales, refund, completion and advice, after a reversal that was given up; what was voided
    cancels out and is not uploaded."""
    shop = rig(dialect)
    shop.sale(500, "stripe")
    sale = shop.sale(600)
    assert shop.refund(sale, 100).done
    held = [shop.terminal.operate("preauth", "debit", amount_fen=fen) for fen in (1000, 2000)]
    assert shop.terminal.operate("completion", stan=held[0].stan, amount_fen=1100).done
    assert shop.terminal.operate("completion_advice", stan=held[1].stan).done
    assert shop.void(shop.sale(300)).done
    assert shop.completion_void(shop.complete(shop.preauth(700))).done
    shop.fault("drop:stream=downstream,frame=1")
    assert shop.sale(800).status == "unknown"
    shop.heal_line()
    assert shop.terminal.operate("mark_unresolved", password="12345678").done
    settled = shop.settle()
    assert settled.done
    wrong = [verdict for verdict in shop.judge() if verdict.ok is False]
    assert wrong == []
    (listed,) = shop.host.snapshot()["unresolved"]
    assert listed["amount_fen"] == 800, "what the terminal gave up is found; all else was uploaded"
    shop.close()


@pytest.mark.parametrize("dialect", dialect_names())
def test_a_wrong_pin_is_seen_by_the_host(dialect: str) -> None:
    shop = rig(dialect)
    for pin, code in (("000000", "55"), ("123456", "00")):
        shop.bench.ask("terminal", "person", "present", card="debit", how="insert", pin=pin)
        shop.bench.ask("terminal", "person", "press", keys="CANCEL")
        assert shop.terminal.operate("sale", amount_fen=100).code == code
    shop.close()


@pytest.mark.parametrize(("dialect", "code"), [("cup", "C2"), ("no-60-3", "03"), ("stx-ascii", "03"), ("sm4", "C2")])
def test_codes_that_only_some_acquirers_have(dialect: str, code: str) -> None:
    """C1, C2, D6: Chanjet's institution interface; BestPay's host says 58 and 03."""
    shop = rig(dialect)
    mid = shop.terminal.status()["mid"]
    shop.bench.ask("host", "control", "merchant", mid=mid, status="closed", reason="test")
    assert shop.sale(100).code == code
    shop.close()


def test_stx_frames_on_the_line() -> None:
    """STX, BCD length, ETX, LRC (dump in codetd.com article 2788100) in both directions."""
    shop = rig("stx-ascii")
    shop.sale(100)
    sent = [bytes.fromhex(e.data["hex"]) for e in shop.trace if e.kind == "bytes" and e.data["link"] in ("host", "c1")]
    assert sent
    for octets in sent:
        assert (octets[0], octets[-2]) == (STX, ETX)
        assert int(octets[1:3].hex()) == len(octets) - 5
    shop.close()


@pytest.mark.parametrize("dialect", dialect_names())
def test_keys_and_pin_blocks_are_in_no_trace(dialect: str) -> None:
    bench = SimulatedBench(World(dialect=dialect), 1)
    shop = Rig(bench)
    shop.sale(100)
    host: Any = bench.engine.machine("host")
    (terminal,) = host.state.terminals.values()
    text = "".join(str(dict(event.data)).upper() for event in shop.trace)
    for secret in (terminal.tmk, terminal.pik, terminal.mak):
        assert len(secret) >= 16 and secret.upper() not in text
    replies = [
        e for e in shop.trace if e.kind == "message" and e.data.get("kind") == "sign_in" and e.data["mti"] == "0810"
    ]
    assert len(replies) == 2
    for reply in replies:
        assert set(reply.data["fields"]["62"]) == {"0"}, "working keys, even under the TMK"
    shop.close()


@pytest.mark.parametrize("dialect", dialect_names())
def test_a_dialect_says_what_it_is(dialect: str) -> None:
    settings = load_dialect(dialect)
    assert settings.name == dialect
    assert settings.institution_codes == (dialect not in ("no-60-3", "stx-ascii"))
