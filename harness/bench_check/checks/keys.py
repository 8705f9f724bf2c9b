"""The session that the terminal has with its host: working keys, batch number, and how long a sign-in takes."""

from __future__ import annotations

from protocols.text import Text

from ..ladder import obstacle_of, values_for, values_of
from ..model import Check, Figure, Finding, failed, not_possible, passed
from ..visit import Visit
from .activation import sign_in_outcome, status_of
from .signing_in import SIGN_IN_S

ID = "keys"
SIGN_IN_S_MAX = 30.0
"""One question and one answer; a terminal waits for an answer up to 60 s, and people give up after half of it (posrig's
choice)."""
TIME = Text("签到用时", "time of the sign-in")
GOOD = Text("签到成功，工作密钥已更新；批次号 {batch}", "signed in with fresh working keys; batch {batch}")
BY_STATUS = Text("终端说自己已签到；批次号 {batch}", "the terminal says that it is signed in; batch {batch}")
NO_WAY = Text("终端不能从这里签到", "the terminal cannot be signed in from here")
UNKNOWN = Text("未知", "not known")


def check_keys(visit: Visit) -> Finding:
    """Sign in, or look at the sign-in that an earlier check made."""
    outcome = sign_in_outcome(visit)
    if outcome is None:
        return _by_status(visit)
    if outcome["status"] != "done":
        obstacle, told = obstacle_of(outcome), values_of(outcome)
        values = values_for(obstacle.fault, {**told, **obstacle.values}, visit.settings.lang)
        return failed(ID, obstacle.fault, told["what"], values=values)
    seconds = float(visit.facts.get(SIGN_IN_S) or 0)
    figure = Figure("sign_in_time", TIME, seconds, "s", high=SIGN_IN_S_MAX)
    batch = str(outcome.get("batch") or visit.facts.get("batch") or "")
    if batch:
        visit.learn(batch=batch)
    found = GOOD.format(batch=batch) if batch else GOOD.format(batch="-")
    if not figure.good:
        return failed(ID, "slow_sign_in", found, figure, values={"seconds": f"{seconds:.0f}"})
    return passed(ID, found, figure, batch=batch)


def _by_status(visit: Visit) -> Finding:
    status = status_of(visit)
    if status is None or status.get("session") is None:
        return not_possible(ID, NO_WAY)
    if status["session"] != "signed_in":
        return failed(ID, "not_signed_in", NO_WAY)
    batch = str(status.get("batch") or "-")
    return passed(ID, BY_STATUS.format(batch=batch), batch=batch)


KEYS = Check(
    ID,
    "activation",
    Text("密钥与签到", "keys and sign-in"),
    Text(
        "让终端向主机签到，看密钥是否相符、用了多久、批次号是多少",
        "signs the terminal in at its host: whether the keys fit, how long it takes, which batch is open",
    ),
    check_keys,
    needs=("activation",),
    required=False,  # that it is signed in is needed for "activation"; not every protocol lets a register sign it in
)
