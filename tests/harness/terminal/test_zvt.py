"""The terminal's side of ZVT against a register of literal APDUs.

Expected octets are those of PA00P015 rev 13.08 and of the published captures (bezahl-online/zvt, EVerest/zvt,
wirelane/ecrterm); only trace numbers, amounts and terminal numbers are ours.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.terminal.settings import Profile
from protocols.registers import Transport
from protocols.unionpay.message import Message

from .zvt_register import TAKEN, WANTS_ALL, ZvtRegister, commands, registering

TRANSPORTS: tuple[Transport, ...] = ("tcp", "serial")
PRINT, BLOCK, INFO, INTERMEDIATE = "06d1", "06d3", "040f", "04ff"
TLV_BLOCKS = "060626040a0206d3"
"""BMP 06 {26 {0A 06 D3}}: the register takes text blocks (card complete's example)."""


def ready(transport: Transport = "tcp", config: str = WANTS_ALL, more: str = "", **changes: Any) -> ZvtRegister:
    register = ZvtRegister(transport, **changes)
    register.get_ready(config, more)
    return register


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_payment(transport: Transport) -> None:
    register = ready(transport)
    told = register.pay(1234)
    assert told[0] == TAKEN
    assert told[1:4] == ["04ff020a01", "04ff020101", "04ff020403"], "insert card, PIN pad, waiting for the host"
    info = next(apdu for apdu in told if apdu.startswith(INFO))
    assert info[6:].startswith("2700" + "04000000001234" + "490978" + "0b000010")
    assert "22f1f0" + "621214eeeeeeeee0012f" in info, "masked with E, padded with F"
    assert "2920202020" in info, "terminal number"
    assert "870010" in info, "receipt number"
    assert "2a" + b"123456789012345".hex() in info, "VU number"
    lines = [bytes.fromhex(apdu[8:]).decode("cp437") for apdu in told if apdu.startswith(PRINT)]
    attributes = [apdu[6:8] for apdu in told if apdu.startswith(PRINT)]
    assert "Amount EUR 12.34" in lines
    assert attributes.count("81") == 2, "the merchant's and the customer's receipt"
    assert attributes[-1] == "81"
    assert told[-2:] == ["04ff021c03", "060f00"], "approved, completion"
    assert register.kept == register.booked == [1234]
    assert [slip.data["copy"] for slip in register.bench.slips() if slip.data["kind"] == "sale"] == ["merchant"]
    assert not [note for note in register.bench.notes if note.kind == "image"], "the register printed it"


def test_a_register_that_wants_nothing_gets_nothing_but_the_result() -> None:
    """Config 00: no intermediate status, and the terminal prints."""
    register = ready(config="00")
    assert commands(register.pay()) == ["8000", INFO, "060f"]
    assert len([slip for slip in register.bench.slips() if slip.data["kind"] == "sale"]) == 1


def test_a_register_that_prints_from_the_data_gets_no_lines() -> None:
    register = ready(config="06")
    assert commands(register.pay()) == ["8000", INFO, "060f"]
    assert not [note for note in register.bench.notes if note.kind == "image"]


def test_text_blocks_for_a_register_that_takes_them() -> None:
    register = ready(more=TLV_BLOCKS)
    told = register.pay()
    blocks = [apdu for apdu in told if apdu.startswith(BLOCK)]
    assert PRINT not in commands(told)
    assert ["1f070101" in blocks[0], "1f070102" in blocks[1]] == [True, True]
    assert all(block.endswith("090181") for block in blocks)
    assert b"Amount EUR 12.34".hex() in blocks[0]


def test_a_block_that_is_too_long_for_the_register_goes_by_lines() -> None:
    register = ready(more="060a" + "1a020040" + "26040a0206d3")
    assert BLOCK not in commands(register.pay())


# registration


def test_the_registration_says_what_is_necessary_first() -> None:
    register = ZvtRegister()
    assert register.register() == [TAKEN, "060f0a" + "1901" + "2920202020" + "490978"]
    assert register.ask("069303123456")[-1] == "060f00"
    assert register.register() == [TAKEN, "060f0a" + "1902" + "2920202020" + "490978"], "diagnosis necessary"
    assert register.ask("067000")[-1] == "060f00"
    assert register.register() == [TAKEN, "060f0a" + "1900" + "2920202020" + "490978"]


def test_a_character_set_counts_when_it_is_repeated() -> None:
    register = ZvtRegister()
    told = register.ask(  # ecrterm's registration
        "060063000000fe097803000659100216021201401a02100026280a02040f0a02060f0a02061e0a0204ff0a0206d80a0206db0a0206d90a02"
        "06da0a0206dd0a0206d327031401ff2810150244451502454e15024652150249544002c0001f0402f1001f050100"
    )
    assert told[1].endswith("060b" + "26040a0206d3" + "27031401ff"), "as the capture's completion: 27 {14 FF}"
    assert register.register(more="0603140101")[1].endswith("0603140101"), "ISO 8859-1 (tag 14 = 01)"
    register.get_ready(more="06031401fe")
    lines = [bytes.fromhex(apdu[8:]).decode() for apdu in register.pay() if apdu.startswith(PRINT)]
    assert "Merchant 测试商户" in lines, "UTF-8"


def test_without_registration_nothing_but_status_and_log_off() -> None:
    register = ZvtRegister()
    register.bench.get_ready()
    assert register.ask("06010704000000000100") == ["846b00"]
    assert register.ask("050100") == [TAKEN, "060f0100"]
    register.register()
    assert register.pay(100)[-1] == "060f00"
    register.send("060200")
    assert register.told == [TAKEN]
    assert register.ask("06010704000000000100") == ["846b00"]


def test_a_permissive_terminal_needs_no_registration() -> None:
    register = ZvtRegister(quirks={"strict_registration": False})
    register.bench.get_ready()
    assert register.pay(100)[-1] == "060f00"


def test_the_registration_outlives_a_tcp_connection() -> None:
    register = ready()
    register.plug(False)
    register.plug(True)
    assert register.pay(100)[-1] == "060f00"


@pytest.mark.parametrize(("keeps", "answer"), [(True, "060f00"), (False, "846b00")])
def test_a_restart_forgets_the_registration_unless_the_vendor_keeps_it(keeps: bool, answer: str) -> None:
    register = ready(quirks={"keeps_registration": keeps})
    register.bench.boot()
    assert register.ask("065003123456")[-1] == answer
    assert "060006123456" not in str(register.bench.records), "the register's password is not kept"


@pytest.mark.parametrize(
    ("quirk", "told"),
    [
        ("refused", [TAKEN, "061e036f0978"]),
        ("accepted", [TAKEN, "060f0a" + "1901" + "2920202020" + "490840"]),
        ("silent", []),
    ],
)
def test_a_currency_that_the_terminal_does_not_have(quirk: str, told: list[str]) -> None:
    register = ZvtRegister(quirks={"wrong_currency": quirk})
    assert register.ask("060006123456be0840") == told


def test_a_payment_in_another_currency_than_registered() -> None:
    register = ready()
    assert register.ask("06010a04000000000100490840")[-1] == "061e036f0978"
    assert register.kept == []


def test_a_set_password_is_asked_for() -> None:
    register = ZvtRegister(quirks={"password": "654321"})
    assert register.register()[-1][:8] == "061e01fe"
    assert register.ask("060006654321be0978")[-1][:4] == "060f"


# what else it answers


def test_end_of_day() -> None:
    register = ready()
    register.pay(1234)
    told = register.ask("065003123456")
    info = next(apdu for apdu in told if apdu.startswith(INFO))
    assert "04000000001234" in info
    assert info.endswith("60f0f5f3" + "0010" + "0010" + "00" * 42 + "01" + "000000001234"), "others: one of 12.34"
    lines = [bytes.fromhex(apdu[8:]).decode() for apdu in told if apdu.startswith(PRINT)]
    assert "Totals agree" in lines
    assert told[-1] == "060f00"
    assert register.ask("050100")[-1] == "060f0100", "it has initialised by itself"
    assert commands(register.pay(500))[-1] == "060f", "and sells at once"


def test_remote_maintenance_after_the_end_of_day() -> None:
    """card complete: 06 0F 02 27 E0, silence, 06 0F 01 E0, 06 0F 01 00."""
    register = ready(quirks={"maintenance_after_settle": True})
    register.pay()
    assert register.ask("065003123456")[-1] == "060f0227e0"
    register.send("050100")
    assert register.told == []
    register.bench.now += 40_000_000
    assert register.ask("050100") == [TAKEN, "060f01e0"]
    register.bench.now += 40_000_000
    assert register.ask("050100") == [TAKEN, "060f0100"]


def test_reversals_by_receipt_number() -> None:
    register = ready()
    register.pay(100)
    register.pay(200)
    assert register.ask("063006123456870010")[-1] == "060f00"
    assert "370000 10".replace(" ", "") in next(apdu for apdu in register.told if apdu.startswith(INFO))
    assert register.ask("063006123456870010")[-1] == "061e01b4", "already reversed"
    assert register.ask("063006123456879999")[-1] == "061e01b5", "not possible"
    assert register.ask("063003123456")[-1] == "060f00", "the last one"
    assert sum(register.kept) == 0


def test_refund_of_a_named_sale() -> None:
    register = ready()
    register.pay(500)
    assert register.ask("06310d" + "123456" + "870010" + "04000000000200")[-1] == "060f00"
    assert register.kept == [-200, 500]
    assert register.ask("06310a" + "123456" + "04000000000200")[-1] == "061e01b5", "the host wants the original"


def test_reservations() -> None:
    """EVerest: 06 22, then 06 23 for receipt FFFF lists what is open."""
    register = ready()
    register.bench.host.change = approved
    assert register.ask("06230387ffff") == [TAKEN, "061e04b887ffff"]
    register.card()
    assert register.ask("06220a" + "490978" + "04000000002500")[-1] == "060f00"
    assert register.ask("06230387ffff") == [TAKEN, "061e04b8870010"]
    assert register.ask("06230a" + "870010" + "04000000000500")[-1] == "060f00", "5.00 released, 20.00 booked"
    assert register.booked == [2000, 2500]
    assert register.ask("06230387ffff") == [TAKEN, "061e04b887ffff"]
    register.card()
    register.ask("06220704000000002500")
    assert register.ask("062503870012")[-1] == "060f00"
    assert register.ask("062503870012")[-1] == "061e01b4"
    assert register.ask("06240a" + "870099" + "04000000000500")[-1] == "061e01b8"


def test_the_last_receipt_again() -> None:
    register = ready()
    assert register.ask("062003123456")[-1] == "061e0183", "there is none"
    register.pay(100)
    told = register.ask("062003123456")
    assert "04000000000100" in next(apdu for apdu in told if apdu.startswith(INFO))
    assert "Reprint" in [bytes.fromhex(apdu[8:]).decode() for apdu in told if apdu.startswith(PRINT)]
    assert register.kept == [100]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("0fa1020001", ["848300"]),
        ("08500101", ["848300"]),
        ("06010322f0e0", ["848300"]),
        ("084001ff", ["84fd00"]),
        ("08400107", ["847d00"]),
        ("06e00df1f1f048616c6c6f2057656c74", [TAKEN]),
        ("06b000", [TAKEN]),
        ("061003123456", [TAKEN, INFO, "060f00"]),
        ("06c00105", [TAKEN, "061e016c"]),
        ("081103123456", [TAKEN, "061e0183"]),
        ("081203123456", [TAKEN, "060f00"]),
        ("0801", [TAKEN, "060f00"]),
        ("06700506031b0105", [TAKEN, "061e0183"]),
    ],
)
def test_other_commands(command: str, told: list[str]) -> None:
    register = ready(config="00")
    command = command if len(command) > 4 else command + "00"
    heard = register.ask(command)
    assert [apdu[:4] if apdu.startswith(INFO) else apdu for apdu in heard] == told


