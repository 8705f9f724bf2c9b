"""What is wrong between this computer and the terminal."""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

CABLE = (
    Fault(
        "unplugged",
        Text("检查途中数据线断开：{what}", "the data cable came out during the check: {what}"),
        "technician",
        True,
        Text("插紧数据线两端，再做一次检查", "Plug both ends of the data cable in firmly and run the check again"),
        blame="bench",
        ends=True,
        rows=("D9",),
    ),
    Fault(
        "stopped_answering",
        Text("检查途中终端不再应答：{what}", "the terminal stopped answering during the check: {what}"),
        "technician",
        True,
        Text(
            "看终端是否死机或关机，重启后再做一次检查；反复如此送修",
            "See whether the terminal hangs or is off, restart it and run the check again; if it happens again, to "
            "the repair shop",
        ),
        ends=True,
        rows=("E2", "D8"),
    ),
)
