"""A stripe that stands in for a chip: how the host tells it, and that it is answered 45 where the host takes none."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.unionpay.message import Message
from protocols.unionpay.track import has_chip

from .conftest import Bench, Pos

CHIP_TRACK, STRIPE_TRACK = "6212142000000000012D30122010000000000", "6212142000000000012D30121010000000000"


def sale(pos: Pos, mode: str, capability: str = "5", condition: str = "0", **more: Any) -> Message:
    fields = pos.sale_fields(100)
    fields |= {22: mode, 60: f"22{pos.batch}000{capability}{condition}"}
    del fields[23]
    return pos.ask("0200", fields | {int(name[1:]): value for name, value in more.items()}, mac=True)


FALLBACKS: list[tuple[str, dict[str, Any]]] = [
    ("802", {}),
    ("022", {"condition": "1"}),
    ("022", {"condition": "2"}),
    ("901", {"condition": "1"}),
    ("022", {"f35": CHIP_TRACK}),
]
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("052", {"condition": "2"}),
    ("072", {}),
    ("022", {}),
    ("022", {"f35": STRIPE_TRACK}),
    ("022", {"capability": "2", "f35": CHIP_TRACK}),
    ("022", {"f35": CHIP_TRACK, "f53": "0610000000000000"}),
]
"""A chip, a tap, a card without chip, a terminal without chip reader, a track that is encrypted."""


@pytest.mark.parametrize(("mode", "more"), FALLBACKS)
def test_fallback_is_taken_unless_the_host_forbids_it(bench: Bench, pos: Pos, mode: str, more: dict[str, Any]) -> None:
    assert sale(pos, mode, **more).text(39) == "00"
    bench.ask("control", "cause", behaviour="no_fallback")
    before = len(bench.ask("control", "snapshot")["postings"])
    assert sale(pos, mode, **more).text(39) == "45"
    assert len(bench.ask("control", "snapshot")["postings"]) == before, "nothing is booked"
    bench.ask("control", "heal", behaviour="no_fallback")
    assert sale(pos, mode, **more).text(39) == "00"


@pytest.mark.parametrize(("mode", "more"), OTHERS)
def test_what_is_no_fallback_is_not_forbidden(bench: Bench, pos: Pos, mode: str, more: dict[str, Any]) -> None:
    bench.ask("control", "cause", behaviour="no_fallback")
    assert sale(pos, mode, **more).text(39) == "00"


def test_what_was_approved_stays_approved_when_it_comes_again(bench: Bench, pos: Pos) -> None:
    fields = pos.sale_fields(100) | {22: "802"}
    first = pos.ask("0200", fields, mac=True)
    bench.ask("control", "cause", behaviour="no_fallback")
    assert pos.ask("0200", fields, mac=True).text(37) == first.text(37)


@pytest.mark.parametrize(
    ("track2", "chip"),
    [(CHIP_TRACK, True), (STRIPE_TRACK, False), ("6225880000000019D3012601", True), ("6225880000000019D3012", False)],
)
def test_the_service_code_tells_of_a_chip(track2: str, chip: bool) -> None:
    """ISO 7813: 2 and 6 in the first place, international and national."""
    assert has_chip(track2) is chip
    assert has_chip("") is False
