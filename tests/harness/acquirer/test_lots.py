"""Production lots: what a device says of its parts arrives as it said it and is counted by lot; a recall is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.acquirer.books.lots import FOLD, LotBook
from harness.bench.base import AskRefused
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

from .conftest import Bench

Json = Any


@pytest.fixture(name="stage")
def _stage() -> Iterator[Stage]:
    bench = SimulatedBench(World(), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def control(stage: Stage, name: str, **args: Json) -> Json:
    return stage.bench.ask("host", "control", name, **args)


def told(stage: Stage, card: str = "stripe", how: str = "swipe", pin: str = "123456") -> Json:
    """The device tells its state, and the report of its lot."""
    assert control(stage, "demand_status")["terminals"] == 1
    stage.bench.ask("terminal", "person", "operate", op="sign_in")
    stage.bench.ask("terminal", "person", "present", card=card, how=how, **({"pin": pin} if pin else {}))
    assert stage.bench.ask("terminal", "person", "operate", op="sale", amount_fen=10)["status"] == "done"
    (lot,) = stage.bench.ask("host", "portal", "lots")["lots"]
    return lot


@pytest.mark.parametrize(
    ("part", "item", "paid"),
    [  # the device items of Q/CUP 009; keys and PIN have one keypad here, and a card that asks for no PIN needs none
        ("keypad", ["01", "02"], ("credit", "insert", "")),
        ("chip_reader", ["03"], ("stripe", "swipe", "123456")),
        ("display", ["05"], ("stripe", "swipe", "123456")),
    ],
)
def test_what_is_broken_is_told_by_its_item_and_what_is_mended_is_not(
    stage: Stage, part: str, item: list[str], paid: tuple[str, str, str]
) -> None:
    control(stage, "lot", lot="L1", sns=[stage.variables["sn"]])
    assert told(stage)["faulty"] == []
    stage.bench.ask("terminal", "control", "cause", behaviour="part_failed", part=part)
    assert [(one["part"], one["count"]) for one in told(stage, *paid)["faulty"]] == [(code, 1) for code in item]
    stage.bench.ask("terminal", "control", "heal", behaviour="part_failed")
    assert told(stage)["faulty"] == []


def test_a_device_that_told_nothing_is_not_counted_as_sound(stage: Stage) -> None:
    control(stage, "lot", lot="L1", sns=[stage.variables["sn"], "SN-2"])
    (lot,) = stage.bench.ask("host", "portal", "lots", lot="L1")["lots"]
    assert (lot["devices"], lot["reported"]) == (2, 0)
    assert told(stage)["reported"] == 1


def test_it_is_asked_once(stage: Stage) -> None:
    control(stage, "lot", lot="L1", sns=[stage.variables["sn"]])
    told(stage)
    stage.bench.ask("terminal", "person", "operate", op="sign_in")
    replies = [e for e in stage.bench.events() if e.kind == "message" and e.party == "host" and e.data["dir"] == "out"]
    assert [e.data.get("requirement") for e in replies if e.data["kind"] == "sign_in"][-2:] == [2, None]


def test_only_a_recalled_device_is_replaced_as_recalled(stage: Stage) -> None:
    application = stage.variables["application"]
    control(stage, "lot", lot="L1", sns=[stage.variables["sn"]])
    control(stage, "lot", lot="L2", sns=["SN-2"])
    control(stage, "recall", lot="L2")
    with pytest.raises(AskRefused, match="not recalled"):
        stage.bench.ask("host", "portal", "replacement", application=application, reason="recalled")
    assert control(stage, "recall", lot="L1")["devices"] == [stage.variables["sn"]]
    stage.bench.crash("host")
    stage.bench.restart("host")
    assert stage.bench.ask("host", "portal", "lots", lot="L1")["lots"][0]["recalled"] is True
    assert stage.bench.ask("host", "portal", "replacement", application=application, reason="recalled")["parcel"]
    with pytest.raises(AskRefused, match="is recalled"):
        control(stage, "pack", application=application, sn="SN-2")
    assert control(stage, "pack", application=application, sn="SN-3")["sn"] == "SN-3"


@pytest.mark.parametrize(
    ("name", "args", "named"),
    [
        ("lot", {"lot": "", "sns": ["SN-1"]}, "lot"),
        ("lot", {"lot": "L1", "sns": "SN-1"}, "sns"),
        ("lot", {"lot": "L1", "sns": [7]}, "sns"),
        ("lot", {"lot": "L1", "sns": ["x" * 201]}, "sns"),
        ("recall", {"lot": "L9"}, "no lot L9"),
        ("lots", {"lot": "L9"}, "no lot L9"),
    ],
)
def test_what_cannot_be_is_refused_and_named(name: str, args: Json, named: str) -> None:
    answer = Bench.made().answer("control", name, **args)
    assert not answer.ok and named in answer.value["error"]["en"]


def test_a_device_belongs_to_the_lot_that_was_named_last() -> None:
    book = LotBook()
    FOLD["lot_produced"](book, {"lot": "A", "sns": ["1", "2"]})
    FOLD["lot_produced"](book, {"lot": "B", "sns": ["2"]})
    assert (book.devices("A"), book.devices("B")) == (["1"], ["2"])
