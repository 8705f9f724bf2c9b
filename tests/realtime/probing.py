"""Every protocol found by somebody who knows nothing: over a pty, over TCP, at another rate; with a device's patience.

No part of the suite, for most of it is waiting: a run of `.ci/run` has it as a step of its own.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.probing import Heard, probe
from harness.bench.register import Cable, open_register
from harness.bench.standing import USUAL, StandingTerminal
from harness.driver.probing import protocols_probed
from harness.links.line_settings import LineSettings
from protocols.registers import REGISTER_PROTOCOLS
from tests.harness.real_line import RealLine


@pytest.mark.timeout(120)
@pytest.mark.parametrize("protocol", protocols_probed())
@pytest.mark.parametrize("way", ["pty", "tcp", "another rate"])
def test_a_terminal_is_found_among_all_protocols_and_sells(protocol: str, way: str) -> None:
    row = REGISTER_PROTOCOLS[protocol]
    spoken = RegisterSpec(protocol, "tcp" if way == "tcp" else "serial")
    tcp = "127.0.0.1:0" if way == "tcp" else ""
    baud = row.baudrates[1] if way == "another rate" else row.baudrates[0]
    set_to = LineSettings.parse(f"{baud}-{row.line}")
    vain: list[Heard] = []
    with StandingTerminal(replace(USUAL, register=spoken, serial="" if tcp else "pty", tcp=tcp)) as terminal:
        before = terminal.ask("control", "snapshot")
        if tcp:
            found = probe(Cable(terminal.port, RegisterSpec(transport="tcp")), told=vain.append)
            assert (found.spoken, found.line) == (spoken, None)
        else:
            with RealLine(terminal.port, set_to) as line:
                found = probe(Cable(line.port), told=vain.append)
                assert found.spoken == spoken, [one.attempt for one in vain]
                assert found.line is not None and found.line.baud == baud
        assert terminal.ask("control", "snapshot") == before
        with open_register(replace(found, port=terminal.port)) as register:
            assert register.do("sale", amount_fen=1_00)["status"] == "done"
