"""`posrig host` on PostgreSQL as a process: sign-in and sales over kill -9 of the host and the death of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.thirdparty.conftest import MID, TMK, HostProcess
from tests.thirdparty.terminals import Terminal

from .cluster import Cluster

BROKEN = 3
"""Exit status: the store failed."""
PROVISION = f"""[[merchant]]
mid = "{MID}"
name = "Test"
[[merchant.terminal]]
tid = "52010009"
sn = "SN1"
tmk = "{TMK}"
test_key = true
"""

StartHost = Callable[[], HostProcess]


@pytest.fixture
def start_host(tmp_path: Path, url: str) -> Iterator[StartHost]:
    """Starts `posrig host` on the test's database; none is left at the end."""
    started: list[HostProcess] = []

    def start() -> HostProcess:
        started.append(HostProcess(tmp_path, provision=PROVISION, store=url))
        return started[-1]

    yield start
    for host in started:
        host.process.kill()
        host.process.wait()
        assert host.process.stdout is not None
        host.process.stdout.close()


def terminal(host: HostProcess) -> Terminal:
    return Terminal(host.dial, "52010009", MID, bytes.fromhex(TMK))


def test_keys_and_sales_outlive_kill_9_of_the_host(start_host: StartHost) -> None:
    host = start_host()
    pos = terminal(host)
    assert pos.sign_in().code == "00"
    first = pos.sale_fields(1234)
    reply = pos.approved("0200", first)
    host.process.kill()
    host.process.wait()
    again = start_host()
    pos.dial = again.dial
    pos.sale(766)  # under the working keys of before
    repeated = pos.ask("0200", first, mac=True)
    assert (repeated.code, repeated[37]) == ("00", reply[37]), "the first sale was forgotten"
    assert pos.settle(pos.totals((2000, 2), (0, 0))).digits(48)[30] == "1", "the host's totals do not agree"
    assert again.stop() == 0


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_the_server_dies_under_the_host(start_host: StartHost, cluster: Cluster, how: str) -> None:
    host = start_host()
    pos = terminal(host)
    assert pos.sign_in().code == "00"
    pos.sale(1234)
    cluster.restart(how)
    lost = pos.frame("0200", pos.sale_fields(500), mac=True)
    line = host.dial()
    line.send(lost)
    with pytest.raises((AssertionError, ConnectionError)):
        line.receive()  # hung up without an answer: nothing is acknowledged that is not kept
    line.close()
    assert host.process.wait(20) == BROKEN
    said = host.stderr.read_text()
    assert "the store" in said and "failed" in said and "sesame" not in said and "Traceback" not in said
    again = start_host()
    pos.dial = again.dial
    pos.sale(766)
    assert pos.settle(pos.totals((2000, 2), (0, 0))).digits(48)[30] == "1"
    assert again.stop() == 0


def test_a_second_host_on_the_same_store_does_not_start(start_host: StartHost) -> None:
    first = start_host()
    with pytest.raises(RuntimeError, match="in use by another process") as caught:
        start_host()
    assert "sesame" not in str(caught.value)
    assert terminal(first).sign_in().code == "00"
    assert first.stop() == 0


def test_a_host_without_its_server_does_not_start(start_host: StartHost, cluster: Cluster) -> None:
    cluster.stop("fast")
    try:
        with pytest.raises(RuntimeError, match="refused") as caught:
            start_host()
    finally:
        cluster.start()
    assert "Check that the server runs" in str(caught.value) and "sesame" not in str(caught.value)
    assert start_host().stop() == 0
