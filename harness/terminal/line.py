"""The way to the host: dials, sends one request at a time, and decides which octets are its reply.

Two kinds of way: TCP of the terminal's own, and the register's cable (`tunnel`).
T1 counts from the request's last octet.
"""

from __future__ import annotations

from protocols.errors import PosrigError
from protocols.framing import Frame, Noise, framer_of
from protocols.unionpay.header import Header, Tpdu
from protocols.unionpay.kinds import Kind
from protocols.unionpay.message import Message
from protocols.unionpay.responses import is_approval

from ..machine import SECOND_US, Close, Send
from .desk import Desk
from .texts import DIALLING, LINK_REASONS, ON_BACKUP_LINE, SENDING
from .wants import Answered, Dial, Exchange, NoReply, Reply
from .ways import LINK, Way, connect_to, ways

TPDU = Tpdu("60", "0003", "0000")
CHIP_CLASS, STRIPE_CLASS = "61", "60"
MATCHED = (3, 4, 11, 41, 42)
"""A reply that differs from its request in one of these, or in the MTI, belongs to something else."""
IDENTIFYING = (11, 41)
"""Of these the reply may not even leave out what the request had."""


def seal(desk: Desk, request: Message, kind: Kind) -> tuple[Message, bytes]:
    """The request with envelope and F64, and its octets.  Without a working key it goes without F64: there is nothing
    to compute one with, and the host must see that."""
    dialect = desk.dialect
    tpdu = TPDU if dialect.has_tpdu else None
    header = Header(CHIP_CLASS if 55 in request.fields else STRIPE_CLASS) if dialect.has_header else None
    whole = Message(request.mti, request.fields, tpdu, header)
    if not (kind.needs_mac or dialect.mac_on_management):
        return whole, desk.codec.build(whole)
    whole = whole.replacing({64: bytes(8)})
    mac = desk.vault.mac(desk.state, desk.codec.mac_input(desk.codec.build(whole)))
    whole = whole.replacing({64: mac})
    return whole, desk.codec.build(whole)


def matches(request: Message, reply: Message, kind: Kind) -> bool:
    """Whether `reply` answers `request`: MTI, F3, F4, F11, F41, F42."""
    if reply.mti != kind.reply_mti:
        return False
    if any(request.get(n) is not None and reply.get(n) is None for n in IDENTIFYING):
        return False
    return all(reply.get(n) in (None, request.get(n)) for n in MATCHED if request.get(n) is not None)


def judged(desk: Desk, octets: bytes, reply: Message, kind: Kind) -> tuple[Answered, str]:
    """The reply, or `bad_mac`; and the MAC as the trace calls it.

    F64 is checked whenever it is there, except on a sign-in, whose keys come with it.  An approval without F64 of a
    kind that needs one is as bad as a wrong one; refusals carry none.
    """
    f64 = reply.octets(64)
    needed = kind.needs_mac or desk.dialect.mac_on_management
    if f64 is None:
        missing = needed and is_approval(reply.text(39) or "")
        return (NoReply("bad_mac") if missing else Reply(reply)), "absent"
    if kind.name == "sign_in":
        return Reply(reply), "absent"
    good = desk.vault.mac_is_good(desk.state, desk.codec.mac_input(octets), f64)
    return (Reply(reply), "good") if good else (NoReply("bad_mac"), "bad")


