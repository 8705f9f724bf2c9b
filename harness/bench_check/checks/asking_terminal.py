"""How every check asks the terminal at the cable: one way, so that a cable that comes out and a terminal that falls
silent are told alike wherever they happen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.errors import LinkError, LocalError
from protocols.text import Text

from ..model import Finding, failed
from ..visit import Visit

if TYPE_CHECKING:
    from harness.bench.register import Pending, Register
    from harness.machine import Json

LOOK_S = 0.2
"""How often it is looked whether the cable is still in; a port that vanished is looked for once a second."""
PATIENCE_S = 180.0
"""The longest that an operation which goes to the host and moves no money may take: a terminal tries three times for a
minute at most (posrig's choice)."""
CABLE_OUT = "cable_came_out"
"""The fact that counts how often it was seen to come out and back."""

OUT = Text("数据线掉了，请把两端重新插紧……", "The data cable came out: plug both ends in again ...")
BACK = Text("数据线已重新插好，继续", "The cable is in again; going on")
GONE = Text("数据线断开后没有恢复", "the data cable came out and was not plugged in again")
GONE_CURE = Text("插紧数据线两端，再做一次检查", "Plug both ends of the cable in firmly and run the check again")
NOT_LOOKED_FOR = Text(
    "没有检查端口和收银接口，不知道终端在哪里",
    "port and register interface were not checked, so nobody knows where the terminal is",
)
NOT_LOOKED_FOR_CURE = Text("把 port、protocol 也加入检查", "Have port and protocol checked as well")
SILENT = Text("终端不再应答“{op}”", "the terminal no longer answers “{op}”")
SILENT_CURE = Text("重启终端后再做一次检查", "Restart the terminal and run the check again")


class TerminalLost(LinkError):
    """The terminal cannot be asked any more.  `fault`: `unplugged` or `stopped_answering`, in `faults.FAULTS`."""

    def __init__(self, fault: str, what: Text, cure: Text) -> None:
        super().__init__(what, cure)
        self.fault = fault


def session(visit: Visit) -> Register:
    """The session at the cable.  Raises LocalError where the port was not looked for (`--only`, `--skip`), LinkError
    where it cannot be opened any more."""
    if "port" not in visit.facts or "protocol" not in visit.facts:
        raise LocalError(NOT_LOOKED_FOR, NOT_LOOKED_FOR_CURE)
    return visit.register()


def can_ask(visit: Visit, op: str) -> bool:
    """Whether the terminal's protocol has the operation.  Raises as `session`."""
    return op in session(visit).operations


def ask_terminal(visit: Visit, op: str, **args: Json) -> Mapping[str, Json]:
    """The Outcome of one of `driver.operations.OPERATIONS`, asked at the cable; what the protocol lacks is `refused`
    with the cause `not_in_protocol`.

    Raises as `session`, and TerminalLost when the cable came out and stayed out (30 s), or when the terminal does not
    answer.  What moves money or takes something away comes back as it is, `unknown` too: whoever asked has to learn how
    it ended (`Register.learn`).
    """
    from harness.driver.operations import OPERATIONS
    from harness.driver.outcome import PORT_GONE, REGISTER_TIMEOUT

    operation = OPERATIONS[op]
    in_doubt = operation.books or operation.destructive
    outcome = attend(visit, session(visit).begin(op, **args), None if in_doubt else PATIENCE_S)
    if outcome is None:
        visit.hang_up()
    elif in_doubt or outcome["cause"] not in (PORT_GONE, REGISTER_TIMEOUT):
        return outcome
    if outcome is not None and outcome["cause"] == PORT_GONE:
        raise TerminalLost("unplugged", GONE, GONE_CURE)
    raise TerminalLost("stopped_answering", _about(operation.text), SILENT_CURE)


def attend(visit: Visit, pending: Pending, patience_s: float | None = None) -> Mapping[str, Json] | None:
    """Wait for an operation that was begun (`Register.begin`), and say so when the cable comes out meanwhile.  None:
    not ended within `patience_s`."""
    from harness.clock import monotonic_s

    register, out = session(visit), False
    given_up_s = None if patience_s is None else monotonic_s() + patience_s
    while (outcome := pending.wait(LOOK_S)) is None:
        if register.attached is out:
            out = not out
            visit.tell(OUT if out else BACK)
            if not out:
                visit.learn(**{CABLE_OUT: int(visit.facts.get(CABLE_OUT, 0)) + 1})
        if given_up_s is not None and monotonic_s() >= given_up_s:
            return None
    return outcome


def _about(op: Text) -> Text:
    return Text(SILENT.zh.format(op=op.zh), SILENT.en.format(op=op.en))


def lost(visit: Visit, check: str, error: LinkError) -> Finding:
    """The finding of a check during which the link to the terminal broke."""
    from harness.links.serial_troubles import PortError

    what = error.what.in_(visit.settings.lang)
    if isinstance(error, PortError) and error.trouble == "held":
        holder = ", ".join(map(str, error.holders)) or what
        values = {"port": str(visit.facts.get("port", "")), "holder": holder}
        return failed(check, "port_held", error.what, values=values)
    fault = error.fault if isinstance(error, TerminalLost) else "unplugged"
    return failed(check, fault, error.what, values={"what": what})
