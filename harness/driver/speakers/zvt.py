"""ZVT from the register, on a serial line and over TCP.

An operation is a row of commands.  Each is answered 80 00 or 84 xx within T3 (5 s); then the terminal is master, says
what it does, what came of it and what is to be printed, each to be answered, until it completes (06 0F) or aborts
(06 1E); T4 (180 s) starts again with everything that it says (PA00P016, PA00P015 chapter 2).

A payment has no number of the register's.  One whose answer was lost is never simply asked for again: its port back,
the newest receipt is asked for (06 20) and says whether it was booked; with message sequence ids (tag 1F73) the command
itself comes again, with the id that it had.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.errors import PosrigError
from protocols.text import Text
from protocols.zvt import bitmaps as bmp
from protocols.zvt import codes, tags
from protocols.zvt import commands as c
from protocols.zvt.charset import BY_TAG_14, Charset, decode_text
from protocols.zvt.explain import trace_fields
from protocols.zvt.intermediate import intermediate_text
from protocols.zvt.message import ZvtMessage, build, message, parse
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv

from ...arguments import Takes
from ...machine import SECOND_US, Closed, Event, Json, Opened, Received
from ..outcome import PORT_GONE, REGISTER_TIMEOUT, no_answer_outcome
from ..talk import Talk
from .zvt_line import ZvtLine
from .zvt_plan import (
    HARMLESS,
    MONEY,
    TAKEN,
    TAKES,
    VOIDS,
    WITHOUT_COMPLETION,
    WITHOUT_REGISTRATION,
    commands_of,
    refused_with,
    registration,
    with_sequence,
)
from .zvt_told import Running, Told, done, failed, not_booked, of_last
from .zvt_tunnel import COMMANDS as TUNNEL_COMMANDS
from .zvt_tunnel import ZvtTunnel, refusal

T3_US, T4_US = 5 * SECOND_US, 180 * SECOND_US
INITIALISATION_NECESSARY = 0x01
"""Bit of a registration's status byte."""
QUIET_US = 20 * SECOND_US
"""A terminal that goes on after its cable was back sends its frame again within three times T2."""
ASK_AGAIN_US = 2 * SECOND_US
"""While the terminal is still busy with what is to be learned."""
RECEIPTS_MAX = 1_000
SEQUENCE_END = 10**6


