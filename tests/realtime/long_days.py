"""The power fails before every single effect of the days that are long: settlements, and a hold in between."""

from __future__ import annotations

import pytest

from tests.proofs.crashes import one_cut_anywhere
from tests.proofs.days import LONG


@pytest.mark.parametrize("name", LONG)
def test_one_power_cut_anywhere(name: str) -> None:
    one_cut_anywhere(name)
