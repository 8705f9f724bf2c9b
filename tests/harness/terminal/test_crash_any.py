"""The power fails between any two effects of an operation that books nothing, from the box to the unbinding; for sales,
voids and settlements see `test_crash` and the proofs.

Expected: row D8 of the catalogue (after the restart no sale is lost or doubled).  Whatever the operation was, the
terminal comes up, the same way through the life cycle leads on, and a sale is booked once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .scripted import MID, TID, Bench, PowerCut, box_settings, ready_settings
from .test_crash import EFFECTS_MAX, books, check
from .test_life import components

LEAST = 3
"""Effects that every operation has: at least its beginning, its end and the answer."""


def from_the_box(*ops: str) -> Callable[[], Bench]:
    def bench() -> Bench:
        made = Bench(box_settings())
        for op in ops:
            step(made, op)
        return made

    return bench


def in_use() -> Bench:
    bench = Bench(ready_settings())
    bench.get_ready()
    assert bench.sell(500)["status"] == "done"
    return bench


def settled() -> Bench:
    bench = Bench(ready_settings())
    bench.get_ready()
    return bench


def step(bench: Bench, op: str) -> str:
    """One operation as people carry it out; how it ended."""
    if op == "load_master_key":
        parts, kcv = components()
        return str(bench.ask("control", "inject_tmk", components=parts, kcv=kcv).value["status"])
    if op == "balance":
        bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    return str(bench.do(op)["status"])


WAY = (
    "self_test",
    "connect",
    "activate",
    "load_master_key",
    "sign_in",
    "download_parameters",
    "download_aids",
    "download_public_keys",
)
CUTS: Mapping[str, Callable[[], Bench]] = {
    **{op: from_the_box(*WAY[:at]) for at, op in enumerate(WAY)},
    **dict.fromkeys(("balance", "echo", "reprint", "last", "backup", "local_status", "print_test", "restart"), in_use),
    **dict.fromkeys(("sign_off", "unbind", "clear_log"), settled),
}


def go_on(bench: Bench) -> None:
    """Power on; whatever is already done is refused, the rest is done; then one good sale."""
    bench.boot()
    bound = bench.terminal.status()["life_cycle"] not in ("unboxed", "self_tested", "connected", "activated")
    for op in WAY[4:] if bound else WAY:
        assert step(bench, op) in ("done", "refused"), op
    assert bench.terminal.status()["life_cycle"] == "ready"
    assert (bench.snapshot["tid"], bench.snapshot["mid"]) == (TID, MID)
    assert bench.sell(77)["status"] == "done"


@pytest.mark.parametrize("op", CUTS)
def test_power_cut_at_every_effect_of_an_operation_that_books_nothing(op: str) -> None:
    for after in range(EFFECTS_MAX):
        bench = CUTS[op]()
        before: dict[Any, int] = books(bench)[0]
        bench.cut_after = after
        try:
            step(bench, op)
        except PowerCut:
            go_on(bench)
            check(bench)
            kept = books(bench)[0]
            assert before.items() <= kept.items() and sum(kept.values()) == sum(before.values()) + 77
            continue
        assert after >= LEAST
        return
    raise AssertionError("the operation has no end")
