"""Family D (硬件): the cable."""

from __future__ import annotations

from protocols.text import Text

from .cause import FITS, PROVES, TYPICAL, Cause

CAUSES: tuple[Cause, ...] = (
    Cause(
        "D9",
        Text("线缆松动", "A loose cable"),
        {
            "plug_out": PROVES,
            "ran_on": PROVES,
            "cable_noise": PROVES,
            "port_gone": TYPICAL,
            "port_renamed": TYPICAL,
            "undecided": FITS,
        },
        ("local_poll", "both_ends"),
        Text("操作员", "the operator"),
        Text(
            "重新插好线缆与 USB 口，坏线换新；再查询上笔交易",
            "Plug cable and USB in again, replace a bad cable; then ask for the last result",
        ),
        rungs=(2,),
        hidden_from=frozenset(("host",)),
    ),
)
