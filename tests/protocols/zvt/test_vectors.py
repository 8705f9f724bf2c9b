"""Every published vector: the values that its source names, octet for octet back, and the bad ones refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protocols.errors import DecodeError
from protocols.framing import Frame
from protocols.zvt import bitmaps as bmp
from protocols.zvt import tags
from protocols.zvt.charset import Charset, decode_text
from protocols.zvt.commands import INTERMEDIATE_STATUS, STATUS_ENQUIRY
from protocols.zvt.explain import explain
from protocols.zvt.framing import ZvtSerialFramer, ZvtTcpFramer, crc
from protocols.zvt.message import ZvtMessage, build, parse
from protocols.zvt.tlv import ZvtTlv

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "zvt.json").read_text(encoding="utf-8"))
VECTORS: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in FILE["vectors"]}
GOOD = [name for name, vector in VECTORS.items() if not vector.get("invalid") and vector["kind"] != "stream"]
BAD = [name for name, vector in VECTORS.items() if vector.get("invalid")]

CHARSETS: dict[str, Charset] = {
    "CP437": "cp437",
    "ISO-8859-1": "iso-8859-1",
    "ZVT 7-bit (DIN 66003)": "zvt-7bit",
}
SAID_OF_THE_TERMINAL = {"charset", "result", "announced_length", "actual_length"}
"""Fields that describe the vector itself; the character set is what the texts are read with."""


def apdu_of(vector: dict[str, Any]) -> bytes:
    octets = bytes.fromhex(vector.get("apdu", vector["hex"]))
    if vector["kind"] == "apdu-data":  # the only one is an intermediate status
        return INTERMEDIATE_STATUS.to_bytes(2, "big") + bytes((len(octets),)) + octets
    return octets


def pending_of(vector: dict[str, Any]) -> int:
    return STATUS_ENQUIRY if "status enquiry" in vector["meaning"] and "Completion" in vector["meaning"] else 0


def hexed(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def lines(items: tuple[ZvtTlv, ...], charset: Charset) -> list[str]:
    found: list[str] = []
    for item in items:
        if item.tag == tags.TEXT_LINE:
            found.append(decode_text(item.octets, charset))
        found += lines(item.children, charset)
    return found


def text_of(msg: ZvtMessage, charset: Charset) -> Any:
    return decode_text(msg.octets("text"), charset) if "text" in msg.values else lines(msg.tlv, charset)


def children(msg: ZvtMessage, template: int, tag: int) -> list[bytes]:
    outer = [item for item in msg.tlv if item.tag == template]
    return [item.octets for one in outer for item in one.children if item.tag == tag]


def open_receipts(msg: ZvtMessage) -> list[str]:
    found = [str(bitmap.value) for bitmap in msg.bitmaps if bitmap.number == bmp.RECEIPT]
    return [] if found == ["FFFF"] else found


def files(msg: ZvtMessage) -> list[dict[str, Any]]:
    rows = zip(children(msg, tags.FILE, tags.FILE_ID), children(msg, tags.FILE, tags.FILE_SIZE), strict=True)
    return [{"id": name.hex(), "size": int.from_bytes(size, "big")} for name, size in rows]


def host(msg: ZvtMessage) -> bytes:
    return msg.tag(tags.DEVICE, tags.HOST_ADDRESS) or b""


def tlv_of(msg: ZvtMessage) -> Any:
    def tree(items: tuple[ZvtTlv, ...]) -> dict[str, Any]:
        return {item.tag_hex: tree(item.children) if item.children else item.octets.hex() for item in items}

    return tree(msg.tlv) if msg.has(bmp.TLV) else None


def date_time(msg: ZvtMessage) -> str:
    date = (msg.tag(tags.DATE_TIME, tags.DATE) or b"").hex()
    time = (msg.tag(tags.DATE_TIME, tags.TIME) or b"").hex()
    return f"{date} {time}"


def of_bitmap(number: int) -> Callable[[ZvtMessage, Charset], Any]:
    def get(msg: ZvtMessage, charset: Charset) -> Any:
        value = next((bitmap.value for bitmap in msg.bitmaps if bitmap.number == number), None)
        return decode_text(value, charset) if isinstance(value, bytes) else value

    return get


def of_tag(*way: int) -> Callable[[ZvtMessage, Charset], Any]:
    return lambda msg, _: hexed(msg.tag(*way))


def of_text_tag(*way: int) -> Callable[[ZvtMessage, Charset], Any]:
    return lambda msg, charset: decode_text(msg.tag(*way) or b"", charset)


def of_value(name: str) -> Callable[[ZvtMessage, Charset], Any]:
    return lambda msg, _: msg.values.get(name)


READ: dict[str, Callable[[ZvtMessage, Charset], Any]] = {
    "password": lambda msg, _: msg.values.get("password") or hexed(msg.tag(tags.DEVICE, tags.DEVICE_PASSWORD)),
    "config_byte": lambda msg, _: msg.values["config"] if "config" in msg.values else host(msg)[6],
    "currency": lambda msg, _: msg.values.get("currency") or of_bitmap(bmp.CURRENCY)(msg, "cp437"),
    "amount_minor": of_bitmap(bmp.AMOUNT),
    "aprc": lambda msg, _: msg.control & 0xFF,
    "line1": of_bitmap(0xF1),
    "line2": of_bitmap(0xF2),
    "service_byte": of_bitmap(bmp.SERVICE_BYTE),
    "sw_version": lambda msg, charset: decode_text(msg.octets("version"), charset) or None,
    "terminal_status_code": of_value("status"),
    "attribute": of_value("attribute"),
    "text": text_of,
    "result_code": lambda msg, _: msg.values.get("code", of_bitmap(bmp.RESULT_CODE)(msg, "cp437")),
    "time": of_bitmap(bmp.TIME),
    "date_mmdd": of_bitmap(bmp.DATE),
    "card_sequence": of_bitmap(bmp.CARD_SEQUENCE),
    "receipt": of_bitmap(bmp.RECEIPT),
    "open_receipts": lambda msg, _: open_receipts(msg),
    "trace": of_bitmap(bmp.TRACE),
    "original_trace": of_bitmap(bmp.ORIGINAL_TRACE),
    "turnover_record": of_bitmap(bmp.TURNOVER),
    "payment_type": of_bitmap(bmp.STATUS_BYTE),
    "status_byte": of_bitmap(bmp.STATUS_BYTE),
    "terminal_id": lambda msg, _: of_bitmap(bmp.TID)(msg, "cp437") or hexed(msg.tag(tags.TERMINAL_ID)),
    "expiry_yymm": of_bitmap(bmp.EXPIRY),
    "card_type": of_bitmap(bmp.CARD_TYPE),
    "card_type_id": of_bitmap(0x8C),
    "card_name": of_bitmap(bmp.CARD_NAME),
    "pan_masked": of_bitmap(bmp.PAN),
    "vu_number": of_bitmap(bmp.VU_NUMBER),
    "aid_attribute": of_bitmap(bmp.AID_ATTRIBUTE),
    "additional_text": of_bitmap(bmp.ADDITIONAL_TEXT),
    "max_status_infos": of_bitmap(bmp.MAX_STATUS_INFOS),
    "status": of_value("status"),
    "timeout_min": of_value("timeout_min"),
    "timeout_s": of_value("timeout_s"),
    "instr": lambda msg, _: msg.octets("data")[1:].hex(),
    "data": lambda msg, _: msg.octets("text").hex(),
    "tlv": lambda msg, _: tlv_of(msg),
    "tlv_26_commands": lambda msg, _: [octets.hex() for octets in children(msg, tags.PERMITTED_COMMANDS, tags.COMMAND)],
    "tlv_28_languages": lambda msg, _: [octets.decode() for octets in children(msg, tags.LANGUAGES, tags.LANGUAGE)],
    "tlv_27_14": of_tag(tags.CHARACTER_SETS, tags.CHARACTER_SET),
    "tlv_1F73": of_tag(tags.SEQUENCE_ID),
    "tlv_1F62": of_text_tag(0xE9, 0x1F62),
    "tlv_1F63": of_text_tag(0xE9, 0x1F63),
    "tlv_43_aid": of_tag(tags.AID),
    "tlv_60_43_aid": of_tag(tags.APPLICATION, tags.AID),
    "tlv_4C_uid": of_tag(tags.UID),
    "tlv_1F45_ats": of_tag(0x1F45),
    "tlv_1F4C_card_type": of_tag(0x1F4C),
    "tlv_1F4D_sub_type": of_tag(0x1F4D),
    "tlv_1F4F_atqa": of_tag(0x1F4F),
    "tlv_1F50_sak": of_tag(0x1F50),
    "tlv_1F15": of_tag(0x1F15),
    "tlv_1F16_extended_error_code": of_tag(tags.EXTENDED_CODE),
    "tlv_1F17_text": of_text_tag(tags.EXTENDED_TEXT),
    "tlv_1F44_tid": of_tag(tags.TERMINAL_ID),
    "tlv_34_date_time": lambda msg, _: date_time(msg),
    "date_time": lambda msg, _: date_time(msg),
    "serial_number": of_tag(tags.DEVICE, tags.SERIAL_NUMBER),
    "device_name": of_text_tag(tags.DEVICE, tags.DEVICE_NAME),
    "device_state": of_tag(tags.DEVICE, tags.DEVICE_STATE),
    "applications": lambda msg, _: [octets.hex() for octets in children(msg, tags.APPLICATION, tags.AID)],
    "applications_count": lambda msg, _: sum(item.tag == tags.APPLICATION for item in msg.tlv),
    "receipt_type": of_tag(tags.RECEIPT_TYPE),
    "receipt_start": lambda msg, _: msg.octets(bmp.TOTALS)[:2].hex(),
    "receipt_end": lambda msg, _: msg.octets(bmp.TOTALS)[2:4].hex(),
    "eurocard_count": lambda msg, _: msg.octets(bmp.TOTALS)[18],
    "eurocard_total_minor": lambda msg, _: msg.octets(bmp.TOTALS)[19:25].hex(),
    "files": lambda msg, _: files(msg),
    "ip": lambda msg, _: ".".join(map(str, host(msg)[:4])),
    "port": lambda msg, _: int.from_bytes(host(msg)[4:6], "big"),
}

HEX_IN_SOURCE = ("config_byte", "aprc", "service_byte", "terminal_status_code", "result_code", "payment_type")
HEX_FIELDS = frozenset((*HEX_IN_SOURCE, "status_byte", "status"))
"""Octets that the sources write in hex."""


def same(name: str, said: Any, got: Any) -> bool:
    """Sources write one value as 470, "0470", "NFC (1F12=02)", "2E (Maestro)" ..."""
    if name == "contains":
        return all(one in got for one in ([said] if isinstance(said, str) else said))
    if isinstance(got, int) and isinstance(said, str):
        return bool(int(said.split()[0], 16) == got)
    if isinstance(said, int) and isinstance(got, str):
        return bool(int(got) == said)
    if name == "pan_masked":
        return bool(str(said).upper().replace("*", "E") == got)
    if name == "date_time":
        return bool(str(said).translate(str.maketrans("", "", "-:")) == got)
    if isinstance(said, list) and all(isinstance(one, str) for one in said):
        return [one.lower() for one in said] == [one.lower() for one in got]
    return bool((said.lower() if isinstance(said, str) else said) == (got.lower() if isinstance(got, str) else got))


SAME_AS = {"card_technology": (tags.CARD_TECHNOLOGY, "02"), "cardholder_authentication": (0x1F10, "00")}


@pytest.mark.parametrize("name", GOOD)
def test_values_are_those_that_the_source_names(name: str) -> None:
    vector = VECTORS[name]
    msg = parse(apdu_of(vector), pending_of(vector))
    charset = CHARSETS[vector["fields"].get("charset", "CP437")]
    for field, said in vector["fields"].items():
        if field in SAID_OF_THE_TERMINAL:
            continue
        if field in SAME_AS:
            tag, code = SAME_AS[field]
            assert code in (hexed(msg.tag(tag)), hexed(msg.tag(tags.PAYMENT, tag)))
            continue
        read: Callable[[ZvtMessage, Charset], Any] = text_of if field == "contains" else READ[field]
        got = read(msg, charset)
        assert same(field, said, got), (field, said, got)


@pytest.mark.parametrize("name", GOOD)
def test_it_rebuilds_octet_for_octet(name: str) -> None:
    vector = VECTORS[name]
    pending = pending_of(vector)
    apdu = apdu_of(vector)
    assert build(parse(apdu, pending), pending) == apdu


@pytest.mark.parametrize("name", GOOD)
def test_everything_in_it_has_a_name_in_both_languages(name: str) -> None:
    vector = VECTORS[name]
    msg = parse(apdu_of(vector), pending_of(vector))
    rows = explain(apdu_of(vector), pending_of(vector))
    assert len(rows) >= len(msg.values) + len(msg.bitmaps)
    unnamed = {path for path, title, _, _ in rows if title == tags.UNKNOWN_TAG}
    # Tags of captures whose meaning no source at hand gives, and the private ones of a test.
    assert unnamed <= {"06/F2", "06/F2/C1", "06/0C", "06/60/0C", "06/60/43/0C"}


@pytest.mark.parametrize("name", [name for name, vector in VECTORS.items() if vector["kind"] == "serial-frame"])
def test_serial_frames(name: str) -> None:
    vector = VECTORS[name]
    frame, apdu = bytes.fromhex(vector["hex"]), bytes.fromhex(vector["apdu"])
    framer = ZvtSerialFramer()
    assert framer.feed(frame) == [Frame(apdu)]
    assert framer.idle
    assert framer.frame(apdu) == frame
    assert crc(apdu).hex() == vector["crc"]["wire"]


@pytest.mark.parametrize("name", BAD)
def test_bad_ones_are_refused_for_their_reason(name: str) -> None:
    vector = VECTORS[name]
    apdu = apdu_of(vector)
    with pytest.raises(DecodeError) as caught:
        parse(apdu)
    lengths = {"length mismatch", "cannot process", "wait for more data"}
    assert (caught.value.path == "length") is (vector["expect"] in lengths)
    if vector["expect"] == "wait for more data":
        framer = ZvtTcpFramer()
        assert framer.feed(apdu) == []
        assert framer.pending_octets == len(apdu)
    if "announced_length" in vector["fields"]:
        assert str(vector["fields"]["announced_length"]) in caught.value.what.en
        assert str(vector["fields"]["actual_length"]) in caught.value.what.en


def test_a_lenient_reader_passes_over_wrong_lengths() -> None:
    msg = parse(apdu_of(VECTORS["zvt-b-05"]), lenient=True)
    assert (msg.nibbles(bmp.AMOUNT), hexed(msg.tag(tags.SEQUENCE_ID))) == ("000000000100", "000001")


def test_a_segment_may_end_in_the_next_apdu() -> None:
    vector = VECTORS["zvt-e-05"]
    framer = ZvtTcpFramer()
    assert framer.feed(bytes.fromhex(vector["hex"])) == [Frame(bytes.fromhex(vector["fields"]["first_apdu"]))]
    assert framer.pending_octets == len(bytes.fromhex(vector["fields"]["rest"]))


def test_the_layout_of_a_completion_follows_the_command() -> None:
    # ecrterm, test_parse_cursed_completion: one octet 06 is a status, 06 06 00 a status and an empty container.
    assert parse(bytes.fromhex("060f0106"), STATUS_ENQUIRY).octet("status") == 6
    both = parse(bytes.fromhex("060f03060600"), STATUS_ENQUIRY)
    assert (both.octet("status"), both.has(bmp.TLV), both.tlv) == (6, True, ())
    # PA00P015: the same code after a registration, an end of day, and a software update (result, time, date).
    assert parse(bytes.fromhex("060f0a19102952523535490978"), 0x0600).octet(bmp.STATUS_BYTE) == 0x10
    assert parse(bytes.fromhex("060f0227e0"), 0x0650).octet(bmp.RESULT_CODE) == 0xE0
    update = parse(bytes.fromhex("060f0a27000c235959aa241231"), 0x0810)
    assert (update.octet(bmp.RESULT_CODE), update.nibbles(bmp.TIME), update.nibbles(0xAA)) == (0, "235959", "241231")
    # card complete: a status enquiry during remote maintenance, and after it.
    assert [parse(bytes.fromhex(f"060f01{code}")).octet("status") for code in ("e0", "00")] == [0xE0, 0]
