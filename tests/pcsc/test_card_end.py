"""The card's end of the virtual reader: a reader that this test plays says the octets of vsmartcard's protocol (its
manual, "Protocol between vpcd and vpicc": length in two octets, 00 off, 01 on, 02 reset, 04 ATR, else a command)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.links import vpcd
from harness.links.port import Port

ATR_T1, ATR_T0, ATR_TAP = (bytes.fromhex(one) for one in ("3BE000008131FE45EB", "3B600000", "3B80800101"))
SELECT = bytes.fromhex("00A404000E315041592E5359532E444446303100")
FCI = bytes.fromhex("6F1A840E315041592E5359532E4444463031A5088801015F2D027A68")
Script = Callable[["Reader"], Awaitable[None]]


class Chip:
    """Answers `answer` to every command; None is none."""

    def __init__(self, atr: bytes, answer: bytes | None = FCI + b"\x90\x00") -> None:
        self.atr = atr
        self.answer = answer
        self.heard: list[object] = []
        self.port: Port | None = None

    def opened(self, port: Port, peer: str) -> None:
        self.port = port
        self.heard.append(peer)
        if self.atr:
            assert port.send(self.atr)

    def received(self, data: bytes) -> None:
        self.heard.append(data)
        assert self.port is not None
        if self.answer is not None:
            assert self.port.send(self.answer)

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        self.heard.append(f"closed {reason}")


class Reader:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, message: bytes) -> None:
        self._writer.write(len(message).to_bytes(2, "big") + message)

    def say_raw(self, octets: bytes) -> None:
        self._writer.write(octets)

    async def hear(self) -> bytes:
        async with asyncio.timeout(5):
            count = int.from_bytes(await self._reader.readexactly(2), "big")
            return await self._reader.readexactly(count)

    async def ask(self, message: bytes) -> bytes:
        self.say(message)
        return await self.hear()

    async def gone(self) -> bool:
        async with asyncio.timeout(5):
            return await self._reader.read(1) == b""


def played(chip: Chip, script: Script) -> None:
    """Run `script` as the reader into which `chip` is put."""

    async def run() -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await script(Reader(reader, writer))
                done.set_result(None)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                done.set_exception(error)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        await vpcd.insert(f"{host}:{port}", chip, "debit/insert", 5)
        await done
        server.close()

    run_now(run())


def run_now(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_putting_a_card_in_is_its_first_power_up() -> None:
    chip = Chip(ATR_T1)

    async def script(reader: Reader) -> None:
        assert await reader.ask(b"\x04") == ATR_T1
        reader.say(b"\x01")  # pcscd's own power-up, behind its look for a card
        assert await reader.ask(b"\x04") == ATR_T1
        assert chip.heard == ["debit/insert"]

    played(chip, script)


@pytest.mark.parametrize(("orders", "warm"), [([b"\x02"], True), ([b"\x00", b"\x01"], False)])
def test_each_further_power_up_is_told_to_the_card(orders: list[bytes], warm: bool) -> None:
    chip = Chip(ATR_T1)

    async def script(reader: Reader) -> None:
        reader.say(b"\x01")
        assert await reader.ask(b"\x04") == ATR_T1
        for order in orders:
            reader.say(order)
        assert await reader.ask(b"\x04") == ATR_T1
        assert chip.heard == ["debit/insert"] * 2
        assert isinstance(chip.port, vpcd.Inserted) and chip.port.warm is warm

    played(chip, script)


def test_looking_for_the_card_is_no_business_of_the_card() -> None:
    chip = Chip(ATR_T1)

    async def script(reader: Reader) -> None:
        for _ in range(50):
            assert await reader.ask(b"\x04") == ATR_T1
        assert chip.heard == ["debit/insert"]

    played(chip, script)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 7), max_size=60))
def test_a_message_may_come_in_any_pieces(sizes: list[int]) -> None:
    chip = Chip(ATR_T1)
    stream = b"".join(len(one).to_bytes(2, "big") + one for one in (b"\x01", SELECT, b"\x04"))

    async def script(reader: Reader) -> None:
        at = 0
        for size in [*sizes, len(stream)]:
            reader.say_raw(stream[at : at + size])
            at += size
            await asyncio.sleep(0)
        assert [await reader.hear() for _ in range(2)] == [FCI + b"\x90\x00", ATR_T1]
        assert chip.heard == ["debit/insert", SELECT]

    played(chip, script)


def test_a_card_with_t0_gets_whole_commands_and_its_reader_tpdus() -> None:
    """EMV Book 1 Annex A: 61xx, GET RESPONSE; 6Cxx; a case 4 command's Le is taken off by the reader."""
    chip = Chip(ATR_T0)

    async def script(reader: Reader) -> None:
        assert await reader.ask(SELECT[:-1] + b"\x00\x00") == b"\x67\x00", "no length that T=0 could mean"
        assert await reader.ask(SELECT) == bytes((0x61, len(FCI)))
        assert chip.heard.pop() == SELECT
        assert await reader.ask(SELECT[:-1]) == bytes((0x61, len(FCI)))
        assert chip.heard[1:] == [SELECT]
        assert await reader.ask(bytes.fromhex("00C00000FF")) == bytes((0x6C, len(FCI)))
        assert await reader.ask(bytes.fromhex("00C00000") + bytes((len(FCI),))) == FCI + b"\x90\x00"
        assert await reader.ask(bytes.fromhex("00B2010C00")) == bytes((0x6C, len(FCI)))
        assert await reader.ask(bytes.fromhex("00B2010C") + bytes((len(FCI),))) == FCI + b"\x90\x00"
        assert len(chip.heard) == 3, "each command reaches the card once"

    played(chip, script)


