"""The register's side of the terminal: Concert V2 / Telium E+, a debit or a refund at a time.

The request is acknowledged and ended by EOT; when the transaction has ended, or at once (A011), the terminal asks with
ENQ and answers.  The protocol has no order numbers and no command for the last result: a register that lost the answer
has to look at the terminal.  Where its ten characters number the transaction, the same request again gets the answer
that nobody took (posrig's choice), never a second sale.
"""

from __future__ import annotations

from dataclasses import replace

from protocols.concert.message import (
    AT_ONCE,
    AUTOMATIC,
    CARD,
    CARD_CHARS,
    DEBIT,
    NO_PRIVATE,
    REFUND,
    REPORT_CHARS,
    ConcertAnswer,
    ConcertMessage,
    ConcertRequest,
    build,
    parse,
    values_of,
)
from protocols.concert.quirks import ConcertQuirks
from protocols.concert.results import DONE, REFUSED, UNKNOWN
from protocols.errors import PosrigError

from ...handshake import HandshakeLine, Timing
from ...machine import Json, Send
from ..desk import Desk
from ..outcome import Outcome
from ..slips import masked
from ..wants import Confirm, NoReply, Order, Want
from .side import LINK, Operating

OPERATIONS = {DEBIT: "sale", AUTOMATIC: "sale", REFUND: "refund"}
"""Credit (1), which pays money out to a card without a sale before, is no operation of this terminal."""
MODES = (CARD, "0", "U")
"""A card of any kind; cheques and the house cards of the table are refused."""
WANTS_REPORT = "1"


class Concert:
    """Takes requests from the cable, starts operations, sends answers."""

    def __init__(self, desk: Desk, terminal: Operating) -> None:
        self._desk = desk
        self._terminal = terminal
        self._quirks: ConcertQuirks = desk.settings.quirks or ConcertQuirks()
        self._line = HandshakeLine(
            lambda data: desk.effects.append(Send(LINK, data)),
            self._noise,
            self._is_request,
            lambda: not terminal.idle,
            quirks=self._quirks,
            timing=Timing(),
            yields=True,
        )
        self._answer: tuple[bytes, bytes] | None = None
        """The request that is answered, and its answer, until the answer is taken."""
        self._unheard: tuple[bytes, bytes] | None = None
        """The same, of an answer that nobody took."""
        self._refuse_carry_at: int | None = None

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return min((at for at in (self._line.deadline, self._refuse_carry_at) if at is not None), default=None)

    def received(self, data: bytes) -> None:
        """Octets from the register."""
        self._arrived(self._line.received(data, self._desk.now))

    def wake(self) -> None:
        """Time has passed."""
        self._arrived(self._line.wake(self._desk.now))
        if self._refuse_carry_at is not None and self._desk.now >= self._refuse_carry_at:
            self._refuse_carry_at = None
            self._terminal.carried(NoReply("not_sent", "no-line"))

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out; an answer that was not taken goes out anew."""
        self._line.reset(self._desk.now, resend=plugged_in)

    def waits(self, want: Want) -> None:
        """The protocol tells nothing between request and answer."""

    def confirm(self, want: Confirm) -> bool:
        """What was approved is final, whether the register takes the answer or not."""
        return False

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """The protocol carries no host traffic; the terminal learns it in a turn of its own."""
        self._refuse_carry_at = self._desk.now

    def _is_request(self, payload: bytes) -> bool:
        try:
            return isinstance(parse(payload), ConcertRequest)
        except PosrigError as error:
            self._noise(payload, str(error))
            return False

    def _arrived(self, arrived: list[bytes]) -> None:
        sent = self._line.take_sent()
        if sent is not None:
            self._unheard = None if sent.taken else self._answer
            self._answer = None
        for payload in arrived:
            request = parse(payload)
            assert isinstance(request, ConcertRequest)  # the line takes nothing else
            self._note(request, "in")
            again = self._unheard is not None and self._unheard[0] == payload and request.private != NO_PRIVATE
            if again and self._unheard is not None:
                self._send(*self._unheard)
            else:
                self._unheard = None
                self._request(payload, request)

    def _request(self, payload: bytes, request: ConcertRequest) -> None:
        op = OPERATIONS.get(request.type)
        amount = int(request.amount)
        if op is None or request.mode not in MODES or not amount:
            self._reply(payload, request, REFUSED)
            return
        at_once = request.delay == AT_ONCE and not self._quirks.no_delay

        def heard(told: Outcome) -> None:
            if not at_once:
                self._told(payload, request, told)

        args: dict[str, Json] = {"amount_fen": amount}
        ended = self._terminal.operate(Order(op, args), None, heard)
        if at_once:
            refused = ended is not None and ended["status"] == "refused"
            self._reply(payload, request, REFUSED if refused else UNKNOWN)

    def _told(self, payload: bytes, request: ConcertRequest, told: Outcome) -> None:
        status = {"done": DONE, "unknown": UNKNOWN}.get(told["status"], REFUSED)
        self._reply(payload, request, status, told)

    def _reply(self, payload: bytes, request: ConcertRequest, status: str, told: Outcome | None = None) -> None:
        answer = ConcertAnswer(
            status,
            request.amount,
            request.pos,
            request.mode,
            currency=request.currency,
            private=request.private,
        )
        stan = told["stan"] if told is not None else None
        if self._quirks.own_number:
            answer = replace(answer, private=str(stan or "").zfill(len(NO_PRIVATE)))
        if request.answer == WANTS_REPORT and not self._quirks.short_only:
            entry = self._desk.state.entry(stan, told["batch"]) if stan and told else None
            # First six and last four digits: no register needs more, and PCI DSS 3.4 allows no more.
            card = masked(entry.pan)[:CARD_CHARS].ljust(CARD_CHARS) if entry else ""
            answer = replace(answer, report=(card + " " + (entry.expiry if entry else "")).ljust(REPORT_CHARS))
        self._note(answer, "out")
        self._send(payload, build(answer))

    def _send(self, payload: bytes, text: bytes) -> None:
        self._answer, self._unheard = (payload, text), None
        self._line.send(text, self._desk.now)

    def _noise(self, data: bytes, reason: str) -> None:
        self._desk.note("noise", {"link": LINK, "hex": data.hex().upper(), "reason": reason})

    def _note(self, message: ConcertMessage, direction: str) -> None:
        kind = "request" if isinstance(message, ConcertRequest) else "answer"
        values = values_of(message)
        data = {"link": LINK, "dir": direction, "mti": "", "kind": kind, "fields": values, "mac": "absent"}
        self._desk.note("message", data)
