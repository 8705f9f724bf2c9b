"""The steps of a scenario where the terminal is a device: what nobody could see is not judged, and a person is asked
what he saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protocols.text import Text

from ..bench.physical.bench import PhysicalBench
from ..bench.physical.prompts import DONE, LOOKS, NotDone, Prompt, look_prompt
from . import model
from .steps import AT, HANDLERS, Handler, Stage, joined
from .values import MISSING, at_path, filled

Json = Any
ON_THE_LINE = ("message", "link", "bytes")
"""Kinds of the terminal's events that its line to the host shows."""
SHOWN = ("display", "slip", "card", "key", "image", "operation", "self_test", "maintenance", "local_status")
"""Kinds that whoever stands at the terminal sees, as far as its own trace says that they were shown."""
NOT_SEEN = Text("没有看到应出现的：{what}", "what must appear was not seen: {what}")
NOBODY_LOOKS = Text("没有人看 {kind}，未判定", "nobody looks at {kind}: not judged")
KEY_UNSEEN = Text("结果中的 {keys} 看不到，未判定", "{keys} of the outcome cannot be seen: not judged")


def _see(stage: Stage, step: model.See) -> Mapping[str, Json]:
    """As ever where the event is on a line or on posrig's own side; else whoever is there is asked."""
    assert isinstance(stage, PhysicalStage)
    seen = step.party != "terminal" or (step.kind in ON_THE_LINE and step.where.get("link", "host") == "host")
    if "mac" in step.where and step.party == "terminal":
        stage.unjudged(NOBODY_LOOKS.format(kind="MAC"))  # whoever reads the line has no key
        return {}
    if seen or (stage.watched and step.kind in SHOWN):
        return HANDLERS[model.See](stage, step)
    prompter = stage.looks
    if step.kind not in LOOKS or prompter is None:
        stage.unjudged(NOBODY_LOOKS.format(kind=f"{step.party} {step.kind}"))
        return {}
    prompt = look_prompt(step.kind, filled(step.where, stage.variables), step.times == 0)
    try:
        if prompter(prompt) == DONE:
            if step.times != 0:
                stage.seen_by_person(step.kind, filled(step.where, stage.variables))
        else:
            stage.fail(Text(NOT_SEEN.zh.format(what=prompt.words.zh), NOT_SEEN.en.format(what=prompt.words.en)))
    except NotDone:
        stage.unjudged(NOBODY_LOOKS.format(kind=f"{step.party} {step.kind}"))
    return {}


@dataclass
class PhysicalStage(Stage):
    """`Stage` on a `PhysicalBench`."""

    watched: bool = False
    """Somebody sees all that the terminal shows."""
    looks: Callable[[Prompt], str] | None = None
    """Asks whoever is there what he saw; None: nobody is."""

    def __post_init__(self) -> None:
        self.ties = True
        self.handlers: Mapping[type[model.Step], Handler] = {**self.handlers, model.See: _see}
        if isinstance(self.bench, PhysicalBench):
            self.began_us: int = self.bench.began_us
            self.looks = self.bench.looks
            self.watched = self.bench.watched

    def seen_by_person(self, kind: str, data: Mapping[str, Json]) -> None:
        """What he says that he saw stands in the trace."""
        if isinstance(self.bench, PhysicalBench):
            self.bench.show(kind, {key: value for key, value in data.items() if not isinstance(value, dict)})

    def unjudged(self, what: Text) -> None:
        """Noted with the step that is under way."""
        self.not_judged.append(joined(AT, place=self.place, what=what))

    def _check(self, step: model.Step, answer: Mapping[str, Json]) -> None:
        """What the answer does not hold because nobody could see it is not compared."""
        unseen = [path for path in step.expect if at_path(answer, path) == MISSING] if "status" in answer else []
        if unseen:
            self.unjudged(KEY_UNSEEN.format(keys=", ".join(unseen)))
            step = step.model_copy(update={"expect": {k: v for k, v in step.expect.items() if k not in unseen}})
        super()._check(step, answer)
