"""Customers with all kinds of cards at one terminal: refused, declined, fallen back or reversed as EMV and the rules of
UnionPay's acceptance have it; nobody's card makes a fault of the terminal, and the books are right in the evening.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.trace import Event
from tests.proofs.chip import Till

Json = dict[str, Any]
PIN = "123456"
RIGHT = ("done", None, "00")


@pytest.fixture(scope="module")
def till() -> Iterator[Till]:
    one = Till("debit", pin=PIN)
    yield one
    one.close()


def buy(till: Till, card: str) -> tuple[str, str | None, str | None]:
    """One sale with this card inserted."""
    till.by_hand = {"card": card, "how": "insert", "pin": PIN}
    outcome = till.sell()
    return outcome["status"], outcome["cause"], outcome["code"]


def host_says(till: Till) -> dict[str, Event]:
    """What the issuer found wrong in the last sale."""
    events = till.bench.trace.events[till.since :]
    return {str(e.data["what"]): e for e in events if (e.party, e.kind) == ("host", "chip") and e.data["ok"] is False}


def sent(till: Till) -> list[str]:
    return [str(data["mti"]) for data in till.seen("message") if data["dir"] == "out"]


@pytest.mark.parametrize(
    ("card", "ends"),
    [
        ("expired", ("declined", "declined", "54")),
        ("blocked", ("refused", "card_blocked", None)),
        ("blocked-application", ("refused", "application_blocked", None)),
        ("pin-blocked", ("declined", "declined", "75")),
        ("sm4", RIGHT),
        ("no-pse", RIGHT),
        ("no-oda", RIGHT),
    ],
)
def test_a_card_that_is_so_by_nature(till: Till, card: str, ends: tuple[str, str | None, str | None]) -> None:
    assert buy(till, card) == ends
    if ends[0] == "refused":
        assert sent(till) == [], "no fallback for a card that its issuer has blocked"
        assert not any("swipe" in str(data["en"]) for data in till.seen("display")[1:])


@pytest.mark.parametrize(
    ("behaviour", "settings", "found"),
    [
        ("wrong_cryptogram", {}, "arqc"),
        ("wrong_unpredictable", {}, "arqc"),
        ("wrong_certificate", {"which": "issuer"}, "tvr"),
        ("wrong_certificate", {"which": "icc"}, "tvr"),
        ("wrong_certificate", {"which": "static"}, "tvr"),
        ("wrong_certificate", {"which": "dynamic"}, "tvr"),
    ],
)
def test_a_false_card_is_declined_by_its_issuer(till: Till, behaviour: str, settings: Json, found: str) -> None:
    till.cause(behaviour, **settings)
    ends = buy(till, "debit")
    till.heal()
    assert ends == ("declined", "declined", "59")
    assert found in host_says(till)
    assert buy(till, "debit") == RIGHT


def test_a_copied_card_is_behind_the_true_one(till: Till) -> None:
    for _ in range(3):
        assert buy(till, "no-oda") == RIGHT
    till.cause("atc_back", by=2)
    ends = buy(till, "no-oda")
    till.heal()
    assert ends == ("declined", "declined", "59")
    assert host_says(till)["atc"].data["why"] in ("atc_back", "arqc_replayed")


@pytest.mark.parametrize("party", ["host", "card"])
def test_an_issuer_that_the_card_does_not_believe(till: Till, party: str) -> None:
    """Approved by the host and not by the card: taken back at once."""
    if party == "host":
        till.bench.ask("host", "control", "cause", behaviour="wrong_arpc", count=1)
    else:
        till.cause("issuer_disbelieved")
    ends = buy(till, "debit")
    till.heal()
    assert ends == ("cancelled", "card_rejected", None)
    assert sent(till) == ["0200", "0400"]
    assert buy(till, "debit") == RIGHT


def test_a_script_that_fails_leaves_the_sale_as_it_is(till: Till) -> None:
    till.bench.ask("host", "control", "cause", behaviour="script", commands=["change_pin 654321"], count=1)
    till.bench.ask("host", "control", "cause", behaviour="wrong_script_mac", count=1)
    assert buy(till, "debit") == RIGHT
    assert "script" in host_says(till)
    assert buy(till, "debit") == RIGHT, "with the old PIN"
    assert sent(till)[0] == "0620", "the notice of the script comes first"
    assert host_says(till)["script_result"].data["why"] == "failed"


def test_nobody_calls_a_reader_broken(till: Till) -> None:
    """Of all that, only the card whose PIN is blocked is worth a look: whether it was the person or the keypad."""
    assert buy(till, "debit") == RIGHT
    assert [item.symptom for item in diagnose(till.bench.trace.events).observations] == ["pin_again_and_again"]
