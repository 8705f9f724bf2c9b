"""A terminal's life cycle as ZVT has it: E4 and its cures, 51 by 06 93, C2 by 06 70 (PA00P015 chapters 7.1 and 11.1,
CCV OPM-C60 manual).
"""

from __future__ import annotations

import pytest

from protocols import ciphers

from .scripted import TMK, with_requirement
from .zvt_register import TAKEN, ZvtRegister, commands


def test_locked_until_the_cure_and_only_by_the_cure() -> None:
    """51 by 06 93, C2 by 06 70 (PA00P015 chapters 7.1 and 11.1)."""
    register = ZvtRegister()
    register.register()
    for command in ("06010704000000000100", "067000", "065003123456", "061800"):
        assert register.ask(command) == [TAKEN, "061e0151"], command
    assert register.ask("050100") == [TAKEN, "060f0151"]
    assert commands(register.ask("069303123456"))[-1] == "060f"
    assert register.ask("050100") == [TAKEN, "060f01c2"]
    assert register.ask("06010704000000000100") == [TAKEN, "061e01c2"]
    assert register.ask("067000")[-1] == "060f00"
    assert register.ask("050100") == [TAKEN, "060f0100"]


def test_a_locked_terminal_still_tells_its_last_payment() -> None:
    register = ZvtRegister()
    register.get_ready()
    register.bench.host.change = lambda request, reply: with_requirement(reply, 6)
    register.pay(100)
    assert register.ask("050100")[-1] == "060f01e0"
    told = register.ask("062003123456")
    assert "04000000000100" in next(apdu for apdu in told if apdu.startswith("040f"))


def test_the_day_can_be_ended_although_an_update_is_demanded() -> None:
    register = ZvtRegister()
    register.get_ready()
    register.pay(100)
    register.bench.host.change = lambda request, reply: with_requirement(reply, 6)
    register.pay(200)
    assert register.ask("050100")[-1] == "060f01e0"
    assert register.ask("06010704000000000100") == [TAKEN, "061e01e0"]
    assert register.ask("065003123456")[-1] == "060f00"


def test_from_the_box_to_the_first_payment() -> None:
    """CCV OPM-C60: 40 00, 08 13, 06 93, configuration diagnosis, EMV diagnosis, ready."""
    register = ZvtRegister(identity=None)
    assert register.register(more="0600")[1].endswith("1f55024000"), "Inbetriebnahme erforderlich"
    assert register.ask("050100")[-1] == "060f01e4"
    assert register.ask("069303123456")[-1][6:8] == "e4"
    item = "2d0d" + "1d0101" + "1c08" + b"12345678".hex()
    assert register.ask("081314" + "123456" + "060f" + item)[-1][:4] == "060f"
    assert register.terminal.status()["life_cycle"] == "activated"
    assert register.ask("069303123456")[-1][6:8] == "85", "this host has no key for it: key missing"
    parts, kcv = ["00" * 16, TMK.hex(), "00" * 16], ciphers.kcv(TMK, "3des").hex()
    assert register.bench.ask("control", "inject_tmk", components=parts, kcv=kcv).value["status"] == "done"
    assert register.ask("069303123456")[-1] == "060f00"
    assert register.ask("06700506031b0103")[-1] == "060f00"
    assert register.ask("050100")[-1] == "060f01c2"
    assert register.ask("06700506031b0104")[-1] == "060f00"
    assert register.ask("050100")[-1] == "060f0100"
    assert register.pay(100)[-1] == "060f00"


@pytest.mark.parametrize(
    ("quirk", "command"), [("06 1B", "061b03123456"), ("08 22", "082200"), ("08 13", "081303123456")]
)
def test_what_clears_e4_is_the_vendors(quirk: str, command: str) -> None:
    register = ZvtRegister(quirks={"activation": quirk}, identity=None)
    register.register()
    for other in {"061b03123456", "082200", "081303123456"} - {command}:
        assert register.ask(other) == [TAKEN, "061e01e4"], other
    assert register.ask(command)[-1] == "060f00"


def test_an_initialisation_without_a_host_fails_with_7d_and_is_remembered() -> None:
    register = ZvtRegister()
    register.bench.reachable = False
    register.register(more="0600")
    assert register.ask("069303123456")[-1][6:8] == "7d"
    assert register.register(more="0600")[1].endswith("1f55020200"), "initialisation failed"


def test_after_the_diagnosis_a_register_that_permits_it_gets_the_time() -> None:
    register = ZvtRegister()
    register.get_ready(more="0606" + "26040a020401")
    assert register.ask("067000")[-2] == "0401080c101112aa261121"
