"""An emulated terminal whose control interface is asked without a process: for tests of the checks of the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..terminal.scripted import Bench


class Stand:
    """As `harness.bench.control_client.ControlClient`, on a terminal in this thread."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.asked: list[str] = []

    def ask(
        self, who: str, name: str, args: Mapping[str, Any] | None = None, timeout_s: float | None = None
    ) -> tuple[bool, Mapping[str, Any]]:
        """What the machine answers."""
        given = dict(args or {})
        self.asked.append(str(given.get("op", name)))
        answer = self.bench.ask(who, name, **given)
        return answer.ok, answer.value


def stand_with(*faults: str, **settings: Any) -> Stand:
    """A terminal that is ready, with faults as `--fault` names them (`reader_mute:part=chip_reader`)."""
    bench = Bench(**settings)
    bench.get_ready()
    for fault in faults:
        name, _, rest = fault.partition(":")
        pairs = (pair.partition("=") for pair in rest.split(",") if pair)
        values = {key: int(value) if value.isdecimal() else value for key, _, value in pairs}
        assert bench.ask("control", "cause", behaviour=name, **values).ok, fault
    return Stand(bench)
