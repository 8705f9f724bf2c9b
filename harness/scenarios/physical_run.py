"""All rows of one run at one device: between two rows it is brought back to where rows begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from protocols.errors import PosrigError, ScenarioError
from protocols.text import Text

from ..bench.control_client import ControlClient
from ..bench.fleet import TerminalSpec
from ..bench.host_process import read_text
from ..bench.physical.bench import PhysicalBench, Site
from ..bench.physical.hands import ControlHands, Hands, PersonHands
from ..bench.physical.prompts import Prompt, Prompter, answered
from ..bench.physical.room import DEVICE, Kept
from ..bench.physical.safety import forbidden
from ..bench.physical.settings import BenchFile
from ..bench.world import World, identity_from
from ..terminal.lifecycle import FIRST
from . import model
from .physical import Plan, plan_of
from .physical_stage import PhysicalStage
from .run import RowResult, run_scenario
from .worlds import world_of

NUMBERS_APART = 1_000
"""Each row's merchants and terminals have numbers of their own: the device keeps the books of all of them."""
OTHER_SN = Text(
    "terminal.sn = {written}，而终端说自己是 {said}",
    "terminal.sn is {written}, and the terminal says that it is {said}",
)
OTHER_SN_CURE = Text("在测试台文件中写 sn = {said}", "Write sn = {said} in the bench file")
NOT_RESET = Text("终端不在箱中，而且不能恢复：{why}", "the device is not in its box, and cannot be put back: {why}")
NOT_RESET_CURE = Text(
    '在测试台文件中写 allow = ["deliver"]，或先由人恢复出厂',
    'Write allow = ["deliver"] in the bench file, or have it brought back to its delivered state first',
)


class NotHere(PosrigError):
    """The device is not in a state in which the row could begin."""


class PhysicalRun:
    """The device of `file`, and whoever acts there; `prompter` None: nobody answers."""

    def __init__(self, file: BenchFile, prompter: Prompter | None) -> None:
        self.file = file
        hands: Hands
        looks: Callable[[Prompt], str] | None = None
        if file.terminal.control:
            token = file.path(file.terminal.token_file)
            assert token is not None
            hands = ControlHands(ControlClient(file.terminal.control, token.read_text("ascii").strip()))
        else:
            assert prompter is not None
            hands = PersonHands(prompter, file.terminal.sn)
        if prompter is not None and file.person.there:
            looks = partial(answered, prompter)
        self.site: Site = Site(file, hands, looks)
        self._kept = Kept()
        self._rows = 0

    def plan(self, scenario: model.Scenario) -> Plan:
        """What of a row can be carried out here."""
        return plan_of(scenario, self.file)

    def run(
        self,
        scenario: model.Scenario,
        seed: int,
        told: Callable[[model.Step | None, str], None] = lambda step, what: None,
        opened: Callable[[PhysicalBench], None] = lambda bench: None,
    ) -> RowResult:
        """Run what `plan` left of a row.  Raises NotDone and Aborted when a person says so, NotHere when the device is
        not where a row begins."""

        def open_bench(setup: model.Setup, chosen: int) -> PhysicalBench:
            bench = self.open(setup, chosen)
            opened(bench)
            return bench

        return run_scenario(scenario, open_bench, seed, told, kind=PhysicalStage)

    def open(self, setup: model.Setup, seed: int) -> PhysicalBench:
        """A bench for one row.  Raises ScenarioError where the device is another one than the file says."""
        self._known()
        if self.file.terminal.begins == "boxed":
            self._back_in_box()
            self._kept = Kept()
        self._rows += 1
        return PhysicalBench(self._world(setup), seed, self.site, self._kept)

    def _known(self) -> None:
        """What the host was told of another serial number would never become this device's."""
        if not self.file.terminal.control:
            return  # nobody can ask it
        said, written = self.site.hands.ask("control", "status", {})["sn"], self.file.terminal.sn
        if said != written:
            told = {"written": f'"{written}"', "said": f'"{said}"'}
            raise ScenarioError(OTHER_SN.format(**told), OTHER_SN_CURE.format(**told))

    def _back_in_box(self) -> None:
        hands, control = self.site.hands, self.file.terminal.control
        why = forbidden("deliver", self.file.never, self.file.allow)
        if why is None:
            hands.deliver()
            if self.file.terminal.menu:
                hands.ask("person", "operate", {"op": "parameter_menu", **self.file.terminal.menu})
        elif not control or hands.ask("control", "status", {}).get("life_cycle") != FIRST:
            raise NotHere(Text(NOT_RESET.zh.format(why=why.zh), NOT_RESET.en.format(why=why.en)), NOT_RESET_CURE)

    def _world(self, setup: model.Setup) -> World:
        world, device = world_of(setup), self.file.terminal
        own = {"serial": device.sn}
        if device.begins == "boxed":
            numbers = {"first_tid": 20_000_000 + NUMBERS_APART * self._rows}
            return replace(world, terminal=own, host=numbers)
        path = self.file.path(device.identity)
        assert path is not None
        identity, _, dialect = identity_from(read_text(path), path.name)
        spec = TerminalSpec(
            DEVICE, dialect, device.profile, live=True, mid=identity.mid, identity=identity, settings=own
        )
        return replace(world, terminals=(spec, *world.terminals))
