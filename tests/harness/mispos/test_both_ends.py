"""Register and terminal speak both dialects with each other, the host's traffic going through the cable."""

from __future__ import annotations

import pytest

from .till import MID, TID, Till

DIALECTS = ("mispos-a", "mispos-b")


@pytest.mark.parametrize("protocol", DIALECTS)
def test_a_day(protocol: str) -> None:
    till = Till(protocol)
    assert till.do("identify")["tid"] == TID
    assert till.do("sign_in")["status"] == "done"
    assert till.do("download")["status"] == "done"
    sale = till.sell(1_00, order="17")
    assert (sale["status"], sale["amount_fen"]) == ("done", 1_00)
    assert (till.do("last")["stan"], till.do("last")["of"]["order"]) == (sale["stan"], "17")
    assert till.do("reprint", stan=sale["stan"])["status"] == "done"
    assert till.do("void", stan=sale["stan"])["status"] == "done"
    held = till.sell(5_00, "preauth")
    assert held["status"] == "done"
    assert till.do("completion", stan=held["stan"], amount_fen=4_00)["status"] == "done"
    other = till.sell(3_00, "preauth")
    assert till.do("preauth_void", stan=other["stan"])["status"] == "done"
    kept = till.sell(2_00)
    refund = till.do("refund", amount_fen=50, stan=kept["stan"], rrn=kept["rrn"])
    assert refund["status"] == "done"
    till.card()
    balance = till.do("balance")
    assert (balance["status"], balance["balance_fen"] > 0) == ("done", True)
    status = till.do("status")
    assert (status["tid"], status["mid"]) == (TID, MID)
    assert till.do("settle")["status"] == "done"
    till.check()
