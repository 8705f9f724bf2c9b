"""Wireshark's dissectors read what `posrig export` writes, with the options that it prints, and find what is in it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness.recordings.sessions import sessions_of
from harness.recordings.units import units_of
from harness.trace import Trace
from protocols.registers import REGISTER_PROTOCOLS
from tests.harness.recorded import chips, shop, zvt

FIELDS = ("3", "4", "11", "37", "39", "41", "42")
FRAMES = json.loads((Path(__file__).parents[1] / "protocols" / "vectors" / "zvt.json").read_text("utf-8"))["vectors"]


def exported(trace: Trace, folder: Path, *more: str) -> tuple[Path, list[str]]:
    """The file, and the options that the command says it is to be opened with."""
    from click.testing import CliRunner

    from harness.cli import main

    source, target = folder / "trace.jsonl", folder / "out.pcapng"
    trace.write(source)
    result = CliRunner().invoke(main, ["export", str(source), "--pcapng", str(target), "--lang", "en", *more])
    assert target.exists(), result.output
    printed = [line for line in result.output.splitlines() if "tshark -r" in line]
    return target, shlex.split(printed[0])[3:] if printed else []


def dissected(file: Path, options: Sequence[str], *fields: str, only: str = "") -> list[list[str]]:
    """The fields of each packet that `only` lets through."""
    command = ["tshark", "-r", str(file), *options, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    if only:
        command += ["-Y", only]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=_home(file.parent), timeout=60)
    return [line.split("\t") for line in ran.stdout.splitlines()]


def _home(folder: Path) -> Mapping[str, str]:
    """Nobody's own preferences."""
    return {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def messages(trace: Trace) -> list[list[str]]:
    """MTI and fields of each message that the terminal exchanged with its host, as its own trace has them."""
    return [
        [str(event.data["mti"]), *(str(event.data["fields"].get(number, "")) for number in FIELDS)]
        for event in trace.events
        if event.kind == "message" and (event.party, event.data["link"]) == ("terminal", "host")
    ]


@pytest.mark.parametrize("trace", [shop.recorded, lambda: shop.opened()[2]], ids=["sale", "opening"])
def test_every_message_of_the_host_with_its_fields(trace: object, tmp_path: Path) -> None:
    assert callable(trace)
    recorded: Trace = trace()
    file, options = exported(recorded, tmp_path)
    names = ["iso8583.mti", *(f"iso8583.bit{number}" for number in FIELDS)]
    assert dissected(file, options, *names, only="iso8583") == messages(recorded) != []


def test_nothing_is_malformed_and_no_stream_is_broken(tmp_path: Path) -> None:
    file, options = exported(shop.opened()[2], tmp_path)
    options += ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    wrong = "_ws.malformed or iso8583.MALFORMED or tcp.analysis.flags or _ws.expert.severity >= 0x600000"
    assert dissected(file, options, "frame.number", only=wrong) == []


def test_names_and_comments(tmp_path: Path) -> None:
    file, options = exported(shop.recorded(), tmp_path)
    rows = dissected(file, [*options, "-N", "nNd"], "ip.src_host", "ip.dst_host", "frame.comment", only="iso8583")
    assert [row[:2] for row in rows] == [["terminal", "host"], ["host", "terminal"]]
    assert rows[0][2].startswith("terminal > host: 0200 sale")


SAID = [
    ("0x0600", "", ""),
    ("", "0x80", ""),
    ("0x060f", "", ""),
    ("", "0x80", ""),
    ("0x0601", "", "1000"),
    ("", "0x80", ""),
    ("0x04ff", "", ""),
    ("", "0x80", ""),
    ("0x040f", "", "1000"),
    ("", "0x80", ""),
    ("0x060f", "", ""),
    ("", "0x80", ""),
]
"""Control field, or first octet of an answer, and amount in cents, of each APDU of `zvt.SALE` (PA00P015)."""


@pytest.mark.parametrize("transport", ["tcp", "serial"])
def test_every_command_of_a_zvt_sale(transport: str, tmp_path: Path) -> None:
    framer = REGISTER_PROTOCOLS["zvt"].framer("serial" if transport == "serial" else "tcp")
    octets = [(out, framer.frame(bytes.fromhex(apdu))) for out, apdu in zvt.SALE]
    file, options = exported(zvt.recording(octets, transport), tmp_path)
    names = ("zvt.control_field", "zvt.ccrc", "zvt.amount")
    assert [tuple(row) for row in dissected(file, options, *names, only="zvt")] == SAID


def test_a_sale_of_the_emulated_terminal(tmp_path: Path) -> None:
    """All that terminal and register say over a serial line: every command, every answer, amounts and trace numbers."""
    recorded = shop.recorded("zvt")
    file, options = exported(recorded, tmp_path)
    names = ("zvt.control_field", "zvt.ccrc", "zvt.amount", "zvt.trace_number")
    rows = [row for row in dissected(file, options, *names, only="zvt") if any(row)]
    (session,) = (one for one in sessions_of(recorded.events) if (one.party, one.link) == ("terminal", "register"))
    apdus = [unit.payload for unit in units_of(session) if unit.what == "frame"]
    assert len(rows) == len(apdus) > 5
    for apdu, (control, answer, *_) in zip(apdus, rows, strict=True):
        assert int(answer or control, 16) == (apdu[0] if apdu[0] in (0x80, 0x84) else int.from_bytes(apdu[:2], "big"))
    told = [row[2:] for row in rows if row[0] == "0x040f"]
    stans = [str(event.data["fields"]["11"]) for event in recorded.events if event.data.get("mti") == "0200"]
    assert told == [[str(shop.AMOUNT_FEN), stans[0]]]
    assert dissected(file, options, "frame.number", only="_ws.malformed") == []


def test_serial_frames_whose_dles_were_doubled(tmp_path: Path) -> None:
    """Public frames; the dissector itself does not take the second DLE away, and would misread them."""
    frames = [bytes.fromhex(one["hex"]) for one in FRAMES if one["kind"] == "serial-frame" and not one.get("invalid")]
    doubled = [frame for frame in frames if b"\x10\x10" in frame[2:-4]]
    assert doubled
    octets = [(False, frame) for frame in frames]
    trace = zvt.recording(octets, "serial")
    file, options = exported(trace, tmp_path)
    rows = dissected(file, options, "zvt.crc", "zvt.control_field", "zvt.ccrc", only="zvt")
    assert len(rows) == len(frames)
    said = [event for event in trace.events if event.kind == "bytes"]
    for frame, event, (crc, control, answer) in zip(frames, said, rows, strict=True):
        if "masked" not in event.data:
            assert int(crc, 16) == int.from_bytes(frame[-2:], "little")
        if frame[2] in (0x80, 0x84):
            assert int(answer, 16) == frame[2]
        else:
            assert int(control, 16) == int.from_bytes(frame[2:4], "big")
    assert dissected(file, options, "frame.number", only="_ws.malformed") == []


def test_every_command_and_answer_of_a_chip_card(tmp_path: Path) -> None:
    """What tshark finds in each packet of the card's side: the ATR, instruction and P1 P2 of each command, the status
    word of each answer, and to which command it belongs.  It knows no instruction of EMV (class 80), and names none."""
    trace = chips.recorded()
    file, options = exported(trace, tmp_path)
    names = ("iso7816.atr.init_char", "iso7816.apdu.ins", "iso7816.apdu.p1", "iso7816.apdu.sw1", "iso7816.apdu.sw2")
    rows = dissected(file, options, *names, "iso7816.resp_to", only="iso7816 or iso7816.atr")
    units = units_of(chips.session(trace))
    assert len(rows) == len(units) > 20 and int(rows[0][0], 16) == 0x3B
    for unit, (_, ins, p1, sw1, sw2, answers) in zip(units[1:], rows[1:], strict=True):
        if unit.answers is not None:
            assert bytes((int(sw1, 16), int(sw2, 16))) == unit.raw[-2:] and answers
        elif unit.raw[0] == 0x00:
            assert int(ins, 16) == unit.raw[1] and (not p1 or int(p1, 16) == unit.raw[2])
    assert dissected(file, options, "frame.number", only="_ws.malformed or _ws.expert.severity >= 0x600000") == []
    (comment, *_) = dissected(file, options, "frame.comment", only="iso7816.apdu.ins == 0x88")
    assert comment[0].startswith("terminal > card: INTERNAL AUTHENTICATE") and "9F37 Unpredictable number" in comment[0]
