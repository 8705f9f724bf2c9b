"""What looks alike about second accounts, service and loss, and the observation that tells it apart (catalogue, K)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.trace import Who

from .conftest import Shop
from .test_opening import ITEMS, MERCHANT, ask_for_another

Json = Any
SIDES: tuple[Who, ...] = ("all", "register", "terminal", "host")


def named(shop: Shop, view: Who = "all") -> tuple[str, ...]:
    return diagnose(shop.bench.events(), view).group


def test_nothing_is_wrong_with_two_accounts_that_sell(shop: Shop) -> None:
    shop.sell(1_000, channel="counter")
    shop.sell(300, shop.second, channel="delivery")
    shop.portal("statement", sn=shop.sn)
    shop.portal("status", sn=shop.sn)
    shop.settle(shop.second)
    for view in SIDES:
        assert diagnose(shop.bench.events(), view).first is None, view


def test_no_record_refusal_and_draft_of_a_second_account(shop: Shop) -> None:
    """A7 / I1 / I3: no record, refusal with reason, draft with step."""
    third, fourth = ask_for_another(shop), shop.portal("draft", form="full", account_of=shop.sn)["application"]
    shop.operate("download_parameters")
    shop.control("review", application=third[0], decision="reject", reason="信誉度")
    shop.sell(10, third[1])
    assert "I1" in named(shop, "terminal")
    assert named(shop, "host") == ("I1",)
    shop.portal("account", application=third[0])
    assert named(shop) == ("I1",)
    shop.portal("account", application=fourth)
    assert set(diagnose(shop.bench.events()).named) == {"I1", "I3"}, "two causes at once are named both"


def test_an_account_that_nobody_applied_for(shop: Shop) -> None:
    shop.portal("withdraw", application=ask_for_another(shop)[0])
    assert shop.operate("sale", amount_fen=5, account=4)["cause"] == "no_account"
    assert "A7" in named(shop, "terminal")
    assert not {"I1", "I2", "I3"} & set(named(shop))


def test_a_draft_of_a_merchant_and_of_an_account(shop: Shop) -> None:
    """A6 / I3: whether account one can sell; here it does, and the draft is of a further account."""
    number = shop.portal("draft", form="full", account_of=shop.sn)["application"]
    mid = shop.portal("account", application=number)["mid"]
    shop.operate("download_parameters")
    shop.sell(10)
    assert shop.sell(10, mid)["code"] == "D6"
    shop.portal("progress", application=number)
    for view in SIDES:
        assert named(shop, view) == ("I3",), view
    own = shop.portal("draft", form="full")["application"]
    shop.portal("progress", application=own)
    assert set(diagnose(shop.bench.events()).named) == {"A6", "I3"}


def test_the_merchants_own_refusal_is_not_that_of_an_account(shop: Shop) -> None:
    """A2 / I1."""
    own = shop.portal("apply", merchant=MERCHANT, items=ITEMS)["application"]
    shop.control("review", application=own, decision="reject", reason="资质")
    shop.portal("progress", application=own)
    assert "I1" not in named(shop)


def test_two_channels_that_share_an_account(shop: Shop) -> None:
    """I4 speaks of the takings, whatever they are called and how much they are; one channel alone is none."""
    fork = shop
    fork.sell(1, channel="x")
    fork.sell(2, channel="x")
    fork.portal("statement", sn=fork.sn)
    assert named(fork) == ()
    fork.sell(3, channel="y")
    assert named(fork) == (), "the statement knows two accounts: it can be split from now on"


@pytest.mark.parametrize("where", ["host", "line"])
def test_a_slow_line_is_not_a_slow_host(shop: Shop, where: str) -> None:
    """D14 / F3 / G3 / H9: time stamps at both ends."""
    if where == "host":
        shop.control("cause", behaviour="answer_late", kinds=["sale"], delay_us=3_000_000)
    else:
        shop.line("latency:stream=downstream,latency=3000,times=1000")
    for _ in range(4):
        assert shop.sell(10)["status"] == "done"
    assert ("H9" in named(shop)) is (where == "host")
    assert "H9" in named(shop, "terminal"), "the terminal alone cannot tell them apart"


def test_one_slow_sale_and_one_failure_are_no_matter_of_quality(shop: Shop) -> None:
    shop.control("cause", behaviour="answer_late", kinds=["sale"], delay_us=9_000_000, count=1)
    shop.sell(10)
    for _ in range(2):
        shop.control("cause", behaviour="decline", kinds=["sale"], code="68", count=1)
        shop.sell(10)
    shop.portal("quality")
    for view in SIDES:
        assert "H9" not in named(shop, view), view


@pytest.mark.parametrize("how", ["lost", "stolen"])
def test_a_device_that_was_reported(shop: Shop, how: str) -> None:
    """B2 / H10: reported by the merchant, or a parcel that never came."""
    shop.portal("report", sn=shop.sn, status=how)
    assert shop.sell(10)["code"] == "58"
    assert named(shop) == named(shop, "host") == ("H10",)
    assert "H10" in named(shop, "terminal")
