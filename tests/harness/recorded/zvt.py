"""Recordings of ZVT sessions, made of public frames."""

from __future__ import annotations

from collections.abc import Sequence

from harness.trace import Header, Trace

SALE = (
    (False, "060006123456BA0978"),
    (True, "800000"),
    (True, "060F0719002952000001"),
    (False, "800000"),
    (False, "06010704000000001000"),
    (True, "800000"),
    (True, "04FF010A"),
    (False, "800000"),
    (True, "040F10270004000000001000490978" + "0B000123"),
    (False, "800000"),
    (True, "060F00"),
    (False, "800000"),
)
"""Registration and a payment of 10.00, as a terminal hears (False) and says (True) them (PA00P015 chapter 2)."""


def recording(octets: Sequence[tuple[bool, bytes]], transport: str) -> Trace:
    """A terminal's recording: each piece of octets 10 ms after the one before."""
    trace = Trace(Header(bench="physical"))
    spoken = {"link": "register", "what": "protocol", "protocol": "zvt", "transport": transport}
    trace.append("terminal", "link", spoken, ("terminal",), 0)
    opened = {"link": "register", "what": "open", "peer": "register"}
    trace.append("terminal", "link", opened, ("terminal",), 0)
    for number, (out, data) in enumerate(octets, 1):
        said = {"link": "register", "dir": "out" if out else "in", "hex": data.hex().upper()}
        trace.append("terminal", "bytes", said, ("terminal",), number * 10_000)
    return trace
