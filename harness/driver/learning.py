"""What the terminal's newest result (`last`) says of an operation whose answer was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from protocols.text import Text

from ..machine import Json

Verdict = Literal["same", "other", "unsure", "unknown"]

VOIDS = ("void", "preauth_void", "completion_void")
BUSY = "busy"
"""The cause of a refusal while the terminal is still at it."""
VERDICTS: Mapping[Verdict, Text] = {
    "same": Text("终端的最近一笔就是这笔交易", "The terminal's newest result is this very operation"),
    "other": Text(
        "终端的最近一笔是另一笔交易：这笔没有入账",
        "The terminal's newest result is another one: this operation is not among what it booked",
    ),
    "unsure": Text(
        "从这里看不出这笔是否入账：请在终端上核对金额、流水号与签购单",
        "From here nobody can say whether this operation is booked: compare amount, trace number and receipt at the "
        "terminal",
    ),
    "unknown": Text(
        "终端还说不出结果：稍后再用 last 查询；在此之前不要重做这笔交易",
        "The terminal cannot tell yet: ask again with last, and do not repeat the operation before",
    ),
}


@dataclass(frozen=True, slots=True)
class Learned:
    """`same`: `last` tells how the operation ended.  `other`: it tells of another one, so this one was not booked.
    `unsure`: it may be this one, or an earlier one that looks alike, or the terminal gives no result.  `unknown`: it is
    still being decided."""

    verdict: Verdict
    last: Mapping[str, Json]

    @property
    def text(self) -> Text:
        """In words."""
        return VERDICTS[self.verdict]


def learned(op: str, args: Mapping[str, Json], last: Mapping[str, Json]) -> Learned:
    """Judge the Outcome of `last` after `op` with `args` ended as `unknown`.

    `last["of"]` {op, order} says what the newest result belongs to, as far as the protocol tells; an order number that
    is there decides, else another operation or amount says that it is another one.
    """
    of = last.get("of") or {}
    if last["status"] in ("unknown", "no_answer", "cancelled") or last["cause"] == BUSY:
        return Learned("unknown", last)
    if of.get("sales_only") and op != "sale":
        return Learned(_void_by_its_sale(of, args, last) if op == "void" else "unsure", last)
    if of.get("order") and args.get("order"):
        same = str(of["order"]) == str(args["order"]) and _may_be(of.get("op"), op)
        same = same and not _differs(args.get("amount_fen"), last.get("amount_fen"))  # that number was used before
        return Learned("same" if same else "other", last)
    if last["status"] == "refused":
        return Learned("unsure", last)
    differs = not _may_be(of.get("op"), op) or _differs(args.get("amount_fen"), last.get("amount_fen"))
    return Learned("other" if differs else "unsure", last)


def _void_by_its_sale(of: Mapping[str, Json], args: Mapping[str, Json], last: Mapping[str, Json]) -> Verdict:
    """Where the terminal tells its last sale alone: that one is the sale to be voided, and was voided, or not."""
    wanted, found = str(args.get("stan") or ""), str(last.get("stan") or "")
    if not wanted or wanted.lstrip("0") != found.lstrip("0"):
        return "unsure"
    return "same" if of.get("voided") else "other"


def _may_be(found: Json, op: str) -> bool:
    """ZVT tells that its newest transaction takes another one back, and not which kind that one was of."""
    return found in (None, op) or (found == VOIDS[0] and op in VOIDS)


def _differs(wanted: Json, found: Json) -> bool:
    return wanted is not None and found is not None and wanted != found
