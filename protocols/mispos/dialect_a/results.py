"""Results of dialect A (DF07): two characters of the host, or four BCD octets of the terminal.

The public register program knows three errors of the terminal by number.  What else a terminal refuses has no public
number: posrig assigns `0009 00nn` and `0009 01nn` to the results Lnn and Nnn of `results.LOCAL_RESULTS` (unproven).
"""

from __future__ import annotations

from collections.abc import Mapping

from ...text import Text
from ..results import LOCAL_BY_CAUSE, LOCAL_RESULTS, LocalResult

APPROVED = ("00", "Y1", "Y2", "Y3")
"""What the public program takes for success; Y1 to Y3 are EMV's offline approvals."""

NOT_SIGNED_IN = "00010014"
SIGN_IN_AGAIN = frozenset((NOT_SIGNED_IN, "63", "77", "87", "88", "Z1"))
"""Results after which the register signs the terminal in before the next sale.  The public program lists all but 77,
which is UnionPay's own code for it."""

_ERRORS: tuple[tuple[str, LocalResult], ...] = (
    (
        "00000002",
        LocalResult("00000002", "cancelled", "card_misread", Text("卡处理错误", "The card could not be processed")),
    ),
    ("00000004", LocalResult("00000004", "refused", "unknown_aid", Text("未知 AID", "The card's AID is unknown"))),
    (
        NOT_SIGNED_IN,
        LocalResult(
            NOT_SIGNED_IN,
            "refused",
            "not_signed_in",
            Text("密钥未下装，请签到", "Working keys are not loaded, please sign in"),
        ),
    ),
)
TERMINAL_ERROR = "terminal_error"
"""Cause of an error of the terminal whose number nobody knows."""
_BASES = {"L": "000900", "N": "000901"}


def _assigned(code: str) -> str:
    return _BASES[code[0]] + code[1:]


TERMINAL_ERRORS: Mapping[str, LocalResult] = {
    **{_assigned(code): result for code, result in LOCAL_RESULTS.items()},
    **dict(_ERRORS),
}
"""By the eight digits of DF07."""


def code_of(cause: str) -> str:
    """DF07 for a refusal of the terminal itself; the public number where there is one.  A cause without a number of its
    own is `wrong_order`."""
    for code, result in _ERRORS:
        if result.cause == cause:
            return code
    return _assigned((LOCAL_BY_CAUSE.get(cause) or LOCAL_BY_CAUSE["wrong_order"]).code)
