"""Cards that say whatever an attacker wants: each attack ends bounded and with a name, and the books agree behind it.

All of them come to one shop after the other, with an honest sale in between, as over a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import pytest

from harness.reports.html import render
from harness.terminal.kernel.application import RECORDS_MAX
from harness.terminal.kernel.session import COMMANDS_MAX
from harness.trace import Trace
from protocols.tlv import find_tlv, parse_tlv
from tests.harness.reports.worlds import row, run_of
from tests.proofs.card_faults import ending
from tests.proofs.card_rules import APPROVED, DECLINED, NOTHING, REVERSED
from tests.proofs.shop import Outcome
from tests.proofs.wicked import Says, WickedShop, at, both, in_records, put, tlv

OK = b"\x90\x00"
AID = bytes.fromhex("A000000333010101")
PAN = "6212142000000000012"
OTHER_PAN = "6212142000000000038"
COMMANDS_OF_A_SALE = 14


@pytest.fixture(scope="module")
def day() -> Iterator[WickedShop]:
    shop = WickedShop()
    yield shop
    shop.end()


@pytest.fixture
def shop(day: WickedShop) -> Iterator[WickedShop]:
    yield day
    day.says = None
    sold = day.buy()
    assert sold is not None and sold["status"] == "done", "the next sale with an honest card"


def attacked(shop: WickedShop, says: Says) -> tuple[str, Outcome, int]:
    """How a sale ends with that card, its Outcome, and how many commands it took."""
    shop.says = says
    outcome = shop.buy()
    assert outcome is not None
    return ending(shop, outcome), outcome, len(shop.seen("apdu"))


def cid(octet: int, number: int) -> Says:
    return at("GENERATE AC", number, lambda honest: honest[:2] + bytes((octet,)) + honest[3:])


def nested(tag: int, levels: int) -> bytes:
    return reduce(lambda inside, _: tlv((tag, inside)), range(levels), b"")


def afl(entries: str) -> Says:
    def change(honest: bytes) -> bytes:
        return tlv((0x80, honest[2:4] + bytes.fromhex(entries))) + OK

    return at("GET PROCESSING OPTIONS", 1, change)


def with_pdol(octets: bytes) -> Says:
    inside = tlv((0x50, b"X"), (0x9F38, octets))
    return at("SELECT", 2, lambda _: tlv((0x6F, tlv((0x84, AID), (0xA5, inside)))) + OK)


DOLS = {
    "amount of 200 octets": bytes.fromhex("9F02C8"),
    "25,200 octets": bytes.fromhex("9F02FC") * 100,
    "a length above FC": bytes.fromhex("9F02FF"),
    "tags that never end": b"\x9f" * 252,
}
BEFORE: dict[str, Says] = {
    "TC where ARQC was asked for": cid(0x40, 1),
    "a kind that there is not": cid(0xC0, 1),
    "AAC": cid(0x00, 1),
    "16,065 records": afl("1001FF00" * 63),
    "SFI 31": afl("F8010100"),
    "SFI 0": afl("00010100"),
    "records backwards": afl("10050100"),
    "one record twice": afl("1001010010010100"),
    "more than an answer holds": at("GET PROCESSING OPTIONS", 1, lambda _: bytes(65_540) + OK),
    "61xx for ever": at("GET PROCESSING OPTIONS", 0, lambda _: b"\x61\x10"),
    "6Cxx for ever": at("READ RECORD", 0, lambda _: b"\x6c\x10"),
    "templates 100 deep": at("READ RECORD", 3, lambda _: nested(0x70, 100) + OK),
    "300 objects": at("READ RECORD", 3, lambda _: tlv((0x70, tlv((0x9F50, b"x")) * 300)) + OK),
    "another PAN": in_records(0x5A, bytes.fromhex(OTHER_PAN + "F")),
    "a PAN with letters": in_records(0x5A, bytes.fromhex(PAN[:17] + "ABF")),
    "expiry with letters": in_records(0x5F24, bytes.fromhex("3012AA")),
    "a CDOL1 that is missing": in_records(0x8C, b""),
    **{f"PDOL: {name}": with_pdol(octets) for name, octets in DOLS.items()},
    **{f"CDOL1: {name}": in_records(0x8C, octets) for name, octets in DOLS.items()},
    **{
        f"track 2: {track2}": in_records(0x57, bytes.fromhex(track2 + "F" * (len(track2) % 2)))
        for track2 in (
            f"{PAN}D30122010000000000" + "1" * 100,  # field 35 has room for 37 digits
            f"{PAN}D3012201ABCDE",
            f"{PAN}DABCD201",
            f"{PAN}D",
            f"{OTHER_PAN}D3012201",
            "D",
            "DDDDDDDD",
        )
    },
}


@pytest.mark.parametrize("name", BEFORE)
def test_nothing_is_sent(shop: WickedShop, name: str) -> None:
    found, outcome, commands = attacked(shop, BEFORE[name])
    assert found == NOTHING and outcome["cause"] in ("card_error", "card_data_missing", "card_declined"), outcome
    assert commands <= RECORDS_MAX + COMMANDS_OF_A_SALE


@pytest.mark.parametrize(
    "says",
    [
        *(cid(octet, 2) for octet in (0x00, 0x80, 0xC0)),
        *(in_records(0x8D, octets) for octets in DOLS.values()),
        at("GENERATE AC", 2, lambda _: nested(0x77, 100) + OK),
        at("GENERATE AC", 2, lambda _: b"\x69\x85"),  # another card was put into the reader
        at("EXTERNAL AUTHENTICATE", 1, lambda _: None),
    ],
)
def test_an_approval_is_taken_back(shop: WickedShop, says: Says) -> None:
    assert attacked(shop, says)[0] == REVERSED


def test_an_old_cryptogram_is_refused_by_the_issuer(shop: WickedShop) -> None:
    kept: list[bytes] = []

    def again(honest: bytes) -> bytes:
        kept.append(honest)
        return kept[0]

    assert attacked(shop, at("GENERATE AC", 1, again))[0] == APPROVED
    found, outcome, _ = attacked(shop, at("GENERATE AC", 1, again))
    assert (found, outcome["code"]) == (DECLINED, "59")


def test_records_say_nothing_of_what_answers_say(shop: WickedShop) -> None:
    """AIP, AID and cryptograms come with answers; a record that has them changes nothing."""
    told = (0x82, bytes(2)), (0x84, b"X" * 200), (0x9F26, bytes(8)), (0x9F36, b"\xff\xff"), (0x9F27, b"\x40")
    assert attacked(shop, at("READ RECORD", 4, lambda honest: put(honest, *told)))[0] == APPROVED


@pytest.mark.parametrize("where", ["record", "options"])
def test_a_refund_of_a_card_that_claims_a_cryptogram(shop: WickedShop, where: str) -> None:
    """A refund only reads the card.  One that brings a cryptogram by itself must not be asked for its second: it would
    refuse what the host has booked, and the terminal would not."""
    sold = shop.buy()
    assert sold is not None
    claims = (0x9F26, bytes(8)), (0x9F36, b"\x00\x05"), (0x9F10, b"\x07\x01\x01" + bytes(5))

    def options(honest: bytes) -> bytes:
        return tlv((0x77, tlv((0x82, honest[2:4]), (0x94, honest[4:-2]), *claims))) + OK

    ways = {
        "record": at("READ RECORD", 4, lambda honest: put(honest, claims[0])),
        "options": at("GET PROCESSING OPTIONS", 1, options),
    }
    shop.says = ways[where]
    shop.since = len(shop.bench.trace.events)
    result = shop.operate("refund", rrn=sold["rrn"], date="0306", amount_fen=100)
    assert result is not None and result["status"] == "done"
    assert "GENERATE AC" not in [data["name"] for data in shop.seen("apdu")]


def test_another_card_in_the_reader_when_the_pin_is_typed_again(shop: WickedShop) -> None:
    begun = 0

    def swapped(name: str, number: int, honest: bytes) -> bytes:
        nonlocal begun
        begun += name == "GET PROCESSING OPTIONS"
        for tag, value in ((0x5A, OTHER_PAN + "F"), (0x57, f"{OTHER_PAN}D30122010000000000")):
            if begun > 1 and name == "READ RECORD":
                honest = in_records(tag, bytes.fromhex(value + "F" * (len(value) % 2)))(name, number, honest) or b""
        return honest

    shop.says = swapped
    shop.present("debit", "insert", "000000", then="123456 ENTER")
    result = shop.buy()
    assert result is not None and (result["status"], result["cause"]) == ("cancelled", "other_card")
    sent = [data for data in shop.seen("message") if (data["dir"], data["mti"]) == ("out", "0200")]
    assert len(sent) == 1, "the PIN of one card was not tried at the other"


def labelled(label: bytes) -> Says:
    """Directory and application say so."""
    entry = tlv((0x61, tlv((0x4F, AID), (0x50, label), (0x87, b"\x01"))))

    def change(honest: bytes) -> bytes:
        (fci,) = parse_tlv(honest[:-2], "FCI")
        inside = find_tlv(parse_tlv(fci.value, "6F"), 0xA5) or b""
        pdol = find_tlv(parse_tlv(inside, "A5"), 0x9F38) or b""
        return tlv((0x6F, tlv((0x84, AID), (0xA5, tlv((0x50, label), (0x9F38, pdol)))))) + OK

    return both(at("READ RECORD", 1, lambda _: tlv((0x70, entry)) + OK), at("SELECT", 2, change))


@pytest.mark.parametrize(
    ("label", "printed"),
    [
        (b"\x1b[2JPAID", AID.hex().upper()),
        (b"A\x00B", AID.hex().upper()),
        (b"A\nTOTAL 0", AID.hex().upper()),
        ("银联".encode("gbk"), AID.hex().upper()),
        (b"x" * 240, "x" * 16),
        (b"<b>&{{7*7}}", "<b>&{{7*7}}"),
    ],
)
def test_a_label_is_one_short_line_of_text(shop: WickedShop, label: bytes, printed: str) -> None:
    assert attacked(shop, labelled(label))[0] == APPROVED
    lines = [line["en"] for slip in shop.seen("slip") for line in slip["lines"]]
    assert [line for line in lines if line.startswith("Application ")][:1] == [f"Application {printed}"]


def test_a_label_stands_in_a_report_as_text(shop: WickedShop) -> None:
    assert attacked(shop, labelled(b"<script>label"))[0] == APPROVED
    trace = Trace()
    for event in shop.bench.trace.events[shop.since :]:
        trace.append(event.party, event.kind, event.data, event.seen_by, event.t_us)
    page = render(run_of(row(trace)))
    assert "&lt;script&gt;label" in page and "<script>label" not in page


def test_a_directory_of_320_applications(shop: WickedShop) -> None:
    names = (AID + bytes((number,)) for number in range(10))
    rows = b"".join(tlv((0x61, tlv((0x4F, name), (0x50, b"APP")))) for name in names)
    _, outcome, commands = attacked(shop, at("READ RECORD", 0, lambda _: tlv((0x70, rows)) + OK))
    assert commands < 100, outcome


@pytest.mark.parametrize("rules", ["4100" * 122, "4400" * 122, "FFFF" * 122, "4100" * 100 + "1F00"])
@pytest.mark.parametrize("sw", ["6F00", "63CF", "6300"])
def test_a_list_of_methods_that_does_not_end(rules: str, sw: str) -> None:
    """Whoever types his PIN is asked for it so often and no more."""
    shop = WickedShop("offline-pin")
    wrong = at("VERIFY", 0, lambda _: bytes.fromhex(sw))
    found, _, commands = attacked(shop, both(in_records(0x8E, bytes(8) + bytes.fromhex(rules)), wrong))
    assert found in (NOTHING, DECLINED) and commands <= COMMANDS_MAX
    shop.end()


def test_a_script_that_fails_behind_the_cryptogram_changes_nothing_of_it(shop: WickedShop) -> None:
    """TVR tells of the failed script; the TC that goes up with the batch covers the TVR before, and is right."""
    shop.bench.ask("host", "control", "cause", behaviour="script", commands=["unblock_pin"], template=72)
    shop.bench.ask("host", "control", "cause", behaviour="wrong_script_mac")
    told: dict[str, Any] = dict(shop.buy() or {})
    for name in ("script", "wrong_script_mac"):
        shop.bench.ask("host", "control", "heal", behaviour=name)
    assert told["status"] == "done" and [data["ok"] for data in shop.seen("chip") if data["what"] == "script"] == [
        False
    ]
    settled = shop.operate("settle")
    assert settled is not None and settled["status"] == "done"
    verdicts = [data["ok"] for data in shop.seen("chip", "host", 0) if data["what"] == "tc"]
    assert verdicts and all(verdicts)
    shop.operate("sign_in")
