"""A bench that at its end looks whether what each machine knows is what its durable records say: a machine that starts
again from them must know the same, whatever its life was like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from harness.acquirer import state as host_state
from harness.acquirer.host import Host
from harness.bench.simulated import SimulatedBench
from harness.card import state as card_state
from harness.card.card import Card
from harness.machine import Record
from harness.terminal import state as terminal_state
from harness.terminal.terminal import Terminal
from harness.trace import Trace


class RebuiltBench(SimulatedBench):
    """`finish` raises AssertionError when the state of a machine is not the fold of its records."""

    def finish(self) -> Trace:
        """As `Bench.finish`."""
        trace = super().finish()
        for party, store in self.stores.items():
            machine = self.engine.machine(party)
            rebuilt: Any
            known: Any
            fold: Callable[[Any, Record], None]
            if isinstance(machine, Host):
                rebuilt, known, fold = host_state.State(), machine.state, host_state.apply
            elif isinstance(machine, Terminal):
                rebuilt, known, fold = terminal_state.State(), machine.desk.state, terminal_state.apply
            elif isinstance(machine, Card):
                rebuilt, known, fold = card_state.State(), machine.state, card_state.apply
            else:
                continue
            for record in store.load():
                fold(rebuilt, record)
            wrong = [f.name for f in fields(known) if f.compare and getattr(known, f.name) != getattr(rebuilt, f.name)]
            assert not wrong, f"{party} knows what no record says: {wrong}"
        return trace
