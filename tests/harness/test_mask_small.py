"""No card number that is not listed reaches the trace through Transbank's or Concert's frames; their length stays."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cards import listed_pans
from harness.mask import Masker
from harness.masking.digits import luhn_sum

LISTED = sorted(listed_pans())[0]
REAL = "4111111111111111"
"""The schemes' public example, which is no card of this bench."""


def whole(body: str) -> str:
    return body + str((10 - luhn_sum(body + "0")) % 10)


pans = st.text("0123456789", min_size=11, max_size=17).map(lambda rest: whole("4" + rest))


def frame(text: str, seven: bool = False) -> bytes:
    body = text.encode("ascii") + b"\x03"
    octets = b"\x02" + body + bytes((reduce(xor, body),))
    return bytes(octet | (octet.bit_count() % 2) << 7 for octet in octets) if seven else octets


def kept(protocol: str, octets: bytes, cuts: tuple[int, ...] = ()) -> bytes:
    """The octets as the trace keeps them; b"" where it keeps none."""
    masker = Masker(frozenset((LISTED,)))
    spoken = {"link": "terminal", "what": "protocol", "protocol": protocol, "transport": "serial"}
    masker.enter(0, "register", "link", spoken)
    edges = [0, *sorted(cut % (len(octets) + 1) for cut in cuts), len(octets)]
    shown: dict[int, str] = {}
    for seq in range(1, len(edges)):
        event = {"link": "terminal", "dir": "in", "hex": octets[edges[seq - 1] : edges[seq]].hex().upper()}
        shown[seq] = str(masker.enter(seq, "register", "bytes", event).get("hex", ""))
        shown |= {amended: str(data.get("hex", "")) for amended, data in masker.take_amended()}
    return b"".join(bytes.fromhex(shown[seq]) for seq in sorted(shown))


def answer(last4: str = "6677", account: str = "", ticket: str = "A1", voucher: str = "") -> str:
    return (
        f"0281|00|597029414300|75001087|{ticket}|654321|1500|0||{last4}|000060|DB||{account}|VI|22112026|101112||0|"
        f"{voucher}|0||"
    )


def concert(card: str, private: str = "0000000042") -> str:
    return f"010000012501{card.ljust(19)}    0327{' ' * 28}978{private}"


@pytest.mark.parametrize(
    ("protocol", "octets"),
    [
        ("transbank", frame(answer())),
        ("transbank", frame(answer(account=LISTED, voucher=f"TARJETA {LISTED}"))),
        ("transbank", frame("0200|1500|A1|||0|") + b"\x06" + frame("0900|78|")),
        ("concert", b"\x05\x06" + frame(concert(LISTED)) + b"\x04"),
        ("concert", b"\x05" + frame(concert(LISTED), seven=True) + b"\x84"),
        ("concert", frame(concert("621214*********0012"))),
    ],
    ids=["last four", "listed card", "two frames", "8N1", "7E1", "masked"],
)
def test_what_may_be_shown_stays_as_it_is(protocol: str, octets: bytes) -> None:
    assert kept(protocol, octets) == octets


@settings(max_examples=50)
@given(pans, st.sampled_from(["account", "voucher", "ticket"]), st.lists(st.integers(0, 300), max_size=3))
def test_transbank(pan: str, where: str, cuts: list[int]) -> None:
    octets = frame(answer(**{where: f"N {pan}" if where == "voucher" else pan}))
    shown = kept("transbank", octets, tuple(cuts))
    assert pan.encode() not in shown
    assert len(shown) == len(octets)
    assert reduce(xor, shown[1:-1]) == shown[-1]  # its LRC is that of what is shown
    assert b"|6677|" in shown


@settings(max_examples=50)
@given(pans, st.booleans(), st.lists(st.integers(0, 300), max_size=3))
def test_concert(pan: str, seven: bool, cuts: list[int]) -> None:
    octets = b"\x05" + frame(concert(pan), seven) + (b"\x84" if seven else b"\x04")
    shown = kept("concert", octets, tuple(cuts))
    plain = bytes(octet & 0x7F for octet in shown)
    assert pan.encode() not in plain
    assert len(shown) == len(octets)
    assert reduce(xor, plain[2:-2]) == plain[-2]
    assert (shown[1] == 0x82) == seven


@pytest.mark.parametrize(
    ("protocol", "fields"), [("transbank", {"card_number": REAL}), ("concert", {"report": f"{REAL}   x"})]
)
def test_a_decoded_message_has_no_card_number_either(protocol: str, fields: dict[str, str]) -> None:
    masker = Masker(frozenset((LISTED,)))
    data = {"link": "terminal", "dir": "in", "mti": "", "kind": "answer", "fields": fields, "mac": "absent"}
    assert REAL not in str(masker.enter(0, "register", "message", data))


def test_an_account_number_is_hidden_whatever_its_check_digit() -> None:
    assert b"12345678" not in kept("transbank", frame(answer(account="12345678")))


@pytest.mark.parametrize("seven", [False, True])
def test_a_frame_that_nobody_can_read_is_not_shown_where_a_card_may_be_in_it(seven: bool) -> None:
    damaged = bytearray(frame(concert(REAL), seven))
    damaged[5] ^= 0x02
    shown = bytes(octet & 0x7F for octet in kept("concert", bytes(damaged) + b"\x05"))
    assert REAL.encode() not in shown
