"""The list of checks, one after the other; the first that makes the rest pointless ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.cards import listed_pans
from harness.links.pcsc import Card, CardLinkError, ReaderInfo
from harness.links.pcsc.api import T0, T1
from harness.links.pcsc.card import LIMIT_S
from harness.links.pcsc.troubles import TROUBLES
from protocols.emv.apdu import Command
from protocols.emv.atr import Atr, parse_atr
from protocols.emv.atr_rules import emv_findings, storage_card
from protocols.emv.commands import PPSE, PSE, select
from protocols.errors import DecodeError
from protocols.text import Lang, Text

from . import words
from .card_read import CardRead, NotAsEmv, ask_refusal, read_card
from .measure import Tried
from .plug import plugged
from .report import CARD_CURE, CARD_HOLDER, CONTACTS, READER_OWNER, SLOW_CURE, Line, Report, Timing, trouble_line

READS = 100
"""SELECTs of a check, as many as a technician waits for; a fifth as many resets with a SELECT, a tenth as many cold and
warm resets."""
RESETS_OF, COLD_OF = 5, 10
GET_UID = Command(0xFF, 0xCA, 0x00, 0x00, b"", 256)
"""PC/SC part 3, clause 3.2.2.1.3: answered by a contactless reader itself."""
PAN_SHOWN = 4
LANGS: tuple[Lang, Lang] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How often, whether the card may be asked for a cryptogram, and whether somebody pulls the card out and puts it in
    again when asked to (within `limit_s` of each).  `limit_s` is for each answer as well."""

    reads: int = READS
    cryptogram: bool = False
    plug: bool = False
    limit_s: float = LIMIT_S


def check_reader(
    reader: ReaderInfo, wanted: Wanted, tell: Callable[[Line], None], ask: Callable[[Text], None]
) -> Report:
    """Check `reader` and the card in it; `tell` hears each line as it comes, `ask` what somebody must do now.  Of
    readers and cards nothing is raised: what fails is a line."""
    tried = Tried(reader.name, wanted.limit_s)
    lines: list[Line] = []
    try:
        for line in _lines(reader, wanted, tried, ask):
            lines.append(line)
            tell(line)
    except CardLinkError as error:
        lines.append(trouble_line("stopped", error.trouble, error.what))
        tell(lines[-1])
    finally:
        tried.let_go()
    return Report(reader.name, tuple(lines))


