"""The card as a party of a scenario: its names are looked up before anything runs, and each customer has his own."""

from __future__ import annotations

from typing import Any, cast

import pytest

from harness.bench.base import Bench
from harness.bench.fleet import TerminalSpec
from harness.bench.world import World
from harness.scenarios import model
from harness.scenarios.names import wrong_in
from harness.scenarios.steps import Stage

Json = dict[str, Any]


def cause(behaviour: str, **settings: Any) -> model.Cause:
    return model.Cause(do="cause", party="card", behaviour=behaviour, settings=settings)


@pytest.mark.parametrize(
    "step",
    [
        cause("mute"),
        cause("mute", card="debit"),
        cause("wrong_status", sw="6A81", command="READ RECORD", number=2),
        cause("worn", card="${card}", insertions="${times}"),
        model.Heal(do="heal", party="card", behaviour="mute"),
        model.Control(do="control", party="card", name="status", args={"card": "debit"}),
        model.Operate(do="operate", op="sale", terminal=("terminal", "terminal2"), card="debit credit"),
    ],
)
def test_what_there_is(step: model.AnyStep) -> None:
    assert list(wrong_in(step)) == []


@pytest.mark.parametrize(
    ("step", "near"),
    [
        (cause("mute_at_reset"), "mute_on_reset"),
        (cause("mute", card="debti"), "debit"),
        (cause("mute", sw="6A81"), "'sw'"),
        (cause("wrong_status", sw="5000"), "sw must be a number"),
        (cause("hanging", command="READ RECORDS"), "READ RECORD"),
        (model.Heal(do="heal", party="card", behaviour="mut"), "mute"),
        (model.Control(do="control", party="card", name="stats", args={}), "status"),
        (model.Control(do="control", party="card", name="status", args={"cart": "debit"}), "card"),
        (model.Operate(do="operate", op="sale", card="debit credti"), "credit"),
    ],
)
def test_what_there_is_not(step: model.AnyStep, near: str) -> None:
    ((_, why), *_) = wrong_in(step)
    assert near in why.en


class Held:
    """A bench of which only what people hold ready counts."""

    def __init__(self, card: str) -> None:
        self.world = World(card=card, terminals=(TerminalSpec("terminal2"), TerminalSpec("terminal3")))
        self.asked: list[Json] = []
        self.now_us = 0

    def ask(self, party: str, who: str, name: str, **args: Any) -> Json:
        self.asked.append({"party": party, "name": name, **args})
        return {"status": "done"}

    def ask_each(self, parties: tuple[str, ...], who: str, name: str, **args: Any) -> Json:
        return {party: self.ask(party, who, name, **args) for party in parties}


def presented(terminals: tuple[str, ...], card: str, chip: str = "chip") -> list[Json]:
    """What is held at each terminal, in their order."""
    bench = Held(chip)
    Stage(cast("Bench", bench)).answer_to(model.Operate(do="operate", op="sale", terminal=terminals, card=card))
    return [one for one in bench.asked if one["name"] == "present"]


def test_each_customer_has_a_card_of_his_own() -> None:
    names = ("terminal", "terminal2", "terminal3")
    held = presented(names, "debit credit cda")
    assert [(one["party"], one["card"]) for one in held] == list(zip(names, ("debit", "credit", "cda"), strict=True))
    assert [one["card"] for one in presented(names, "stripe")] == ["stripe"] * 3


@pytest.mark.parametrize(("chip", "pin"), [("chip", "123456"), ("", None)])
def test_the_holder_of_a_chip_knows_its_pin(chip: str, pin: str | None) -> None:
    """By the list nobody is asked for the PIN of this card: it is the chip that wants it."""
    (held,) = presented(("terminal",), "offline-pin", chip)
    assert held.get("pin") == pin
