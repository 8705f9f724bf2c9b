"""A backup on its medium: it comes back as it was or not at all, and says nothing to anybody else."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.terminal.account import Entry
from harness.terminal.backup import FORMAT, HEAD_FROM, Books, Head, Unfit, head_of, pack, unpack
from protocols.tlv import Tlv, build_tlv

from .scripted import BATCH, CARD, MAK, MID, PIK, TID, TMK, Bench, ready_settings

KEY = bytes(range(32))
HEAD = Head("SN1", "1.0.0", 7, {f"{MID}/{TID}": BATCH})
PIN = "123456"


def ready() -> Bench:
    bench = Bench(ready_settings())
    bench.get_ready()
    return bench


_entries = st.builds(
    Entry,
    stan=st.integers(1, 999_999).map("{:06d}".format),
    batch=st.just(BATCH),
    kind=st.sampled_from(("sale", "void", "refund", "preauth")),
    amount_fen=st.integers(1, 10**12 - 1),
    pan=st.just(CARD.pan),
    mode=st.sampled_from(("021", "051", "072")),
    status=st.sampled_from(("approved", "voided")),
    source=st.text(max_size=10),
)
_books = st.builds(
    Books,
    mid=st.just(MID),
    tid=st.just(TID),
    next_stan=st.integers(1, 999_999),
    entries=st.lists(_entries, max_size=5).map(tuple),
    settled=st.just(({"batch": "000041", "debit_fen": 1},)),
    unresolved=st.just(()),
)


@settings(max_examples=40)
@given(st.lists(_books, max_size=3), st.binary(min_size=12, max_size=12).filter(any))
def test_a_backup_comes_back_as_it_was(books: list[Books], nonce: bytes) -> None:
    medium = pack(HEAD, books, KEY, nonce)
    assert head_of(medium) == HEAD
    assert unpack(medium, KEY) == books
    with pytest.raises(Unfit, match="backup_damaged"):
        unpack(medium, KEY[::-1])


@settings(max_examples=40)
@given(_books, st.data())
def test_any_bit_that_is_another_is_refused(books: Books, data: st.DataObject) -> None:
    octets = bytearray(b64decode(pack(HEAD, [books], KEY, bytes(range(12)))))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Unfit):
        unpack(b64encode(octets).decode(), KEY)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda octets: b64encode(b"PRBK\x01" + octets).decode()))
def test_what_is_no_backup_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        unpack(text, KEY)


def test_another_format_is_told_from_damage() -> None:
    octets = bytearray(b64decode(pack(HEAD, [], KEY, bytes(range(12)))))
    octets[4] = FORMAT + 1
    with pytest.raises(Unfit, match="backup_format"):
        unpack(b64encode(octets).decode(), KEY)


def test_a_backup_holds_no_key_pin_or_track_and_tells_nothing_to_others() -> None:
    bench = ready()
    track2 = bytes.fromhex(CARD.track2[:36])
    bench.ask("person", "present", card="debit", how="insert", pin=PIN)
    bench.do("sale", amount_fen=100)
    medium = str(bench.do("backup")["medium"])
    octets = b64decode(medium)
    head_octets = HEAD_FROM + int.from_bytes(octets[5:HEAD_FROM], "big")
    key = bench.terminal.desk.vault.backup_key(bench.settings.serial)
    sealed = octets[head_octets + 12 :]
    clear = zlib.decompress(AESGCM(key).decrypt(octets[head_octets : head_octets + 12], sealed, octets[:head_octets]))
    assert CARD.pan.encode() in clear, "or nothing is tested here"
    keys = [secret for key in (TMK, PIK, MAK, bench.settings.storage_key) for secret in (key, key.hex().encode())]
    tracks = [CARD.track2.encode(), CARD.track2.encode().lower(), track2, b"D3012101"]
    sealed_keys = [bench.terminal.desk.state.tmk.encode(), bench.terminal.desk.state.working_keys.encode()]
    for secret in [*keys, *tracks, *sealed_keys, PIN.encode() + b'"']:
        assert secret not in clear
        assert secret.upper() not in clear
    for told in (CARD.pan.encode(), bytes.fromhex(CARD.pan + "0"), b"amount_fen"):
        assert told not in octets


def test_the_objects_of_a_chip_that_repeat_the_card_stay_out() -> None:
    chip = build_tlv([Tlv(0x57, bytes.fromhex("6212142000000000012D30121010")), Tlv(0x9F36, b"\x00\x01")]).hex().upper()
    bench = ready()
    bench.sell(100)
    state = bench.terminal.desk.state
    entry = replace(state.entries[0], chip=chip)
    state.entries[0] = replace(entry, check=entry.checksum)
    books = unpack(bench.do("backup")["medium"], bench.terminal.desk.vault.backup_key(bench.settings.serial))
    assert books[0].entries[0].chip == "9F36020001"
