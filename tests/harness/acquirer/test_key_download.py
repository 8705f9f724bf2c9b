"""The host's half of the remote TMK download: order, and what each wrong 350 is answered."""

from __future__ import annotations

import pytest

from protocols.unionpay import download
from protocols.unionpay.message import Message

from .conftest import TMK, Bench, Pos

TRANSPORT = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


def step(pos: Pos, code: str, f62: bytes | None = None) -> Message:
    return pos.ask("0800", {60: f"00000000{code}"} | ({} if f62 is None else {62: f62}))


def rsa_of(pos: Pos) -> download.RsaKey:
    reply = step(pos, "352")
    assert (reply.text(39), reply.octets(64)) == ("00", None)
    return download.parse_rsa_key(reply.octets(62) or b"")


def test_the_terminals_own_key_comes_under_the_transport_key(bench: Bench) -> None:
    pos = Pos(bench)
    request = download.request_tmk(rsa_of(pos), TRANSPORT)
    for _ in range(2):
        reply = step(pos, "350", download.build_tmk_request(request))
        assert reply.text(39) == "00"
        tmk = download.open_tmk(download.parse_tmk_reply(reply.octets(62) or b""), TRANSPORT)
        assert tmk == bytes.fromhex(TMK)
    assert step(pos, "351").text(39) == "00"
    assert step(pos, "351").text(39) == "12", "nothing is waiting any more"


def test_no_activation_of_what_was_not_downloaded(bench: Bench) -> None:
    pos = Pos(bench)
    assert step(pos, "351").text(39) == "12"
    rsa_of(pos)
    assert step(pos, "351").text(39) == "12"


@pytest.mark.parametrize("wrong", ["index", "kcv", "block", "missing"])
def test_what_is_wrong_with_keys_is_a7(bench: Bench, wrong: str) -> None:
    pos = Pos(bench)
    good = download.request_tmk(rsa_of(pos), TRANSPORT)
    changed = {
        "index": download.TmkRequest(good.rid, b"\x7f", good.sealed_key, good.kcv),
        "kcv": download.TmkRequest(good.rid, good.index, good.sealed_key, bytes(4)),
        "block": download.TmkRequest(good.rid, good.index, bytes(len(good.sealed_key)), good.kcv),
    }
    f62 = download.build_tmk_request(changed[wrong]) if wrong in changed else b"\x9f\x06\x00"
    assert step(pos, "350", f62).text(39) == ("30" if wrong == "missing" else "A7")
    assert step(pos, "351").text(39) == "12"


def test_a_withdrawn_device_gets_none(bench: Bench) -> None:
    pos = Pos(bench)
    request = download.build_tmk_request(download.request_tmk(rsa_of(pos), TRANSPORT))
    bench.ask("control", "report", sn="00000302PAX0001", status="stolen")
    assert step(pos, "350", request).text(39) == "58"
