"""`python -m harness.bench.child host|terminal`: the process bodies as the emulated bench starts them, settings as
JSON on standard input.

The same bodies as `posrig host` and `posrig terminal`; what only a bench sets (the epoch, the seed) has no place
among their options. The process ends when its standard input does, so that no child outlives a bench that was killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from harness.terminal.settings import Identity

from .conversation import Limits
from .process import Interfaces


def main(kind: str) -> int:
    """Run one process body; returns its exit status."""
    given = json.loads(sys.stdin.readline())
    threading.Thread(target=_follow_parent, name="posrig-parent", daemon=True).start()
    interfaces = Interfaces(
        control="127.0.0.1:0",
        token_file=Path(given["token_file"]),
        trace=Path(given["trace"]),
        origin_ns=given["origin_ns"],
        limits=Limits(idle_s=3600.0),  # the bench is the only client, and its time jumps
    )
    if kind == "host":
        from .host_process import run_host

        return run_host("127.0.0.1:0", None, given["store"], given["dialect"], given["seed"], interfaces)
    from .terminal_process import Start, run_terminal

    identity = given["identity"]
    start = Start(
        profile=given["profile"],
        host=given["host"],
        at=given["at"],
        state=Path(given["store"]),
        dialect=given["dialect"],
        seed=given["seed"],
        settings=given["settings"],
        identity=_identity(identity) if identity else None,
    )
    return run_terminal(start, interfaces)


def _identity(given: dict[str, Any]) -> Identity:
    return Identity(given["tid"], given["mid"], bytes.fromhex(given["tmk"]), given["merchant_name"])


def _follow_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
