"""What the terminal's sides of both dialects of the Chinese register interface have in common.

One request at a time; a frame that comes again is answered again and carried out once.  An EOT of the register ends
what waits for a person, as CANCEL does (posrig's choice: the interface has the octet and says nothing of its use).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Generic

from protocols.mispos.quirks import MisposQuirks
from protocols.mispos.results import LOCAL_BY_CAUSE, SUCCESS, LocalResult

from ..desk import Desk
from ..outcome import Outcome, refused
from ..wants import Confirm, NoReply, Order, Want
from .cable import Cable, Dialect, M
from .orders import known_result
from .side import Operating

BY_AMOUNT = ("sale", "sale_qr", "refund", "preauth", "completion")
BY_ORIGINAL = ("void", "refund", "preauth_void", "completion", "completion_void")
NO_FUNCTION: Mapping[str, str] = {"no_function": "not_supported"}
"""What the model lacks, in the interface's words."""
UNLISTED = {"no_answer": "no_answer", "unknown": "reversal_pending", "cancelled": "cancelled"}
"""Result for a cause that the register interface has no code for, by status."""


def told_code(result: Outcome) -> tuple[str, LocalResult | None]:
    """What a result says: the host's F39 (00 for done), or a refusal of the terminal's own."""
    if result["status"] == "done":
        return SUCCESS, None
    if result["status"] == "declined" and result["code"] and result["code"] != SUCCESS:
        return str(result["code"]), None
    cause = UNLISTED["unknown"] if result["status"] == "unknown" else str(result["cause"])
    cause = NO_FUNCTION.get(cause, cause)
    return "", LOCAL_BY_CAUSE.get(cause) or LOCAL_BY_CAUSE[UNLISTED.get(result["status"], "wrong_order")]


def address_from(host: str, port: str) -> str:
    """ "host:port"; "" for neither, which is the terminal's own.  Raises ValueError."""
    if not host and not port:
        return ""
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 1 << 16:
        raise ValueError(f"{host}:{port}")
    return f"{host}:{port}"


class MisposSide(ABC, Generic[M]):
    """Takes requests from the cable, starts operations, sends results."""

    def __init__(self, desk: Desk, terminal: Operating, dialect: Dialect[M], quirks: MisposQuirks) -> None:
        self._desk = desk
        self._terminal = terminal
        self.cable: Cable[M] = Cable(desk, dialect, quirks, self._hung_up)
        self._current = b""
        """The request that is being carried out, or whose result is not acknowledged."""
        self._result = b""
        """Its result, once there is one."""
        self._lost: tuple[bytes, bytes] | None = None
        """A request whose result nobody acknowledged, and that result."""
        self._unsendable_us: int | None = None
        """Since when the flow waits for a request to the host that no frame holds."""

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return min((at for at in (self.cable.deadline, self._unsendable_us) if at is not None), default=None)

    def received(self, data: bytes) -> None:
        """Octets from the register."""
        self._arrived(self.cable.received(data))

    def wake(self) -> None:
        """Time has passed."""
        self._arrived(self.cable.wake())
        if self._unsendable_us is not None:
            self._unsendable_us = None
            self._terminal.carried(NoReply("not_sent"))

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out; what waits for its acknowledgement goes out anew."""
        self.cable.reset(plugged_in)

    def waits(self, want: Want) -> None:
        """The interface tells nothing between request and result."""

    def confirm(self, want: Confirm) -> bool:
        """What was approved is final; a register that lost the result asks for the last one."""
        return False

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """串口透传: the register dials."""
        msg = self._to_carry(address, octets, limit_s)
        if self.cable.fits(msg):
            self.cable.send(msg)
        else:
            self.cable.noise(octets, "too long for a frame")
            self._unsendable_us = self._desk.now

    @abstractmethod
    def _to_carry(self, address: str, octets: bytes, limit_s: int) -> M:
        """The pass-through request."""

    @abstractmethod
    def _is_carried(self, msg: M) -> bool:
        """Whether `msg` is a pass-through reply, and none that comes too late or is another's."""

    @abstractmethod
    def _carried(self, msg: M) -> bytes | NoReply:
        """What a pass-through reply tells."""

    @abstractmethod
    def _asked(self, payload: bytes, msg: M) -> None:
        """A request of the register: answer it, or `_run` it."""

    def _finished(self, result: Outcome) -> None:
        """The result of an operation was sent."""

    def _hung_up(self) -> None:
        if self._current and not self._result:
            self._terminal.cancel()

    def _arrived(self, arrived: list[tuple[bytes, M]]) -> None:
        failed = self.cable.take_failed()
        if failed is not None and failed == self._result:
            self._lost = (self._current, self._result)
        elif failed is not None and not self._terminal.idle:
            self._terminal.carried(NoReply("closed", "gone"))  # the cable is out, or nobody is there
        if not self.cable.busy and self._result:
            self._current = self._result = b""
        for payload, msg in arrived:
            if self._is_carried(msg):
                self.cable.acknowledged()  # an answer acknowledges the request, whatever became of the ACK
                self._terminal.carried(self._carried(msg))
            elif self._lost is not None and payload == self._lost[0]:  # its result did not arrive the first time
                self._current, self._result = self._lost
                self._lost = None
                self.cable.repeat(self._result)
            elif payload != self._current:
                self._lost = None
                if self._terminal.idle:  # who goes on has our answer, or has given it up; some registers send no ACK
                    self._current = self._result = b""
                    self.cable.clear()
                self._asked(payload, msg)
            # else the same frame again: its ACK was lost.  It was acknowledged anew; the result is still to come.

    def _run(self, payload: bytes, op: str, order: Callable[[], Order], answer: Callable[[Outcome], M]) -> None:
        """Carry out `op`; `order` makes its Order or raises ValueError, `answer` the result message."""
        if not self._terminal.idle:
            self.cable.send(answer(refused(op, "busy")))
            return
        try:
            wanted = order()
        except ValueError:
            self.cable.send(answer(refused(op, "bad_request")))
            return
        known = known_result(self._desk, wanted)
        if known is not None:
            self.cable.send(answer(known))
            return
        self._current = payload

        def heard(result: Outcome) -> None:
            self._result = self.cable.send(answer(result))
            self._finished(result)
            if not self.cable.busy:  # nobody acknowledges here
                self._current = self._result = b""

        self._terminal.operate(wanted, None, heard)
