"""A terminal as it usually stands in each state of its life cycle, for whoever asks what may begin there."""

from __future__ import annotations

from .boot import WITH_DOWNLOADS
from .desk import FORCED
from .flows import FLOWS
from .gate import refusal
from .lifecycle import STATES
from .settings import Profile
from .state import State

NOWHERE = ("unbind",)
"""Refused at every terminal: the portal does it."""
_ACTIVATED = tuple(state for state in STATES if state not in ("unboxed", "self_tested", "connected"))
_WITH_SESSION = ("signed_in", "ready", "must_settle", "settling", "batching")


def standing(life_cycle: str) -> State:
    """Numbers, keys, session, downloads, a settlement under way; and a reversal, so that there is one to send."""
    state = State()
    state.life_cycle = life_cycle
    if life_cycle in _ACTIVATED:
        state.tid, state.mid = "80000001", "898520154110004"
    if life_cycle in _ACTIVATED and life_cycle not in ("activated", "tampered"):
        state.tmk = "00" * 16
    state.signed_in = life_cycle in _WITH_SESSION
    if life_cycle in WITH_DOWNLOADS:
        state.downloaded = set(FORCED)
        state.reversal = {"stan": "000001"}
    if life_cycle in ("settling", "batching"):
        state.settlement = {"stage": "totals" if life_cycle == "settling" else "upload"}
    return state


def open_operations(profile: Profile) -> frozenset[tuple[str, str]]:
    """(state, operation) for each state and each operation that the terminal lets begin there."""
    stands = {name: standing(name) for name in STATES}
    return frozenset(
        (name, op)
        for name, state in stands.items()
        for op in FLOWS
        if op not in NOWHERE and refusal(op, state, profile) is None
    )
