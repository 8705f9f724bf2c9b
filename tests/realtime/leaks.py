"""Hundreds of sales through real processes: neither memory nor descriptors grow with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.bench.emulated import EmulatedBench
from harness.bench.world import World
from harness.terminal.settings import Identity

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
WORLD = World(identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN})
OPENING = ("sign_in", "download_parameters", "download_public_keys", "download_aids")

TRANSIENT = 3
"""Descriptors of a connection that is just being made or ended when somebody counts."""
SALES = 300
WARM = 100
"""Sales until every cache is full."""
PER_SALE_OCTETS = 12 * 1024
"""What one sale may cost: the posting, the answer for repetitions, the batch entry, all of them kept by contract.

About 4 KiB are usual; a connection, a framer or a task that each sale leaves behind costs more than the rest of this.
"""


def resident_octets(pid: int) -> int:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.timeout(180)  # three hundred sales at a tenth of a second or two, on a machine that others use too
def test_sales_in_a_row_leave_nothing_behind() -> None:
    with EmulatedBench(WORLD, seed=7) as bench:
        bench.ask("host", "control", "provision", merchant=MERCHANT)
        for op in OPENING:
            assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
        pids = [bench._children[name].pid for name in ("host", "terminal")]
        seen = []
        for number in range(1, SALES + 1):
            bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
            outcome = bench.ask("terminal", "person", "operate", op="sale", amount_fen=1 + number)
            assert outcome["status"] == "done", (number, outcome)
            if number in (WARM, SALES):
                bench.settle()
                seen.append([(resident_octets(pid), descriptors(pid)) for pid in pids])
        for (before, open_before), (after, open_after) in zip(*seen, strict=True):
            assert open_after <= open_before + TRANSIENT, "descriptors"
            assert after - before < (SALES - WARM) * PER_SALE_OCTETS
