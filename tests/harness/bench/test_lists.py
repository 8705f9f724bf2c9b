"""Contactless parameters and card-BIN lists from the host to the decision whether a tap needs a PIN."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Rig
from harness.fixtures import dialect_names
from harness.terminal.flows.lists import needs_no_pin
from protocols.errors import DecodeError, EncodeError
from protocols.unionpay.bins import join_bins, split_bins

TABLE_B = tuple(f"62{number:04d}" for number in range(25))
PARAMETERS = {"FF8054": "1", "FF8058": "000000000500", "FF8056": "1"}
TAP = "6212142000000000020"
"""The test card "tap"."""


def rig(dialect: str = "cup", **host: Any) -> Rig:
    return Rig(SimulatedBench(World(dialect=dialect, host=host), 1))


def state(shop: Rig) -> Any:
    bench: Any = shop.bench
    return bench.engine.machine("terminal").desk.state


@given(st.lists(st.integers(4, 12).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))))
def test_entries_are_divided_as_they_were_joined(bins: list[str]) -> None:
    assert list(split_bins(join_bins(bins))) == bins


def test_entries_by_hand() -> None:
    """Two digits of length, the BIN (posrig's choice)."""
    assert join_bins(["621214", "62284899"]) == b"06621214" + b"0862284899"
    for wrong in (b"0662121", b"03621", b"06 21214", b"0", b"AA621214"):
        with pytest.raises(DecodeError):
            split_bins(wrong)
    for bin_ in ("621", "62121A", "6" * 13):
        with pytest.raises(EncodeError):
            join_bins([bin_])


@given(st.binary(max_size=40))
def test_any_octets_are_entries_or_an_error(octets: bytes) -> None:
    try:
        assert join_bins(split_bins(octets)) == octets
    except DecodeError:
        pass


@pytest.mark.parametrize("dialect", dialect_names())
def test_lists_arrive_whole_in_parts_of_ten(dialect: str) -> None:
    shop = rig(
        dialect, bins={"bin_blacklist": (), "qps_bin_b": TABLE_B, "qps_bin_c": TABLE_B[:10]}, contactless=PARAMETERS
    )
    assert shop.terminal.operate("download_contactless").done
    assert shop.terminal.operate("download_bins").done
    assert state(shop).contactless == PARAMETERS
    assert state(shop).bins == {"bin_blacklist": [], "qps_bin_b": list(TABLE_B), "qps_bin_c": list(TABLE_B[:10])}
    messages = [e.data["fields"] for e in shop.seen("host", "message") if e.data["mti"] == "0800"]
    told = [fields["62"] for fields in messages if "62" in fields]
    asked = [text if len(text) == 3 else bytes.fromhex(text).decode() for text in told]  # stx-ascii shows F62 as text
    assert asked == ["000", "000", "010", "020", "000"], "blacklist, three parts of B, one of C"
    assert shop.sale(100).done
    shop.close()


@pytest.mark.parametrize(
    ("parameters", "tables", "amount_fen", "no_pin"),
    [
        ({}, {}, 100_000, True),
        ({}, {}, 100_001, False),
        (PARAMETERS, {"qps_bin_b": ["621214"]}, 500, True),
        (PARAMETERS, {"qps_bin_b": ["621214"]}, 501, False),
        (PARAMETERS | {"FF8054": "0"}, {"qps_bin_b": ["621214"]}, 1, False),
        (PARAMETERS, {"qps_bin_b": ["622588"]}, 1, False),
        (PARAMETERS, {}, 1, False),
        (PARAMETERS | {"FF8056": "0"}, {}, 1, True),
        (PARAMETERS, {"qps_bin_b": ["621214"], "qps_bin_c": ["6212142"]}, 1, False),
        (PARAMETERS | {"FF8056": "0"}, {"bin_blacklist": ["62121420"]}, 1, False),
        ({"FF8054": "1"}, {}, 1, False),
    ],
)
def test_when_a_tap_needs_no_pin(
    parameters: dict[str, str], tables: dict[str, list[str]], amount_fen: int, no_pin: bool
) -> None:
    """Switch, limit (inclusive), white list B, black list C and the general one; without parameters the profile."""
    shop = rig()
    known = state(shop)
    known.contactless, known.bins = parameters, tables
    bench: Any = shop.bench
    assert needs_no_pin(bench.engine.machine("terminal").desk, TAP, amount_fen) is no_pin
    shop.close()


def test_a_tap_over_the_hosts_limit_is_asked_for_its_pin() -> None:
    shop = rig(contactless=PARAMETERS | {"FF8056": "0"})
    for amount, mode in ((501, "072"), (500, "072")):
        assert shop.sale(amount, "tap").done
        assert _entry_mode(shop) == mode, "the profile's limit is 1000 yuan"
    assert shop.terminal.operate("download_contactless").done
    assert shop.sale(500, "tap").done and _entry_mode(shop) == "072"
    assert shop.sale(501, "tap").done and _entry_mode(shop) == "071"
    shop.close()


def _entry_mode(shop: Rig) -> str:
    sales = [e for e in shop.seen("host", "message") if e.data["mti"] == "0200"]
    return str(sales[-1].data["fields"]["22"])
