"""The public programs as a process of their own environment that is asked line by line."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
ORACLES = Path(os.environ.get("POSRIG_EMV_ORACLES") or CACHE / "posrig" / "emv-oracles")

Ask = Callable[..., Any]
"""ask("pyemv.kd.derive_icc_mk_a", iss_mk=..., pan=...) or ask("pyemv.cvn.VisaCVN10.generate_ac", new=[...], ...)."""


def _plain(value: Any) -> Any:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


@pytest.fixture(scope="session")
def ask() -> Iterator[Ask]:
    """Asks a public program; octets go in and come out as bytes."""
    python = ORACLES / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is missing: run tests/emv_oracles/install")
    with subprocess.Popen(
        [python, "-I", HERE / "oracle.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        questions, answers = process.stdin, process.stdout

        def asked(call: str, *, new: list[Any] | None = None, **words: Any) -> Any:
            method = None
            if new is not None:
                call, method = call.rsplit(".", 1)
                new = [_plain(one) for one in new]
            plain = {word: _plain(value) for word, value in words.items()}
            questions.write(json.dumps({"call": call, "new": new, "method": method, "words": plain}) + "\n")
            questions.flush()
            line = answers.readline()
            assert line, f"{call} raised; its words are above"
            found = json.loads(line)
            return bytes.fromhex(found["hex"]) if isinstance(found, dict) else found

        yield asked
        questions.close()
