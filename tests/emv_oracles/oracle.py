"""Answers questions about pyemv and psec, one JSON line each, in an environment that has both.

Question: {"call": "pyemv.kd.derive_icc_mk_a", "new": [...] or null, "method": name or null, "words": {...}}; octets are
{"hex": "..."}.  `call` is a function, or with `new` a class that is made first and whose `method` is called.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from typing import Any

warnings.simplefilter("ignore")


def value(given: Any) -> Any:
    """What a question means."""
    return bytes.fromhex(given["hex"]) if isinstance(given, dict) else given


def answer(question: dict[str, Any]) -> Any:
    """What the library says; octets as hex."""
    module, name = question["call"].rsplit(".", 1)
    target = getattr(importlib.import_module(module), name)
    if question["new"] is not None:
        target = getattr(target(*map(value, question["new"])), question["method"])
    found = target(**{word: value(given) for word, given in question["words"].items()})
    return {"hex": found.hex()} if isinstance(found, bytes) else found


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)  # noqa: T201  its lines are its face
