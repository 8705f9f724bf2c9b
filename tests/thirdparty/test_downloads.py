"""Parameters, AIDs and public keys as the PAX and Topwise terminals fetch them: list, each entry, end."""

from __future__ import annotations

from hashlib import sha1

from .terminals import Terminal, tlv_pairs


def listed(pos: Terminal, code: str, tags: int) -> list[dict[int, bytes]]:
    """All entries, page by page: the request says `1` and how many are known (two digits)."""
    found: list[dict[int, bytes]] = []
    while True:
        value = pos.ask("0820", {11: pos.next_stan(), 60: f"00{pos.batch}{code}", 62: b"1%02d" % len(found)}).octets(62)
        more, at = value[:1], 1
        while at < len(value):
            entry, at = _entry(value, at, tags)
            found.append(entry)
        if more != b"2":
            assert more == b"1"
            return found


def _entry(value: bytes, at: int, tags: int) -> tuple[dict[int, bytes], int]:
    start = at
    for _ in range(tags):
        at += 2
        at += 1 + value[at]
    return tlv_pairs(value[start:at]), at


def test_public_keys(pos: Terminal) -> None:
    keys = listed(pos, "372", 3)
    assert keys
    for key in keys:
        assert len(key[0x9F06]) == 5 and len(key[0x9F22]) == 1 and len(key[0xDF05]) == 8
        asked = bytes.fromhex("9F0605") + key[0x9F06] + bytes.fromhex("9F2201") + key[0x9F22]
        value = pos.ask("0800", {11: pos.next_stan(), 60: f"00{pos.batch}370", 62: asked}).octets(62)
        assert value[:1] == b"1"
        full = tlv_pairs(value[1:])
        assert full[0xDF03] == sha1(full[0x9F06] + full[0x9F22] + full[0xDF02] + full[0xDF04]).digest()
    end = pos.ask("0800", {11: pos.next_stan(), 60: f"00{pos.batch}371"})
    assert end.code == "00" and 62 not in end


def test_a_public_key_that_is_not_there(pos: Terminal) -> None:
    asked = bytes.fromhex("9F0605A0000009999F2201EE")
    assert pos.ask("0800", {11: pos.next_stan(), 60: f"00{pos.batch}370", 62: asked}).octets(62) == b"0"


def test_aids(pos: Terminal) -> None:
    aids = listed(pos, "382", 1)
    assert aids
    for aid in aids:
        asked = bytes.fromhex(f"9F06{len(aid[0x9F06]):02X}") + aid[0x9F06]
        value = pos.ask("0800", {11: pos.next_stan(), 60: f"00{pos.batch}380", 62: asked}).octets(62)
        assert value[:1] == b"1"
        assert {0x9F06, 0xDF01, 0x9F08, 0xDF11, 0xDF12, 0xDF13, 0x9F1B} <= tlv_pairs(value[1:]).keys()
    assert pos.ask("0800", {11: pos.next_stan(), 60: f"00{pos.batch}381"}).code == "00"


def test_parameters(pos: Terminal) -> None:
    reply = pos.ask("0800", {60: f"00{pos.batch}360"})  # a public client's 0800 / 360 has no F11
    assert reply.code == "00"
    value = reply.octets(62).decode("gbk")
    assert value and value[:2].isdigit()
    assert pos.ask("0800", {60: f"00{pos.batch}361"}).code == "00"
