"""Every symptom that a virtual reader can produce, caused for real behind a real pcscd, and what the reader link makes
of it; `.ci/run` runs this four at a time and as an unprivileged user."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from harness.bench.virtual_reader import VirtualReader
from harness.links.pcsc import Card, CardLinkError, api, dial
from harness.links.pcsc.api import T0, T1
from harness.links.pcsc.readers import readers, watch
from harness.links.port import Port

SELECT_PSE = bytes.fromhex("00A404000E315041592E5359532E444446303100")
SELECT_AID = bytes.fromhex("00A4040008A00000033301010100")
GPO = bytes.fromhex("80A80000028300")
ATC = bytes.fromhex("80CA9F3600")


def refused(call: Callable[[], object]) -> CardLinkError:
    with pytest.raises(CardLinkError) as caught:
        call()
    assert caught.value.what.zh and caught.value.cure.en and caught.value.who.zh
    return caught.value


def test_no_card(posrig_reader: VirtualReader) -> None:
    posrig_reader.pull()
    assert refused(lambda: Card(posrig_reader.contact)).reason == "no-card"


def test_a_mute_card(posrig_reader: VirtualReader) -> None:
    posrig_reader.cause("mute")
    name = posrig_reader.insert()
    error = refused(lambda: Card(name))
    assert (error.reason, error.code) == ("mute", 0x80100067), (
        "pcsc-lite says UNPOWERED where Windows says UNRESPONSIVE"
    )
    assert next(one for one in readers() if one.name == name).mute
    posrig_reader.heal()


def test_a_card_that_dies_when_it_is_reset(posrig_card: VirtualReader) -> None:
    posrig_card.cause("mute_on_reset")
    with Card(posrig_card.contact) as card:
        assert card.transmit(SELECT_PSE)[-2:] == b"\x90\x00"
        assert refused(lambda: card.reset(cold=False)).reason == "mute"


@pytest.mark.parametrize(("atr", "reason"), [("0000", "bad-atr"), ("3F00", None), ("3BFF", None)])
def test_garbage_instead_of_an_atr(posrig_reader: VirtualReader, atr: str, reason: str | None) -> None:
    """pcscd refuses an ATR without TS; others it lets pass, and whoever reads the card must judge them."""
    posrig_reader.cause("garbage_atr", atr=atr)
    name = posrig_reader.insert()
    if reason is None:
        with Card(name) as card:
            assert card.atr.hex().upper() == atr
    else:
        assert refused(lambda: Card(name)).reason == reason
    posrig_reader.heal()


def test_a_protocol_that_the_card_does_not_have(posrig_card: VirtualReader) -> None:
    assert refused(lambda: Card(posrig_card.contact, protocols=T0)).reason == "bad-atr"
    with Card(posrig_card.contact, protocols=T1) as card:
        assert card.protocol == 1


@pytest.mark.posrig(card="sda")
def test_t0_with_get_response_and_wrong_le(posrig_card: VirtualReader) -> None:
    with Card(posrig_card.contact) as card:
        assert card.protocol == 0
        answer = card.transmit(SELECT_PSE)
        assert answer[:1] == b"\x6f" and answer[-2:] == b"\x90\x00"
        record = card.transmit(bytes.fromhex("00B2010C00"))
        assert record[:1] == b"\x70" and record[-2:] == b"\x90\x00"
        assert card.transmit(bytes.fromhex("00B20A0C00")) == b"\x6a\x83"
    context = api.Context()
    handle = context.connect(posrig_card.contact)
    try:
        assert handle.transmit(SELECT_PSE[:-1])[0] == 0x61, "on the wire it is T=0"
        assert handle.transmit(SELECT_PSE)[0] == 0x61, "an Le behind data is taken off"
        assert handle.transmit(bytes.fromhex("00C00000FF"))[0] == 0x6C
    finally:
        handle.disconnect(api.LEAVE)
        context.close()


@pytest.mark.parametrize("behaviour", ["pulled_before", "pulled_during"])
@pytest.mark.parametrize("number", [1, 3])
def test_a_card_that_is_pulled_out_in_the_middle(posrig_card: VirtualReader, behaviour: str, number: int) -> None:
    posrig_card.cause(behaviour, command="", number=number)
    with Card(posrig_card.contact) as card:
        for _ in range(number - 1):
            assert card.transmit(SELECT_PSE)[-2:] == b"\x90\x00"
        assert refused(lambda: card.transmit(SELECT_PSE)).reason == "removed"


def test_a_card_that_is_pulled_out_between_two_commands(posrig_card: VirtualReader) -> None:
    posrig_card.cause("pulled_after", command="", number=1)
    with Card(posrig_card.contact) as card:
        assert card.transmit(SELECT_PSE)[-2:] == b"\x90\x00"
        assert refused(lambda: card.transmit(SELECT_PSE)).reason == "removed"
        assert refused(lambda: card.transmit(SELECT_PSE)).reason in ("removed", "no-card")
    posrig_card.heal()
    posrig_card.insert()
    with Card(posrig_card.contact) as card:
        assert card.transmit(SELECT_PSE)[-2:] == b"\x90\x00", "put in again it works"


def test_a_card_that_hangs_blocks_nobody(posrig_card: VirtualReader) -> None:
    posrig_card.cause("hanging", command="", number=1)
    card = Card(posrig_card.contact, limit_s=0.4)
    began = time.monotonic()
    assert refused(lambda: card.transmit(SELECT_PSE)).reason == "timeout"
    card.close()
    assert time.monotonic() - began < 2
    assert refused(lambda: Card(posrig_card.contact, limit_s=1)).reason in ("in-use", "timeout")
    posrig_card.heal()
    posrig_card.insert()
    with Card(posrig_card.contact) as again:
        assert again.transmit(SELECT_PSE)[-2:] == b"\x90\x00", "out and in again it is free"


def test_a_slow_card_is_waited_for(posrig_card: VirtualReader) -> None:
    posrig_card.cause("slow", us=300_000)
    with Card(posrig_card.contact) as card:
        began = time.monotonic()
        assert card.transmit(SELECT_PSE)[-2:] == b"\x90\x00"
        assert time.monotonic() - began >= 0.3


def test_an_answer_that_is_none(posrig_reader: VirtualReader) -> None:
    posrig_reader.pull()
    posrig_reader.cause("worn", card="credit", insertions=1_000_000)
    seen = set()
    for _ in range(6):
        name = posrig_reader.insert("credit")
        try:
            with Card(name) as card:
                for _ in range(20):
                    card.transmit(SELECT_PSE)
        except CardLinkError as error:
            seen.add(error.reason)
    assert seen <= {"mute", "card-error"} and seen


def test_somebody_else_has_the_card(posrig_card: VirtualReader) -> None:
    with Card(posrig_card.contact):
        assert refused(lambda: Card(posrig_card.contact)).reason == "in-use"
        assert refused(lambda: Card(posrig_card.contact, shared=True)).reason == "in-use"
    with Card(posrig_card.contact, shared=True):
        assert refused(lambda: Card(posrig_card.contact)).reason == "in-use"
        assert next(one for one in readers() if one.name == posrig_card.contact).in_use


def test_somebody_else_resets_the_card(posrig_card: VirtualReader) -> None:
    with Card(posrig_card.contact, shared=True) as one, Card(posrig_card.contact, shared=True) as other:
        other.reset(cold=False)
        assert refused(lambda: one.transmit(SELECT_PSE)).reason == "reset"


@pytest.mark.parametrize("command", [b"", b"\x00", b"\x00\xa4\x04", bytes.fromhex("00A40400050102")])
def test_what_is_no_command_reaches_no_card(posrig_card: VirtualReader, command: bytes) -> None:
    from protocols.errors import DecodeError

    with Card(posrig_card.contact) as card:
        with pytest.raises(DecodeError):
            card.transmit(command)
        assert card.transmit(SELECT_PSE)[-2:] == b"\x90\x00"


@pytest.mark.posrig(tap=True)
def test_a_card_that_is_held_against_the_contactless_reader(posrig_card: VirtualReader) -> None:
    found = next(one for one in readers() if one.name == posrig_card.contactless)
    assert found.contactless and found.present
    with Card(posrig_card.contactless) as card:
        assert card.transmit(bytes.fromhex("00A404000E325041592E5359532E444446303100"))[-2:] == b"\x90\x00"


def test_cards_that_come_and_go_are_told(posrig_reader: VirtualReader) -> None:
    posrig_reader.pull()
    events = watch()
    told: list[tuple[str, str]] = []

    def until(what: str) -> None:
        end = time.monotonic() + 5
        for change in events:
            if change is not None:
                told.append((change.what, change.reader.name))
                if change.what == what:
                    return
            assert time.monotonic() < end, f"{what} was not told: {told}"

    until("plugged")
    while next(events) is not None:
        pass
    posrig_reader.insert()
    until("inserted")
    posrig_reader.pull()
    until("removed")
    posrig_reader.cause("mute")
    posrig_reader.insert("debit", "tap")
    until("mute")
    posrig_reader.heal()
    assert told[-3:] == [
        ("inserted", posrig_reader.contact),
        ("removed", posrig_reader.contact),
        ("mute", posrig_reader.contactless),
    ]


def test_a_thousand_commands_without_an_error(posrig_card: VirtualReader) -> None:
    with Card(posrig_card.contact) as card:
        answers = {card.transmit(SELECT_PSE) for _ in range(1000)}
    assert len(answers) == 1


# The link of a terminal


class Listener:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.port: Port | None = None
        self._news = asyncio.Event()

    def opened(self, port: Port, peer: str) -> None:
        self.port = port
        self._note(f"opened {peer}")

    def received(self, data: bytes) -> None:
        self._note(data.hex().upper())

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        self._note(f"closed {reason}")

    def send(self, data: bytes) -> bool:
        assert self.port is not None
        return self.port.send(data)

    def _note(self, what: str) -> None:
        self.told.append(what)
        self._news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(8):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def listener() -> Iterator[Listener]:
    yield Listener()
    end = time.monotonic() + 5
    while any(one.name == "posrig-card-link" for one in threading.enumerate()) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(one.name == "posrig-card-link" for one in threading.enumerate()), "its thread has ended"


def test_a_card_in_a_reader_is_a_link(posrig_card: VirtualReader, listener: Listener) -> None:
    async def run() -> None:
        await dial(posrig_card.contact, "insert", listener, 3)
        await listener.until(2)
        assert listener.send(SELECT_PSE)
        assert not listener.send(SELECT_PSE), "one command at a time"
        await listener.until(3)
        assert not listener.send(b"\x00"), "no command"
        assert listener.port is not None
        assert listener.port.octets_out == len(SELECT_PSE)
        assert listener.port.octets_in == sum(len(one) // 2 for one in listener.told[1:])
        listener.port.close()
        await listener.until(4)

    asyncio.run(run())
    assert listener.told[0] == f"opened {posrig_card.contact}"
    assert listener.told[1] == "3BE000008131FE45EB"
    assert listener.told[2].endswith("9000") and listener.told[3:] == ["closed local"]


def test_a_card_is_waited_for(posrig_reader: VirtualReader, listener: Listener) -> None:
    posrig_reader.pull()
    later = threading.Timer(0.5, posrig_reader.insert)

    async def run() -> None:
        later.start()
        await dial(posrig_reader.contact, "insert", listener, 6)
        await listener.until(2)
        assert listener.port is not None
        listener.port.close()
        await listener.until(3)

    asyncio.run(run())
    later.join()
    assert listener.told[1] == "3BE000008131FE45EB"


def test_no_card_comes(posrig_reader: VirtualReader, listener: Listener) -> None:
    posrig_reader.pull()
    asyncio.run(dial(posrig_reader.contact, "insert", listener, 0.3))
    assert listener.told == ["closed no-card"]


def test_the_wait_for_a_card_can_be_ended(posrig_reader: VirtualReader, listener: Listener) -> None:
    posrig_reader.pull()

    async def run() -> None:
        task = asyncio.create_task(dial(posrig_reader.contact, "insert", listener, 30))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await listener.until(1)

    asyncio.run(run())
    assert listener.told == ["closed local"]


def test_a_card_that_is_pulled_out_of_an_idle_link(posrig_card: VirtualReader, listener: Listener) -> None:
    async def run() -> None:
        await dial(posrig_card.contact, "insert", listener, 3)
        await listener.until(2)
        await asyncio.to_thread(posrig_card.pull)
        await listener.until(3)

    asyncio.run(run())
    assert listener.told[2] == "closed removed"


@pytest.mark.parametrize(
    ("behaviour", "reason"), [("pulled_during", "removed"), ("pulled_before", "removed"), ("hanging", "timeout")]
)
def test_a_card_that_fails_on_a_link(
    posrig_card: VirtualReader, listener: Listener, behaviour: str, reason: str
) -> None:
    posrig_card.cause(behaviour, command="", number=1)

    async def run() -> None:
        await dial(posrig_card.contact, "insert", listener, 3, limit_s=0.5)
        await listener.until(2)
        assert listener.send(SELECT_PSE)
        await listener.until(3)
        await asyncio.to_thread(posrig_card.pull)

    asyncio.run(run())
    assert listener.told[2:] == [f"closed {reason}"]


def test_a_reader_that_there_is_not(posrig_reader: VirtualReader, listener: Listener) -> None:
    asyncio.run(dial("no such reader", "insert", listener, 3))
    assert listener.told == ["closed no-reader"]
