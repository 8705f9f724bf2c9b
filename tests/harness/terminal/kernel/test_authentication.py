"""Offline data authentication of emulated cards, the published one among them; and what a tap decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from harness.bench.world import kernel_downloads
from harness.terminal.kernel import contactless, course
from harness.terminal.kernel.parameters import applications
from harness.terminal.kernel.session import Ended, Session, Terms
from harness.terminal.state import apply
from protocols.emv.flags import Tsi, Tvr
from protocols.tlv import Tlv, build_tlv, find_tlv, parse_tlv

from .driving import UNIONPAY, aid, desk_with, notes, run, session_of
from .test_any_card import plays

DOWNLOADS = kernel_downloads()
FULL = (
    Tvr.ODA_NOT_PERFORMED | Tvr.SDA_FAILED | Tvr.DDA_FAILED | Tvr.CDA_FAILED | Tvr.ICC_DATA_MISSING | Tvr.SDA_SELECTED
)


def expiring(keys: Iterable[str], expiry: bytes) -> list[str]:
    """The same keys with another date of expiry (DF05)."""
    listed = [parse_tlv(bytes.fromhex(key), "key") for key in keys]
    return [
        build_tlv(Tlv(item.tag, expiry if item.tag == 0xDF05 else item.value) for item in one).hex() for one in listed
    ]


def damaged(keys: Iterable[str]) -> list[str]:
    """The same keys with another check sum."""
    listed = [parse_tlv(bytes.fromhex(key), "key") for key in keys]
    return [build_tlv(Tlv(i.tag, bytes(20) if i.tag == 0xDF03 else i.value) for i in one).hex() for one in listed]


def asked(card: str, keys: Iterable[str] = DOWNLOADS["public_keys"], wrong: Any = None) -> Session:
    desk = desk_with(*DOWNLOADS["aids"], public_keys=keys)
    answers = plays(card, "insert", wrong or {})
    session, _ = run(course.begin(desk, Terms("insert", 100_000, 0x00), card), answers)
    run(course.decide(session), answers, *["123456"] * 3)
    assert isinstance(session, Session)
    return session


def oda_of(session: Session) -> Any:
    return [note for note in notes(session.desk) if note["what"] == "oda"][-1]


@pytest.mark.parametrize(
    ("card", "method", "tvr"),
    [
        ("pboc-test", "DDA", "0000000000"),
        ("debit", "DDA", "0000000000"),
        ("sda", "SDA", "0200000000"),
        ("cda", "CDA", "0000000000"),
    ],
)
def test_a_card_that_is_what_it_says(card: str, method: str, tvr: str) -> None:
    session = asked(card)
    assert (oda_of(session)["method"], oda_of(session)["ok"]) == (method, True)
    assert (session.tvr & FULL).octets().hex() == tvr and Tsi.ODA in session.tsi


def test_a_card_without_signatures() -> None:
    session = asked("no-oda")
    assert session.tvr & FULL == Tvr.ODA_NOT_PERFORMED and Tsi.ODA not in session.tsi


@pytest.mark.parametrize(("card", "bits"), [("debit", "0800000000"), ("sda", "4200000000"), ("cda", "0400000000")])
@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([], "capk_missing"),
        (expiring(DOWNLOADS["public_keys"], b"20260301"), "capk_expired"),
        (damaged(DOWNLOADS["public_keys"]), "unreadable"),
    ],
)
def test_without_a_key_that_can_be_used_it_failed(card: str, bits: str, keys: list[str], why: str) -> None:
    session = asked(card, keys)
    assert (session.tvr & FULL).octets().hex() == bits
    assert oda_of(session)["why"] == why and Tsi.ODA in session.tsi


def test_a_key_is_good_on_its_last_day() -> None:
    assert oda_of(asked("debit", expiring(DOWNLOADS["public_keys"], b"20260302")))["ok"]


def test_a_cda_signature_that_does_not_hold_sends_nothing_to_the_host() -> None:
    desk = desk_with(*DOWNLOADS["aids"], public_keys=DOWNLOADS["public_keys"])
    good = plays("cda", "insert", {})

    def card(command: bytes) -> bytes | None:
        answer = good(command)
        if command[1] != 0xAE or answer is None:
            return answer
        items = parse_tlv(answer[:-2], "77")
        inner = parse_tlv(items[0].value, "77")
        signed = find_tlv(inner, 0x9F4B)
        assert signed is not None
        forged = [Tlv(i.tag, bytes((i.value[0] ^ 1,)) + i.value[1:] if i.tag == 0x9F4B else i.value) for i in inner]
        return build_tlv([Tlv(0x77, build_tlv(forged))]) + answer[-2:]

    session, _ = run(course.begin(desk, Terms("insert", 100_000, 0x00), "cda"), card)
    with pytest.raises(Ended) as ended:
        run(course.decide(session), card, "123456")
    assert ended.value.cause == "card_declined" and Tvr.CDA_FAILED in session.tvr


# contactless


def tapped(amount_fen: int = 100, limits: tuple[tuple[str, str], ...] = (), **terms: Any) -> Session:
    desk = desk_with(aid("A000000333010101", *limits))
    session = session_of(desk, "tap", amount_fen, **terms)
    session.application = applications(desk.state.aids)[0]
    session.data |= {0x5A: bytes.fromhex("6212142000000000012F"), 0x5F24: bytes.fromhex("301231")}
    return session


@pytest.mark.parametrize(
    ("amount_fen", "limits", "parameters", "ttq"),
    [
        (100, (), {}, "36C00000"),
        (100, (("DF21", "000000000100"),), {}, "36800000"),
        (101, (("DF21", "000000000100"),), {}, "36C00000"),
        (100, (("DF21", "000000000100"),), {"FF8057": "1"}, "36804000"),
    ],
)
def test_what_the_terminal_tells_a_fast_card(amount_fen: int, limits: Any, parameters: Any, ttq: str) -> None:
    """qPBOC, contact chip, online PIN and signature; an online cryptogram; verification above the limit; CDCVM."""
    session = tapped(amount_fen, limits)
    apply(session.desk.state, {"kind": "downloaded", "what": "contactless", "items": parameters})
    contactless.qualify(session)
    assert session.data[0x9F66].hex().upper() == ttq


def test_above_the_contactless_limit_the_card_is_to_be_inserted() -> None:
    limits = (("DF20", "000000001000"),)
    assert len(contactless.offered(tapped(1000, limits), applications(tapped(1000, limits).desk.state.aids))) == 1
    with pytest.raises(Ended) as ended:
        contactless.offered(tapped(1001, limits), applications(tapped(1001, limits).desk.state.aids))
    assert (ended.value.cause, ended.value.instead) == ("use_insert", "insert")


@pytest.mark.parametrize(
    ("ctq", "no_pin", "wants"),
    [("8000", False, True), ("8000", True, False), ("0000", False, False), ("8080", False, False), ("", False, True)],
)
def test_when_a_tap_needs_a_pin(ctq: str, no_pin: bool, wants: bool) -> None:
    """Asked for by the card; not for a small amount, nor where the holder's device verified him."""
    session = tapped(no_pin=lambda pan: no_pin)
    if ctq:
        session.data[0x9F6C] = bytes.fromhex(ctq)
    assert contactless.wants_pin(session) is wants


