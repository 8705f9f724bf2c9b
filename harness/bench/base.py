"""What a scenario, a judge's test or the pytest plugin sees of a bench: the same calls whether the parties are
simulated in one thread or run as processes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from harness.machine import Answer, Json
from protocols.errors import LocalError, PosrigError, ScenarioError
from protocols.text import Text

if TYPE_CHECKING:
    from harness.links.faulty import FaultPlan
    from harness.trace import Event, Trace

    from .world import World

Party = str
"""By name: "host", "host2", "terminal", "terminal2" ... "terminal32", "register" (`harness.bench.fleet`)."""
Path = Literal["host", "backup", "register"]
"""A path for link faults: "host" is a terminal's way to its hosts, "backup" the first one's second line to them,
"register" its serial line."""

ASK_LIMIT_US = 6 * 3600 * 1_000_000
"""An ask that is not answered within this virtual time is a bug of a machine: no operation waits longer than a few
T1."""


class AskRefused(LocalError):
    """The machine called the request illegal (`Answer.ok` is False).  `value` is its answer, `error: {zh, en}`
    included."""

    def __init__(self, party: str, name: str, value: Mapping[str, Json]) -> None:
        error = value.get("error")
        texts = error if isinstance(error, Mapping) else {}
        what = Text(zh=str(texts.get("zh") or "请求被拒绝"), en=str(texts.get("en") or "the request was refused"))
        super().__init__(
            Text(zh=f"{party} 拒绝 {name}：{what.zh}", en=f"{party} refused {name}: {what.en}"),
            Text(zh="请改正请求后重试", en="Correct the request and ask again"),
        )
        self.party = party
        self.name = name
        self.value = value


class BenchBroken(PosrigError):
    """The bench itself failed (a process died, a machine raised, an ask was never answered): exit status 3."""

    def __init__(self, what: Text, detail: str = "") -> None:
        super().__init__(
            what,
            Text(
                zh="这是测试台自身的问题，请查看标准错误输出" + (f"：{detail}" if detail else ""),
                en="The bench itself is at fault; see standard error" + (f": {detail}" if detail else ""),
            ),
        )
        self.detail = detail


NO_TLS = Text("这个测试台不用 TLS", "this bench uses no TLS")
NO_TLS_CURE = Text("在 [setup] 中写 tls = true", "Write tls = true under [setup]")
NO_FRAMES = Text("TLS 之下看不到报文边界，帧故障无从下手", "under TLS nobody on the way sees frames")
NO_FRAMES_CURE = Text("请用字节故障或拨号故障", "Take faults of octets, or of dialling")


NO_WIRE = Text("{fault} 只用于收银机的线缆", "{fault} is for the register's cable")
NO_WIRE_CURE = Text('写 path = "register"', 'Write path = "register"')


def check_plan(world: World, path: str, plan: FaultPlan | None) -> None:
    """Raises ScenarioError for what this line cannot have: frame faults where octets are enciphered, a plug that comes
    out where there is none."""
    if path != "register" and plan is not None and plan.wire_only:
        raise ScenarioError(NO_WIRE.format(fault=plan.wire_only), NO_WIRE_CURE)
    if world.tls and path != "register" and plan is not None and plan.strikes_frames:
        raise ScenarioError(NO_FRAMES, NO_FRAMES_CURE)


def check_tls(world: World) -> None:
    """Raises ScenarioError when the bench is one without TLS."""
    if not world.tls:
        raise ScenarioError(NO_TLS, NO_TLS_CURE)


def answer_of_many(answer: Answer) -> Mapping[str, Json]:
    """One answer as `Bench.ask_each` gives it."""
    return answer.value if answer.ok else {"refused": True, **answer.value}


class Bench(Protocol):
    """Hosts, terminals and a register joined by links that can fail, and a time that can be passed.

    Everything is synchronous.  Time is microseconds since the epoch of the run.  A party that the bench does not have
    is a `ScenarioError` that names the nearest.
    """

    kind: str
    """"simulated", "emulated" or "physical"."""
    world: World
    """Which parties there are."""
    seed: int

    @property
    def now_us(self) -> int: ...

    def ask(self, party: Party, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        """Ask a machine (see `harness.machine.Ask`) and wait for its answer, passing as much time as that takes.

        Raises `AskRefused` when the machine answers that the request was illegal, `BenchBroken` when it never answers.
        """
        ...

    def ask_each(
        self, parties: Sequence[Party], who: str, name: str, /, **args: Json
    ) -> Mapping[Party, Mapping[str, Json]]:
        """Ask several machines the same at the same time and wait for all answers; by party, in the order given.

        An answer to an illegal request has `refused: True` in it.  Raises as `ask` besides.
        """
        ...

    def advance(self, us: int) -> None:
        """Let `us` microseconds pass; whatever falls due in between happens."""
        ...

    def settle(self) -> None:
        """Let everything that is under way now arrive and be handled; no time-out is passed for it."""
        ...

    def set_faults(self, path: Path, plan: FaultPlan | None, terminal: Party = "terminal") -> None:
        """Replace the fault plan of a terminal's `path`; None heals it.  Whatever host it dials, the line is one."""
        ...

    def set_certificate(self, host: Party, problem: str) -> None:
        """What is wrong with a host's certificate from now on, one of `links.certificates.PROBLEMS`; "": nothing.

        Raises ScenarioError when the bench is one without TLS.
        """
        ...

    def crash(self, *parties: Party, point: str | None = None) -> None:
        """Take the parties' power away now (kill -9), all in the same instant, or at a named crash point, where the
        bench can do that."""
        ...

    def restart(self, *parties: Party) -> None:
        """Start crashed parties again, all at once, from what each had made durable."""
        ...

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        """Put an event of the bench itself (`step`, `case`, `cause`, `verdict`), seen by `bench` only."""
        ...

    def events(self) -> Sequence[Event]:
        """All events so far, of all parties, in the order of the final trace (processes have written theirs out)."""
        ...

    def snapshot(self) -> Mapping[str, Mapping[str, Json]]:
        """The snapshots of all hosts and terminals that are up, by party, also written to the trace."""
        ...

    def fork(self) -> Bench:
        """Another bench, at the same time, whose parties start from what these have made durable.

        It has its own trace, no faults, and everything that is lost with the power is lost: a table of many worlds with
        one beginning need not live through that beginning each time.
        """
        ...

    def finish(self) -> Trace:
        """End the run: snapshots into the trace, all parties stopped, nothing left behind.  May be called twice."""
        ...
