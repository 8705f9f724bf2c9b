"""The process bodies as an emulated bench starts them: those of `posrig host` and `posrig terminal`, with settings
that only a bench has (the epoch and the seed)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.links.tls import Certificates
from harness.terminal.settings import Identity

from .addresses import Directory
from .card_way import CardWay
from .conversation import Limits
from .process import Interfaces

IDLE_S = 3600.0
"""The bench is the only client, and while somebody looks at a failure nothing moves."""


def run(kind: str, given: Mapping[str, Any]) -> int:
    """Run the body "host" or "terminal"; returns its exit status.  `given` is what `harness.bench.emulated` puts
    together."""
    interfaces = Interfaces(
        control="127.0.0.1:0",
        token_file=Path(given["token_file"]),
        trace=Path(given["trace"]) if given["trace"] else None,
        origin_ns=given["origin_ns"],
        limits=Limits(idle_s=IDLE_S),
        party=given["party"],
    )
    if kind == "host":
        from .host_process import run_host

        more = given["settings"]
        store, dialect, seed = given["store"], given["dialect"], given["seed"]
        return run_host("127.0.0.1:0", None, store, dialect, seed, interfaces, more, given["tls"])
    from .fleet import RegisterSpec
    from .terminal_process import run_terminal
    from .terminal_start import Start

    identity = given["identity"]
    start = Start(
        profile=given["profile"],
        at=given["at"],
        state=Path(given["store"]),
        dialect=given["dialect"],
        seed=given["seed"],
        settings=given["settings"],
        chip=given.get("chip", False),
        card_way=CardWay(**given["card"]) if given.get("card") else None,
        identity=_identity(identity) if identity else None,
        certificates=_certificates(given["certificates"]),
        by_id=Path(given["by_id"]),
        register=RegisterSpec(**{**given["register"], "quirks": tuple(given["register"]["quirks"])}),
        directories={link: Directory(**directory) for link, directory in given["directories"].items()},
    )
    return run_terminal(start, interfaces)


def _certificates(given: Mapping[str, Any]) -> Certificates:
    trusted = {name: Path(file) for name, file in given.get("trusted", {}).items()}
    return Certificates(trusted, {name: (Path(one), Path(key)) for name, (one, key) in given.get("own", {}).items()})


def _identity(given: Mapping[str, Any]) -> Identity:
    return Identity(given["tid"], given["mid"], bytes.fromhex(given["tmk"]), given["merchant_name"])
