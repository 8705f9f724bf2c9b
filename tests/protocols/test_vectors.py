"""Every public message parses to the last octet with `auto`, shows the published values, and rebuilds unchanged.

`vectors/unionpay.json` comes from public repositories and pages; each entry names its source.  Where a source's own
decoder is known to be off, `fields_parser` holds the values by the packing rules.  Entries with `parses: false` are
broken in the source and must be refused at the place that `why` names.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.fixtures import dialect_names, load_dialect
from protocols.errors import DecodeError, LocalError
from protocols.framing import SerialFramer, TcpFramer
from protocols.unionpay import Dialect, codec_for
from protocols.unionpay.decode import Decoded, decode, to_json

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors" / "unionpay.json").read_text("utf-8"))
GOOD = [entry for entry in VECTORS if entry["parses"]]
BAD = [entry for entry in VECTORS if not entry["parses"]]
DIALECTS = [load_dialect(name) for name in dialect_names()]


def expected_framing(framing: dict[str, Any]) -> str:
    if framing.get("stx_etx_lrc"):
        return "serial"
    if framing["length_prefix"]:
        return "tcp"
    if framing["tpdu_bytes"]:
        return "tpdu-header" if framing["header_bytes"] else "tpdu"
    return "bare"


def expected_fields(entry: dict[str, Any]) -> dict[str, str]:
    """The published values in the form of `decode --json`: no `hex:` mark, `D` for the separator of a track."""
    fields = dict(entry.get("fields_parser") or entry["fields"])
    for number in {"35", "36"} & fields.keys():
        fields[number] = fields[number].replace("=", "D")
    return {n: value[4:].upper() if value.startswith("hex:") else value for n, value in fields.items()}


def rebuilt(decoded: Decoded) -> bytes:
    message = decoded.message
    envelope = replace(decoded.dialect, has_tpdu=message.tpdu is not None, has_header=message.header is not None)
    payload = codec_for(envelope).build(message)
    if decoded.framing == "tcp":
        return TcpFramer().frame(payload)
    return SerialFramer().frame(payload) if decoded.framing == "serial" else payload


def test_the_vectors_are_all_there() -> None:
    assert len(GOOD) == 62
    assert len(BAD) == 8


@pytest.mark.parametrize("entry", GOOD, ids=lambda entry: entry["id"])
def test_good_message(entry: dict[str, Any]) -> None:
    data = bytes.fromhex(entry["hex"])
    decoded = decode(data, dialects=DIALECTS)
    shown = to_json(decoded)
    assert shown["fields"] == expected_fields(entry)
    for key in ("mti", "bitmap", "tpdu", "header"):
        assert shown[key].upper() == entry[key].upper()
    assert shown["framing"] == expected_framing(entry["framing"])
    assert shown["assumed"]
    assert rebuilt(decoded) == data
    json.dumps(shown)


@pytest.mark.parametrize("entry", GOOD, ids=lambda entry: entry["id"])
def test_named_framing_and_dialect_agree_with_auto(entry: dict[str, Any]) -> None:
    data = bytes.fromhex(entry["hex"])
    found = decode(data, dialects=DIALECTS)
    named = decode(data, found.framing, found.dialect.name, DIALECTS)
    assert named.message == found.message
    assert named.assumed == ()


@pytest.mark.parametrize("entry", GOOD, ids=lambda entry: entry["id"])
def test_no_prefix_of_a_message_is_a_message(entry: dict[str, Any]) -> None:
    data = bytes.fromhex(entry["hex"])
    found = decode(data, dialects=DIALECTS)
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:end], found.framing, found.dialect.name, DIALECTS)


@pytest.mark.parametrize("entry", GOOD, ids=lambda entry: entry["id"])
def test_a_surplus_octet_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        decode(bytes.fromhex(entry["hex"]) + b"\x00", dialects=DIALECTS)


@pytest.mark.parametrize("entry", BAD, ids=lambda entry: entry["id"])
def test_bad_message_is_refused_where_the_source_is_broken(entry: dict[str, Any]) -> None:
    if len(entry["hex"]) % 2:
        with pytest.raises(ValueError, match="fromhex"):
            bytes.fromhex(entry["hex"])
        return
    data = bytes.fromhex(entry["hex"])
    with pytest.raises(DecodeError) as caught:
        decode(data, dialects=DIALECTS)
    error = caught.value
    if field := re.match(r"field (\d+)", entry["why"]):
        assert error.path == f"F{field[1]}"
    elif trailing := re.match(r"(\d+) trailing", entry["why"]):
        assert error.path == "end"
        assert error.offset == len(data) - int(trailing[1])
    else:
        assert error.path == "length"
        assert error.offset == 0
    assert error.raw
    assert error.raw in data


def test_a_wrong_prefix_is_not_ignored_though_the_body_parses() -> None:
    (entry,) = (entry for entry in BAD if entry["id"] == "jiso-sale-resp")
    data = bytes.fromhex(entry["hex"])
    assert decode(data[2:], dialects=DIALECTS).message.mti == "0210"
    with pytest.raises(DecodeError):
        decode(data, dialects=DIALECTS)


@pytest.mark.parametrize("difference", [-1, 1, -256, 256])
def test_a_whole_body_behind_a_wrong_prefix(difference: int) -> None:
    entry = next(entry for entry in GOOD if entry["id"] == "mpossdk-capk-dl-resp")
    data = bytes.fromhex(entry["hex"])
    wrong = (len(data) - 2 + difference).to_bytes(2, "big") + data[2:]
    with pytest.raises(DecodeError) as caught:
        decode(wrong, dialects=DIALECTS)
    assert (caught.value.path, caught.value.offset) == ("length", 0)


@pytest.mark.parametrize(
    ("at", "path"),
    [(0, "STX"), (1, "length"), (2, "length"), (-2, "ETX"), (-1, "LRC"), (20, "LRC")],
)
def test_a_damaged_serial_frame(at: int, path: str) -> None:
    entry = next(entry for entry in GOOD if entry["id"] == "stx-framed-sale-req")
    data = bytearray.fromhex(entry["hex"])
    data[at] ^= 1
    with pytest.raises(DecodeError) as caught:
        decode(bytes(data), "serial", dialects=DIALECTS)
    assert caught.value.path == path


def test_unknown_names_are_the_callers_fault() -> None:
    for framing, dialect, near in [("tpc", "auto", "tcp"), ("auto", "cup-cb", "cup-cbc")]:
        with pytest.raises(LocalError) as caught:
            decode(b"\x00", framing, dialect, DIALECTS)
        assert near in caught.value.what.en


def test_meanings_are_bilingual() -> None:
    entry = next(entry for entry in GOOD if entry["id"] == "qfpay-03")
    meanings = to_json(decode(bytes.fromhex(entry["hex"]), dialects=DIALECTS))["meanings"]
    assert meanings["39"]["name"] == {"zh": "应答码", "en": "response code"}
    assert "MAC" in meanings["39"]["parts"][0]["meaning"]["zh"]
    assert [part["path"] for part in meanings["60"]["parts"]][:3] == ["60.1", "60.2", "60.3"]


def test_alphanumeric_f48_selects_the_cbc_dialect() -> None:
    found = {entry["id"]: decode(bytes.fromhex(entry["hex"]), dialects=DIALECTS).dialect.name for entry in GOOD}
    assert found["moehuster-bill-pay-resp"] == "cup-cbc"
    assert found["stx-framed-sale-req"] == "stx-ascii"
    assert found["easy8583ans-signin-req"] == "cup"


def test_message_without_header_in_a_tcp_frame() -> None:
    entry = next(entry for entry in GOOD if entry["id"] == "pos2biz-signin-req")
    data = bytes.fromhex(entry["hex"])
    body = data[2:7] + data[13:]
    decoded = decode(TcpFramer().frame(body), dialects=DIALECTS)
    assert (decoded.framing, decoded.dialect.name, decoded.message.header) == ("tcp", "cup", None)
    assert any("No 6-byte header" in text.en for text in decoded.assumed)


def test_an_error_counts_from_the_first_octet_of_the_input() -> None:
    entry = next(entry for entry in GOOD if entry["id"] == "pos2biz-signin-req")
    data = bytearray.fromhex(entry["hex"])
    at = 2 + 5 + 6 + 2 + 8  # prefix, TPDU, header, MTI, bitmap: F11
    data[at] = 0xA1
    with pytest.raises(DecodeError) as caught:
        decode(bytes(data), dialects=DIALECTS)
    assert (caught.value.path, caught.value.offset) == ("F11", at)
    assert caught.value.raw == bytes(data[at - 16 : at + 16])


def test_the_default_dialect_is_the_standard_one() -> None:
    assert load_dialect("cup") == Dialect()
    assert dialect_names()[0] == "cup"


@pytest.mark.parametrize("with_header", [True, False])
def test_a_message_without_a_header_is_refused_at_its_own_field(with_header: bool) -> None:
    entry = next(entry for entry in GOOD if entry["id"] == "mpossdk-sale-resp")
    payload = bytes.fromhex(entry["hex"])[2:]
    payload = payload if with_header else payload[:5] + payload[11:]
    cut = len(payload) - 3  # within F64
    for frame in (TcpFramer().frame(payload[:cut]), SerialFramer().frame(payload[:cut]), payload[:cut]):
        with pytest.raises(DecodeError) as caught:
            decode(frame, dialects=DIALECTS)
        assert caught.value.path == "F64"
