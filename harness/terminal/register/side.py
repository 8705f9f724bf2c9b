"""What the terminal and its register's side want of each other, whatever the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..outcome import Outcome
from ..wants import Confirm, NoReply, Order, Want

LINK = "register"


class Operating(Protocol):
    """What a register's side needs of the terminal."""

    @property
    def idle(self) -> bool:
        """No operation is under way."""
        ...

    @property
    def by_itself(self) -> bool:
        """The operation under way is one that nobody asked for."""
        ...

    def operate(
        self, order: Order, ticket: int | None, heard: Callable[[Outcome], None] | None = None
    ) -> Outcome | None:
        """Start an operation; `heard` is told its Outcome, in this turn or later."""
        ...

    def cancel(self) -> bool:
        """As CANCEL on the keypad: what waits for a person ends as `cancelled`.  False: nothing waits for one."""
        ...

    def carried(self, answer: bytes | NoReply) -> None:
        """What came of the request that the register was to carry to the host: the host's reply, or why there is
        none."""
        ...

    def confirmed(self, taken: bool) -> None:
        """Whether the register took the result that it was shown (`RegisterSide.confirm`)."""
        ...


class RegisterSide(Protocol):
    """The terminal's half of one protocol.  Calls put effects on the desk."""

    @property
    def deadline(self) -> int | None:
        """When `wake` is wanted."""
        ...

    def received(self, data: bytes) -> None:
        """Octets from the register, in any splitting."""
        ...

    def wake(self) -> None:
        """Time has passed."""
        ...

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in, or pulled out."""
        ...

    def waits(self, want: Want) -> None:
        """The operation under way begins to wait for `want` (a card, keys, the line): what protocols tell as
        intermediate status."""
        ...

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """Have the register carry a request to the host at `address` ("" for the register's choice) and wait `limit_s`
        for the reply; `Operating.carried` hears what came of it."""
        ...

    def confirm(self, want: Confirm) -> bool:
        """The host has approved; in protocols where a payment is final only when the register has taken its result
        (ZVT), show it and return True: `Operating.confirmed` hears what came of it.  False: it is final as it is."""
        ...