def test_a_contactless_card_gets_whole_commands_although_its_atr_names_t0() -> None:
    chip = Chip(ATR_TAP)

    async def script(reader: Reader) -> None:
        assert await reader.ask(SELECT) == FCI + b"\x90\x00"

    played(chip, script)


def test_a_mute_card_is_there_and_has_no_atr() -> None:
    """An ATR has at most 33 octets: with more the reader fails to power the card up and still sees it."""
    chip = Chip(b"")

    async def script(reader: Reader) -> None:
        assert len(await reader.ask(b"\x04")) > 33
        chip.atr = ATR_T1
        reader.say(b"\x02")
        assert await reader.ask(b"\x04") == ATR_T1

    played(chip, script)


@pytest.mark.parametrize("message", [b"\x00\xa4", b"\x00\xa4\x04"])
def test_what_is_too_short_for_a_command_is_answered_and_not_passed_on(message: bytes) -> None:
    chip = Chip(ATR_T1)

    async def script(reader: Reader) -> None:
        assert await reader.ask(message) == b"\x67\x00"
        assert chip.heard == ["debit/insert"]

    played(chip, script)


def test_an_unknown_order_of_one_octet_has_no_answer() -> None:
    chip = Chip(ATR_T1)

    async def script(reader: Reader) -> None:
        reader.say(b"\x99")
        assert await reader.ask(b"\x04") == ATR_T1

    played(chip, script)


def test_a_card_that_is_pulled_out_closes_the_connection() -> None:
    chip = Chip(ATR_T1, None)

    async def script(reader: Reader) -> None:
        reader.say(SELECT)
        while len(chip.heard) < 2:
            await asyncio.sleep(0)
        assert chip.port is not None
        chip.port.close()
        assert await reader.gone()
        assert not chip.port.send(b"\x90\x00")
        while len(chip.heard) < 3:
            await asyncio.sleep(0)
        assert chip.heard[2:] == ["closed local"]

    played(chip, script)


def test_an_answer_that_nobody_asked_for_stays_here() -> None:
    chip = Chip(ATR_T1)

    async def script(reader: Reader) -> None:
        assert await reader.ask(SELECT) == FCI + b"\x90\x00"
        assert chip.port is not None and not chip.port.send(b"\x90\x00")
        assert await reader.ask(b"\x04") == ATR_T1

    played(chip, script)


def test_no_reader_there_is_told_as_any_dial_is() -> None:
    chip = Chip(ATR_T1)

    async def run() -> None:
        server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        await vpcd.insert(f"127.0.0.1:{port}", chip, "debit/insert", 5)

    run_now(run())
    assert chip.heard == ["closed refused"]
