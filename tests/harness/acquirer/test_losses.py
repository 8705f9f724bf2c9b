"""Lost and stolen devices: refused at the first contact, place and time kept, never a code of cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.acquirer.books.losses import CONTACTS_MAX, FOLD, LossBook
from harness.bench.base import AskRefused
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.machine import MINUTE_US
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

Json = Any
OF_CARDS = ("04", "41", "43")
"""F39 that mean a card, and make a cashier take it away."""


@pytest.fixture(name="stage")
def _stage() -> Iterator[Stage]:
    bench = SimulatedBench(World(), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def portal(stage: Stage, action: str, **args: Json) -> Json:
    return stage.bench.ask("host", "portal", action, sn=stage.variables["sn"], **args)


def operate(stage: Stage, op: str, **args: Json) -> Json:
    stage.bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
    return stage.bench.ask("terminal", "person", "operate", op=op, **args)


@pytest.mark.parametrize("how", ["lost", "stolen"])
def test_every_contact_is_refused_and_recorded(stage: Stage, how: str) -> None:
    reported = portal(stage, "report", status=how, reference="R-1")
    assert (reported["status"], reported["reference"], reported["contacts"]) == (how, "R-1", [])
    stage.bench.ask("terminal", "control", "settings", location="113.2644,23.1291")
    stage.bench.advance(7 * MINUTE_US)
    codes = [
        operate(stage, "sale", amount_fen=10)["code"],
        operate(stage, "sign_in")["code"],
        operate(stage, "echo")["code"],
    ]
    assert codes == ["58", "58", "58"]
    assert not set(codes) & set(OF_CARDS)
    found = portal(stage, "loss")
    assert [one["request"] for one in found["contacts"]] == ["sale", "sign_in", "echo"]
    first = found["contacts"][0]
    assert (first["longitude"], first["latitude"]) == ("113.2644", "23.1291"), "F59, usage A5"
    assert first["peer"]
    assert first["at_us"] - found["reported_us"] >= 7 * MINUTE_US
    assert portal(stage, "status")["status"] == how


def test_its_keys_are_gone(stage: Stage) -> None:
    portal(stage, "report", status="stolen")
    with pytest.raises(AskRefused):
        stage.bench.ask("host", "control", "issue_tmk", sn=stage.variables["sn"])
    fetched = stage.bench.ask("terminal", "person", "operate", op="download_master_key")
    assert (fetched["status"], fetched["code"]) == ("declined", "58"), "nor by remote download"
    events = [e for e in stage.bench.events() if e.kind == "state" and e.data["to"] == "stolen"]
    assert events
    operate(stage, "sale", amount_fen=10)
    assert not stage.bench.snapshot()["host"]["postings"]


def test_it_is_known_by_its_serial_number_after_another_took_its_place(stage: Stage) -> None:
    """The old device goes on calling under the merchant and terminal numbers that the new one has now."""
    portal(stage, "report", status="stolen")
    application = stage.variables["application"]
    stage.bench.ask("host", "portal", "replacement", application=application, reason="stolen")
    stage.bench.ask("host", "control", "pack", application=application, sn="POSRIG02000009")
    code = operate(stage, "sale", amount_fen=10)["code"]
    assert code == "58"
    assert portal(stage, "loss")["contacts"][-1]["request"] == "sale"
    with pytest.raises(AskRefused, match="not reported"):
        stage.bench.ask("host", "portal", "loss", sn="POSRIG02000009")


def test_contacts_are_counted_and_the_first_are_kept() -> None:
    book = LossBook()
    FOLD["loss"](book, {"sn": "S", "how": "lost", "at_us": 0})
    for number in range(CONTACTS_MAX + 5):
        FOLD["loss_contact"](book, {"sn": "S", "at_us": number, "request": "echo", "peer": ""})
    assert book.all["S"].seen == CONTACTS_MAX + 5
    assert [one["at_us"] for one in book.all["S"].contacts] == list(range(CONTACTS_MAX))


@pytest.mark.parametrize("args", [{"status": "gone"}, {"status": "stolen", "reference": 5}])
def test_bad_reports(stage: Stage, args: Json) -> None:
    with pytest.raises(AskRefused):
        portal(stage, "report", **args)
    assert portal(stage, "status")["status"] == "bound"
