"""What the terminal speaks, and at which rate its line is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protocols.errors import LinkError, LocalError
from protocols.text import Text

from ..model import Check, Figure, Finding, failed, passed
from ..visit import Visit
from .asking_terminal import NOT_LOOKED_FOR, NOT_LOOKED_FOR_CURE
from .port import TCP, remembered

if TYPE_CHECKING:
    from harness.bench.probing import Heard
    from harness.bench.register import Cable

ID = "protocol"
RATES = (9600, 115_200, 19_200, 57_600, 38_400, 4800, 2400, 1200)
"""Every rate that a vendor's documents name for a register's line, the usual ones first."""
BUDGET_S = 60.0
"""How long it is looked for; then what was not tried is left out, and the finding says so."""
SHOWN_OCTETS = 3
"""Of what nobody understood: enough for whoever knows the protocol, and too little for a card's number."""
OTHERS_RATE_MIN = 9600
"""Slower lines are asked for the usual protocol alone: each question takes more than a second, and people wait."""
SHOWN_OCTETS = 3
"""Of what nobody understood: enough for whoever knows the protocol, and too little for a card's number."""

TRYING = Text("正在按 {line} 询问终端……", "asking the terminal at {line} ...")
RATE = Text("串口速率", "serial rate")
FOUND = Text("{protocol}，{line}", "{protocol}, {line}")
UNUSUAL = Text("{protocol}，{line}（常用速率是 {usual}）", "{protocol}, {line} (usual is {usual})")
OTHER = Text("终端是 {found}，应为 {expected}", "the terminal is set to {found}, expected {expected}")
NOTHING = Text("没有应答，试过 {tried}", "nothing answers; tried {tried}")
NOTHING_OVER_TCP = Text("连上了，但没有应答", "it takes the connection and does not answer")
HEARD = Text("收到 {octets} 个字符，看不懂（{sample}）", "{octets} characters came that make no sense ({sample})")
OVER_TCP = Text("网络", "network")


@dataclass(slots=True)
class Asked:
    """What was asked in vain: the rates, and what was heard at each."""

    rates: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    @property
    def is_babble(self) -> bool:
        """Whether whatever is there says something at most rates, and never an ACK or NAK alone: no terminal does."""
        from harness.driver.probing import acknowledges

        spoken = {one.attempt.baud for one in self.heard if one.octets}
        return len(spoken) > len(RATES) // 2 and not any(one.octets and acknowledges(one.octets) for one in self.heard)

    @property
    def tried(self) -> str:
        """The rates, "-" over TCP."""
        return ", ".join(map(str, self.rates)) or "-"


def find_protocol(visit: Visit) -> Finding:
    """Asks harmless questions until one is understood.  Facts: `protocol`, `line` ("" over TCP), `transport`."""
    if "port" not in visit.facts:
        raise LocalError(NOT_LOOKED_FOR, NOT_LOOKED_FOR_CURE)
    asked = Asked()
    visit.hang_up()
    found = _search(visit, asked)
    if found is None:
        return _in_vain(visit, asked)
    line = "" if found.tcp else str(found.line)
    visit.learn(protocol=found.spoken.protocol, line=line, transport=found.spoken.transport)
    return _found(visit, found, line)


def _search(visit: Visit, asked: Asked) -> Cable | None:
    """The cable as the terminal has it; None: not found."""
    from harness.clock import monotonic_s, sleep_s
    from harness.driver.probing import LINGER_S

    port = str(visit.facts["port"])
    if port.startswith(TCP):
        visit.tell(TRYING.format(line=port))
        return _probe(visit, asked, _protocols(visit), None)
    over_s = monotonic_s() + BUDGET_S
    for rate, protocols in _steps(visit):
        if asked.is_babble and rate in asked.rates:
            return None
        asked.rates += [rate] if rate not in asked.rates else []
        visit.tell(TRYING.format(line=rate))
        if asked.heard and asked.heard[-1].octets:
            sleep_s(LINGER_S)
        found = _probe(visit, asked, protocols, rate)
        if found is not None or monotonic_s() > over_s:
            return found
    return None