def test_a_card_is_read() -> None:
    register = ZvtRegister()
    register.register(config="00")
    register.card()
    told = register.ask("06c0070106041f1501d0")  # ecrterm
    assert told == [TAKEN, "040f0f" + "2700" + "22f1f0" + "621214eeeeeeeee0012f", "060f00"]
    begun = register.bench.now
    assert register.ask("06c00105")[-1] == "061e016c", "nobody presents one within 5 s"
    assert register.bench.now - begun == 5_000_000


def test_a_text_of_the_register_is_shown() -> None:
    register = ready()
    register.send("06e00df1f1f048616c6c6f2057656c74")
    assert register.bench.shown()[-1] == "Hallo Welt"


def test_a_reset_comes_behind_its_completion() -> None:
    register = ready()
    assert register.ask("061800")[-1] == "060f00"
    register.bench.carry([])
    assert register.bench.notes[-1].kind in ("boot", "display", "operation", "link")
    assert [note.data["reset_cause"] for note in register.bench.notes if note.kind == "boot"][-1] == "restart"


def test_a_terminal_that_is_busy_says_so() -> None:
    register = ready()
    register.send("06010704000000000100")  # nobody presents a card
    register.send("050100")
    assert register.told == ["849c00"]
    register.send("06010704000000000100")
    assert register.told == [TAKEN], "the same command again: what it was answered had got lost"
    register.send("06b000")
    assert register.told[0] == TAKEN
    assert commands(register.told)[-2:] == [INFO, "061e"]
    assert register.told[-1] == "061e016c"
    assert register.kept == []


