"""Rubbish at the real port: refusals and closed connections, never a crash, a hang or growth; others are served."""

from __future__ import annotations

import random
import struct
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .terminals import Terminal, sequence_no
from .wire import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .conftest import HostProcess, MakeTerminal

STRINGS, MUTANTS, SEED = 1_000, 10_000, 8583
GROWTH_LIMIT_KIB = 24 * 1024
"""The first thousand messages fill caches (codecs, ciphers, kinds); what comes after may not need much more."""
STDERR_LIMIT_OCTETS = 200_000
ANSWER_S = 10.0
SILENCE_S = 0.015


def rss_kib(host: HostProcess) -> int:
    status = Path(f"/proc/{host.process.pid}/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmRSS"))


def descriptors(host: HostProcess) -> int:
    return len(list(Path(f"/proc/{host.process.pid}/fd").iterdir()))


def framed(payload: bytes) -> bytes:
    return struct.pack("!H", len(payload)) + payload


def requests(pos: Terminal) -> list[bytes]:
    """One of each kind that terminals send, with a good MAC where one belongs."""
    sale = pos.sale_fields(100, **pos.with_pin())
    back = {n: v for n, v in sale.items() if n not in (26, 52, 53, 55)} | {39: "98"}
    kind = f"00{pos.batch}"
    plain: list[tuple[str, dict[int, str | bytes]]] = [
        ("0800", {11: pos.next_stan(), 60: f"{kind}003", 62: sequence_no("3060", "X-4C304119"), 63: b"001"}),
        ("0820", {11: pos.next_stan(), 60: f"{kind}301"}),
        ("0820", {11: pos.next_stan(), 60: f"{kind}372", 62: b"100"}),
        ("0800", {60: f"{kind}370", 62: bytes.fromhex("9F0605A0000003339F220101")}),
        ("0800", {60: f"{kind}360"}),
        ("0500", {11: pos.next_stan(), 48: "0" * 62, 49: "156", 60: f"{kind}201", 63: b"01 "}),
        ("0320", {11: pos.next_stan(), 48: "01" + "0" * 40, 60: f"{kind}201"}),
        ("0800", {11: pos.next_stan(), 59: b"A2022010020202002SN", 60: f"{kind}101"}),
    ]
    money = [("0200", sale), ("0400", back), ("0200", sale | {3: "310000", 60: pos.f60("01")})]
    money.append(("0220", sale | {3: "200000", 37: b"0" * 12, 60: pos.f60("25"), 61: pos.batch + "0000010101"}))
    return [pos.frame(*row) for row in plain] + [pos.frame(*row, mac=True) for row in money]


def mutant(rng: random.Random, frame: bytes) -> bytes:
    """`frame` with one to four wounds; behind a right length prefix nine times out of ten."""
    data = bytearray(frame)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) or 1)
        match rng.randrange(7):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + 1] = bytes([(data[at] if data else 0) ^ 1 << rng.randrange(8)])
            case 2:
                del data[at : at + rng.randint(1, 20)]
            case 3:
                data[at:at] = rng.randbytes(rng.randint(1, 20))
            case 4:
                del data[at:]
            case 5 if len(data) > 21:  # fields appear and disappear
                data[13 + rng.randrange(8)] ^= 1 << rng.randrange(8)
            case _:
                data[at:at] = data[at : at + rng.randint(1, 64)]
    if rng.random() < 0.1:
        return struct.pack("!H", rng.choice((0, 1, len(data) + 1, len(frame), 65535))) + data
    return framed(bytes(data))


def fire(host: HostProcess, shots: Sequence[bytes]) -> Counter[str]:
    """Send one after the other and see what each gets: "answered", "closed", or "silent" (it waits for more octets)."""
    seen: Counter[str] = Counter()
    line: Line | None = None
    for shot in shots:
        line = line or host.dial()
        outcome = "answered"
        try:
            line.socket.settimeout(SILENCE_S)
            line.socket.sendall(shot)
            if not line.socket.recv(1 << 16):
                outcome = "closed"
        except TimeoutError:
            outcome = "silent"
        except ConnectionError:
            outcome = "closed"
        seen[outcome] += 1
        if outcome != "answered":
            line.close()
            line = None
    if line is not None:
        line.close()
    return seen


def released(host: HostProcess, before: int) -> bool:
    end = time.monotonic() + ANSWER_S
    while descriptors(host) > before and time.monotonic() < end:
        time.sleep(0.05)
    return descriptors(host) <= before


@pytest.mark.timeout(180)
def test_random_strings_and_mutated_messages(
    make_host: Callable[..., HostProcess], make_terminal: MakeTerminal
) -> None:
    host = make_host("--idle", "5")
    rng = random.Random(SEED)
    victim, good = make_terminal("cup"), make_terminal("cup")
    victim.dial = good.dial = host.dial
    assert victim.sign_in().code == good.sign_in().code == "00"
    good.sale(100)
    samples = requests(victim)
    open_before = descriptors(host)

    strings = [rng.randbytes(rng.choice((0, 1, 2, 7, 40, 300, 2000))) for _ in range(STRINGS)]
    noise = fire(host, [framed(text) if rng.random() < 0.5 else text for text in strings])
    good.sale(100)
    rss_before = rss_kib(host)
    seen: Counter[str] = Counter()
    for _ in range(10):
        seen += fire(host, [mutant(rng, rng.choice(samples)) for _ in range(MUTANTS // 10)])
        good.sale(100)  # the line waits ten seconds at most
    assert (noise.total(), seen.total()) == (STRINGS, MUTANTS)
    assert seen["answered"] > MUTANTS // 4 and seen["silent"] < MUTANTS // 4, seen
    assert released(host, open_before)
    assert rss_kib(host) - rss_before < GROWTH_LIMIT_KIB
    assert good.settle(good.totals((1200, 12), (0, 0))).digits(48)[30] == "1"
    assert host.stderr.stat().st_size < STDERR_LIMIT_OCTETS
    assert host.stop() == 0, host.stderr.read_text()[-4000:]
