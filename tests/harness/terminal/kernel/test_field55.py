"""Field 55 in the order of UnionPay's samples, and what a reversal and a notice have of it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.terminal.kernel import field55
from harness.terminal.kernel.session import Session
from protocols.emv.flags import Tvr
from protocols.tlv import parse_tlv

from .driving import UNIONPAY, VECTORS, desk_with, session_of

SAMPLES = {row["id"]: row for row in VECTORS["field55"]}


def session_like(sample: str, how: str) -> tuple[Session, dict[str, Any]]:
    row = SAMPLES[sample]
    session = session_of(desk_with(UNIONPAY), how)
    for tag, value in row["decoded"].items():
        session.data[int(tag, 16)] = bytes.fromhex(value)
    session.tvr = Tvr.of(bytes.fromhex(row["decoded"]["95"]))
    return session, row


@pytest.mark.parametrize(
    ("sample", "how"),
    [
        ("cup-hk-contact", "insert"),
        ("cup-cn-online-pin", "insert"),
        ("pboc-blog-built", "insert"),
        ("cup-cn-ctls", "tap"),
    ],
)
def test_a_request_is_the_sample_octet_for_octet(sample: str, how: str) -> None:
    session, row = session_like(sample, how)
    assert field55.request(session).hex().upper() == row["field55"]


def test_what_a_reversal_and_a_notice_repeat() -> None:
    """Chanjet POS V2.0: 95 9F1E 9F10 9F36 DF31; and ten objects besides DF31."""
    session, row = session_like("cup-cn-online-pin", "insert")
    assert [f"{item.tag:X}" for item in parse_tlv(field55.reversal(session), "F55")] == ["95", "9F1E", "9F10", "9F36"]
    assert field55.script_notice(session) == b""
    session.scripts = bytes.fromhex("2000000000")
    told = {f"{item.tag:X}": item.value.hex().upper() for item in parse_tlv(field55.script_notice(session), "F55")}
    assert list(told) == ["9F33", "95", "9F37", "9F1E", "9F10", "9F26", "9F36", "82", "9F1A", "9A", "DF31"]
    assert told["9F36"] == row["decoded"]["9F36"] and told["DF31"] == "2000000000"
    assert field55.reversal(session).hex().upper().endswith("DF31052000000000")


def test_it_fits_field_55_whatever_the_card_says() -> None:
    session, _ = session_like("cup-cn-online-pin", "insert")
    for tag in (0x9F10, 0x84, 0x9F63, 0x9F09):
        session.data[tag] = bytes(200)
    session.scripts = bytes(40)
    for octets in (field55.request(session), field55.reversal(session), field55.script_notice(session)):
        assert len(octets) <= 255
