"""PIN blocks, MACs, check values and key parity beside psec."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import ciphers
from protocols.emv import derivation
from protocols.emv import pin as card_pin
from protocols.unionpay import pin

from .conftest import Ask

oracle = settings(max_examples=60)
key16 = st.binary(min_size=16, max_size=16)
pins = st.text("0123456789", min_size=4, max_size=12)
pans = st.text("0123456789", min_size=13, max_size=19)


@given(digits=pins, pan=pans)
@oracle
def test_pin_blocks(ask: Ask, digits: str, pan: str) -> None:
    online = ask("psec.pinblock.encode_pinblock_iso_0", pin=digits, pan=pan)
    assert pin.clear_block(digits, pan) == online
    assert pin.parse_clear_block(online, pan) == digits
    plain = ask("psec.pinblock.encode_pinblock_iso_2", pin=digits)
    assert card_pin.plain_block(digits) == plain
    assert card_pin.pin_of(plain) == digits
    assert ask("psec.pinblock.decode_pinblock_iso_2", pinblock=card_pin.plain_block(digits)) == digits


@given(key=key16, data=st.binary(max_size=100))
@oracle
def test_macs(ask: Ask, key: bytes, data: bytes) -> None:
    retail = ciphers.CbcMac(key[:8], ciphers.Cipher(key, "3des"))
    for padding, octets in ((1, data), (2, data + b"\x80")):
        words = {"key1": key[:8], "key2": key[8:], "data": data, "padding": padding}
        assert retail.mac(octets) == ask("psec.mac.generate_retail_mac", **words)
        plain = ask("psec.mac.generate_cbc_mac", key=key, data=data, padding=padding)
        assert ciphers.CbcMac(key, ciphers.Cipher(key, "3des")).mac(octets) == plain


@given(key=key16, length=st.integers(1, 8))
@oracle
def test_check_values_and_parity(ask: Ask, key: bytes, length: int) -> None:
    assert ciphers.kcv(key, "3des", length) == ask("psec.des.generate_kcv", key=key, length=length)
    assert derivation.odd_parity(key) == ask("psec.des.adjust_key_parity", key=key)