@pytest.mark.parametrize(
    ("data", "given"),
    [
        ({0x9F10: "07010103A0A802010A010000000052856E2C9B"}, "ARQC"),  # sample cup-cn-hosttlv
        ({0x9F10: "07010103A00000040A010000000000F5BCEEF8"}, "ARQC"),  # sample cup-cn-ctls
        ({0x9F10: "0701010390000001"}, "TC"),
        ({0x9F10: "0701010380000001"}, "AAC"),
        ({0x9F27: "40", 0x9F10: "07010103A0000001"}, "TC"),
    ],
)
def test_which_cryptogram_a_fast_card_gave(data: dict[int, str], given: str) -> None:
    session = tapped()
    session.data |= {0x9F26: bytes(8), 0x9F36: bytes(2)} | {tag: bytes.fromhex(value) for tag, value in data.items()}
    assert contactless.answered(session) == given


def test_a_card_without_a_cryptogram_wants_the_other_interface() -> None:
    with pytest.raises(Ended) as ended:
        contactless.answered(tapped())
    assert ended.value.instead == "insert"


def test_an_expired_card_is_not_tapped_unless_it_says_so() -> None:
    session = tapped()
    contactless.judge(session)
    session.data[0x5F24] = bytes.fromhex("260228")
    with pytest.raises(Ended, match="card_expired"):
        contactless.judge(session)
    session.data[0x9F6C] = bytes.fromhex("0800")
    contactless.judge(session)


def test_the_parameters_of_the_sample() -> None:
    assert [one.contactless_limit_fen for one in applications([UNIONPAY])] == [None]
