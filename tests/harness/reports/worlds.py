"""Recordings made by hand for the tests of reports, in the shapes that docs/design.md gives for events."""

from __future__ import annotations

from typing import Any

from harness.reports.model import RowReport, RunReport
from harness.trace import Header, Trace
from protocols.text import Text

# A 0820 echo after the tables of Chanjet POS V2.0: TPDU, header, MTI, bitmap, F11 F41 F42 F60.
TPDU_HEADER = "6000030000" + "603100310108"


def echo_hex(stan: str) -> str:
    """A 0820 echo as octets with its length prefix: TID 20000001, MID 898110054000001, batch 000001."""
    fields = stan + b"20000001".hex() + b"898110054000001".hex() + "0011" + "000000013010"
    body = TPDU_HEADER + "0820" + "0020000000C00010" + fields
    return f"{len(body) // 2:04X}{body.upper()}"


def echo_fields(stan: str) -> dict[str, str]:
    return {"11": stan, "41": "20000001", "42": "898110054000001", "60": "00000001301"}


class Script:
    """Builds a trace event by event; `at` is the time in milliseconds that the following events have."""

    def __init__(self) -> None:
        self.trace = Trace(Header(seed=7, bench="simulated", dialect="cup", program="0.1.0"))
        self.at = 0

    def put(self, party: str, kind: str, data: dict[str, Any]) -> int:
        """Append; returns the sequence number."""
        self.trace.append(party, kind, data, (party,), self.at * 1000)
        return len(self.trace.events)

    def message(self, party: str, link: str, way: str, mti: str, kind: str, fields: dict[str, str], mac: str) -> int:
        data = {"link": link, "dir": way, "mti": mti, "kind": kind, "fields": fields, "mac": mac}
        return self.put(party, "message", data)

    def octets(self, party: str, link: str, way: str, octets: str) -> int:
        return self.put(party, "bytes", {"link": link, "dir": way, "hex": octets})

    def leaves(self, stan: str) -> int:
        """An echo leaves the terminal: decoded, then its octets.  Returns the message's sequence number."""
        seq = self.message("terminal", "host", "out", "0820", "echo", echo_fields(stan), "absent")
        self.octets("terminal", "host", "out", echo_hex(stan))
        return seq

    def comes(self, stan: str) -> int:
        """It comes to the host: octets, then decoded."""
        self.octets("host", "c1", "in", echo_hex(stan))
        return self.message("host", "c1", "in", "0820", "echo", echo_fields(stan), "absent")


def row(trace: Trace, **changes: Any) -> RowReport:
    """A row that went well, with `changes`."""
    values: dict[str, Any] = {
        "id": "F5",
        "title": Text("请求或应答丢失", "A request or a reply was lost"),
        "ok": True,
        "expected": "F5",
        "diagnosis": None,
        "failures": (),
        "verdicts": (),
        "virtual_seconds": 93_784.0,
        "wall_seconds": 0.25,
        "cause": Text("线路中断", "the line breaks"),
        "seen": Text("结果未知", "outcome unknown"),
        "cure": Text("冲正后重做", "reverse, then repeat"),
        "replay": "posrig run F5 --seed 7",
        "trace": trace,
    }
    return RowReport(**{**values, **changes})


def run_of(*rows: RowReport, bench: str = "simulated") -> RunReport:
    return RunReport("0.1.0", 7, bench, rows)
