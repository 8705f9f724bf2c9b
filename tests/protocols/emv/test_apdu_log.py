"""APDUs out of logs, in the forms in which public programs print them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.emv.apdu_log import MESSAGES_MAX, messages_in

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "emv.json").read_text("utf-8"))["apdu"]


def spaced(octets: bytes) -> str:
    return octets.hex(" ").upper()


def dumped(octets: bytes) -> str:
    """Sixteen octets a line, characters behind them, as OpenSC dumps."""
    lines = []
    for at in range(0, len(octets), 16):
        part = octets[at : at + 16]
        text = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in part)
        lines.append("".join(f"{octet:02X} " for octet in part).ljust(48) + text)
    return "\n".join(lines)


def opensc_tool(command: bytes, answer: bytes) -> str:
    """`opensc-tool -s`: the status word stands apart from the data."""
    head = f"Sending: {spaced(command)} \nReceived (SW1=0x{answer[-2]:02X}, SW2=0x{answer[-1]:02X})"
    return head + (f":\n{dumped(answer[:-2])}\n" if answer[:-2] else "\n")


def opensc_debug(command: bytes, answer: bytes) -> str:
    where = "0x7f12 12:01:02.345 [opensc-tool] reader-pcsc.c:283:pcsc_transmit: reader 'posrig'\n"
    head = f"{where}Outgoing APDU ({len(command)} bytes):\n{dumped(command)}\n{where}"
    return f"{head}Incoming APDU ({len(answer)} bytes):\n{dumped(answer)}\n"


def pyscard(command: bytes, answer: bytes) -> str:
    """`ConsoleCardConnectionObserver`, which prints a status word with `%-2X`."""
    data = spaced(answer[:-2]) if answer[:-2] else " []"
    return f">  {spaced(command)}\n<  {data} {answer[-2]:<2X} {answer[-1]:<2X}\n"


def scriptor(command: bytes, answer: bytes) -> str:
    return f"> {spaced(command)}\n< {spaced(answer)} : Normal processing.\n"


def pcscd(command: bytes, answer: bytes) -> str:
    return f"00000012 APDU: {spaced(command)} \n00000234 SW: {spaced(answer)} \n"


def apdu4j(command: bytes, answer: bytes) -> str:
    """GlobalPlatformPro with -d."""
    asked = f"A>> T=1 (4+{len(command) - 5:04d}) {command[:4].hex()} {command[4:].hex()}"
    return f"{asked}\nA<< ({len(answer) - 2:04d}+2) (33ms) {answer[:-2].hex()} {answer[-2:].hex()}\n".replace("  ", " ")


def gpshell(command: bytes, answer: bytes) -> str:
    """In a secure channel a command is printed twice; what went to the card is the second."""
    return (
        f"Command --> 80{command[1:].hex()}\nWrapped command --> {command.hex()}\nResponse <-- {answer.hex().upper()}\n"
    )


def stamped(command: bytes, answer: bytes) -> str:
    return f"12:01:02.345 [INFO] >> {command.hex()}\n12:01:02.349 [INFO] << {answer.hex()}\n"


def named(command: bytes, answer: bytes) -> str:
    return f"C-APDU: {spaced(command)}\n  R-APDU: {spaced(answer)}\n\n"


FORMS: list[Callable[[bytes, bytes], str]] = [
    opensc_tool, opensc_debug, pyscard, scriptor, pcscd, apdu4j, gpshell, stamped, named,
]  # fmt: skip


def sessions() -> list[tuple[bytes, bytes]]:
    """Command and answer, as they were recorded with public cards and programs."""
    pairs = [(one["capdu"], one["rapdu"]) for one in VECTORS if one.get("capdu") and one.get("rapdu")]
    return [(bytes.fromhex(asked), bytes.fromhex(told)) for asked, told in pairs if len(asked) >= 8 and len(told) >= 4]


@pytest.mark.parametrize("form", FORMS, ids=[form.__name__ for form in FORMS])
def test_every_published_conversation_in_every_form(form: Callable[[bytes, bytes], str]) -> None:
    pairs = sessions()
    assert len(pairs) > 150
    found = messages_in(
        "Using reader: posrig\nATR: 3B E0 00 00 81 31 FE 45 EB\n" + "".join(form(*one) for one in pairs)
    )
    assert found[0].direction == "atr" and found[0].octets.hex() == "3be000008131fe45eb"
    wanted = [(name, octets) for pair in pairs for name, octets in zip(("command", "answer"), pair, strict=True)]
    assert [(one.direction, one.octets) for one in found[1:]] == wanted


def test_what_pcsc_scan_prints() -> None:
    text = "Card state: Card inserted, \n  ATR: 3B 65 00 00 20 63 CB 68 00\n\n+ TS = 3B --> Direct Convention\n"
    assert [(one.direction, one.octets.hex(), one.line) for one in messages_in(text)] == [
        ("atr", "3b65000020 63cb6800".replace(" ", ""), 2)
    ]


@pytest.mark.parametrize(
    "text", ["", "hello -> world", "the command: none", "> quoted by a mail program", "x < y and y > z", "ATR is fine"]
)
def test_what_is_no_log(text: str) -> None:
    assert messages_in(text) == []


@given(st.text(max_size=300))
def test_any_text_is_read_or_passed_over(text: str) -> None:
    assert all(one.octets for one in messages_in(text))


def test_a_log_without_an_end_is_cut() -> None:
    assert len(messages_in("> 00A40400\n" * (MESSAGES_MAX + 5))) == MESSAGES_MAX
    assert messages_in("> " + "(" * 100_000) == []
