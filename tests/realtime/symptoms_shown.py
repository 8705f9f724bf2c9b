"""Every symptom of the diagnosis is shown by a recording of some case, or by a test that is named here.

Not collected by the README's pytest, for it plays every case of every row:
`.venv/bin/pytest tests/realtime/symptoms_shown.py`.
"""

from __future__ import annotations

import pytest

from harness.diagnosis.symptoms import SYMPTOMS
from tests.harness.recordings import CASES, looks

NOT_IN_A_CASE = {
    "original_missing": "the table of orders (C1)",
    "without_identity": "the table of orders (C1)",
    "unknown_97": "the table of orders (C1)",
    "unbind_refused": "the table of orders (C1)",
    "keys_without_tmk": "the table of orders (C1)",
    "upload_without_settlement": "the table of orders (C1)",
    "needless_reversal": "the table of orders (C1)",
    "cleaning_helps": "a terminal that was cleaned, which is the remedy of D12",
    "display_failed_later": "a display whose controller is gone, too",
    "keypad_failed_later": "a keypad whose controller is gone, too",
    "activation_in_transit": "somebody activates before the parcel was delivered",
    "account_not_listed": "an account is chosen for which nobody applied",
    "account_no_record": "an account is chosen for which nobody applied",
}
"""Symptoms that tests of their own show, and where they come from."""


@pytest.mark.timeout(180)  # plays every case of every row, unless another test of this process has
def test_every_symptom_is_shown_by_a_recording() -> None:
    shown = {item.symptom for one in CASES for look in looks(*one) for item in look.last.observations}
    shown |= {item.symptom for one in CASES for look in looks(*one) for item in look.found.observations}
    assert {symptom.id for symptom in SYMPTOMS} - shown == set(NOT_IN_A_CASE)
