"""Operators, rights, locks, parts, tamper, and what the terminal does by itself.

Expected: the catalogue's rows C2, C3, C4, C5 and B3, and the factory settings that vendors document.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machine import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Effect, Record, Wake
from harness.terminal.flows import FLOWS
from harness.terminal.hardware.parts import PARTS
from harness.terminal.people import AUDIT_MAX, FOLD, People
from harness.terminal.rights import RIGHTS
from harness.terminal.settings import Profile
from harness.terminal.texts import CAUSES, OPERATIONS
from protocols.mispos.results import LOCAL_BY_CAUSE

from .scripted import Bench, Host, box_settings, ready_settings

CASHIER, SUPERVISOR = ("01", "0000"), ("00", "123456")
MONEY_BACK = ("void", "refund")


def protected(**config: Any) -> Bench:
    """A terminal that sells, whose operators have to sign on; nobody has."""
    bench = Bench()
    bench.get_ready()
    bench.sell()
    assert bench.ask("control", "settings", protected=True, **config).ok
    return bench


def sign_on(bench: Bench, who: tuple[str, str]) -> Any:
    return bench.do("operator_sign_on", operator=who[0], password=who[1])


def audit(bench: Bench, what: str) -> list[Any]:
    return [note.data for note in bench.notes if note.kind == "audit" and note.data["what"] == what]


def later(bench: Bench, us: int) -> None:
    """Time passes; the machine wakes whenever it wants to."""
    end = bench.now + us
    while (due := bench.terminal.deadline) is not None and due <= end:
        bench.now = max(bench.now, due)
        bench.carry(bench.terminal.handle(Wake(), bench.now))
    bench.now = end


def test_tables_name_what_there_is() -> None:
    assert set(RIGHTS) <= set(FLOWS) <= set(OPERATIONS)
    refusals = ("no_operator", "idle_locked", "no_right", "wrong_operator", "wrong_password", "locked_out")
    assert set(refusals) <= set(CAUSES)
    # a register must not be told "wrong order" of what the person at the keypad may not
    assert {"no_operator", "idle_locked", "no_right", "tampered", "card_misread"} <= set(LOCAL_BY_CAUSE)


def test_without_protection_everybody_may_do_everything() -> None:
    bench = Bench()
    bench.get_ready()
    assert bench.sell()["status"] == "done"
    assert bench.do("parameter_menu")["status"] == "done"
    assert bench.do("settle")["status"] == "done"


@pytest.mark.parametrize("op", sorted(RIGHTS))
def test_with_nobody_signed_on_nothing_that_needs_a_right_begins(op: str) -> None:
    bench = protected()
    sent = len(bench.host.seen)
    assert (bench.do(op)["status"], bench.do(op)["cause"]) == ("refused", "no_operator")
    assert len(bench.host.seen) == sent
    assert [(item["op"], item["cause"]) for item in audit(bench, "refused")] == [(op, "no_operator")] * 2


def test_a_cashier_sells_and_a_supervisor_takes_back() -> None:
    bench = protected()
    stan = bench.snapshot["entries"][0]["stan"]
    sign_on(bench, CASHIER)
    assert bench.sell()["status"] == "done"
    assert [bench.do(op, stan=stan)["cause"] for op in MONEY_BACK] == ["no_right"] * 2
    sign_on(bench, SUPERVISOR)
    assert bench.do("void", stan=stan)["status"] == "done"
    assert bench.do("operator_sign_off")["status"] == "done"
    assert bench.do("settle")["cause"] == "no_operator"


def test_three_wrong_ones_lock_until_a_supervisor_comes() -> None:
    bench = protected()
    assert (sign_on(bench, ("07", "0000"))["cause"], sign_on(bench, ("01", "9999"))["tries_left"]) == (
        "wrong_operator",
        1,
    )
    assert sign_on(bench, ("01", "9999"))["cause"] == "locked_out"
    assert sign_on(bench, CASHIER)["cause"] == "locked_out"
    bench.boot()  # switching it off does not help
    assert sign_on(bench, CASHIER)["cause"] == "locked_out"
    assert sign_on(bench, SUPERVISOR)["status"] == "done"
    assert audit(bench, "sign_on")[-1]["unlocked"] is True
    assert sign_on(bench, CASHIER)["status"] == "done"


def test_number_and_password_are_typed_and_only_stars_are_shown() -> None:
    bench = protected()
    bench.ask("person", "press", keys="01 ENTER 0000 ENTER")
    assert bench.do("operator_sign_on")["status"] == "done"
    typed = [note.data["keys"] for note in bench.notes if note.kind == "key"]
    assert typed[-4:] == ["01", "ENTER", "****", "ENTER"]


def test_a_changed_password_counts_and_is_nowhere_in_the_clear() -> None:
    bench = protected()
    sign_on(bench, SUPERVISOR)
    assert bench.do("set_password", operator="01", new="86420")["status"] == "done"
    assert bench.do("set_password", operator="01", new="86")["cause"] == "bad_request"
    bench.boot()
    assert sign_on(bench, CASHIER)["cause"] == "wrong_password"
    assert sign_on(bench, ("01", "86420"))["status"] == "done"
    everything = str(bench.records) + str([note.data for note in bench.notes])
    assert "86420" not in everything


def test_the_keypad_locks_after_its_time_and_not_before() -> None:
    bench = protected(idle_lock_us=10 * MINUTE_US)
    sign_on(bench, CASHIER)
    later(bench, 10 * MINUTE_US - SECOND_US)
    assert bench.do("last")["status"] == "done"
    later(bench, 10 * MINUTE_US - SECOND_US)
    assert audit(bench, "idle_lock") == []
    later(bench, SECOND_US)
    assert [item["at_us"] for item in audit(bench, "idle_lock")] == [bench.now]
    assert bench.do("settle")["cause"] == "idle_locked"
    assert sign_on(bench, CASHIER)["status"] == "done"
    assert bench.do("settle")["status"] == "done"


def test_after_a_power_cut_nobody_is_on_duty() -> None:
    bench = protected()
    sign_on(bench, CASHIER)
    bench.boot()
    assert bench.do("settle")["cause"] == "no_operator"
    assert bench.do("parameter_menu", protected=False)["cause"] == "no_operator"


@given(st.lists(st.sampled_from([CASHIER, SUPERVISOR, ("01", "1"), ("77", "0000")]), max_size=12))
@settings(max_examples=40, deadline=None)
def test_whoever_got_in_knew_a_password(attempts: list[tuple[str, str]]) -> None:
    """A model of three lines: after three wrong ones in a row only the supervisor gets in, and his coming resets."""
    bench, wrong = Bench(), 0
    bench.ask("control", "settings", protected=True)
    for attempt in attempts:
        good = attempt == SUPERVISOR or (attempt == CASHIER and wrong < 3)
        assert (sign_on(bench, attempt)["status"] == "done") == good
        wrong = 0 if good else min(3, wrong + (attempt not in (CASHIER, SUPERVISOR)))
    assert len(bench.terminal.desk.state.people.audit) >= len(attempts)


def test_the_audit_log_is_durable_and_has_an_end() -> None:
    bench = protected()
    bench.do("settle")
    bench.boot()
    assert bench.do("local_status")["local"]["audit"][-1]["cause"] == "no_operator"
    people = People()
    for number in range(AUDIT_MAX + 7):
        FOLD["audit"](people, {"kind": "audit", "item": {"n": number}})
    assert [people.audit[0]["n"], len(people.audit)] == [7, AUDIT_MAX]


def test_parameters_that_are_none_are_refused() -> None:
    bench = Bench()
    for wrong in ({"protected": 1}, {"idle_lock_us": True}, {"idle_lock_us": -1}):
        assert not bench.ask("control", "settings", **wrong).ok
        assert bench.do("parameter_menu", **wrong)["cause"] == "bad_request"
    assert not bench.ask("control", "settings", nothing=0).ok
    assert not bench.ask("person", "operate", op="parameter_menu", nothing=0).ok
    assert bench.records == Bench().records


# the amount, the card


def test_an_amount_that_is_not_confirmed_sends_nothing() -> None:
    bench = Bench()
    bench.get_ready()
    bench.do("parameter_menu", confirm_amount=True)
    sent = len(bench.host.seen)
    bench.ask("person", "press", keys="CANCEL")
    assert bench.do("sale", amount_fen=45000)["cause"] == "amount_not_confirmed"
    assert len(bench.host.seen) == sent
    bench.ask("person", "press", keys="ENTER")
    assert bench.sell(4500)["amount_fen"] == 4500
    assert "金额 45.00 元，确认请按确认键" in bench.shown()


def test_a_card_that_is_held_wrongly_three_times_ends_the_sale() -> None:
    bench = Bench()
    bench.get_ready()
    for misread in (True, True, False):
        bench.ask("person", "present", card="debit", how="swipe", misread=misread)
    bench.ask("person", "press", keys="123456")
    assert bench.do("sale", amount_fen=100)["status"] == "done"
    for _ in range(3):
        bench.ask("person", "present", card="debit", how="swipe", misread=True)
    sent = len(bench.host.seen)
    assert bench.do("sale", amount_fen=100)["cause"] == "card_misread"
    assert len(bench.host.seen) == sent
    held = [note.data for note in bench.notes if note.kind == "card" and note.data["what"] == "misread"]
    assert len(held) == 5 and {item["pan"] for item in held} == {""}


# parts, tamper


@pytest.mark.parametrize("part", [name for name, part in PARTS.items() if part.tested and name in Profile().parts])
def test_a_broken_part_is_named_before_anything_is_sent(part: str) -> None:
    """B3: the first self-test of this serial number names the part; it does not get to a connection."""
    bench = Bench(box_settings())
    assert bench.ask("control", "cause", behaviour="part_failed", part=part).ok
    outcome = bench.do("self_test")
    assert (outcome["status"], outcome["cause"], outcome["parts"]) == ("refused", "self_test_failed", [part])
    assert PARTS[part].text.zh in outcome["text"]["zh"]
    tests = [note.data for note in bench.notes if note.kind == "self_test"]
    assert [item["part"] for item in tests if not item["ok"]] == [part]
    assert {item["first"] for item in tests} == {True} and {item["serial"] for item in tests} == {bench.settings.serial}
    assert bench.do("connect")["cause"] == "not_self_tested" and bench.host.seen == []
    bench.boot()  # switching it off repairs nothing
    assert bench.do("self_test")["parts"] == [part]
    assert [note.data["first"] for note in bench.notes if note.kind == "self_test"][-1] is False
    bench.ask("control", "heal", behaviour="part_failed")
    assert bench.do("self_test")["status"] == "done"


def test_no_such_part() -> None:
    bench = Bench()
    assert not bench.ask("control", "cause", behaviour="part_failed", part="antenna").ok
    assert not bench.ask("control", "cause", behaviour="part_failed").ok


def test_tamper_takes_the_keys_and_leaves_the_batch() -> None:
    bench = Bench()
    bench.get_ready()
    bench.sell(2700)
    before = bench.do("local_status")["local"]
    bench.now += HOUR_US
    bench.ask("control", "cause", behaviour="tamper")
    kinds = [record["kind"] for record in bench.records]
    assert kinds.index("tamper") > 0 and bench.terminal.desk.state.tmk == ""
    assert bench.shown()[-1] == CAUSES["tampered"].zh
    status = bench.do("local_status")["local"]
    assert status["tamper"] == {"at_us": HOUR_US, "cause": "tamper_switch"}
    assert (status["parts"], status["version"], status["batch"]) == (
        before["parts"],
        before["version"],
        before["batch"],
    )
    assert [bench.do(op)["status"] for op in ("sale", "sign_in", "settle")] == ["refused"] * 3
    assert (bench.do("last")["amount_fen"], bench.do("reprint")["status"]) == (2700, "done")
    assert bench.do("self_test")["parts"] == ["tamper"]
    assert bench.snapshot["entries"][0]["amount_fen"] == 2700


def test_repair_leads_from_the_box_to_the_old_batch() -> None:
    """C3: repair, re-injection of keys, full re-activation."""
    bench = Bench()
    bench.get_ready()
    bench.sell(2700)
    bench.ask("control", "cause", behaviour="tamper")
    bench.ask("control", "service")
    assert bench.terminal.status()["life_cycle"] == "unboxed"
    assert bench.do("activate")["cause"] == "not_connected"
    for op in ("self_test", "connect", "activate"):
        assert bench.do(op)["status"] == "done", op
    assert bench.do("sign_in")["cause"] == "no_tmk"
    kcv = "D2B91CC5"  # 3DES of zeros under 1111..2222.., computed with openssl
    components = ["11111111111111112222222222222222"]
    assert bench.ask("control", "inject_tmk", components=components, kcv=kcv).value["status"] == "done"
    bench.do("sign_in")
    assert bench.do("settle")["amount_fen"] == 2700
    assert bench.do("local_status")["local"]["tamper"] is not None


# by itself


def test_an_open_batch_is_settled_at_the_limit_and_not_before() -> None:
    bench = Bench()
    bench.get_ready()
    bench.ask("control", "settings", auto_settle_us=DAY_US, protected=True)
    bench.ask("control", "settings", protected=False)
    bench.sell()
    later(bench, DAY_US - SECOND_US)
    assert "0500" not in bench.sent
    later(bench, SECOND_US)
    assert bench.sent.count("0500") == 1 and bench.snapshot["settled"]
    begun = [note.data for note in bench.notes if note.kind == "operation" and note.data["op"] == "settle"]
    assert begun[0]["by"] == "terminal"
    later(bench, 30 * DAY_US)
    assert bench.sent.count("0500") == 1


def test_it_asks_no_operator_and_tries_again_every_hour() -> None:
    bench = protected(auto_settle_us=DAY_US)
    bench.reachable = False
    later(bench, DAY_US + 3 * HOUR_US)
    assert len(audit(bench, "by_itself")) == 4
    bench.reachable = True
    later(bench, HOUR_US)
    assert bench.sent.count("0500") == 1


def test_the_limit_outlives_a_power_cut() -> None:
    bench = Bench()
    bench.get_ready()
    bench.do("parameter_menu", auto_sign_off_us=DAY_US)
    later(bench, DAY_US - HOUR_US)
    bench.boot()
    later(bench, HOUR_US)
    assert audit(bench, "by_itself")[0]["op"] == "sign_off"
    assert bench.terminal.status()["life_cycle"] == "signed_off"


def test_nothing_is_settled_by_itself_while_nothing_is_there() -> None:
    bench = Bench(ready_settings(), Host())
    bench.get_ready()
    bench.do("parameter_menu", auto_settle_us=DAY_US)
    later(bench, 9 * DAY_US)
    assert "0500" not in bench.sent


def test_each_account_is_settled_by_itself_at_its_own_limit() -> None:
    """A merchant with two accounts: the second one was signed in twelve hours later."""
    bench = Bench(ready_settings(profile=replace(Profile(), multi_merchant_version="1.0")))
    bench.get_ready()
    listed = [{"mid": "123456789012346", "tid": "20202021", "merchant_name": "二"}]
    bench.carry(_saved(bench, {"kind": "accounts", "listed": listed}))
    bench.do("parameter_menu", auto_settle_us=DAY_US)
    for account, wait_us in ((1, 12 * HOUR_US), (2, 0)):
        assert bench.do("sign_in", account=account)["status"] == "done"
        bench.ask("person", "present", card="debit", how="swipe", pin="123456")
        assert bench.do("sale", amount_fen=100, account=account)["status"] == "done"
        later(bench, wait_us)
    later(bench, 12 * HOUR_US - SECOND_US)
    assert bench.sent.count("0500") == 0
    later(bench, SECOND_US)
    assert [m.text(41) for m in bench.host.seen if m.mti == "0500"] == ["20202020"]
    later(bench, 12 * HOUR_US)
    assert [m.text(41) for m in bench.host.seen if m.mti == "0500"] == ["20202020", "20202021"]


def _saved(bench: Bench, record: Record) -> list[Effect]:
    desk = bench.terminal.desk
    desk.save(record)
    effects, desk.effects = desk.effects, []
    return effects