class HostLine:
    """What both ways share: which octets answer the request.

    Every call puts effects on the desk; a call that ends the wait returns what came of it.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.deadline: int | None = None
        self._want: Exchange | Dial | None = None
        self._request: Message | None = None
        self._unreadable = False
        """Something came in as a reply, and it could not be read."""
        self.link: str = LINK
        """The line that is dialled, or up."""

    def begin(self, want: Exchange | Dial) -> Answered | None:
        """Start to do what `want` says."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """The operation is over."""
        raise NotImplementedError

    def wake(self) -> Answered | None:
        """The deadline may have come."""
        raise NotImplementedError

    def _sealed(self, want: Exchange) -> bytes:
        """Note the request for the trace, show that it goes out; its octets."""
        desk = self.desk
        self._request, octets = seal(desk, want.request, want.kind)
        mac = "good" if 64 in self._request.fields else "absent"
        desk.message_note(self.link, "out", self._request, want.kind.name, mac)
        desk.show(SENDING)
        return octets

    def _frame(self, octets: bytes) -> Answered | None:
        want, request, desk = self._want, self._request, self.desk
        if not isinstance(want, Exchange) or request is None:
            self._noise(octets, "late")
            return None
        try:
            reply = desk.codec.parse(octets)
        except PosrigError as error:
            self._noise(octets, str(error))
            self._unreadable = True
            return None
        if not matches(request, reply, want.kind):
            desk.message_note(self.link, "in", reply, "unmatched", "absent")
            self._noise(octets, "no match")
            return self._end(NoReply("mismatch")) if desk.dialect.reversal_deleted_on_mismatch else None
        answered, mac = judged(desk, octets, reply, want.kind)
        desk.message_note(self.link, "in", reply, want.kind.name, mac)
        return self._end(answered)

    def _noise(self, octets: bytes, reason: str) -> None:
        self.desk.note("noise", {"link": self.link, "hex": octets.hex().upper(), "reason": reason})

    def _end(self, answered: Answered) -> Answered:
        if self._unreadable and isinstance(answered, NoReply) and answered.why in ("timeout", "closed"):
            answered = NoReply("unreadable", answered.link_reason)
        self._unreadable = False
        self._want = self._request = None
        self.deadline = None
        return answered


class TcpLine(HostLine):
    """TCP to the host: dialled for an operation, closed after it.

    A way that cannot be dialled leads to the next one.  Once a request has left there is no next way: what it did at
    the host is not known.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._phase = "down"
        self._ways: list[Way] = []
        self._why = ""
        """Why the first way could not be dialled: what is wrong with the second is another matter."""
        self._framer = framer_of(desk.dialect.framing)

    def begin(self, want: Exchange | Dial) -> Answered | None:
        self._want = want
        if self._phase == "up":
            return self._up()
        address = want.address if isinstance(want, Dial) else ""
        self._ways = [Way(LINK, address)] if address else ways(self.desk)
        self._why = ""
        self._dial()
        return None

    def _dial(self) -> None:
        way = self._ways.pop(0)
        self._phase = "dialling"
        if way.link != self.link and way.link != LINK:
            self.desk.show(ON_BACKUP_LINE)
        self.link: str = way.link
        self.desk.show(DIALLING)
        self.desk.effects.append(connect_to(self.desk, way))
        self.deadline = self.desk.now + self.desk.dialect.connect_timeout_us

    def opened(self) -> Answered | None:
        """The connection stands."""
        if self._phase != "dialling":
            return None
        self._phase = "up"
        self._framer = framer_of(self.desk.dialect.framing)
        return self._up()

    def _up(self) -> Answered | None:
        want = self._want
        if isinstance(want, Dial):
            return self._end(NoReply("up"))
        if want is not None:
            self.desk.effects.append(Send(self.link, self._framer.frame(self._sealed(want))))
            self.desk.sent()
            self.deadline = self.desk.now + t1_us(self.desk)
        return None

    def received(self, data: bytes) -> Answered | None:
        """Octets from the host, in any splitting."""
        result: Answered | None = None
        for item in self._framer.feed(data):
            if isinstance(item, Frame):
                if result is None:
                    result = self._frame(item.payload)
                else:
                    self._noise(item.payload, "late")
            elif isinstance(item, Noise):
                self._noise(item.data, item.reason.en)
                if item.fatal and result is None:
                    result = self._lost("reset")
        return result

    def closed(self, reason: str) -> Answered | None:
        """The connection ended, or did not open."""
        dialling = self._phase == "dialling"
        self._phase = "down"
        self.deadline = None
        if self._want is None:
            return None
        if reason in LINK_REASONS:
            self.desk.show(LINK_REASONS[reason])
        if not dialling:
            return self._end(NoReply("closed", reason))
        self._why = self._why or reason
        if self._ways:
            self._dial()
            return None
        return self._end(NoReply("not_sent", self._why))

    def _lost(self, reason: str) -> Answered | None:
        self.desk.effects.append(Close(self.link))
        return self.closed(reason)

    def wake(self) -> Answered | None:
        if self.deadline is None or self.desk.now < self.deadline:
            return None
        if self._phase == "dialling":
            return self._lost("timeout")
        self.hang_up()
        return self._end(NoReply("timeout"))

    def hang_up(self) -> None:
        if self._phase != "down":
            self.desk.effects.append(Close(self.link))
        self._phase = "down"
        self.deadline = None


def t1_us(desk: Desk) -> int:
    """The wait for a reply: as set at the menu, else parameter 12 (seconds) where it was downloaded, else the
    dialect's."""
    if desk.config.reply_timeout_us:
        return desk.config.reply_timeout_us
    seconds = bytes.fromhex(desk.state.parameters.get("12", "")).decode("latin-1")
    return int(seconds) * SECOND_US if seconds.isdigit() and int(seconds) else desk.dialect.t1_us
