"""The bench's asks: key loading, settings, causes, status, snapshot."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ..machine import Ask, Json, Note
from .arguments import CONFIG, CONTROL_TAKES, SETTINGS
from .desk import SEEN
from .faults import cause, heal
from .flows.people import config_error, configure
from .hardware.casing import examined, serviced
from .hardware.maintain import maintain
from .outcome import Outcome
from .wants import Order

if TYPE_CHECKING:
    from .terminal import Terminal

Answered = tuple[dict[str, Json], bool]


class Control:
    """Answers `who="control"` at once."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def answer(self, ask: Ask) -> Answered:
        """The answer, and whether the request was legal."""
        terminal = self._terminal
        takes = CONTROL_TAKES.get(ask.name)
        if takes is None:
            known = ", ".join(CONTROL_TAKES)
            return _illegal(f"没有 {ask.name}，可用：{known}", f"there is no {ask.name}; use {known}"), False
        wrong = takes.wrong(ask.args)
        if wrong is not None:
            return _illegal(wrong[1].zh, wrong[1].en), False
        match ask.name:
            case "inject_tmk":
                return self._inject(ask), True
            case "settings":
                return self._settings(ask)
            case "cause":
                return cause(terminal, dict(ask.args))
            case "heal":
                return heal(terminal, dict(ask.args))
            case "maintain":
                return maintain(terminal.desk, ask)
            case "examine":
                return examined(terminal.desk), True
            case "service":
                serviced(terminal.desk)
                return dict(terminal.status()), True
            case "status":
                return dict(terminal.status()), True
        value = dict(terminal.snapshot())
        terminal.desk.effects.append(Note("snapshot", value, SEEN))
        return value, True

    def _inject(self, ask: Ask) -> Outcome:
        result = self._terminal.operate(Order("load_master_key", dict(ask.args)), None)
        assert result is not None  # loading a key waits for nobody
        return result

    def _settings(self, ask: Ask) -> Answered:
        now = {name: value for name, value in ask.args.items() if name in SETTINGS}
        kept = {name: value for name, value in ask.args.items() if name not in SETTINGS}
        wrong = next((name for name, value in now.items() if not isinstance(value, SETTINGS[name])), config_error(kept))
        if wrong is not None:
            known = ", ".join((*SETTINGS, *CONFIG))
            return _illegal(f"设置 {wrong} 不对，可用：{known}", f"bad setting {wrong}; there are {known}"), False
        for name, value in now.items():
            setattr(self._terminal.settings, name, value)
        configure(self._terminal.desk, kept)
        config = asdict(self._terminal.desk.config)
        return {**{name: getattr(self._terminal.settings, name) for name in SETTINGS}, **config}, True


def _illegal(zh: str, en: str) -> dict[str, Json]:
    return {"error": {"zh": zh, "en": en}}
