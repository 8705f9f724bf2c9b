"""From the box to a settled sale, the test playing the host (order: unionpay.md section 6 as published, see docs)."""

from __future__ import annotations

from protocols import ciphers
from protocols.unionpay import pin

from .scripted import CARD, MID, PIK, TID, TMK, Bench, box_settings


def components() -> tuple[list[str], str]:
    """The TMK in two components."""
    first = bytes(range(16))
    second = bytes(a ^ b for a, b in zip(first, TMK, strict=True))
    return [first.hex(), second.hex()], ciphers.kcv(TMK, "3des").hex()


def test_from_the_box_to_a_settled_sale() -> None:
    bench = Bench(box_settings())
    parts, kcv = components()
    for op in ("self_test", "connect", "activate"):
        assert bench.do(op)["status"] == "done", op
    assert bench.ask("control", "inject_tmk", components=parts, kcv=kcv).value["status"] == "done"
    bench.get_ready()
    assert bench.terminal.status()["life_cycle"] == "ready"
    outcome = bench.sell(1234)
    assert (outcome["status"], outcome["code"], outcome["amount_fen"]) == ("done", "00", 1234)
    assert bench.do("settle")["status"] == "done"
    assert bench.terminal.status()["life_cycle"] == "must_sign_in"
    snapshot = bench.snapshot
    assert (snapshot["tid"], snapshot["mid"]) == (TID, MID)
    assert [e["amount_fen"] for e in snapshot["entries"]] == [1234]
    assert snapshot["settled"] == [
        {"batch": "000042", "debit_fen": 1234, "debit_count": 1, "credit_fen": 0, "credit_count": 0, "balanced": True}
    ]


def test_the_sale_on_the_wire() -> None:
    """Fields of a swiped sale with PIN (Chanjet POS V2.0 table of elements; PAX field order)."""
    bench = Bench()
    bench.get_ready()
    bench.sell(1234)
    request = bench.host.seen[-1]
    assert request.mti == "0200"
    assert sorted(request.fields) == [2, 3, 4, 11, 14, 22, 25, 26, 35, 41, 42, 49, 52, 53, 59, 60, 64]
    text = {n: request.text(n) for n in request.fields}
    assert (text[3], text[4], text[22], text[25], text[49]) == ("000000", "000000001234", "021", "00", "156")
    assert text[53] == "2600000000000000"
    assert text[60] == "2200004200050"
    block = request.octets(52)
    assert block is not None and pin.decrypt(block, CARD.pan, PIK) == "123456"
