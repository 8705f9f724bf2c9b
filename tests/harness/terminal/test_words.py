"""What the host says in words is shown as it came; the code alone decides."""

from __future__ import annotations

import pytest

from harness.fixtures import load_dialect

from .scripted import Bench, Host, ready_settings

WORDS = "商户暂停 C000123"


@pytest.mark.parametrize(
    ("dialect", "field", "octets"),
    [
        ("cup", 56, WORDS.encode("gbk")),
        ("chanjet", 63, b"CUP" + b" " * 40 + WORDS.encode("gbk").ljust(20)),
    ],
)
def test_a_refusal_shows_the_hosts_own_words(dialect: str, field: int, octets: bytes) -> None:
    """F56, or the acquirer's part of F63.2 (Chanjet POS V2.0: 3 + 20 + 20 + 20)."""
    spoken = load_dialect(dialect)
    bench = Bench(ready_settings(dialect=spoken), Host(spoken))
    if dialect == "cup":
        bench.get_ready()
    bench.host.change = lambda request, reply: reply.replacing({39: "03", field: octets, 62: None})
    outcome = bench.do("sign_in")
    assert outcome["code"] == "03"
    assert WORDS in bench.shown()


@pytest.mark.parametrize("octets", [b"", b"   ", b"\x00\x01\x1b[2J", b"\xff"])
def test_words_that_are_none_are_not_shown(octets: bytes) -> None:
    bench = Bench()
    bench.get_ready()
    before = len(bench.shown())
    bench.host.change = lambda request, reply: reply.replacing({39: "03", 56: octets or None, 62: None})
    assert bench.do("sign_in")["code"] == "03"
    assert all(text.isprintable() for text in bench.shown()[before:])
