"""tshark, and a healthy home for it."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture(scope="session", autouse=True)
def tshark() -> None:
    """What is missing is a failure and no skip: who calls these tests means them."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is not installed: run tests/wireshark/install")
