"""A host of our own for the test sale (`--local-host`): posrig's acquirer in this process, behind a real TCP port, so
that money which is no money moves at a real terminal.

It approves every card: whoever issued the test card has given it no keys.  Its books are durable and belong to the
provisioning file: a visit that was interrupted between sale and void finds the sale again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.bench.background import LoopThread
from harness.bench.closing import Closing
from harness.bench.host_process import provisioned, read_text, real_host_settings
from harness.bench.process import Interfaces
from harness.bench.shell import RealShell
from harness.bench.world import provision_tables
from harness.machine import Answer, Json
from harness.stores.journal import Journal
from protocols.errors import LocalError
from protocols.text import Text

START_S, ASK_S, CLOSE_S = 30.0, 10.0, 5.0
DIGEST_CHARS = 16
"""Of the provisioning file's SHA-256, for the folder of its books."""
REFUSED = Text("本地测试主机拒绝了 {name}：{why}", "the local test host refused {name}: {why}")
REFUSED_CURE = Text("核对 --local-host 的文件", "Compare the file of --local-host")


@dataclass(frozen=True, slots=True)
class Booked:
    """One posting of the books: a sale, or what took it back.  `net_fen`: what it still moves."""

    kind: str
    stan: str
    amount_fen: int
    net_fen: int
    taken_back: bool


class LocalHost(Closing):
    """`provision`: a file as `posrig host --provision` takes it.  `listen`: ADDR:PORT, port 0 for any.  `folder`: where
    its books are kept.

    Raises ScenarioError for a bad file, LinkError when the port is taken, StoreError when the books cannot be kept.
    """

    def __init__(self, provision: Path, listen: str, folder: Path) -> None:
        import hashlib

        # A host whose ciphers do not load would serve and never answer: an ImportError now says what is missing.
        import cryptography.hazmat.primitives.ciphers  # noqa: F401 - whether it loads is all that is asked

        from harness.acquirer.provision import parse_provision

        text = read_text(provision)
        self._terminals = {(t.mid, t.tid): t.sn for t in parse_provision(text, str(provision)).terminals}
        digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
        self._store = Journal(folder / digest)
        self._thread = LoopThread("posrig-local-host")
        self._shell: RealShell | None = None
        self.address: str = ""
        """Where terminals reach it."""
        try:
            self._thread.wait_for(self._open(listen, provision_tables(text)), START_S)
        except BaseException:
            self.close()
            raise

    def ask(self, who: str, name: str, /, **args: Json) -> Mapping[str, Any]:
        """Ask the host's portal or control.  Raises LocalError for what it refuses."""

        async def work() -> Answer:
            assert self._shell is not None
            return await self._shell.ask(who, name, args)

        answer = self._thread.wait_for(work(), ASK_S)
        if not answer.ok:
            said = answer.value.get("error") or {}
            why = Text(str(said.get("zh") or "-"), str(said.get("en") or "-"))
            zh, en = (half.format(name=name, why=word) for half, word in ((REFUSED.zh, why.zh), (REFUSED.en, why.en)))
            raise LocalError(Text(zh, en), REFUSED_CURE)
        return answer.value

    def sign_ins(self) -> Mapping[tuple[str, str], int]:
        """When each terminal of the file last signed in here, by (MID, TID); those that did."""
        told = {one: self.ask("portal", "status", sn=sn).get("signed_in_us") for one, sn in self._terminals.items()}
        return {one: int(at_us) for one, at_us in told.items() if at_us is not None}

    def booked(self, tid: str, mid: str) -> list[Booked]:
        """The postings of a terminal, the oldest first."""
        rows = self.ask("control", "snapshot")["postings"]
        return [
            Booked(row["kind"], row["stan"], row["amount_fen"], row["net_fen"], bool(row["reversed"] or row["voided"]))
            for row in rows
            if (row["tid"], row["mid"]) == (tid, mid)
        ]

    def verdicts(self) -> list[Any]:
        """What the judges of money say of these books alone (`harness.judges.Verdict`)."""
        from harness.judges.money import judge_money
        from harness.trace import Trace

        trace = Trace()
        trace.append("host", "snapshot", dict(self.ask("control", "snapshot")), ("host",), 0)
        return [verdict for verdict in judge_money(trace.events) if verdict.judge in ("I3", "C1")]

    def batches(self, tid: str) -> list[Mapping[str, Any]]:
        """The settled batches of a terminal, with the host's totals."""
        rows: Sequence[Mapping[str, Any]] = self.ask("control", "snapshot")["batches"]
        return [row for row in rows if row["tid"] == tid and row["settled"]]

    def close(self) -> None:
        """Stop serving.  May be called twice."""
        if self._thread.closed:
            return
        shell, self._shell = self._shell, None
        try:
            if shell is not None:
                self._thread.wait_for(shell.close(), CLOSE_S)
            self._thread.wait_for(asyncio.sleep(0))
        finally:
            self._thread.close()
            self._store.close()

    async def _open(self, listen: str, tables: dict[str, object]) -> None:
        from harness.acquirer.host import Host

        served = Interfaces()
        settings = real_host_settings("cup", None, served)
        shell = RealShell(Host(settings), self._store, served.clock(), name="host")
        self._shell = shell
        shell.start()
        await provisioned(shell, tables)
        self.address = await shell.listen(listen)
