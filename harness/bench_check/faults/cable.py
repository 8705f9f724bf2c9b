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
)
