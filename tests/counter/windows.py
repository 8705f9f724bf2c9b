"""A port that is worked by threads, as on Windows, with a plug that comes out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.bench.register import LINK, Cable, open_register
from harness.bench.standing import StandingTerminal
from harness.links import serial


@pytest.mark.timeout(60)
def test_a_plug_that_comes_out_and_in_again_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial, "sys", SimpleNamespace(platform="win32"))
    with StandingTerminal() as terminal, open_register(Cable(terminal.port, reopen_s=0.05)) as register:
        port = terminal.port
        assert register.do("sign_in")["status"] == "done"
        assert isinstance(vars(vars(register)["_shell"].links[LINK])["_port"], serial.ThreadPort)
        sale = register.begin("sale", amount_fen=1_00)
        terminal.pull_cable()
        while register.attached:
            assert sale.wait(0.05) is None
        terminal.plug_cable()
        assert terminal.port == port
        outcome = sale.wait(40)
        assert outcome is not None and outcome["status"] == "done"
        assert len(terminal.ask("control", "snapshot")["entries"]) == 1  # and not sold twice
