"""Where a terminal stands on its way to the first payment: what each witness proves, and which reason counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.acquirer.hold_kinds import HOLD_KINDS
from harness.bench_check.faults import FAULTS
from harness.bench_check.faults.answers import BY_ACTIVATION_CODE, BY_CAUSE, BY_CODE, BY_STATE, host_fault
from harness.bench_check.faults.holds import BY_HOLD
from harness.bench_check.ladder import (
    ORDER,
    Ladder,
    climb_by_outcome,
    climb_by_person,
    climb_by_status,
    minutes_text,
    values_for,
)
from harness.bench_check.local_host import LocalHost
from harness.bench_check.provider import climb_by_portal, climb_by_progress
from harness.diagnosis.causes import CAUSES
from harness.terminal.lifecycle import STATES
from protocols.mispos.results import LOCAL_RESULTS
from protocols.unionpay.activation import State
from protocols.unionpay.responses import RESPONSES, is_approval

MID, TID, SN = "898520154110004", "52010009", "SN00000001"
SHOP = f"""
[[merchant]]
mid = "{MID}"
name = "Test merchant"

[[merchant.terminal]]
tid = "{TID}"
sn = "{SN}"
model = "CT-100"
tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
test_key = true
"""
ITEMS = ["licence", "identity", "account"]


def outcome(status: str, cause: str | None = None, code: str | None = None, op: str = "sign_in") -> dict[str, Any]:
    return {"op": op, "status": status, "cause": cause, "code": code, "text": {"zh": "话", "en": "words"}}


def climbed(told: Mapping[str, Any]) -> Ladder:
    ladder = Ladder()
    climb_by_outcome(ladder, told)
    return ladder


# tables


@pytest.mark.parametrize("table", [BY_HOLD, BY_STATE, BY_CAUSE, BY_CODE, BY_ACTIVATION_CODE])
def test_every_reason_leads_to_a_fault_of_the_table(table: Mapping[str, str]) -> None:
    assert set(table.values()) <= set(FAULTS)


def test_every_hold_and_every_state_that_a_provider_has_is_told() -> None:
    assert set(BY_HOLD) == set(HOLD_KINDS)
    assert set(BY_STATE) == {str(state) for state in State} - {"activated"}


def test_every_refusal_of_a_host_is_told_and_no_approval_is() -> None:
    assert all(not is_approval(code) for code in BY_CODE if code in RESPONSES)
    for code in RESPONSES:
        fault = host_fault(outcome("declined", f"f39_{code}", code)) if not is_approval(code) else "-"
        assert fault == "-" or fault in FAULTS


def test_rows_behind_a_hold_are_the_catalogue_s() -> None:
    """By the catalogue: 欠款 H6, 风险核查 H8, 投诉 G5, 型号暂停 G6, 未认证 H1, 商户申请暂停 H7, 牌照 H12 ..."""
    rows = {"fees_owed": "H6", "risk_check": "H8", "complaints": "G5", "model_suspended": "G6", "not_certified": "H1"}
    rows |= {"paused": "H7", "licence": "H12", "end_of_service": "G7", "incomplete": "A3", "false_documents": "A4"}
    rows |= {"risk_fraud": "H3", "risk_amount": "H4", "risk_frequency": "H5", "maintenance": "G1", "vulnerable": "E3"}
    assert {kind: FAULTS[BY_HOLD[kind]].rows[0] for kind in rows} == rows
    known = {cause.row for cause in CAUSES}
    assert {row for fault in FAULTS.values() for row in fault.rows} <= known


# what the terminal tells


@pytest.mark.parametrize(
    ("cause", "step", "fault"),
    [
        ("not_activated", "activated", "not_activated"),
        ("no_tmk", "master_key", "key_missing"),
        ("not_signed_in", "master_key", "key_missing"),
        ("bad_keys", "master_key", "key_wrong"),
        ("no_parameters", "parameters", "no_parameters"),
        ("no_aids", "aids", "no_aids"),
        ("no_public_keys", "public_keys", "no_public_keys"),
        ("suspended", "signed_in", "suspended"),
        ("tampered", "master_key", "tampered"),
        ("update_required", "signed_in", "old_software"),
    ],
)
def test_the_first_missing_step_is_the_one_that_the_terminal_asks_for(cause: str, step: str, fault: str) -> None:
    ladder = climbed(outcome("refused", cause))
    assert ladder.first_missing == step
    assert ladder.obstacle is not None and ladder.obstacle.fault == fault


@pytest.mark.parametrize(
    ("code", "fault", "done"),
    [
        ("97", "not_registered", "connected"),
        ("C1", "withdrawn", "connected"),
        ("03", "merchant_refused", "master_key"),
        ("58", "terminal_refused", "master_key"),
        ("77", "sign_in_failed", "master_key"),
        ("A0", "keys_out_of_step", "master_key"),
        ("96", "host_busy", "master_key"),
    ],
)
def test_a_host_that_refuses_was_reached(code: str, fault: str, done: str) -> None:
    ladder = climbed(outcome("declined", f"f39_{code}", code))
    assert ladder.obstacle is not None and ladder.obstacle.fault == fault
    assert ladder.steps[done] == "done" and ladder.steps["signed_in"] != "done"


def test_a_refusal_before_anything_else_proves_no_step() -> None:
    assert "done" not in climbed(outcome("refused", "not_activated")).steps.values()
    assert "done" not in climbed(outcome("refused", "tampered")).steps.values()


@settings(max_examples=50)
@given(
    st.sampled_from(sorted(LOCAL_RESULTS)) | st.none(),
    st.sampled_from(sorted(RESPONSES)) | st.text(max_size=3),
    st.sampled_from(("done", "refused", "declined", "no_answer", "unknown", "cancelled")),
    st.sampled_from(("sign_in", "activate")),
)
def test_whatever_a_terminal_answers_the_ladder_is_told(local: str | None, code: str, status: str, op: str) -> None:
    result = LOCAL_RESULTS[local] if local is not None else None
    told = outcome(result.status, result.cause, None, op) if result else outcome(status, f"f39_{code}", code, op)
    ladder = climbed(told)
    if told["status"] == "done":
        assert ladder.first_missing is None and ladder.steps["activated"] == "done"
        return
    assert ladder.first_missing is not None and ladder.obstacle is not None
    before = ORDER[: ORDER.index(ladder.first_missing)]
    assert "missing" not in [ladder.steps[step] for step in before]
    for lang in ("zh", "en"):
        fault = FAULTS[ladder.obstacle.fault]
        values = values_for(fault.id, ladder.obstacle.values, lang)
        assert fault.cause.in_(lang).format(**values) and fault.action.in_(lang).format(**values)


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_life_cycle_has_its_place(state: str) -> None:
    ladder = Ladder()
    climb_by_status(ladder, {"life_cycle": state, "downloaded": ["parameters", "aids", "public_keys"]})
    usual = ("signed_in", "ready", "must_settle", "settling", "batching")
    assert (ladder.first_missing is None) is (state in usual)


def test_what_was_not_downloaded_is_named_in_its_order() -> None:
    ladder = Ladder()
    climb_by_status(ladder, {"life_cycle": "signed_in", "downloaded": ["parameters"]})
    assert ladder.first_missing == "aids" and ladder.steps["parameters"] == "done"
    assert ladder.obstacle is not None and ladder.obstacle.fault == "no_aids"


def test_a_person_s_answer_is_a_step() -> None:
    found = {}
    for answer in ("ready", "activate", "master_key", "sign_in", "parameters", "suspended", "update", "other"):
        ladder = Ladder()
        climb_by_person(ladder, answer)
        found[answer] = ladder.first_missing
    assert found == {
        "ready": None, "activate": "activated", "master_key": "master_key", "sign_in": "signed_in",
        "parameters": "parameters", "suspended": "released", "update": "software", "other": None,
    }  # fmt: skip


# what the provider tells


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LocalHost]:
    shop = tmp_path / "shop.toml"
    shop.write_text(SHOP, encoding="utf-8")
    with LocalHost(shop, "127.0.0.1:0", tmp_path / "books") as one:
        yield one


def by_portal(told: Mapping[str, Any], first: Mapping[str, Any] | None = None) -> Ladder:
    ladder = climbed(first) if first is not None else Ladder()
    climb_by_portal(ladder, told)
    return ladder


def test_a_terminal_in_order_is_released(host: LocalHost) -> None:
    ladder = by_portal(host.ask("portal", "status", sn=SN), outcome("done"))
    assert ladder.obstacle is None and ladder.steps["released"] == ladder.steps["software"] == "done"


@pytest.mark.parametrize("kind", ["suspended", "fees_owed", "risk_check", "paused", "model_suspended"])
def test_a_hold_is_named_with_its_case(host: LocalHost, kind: str) -> None:
    subject = "model:CT-100" if kind == "model_suspended" else f"merchant:{MID}"
    facts = {name: 9900 if name.endswith("fen") else "x" for name in HOLD_KINDS[kind].facts}
    case = host.ask("control", "hold", kind=kind, subject=subject, facts=facts)["case"]
    ladder = by_portal(host.ask("portal", "status", sn=SN), outcome("done"))
    assert ladder.first_missing == "released" and ladder.obstacle is not None
    assert ladder.obstacle.fault == BY_HOLD[kind]
    values = values_for(ladder.obstacle.fault, ladder.obstacle.values, "en")
    assert values.get("case", case) == case and values.get("sum", "99.00") == "99.00"


def applied(host: LocalHost, **more: Any) -> str:
    merchant = {"name": "Noodle house", "licence": "TEST-LICENCE-0001"}
    args = {"merchant": merchant, "model": "CT-100", "items": ITEMS, **more}
    return str(host.ask("portal", "apply", **args)["application"])


def by_progress(host: LocalHost, application: str) -> Ladder:
    ladder = climbed(outcome("refused", "not_activated"))
    climb_by_progress(ladder, host.ask("portal", "progress", application=application))
    return ladder


def test_an_application_under_review_is_waited_for(host: LocalHost) -> None:
    ladder = by_progress(host, applied(host))
    assert ladder.obstacle is not None and ladder.obstacle.fault == "review_pending"
    values = values_for("review_pending", ladder.obstacle.values, "en")
    assert values["age"] == "0 minutes" and "within" in values["promised"]
    fault = FAULTS["review_pending"]
    assert (fault.actor, fault.retry, fault.rows) == ("acquirer", False, ("A1",))


def test_missing_documents_are_named(host: LocalHost) -> None:
    application = applied(host)
    host.ask("control", "review", application=application, decision="incomplete", items=["identity"])
    ladder = by_progress(host, application)
    assert ladder.obstacle is not None and ladder.obstacle.fault == "documents_missing"
    assert values_for("documents_missing", ladder.obstacle.values, "en")["items"] == "identity"


def test_a_rejection_is_told_with_its_reason(host: LocalHost) -> None:
    application = applied(host)
    host.ask("control", "review", application=application, decision="reject", reason="no such shop")
    ladder = by_progress(host, application)
    assert ladder.obstacle is not None and ladder.obstacle.fault == "review_rejected"
    assert values_for("review_rejected", ladder.obstacle.values, "zh") == {"reason": "no such shop"}


def test_a_terminal_that_nobody_has_on_record_was_never_applied_for() -> None:
    ladder = by_portal({"cause": "sn_unknown"}, outcome("refused", "not_activated"))
    assert ladder.obstacle is not None and ladder.obstacle.fault == "no_application"
    assert FAULTS["no_application"].rows == ("A7",)
    assert by_portal({"cause": "sn_unknown"}, outcome("done")).obstacle is None  # the portal of somebody else


def test_the_provider_s_reason_counts_more_than_the_terminal_s_step() -> None:
    hold = {"kind": "fees_owed", "case": "C000001", "sum_fen": 100}
    ladder = by_portal({"terminals": [{"holds": [hold]}]}, outcome("declined", "f39_03", "03"))
    assert ladder.obstacle is not None and ladder.obstacle.fault == "fees_owed"
    ladder = by_portal({"terminals": [{"holds": [hold]}]}, outcome("refused", "tampered"))
    assert ladder.obstacle is not None and ladder.obstacle.fault == "tampered"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("state", "queue", "shipping", "holds", "items", "draft", "terminals", "update", "parcel", "status", "disputed")


@settings(max_examples=15)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_a_portal_that_answers_rubbish_breaks_nothing(told: dict[str, Any]) -> None:
    for climb in (climb_by_portal, climb_by_progress):
        climb(Ladder(), told)


def test_an_age_is_told_in_the_unit_that_people_use() -> None:
    assert [minutes_text(n).en for n in (0, 119, 120, 2879, 2880)] == [
        "0 minutes", "119 minutes", "2 hours", "47 hours", "2 days",
    ]  # fmt: skip
