"""A command of the register that is being carried out, from its 80 00 to its completion.

A payment is final only when the register has taken its status information and every print command (PA00P015 chapter
2.2.8): until then the approval waits (`wants.Confirm`), and else it is taken back.  What happens to the completion
changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from protocols.zvt import bitmaps as bmp
from protocols.zvt import codes, commands, tags
from protocols.zvt import intermediate as now
from protocols.zvt.intermediate import intermediate_text
from protocols.zvt.message import Value, ZvtMessage, message
from protocols.zvt.tlv import ZvtTlv

from ...machine import MINUTE_US, SECOND_US, Json
from ..desk import Desk
from ..flows.software import NO_PACKAGE
from ..outcome import Outcome, done, outcome
from ..slips import slip_lines
from ..state import Entry
from ..texts import CONFIRM_AMOUNT, PIN_WRONG, REFUND_UNRESOLVED, SWIPE_AGAIN, SWIPE_INSTEAD
from ..wants import Confirm, Exchange, Order, Pause, Prompt, Want
from .orders import known_result
from .side import Operating
from .zvt_carry import is_positive
from .zvt_commands import Command
from .zvt_information import clock, of_card, of_entry, of_failure, of_totals
from .zvt_link import T3_US
from .zvt_receipts import printed, receipts
from .zvt_results import is_own_lock, result_code
from .zvt_talk import Talk

ASK_AGAIN = commands.NEGATIVE_CLASS << 8 | codes.WAIT
PARTIAL_ISSUE = commands.NEGATIVE_CLASS << 8 | codes.PARTIAL_ISSUE
"""What else a register may answer to a status information: it needs time; goods for a smaller amount were issued."""
ASK_AGAIN_US = 2 * SECOND_US
VENDING_WAIT_S = 30
STATUS_INFOS_MAX = 10
"""Status informations of one payment where the register names no limit (posrig's choice)."""
INTERMEDIATES_MAX = 4
"""More than so many wait for their answers only where nobody answers."""
T4_MINUTES = 3
AMOUNT, NOT_READABLE, WRONG_PIN = 0x00, 0x0C, 0x15
"""Intermediate status."""


@dataclass(slots=True)
class Job:
    """`orders`: operations that are still to come.  `entry`: what the register was shown before it was booked;
    `partial_fen`: goods for so much were issued, 0: for all of it."""

    msg: ZvtMessage
    payload: bytes
    command: Command
    orders: list[Order] = field(default_factory=list)
    aborted: bool = False
    entry: Entry | None = None
    partial_fen: int = 0
    status_infos: int = 0
    told: int = -1
    """The newest intermediate status."""


class Jobs:
    """One at a time.  `ended` is told the command and the Outcome when its completion goes out."""

    def __init__(
        self, desk: Desk, terminal: Operating, talk: Talk, ended: Callable[[ZvtMessage, Outcome], None]
    ) -> None:
        self._desk = desk
        self._terminal = terminal
        self._talk = talk
        self._ended = ended
        self._job: Job | None = None
        self.deadline: int | None = None
        """When the register that asked for time is shown the result again, or a card is no longer waited for."""

    @property
    def payload(self) -> bytes:
        """The octets of the command that is being carried out, b"" when none is."""
        return b"" if self._job is None else self._job.payload

    def begin(self, msg: ZvtMessage, payload: bytes, command: Command, orders: Sequence[Order]) -> None:
        """The command has its 80 00."""
        job = self._job = Job(msg, payload, command, list(orders))
        registration = self._talk.registration
        self._desk.slips_taken = command.kind in ("payment", "repeat") and registration.prints_payment
        self._desk.reports = [] if registration.prints_administration and registration.gets_lines else None
        if seconds := msg.octet("timeout_s", 0):  # of 06 C0; 0: as long as the terminal waits by itself
            self.deadline = self._desk.now + seconds * SECOND_US
        known = known_result(self._desk, job.orders[0]) if job.orders else done("")
        if known is None:
            self._next(job)
        else:
            self._end(job, known)

    def abort(self) -> None:
        """06 B0: what waits for a person ends; of several operations the next one is not begun."""
        if self._job is not None:
            self._job.aborted = True
            self._terminal.cancel()

    def wake(self) -> None:
        """Time has passed."""
        if self.deadline is not None and self._desk.now >= self.deadline:
            self.deadline = None
            if self._job is not None and self._job.entry is not None:
                self._show(self._job, self._job.entry)
            elif self._job is not None:
                self._terminal.cancel()

    def waits(self, want: Want) -> None:
        """04 FF, where the register wants it."""
        job, registration = self._job, self._talk.registration
        code = _waiting(want, job is not None and job.command.kind in ("payment", "settlement"))
        if job is None or not registration.wants_intermediate or code < 0:
            return
        if code == job.told and not isinstance(want, Exchange):  # each try with the host starts the register's T4 anew
            return
        minutes = T4_MINUTES
        if isinstance(want, Prompt):
            minutes = -(-self._desk.profile.prompt_timeout_us // MINUTE_US)
        self._intermediate(job, code, minutes)

    def confirm(self, want: Confirm) -> bool:
        """As `RegisterSide.confirm`: payments of the register wait for it."""
        job = self._job
        if job is None or job.command.kind != "payment":
            return False
        job.entry = want.entry
        self._show(job, want.entry)
        return True

    # operations

    def _next(self, job: Job) -> None:
        self._terminal.operate(job.orders.pop(0), None, lambda result: self._heard(job, result))

    def _heard(self, job: Job, result: Outcome) -> None:
        if result["status"] != "done" and job.entry is not None and result["op"] != job.entry.kind:
            # The sale is booked in full and the rest could not be given back: never told as if nothing was paid.
            entry = job.entry
            values: dict[str, Json] = {"stan": entry.stan, "batch": entry.batch, "amount_fen": entry.amount_fen}
            self._end(job, outcome(entry.kind, "unknown", "reversal_pending", text=REFUND_UNRESOLVED, **values))
        elif result["status"] != "done" or not job.orders:
            self._end(job, result)
        elif job.aborted:
            self._end(job, outcome(str(result["op"]), "cancelled", "cancelled"))
        else:
            self._next(job)

    # what the register must take

    def _show(self, job: Job, entry: Entry) -> None:
        """The status information of an approval that is not final yet."""
        job.status_infos += 1
        vending = job.msg.has(bmp.TIMEOUT) or job.msg.has(bmp.MAX_STATUS_INFOS)
        wait_us = job.msg.octet(bmp.TIMEOUT, VENDING_WAIT_S) * SECOND_US if vending else 0
        told = of_entry(entry, self._desk, self._talk.registration)
        self._talk.tell(told, job.msg.control, lambda answer: self._shown(job, entry, answer), max(T3_US, wait_us))

    def _shown(self, job: Job, entry: Entry, answer: ZvtMessage | None) -> None:
        most = job.msg.octet(bmp.MAX_STATUS_INFOS, STATUS_INFOS_MAX - 1) + 1
        if answer is not None and answer.control == ASK_AGAIN and job.status_infos < most:
            self.deadline = self._desk.now + ASK_AGAIN_US
            return
        if answer is not None and answer.control == PARTIAL_ISSUE:
            issued = int(answer.nibbles(bmp.AMOUNT) or "0") if answer.nibbles(bmp.AMOUNT).isdigit() else 0
            if entry.kind == "sale" and 0 < issued <= entry.amount_fen:
                job.partial_fen = issued
                self._print(job, entry, self._terminal.confirmed)
                return
        if is_positive(answer):
            self._print(job, entry, self._terminal.confirmed)
        else:
            self._terminal.confirmed(False)

    def _print(self, job: Job, entry: Entry, then: Callable[[bool], None]) -> None:
        """Both receipts at the register, where it prints what it is sent."""
        talk, registration = self._talk, self._talk.registration
        if not (registration.prints_payment and registration.gets_lines):
            then(True)
        elif job.command.kind == "repeat":
            lines = slip_lines(entry, self._desk.state, "reprint")
            self._put(job, printed(lines, tags.MERCHANT_RECEIPT, registration, talk.quirks), then)
        else:
            self._put(job, receipts(entry, self._desk.state, registration, talk.quirks), then)

    def _put(self, job: Job, messages: list[ZvtMessage], then: Callable[[bool], None]) -> None:
        """Print commands one after the other; `then` hears whether all were taken."""
        if not messages:
            then(True)
            return

        def heard(answer: ZvtMessage | None) -> None:
            if is_positive(answer):
                self._put(job, messages[1:], then)
            else:
                then(False)

        self._talk.tell(messages[0], job.msg.control, heard)

    # the end

    def _end(self, job: Job, result: Outcome) -> None:
        """All operations are over: tell what came of them."""
        if job.command.kind == "update" and result["status"] == "declined" and result["code"] in NO_PACKAGE:
            result = done(str(result["op"]))  # the service computer has nothing newer
        if result["status"] != "done":
            self._failed(job, result)
        elif job.command.kind in ("payment", "repeat"):
            self._paid(job, result)
        elif job.command.kind == "settlement":
            # In ZVT an end of day ends no session, here it does: the terminal initialises by itself, so that a register
            # may sell at once.  If that fails it says 51 to the next command.
            self._terminal.operate(Order("sign_in"), None, lambda signed_in: self._settled(job, result))
        elif "card" in result:
            self._talk.tell(of_card(result["card"]), job.msg.control, lambda answer: self._finished(job, result))
        else:
            self._reported(job, result)

    def _failed(self, job: Job, result: Outcome) -> None:
        """06 1E; what the host or the customer ended has a status information before it."""
        control = job.msg.control
        code = result_code(result, control)
        asked = result["status"] != "refused" and not is_own_lock(result)
        if job.command.kind == "payment" and asked:
            if self._talk.registration.wants_intermediate:
                self._intermediate(job, now.DECLINED, T4_MINUTES)
            told = of_failure(result, code, self._desk, self._talk.registration, self._talk.quirks)
            self._talk.tell(told, control)
        self._over(job, result)
        self._talk.abort(code, control, result["text"]["en"])

    def _paid(self, job: Job, result: Outcome) -> None:
        state = self._desk.state
        if job.entry is not None and 0 < job.partial_fen < job.entry.amount_fen:
            back = {"stan": job.entry.stan, "batch": job.entry.batch}
            job.orders.append(Order("refund", {**back, "amount_fen": job.entry.amount_fen - job.partial_fen}))
            job.partial_fen, self._desk.slips_taken = 0, False
            self._next(job)
            return
        entry = state.entry(str(result["stan"]), str(result["batch"])) if result["stan"] else None
        if job.entry is not None or entry is None:
            self._completed(job, result)
            return

        def told(answer: ZvtMessage | None) -> None:
            assert entry is not None
            self._print(job, entry, lambda taken: self._completed(job, result))

        self._talk.tell(of_entry(entry, self._desk, self._talk.registration), job.msg.control, told)

    def _completed(self, job: Job, result: Outcome) -> None:
        if job.command.kind == "payment" and self._talk.registration.wants_intermediate:
            self._intermediate(job, now.APPROVED, T4_MINUTES)
        self._over(job, result)
        self._talk.complete(job.msg.control)

    def _settled(self, job: Job, result: Outcome) -> None:
        batch = result["batch"]
        entries = [entry for entry in self._desk.state.entries if entry.batch == batch and entry.kind != "preauth"]
        told = of_totals(entries, result, self._desk, self._talk.registration)
        self._talk.tell(told, job.msg.control, lambda answer: self._reported(job, result))

    def _reported(self, job: Job, result: Outcome) -> None:
        """The reports that are for the register's printer; those that it does not take come out here."""
        reports, self._desk.reports = self._desk.reports or [], None
        talk = self._talk

        def one(left: int) -> None:
            if left == len(reports):
                self._finished(job, result)
                return
            lines = printed(reports[left].lines, tags.ADMINISTRATION_RECEIPT, talk.registration, talk.quirks)

            def then(taken: bool) -> None:
                if taken:
                    self._desk.taken(reports[left])
                else:
                    self._desk.slip(*reports[left])
                one(left + 1)

            self._put(job, lines, then)

        one(0)

    def _finished(self, job: Job, result: Outcome) -> None:
        talk, control = self._talk, job.msg.control
        told: dict[int, Value] = {}
        if job.command.kind == "update":
            told = {bmp.RESULT_CODE: codes.OK, **clock(self._desk)}
        if job.command.kind == "settlement" and talk.quirks.maintenance_after_settle:
            told = {bmp.RESULT_CODE: codes.REMOTE_MAINTENANCE}
        if control == commands.DIAGNOSIS and talk.registration.clock:
            talk.tell(message(commands.SET_DATE_TIME, None, clock(self._desk)), control)
        self._over(job, result)
        talk.complete(control, message(commands.COMPLETION, None, told), lambda answer: self._ended(job.msg, result))

    def _over(self, job: Job, result: Outcome) -> None:
        """Nothing is under way any more; reports that nobody was sent come out here."""
        self._job, self.deadline = None, None
        self._desk.slips_taken = False
        reports, self._desk.reports = self._desk.reports or [], None
        for report in reports:
            self._desk.slip(*report)
        if job.command.kind == "service" and result["status"] != "done":
            self._ended(job.msg, result)

    def _intermediate(self, job: Job, code: int, minutes: int) -> None:
        talk = self._talk
        if talk.link.waiting >= INTERMEDIATES_MAX:
            return
        job.told = code
        objects = None
        if talk.registration.tlv:
            line = ZvtTlv(tags.TEXT_LINE, talk.text(intermediate_text(code).en))
            objects = [ZvtTlv(tags.DISPLAY_TEXTS, (line,))]
        values: dict[str, Value] = {"status": code, "timeout_min": f"{min(minutes, 99):02d}"}
        talk.tell(message(commands.INTERMEDIATE_STATUS, values, None, objects), job.msg.control)


def _waiting(want: Want, payment: bool) -> int:
    """The intermediate status of what a flow waits for; -1: nothing is told."""
    match want:
        case Exchange(kind=kind):
            if kind.name.endswith("reversal"):
                return now.AUTO_REVERSAL
            if payment and kind.name == "sign_in":
                return now.AUTO_INITIALISATION
            if payment and kind.name.startswith(("parameters", "aid_", "capk_")):
                return now.AUTO_DIAGNOSIS
            return now.WAITING_FOR_HOST
        case Prompt(what="card", text=text):
            return NOT_READABLE if text in (SWIPE_AGAIN, SWIPE_INSTEAD) else now.INSERT_CARD
        case Prompt(secret=True, text=text):
            return WRONG_PIN if text == PIN_WRONG else now.WATCH_PIN_PAD
        case Prompt(text=text):
            return AMOUNT if text.en[:6] == CONFIRM_AMOUNT.en[:6] else now.PLEASE_WAIT
        case Pause():
            return now.PLEASE_WAIT
        case _:
            return -1
