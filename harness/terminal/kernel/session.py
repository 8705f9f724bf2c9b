"""One card from power to power: its data objects, what the kernel found out, and the one way to send it a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from protocols.emv.apdu import Command, Response, parse_response
from protocols.emv.commands import instruction_of
from protocols.emv.flags import Aip, TerminalCapabilities, Tsi, Tvr
from protocols.emv.rsa import PublicKey
from protocols.emv.status_words import meaning
from protocols.emv.tags import TAGS

from ...machine import Json
from ..desk import Desk
from ..wants import CardAnswer, CardGone, Step, Transmit
from .parameters import Application

LINK = "card"
COMMANDS_MAX = 400
"""C-APDUs of one session; a real one has some tens, so a card that leads us in circles ends here (posrig's choice)."""

TERMINAL_TYPE = b"\x22"
"""Attended, merchant's, offline with online capability (EMV Book 4 Annex A1); what UnionPay's samples have."""
ADDITIONAL_CAPABILITIES = bytes.fromhex("6000F0A001")
"""Goods and services; numeric, alphabetic, command and function keys; prints and displays for attendant and
cardholder; code table 1 (EMV Book 4 Annex A3)."""
COUNTRY = CURRENCY = b"\x01\x56"
EXPONENT = b"\x02"


class Ended(Exception):
    """The kernel's way out: the transaction cannot go on with this card.

    `cause`: an Outcome's; `instead`: how the card may be presented instead ("swipe": the stripe may stand in for the
    chip), "" where it may not; `why`: what the card did.
    """

    def __init__(self, cause: str, *, instead: Literal["", "swipe", "insert"] = "", why: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.instead = instead
        self.why: str = why or cause


class Gone(Exception):
    """The card does not answer any more: `why` of `machine.CARD_REASONS`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of the card.  `transaction_type`: 9C, the first two digits of the processing code.

    `pin`: one that was typed already, None: it is asked for where the card wants it.  `no_pin`: whether a tap of this
    PAN needs none.  `chosen`: the application of the session before, which is not asked for again.
    """

    how: Literal["insert", "tap"]
    amount_fen: int
    transaction_type: int
    pin: str | None = field(default=None, repr=False)
    no_pin: Callable[[str], bool] = lambda pan: False
    chosen: bytes = b""


@dataclass(slots=True)
class Session:
    """`data`: data objects by tag, the card's and the terminal's.

    `pan` and `pin` are what the flows need; `pin` "" where none goes to the host.
    """

    desk: Desk
    terms: Terms
    card: str = ""
    """Its name in the holder's purse, "" in a real reader."""
    application: Application | None = None
    data: dict[int, bytes] = field(default_factory=dict, repr=False)
    tvr: Tvr = field(default_factory=Tvr.none)
    tsi: Tsi = field(default_factory=Tsi.none)
    covered: Tvr | None = None
    """TVR as the newest cryptogram covers it: a script that fails behind it changes `tvr` and not the cryptogram."""
    pin: str = field(default="", repr=False)
    cda: bool = False
    """The card's answer to GENERATE AC is to be signed."""
    oda_records: list[bytes] = field(default_factory=list, repr=False)
    """What of the records enters offline data authentication; see `oda_sound`."""
    oda_sound: bool = True
    read: set[int] = field(default_factory=set)
    """Tags that came in records."""
    sent: bytes = field(default=b"", repr=False)
    """The values of PDOL, CDOL1, CDOL2 as they went to the card, which a CDA signature covers."""
    icc_key: PublicKey | None = None
    """The card's public key, once its certificate held."""
    scripts: bytes = b""
    """Results of the issuer's scripts (9F5B)."""
    blocked: bool = False
    """An application that fits is one that its issuer has blocked."""
    commands: int = 0
    label: str = ""
    started_us: int = 0

    def note(self, what: str, **facts: Json) -> None:
        """A step of the kernel, for the trace."""
        self.desk.note("chip", {"what": what, **facts})

    def told(self) -> Mapping[int, bytes]:
        """All values that a data object list may ask for."""
        return {**self.data, 0x95: self.tvr.octets(), 0x9B: self.tsi.octets()}

    def take(self, tag: int, value: bytes) -> None:
        """A data object of the card; one that is the terminal's own, or the issuer's, is passed over: no card tells
        the terminal what the amount is."""
        known = TAGS.get(tag)
        if known is None or known.source == "card":
            self.data[tag] = value

    @property
    def aip(self) -> Aip:
        """What the card says that it supports."""
        return Aip.of(self.data.get(0x82, bytes(2)))

    @property
    def pan(self) -> str:
        """Digits of 5A, or of track 2."""
        return self.data.get(0x5A, b"").hex().upper().rstrip("F") or self.track2.partition("D")[0]

    @property
    def track2(self) -> str:
        """57 as z text, "" where there is none."""
        return self.data.get(0x57, b"").hex().upper().rstrip("F")

    @property
    def expiry(self) -> str:
        """YYMM, "" where nothing says it."""
        return self.data.get(0x5F24, b"").hex()[:4] or self.track2.partition("D")[2][:4]

    @property
    def sequence(self) -> str:
        """The PAN sequence number in three digits, "" where the card has none."""
        value = self.data.get(0x5F34, b"").hex()
        return value.zfill(3) if value.isdigit() and len(value) == 2 else ""


def begun(desk: Desk, terms: Terms, card: str) -> Session:
    """A session with everything that the terminal itself knows."""
    return Session(desk, terms, card, data=_terminal_data(desk, terms), started_us=desk.now)


def _terminal_data(desk: Desk, terms: Terms) -> dict[int, bytes]:
    state, settings = desk.state, desk.settings
    return {
        0x81: min(terms.amount_fen, 0xFFFFFFFF).to_bytes(4, "big"),
        0x9A: bytes.fromhex(f"{settings.year % 100:02d}{state.date}"),
        0x9C: bytes((terms.transaction_type,)),
        0x5F2A: CURRENCY,
        0x5F36: EXPONENT,
        0x9F02: bytes.fromhex(f"{terms.amount_fen:012d}"),
        0x9F03: bytes(6),
        0x9F04: bytes(4),
        0x9F16: state.mid.encode("latin-1").ljust(15)[:15],
        0x9F1A: COUNTRY,
        0x9F1C: state.tid.encode("latin-1").ljust(8)[:8],
        0x9F1E: settings.serial.encode("latin-1")[-8:].rjust(8, b"0"),
        0x9F21: bytes.fromhex(state.time),
        0x9F33: _capabilities(desk).octets(),
        0x9F35: TERMINAL_TYPE,
        0x9F37: settings.rng.randbytes(4),
        0x9F40: ADDITIONAL_CAPABILITIES,
        0x9F41: bytes.fromhex(f"{state.next_stan:08d}"),
        0x9F4E: state.merchant_name.encode("gbk", "replace")[:20],
        0x9F7A: b"\0",
    }


def _capabilities(desk: Desk) -> TerminalCapabilities:
    """What the readers and this kernel can do: `E0F8C8` where there are all readers, as in UnionPay's samples."""
    has = TerminalCapabilities
    readers = {"key": has.MANUAL_ENTRY, "swipe": has.MAGNETIC_STRIPE, "insert": has.IC_WITH_CONTACTS}
    found = has.of(b"\x00\xf8\xc8")
    for how, bit in readers.items():
        if how in desk.profile.reads:
            found |= bit
    return found


def command(session: Session, asked: Command) -> Step[Response]:
    """Send a command and note the pair.  Raises Gone where no answer comes."""
    session.commands += 1
    if session.commands > COMMANDS_MAX:
        raise Ended("card_error", why="too many commands")
    name = instruction_of(asked).code
    told: dict[str, Json] = {"link": LINK, "name": name, "ins": f"{asked.ins:02X}"}
    told |= {"p1": f"{asked.p1:02X}", "p2": f"{asked.p2:02X}"}
    answer: CardAnswer | CardGone = yield Transmit(asked.build())
    if isinstance(answer, CardGone):
        session.desk.note("apdu", {**told, "sw": "", "meaning": answer.why})
        raise Gone(answer.why)
    response = parse_response(answer.octets)
    said = meaning(response.sw)
    session.desk.note("apdu", {**told, "sw": f"{response.sw:04X}", "meaning": {"zh": said.zh, "en": said.en}})
    return response
