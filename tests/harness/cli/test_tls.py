"""`posrig host --tls-cert` and `posrig terminal --tls-ca`: processes that share nothing but files."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.links.authority import Authority

PROVISION = """[[merchant]]
mid = "898520154110004"
name = "Test"

[[merchant.terminal]]
tid = "52010009"
sn = "SN00000001"
tmk = "159D86C7C1F779EA29F77A6858E0DA2A"
test_key = true
"""
YEAR = timedelta(days=365)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """A certificate for "pay.test" that is valid now, its authority, another authority, a terminal's certificate."""
    now = datetime.now(UTC)
    ours, other = Authority("ours"), Authority("other")
    ours.write(tmp_path / "ca.pem")
    other.write(tmp_path / "other.pem")
    ours.issue(tmp_path / "host", "pay.test", now - YEAR, now + YEAR)
    ours.issue(tmp_path / "own", "terminal", now - YEAR, now + YEAR, client=True)
    (tmp_path / "shop.toml").write_text(PROVISION)
    return tmp_path


def posrig(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harness.cli", *map(str, words), "--lang", "en"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=10)
    return process.returncode, said


@pytest.fixture(name="host")
def _host(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of a host by TLS."""
    more = getattr(request, "param", ())
    words = ("host", "--listen", "127.0.0.1:0", "--store", "memory", "--provision", folder / "shop.toml")
    certificate = ("--tls-cert", folder / "host.crt", "--tls-key", folder / "host.key")
    process = posrig(*words, *certificate, *(folder / w if w.endswith(".pem") else w for w in more))
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    assert ended(process)[0] == 0


def terminal(folder: Path, host: str, *more: object) -> tuple[int, str]:
    """A terminal that signs in before it serves: its exit status and what it said; 0 and "" when it is ready."""
    process = posrig(
        "terminal", "--host", host, "--terminal", folder / "shop.toml", "--ready", "--tcp", "127.0.0.1:0", *more
    )
    assert process.stdout is not None
    if process.stdout.readline().startswith("ready on"):
        return ended(process)
    _, said = process.communicate(timeout=10)
    return process.returncode, said


def test_a_terminal_signs_in_by_tls(folder: Path, host: str) -> None:
    assert terminal(folder, host, "--tls-ca", folder / "ca.pem", "--tls-name", "pay.test") == (0, "")


@pytest.mark.parametrize(
    ("ca", "name", "said"),
    [
        ("other.pem", "pay.test", "the certificate is not trusted"),
        ("ca.pem", "shop.test", "the certificate has another name"),
    ],
)
def test_a_terminal_that_does_not_trust_the_host_says_why(
    folder: Path, host: str, ca: str, name: str, said: str
) -> None:
    status, text = terminal(folder, host, "--tls-ca", folder / ca, "--tls-name", name)
    assert status == 2 and said in text


@pytest.mark.parametrize("host", [("--tls-client-ca", "ca.pem")], indirect=True)
def test_a_host_that_wants_the_terminals_certificate(folder: Path, host: str) -> None:
    known = ("--tls-ca", folder / "ca.pem", "--tls-name", "pay.test")
    status, text = terminal(folder, host, *known)
    assert status == 2 and "the handshake failed" in text
    assert terminal(folder, host, *known, "--tls-cert", folder / "own.crt", "--tls-key", folder / "own.key") == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("host", "--tls-cert", "host.crt"), "TLS needs two files"),
        (("host", "--tls-cert", "shop.toml", "--tls-key", "host.key"), "cannot be used as certificate and key"),
        (("terminal", "--tls-name", "pay.test"), "need --tls-ca"),
        (("terminal", "--tls-ca", "ca.pem"), "--tls-ca needs --host"),
        (("terminal", "--tls-ca", "shop.toml", "--host", "127.0.0.1:1"), "cannot be used as a CA certificate"),
        (("terminal", "--tls-ca", "ca.pem", "--host", "127.0.0.1:1", "--tls-cert", "own.crt"), "go together"),
        (("terminal", "--tls-ca", "ca.pem", "--host", "127.0.0.1:1", "--profile", "tethered"), "nothing goes by TLS"),
        (("terminal", "--tls-ca", "ca.pem", "--host", "127.0.0.1:1", "--fault", "drop"), "nobody on the way"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    from harness.cli import main

    files = [str(folder / word) if "." in word and (folder / word).exists() else word for word in words]
    with pytest.raises(SystemExit) as end:
        main([*files, *(("--store", "memory") if words[0] == "host" else ()), "--lang", "en"])
    assert end.value.code == 2
    assert said in capsys.readouterr().err
