"""A terminal and a host of the run's own, in processes of their own: what is driven when no port is named.

The terminal stands at the end of a pty that is found by its serial number, as a device is; its plug can be pulled and
its power cut between two operations.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from protocols.errors import LinkError
from protocols.text import Text

from ..bench.addresses import Directory
from ..bench.base import BenchBroken
from ..bench.children import Child
from ..bench.control import token_from
from ..bench.fleet import RegisterSpec, TerminalSpec, provision_rows
from ..bench.nursery import Nursery
from ..bench.register import Cable
from ..bench.terminal_process import MAKE_READY
from ..bench.world import World
from ..clock import monotonic_ns
from ..judges.money import judge_money
from ..judges.verdict import VOIDS, Verdict
from ..links.ports import LINK_NAME
from ..machine import Json
from ..trace import Trace

TERMINAL, HOST = "terminal", "host"
PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Stand:
    """`folder` keeps what is durable, so that a run that goes on meets the same terminal and the same books."""

    def __init__(
        self, folder: Path, spoken: RegisterSpec, seed: int, card: str, *, chip: bool = False, passed_us: int = 0
    ) -> None:
        """`card`: the test card that somebody presents whenever the terminal asks; `chip`: its chip is read, and the
        host checks what it says.  `passed_us`: what earlier parts of the run took, so that no clock goes back."""
        self._folder = folder
        self._spoken = spoken
        self._origin_ns = monotonic_ns() - passed_us * 1_000
        spec = TerminalSpec(TERMINAL, live=True, settings={"attendant": card})
        self._world = World(terminals=(spec,), register=spoken, card="chip" if chip else "")
        self._spec = self._world.terminal_specs(seed)[TERMINAL]
        self._seed = seed
        self._nursery = Nursery.shared()
        self._scratch = Path(tempfile.mkdtemp(prefix="posrig-"))
        """What the helper of processes takes away with itself."""
        self._host = Child(HOST, self._scratch, self._nursery, traced=False)
        self._terminal = Child(TERMINAL, self._scratch, self._nursery, traced=False)

    def __enter__(self) -> Stand:
        self._folder.mkdir(parents=True, exist_ok=True)
        token_from(self._scratch / "token")
        try:
            self._start_host()
            self._ask(self._host, "control", "provision", merchant=provision_rows({TERMINAL: self._spec}, HOST))
            self._start_terminal()
            self._make_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Both processes end."""
        self._terminal.stop()
        self._host.stop()
        self._nursery.release()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def cable(self) -> Cable:
        """Where the register finds the terminal, under whatever name its port has."""
        return Cable(str(self._scratch / "by-id" / LINK_NAME.format(device=self._spec.serial)), self._spoken)

    # what happens to it

    def unplug(self) -> None:
        """The plug comes out and goes in again: the port is back under another name."""
        self._terminal.call("set_cable", False)
        self._terminal.call("set_cable", True)

    def restart(self) -> None:
        """The terminal's power is cut (kill -9), and it starts from what it had made durable."""
        self._terminal.kill()
        self._start_terminal()

    # what it costs, and what the books say

    def memory_octets(self) -> dict[str, int]:
        """Resident memory of each process; empty where the system does not tell."""
        pids = {TERMINAL: self._terminal.pid, HOST: self._host.pid, "register": os.getpid()}
        found: dict[str, int] = {}
        for name, pid in pids.items():
            try:
                found[name] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_OCTETS
            except (OSError, IndexError, ValueError):
                continue
        return found

    def verdicts(self) -> list[Verdict]:
        """Ledger, batch and receipts against each other, from both parties' snapshots."""
        trace = Trace()
        for child in (self._host, self._terminal):
            told = self._ask(child, "control", "snapshot")
            trace.append(child.name, "snapshot", told, (child.name,), 0)
        return judge_money(trace.events)

    def host_net_fen(self) -> int:
        """What the host's ledger says was sold, less what was taken back."""
        told = self._ask(self._host, "control", "snapshot")
        kept = (p for p in told["postings"] if not p.get("voided") and p["kind"] not in VOIDS)
        return sum(int(posting["net_fen"]) for posting in kept)

    def _start_host(self) -> None:
        store = str(self._folder / "host.db")
        settings = {
            **self._common(HOST),
            "store": store,
            "settings": self._world.host_specs()[HOST].settings,
            "tls": {},
        }
        self._host.start(settings)

    def _start_terminal(self) -> None:
        spec, who = self._spec, self._spec.identity
        assert who is not None
        self._terminal.start(
            {
                **self._common(TERMINAL),
                "directories": {"host": asdict(Directory(HOST, {HOST: self._host.line}))},
                "certificates": {},
                "profile": spec.profile,
                "by_id": str(self._scratch / "by-id"),
                "register": asdict(self._spoken),
                "at": spec.start_at,
                "chip": bool(self._world.card),
                "settings": dict(spec.settings),
                "identity": {**asdict(who), "tmk": who.tmk.hex()},
            }
        )

    def _common(self, name: str) -> dict[str, Any]:
        folder = str(self._folder / name)
        return {"seed": self._seed, "origin_ns": self._origin_ns, "store": folder, "dialect": self._spec.dialect}

    def _make_ready(self) -> None:
        """Signed in, with its downloads done, by the hands at its keypad."""
        status = self._ask(self._terminal, "control", "status")
        for op in MAKE_READY:
            if op.removeprefix("download_") in status.get("downloaded", ()):
                continue
            outcome = self._ask(self._terminal, "person", "operate", op=op)
            if outcome["status"] != "done":
                said = outcome["text"]
                raise LinkError(
                    Text(f"终端未能就绪：{op} {said['zh']}", f"the terminal did not become ready: {op}: {said['en']}"),
                    Text("换一个空目录重新开始", "Begin again in an empty folder"),
                )

    def _ask(self, child: Child, who: str, name: str, /, **args: Json) -> Mapping[str, Any]:
        ok, value = child.call("ask", who, name, args)
        if not ok:
            raise BenchBroken(
                Text(f"{child.name} 拒绝 {name}", f"{child.name} refused {name}"), str(value.get("error"))
            )
        return dict(value)
