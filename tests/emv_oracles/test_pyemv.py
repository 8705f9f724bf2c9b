"""Every scheme but PBOC's, which pyemv does not have: keys, cryptograms, ARPC, script MACs, PIN changes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv import cryptograms, derivation
from protocols.emv.cryptograms import AC_TAGS, ATC, IAD, SCHEMES, UN, KeySet
from protocols.emv.scripts import SecureMessaging

from .conftest import Ask

CLASSES = {
    "visa-10": "VisaCVN10", "visa-18": "VisaCVN18", "visa-22": "VisaCVN22", "interac-133": "InteracCVN133",
    "mastercard-16": "MasterCardCVN16", "mastercard-17": "MasterCardCVN17", "mastercard-20": "MasterCardCVN20",
    "mastercard-21": "MasterCardCVN21",
}  # fmt: skip
oracle = settings(max_examples=60)

key16 = st.binary(min_size=16, max_size=16)
pans = st.text("0123456789", min_size=12, max_size=19)
psns = st.text("0123456789", min_size=2, max_size=2)
pins = st.text("0123456789", min_size=4, max_size=12)
LENGTHS = dict(zip(AC_TAGS, (6, 6, 2, 5, 2, 3, 1, 4, 2, 2), strict=True))


@dataclass(frozen=True)
class Sale:
    """A card and its transaction.  `iad`: 26 octets, more than any layout needs."""

    issuer: KeySet
    pan: str
    psn: str
    values: dict[int, bytes]

    @property
    def new(self) -> list[object]:
        """What pyemv's classes are made with."""
        return [self.issuer.ac, self.issuer.smi, self.issuer.smc, self.pan, self.psn]


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """Any sale."""
    values = {tag: draw(st.binary(min_size=size, max_size=size)) for tag, size in LENGTHS.items()}
    values[IAD] = draw(st.binary(min_size=18, max_size=26).filter(lambda iad: len(iad) in (18, 26)))
    issuer = KeySet(draw(key16), draw(key16), draw(key16))
    return Sale(issuer, draw(pans), draw(psns), values)


def tail(name: str, iad: bytes) -> dict[str, bytes]:
    """What pyemv calls the card's own part of the input."""
    if name in ("visa-18", "visa-22", "interac-133"):
        return {"tag_9f10": iad}
    if name == "visa-10":
        return {"cvr": iad[3:7]}
    counters = {"counters": iad[10:]} if name in ("mastercard-17", "mastercard-21") else {}
    return {"cvr": iad[2:8], **counters}


@given(issuer=key16, pan=pans, psn=psns, diversifier=st.binary(min_size=8, max_size=8))
@oracle
def test_keys(ask: Ask, issuer: bytes, pan: str, psn: str, diversifier: bytes) -> None:
    card = derivation.icc_key_a(issuer, pan, psn)
    assert card == ask("pyemv.kd.derive_icc_mk_a", iss_mk=issuer, pan=pan, psn=psn)
    assert derivation.icc_key_b(issuer, pan, psn) == ask("pyemv.kd.derive_icc_mk_b", iss_mk=issuer, pan=pan, psn=psn)
    assert derivation.session_key_common(card, diversifier) == ask(
        "pyemv.kd.derive_common_sk", icc_mk=card, r=diversifier
    )
    atc = diversifier[:2]
    assert derivation.session_key_visa(card, atc) == ask("pyemv.kd.derive_visa_sm_sk", icc_mk=card, atc=atc)
    for height, branches in ((8, 4), (16, 2)):
        tree = ask("pyemv.kd.derive_emv2000_tree_sk", icc_mk=card, atc=atc, height=height, branch_factor=branches)
        assert derivation.session_key_tree(card, atc, height, branches) == tree


@pytest.mark.parametrize("name", CLASSES)
@given(sale=sales(), answer=st.binary(min_size=4, max_size=4), proprietary=st.binary(max_size=8))
@oracle
def test_cryptogram_and_answer(ask: Ask, name: str, sale: Sale, answer: bytes, proprietary: bytes) -> None:
    scheme, values, made = SCHEMES[name], sale.values, f"pyemv.cvn.{CLASSES[name]}"
    keys = cryptograms.card_keys(scheme, sale.issuer, sale.pan, sale.psn)
    words = {f"tag_{tag:02x}": values[tag] for tag in AC_TAGS} | tail(name, values[IAD])
    arqc = ask(f"{made}.generate_ac", new=sale.new, **words)
    assert cryptograms.verify_cryptogram(scheme, keys.ac, values, arqc)
    session = cryptograms.ac_session_key(scheme, keys.ac, values[ATC], values[UN])
    assert cryptograms.application_cryptogram(scheme, session, values) == arqc
    words = {"tag_9f26": arqc}
    if name not in ("visa-10", "mastercard-16", "mastercard-17"):
        words["tag_9f36"] = values[ATC]
    if name == "interac-133":
        words["tag_9f37"] = values[UN]
    if scheme.arpc_method == 1:
        words, answer, proprietary = words | {"arpc_rc": answer[:2]}, answer[:2], b""
    else:
        words |= {"csu": answer, "proprietary_auth_data": proprietary}
    key = cryptograms.arpc_session_key(scheme, keys.ac, values[ATC], values[UN])
    found = cryptograms.arpc(scheme, key, arqc, answer, proprietary)
    assert found == ask(f"{made}.generate_arpc", new=sale.new, **words)


@pytest.mark.parametrize("name", CLASSES)
@given(sale=sales(), arqc=st.binary(min_size=8, max_size=8), data=st.binary(max_size=40), pin=pins, current=pins)
@oracle
def test_scripts(ask: Ask, name: str, sale: Sale, arqc: bytes, data: bytes, pin: str, current: str) -> None:
    scheme, atc, made = SCHEMES[name], sale.values[ATC], f"pyemv.cvn.{CLASSES[name]}"
    keys = cryptograms.card_keys(scheme, sale.issuer, sale.pan, sale.psn)
    session = SecureMessaging(scheme, keys, atc, arqc)
    command = session.protect(0x84, 0x1E, 0x00, 0x00, data)
    words = {"tag_9f26": arqc} | ({} if name == "interac-133" else {"tag_9f36": atc})
    header = command.header + bytes([len(command.data)])
    mac = ask(f"{made}.generate_command_mac", new=sale.new, command_header=header, command_data=data, **words)
    assert command.data == data + mac
    enciphering = {"tag_9f36": atc} if name in ("visa-10", "visa-18") else {"tag_9f26": arqc}
    secret = ask(f"{made}.encrypt_command_data", new=sale.new, command_data=data or b"\0", **enciphering)
    assert session.encipher(data or b"\0") == secret
    change = ask(f"{made}.generate_pin_change_command", new=sale.new, pin=pin, **words)
    assert session.pin_change(pin).build() == change
    if name.startswith("visa"):
        change = ask(f"{made}.generate_pin_change_command", new=sale.new, pin=pin, current_pin=current, **words)
        assert session.pin_change(pin, current).build() == change
