"""Settlement: totals, the order of the uploads, what survives (PAX, Topwise; F48 of Chanjet POS V2.0)."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.unionpay.message import Message

from .scripted import Bench, Host, ready_settings


def sold(count: int = 1, chip: int = 0) -> Bench:
    bench = Bench(ready_settings(), Host())
    bench.get_ready()
    for number in range(count):
        bench.sell(100 + number)
    for number in range(chip):
        bench.sell(1000 + number, "insert")
    bench.host.seen.clear()
    return bench


def told(code: str) -> Any:
    """A host that answers 0510 with this domestic result code."""

    def change(request: Message, reply: Message) -> Message:
        if request.mti != "0500":
            return reply
        totals = str(reply.get(48))
        return reply.replacing({48: totals[:30] + code + totals[31:]})

    return change


def steps(bench: Bench) -> list[tuple[str, str]]:
    return [(message.mti, str(message.get(60))[8:11]) for message in bench.host.seen]


def test_a_balanced_settlement_uploads_chips_only_and_ends_with_207() -> None:
    bench = sold(3, chip=2)
    outcome = bench.do("settle")
    assert (outcome["status"], outcome["balanced"]) == ("done", True)
    assert steps(bench) == [("0500", "201"), ("0320", "203"), ("0320", "203"), ("0320", "207")]
    request = bench.host.seen[0]
    assert request.get(48) == "000000002304" + "005" + "000000000000" + "000" + "0" + "0" * 31
    assert bench.host.seen[-1].get(48) == "0002"
    assert bench.host.seen[1].text(62) == "610000000000001000156"


def test_the_totals_count_a_voided_sale_on_both_sides() -> None:
    bench = sold(2)
    stan = bench.snapshot["entries"][0]["stan"]
    bench.do("void", stan=stan)
    bench.do("settle")
    request = next(message for message in bench.host.seen if message.mti == "0500")
    assert str(request.get(48))[:31] == "000000000201" + "002" + "000000000100" + "001" + "0"


def test_an_unbalanced_settlement_uploads_stripes_eight_at_a_time() -> None:
    bench = sold(9, chip=1)
    bench.do("refund", amount_fen=50, stan=bench.snapshot["entries"][0]["stan"])
    bench.host.seen.clear()
    bench.host.change = told("2")
    assert bench.do("settle")["balanced"] is False
    assert steps(bench) == [
        ("0500", "201"),
        ("0320", "201"),
        ("0320", "201"),
        ("0320", "000"),
        ("0320", "205"),
        ("0320", "202"),
    ]
    first, second, advice = bench.host.seen[1:4]
    assert str(first.get(48))[:2] == "08" and len(str(first.get(48))) == 2 + 8 * 40
    assert str(first.get(48))[2:42] == "00" + "000010" + "06212142000000000012" + "000000000100"
    assert str(second.get(48))[:2] == "01"
    assert advice.get(64) is None and str(advice.get(60))[:2] == "25"
    assert bench.host.seen[-1].get(48) == "0011"


def test_a_lost_upload_is_skipped_and_sent_again_after_the_round() -> None:
    bench = sold(0, chip=3)
    lost: list[str] = []

    def lose_the_second(request: Message, reply: Message) -> Message | None:
        net = str(request.get(60))[8:11]
        if net == "203" and request.get(4) == "000000001001" and not lost:
            lost.append(str(request.get(11)))
            return None
        return reply

    bench.host.change = lose_the_second
    assert bench.do("settle")["status"] == "done"
    amounts = [str(message.get(4))[-4:] for message in bench.host.seen if str(message.get(60))[8:11] == "203"]
    assert amounts == ["1000", "1001", "1002", "1001"]


@pytest.mark.parametrize("code", ["00", "94"])
def test_these_codes_are_accepted(code: str) -> None:
    bench = sold(0, chip=1)
    bench.host.change = lambda request, reply: reply.replacing({39: code}) if request.mti == "0320" else reply
    assert bench.do("settle")["status"] == "done"


def test_no_answer_blocks_sales_and_the_same_batch_is_asked_again() -> None:
    bench = sold(1)
    bench.host.change = lambda request, reply: None
    assert bench.do("settle")["status"] == "no_answer"
    assert bench.do("sale", amount_fen=1)["cause"] == "must_settle"
    bench.host.change = None
    bench.boot()
    assert bench.do("settle")["status"] == "done"
    asked = [message for message in bench.host.seen if message.mti == "0500"]
    assert len(asked) == 2 and asked[0].get(48) == asked[1].get(48)
    assert len(bench.snapshot["settled"]) == 1


def test_an_unfinished_upload_blocks_sales_over_a_power_cut() -> None:
    bench = sold(1, chip=1)
    bench.host.change = lambda request, reply: None if request.mti == "0320" else reply
    assert bench.do("settle")["status"] == "no_answer"
    bench.boot()
    assert bench.terminal.status()["life_cycle"] == "batching"
    assert bench.do("sale", amount_fen=1)["cause"] == "batch_upload_pending"
    bench.host.change = None
    bench.host.seen.clear()
    assert bench.do("batch_upload")["status"] == "done"
    assert "0500" not in bench.sent


def test_a_refused_settlement_lets_sales_go_on() -> None:
    bench = sold(1)
    bench.host.change = lambda request, reply: reply.replacing({39: "96", 48: None}) if request.mti == "0500" else reply
    assert bench.do("settle")["code"] == "96"
    bench.host.change = None
    assert bench.sell(5)["status"] == "done"


def test_auto_sign_off_by_parameter_21() -> None:
    bench = Bench(ready_settings(), Host())
    bench.host.change = lambda request, reply: (
        reply.replacing({62: b"211"}) if str(request.get(60))[8:11] == "360" else reply
    )
    bench.get_ready()
    bench.sell(5)
    bench.do("settle")
    assert bench.sent[-1] == "0820" and str(bench.host.seen[-1].get(60))[8:11] == "002"
    assert bench.terminal.status()["life_cycle"] == "signed_off"


def test_after_settlement_a_sign_in_is_needed() -> None:
    bench = sold(1)
    bench.do("settle")
    assert bench.do("sale", amount_fen=1)["cause"] == "not_signed_in"
    assert bench.slips()[-1].data["kind"] == "settlement"
