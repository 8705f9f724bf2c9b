"""The quirk profiles of ZVT: what each says, and how the line is set by them."""

from __future__ import annotations

import pytest

from harness.bench.register import usual_line
from harness.quirks import load_quirks, quirk_names
from protocols.errors import ScenarioError
from protocols.zvt.quirks import ZvtQuirks

SAYS: dict[str, dict[str, object]] = {
    # Portalum.Zvt readme and SMART ZVT-Praezisierungen: texts are ISO 8859-1, the registration outlives a restart.
    "zvt-card-complete": {"charset": "iso-8859-1", "keeps_registration": True, "maintenance_after_settle": True},
    "zvt-hobex": {"tlv_unasked": True},
    "zvt-ccv": {"activation": "08 13"},
    "zvt-feig-cvend": {"password": "123456"},
    "zvt-one-stop-bit": {"stop_bits": 1},
    "zvt-lenient": {"lenient_length": True, "strict_registration": False, "abort_code": False},
    "zvt-sequence-ids": {"sequence_ids": True},
}


def test_every_profile_is_looked_at() -> None:
    assert set(quirk_names("zvt")) == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_profiles_say_what_their_sources_say(name: str) -> None:
    quirks = load_quirks("zvt", (name,))
    assert isinstance(quirks, ZvtQuirks)
    assert {key: getattr(quirks, key) for key in SAYS[name]} == SAYS[name]


def test_profiles_are_combined_and_contradictions_refused() -> None:
    both = load_quirks("zvt", ("zvt-hobex", "zvt-sequence-ids"), {"password": "654321"})
    assert (both.tlv_unasked, both.sequence_ids, both.password) == (True, True, "654321")
    with pytest.raises(ScenarioError, match="stop_bits"):
        load_quirks("zvt", more={"stop_bits": 3})
    with pytest.raises(ScenarioError, match="charset"):
        load_quirks("zvt", more={"charsett": "cp437"})


def test_the_line_has_two_stop_bits_unless_a_vendor_has_one() -> None:
    # PA00P016: 9600 baud, 8 data bits, no parity, 2 stop bits; some devices take 1.
    assert str(usual_line("zvt")) == "9600-8N2"
    assert str(usual_line("zvt", ("zvt-one-stop-bit",))) == "9600-8N1"
