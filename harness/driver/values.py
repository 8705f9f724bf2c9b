"""What the arguments of an operation may hold, whatever protocol carries them; a protocol may have room for less.

Checked before anything is sent: a number that is cut to fit its field would name another payment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from protocols.text import Text

SHOWN = 40
"""Characters of a wrong value that are repeated."""
_NAME = re.compile(r"[!-~][ -~]{0,63}", re.ASCII)
_NAME_TEXT = Text("应为 1 至 64 个 ASCII 字符", "it has 1 to 64 characters of ASCII")
FORMS: Mapping[str, tuple[re.Pattern[str], Text]] = {
    "stan": (re.compile(r"[0-9]{1,6}"), Text("流水号为 1 至 6 位数字", "a trace number has 1 to 6 digits")),
    "rrn": (
        re.compile(r"[0-9A-Za-z]{1,12}"),
        Text("参考号为至多 12 位字母数字", "a reference has up to 12 letters and digits"),
    ),
    "date": (
        re.compile(r"(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"),
        Text("日期写作月日 MMDD，如 1122", "a date is written MMDD, as 1122"),
    ),
    "payment_code": (
        re.compile(r"[0-9]{16,24}"),
        Text("付款码为 16 至 24 位数字", "a wallet's payment code has 16 to 24 digits"),
    ),
    "order": (_NAME, _NAME_TEXT),
    "account": (_NAME, _NAME_TEXT),
}
"""By argument: how it must look as text, and what to say of another one."""
SECRET = ("payment_code", "code")
"""What stands in no trace: whoever reads it could pay with it, or activate a terminal."""
WRONG = Text("{name}={value}：{why}", "{name}={value}: {why}")


def wrong_value(args: Mapping[str, Any]) -> Text | None:
    """What to say of the first argument that no protocol could carry; None when all is well."""
    for name, value in args.items():
        if name in FORMS and not FORMS[name][0].fullmatch(str(value)):
            why = FORMS[name][1]
            shown = repr(str(value)[:SHOWN])
            return Text(
                WRONG.zh.format(name=name, value=shown, why=why.zh), WRONG.en.format(name=name, value=shown, why=why.en)
            )
    return None


def shown_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as a trace may have them."""
    return {name: value for name, value in args.items() if name not in SECRET}
