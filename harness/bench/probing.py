"""Finding out what the terminal on a port speaks, and at which rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.clock import sleep_s
from harness.driver.probing import (
    ATTEMPT_S,
    BY_CONTROL,
    LINGER_S,
    WAITS,
    Attempt,
    acknowledges,
    attempts,
    protocols_probed,
    proves,
)
from harness.links.line_settings import LineSettings, seven_bit_parity
from harness.links.port_info import named, serial_ports
from harness.machine import Json
from protocols.errors import LinkError
from protocols.text import Text

from .fleet import RegisterSpec
from .register import LINK, Cable, open_register

HEARD_MAX = 4096
SHOWN_OCTETS = 16
"""Of what a terminal said that nobody understood."""

STX_EVEN, DISTINCT_OCTETS = 0x82, 6
"""STX with the parity of a 7E1 peer; so many different octets of one parity are no chance (one in 32)."""

SILENT = Text("端口 {port} 上的终端没有应答", "nothing answers at {port}")
SILENT_CURE = Text(
    "已问过：{asked}。检查终端是否开机、线缆是否插好且接在这个端口、终端是否设为连接收银机及其规程与速率。其他端口：{others}",
    "Asked: {asked}. Check that the terminal is on, that its cable is the one at this port, and that it is set up for "
    "a register, with which protocol and rate. Other ports: {others}",
)
SILENT_TCP_CURE = Text(
    "已问过：{asked}。连接建立了但没有应答：检查地址与端口是不是收银机接口，并用 --protocol 指明规程",
    "Asked: {asked}. The connection stands and nothing is said: check that address and port are those for registers, "
    "and name the protocol with --protocol",
)
HEARD = Text(
    "{port} 上有应答，但不是已知的规程：以 {line} 听到 {octets}",
    "{port} answers, but in no protocol that is known: {octets} heard at {line}",
)
GUESS_PARITY = Text(
    "每个字节的最高位都像校验位：对方多半是 7 位数据，用 --line {bits} 再试",
    "The top bit of every octet looks like parity: the terminal most likely has 7 data bits; try --line {bits}",
)
GUESS_ACK = Text(
    "对方只用 ACK 或 NAK 回应 {protocol} 的帧，没有回答：多半是同一种帧的另一种规程，或终端正忙；用 --protocol 指明",
    "It answers frames of {protocol} with ACK or NAK and no more: most likely another protocol in the same frame, or a "
    "terminal that is busy; name it with --protocol",
)
GUESS_BAUD = Text(
    "多半是速率不对：查看终端的设置，用 --baud 指明（试过 {bauds}）",
    "Most likely the rate is wrong: look it up in the terminal's menu and name it with --baud (tried: {bauds})",
)
GUESS_PROTOCOL = Text("用 --protocol 指明规程", "Name the protocol with --protocol")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one question."""

    attempt: Attempt
    octets: bytes
    outcome: Mapping[str, Json] | None

    @property
    def found(self) -> bool:
        """The terminal speaks this."""
        return proves(self.outcome, self.octets)


def probe(
    cable: Cable,
    protocols: Sequence[str] = (),
    *,
    baud: int | None = None,
    bits: str = "",
    told: Callable[[Heard], object] | None = None,
) -> Cable:
    """`cable` with protocol and line as the terminal has them.

    Asks harmless questions only: `protocols` (all where there are none), at `baud` and `bits` where they are given.
    `told` hears of each question that was in vain.  Takes seconds; at most `ATTEMPTS_MAX` times `ATTEMPT_S`.  Raises
    LinkError that tells what was heard, what that may mean and what to do.
    """
    questions = attempts(list(protocols) or protocols_probed(), tcp=bool(cable.tcp), baud=baud, bits=bits)
    heard: list[Heard] = []
    for question in questions:
        if heard and (heard[-1].octets or question.protocol in BY_CONTROL):
            sleep_s(LINGER_S)
        one = _ask(cable, question)
        if one.found:
            return _as(cable, question)
        heard.append(one)
        if told is not None:
            told(one)
    raise _not_found(cable, heard)


def _as(cable: Cable, question: Attempt) -> Cable:
    same = cable.spoken.protocol == question.protocol
    spoken = RegisterSpec(question.protocol, cable.spoken.transport, cable.spoken.quirks if same else ())
    return replace(cable, spoken=spoken, line=LineSettings.parse(question.line) if question.line else None)


class _Ear:
    """Keeps the octets that a terminal sends, as they are; they go nowhere else."""

    def __init__(self) -> None:
        self.octets = bytearray()

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None:
        if kind == "bytes" and data["link"] == LINK and data["dir"] == "in" and len(self.octets) < HEARD_MAX:
            self.octets += bytes.fromhex(data["hex"])


def _ask(cable: Cable, question: Attempt) -> Heard:
    ear = _Ear()
    quick = replace(_as(cable, question), more={**cable.more, **WAITS})
    with open_register(quick, tap=ear) as register:
        outcome = register.begin(question.op).wait(ATTEMPT_S)
    return Heard(question, bytes(ear.octets), outcome)


def _not_found(cable: Cable, heard: Sequence[Heard]) -> LinkError:
    asked = _asked([one.attempt for one in heard])
    loudest = max((one for one in heard if one.octets), key=lambda one: len(one.octets), default=None)
    if loudest is None:
        others = named([one for one in serial_ports() if one.name != cable.port and not one.phantom])
        cure = SILENT_TCP_CURE if cable.tcp else SILENT_CURE
        return LinkError(SILENT.format(port=cable.port), cure.format(asked=asked, others=others or "-"))
    octets = loudest.octets[:SHOWN_OCTETS].hex(" ").upper() + (" ..." if len(loudest.octets) > SHOWN_OCTETS else "")
    what = HEARD.format(port=cable.port, line=loudest.attempt.line or "TCP", octets=octets)
    return LinkError(what, _guess(heard, loudest))


def _asked(questions: Sequence[Attempt]) -> str:
    """Each protocol with its rates."""
    lines: dict[str, list[str]] = {}
    for one in questions:
        lines.setdefault(one.protocol, []).extend([one.line] if one.line else [])
    return "; ".join(" ".join([protocol, ", ".join(tried)]).strip() for protocol, tried in lines.items())


def _guess(heard: Sequence[Heard], loudest: Heard) -> Text:
    acked = next((one for one in heard if acknowledges(one.octets)), None)
    if not loudest.attempt.line:
        return GUESS_PROTOCOL
    parity = seven_bit_parity(loudest.octets)
    if parity != "N" and (STX_EVEN in loudest.octets or len(set(loudest.octets)) >= DISTINCT_OCTETS):
        return GUESS_PARITY.format(bits=f"7{parity}1")
    if acked is not None:
        return GUESS_ACK.format(protocol=acked.attempt.protocol)
    return GUESS_BAUD.format(bauds=", ".join(dict.fromkeys(str(one.attempt.baud) for one in heard)))
