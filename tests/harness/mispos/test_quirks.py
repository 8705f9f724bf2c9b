"""Vendors' deviations: the profiles are data, and both ends keep to them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.quirks import load_quirks, quirk_names
from protocols.errors import ScenarioError
from protocols.mispos.dialect_a.commands import COMMANDS
from protocols.mispos.quirks import MisposAQuirks, MisposBQuirks

from .till import TID, Till

ACK = b"\x06"


def octets(till: Till, party: str, link: str, direction: str) -> list[bytes]:
    return [bytes.fromhex(data["hex"]) for data in till.seen(party, "bytes", link=link, dir=direction) if "hex" in data]


@pytest.mark.parametrize("name", [*quirk_names("mispos-a"), *quirk_names("mispos-b")])
def test_a_day_with_each_profile(name: str) -> None:
    protocol = "mispos-a" if name in quirk_names("mispos-a") else "mispos-b"
    till = Till(protocol, (name,), **({"host": {"length_prefix": "digits"}} if name.endswith("-asc") else {}))
    assert till.do("identify")["tid"] == TID
    sale = till.sell(1_00)
    assert sale["status"] == "done"
    assert till.do("last")["stan"] == sale["stan"]
    assert till.do("void", stan=sale["stan"])["status"] == "done"
    assert till.sell(3_00)["status"] == "done"
    assert till.do("settle")["status"] == "done"
    till.check()


def test_the_public_program_of_dialect_a() -> None:
    till = Till("mispos-a", ("boc-ingenico",))
    till.do("status")
    assert octets(till, "terminal", "register", "out")[0][:2] == b"\x06\x02", "ACK and answer in one piece"
    assert till.sell(1_00)["status"] == "done"
    assert ACK not in octets(till, "register", "terminal", "out"), "the program sends none"
    assert all("DFBE" not in message["fields"] for message in till.seen("register", "message", dir="out"))
    randoms = [m["fields"]["DF04"] for m in till.seen("register", "message", link="terminal", dir="out")]
    assert len(set(randoms)) == len(randoms) >= 3
    stan = till.do("last")["stan"]
    (notice,) = till.seen("register", "message", kind="notice")
    assert notice["fields"] == {"ACKACK": stan}


def test_the_public_client_of_dialect_b() -> None:
    till = Till("mispos-b", ("allinpay",))
    till.do("identify")
    assert till.seen("register", "message", dir="out")[0]["fields"] == {"9F01": "07", "9F00": "MANAGER"}
    assert till.sell(1_00)["status"] == "done"
    for end, link in (("register", "terminal"), ("terminal", "register")):
        assert ACK not in octets(till, end, link, "out")
    (asked,) = till.seen("terminal", "message", kind="data_send", dir="out")
    content = bytes.fromhex(asked["fields"]["9F15"])
    assert int.from_bytes(content[:2], "big") == len(content) - 2
    (carried,) = octets(till, "register", "tunnel", "out")
    assert carried == content, "the length is not put in front twice"


def test_a_list_comes_in_as_many_packets_as_it_needs() -> None:
    till = Till("mispos-a")
    for amount in range(1, 13):
        assert till.sell(amount, order=f"order-{amount}")["status"] == "done"
    last = till.do("last")
    assert (last["amount_fen"], last["of"]) == (12, {"op": "sale", "order": "order-12"})
    told = till.seen("register", "message", kind="list_transactions", dir="in")
    assert [message["fields"]["DF24"] for message in told] == ["01"] * (len(told) - 1) + ["00"]
    assert len(told) > 1
    assert len({message["fields"]["DF04"] for message in told}) == len(told)


def test_a_makers_own_codes() -> None:
    quirks = load_quirks("mispos-a", more={"commands": ["sale=21", "sign_in=20"]})
    assert quirks == MisposAQuirks(commands=("sale=21", "sign_in=20"))
    assert COMMANDS["sale"].code == "45", "the table itself stays"


@pytest.mark.parametrize(
    ("protocol", "more", "said"),
    [
        ("mispos-a", {"tunnel_prefix": "bcd"}, "hex, asc"),
        ("mispos-a", {"acks": "some"}, "both, terminal, none"),
        ("mispos-a", {"data_octets_max": 2048}, "128..1024"),
        ("mispos-a", {"commands": ["sell=21"]}, "COMMAND=NN"),
        ("mispos-b", {"fresh_random": True}, "fresh_random"),
        ("mispos-b", {"acks": 1}, "must be of type str"),
    ],
)
def test_a_quirk_that_cannot_be_is_refused(protocol: str, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        load_quirks(protocol, more=more)


def test_defaults_are_the_protocol_as_it_is_written() -> None:
    assert load_quirks("mispos-a") == MisposAQuirks()
    assert load_quirks("mispos-b") == MisposBQuirks()
