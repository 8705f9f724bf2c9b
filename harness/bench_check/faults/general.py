"""Faults that any check may meet."""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

GENERAL = (
    Fault(
        "check_broken",
        Text("检查程序自身出错：{what}", "the check program itself failed: {what}"),
        "technician",
        True,
        Text(
            "再做一次检查；仍如此，请把记录发给支持人员",
            "Run the check again; if it happens again send the record to support",
        ),
        blame="bench",
    ),
)
