"""The cable between register and terminal: its port, and the octets on it."""

from __future__ import annotations

from collections import Counter

from protocols.text import Text

from ...trace import Event
from ..story import Story
from ..symptom import Symptom

CABLE = {"register": "terminal", "terminal": "register"}
"""The name that each end has for it."""
NOISE_MIN = 3
"""Frames on the cable that cannot be read: a good one has none in years."""
PORT_GONE = "port_gone"


def _is_cable(event: Event) -> bool:
    return event.data.get("link") == CABLE.get(event.party)


def _vanished(story: Story, party: str) -> list[Event]:
    gone = (e for e in story.of("link", party) if e.data.get("what") == "closed" and e.data.get("reason") == "gone")
    return [event for event in gone if _is_cable(event)]


def _port_gone(story: Story) -> list[int]:
    """The register had no port to the terminal when it needed one."""
    return [event.seq for event, outcome in story.outcomes() if outcome.get("cause") == PORT_GONE]


def _renamed(story: Story) -> list[int]:
    """The same device by its number, under another name than before."""
    found: list[int] = []
    last: dict[str, str] = {}
    for event in story.of("link", "register"):
        device, port = event.data.get("device"), str(event.data.get("port"))
        if event.data.get("what") == "open" and device:
            if last.setdefault(device, port) != port:
                found.append(event.seq)
            last[device] = port
    return found


def _pulled(story: Story) -> list[int]:
    """The terminal saw its plug come out: it had power, and ran."""
    return [event.seq for event in _vanished(story, "terminal")]


def _ran_on(story: Story) -> list[int]:
    """The register's port vanished, and the terminal's own status says that it has been running all the time."""
    gone = _vanished(story, "register")
    if not gone:
        return []
    polled = (e for e in story.of("local_status", "terminal") if "uptime_us" in e.data)
    return [e.seq for e in polled if gone[0].t_us < e.t_us and e.data["uptime_us"] > e.t_us - gone[0].t_us]


def _noise(story: Story) -> list[int]:
    """Frames that an end of the cable cannot read, and those that it was asked for again."""
    noisy = [event for event in story.of("noise") if _is_cable(event)]
    per_end = Counter(event.party for event in noisy)
    return [event.seq for event in noisy if per_end[event.party] >= NOISE_MIN]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom("port_gone", Text("收银机的串口消失，没有再回来", "The register's port has vanished"), _port_gone),
    Symptom(
        "port_renamed",
        Text(
            "同一序列号的设备以另一个端口名回来", "The same device, by its serial number, came back under another name"
        ),
        _renamed,
    ),
    Symptom(
        "plug_out",
        Text("终端在运行，收银机的插头却脱出", "The register's plug came out of a running terminal"),
        _pulled,
    ),
    Symptom(
        "ran_on",
        Text("串口消失期间终端一直在运行", "The terminal was running all the time while its port was away"),
        _ran_on,
    ),
    Symptom(
        "cable_noise",
        Text("收银机与终端之间的数据反复损坏", "Data between register and terminal is damaged again and again"),
        _noise,
    ),
)
