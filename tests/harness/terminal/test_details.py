"""Activation refusals, issuer scripts, fixture data, and arguments that are none."""

from __future__ import annotations

from typing import Any

import pytest

from harness.fixtures import fixtures_dir, read_toml
from harness.terminal.settings import card_from, profile_from
from protocols.errors import ScenarioError
from protocols.tlv import Tlv, build_tlv, find_tlv, parse_tlv
from protocols.unionpay import activation
from protocols.unionpay.dialect import CUP
from protocols.unionpay.message import Message

from .scripted import Bench, Host, box_settings, ready_settings


def connected() -> Bench:
    bench = Bench(box_settings())
    bench.do("self_test")
    bench.do("connect")
    return bench


def refusal(code: str, state: activation.ActivationState | None) -> Any:
    told = None if state is None else activation.build_state(state, CUP)
    return lambda request, reply: reply.replacing({39: code, 41: None, 42: None, 62: told})


def test_the_activation_request_has_a_stan_and_no_tid() -> None:
    """posrig's own activation profile: F11 present, F41 and F42 absent, F59 A2 and A8."""
    bench = connected()
    bench.do("activate")
    request = bench.host.seen[-1]
    assert sorted(request.fields) == [11, 59, 60]
    f59 = activation.parse_request(request.octets(59) or b"", CUP)
    assert (f59.serial_number, f59.code) == (bench.settings.serial, "12345678")


def test_a_review_under_way_is_told_with_stage_and_age() -> None:
    bench = connected()
    state = activation.ActivationState(activation.State.IN_REVIEW, activation.Stage.BANK_APPROVAL, 4321)
    bench.host.change = refusal("D6", state)
    outcome = bench.do("activate")
    assert (outcome["status"], outcome["code"], outcome["cause"]) == ("declined", "D6", "review_pending")
    assert outcome["detail"]["stage"] == "bank_approval" and outcome["detail"]["age_minutes"] == 4321
    assert "审核中" in outcome["text"]["zh"] and "Under review" in outcome["text"]["en"]
    assert bench.terminal.status()["life_cycle"] == "connected"


@pytest.mark.parametrize("state", list(activation.State))
def test_every_activation_state_has_a_cause(state: activation.State) -> None:
    bench = connected()
    bench.host.change = refusal("03", activation.ActivationState(state))
    outcome = bench.do("activate")
    assert outcome["status"] == "declined" and outcome["cause"]


def test_a_broken_cause_field_does_not_hide_the_code() -> None:
    bench = connected()
    bench.host.change = lambda request, reply: reply.replacing({39: "97", 41: None, 42: None, 62: b"\xdf\x81\x01\x7f"})
    assert bench.do("activate")["code"] == "97"


def test_after_97_the_terminal_may_be_activated_anew() -> None:
    bench = Bench()
    bench.host.change = lambda request, reply: reply.replacing({39: "97"})
    assert bench.do("sign_in")["cause"] == "not_bound"
    bench.host.change = None
    assert bench.do("activate")["status"] == "done"
    assert bench.terminal.status()["life_cycle"] == "activated"
    assert bench.do("sign_in")["cause"] == "no_tmk"


def scripted_reply(request: Message, reply: Message) -> Message:
    if request.mti != "0200":
        return reply
    script = Tlv(0x72, bytes.fromhex("9F180400000001860D841E000008112233445566778899"))
    return reply.replacing({55: build_tlv([Tlv(0x91, bytes(10)), script])})


def test_a_script_is_told_before_the_reversal_and_over_a_power_cut() -> None:
    bench = Bench(ready_settings(), Host())
    bench.get_ready()
    bench.host.change = scripted_reply
    sale = bench.sell(100, "insert")
    bench.boot()
    bench.host.change = lambda request, reply: None if request.mti in ("0200", "0620") else reply
    bench.host.seen.clear()
    bench.sell(200)
    assert bench.sent == ["0620", "0200"]
    bench.host.change = None
    bench.host.seen.clear()
    bench.sell(300)
    assert bench.sent == ["0620", "0400", "0200"]
    notice = bench.host.seen[0]
    assert notice.get(61) == "000042" + sale["stan"] + "1121"
    assert str(notice.get(60))[8:11] == "951" and notice.get(4) is None
    told = parse_tlv(notice.octets(55) or b"", "F55")
    assert find_tlv(told, 0xDF31) is not None and find_tlv(told, 0x9F02) is None
    bench.sell(300)
    assert bench.sent.count("0620") == 1


def test_a_pin_that_is_too_short_is_asked_for_again() -> None:
    bench = Bench()
    bench.get_ready()
    bench.ask("person", "present", card="debit", how="swipe")
    bench.ask("person", "press", keys="12 ENTER 123456 ENTER")
    assert bench.do("sale", amount_fen=5)["status"] == "done"
    assert bench.host.seen[-1].get(52) is not None


@pytest.mark.parametrize("amount", [0, -1, 10**12, "5", True, None, 1.5])
def test_amounts_that_are_none(amount: Any) -> None:
    bench = Bench()
    bench.get_ready()
    assert bench.do("sale", amount_fen=amount)["cause"] == "bad_request"


@pytest.mark.parametrize("stan", ["abc", -1, 10**7, None, "²"])
def test_stans_that_are_none(stan: Any) -> None:
    bench = Bench()
    bench.get_ready()
    assert bench.do("void", stan=stan)["cause"] == "no_original"
    assert bench.do("reprint", stan=stan)["status"] == "refused"


@pytest.mark.parametrize("components", [["zz"], [5], "11", ["11", "2222"], []])
def test_components_that_are_no_key(components: Any) -> None:
    bench = Bench()
    assert bench.do("load_master_key", components=components, kcv="0000")["status"] == "refused"


def test_a_wrong_kcv_leaves_the_old_key() -> None:
    bench = Bench()
    before = bench.records.copy()
    parts = ["00" * 16, "11" * 16]
    assert bench.do("load_master_key", components=parts, kcv="FFFF")["cause"] == "kcv_mismatch"
    assert bench.records == before


@pytest.mark.parametrize("name", ["countertop", "tethered"])
def test_the_device_profiles_load(name: str) -> None:
    profile = profile_from(read_toml(fixtures_dir() / "devices" / f"{name}.toml"), name)
    assert profile.name == name
    assert profile.host_link == ("register" if name == "tethered" else "tcp")


def test_unknown_keys_of_fixture_data_are_named() -> None:
    with pytest.raises(ScenarioError, match="colour"):
        profile_from({"colour": "red"}, "x.toml")
    with pytest.raises(ScenarioError, match="colour"):
        card_from("debit", {"pan": "1", "colour": "red"}, "x.toml")


def test_the_test_cards_are_well_formed() -> None:
    """ISO/IEC 7812: the last digit is a Luhn check digit; track 2 begins with PAN, separator, expiry."""
    for path in sorted((fixtures_dir() / "cards").glob("*.toml")):
        rows = {name: row for name, row in read_toml(path).items() if isinstance(row, dict)}
        assert rows
        for name, row in rows.items():
            card = card_from(name, row, path.name)
            if card.how == "scan":  # a payment code: 19 digits, no check digit, no stripe
                assert len(card.pan) == 19 and not card.track2, name
                continue
            digits = [int(d) for d in reversed(card.pan)]
            total = sum(d if at % 2 == 0 else sum(divmod(2 * d, 10)) for at, d in enumerate(digits))
            assert total % 10 == 0, name
            assert card.track2.startswith(f"{card.pan}D{card.expiry}"), name
            assert len(card.track2) <= 37, name