def test_what_the_terminal_does_by_itself_makes_it_silent() -> None:
    """PA00P015 chapter 7.2."""
    register = ready(config="00")
    register.pay(100)
    register.bench.ask("control", "settings", auto_settle_us=3_600_000_000)
    register.bench.host.change = lambda request, reply: None if request.mti == "0500" else reply
    while register.terminal.idle:
        assert register.wait()
    register.send("050100")
    assert register.told == []


def test_host_traffic_through_the_register() -> None:
    register = ZvtRegister(profile=Profile(host_link="register"))
    register.register(config="00")
    framed: list[bytes] = []

    def modem(apdu: str) -> str:
        data = bytes.fromhex(apdu)
        data = data[6:] if data[2] == 0xFF else data[4:]
        if apdu.startswith("06d9"):
            framed.append(data)
        if not apdu.startswith("06da"):
            return TAKEN
        reply = register.bench.host.answer(framed[-1][2:])
        assert reply is not None
        answer = len(reply).to_bytes(2, "big") + reply
        return f"8000{len(answer):02x}{answer.hex()}"

    register.answers = modem
    told = register.ask("069303123456")
    assert commands(told) == ["8000", "06d8", "06d9", "06da", "06db", "060f"]
    assert register.terminal.status()["session"] == "signed_in"
    register.answers = lambda apdu: "849b00" if apdu.startswith("06d8") else TAKEN
    assert register.ask("069303123456")[-1] == "061e017d"


def approved(request: Message, reply: Message) -> Message:
    """The scripted host knows no pre-authorisations."""
    return (
        reply.replacing({39: "00", 38: "654321", 37: "000000000001", 64: bytes(8)}) if 64 in request.fields else reply
    )


@pytest.mark.parametrize("config", ["be", "00"])
def test_declined_by_the_host(config: str) -> None:
    register = ready(config=config)
    register.bench.host.change = lambda request, reply: reply.replacing({39: "51", 38: None})
    told = register.pay()
    info = next(apdu for apdu in told if apdu.startswith(INFO))
    assert info[6:].startswith("2733")
    assert told[-1] == "061e0133", "51 in hex: chapter 10 has 01 to 63 for 1 to 99"
    assert ("04ff021d03" in told) == (config == "be")
    assert register.booked == []


def test_registering_again_is_always_possible() -> None:
    register = ZvtRegister(identity=None)
    for _ in range(2):
        assert register.ask(registering())[-1][:4] == "060f"
