"""What a test sees of a terminal on a cable: the same words whether it is a device or one that posrig emulates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from ..bench.fleet import RegisterSpec
from ..bench.probing import probe
from ..bench.register import Cable, Register, open_register
from ..bench.standing import USUAL, StandingTerminal
from ..machine import Json
from ..trace import Event
from .rig import Outcome, outcome_from


class Till:
    """A cash register at the terminal's cable.

    `port`: as `posrig drive --port`; "": an emulated terminal is started behind a port of its own, ready to sell, where
    somebody presents a test card.  `protocol`: "" is found by asking at a port, and `mispos-b` of an emulated one.
    Raises LinkError where no terminal answers.
    """

    def __init__(self, port: str = "", protocol: str = "") -> None:
        self._stack = ExitStack()
        try:
            self.session: Register = self._stack.enter_context(open_register(self._cable(port, protocol)))
        except BaseException:
            self._stack.close()
            raise

    def _cable(self, port: str, protocol: str) -> Cable:
        if port:
            spoken = RegisterSpec(transport="tcp" if Cable(port).tcp else "serial")
            return probe(Cable(port, spoken), (protocol,) if protocol else ())
        start = replace(USUAL, register=RegisterSpec(protocol)) if protocol else USUAL
        spoken = replace(start.register, transport="tcp" if start.tcp else "serial")
        terminal = self._stack.enter_context(StandingTerminal(replace(start, register=spoken)))
        return Cable(terminal.port, spoken)

    @property
    def port(self) -> str:
        """Where the terminal is."""
        return self.session.cable.port

    @property
    def protocol(self) -> str:
        """What it speaks."""
        return self.session.cable.spoken.protocol

    @property
    def operations(self) -> tuple[str, ...]:
        """What the protocol has."""
        return tuple(self.session.operations)

    @property
    def events(self) -> Sequence[Event]:
        """All that happened on the cable."""
        return self.session.events

    def ask(self, op: str, **args: Json) -> Outcome:
        """identify, sign_in, sale, void, settle, last ... and how it ended; arguments as `driver.operations` has them.

        Raises AskRefused for arguments that are wrong.
        """
        return outcome_from(self.session.do(op, **args))

    def sale(self, amount_fen: int) -> Outcome:
        """消费."""
        return self.ask("sale", amount_fen=amount_fen)

    def last(self) -> Outcome:
        """The terminal's newest result."""
        return self.ask("last")

    def close(self) -> None:
        """Close the port, and end the emulated terminal.  May be called twice."""
        self._stack.close()
