"""Settings that hold for the whole suite."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import settings

# The machines that run this suite are shared: a slow example says nothing about the code.
settings.register_profile("posrig", deadline=None)
settings.load_profile("posrig")

# Need a database server, a port server, tshark, foreign programs: `tools/setup` installs none.  Named on the
# command line they run.
collect_ignore = ["postgresql", "ser2net", "wireshark", "register_clients", "emv_oracles", "pcsc_programs"]

SHARED = "POSRIG_TEST_SHARED"
"""A folder in which the workers of one run leave what all of them need (`tests.harness.recordings`)."""


def pytest_configure(config: pytest.Config) -> None:
    """Whoever starts the workers makes it; they inherit its name."""
    several = config.getoption("numprocesses", None) or config.getoption("tx", None)
    if several and not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="posrig-test-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """And removes it."""
    if not hasattr(config, "workerinput") and SHARED in os.environ:
        shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)