def _lines(reader: ReaderInfo, wanted: Wanted, tried: Tried, ask: Callable[[Text], None]) -> Iterator[Line]:
    yield _about(reader)
    if wanted.plug:
        yield plugged(reader.name, wanted.limit_s, ask)
    try:
        octets = tried.card().atr
    except CardLinkError as error:
        yield trouble_line("power", error.trouble, error.what)
        return
    yield Line("power", "good", words.POWERED.format(protocol=tried.card().protocol))
    try:
        atr = parse_atr(octets)
    except DecodeError as error:
        found = words.filled(words.BAD_ATR, atr=octets.hex().upper(), why=error.what)
        yield Line("atr", "bad", found, None, error.cure, CARD_HOLDER)
        return
    yield from _about_atr(octets, atr)
    for cold in (True, False):
        yield _resets(tried, octets, cold, max(1, wanted.reads // COLD_OF))
    yield _uid(tried) if reader.contactless else _protocols(tried, atr, wanted)
    command = select(PPSE if reader.contactless else PSE)
    yield _judged("selects", tried.many(wanted.reads, lambda card: _ask(card, command)))
    yield _judged(
        "resets_selects", tried.many(max(1, wanted.reads // RESETS_OF), lambda card: _reset_ask(card, command))
    )
    yield from _payment_card(reader, wanted, tried)


def _about(reader: ReaderInfo) -> Line:
    kind = words.CONTACTLESS if reader.contactless else words.CONTACT
    told = [reader.vendor, reader.serial]
    more = "".join(f", {one}" for one in told if one)
    return Line("reader", "good", Text(f"{reader.name}（{kind.zh}{more}）", f"{reader.name} ({kind.en}{more})"))


def _about_atr(octets: bytes, atr: Atr) -> Iterator[Line]:
    offered = " ".join(f"T={protocol}" for protocol in atr.protocols)
    found = words.filled(
        words.ATR,
        atr=octets.hex().upper(),
        protocols=offered,
        baud=atr.baud_max or words.NOT_TOLD,
        classes=atr.voltage_classes or words.NOT_TOLD,
    )
    yield Line("atr", "good", found)
    storage = storage_card(atr)
    if storage is not None:
        yield Line("atr_rules", "note", storage)
    if not atr.contactless:
        findings = emv_findings(atr)
        for finding in findings:
            yield Line("atr_rules", "note", finding)
        if not findings:
            yield Line("atr_rules", "good", words.ATR_RULES)


def _resets(tried: Tried, first: bytes, cold: bool, count: int) -> Line:
    others: set[bytes] = set()

    def reset(card: Card) -> None:
        atr = card.reset(cold=cold)
        if cold and atr != first:  # that of a warm reset may be another one by right
            others.add(atr)

    timing = tried.many(count, reset)
    name = "cold" if cold else "warm"
    if others:
        return Line(name, "bad", words.OTHER_ATR.format(count=len(others) + 1), timing, CONTACTS, READER_OWNER)
    return _judged(name, timing)


def _protocols(tried: Tried, atr: Atr, wanted: Wanted) -> Line:
    """A protocol is refused by reader or service when the ATR does not offer it."""
    tried.let_go()
    refused: list[str] = []
    for protocol, bit in ((0, T0), (1, T1)):
        if protocol not in atr.protocols:
            continue
        try:
            Card(tried.reader, protocols=bit, limit_s=wanted.limit_s).close()
        except CardLinkError as error:
            if error.trouble != "bad-atr":
                raise
            refused.append(f"T={protocol}")
    if refused:
        found = words.PROTOCOL_REFUSED.format(protocols=" ".join(refused))
        return Line("protocols", "bad", found, None, words.PROTOCOL_CURE, READER_OWNER)
    return Line("protocols", "good", words.PROTOCOLS.format(protocols=" ".join(f"T={one}" for one in atr.protocols)))


def _uid(tried: Tried) -> Line:
    answer = tried.send(GET_UID)
    if answer.ok and answer.data:
        return Line("uid", "good", words.UID.format(octets=len(answer.data)))
    return Line("uid", "note", words.NO_UID.format(sw=f"{answer.sw:04X}"))


def _ask(card: Card, command: Command) -> None:
    card.transmit(command.build())


def _reset_ask(card: Card, command: Command) -> None:
    card.reset(cold=True)
    card.transmit(command.build())


def _judged(name: str, timing: Timing) -> Line:
    if timing.rate.errors:
        return Line(name, "bad", _failed(timing), timing, CONTACTS, READER_OWNER)
    if not timing.steady:
        return Line(name, "bad", words.UNSTEADY, timing, SLOW_CURE, READER_OWNER)
    return Line(name, "good", words.STEADY, timing)


def _failed(timing: Timing) -> Text:
    named = [(TROUBLES[trouble].what, count) for trouble, count in timing.troubles]
    zh, en = ("; ".join(f"{what.in_(lang)} ×{count}" for what, count in named) for lang in LANGS)
    return words.filled(words.FAILED, troubles=Text(zh, en))


def _payment_card(reader: ReaderInfo, wanted: Wanted, tried: Tried) -> Iterator[Line]:
    try:
        card = read_card(tried.send, reader.contactless)
    except NotAsEmv as error:
        yield Line("card", "bad", error.what, None, CARD_CURE, CARD_HOLDER)
        return
    yield from _about_card(card)
    if wanted.cryptogram and card.cdol1:
        try:
            kind = ask_refusal(tried.send, card)
        except NotAsEmv as error:
            yield Line("cryptogram", "bad", error.what, None, CARD_CURE, CARD_HOLDER)
        else:
            yield Line("cryptogram", "good", words.CRYPTOGRAM.format(cid=kind))


def _about_card(card: CardRead) -> Iterator[Line]:
    if card.blocked:
        yield Line("card", "bad", words.BLOCKED, None, CARD_CURE, CARD_HOLDER)
    pan = card.pan if card.pan in listed_pans() else "*" * (len(card.pan) - PAN_SHOWN) + card.pan[-PAN_SHOWN:]
    yield Line(
        "card",
        "good",
        words.CARD.format(
            directory=card.directory or "-",
            aid=card.aids[0].hex().upper(),
            label=card.label,
            pan=pan,
            expiry=f"{card.expiry[2:]}/{card.expiry[:2]}",
            records=card.records,
        ),
    )
    tries = card.counters.get("pin_tries")
    if tries == 0:
        yield Line("counters", "bad", words.NO_TRIES, None, CARD_CURE, CARD_HOLDER)
    elif card.counters:
        told = [words.COUNTER_NAMES[name].format(value=value) for name, value in card.counters.items()]
        yield Line("counters", "good", Text("，".join(one.zh for one in told), ", ".join(one.en for one in told)))
    else:
        yield Line("counters", "note", words.NO_COUNTERS)
