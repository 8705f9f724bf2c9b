"""What a terminal makes of its provider's announcements, new layouts, new algorithms, and of another provider."""

from __future__ import annotations

from typing import Any

import pytest

from harness.fixtures import load_dialect
from protocols import ciphers
from protocols.unionpay.message import Message
from protocols.unionpay.private import f59
from protocols.unionpay.private.f62_keys import parse_sign_in_request

from .scripted import MAK, MID, PIK, TID, TMK, Bench, Host, ready_settings

NOTICE = "系统维护 03-03 08:00至03-03 10:00"


def saying(words: str, *mtis: str) -> Any:
    return lambda request, reply: reply.replacing({56: words.encode("gbk")}) if reply.mti in mtis else reply


def device_of(message: Message) -> f59.F59:
    parsed = f59.parse_f59(message.octets(59) or b"", load_dialect("cup"))
    assert isinstance(parsed, f59.F59)
    return parsed


def test_what_a_sign_in_announces_stands_on_the_display() -> None:
    bench = Bench()
    bench.host.change = saying(NOTICE, "0810")
    assert bench.do("sign_in")["status"] == "done"
    assert NOTICE in bench.shown()


def test_so_does_what_an_approved_sale_says_besides() -> None:
    bench = Bench()
    bench.get_ready()
    bench.host.change = saying(NOTICE, "0210")
    assert bench.sell()["status"] == "done"
    assert NOTICE in bench.shown()


def test_a_sign_in_tells_who_the_terminal_is_and_which_application_it_runs() -> None:
    """UnionPay notice 21: F59, usage A2, items 02 and 05."""
    bench = Bench(ready_settings(application_version="3.1.4"))
    bench.do("sign_in")
    told = device_of(bench.host.seen[-1]).device()
    assert told is not None
    assert (told.serial_number, (told.application_version or "").strip()) == (bench.settings.serial, "3.1.4")
    bench.do("update_software", version="3.2.0")
    bench.do("sign_in")
    told = device_of(bench.host.seen[-1]).device()
    assert told is not None and (told.application_version or "").strip() == "3.2.0"
    assert parse_sign_in_request(bench.host.seen[-1].octets(62) or b"").serial == bench.settings.serial


def test_the_place_is_sent_where_it_is_set() -> None:
    """Topwise: usage A5 with longitude 01, latitude 02 and the coordinate system 05, three-digit lengths."""
    bench = Bench()
    bench.get_ready()
    bench.sell()
    assert device_of(bench.host.seen[-1]).get("A5") is None
    bench.do("parameter_menu", location="113.3245,23.1064")
    bench.sell()
    assert device_of(bench.host.seen[-1]).get("A5") == b"01008113.3245" + b"02007" + b"23.1064" + b"05005GCJ02"


@pytest.mark.parametrize(("code", "expected"), [("", "003"), ("001", "001")])
def test_the_length_of_the_keys_is_a_parameter(code: str, expected: str) -> None:
    bench = Bench()
    bench.do("parameter_menu", sign_in_code=code)
    bench.do("sign_in")
    assert (bench.host.seen[-1].text(60) or "")[8:11] == expected


def test_a_reply_that_cannot_be_read_is_reversed_with_reason_06() -> None:
    """PAX: the reversal's reason is "other" unless there was no reply (98) or its MAC was wrong (A0)."""
    bench = Bench()
    bench.get_ready()
    whole = bench.host.answer
    broken: dict[str, bool] = {"0200": True}

    def answer(octets: bytes) -> bytes | None:
        reply = whole(octets)
        mti = bench.host.seen[-1].mti
        return reply + b"\x00" if reply is not None and broken.pop(mti, False) else reply

    bench.host.answer = answer  # type: ignore[method-assign]  # one reply with an octet too many
    outcome = bench.sell()
    assert (outcome["status"], outcome["cause"]) == ("unknown", "bad_reply")
    assert bench.sell()["status"] == "done"
    (reversal,) = [message for message in bench.host.seen if message.mti == "0400"]
    assert reversal.text(39) == "06"
    assert sorted(bench.host.ledger.values()) == [0, 1234]


def test_a_sign_in_answered_c1_or_97_lets_it_be_activated_anew() -> None:
    for code in ("97", "C1"):
        bench = Bench()
        assert bench.do("activate")["cause"] == "already_activated"
        bench.host.change = lambda request, reply, code=code: reply.replacing({39: code, 62: None})
        assert bench.do("sign_in")["code"] == code
        bench.host.change = None
        assert bench.do("activate")["status"] == "done", code


def test_so_does_another_providers_address_until_a_sign_in() -> None:
    bench = Bench()
    bench.do("parameter_menu", host_address="host2.posrig.test:8583")
    bench.do("sign_in")
    assert bench.do("activate")["cause"] == "already_activated"
    bench.do("parameter_menu", host_address="")
    assert bench.do("activate")["status"] == "done"


def test_the_books_of_a_former_identity_are_put_away() -> None:
    bench = Bench()
    bench.get_ready()
    bench.sell(700)
    assert bench.do("settle")["status"] == "done"
    bench.do("parameter_menu", host_address="host2.posrig.test:8583")
    bench.host.change = lambda request, reply: (
        reply.replacing({41: "30303030"})
        if request.mti == "0800" and 59 in request.fields and 62 not in request.fields
        else reply
    )
    assert bench.do("activate")["status"] == "done"
    bench.boot()
    books = bench.snapshot
    assert (books["tid"], books["entries"], books["settled"]) == ("30303030", [], [])
    (former,) = books["accounts"]
    assert (former["number"], former["tid"], former["mid"]) == (0, TID, MID)
    assert [entry["amount_fen"] for entry in former["entries"]] == [700]
    assert [batch["debit_fen"] for batch in former["settled"]] == [700]


class Sm4Host(Host):
    """The same few lines with the national cipher: keys of the sign-in under SM4, PIK, MAK and TDK of 16 octets."""

    def _reply(self, request: Message, mac_input: bytes | None) -> dict[int, Any]:
        fields = super()._reply(request, mac_input)
        if str(request.get(60) or "")[8:11] == "006":
            master = ciphers.cipher_for(TMK, "sm4")
            parts = [PIK, MAK * 2, PIK]
            fields[62] = b"".join(master.encrypt(part) + ciphers.kcv(part, "sm4") for part in parts)
        return fields


def test_an_update_may_bring_another_algorithm_and_it_stays() -> None:
    bench = Bench(ready_settings(dialects={"sm4": load_dialect("sm4")}))
    bench.do("sign_in")
    assert bench.do("update_software", version="2.0.0", dialect="klingon")["status"] == "refused"
    assert bench.do("update_software", version="2.0.0", dialect="sm4")["status"] == "done"
    bench.host = Sm4Host(load_dialect("sm4"))
    bench.boot()
    assert bench.do("sign_in")["status"] == "done"
    assert (bench.host.seen[-1].text(60) or "")[8:11] == "006"
