"""Who acts at the device: a person who is asked, or the control interface of an emulated one that is treated as if it
were physical, and does no more than hands could.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from harness.machine import Json
from protocols.errors import ScenarioError
from protocols.text import Text

from ..base import AskRefused
from ..control_client import ControlClient
from ..world import load_cards
from .prompts import (
    DELIVER,
    DONE,
    HAND_CAUSES,
    Prompter,
    act_prompt,
    answered,
    cable_prompt,
    card_prompt,
    cause_prompt,
    keys_prompt,
    network_prompt,
    operate_prompt,
    power_prompt,
)

ASK_S = 600.0
"""The longest that one operation at the terminal may take: its time limits, its reversal, and a person's typing."""
PARTY = "terminal"

NOT_BY_HAND = Text("{name} 不是人手能对实机做的", "{name} is nothing that hands can do to a device")
NOT_BY_HAND_CURE = Text("此场景用仿真台运行", "Run this row on the emulated bench")


class Hands(Protocol):
    """What can be done at the device besides its cable."""

    sees: bool
    """Whether a snapshot of the device's own books can be had."""

    def ask(self, who: str, name: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
        """As `Bench.ask` of the terminal; keys of the Outcome that nobody could see are left out."""
        ...

    def snapshot(self) -> Mapping[str, Json] | None:
        """Its books; None where nobody can look."""
        ...

    def pull(self, out: bool) -> str:
        """Its cable comes out, or goes in again; where the register reaches it then, "" for the place it had."""
        ...

    def power(self, on: bool) -> None:
        """Its power goes, or comes back."""
        ...

    def deliver(self) -> None:
        """It comes back to its delivered state: no keys, no books, no settings."""
        ...

    def network(self, plan: list[dict[str, Json]]) -> None:
        """Its own side of the network fails like these dial faults; none: it is well."""
        ...


class ControlHands:
    """The control interface of `posrig terminal --control`, started by somebody else."""

    sees = True

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def ask(self, who: str, name: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
        ok, value = self._client.ask(who, name, args, timeout_s=ASK_S)
        if not ok:
            raise AskRefused(PARTY, name, value)
        return value

    def snapshot(self) -> Mapping[str, Json] | None:
        return self.ask("control", "snapshot", {})

    def pull(self, out: bool) -> str:
        return self._client.set_cable(not out)

    def power(self, on: bool) -> None:
        self._client.set_power(on)

    def deliver(self) -> None:
        self._client.set_power(False)
        self._client.set_power(True, as_new=True)

    def network(self, plan: list[dict[str, Json]]) -> None:
        self._client.set_dial_faults("host", plan)


class PersonHands:
    """Somebody stands at the device and does what `prompter` asks him for."""

    sees = False

    def __init__(self, prompter: Prompter, sn: str) -> None:
        self._prompter = prompter
        self._sn = sn
        self._network = ""
        """The dial fault that he has made."""

    def ask(self, who: str, name: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
        match name:
            case "operate":
                given = {key: value for key, value in args.items() if key != "op"}
                op = str(args["op"])
                return {"op": op, "status": answered(self._prompter, operate_prompt(op, given))}
            case "present":
                card = load_cards()[str(args["card"])]
                pin, pulled = str(args.get("pin", "")), args.get("pulled") is True
                answered(self._prompter, card_prompt(card.name, card, str(args.get("how") or card.how), pin, pulled))
            case "press":
                answered(self._prompter, keys_prompt(str(args["keys"])))
            case "maintain":
                given = {key: value for key, value in args.items() if key != "act"}
                answered(self._prompter, act_prompt(str(args["act"]), given))
            case "service":
                answered(self._prompter, act_prompt("service", {}))
            case "cause" if str(args.get("behaviour")) in HAND_CAUSES:
                answered(self._prompter, cause_prompt(str(args["behaviour"])))
            case "status":
                return {"sn": self._sn}
            case _:
                raise ScenarioError(NOT_BY_HAND.format(name=name), NOT_BY_HAND_CURE)
        return {"status": DONE}

    def snapshot(self) -> Mapping[str, Json] | None:
        return None

    def pull(self, out: bool) -> str:
        answered(self._prompter, cable_prompt(out))
        return ""

    def power(self, on: bool) -> None:
        answered(self._prompter, power_prompt(on))

    def deliver(self) -> None:
        answered(self._prompter, DELIVER)

    def network(self, plan: list[dict[str, Json]]) -> None:
        wanted = str(plan[0]["fault"]) if plan else ""
        if wanted != self._network:
            answered(self._prompter, network_prompt(wanted or self._network, healed=not wanted))
            self._network = wanted
