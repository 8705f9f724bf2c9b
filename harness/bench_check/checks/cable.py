"""What the cable does to the data, and how fast the terminal answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.text import Text

from ..model import Check, Figure, Finding, failed, passed
from ..visit import Visit
from .asking_terminal import TerminalLost, ask_terminal, session

if TYPE_CHECKING:
    from harness.trace import Event

ID = "cable"
BUDGET_S = 40.0
"""No longer than this, however slow the line: then there are fewer questions, but not below `TRIALS_MIN`."""
TRIALS_MIN = 10
DISTURBED_ENOUGH = 10
"""Then the cable is bad beyond doubt, whatever the other questions come to, and each costs seconds."""
UNANSWERED_MAX = 2
"""Questions in a row that nobody answers; each takes the register's whole patience."""
ERROR_PERCENT_MAX = 2.0
"""One question of fifty, which may be chance; two are not.  A cable of a few metres has fewer than one wrong bit in
10^9, and fifty questions are 50,000 bits (posrig's choice)."""
ALLOWED_MEDIAN_MS, ALLOWED_P95_MS = 300, 1000
"""What a terminal may take for a local question, besides the time that the octets need on the line: a third of a second
is what people begin to notice, a second a third of what a register waits for an acknowledgement (posrig's choice)."""
BITS_PER_OCTET = 10
"""Start, eight data bits, stop."""
TOLD_EVERY = 10