def _steps(visit: Visit) -> Iterator[tuple[int, Sequence[str]]]:
    """Rates with the protocols that are asked there: all of them at the likeliest rate, then the usual protocol at
    every rate, then the others where they may be."""
    from protocols.registers import REGISTER_PROTOCOLS

    protocols = _protocols(visit)
    first, *rates = _rates(visit)
    usual, others = protocols[:1], protocols[1:]
    yield first, protocols
    yield from ((rate, usual) for rate in rates)
    for rate in (rate for rate in rates if rate >= OTHERS_RATE_MIN):
        there = [name for name in others if rate in REGISTER_PROTOCOLS[name].baudrates]
        if there:
            yield rate, there


def _probe(visit: Visit, asked: Asked, protocols: Sequence[str], rate: int | None) -> Cable | None:
    from harness.bench.fleet import USUAL_REGISTER, RegisterSpec
    from harness.bench.probing import probe
    from harness.bench.register import Cable
    from harness.links.serial_troubles import PortError

    settings, before = visit.settings, len(asked.heard)
    port = str(visit.facts["port"])
    transport = settings.transport or ("tcp" if port.startswith(TCP) else "serial")
    protocol = settings.protocol or USUAL_REGISTER.protocol
    quirks = settings.quirks if settings.protocol else ()
    spoken = RegisterSpec(protocol, "tcp" if transport == "tcp" else "serial", quirks)
    try:
        return probe(
            Cable(port, spoken, None, settings.host_address),
            protocols,
            baud=rate,
            bits=settings.bits,
            told=asked.heard.append,
        )
    except PortError:  # it was there a moment ago
        raise
    except LinkError:
        if len(asked.heard) == before:
            raise
        return None


def _protocols(visit: Visit) -> list[str]:
    from harness.driver.probing import protocols_probed

    return [visit.settings.protocol] if visit.settings.protocol else list(protocols_probed())


def _rates(visit: Visit) -> Iterator[int]:
    """The expected one first."""
    first = expected_rate(visit)
    yield from dict.fromkeys((*((first,) if first else ()), *RATES))


def expected_rate(visit: Visit) -> int | None:
    """The rate that the line should have: by the command line, the settings file, or an earlier visit."""
    from harness.links.line_settings import LineSettings

    told = visit.settings.baud or visit.settings.expected.get("baud")
    if told is not None:
        return int(told)
    earlier = remembered(visit, "line")
    return LineSettings.parse(earlier).baud if earlier else None


def _found(visit: Visit, found: Cable, line: str) -> Finding:
    from protocols.registers import REGISTER_PROTOCOLS

    row = REGISTER_PROTOCOLS[found.spoken.protocol]
    if found.tcp or found.line is None:
        return passed(ID, _with(FOUND, row.text, OVER_TCP), protocol=row.name)
    rate, expected = found.line.baud, expected_rate(visit)
    shown = Text(line, line)
    if expected is not None and rate != expected:
        figure = Figure("baud", RATE, rate, "bit/s", low=expected, high=expected)
        values = {"found": str(rate), "expected": str(expected)}
        return failed(ID, "wrong_baud", OTHER.format(**values), figure, values=values, detail={"protocol": row.name})
    figure = Figure("baud", RATE, rate, "bit/s")
    usual = rate in row.baudrates[:2] or expected is not None
    words = _with(FOUND if usual else UNUSUAL, row.text, shown, usual=row.baudrates[0])
    return passed(ID, words, figure, protocol=row.name)


def _with(form: Text, protocol: Text, line: Text, **more: object) -> Text:
    return Text(
        form.zh.format(protocol=protocol.zh, line=line.zh, **more),
        form.en.format(protocol=protocol.en, line=line.en, **more),
    )


def _in_vain(visit: Visit, asked: Asked) -> Finding:
    """Nothing was heard, or nothing that anybody understands."""
    loudest = max(asked.heard, key=lambda one: len(one.octets), default=None)
    if loudest is None or not loudest.octets:
        return failed(ID, "silent", NOTHING.format(tried=asked.tried) if asked.rates else NOTHING_OVER_TCP)
    octets = loudest.octets
    sample = octets[:SHOWN_OCTETS].hex(" ").upper()
    found = HEARD.format(octets=len(octets), sample=sample)
    values = {"heard": f"{sample} ...", "tried": asked.tried}
    return failed(ID, "unknown_protocol", found, values=values, detail={"octets": len(octets), "sample": sample})


PROTOCOL = Check(
    ID,
    "bench",
    Text("收银接口", "register interface"),
    Text(
        "问终端用哪种规程、什么速率；只提无害的问题，不动钱",
        "asks what the terminal speaks and at which rate; harmless questions only, no money moves",
    ),
    find_protocol,
    needs=("port",),
)
