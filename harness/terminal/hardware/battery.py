"""The battery, and the power that the terminal runs on.

A device with a battery of its own (`Profile.battery_us`) runs on it when external power is unplugged.  It warns, then
starts no new transaction, then switches itself off.  At which percentages is the profile's; that one in flight is still
finished or reversed is what the documents ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.text import Text

from ...arguments import takes
from ...machine import Json, Record
from ..texts import BATTERY_EMPTY, BATTERY_LOW, BATTERY_STOP
from .defect import Act, Defect, Value
from .power import FULL, charge_after
from .processor import Interruption

if TYPE_CHECKING:
    from ..desk import Desk

PART = "battery"
EMPTY = "battery_empty"
"""Why the terminal switched itself off, and the reset cause of the start after that."""
LOW, STOP, NONE = "low", "stop", "empty"
"""The levels that are announced, one below the other."""
LEVELS: Mapping[str, Text] = {LOW: BATTERY_LOW, STOP: BATTERY_STOP, NONE: BATTERY_EMPTY}
NO_BATTERY = Text("本机没有电池", "this terminal has no battery")
NO_POWER = Text("没有电，无法开机", "there is no power to switch it on with")
IS_OFF = Text("终端已经关机", "the terminal is off already")
IS_ON = Text("终端已经开机", "the terminal is on already")


def capacity_us(desk: Desk) -> int:
    """For how long a full battery keeps the terminal going at rest; 0: the terminal has none."""
    worn = desk.state.device.defect(PART, "battery_worn")
    whole = desk.profile.battery_us
    return whole if worn is None else whole * int(worn["percent"]) // 100


def charge_us(desk: Desk) -> int:
    """What is in it now."""
    power = desk.state.device.power
    capacity, off = capacity_us(desk), bool(power.off)
    elapsed = desk.now - power.at_us
    return charge_after(power.charge_us, elapsed, capacity, desk.profile.recharge_us, plugged=power.plugged, off=off)


def percent(desk: Desk) -> int | None:
    """The gauge, 0 to 100; None where there is no battery."""
    capacity = capacity_us(desk)
    return None if not capacity else charge_us(desk) * 100 // capacity


def _floors_us(desk: Desk) -> Mapping[str, int]:
    """The charge at which each level begins."""
    whole, profile = capacity_us(desk), desk.profile
    return {
        LOW: whole * profile.battery_warning_percent // 100,
        STOP: whole * profile.battery_stop_percent // 100,
        NONE: 0,
    }


def level(desk: Desk) -> str:
    """The lowest level that is reached, "" above the warning, on external power and without a battery."""
    if desk.state.device.power.plugged or not capacity_us(desk):
        return ""
    charge = charge_us(desk)
    return next((name for name, floor in reversed(tuple(_floors_us(desk).items())) if charge <= floor), "")


def refusal(desk: Desk) -> str | None:
    """Why no new transaction is started, None when the battery has nothing against it."""
    return "battery_low" if level(desk) in (STOP, NONE) else None


def due_us(desk: Desk) -> int | None:
    """When the next level is reached if nobody uses the terminal."""
    power = desk.state.device.power
    if power.plugged or power.off or not capacity_us(desk):
        return None
    levels = list(LEVELS)
    left = levels[levels.index(power.told) + 1 :] if power.told else levels
    floors = _floors_us(desk)
    return None if not left else desk.now + max(0, charge_us(desk) - floors[left[0]])


def written(desk: Desk, told: str | None = None, **changes: Json) -> Record:
    """The record of the battery as it is now."""
    power = desk.state.device.power
    told = power.told if told is None else told
    found: dict[str, Json] = {"charge_us": charge_us(desk), "at_us": desk.now, "plugged": power.plugged, "told": told}
    return {"kind": "battery", **found, **changes}


def woken(desk: Desk) -> None:
    """Power is on again.  Without external power it goes on from the last record: for how long it ran since then, and
    how long it was dark, nobody knows."""
    power = desk.state.device.power
    if not power.plugged and power.at_us != desk.now:
        charge = capacity_us(desk) if power.charge_us == FULL else min(power.charge_us, capacity_us(desk))
        desk.save(written(desk, charge_us=charge))


def watch(desk: Desk) -> None:
    """Announce a level that is reached.  Raises Interruption when nothing is left."""
    now = level(desk)
    told = desk.state.device.power.told
    levels = ["", *LEVELS]
    if levels.index(now) <= levels.index(told):
        return
    desk.save(written(desk, now))
    _tell(desk, now)
    desk.audit(f"battery_{now}", percent=percent(desk))
    desk.show(LEVELS[now])
    if now == NONE:
        raise Interruption(EMPTY, "")


def draw(desk: Desk) -> None:
    """The radio has sent: that took its share.  Raises Interruption when the battery breaks down under it."""
    capacity = capacity_us(desk)
    if desk.state.device.power.plugged or not capacity:
        return
    worn = desk.state.device.defect(PART, "battery_worn")
    drop_us = 0 if worn is None else capacity * int(worn["drop_percent"]) // 100
    left = max(0, charge_us(desk) - desk.profile.battery_exchange_us - drop_us)
    desk.save(written(desk, charge_us=left))
    watch(desk)


def _tell(desk: Desk, what: str) -> None:
    """The lamp and the gauge, which whoever stands there sees."""
    desk.note("part", {"part": PART, "what": what, "ok": what not in LEVELS, "percent": percent(desk)}, shown=True)


# what people do


def _wrong(text: Text) -> Value:
    return {"error": {"zh": text.zh, "en": text.en}}, False


def _state(desk: Desk) -> dict[str, Json]:
    power = desk.state.device.power
    return {"off": power.off, "plugged": power.plugged, "battery": percent(desk)}


def _plugged(on: bool, desk: Desk) -> Value:
    if not capacity_us(desk):
        return _wrong(NO_BATTERY)  # without one, pulling the plug is a power cut: the bench's `crash`
    desk.save(written(desk, "", plugged=on))
    _tell(desk, "external_power" if on else "on_battery")
    return _state(desk), True


def _switch_off(desk: Desk, args: Mapping[str, Json]) -> Value:
    if desk.state.device.power.off:
        return _wrong(IS_OFF)
    switch_off(desk, "switched_off")
    return _state(desk), True


def switch_off(desk: Desk, why: str) -> None:
    """Dark from the end of this turn on: the next machine knows that it is off."""
    desk.save({"kind": "switched", "off": why}, written(desk))
    desk.restart("")


def _switch_on(desk: Desk, args: Mapping[str, Json]) -> Value:
    why, power = desk.state.device.power.off, desk.state.device.power
    if not why:
        return _wrong(IS_ON)
    if not power.plugged and capacity_us(desk) and not charge_us(desk):
        return _wrong(NO_POWER)
    desk.save(written(desk, ""), {"kind": "switched", "off": ""})
    desk.restart(EMPTY if why == EMPTY else "power_on")
    return _state(desk), True


DEFECTS: Mapping[str, Defect] = {
    "battery_worn": Defect(
        PART,
        Text(
            "电池老化：容量变小，发送时电压骤降",
            "The battery is worn: it holds less, and breaks down when the radio sends",
        ),
        self_test=False,
        settings={"percent": 100, "drop_percent": 0},
        within={"percent": (1, 100), "drop_percent": (0, 100)},
    ),
}
ACTS: Mapping[str, Act] = {
    "unplug": Act(
        Text("断开外接电源", "Take it off the external power"), takes(), lambda desk, args: _plugged(False, desk)
    ),
    "plug_in": Act(Text("接上外接电源充电", "Plug it in to charge"), takes(), lambda desk, args: _plugged(True, desk)),
    "switch_off": Act(Text("按电源键关机", "Switch it off"), takes(), _switch_off),
    "switch_on": Act(Text("按电源键开机", "Switch it on"), takes(), _switch_on),
}
