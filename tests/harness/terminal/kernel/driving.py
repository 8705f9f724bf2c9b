"""The kernel without a terminal around it: a card is a table of answers, published ones wherever there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from harness.machine import Note
from harness.terminal.desk import Desk
from harness.terminal.kernel.session import Session, Terms, begun
from harness.terminal.settings import Identity, TerminalSettings
from harness.terminal.state import apply
from harness.terminal.wants import (
    CardAnswer,
    CardGone,
    GaveUp,
    Keys,
    Power,
    Powered,
    PowerOff,
    Prompt,
    Step,
    Transmit,
)

VECTORS: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[3] / "protocols" / "vectors" / "emv.json").read_text("utf-8")
)
ATR = bytes.fromhex("3BE000008131FE45EB")
Answer = Callable[[bytes], bytes | None]
"""What a card says to a command; None: it is gone."""
UNIONPAY = (
    "9F0608A000000333010101DF0101009F08020020DF1105D84000A800DF1205D84004F800DF130500100000009F1B0400000100DF150400000000"
    "DF160199DF170199DF14039F37049F7B06000000100000"
)
"""The parameters of `aid_params` cup-debit-contact."""


def desk_with(*aids: str, public_keys: Iterable[str] = (), date: str = "0302") -> Desk:
    """A desk that has downloaded these; 2 March 2026."""
    identity = Identity("20000001", "898110054000001", bytes(16))
    desk = Desk(TerminalSettings(rng=Random(1), identity=identity, chip=True))
    for what, items in (("aids", aids), ("public_keys", public_keys)):
        apply(desk.state, {"kind": "downloaded", "what": what, "items": list(items)})
    apply(desk.state, {"kind": "clock", "date": date, "time": "101112"})
    return desk


def aid(name: str, *more: tuple[str, str]) -> str:
    """One downloaded application: its AID, and other objects (tag, value) in hex."""
    return "".join(f"{tag}{len(value) // 2:02X}{value}" for tag, value in (("9F06", name), *more))


def session_of(desk: Desk, how: Any = "insert", amount_fen: int = 100, **terms: Any) -> Session:
    """A session that has just begun."""
    return begun(desk, Terms(how, amount_fen, 0x00, **terms), "card")


def run(step: Step[Any], card: Answer, *typed: str | GaveUp) -> tuple[Any, list[str]]:
    """What a part of the kernel returns, and the C-APDUs that it sent, in hex."""
    sent: list[str] = []
    keys = list(typed)
    given: Any = None
    while True:
        try:
            want = step.send(given)
        except StopIteration as stop:
            return stop.value, sent
        match want:
            case Power():
                given = Powered(ATR)
            case Transmit(command=command):
                sent.append(command.hex().upper())
                octets = card(command)
                given = CardGone("removed") if octets is None else CardAnswer(octets)
            case PowerOff():
                given = True
            case Prompt():
                key = keys.pop(0)
                given = key if isinstance(key, GaveUp) else Keys(key)
            case _:
                raise AssertionError(f"the kernel wants no {want}")


def replayed(session: str) -> tuple[Answer, list[str]]:
    """The card of a recorded session, which answers its commands in their order and no other; and those commands.

    What a T=0 card makes the reader do (61xx, 6Cxx, GET RESPONSE) is taken out: the link does that.
    """
    rows = sorted((row for row in VECTORS["apdu"] if row.get("session") == session), key=lambda row: row["step"])
    pairs: list[tuple[str, str]] = []
    for row in rows:
        if row["capdu"].startswith("00C0"):
            if not row["rapdu"].startswith("6C"):
                pairs[-1] = (pairs[-1][0], row["rapdu"][:-4] + pairs[-1][1][-4:])
            continue
        pairs.append((row["capdu"], row["rapdu"]))
    left = list(pairs)

    def card(command: bytes) -> bytes:
        asked, answer = left.pop(0)
        assert command.hex().upper() == asked
        return bytes.fromhex(answer)

    return card, [asked for asked, _ in pairs]


def notes(desk: Desk, kind: str = "chip") -> list[Mapping[str, Any]]:
    """What was noted of this kind."""
    return [effect.data for effect in desk.effects if isinstance(effect, Note) and effect.kind == kind]
