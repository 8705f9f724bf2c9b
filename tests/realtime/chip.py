"""Every fault of a card at every command of its sale, and a power cut before every effect of one; simulated."""

from __future__ import annotations

import pytest

from tests.proofs.chip import Till, faults_of, suffer
from tests.proofs.days import DAYS, single_cuts, survive
from tests.proofs.shop import Different

CHIP = Different(card="chip")


@pytest.mark.parametrize(
    ("card", "pin", "template"),
    [
        ("debit", "", 0),
        ("credit", "", 0),
        ("tap", "", 0),
        ("cda", "123456", 71),
        ("enciphered-pin", "123456", 72),
        ("offline-pin", "123456", 0),
    ],
)
def test_every_fault_at_every_command(card: str, pin: str, template: int) -> None:
    """`template`: the host sends a script with each answer."""
    till = Till(card, pin)
    if template:
        till.bench.ask(
            "host",
            "control",
            "cause",
            behaviour="script",
            commands=["unblock_pin", "put_data 9F58 03"],
            template=template,
        )
    faults = list(faults_of(till))
    assert len(faults) > 30
    for fault, settings in faults:
        suffer(till, fault, settings)
    till.close()


@pytest.mark.parametrize("name", ["sale, chip", "sale, wrong PIN first", "sale, reply late"])
def test_the_power_fails_anywhere(name: str) -> None:
    cuts = list(single_cuts(DAYS[name], CHIP))
    assert len(cuts) > len(list(single_cuts(DAYS[name]))) + 40, "what the card is told and says comes on top"
    for cut in cuts:
        try:
            survive(DAYS[name], (cut,), CHIP)
        except AssertionError as error:
            raise AssertionError(f"{cut}: {error}") from error