ASKING = Text("正在测试数据线：第 {n} 次，共 {wanted} 次……", "trying the cable: {n} of {wanted} ...")
ERROR_RATE = Text("受干扰的问答", "disturbed answers")
MEDIAN = Text("应答时间（一般）", "answer time, median")
P95 = Text("应答时间（95% 不超过）", "answer time, 95 % within")
GOOD = Text(
    "{trials} 次问答，{errors} 次受干扰；一般 {median} 毫秒，最快 {min}，最慢 {max}",
    "{trials} questions, {errors} disturbed; {median} ms as a rule, {min} at best, {max} at worst",
)
NOISY = Text(
    "{trials} 次问答中 {errors} 次受干扰（换算成比例约 {low}% 到 {high}%）",
    "{errors} of {trials} questions were disturbed (that is {low} to {high} % of all)",
)
OUT = Text("数据线断开过 {times} 次，又恢复；{good}", "the cable came out and back, times: {times}; {good}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as its trace has it: `took_us` from asking to the answer, `octets` on the line, both ways together,
    `came_out`: how often the port vanished meanwhile."""

    took_us: int
    octets: int
    answered: bool
    disturbed: bool
    came_out: int


def try_cable(visit: Visit) -> Finding:
    """Ask the terminal a harmless question `settings.repeats` times, and look at every octet that passed."""
    from harness.clock import monotonic_s
    from harness.driver.speakers import PROBES

    op, wanted = PROBES[session(visit).cable.spoken.protocol], visit.settings.repeats
    asked: list[Asked] = []
    over_s = monotonic_s() + BUDGET_S
    while len(asked) < wanted and not _enough(asked) and (monotonic_s() < over_s or _too_few(asked)):
        if len(asked) % TOLD_EVERY == 0:
            visit.tell(ASKING.format(n=len(asked) + 1, wanted=wanted))
        before = len(visit.register().events)
        try:
            ask_terminal(visit, op)
        except TerminalLost as lost:
            if lost.fault == "unplugged" or not any(one.answered for one in asked):
                raise
        asked.append(asked_by(visit.register().events[before:]))
    return judged(asked, _baud(visit))


def _enough(asked: Sequence[Asked]) -> bool:
    return sum(one.disturbed for one in asked) >= DISTURBED_ENOUGH


def _too_few(asked: Sequence[Asked]) -> bool:
    """Whether it is worth going on although time is up."""
    return len(asked) < TRIALS_MIN and any(one.answered for one in asked[-UNANSWERED_MAX:])


def _baud(visit: Visit) -> int | None:
    from harness.links.line_settings import LineSettings

    line = str(visit.facts.get("line") or "")
    return LineSettings.parse(line).baud if line else None


def asked_by(events: Sequence[Event]) -> Asked:
    """What the trace of one question says.  It was disturbed where octets came that are no frame, where either end said
    NAK, where the register sent its frame again, and where no answer came."""
    from protocols.framing import NAK

    octets = [event.data for event in events if event.kind == "bytes"]
    told = [str(one.get("hex", "")) for one in octets]
    frames = Counter(text for text, one in zip(told, octets, strict=True) if one["dir"] == "out" and len(text) > 2)
    again = any(times > 1 for times in frames.values())
    noisy = any(event.kind == "noise" for event in events) or f"{NAK:02X}" in told
    phases = {event.data["phase"]: event for event in events if event.kind == "operation"}
    begin, end = phases.get("begin"), phases.get("end")
    answered = end is not None and end.data["outcome"]["status"] != "unknown"
    out = sum(event.kind == "link" and event.data["what"] == "closed" for event in events)
    return Asked(
        end.t_us - begin.t_us if begin is not None and end is not None else 0,
        sum(int(one.get("length", len(text) // 2)) for text, one in zip(told, octets, strict=True)),
        answered,
        not out and (noisy or again or not answered),
        out,
    )


def judged(asked: Sequence[Asked], baud: int | None) -> Finding:
    """The finding: noise before what is loose, what is loose before what is slow."""
    from harness.endurance.figures import percentile, rate_of

    errors, trials = sum(one.disturbed for one in asked), len(asked)
    rate = rate_of(errors, trials)
    limit = max(ERROR_PERCENT_MAX, 100 / trials)  # one is never enough to blame a cable
    disturbed = Figure("error_rate", ERROR_RATE, round(100 * errors / trials, 1), "%", high=round(limit, 1))
    if not disturbed.good:
        bounds = {"low": f"{100 * rate.low:.1f}", "high": f"{100 * rate.high:.1f}"}
        values = {"errors": str(errors), "trials": str(trials)}
        return failed(ID, "noise", NOISY.format(**values, **bounds), disturbed, values=values)
    clean = sorted(one.took_us for one in asked if one.answered and not one.disturbed and not one.came_out) or [0]
    best, median, p95, worst = (
        round(us / 1000, 1) for us in (clean[0], percentile(clean, 50), percentile(clean, 95), clean[-1])
    )
    wire_ms = wire_time_ms(percentile(sorted(one.octets for one in asked), 50), baud)
    figures = (
        disturbed,
        Figure("answer_median", MEDIAN, median, "ms", high=round(wire_ms + ALLOWED_MEDIAN_MS)),
        Figure("answer_p95", P95, p95, "ms", high=round(wire_ms + ALLOWED_P95_MS)),
    )
    found = GOOD.format(trials=trials, errors=errors, median=f"{median:g}", min=f"{best:g}", max=f"{worst:g}")
    detail = {"error_high_percent": round(100 * rate.high, 2), "answer_min_ms": best, "answer_max_ms": worst}
    times_out = sum(one.came_out for one in asked)
    if times_out:
        told = Text(OUT.zh.format(times=times_out, good=found.zh), OUT.en.format(times=times_out, good=found.en))
        return failed(ID, "loose_cable", told, *figures, values={"times": str(times_out)}, detail=detail)
    if not all(one.good for one in figures):
        return failed(ID, "slow_answers", found, *figures, values={"median": f"{median:g}"}, detail=detail)
    return passed(ID, found, *figures, **detail)


def wire_time_ms(octets: int, baud: int | None) -> float:
    """How long `octets` take on a line of `baud` bit/s; 0 where there is none (TCP)."""
    return 1000 * BITS_PER_OCTET * octets / baud if baud else 0.0


CABLE = Check(
    ID,
    "bench",
    Text("数据线", "data cable"),
    Text(
        "反复提一个无害的问题，看数据有没有损坏、应答要多久",
        "asks a harmless question again and again: is data damaged, and how long do answers take",
    ),
    try_cable,
    needs=("port",),
)
