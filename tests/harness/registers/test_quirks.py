"""Every quirk profile of the small protocols: both ends get it, and a sale goes through with it."""

from __future__ import annotations

from itertools import combinations

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.quirks import load_quirks, quirk_names
from harness.terminal.settings import Identity
from protocols.errors import ScenarioError

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
PROFILES: list[tuple[str, tuple[str, ...]]] = [
    (protocol, (name,)) for protocol in ("transbank", "concert") for name in quirk_names(protocol)
]
TOGETHER: list[tuple[str, tuple[str, ...]]] = [
    ("transbank", ("transbank-autoservicio", "transbank-lrc-example", "transbank-node")),
    ("concert", ("concert-bare-controls", "concert-no-eot", "concert-own-number", "concert-no-delay")),
]


@pytest.mark.parametrize(("protocol", "names"), PROFILES + TOGETHER, ids=str)
def test_a_sale_goes_through(protocol: str, names: tuple[str, ...]) -> None:
    register = RegisterSpec(protocol, quirks=names)
    identity = Identity(TID, MID, bytes.fromhex(TMK), "Test")
    bench = SimulatedBench(
        World(identity=identity, terminal={"serial": SN, "attendant": "debit"}, register=register), 7
    )
    bench.ask("host", "control", "provision", merchant=MERCHANT)
    for op in ("sign_in", "download_parameters", "download_aids", "download_public_keys"):
        bench.ask("terminal", "person", "operate", op=op)
    assert bench.ask("register", "person", "status")["status"] == "done"
    told = bench.ask("register", "person", "sale", amount_fen=1234)
    assert (told["status"], told["amount_fen"]) == ("done", 1234)
    (posting,) = bench.snapshot()["host"]["postings"]
    assert posting["net_fen"] == 1234


@pytest.mark.parametrize("protocol", ["transbank", "concert"])
def test_every_quirk_has_a_profile_and_they_go_together(protocol: str) -> None:
    usual = load_quirks(protocol)
    names = quirk_names(protocol)
    changed = {name: load_quirks(protocol, (name,)) for name in names}
    keys = set(type(usual).__dataclass_fields__)
    assert {key for key in keys if any(getattr(one, key) != getattr(usual, key) for one in changed.values())} == keys
    for pair in combinations(names, 2):
        load_quirks(protocol, pair)


def test_a_profile_of_another_protocol_is_refused() -> None:
    with pytest.raises(ScenarioError, match="concert"):
        load_quirks("transbank", ("concert-7e1",))