class Zvt:
    """See the module."""

    takes: Mapping[str, Takes] = TAKES

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._quirks: ZvtQuirks = talk.quirks
        self._line = ZvtLine(talk, self._apdu)
        self._tunnel = ZvtTunnel(talk, self._put)
        self._running: Running | None = None
        self._due: int | None = None
        self._registered = False
        self._charset: Charset = self._quirks.text_charset()
        self._receipts: dict[str, str] = {}
        self._newest: str | None = None
        """Trace number of the newest transaction that was told."""
        self._sequence = 0

    @property
    def deadline(self) -> int | None:
        due = (self._due, self._line.deadline, self._tunnel.deadline)
        return min((at for at in due if at is not None), default=None)

    # operations

    def begin(self, op: str, args: Mapping[str, Json]) -> None:
        steps = commands_of(op, args, self._quirks, self._receipts)
        if not self._registered and op not in WITHOUT_REGISTRATION:
            steps.insert(0, registration(self._quirks))
        self._running = Running(op, args, steps)
        self._ask()

    def abort(self) -> bool:
        running = self._running
        if running is None:
            return False
        running.aborting = True
        self._put(message(c.ABORT_COMMAND))
        return True

    def give_up(self) -> None:
        self._running = self._due = None
        self._tunnel.end()
        self._line.reset()

    def _ask(self) -> None:
        """Send the command that the operation is at."""
        running = self._running
        assert running is not None
        step = running.step
        if self._quirks.sequence_ids and self._registered and step.control != c.REGISTRATION:
            self._sequence = self._sequence % (SEQUENCE_END - 1) + 1
            running.steps[running.at] = step = with_sequence(step, self._sequence)
        self._command(running, step)

    def _command(self, running: Running, msg: ZvtMessage) -> None:
        running.accepted = running.quiet = False
        running.sent = self._put(msg)
        self._await_answer()

    def _await_answer(self) -> None:
        """T3 runs from the moment at which the command has arrived; until then the line counts its repeats."""
        wait_us = min(T3_US, self._talk.settings.result_timeout_us)
        self._due = None if self._line.busy else self._talk.now + wait_us

    def _restart_t4(self, minutes: int = 0) -> None:
        if self._running is not None:
            wait_us = minutes * 60 * SECOND_US or T4_US
            self._due = self._talk.now + min(wait_us, self._talk.settings.result_timeout_us)

    # the cable

    def received(self, data: bytes) -> None:
        self._line.received(data)
        self._acknowledged()

    def wake(self) -> None:
        failed_apdu = self._line.wake()
        self._acknowledged()
        self._tunnel.wake()
        running, now = self._running, self._talk.now
        if running is None:
            return
        if failed_apdu is not None and not running.accepted and failed_apdu == running.sent:
            self._finish(no_answer_outcome(running.op, REGISTER_TIMEOUT))
        elif self._due is not None and now >= self._due:
            self._timed_out(running)

    def _acknowledged(self) -> None:
        running = self._running
        if running is not None and not running.accepted and self._due is None and not self._line.busy:
            self._await_answer()

    def _timed_out(self, running: Running) -> None:
        if running.quiet and running.step.control in MONEY.values():
            self._learn(running)
        else:
            self._finish(no_answer_outcome(running.op, REGISTER_TIMEOUT))

    def away(self) -> None:
        self._line.reset()
        self._tunnel.end()

    def back(self) -> None:
        running = self._running
        if running is None:
            return
        control = running.step.control
        money, numbered = control in MONEY.values(), running.step.tag(tags.SEQUENCE_ID) is not None
        if running.learning:
            self._learn(running)
        elif control in HARMLESS or (money and numbered) or not (money or running.accepted):
            running.repeated = money
            self._command(running, running.step)
        elif running.accepted:
            running.quiet = True
            self._due = self._talk.now + (QUIET_US if money else T4_US)
        else:
            self._learn(running)

    def tunnelled(self, event: Event) -> None:
        match event:
            case Opened():
                self._tunnel.opened()
            case Received(data=data):
                self._tunnel.received(data)
            case Closed():
                self._tunnel.closed()

    # what goes out

    def _put(self, msg: ZvtMessage) -> bytes:
        self._talk.message("out", msg.name.en, trace_fields(msg, self._charset))
        apdu = build(msg)
        self._line.send(apdu)
        return apdu

    def _take(self, msg: ZvtMessage) -> None:
        """80 00 00, with the sequence id where the command had one."""
        number = msg.tag(tags.SEQUENCE_ID) if self._quirks.sequence_ids else None
        self._put(message(c.POSITIVE, tlv=None if number is None else [ZvtTlv(tags.SEQUENCE_ID, number)]))

    # what comes in

    def _apdu(self, apdu: bytes) -> None:
        running = self._running
        pending = running.step.control if running is not None else 0
        try:
            msg = parse(apdu, pending, self._quirks.lenient_length)
        except PosrigError as error:
            self._talk.noise(apdu, str(error))
            if not c.is_answer(apdu[0] << 8):
                self._put(refusal(codes.NOT_POSSIBLE))
            return
        self._talk.message("in", msg.name.en, trace_fields(msg, self._charset))
        if c.is_answer(msg.control) and running is not None and running.quiet and not running.aborting:
            return  # nothing was asked: it comes again, for our ACK was lost
        self._restart_t4()
        if c.is_answer(msg.control):
            if running is not None:
                self._answered(running, msg)
            return
        if running is not None:
            running.accepted, running.quiet = True, False
        self._commanded(msg)

    def _answered(self, running: Running, msg: ZvtMessage) -> None:
        code = refused_with(msg)
        if running.aborting and running.accepted:
            running.aborting = code is None  # of the abort command; refused, what it was to end goes on
        elif code is not None:
            self._ended(running, code, msg)
        elif not running.accepted:
            running.accepted = True
            if running.step.control in WITHOUT_COMPLETION:
                self._completed(running, None)

    def _commanded(self, msg: ZvtMessage) -> None:
        """The terminal is master."""
        running = self._running
        told = running.told if running is not None else Told()
        control = msg.control
        if (number := (msg.tag(tags.SEQUENCE_ID) or b"").hex()).isdecimal():
            self._sequence = int(number)  # one count for both ends
        if control in TUNNEL_COMMANDS:
            self._tunnel.asked(msg)
            return
        if control not in TAKEN:
            self._put(refusal(codes.NOT_POSSIBLE))
            return
        self._take(msg)
        if control == c.INTERMEDIATE_STATUS:
            self._progress(msg)
        elif control == c.STATUS_INFORMATION:
            self._result(told, msg)
        elif control == c.PRINT_LINE:
            told.line(decode_text(msg.octets("text"), self._charset))
        elif control == c.PRINT_TEXT_BLOCK:
            told.block(msg.tlv, self._charset)
        elif control == c.COMPLETION and running is not None:
            self._completed(running, msg)
        elif control == c.ABORT and running is not None:
            self._ended(running, msg.octet("code") if "code" in msg.values else None, msg)

    def _progress(self, msg: ZvtMessage) -> None:
        code, minutes = msg.octet("status"), msg.nibbles("timeout_min")
        self._restart_t4(int(minutes) if minutes.isdecimal() else 0)
        shown = Told()
        shown.block(msg.tlv, self._charset)
        text = intermediate_text(code)
        said = " ".join(shown.lines)
        if said and said != text.en:
            text = Text(f"{text.zh}：{said}", f"{text.en}: {said}")
        self._talk.progress(f"{code:02X}", text)

    def _result(self, told: Told, msg: ZvtMessage) -> None:
        told.result = msg
        trace, receipt = msg.nibbles(bmp.TRACE), msg.nibbles(bmp.RECEIPT)
        if trace and receipt:
            self._receipts.pop(trace, None)
            self._receipts[trace] = receipt
            if len(self._receipts) > RECEIPTS_MAX:
                del self._receipts[next(iter(self._receipts))]

    # how a command ends

    def _completed(self, running: Running, msg: ZvtMessage | None) -> None:
        control = c.REPEAT_RECEIPT if running.learning else running.step.control
        if msg is not None:
            running.told.completed(msg, self._charset)
        if running.learning:
            self._learned(running)
            return
        if control == c.REGISTRATION and msg is not None:
            self._take_registration(running, msg)
        elif control == c.LOG_OFF:
            self._registered = False
        if running.at + 1 < len(running.steps):
            running.at += 1
            if running.interrupted:
                self._learn(running)
            else:
                self._ask()
        else:
            self._finish(self._outcome(running))

    def _take_registration(self, running: Running, msg: ZvtMessage) -> None:
        self._registered = True
        running.told.flags = msg.octet(bmp.STATUS_BYTE, 0)
        agreed = msg.tag(tags.CHARACTER_SETS, tags.CHARACTER_SET) or b"\xff"
        self._charset = self._quirks.text_charset(BY_TAG_14.get(agreed[0], "cp437"))

    def _outcome(self, running: Running) -> dict[str, Json]:
        op, told = running.op, running.told
        if told.code not in (None, codes.OK):
            return failed(op, told.code, told, None, self._charset)
        if op in MONEY and told.result is None:
            return no_answer_outcome(op, REGISTER_TIMEOUT)  # completed, and not a word of what was booked
        if op == "sign_in" and told.flags & INITIALISATION_NECESSARY:
            return failed(op, codes.INITIALISATION_REQUIRED, told, None, self._charset)
        ended = done(op, told)
        if op in ("last", "reprint"):
            ended["of"] = of_last(told)
        if (op in MONEY or "of" in ended) and ended["stan"]:
            self._newest = str(ended["stan"])
        return ended

    def _ended(self, running: Running, code: int | None, msg: ZvtMessage) -> None:
        """Refused or aborted."""
        forgotten = code == codes.NOT_REGISTERED and not running.registered_again
        if forgotten and running.step.control != c.REGISTRATION:
            # By a restart or a log-off; this command has come to nothing.  Of one that had gone out before, the number
            # counts no more behind a new registration: it must not be asked for again.
            running.registered_again, self._registered = True, False
            running.steps.insert(running.at, registration(self._quirks))
            running.interrupted, running.learning = running.learning or running.repeated, False
            self._ask()
        elif running.learning:
            self._not_learned(running, code)
        elif running.step.control in MONEY.values() and running.told.code == codes.OK:
            self._learn(running)  # approved and yet aborted: only its newest receipt says which of the two counts
        else:
            self._finish(failed(running.op, code, running.told, msg, self._charset))

    def _finish(self, told: dict[str, Json]) -> None:
        """The line goes on: the terminal may want our last answer again."""
        if told["status"] == "unknown" and told["op"] in MONEY:
            self._newest = None  # whatever is newest now may be this one, and must not be taken for the next
        self._running = self._due = None
        self._tunnel.end()
        self._talk.end(told)

    # what became of a payment whose answer was lost

    def _learn(self, running: Running) -> None:
        """Ask for the newest receipt."""
        running.until = running.until or self._talk.now + T4_US
        running.learning, running.told = True, Told()
        self._command(running, message(c.REPEAT_RECEIPT, {"password": self._quirks.password}))

    def _not_learned(self, running: Running, code: int | None) -> None:
        if code in (codes.WAIT, None) and self._talk.now < running.until:
            running.learning, running.quiet = False, True
            self._due = self._talk.now + ASK_AGAIN_US
        else:
            self._finish(no_answer_outcome(running.op, PORT_GONE))

    def _learned(self, running: Running) -> None:
        """The newest transaction is the one that was asked for, or that one was not booked, or nobody can tell."""
        ended = done(running.op, running.told)
        amount = running.args.get("amount_fen")
        fits = _takes_back(running.told, running.op) and (amount is None or ended["amount_fen"] == amount)
        if running.told.code == codes.OK and self._newest is not None and ended["stan"]:
            if ended["stan"] != self._newest and fits:
                self._newest = str(ended["stan"])
                self._finish(ended)
                return
            if ended["stan"] == self._newest:
                self._finish(not_booked(running.op))
                return
        self._finish(no_answer_outcome(running.op, PORT_GONE))


def _takes_back(told: Told, op: str) -> bool:
    """A void is told with the number of its original (BMP 37), nothing else is."""
    return (told.result is not None and told.result.has(bmp.ORIGINAL_TRACE)) is (op in VOIDS)
